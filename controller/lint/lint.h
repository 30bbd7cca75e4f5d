// Lint: what can be proven about a manifest offline, before any call. One-property rules are schema
// data and were judged when the manifest was loaded; here are the rules about several resources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "controller/lint/context.h"

namespace plumbline {

/// All rules, in the order of their ids.
std::span<const Rule> rules();
/// Null when there is none of that id.
const Rule* find_rule(std::string_view id);

/// What is wrong with `id` where people decide about a rule, and what to write: it is none, or a
/// finding that makes a manifest unusable. Nothing when a rule has it.
struct IdObjection {
  std::string detail, help;
};
std::optional<IdObjection> objection_to_id(std::string_view id);

/// Whether `lint --fix` mends findings of this id, at least some of them; those of the manifest's
/// words are among them.
bool can_be_mended(std::string_view id);

/// All rules and the schemas' own validations (`validate:`), sorted by place.
Diagnostics run_lint(const LintContext& context);

}  // namespace plumbline
