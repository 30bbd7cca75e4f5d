// One function a command: options in, exit status out; everything else through the Terminal.
#pragma once

#include "controller/cli/options.h"
#include "controller/cli/terminal.h"
#include "controller/config/catalog.h"

namespace plumbline {

Exit run_lint_command(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_plan(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_apply(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_destroy(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_controller(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_status(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_iam_policy(Terminal& terminal, const Options& options, Catalog& catalog);
Exit run_simulate(Terminal& terminal, const Options& options);

/// The whole program: parses, dispatches, returns the exit status.
int run_command_line(int argc, char** argv);

}  // namespace plumbline
