// Networks that are peered: asked for and accepted in one run, changed, lost and made again.
#include <gtest/gtest.h>

#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

std::size_t at(const RunReport& report, const std::string& action) {
  const auto found = std::find(report.actions.begin(), report.actions.end(), action);
  EXPECT_NE(found, report.actions.end()) << action << report.story();
  return static_cast<std::size_t>(found - report.actions.begin());
}

TEST(Peering, IsAskedForAcceptedAndUsedInOneRunAndGoesWithoutATrace) {
  TestWorld world;
  const std::string text = peering_manifest();
  const RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.plan;
  EXPECT_LT(at(made, "CreateVpcPeeringConnection"), at(made, "AcceptVpcPeeringConnection"));
  EXPECT_LT(at(made, "AcceptVpcPeeringConnection"), at(made, "ModifyVpcPeeringConnectionOptions"));
  EXPECT_LT(at(made, "ModifyVpcPeeringConnectionOptions"), at(made, "CreateRoute"));
  expect_quiet(world, text);
  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan;
  EXPECT_LT(at(gone, "DeleteVpcPeeringConnection"), at(gone, "DeleteVpc"));
  EXPECT_TRUE(world.made().empty());
}

TEST(Peering, ChangesOptionsAndRoutesInPlace) {
  TestWorld world;
  std::string text = peering_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(text, "FromRemoteVpc: true", "FromRemoteVpc: false");
  expect_update(world, text, {"ModifyVpcPeeringConnectionOptions"});
  text = replaced(
      text,
      "FromRemoteVpc: false",
      "FromRemoteVpc: false, peerAllowDnsResolutionFromRemoteVpc: true"
  );
  expect_update(world, text, {"ModifyVpcPeeringConnectionOptions"});
  text = replaced(text, "destination: 10.2.0.0/16", "destination: 10.2.1.0/24");
  expect_update(world, text, {"CreateRoute", "DeleteRoute"});
}

TEST(Peering, OfNetworksThatOverlapFailsWithAReasonAndIsReplacedOnceTheyDoNot) {
  TestWorld world;
  const std::string text = peering_manifest();
  const std::string overlapping =
      replaced(text, "data: { cidrBlock: 10.2.0.0/16 }", "data: { cidrBlock: 10.1.128.0/17 }");
  const RunReport failed = world.apply(overlapping);
  EXPECT_FALSE(failed.is_clean());
  EXPECT_NE(failed.failures().find("overlapping CIDR range"), std::string::npos)
      << failed.failures();
  const RunReport plan = world.plan(overlapping);
  EXPECT_EQ(plan.action_of("vpcPeeringConnections.data"), Action::kReplace) << plan.plan;
  const RunReport mended = world.apply(text);
  EXPECT_TRUE(mended.is_clean()) << mended.failures() << mended.plan;
  expect_quiet(world, text);
}

TEST(Peering, ThatTheOtherSideTookBackIsMadeAgainAndRoutesFollow) {
  TestWorld world;
  const std::string text = peering_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string old_id = world.id_of("vpcPeeringConnections.data");
  world.call(
      "ec2", "DeleteVpcPeeringConnection", Value::object({{"VpcPeeringConnectionId", old_id}})
  );
  world.clock().advance(std::chrono::minutes(10));
  const RunReport again = world.apply(text);
  EXPECT_TRUE(again.is_clean()) << again.failures() << again.plan;
  EXPECT_EQ(again.action_of("vpcPeeringConnections.data"), Action::kCreate) << again.plan;
  EXPECT_NE(world.id_of("vpcPeeringConnections.data"), old_id);
  EXPECT_LT(at(again, "AcceptVpcPeeringConnection"), at(again, "ReplaceRoute"));
  expect_quiet(world, text);
}

}  // namespace
}  // namespace plumbline
