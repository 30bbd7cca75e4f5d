// Time in tests: AWS's clock, which passes only when somebody waits, and a process's own, which may
// be set. Owned by the worlds of engine tests and of the simulation.
#pragma once

#include "controller/base/env.h"

namespace plumbline {

/// What time it is at AWS.
class FakeClock final : public Clock {
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
  explicit LocalClock(FakeClock& truth) : truth_(truth) {}
  Timestamp now() override { return truth_.now() + offset_; }
  Duration elapsed() override { return truth_.elapsed(); }
  void set_offset(Duration offset) { offset_ = offset; }

 private:
  FakeClock& truth_;
  Duration offset_{0};
};

}  // namespace plumbline
