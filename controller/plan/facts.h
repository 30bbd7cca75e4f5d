// Facts: what is known about every resource right now: physical ids, ARNs and attributes, by
// address. References and interpolations resolve against it. Filled by observation, grown as steps
// finish.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controller/base/value.h"
#include "controller/config/manifest.h"
#include "controller/plan/account_ids.h"

namespace plumbline {

/// What others may know of one resource.
struct ResourceFacts {
  const Kind* kind = nullptr;
  std::string id;  ///< Physical id; "" until it exists.
  std::string account, region;
  Value attributes;  ///< Bound properties as last observed, over the declared ones.
  bool exists = false;
  /// Set while a planned creation or replacement has not happened: what was observed is about to
  /// go.
  bool is_stale = false;
  /// The physical name it was made with, where the manifest leaves the name to the address: it
  /// keeps it. "" = the manifest's.
  std::string kept_name;
};

class Facts {
 public:
  Facts(AccountIds accounts, std::string default_region)
      : accounts_(std::move(accounts)), region_(std::move(default_region)) {}

  ResourceFacts& at(const Address& address) { return resources_[address]; }
  /// The value of a generated input.
  void set_input(const std::string& name, Value value) { inputs_[name] = std::move(value); }
  [[nodiscard]] const ResourceFacts* find(const Address& address) const;
  [[nodiscard]] const AccountIds& accounts() const { return accounts_; }

  /// The attribute's value, or Value::unknown when it is not known yet.
  [[nodiscard]] Value look_up(const Reference& reference) const;
  /// Where a resource is: the 12-digit id of its "account", or its "region".
  [[nodiscard]] Value home_of(
      const std::string& account, const std::string& region, std::string_view word
  ) const;
  /// Replaces references and concats inside `value`. A concat with a secret part is a secret, with
  /// an unknown part unknown.
  [[nodiscard]] Value resolve(const Value& value) const;

 private:
  AccountIds accounts_;
  std::string region_;
  std::map<Address, ResourceFacts> resources_;
  std::map<std::string, Value> inputs_;
};

/// The name a resource was made with: as applied, else as `seen` shows it when the resource is
/// being imported. "" where the manifest writes the name, or nothing was made yet.
std::string name_to_keep(const Resource& resource, const Value* applied, const Value* seen);
/// What a resource that is not looked at yet is known to be.
void declare(ResourceFacts& facts, const Resource& resource, std::string kept_name);
/// It is there with this id, and with `properties` over what was declared.
void know(ResourceFacts& facts, const std::string& id, const Value& properties);

/// The ARN of a resource: the kind's ARN property, or its format filled in. "" when not known.
std::string arn_of(
    const Kind& kind,
    const std::string& id,
    const Value& attributes,
    const std::string& account_id,
    const std::string& region
);

}  // namespace plumbline
