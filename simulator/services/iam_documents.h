// The grammar and the reading of IAM policy documents: what AWS refuses, who is named, and what a
// set of documents lets happen. Owned by the IAM service, read by the ones that check roles and
// resource policies. It must not know where documents are kept or which principals exist.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim {

enum class DocumentKind {
  kIdentity,  ///< What a role may do: no principal, needs resources.
  kTrust,     ///< Who may assume a role: needs principals, no resources.
  kResource,  ///< Who may use a secret: principals and resources.
};

/// Why AWS would call the document malformed, in its words; nothing when it is well formed, and
/// then `parsed` holds it.
std::optional<std::string> find_document_fault(
    std::string_view text, DocumentKind kind, Value& parsed
);

struct Principal {
  std::string type;  ///< "AWS", "Service", "Federated", "CanonicalUser"
  std::string name;
};
/// Everyone the document names; a bare "*" counts as {"AWS", "*"}.
std::vector<Principal> principals_of(const Value& document);
/// The document with every AWS principal replaced by what `rename` makes of it.
Value rename_principals(
    Value document, const std::function<std::string(const std::string&)>& rename
);

/// Some statement allows `action` and no unconditional one denies it. Resources and conditions of
/// allowing statements are taken as fulfilled.
bool allows_action(const std::vector<Value>& documents, std::string_view action);
/// The trust policy lets the AWS service ("lambda.amazonaws.com") assume the role.
bool trusts_service(const Value& trust_policy, std::string_view service);
/// Some statement without a condition allows everyone.
bool is_public(const Value& document);
/// What counts against IAM's size quotas: the bytes that are not white space.
std::size_t document_size(std::string_view text);

}  // namespace plumbline::sim
