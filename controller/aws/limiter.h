// Client-side rate limit for one (account, region, service, read|write): a token bucket whose rate
// is cut on a throttle and grows back (CUBIC, as AWS SDKs' adaptive mode). Pure: time comes in.
#pragma once

#include "controller/base/env.h"

namespace plumbline {

class Limiter {
 public:
  /// `calls_per_second` is where it starts and what it never exceeds. `burst` is how many may go at
  /// once after a rest; 0 = a second's worth. A throttle ends the larger burst for good.
  explicit Limiter(double calls_per_second, double burst = 0);

  /// Takes one token. Returns how long to wait before sending (zero: now); the token is already
  /// reserved, so the caller sends after that wait without asking again.
  Duration reserve(Duration now);
  /// Throttles within half a second of a cut belong to that cut and change nothing.
  void on_throttle(Duration now);
  void on_success(Duration now);
  [[nodiscard]] double rate() const { return rate_; }

 private:
  void refill(Duration now);
  void set_rate(double rate);

  double ceiling_;
  double rate_;
  double rate_max_;  ///< Where the cubic curve aims.
  double tokens_;
  double burst_;
  Duration filled_at_{0};
  Duration throttled_at_{0};
  bool was_throttled_ = false;
};

/// Full jitter: unit ∈ [0,1) × min(cap, base × 2^(attempt-1)). Attempt counts from 1.
Duration backoff(int attempt, double unit, Duration base, Duration cap);

}  // namespace plumbline
