// What the program lends its language server: reading and judging a stack as `lint` does, and what
// `explain` says.
#pragma once

#include "controller/cli/session.h"
#include "controller/lsp/workspace.h"

namespace plumbline {

/// Both outlive it.
LanguageHost language_host(const Options& options, const Catalog& catalog);

}  // namespace plumbline
