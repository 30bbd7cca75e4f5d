#include "controller/cli/commands.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/flags.h"
#include "controller/cli/plan_store.h"
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

std::string_view done_word(PlanMode mode) {
  switch (mode) {
    case PlanMode::kReconcile:
      return "Apply";
    case PlanMode::kDestroy:
      return "Destroy";
    case PlanMode::kRefresh:
      return "Refresh";
  }
  return "Apply";
}

Exit carry_out(
    Terminal& terminal,
    const Options& options,
    Catalog& catalog,
    RunMode mode,
    std::shared_ptr<const SavedPlan> expected = nullptr
) {
  const std::string command(name_of(mode));
  Session session(terminal, options, catalog);
  session.expect(std::move(expected));
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
          done_word(result.plan->orders.mode),
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

/// Applies what a file says. Its orders were given when it was made.
Exit apply_plan_file(
    Terminal& terminal, const Options& options, Catalog& catalog, FoundPlan found
) {
  const bool gives_orders = !options.targets.empty() || !options.allow_replace.empty() ||
                            options.max_delete || options.allows_mass_removal ||
                            options.is_refresh_only;
  if (gives_orders) {
    terminal.err(fmt::format(
        "plumbline: {} is a saved plan and already says what is to be done; give --target, "
        "--max-delete and the like to `plan --out`\n",
        found.plan.file
    ));
    return Exit::kUsage;
  }
  Options as_saved = options;
  as_saved.says_yes = true;
  as_saved.paths = found.others;
  const PlanOrigin& origin = found.plan.origin;
  if (as_saved.paths.empty()) {
    as_saved.paths = origin.paths;
    as_saved.state = options.state.empty() ? origin.state_path : options.state;
  }
  as_saved.inputs = origin.inputs;
  as_saved.inputs.insert(as_saved.inputs.end(), options.inputs.begin(), options.inputs.end());
  auto plan = std::make_shared<const SavedPlan>(std::move(found.plan));
  return carry_out(terminal, as_saved, catalog, RunMode::kApply, std::move(plan));
}

/// Saves the plan of a finished session; says where, and what to do with it.
Exit save_plan(Terminal& terminal, const Options& options, Session& session) {
  const Plan* plan = session.watcher().plan();
  if (plan == nullptr) {
    return Exit::kFailed;  // The run could not start, and said so.
  }
  if (plan->problems.has_errors()) {
    terminal.err("plumbline: the plan was not saved, because it could not be applied\n");
    return Exit::kHeld;
  }
  const auto text = write_plan(*plan, session.manifest(), session.origin());
  const Status saved = text ? save_plan_file(options.out, *text) : Status(text.error());
  if (!saved) {
    terminal.err(fmt::format("plumbline: {}\n", saved.error().message));
    return Exit::kFailed;
  }
  if (options.format == Format::kHuman) {
    terminal.out(fmt::format(
        "\nSaved. To carry out exactly this: plumbline apply {}\n", printable(options.out)
    ));
  }
  return Exit::kFine;
}

Exit run_plan(Terminal& terminal, const Options& options, Catalog& catalog) {
  if (options.plans_destroy && options.is_refresh_only) {
    terminal.err("plumbline: --destroy and --refresh-only are different plans; give one of them\n");
    return Exit::kUsage;
  }
  if (!options.out.empty()) {
    if (const Status free = check_plan_place(options.out); !free) {
      terminal.err(fmt::format("plumbline: {}\n", free.error().message));
      return Exit::kUsage;
    }
  }
  Session session(terminal, options, catalog);
  if (const auto exit = session.open(RunMode::kPlan, "plan")) {
    return *exit;
  }
  session.run();
  Exit exit = conclude(terminal, options, session);
  if (!options.out.empty()) {
    const Exit saved = save_plan(terminal, options, session);
    exit = exit == Exit::kFine ? saved : exit;
  }
  const Plan* plan = session.watcher().plan();
  const bool has_changes = plan != nullptr && plan->has_changes();
  if (exit == Exit::kFine && has_changes && options.uses_detailed_exitcode) {
    return Exit::kChanges;
  }
  return exit;
}

Exit run_apply(Terminal& terminal, const Options& options, Catalog& catalog) {
  auto found = find_plan_file(options.paths);
  if (!found) {
    terminal.err(fmt::format("plumbline: {}\n", found.error().message));
    return Exit::kHeld;
  }
  if (*found) {
    return apply_plan_file(terminal, options, catalog, std::move(**found));
  }
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
      .flags = joined(run_flags(options), order_flags(options)),
      .run = run_plan};
  command.flags = joined(
      std::move(command.flags),
      {{.names = "--destroy",
        .value = "",
        .summary = "Show what `destroy` would do",
        .target = &options.plans_destroy},
       {.names = "--out",
        .value = "FILE",
        .summary = "Save the plan, for `apply FILE` to do exactly that",
        .target = &options.out},
       {.names = "--detailed-exitcode",
        .value = "",
        .summary = "Exit with 2 when there are changes",
        .target = &options.uses_detailed_exitcode}}
  );
  return command;
}

CommandSpec apply_command(Options& options) {
  return {
      .name = "apply",
      .group = CommandGroup::kChange,
      .summary = "Show what would change, ask, then do it; or do what a saved plan says",
      .about =
          "Ends when everything is usable, not when the calls returned. It may be "
          "interrupted or killed at any moment: the next apply finds what was begun and "
          "finishes it. A file that `plan --out` saved is carried out as it is, without a "
          "question, and refused when what it saw has changed.",
      .example = "plumbline apply manifest.yaml --yes",
      .flags = joined(joined(run_flags(options), order_flags(options)), {yes_flag(options)}),
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
      .flags = joined(joined(run_flags(options), selection_flags(options)), {yes_flag(options)}),
      .run = run_destroy};
}

}  // namespace plumbline
