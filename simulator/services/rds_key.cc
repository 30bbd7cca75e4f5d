// Keys that RDS encrypts with, and the secret in which it keeps a master user's password itself.
// Facts: "Password management with Amazon RDS and AWS Secrets Manager".
#include <fmt/format.h>

#include "controller/base/json.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {

Key resolve_key(const Place& place, const std::string& id) {
  const Neighbours::KeyFacts facts =
      place.neighbours.find_key(place.store.account, place.store.region, id);
  if (facts.is_usable()) {
    return {facts.arn, std::nullopt};
  }
  return {
      "",
      refuse(
          "KMSKeyNotAccessibleFault",
          fmt::format(
              "The specified KMS key [{}] does not exist, is not enabled or you do not have "
              "permissions to access it.",
              id
          )
      )};
}

Refusal check_master_secret(const Place& place, const Value& params, const Value& instance) {
  Reader read(params);
  const bool is_kept = !instance.get("shown").get("MasterUserSecret").is_null();
  const bool is_wanted = read.flag("ManageMasterUserPassword", is_kept);
  const bool rotates = read.flag("RotateMasterUserPassword", false);
  if (read.fault()) {
    return read.fault();
  }
  if (is_wanted && read.has("MasterUserPassword")) {
    return refuse(
        "InvalidParameterCombination",
        "You can't specify MasterUserPassword for an instance whose master user password is "
        "managed by RDS in AWS Secrets Manager."
    );
  }
  if (is_kept && !is_wanted && !read.has("MasterUserPassword")) {
    return refuse(
        "InvalidParameterCombination",
        "MasterUserPassword is required when ManageMasterUserPassword is turned off."
    );
  }
  if (rotates && (!is_kept || !read.flag("ApplyImmediately", false))) {
    return refuse(
        "InvalidParameterCombination",
        "RotateMasterUserPassword needs a password that RDS manages, and ApplyImmediately."
    );
  }
  if (!read.has("MasterUserSecretKmsKeyId")) {
    return std::nullopt;
  }
  if (!is_wanted || is_kept) {
    return refuse(
        "InvalidParameterCombination",
        "MasterUserSecretKmsKeyId can be specified only when ManageMasterUserPassword is turned on."
    );
  }
  return resolve_key(place, read.text("MasterUserSecretKmsKeyId")).fault;
}

std::string make_password(const Place& place) {
  return place.world.make_word(28);
}

void keep_master_secret(
    const Place& place, Value& instance, const std::string& password, const std::string& key
) {
  Value& shown = *instance.find("shown");
  const Store& store = place.store;
  const std::string arn = shown.get("MasterUserSecret").text_of("SecretArn");
  const std::string used = resolve_key(place, key.empty() ? "alias/aws/secretsmanager" : key).arn;
  Neighbours::ServiceSecret secret;
  secret.arn = arn;
  secret.name = "rds!db-" + place.world.make_uuid();
  secret.owner = "rds";
  secret.description = fmt::format(
      "The secret associated with the primary RDS DB instance: {}", shown.text_of("DBInstanceArn")
  );
  secret.kms_key_id = key;
  secret.value =
      wire_json(Value::object({{"username", shown.get("MasterUsername")}, {"password", password}}));
  const auto tag = [](std::string_view name, const Value& value) {
    return Value::object({{"Key", name}, {"Value", value}});
  };
  secret.tags = Value::list(
      {tag("aws:rds:primaryDBInstanceArn", shown.get("DBInstanceArn")),
       tag("aws:secretsmanager:owningService", "rds")}
  );
  const std::string kept = place.neighbours.keep_secret(store.account, store.region, secret);
  if (arn.empty()) {
    shown.set(
        "MasterUserSecret",
        Value::object({{"SecretArn", kept}, {"SecretStatus", "creating"}, {"KmsKeyId", used}})
    );
  }
}

void drop_master_secret(const Place& place, Value& instance) {
  Value& shown = *instance.find("shown");
  const std::string arn = shown.get("MasterUserSecret").text_of("SecretArn");
  if (arn.empty()) {
    return;
  }
  Neighbours::ServiceSecret secret;
  secret.arn = arn;
  place.neighbours.keep_secret(place.store.account, place.store.region, secret);
  shown.erase("MasterUserSecret");
}

}  // namespace plumbline::sim::rds
