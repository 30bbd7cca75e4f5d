// What a crash leaves behind, at every moment at which one can matter: before and after each
// commit, before and after each mutating request.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

const std::map<std::string, int> kSmall = {
    {"roles.reader", 1},
    {"secrets.login", 1},
    {"securityGroups.back", 1},
    {"securityGroups.front", 1},
    {"subnets.a", 1},
    {"vpcs.main", 1},
};

void expect_small_world(TestWorld& world, const std::string& text, const std::string& when) {
  SCOPED_TRACE(when);
  EXPECT_EQ(world.made(), kSmall);
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_EQ(world.count("subnet"), 1);
  EXPECT_EQ(world.count("role"), 1);
  EXPECT_EQ(world.count("secret"), 1);
  EXPECT_TRUE(world.state().open_intents.empty());
  const RunReport again = world.apply(text);
  EXPECT_TRUE(again.is_clean()) << again.failures();
  EXPECT_FALSE(again.has_changes()) << again.plan;
  EXPECT_TRUE(again.actions.empty());
}

TEST(CrashSweep, EveryMomentOfAnApplyHealsInTheNextRun) {
  const std::string text = small_manifest();
  TestWorld calm;
  const int moments = calm.apply(text).moments;
  ASSERT_GT(moments, 40);
  for (int moment = 1; moment <= moments; ++moment) {
    TestWorld world;
    RunAsk ask;
    ask.crash_at = moment;
    const RunReport crashed = world.apply(text, ask);
    ASSERT_TRUE(crashed.has_crashed) << moment;
    const RunReport healed = world.apply(text);
    ASSERT_TRUE(healed.is_clean()) << "moment " << moment << "\n"
                                   << healed.failures() << healed.plan;
    expect_small_world(world, text, "crash at moment " + std::to_string(moment));
    if (HasFailure()) {
      return;
    }
  }
}

TEST(CrashSweep, EveryMomentOfADestroyHealsInTheNextRun) {
  const std::string text = small_manifest();
  TestWorld calm;
  calm.apply(text);
  const int moments = calm.destroy(text).moments;
  ASSERT_GT(moments, 20);
  for (int moment = 1; moment <= moments; ++moment) {
    TestWorld world;
    ASSERT_TRUE(world.apply(text).is_clean());
    RunAsk ask;
    ask.crash_at = moment;
    ASSERT_TRUE(world.destroy(text, ask).has_crashed) << moment;
    const RunReport healed = world.destroy(text);
    ASSERT_TRUE(healed.is_clean()) << "moment " << moment << "\n"
                                   << healed.failures() << healed.plan;
    EXPECT_TRUE(world.made().empty()) << moment;
    EXPECT_EQ(world.count("vpc"), 0) << moment;
    EXPECT_TRUE(world.state().rows.empty()) << moment;
    EXPECT_TRUE(world.state().open_intents.empty()) << moment;
    if (HasFailure()) {
      return;
    }
  }
}

TEST(CrashSweep, EveryMomentOfAnApplyCanBeFollowedByADestroy) {
  const std::string text = small_manifest();
  TestWorld calm;
  const int moments = calm.apply(text).moments;
  for (int moment = 1; moment <= moments; ++moment) {
    TestWorld world;
    RunAsk ask;
    ask.crash_at = moment;
    ASSERT_TRUE(world.apply(text, ask).has_crashed) << moment;
    RunReport gone = world.destroy(text);
    ASSERT_TRUE(gone.is_clean()) << "moment " << moment << "\n" << gone.failures() << gone.plan;
    EXPECT_TRUE(world.made().empty()) << "moment " << moment;
    EXPECT_EQ(world.count("vpc"), 0) << moment;
    EXPECT_TRUE(world.state().rows.empty()) << moment;
    if (HasFailure()) {
      return;
    }
  }
}

/// Applies `before`, then `after` with a crash at each of its moments, then `after` again.
void expect_to_heal(const std::string& before, const std::string& after) {
  TestWorld calm;
  calm.apply(before);
  const RunReport whole = calm.apply(after);
  ASSERT_TRUE(whole.is_clean()) << whole.failures() << whole.plan << whole.story();
  expect_small_world(calm, after, "without a crash");
  for (int moment = 1; moment <= whole.moments; ++moment) {
    TestWorld world;
    ASSERT_TRUE(world.apply(before).is_clean());
    RunAsk ask;
    ask.crash_at = moment;
    ASSERT_TRUE(world.apply(after, ask).has_crashed) << moment;
    const RunReport healed = world.apply(after);
    ASSERT_TRUE(healed.is_clean()) << "moment " << moment << "\n"
                                   << healed.failures() << healed.plan;
    expect_small_world(world, after, "crash at moment " + std::to_string(moment));
    if (::testing::Test::HasFailure()) {
      return;
    }
  }
}

TEST(CrashSweep, EveryMomentOfAnUpdateHealsInTheNextRun) {
  const std::string before = small_manifest();
  std::string after = replaced(before, "port: 3306, from: front", "port: 5432, from: front");
  after = replaced(after, "enableDnsHostnames: true", "enableDnsHostnames: false");
  after = replaced(after, "Reads the secret", "Reads it");
  after = replaced(after, "user: admin", "user: root");
  after = replaced(after, "team: tests", "team: others");
  expect_to_heal(before, after);
}

TEST(CrashSweep, EveryMomentOfAReplacementBesideTheOldOneHealsInTheNextRun) {
  const std::string before = small_manifest();
  const std::string after =
      replaced(before, "description: Back", "groupName: rear, description: Rear");
  expect_to_heal(before, after);
}

TEST(CrashSweep, EveryMomentOfAReplacementAfterTheOldOneHealsInTheNextRun) {
  const std::string before = small_manifest();
  const std::string after = replaced(
      replaced(before, "description: Back", "description: Rear"),
      "description: Front",
      "description: Forward"
  );
  expect_to_heal(before, after);
}

}  // namespace
}  // namespace plumbline
