#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/wire.h"

namespace plumbline::sim {
namespace {

std::string scalar_text(const Value& value) {
  switch (value.type()) {
    case Value::Type::kBool:
      return value.as_bool() ? "true" : "false";
    case Value::Type::kInt:
      return std::to_string(value.as_int());
    case Value::Type::kDouble:
      return fmt::format("{}", value.as_double());
    case Value::Type::kText:
    case Value::Type::kSecret:
      return std::string(value.reveal());
    case Value::Type::kBytes:
      return base64_encode(value.as_bytes());
    default:
      return "";
  }
}

void write(std::string& out, std::string_view key, const Value& value, std::string_view list_word);

void write_members(std::string& out, const Value& object, std::string_view list_word) {
  for (const Member& member : object.as_object()) {
    write(out, member.key, member.value, list_word);
  }
}

/// Writes <key>…</key>. "Key[Word]" names the word around each item of a list.
void write(std::string& out, std::string_view key, const Value& value, std::string_view list_word) {
  // Members that start with a dollar sign are a service's own notes.
  if (value.is_null() || key.substr(0, 1) == "$") {
    return;
  }
  std::string_view word = list_word;
  const auto bracket = key.find('[');
  if (bracket != std::string_view::npos) {
    word = key.substr(bracket + 1, key.size() - bracket - 2);
    key = key.substr(0, bracket);
  }
  out += fmt::format("<{}>", key);
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      write(out, word, item, list_word);
    }
  } else if (value.is_object()) {
    write_members(out, value, list_word);
  } else {
    out += escape_xml(scalar_text(value));
  }
  out += fmt::format("</{}>", key);
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string encode_xml(
    const Wire& wire, const std::string& action, const Value& reply, const std::string& request_id
) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<{}Response xmlns=\"{}\">", action, wire.xml_namespace);
  if (wire.dialect == Dialect::kEc2) {
    out += fmt::format("<requestId>{}</requestId>", request_id);
    if (reply.is_object()) {
      write_members(out, reply, "item");
    } else {
      out += "<return>true</return>";
    }
  } else {
    if (reply.is_object()) {
      out += fmt::format("<{}Result>", action);
      write_members(out, reply, "member");
      out += fmt::format("</{}Result>", action);
    }
    out +=
        fmt::format("<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>", request_id);
  }
  return out + fmt::format("</{}Response>", action);
}

}  // namespace plumbline::sim
