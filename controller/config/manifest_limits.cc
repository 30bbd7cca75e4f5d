// The part of ValueReader that holds values against the limits of their properties.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_scalars.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

namespace {

std::string number_text(double number) {
  return fmt::format("{:.15g}", number);
}

bool is_open(const Value& value) {
  return value.is_reference() || value.is_concat() || value.is_unknown();
}

/// The bytes of a text within the quotes of JSON, and these.
std::size_t json_size(std::string_view text) {
  constexpr std::size_t kQuotes = 2, kUnicode = 6;  // \u0001
  std::size_t size = kQuotes;
  for (const char c : text) {
    const bool is_short = std::string_view("\"\\\n\r\t\b\f").find(c) != std::string_view::npos;
    const bool is_control = static_cast<unsigned char>(c) < 0x20;
    size += is_short ? 2 : is_control ? kUnicode : 1;
  }
  return size;
}

/// The same of a value, as far as it is known.
std::size_t least_json_size(const Value& value) {
  if (value.is_text() || value.is_secret()) {
    return json_size(value.reveal());
  }
  std::size_t size = json_size("");
  for (std::size_t i = 0; value.is_concat() && i < value.as_concat().size(); ++i) {
    size += least_json_size(value.as_concat()[i]) - json_size("");
  }
  return size;
}

}  // namespace

void ValueReader::take_rule(const Property& property, Diagnostic& finding) {
  if (!property.rule.empty()) {
    finding.id = property.rule;
  }
}

void ValueReader::check_length(
    const Property& property, std::size_t length, const SourceRange& range
) {
  const auto size = static_cast<double>(length);
  if ((property.min && size < *property.min) || (property.max && size > *property.max)) {
    take_rule(
        property,
        reporter_.add(
            kNotAllowed,
            range,
            fmt::format(
                "`{}` has {} {}; {} {}.",
                property.name,
                length,
                length == 1 ? "element" : "elements",
                property.min && size < *property.min ? "it needs at least" : "it takes at most",
                number_text(property.min && size < *property.min ? *property.min : *property.max)
            ),
            "add or remove elements"
        )
    );
  }
}

void ValueReader::check_limits(
    const Property& property, const Value& value, const SourceRange& range
) {
  if (value.is_null() || is_open(value)) {
    return;
  }
  if (value.is_int() || value.is_double()) {
    const double number = value.as_double();
    if ((property.min && number < *property.min) || (property.max && number > *property.max)) {
      const std::string low = property.min ? number_text(*property.min) : "";
      const std::string high = property.max ? number_text(*property.max) : "";
      const std::string limits = low.empty()    ? fmt::format("at most {}", high)
                                 : high.empty() ? fmt::format("at least {}", low)
                                                : fmt::format("{} to {}", low, high);
      take_rule(
          property,
          reporter_.add(
              kNotAllowed,
              range,
              fmt::format("`{}` takes {}, not {}.", property.name, limits, to_text(value)),
              fmt::format("write a number, {}", limits)
          )
      );
    }
    return;
  }
  if (!value.is_text() && !value.is_secret()) {
    return;
  }
  const std::string_view text = value.reveal();
  const std::string shown = value.is_secret() ? "the sensitive value" : in_ticks(text);
  const std::string_view rule = &property == name_property_ ? kBadName : kNotAllowed;
  const auto& words = property.enum_values;
  const auto refuse = [&](std::string detail, const Advice& advice) -> Diagnostic& {
    Diagnostic& finding = reporter_.add(rule, range, std::move(detail), advice);
    finding.hidden = value.is_secret() ? std::vector{range} : std::vector<SourceRange>();
    return finding;
  };
  if (!words.empty() && std::find(words.begin(), words.end(), text) == words.end()) {
    refuse(
        fmt::format("`{}` does not take {}.", property.name, shown),
        suggest(text, words, fmt::format("use {}", enumerate(words)))
    );
  } else if (property.max && code_points(text) > static_cast<std::size_t>(*property.max)) {
    refuse(
        fmt::format(
            "`{}` is {} characters long; {} are the most.",
            property.name,
            code_points(text),
            number_text(*property.max)
        ),
        "shorten it"
    );
  } else if (!property.pattern.empty() && !context_.pattern(property.pattern).matches(text)) {
    take_rule(
        property,
        refuse(
            fmt::format("`{}` does not take {}.", property.name, shown),
            property.pattern_help.empty() ? fmt::format("it must match {}", property.pattern)
                                          : fmt::format("write {}", property.pattern_help)
        )
    );
  }
}

void ValueReader::check_keys(const Property& property, const Node& map) {
  for (const NodeEntry& entry : map.entries) {
    if (!property.key_pattern.empty() &&
        !context_.pattern(property.key_pattern).matches(entry.key)) {
      take_rule(
          property,
          reporter_.add(
              kNotAllowed,
              entry.key_range,
              fmt::format("`{}` takes no {}.", property.name, in_ticks(entry.key)),
              fmt::format("write {}", property.key_pattern_help)
          )
      );
    }
  }
}

void ValueReader::check_bytes(
    const Property& property, const Object& members, const SourceRange& range
) {
  std::size_t bytes = 1;
  for (const Member& member : members) {
    constexpr std::size_t kSigns = 2;  // The colon, and a comma or the closing brace.
    bytes += json_size(member.key) + least_json_size(member.value) + kSigns;
  }
  if (property.max_bytes != 0 && bytes > property.max_bytes) {
    take_rule(
        property,
        reporter_.add(
            kNotAllowed,
            range,
            fmt::format(
                "`{}` has {} bytes or more as JSON; {} are the most.",
                property.name,
                bytes,
                property.max_bytes
            ),
            "shorten it, or keep a part elsewhere and name the place here"
        )
    );
  }
}

}  // namespace plumbline
