// What a rule is and what it may look at: the manifest, its graph and catalog, and the facts about
// its networks that are worked out once for all rules. Read-only; no network, no state.
#pragma once

#include <string_view>

#include "controller/config/catalog.h"
#include "controller/config/graph.h"
#include "controller/config/manifest.h"

namespace plumbline {

struct LintFacts;

struct LintContext {
  const Manifest& manifest;
  const Graph& graph;
  const Catalog& catalog;
  const LintFacts* facts = nullptr;  ///< Set by run_lint before the first rule; never by callers.
};

/// One row of the explicit, ordered table in lint.cc.
struct Rule {
  std::string_view id;  ///< "PX001"
  Severity severity;
  std::string_view summary;  ///< Constant headline of its findings.
  std::string_view why;      ///< What AWS would do, and when one would notice.
  std::string_view help;     ///< What to do about it.
  void (*check)(const Rule& rule, const LintContext& context, Diagnostics& out);
};

}  // namespace plumbline
