// Guards: what a plan must not do unless somebody said so in as many words: delete more than a
// few, believe a manifest that lost half of itself. Pure; a refusal is an error among the plan's
// problems, so that nothing of the plan is carried out.
#pragma once

#include "controller/plan/plan.h"

namespace plumbline {

/// Adds PL002 (more objects would go than --max-delete) and PL003 (most of the stack has lost its
/// blocks, and some of it would go). Not for the controller: it deletes nothing anyway.
void add_guards(Plan& plan, const Manifest& manifest, const StateImage& state);

/// max(5, 10 % of the stack), rounded down.
std::size_t default_max_delete(std::size_t stack_size);

}  // namespace plumbline
