// Client-side rate limit for one (account, region, service, read|write): a token bucket whose rate
// is cut on a throttle and grows back (CUBIC, as AWS SDKs' adaptive mode). Pure: time comes in.
#pragma once

#include <cstdint>

#include "controller/base/env.h"

namespace plumbline {

class Limiter {
 public:
  /// `calls_per_second` is where it starts and what it never exceeds. `burst` is how many may go at
  /// once after a rest; 0 = a second's worth. A throttle ends the larger burst for good.
  explicit Limiter(double calls_per_second, double burst = 0);

  /// Takes one token. Returns how long to wait before sending (zero: now); the token is reserved,
  /// so that the caller sends after that wait without asking again, unless cuts() moved on
  /// meanwhile: a throttle takes all reservations back.
  Duration reserve(Duration now);
  [[nodiscard]] std::uint64_t cuts() const { return cuts_; }
  /// `sent_under`: cuts() when the call was sent. Of calls that were sent at one rate, one refusal
  /// cuts it and answers for all.
  void on_throttle(Duration now, std::uint64_t sent_under);
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
  std::uint64_t cuts_ = 0;  ///< How often the rate was cut.
};

/// Full jitter: unit ∈ [0,1) × min(cap, base × 2^(attempt-1)). Attempt counts from 1.
Duration backoff(int attempt, double unit, Duration base, Duration cap);

}  // namespace plumbline
