#include "controller/config/manifest_scalars.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_sign(std::string_view text) {
  return text.starts_with('-') ? text.substr(1) : text;
}

/// Decimal without leading zeros.
std::optional<std::int64_t> decimal(std::string_view text) {
  const std::string_view digits = without_sign(text);
  std::int64_t number = 0;
  if (!is_digits(digits) || (digits.size() > 1 && digits[0] == '0')) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<double> fraction(std::string_view text) {
  const std::string_view digits = without_sign(text);
  double number = 0;
  if (digits.empty() || !is_digit(digits[0]) ||
      digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos ||
      (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]))) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

Scalar bad(std::string fault, std::string help) {
  return {Value(), std::move(fault), std::move(help)};
}

/// What it should be is beyond doubt: `help` says to write `instead`, in no quotes.
Scalar bad(std::string fault, std::string help, std::string_view text, std::string_view instead) {
  Scalar scalar = {Value(), std::move(fault), Advice(std::move(help), text, instead)};
  scalar.advice.is_bare = true;
  return scalar;
}

/// An octal number of these digits would be no number, or the same one.
bool can_be_decimal_only(std::string_view digits) {
  return digits.size() == 1 || digits.find_first_of("89") != std::string_view::npos;
}

/// What a person may have meant by a text that is no decimal number.
Scalar explain_number(std::string_view text) {
  const std::string_view digits = without_sign(text);
  const std::string sign(text.substr(0, text.size() - digits.size()));
  const auto only = [&](std::string_view characters) {
    return !digits.empty() && is_digit(digits[0]) &&
           digits.find_first_not_of(characters) == std::string_view::npos;
  };
  if (is_digits(digits) && digits.size() > 1 && digits[0] == '0') {
    const std::string_view rest =
        digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const std::string meant = sign + std::string(rest);
    return bad(
        fmt::format(
            "{} has a leading zero, which some readers take for an octal number.", in_ticks(text)
        ),
        fmt::format("write {}", meant),
        text,
        can_be_decimal_only(rest) ? meant : ""
    );
  }
  if (is_digits(digits)) {
    return bad(fmt::format("{} is too large for a number.", in_ticks(text)), "write a smaller one");
  }
  if (only("0123456789:")) {
    return bad(
        fmt::format("{} is no number; some readers take it for one to base 60.", in_ticks(text)),
        "write a decimal number"
    );
  }
  if (only("0123456789_,")) {
    std::string plain = sign;
    std::copy_if(digits.begin(), digits.end(), std::back_inserter(plain), is_digit);
    return bad(
        fmt::format("{} has separators between its digits.", in_ticks(text)),
        fmt::format("write {}", plain),
        text,
        only("0123456789_") ? plain : ""
    );
  }
  if (only("0123456789eE+-.")) {
    return bad(
        fmt::format("{} is no whole number.", in_ticks(text)), "write a whole decimal number"
    );
  }
  if (only("0123456789abcdefABCDEFxo")) {
    return bad(
        fmt::format("{} is no decimal number.", in_ticks(text)), "write a whole decimal number"
    );
  }
  return bad(
      fmt::format("A number is expected, not {}.", in_ticks(text)), "write a decimal number"
  );
}

}  // namespace

Scalar to_bool(std::string_view text, bool is_plain) {
  if (is_plain && (text == "true" || text == "false")) {
    return {Value(text == "true"), "", ""};
  }
  const std::string word = to_lower(text);
  if (!is_plain && (text == "true" || text == "false")) {
    return bad(
        fmt::format("true or false is expected; in quotes \"{}\" is a text.", text),
        fmt::format("write {} without quotes", text),
        text,
        text
    );
  }
  const bool is_yes = word == "yes" || word == "on" || word == "y" || word == "true" || word == "1";
  const bool is_no = word == "no" || word == "off" || word == "n" || word == "false" || word == "0";
  if (is_yes || is_no) {
    return bad(
        fmt::format("true or false is expected; {} is a text here.", in_ticks(text)),
        fmt::format("write {}", is_yes),
        text,
        is_yes ? "true" : "false"
    );
  }
  return bad(
      fmt::format("true or false is expected, not {}.", in_ticks(text)), "write true or false"
  );
}

Scalar to_int(std::string_view text, bool is_plain) {
  const auto number = decimal(text);
  if (number && is_plain) {
    return {Value(*number), "", ""};
  }
  if (number) {
    return bad(
        fmt::format("A number is expected; in quotes \"{}\" is a text.", text),
        fmt::format("write {} without quotes", text),
        text,
        text
    );
  }
  return explain_number(text);
}

Scalar to_double(std::string_view text, bool is_plain) {
  if (!is_plain && fraction(text)) {
    return bad(
        fmt::format("A number is expected; in quotes \"{}\" is a text.", text),
        fmt::format("write {} without quotes", text),
        text,
        text
    );
  }
  if (const auto whole = decimal(text)) {
    return {Value(*whole), "", ""};
  }
  if (const auto number = fraction(text)) {
    return {Value(*number), "", ""};
  }
  return explain_number(text);
}

Value to_core(std::string_view text, bool is_plain) {
  if (!is_plain) {
    return Value(text);
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    return Value(true);
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return Value(false);
  }
  if (const auto whole = decimal(text)) {
    return Value(*whole);
  }
  // A version such as 8.0 is a float by the core rules, too; but 012345678901 stays a text.
  if (const auto number = fraction(text)) {
    return Value(*number);
  }
  return Value(text);
}

}  // namespace plumbline
