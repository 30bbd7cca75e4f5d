#include "controller/aws/limiter.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A caller that always has something to send: asks, waits as told, sends, asks again.
class Caller {
 public:
  explicit Caller(Limiter& limiter) : limiter_(limiter) {}

  void send_until(Duration end, bool succeeds = true) {
    while (true) {
      const Duration at = now_ + limiter_.reserve(now_);
      now_ = at;
      if (at >= end) {
        return;
      }
      sent_.push_back(at);
      if (succeeds) {
        limiter_.on_success(at);
      }
    }
  }
  [[nodiscard]] Duration now() const { return now_; }
  [[nodiscard]] long sent_between(Duration from, Duration to) const {
    return std::count_if(sent_.begin(), sent_.end(), [&](Duration at) {
      return at >= from && at < to;
    });
  }
  /// The most that ever went out within one `window`.
  [[nodiscard]] long most_within(Duration window) const {
    long most = 0;
    for (const Duration at : sent_) {
      most = std::max(most, sent_between(at, at + window));
    }
    return most;
  }

 private:
  Limiter& limiter_;
  Duration now_{0};
  std::vector<Duration> sent_;
};

TEST(Limiter, LetsASecondsWorthGoAtOnceAndThenHoldsTheRate) {
  Limiter limiter(20);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(limiter.reserve(Duration(0)), Duration(0)) << i;
  }
  EXPECT_EQ(limiter.reserve(Duration(0)), milliseconds(50));
  EXPECT_EQ(limiter.reserve(Duration(0)), milliseconds(100));
  EXPECT_EQ(limiter.reserve(milliseconds(100)), milliseconds(50));
}

