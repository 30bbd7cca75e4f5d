// Mortality of simulated processes: the moments at which one may die or be superseded. Owned by a
// SimWorld, as the clocks are.
#pragma once

#include <functional>

namespace plumbline::simtest {

/// Thrown through the loop: the process is gone from here on.
struct Death {};

/// Before and after each commit, before and after each mutating request: where a process may die,
/// or sleep while another one takes over.
class Moments {
 public:
  void pass() {
    ++passed_;
    if (passed_ == dies_at) {
      throw Death();
    }
    if (passed_ == sleeps_at && while_asleep) {
      while_asleep();
    }
  }
  [[nodiscard]] int passed() const { return passed_; }

  int dies_at = 0, sleeps_at = 0;  ///< From 1; 0 = never.
  std::function<void()> while_asleep;

 private:
  int passed_ = 0;
};

}  // namespace plumbline::simtest
