// Grant: something that IAM must allow, as a schema says it (word `iam`). A plain value inside a
// Kind; plan/permissions makes statements of it, nobody else reads it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/config/expr.h"

namespace plumbline {

struct Grant {
  std::vector<std::string> actions;  ///< "iam:PassRole"; empty = the call itself.
  std::string refers_to;  ///< The resources that this property names; "" with no `on` = one's own.
  std::optional<Template> on;  ///< An ARN, or "*".
  std::optional<Expr> when;
  std::vector<std::pair<std::string, std::string>> where;  ///< Condition key → value.
};

}  // namespace plumbline