TEST(Limiter, LetsADeclaredBurstGoAtOnceUntilTheServiceThrottles) {
  Limiter limiter(5, 50);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(limiter.reserve(Duration(0)), Duration(0));
  }
  EXPECT_GT(limiter.reserve(Duration(0)), Duration(0));
  limiter.on_throttle(Duration(60'000), limiter.cuts());
  // After a rest of a minute the bucket holds no more than a second's worth of the cut rate.
  int at_once = 0;
  while (limiter.reserve(Duration(120'000)) == Duration(0)) {
    ++at_once;
  }
  EXPECT_LE(at_once, 5);
}

TEST(Limiter, HoldsASteadyRateUnderLoad) {
  Limiter limiter(20);
  Caller caller(limiter);
  caller.send_until(seconds(60));
  EXPECT_NEAR(static_cast<double>(caller.sent_between(seconds(10), seconds(60))), 1000, 1);
  EXPECT_LE(caller.most_within(seconds(1)), 41);  // A full bucket and a second's refill.
  EXPECT_LE(caller.most_within(seconds(10)), 221);
}

TEST(Limiter, DoesNotSaveUpMoreThanOneBurstWhileIdle) {
  Limiter limiter(5);
  int free = 0;
  while (limiter.reserve(std::chrono::hours(1)) == Duration(0)) {
    ++free;
  }
  EXPECT_EQ(free, 5);
}

TEST(Limiter, HonoursARateBelowOneASecond) {
  Limiter limiter(0.25);
  EXPECT_EQ(limiter.reserve(Duration(0)), Duration(0));
  EXPECT_EQ(limiter.reserve(Duration(0)), seconds(4));
  limiter.on_throttle(seconds(1), limiter.cuts());
  EXPECT_DOUBLE_EQ(limiter.rate(), 0.25);
}

TEST(Limiter, CutsTheRateAndTheBurstOnAThrottle) {
  Limiter limiter(20);
  limiter.on_throttle(seconds(100), limiter.cuts());
  EXPECT_DOUBLE_EQ(limiter.rate(), 14);
  EXPECT_EQ(limiter.reserve(seconds(100)), milliseconds(72));  // 1/14 s, rounded up.
  Caller caller(limiter);
  caller.send_until(seconds(110), false);
  EXPECT_LE(caller.most_within(seconds(1)), 15);
}

TEST(Limiter, CountsThrottlesOfCallsOfOneRateOnce) {
  Limiter limiter(20);
  for (int i = 0; i < 16; ++i) {
    limiter.on_throttle(seconds(10) + milliseconds(i * 20), 0);
  }
  EXPECT_DOUBLE_EQ(limiter.rate(), 14);
  limiter.on_throttle(seconds(11), limiter.cuts());
  EXPECT_DOUBLE_EQ(limiter.rate(), 14 * 0.7);
}

TEST(Limiter, NeverFallsBelowOneCallInTwoSeconds) {
  Limiter limiter(5);
  for (int i = 0; i < 100; ++i) {
    limiter.on_throttle(seconds(i + 1), limiter.cuts());
  }
  EXPECT_DOUBLE_EQ(limiter.rate(), 0.5);
  // After all those debts a caller still gets its turn.
  EXPECT_LE(limiter.reserve(seconds(101)), seconds(2));
}

TEST(Limiter, GrowsBackAfterAThrottleAndStopsAtWhereItStarted) {
  Limiter limiter(20);
  Caller caller(limiter);
  caller.send_until(seconds(10));
  limiter.on_throttle(caller.now(), limiter.cuts());
  const Duration cut_at = caller.now();
  double previous = limiter.rate();
  for (int i = 1; i <= 30; ++i) {
    caller.send_until(cut_at + seconds(i));
    EXPECT_GE(limiter.rate(), previous);
    EXPECT_LE(limiter.rate(), 20);
    previous = limiter.rate();
  }
  EXPECT_DOUBLE_EQ(limiter.rate(), 20);
}

// K = cbrt(20 × 0.3 / 0.4) = 2.466 s: at K the curve is flat at the old rate.
TEST(Limiter, FollowsTheCubicCurve) {
  Limiter limiter(20);
  limiter.on_throttle(seconds(10), limiter.cuts());
  limiter.on_success(seconds(11));
  EXPECT_NEAR(limiter.rate(), 20 + 0.4 * (1 - 2.4662) * (1 - 2.4662) * (1 - 2.4662), 0.001);
  limiter.on_success(seconds(10) + milliseconds(2466));
  EXPECT_NEAR(limiter.rate(), 20, 0.001);
}

TEST(Limiter, DoesNotGrowWithoutSuccess) {
  Limiter limiter(20);
  limiter.on_throttle(seconds(10), limiter.cuts());
  Caller caller(limiter);
  caller.send_until(seconds(100), false);
  EXPECT_DOUBLE_EQ(limiter.rate(), 14);
}

// A service that takes 8 a second: the limiter must end near 8 and keep throttles rare.
TEST(Limiter, SettlesNearWhatTheServiceTakes) {
  Limiter limiter(20);
  Limiter service(8);
  Duration now{0};
  int throttled = 0;
  int accepted = 0;
  while (now < seconds(600)) {
    now += limiter.reserve(now);
    Limiter probe = service;
    if (probe.reserve(now) > Duration(0)) {
      ++throttled;
      limiter.on_throttle(now, limiter.cuts());
    } else {
      service = probe;
      ++accepted;
      limiter.on_success(now);
    }
  }
  EXPECT_GT(accepted, 600 * 8 * 8 / 10);
  EXPECT_LT(throttled, accepted / 5);
}

TEST(Limiter, IgnoresAClockThatStandsStillOrGoesBack) {
  Limiter limiter(1);
  EXPECT_EQ(limiter.reserve(seconds(10)), Duration(0));
  EXPECT_EQ(limiter.reserve(seconds(5)), seconds(1));
  limiter.on_throttle(seconds(5), limiter.cuts());
  limiter.on_success(seconds(4));
  EXPECT_DOUBLE_EQ(limiter.rate(), 0.7);
}

TEST(Backoff, DoublesUntilTheCap) {
  const auto longest = [](int attempt) {
    return backoff(attempt, 0.999999, milliseconds(100), seconds(20)).count();
  };
  EXPECT_EQ(longest(1), 99);
  EXPECT_EQ(longest(2), 199);
  EXPECT_EQ(longest(5), 1599);
  EXPECT_EQ(longest(9), 19999);
  EXPECT_EQ(longest(100'000), 19999);
}

TEST(Backoff, SpreadsOverTheWholeInterval) {
  EXPECT_EQ(backoff(3, 0.0, milliseconds(100), seconds(20)), Duration(0));
  EXPECT_EQ(backoff(3, 0.5, milliseconds(100), seconds(20)), milliseconds(200));
}

}  // namespace
}  // namespace plumbline
