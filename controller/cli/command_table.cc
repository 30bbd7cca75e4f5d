// The table of all commands, in the order of help.
#include "controller/cli/commands.h"

namespace plumbline {

std::vector<CommandSpec> all_commands(Options& options) {
  std::vector<CommandSpec> all = {
      plan_command(options),
      apply_command(options),
      destroy_command(options),
      import_command(options),
      adopt_command(options),
      controller_command(options),
      lint_command(options),
      status_command(options),
      history_command(options),
      output_command(options),
      iam_policy_command(options),
      graph_command(options),
      explain_command(options),
      schema_command(options),
      lsp_command(options),
  };
  for (CommandSpec& command : state_commands(options)) {
    all.push_back(std::move(command));
  }
  for (CommandSpec& command : std::vector<CommandSpec>{
           simulate_command(options),
           completion_command(options),
           man_command(options),
           help_command(options),
           version_command(options),
       }) {
    all.push_back(std::move(command));
  }
  return all;
}

}  // namespace plumbline
