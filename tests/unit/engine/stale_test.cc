// Lists that show an earlier moment than the state knows of.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr char kSubnet[] = R"(
stack: stale
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a }
)";

TEST(StaleLists, ThatStillShowThePredecessorDoNotHideWhatReplacedIt) {
  const std::string moved = replaced(kSubnet, "10.0.1.0/24", "10.0.2.0/24");
  TestWorld world;
  ASSERT_TRUE(world.apply(kSubnet).is_clean());
  const std::string predecessor = world.id_of("subnets.a");
  ASSERT_TRUE(world.apply(moved).is_clean());  // Its list is the last one before the replacement.
  const std::string known = world.id_of("subnets.a");
  ASSERT_NE(known, predecessor);

  RunAsk ask;
  int lists = 0;
  ask.faults = [&](const Seen& seen) {
    return seen.action == "DescribeSubnets" && lists++ == 0 ? Mishap::kStale : Mishap::kNone;
  };
  const RunReport report = world.apply(moved, ask);
  EXPECT_GE(lists, 2) << "the one that the list lacks is asked for by its id";
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_TRUE(report.actions.empty()) << report.plan;
  EXPECT_EQ(world.id_of("subnets.a"), known);
  EXPECT_EQ(world.made().at("subnets.a"), 1);
}

TEST(StaleLists, DoNotHideThatAnotherOneWithOurTagStandsInForWhatIsGone) {
  const std::string text =
      "stack: stale\nregion: eu-west-3\nvpcs:\n  main: { cidrBlock: 10.0.0.0/16 }\n";
  TestWorld world;
  ASSERT_TRUE(world.apply(text).is_clean());
  const auto tags = world.tags_of("vpcs.main");
  world.call("ec2", "DeleteVpc", Value::object({{"VpcId", world.id_of("vpcs.main")}}));
  const std::string other = world.plant(tags, "10.0.0.0/16");
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made().at("vpcs.main"), 1) << report.plan;
  EXPECT_EQ(world.id_of("vpcs.main"), other);
}

TEST(StaleAnswers, AreJudgedByTheAgeThatWhatTheyLackHadWhenTheyCame) {
  const std::string text =
      "stack: stale\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
      "logGroups: { app: { logGroupName: app, retentionInDays: 7 } }\n";
  TestWorld world;
  RunAsk dies;
  dies.on_progress = [](Loop&, const Progress& line) {
    if (line.address.section == "logGroups" && line.what == "exists") {
      throw Crash();
    }
  };
  EXPECT_TRUE(world.apply(text, dies).has_crashed);

  // The log group is not shown yet, and the rest of the look takes longer than the quiet time.
  RunAsk ask;
  int groups = 0, networks = 0;
  ask.faults = [&](const Seen& seen) {
    return seen.action == "DescribeLogGroups" && groups++ == 0 ? Mishap::kStale
           : seen.action == "DescribeVpcs" && networks++ == 0  ? Mishap::kAskedToWait
                                                               : Mishap::kNone;
  };
  const RunReport report = world.apply(replaced(text, "logGroupName: app", "logGroupName: b"), ask);
  EXPECT_GE(report.took, kAskedPause);
  EXPECT_EQ(report.plan.find("deleted outside"), std::string::npos) << report.plan;
  const Value left = world.call("logs", "DescribeLogGroups", Value(Object()));
  EXPECT_EQ(left.get("logGroups").size(), 1U) << "the first one is nobody's now";
}

}  // namespace
}  // namespace plumbline
