// Policy: what a role's policies surely allow, surely do not allow, or leave open, for names that
// are known and identifiers that are not known before something is created.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/lint/rules/topology.h"

namespace plumbline {

/// An ARN whose characters that AWS will choose (account, random suffix) are kAnyChar.
using SymbolicArn = std::string;
inline constexpr char kAnyChar = '\x02';

/// Nothing when its name or region is not known.
std::optional<SymbolicArn> secret_arn(const Resource& secret);

/// The text of a policy's value with what AWS will choose as kAnyChar; nothing when that is not
/// enough to say anything.
std::optional<SymbolicArn> expand_arn(const Manifest& manifest, const Value& value);
/// Whether a pattern with * and ? means the text.
Answer arn_matches(std::string_view pattern, std::string_view text);
/// What rds-db:connect to a proxy as the user is asked of.
std::optional<SymbolicArn> proxy_connect_arn(const Resource& proxy, std::string_view user);

/// A request that a role would make.
struct Ask {
  std::string_view action;              ///< "secretsmanager:GetSecretValue"
  std::optional<SymbolicArn> resource;  ///< Nothing: some resource; which one is not known.
  std::string via_service;              ///< What kms:ViaService would be; "" when it has none.
  const Resource* subject = nullptr;    ///< Whose id that AWS will choose `resource` holds.
};

/// Inline and managed policies together; never a sure no while one of them cannot be read.
Answer role_allows(const Manifest& manifest, const Resource& role, const Ask& ask);

/// Whether the role's trust policy lets the service ("rds.amazonaws.com") take the role on.
Answer role_trusts(const Resource& role, std::string_view service);

}  // namespace plumbline
