// The HTTP binding that REST-JSON and REST-XML share: which members of a request go into the path,
// the query string and the headers, and what is left for the body.
#include <algorithm>

#include <fmt/format.h>

#include "controller/aws/codec_parts.h"
#include "controller/base/text.h"

namespace plumbline::codec {

namespace {

Error refuse(const Call& call, std::string_view member, std::string_view why) {
  return {
      ErrorClass::kInvalid,
      "InvalidRequest",
      fmt::format("{} cannot be sent: its member `{}` {}.", call.action, member, why),
      "",
      0};
}

/// "{Name}" → "Name".
std::string_view braced(std::string_view text) {
  const bool is_braced = text.size() >= 2 && text.front() == '{' && text.back() == '}';
  PLUMBLINE_CHECK(is_braced);
  return text.substr(1, text.size() - 2);
}

/// Takes one request apart along `Call::http`. Text looks like "POST /a/{X}?{Y}&z=1 | H={Z} | {B}".
class Binding {
 public:
  Binding(const Call& call, HttpRequest& request) : call_(call), request_(request) {}

  Status bind() {
    std::string_view rest = call_.http;
    const std::string_view target = next_part(rest);
    const std::size_t space = target.find(' ');
    PLUMBLINE_CHECK(space != std::string_view::npos);
    request_.method = target.substr(0, space);
    const std::string_view uri = target.substr(space + 1);
    const std::size_t mark = uri.find('?');
    if (Status done = path(uri.substr(0, mark)); !done) {
      return done;
    }
    if (mark != std::string_view::npos) {
      query(uri.substr(mark + 1));
    }
    while (!rest.empty()) {
      const std::string_view part = next_part(rest);
      if (part.starts_with('{')) {
        has_payload_ = true;
        payload_ = take(braced(part));
      } else if (Status done = header(part); !done) {
        return done;
      }
    }
    return body();
  }

 private:
  static std::string_view next_part(std::string_view& rest) {
    const std::size_t at = rest.find(" | ");
    const std::string_view part = trim(rest.substr(0, at));
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 3);
    return part;
  }

  const Value* take(std::string_view member) {
    taken_.push_back(member);
    const Value* value = call_.request.find(member);
    return value != nullptr && value->is_null() ? nullptr : value;
  }

  Status path(std::string_view text) {
    request_.path.clear();
    while (!text.empty()) {
      const std::size_t begin = text.find('{');
      request_.path += text.substr(0, begin);
      if (begin == std::string_view::npos) {
        break;
      }
      const std::size_t end = text.find('}', begin);
      PLUMBLINE_CHECK(end != std::string_view::npos);
      if (Status done = label(text.substr(begin + 1, end - begin - 1)); !done) {
        return done;
      }
      text.remove_prefix(end + 1);
    }
    return Done{};
  }

  Status label(std::string_view name) {
    const bool is_greedy = name.ends_with('+');
    if (is_greedy) {
      name.remove_suffix(1);
    }
    const Value* value = take(name);
    const std::string text =
        value != nullptr && is_scalar(*value) ? scalar_text(*value) : std::string();
    if (text.empty()) {
      return refuse(call_, name, "is part of the path and must not be empty");
    }
    // A dot segment would be resolved on the way and address another operation.
    const std::vector<std::string_view> segments =
        is_greedy ? split(text, '/') : std::vector<std::string_view>{text};
    for (const std::string_view segment : segments) {
      if (segment == "." || segment == "..") {
        return refuse(call_, name, "is part of the path and must not be a dot segment");
      }
    }
    request_.path += percent_encode(text, is_greedy ? "/" : "");
    return Done{};
  }

  void query(std::string_view text) {
    std::vector<const Value*> maps;
    std::vector<std::string_view> names;
    for (const std::string_view part : split(text, '&')) {
      const std::size_t open = part.find('{');
      if (open == std::string_view::npos) {
        append_query(part);
        continue;
      }
      const std::string_view member = braced(part.substr(open));
      const std::string_view name = open == 0 ? member : part.substr(0, open - 1);
      const Value* value = take(member);
      if (value != nullptr && value->is_object()) {
        maps.push_back(value);
      } else if (value != nullptr) {
        names.push_back(name);
        query_value(name, *value);
      }
    }
    for (const Value* map : maps) {
      for (const Member& entry : map->as_object()) {
        if (std::find(names.begin(), names.end(), entry.key) == names.end()) {
          query_value(entry.key, entry.value);
        }
      }
    }
  }

