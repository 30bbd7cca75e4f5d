// Steps: the order in which a plan's changes are carried out.
#pragma once

#include "controller/plan/plan.h"

namespace plumbline {

/// Fills plan.steps from plan.changes: creation follows the graph's points, deletion goes against
/// the dependencies that were recorded when things were applied, and what is updated lets go before
/// what it let go of is deleted.
void add_steps(Plan& plan, const Graph& graph, const Manifest& manifest, const StateImage& state);

}  // namespace plumbline
