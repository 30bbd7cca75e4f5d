// A service that takes less than we would send, for as long as the run lasts: it ends, and with
// hardly more calls than it would have taken anyway.
#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr int kGroups = 150;
constexpr double kMostOverhead = 1.3;

/// What a service lets through of each action: so many a second, and so many at once after a rest.
class Gate {
 public:
  Gate(FakeClock& clock, double rate, double burst) : clock_(clock), rate_(rate), burst_(burst) {}

  bool lets_through(const std::string& action) {
    Bucket& bucket = buckets_.try_emplace(action, Bucket{burst_, clock_.elapsed()}).first->second;
    const std::chrono::duration<double> passed = clock_.elapsed() - bucket.filled_at;
    bucket.filled_at = clock_.elapsed();
    bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * rate_);
    const bool is_free = bucket.tokens >= 1;
    bucket.tokens -= is_free ? 1 : 0;
    return is_free;
  }

 private:
  struct Bucket {
    double tokens;
    Duration filled_at;
  };
  FakeClock& clock_;
  double rate_, burst_;
  std::map<std::string, Bucket> buckets_;
};

TEST(ThrottleStorm, IsOutlivedWithHardlyMoreCallsThanAreNeeded) {
  std::string text =
      "stack: storm\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  text += "securityGroups:\n";
  for (int i = 0; i < kGroups; ++i) {
    text += fmt::format("  g{}: {{ vpc: main, description: Storm }}\n", i);
  }
  // Half of the rate that EC2 publishes is left to us, and hardly any burst.
  TestWorld world;
  Gate gate(world.clock(), 2.5, 5);
  int taken = 0, throttled = 0;
  RunAsk ask;
  ask.faults = [&](const Seen& seen) {
    if (gate.lets_through(seen.action)) {
      ++taken;
      return Mishap::kNone;
    }
    ++throttled;
    return Mishap::kThrottled;
  };
  const RunReport report = world.apply(text, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made().size(), kGroups + 1U);
  EXPECT_GT(throttled, 0) << "there was no storm";
  EXPECT_LE(taken + throttled, static_cast<int>(kMostOverhead * taken));
  fmt::print(
      "{} calls taken, {} throttled, in {}\n", taken, throttled, format_duration(report.took)
  );
}

/// How long after its first attempt, which is asked to wait, an action is sent again.
Duration pause_of(const std::string& action) {
  TestWorld world;
  std::vector<Duration> sent;
  RunAsk ask;
  ask.faults = [&](const Seen& seen) {
    if (seen.action != action) {
      return Mishap::kNone;
    }
    sent.push_back(world.clock().elapsed());
    return sent.size() == 1 ? Mishap::kAskedToWait : Mishap::kNone;
  };
  const RunReport report =
      world.apply("stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n", ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_GE(sent.size(), 2U);
  return sent.size() < 2 ? Duration{0} : sent[1] - sent[0];
}

TEST(RetryAfter, IsWaitedOutBeforeAnythingIsReadOrWrittenAgain) {
  EXPECT_GE(pause_of("DescribeVpcs"), kAskedPause);
  EXPECT_GE(pause_of("CreateVpc"), kAskedPause);
}

}  // namespace
}  // namespace plumbline
