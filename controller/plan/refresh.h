// Refresh: what the world has become since the state last looked, and nothing about what the
// manifest wants. And what a change saw, in the form in which a saved plan keeps it. Pure.
#pragma once

#include "controller/plan/plan.h"

namespace plumbline {

/// Adds a change for each row of the state: forget when the object is gone, refresh when what it
/// holds moved, none when it is as last seen. Rows of collections and tags are never recorded as
/// seen, so those that came or went are told as warnings.
void add_refreshes(Plan& plan, const PlanInput& input);

/// {presence, id} of what a change was judged by; for what would go, its compared
/// properties and the keys of its collections' rows, too: its loss was agreed to as it was. Null
/// for kNone.
Value saw_of(const Change& change, const PlanInput& input);

}  // namespace plumbline
