// Replies that can be parsed and say nothing: nobody concludes from them that something is gone.
#include <array>
#include <set>
#include <string>

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

class HollowReplies : public ::testing::TestWithParam<std::string (*)()> {};

TEST_P(HollowReplies, ToAnyReadOfWhatIsThereChangeNothing) {
  TestWorld world;
  ASSERT_TRUE(world.apply(GetParam()()).is_clean());
  const std::set<std::string> reads = reads_of(world, GetParam()());
  ASSERT_GT(reads.size(), 4U);
  for (const std::string& read : reads) {
    RunAsk ask;
    ask.faults = [&read](const Seen& seen) {
      return !seen.is_mutating && seen.action == read ? Mishap::kHollow : Mishap::kNone;
    };
    const RunReport report = world.apply(GetParam()(), ask);
    EXPECT_TRUE(report.actions.empty()) << read << "\n" << report.plan << report.story();
    ask.is_approved = false;
    const RunReport gone = world.destroy(GetParam()(), ask);
    EXPECT_TRUE(gone.actions.empty()) << read;
  }
  EXPECT_TRUE(world.apply(GetParam()()).actions.empty());
}

TEST_P(HollowReplies, ToAnyReadOfACreationMakeNoSecondObject) {
  TestWorld calm;
  for (const std::string& read : reads_of(calm, GetParam()())) {
    TestWorld world;
    int left = 2;  // The first looks are answered so; later ones see the world again.
    RunAsk ask;
    ask.faults = [&](const Seen& seen) {
      return !seen.is_mutating && seen.action == read && left-- > 0 ? Mishap::kHollow
                                                                    : Mishap::kNone;
    };
    world.apply(GetParam()(), ask);
    const RunReport healed = world.apply(GetParam()());
    EXPECT_TRUE(healed.is_clean()) << read << "\n" << healed.failures() << healed.story();
    for (const auto& [address, count] : world.made()) {
      EXPECT_EQ(count, 1) << read << " " << address;
    }
    EXPECT_TRUE(world.apply(GetParam()()).actions.empty()) << read;
  }
}

std::string name_of_stack(const ::testing::TestParamInfo<std::string (*)()>& info) {
  constexpr std::array kNames = {"Path", "Data", "Bastion", "Network", "Peering"};
  return kNames.at(info.index);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind,
    HollowReplies,
    ::testing::Values(
        path_manifest, data_manifest, bastion_manifest, network_manifest, peering_manifest
    ),
    name_of_stack
);

}  // namespace
}  // namespace plumbline
