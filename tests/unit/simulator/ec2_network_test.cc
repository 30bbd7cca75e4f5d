// Ways in and out of a VPC: gateways, addresses, routes and network ACLs.
#include <gtest/gtest.h>

#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Ec2Network : public ::testing::Test {
 protected:
  using Members = std::initializer_list<std::pair<std::string_view, Value>>;

  Value ok(const std::string& action, Members members) {
    return sim_.ok("ec2", action, Value::object(members));
  }
  std::string fails(const std::string& action, Members members) {
    return sim_.fails("ec2", action, Value::object(members));
  }
  static Value filters(std::string_view name, std::string_view value) {
    return Value::list({Value::object({{"Name", name}, {"Value", Value::list({value})}})});
  }
  std::string make_subnet(std::string_view cidr) {
    return ok("CreateSubnet", {{"VpcId", vpc_}, {"CidrBlock", cidr}})
        .get_path("subnet.subnetId")
        .as_text();
  }
  std::string make_gateway(bool is_attached = true) {
    const std::string id =
        ok("CreateInternetGateway", {}).get_path("internetGateway.internetGatewayId").as_text();
    if (is_attached) {
      ok("AttachInternetGateway", {{"InternetGatewayId", id}, {"VpcId", vpc_}});
    }
    return id;
  }
  std::string make_address() {
    return ok("AllocateAddress", {{"Domain", "vpc"}}).text_of("allocationId");
  }
  std::string make_nat(const std::string& address) {
    return ok("CreateNatGateway", {{"SubnetId", subnet_}, {"AllocationId", address}})
        .get_path("natGateway.natGatewayId")
        .as_text();
  }
  std::string make_table() {
    return ok("CreateRouteTable", {{"VpcId", vpc_}}).get_path("routeTable.routeTableId").as_text();
  }
  std::string make_acl() {
    return ok("CreateNetworkAcl", {{"VpcId", vpc_}}).get_path("networkAcl.networkAclId").as_text();
  }
  Value nat(const std::string& id) {
    return ok("DescribeNatGateways", {{"NatGatewayId", Value::list({id})}})
        .get("natGatewaySet")
        .as_list()
        .at(0);
  }
  Value address(const std::string& id) {
    return ok("DescribeAddresses", {{"AllocationId", Value::list({id})}})
        .get("addressesSet")
        .as_list()
        .at(0);
  }
  /// The routes of a table as "destination target state", but for the local one.
  std::vector<std::string> routes(const std::string& table) {
    std::vector<std::string> all;
    const Value found = ok("DescribeRouteTables", {{"RouteTableId", Value::list({table})}});
    for (const Value& route : found.get("routeTableSet").as_list()[0].get("routeSet").as_list()) {
      if (route.text_of("origin") == "CreateRoute") {
        const std::string& gateway = route.text_of("gatewayId");
        all.push_back(
            route.text_of("destinationCidrBlock") + " " +
            (gateway.empty() ? route.text_of("natGatewayId") : gateway) + " " +
            route.text_of("state")
        );
      }
    }
    return all;
  }
  std::string acl_of(const std::string& subnet) {
    return ok("DescribeNetworkAcls", {{"Filter", filters("association.subnet-id", subnet)}})
        .get("networkAclSet")
        .as_list()
        .at(0)
        .text_of("networkAclId");
  }
  std::string acl_association_of(const std::string& subnet) {
    const Value acls =
        ok("DescribeNetworkAcls", {{"Filter", filters("association.subnet-id", subnet)}});
    for (const Value& each :
         acls.get("networkAclSet").as_list()[0].get("associationSet").as_list()) {
      if (each.text_of("subnetId") == subnet) {
        return each.text_of("networkAclAssociationId");
      }
    }
    return "";
  }

  Sim sim_;
  std::string vpc_ =
      ok("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}}).get_path("vpc.vpcId").as_text();
  std::string subnet_ = make_subnet("10.0.1.0/24");
};

