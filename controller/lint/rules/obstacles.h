// Obstacles: what keeps a role from a request so that no grant makes up for it, and where that is
// written: a Deny of its own policies or of the policy that a secret, a key or the role itself has,
// or a permissions boundary that leaves the action out. Only what is surely so.
#pragma once

#include <string>
#include <string_view>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/policy.h"

namespace plumbline {

struct Obstacle {
  const Resource* resource = nullptr;  ///< Whose text it is; null when nothing denies.
  std::string path = {};               ///< "inlinePolicies.guard.Statement.0"
  bool is_boundary = false;            ///< Not a Deny: the boundary allows it nowhere.

  [[nodiscard]] bool is_there() const { return resource != nullptr; }
};

/// By the role's policies, or by its boundary.
Obstacle obstacle_of_role(const LintContext& context, const Resource& role, const Ask& ask);
/// By the policy that `holder`, a secret or a key, has under `holder.path`.
Obstacle obstacle_of_holder(
    const LintContext& context, const Spot& holder, const Resource& role, const Ask& ask
);
/// By the role's trust policy, of a service that takes it on for `user`.
Obstacle obstacle_of_trust(
    const LintContext& context, const Resource& role, std::string_view service, const Resource& user
);

/// ", because `policies.guard` denies it", or "".
std::string because_of(const Obstacle& obstacle);
/// What to do instead of allowing it once more: "take kms:Decrypt out of the Deny in …".
std::string advice_against(const Obstacle& obstacle, std::string_view action);
/// The place of it.
Evidence evidence_of(const Reporting& reporting, const Obstacle& obstacle);

}  // namespace plumbline
