// Time and mortality of simulated processes: AWS's clock, a process's own clock that may be set by
// somebody, and the moments at which a process may die or be superseded. Owned by a SimWorld.
#pragma once

#include <functional>

#include "controller/base/env.h"

namespace plumbline::simtest {

/// What time it is at AWS. Passes only when somebody waits.
class TrueClock final : public Clock {
 public:
  Timestamp now() override { return start_ + elapsed_; }
  Duration elapsed() override { return elapsed_; }
  void advance(Duration by) { elapsed_ += by; }

 private:
  Timestamp start_{Duration(1'795'000'000'000)};
  Duration elapsed_{0};
};

/// What a process believes: the wall clock may be set, the time since its start may not.
class LocalClock final : public Clock {
 public:
  explicit LocalClock(TrueClock& truth) : truth_(truth) {}
  Timestamp now() override { return truth_.now() + offset_; }
  Duration elapsed() override { return truth_.elapsed(); }
  void set_offset(Duration offset) { offset_ = offset; }

 private:
  TrueClock& truth_;
  Duration offset_{0};
};

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
