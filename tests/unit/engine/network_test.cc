// Ways in and out of a network: gateways, addresses, routes and network ACLs, and what holds what
// when they move, fail and go.
#include <gtest/gtest.h>

#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

using Actions = std::vector<std::string>;

std::size_t at(const RunReport& report, const std::string& action) {
  const auto found = std::find(report.actions.begin(), report.actions.end(), action);
  EXPECT_NE(found, report.actions.end()) << action << report.story();
  return static_cast<std::size_t>(found - report.actions.begin());
}

Value in_filter(const std::string& name, const std::string& value) {
  return Value::object(
      {{"Filter", Value::list({Value::object({{"Name", name}, {"Value", Value::list({value})}})})}}
  );
}

/// The id of the one route table, or ACL, that holds the subnet.
std::string holder_of(TestWorld& world, const std::string& action, const std::string& subnet) {
  const Value reply = world.call("ec2", action, in_filter("association.subnet-id", subnet));
  const bool is_acl = action == "DescribeNetworkAcls";
  return reply.get_path(is_acl ? "networkAclSet.item" : "routeTableSet.item")
      .text_of(is_acl ? "networkAclId" : "routeTableId");
}

TEST(Network, IsMadeInOrderQuietAfterwardsAndGoesWithoutATrace) {
  TestWorld world;
  const std::string text = network_manifest();
  const RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.plan;
  EXPECT_EQ(world.made().size(), 9U);
  EXPECT_LT(at(made, "AttachInternetGateway"), at(made, "CreateNatGateway"));
  EXPECT_TRUE(made.has_progress("waiting until ready")) << made.story();
  expect_quiet(world, text);

  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan;
  EXPECT_LT(at(gone, "DeleteNatGateway"), at(gone, "ReleaseAddress"));
  EXPECT_LT(at(gone, "ReleaseAddress"), at(gone, "DetachInternetGateway"));
  EXPECT_TRUE(world.made().empty());
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Network, UpdatesTheMainPropertyOfEveryKind) {
  TestWorld world;
  std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());

  text = replaced(
      text,
      "destination: 0.0.0.0/0, natGateway: main }",
      "destination: 0.0.0.0/0, natGateway: main }, { destination: 192.168.7.9/16, gateway: main }"
  );
  expect_update(world, text, {"CreateRoute"});
  text = replaced(text, "192.168.7.9/16, gateway: main", "192.168.0.0/16, natGateway: main");
  expect_update(world, text, {"ReplaceRoute"});
  text = replaced(text, ", { destination: 192.168.0.0/16, natGateway: main }", "");
  expect_update(world, text, {"DeleteRoute"});

  text = replaced(text, "port: 3306, from", "port: 5432, from");
  expect_update(world, text, {"ReplaceNetworkAclEntry"});
  text = replaced(text, "ruleNumber: 110", "ruleNumber: 120");
  expect_update(world, text, {"CreateNetworkAclEntry", "DeleteNetworkAclEntry"});

  text = replaced(text, "  main: { vpc: main }", "  main: { vpc: main, tags: { door: front } }");
  expect_update(world, text, {"CreateTags"});
  text = replaced(text, "nat: {}", "nat: {}\n  more: {}");
  text = replaced(text, "allocation: nat }", "allocation: nat, secondaryAllocations: [more] }");
  expect_update(world, text, {"AllocateAddress", "AssociateNatGatewayAddress"});
  text = replaced(text, ", secondaryAllocations: [more]", "");
  text = replaced(text, "nat: {}\n  more: {}", "nat: {}");
  expect_update(world, text, {"DisassociateNatGatewayAddress", "ReleaseAddress"});
}

TEST(Network, AGatewayMovesToAnotherNetworkAndOutOfAll) {
  TestWorld world;
  const std::string text = R"(
stack: moving
region: eu-west-3
vpcs: { one: { cidrBlock: 10.0.0.0/16 }, two: { cidrBlock: 10.1.0.0/16 } }
internetGateways: { door: { vpc: one } }
)";
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string moved = replaced(text, "vpc: one", "vpc: two");
  expect_update(world, moved, {"DetachInternetGateway", "AttachInternetGateway"});
  const std::string loose = replaced(text, "{ vpc: one }", "{}");
  expect_update(world, loose, {"DetachInternetGateway"});
  EXPECT_TRUE(world.destroy(loose).is_clean());
  EXPECT_EQ(world.count("internet-gateway"), 0);
}

TEST(Network, IncomingPacketsOfAGatewayUseTheTableThatNamesIt) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string edge = replaced(
      text,
      "  public:\n    vpc: main\n",
      "  edge: { vpc: main, gateways: [main] }\n  public:\n    vpc: main\n"
  );
  expect_update(world, edge, {"CreateRouteTable", "AssociateRouteTable"});
  const std::string moved = replaced(
      replaced(edge, ", gateways: [main]", ""),
      "    subnets: [public]\n",
      "    subnets: [public]\n    gateways: [main]\n"
  );
  const RunReport report = world.apply(moved);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  expect_quiet(world, moved);
  EXPECT_TRUE(world.destroy(moved).is_clean());
  EXPECT_TRUE(world.made().empty());
}

