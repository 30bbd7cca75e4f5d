// Creations whose reply is lost although they were carried out, without any kill: by a connection
// that breaks or by an error of a gateway. PLUMBLINE_LOST is how many.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/scenario.h"
#include "tests/support/sim/stacks.h"

namespace plumbline::simtest {
namespace {

constexpr std::uint64_t kLost = 400;

bool is_creation(const Asked& asked) {
  return asked.is_mutating &&
         (asked.action.starts_with("Create") || asked.action.starts_with("Allocate")) &&
         asked.action != "CreateRoute" && asked.action != "CreateTags";
}

TEST(LostReplies, LeaveNoOrphanAndNoDuplicate) {
  const std::uint64_t wanted = number_from("PLUMBLINE_LOST", kLost);
  std::uint64_t lost = 0, worlds = 0, orphans = 0, duplicates = 0;
  while (lost < wanted && !HasFailure()) {
    const std::uint64_t number = ++worlds;
    WorldOptions options;
    options.seed = number;
    SimWorld world(options);
    world.net().looks_every = 0;
    SeededRandom dice(number);
    const auto& family = families()[number % families().size()];
    ProcessPlan plan;
    plan.manifest = family.versions.front();
    plan.faults = [&](const Asked& asked) {
      if (!is_creation(asked) || dice.next() % 3 == 0) {
        return Mishap::kNone;
      }
      ++lost;
      return dice.next() % 2 == 0 ? Mishap::kLostAfter : Mishap::kErrorAfter;
    };
    SCOPED_TRACE(fmt::format("world {} of {}", number, family.name));
    // A token that gets no answer six times over leaves its creation to the next run.
    for (int run = 0; run < 3 && !world.run(plan).is_clean(); ++run) {
    }
    plan.faults = nullptr;
    const ProcessReport quiet = world.run(plan);
    EXPECT_TRUE(quiet.is_clean()) << quiet.why();
    world.checkers().look_at_world();
    EXPECT_EQ(world.checkers().violations(), std::vector<std::string>());
    orphans += world.checkers().violations().size();
    const auto owned = world.owned();
    EXPECT_EQ(owned.size(), plan.manifest->resources.size());
    for (const auto& [address, count] : owned) {
      EXPECT_EQ(count, 1) << address;
      duplicates += static_cast<std::uint64_t>(count - 1);
    }
  }
  fmt::print(
      "{} lost replies of creations in {} worlds: {} orphans, {} duplicates\n",
      lost,
      worlds,
      orphans,
      duplicates
  );
}

}  // namespace
}  // namespace plumbline::simtest
