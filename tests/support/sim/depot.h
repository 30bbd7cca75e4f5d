// The disk of simulated processes: one state that outlives them, opened anew by each. Either the
// store in memory with fencing as the file has it, or the shipped store on a file. Commits can fail
// in both ways a disk has: before and after the bytes are down. Owned by a SimWorld.
#pragma once

#include <memory>
#include <string>

#include "state/sqlite_store.h"
#include "tests/support/sim/checkers.h"
#include "tests/support/sim/moments.h"

namespace plumbline::simtest {

/// Which commit of a process fails, and how.
struct DiskPlan {
  int fails_at = 0;         ///< From 1; 0 = none. All later ones fail, too.
  bool is_written = false;  ///< The failing one reached the disk all the same.
};

class Depot {
 public:
  /// `folder` "" keeps the state in memory; else the shipped store on a file there.
  Depot(Clock& clock, Random& random, Checkers& checkers, std::string folder);

  /// A new holder; every older one is fenced from now on.
  std::unique_ptr<Store> open(Moments& moments, const DiskPlan& plan);
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  /// Rows and open calls as they are on the disk; no process is running.
  StateImage image();

  /// A rule that is broken on purpose: intents of calls to come are not kept.
  bool loses_intents = false;

 private:
  class Session;

  Clock& clock_;
  Random& random_;
  Checkers& checkers_;
  std::string folder_;
  std::unique_ptr<Store> memory_;
  std::uint64_t epoch_ = 0;
};

}  // namespace plumbline::simtest
