// LintContext: what a rule may look at. Read-only; no network, no state.
#pragma once

#include "controller/config/catalog.h"
#include "controller/config/graph.h"
#include "controller/config/manifest.h"

namespace plumbline {

struct LintContext {
  const Manifest& manifest;
  const Graph& graph;
  const Catalog& catalog;
};

}  // namespace plumbline
