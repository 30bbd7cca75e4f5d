// The command line: flags to Options, one function a command. CLI11 parses; wrong usage is 64.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/commands.h"

namespace plumbline {

namespace {

constexpr std::string_view kAbout =
    "Plumbline keeps the path from applications to databases on AWS as a manifest says.\n"
    "Credentials, region and endpoints come from where every AWS tool takes them.";

void add_paths(CLI::App& command, Options& options) {
  command
      .add_option("manifest", options.paths, "Manifest files, later over earlier, or one directory")
      ->required();
  command.add_option(
      "-f,--file", options.paths, "A further manifest file, laid over the ones before"
  );
  command.add_option("--input", options.inputs, "NAME=VALUE of an input")
      ->check([](const std::string& given) {
        const bool is_pair = given.find('=') != std::string::npos && given.front() != '=';
        return is_pair ? std::string() : fmt::format("{} is not NAME=VALUE", given);
      });
}

void add_common(CLI::App& command, Options& options) {
  add_paths(command, options);
  command.add_option(
      "--state",
      options.state,
      "State file (default: PLUMBLINE_STATE, else .plumbline/state.db beside the manifest)"
  );
}

void add_format(CLI::App& command, Options& options) {
  const std::map<std::string, Format> formats = {
      {"human", Format::kHuman}, {"json", Format::kJson}};
  command.add_option("--format", options.format, "human or json")
      ->transform(CLI::CheckedTransformer(formats));
  command.add_flag("-q,--quiet", options.is_quiet, "Only what matters");
}

void add_run(CLI::App& command, Options& options) {
  add_common(command, options);
  add_format(command, options);
  command.add_option("--parallelism", options.parallelism, "Calls in flight at once")
      ->check(CLI::Range(1, 64));
}

/// The flag or command nearest to what was typed, for "did you mean".
std::string suggestion(const CLI::App& app, const std::string& message) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    known.push_back(command->get_name());
    if (command->parsed()) {
      for (const CLI::Option* option : command->get_options()) {
        known.push_back(option->get_name());
      }
    }
  }
  const auto colon = message.rfind(": ");
  if (colon == std::string::npos) {
    return "";
  }
  const std::string word(split(std::string_view(message).substr(colon + 2), ' ').front());
  const auto best = nearest(word, known);
  return best ? fmt::format(" Did you mean {}?", *best) : "";
}

/// What is wrong with a command line. CLI11 asks for a command before it looks at unknown words.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> rest = app.remaining();
  std::string message = error.what();
  if (app.get_subcommands().empty() && !rest.empty()) {
    message = fmt::format("There is no such command or flag: {}", rest.front());
  }
  return fmt::format("{}.{}", message, suggestion(app, message));
}

using Run = Exit (*)(Terminal&, const Options&, Catalog&);

struct Command {
  const CLI::App* app;
  Run run;
};

Command add_lint(CLI::App& app, Options& options) {
  auto* lint = app.add_subcommand("lint", "Prove what can be proven offline");
  add_paths(*lint, options);
  add_format(*lint, options);
  lint->add_option("--min-severity", options.min_severity, "error, warning or info")
      ->check(CLI::IsMember({"error", "warning", "info"}));
  return {lint, run_lint_command};
}

Command add_plan(CLI::App& app, Options& options) {
  auto* plan = app.add_subcommand("plan", "Show what would change");
  add_run(*plan, options);
  plan->add_flag(
      "--detailed-exitcode", options.uses_detailed_exitcode, "Exit with 2 when there are changes"
  );
  return {plan, run_plan};
}

Command add_apply(CLI::App& app, Options& options) {
  auto* apply = app.add_subcommand("apply", "Show what would change, ask, then do it");
  add_run(*apply, options);
  apply->add_flag("-y,--yes", options.says_yes, "Do not ask");
  return {apply, run_apply};
}

Command add_destroy(CLI::App& app, Options& options) {
  auto* destroy =
      app.add_subcommand("destroy", "Delete everything of this stack, in reverse order");
  add_run(*destroy, options);
  destroy->add_flag("-y,--yes", options.says_yes, "Do not ask");
  return {destroy, run_destroy};
}

Command add_controller(CLI::App& app, Options& options) {
  auto* controller = app.add_subcommand("controller", "Reconcile until stopped");
  add_run(*controller, options);
  controller->add_option(
      "--interval", options.interval, "Between two looks at the world, such as 30s or 5m"
  );
  controller->add_option("--mode", options.mode, "observe (only tell) or correct")
      ->check(CLI::IsMember({"observe", "correct"}));
  controller->add_option("--listen", options.listen, "Loopback address of status and metrics");
  return {controller, run_controller};
}

Command add_status(CLI::App& app, Options& options) {
  auto* status =
      app.add_subcommand("status", "What is recorded, or what the running controller sees");
  status->add_option("manifest", options.paths, "Manifest files or a directory");
  status->add_option("--state", options.state, "State file");
  add_format(*status, options);
  return {status, run_status};
}

Command add_iam_policy(CLI::App& app, Options& options) {
  auto* policy = app.add_subcommand("iam-policy", "The least that IAM must allow for a manifest");
  add_common(*policy, options);
  add_format(*policy, options);
  policy->add_option("--for", options.purpose, "plan, apply, controller or destroy")
      ->check(CLI::IsMember({"plan", "apply", "controller", "destroy"}));
  policy->add_option("--account", options.account, "The account's 12 digits (default: the state's)")
      ->check([](const std::string& given) {
        const bool is_id =
            given.size() == 12 && given.find_first_not_of("0123456789") == std::string::npos;
        return is_id ? std::string() : fmt::format("{} is not 12 digits", given);
      });
  return {policy, run_iam_policy};
}

const CLI::App* add_simulate(CLI::App& app, Options& options) {
  auto* simulate =
      app.add_subcommand("simulate", "An AWS of its own on a loopback port, for demos and tests");
  simulate->add_option(
      "--listen", options.simulate_listen, "Loopback address; port 0 picks a free one"
  );
  simulate->add_option("--time-scale", options.time_scale, "How many times faster than AWS")
      ->check(CLI::Range(1.0, 100000.0));
  simulate->add_option("--faults", options.faults, "throttle=0.1,error=0.05,drop=0.01,delay=50ms");
  simulate->add_option("--seed", options.seed, "Seed of ids and faults");
  simulate->add_option("--world", options.world_file, "Keep the world in this file");
  simulate->add_option(
      "--policy", options.policies, "Let the key do only what this IAM policy allows; repeatable"
  );
  return simulate;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{std::string(kAbout), "plumbline"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "plumbline " PLUMBLINE_VERSION);
  app.set_help_all_flag("--help-all", "Help of every command");
  Options options;
  const Command commands[] = {
      add_lint(app, options),
      add_plan(app, options),
      add_apply(app, options),
      add_destroy(app, options),
      add_controller(app, options),
      add_status(app, options),
      add_iam_policy(app, options),
  };
  const CLI::App* simulate = add_simulate(app, options);
  Terminal terminal;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return app.exit(error);
    }
    terminal.err(fmt::format("plumbline: {} See plumbline --help.\n", explain(app, error)));
    return static_cast<int>(Exit::kUsage);
  }
  if (simulate->parsed()) {
    return static_cast<int>(run_simulate(terminal, options));
  }
  const auto catalog = Catalog::embedded();
  for (const Command& command : commands) {
    if (command.app->parsed()) {
      return static_cast<int>(command.run(terminal, options, *catalog));
    }
  }
  return static_cast<int>(Exit::kUsage);
}

}  // namespace plumbline
