#include "tests/support/aws/protocol_model.h"

#include <algorithm>
#include <limits>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

const Value kNothing;
const Object kNoMembers;
const Value kNoShape = Value::object({{"shape", ""}});
const Value kEmptyStructure = Value::object({{"type", "structure"}});

double number_named(const std::string& text) {
  if (text == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double infinity = std::numeric_limits<double>::infinity();
  return text == "-Infinity" ? -infinity : infinity;
}

/// "2019-12-16T22:48:18-01:00" besides what parse_time reads.
bool parse_with_offset(const std::string& text, Timestamp& time) {
  if (text.size() != 25 || text[22] != ':') {
    return parse_time(text, time);
  }
  const int hours = std::stoi(text.substr(20, 2));
  const int minutes = std::stoi(text.substr(23, 2));
  const std::chrono::minutes offset(hours * 60 + minutes);
  if (!parse_time(text.substr(0, 19) + "Z", time)) {
    return false;
  }
  time += text[19] == '-' ? offset : -offset;
  return true;
}

class Author {
 public:
  Author(const Value& suite, const Value& test_case)
      : suite_(suite), case_(test_case), protocol_(protocol_of(suite)) {}

  AuthoredCall write() {
    const Value& given = case_.get("given");
    const Value& metadata = suite_.get("metadata");
    out_.service.protocol = protocol_;
    out_.service.api_version = metadata.text_of("apiVersion");
    out_.service.target_prefix = metadata.text_of("targetPrefix");
    out_.call.action = given.text_of("name");
    const Value& use = given.get("input");
    const Shape shape(suite_, use.is_null() ? kNoShape : use);
    out_.call.xml_root = shape.definition_name();
    if (out_.call.xml_root.empty()) {
      out_.call.xml_root = shape.wire_name();
    }
    out_.service.xml_namespace = use.get("xmlNamespace").text_of("uri");
    if (!given.get("endpoint").is_null()) {
      skip("endpoint host prefixes");
    }
    if (!given.get("requestcompression").is_null()) {
      skip("request compression");
    }
    if (!given.get("httpChecksumRequired").is_null()) {
      skip("request checksums");
    }
    const bool is_rest = protocol_ == Protocol::kRestJson || protocol_ == Protocol::kRestXml;
    if (is_rest) {
      bind(shape, given.get("http"));
    } else {
      out_.call.request = structure(shape, case_.get("params"));
    }
    return std::move(out_);
  }

 private:
  void skip(const std::string& reason) {
    if (!out_.skip) {
      out_.skip = reason;
    }
  }

  // ---- Values ----

  Value convert(const Shape& shape, const Value& param, const std::string& location) {
    if (shape.has("document")) {
      return param;
    }
    if (shape.is_structure()) {
      return structure(shape, param);
    }
    if (shape.is_list()) {
      List items;
      for (const Value& item : param.as_list()) {
        items.push_back(item.is_null() ? Value() : convert(shape.part("member"), item, location));
      }
      return Value(std::move(items));
    }
    if (shape.is_map()) {
      note_namespace(shape.part("key"));
      Object entries;
      for (const Member& entry : param.as_object()) {
        entries.push_back({entry.key, convert(shape.part("value"), entry.value, location)});
      }
      return Value(std::move(entries));
    }
    return scalar(shape, param, location);
  }

  Value scalar(const Shape& shape, const Value& param, const std::string& location) {
    if (shape.has("jsonvalue")) {
      const std::string text = param.is_text() ? param.as_text() : wire_json(param);
      return location == "header" ? base64_encode(text) : text;
    }
    if (shape.type() == "blob") {
      return Value::bytes(param.as_text());
    }
    if ((shape.type() == "float" || shape.type() == "double") && param.is_text()) {
      return number_named(param.as_text());
    }
    return shape.type() == "timestamp" ? timestamp(shape, param, location) : param;
  }

  Value timestamp(const Shape& shape, const Value& param, const std::string& location) {
    std::string format = shape.text("timestampFormat");
    if (format.empty()) {
      const bool is_number = protocol_ == Protocol::kJson10 || protocol_ == Protocol::kJson11 ||
                             protocol_ == Protocol::kRestJson;
      format = location == "header"            ? "rfc822"
               : location.empty() && is_number ? "unixTimestamp"
                                               : "iso8601";
    }
    if (format == "unixTimestamp") {
      return param;
    }
    if (!param.is_int()) {
      skip("timestamps with a fraction");
      return param;
    }
    const Timestamp time{std::chrono::seconds(param.as_int())};
    return format == "rfc822" ? format_http_date(time) : format_iso8601(time);
  }

  Value structure(const Shape& shape, const Value& params) {
    Value out{Object{}};
    for (const Member& use : shape.members()) {
      const Shape member(suite_, use.value);
      const Value param = param_of(member, params.get(use.key));
      if (!param.is_null()) {
        note_namespace(member);
        out.set(wire_key(member, use.key), convert(member, param, ""));
      }
    }
    return out;
  }

  /// The engine fills in client tokens; the cases expect this one.
  static Value param_of(const Shape& member, const Value& given) {
    return given.is_null() && member.has("idempotencyToken")
               ? Value("00000000-0000-4000-8000-000000000000")
               : given;
  }

  void note_namespace(const Shape& shape) {
    if (protocol_ == Protocol::kRestXml && shape.has("xmlNamespace")) {
      skip("XML namespaces on members");
    }
    if (shape.has("xmlAttribute")) {
      skip("XML attributes");
    }
    if (shape.is_list() && protocol_ == Protocol::kRestXml) {
      note_namespace(shape.part("member"));
    }
  }

  // ---- Keys ----

  std::string wire_key(const Shape& member, const std::string& name) const {
    std::string key = member.wire_name();
    if (key.empty()) {
      key = name;
    }
    if (protocol_ == Protocol::kEc2Query) {
      key[0] = static_cast<char>(key[0] >= 'a' && key[0] <= 'z' ? key[0] - 'a' + 'A' : key[0]);
    }
    const bool has_words = protocol_ == Protocol::kQuery || protocol_ == Protocol::kRestXml;
    return has_words ? key + words(member) : key;
  }

  static std::string words(const Shape& shape) {
    if (shape.is_list()) {
      const Shape item = shape.part("member");
      const std::string& name = item.wire_name();
      return (shape.has("flattened") ? "[]" : "[" + (name.empty() ? "member" : name) + "]") +
             words(item);
    }
    if (shape.is_map()) {
      const std::string& key = shape.part("key").wire_name();
      const std::string& value = shape.part("value").wire_name();
      return std::string("{") + (shape.has("flattened") ? "flat," : "") +
             "key:" + (key.empty() ? "key" : key) + ",value:" + (value.empty() ? "value" : value) +
             "}" + words(shape.part("value"));
    }
    return "";
  }

  // ---- HTTP binding ----

  void bind(const Shape& shape, const Value& http) {
    std::string uri = http.text_of("requestUri");
    std::string tail;
    bool has_body = false;
    Value request{Object{}};
    const std::string& payload = shape.text("payload");
    for (const Member& use : shape.members()) {
      const Shape member(suite_, use.value);
      const std::string& location = member.text("location");
      Value param = param_of(member, case_.get("params").get(use.key));
      std::string key = use.key;
      if (location == "uri") {
        name_label(uri, member.wire_name(), use.key);
      } else if (location == "querystring") {
        uri += uri.find('?') == std::string::npos ? '?' : '&';
        uri += (member.is_map() ? "" : member.wire_name() + "=") + "{" + use.key + "}";
      } else if (location == "header") {
        tail += " | " + member.wire_name() + "={" + use.key + "}";
      } else if (location == "headers") {
        if (!param.is_null()) {
          skip("HTTP header maps");
        }
      } else if (use.key == payload) {
        tail += " | {" + use.key + "}";
        has_body = true;
        root_of_payload(member, use.key);
        if (param.is_null() && member.is_structure() && !member.has("union") &&
            protocol_ == Protocol::kRestJson) {
          param = Value(Object{});
        }
        if (member.has("document") && !param.is_object() && !param.is_list()) {
          skip("scalar documents as payload");
        }
      } else {
        has_body = true;
        key = wire_key(member, use.key);
      }
      if (!param.is_null() && location != "headers") {
        if (use.key != payload) {
          note_namespace(member);
        }
        request.set(key, convert(member, param, location));
      }
    }
    out_.call.http = http.text_of("method") + " " + uri + tail + (has_body ? "" : " | {}");
    out_.call.request = std::move(request);
  }

  static void name_label(std::string& uri, const std::string& label, const std::string& member) {
    for (const std::string_view end : {"}", "+}"}) {
      const std::string text = "{" + label + std::string(end);
      if (const std::size_t at = uri.find(text); at != std::string::npos) {
        uri.replace(at, text.size(), "{" + member + std::string(end));
      }
    }
  }

  /// A name on the member that only repeats the member's own does not count.
  void root_of_payload(const Shape& member, const std::string& key) {
    const std::string& own = member.wire_name();
    const std::string& shapes = member.definition_name();
    out_.call.xml_root = !own.empty() && own != key ? own : shapes.empty() ? member.name() : shapes;
    if (member.has("xmlNamespace")) {
      out_.service.xml_namespace = member.text("xmlNamespace");
      if (member.has_prefixed_namespace()) {
        skip("XML namespace prefixes");
      }
    }
  }

  const Value& suite_;
  const Value& case_;
  Protocol protocol_;
  AuthoredCall out_;
};

}  // namespace