  void query_value(std::string_view name, const Value& value) {
    if (value.is_list()) {
      for (const Value& item : value.as_list()) {
        query_value(name, item);
      }
    } else if (!value.is_null()) {
      append_query(percent_encode(name) + "=" + percent_encode(scalar_text(value)));
    }
  }

  void append_query(std::string_view pair) {
    if (!request_.query.empty()) {
      request_.query += '&';
    }
    request_.query += pair;
  }

  Status header(std::string_view part) {
    const std::size_t equals = part.find('=');
    PLUMBLINE_CHECK(equals != std::string_view::npos);
    const std::string_view member = braced(part.substr(equals + 1));
    const Value* value = take(member);
    if (value == nullptr) {
      return Done{};
    }
    std::string text = header_text(*value);
    if (std::any_of(text.begin(), text.end(), [](char c) {
          return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        })) {
      return refuse(call_, member, "is sent as a header and must not contain control characters");
    }
    request_.headers.emplace_back(part.substr(0, equals), std::move(text));
    return Done{};
  }

  static std::string header_text(const Value& value) {
    if (!value.is_list()) {
      return scalar_text(value);
    }
    std::vector<std::string> items;
    for (const Value& item : value.as_list()) {
      if (!item.is_null()) {
        items.push_back(header_item(scalar_text(item)));
      }
    }
    return join(items, ", ");
  }

  /// Quoted where a comma would split it (RFC 9110 quoted-string). Dates are told by their length.
  static std::string header_item(const std::string& text) {
    Timestamp date;
    if (text.find_first_of(",\"") == std::string::npos || parse_time(text, date)) {
      return text;
    }
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
    return out + '"';
  }

  Status body() {
    Object rest;
    if (call_.request.is_object()) {
      for (const Member& member : call_.request.as_object()) {
        if (!member.value.is_null() &&
            std::find(taken_.begin(), taken_.end(), member.key) == taken_.end()) {
          rest.push_back(member);
        }
      }
    }
    if (has_payload_) {
      if (!rest.empty()) {
        return refuse(call_, rest.front().key, "has no place in this operation");
      }
      return payload_ == nullptr ? Status(Done{}) : payload();
    }
    const bool takes_body =
        request_.method != "GET" && request_.method != "DELETE" && request_.method != "HEAD";
    const bool is_json = call_.service->protocol == Protocol::kRestJson;
    if (rest.empty() && !(is_json && takes_body)) {
      return Done{};
    }
    return document(Value(std::move(rest)));
  }

  /// One member is the whole body.
  Status payload() {
    if (payload_->is_object() || payload_->is_list()) {
      return document(*payload_);
    }
    request_.body = payload_->is_bytes() ? payload_->as_bytes() : scalar_text(*payload_);
    request_.headers.emplace_back(
        "Content-Type", payload_->is_bytes() ? "application/octet-stream" : "text/plain"
    );
    return Done{};
  }

  Status document(const Value& content) {
    if (call_.service->protocol == Protocol::kRestJson) {
      request_.body = json_text(content);
      request_.headers.emplace_back("Content-Type", "application/json");
      return Done{};
    }
    PLUMBLINE_TRY(text, xml_text(call_.xml_root, call_.service->xml_namespace, content));
    request_.body = std::move(text);
    request_.headers.emplace_back("Content-Type", "application/xml");
    return Done{};
  }

  const Call& call_;
  HttpRequest& request_;
  std::vector<std::string_view> taken_;
  bool has_payload_ = false;  ///< "| {Member}", or "| {}" for an operation that has no body.
  const Value* payload_ = nullptr;
};

}  // namespace

Status encode_rest(const Call& call, HttpRequest& request) {
  return Binding(call, request).bind();
}

}  // namespace plumbline::codec
