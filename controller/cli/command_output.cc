// output: what the stack tells others, from the state, whoever holds it. What `existing` resources
// are no state remembers: that, the controller that holds the state is asked, else AWS.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/config/manifest_findings.h"
#include "controller/http/server.h"
#include "state/lock.h"

namespace plumbline {

namespace {

/// Why a sensitive output is not known while a controller holds the state.
constexpr std::string_view kKept = "the controller keeps it to itself";

using Outputs = std::vector<OutputValue>;

std::vector<std::string> default_paths() {
  std::error_code error;
  return {std::filesystem::is_regular_file("manifest.yaml", error) ? "manifest.yaml" : "."};
}

/// What the state does not know, as the controller that holds it tells: what is sensitive it does
/// not.
std::optional<Exit> ask_controller(Terminal& terminal, const LockHolder& holder, Outputs& outputs) {
  const HttpReply reply = get_loopback(holder.address, "/v1/status");
  auto status = parse_json(reply.body);
  if (reply.status != 200 || !status) {
    terminal.err(fmt::format(
        "plumbline: {} holds the state, but does not answer at {}\n", holder.text, holder.address
    ));
    return Exit::kFailed;
  }
  for (OutputValue& output : outputs) {
    const Value* told = status->get("outputs").find(output.name);
    if (output.value.is_known() || told == nullptr) {
      continue;
    }
    if (told->get("sensitive") == Value(true)) {
      output.is_sensitive = true;
      output.value = Value::unknown(std::string(kKept));
    } else if (told->get("known") == Value(true)) {
      output.value = told->get("value");
    }
  }
  return std::nullopt;
}

/// The outputs as the state knows them; the exit status, after having said why, when it cannot be
/// used.
std::optional<Exit> recall(
    Terminal& terminal, const Options& options, const Manifest& manifest, Outputs& outputs
) {
  const std::string path = state_path(options, manifest);
  auto state = glance(path);
  if (!state) {
    terminal.err(fmt::format("plumbline: {}\n", state.error().message));
    return Exit::kState;
  }
  if (!state->stack.empty() && state->stack != manifest.stack) {
    terminal.err(fmt::format(
        "plumbline: the state at {} belongs to stack \"{}\", the manifest is of \"{}\". Use "
        "another --state, or give the manifest its old name back.\n",
        path,
        state->stack,
        manifest.stack
    ));
    return Exit::kState;
  }
  if (state->stack.empty()) {
    // A key that is thrown away would give secrets that no run ever sends.
    state->install_key.clear();
  }
  sort_rows(*state);
  outputs = output_values(manifest, remembered_facts(manifest, *state));
  return std::nullopt;
}

bool takes_from_existing(const Manifest& manifest, const Output& output) {
  bool takes = false;
  output.value.for_each_reference([&](const Reference& reference) {
    const Resource* resource = manifest.find(reference.address);
    takes = takes || (resource != nullptr && resource->existing);
  });
  return takes;
}

/// True when the state cannot answer what is asked, but AWS can.
bool needs_look(const Manifest& manifest, const Outputs& outputs, const std::string& name) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool is_asked = name.empty() || outputs[i].name == name;
    if (is_asked && !outputs[i].value.is_known() &&
        takes_from_existing(manifest, manifest.outputs[i])) {
      return true;
    }
  }
  return false;
}

std::optional<Exit> look(
    Terminal& terminal, const Options& options, Catalog& catalog, Outputs& outputs
) {
  Session session(terminal, options, catalog);
  session.watcher().set_silent(true);
  if (const auto exit = session.open(RunMode::kPlan, "output")) {
    return exit;
  }
  session.run();
  const RunResult& result = session.watcher().result();
  if (!result.failure.message.empty()) {
    terminal.err(describe_result(result, session.manifest(), terminal.colour()));
    return exit_of(result);
  }
  outputs = result.outputs;
  return std::nullopt;
}

