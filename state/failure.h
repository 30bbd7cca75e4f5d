// The errors of a state: their codes, and the sentence for a damaged file, which several places
// find.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "controller/base/result.h"

namespace plumbline {

/// `Error::code` of what SQLite reports; the store decides by it, users see it before the message.
inline constexpr std::string_view kDiskFull = "DiskFull";
inline constexpr std::string_view kDiskError = "DiskError";
inline constexpr std::string_view kStateCorrupt = "StateCorrupt";
inline constexpr std::string_view kStateBusy = "StateBusy";
inline constexpr std::string_view kStateRefused = "StateRefused";

inline Error state_error(ErrorClass klass, std::string_view code, std::string message) {
  return {klass, std::string(code), std::move(message), "", 0};
}

inline Error damaged_state(const std::string& path, std::string_view reason) {
  return state_error(
      ErrorClass::kCorrupt,
      kStateCorrupt,
      fmt::format(
          "The state {0} is damaged ({1}). Move {0} and {0}-wal away and put the newest "
          "{0}.backup-N, or a copy of `plumbline state backup`, in their place; `plumbline state "
          "rebuild` makes a new one of what is in AWS.",
          path,
          reason
      )
  );
}

}  // namespace plumbline

/// Returns the error of `expression`, a Status, from the enclosing function.
#define PLUMBLINE_DO(expression)                       \
  if (auto done_result = (expression); !done_result) { \
    return done_result.error();                        \
  }                                                    \
  static_assert(true, "takes the semicolon")
