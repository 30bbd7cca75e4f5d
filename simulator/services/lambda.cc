#include "simulator/services/lambda.h"

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline::sim {

const std::map<std::string_view, Lambda::Handler>& Lambda::handlers() {
  static const std::map<std::string_view, Handler> all = {
      {"CreateFunction", &Lambda::create_function},
      {"GetFunction", &Lambda::get_function},
      {"GetFunctionConfiguration", &Lambda::get_configuration},
      {"ListFunctions", &Lambda::list_functions},
      {"DeleteFunction", &Lambda::delete_function},
      {"UpdateFunctionConfiguration", &Lambda::update_configuration},
      {"UpdateFunctionCode", &Lambda::update_code},
      {"PublishVersion", &Lambda::publish_version},
      {"ListVersionsByFunction", &Lambda::list_versions},
      {"GetPolicy", &Lambda::get_policy},
      {"AddPermission", &Lambda::add_permission},
      {"RemovePermission", &Lambda::remove_permission},
      {"TagResource", &Lambda::tag_resource},
      {"UntagResource", &Lambda::untag_resource},
      {"ListTags", &Lambda::list_tags},
      {"PutFunctionConcurrency", &Lambda::put_concurrency},
      {"GetFunctionConcurrency", &Lambda::get_concurrency},
      {"DeleteFunctionConcurrency", &Lambda::delete_concurrency},
      {"GetFunctionCodeSigningConfig", &Lambda::get_code_signing},
      {"DeleteFunctionCodeSigningConfig", &Lambda::delete_code_signing},
      {"GetRuntimeManagementConfig", &Lambda::get_runtime_management},
      {"PutRuntimeManagementConfig", &Lambda::put_runtime_management},
      {"GetFunctionRecursionConfig", &Lambda::get_recursion},
      {"PutFunctionRecursionConfig", &Lambda::put_recursion},
      {"GetAccountSettings", &Lambda::get_account_settings},
      {"ListAliases", &Lambda::list_aliases},
      {"ListEventSourceMappings", &Lambda::list_event_sources},
      {"GetAlias", &Lambda::refuse_absent},
      {"GetFunctionUrlConfig", &Lambda::refuse_absent},
      {"GetFunctionEventInvokeConfig", &Lambda::refuse_absent},
      {"Invoke", &Lambda::refuse_invoke},
  };
  return all;
}

Outcome Lambda::handle(const Request& request) {
  const auto found = handlers().find(request.action);
  if (found == handlers().end()) {
    return Fault{
        404,
        "UnknownOperationException",
        fmt::format("The operation {} is not one this simulator knows.", request.action)};
  }
  return (this->*found->second)(request);
}

Value Lambda::save() const {
  Object places;
  for (const auto& [where, place] : places_) {
    Object functions;
    for (const auto& [name, function] : place.functions) {
      functions.push_back({name, function});
    }
    Object interfaces;
    for (const auto& [key, id] : place.interfaces) {
      interfaces.push_back({key, id});
    }
    places.push_back({where, Value::object({{"functions", functions}, {"interfaces", interfaces}})}
    );
  }
  return Value::object({{"places", places}});
}

void Lambda::load(const Value& saved) {
  places_.clear();
  const Value& places = saved.get("places");
  if (!places.is_object()) {
    return;
  }
  for (const auto& [where, content] : places.as_object()) {
    Place& place = places_[where];
    for (const auto& [name, function] : content.get("functions").as_object()) {
      place.functions[name] = function;
    }
    for (const auto& [key, id] : content.get("interfaces").as_object()) {
      place.interfaces[key] = id.as_text();
    }
  }
}

Lambda::Place& Lambda::place_of(const Request& request) {
  return places_[request.account + "/" + request.region];
}

Value* Lambda::find_function(const Request& request, std::optional<Fault>& fault) {
  const FunctionId id = read_function_id(request.params);
  if (id.name.empty() || id.name.size() > 140 || !is_made_of(id.name, "-_")) {
    Validation validation(request.params);
    validation.required("FunctionName");
    validation.made_of("FunctionName", "-_", "[a-zA-Z0-9-_]+");
    fault = validation.fault("ValidationException");
    if (!fault) {
      fault = no_such_function(function_arn(request, id.name));
    }
    return nullptr;
  }
  auto& functions = place_of(request).functions;
  const auto found = functions.find(id.name);
  const bool is_elsewhere = (!id.account.empty() && id.account != request.account) ||
                            (!id.region.empty() && id.region != request.region);
  if (found == functions.end() || is_elsewhere) {
    fault = no_such_function(function_arn(request, id.name));
    return nullptr;
  }
  return &found->second;
}

Value* Lambda::find_idle(const Request& request, std::optional<Fault>& fault) {
  Value* function = find_function(request, fault);
  if (function == nullptr) {
    return nullptr;
  }
  const std::int64_t now = to_millis(world_.now());
  if (function->get("ReadyAt").as_int() > now) {
    fault = Fault{
        409,
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the "
        "following state: Pending"};
    return nullptr;
  }
  if (function->get("UpdateReadyAt").as_int() > now) {
    fault = Fault{
        409,
        "ResourceConflictException",
        fmt::format(
            "The operation cannot be performed at this time. An update is in progress for "
            "resource: {}",
            function->get_path("Configuration.FunctionArn").as_text()
        )};
    return nullptr;
  }
  const std::string revision = text_param(request.params, "RevisionId");
  if (!revision.empty() && revision != function->get_path("Configuration.RevisionId").as_text()) {
    fault = Fault{
        412,
        "PreconditionFailedException",
        "The RevisionId provided does not match the latest RevisionId. Call the "
        "GetFunction/GetAlias "
        "API to retrieve the latest RevisionId for your resource."};
    return nullptr;
  }
  return function;
}

FunctionId read_function_id(const Value& params) {
  FunctionId id;
  std::string text = text_param(params, "FunctionName");
  if (const Arn arn = parse_arn(text); arn.is_arn) {
    id.account = arn.account;
    id.region = arn.region;
    text = arn.resource;
  } else if (const auto word = text.find(":function:"); word != std::string::npos) {
    id.account = text.substr(0, word);
    text = text.substr(word + 1);
  }
  constexpr std::string_view kWord = "function:";
  if (text.starts_with(kWord)) {
    text = text.substr(kWord.size());
  }
  const auto colon = text.find(':');
  id.name = text.substr(0, colon);
  id.qualifier =
      colon == std::string::npos ? text_param(params, "Qualifier") : text.substr(colon + 1);
  return id;
}

std::string function_arn(const Request& request, const std::string& name) {
  return fmt::format("arn:aws:lambda:{}:{}:function:{}", request.region, request.account, name);
}

Fault no_such_function(const std::string& arn) {
  return {404, "ResourceNotFoundException", fmt::format("Function not found: {}", arn)};
}

Fault invalid_value(std::string_view message) {
  return {400, "InvalidParameterValueException", std::string(message)};
}

Value no_content() {
  return Value::object({{"$status", 204}});
}

std::unique_ptr<Service> make_lambda(World& world, Neighbours& neighbours) {
  return std::make_unique<Lambda>(world, neighbours);
}

}  // namespace plumbline::sim
