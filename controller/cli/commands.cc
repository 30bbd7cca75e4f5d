#include "controller/cli/commands.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/session.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

int rank(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return 0;
    case Severity::kWarning:
      return 1;
    case Severity::kInfo:
      return 2;
  }
  return 2;
}

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

}  // namespace

Exit run_lint_command(Terminal& terminal, const Options& options, Catalog& catalog) {
  const Loaded loaded = load_and_lint(catalog, options, true);
  const int threshold = options.min_severity == "error"     ? 0
                        : options.min_severity == "warning" ? 1
                                                            : 2;
  Diagnostics shown;
  for (const Diagnostic& finding : loaded.diagnostics.all()) {
    if (rank(finding.severity) <= threshold) {
      shown.add(finding);
    }
  }
  if (options.format == Format::kJson) {
    terminal.out(
        show_json(
            Value::object({{"version", 1}, {"findings", to_json(shown)}}), JsonStyle::kPretty
        ) +
        "\n"
    );
  } else {
    terminal.out(render_human(shown, terminal.colour()));
    const std::size_t count = loaded.manifest == nullptr ? 0 : loaded.manifest->resources.size();
    terminal.out(
        shown.empty() ? fmt::format("{} resources, no findings.\n", count)
                      : fmt::format(
                            "\n{} resources: {} errors, {} warnings, {} notes.\n",
                            count,
                            shown.count(Severity::kError),
                            shown.count(Severity::kWarning),
                            shown.count(Severity::kInfo)
                        )
    );
  }
  const bool fails = shown.has_errors() || shown.count(Severity::kWarning) > 0;
  return fails ? Exit::kFailed : Exit::kFine;
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

}  // namespace plumbline
