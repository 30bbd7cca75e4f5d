// Replies that can be parsed and say nothing: nobody concludes from them that something is gone.
#include <set>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

/// Every kind of read that an apply makes.
std::set<std::string> reads_of(TestWorld& world, const std::string& manifest) {
  std::set<std::string> reads;
  RunAsk ask;
  ask.faults = [&reads](const Seen& seen) {
    if (!seen.is_mutating) {
      reads.insert(seen.action);
    }
    return Mishap::kNone;
  };
  EXPECT_TRUE(world.run(RunMode::kApply, manifest, ask).is_clean());
  return reads;
}

TEST(HollowReplies, ToAnyReadOfWhatIsThereChangeNothing) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_manifest()).is_clean());
  const std::set<std::string> reads = reads_of(world, path_manifest());
  ASSERT_GT(reads.size(), 10U);
  for (const std::string& read : reads) {
    RunAsk ask;
    ask.faults = [&read](const Seen& seen) {
      return !seen.is_mutating && seen.action == read ? Mishap::kHollow : Mishap::kNone;
    };
    const RunReport report = world.apply(path_manifest(), ask);
    EXPECT_TRUE(report.actions.empty()) << read << "\n" << report.plan << report.story();
    ask.is_approved = false;
    const RunReport gone = world.destroy(path_manifest(), ask);
    EXPECT_TRUE(gone.actions.empty()) << read;
  }
  EXPECT_TRUE(world.apply(path_manifest()).actions.empty());
}

TEST(HollowReplies, ToAnyReadOfACreationMakeNoSecondObject) {
  TestWorld calm;
  for (const std::string& read : reads_of(calm, path_manifest())) {
    TestWorld world;
    int left = 2;  // The first looks are answered so; later ones see the world again.
    RunAsk ask;
    ask.faults = [&](const Seen& seen) {
      return !seen.is_mutating && seen.action == read && left-- > 0 ? Mishap::kHollow
                                                                    : Mishap::kNone;
    };
    world.apply(path_manifest(), ask);
    const RunReport healed = world.apply(path_manifest());
    EXPECT_TRUE(healed.is_clean()) << read << "\n" << healed.failures() << healed.story();
    for (const auto& [address, count] : world.made()) {
      EXPECT_EQ(count, 1) << read << " " << address;
    }
    EXPECT_TRUE(world.apply(path_manifest()).actions.empty()) << read;
  }
}

}  // namespace
}  // namespace plumbline
