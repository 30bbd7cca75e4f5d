#include "controller/config/interpolation.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 3> kAmbient = {"account", "partition", "region"};
constexpr std::string_view kForms =
    "write ${section.name.attribute}, ${inputs.NAME}, ${stack}, ${region}, ${account} or "
    "${partition}; $${ stands for a literal ${";

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

/// Joins known neighbours, so that a text without open references is one text again.
class Parts {
 public:
  void add_text(std::string_view text) {
    if (text.empty()) {
      return;
    }
    if (!parts_.empty() && parts_.back().is_text()) {
      parts_.back() = Value(parts_.back().as_text() + std::string(text));
    } else {
      parts_.emplace_back(text);
    }
  }

  void add(Value value) {
    if (value.is_text() || value.is_int() || value.is_bool() || value.is_double()) {
      add_text(to_text(value));
    } else {
      parts_.push_back(std::move(value));
    }
  }

  Value take() {
    if (parts_.empty()) {
      return Value("");
    }
    const bool has_open = std::any_of(parts_.begin(), parts_.end(), [](const Value& part) {
      return part.is_reference();
    });
    const auto unknown = std::find_if(parts_.begin(), parts_.end(), [](const Value& part) {
      return part.is_unknown();
    });
    if (has_open) {
      return parts_.size() == 1 ? std::move(parts_.front()) : Value::concat(std::move(parts_));
    }
    if (unknown != parts_.end()) {
      return std::move(*unknown);
    }
    return join();
  }

 private:
  Value join() const {
    std::string text;
    bool is_secret = false;
    for (const Value& part : parts_) {
      is_secret = is_secret || part.is_secret();
      text += part.reveal();
    }
    return is_secret ? Value::secret(std::move(text)) : Value(std::move(text));
  }

  List parts_;
};

/// One "${…}" → its value; null and a fault when it cannot be read.
class Reader {
 public:
  Reader(const InterpolationNames& names, std::vector<InterpolationFault>& faults)
      : names_(names), faults_(faults) {}

  Value read(std::string_view inside, std::size_t offset, std::size_t length) {
    offset_ = offset;
    length_ = length;
    const std::vector<std::string_view> words = split(trim(inside), '.');
    if (!std::all_of(words.begin(), words.end(), is_identifier)) {
      return fail(
          fmt::format("{} is not a name with dots.", in_ticks(trim(inside))), std::string(kForms)
      );
    }
    if (words.size() == 1) {
      return read_word(words[0]);
    }
    if (words[0] == "each") {
      return fail(
          fmt::format(
              "{} means something inside a resource with `forEach` alone.", in_ticks(inside)
          ),
          "add `forEach: [ … ]` to the resource, or name the value itself"
      );
    }
    if (words[0] == "inputs") {
      return read_input(words);
    }
    if (words[0] == "stack" || words[0] == "region" ||
        std::find(kAmbient.begin(), kAmbient.end(), words[0]) != kAmbient.end()) {
      return fail(
          fmt::format("`{}` has nothing below it.", words[0]),
          fmt::format("write ${{{}}}", words[0])
      );
    }
    if (words.size() == 2 && names_.default_attribute.empty()) {
      return fail(
          fmt::format("{} names a resource but none of its attributes.", in_ticks(inside)),
          fmt::format("write ${{{}.{}.id}} or another attribute", words[0], words[1])
      );
    }
    Reference reference;
    reference.address = {std::string(words[0]), std::string(words[1])};
    reference.is_weak = names_.is_weak;
    reference.attribute = names_.default_attribute;
    if (words.size() > 2) {
      reference.attribute = words[2];
      for (std::size_t i = 3; i < words.size(); ++i) {
        reference.attribute.append(".").append(words[i]);
      }
    }
    return Value::reference(std::move(reference));
  }

