#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

constexpr std::int64_t kConcurrency = 1000;
constexpr std::int64_t kUnreservedLeast = 100;
constexpr std::size_t kTagLimit = 50;

/// The tag calls name the function by its ARN under another member.
Request by_arn(const Request& request) {
  Request named = request;
  named.params.set("FunctionName", text_param(request.params, "Resource"));
  return named;
}

}  // namespace

Outcome Lambda::tag_resource(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(by_arn(request), fault);
  if (function == nullptr) {
    return *fault;
  }
  Value tags = function->get("Tags");
  if (const Value& changes = request.params.get("Tags"); changes.is_object()) {
    for (const auto& [key, value] : changes.as_object()) {
      if (key.starts_with("aws:")) {
        return invalid_value(fmt::format("Tag keys must not start with aws: ({}).", key));
      }
      tags.set(key, value);
    }
  }
  if (tags.size() > kTagLimit) {
    return invalid_value("Tags: the number of tags must not be greater than 50.");
  }
  function->set("Tags", tags);
  return no_content();
}

Outcome Lambda::untag_resource(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(by_arn(request), fault);
  if (function == nullptr) {
    return *fault;
  }
  for (const std::string& key : texts_of(request.params.get("TagKeys"))) {
    function->find("Tags")->erase(key);
  }
  return no_content();
}

Outcome Lambda::list_tags(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(by_arn(request), fault);
  if (function == nullptr) {
    return *fault;
  }
  return Value::object({{"Tags", function->get("Tags")}});
}

Outcome Lambda::put_concurrency(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("ReservedConcurrentExecutions");
  validation.range("ReservedConcurrentExecutions", 0, kConcurrency * kConcurrency);
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  const std::int64_t wanted = *int_param(request.params, "ReservedConcurrentExecutions");
  std::int64_t reserved = wanted;
  for (const auto& [name, other] : place_of(request).functions) {
    const Value& count = other.get("Concurrency");
    reserved += &other != function && count.is_int() ? count.as_int() : 0;
  }
  if (wanted > 0 && kConcurrency - reserved < kUnreservedLeast) {
    return invalid_value(fmt::format(
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [{}].",
        kUnreservedLeast
    ));
  }
  function->set("Concurrency", wanted);
  return Value::object({{"ReservedConcurrentExecutions", wanted}});
}

Outcome Lambda::get_concurrency(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Value reply = Object{};
  if (const Value& reserved = function->get("Concurrency"); reserved.is_int()) {
    reply.set("ReservedConcurrentExecutions", reserved);
  }
  return reply;
}

Outcome Lambda::delete_concurrency(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  function->erase("Concurrency");
  return no_content();
}

Outcome Lambda::get_code_signing(const Request& request) {
  std::optional<Fault> fault;
  // Without a configuration AWS answers with an empty object.
  return find_function(request, fault) == nullptr ? Outcome(*fault) : Outcome(Value(Object{}));
}

Outcome Lambda::delete_code_signing(const Request& request) {
  std::optional<Fault> fault;
  return find_function(request, fault) == nullptr ? Outcome(*fault) : Outcome(no_content());
}

Outcome Lambda::get_runtime_management(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const Value& kept = function->get("RuntimeManagement");
  Value reply = kept.is_object() ? kept : Value::object({{"UpdateRuntimeOn", "Auto"}});
  reply.set("FunctionArn", function->get_path("Configuration.FunctionArn"));
  return reply;
}

Outcome Lambda::put_runtime_management(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("UpdateRuntimeOn");
  validation.one_of("UpdateRuntimeOn", {"Auto", "Manual", "FunctionUpdate"});
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  Value kept = Value::object({{"UpdateRuntimeOn", request.params.get("UpdateRuntimeOn")}});
  if (has_param(request.params, "RuntimeVersionArn")) {
    kept.set("RuntimeVersionArn", request.params.get("RuntimeVersionArn"));
  }
  function->set("RuntimeManagement", kept);
  return get_runtime_management(request);
}

Outcome Lambda::get_recursion(const Request& request) {
  std::optional<Fault> fault;
  const Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  const std::string& kept = function->text_of("RecursiveLoop");
  return Value::object({{"RecursiveLoop", kept.empty() ? "Terminate" : kept}});
}

Outcome Lambda::put_recursion(const Request& request) {
  std::optional<Fault> fault;
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return *fault;
  }
  Validation validation(request.params);
  validation.required("RecursiveLoop");
  validation.one_of("RecursiveLoop", {"Allow", "Terminate"});
  if (auto wrong = validation.fault("ValidationException")) {
    return *wrong;
  }
  function->set("RecursiveLoop", text_param(request.params, "RecursiveLoop"));
  return get_recursion(request);
}

Outcome Lambda::get_account_settings(const Request& request) {
  std::int64_t reserved = 0;
  std::int64_t size = 0;
  const auto& functions = place_of(request).functions;
  for (const auto& [name, function] : functions) {
    const Value& count = function.get("Concurrency");
    reserved += count.is_int() ? count.as_int() : 0;
    size += function.get_path("Configuration.CodeSize").as_int();
  }
  return Value::object(
      {{"AccountLimit",
        Value::object(
            {{"TotalCodeSize", std::int64_t{80530636800}},
             {"CodeSizeUnzipped", std::int64_t{262144000}},
             {"CodeSizeZipped", std::int64_t{52428800}},
             {"ConcurrentExecutions", kConcurrency},
             {"UnreservedConcurrentExecutions", kConcurrency - reserved}}
        )},
       {"AccountUsage",
        Value::object(
            {{"TotalCodeSize", size},
             {"FunctionCount", static_cast<std::int64_t>(functions.size())}}
        )}}
  );
}

Outcome Lambda::list_aliases(const Request& request) {
  std::optional<Fault> fault;
  if (find_function(request, fault) == nullptr) {
    return *fault;
  }
  return Value::object({{"Aliases", List{}}});
}

Outcome Lambda::list_event_sources(const Request& /*request*/) {
  return Value::object({{"EventSourceMappings", List{}}});
}

Outcome Lambda::refuse_absent(const Request& request) {
  std::optional<Fault> fault;
  if (find_function(request, fault) == nullptr) {
    return *fault;
  }
  return Fault{404, "ResourceNotFoundException", "The resource you requested does not exist."};
}

Outcome Lambda::refuse_invoke(const Request& request) {
  std::optional<Fault> fault;
  if (find_function(request, fault) == nullptr) {
    return *fault;
  }
  return Fault{
      400,
      "InvalidRequestContentException",
      "This simulator keeps functions but does not run them."};
}

}  // namespace plumbline::sim
