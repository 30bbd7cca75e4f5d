// A scenario: what a seed makes of a stack. Phase one: processes come and go while everything goes
// wrong. Phase two: nothing goes wrong any more, and within a few runs the world is as declared,
// and the next run changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/sim/sim_world.h"

namespace plumbline::simtest {

/// Rules that are broken on purpose, to see that somebody notices.
struct Sabotage {
  bool hides_owner_filter = false;
  bool loses_intents = false;
  bool believes_at_once = false;  ///< Negative reads are believed before the signature is dead.
};

struct Outcome {
  std::vector<std::string> violations;
  std::string story;  ///< "" unless asked for.
  std::uint64_t mutations = 0;
  int deaths = 0, runs_to_converge = 0;
};

Outcome play(std::uint64_t seed, bool keeps_story, const Sabotage& sabotage = {});

/// Plays the seed again with its story and fails the test with it.
void report_failure(std::uint64_t seed, const Outcome& outcome);

/// A number from the environment.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise);

}  // namespace plumbline::simtest
