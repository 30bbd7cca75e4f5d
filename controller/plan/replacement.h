// Replacement: when an object has to give way to a new one, and whether it may. Pure.
#pragma once

#include <optional>
#include <string>

#include "controller/plan/plan.h"

namespace plumbline {

/// "engine, masterUsername cannot be changed in place".
std::string unchangeable(const Difference& difference);

/// True when its service never mends the state it is in.
bool is_beyond_repair(const Kind& kind, const Observation& seen);

/// True when the new object would collide with the old one's name.
bool keeps_natural_key(const Change& change);

/// Why the object must not be replaced, and what to do about that.
struct ReplacementRefusal {
  std::string why, help;
};
/// Nothing when it may: what is protected, holds data that nobody gave up by name, or is proven not
/// to carry our owner tag stays. `account_id` is that of the change's account.
std::optional<ReplacementRefusal> replacement_refusal(
    const Change& change,
    const Observation& seen,
    const PlanInput& input,
    const std::string& account_id
);

}  // namespace plumbline
