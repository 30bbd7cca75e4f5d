#include "controller/base/env.h"

#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include "controller/base/check.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

std::tm to_utc(Timestamp time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::uint64_t Random::next() {
  std::array<std::uint8_t, 8> bytes{};
  fill(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), bytes.size());
  return number;
}

double Random::unit() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

Timestamp SystemClock::now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Duration SystemClock::elapsed() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = getrandom(bytes.data() + have, bytes.size() - have, 0);
    PLUMBLINE_CHECK(got > 0);
    have += static_cast<std::size_t>(got);
  }
}

std::string format_iso8601(Timestamp time) {
  const std::tm t = to_utc(time);
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
      t.tm_year + 1900,
      t.tm_mon + 1,
      t.tm_mday,
      t.tm_hour,
      t.tm_min,
      t.tm_sec
  );
}

std::string format_amz_date(Timestamp time) {
  const std::tm t = to_utc(time);
  return fmt::format(
      "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
      t.tm_year + 1900,
      t.tm_mon + 1,
      t.tm_mday,
      t.tm_hour,
      t.tm_min,
      t.tm_sec
  );
}

std::string format_http_date(Timestamp time) {
  const std::tm t = to_utc(time);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
      kDays[static_cast<std::size_t>(t.tm_wday)],
      t.tm_mday,
      kMonths[static_cast<std::size_t>(t.tm_mon)],
      t.tm_year + 1900,
      t.tm_hour,
      t.tm_min,
      t.tm_sec
  );
}

bool parse_time(std::string_view text, Timestamp& out) {
  const std::string copy(trim(text));
  for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S GMT"}) {
    std::tm parts{};
    const char* rest = strptime(copy.c_str(), form, &parts);
    if (rest == nullptr) {
      continue;
    }
    Duration fraction{0};
    if (*rest == '.') {
      int scale = 100;
      for (++rest; *rest >= '0' && *rest <= '9'; ++rest) {
        fraction += Duration((*rest - '0') * scale);
        scale /= 10;
      }
    }
    const std::string_view zone(rest);
    if (zone.empty() || zone == "Z" || zone == "+00:00") {
      out = Timestamp(std::chrono::seconds(timegm(&parts))) + fraction;
      return true;
    }
  }
  return false;
}

bool parse_duration(std::string_view text, Duration& out) {
  Duration total{0};
  bool any = false;
  text = trim(text);
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 1'000'000'000) {
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit_end = text.find_first_of("0123456789");
    const std::string_view unit = text.substr(0, unit_end);
    if (unit == "ms") {
      total += Duration(number);
    } else if (unit == "s") {
      total += std::chrono::seconds(number);
    } else if (unit == "m") {
      total += std::chrono::minutes(number);
    } else if (unit == "h") {
      total += std::chrono::hours(number);
    } else if (unit == "d") {
      total += std::chrono::hours(24 * number);
    } else {
      return false;
    }
    text.remove_prefix(unit.size());
    any = true;
  }
  out = total;
  return any;
}

std::string format_duration(Duration duration) {
  const auto ms = duration.count();
  if (ms < 1000) {
    return fmt::format("{}ms", ms);
  }
  const auto seconds = ms / 1000;
  if (seconds < 60) {
    return fmt::format("{}s", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
  }
  return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
}

}  // namespace plumbline
