// Document flaws: what IAM, KMS or Secrets Manager do not take of a policy, or what means nothing
// in it, as far as the policy is known. Knows no rule.
#pragma once

#include <optional>
#include <string>

#include "controller/base/value.h"

namespace plumbline {

/// kOwn: of a key or a secret, which says who may use it.
enum class PolicyKind { kIdentity, kTrust, kOwn };

struct Flaw {
  std::string path, what, cure;
  std::string word = {}, instead = {};  ///< What mends it, when that takes no decision.
};

/// The first of a document that `path` of its resource leads to.
std::optional<Flaw> flaw_of(const Value& document, const std::string& path, PolicyKind kind);

}  // namespace plumbline
