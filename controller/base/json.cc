#include "controller/base/json.h"

#include <algorithm>
#include <cmath>

#define BOOST_JSON_NO_LIB
#define BOOST_CONTAINER_NO_LIB
#include <boost/json/src.hpp>
#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr int kMaxDepth = 64;

Value from_boost(const boost::json::value& v) {
  switch (v.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return v.get_bool();
    case boost::json::kind::int64:
      return v.get_int64();
    case boost::json::kind::uint64:
      return static_cast<double>(v.get_uint64());
    case boost::json::kind::double_:
      return v.get_double();
    case boost::json::kind::string:
      return std::string_view(v.get_string());
    case boost::json::kind::array: {
      List list;
      list.reserve(v.get_array().size());
      for (const auto& item : v.get_array()) {
        list.push_back(from_boost(item));
      }
      return Value(std::move(list));
    }
    case boost::json::kind::object: {
      Object object;
      object.reserve(v.get_object().size());
      for (const auto& pair : v.get_object()) {
        object.push_back({std::string(pair.key()), from_boost(pair.value())});
      }
      return Value(std::move(object));
    }
  }
  PLUMBLINE_UNREACHABLE("boost::json::kind");
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_double(std::string& out, double d) {
  if (std::isnan(d)) {
    out += "\"NaN\"";
  } else if (std::isinf(d)) {
    out += d > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    out += fmt::format("{}", d);
  }
}

enum class Purpose { kShow, kWire, kCanonical };

class Writer {
 public:
  Writer(Purpose purpose, JsonStyle style) : purpose_(purpose), style_(style) {}

  void write(const Value& v, int depth) {
    switch (v.type()) {
      case Value::Type::kNull:
        out_ += "null";
        break;
      case Value::Type::kBool:
        out_ += v.as_bool() ? "true" : "false";
        break;
      case Value::Type::kInt:
        out_ += fmt::format("{}", v.as_int());
        break;
      case Value::Type::kDouble:
        append_double(out_, v.as_double());
        break;
      case Value::Type::kText:
        append_text(out_, v.as_text());
        break;
      case Value::Type::kSecret:
        append_text(out_, purpose_ == Purpose::kShow ? "(sensitive)" : v.reveal());
        break;
      case Value::Type::kBytes:
        append_text(
            out_,
            purpose_ == Purpose::kShow ? fmt::format("({} bytes)", v.as_bytes().size())
                                       : base64_encode(v.as_bytes())
        );
        break;
      case Value::Type::kList:
        write_list(v.as_list(), depth);
        break;
      case Value::Type::kObject:
        write_object(v.as_object(), depth);
        break;
      case Value::Type::kReference:
      case Value::Type::kConcat:
      case Value::Type::kUnknown:
        write_unresolved(v);
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void write_unresolved(const Value& v) {
    PLUMBLINE_CHECK(purpose_ == Purpose::kShow);
    if (v.is_reference()) {
      append_text(out_, "${" + v.as_reference().to_string() + "}");
    } else {
      append_text(out_, "(known after apply)");
    }
  }

  void write_list(const List& list, int depth) {
    out_ += '[';
    bool first = true;
    for (const Value& item : list) {
      separate(first, depth + 1);
      write(item, depth + 1);
    }
    close(first, depth);
    out_ += ']';
  }

  void write_object(const Object& object, int depth) {
    std::vector<const Member*> members;
    members.reserve(object.size());
    for (const Member& member : object) {
      members.push_back(&member);
    }
    if (purpose_ == Purpose::kCanonical) {
      std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) {
        return a->key < b->key;
      });
    }
    out_ += '{';
    bool first = true;
    for (const Member* member : members) {
      separate(first, depth + 1);
      append_text(out_, member->key);
      out_ += style_ == JsonStyle::kPretty ? ": " : ":";
      write(member->value, depth + 1);
    }
    close(first, depth);
    out_ += '}';
  }

  void separate(bool& first, int depth) {
    if (!first) {
      out_ += ',';
    }
    first = false;
    newline(depth);
  }

  void close(bool was_empty, int depth) {
    if (!was_empty) {
      newline(depth);
    }
  }

  void newline(int depth) {
    if (style_ == JsonStyle::kPretty) {
      out_ += '\n';
      out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    }
  }

  Purpose purpose_;
  JsonStyle style_;
  std::string out_;
};

std::string write_with(const Value& value, Purpose purpose, JsonStyle style) {
  Writer writer(purpose, style);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::error_code error;
  const boost::json::value parsed = boost::json::parse(text, error, {}, options);
  if (error) {
    return Error{ErrorClass::kCorrupt, "InvalidJson", error.message(), "", 0};
  }
  return from_boost(parsed);
}

std::string show_json(const Value& value, JsonStyle style) {
  return write_with(value, Purpose::kShow, style);
}
std::string wire_json(const Value& value) {
  return write_with(value, Purpose::kWire, JsonStyle::kCompact);
}
std::string canonical_json(const Value& value) {
  return write_with(value, Purpose::kCanonical, JsonStyle::kCompact);
}

}  // namespace plumbline
