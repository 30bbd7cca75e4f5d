// What Secrets Manager has to do with others: the keys its values are encrypted with, and the
// secrets that AWS services keep in it.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/secretsmanager.h"

namespace plumbline::sim {

Fault owned_by_service(const Value& secret) {
  return {
      400,
      "InvalidRequestException",
      fmt::format(
          "You can't perform this operation on the secret because it is managed by {}; change it "
          "there.",
          secret.text_of("OwningService")
      )};
}

Value* SecretsManager::find_changeable(const Request& request, std::optional<Fault>& fault) {
  Value* secret = find_usable(request, fault);
  if (secret != nullptr && has_param(*secret, "OwningService")) {
    fault = owned_by_service(*secret);
    return nullptr;
  }
  return secret;
}

bool SecretsManager::is_key_usable(const Request& request, const std::string& key) const {
  if (key.empty() || !neighbours_.find_key) {
    return true;
  }
  return neighbours_.find_key(request.account, request.region, key).is_usable();
}

std::optional<Fault> SecretsManager::find_encryption_fault(
    const Request& request, const std::string& key
) const {
  if (is_key_usable(request, key)) {
    return std::nullopt;
  }
  return Fault{
      400,
      "EncryptionFailure",
      "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check "
      "that the KMS key is available, enabled, and not in an invalid state."};
}

std::optional<Fault> SecretsManager::find_decryption_fault(
    const Request& request, const std::string& key
) const {
  if (is_key_usable(request, key)) {
    return std::nullopt;
  }
  return Fault{
      400,
      "DecryptionFailure",
      "Secrets Manager can't decrypt the protected secret text using the provided KMS key."};
}

std::string SecretsManager::keep_secret(
    const std::string& account, const std::string& region, const Neighbours::ServiceSecret& given
) {
  Request request;
  request.account = account;
  request.region = region;
  request.params = Value::object({{"SecretId", given.arn}, {"SecretString", given.value}});
  Secrets& secrets = secrets_of(request);
  Value* secret = given.arn.empty() ? nullptr : find_named(request);
  if (given.value.is_null()) {
    if (secret != nullptr) {
      secrets.erase(secret->text_of("Name"));
    }
    return "";
  }
  if (secret == nullptr) {
    const std::int64_t now = to_millis(world_.now());
    secret = &secrets[given.name];
    *secret = Value::object(
        {{"ARN",
          fmt::format(
              "arn:aws:secretsmanager:{}:{}:secret:{}-{}",
              region,
              account,
              given.name,
              world_.make_word(6)
          )},
         {"Name", given.name},
         {"Description", given.description},
         {"OwningService", given.owner},
         {"Tags", given.tags},
         {"CreatedDate", now},
         {"LastChangedDate", now},
         {"Versions", Object{}}}
    );
    if (!given.kms_key_id.empty()) {
      secret->set("KmsKeyId", given.kms_key_id);
    }
  }
  put_version(*secret, request, {"AWSCURRENT"});
  return secret->text_of("ARN");
}

}  // namespace plumbline::sim