Exit show_one(Terminal& terminal, const Options& options, const OutputValue& output) {
  if (!output.value.is_known()) {
    terminal.err(
        output.value.is_unknown() && output.value.unknown_origin() == kKept
            ? fmt::format(
                  "plumbline: the controller does not tell the sensitive output {}; stop it, and "
                  "ask "
                  "again\n",
                  output.name
              )
            : fmt::format(
                  "plumbline: the output {} is not known yet; apply the stack first\n", output.name
              )
    );
    return Exit::kFailed;
  }
  terminal.out(
      (options.format == Format::kJson ? wire_json(output.value) : reveal_output(output.value)) +
      "\n"
  );
  return Exit::kFine;
}

Exit show_all(
    Terminal& terminal, const Options& options, const Manifest& manifest, const Outputs& outputs
) {
  if (options.format == Format::kJson) {
    const Value all = Value::object(
        {{"version", 1}, {"stack", manifest.stack}, {"outputs", outputs_to_json(outputs)}}
    );
    terminal.out(show_json(all, JsonStyle::kPretty) + "\n");
  } else if (outputs.empty()) {
    terminal.out("The manifest has no outputs: declare them as `outputs: { NAME: '${…}' }`.\n");
  } else {
    terminal.out(render_outputs(outputs));
  }
  return Exit::kFine;
}

Exit report_unknown(Terminal& terminal, const std::string& name, const Outputs& outputs) {
  std::vector<std::string> names;
  for (const OutputValue& output : outputs) {
    names.push_back(output.name);
  }
  terminal.err(fmt::format(
      "plumbline: the manifest has no output {}; {}\n",
      name,
      suggest(
          name, names, names.empty() ? "it has none" : fmt::format("it has {}", join(names, ", "))
      )
          .help
  ));
  return Exit::kUsage;
}

Exit run_output(Terminal& terminal, const Options& given, Catalog& catalog) {
  Options options = given;
  if (options.paths.empty()) {
    options.paths = default_paths();
  }
  const Loaded loaded = load_and_lint(catalog, options, true);
  if (loaded.manifest == nullptr || loaded.manifest->stack.empty() ||
      loaded.diagnostics.has_errors()) {
    terminal.err(render_human(loaded.diagnostics, terminal.colour()));
    return Exit::kFailed;
  }
  const Manifest& manifest = *loaded.manifest;
  Outputs outputs;
  if (const auto exit = recall(terminal, options, manifest, outputs)) {
    return *exit;
  }
  if (needs_look(manifest, outputs, options.output_name)) {
    const LockHolder holder = read_lock(state_path(options, manifest));
    if (const auto exit = holder.address.empty() ? look(terminal, options, catalog, outputs)
                                                 : ask_controller(terminal, holder, outputs)) {
      return *exit;
    }
  }
  if (options.output_name.empty()) {
    return show_all(terminal, options, manifest, outputs);
  }
  const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const OutputValue& output) {
    return output.name == options.output_name;
  });
  return found == outputs.end() ? report_unknown(terminal, options.output_name, outputs)
                                : show_one(terminal, options, *found);
}

}  // namespace

CommandSpec output_command(Options& options) {
  CommandSpec command{
      .name = "output",
      .group = CommandGroup::kLookUp,
      .summary = "What the stack tells others",
      .about =
          "The manifest's `outputs:`, from the state, also while a run or a controller holds it. "
          "With a name, that one as it is, for scripts, even when it is sensitive; without, all of "
          "them, the sensitive ones masked.",
      .example = "plumbline output endpoint --file manifest.yaml",
      .flags =
          {{.names = "NAME",
            .value = "NAME",
            .summary = "One output, as it is",
            .target = &options.output_name},
           {.names = "-f,--file",
            .value = "PATH",
            .summary = "Manifest files, later laid over earlier (manifest.yaml here)",
            .target = &options.paths}},
      .run = run_output};
  std::vector<Flag> inputs = manifest_flags(options);
  command.flags.push_back(std::move(inputs.back()));  // --input
  command.flags.push_back(state_flag(options));
  command.flags = joined(std::move(command.flags), output_flags(options));
  return command;
}

}  // namespace plumbline
