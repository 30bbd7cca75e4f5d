#include "tests/faultproxy/faults.h"

#include <charconv>
#include <cmath>

#include "controller/base/text.h"

namespace plumbline::faultproxy {
namespace {

/// SplitMix64 (Steele, Lea, Flood, 2014), as numbers from 0 to 1.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t number)
      : state_(seed * 0xff51afd7ed558ccdULL + number * 0xc4ceb9fe1a85ec53ULL) {}

  double next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return std::ldexp(static_cast<double>((z ^ (z >> 31U)) >> 11U), -53);
  }

 private:
  std::uint64_t state_;
};

bool parse_rate(std::string_view text, double& out) {
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, out);
  return fault == std::errc() && stop == end && out >= 0 && out <= 1;
}

/// "0.3:200ms".
bool parse_rate_and_time(std::string_view text, double& rate, Duration& most) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && parse_rate(text.substr(0, colon), rate) &&
         parse_duration(text.substr(colon + 1), most);
}

bool parse_word(std::string_view word, Rates& rates) {
  const std::size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const std::string_view value =
      equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
  if (name == "tokens") {
    rates.keeps_tokens = true;
    return equals == std::string_view::npos;
  }
  return name == "delay"   ? parse_rate_and_time(value, rates.delay, rates.delay_max)
         : name == "lag"   ? parse_rate_and_time(value, rates.lag, rates.lag_max)
         : name == "reset" ? parse_rate(value, rates.reset)
         : name == "cut"   ? parse_rate(value, rates.cut)
         : name == "error" ? parse_rate(value, rates.error)
                           : false;
}

}  // namespace

std::optional<Rates> parse_rates(std::string_view text) {
  Rates rates;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view word = trim(part);
    if (!word.empty() && !parse_word(word, rates)) {
      return std::nullopt;
    }
  }
  return rates;
}

Fate fate_of(const Rates& rates, std::uint64_t seed, std::uint64_t number) {
  Draws draws(seed, number);
  Fate fate;
  const bool is_delayed = draws.next() < rates.delay;
  const double share = draws.next();
  if (is_delayed) {
    fate.delay =
        Duration(static_cast<Duration::rep>(share * static_cast<double>(rates.delay_max.count())));
  }
  const bool is_reset = draws.next() < rates.reset;
  const bool is_after = draws.next() < 0.5;
  fate.resets_before = is_reset && !is_after;
  fate.resets_after = is_reset && is_after;
  fate.fails_after = draws.next() < rates.error;
  fate.is_cut = draws.next() < rates.cut;
  fate.cut_at = draws.next();
  fate.lags = draws.next() < rates.lag;
  return fate;
}

}  // namespace plumbline::faultproxy
