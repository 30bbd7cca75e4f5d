#include "controller/aws/codec.h"

#include <cmath>

#include <fmt/format.h>

#include "controller/aws/codec_parts.h"
#include "controller/aws/error_map.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace codec {

WireKey split_key(std::string_view key) {
  const std::size_t at = key.find_first_of("[{");
  return at == std::string_view::npos ? WireKey{key, {}}
                                      : WireKey{key.substr(0, at), key.substr(at)};
}

ListWord take_list_word(std::string_view words) {
  ListWord out;
  if (words.starts_with('[')) {
    const std::size_t end = words.find(']');
    PLUMBLINE_CHECK(end != std::string_view::npos);
    out.item = words.substr(1, end - 1);
    out.is_flat = out.item.empty();
    out.rest = words.substr(end + 1);
  }
  return out;
}

bool is_map(std::string_view words) {
  return words.starts_with('{');
}

MapWords take_map_words(std::string_view words) {
  MapWords out;
  const std::size_t end = words.find('}');
  PLUMBLINE_CHECK(is_map(words) && end != std::string_view::npos);
  out.rest = words.substr(end + 1);
  for (const std::string_view word : split(words.substr(1, end - 1), ',')) {
    if (word == "flat") {
      out.is_flat = true;
    } else if (word.starts_with("key:")) {
      out.key = word.substr(4);
    } else if (word.starts_with("value:")) {
      out.value = word.substr(6);
    } else {
      PLUMBLINE_CHECK(word.empty());
    }
  }
  return out;
}

bool is_scalar(const Value& value) {
  return value.is_bool() || value.is_int() || value.is_double() || value.is_text() ||
         value.is_bytes() || value.is_secret();
}

std::string scalar_text(const Value& value) {
  PLUMBLINE_CHECK(is_scalar(value));
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  if (value.is_int()) {
    return std::to_string(value.as_int());
  }
  if (value.is_double()) {
    const double number = value.as_double();
    if (std::isnan(number)) {
      return "NaN";
    }
    if (std::isinf(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return fmt::format("{}", number);
  }
  return value.is_bytes() ? base64_encode(value.as_bytes()) : std::string(value.reveal());
}

}  // namespace codec

namespace {

constexpr std::size_t kShortestMask = 3;
/// What AWS says is far shorter. An error's words go to the journal and to people.
constexpr std::size_t kCodeBytesMax = 256;
constexpr std::size_t kMessageBytesMax = 4096;
constexpr int kPartialContent = 206;
constexpr int kServerError = 500;

std::string header_request_id(const HttpResponse& response) {
  for (const std::string_view name : {"x-amzn-requestid", "x-amz-request-id"}) {
    if (const std::string* value = find_header(response.headers, name)) {
      return *value;
    }
  }
  return {};
}

bool speaks_json(Protocol protocol) {
  return protocol == Protocol::kJson10 || protocol == Protocol::kJson11 ||
         protocol == Protocol::kRestJson;
}

void mask(std::string_view what, std::string& text) {
  constexpr std::string_view kMask = "(sensitive)";
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + kMask.size())) {
    text.replace(at, what.size(), kMask);
  }
}

/// AWS's messages may repeat parameters, as they are or as they were sent; what was secret on the
/// way out stays so on the way back.
void mask_secrets(const Value& value, std::string& text) {
  if (value.is_secret()) {
    const std::string_view secret = value.reveal();
    if (secret.size() < kShortestMask) {
      return;
    }
    // Longer ones first: the secret itself may be a part of them.
    const std::string in_json = show_json(std::string(secret));
    mask(std::string_view(in_json).substr(1, in_json.size() - 2), text);
    mask(percent_encode(secret), text);
    mask(base64_encode(secret), text);
    mask(secret, text);
  } else if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      mask_secrets(item, text);
    }
  } else if (value.is_object()) {
    for (const Member& member : value.as_object()) {
      mask_secrets(member.value, text);
    }
  }
}

void shorten(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;  // Not in the middle of a character.
  }
  text.resize(end);
  text += "…";
}

