#include "controller/aws/retry_after.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::chrono::seconds kMost{60};
/// Larger numbers would not fit into the unit they are told in, and are a minute anyway.
constexpr std::int64_t kMostTold = 3'600'000;

std::optional<std::int64_t> whole_number(const std::string* header) {
  if (header == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = trim(*header);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_one = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return is_one ? std::optional(std::min(number, kMostTold)) : std::nullopt;
}

}  // namespace

Duration asked_pause(const HttpResponse& response) {
  Duration pause{0};
  if (const auto told = whole_number(find_header(response.headers, "x-amz-retry-after"))) {
    pause = std::chrono::milliseconds(*told);
  }
  if (const auto told = whole_number(find_header(response.headers, "retry-after"))) {
    pause = std::max<Duration>(pause, std::chrono::seconds(*told));
  }
  return std::min<Duration>(pause, kMost);
}

}  // namespace plumbline
