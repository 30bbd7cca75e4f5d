#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/secretsmanager.h"

namespace plumbline::sim {
namespace {

constexpr std::size_t kValueSize = 65536;
constexpr std::size_t kVersionLimit = 100;
constexpr std::int64_t kDayMillis = 24LL * 60 * 60 * 1000;

bool has_stage(const Value& version, std::string_view stage) {
  const auto stages = texts_of(version.get("Stages"));
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

void take_stage(Value& version, std::string_view stage) {
  std::erase(version.find("Stages")->as_list(), Value(stage));
}

/// Versions without labels are kept up to a number and for a day at least.
void drop_oldest(Value& secret, std::int64_t now) {
  Object& versions = secret.find("Versions")->as_object();
  while (versions.size() > kVersionLimit) {
    const auto oldest = std::find_if(versions.begin(), versions.end(), [now](const Member& v) {
      return v.value.get("Stages").size() == 0 &&
             v.value.get("CreatedDate").as_int() + kDayMillis < now;
    });
    if (oldest == versions.end()) {
      return;
    }
    versions.erase(oldest);
  }
}

Fault token_in_use(const Value& secret, const std::string& token) {
  return {
      400,
      "ResourceExistsException",
      fmt::format(
          "You can't use ClientRequestToken {} because that value is already in use for a version "
          "of secret {}.",
          token,
          secret.text_of("ARN")
      )};
}

Fault no_such_value(std::string_view what, const std::string& which) {
  return {
      400,
      "ResourceNotFoundException",
      fmt::format("Secrets Manager can't find the specified secret value for {}: {}", what, which)};
}

}  // namespace

bool has_value(const Value& params) {
  return has_param(params, "SecretString") || has_param(params, "SecretBinary");
}

bool holds_value(const Value& version, const Value& params) {
  return version.get("SecretString") == params.get("SecretString") &&
         version.get("SecretBinary") == params.get("SecretBinary");
}

std::optional<Fault> check_value(const Value& params) {
  Validation validation(params);
  validation.length("ClientRequestToken", 32, 64);
  validation.length("VersionStages", 1, 20);
  for (const char* key : {"SecretString", "SecretBinary"}) {
    if (text_param(params, key).size() > kValueSize) {
      validation.add(
          key, fmt::format("Member must have length less than or equal to {}", kValueSize)
      );
    }
  }
  if (auto fault = validation.fault("ValidationException")) {
    return fault;
  }
  if (has_param(params, "SecretString") && has_param(params, "SecretBinary")) {
    return Fault{
        400,
        "InvalidParameterException",
        "You can't specify both a binary secret value and a string secret value in the same "
        "secret."};
  }
  if (has_param(params, "SecretBinary") && !base64_decode(text_param(params, "SecretBinary"))) {
    return Fault{400, "SerializationException", "SecretBinary is not base64."};
  }
  return std::nullopt;
}

Value stages_by_version(const Value& secret) {
  Object shown;
  for (const auto& [id, version] : secret.get("Versions").as_object()) {
    if (version.get("Stages").size() > 0) {
      shown.push_back({id, version.get("Stages")});
    }
  }
  return shown;
}

std::string version_with_stage(const Value& secret, std::string_view stage) {
  for (const auto& [id, version] : secret.get("Versions").as_object()) {
    if (has_stage(version, stage)) {
      return id;
    }
  }
  return "";
}

void move_stages(Value& secret, const std::string& id, const std::vector<std::string>& stages) {
  const std::string before = version_with_stage(secret, "AWSCURRENT");
  Value* versions = secret.find("Versions");
  for (const std::string& stage : stages) {
    for (auto& [other, version] : versions->as_object()) {
      take_stage(version, stage);
    }
    versions->find(id)->find("Stages")->push_back(stage);
  }
  const bool has_moved = !before.empty() && before != version_with_stage(secret, "AWSCURRENT");
  if (!has_moved) {
    return;
  }
  for (auto& [other, version] : versions->as_object()) {
    take_stage(version, "AWSPREVIOUS");
  }
  versions->find(before)->find("Stages")->push_back("AWSPREVIOUS");
}

std::variant<std::string, Fault> SecretsManager::put_version(
    Value& secret, const Request& request, const std::vector<std::string>& stages
) {
  const std::string given = text_param(request.params, "ClientRequestToken");
  const std::string id = given.empty() ? world_.make_uuid() : given;
  if (const Value* same = secret.get("Versions").find(id); same != nullptr) {
    // A repeated request changes nothing, not even the labels that moved on since.
    if (holds_value(*same, request.params)) {
      return id;
    }
    return token_in_use(secret, id);
  }
  const std::int64_t now = to_millis(world_.now());
  Value version = Value::object({{"CreatedDate", now}, {"Stages", List{}}});
  for (const char* key : {"SecretString", "SecretBinary"}) {
    if (has_param(request.params, key)) {
      version.set(key, text_param(request.params, key));
    }
  }
  secret.find("Versions")->set(id, std::move(version));
  move_stages(secret, id, stages);
  // The first version of a secret is the current one whatever label it was given.
  if (version_with_stage(secret, "AWSCURRENT").empty()) {
    move_stages(secret, id, {"AWSCURRENT"});
  }
  drop_oldest(secret, now);
  secret.set("LastChangedDate", now);
  return id;
}

Outcome SecretsManager::put_secret_value(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_changeable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  if (auto wrong = check_value(request.params)) {
    return *wrong;
  }
  if (!has_value(request.params)) {
    return Fault{
        400, "InvalidRequestException", "You must provide either SecretString or SecretBinary."};
  }
  if (auto wrong = find_encryption_fault(request, text_param(*secret, "KmsKeyId"))) {
    return *wrong;
  }
  auto stages = texts_of(request.params.get("VersionStages"));
  if (stages.empty()) {
    stages = {"AWSCURRENT"};
  }
  const auto version = put_version(*secret, request, stages);
  if (const auto* wrong = std::get_if<Fault>(&version)) {
    return *wrong;
  }
  const std::string& id = std::get<std::string>(version);
  Value reply = name_secret(*secret);
  reply.set("VersionId", id);
  reply.set("VersionStages", secret->get("Versions").get(id).get("Stages"));
  return reply;
}

Outcome SecretsManager::get_secret_value(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  const std::string wanted_id = text_param(request.params, "VersionId");
  const std::string wanted_stage = text_param(request.params, "VersionStage");
  const std::string stage = wanted_stage.empty() && wanted_id.empty() ? "AWSCURRENT" : wanted_stage;
  const std::string id = wanted_id.empty() ? version_with_stage(*secret, stage) : wanted_id;
  Value* version = id.empty() ? nullptr : secret->find("Versions")->find(id);
  if (version == nullptr) {
    return wanted_id.empty() ? no_such_value("staging label", stage)
                             : no_such_value("VersionId", wanted_id);
  }
  if (!stage.empty() && !has_stage(*version, stage)) {
    return Fault{
        400,
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId."};
  }
  if (auto wrong = find_decryption_fault(request, text_param(*secret, "KmsKeyId"))) {
    return *wrong;
  }
  // Reading is recorded by the day.
  const std::int64_t now = to_millis(world_.now());
  secret->set("LastAccessedDate", now - now % kDayMillis);
  version->set("LastAccessedDate", now - now % kDayMillis);
  Value reply = name_secret(*secret);
  reply.set("VersionId", id);
  for (const char* key : {"SecretString", "SecretBinary"}) {
    if (has_param(*version, key)) {
      reply.set(key, version->get(key));
    }
  }
  reply.set("VersionStages", version->get("Stages"));
  reply.set("CreatedDate", epoch_seconds(version->get("CreatedDate").as_int()));
  return reply;
}

Outcome SecretsManager::list_secret_version_ids(const Request& request) {
  const Value* secret = find_named(request);
  if (secret == nullptr) {
    return no_such_secret();
  }
  Validation validation(request.params);
  validation.range("MaxResults", 1, 100);
  if (auto fault = validation.fault("ValidationException")) {
    return *fault;
  }
  std::vector<Named> all;
  for (const auto& [id, version] : secret->get("Versions").as_object()) {
    const bool is_deprecated = version.get("Stages").size() == 0;
    if (is_deprecated && !flag_param(request.params, "IncludeDeprecated")) {
      continue;
    }
    Value entry = Value::object(
        {{"VersionId", id},
         {"CreatedDate", epoch_seconds(version.get("CreatedDate").as_int())},
         {"KmsKeyIds", Value::list({"DefaultEncryptionKey"})}}
    );
    if (has_param(*secret, "KmsKeyId")) {
      entry.set("KmsKeyIds", Value::list({secret->get("KmsKeyId")}));
    }
    if (!is_deprecated) {
      entry.set("VersionStages", version.get("Stages"));
    }
    if (const Value& read = version.get("LastAccessedDate"); read.is_int()) {
      entry.set("LastAccessedDate", epoch_seconds(read.as_int()));
    }
    all.push_back({id, entry});
  }
  const auto limit =
      static_cast<std::size_t>(int_param(request.params, "MaxResults").value_or(100));
  const auto page = page_of(all, text_param(request.params, "NextToken"), limit);
  if (!page) {
    return Fault{400, "InvalidNextTokenException", "The NextToken value is invalid."};
  }
  Value reply = name_secret(*secret);
  reply.set("Versions", page->items);
  if (!page->next.empty()) {
    reply.set("NextToken", page->next);
  }
  return reply;
}

Outcome SecretsManager::update_secret_version_stage(const Request& request) {
  std::optional<Fault> fault;
  Value* secret = find_usable(request, fault);
  if (secret == nullptr) {
    return *fault;
  }
  const std::string stage = text_param(request.params, "VersionStage");
  const std::string from = text_param(request.params, "RemoveFromVersionId");
  const std::string to = text_param(request.params, "MoveToVersionId");
  Value* versions = secret->find("Versions");
  for (const std::string& id : {from, to}) {
    if (!id.empty() && versions->find(id) == nullptr) {
      return no_such_value("VersionId", id);
    }
  }
  const std::string holder = version_with_stage(*secret, stage);
  if (holder != from && !(holder == to && from.empty())) {
    return Fault{
        400,
        "InvalidParameterException",
        fmt::format(
            "The parameter RemoveFromVersionId can't be empty or different. Staging label {} is "
            "currently attached to version {}, so you must explicitly reference that version in "
            "RemoveFromVersionId.",
            stage,
            holder
        )};
  }
  if (to.empty() && stage == "AWSCURRENT") {
    return Fault{
        400,
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can't be "
        "completely removed."};
  }
  if (!to.empty()) {
    move_stages(*secret, to, {stage});
  } else if (!from.empty()) {
    take_stage(*versions->find(from), stage);
  }
  secret->set("LastChangedDate", to_millis(world_.now()));
  return name_secret(*secret);
}

}  // namespace plumbline::sim
