#include "controller/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#define BOOST_JSON_NO_LIB
#define BOOST_CONTAINER_NO_LIB
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr int kMaxDepth = 64;
/// A value takes some twenty times the two bytes that it may be written in.
constexpr std::size_t kMaxValues = 4'000'000;

/// Builds the Value as the parser goes, without a tree of Boost's in between.
class Builder {
 public:
  // Limits of Boost's that parse_json() has not; the text's own length bounds them all.
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;

  using Text = boost::json::string_view;
  using Failure = boost::json::error_code;

  static bool on_document_begin(Failure&) { return true; }
  static bool on_document_end(Failure&) { return true; }
  bool on_object_begin(Failure&) { return open(Value(Object())); }
  bool on_object_end(std::size_t, Failure& failure) {
    has_duplicates_ = has_duplicates_ || repeats_a_key(open_.back().value.as_object());
    return close(failure);
  }
  bool on_array_begin(Failure&) { return open(Value(List())); }
  bool on_array_end(std::size_t, Failure& failure) { return close(failure); }
  bool on_key_part(Text part, std::size_t, Failure&) { return append(part); }
  bool on_key(Text last, std::size_t, Failure&) {
    append(last);
    open_.back().key = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(Text part, std::size_t, Failure&) { return append(part); }
  bool on_string(Text last, std::size_t, Failure& failure) {
    append(last);
    return add(Value(std::exchange(text_, {})), failure);
  }
  bool on_number_part(Text part, Failure&) { return append(part); }
  bool on_int64(std::int64_t number, Text, Failure& failure) {
    text_.clear();
    return add(Value(number), failure);
  }
  bool on_uint64(std::uint64_t, Text last, Failure& failure) {
    append(last);
    return add(Value(std::exchange(text_, {})), failure);
  }
  /// Boost.JSON 1.81 reads some numbers as a neighbour of the nearest double; what was written
  /// would read as something else, so the digits are read again.
  bool on_double(double rough, Text last, Failure& failure) {
    append(last);
    const std::string text = std::exchange(text_, {});
    if (text.find_first_of(".eE") == std::string::npos) {
      return add(Value(text), failure);
    }
    double number = rough;  // It stays when the digits are out of range.
    std::from_chars(text.data(), text.data() + text.size(), number);
    is_endless_ = is_endless_ || !std::isfinite(number);
    return add(Value(number), failure);
  }
  bool on_bool(bool flag, Failure& failure) { return add(Value(flag), failure); }
  bool on_null(Failure& failure) { return add(Value(), failure); }
  static bool on_comment_part(Text, Failure&) { return true; }
  static bool on_comment(Text, Failure&) { return true; }

  /// What is wrong with a text that follows the grammar; null when nothing is.
  [[nodiscard]] const char* fault() const {
    // Readers disagree on which of two members counts, so neither may.
    return has_duplicates_ ? "a member of an object is there twice"
           : is_endless_   ? "a number is too large"
                           : nullptr;
  }
  Value take() { return std::move(root_); }

 private:
  struct Open {
    Value value;
    std::string key;  ///< Of the member that is being read.
  };

  bool append(Text part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool open(Value value) {
    open_.push_back({std::move(value), {}});
    return true;
  }
  bool close(Failure& failure) {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value), failure);
  }
  bool add(Value value, Failure& failure) {
    if (++values_ > kMaxValues) {
      failure = boost::json::error::array_too_large;
      return false;
    }
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Open& around = open_.back(); around.value.is_list()) {
      around.value.as_list().push_back(std::move(value));
    } else {
      around.value.as_object().push_back({std::move(around.key), std::move(value)});
    }
    return true;
  }

  static bool repeats_a_key(const Object& object) {
    std::vector<std::string_view> keys;
    keys.reserve(object.size());
    for (const Member& member : object) {
      keys.push_back(member.key);
    }
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  std::vector<Open> open_;
  std::string text_;
  Value root_;
  std::size_t values_ = 0;
  bool has_duplicates_ = false;
  bool is_endless_ = false;
};

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
  boost::json::basic_parser<Builder> parser(options);
  boost::json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) {
    error = boost::json::error::extra_data;
  }
  if (error) {
    const std::string_view before = text.substr(0, std::min(read, text.size()));
    const auto line_break = before.rfind('\n');
    const std::size_t start = line_break == std::string_view::npos ? 0 : line_break + 1;
    return Error{
        ErrorClass::kCorrupt,
        "InvalidJson",
        fmt::format(
            "{} at line {}, column {}",
            error.message(),
            std::count(before.begin(), before.end(), '\n') + 1,
            code_points(before.substr(start)) + 1
        ),
        "",
        0};
  }
  if (const char* fault = parser.handler().fault()) {
    return Error{ErrorClass::kCorrupt, "InvalidJson", fault, "", 0};
  }
  return parser.handler().take();
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
