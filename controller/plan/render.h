// Render: a plan as text for eyes and as JSON for machines.
#pragma once

#include <string>

#include "controller/plan/plan.h"

namespace plumbline {

/// Terraform-like listing: what, why, which field from what to what, and the counts.
std::string render_plan(const Plan& plan, Colour colour);
/// {version, stack, account, counts, changes: [{address, kind, action, reason, id, fields, …}]}
Value plan_to_json(const Plan& plan);
/// "3 to create, 1 to update" or "no changes".
std::string summarise(const Plan& plan);

}  // namespace plumbline