TEST(Network, APrivateNatGatewayNeedsNoAddressAndTakesPrivateOnes) {
  TestWorld world;
  const std::string text = R"(
stack: inner
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
subnets: { a: { vpc: main, cidrBlock: 10.0.1.0/24 } }
natGateways:
  inner: { subnet: a, connectivityType: private, privateIpAddress: 10.0.1.9, secondaryPrivateIpAddresses: [10.0.1.10] }
)";
  const RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.story();
  expect_quiet(world, text);
  const std::string other = replaced(text, "[10.0.1.10]", "[10.0.1.11]");
  expect_update(
      world, other, {"AssignPrivateNatGatewayAddress", "UnassignPrivateNatGatewayAddress"}
  );
  EXPECT_TRUE(world.destroy(other).is_clean());
  EXPECT_TRUE(world.made().empty());
}

TEST(Network, AnotherSubnetForANatGatewayMakesTheOldOneGoFirst) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string old_id = world.id_of("natGateways.main");
  const std::string other =
      replaced(text, "subnet: public, allocation", "subnet: private, allocation");
  const RunReport report = world.apply(other);
  ASSERT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.action_of("natGateways.main"), Action::kReplace);
  EXPECT_EQ(report.actions, (Actions{"DeleteNatGateway", "CreateNatGateway", "ReplaceRoute"}));
  EXPECT_NE(world.id_of("natGateways.main"), old_id);
  expect_quiet(world, other);
}

TEST(Network, ASubnetMovesBetweenTablesWithoutAGap) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  // Someone else's table holds the subnet now.
  const std::string subnet = world.id_of("subnets.private");
  const std::string vpc = world.id_of("vpcs.main");
  const Value other = world.call("ec2", "CreateRouteTable", Value::object({{"VpcId", vpc}}));
  const std::string foreign = other.get_path("routeTable").text_of("routeTableId");
  const Value held =
      world.call("ec2", "DescribeRouteTables", in_filter("association.subnet-id", subnet));
  const std::string association =
      held.get_path("routeTableSet.item.associationSet.item").text_of("routeTableAssociationId");
  world.call(
      "ec2",
      "ReplaceRouteTableAssociation",
      Value::object({{"AssociationId", association}, {"RouteTableId", foreign}})
  );
  expect_update(world, text, {"ReplaceRouteTableAssociation"});
  EXPECT_EQ(holder_of(world, "DescribeRouteTables", subnet), world.id_of("routeTables.private"));
}

TEST(Network, TablesThatSwapTheirSubnetsBothGetThem) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  std::string swapped = replaced(text, "subnets: [public]", "subnets: [other]");
  swapped = replaced(swapped, "subnets: [private]", "subnets: [public]");
  swapped = replaced(swapped, "subnets: [other]", "subnets: [private]");
  const RunReport report = world.apply(swapped);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  EXPECT_EQ(
      holder_of(world, "DescribeRouteTables", world.id_of("subnets.public")),
      world.id_of("routeTables.private")
  );
  EXPECT_EQ(
      holder_of(world, "DescribeRouteTables", world.id_of("subnets.private")),
      world.id_of("routeTables.public")
  );
  expect_quiet(world, swapped);
}

TEST(Network, ASubnetThatAnAclLetsGoOfHasTheDefaultOneAgain) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string subnet = world.id_of("subnets.private");
  EXPECT_EQ(holder_of(world, "DescribeNetworkAcls", subnet), world.id_of("networkAcls.private"));
  const auto acl = text.find("networkAcls:");
  std::string other =
      text.substr(0, acl) + replaced(text.substr(acl), "    subnets: [private]\n", "");
  expect_update(world, other, {"ReplaceNetworkAclAssociation"});
  EXPECT_NE(holder_of(world, "DescribeNetworkAcls", subnet), world.id_of("networkAcls.private"));
}

TEST(Network, RowsThatAwsOwnsAreNeitherShownNorRemoved) {
  TestWorld world;
  const std::string text = network_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "ec2",
      "CreateRoute",
      Value::object(
          {{"RouteTableId", world.id_of("routeTables.private")},
           {"DestinationCidrBlock", "172.16.0.0/12"},
           {"NatGatewayId", world.id_of("natGateways.main")}}
      )
  );
  const RunReport plan = world.plan(text);
  const Change* change = plan.change("routeTables.private");
  ASSERT_NE(change, nullptr) << plan.plan;
  ASSERT_EQ(change->difference.collections.size(), 1U) << plan.plan;
  ASSERT_EQ(change->difference.collections[0].rows.size(), 1U) << plan.plan;
  EXPECT_TRUE(change->difference.collections[0].rows[0].is_foreign);
  expect_update(world, text, {"DeleteRoute"});
}

