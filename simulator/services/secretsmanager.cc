#include "simulator/services/secretsmanager.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

/// The hyphen and the six characters that end every full ARN.
constexpr std::size_t kSuffix = 7;

/// What a SecretId may mean: a name, a full ARN, or an ARN without its random end.
struct SecretId {
  std::string arn;
  std::string name;  ///< "" when only the ARN can match.
};

SecretId read_secret_id(const std::string& text) {
  const Arn arn = parse_arn(text);
  if (!arn.is_arn) {
    return {"", text};
  }
  SecretId id{text, ""};
  constexpr std::string_view kKind = "secret:";
  if (arn.service != "secretsmanager" || !arn.resource.starts_with(kKind)) {
    return id;
  }
  const std::string name = arn.resource.substr(kKind.size());
  // A partial ARN whose name happens to end like a suffix is taken for a full one, as AWS warns.
  const bool looks_full = name.size() > kSuffix && name[name.size() - kSuffix] == '-' &&
                          is_made_of(std::string_view(name).substr(name.size() - kSuffix + 1), "");
  if (!looks_full) {
    id.name = name;
  }
  return id;
}

std::string place_of(const std::string& account, const std::string& region) {
  return account + "/" + region;
}

bool is_purged(const Value& secret) {
  return has_param(secret, "IsPurged");
}

template <class Secrets>
auto find_in(
    Secrets& secrets, const std::string& account, const std::string& region, const std::string& text
) -> decltype(&secrets.begin()->second) {
  const SecretId id = read_secret_id(text);
  if (!id.arn.empty()) {
    const Arn arn = parse_arn(id.arn);
    if (arn.account != account || arn.region != region) {
      return nullptr;
    }
  }
  const auto found = std::find_if(secrets.begin(), secrets.end(), [&id](const auto& secret) {
    return id.name.empty() ? secret.second.text_of("ARN") == id.arn : secret.first == id.name;
  });
  return found == secrets.end() || is_purged(found->second) ? nullptr : &found->second;
}

}  // namespace

const std::map<std::string_view, SecretsManager::Handler>& SecretsManager::handlers() {
  static const std::map<std::string_view, Handler> all = {
      {"CreateSecret", &SecretsManager::create_secret},
      {"DescribeSecret", &SecretsManager::describe_secret},
      {"UpdateSecret", &SecretsManager::update_secret},
      {"ListSecrets", &SecretsManager::list_secrets},
      {"DeleteSecret", &SecretsManager::delete_secret},
      {"RestoreSecret", &SecretsManager::restore_secret},
      {"TagResource", &SecretsManager::tag_resource},
      {"UntagResource", &SecretsManager::untag_resource},
      {"GetSecretValue", &SecretsManager::get_secret_value},
      {"PutSecretValue", &SecretsManager::put_secret_value},
      {"ListSecretVersionIds", &SecretsManager::list_secret_version_ids},
      {"UpdateSecretVersionStage", &SecretsManager::update_secret_version_stage},
      {"PutResourcePolicy", &SecretsManager::put_resource_policy},
      {"GetResourcePolicy", &SecretsManager::get_resource_policy},
      {"DeleteResourcePolicy", &SecretsManager::delete_resource_policy},
      {"ValidateResourcePolicy", &SecretsManager::validate_resource_policy},
  };
  return all;
}

Outcome SecretsManager::handle(const Request& request) {
  const auto found = handlers().find(request.action);
  if (found == handlers().end()) {
    return Fault{
        400,
        "UnknownOperationException",
        fmt::format("The operation {} is not one this simulator knows.", request.action)};
  }
  return (this->*found->second)(request);
}

void SecretsManager::advance() {
  const std::int64_t now = to_millis(world_.now());
  for (auto& [place, secrets] : places_) {
    std::erase_if(secrets, [now](const auto& secret) {
      const Value& forget_at = secret.second.get("ForgetAt");
      return forget_at.is_int() && forget_at.as_int() <= now;
    });
  }
}

Value SecretsManager::save() const {
  Object places;
  for (const auto& [place, secrets] : places_) {
    Object saved;
    for (const auto& [name, secret] : secrets) {
      saved.push_back({name, secret});
    }
    places.push_back({place, saved});
  }
  return Value::object({{"places", places}});
}

void SecretsManager::load(const Value& saved) {
  places_.clear();
  const Value& places = saved.get("places");
  if (!places.is_object()) {
    return;
  }
  for (const auto& [place, secrets] : places.as_object()) {
    for (const auto& [name, secret] : secrets.as_object()) {
      places_[place][name] = secret;
    }
  }
}

Neighbours::SecretFacts SecretsManager::find_secret(
    const std::string& account, const std::string& region, const std::string& name_or_arn
) const {
  Neighbours::SecretFacts facts;
  const Arn arn = parse_arn(name_or_arn);
  const std::string& where = arn.is_arn ? arn.region : region;
  const auto place = places_.find(place_of(account, where));
  if (place == places_.end()) {
    return facts;
  }
  const Value* secret = find_in(place->second, account, where, name_or_arn);
  if (secret == nullptr || has_param(*secret, "DeletedDate")) {
    return facts;
  }
  facts.exists = true;
  facts.arn = secret->text_of("ARN");
  facts.kms_key_id = secret->text_of("KmsKeyId");
  const Value& version = secret->get("Versions").get(version_with_stage(*secret, "AWSCURRENT"));
  facts.value = version.text_of("SecretString");
  return facts;
}

SecretsManager::Secrets& SecretsManager::secrets_of(const Request& request) {
  return places_[place_of(request.account, request.region)];
}

Value* SecretsManager::find_named(const Request& request) {
  return find_in(
      secrets_of(request), request.account, request.region, text_param(request.params, "SecretId")
  );
}

Value* SecretsManager::find_usable(const Request& request, std::optional<Fault>& fault) {
  Validation validation(request.params);
  validation.required("SecretId");
  validation.length("SecretId", 1, 2048);
  fault = validation.fault("ValidationException");
  if (fault) {
    return nullptr;
  }
  Value* secret = find_named(request);
  if (secret == nullptr) {
    fault = no_such_secret();
    return nullptr;
  }
  if (has_param(*secret, "DeletedDate")) {
    fault = Fault{
        400,
        "InvalidRequestException",
        "You can't perform this operation on the secret because it was marked for deletion."};
    return nullptr;
  }
  return secret;
}

Fault no_such_secret() {
  return {400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."};
}

Value name_secret(const Value& secret) {
  return Value::object({{"ARN", secret.get("ARN")}, {"Name", secret.get("Name")}});
}

std::unique_ptr<Service> make_secretsmanager(World& world, Neighbours& neighbours) {
  auto manager = std::make_unique<SecretsManager>(world, neighbours);
  neighbours.find_secret =
      [service = manager.get()](
          const std::string& account, const std::string& region, const std::string& name_or_arn
      ) { return service->find_secret(account, region, name_or_arn); };
  neighbours.keep_secret = [service = manager.get()](
                               const std::string& account,
                               const std::string& region,
                               const Neighbours::ServiceSecret& secret
                           ) { return service->keep_secret(account, region, secret); };
  return manager;
}

}  // namespace plumbline::sim
