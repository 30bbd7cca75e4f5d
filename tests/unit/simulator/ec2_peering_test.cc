// VPC peering: who may do what in which state, what each side sees, and what rests on it.
#include <gtest/gtest.h>

#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const std::string kOther = "210987654321";

class Ec2Peering : public ::testing::Test {
 protected:
  using Members = std::initializer_list<std::pair<std::string_view, Value>>;

  Value ok(const std::string& action, Members members) {
    return sim_.ok("ec2", action, Value::object(members));
  }
  std::string fails(const std::string& action, Members members) {
    return sim_.fails("ec2", action, Value::object(members));
  }
  /// The next calls are this account's, in this region.
  void as(const std::string& account, const std::string& region = "eu-west-3") {
    sim_.account = account;
    sim_.region = region;
  }
  void as_own() { as("123456789012"); }

  std::string make_vpc(std::string_view cidr) {
    return ok("CreateVpc", {{"CidrBlock", cidr}}).get_path("vpc.vpcId").as_text();
  }
  std::string make_vpc_of_other(std::string_view cidr) {
    as(kOther);
    const std::string id = make_vpc(cidr);
    as_own();
    return id;
  }
  std::string ask(const std::string& peer, const std::string& owner = "") {
    const std::string id = ok("CreateVpcPeeringConnection",
                              {{"VpcId", vpc_},
                               {"PeerVpcId", peer},
                               {"PeerOwnerId", owner.empty() ? Value() : Value(owner)}})
                               .get_path("vpcPeeringConnection.vpcPeeringConnectionId")
                               .as_text();
    sim_.pass(seconds(2));
    return id;
  }
  std::string make_active(const std::string& peer) {
    const std::string id = ask(peer);
    ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
    sim_.pass(seconds(6));
    return id;
  }
  Value peering(const std::string& id) {
    return ok("DescribeVpcPeeringConnections", {{"VpcPeeringConnectionId", Value::list({id})}})
        .get("vpcPeeringConnectionSet")
        .as_list()
        .at(0);
  }
  std::string state(const std::string& id) { return peering(id).get("status").text_of("code"); }
  std::string make_group(const std::string& vpc, std::string_view name) {
    return ok("CreateSecurityGroup",
              {{"VpcId", vpc}, {"GroupName", name}, {"GroupDescription", "For tests"}}
    ).text_of("groupId");
  }
  static Value from_group(const std::string& group, const std::string& owner = "") {
    Value pair = Value::object({{"GroupId", group}});
    if (!owner.empty()) {
      pair.set("UserId", owner);
    }
    return Value::list({Value::object(
        {{"IpProtocol", "tcp"},
         {"FromPort", "3306"},
         {"ToPort", "3306"},
         {"Groups", Value::list({pair})}}
    )});
  }

  Sim sim_;
  std::string vpc_ = make_vpc("10.0.0.0/16");
};

