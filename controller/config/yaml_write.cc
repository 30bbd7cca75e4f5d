#include "controller/config/yaml_write.h"

#include <algorithm>
#include <set>

#include "controller/base/check.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kWidth = 100;

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Neither YAML 1.1 nor 1.2 sees anything but a text in it.
bool is_plain(std::string_view text) {
  static const std::set<std::string, std::less<>> kWords = {
      "y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"};
  const auto is_ordinary = [](char c) {
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == '/';
  };
  return !text.empty() && is_alpha(text[0]) && kWords.count(to_lower(text)) == 0 &&
         std::all_of(text.begin(), text.end(), is_ordinary);
}

std::string quoted(std::string_view text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (has_control) {
    return show_json(Value(std::string(text)));  // YAML takes JSON's escapes.
  }
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

std::string joined_line(const Value& value) {
  std::string out;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      out += (out.empty() ? "" : ", ") + yaml_line(item);
    }
    return "[" + out + "]";
  }
  for (const Member& member : value.as_object()) {
    out += (out.empty() ? "" : ", ") + yaml_text(member.key) + ": " + yaml_line(member.value);
  }
  return out.empty() ? "{}" : "{ " + out + " }";
}

void append_tree(std::string& out, const Value& value, std::size_t indent);

/// What follows `key:` or `-`.
void append_value(
    std::string& out, const Value& value, std::size_t indent, std::size_t used, bool is_item
) {
  const std::string line = yaml_line(value);
  const bool is_tree = (value.is_list() || value.is_object()) && value.size() > 0;
  if (!is_tree || used + line.size() <= kWidth) {
    out += " " + line + "\n";
  } else if (is_item && value.is_object()) {
    std::string below;
    append_tree(below, value, indent);
    out += " " + below.substr(indent);  // The first member stands beside the dash.
  } else {
    out += "\n";
    append_tree(out, value, indent);
  }
}

void append_tree(std::string& out, const Value& value, std::size_t indent) {
  if (value.is_object()) {
    for (const Member& member : value.as_object()) {
      append_yaml(out, member.key, member.value, indent);
    }
    return;
  }
  for (const Value& item : value.as_list()) {
    out += std::string(indent, ' ') + "-";
    append_value(out, item, indent + 2, indent + 2, true);
  }
}

}  // namespace

std::string yaml_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : quoted(text);
}

std::string yaml_line(const Value& value) {
  switch (value.type()) {
    case Value::Type::kText:
      return yaml_text(value.as_text());
    case Value::Type::kList:
    case Value::Type::kObject:
      return joined_line(value);
    case Value::Type::kNull:
    case Value::Type::kBool:
    case Value::Type::kInt:
    case Value::Type::kDouble:
      return wire_json(value);
    case Value::Type::kBytes:
    case Value::Type::kReference:
    case Value::Type::kConcat:
    case Value::Type::kUnknown:
    case Value::Type::kSecret:
      PLUMBLINE_UNREACHABLE("this is never written into a manifest");
  }
  PLUMBLINE_UNREACHABLE("Value::Type");
}

void append_yaml(std::string& out, std::string_view key, const Value& value, std::size_t indent) {
  const std::string name = yaml_text(key);
  out += std::string(indent, ' ') + name + ":";
  append_value(out, value, indent + 2, indent + name.size() + 2, false);
}

}  // namespace plumbline
