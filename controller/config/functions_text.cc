#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/config/functions.h"

namespace plumbline::functions {

namespace {

bool is_wordy(const Value& value) {
  return value.is_text() || value.is_secret();
}

template <class Change>
Value each_text(const Value& value, Change change) {
  if (is_wordy(value)) {
    return change(value.reveal());
  }
  if (!value.is_list()) {
    return value;
  }
  List changed;
  for (const Value& item : value.as_list()) {
    changed.push_back(each_text(item, change));
  }
  return Value(std::move(changed));
}

std::string_view after_last(std::string_view text, const char* separators) {
  const auto at = text.find_last_of(separators);
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

std::optional<std::string_view> bytes_of(const Value& value) {
  if (value.is_bytes()) {
    return value.as_bytes();
  }
  return is_wordy(value) ? std::optional(value.reveal()) : std::nullopt;
}

// A character that stands behind an escape like \052, as Route 53 answers with what is not a
// letter, digit, hyphen or underscore (developer guide, "DNS domain name format"); 0 where none
// does that may stand for itself. An escaped dot is part of a label, and a backslash or digit could
// make an escape of what is around it.
char escaped_character(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  if (text.size() < 4 || text[0] != '\\' ||
      !std::all_of(text.begin() + 1, text.begin() + 4, is_octal)) {
    return '\0';
  }
  const int code = (text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0');
  if (code <= ' ' || code >= 0x7f || code == '\\' || code == '.' || (code >= '0' && code <= '9')) {
    return '\0';
  }
  return static_cast<char>(code);
}

}  // namespace

Value lower(const Value& value) {
  return each_text(value, [](std::string_view text) { return Value(to_lower(text)); });
}

Value last_segment(const Value& value) {
  return each_text(value, [](std::string_view text) { return Value(after_last(text, "/")); });
}

Value arn_part(const Value& value) {
  return each_text(value, [](std::string_view text) { return Value(after_last(text, ":/")); });
}

Value base64(const Value& value) {
  const auto bytes = bytes_of(value);
  return bytes ? Value(base64_encode(*bytes)) : value;
}

Value base64_text(const Value& value) {
  return each_text(value, [](std::string_view text) {
    auto decoded = base64_decode(text);
    return decoded ? Value(std::move(*decoded)) : Value(text);
  });
}

Value sha256_base64(const Value& value) {
  const auto bytes = bytes_of(value);
  return bytes ? Value(base64_encode(to_bytes(sha256(*bytes)))) : value;
}

Value url_decode(const Value& value) {
  return each_text(value, [](std::string_view text) { return Value(percent_decode(text)); });
}

Value json(const Value& value) {
  if (is_wordy(value) || value.is_null() || !value.is_known()) {
    return value;
  }
  return wire_json(value);
}

Value parse_json(const Value& value) {
  if (!is_wordy(value)) {
    return value;
  }
  auto tree = plumbline::parse_json(value.reveal());
  return tree ? std::move(tree).value() : value;
}

Value bool_text(const Value& value) {
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  if (value.is_int()) {
    return value.as_int() == 1 ? Value("true") : value.as_int() == 0 ? Value("false") : value;
  }
  return each_text(value, [](std::string_view text) {
    static constexpr std::array<std::string_view, 6> kTrue = {
        "true", "1", "on", "yes", "enabled", "active"};
    static constexpr std::array<std::string_view, 5> kFalse = {
        "false", "0", "off", "no", "disabled"};
    const std::string word = to_lower(text);
    if (std::find(kTrue.begin(), kTrue.end(), word) != kTrue.end()) {
      return Value("true");
    }
    const bool is_false = std::find(kFalse.begin(), kFalse.end(), word) != kFalse.end();
    return is_false ? Value("false") : Value(text);
  });
}

Value dns_name(const Value& value) {
  return each_text(value, [](std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char escaped = escaped_character(std::string_view(text).substr(i));
      name += escaped != '\0' ? escaped : text[i];
      i += escaped != '\0' ? 3 : 0;
    }
    if (!name.empty() && name.back() != '.') {
      name += '.';
    }
    return Value(to_lower(name));
  });
}

Value principal_text(const Value& value) {
  if (!value.is_object() || value.size() == 0) {
    return value;
  }
  const Value& first = value.as_object().front().value;
  return first.is_list() && first.size() == 1 ? first.as_list().front() : first;
}

}  // namespace plumbline::functions