TEST_F(Ec2Peering, IsAskedForAcceptedAndThenActive) {
  const std::string id =
      ok("CreateVpcPeeringConnection", {{"VpcId", vpc_}, {"PeerVpcId", make_vpc("10.9.0.0/16")}})
          .get_path("vpcPeeringConnection.vpcPeeringConnectionId")
          .as_text();
  EXPECT_EQ(state(id), "initiating-request");
  EXPECT_EQ(
      fails("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}}),
      "InvalidStateTransition"
  );
  sim_.pass(seconds(2));
  EXPECT_EQ(state(id), "pending-acceptance");
  EXPECT_EQ(peering(id).get("accepterVpcInfo").find("cidrBlock"), nullptr);
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  EXPECT_EQ(state(id), "provisioning");
  sim_.pass(seconds(6));
  const Value active = peering(id);
  EXPECT_EQ(active.get("status").text_of("message"), "Active");
  EXPECT_EQ(active.get_path("accepterVpcInfo.cidrBlock"), Value("10.9.0.0/16"));
  EXPECT_EQ(active.get_path("requesterVpcInfo.region"), Value("eu-west-3"));
  EXPECT_EQ(
      fails("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}}),
      "InvalidStateTransition"
  );
}

TEST_F(Ec2Peering, OverlappingOrUnknownNetworksMakeItFailAndStayVisibleForTwoHours) {
  const std::string overlapping = ask(make_vpc("10.0.128.0/17"));
  EXPECT_EQ(state(overlapping), "failed");
  EXPECT_EQ(
      fails("DeleteVpcPeeringConnection", {{"VpcPeeringConnectionId", overlapping}}),
      "InvalidStateTransition"
  );
  const std::string unknown = ask("vpc-00000000000000000", kOther);
  EXPECT_EQ(state(unknown), "failed");
  EXPECT_EQ(
      fails(
          "CreateVpcPeeringConnection", {{"VpcId", vpc_}, {"PeerVpcId", "vpc-00000000000000000"}}
      ),
      "InvalidVpcID.NotFound"
  );
  sim_.pass(hours(3));
  EXPECT_EQ(
      fails(
          "DescribeVpcPeeringConnections", {{"VpcPeeringConnectionId", Value::list({overlapping})}}
      ),
      "InvalidVpcPeeringConnectionID.NotFound"
  );
}

TEST_F(Ec2Peering, OnlyTheOtherAccountAcceptsAndEachSideHasItsOwnTags) {
  const std::string peer = make_vpc_of_other("10.9.0.0/16");
  const std::string id = ask(peer, kOther);
  EXPECT_EQ(
      fails("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}}), "OperationNotPermitted"
  );
  const Value tag = Value::list({Value::object({{"Key", "side"}, {"Value", "asker"}})});
  ok("CreateTags", {{"ResourceId", Value::list({id})}, {"Tag", tag}});
  as(kOther);
  EXPECT_EQ(state(id), "pending-acceptance");
  EXPECT_EQ(peering(id).get("tagSet").size(), 0U);
  EXPECT_EQ(fails("DeleteVpc", {{"VpcId", peer}}), "DependencyViolation");
  EXPECT_EQ(
      fails("DeleteVpcPeeringConnection", {{"VpcPeeringConnectionId", id}}),
      "InvalidStateTransition"
  );
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  sim_.pass(seconds(6));
  EXPECT_EQ(state(id), "active");
  as_own();
  EXPECT_EQ(state(id), "active");
  EXPECT_EQ(peering(id).get("tagSet").size(), 1U);
}

TEST_F(Ec2Peering, TwoNetworksHaveOnePeeringAtATime) {
  const std::string peer = make_vpc("10.9.0.0/16");
  const std::string id = make_active(peer);
  EXPECT_EQ(
      fails("CreateVpcPeeringConnection", {{"VpcId", peer}, {"PeerVpcId", vpc_}}),
      "VpcPeeringConnectionAlreadyExists"
  );
  ok("DeleteVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  EXPECT_EQ(state(id), "deleting");
  sim_.pass(seconds(4));
  EXPECT_EQ(state(id), "deleted");
  EXPECT_EQ(
      fails("DeleteVpcPeeringConnection", {{"VpcPeeringConnectionId", id}}),
      "InvalidStateTransition"
  );
  EXPECT_NE(ask(peer), id);
}

TEST_F(Ec2Peering, ARequestIsRefusedOrExpires) {
  const std::string peer = make_vpc_of_other("10.9.0.0/16");
  const std::string refused = ask(peer, kOther);
  as(kOther);
  ok("RejectVpcPeeringConnection", {{"VpcPeeringConnectionId", refused}});
  sim_.pass(hours(3));
  EXPECT_EQ(
      fails("DescribeVpcPeeringConnections", {{"VpcPeeringConnectionId", Value::list({refused})}}),
      "InvalidVpcPeeringConnectionID.NotFound"
  );
  as_own();
  EXPECT_EQ(state(refused), "rejected");
  const std::string late = ask(peer, kOther);
  EXPECT_EQ(state(late), "pending-acceptance");
  sim_.pass(hours(24 * 7));
  EXPECT_EQ(state(late), "expired");
}

TEST_F(Ec2Peering, RoutesLeadOverItWhileItIsActive) {
  const std::string peer = make_vpc("10.9.0.0/16");
  const std::string table =
      ok("CreateRouteTable", {{"VpcId", vpc_}}).get_path("routeTable.routeTableId").as_text();
  const auto route_state = [&] {
    const Value found = ok("DescribeRouteTables", {{"RouteTableId", Value::list({table})}});
    const List& tables = found.get("routeTableSet").as_list();
    return tables.at(0).get("routeSet").as_list().back().text_of("state");
  };
  const std::string id = ask(peer);
  ok("CreateRoute",
     {{"RouteTableId", table},
      {"DestinationCidrBlock", "10.9.0.0/16"},
      {"VpcPeeringConnectionId", id}});
  EXPECT_EQ(route_state(), "blackhole");
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  sim_.pass(seconds(6));
  EXPECT_EQ(route_state(), "active");
  ok("DeleteVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  sim_.pass(seconds(4));
  EXPECT_EQ(route_state(), "blackhole");
  const std::string third = make_vpc("10.8.0.0/16");
  const std::string elsewhere =
      ok("CreateRouteTable", {{"VpcId", third}}).get_path("routeTable.routeTableId").as_text();
  EXPECT_EQ(
      fails(
          "CreateRoute",
          {{"RouteTableId", elsewhere},
           {"DestinationCidrBlock", "10.9.0.0/16"},
           {"VpcPeeringConnectionId", make_active(peer)}}
      ),
      "InvalidParameterValue"
  );
}

TEST_F(Ec2Peering, GroupsNameEachOtherAcrossAnActiveOneOfTheirRegion) {
  const std::string peer = make_vpc("10.9.0.0/16");
  const std::string mine = make_group(vpc_, "mine");
  const std::string theirs = make_group(peer, "theirs");
  const std::string id = ask(peer);
  EXPECT_EQ(
      fails(
          "AuthorizeSecurityGroupIngress",
          {{"GroupId", mine}, {"IpPermissions", from_group(theirs)}}
      ),
      "InvalidGroup.NotFound"
  );
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  sim_.pass(seconds(6));
  const Value made =
      ok("AuthorizeSecurityGroupIngress",
         {{"GroupId", mine}, {"IpPermissions", from_group(theirs)}});
  const Value& info = made.get("securityGroupRuleSet").as_list().at(0).get("referencedGroupInfo");
  EXPECT_EQ(info.text_of("vpcPeeringConnectionId"), id);
}

TEST_F(Ec2Peering, AGroupOfAnotherAccountIsNamedWithItsAccount) {
  as(kOther);
  const std::string peer = make_vpc("10.9.0.0/16");
  const std::string theirs = make_group(peer, "theirs");
  as_own();
  const std::string mine = make_group(vpc_, "mine");
  const std::string id = ask(peer, kOther);
  as(kOther);
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  as_own();
  sim_.pass(seconds(6));
  EXPECT_EQ(
      fails(
          "AuthorizeSecurityGroupIngress",
          {{"GroupId", mine}, {"IpPermissions", from_group(theirs)}}
      ),
      "InvalidGroup.NotFound"
  );
  ok("AuthorizeSecurityGroupIngress",
     {{"GroupId", mine}, {"IpPermissions", from_group(theirs, kOther)}});
}

TEST_F(Ec2Peering, OptionsAreEachSidesOwnAndOfActivePeerings) {
  as("123456789012", "eu-west-1");
  const std::string peer = make_vpc("10.9.0.0/16");
  as_own();
  const std::string id = ok("CreateVpcPeeringConnection",
                            {{"VpcId", vpc_}, {"PeerVpcId", peer}, {"PeerRegion", "eu-west-1"}})
                             .get_path("vpcPeeringConnection.vpcPeeringConnectionId")
                             .as_text();
  sim_.pass(seconds(2));
  const Value on = Value::object({{"AllowDnsResolutionFromRemoteVpc", "true"}});
  EXPECT_EQ(
      fails(
          "ModifyVpcPeeringConnectionOptions",
          {{"VpcPeeringConnectionId", id}, {"RequesterPeeringConnectionOptions", on}}
      ),
      "OperationNotPermitted"
  );
  as("123456789012", "eu-west-1");
  ok("AcceptVpcPeeringConnection", {{"VpcPeeringConnectionId", id}});
  sim_.pass(seconds(6));
  ok("ModifyVpcPeeringConnectionOptions",
     {{"VpcPeeringConnectionId", id}, {"AccepterPeeringConnectionOptions", on}});
  EXPECT_EQ(
      fails(
          "ModifyVpcPeeringConnectionOptions",
          {{"VpcPeeringConnectionId", id}, {"RequesterPeeringConnectionOptions", on}}
      ),
      "OperationNotPermitted"
  );
  as_own();
  const Value seen = peering(id);
  constexpr std::string_view kOption = "peeringOptions.allowDnsResolutionFromRemoteVpc";
  EXPECT_EQ(seen.get("accepterVpcInfo").get_path(kOption), Value(true));
  EXPECT_EQ(seen.get("requesterVpcInfo").get_path(kOption), Value(false));
}

TEST_F(Ec2Peering, GoesWithItsNetwork) {
  const std::string peer = make_vpc("10.9.0.0/16");
  const std::string id = make_active(peer);
  ok("DeleteVpc", {{"VpcId", peer}});
  EXPECT_EQ(state(id), "deleted");
}

TEST_F(Ec2Peering, ADryRunChangesNeitherSide) {
  const std::string peer = make_vpc_of_other("10.9.0.0/16");
  EXPECT_EQ(
      fails(
          "CreateVpcPeeringConnection",
          {{"VpcId", vpc_}, {"PeerVpcId", peer}, {"PeerOwnerId", kOther}, {"DryRun", "true"}}
      ),
      "DryRunOperation"
  );
  as(kOther);
  EXPECT_EQ(
      ok("DescribeVpcPeeringConnections", {}).get("vpcPeeringConnectionSet").as_list().size(), 0U
  );
}

}  // namespace
}  // namespace plumbline::sim
