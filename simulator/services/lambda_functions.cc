#include <algorithm>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

constexpr Duration kCreation = std::chrono::seconds(5);
constexpr Duration kCreationInVpc = std::chrono::seconds(20);
constexpr std::size_t kPage = 50;

bool is_in_vpc(const Value& configuration) {
  return configuration.get_path("VpcConfig.SubnetIds").size() > 0;
}

/// What a new function is before anything was said about it.
Value default_configuration(const Request& request, const std::string& name) {
  return Value::object(
      {{"FunctionName", name},
       {"FunctionArn", function_arn(request, name)},
       {"Description", ""},
       {"Timeout", 3},
       {"MemorySize", 128},
       {"Version", "$LATEST"},
       {"PackageType", "Zip"},
       {"Architectures", Value::list({"x86_64"})},
       {"TracingConfig", Value::object({{"Mode", "PassThrough"}})},
       {"EphemeralStorage", Value::object({{"Size", 512}})},
       {"SnapStart", Value::object({{"ApplyOn", "None"}, {"OptimizationStatus", "Off"}})},
       {"LoggingConfig",
        Value::object({{"LogFormat", "Text"}, {"LogGroup", "/aws/lambda/" + name}})}}
  );
}

std::optional<Fault> check_creation(const Value& params) {
  Validation validation(params);
  validation.required("FunctionName");
  validation.required("Role");
  validation.required("Code");
  validation.one_of("PackageType", {"Image", "Zip"});
  if (const std::string name = read_function_id(params).name;
      has_param(params, "FunctionName") && (name.empty() || !is_made_of(name, "-_"))) {
    validation.add(
        "FunctionName",
        "Member must satisfy regular expression pattern: "
        "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?"
        "([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
    );
  } else if (name.size() > 64) {
    validation.add("FunctionName", "Member must have length less than or equal to 64");
  }
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  if (auto fault = check_settings(params)) {
    return fault;
  }
  if (params.get("Tags").size() > 50) {
    return invalid_value("Tags: the number of tags must not be greater than 50.");
  }
  const bool is_image = text_param(params, "PackageType") == "Image";
  const bool has_both = has_param(params, "Runtime") && has_param(params, "Handler");
  const bool has_any = has_param(params, "Runtime") || has_param(params, "Handler");
  if (is_image && has_any) {
    return invalid_value(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType "
        "is Image."
    );
  }
  if (!is_image && !has_both) {
    return invalid_value(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
        "packages."
    );
  }
  return is_image ? std::nullopt : check_runtime(params);
}

}  // namespace

Outcome Lambda::create_function(const Request& request) {
  const Value& params = request.params;
  if (auto fault = check_creation(params)) {
    return *fault;
  }
  const std::string name = read_function_id(params).name;
  auto& functions = place_of(request).functions;
  if (functions.contains(name)) {
    return Fault{409, "ResourceConflictException", fmt::format("Function already exist: {}", name)};
  }
  Value configuration = default_configuration(request, name);
  for (const char* key : {"PackageType", "Architectures"}) {
    if (has_param(params, key)) {
      configuration.set(key, params.get(key));
    }
  }
  if (auto fault = apply_code(params.get("Code"), configuration)) {
    return *fault;
  }
  if (auto fault = check_role(request, text_param(params, "Role"))) {
    return *fault;
  }
  if (auto fault = apply_settings(request, configuration)) {
    return *fault;
  }
  const Timestamp ready_at =
      world_.now() + world_.scaled(is_in_vpc(configuration) ? kCreationInVpc : kCreation);
  Value function = Value::object(
      {{"Configuration", configuration},
       {"Tags", params.get("Tags").is_object() ? params.get("Tags") : Value(Object{})},
       {"Policies", Object{}},
       {"Versions", List{}},
       {"NextVersion", 1},
       {"ReadyAt", to_millis(ready_at)},
       {"UpdateReadyAt", 0},
       {"ImageUri", params.get_path("Code.ImageUri")}}
  );
  touch(function);
  Value reply = show_configuration(function);
  if (flag_param(params, "Publish")) {
    const Value published = publish(function, "");
    reply.set("Version", published.get("Version"));
    reply.set("FunctionArn", published.get("FunctionArn"));
  }
  functions[name] = std::move(function);
  settle_interfaces(request);
  reply.set("$status", 201);
  return reply;
}