TEST(Network, AFailedNatGatewaySaysWhyAndTheNextRunReplacesIt) {
  TestWorld world;
  // Without a gateway of its own the network has no way to the internet.
  std::string text = replaced(network_manifest(), "  main: { vpc: main }", "  main: {}");
  text = replaced(text, "    routes: [{ destination: 0.0.0.0/0, gateway: main }]\n", "");
  const RunReport failed = world.apply(text);
  EXPECT_FALSE(failed.is_clean());
  EXPECT_NE(failed.failures().find("Gateway.NotAttached"), std::string::npos) << failed.failures();
  EXPECT_NE(failed.failures().find("no Internet gateway"), std::string::npos) << failed.failures();

  const std::string old_id = world.id_of("natGateways.main");
  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.action_of("natGateways.main"), Action::kReplace) << plan.plan;
  EXPECT_NE(plan.plan.find("it is failed for good"), std::string::npos) << plan.plan;
  const std::string mended = replaced(text, "  main: {}", "  main: { vpc: main }");
  const RunReport second = world.apply(mended);
  EXPECT_TRUE(second.is_clean()) << second.failures() << second.plan;
  EXPECT_NE(world.id_of("natGateways.main"), old_id);
  expect_quiet(world, mended);
}

/// Lost, late and broken replies of every creation: one object each, found again or not made twice.
void expect_one_each(const std::string& action, Mishap mishap) {
  SCOPED_TRACE(action);
  TestWorld world;
  const std::string text = network_manifest();
  RunAsk ask;
  int seen = 0;
  ask.faults = [&](const Seen& request) {
    return request.action == action && ++seen == 1 ? mishap : Mishap::kNone;
  };
  world.apply(text, ask);
  EXPECT_GE(seen, 1);
  const RunReport healed = world.apply(text);
  EXPECT_TRUE(healed.is_clean()) << healed.failures() << healed.plan;
  for (const auto& [address, count] : world.made()) {
    EXPECT_EQ(count, 1) << address;
  }
  EXPECT_EQ(world.made().size(), 9U);
  EXPECT_EQ(world.count("elastic-ip"), 1);
  EXPECT_EQ(world.count("natgateway"), 1);
  EXPECT_EQ(world.count("internet-gateway"), 1);
  expect_quiet(world, text);
}

TEST(Network, ACrashOnTheWayHealsInTheNextRun) {
  const std::string text = network_manifest();
  TestWorld calm;
  const int moments = calm.apply(text).moments;
  constexpr int kStride = 7;  // A sample: every moment is tried with a smaller manifest.
  for (int moment = 1; moment <= moments; moment += kStride) {
    SCOPED_TRACE(moment);
    TestWorld world;
    RunAsk ask;
    ask.crash_at = moment;
    ASSERT_TRUE(world.apply(text, ask).has_crashed);
    const RunReport healed = world.apply(text);
    ASSERT_TRUE(healed.is_clean()) << healed.failures() << healed.plan;
    EXPECT_EQ(world.made().size(), 9U);
    EXPECT_EQ(world.count("elastic-ip"), 1);
    EXPECT_EQ(world.count("natgateway"), 1);
    const RunReport gone = world.destroy(text);
    EXPECT_TRUE(gone.is_clean()) << gone.failures();
    EXPECT_EQ(world.count("vpc"), 0);
  }
}

class NetworkReplies : public ::testing::TestWithParam<const char*> {};

TEST_P(NetworkReplies, ThatAreLostMakeNothingTwice) {
  for (const Mishap mishap :
       {Mishap::kLostBefore, Mishap::kLostAfter, Mishap::kErrorAfter, Mishap::kLate}) {
    expect_one_each(GetParam(), mishap);
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfCreations,
    NetworkReplies,
    ::testing::Values(
        "AllocateAddress",
        "CreateInternetGateway",
        "CreateNatGateway",
        "CreateRouteTable",
        "CreateNetworkAcl"
    )
);

class NetworkChanges : public ::testing::TestWithParam<const char*> {};

TEST_P(NetworkChanges, WhoseRepliesAreLostAreMadeAll) {
  for (const Mishap mishap : {Mishap::kLostAfter, Mishap::kErrorBefore}) {
    expect_one_each(GetParam(), mishap);
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfRows,
    NetworkChanges,
    ::testing::Values(
        "AttachInternetGateway",
        "CreateRoute",
        "AssociateRouteTable",
        "CreateNetworkAclEntry",
        "ReplaceNetworkAclAssociation"
    )
);

}  // namespace
}  // namespace plumbline
