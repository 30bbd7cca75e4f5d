// Lint: what can be proven about a manifest offline, before any call. One-property rules are schema
// data and were judged when the manifest was loaded; here are the rules about several resources.
#pragma once

#include <span>
#include <string_view>

#include "controller/lint/context.h"

namespace plumbline {

/// One row of the explicit, ordered table in lint.cc.
struct Rule {
  std::string_view id;  ///< "PX001"
  Severity severity;
  std::string_view summary;  ///< Constant headline of its findings.
  std::string_view why;      ///< What AWS would do, and when one would notice.
  std::string_view help;     ///< What to do about it.
  void (*check)(const Rule& rule, const LintContext& context, Diagnostics& out);
};

std::span<const Rule> rules();
const Rule* find_rule(std::string_view id);

/// All rules and the schemas' own validations (`validate:`), sorted by place.
Diagnostics run_lint(const LintContext& context);

}  // namespace plumbline
