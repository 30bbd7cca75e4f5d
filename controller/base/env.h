// Clock and Random: two of the five seams (the others are Transport, Store and Resolver). Nothing
// outside env.cc asks the operating system for the time or for random bytes, so a whole controller
// runs deterministically in a test.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

using Duration = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Duration>;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time in UTC; may jump.
  virtual Timestamp now() = 0;
  /// Time since an arbitrary start; never goes back. For timeouts and elapsed times.
  virtual Duration elapsed() = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t next();
  /// Uniform in [0, 1).
  double unit();
};

class SystemClock final : public Clock {
 public:
  Timestamp now() override;
  Duration elapsed() override;
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

/// "2026-11-20T16:18:13Z".
std::string format_iso8601(Timestamp time);
/// "20261120T161813Z", the form SigV4 takes.
std::string format_amz_date(Timestamp time);
/// "Fri, 20 Nov 2026 16:18:13 GMT" (RFC 9110 IMF-fixdate).
std::string format_http_date(Timestamp time);
/// Reads ISO-8601 ("2026-11-20T16:18:13Z", with or without fraction), SigV4's basic form and
/// IMF-fixdate. False when `text` is none of them.
bool parse_time(std::string_view text, Timestamp& out);
/// "5m", "90s", "250ms", "1h30m" → Duration. False when `text` is not a duration.
bool parse_duration(std::string_view text, Duration& out);
/// The shortest human form: "850ms", "12s", "3m12s", "1h05m".
std::string format_duration(Duration duration);

}  // namespace plumbline
