// Policy: what a role's policies surely allow, surely do not allow, or leave open, together with
// its permissions boundary and with the policies that keys and secrets have of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/lint/rules/arns.h"
#include "controller/lint/rules/conditions.h"

namespace plumbline {

/// Calls `visit` with the value, or with every element when it is a list.
template <class Visit>
void for_each_item(const Value& value, const Visit& visit) {
  if (!value.is_list()) {
    visit(value);
    return;
  }
  for (const Value& item : value.as_list()) {
    visit(item);
  }
}

/// Whether a statement is about the action, which is in small letters: by Action, or by NotAction.
Answer actions_match(const Value& statement, const std::string& action);

/// A request that a role would make.
struct Ask {
  std::string_view action;              ///< "secretsmanager:GetSecretValue"
  std::optional<SymbolicArn> resource;  ///< Nothing: some resource; which one is not known.
  const Resource* subject = nullptr;    ///< Whose id that AWS will choose `resource` holds.
  RequestContext request = {};          ///< For conditions.
};

/// What is known of a request that the role makes about the thing.
RequestContext request_of(const Manifest& manifest, const Resource& role, const Resource& thing);

/// "kmsKey", or what says which key encrypts the secret that RDS keeps for a database.
std::string_view key_property(const Resource& holder);

/// The role reads the secret, or decrypts it with the key that is written for it. Here and below a
/// secret may be a database, for the one that RDS keeps for it.
Ask ask_to_read(const Manifest& manifest, const Resource& role, const Resource& secret);
Ask ask_to_decrypt(const Manifest& manifest, const Resource& role, const Resource& secret);

/// Whether a statement of a role's policy is about the request, by its actions, resources and
/// conditions.
Answer is_about(const Manifest& manifest, const Value& statement, const Ask& ask);
/// The same of a statement of the policy that a key or a secret has of its own, by its principals,
/// actions and conditions: its Resource is the thing itself, however it is written.
Answer is_about(
    const Manifest& manifest, const Value& statement, const Resource& role, const Ask& ask
);

/// What of such a statement surely keeps the role out, as ".Principal"; "" when nothing does.
std::string failing_part(
    const Manifest& manifest, const Value& statement, const Resource& role, const Ask& ask
);

/// Inline and managed policies together, inside of the permissions boundary; never a sure no while
/// one of them cannot be read.
Answer role_allows(const Manifest& manifest, const Resource& role, const Ask& ask);

/// Whether the role's permissions boundary leaves room for it; kYes when it has none.
Answer boundary_allows(const Manifest& manifest, const Resource& role, const Ask& ask);

/// What the policy of a key or a secret says about a role.
struct OwnPolicy {
  Answer names = Answer::kNo;      ///< It lets the role in by itself.
  Answer delegates = Answer::kNo;  ///< It leaves the decision to the account's own policies.
  Answer denies = Answer::kNo;
};
OwnPolicy judge_own_policy(
    const Manifest& manifest, const Value& policy, const Resource& role, const Ask& ask
);

/// Whether the role gets the secret's value, its own policies and the secret's taken together.
Answer role_reads(const Manifest& manifest, const Resource& role, const Resource& secret);
/// The same of decrypting it; kYes when AWS's own key encrypts it.
Answer role_decrypts(const Manifest& manifest, const Resource& role, const Resource& secret);

/// The secret has a key that is not AWS's own.
bool has_own_key(const Resource& secret);
/// The key of this manifest that encrypts the secret, when its policy is written and can be read.
const Resource* key_with_policy(const Manifest& manifest, const Resource& secret);
/// By the policy of the secret's key neither the role nor the account may decrypt: SK007 says so.
bool is_kept_out_by_key(const Manifest& manifest, const Resource& role, const Resource& secret);

}  // namespace plumbline
