// Selection: the part of a plan that --target means. Pure.
#pragma once

#include "controller/plan/plan.h"

namespace plumbline {

/// Moves every change that is not the targets' business to `left_out` (problems and all), before
/// the steps are made. Business are the targets, what they need to be as declared, and what must
/// let go of an object that goes: changing half of such a group would end in AWS's refusal.
/// Without targets everything stays.
void select_targets(Plan& plan, const PlanInput& input);

}  // namespace plumbline