TEST_F(Ec2Network, ANatGatewayTakesItsTimeAndHoldsItsAddress) {
  make_gateway();
  const std::string ip = make_address();
  const std::string id = make_nat(ip);
  EXPECT_EQ(nat(id).text_of("state"), "pending");
  sim_.pass(minutes(2));
  const Value ready = nat(id);
  EXPECT_EQ(ready.text_of("state"), "available");
  const Value first = ready.get("natGatewayAddressSet").as_list().at(0);
  EXPECT_EQ(first.text_of("allocationId"), ip);
  EXPECT_EQ(first.get("isPrimary"), Value(true));
  EXPECT_EQ(first.text_of("publicIp"), address(ip).text_of("publicIp"));
  EXPECT_EQ(address(ip).text_of("networkInterfaceId"), first.text_of("networkInterfaceId"));
  EXPECT_EQ(fails("ReleaseAddress", {{"AllocationId", ip}}), "InvalidIPAddress.InUse");
  const std::string association = first.text_of("associationId");
  EXPECT_EQ(fails("DisassociateAddress", {{"AssociationId", association}}), "AuthFailure");
  EXPECT_EQ(fails("DeleteSubnet", {{"SubnetId", subnet_}}), "DependencyViolation");

  ok("DeleteNatGateway", {{"NatGatewayId", id}});
  EXPECT_EQ(nat(id).text_of("state"), "deleting");
  EXPECT_EQ(fails("ReleaseAddress", {{"AllocationId", ip}}), "InvalidIPAddress.InUse");
  sim_.pass(minutes(2));
  EXPECT_EQ(nat(id).text_of("state"), "deleted");
  ok("ReleaseAddress", {{"AllocationId", ip}});
  ok("DeleteSubnet", {{"SubnetId", subnet_}});
  EXPECT_EQ(fails("DeleteNatGateway", {{"NatGatewayId", id}}), "NatGatewayNotFound");
  sim_.pass(hours(2));
  EXPECT_EQ(
      fails("DescribeNatGateways", {{"NatGatewayId", Value::list({id})}}), "NatGatewayNotFound"
  );
}

TEST_F(Ec2Network, ANatGatewayThatCannotBeFailsWithAReason) {
  const std::string ip = make_address();
  const std::string lonely = make_nat(ip);
  EXPECT_EQ(nat(lonely).find("failureCode"), nullptr);
  sim_.pass(minutes(2));
  EXPECT_EQ(nat(lonely).text_of("state"), "failed");
  EXPECT_EQ(nat(lonely).text_of("failureCode"), "Gateway.NotAttached");
  make_gateway();
  make_nat(ip);  // The failed one never had the address.
  const std::string second = make_nat(ip);
  sim_.pass(minutes(2));
  EXPECT_EQ(nat(second).text_of("failureCode"), "Resource.AlreadyAssociated");
  ok("DeleteNatGateway", {{"NatGatewayId", lonely}});
}

TEST_F(Ec2Network, PublicAndPrivateNatGatewaysTakeDifferentThings) {
  make_gateway();
  const std::string ip = make_address();
  EXPECT_EQ(fails("CreateNatGateway", {{"SubnetId", subnet_}}), "MissingParameter");
  EXPECT_EQ(
      fails(
          "CreateNatGateway",
          {{"SubnetId", subnet_}, {"ConnectivityType", "private"}, {"AllocationId", ip}}
      ),
      "InvalidParameterCombination"
  );
  const std::string id =
      ok("CreateNatGateway",
         {{"SubnetId", subnet_}, {"ConnectivityType", "private"}, {"PrivateIpAddress", "10.0.1.9"}})
          .get_path("natGateway.natGatewayId")
          .as_text();
  sim_.pass(minutes(2));
  ok("AssignPrivateNatGatewayAddress",
     {{"NatGatewayId", id}, {"PrivateIpAddress", Value::list({"10.0.1.10"})}});
  EXPECT_EQ(nat(id).get("natGatewayAddressSet").size(), 2U);
  EXPECT_EQ(
      fails(
          "UnassignPrivateNatGatewayAddress",
          {{"NatGatewayId", id}, {"PrivateIpAddress", Value::list({"10.0.1.9"})}}
      ),
      "InvalidParameterValue"
  );
  ok("UnassignPrivateNatGatewayAddress",
     {{"NatGatewayId", id}, {"PrivateIpAddress", Value::list({"10.0.1.10"})}});
  EXPECT_EQ(nat(id).get("natGatewayAddressSet").size(), 1U);
}

