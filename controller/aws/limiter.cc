#include "controller/aws/limiter.h"

#include <algorithm>
#include <cmath>

#include "controller/base/check.h"

namespace plumbline {
namespace {

// The constants of CUBIC (RFC 9438), as AWS's own clients use them.
constexpr double kCut = 0.7;
constexpr double kCubicScale = 0.4;
constexpr double kRateMin = 0.5;

double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Limiter::Limiter(double calls_per_second, double burst)
    : ceiling_(calls_per_second),
      rate_(calls_per_second),
      rate_max_(calls_per_second),
      tokens_(std::max({1.0, calls_per_second, burst})),
      burst_(std::max({1.0, calls_per_second, burst})) {
  PLUMBLINE_CHECK(calls_per_second > 0);
}

void Limiter::refill(Duration now) {
  if (now <= filled_at_) {
    return;
  }
  tokens_ = std::min(burst_, tokens_ + to_seconds(now - filled_at_) * rate_);
  filled_at_ = now;
}

void Limiter::set_rate(double rate) {
  rate_ = std::min(std::max(rate, kRateMin), ceiling_);
  burst_ = std::max(1.0, rate_);
  tokens_ = std::min(tokens_, burst_);
}

Duration Limiter::reserve(Duration now) {
  refill(now);
  tokens_ -= 1;
  if (tokens_ >= 0) {
    return Duration::zero();
  }
  return Duration(static_cast<Duration::rep>(std::ceil(-tokens_ / rate_ * 1000)));
}

void Limiter::on_throttle(Duration now, std::uint64_t sent_under) {
  if (sent_under != cuts_) {
    return;
  }
  refill(now);
  rate_max_ = rate_;
  throttled_at_ = now;
  ++cuts_;
  set_rate(rate_ * kCut);
  // What the bucket still held would be the next burst, against a service that just refused one;
  // who reserved asks again.
  tokens_ = 0;
}

void Limiter::on_success(Duration now) {
  if (cuts_ == 0 || now <= throttled_at_) {
    return;
  }
  refill(now);
  // Fast at first, flat around the rate that was refused, then fast again beyond it.
  const double flat_after = std::cbrt(rate_max_ * (1 - kCut) / kCubicScale);
  const double since = to_seconds(now - throttled_at_);
  const double curve = kCubicScale * std::pow(since - flat_after, 3) + rate_max_;
  // Answers to calls from before the cut come late; they must not lower the rate again.
  set_rate(std::max(curve, rate_));
}

Duration backoff(int attempt, double unit, Duration base, Duration cap) {
  PLUMBLINE_CHECK(attempt >= 1);
  const double longest = std::ldexp(static_cast<double>(base.count()), attempt - 1);
  const double bounded = std::min(longest, static_cast<double>(cap.count()));
  return Duration(static_cast<Duration::rep>(unit * bounded));
}

}  // namespace plumbline