 private:
  Value fail(std::string detail, Advice advice, std::string_view id = kBadInterpolation) {
    faults_.push_back({offset_, length_, std::string(id), std::move(detail), std::move(advice)});
    return {};
  }

  Value read_word(std::string_view word) {
    if (word == "stack") {
      return Value(names_.stack);
    }
    if (word == "region" && !names_.region.empty()) {
      return Value(names_.region);
    }
    if (std::find(kAmbient.begin(), kAmbient.end(), word) != kAmbient.end()) {
      const bool is_named = word == "account" && !names_.account.empty();
      const std::string named = is_named ? "@" + std::string(names_.account) : "";
      return Value::reference({{std::string(word), "id"}, named, false});
    }
    if (names_.input && !names_.input(word).is_null()) {
      return fail(
          fmt::format("`${{{}}}` names nothing; there is an input of that name.", word),
          Advice(fmt::format("write ${{inputs.{}}}", word), word, "inputs." + std::string(word))
      );
    }
    return fail(fmt::format("`${{{}}}` names nothing.", word), std::string(kForms));
  }

  Value read_input(const std::vector<std::string_view>& words) {
    if (words.size() != 2) {
      return fail("An input has no attributes.", fmt::format("write ${{inputs.{}}}", words[1]));
    }
    Value value = names_.input ? names_.input(words[1]) : Value();
    if (value.is_null()) {
      return fail(
          fmt::format("No input {} is declared.", in_ticks(words[1])),
          suggest(
              words[1],
              names_.inputs ? names_.inputs() : std::vector<std::string>(),
              fmt::format("declare it: `inputs: {{ {}: {{ env: NAME }} }}`", words[1])
          ),
          kUndeclared
      );
    }
    return value;
  }

  const InterpolationNames& names_;
  std::vector<InterpolationFault>& faults_;
  std::size_t offset_ = 0, length_ = 0;
};

}  // namespace

std::string to_text(const Value& value) {
  return value.is_text() ? value.as_text() : show_json(value);
}

bool is_generated(const Reference& reference) {
  return reference.attribute.empty() && reference.address.section == "inputs";
}

bool is_ambient(const Reference& reference) {
  if (is_generated(reference)) {
    return true;
  }
  const bool is_named =
      reference.address.section == "account" && reference.attribute.starts_with('@');
  return (reference.attribute.empty() || is_named) && reference.address.name == "id" &&
         std::find(kAmbient.begin(), kAmbient.end(), reference.address.section) != kAmbient.end();
}

std::string account_of(const Reference& reference) {
  return reference.attribute.empty() ? "" : reference.attribute.substr(1);
}

Value interpolate(
    std::string_view text, const InterpolationNames& names, std::vector<InterpolationFault>& faults
) {
  if (!has_interpolation(text)) {
    return Value(text);
  }
  const std::size_t faults_before = faults.size();
  Reader reader(names, faults);
  Parts parts;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t dollar = text.find("${", at);
    if (dollar == std::string_view::npos) {
      parts.add_text(text.substr(at));
      break;
    }
    if (dollar > at && text[dollar - 1] == '$') {
      parts.add_text(text.substr(at, dollar - 1 - at));
      parts.add_text("${");
      at = dollar + 2;
      continue;
    }
    parts.add_text(text.substr(at, dollar - at));
    const std::size_t close = text.find('}', dollar);
    if (close == std::string_view::npos) {
      faults.push_back(
          {dollar,
           text.size() - dollar,
           std::string(kBadInterpolation),
           "The `${` is not closed.",
           "write the closing }, or $${ for a literal ${"}
      );
      break;
    }
    Value value =
        reader.read(text.substr(dollar + 2, close - dollar - 2), dollar, close + 1 - dollar);
    if (dollar == 0 && close + 1 == text.size()) {
      return value;
    }
    parts.add(std::move(value));
    at = close + 1;
  }
  return faults.size() > faults_before ? Value() : parts.take();
}

}  // namespace plumbline