Error failure(const Call& call, const HttpResponse& response) {
  codec::Fault fault = speaks_json(call.service->protocol) ? codec::read_json_fault(response)
                                                           : codec::read_xml_fault(response);
  const bool is_redirect = response.status >= 300 && response.status < 400;
  const bool is_named = !fault.code.empty();
  if (!is_named) {
    fault.code = std::to_string(response.status);
  }
  if (fault.message.empty()) {
    fault.message =
        is_redirect ? fmt::format(
                          "HTTP {} points elsewhere, which is not followed; check AWS_ENDPOINT_URL "
                          "and what stands between here and AWS.",
                          response.status
                      )
                    : fmt::format("HTTP {} without an explanation.", response.status);
  }
  if (fault.request_id.empty()) {
    fault.request_id = header_request_id(response);
  }
  // A rejected signature is answered with the canonical request, session token included.
  if (const auto at = fault.message.find("The Canonical String"); at != std::string::npos) {
    fault.message.erase(at);
  }
  mask_secrets(call.request, fault.message);
  shorten(fault.message, kMessageBytesMax);
  shorten(fault.code, kCodeBytesMax);
  shorten(fault.request_id, kCodeBytesMax);
  ErrorClass klass = classify_error(*call.service, response.status, fault.code, fault.message);
  if (is_redirect && !is_named && call.is_mutating) {
    klass = ErrorClass::kUnknownOutcome;  // It is not AWS's word that nothing was done.
  }
  if (response.status >= kServerError &&
      (klass == ErrorClass::kNotFound || klass == ErrorClass::kExists)) {
    klass = ErrorClass::kTransient;  // It contradicts itself, so it says neither.
  }
  return {klass, fault.code, fault.message, fault.request_id, response.status};
}

Error unreadable(const Call& call, const HttpResponse& response, std::string_view why) {
  return {
      call.is_mutating ? ErrorClass::kUnknownOutcome : ErrorClass::kTransient,
      "UnreadableReply",
      fmt::format(
          "{} was answered with {}, but the reply cannot be read: {}",
          call.action,
          response.status,
          why
      ),
      header_request_id(response),
      response.status};
}

}  // namespace

Result<HttpRequest> encode_call(const Call& call, const Endpoint& endpoint) {
  PLUMBLINE_CHECK(call.service != nullptr);
  PLUMBLINE_CHECK(call.request.is_known());
  PLUMBLINE_CHECK(call.request.is_object() || call.request.is_null());
  HttpRequest request;
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  request.base_path = endpoint.base_path;
  switch (call.service->protocol) {
    case Protocol::kEc2Query:
    case Protocol::kQuery:
      codec::encode_query(call, request);
      return request;
    case Protocol::kJson10:
    case Protocol::kJson11:
      codec::encode_json(call, request);
      return request;
    case Protocol::kRestJson:
    case Protocol::kRestXml: {
      PLUMBLINE_TRY(done, codec::encode_rest(call, request));
      static_cast<void>(done);
      return request;
    }
  }
  PLUMBLINE_UNREACHABLE("Protocol");
}

CallResult decode_response(const Call& call, const HttpResponse& response) {
  PLUMBLINE_CHECK(call.service != nullptr);
  if (response.status < 200 || response.status >= 300) {
    return failure(call, response);
  }
  Reply reply{Value(Object{}), header_request_id(response)};
  if (response.status == kPartialContent) {
    return unreadable(call, response, "it is a part of an answer");
  }
  if (const std::string* coding = find_header(response.headers, "content-encoding");
      coding != nullptr && !coding->empty() && to_lower(*coding) != "identity") {
    return unreadable(call, response, "it is compressed, which was not asked for");
  }
  if (trim(response.body).empty()) {
    // Only what changes something may be answered with nothing, as AWS's protocol tests have it: a
    // look would see that all is gone. A creation that says nothing is judged in plan/answer.
    return call.is_mutating ? CallResult(reply) : unreadable(call, response, "it is empty");
  }
  if (speaks_json(call.service->protocol)) {
    Result<Value> body = codec::decode_json(response.body);
    if (!body) {
      return unreadable(call, response, body.error().message);
    }
    reply.body = std::move(*body);
    return reply;
  }
  Result<codec::XmlReply> parsed = codec::decode_xml(call, response.body);
  if (!parsed) {
    return unreadable(call, response, parsed.error().message);
  }
  reply.body = std::move(parsed->body);
  if (!parsed->request_id.empty()) {
    reply.request_id = std::move(parsed->request_id);
  }
  return reply;
}

}  // namespace plumbline
