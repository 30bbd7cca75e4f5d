#include <array>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/wire.h"

namespace plumbline::sim {
namespace {

struct Route {
  std::string_view method, path, action;
};

constexpr std::array kRoutes = {
    Route{"POST", "/2015-03-31/functions", "CreateFunction"},
    Route{"GET", "/2015-03-31/functions", "ListFunctions"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}", "GetFunction"},
    Route{"DELETE", "/2015-03-31/functions/{FunctionName}", "DeleteFunction"},
    Route{"PUT", "/2015-03-31/functions/{FunctionName}/code", "UpdateFunctionCode"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}/configuration", "GetFunctionConfiguration"},
    Route{
        "PUT", "/2015-03-31/functions/{FunctionName}/configuration", "UpdateFunctionConfiguration"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}/versions", "ListVersionsByFunction"},
    Route{"POST", "/2015-03-31/functions/{FunctionName}/versions", "PublishVersion"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}/aliases", "ListAliases"},
    Route{"POST", "/2015-03-31/functions/{FunctionName}/aliases", "CreateAlias"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "GetAlias"},
    Route{"PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "UpdateAlias"},
    Route{"DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "DeleteAlias"},
    Route{"POST", "/2015-03-31/functions/{FunctionName}/invocations", "Invoke"},
    Route{"GET", "/2015-03-31/functions/{FunctionName}/policy", "GetPolicy"},
    Route{"POST", "/2015-03-31/functions/{FunctionName}/policy", "AddPermission"},
    Route{
        "DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission"},
    Route{
        "GET",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "GetFunctionCodeSigningConfig"},
    Route{
        "PUT",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "PutFunctionCodeSigningConfig"},
    Route{
        "DELETE",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "DeleteFunctionCodeSigningConfig"},
    Route{"PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency"},
    Route{
        "DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency"},
    Route{"GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency"},
    Route{
        "GET",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        "GetRuntimeManagementConfig"},
    Route{
        "PUT",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        "PutRuntimeManagementConfig"},
    Route{
        "GET",
        "/2024-08-31/functions/{FunctionName}/recursion-config",
        "GetFunctionRecursionConfig"},
    Route{"GET", "/2021-10-31/functions/{FunctionName}/url", "GetFunctionUrlConfig"},
    Route{
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        "GetFunctionEventInvokeConfig"},
    Route{"GET", "/2015-03-31/event-source-mappings", "ListEventSourceMappings"},
    Route{"GET", "/2016-08-19/account-settings", "GetAccountSettings"},
    Route{"GET", "/2017-03-31/tags/{Resource}", "ListTags"},
    Route{"POST", "/2017-03-31/tags/{Resource}", "TagResource"},
    Route{"DELETE", "/2017-03-31/tags/{Resource}", "UntagResource"},
};

/// Fills `labels` when `parts` has the form of `route`.
bool matches(const Route& route, const std::vector<std::string_view>& parts, Value& labels) {
  const auto wanted = split(route.path, '/');
  if (wanted.size() != parts.size()) {
    return false;
  }
  labels = Value(Object{});
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool is_label = !wanted[i].empty() && wanted[i].front() == '{';
    if (is_label && !parts[i].empty()) {
      labels.set(wanted[i].substr(1, wanted[i].size() - 2), percent_decode(parts[i]));
    } else if (is_label || wanted[i] != parts[i]) {
      return false;
    }
  }
  return true;
}

void add_query(std::string_view query, Value& params) {
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string name = percent_decode(pair.substr(0, equals));
    const std::string text =
        equals == std::string_view::npos ? "" : percent_decode(pair.substr(equals + 1));
    if (name == "tagKeys") {
      List keys = params.get("TagKeys").is_list() ? params.get("TagKeys").as_list() : List{};
      keys.emplace_back(text);
      params.set("TagKeys", std::move(keys));
    } else {
      params.set(name, text);
    }
  }
}

}  // namespace

std::variant<Decoded, Fault> decode_rest(const HttpRequest& request) {
  const std::string_view target = request.target;
  const auto question = target.find('?');
  auto parts = split(target.substr(0, question), '/');
  if (parts.size() > 2 && parts.back().empty()) {
    parts.pop_back();
  }
  for (const Route& route : kRoutes) {
    Decoded decoded;
    if (route.method != request.method || !matches(route, parts, decoded.params)) {
      continue;
    }
    decoded.action = std::string(route.action);
    if (question != std::string_view::npos) {
      add_query(target.substr(question + 1), decoded.params);
    }
    if (route.action == "Invoke") {
      decoded.params.set("Payload", request.body);
      return decoded;
    }
    if (!request.body.empty()) {
      auto body = parse_json(request.body);
      if (!body || !body.value().is_object()) {
        return Fault{400, "SerializationException", "The body is not a JSON object."};
      }
      for (Member& member : body.value().as_object()) {
        decoded.params.set(member.key, std::move(member.value));
      }
    }
    return decoded;
  }
  return Fault{404, "UnknownOperationException", "No operation has this method and path."};
}

}  // namespace plumbline::sim
