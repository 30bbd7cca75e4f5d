// KMS of the simulated AWS: keys with their policies, rotation and slow death, and aliases. It
// encrypts nothing: what a service keeps under a key is readable while the key can be used, which
// others ask through Neighbours::find_key. Owned by the Simulator.
// Facts: KMS API Reference, "Key states of AWS KMS keys", "Deleting AWS KMS keys".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/service.h"
#include "simulator/services/params.h"

namespace plumbline::sim {

class Kms final : public Service {
 public:
  Kms(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "kms"; }
  Outcome handle(const Request& request) override;
  /// Removes the keys whose waiting period is over, with their aliases.
  void advance() override;
  /// {"places": {"account/region": {"keys": {id: key}, "aliases": {name: alias}}}}
  [[nodiscard]] Value save() const override;
  void load(const Value& saved) override;

  [[nodiscard]] Neighbours::KeyFacts find_key(
      const std::string& account, const std::string& region, const std::string& id
  );

 private:
  /// A key is {KeyId, Arn, Description, KeySpec, KeyUsage, Origin, MultiRegion, KeyManager,
  /// KeyState, CreationDate, Policy, Tags [{TagKey, TagValue}], RotationPeriodInDays?,
  /// RotationStart?, DeletionDate?, PendingDeletionWindowInDays?, ForgetAt?}; an alias is
  /// {TargetKeyId, CreationDate, LastUpdatedDate}. Times are milliseconds.
  struct Place {
    std::map<std::string, Value> keys, aliases;
  };
  using Handler = Outcome (Kms::*)(const Request&);
  static const std::map<std::string_view, Handler>& handlers();

  // Keys (kms_keys.cc).
  Outcome create_key(const Request& request);
  Outcome describe_key(const Request& request);
  Outcome list_keys(const Request& request);
  Outcome update_key_description(const Request& request);
  Outcome enable_key(const Request& request);
  Outcome disable_key(const Request& request);
  Outcome schedule_key_deletion(const Request& request);
  Outcome cancel_key_deletion(const Request& request);
  Outcome tag_resource(const Request& request);
  Outcome untag_resource(const Request& request);
  Outcome list_resource_tags(const Request& request);

  // Policies and rotation (kms_policies.cc).
  Outcome get_key_policy(const Request& request);
  Outcome put_key_policy(const Request& request);
  Outcome list_key_policies(const Request& request);
  Outcome enable_key_rotation(const Request& request);
  Outcome disable_key_rotation(const Request& request);
  Outcome get_key_rotation_status(const Request& request);

  // Aliases (kms_aliases.cc).
  Outcome create_alias(const Request& request);
  Outcome update_alias(const Request& request);
  Outcome delete_alias(const Request& request);
  Outcome list_aliases(const Request& request);

  /// What an operation makes of a key that is disabled or waits for its deletion.
  enum class Demand { kAny, kNotDoomed, kEnabled };
  /// What operations accept as the name of a key: only some take aliases.
  enum class Naming { kIdOrArn, kAliasToo };
  std::variant<Value*, Fault> find(const Request& request, Demand demand, Naming naming);
  /// Ids and ARNs of keys, names and ARNs of aliases. AWS's own keys come into being when first
  /// named. Null when there is none.
  Value* look_up(const std::string& account, const std::string& region, const std::string& id);
  Value& add_key(
      const std::string& account, const std::string& region, bool is_of_aws, const Value& params
  );
  [[nodiscard]] std::optional<Fault> find_policy_fault(
      const Request& request, const std::string& text
  ) const;
  Place& place_of(const Request& request);

  World& world_;
  Neighbours& neighbours_;
  std::map<std::string, Place> places_;
};

// --- shared by the files of this service -------------------------------------------------------

/// The policy AWS gives a key that is made without one.
std::string default_key_policy(const std::string& account);
std::string alias_arn(const Request& request, std::string_view name);
/// A page of `all` under `key`, in the words of KMS: Marker, Limit, Truncated, NextMarker.
Outcome kms_page(
    const Request& request,
    std::string_view key,
    const std::vector<Named>& all,
    std::size_t fallback
);

}  // namespace plumbline::sim
