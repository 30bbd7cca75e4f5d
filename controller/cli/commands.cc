#include "controller/cli/commands.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

/// Shows a finished single run's failures and returns its exit status.
Exit conclude(Terminal& terminal, const Options& options, Session& session) {
  const RunResult& result = session.watcher().result();
  if (options.format == Format::kHuman) {
    terminal.err(describe_result(result, session.manifest(), terminal.colour()));
  }
  return exit_of(result);
}

Exit carry_out(Terminal& terminal, const Options& options, Catalog& catalog, RunMode mode) {
  const std::string command(name_of(mode));
  Session session(terminal, options, catalog);
  if (const auto exit = session.open(mode, command)) {
    return *exit;
  }
  session.run();
  const Exit exit = conclude(terminal, options, session);
  const RunResult& result = session.watcher().result();
  if (options.format == Format::kHuman) {
    if (result.was_declined) {
      terminal.err("plumbline: not carried out; nothing was changed\n");
    } else if (result.is_complete && result.plan != nullptr && result.plan->has_changes()) {
      terminal.out(fmt::format(
          "\n{} complete: {}. {} API calls, {} of them changed something.\n",
          mode == RunMode::kDestroy ? "Destroy" : "Apply",
          summarise(*result.plan),
          result.counters.reads + result.counters.mutations,
          result.counters.mutations
      ));
    }
    if (mode == RunMode::kApply && result.is_complete && !result.outputs.empty()) {
      terminal.out("\nOutputs:\n" + render_outputs(result.outputs));
    }
  }
  return result.was_declined ? Exit::kFailed : exit;
}

Exit run_plan(Terminal& terminal, const Options& options, Catalog& catalog) {
  Session session(terminal, options, catalog);
  if (const auto exit = session.open(RunMode::kPlan, "plan")) {
    return *exit;
  }
  session.run();
  const Exit exit = conclude(terminal, options, session);
  const Plan* plan = session.watcher().plan();
  const bool has_changes = plan != nullptr && plan->has_changes();
  if (exit == Exit::kFine && has_changes && options.uses_detailed_exitcode) {
    return Exit::kChanges;
  }
  return exit;
}

Exit run_apply(Terminal& terminal, const Options& options, Catalog& catalog) {
  return carry_out(terminal, options, catalog, RunMode::kApply);
}

Exit run_destroy(Terminal& terminal, const Options& options, Catalog& catalog) {
  return carry_out(terminal, options, catalog, RunMode::kDestroy);
}

}  // namespace

CommandSpec plan_command(Options& options) {
  CommandSpec command{
      .name = "plan",
      .group = CommandGroup::kChange,
      .summary = "Show what would change",
      .about =
          "Looks at what AWS holds and shows the difference to the manifest, with a reason "
          "for each change. Nothing is changed, neither there nor in the state.",
      .example = "plumbline plan manifest.yaml --detailed-exitcode",
      .flags = run_flags(options),
      .run = run_plan};
  command.flags.push_back(
      {.names = "--detailed-exitcode",
       .value = "",
       .summary = "Exit with 2 when there are changes",
       .target = &options.uses_detailed_exitcode}
  );
  return command;
}

CommandSpec apply_command(Options& options) {
  return {
      .name = "apply",
      .group = CommandGroup::kChange,
      .summary = "Show what would change, ask, then do it",
      .about =
          "Ends when everything is usable, not when the calls returned. It may be "
          "interrupted or killed at any moment: the next apply finds what was begun and "
          "finishes it.",
      .example = "plumbline apply manifest.yaml --yes",
      .flags = joined(run_flags(options), {yes_flag(options)}),
      .run = run_apply};
}

CommandSpec destroy_command(Options& options) {
  return {
      .name = "destroy",
      .group = CommandGroup::kChange,
      .summary = "Delete everything of this stack, in reverse order",
      .about =
          "Deletes what carries this stack's owner tag and nothing else. What is protected "
          "or holds data stays, unless the manifest says otherwise.",
      .example = "plumbline destroy manifest.yaml",
      .flags = joined(run_flags(options), {yes_flag(options)}),
      .run = run_destroy};
}

}  // namespace plumbline
