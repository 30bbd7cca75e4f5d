// What a look at a large stack costs: pages of lists, however many resources there are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

TEST(Calls, APlanWithoutAChangeTakesADozenHoweverManyResourcesThereAre) {
  std::string text =
      "stack: large\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  text += "securityGroups:\n";
  for (int i = 0; i < 249; ++i) {
    text += fmt::format(
        "  g{}: {{ vpc: main, description: Large, ingress: [{{ port: 443, from: 10.0.0.0/8 }}] "
        "}}\n",
        i
    );
  }
  TestWorld world;
  ASSERT_TRUE(world.apply(text).is_clean());
  RunAsk ask;
  std::vector<std::string> asked;
  ask.faults = [&](const Seen& seen) {
    asked.push_back(seen.action);
    return Mishap::kNone;
  };
  const RunReport report = world.run(RunMode::kPlan, text, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_FALSE(report.has_changes());
  EXPECT_LE(asked.size(), 12U) << ::testing::PrintToString(asked);
}

}  // namespace
}  // namespace plumbline
