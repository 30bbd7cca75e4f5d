// The rows of the command table: one function a command, in the command's own file. Each says what
// the command takes and runs it: options in, exit status out, everything else through the Terminal.
#pragma once

#include <span>
#include <string>

#include "controller/cli/command.h"

namespace plumbline {

CommandSpec lint_command(Options& options);
CommandSpec plan_command(Options& options);
CommandSpec apply_command(Options& options);
CommandSpec destroy_command(Options& options);
CommandSpec import_command(Options& options);
CommandSpec adopt_command(Options& options);
CommandSpec controller_command(Options& options);
CommandSpec status_command(Options& options);
CommandSpec history_command(Options& options);
CommandSpec output_command(Options& options);
CommandSpec iam_policy_command(Options& options);
CommandSpec graph_command(Options& options);
CommandSpec explain_command(Options& options);
CommandSpec schema_command(Options& options);
CommandSpec lsp_command(Options& options);
CommandSpec simulate_command(Options& options);
/// `state` itself and every verb below it.
std::vector<CommandSpec> state_commands(Options& options);
CommandSpec help_command(Options& options);
CommandSpec man_command(Options& options);
CommandSpec completion_command(Options& options);
CommandSpec version_command(Options& options);

/// The whole program: parses, dispatches, returns the exit status. `words` lack the program's name.
int run_command_line(std::span<const std::string> words, Terminal& terminal);
int run_command_line(int argc, char** argv);

}  // namespace plumbline
