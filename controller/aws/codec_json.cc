// JSON 1.0 and 1.1, and the JSON bodies and errors that REST-JSON shares with them.
#include <algorithm>

#include <fmt/format.h>

#include "controller/aws/codec_parts.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline::codec {

namespace {

bool holds_null(const Value& value) {
  if (value.is_list()) {
    return std::any_of(value.as_list().begin(), value.as_list().end(), holds_null);
  }
  if (value.is_object()) {
    return std::any_of(
        value.as_object().begin(),
        value.as_object().end(),
        [](const Member& member) { return holds_null(member.value); }
    );
  }
  return value.is_null();
}

Value without_nulls(const Value& value) {
  if (value.is_list()) {
    List out;
    for (const Value& item : value.as_list()) {
      if (!item.is_null()) {
        out.push_back(without_nulls(item));
      }
    }
    return Value(std::move(out));
  }
  if (value.is_object()) {
    Object out;
    for (const Member& member : value.as_object()) {
      if (!member.value.is_null()) {
        out.push_back({member.key, without_nulls(member.value)});
      }
    }
    return Value(std::move(out));
  }
  return value;
}

/// In place, members only: in a reply's list the position of an item may mean something.
void drop_null_members(Value& value) {
  if (value.is_list()) {
    for (Value& item : value.as_list()) {
      drop_null_members(item);
    }
  } else if (value.is_object()) {
    Object& members = value.as_object();
    std::erase_if(members, [](const Member& member) { return member.value.is_null(); });
    for (Member& member : members) {
      drop_null_members(member.value);
    }
  }
}

/// "aws.protocoltests#FooError:http://…" → "FooError".
std::string bare_code(std::string_view code) {
  code = code.substr(0, code.find(':'));
  if (const std::size_t hash = code.find('#'); hash != std::string_view::npos) {
    code.remove_prefix(hash + 1);
  }
  return std::string(trim(code));
}

std::string first_text(const Value& body, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const std::string& text = body.text_of(key); !text.empty()) {
      return text;
    }
  }
  return {};
}

}  // namespace

std::string json_text(const Value& value) {
  if (value.is_null()) {
    return "{}";
  }
  return holds_null(value) ? wire_json(without_nulls(value)) : wire_json(value);
}

void encode_json(const Call& call, HttpRequest& request) {
  request.body = json_text(call.request);
  request.headers.emplace_back(
      "Content-Type",
      call.service->protocol == Protocol::kJson10 ? "application/x-amz-json-1.0"
                                                  : "application/x-amz-json-1.1"
  );
  request.headers.emplace_back("X-Amz-Target", call.service->target_prefix + "." + call.action);
}

Result<Value> decode_json(std::string_view body) {
  const auto refuse = [](std::string why) {
    return Error{ErrorClass::kCorrupt, "InvalidReply", std::move(why), "", 0};
  };
  PLUMBLINE_TRY(reply, parse_json(body));
  if (reply.is_null()) {
    return Value(Object());  // As silent as no body at all; what it leaves open its reader judges.
  }
  if (!reply.is_object()) {
    return refuse("it is no object");
  }
  // A proxy that answers an error with 200 must not look like success.
  const std::string code = bare_code(reply.text_of("__type"));
  if (code.ends_with("Exception") || code.ends_with("Error") || code.ends_with("Fault")) {
    return refuse(fmt::format("it names an error, {}, and its status says success", code));
  }
  drop_null_members(reply);
  return reply;
}

Fault read_json_fault(const HttpResponse& response) {
  Fault fault;
  if (const Result<Value> body = parse_json(response.body)) {
    fault.code = bare_code(first_text(*body, {"__type", "code", "Code"}));
    fault.message = first_text(*body, {"message", "Message", "errorMessage"});
    fault.request_id = first_text(*body, {"RequestId", "requestId"});
  }
  if (const std::string* type = find_header(response.headers, "x-amzn-errortype")) {
    if (std::string code = bare_code(*type); !code.empty()) {
      fault.code = std::move(code);
    }
  }
  // Services that moved from query to JSON keep the codes their callers know in this header.
  if (const std::string* old = find_header(response.headers, "x-amzn-query-error")) {
    if (const auto code = trim(split(*old, ';').front()); !code.empty()) {
      fault.code = std::string(code);
    }
  }
  return fault;
}

}  // namespace plumbline::codec
