#include "simulator/wire.h"

#include <array>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

constexpr std::array<Wire, 8> kWires = {{
    {"ec2", Dialect::kEc2, "2016-11-15", "http://ec2.amazonaws.com/doc/2016-11-15/", ""},
    {"rds", Dialect::kQuery, "2014-10-31", "http://rds.amazonaws.com/doc/2014-10-31/", ""},
    {"iam", Dialect::kQuery, "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", ""},
    {"sts", Dialect::kQuery, "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", ""},
    {"secretsmanager", Dialect::kJson, "", "", "secretsmanager"},
    {"kms", Dialect::kJson, "", "", "TrentService"},
    {"logs", Dialect::kJson, "", "", "Logs_20140328"},
    {"lambda", Dialect::kRest, "", "", ""},
}};

std::variant<Decoded, Fault> decode_query(const Wire& wire, const HttpRequest& request) {
  std::string form = request.body;
  const auto question = request.target.find('?');
  if (question != std::string::npos) {
    form = request.target.substr(question + 1) + (form.empty() ? "" : "&") + form;
  }
  Decoded decoded;
  decoded.params = decode_form(form, wire.dialect == Dialect::kQuery);
  decoded.action = decoded.params.text_of("Action");
  const std::string version = decoded.params.text_of("Version");
  decoded.params.erase("Action");
  decoded.params.erase("Version");
  if (decoded.action.empty()) {
    return Fault{400, "MissingAction", "The request must contain the parameter Action."};
  }
  if (version != wire.version) {
    return Fault{
        400,
        "NoSuchVersion",
        fmt::format(
            "The requested version ({}) of service {} does not exist.", version, wire.service
        )};
  }
  return decoded;
}

std::variant<Decoded, Fault> decode_json(const Wire& wire, const HttpRequest& request) {
  const std::string target = header_of(request, "x-amz-target");
  const auto dot = target.find('.');
  if (dot == std::string::npos || target.substr(0, dot) != wire.target_prefix ||
      header_of(request, "content-type").rfind("application/x-amz-json-1.1", 0) != 0) {
    return Fault{400, "UnknownOperationException", "The target or content type is not known."};
  }
  Decoded decoded;
  decoded.action = target.substr(dot + 1);
  auto body = parse_json(request.body.empty() ? "{}" : request.body);
  if (!body || !body.value().is_object()) {
    return Fault{400, "SerializationException", "The body is not a JSON object."};
  }
  decoded.params = std::move(body).value();
  return decoded;
}

std::string fault_body(const Wire& wire, const Fault& fault, const std::string& request_id) {
  const bool is_ours = fault.http_status >= 500;
  switch (wire.dialect) {
    case Dialect::kEc2:
      return fmt::format(
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{}</Code>"
          "<Message>{}</Message></Error></Errors><RequestID>{}</RequestID></Response>",
          escape_xml(fault.code),
          escape_xml(fault.message),
          request_id
      );
    case Dialect::kQuery:
      return fmt::format(
          "<ErrorResponse xmlns=\"{}\"><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message>"
          "</Error><RequestId>{}</RequestId></ErrorResponse>",
          wire.xml_namespace,
          is_ours ? "Receiver" : "Sender",
          escape_xml(fault.code),
          escape_xml(fault.message),
          request_id
      );
    case Dialect::kJson:
      return wire_json(Value::object({{"__type", fault.code}, {"Message", fault.message}}));
    case Dialect::kRest:
      return wire_json(
          Value::object({{"Type", is_ours ? "Service" : "User"}, {"Message", fault.message}})
      );
  }
  return "";
}

void encode_rest_success(const Value& reply, HttpResponse& response) {
  Value body = reply;
  if (const Value* status = body.find("$status"); status != nullptr && status->is_int()) {
    response.status = static_cast<int>(status->as_int());
    body.erase("$status");
  } else if (reply.is_null()) {
    response.status = 204;
  }
  const bool is_bare = response.status == 204 || (response.status == 202 && body.size() == 0);
  response.body = is_bare ? "" : wire_json(body.is_null() ? Value(Object{}) : body);
}

std::string content_type_of(Dialect dialect) {
  switch (dialect) {
    case Dialect::kEc2:
      return "text/xml;charset=UTF-8";
    case Dialect::kQuery:
      return "text/xml";
    case Dialect::kJson:
      return "application/x-amz-json-1.1";
    case Dialect::kRest:
      return "application/json";
  }
  return "";
}

}  // namespace

const Wire* find_wire(std::string_view service) {
  for (const Wire& wire : kWires) {
    if (wire.service == service) {
      return &wire;
    }
  }
  return nullptr;
}

const Wire& guess_wire(const HttpRequest& request) {
  const std::string target = header_of(request, "x-amz-target");
  for (const Wire& wire : kWires) {
    const bool is_targeted =
        !wire.target_prefix.empty() && target.rfind(std::string(wire.target_prefix) + ".", 0) == 0;
    const bool is_versioned =
        !wire.version.empty() &&
        (request.body.find("Version=" + std::string(wire.version)) != std::string::npos ||
         request.target.find("Version=" + std::string(wire.version)) != std::string::npos);
    if (is_targeted || is_versioned) {
      return wire;
    }
  }
  return *find_wire(request.target.size() > 1 && request.target[1] == '2' ? "lambda" : "sts");
}

std::variant<Decoded, Fault> decode(const Wire& wire, const HttpRequest& request) {
  switch (wire.dialect) {
    case Dialect::kEc2:
    case Dialect::kQuery:
      return decode_query(wire, request);
    case Dialect::kJson:
      return decode_json(wire, request);
    case Dialect::kRest:
      return decode_rest(request);
  }
  return Fault{500, "InternalFailure", "The service has no dialect."};
}

HttpResponse encode(
    const Wire& wire,
    const std::string& action,
    const Outcome& outcome,
    const std::string& request_id
) {
  HttpResponse response;
  response.headers["Content-Type"] = content_type_of(wire.dialect);
  response.headers["x-amzn-RequestId"] = request_id;
  if (const auto* fault = std::get_if<Fault>(&outcome)) {
    response.status = fault->http_status;
    response.body = fault_body(wire, *fault, request_id);
    if (wire.dialect == Dialect::kRest) {
      response.headers["x-amzn-ErrorType"] = fault->code;
    }
    return response;
  }
  const Value& reply = std::get<Value>(outcome);
  switch (wire.dialect) {
    case Dialect::kEc2:
    case Dialect::kQuery:
      response.body = encode_xml(wire, action, reply, request_id);
      break;
    case Dialect::kJson:
      response.body = wire_json(reply.is_null() ? Value(Object{}) : reply);
      break;
    case Dialect::kRest:
      encode_rest_success(reply, response);
      break;
  }
  return response;
}

std::string header_of(const HttpRequest& request, const std::string& lower_case_name) {
  const auto found = request.headers.find(lower_case_name);
  return found == request.headers.end() ? "" : found->second;
}

}  // namespace plumbline::sim
