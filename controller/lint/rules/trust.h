// Trust: whether a role lets a service take it on for a resource, by its trust policy alone. Knows
// no rule.
#pragma once

#include <string_view>

#include "controller/lint/rules/arns.h"

namespace plumbline {

/// Whether the role's trust policy lets the service ("rds.amazonaws.com") take the role on for
/// `user`, a resource of it.
Answer role_trusts(
    const Manifest& manifest, const Resource& role, std::string_view service, const Resource& user
);
/// Whether one statement of a trust policy lets it in, or keeps it out when it is a Deny.
Answer is_trust(
    const Manifest& manifest, const Value& statement, std::string_view service, const Resource& user
);

/// Where the one statement that comes near to letting the service in fails: its principal, its
/// action or a condition. "trustPolicy" when there is no such statement, or more than one.
std::string near_trust(
    const Manifest& manifest, const Resource& role, std::string_view service, const Resource& user
);

}  // namespace plumbline
