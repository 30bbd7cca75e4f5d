// The gate before the services: whether the caller's policies let a request happen, and each
// service's way of saying that they do not. Off for keys without policies. Owned by the Simulator.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/access_objects.h"
#include "simulator/access_policy.h"
#include "simulator/access_rules.h"
#include "simulator/auth.h"

namespace plumbline::sim {

class AccessGate {
 public:
  /// All three outlive the gate.
  AccessGate(const Services& services, const Neighbours& neighbours, World& world)
      : objects_(services), neighbours_(neighbours), world_(world) {}

  /// From now on the key may do what these documents allow and nothing else; its sessions of roles
  /// may do what the role's policies allow. Without documents it may do everything again. Returns
  /// why a document is of no use; "" when all are taken.
  std::string restrict(const std::string& key_id, const std::vector<std::string>& documents);
  /// Nothing when everything the request needs is allowed. What was asked goes to `asked`.
  std::optional<Fault> check(
      const Caller& caller, const Request& request, std::vector<AccessAsked>& asked
  ) const;

 private:
  [[nodiscard]] std::optional<std::vector<Value>> policies_of(const Caller& caller) const;
  [[nodiscard]] std::vector<Need> all_needs(const Request& request) const;
  [[nodiscard]] ContextKeys keys_of(const Caller& caller, const Request& request, const Need& need)
      const;

  AccessObjects objects_;
  const Neighbours& neighbours_;
  World& world_;
  std::map<std::string, std::vector<Value>> policies_;  ///< By access key id.
};

}  // namespace plumbline::sim