TEST_F(Ec2Network, ANatGatewayTakesFurtherAddresses) {
  make_gateway();
  const std::string id = make_nat(make_address());
  const std::string more = make_address();
  EXPECT_EQ(
      fails(
          "AssociateNatGatewayAddress",
          {{"NatGatewayId", id}, {"AllocationId", Value::list({more})}}
      ),
      "IncorrectState"
  );
  sim_.pass(minutes(2));
  ok("AssociateNatGatewayAddress", {{"NatGatewayId", id}, {"AllocationId", Value::list({more})}});
  const Value second = nat(id).get("natGatewayAddressSet").as_list().at(1);
  EXPECT_EQ(second.get("isPrimary"), Value(false));
  EXPECT_NE(
      second.text_of("privateIp"),
      nat(id).get("natGatewayAddressSet").as_list()[0].text_of("privateIp")
  );
  EXPECT_EQ(fails("ReleaseAddress", {{"AllocationId", more}}), "InvalidIPAddress.InUse");
  ok("DisassociateNatGatewayAddress",
     {{"NatGatewayId", id}, {"AssociationId", Value::list({second.text_of("associationId")})}});
  ok("ReleaseAddress", {{"AllocationId", more}});
}

TEST_F(Ec2Network, ARegionHasFiveAddresses) {
  const std::string first = make_address();
  const std::string ip = address(first).text_of("publicIp");
  for (int i = 0; i < 4; ++i) {
    EXPECT_NE(address(make_address()).text_of("publicIp"), ip);
  }
  EXPECT_EQ(fails("AllocateAddress", {}), "AddressLimitExceeded");
  ok("ReleaseAddress", {{"AllocationId", first}});
  EXPECT_EQ(fails("AllocateAddress", {{"Address", "8.8.8.8"}}), "InvalidAddress.NotFound");
  EXPECT_EQ(ok("AllocateAddress", {{"Address", ip}}).text_of("publicIp"), ip);
  EXPECT_EQ(fails("ReleaseAddress", {{"AllocationId", first}}), "InvalidAllocationID.NotFound");
}

