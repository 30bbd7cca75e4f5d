// Conditions of policy statements: whether they hold for a request of which some keys are known.
// Knows neither roles nor rules.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/lint/rules/arns.h"

namespace plumbline {

/// Keys in lower case ("kms:viaservice") with their values; of a key that is not here nothing is
/// known.
/// kAbsent is the value of a key that a request surely does not have.
using RequestContext = std::vector<std::pair<std::string_view, SymbolicArn>>;

inline constexpr std::string_view kAbsent{&kNoChar, 1};

/// Of `Condition`, which may be missing: all of its operators hold for all of their keys. Ids that
/// AWS will choose are the `subject`'s in the request; those of others never equal them.
Answer conditions_hold(
    const Manifest& manifest,
    const Value& condition,
    const RequestContext& request,
    const Resource* subject
);

/// The operator without ForAllValues:, ForAnyValue: and IfExists is one that IAM has.
bool is_condition_operator(std::string_view word);

}  // namespace plumbline