// ---- Shape ----

Shape::Shape(const Value& suite, const Value& use) : suite_(&suite), use_(&use) {
  const Value& definition = suite.get("shapes").get(use.text_of("shape"));
  definition_ = definition.is_null() ? &kEmptyStructure : &definition;
}

const std::string& Shape::text(std::string_view trait) const {
  const Value& own = use_->get(trait);
  const Value& held = own.is_null() ? definition_->get(trait) : own;
  return held.is_object() ? held.text_of("uri")
                          : (own.is_null() ? *definition_ : *use_).text_of(trait);
}

const std::string& Shape::definition_name() const {
  return definition_->text_of("locationName");
}

bool Shape::has_prefixed_namespace() const {
  return !use_->get("xmlNamespace").get("prefix").is_null() ||
         !definition_->get("xmlNamespace").get("prefix").is_null();
}

bool Shape::has(std::string_view trait) const {
  return !use_->get(trait).is_null() || !definition_->get(trait).is_null();
}

const Object& Shape::members() const {
  const Value& members = definition_->get("members");
  return members.is_null() ? kNoMembers : members.as_object();
}

Shape Shape::member(std::string_view name) const {
  return {*suite_, definition_->get("members").get(name)};
}

Shape Shape::part(std::string_view word) const {
  return {*suite_, definition_->get(word)};
}

