// The checkers see: with one rule of the engine broken on purpose, some seed among few breaks an
// invariant. A checker that no broken rule can trip proves nothing.
#include <gtest/gtest.h>

#include "tests/support/sim/scenario.h"

namespace plumbline::simtest {
namespace {

constexpr std::uint64_t kSeeds = 500;

/// Whether one of the seeds breaks one of these rules.
bool is_seen(const Sabotage& sabotage, const std::vector<std::string>& rules) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const std::string& violation : play(seed, false, sabotage).violations) {
      for (const std::string& rule : rules) {
        if (violation.starts_with(rule + ":")) {
          return true;
        }
      }
    }
  }
  return false;
}

TEST(Canary, AWireThatHidesTheOwnerTagMakesOrphans) {
  Sabotage sabotage;
  sabotage.hides_owner_filter = true;
  EXPECT_TRUE(is_seen(sabotage, {"I3"}));
}

TEST(Canary, AJournalThatKeepsNoIntentsIsSeenBeforeTheFirstByteLeaves) {
  Sabotage sabotage;
  sabotage.loses_intents = true;
  EXPECT_TRUE(is_seen(sabotage, {"I1"}));
}

TEST(Canary, AbsenceBelievedBeforeTheSignatureIsDeadMakesOrphans) {
  Sabotage sabotage;
  sabotage.believes_at_once = true;
  EXPECT_TRUE(is_seen(sabotage, {"I3"}));
}

}  // namespace
}  // namespace plumbline::simtest
