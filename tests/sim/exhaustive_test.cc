// Forty objects, and the stacks of every other kind; a kill at every moment of an apply, an update,
// a replacement and a destroy: the next run heals it alone, makes at most what was in flight anew
// (I14), and the one after changes nothing (I10). PLUMBLINE_STRIDE=1 takes every moment; the
// default a share of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/scenario.h"
#include "tests/support/sim/stacks.h"

namespace plumbline::simtest {
namespace {

constexpr int kParallelism = 10;
constexpr std::uint64_t kStride = 29;

struct Change {
  std::string name, stack;
  int from = -1, to = 0;  ///< Steps of the stack; -1: nothing is there.
  RunMode mode = RunMode::kApply;
};
void PrintTo(const Change& change, std::ostream* out) {
  *out << change.name;
}

const std::vector<std::shared_ptr<const Manifest>>& steps_of(const std::string& stack) {
  static const std::vector<std::shared_ptr<const Manifest>> kForty = {
      parse_stack(forty_objects(0)), parse_stack(forty_objects(1)), parse_stack(forty_objects(2))};
  for (const Family& family : families()) {
    if (family.name == stack) {
      return family.versions;
    }
  }
  return kForty;
}

class EveryMoment : public ::testing::TestWithParam<Change> {
 protected:
  static ProcessPlan plan_of(RunMode mode, int step, int dies_at = 0) {
    ProcessPlan plan;
    plan.mode = mode;
    plan.manifest = steps_of(GetParam().stack).at(static_cast<std::size_t>(step));
    plan.parallelism = kParallelism;
    plan.dies_at = dies_at;
    return plan;
  }
  /// A world as it is before the change.
  static std::unique_ptr<SimWorld> before() {
    WorldOptions options;
    auto world = std::make_unique<SimWorld>(options);
    world->net().looks_every = 0;
    if (GetParam().from >= 0) {
      EXPECT_TRUE(world->run(plan_of(RunMode::kApply, GetParam().from)).is_clean());
    }
    return world;
  }

  static void expect_healed(SimWorld& world, const ProcessReport& healed) {
    ASSERT_TRUE(healed.is_clean()) << healed.why();
    const bool is_gone = GetParam().mode == RunMode::kDestroy;
    const auto owned = world.owned();
    const std::size_t declared = plan_of(GetParam().mode, GetParam().to).manifest->resources.size();
    EXPECT_EQ(owned.size(), is_gone ? 0U : declared);
    for (const auto& [address, count] : owned) {
      EXPECT_EQ(count, 1) << address;
    }
    const ProcessReport again = world.run(plan_of(GetParam().mode, GetParam().to));
    EXPECT_TRUE(again.is_clean()) << again.why();
    EXPECT_EQ(again.mutations, 0);
    EXPECT_TRUE(world.depot().image().open_intents.empty());
    world.checkers().look_at_world();
    EXPECT_EQ(world.checkers().violations(), std::vector<std::string>());
  }

  /// Kills at the given moments of successive runs, then heals.
  static void expect_to_heal(const std::vector<int>& moments, int in_calm) {
    const auto world = before();
    int accepted = 0, kills = 0;
    for (const int moment : moments) {
      const auto died = world->run(plan_of(GetParam().mode, GetParam().to, moment));
      world->checkers().look_at_world();
      accepted += died.accepted;
      kills += died.has_died ? 1 : 0;
    }
    const ProcessReport healed = world->run(plan_of(GetParam().mode, GetParam().to));
    accepted += healed.accepted;
    EXPECT_LE(accepted, in_calm + kills * kParallelism) << "I14";
    expect_healed(*world, healed);
  }
};

TEST_P(EveryMoment, HealsInTheNextRun) {
  const auto calm = before();
  const ProcessReport whole = calm->run(plan_of(GetParam().mode, GetParam().to));
  ASSERT_TRUE(whole.is_clean()) << whole.why();
  const auto stride = static_cast<int>(number_from("PLUMBLINE_STRIDE", kStride));
  int points = 0;
  for (int moment = 1; moment <= whole.moments && !HasFailure(); moment += stride) {
    SCOPED_TRACE(fmt::format("kill at moment {} of {}", moment, whole.moments));
    expect_to_heal({moment}, whole.accepted);
    ++points;
  }
  // Pairs: the run that heals is killed, too.
  SeededRandom dice(7);
  const int pairs = points / 4;
  for (int pair = 0; pair < pairs && !HasFailure(); ++pair) {
    const auto draw = [&] {
      return 1 + static_cast<int>(dice.next() % static_cast<std::uint64_t>(whole.moments));
    };
    const std::vector<int> moments = {draw(), draw()};
    SCOPED_TRACE(fmt::format("kills at moments {} and {}", moments[0], moments[1]));
    expect_to_heal(moments, whole.accepted);
  }
  fmt::print("{}: {} of {} moments, {} pairs\n", GetParam().name, points, whole.moments, pairs);
}

INSTANTIATE_TEST_SUITE_P(
    OfForty,
    EveryMoment,
    ::testing::Values(
        Change{"Apply", "forty", -1, 0, RunMode::kApply},
        Change{"Update", "forty", 0, 1, RunMode::kApply},
        Change{"Replace", "forty", 0, 2, RunMode::kApply},
        Change{"Destroy", "forty", 0, 0, RunMode::kDestroy}
    ),
    [](const auto& each) { return each.param.name; }
);

std::vector<Change> changes_of_families() {
  std::vector<Change> all;
  for (const Family& family : families()) {
    all.push_back({"Apply_" + family.name, family.name, -1, 0, RunMode::kApply});
    all.push_back({"Destroy_" + family.name, family.name, 0, 0, RunMode::kDestroy});
    for (int step = 1; step < static_cast<int>(family.versions.size()); ++step) {
      all.push_back(
          {fmt::format("Update{}_{}", step, family.name), family.name, 0, step, RunMode::kApply}
      );
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryKind,
    EveryMoment,
    ::testing::ValuesIn(changes_of_families()),
    [](const auto& each) { return each.param.name; }
);

}  // namespace
}  // namespace plumbline::simtest
