// Which fault a request meets: rates as written on the command line, and a draw for each request
// that depends on the seed and on the request's number alone, so that one rate does not shift
// another's fate. Pure; owned by the proxy.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "controller/base/env.h"

namespace plumbline::faultproxy {

/// Shares of all requests, 0 to 1.
struct Rates {
  double delay = 0, reset = 0, cut = 0, error = 0, lag = 0;
  Duration delay_max{0};  ///< A delayed request reaches the world this late at most.
  Duration lag_max{0};    ///< A lagging read is this old at most.
  bool keeps_tokens = false;
};

/// "delay=0.3:200ms,reset=0.05,cut=0.05,error=0.05,lag=0.1:150ms,tokens". Nothing when it cannot be
/// read.
std::optional<Rates> parse_rates(std::string_view text);

/// What happens to one request; several at once may.
struct Fate {
  Duration delay{0};
  bool resets_before = false;  ///< The connection is reset and the world never hears of it.
  bool resets_after = false;   ///< … and the world did what was asked.
  bool fails_after = false;    ///< Answered with a 5xx although it was done.
  bool is_cut = false;         ///< The answer ends at `cut_at` of its bytes.
  double cut_at = 0;
  bool lags = false;  ///< A read is answered with what was so a while ago.
};

Fate fate_of(const Rates& rates, std::uint64_t seed, std::uint64_t number);

}  // namespace plumbline::faultproxy
