// How IAM judges: the policies of a caller, and the one thing asked, make a verdict. Written from
// AWS's documentation of the evaluation logic and of the condition operators. Pure: it must not
// know services, who is calling, or where policies are kept.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/value.h"

namespace plumbline::sim {

/// The values of a condition key ("aws:requesttag/team", always in lower case); nothing when the
/// request has no such key.
using ContextKeys = std::function<std::optional<std::vector<std::string>>(const std::string& key)>;

struct AccessQuestion {
  std::string action;    ///< "ec2:CreateVpc"
  std::string resource;  ///< An ARN; "*" for actions without resource-level permissions.
  ContextKeys keys;
};

enum class Verdict {
  kAllowed,
  kNotAllowed,  ///< No statement allows it.
  kDenied,      ///< A statement denies it.
};

/// An explicit denial wins over every permission; what no statement allows is refused.
Verdict judge_access(const std::vector<Value>& documents, const AccessQuestion& question);

/// Every operator of the block holds, and under each every key.
bool holds_conditions(const Value& block, const ContextKeys& keys);
/// The first operator that is not known here; "" when all are.
std::string unknown_operator(const Value& block);

/// "${aws:username}" is the key's value, "${*}" the sign itself; nothing when a key is missing.
std::optional<std::string> fill_variables(std::string_view text, const ContextKeys& keys);

}  // namespace plumbline::sim
