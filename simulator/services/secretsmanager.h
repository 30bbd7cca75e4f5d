// Secrets Manager of the simulated AWS: secrets, their versions with staging labels, their resource
// policies and their slow death. Owned by the Simulator; it must not know who reads a secret:
// others look at it through Neighbours::find_secret.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"
#include "simulator/services/params.h"

namespace plumbline::sim {

class SecretsManager final : public Service {
 public:
  SecretsManager(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "secretsmanager"; }
  Outcome handle(const Request& request) override;
  /// Removes the secrets whose recovery window is over.
  void advance() override;
  /// {"places": {"account/region": {name: secret}}}
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

  [[nodiscard]] Neighbours::SecretFacts find_secret(
      const std::string& account, const std::string& region, const std::string& name_or_arn
  ) const;
  /// As Neighbours::keep_secret.
  std::string keep_secret(
      const std::string& account, const std::string& region, const Neighbours::ServiceSecret& given
  );

 private:
  /// A secret is {ARN, Name, Description?, KmsKeyId?, Tags?, Policy?, CreatedDate, LastChangedDate,
  /// LastAccessedDate?, DeletedDate?, ForgetAt?, IsPurged?, OwningService?, Versions {id:
  /// {CreatedDate, Stages, SecretString | SecretBinary, LastAccessedDate?}}}; times are
  /// milliseconds. A purged secret is gone for everyone but for its name, until ForgetAt.
  using Secrets = std::map<std::string, Value>;
  using Handler = Outcome (SecretsManager::*)(const Request&);
  static const std::map<std::string_view, Handler>& handlers();

  // Secrets (secretsmanager_secrets.cc).
  Outcome create_secret(const Request& request);
  Outcome describe_secret(const Request& request);
  Outcome update_secret(const Request& request);
  Outcome list_secrets(const Request& request);
  Outcome delete_secret(const Request& request);
  Outcome restore_secret(const Request& request);
  Outcome tag_resource(const Request& request);
  Outcome untag_resource(const Request& request);

  // Values (secretsmanager_versions.cc).
  Outcome get_secret_value(const Request& request);
  Outcome put_secret_value(const Request& request);
  Outcome list_secret_version_ids(const Request& request);
  Outcome update_secret_version_stage(const Request& request);

  // Resource policies (secretsmanager_policies.cc).
  Outcome put_resource_policy(const Request& request);
  Outcome get_resource_policy(const Request& request);
  Outcome delete_resource_policy(const Request& request);
  Outcome validate_resource_policy(const Request& request);

  Secrets& secrets_of(const Request& request);
  /// The secret `request` names by SecretId; null when there is none or it is purged.
  Value* find_named(const Request& request);
  /// The named secret if it can be worked with, else a fault in `fault`.
  Value* find_usable(const Request& request, std::optional<Fault>& fault);
  // Keys, and secrets that services own (secretsmanager_keys.cc).
  /// As find_usable, for changes that a service's own secrets take from that service alone.
  Value* find_changeable(const Request& request, std::optional<Fault>& fault);
  /// Why values cannot be written or read under a key ("" is AWS's own).
  [[nodiscard]] std::optional<Fault> find_encryption_fault(
      const Request& request, const std::string& key
  ) const;
  [[nodiscard]] std::optional<Fault> find_decryption_fault(
      const Request& request, const std::string& key
  ) const;
  [[nodiscard]] bool is_key_usable(const Request& request, const std::string& key) const;
  Outcome replay_creation(const Request& request, const Value& secret) const;
  /// Adds the version the request carries; the version's id, or why not.
  std::variant<std::string, Fault> put_version(
      Value& secret, const Request& request, const std::vector<std::string>& stages
  );
  [[nodiscard]] std::optional<std::string> find_policy_fault(
      const Request& request, const std::string& text
  ) const;

  World& world_;
  Neighbours& neighbours_;
  std::map<std::string, Secrets> places_;
};

// --- shared by the files of this service -------------------------------------------------------

Fault no_such_secret();
/// Why a secret that a service owns stays as it is.
Fault owned_by_service(const Value& secret);
/// {ARN, Name} of a secret.
Value name_secret(const Value& secret);
/// {version id: [stages]} of the versions that have any.
Value stages_by_version(const Value& secret);
/// Gives `stages` to the version `id`, taking them from the others; AWSPREVIOUS follows AWSCURRENT.
void move_stages(Value& secret, const std::string& id, const std::vector<std::string>& stages);
/// The version that carries `stage`; "" when none does.
std::string version_with_stage(const Value& secret, std::string_view stage);
/// What is wrong with the value and the token a request brings.
std::optional<Fault> check_value(const Value& params);
[[nodiscard]] bool has_value(const Value& params);
/// The version holds just what the request brings.
[[nodiscard]] bool holds_value(const Value& version, const Value& params);

}  // namespace plumbline::sim
