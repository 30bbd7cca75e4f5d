// Permissions: what a manifest's calls take of IAM, no more and no less, read off the schemas
// (word `iam`). Pure; asks nothing of AWS and names no action of its own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/config/manifest.h"

namespace plumbline {

/// What the permissions are for; each holds what the runs of that command may call.
enum class Purpose {
  kPlan,        ///< Reads.
  kController,  ///< Reads, creations, corrections; it deletes and replaces nothing.
  kApply,       ///< All of that, and deletions.
  kDestroy,     ///< Reads and deletions.
};
std::string_view name_of(Purpose purpose);

struct PolicyStatement {
  std::string sid;
  std::vector<std::string> actions, resources;  ///< Sorted.
  Value condition;                              ///< {Operator: {key: value}}, or null.
};
/// {Sid, Effect, Action, Resource, Condition} as IAM takes it.
Value to_json(const PolicyStatement& statement);

/// By the name of the account in the manifest; "" is the one whose credentials plumbline is given.
using Permissions = std::map<std::string, std::vector<PolicyStatement>>;

struct PermissionInput {
  const Manifest& manifest;
  const Catalog& catalog;
  std::string account_id;  ///< 12 digits; of the account "".
  std::string region;      ///< Where the manifest names none.
};
Permissions needed_permissions(const PermissionInput& input, Purpose purpose);

/// Characters that IAM allows in a managed policy.
inline constexpr std::size_t kPolicyLimit = 6144;
/// Documents of at most kPolicyLimit characters that together hold the statements.
std::vector<Value> policy_documents(const std::vector<PolicyStatement>& statements);

/// What AWS's refusal says was not allowed. The action is "" when it does not say.
struct Denial {
  std::string action, resource;
  bool is_explicit = false;  ///< A statement denies it; none that allows it would help.
};
Denial read_denial(const Error& error);
/// The next step after a refusal: the statement that is missing; "" when `error` is none. What a
/// run may do is worked out for the first refusal that needs it, and kept in `known` for the
/// others.
std::string explain_denial(
    const PermissionInput& input,
    Purpose purpose,
    const Error& error,
    std::optional<Permissions>& known
);

}  // namespace plumbline
