#include <fmt/format.h>

#include "simulator/services/kms.h"

namespace plumbline::sim {
namespace {

constexpr std::string_view kStart = "alias/";
constexpr std::string_view kReserved = "alias/aws/";

std::optional<Fault> check_alias_name(const Value& params) {
  Validation validation(params);
  validation.required("AliasName");
  validation.length("AliasName", 1, 256);
  validation.made_of("AliasName", ":/_-", "^[a-zA-Z0-9:/_-]+$");
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  const std::string name = text_param(params, "AliasName");
  if (!name.starts_with(kStart) || name.size() == kStart.size()) {
    return Fault{
        400,
        "ValidationException",
        "Alias must start with the prefix \"alias/\". Please see "
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"};
  }
  if (name.starts_with(kReserved)) {
    return Fault{
        400, "NotAuthorizedException", "The alias/aws/ prefix is reserved for AWS managed keys."};
  }
  return std::nullopt;
}

Fault no_such_alias(const Request& request, const std::string& name) {
  return {
      400, "NotFoundException", fmt::format("Alias {} is not found.", alias_arn(request, name))};
}

/// The key behind TargetKeyId as the other operations want it: by KeyId.
Request aimed_at_target(const Request& request) {
  Request aimed = request;
  aimed.params.set("KeyId", request.params.get("TargetKeyId"));
  return aimed;
}

}  // namespace

Outcome Kms::create_alias(const Request& request) {
  if (auto fault = check_alias_name(request.params)) {
    return *fault;
  }
  const auto target = find(aimed_at_target(request), Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&target)) {
    return *fault;
  }
  const std::string name = text_param(request.params, "AliasName");
  auto& aliases = place_of(request).aliases;
  if (aliases.contains(name)) {
    return Fault{
        400,
        "AlreadyExistsException",
        fmt::format("An alias with the name {} already exists", alias_arn(request, name))};
  }
  const std::int64_t now = to_millis(world_.now());
  aliases[name] = Value::object(
      {{"TargetKeyId", std::get<Value*>(target)->get("KeyId")},
       {"CreationDate", now},
       {"LastUpdatedDate", now}}
  );
  return Value();
}

Outcome Kms::update_alias(const Request& request) {
  if (auto fault = check_alias_name(request.params)) {
    return *fault;
  }
  const std::string name = text_param(request.params, "AliasName");
  Place& place = place_of(request);
  const auto alias = place.aliases.find(name);
  if (alias == place.aliases.end()) {
    return no_such_alias(request, name);
  }
  const auto target = find(aimed_at_target(request), Demand::kNotDoomed, Naming::kIdOrArn);
  if (const auto* fault = std::get_if<Fault>(&target)) {
    return *fault;
  }
  const Value& before = place.keys[alias->second.text_of("TargetKeyId")];
  const Value& after = *std::get<Value*>(target);
  if (before.text_of("KeyUsage") != after.text_of("KeyUsage")) {
    return Fault{
        400, "ValidationException", "The current and new keys must have the same key usage."};
  }
  alias->second.set("TargetKeyId", after.get("KeyId"));
  alias->second.set("LastUpdatedDate", to_millis(world_.now()));
  return Value();
}

Outcome Kms::delete_alias(const Request& request) {
  if (auto fault = check_alias_name(request.params)) {
    return *fault;
  }
  const std::string name = text_param(request.params, "AliasName");
  return place_of(request).aliases.erase(name) == 0 ? Outcome(no_such_alias(request, name))
                                                    : Outcome(Value());
}

Outcome Kms::list_aliases(const Request& request) {
  std::string wanted;
  if (has_param(request.params, "KeyId")) {
    const auto key = find(request, Demand::kAny, Naming::kIdOrArn);
    if (const auto* fault = std::get_if<Fault>(&key)) {
      return *fault;
    }
    wanted = std::get<Value*>(key)->text_of("KeyId");
  }
  std::vector<Named> all;
  for (const auto& [name, alias] : place_of(request).aliases) {
    if (!wanted.empty() && alias.text_of("TargetKeyId") != wanted) {
      continue;
    }
    Value shown = Value::object(
        {{"AliasName", name},
         {"AliasArn", alias_arn(request, name)},
         {"TargetKeyId", alias.get("TargetKeyId")}}
    );
    for (const char* date : {"CreationDate", "LastUpdatedDate"}) {
      shown.set(date, epoch_seconds(alias.get(date).as_int()));
    }
    all.push_back({name, std::move(shown)});
  }
  return kms_page(request, "Aliases", all, 50);
}

}  // namespace plumbline::sim