Protocol protocol_of(const Value& suite) {
  const Value& metadata = suite.get("metadata");
  const std::string& name = metadata.text_of("protocol");
  if (name == "json") {
    return metadata.text_of("jsonVersion") == "1.0" ? Protocol::kJson10 : Protocol::kJson11;
  }
  return name == "ec2"         ? Protocol::kEc2Query
         : name == "query"     ? Protocol::kQuery
         : name == "rest-json" ? Protocol::kRestJson
                               : Protocol::kRestXml;
}

AuthoredCall author_call(const Value& suite, const Value& test_case) {
  return Author(suite, test_case).write();
}

// ---- Replies ----

ReplyReader::ReplyReader(Protocol protocol)
    : is_xml_(
          protocol == Protocol::kEc2Query || protocol == Protocol::kQuery ||
          protocol == Protocol::kRestXml
      ),
      protocol_(protocol) {}

Value ReplyReader::read(const Shape& shape, const Value& held) {
  if (held.is_null() || shape.has("document")) {
    return held;
  }
  if (shape.has("eventstream")) {
    skip_ = "event streams";
    return {};
  }
  if (shape.is_structure()) {
    return read_structure(shape, held);
  }
  if (shape.is_list()) {
    return read_list(shape, held);
  }
  return shape.is_map() ? read_map(shape, held) : read_scalar(shape, held);
}

Value ReplyReader::read_structure(const Shape& shape, const Value& body) {
  Value out{Object{}};
  for (const Member& use : shape.members()) {
    const Shape member = shape.member(use.key);
    if (member.has("xmlAttribute")) {
      skip_ = "XML attributes";
    }
    if (!member.text("location").empty()) {
      continue;
    }
    std::string name = member.wire_name();
    if (name.empty()) {
      name = use.key;
    }
    name = name.substr(name.find(':') == std::string::npos ? 0 : name.find(':') + 1);
    if (Value value = read(member, body.get(name)); !value.is_null()) {
      out.set(use.key, std::move(value));
    }
  }
  return out;
}

Value ReplyReader::read_list(const Shape& shape, const Value& held) {
  const Shape item = shape.part("member");
  const Value* items = &held;
  if (is_xml_ && !shape.has("flattened")) {
    const std::string& name = item.wire_name();
    items = &held.get(name.empty() ? "member" : name);
  }
  List out;
  if (items->is_list()) {
    for (const Value& value : items->as_list()) {
      out.push_back(read(item, value));
    }
  } else if (!items->is_null()) {
    out.push_back(read(item, *items));
  }
  return Value(std::move(out));
}

Value ReplyReader::read_map(const Shape& shape, const Value& held) {
  Value out{Object{}};
  if (!is_xml_) {
    for (const Member& entry : held.as_object()) {
      out.set(entry.key, read(shape.part("value"), entry.value));
    }
    return out;
  }
  const Value& entries = shape.has("flattened") ? held : held.get("entry");
  List all = entries.is_list() ? entries.as_list() : List{entries};
  const std::string& key = shape.part("key").wire_name();
  const std::string& value = shape.part("value").wire_name();
  for (const Value& entry : all) {
    if (entry.is_object()) {
      out.set(
          entry.text_of(key.empty() ? "key" : key),
          read(shape.part("value"), entry.get(value.empty() ? "value" : value))
      );
    }
  }
  return out;
}

Value ReplyReader::read_scalar(const Shape& shape, const Value& held) {
  const std::string& type = shape.type();
  if (shape.has("jsonvalue") && held.is_text()) {
    const Result<Value> parsed = parse_json(held.as_text());
    return parsed ? *parsed : held;
  }
  if (!held.is_text() || type == "string" || type == "character") {
    return held;
  }
  const std::string& text = held.as_text();
  if (type == "blob") {
    return base64_decode(text).value_or("not base64: " + text);
  }
  Timestamp time;
  if (type == "timestamp" && parse_with_offset(text, time)) {
    const auto milliseconds = time.time_since_epoch().count();
    return milliseconds % 1000 == 0 ? Value(std::int64_t{milliseconds / 1000})
                                    : Value(static_cast<double>(milliseconds) / 1000);
  }
  const Result<Value> parsed = parse_json(text);
  return parsed ? *parsed : held;
}

}  // namespace plumbline
