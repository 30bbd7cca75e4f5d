#include <charconv>
#include <optional>
#include <string_view>

#include "controller/base/text.h"
#include "controller/config/functions.h"

namespace plumbline::functions {

namespace {

bool is_wordy(const Value& value) {
  return value.is_text() || value.is_secret();
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::optional<double> number_of(const Value& value) {
  if (value.is_int() || value.is_double()) {
    return value.as_double();
  }
  if (!is_wordy(value)) {
    return std::nullopt;
  }
  const auto number = whole(value.reveal());
  return number ? std::optional<double>(static_cast<double>(*number)) : std::nullopt;
}

}  // namespace

bool engine_version(const Value& declared, const Value& observed) {
  if (!is_wordy(declared) || !is_wordy(observed)) {
    return declared == observed;
  }
  const std::string_view want = declared.reveal();
  const std::string_view have = observed.reveal();
  if (have == want || (have.starts_with(want) && have.substr(want.size(), 1) == ".")) {
    return true;
  }
  // AWS raises the last part by itself, and no API call lowers it again.
  const auto want_dot = want.rfind('.');
  const auto have_dot = have.rfind('.');
  if (want_dot == std::string::npos || have_dot == std::string::npos ||
      want.substr(0, want_dot) != have.substr(0, have_dot)) {
    return false;
  }
  const auto want_patch = whole(want.substr(want_dot + 1));
  const auto have_patch = whole(have.substr(have_dot + 1));
  return want_patch && have_patch && *have_patch >= *want_patch;
}

bool at_least(const Value& declared, const Value& observed) {
  const auto want = number_of(declared);
  const auto have = number_of(observed);
  return want && have ? *have >= *want : declared == observed;
}

bool arn_or_id(const Value& declared, const Value& observed) {
  if (declared == observed) {
    return true;
  }
  if (!is_wordy(declared) || !is_wordy(observed)) {
    return false;
  }
  const std::string_view want = declared.reveal();
  const std::string_view have = observed.reveal();
  // Which key an alias means cannot be told from its text; AWS resolved it when it was given.
  if (want.substr(0, 6) == "alias/" || want.find(":alias/") != std::string::npos) {
    return !have.empty();
  }
  const auto part = [](std::string_view text) { return text.substr(text.find_last_of(":/") + 1); };
  const bool are_both_arns = want.substr(0, 4) == "arn:" && have.substr(0, 4) == "arn:";
  return !are_both_arns && part(want) == part(have);
}

}  // namespace plumbline::functions