TEST_F(Ec2Network, AnInternetGatewayStaysWhileAddressesAreMapped) {
  const std::string gateway = make_gateway();
  const std::string id = make_nat(make_address());
  EXPECT_EQ(
      fails("DetachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc_}}),
      "DependencyViolation"
  );
  ok("DeleteNatGateway", {{"NatGatewayId", id}});
  sim_.pass(minutes(2));
  ok("DetachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc_}});
  EXPECT_EQ(
      fails("DetachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc_}}),
      "Gateway.NotAttached"
  );
}

TEST_F(Ec2Network, ARouteLeadsToOneThingThatIsInItsNetwork) {
  const std::string table = make_table();
  const std::string gateway = make_gateway(false);
  const auto fails_with = [&](std::string_view parameter, std::string_view id) {
    return fails(
        "CreateRoute",
        {{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}, {parameter, id}}
    );
  };
  EXPECT_EQ(fails_with("GatewayId", gateway), "InvalidParameterValue");
  EXPECT_EQ(fails_with("GatewayId", "igw-00000000000000000"), "InvalidGatewayID.NotFound");
  EXPECT_EQ(fails_with("NatGatewayId", "nat-00000000000000000"), "InvalidNatGatewayID.NotFound");
  EXPECT_EQ(
      fails_with("VpcPeeringConnectionId", "pcx-00000000000000000"),
      "InvalidVpcPeeringConnectionID.NotFound"
  );
  ok("AttachInternetGateway", {{"InternetGatewayId", gateway}, {"VpcId", vpc_}});
  const std::string id = make_nat(make_address());
  EXPECT_EQ(
      fails(
          "CreateRoute",
          {{"RouteTableId", table},
           {"DestinationCidrBlock", "0.0.0.0/0"},
           {"GatewayId", gateway},
           {"NatGatewayId", id}}
      ),
      "InvalidParameterCombination"
  );
  ok("CreateRoute",
     {{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}, {"GatewayId", gateway}});
  EXPECT_EQ(fails_with("NatGatewayId", id), "RouteAlreadyExists");
  ok("ReplaceRoute",
     {{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}, {"NatGatewayId", id}});
  EXPECT_EQ(routes(table), std::vector<std::string>{"0.0.0.0/0 " + id + " active"});
  ok("DeleteNatGateway", {{"NatGatewayId", id}});
  EXPECT_EQ(routes(table), std::vector<std::string>{"0.0.0.0/0 " + id + " blackhole"});
}

TEST_F(Ec2Network, RouteTablesComeInPagesOfAHundred) {
  EXPECT_EQ(fails("DescribeRouteTables", {{"MaxResults", "101"}}), "InvalidParameterValue");
  EXPECT_EQ(fails("DescribeRouteTables", {{"MaxResults", "1000"}}), "InvalidParameterValue");
  EXPECT_EQ(ok("DescribeRouteTables", {{"MaxResults", "100"}}).get("routeTableSet").size(), 1U);
}

TEST_F(Ec2Network, AGatewaysTrafficUsesOneTable) {
  const std::string gateway = make_gateway();
  const std::string one = make_table();
  const std::string two = make_table();
  const std::string association =
      ok("AssociateRouteTable", {{"RouteTableId", one}, {"GatewayId", gateway}}
      ).text_of("associationId");
  EXPECT_EQ(
      fails("AssociateRouteTable", {{"RouteTableId", two}, {"GatewayId", gateway}}),
      "Resource.AlreadyAssociated"
  );
  ok("ReplaceRouteTableAssociation", {{"RouteTableId", two}, {"AssociationId", association}});
  const Value found =
      ok("DescribeRouteTables", {{"Filter", filters("association.gateway-id", gateway)}});
  EXPECT_EQ(found.get("routeTableSet").as_list().at(0).text_of("routeTableId"), two);
  EXPECT_EQ(fails("DeleteRouteTable", {{"RouteTableId", two}}), "DependencyViolation");
}

TEST_F(Ec2Network, AnAclBeginsWithTheFinalDenyAlone) {
  const std::string id = make_acl();
  const Value acl = ok("DescribeNetworkAcls", {{"NetworkAclId", Value::list({id})}})
                        .get("networkAclSet")
                        .as_list()
                        .at(0);
  EXPECT_EQ(acl.get("default"), Value(false));
  ASSERT_EQ(acl.get("entrySet").size(), 2U);
  EXPECT_EQ(acl.get("entrySet").as_list()[0].get("ruleNumber"), Value(32767));
}

TEST_F(Ec2Network, AclEntriesAreNumberedCheckedAndReplaced) {
  const std::string id = make_acl();
  const auto entry = [&](std::string_view action, std::string_view number, Value more = Object{}) {
    Value params = Value::object(
        {{"NetworkAclId", id},
         {"RuleNumber", number},
         {"Protocol", "tcp"},
         {"RuleAction", "allow"},
         {"Egress", "false"},
         {"CidrBlock", "10.0.0.9/16"},
         {"PortRange", Value::object({{"From", "443"}, {"To", "443"}})}}
    );
    for (const Member& member : more.as_object()) {
      params.set(member.key, member.value);
    }
    const Outcome outcome = sim_.call("ec2", std::string(action), params);
    const auto* fault = std::get_if<Fault>(&outcome);
    return fault == nullptr ? std::string("ok") : fault->code;
  };
  EXPECT_EQ(entry("CreateNetworkAclEntry", "100"), "ok");
  EXPECT_EQ(entry("CreateNetworkAclEntry", "100"), "NetworkAclEntryAlreadyExists");
  EXPECT_EQ(entry("CreateNetworkAclEntry", "32767"), "InvalidParameterValue");
  EXPECT_EQ(
      entry("CreateNetworkAclEntry", "101", Value::object({{"PortRange", Value()}})),
      "MissingParameter"
  );
  EXPECT_EQ(
      entry("CreateNetworkAclEntry", "101", Value::object({{"Protocol", "icmp"}})),
      "MissingParameter"
  );
  EXPECT_EQ(
      entry("CreateNetworkAclEntry", "101", Value::object({{"Protocol", "soap"}})),
      "InvalidParameterValue"
  );
  EXPECT_EQ(entry("ReplaceNetworkAclEntry", "102"), "InvalidNetworkAclEntry.NotFound");
  EXPECT_EQ(entry("ReplaceNetworkAclEntry", "100", Value::object({{"RuleAction", "deny"}})), "ok");
  const Value first = ok("DescribeNetworkAcls", {{"NetworkAclId", Value::list({id})}})
                          .get("networkAclSet")
                          .as_list()[0]
                          .get("entrySet")
                          .as_list()
                          .at(0);
  EXPECT_EQ(first.text_of("ruleAction"), "deny");
  EXPECT_EQ(first.text_of("protocol"), "6");
  EXPECT_EQ(first.text_of("cidrBlock"), "10.0.0.0/16");
  for (int number = 1; number < 20; ++number) {
    EXPECT_EQ(entry("CreateNetworkAclEntry", std::to_string(number)), "ok");
  }
  EXPECT_EQ(entry("CreateNetworkAclEntry", "200"), "NetworkAclEntryLimitExceeded");
  ok("DeleteNetworkAclEntry", {{"NetworkAclId", id}, {"RuleNumber", "100"}, {"Egress", "false"}});
  EXPECT_EQ(
      fails(
          "DeleteNetworkAclEntry",
          {{"NetworkAclId", id}, {"RuleNumber", "100"}, {"Egress", "false"}}
      ),
      "InvalidNetworkAclEntry.NotFound"
  );
}

TEST_F(Ec2Network, ASubnetHasOneAclAtAnyTime) {
  const std::string first = acl_of(subnet_);
  const std::string id = make_acl();
  const std::string old = acl_association_of(subnet_);
  ok("ReplaceNetworkAclAssociation", {{"AssociationId", old}, {"NetworkAclId", id}});
  EXPECT_EQ(acl_of(subnet_), id);
  EXPECT_EQ(
      fails("ReplaceNetworkAclAssociation", {{"AssociationId", old}, {"NetworkAclId", id}}),
      "InvalidAssociationID.NotFound"
  );
  EXPECT_EQ(fails("DeleteNetworkAcl", {{"NetworkAclId", id}}), "DependencyViolation");
  EXPECT_EQ(fails("DeleteVpc", {{"VpcId", vpc_}}), "DependencyViolation");
  ok("ReplaceNetworkAclAssociation",
     {{"AssociationId", acl_association_of(subnet_)}, {"NetworkAclId", first}});
  ok("DeleteNetworkAcl", {{"NetworkAclId", id}});
  EXPECT_EQ(fails("DeleteNetworkAcl", {{"NetworkAclId", first}}), "InvalidParameterValue");
}

}  // namespace
}  // namespace plumbline::sim
