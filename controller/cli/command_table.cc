// The table of all commands, in the order of help.
#include "controller/cli/commands.h"

namespace plumbline {

std::vector<CommandSpec> all_commands(Options& options) {
  return {
      lint_command(options),
      plan_command(options),
      apply_command(options),
      destroy_command(options),
      controller_command(options),
      status_command(options),
      simulate_command(options),
  };
}

}  // namespace plumbline
