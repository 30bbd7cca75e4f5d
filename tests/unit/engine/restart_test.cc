// What a new process asks for before everything an old one left open is resolved.
#include <map>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

/// Ten creations of the three ways in which one is found again: by tag, by token, by name.
std::string ten() {
  std::string text = "stack: ten\nregion: eu-west-3\nvpcs:\n";
  for (int i = 0; i < 4; ++i) {
    text += "  n" + std::to_string(i) + ": { cidrBlock: 10." + std::to_string(i) + ".0.0/16 }\n";
  }
  text += "secrets:\n";
  for (int i = 0; i < 3; ++i) {
    text +=
        "  s" + std::to_string(i) + ": { secretString: { password: " + secret_value() + " } }\n";
  }
  text += "dbParameterGroups:\n";
  for (int i = 0; i < 3; ++i) {
    text +=
        "  g" + std::to_string(i) + ": { dbParameterGroupFamily: mysql8.0, description: Ours }\n";
  }
  return text;
}

TEST(Restart, ResolvesTenOpenCreationsWithOneListOfEachKind) {
  TestWorld world;
  RunAsk dying;
  int made = 0;
  dying.faults = [&](const Seen& seen) {
    made += seen.action.starts_with("Create") ? 1 : 0;
    return Mishap::kNone;
  };
  // The last request is on its way when the process dies: it learns the outcome of none.
  dying.on_tick = [&](Loop&, Duration) {
    if (made == 10) {
      throw Crash();
    }
  };
  ASSERT_TRUE(world.apply(ten(), dying).has_crashed);
  ASSERT_EQ(world.state().open_intents.size(), 10U);
  ASSERT_TRUE(world.state().rows.empty());

  RunAsk looking;
  std::map<std::string, int> reads;
  looking.faults = [&](const Seen& seen) {
    ++reads[seen.action];
    return Mishap::kNone;
  };
  looking.is_approved = false;  // To see what is asked for until all is resolved, and nothing else.
  const RunReport report = world.apply(ten(), looking);
  EXPECT_TRUE(report.actions.empty());
  EXPECT_TRUE(world.state().open_intents.empty());
  EXPECT_EQ(world.state().rows.size(), 10U);
  EXPECT_EQ(reads["DescribeVpcs"], 1);
  EXPECT_EQ(reads["ListSecrets"], 1);
  EXPECT_EQ(reads["DescribeDBParameterGroups"], 1);
  EXPECT_LE(report.took, std::chrono::seconds(2));
  EXPECT_TRUE(world.apply(ten()).is_clean());
}

}  // namespace
}  // namespace plumbline