Value Lambda::show_configuration(const Value& function) const {
  Value shown = function.get("Configuration");
  const std::int64_t now = to_millis(world_.now());
  if (function.get("ReadyAt").as_int() > now) {
    shown.set("State", "Pending");
    shown.set("StateReason", "The function is being created.");
    shown.set("StateReasonCode", "Creating");
    return shown;
  }
  shown.set("State", "Active");
  if (function.get("UpdateReadyAt").as_int() > now) {
    shown.set("LastUpdateStatus", "InProgress");
    shown.set("LastUpdateStatusReason", "The function is being created.");
    shown.set("LastUpdateStatusReasonCode", "Creating");
  } else {
    shown.set("LastUpdateStatus", "Successful");
  }
  return shown;
}

Outcome Lambda::show_version(const Value& function, const std::string& qualifier) {
  Value latest = show_configuration(function);
  if (qualifier.empty()) {
    return latest;
  }
  const std::string arn = latest.text_of("FunctionArn") + ":" + qualifier;
  if (qualifier == "$LATEST") {
    latest.set("FunctionArn", arn);
    return latest;
  }
  for (Value version : items_of(function.get("Versions"))) {
    if (version.text_of("Version") == qualifier) {
      // A version is ready when the function was; nothing changes it afterwards.
      version.set("State", latest.get("State"));
      version.set("LastUpdateStatus", "Successful");
      return version;
    }
  }
  return no_such_function(arn);
}

Outcome Lambda::get_configuration(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  return show_version(*function, read_function_id(request.params).qualifier);
}

Outcome Lambda::get_function(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const Outcome shown = show_version(*function, read_function_id(request.params).qualifier);
  if (std::holds_alternative<Fault>(shown)) {
    return shown;
  }
  const Value& configuration = std::get<Value>(shown);
  Value code;
  if (configuration.text_of("PackageType") == "Image") {
    code = Value::object(
        {{"RepositoryType", "ECR"},
         {"ImageUri", function->get("ImageUri")},
         {"ResolvedImageUri",
          fmt::format(
              "{}@sha256:{}",
              function->text_of("ImageUri").substr(0, function->text_of("ImageUri").rfind(':')),
              configuration.text_of("CodeSha256")
          )}}
    );
  } else {
    code = Value::object(
        {{"RepositoryType", "S3"},
         {"Location",
          fmt::format(
              "https://awslambda-{0}-tasks.s3.{0}.amazonaws.com/snapshots/{1}/{2}-{3}",
              request.region,
              request.account,
              configuration.text_of("FunctionName"),
              configuration.text_of("RevisionId")
          )}}
    );
  }
  Value reply = Value::object({{"Configuration", configuration}, {"Code", code}});
  if (function->get("Tags").size() > 0) {
    reply.set("Tags", function->get("Tags"));
  }
  if (const Value& reserved = function->get("Concurrency"); reserved.is_int()) {
    reply.set("Concurrency", Value::object({{"ReservedConcurrentExecutions", reserved}}));
  }
  return reply;
}

Outcome Lambda::list_functions(const Request& request) {
  Validation validation(request.params);
  validation.range("MaxItems", 1, 10000);
  validation.one_of("FunctionVersion", {"ALL"});
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  std::vector<Named> all;
  for (const auto& [name, function] : place_of(request).functions) {
    // Lists leave the states out.
    all.push_back({name, function.get("Configuration")});
    if (has_param(request.params, "FunctionVersion")) {
      for (const Value& version : items_of(function.get("Versions"))) {
        all.push_back({name + ":" + version.text_of("Version"), version});
      }
    }
  }
  const auto asked = int_param(request.params, "MaxItems").value_or(kPage);
  const auto page = page_of(
      all, text_param(request.params, "Marker"), std::min(kPage, static_cast<std::size_t>(asked))
  );
  if (!page) {
    return invalid_value("Invalid pagination marker.");
  }
  Value reply = Value::object({{"Functions", page->items}});
  if (!page->next.empty()) {
    reply.set("NextMarker", page->next);
  }
  return reply;
}

Outcome Lambda::delete_function(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const FunctionId id = read_function_id(request.params);
  if (id.qualifier == "$LATEST") {
    return invalid_value("$LATEST version cannot be deleted without deleting the function.");
  }
  if (id.qualifier.empty()) {
    place_of(request).functions.erase(id.name);
  } else {
    const auto is_named = [&id](const Value& version) {
      return version.text_of("Version") == id.qualifier;
    };
    if (std::erase_if(function->find("Versions")->as_list(), is_named) == 0) {
      return no_such_function(function_arn(request, id.name) + ":" + id.qualifier);
    }
    function->find("Policies")->erase(id.qualifier);
  }
  settle_interfaces(request);
  return no_content();
}

}  // namespace plumbline::sim
