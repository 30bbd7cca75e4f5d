// Two processes on one state: one sleeps at some moment, the other takes over and works, the first
// wakes up. Nothing the first writes is taken, and nothing exists twice. PLUMBLINE_TRIALS is how
// many.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/scenario.h"
#include "tests/support/sim/stacks.h"

namespace plumbline::simtest {
namespace {

using std::chrono::minutes;

constexpr std::uint64_t kTrials = 60;
constexpr std::uint64_t kMoments = 60;

struct Trial {
  int refused = 0, asleep = 0;
};

void sleep_and_wake(std::uint64_t seed, Trial& counts) {
  SeededRandom dice(seed);
  WorldOptions options;
  options.seed = seed;
  SimWorld world(options);
  world.net().looks_every = 0;
  const auto& versions = families()[dice.next() % families().size()].versions;
  ProcessPlan second;
  second.manifest = versions[dice.next() % versions.size()];
  ProcessPlan first;
  first.manifest = versions[dice.next() % versions.size()];
  first.sleeps_at = static_cast<int>(1 + dice.next() % kMoments);
  first.while_asleep = [&] {
    ++counts.asleep;
    const ProcessReport report = world.run(second);
    EXPECT_TRUE(report.is_clean()) << report.why();
    world.truth().advance(minutes(dice.next() % 12));
    world.local().set_offset(minutes(static_cast<std::int64_t>(dice.next() % 21) - 10));
  };
  const ProcessReport woken = world.run(first);
  if (woken.result.store_failure.code == "StateTakenOver") {
    ++counts.refused;
  }
  world.settle();
  ProcessPlan last;
  last.manifest = second.manifest;
  const ProcessReport healed = world.run(last);
  EXPECT_TRUE(healed.is_clean()) << healed.why();
  const ProcessReport quiet = world.run(last);
  EXPECT_EQ(quiet.mutations, 0) << quiet.why();
  world.checkers().look_at_world();
  EXPECT_EQ(world.checkers().violations(), std::vector<std::string>());
  for (const auto& [address, count] : world.owned()) {
    EXPECT_EQ(count, 1) << address;
  }
  EXPECT_EQ(world.owned().size(), last.manifest->resources.size());
}

TEST(Fence, AProcessThatWasSupersededWritesNothing) {
  const std::uint64_t trials = number_from("PLUMBLINE_TRIALS", kTrials);
  const std::uint64_t first = number_from("PLUMBLINE_SEED", 1);
  Trial counts;
  for (std::uint64_t seed = first; seed < first + trials && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("PLUMBLINE_SEED={} PLUMBLINE_TRIALS=1", seed));
    sleep_and_wake(seed, counts);
  }
  EXPECT_GT(counts.refused, 0);
  fmt::print(
      "{} trials: {} processes slept, {} were refused when they woke, 0 writes of a stale epoch\n",
      trials,
      counts.asleep,
      counts.refused
  );
}

}  // namespace
}  // namespace plumbline::simtest
