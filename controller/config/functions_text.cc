#include <algorithm>
#include <array>
#include <cctype>

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

std::string after_last(const std::string& text, const char* separators) {
  const auto at = text.find_last_of(separators);
  return at == std::string::npos ? text : text.substr(at + 1);
}

const std::string* bytes_of(const Value& value) {
  if (value.is_bytes()) {
    return &value.as_bytes();
  }
  return is_wordy(value) ? &value.reveal() : nullptr;
}

}  // namespace

Value lower(const Value& value) {
  return each_text(value, [](const std::string& text) { return Value(to_lower(text)); });
}

Value last_segment(const Value& value) {
  return each_text(value, [](const std::string& text) { return Value(after_last(text, "/")); });
}

Value arn_part(const Value& value) {
  return each_text(value, [](const std::string& text) { return Value(after_last(text, ":/")); });
}

Value base64(const Value& value) {
  const std::string* bytes = bytes_of(value);
  return bytes == nullptr ? value : Value(base64_encode(*bytes));
}

Value base64_text(const Value& value) {
  return each_text(value, [](const std::string& text) {
    auto decoded = base64_decode(text);
    return decoded ? Value(std::move(*decoded)) : Value(text);
  });
}

Value sha256_base64(const Value& value) {
  const std::string* bytes = bytes_of(value);
  return bytes == nullptr ? value : Value(base64_encode(to_bytes(sha256(*bytes))));
}

Value url_decode(const Value& value) {
  return each_text(value, [](const std::string& text) { return Value(percent_decode(text)); });
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
  return each_text(value, [](const std::string& text) {
    static constexpr std::array<std::string_view, 5> kTrue = {"true", "1", "on", "yes", "enabled"};
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
  return each_text(value, [](const std::string& text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto is_octal = [&](std::size_t at) {
        return at < text.size() && text[at] >= '0' && text[at] <= '7';
      };
      if (text[i] == '\\' && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
        const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
        name += static_cast<char>(code);
        i += 3;
      } else {
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
      }
    }
    if (!name.empty() && name.back() != '.') {
      name += '.';
    }
    return Value(std::move(name));
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
