// Render: a plan as text for eyes and as JSON for machines. Neither ever holds a secret's text.
#pragma once

#include <string>

#include "controller/plan/plan.h"

namespace plumbline {

/// Grouped by what is done: each change with its id, its place in the manifest and its reason;
/// below it what goes from what to what; at the end the counts.
std::string render_plan(const Plan& plan, Colour colour);
/// As schemas/plan.schema.json says. Secrets and unknowns are still Values: show_json hides them.
Value plan_to_json(const Plan& plan);
/// "3 to create, 1 to update" or "no changes".
std::string summarise(const Plan& plan);

}  // namespace plumbline
