// Seeds: everything goes wrong, then nothing does. PLUMBLINE_SEED is the first seed,
// PLUMBLINE_SEEDS how many; `./dev sim` plays many on all cores.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/scenario.h"

namespace plumbline::simtest {
namespace {

constexpr std::uint64_t kSeeds = 200;
constexpr int kFailuresShown = 3;

TEST(Simulation, EverySeedKeepsTheRulesAndConverges) {
  const std::uint64_t first = number_from("PLUMBLINE_SEED", 1);
  const std::uint64_t count = number_from("PLUMBLINE_SEEDS", kSeeds);
  SystemClock clock;
  const Duration started = clock.elapsed();
  std::uint64_t mutations = 0;
  int deaths = 0, failures = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Outcome outcome = play(seed, false);
    mutations += outcome.mutations;
    deaths += outcome.deaths;
    if (outcome.violations.empty()) {
      continue;
    }
    if (++failures <= kFailuresShown) {
      report_failure(seed, outcome);
    } else {
      ADD_FAILURE() << "seed " << seed << ": " << outcome.violations.front();
    }
  }
  const std::chrono::duration<double> took = clock.elapsed() - started;
  fmt::print(
      "{} seeds from {} in {:.1f} s ({:.0f} a second): {} changes sent, {} deaths, {} failures\n",
      count,
      first,
      took.count(),
      static_cast<double>(count) / took.count(),
      mutations,
      deaths,
      failures
  );
}

}  // namespace
}  // namespace plumbline::simtest
