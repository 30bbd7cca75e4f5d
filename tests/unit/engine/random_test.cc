// Random faults from a seed: whatever goes wrong in the first runs, a run without faults ends with
// one object each and a quiet second run.
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

/// One in `rarity` requests goes wrong, each in one of the ways.
FaultScript random_faults(SeededRandom& random, std::uint64_t rarity) {
  return [&random, rarity](const Seen& seen) {
    if (random.next() % rarity != 0) {
      return Mishap::kNone;
    }
    constexpr Mishap kForReads[] = {Mishap::kNotSent, Mishap::kErrorBefore, Mishap::kThrottled};
    constexpr Mishap kForChanges[] = {
        Mishap::kNotSent,
        Mishap::kLostBefore,
        Mishap::kLostAfter,
        Mishap::kErrorBefore,
        Mishap::kErrorAfter,
        Mishap::kThrottled,
        Mishap::kLate};
    return seen.is_mutating ? kForChanges[random.next() % std::size(kForChanges)]
                            : kForReads[random.next() % std::size(kForReads)];
  };
}

void run_seed(std::uint64_t seed) {
  SeededRandom random(seed * 7919);
  TestWorld world(seed);
  const std::string text = small_manifest();
  std::string story;
  const std::uint64_t runs = 1 + random.next() % 3;
  for (std::uint64_t run = 0; run < runs; ++run) {
    RunAsk ask;
    ask.faults = random_faults(random, 2 + random.next() % 12);
    ask.parallelism = static_cast<int>(1 + random.next() % 10);
    if (random.next() % 2 == 0) {
      ask.crash_at = static_cast<int>(1 + random.next() % 120);
    }
    const RunReport report =
        random.next() % 5 == 0 ? world.destroy(text, ask) : world.apply(text, ask);
    story += "--- run\n" + report.plan + report.story() + report.failures();
  }
  const RunReport clean = world.apply(text);
  world.wire().settle();
  story += "--- clean run\n" + clean.plan + clean.story() + clean.failures();
  ASSERT_TRUE(clean.is_clean()) << "seed " << seed << "\n" << story;
  const RunReport second = world.apply(text);
  ASSERT_TRUE(second.is_clean()) << "seed " << seed << "\n" << second.failures() << story;
  for (const auto& [address, count] : world.made()) {
    EXPECT_EQ(count, 1) << address;
  }
  EXPECT_EQ(world.made().size(), 6U);
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_EQ(world.count("subnet"), 1);
  EXPECT_EQ(world.count("role"), 1);
  EXPECT_EQ(world.count("secret"), 1);
  const RunReport quiet = world.apply(text);
  EXPECT_TRUE(quiet.actions.empty()) << quiet.plan;
  EXPECT_TRUE(world.state().open_intents.empty());
  if (::testing::Test::HasFailure()) {
    FAIL() << "seed " << seed << "\n" << story;
  }
}

TEST(RandomFaults, EverySeedEndsWithOneObjectEach) {
  std::uint64_t first = 1;
  std::uint64_t last = 300;
  if (const char* seed = std::getenv("PLUMBLINE_TEST_SEED"); seed != nullptr) {
    first = last = std::strtoull(seed, nullptr, 10);
  }
  for (std::uint64_t seed = first; seed <= last && !HasFailure(); ++seed) {
    run_seed(seed);
  }
}

}  // namespace
}  // namespace plumbline
