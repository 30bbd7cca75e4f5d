// status: asks the controller that holds the state; without one that answers, reads the state
// itself.
#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "controller/http/server.h"
#include "state/lock.h"

namespace plumbline {

namespace {

/// Nothing, after having said so, when it does not answer: the state is there all the same.
std::optional<Exit> show_from_controller(
    Terminal& terminal, const Options& options, const LockHolder& holder
) {
  const HttpReply reply = get_loopback(holder.address, "/v1/status");
  auto status = parse_json(reply.body);
  if (reply.status != 200 || !status) {
    terminal.err(fmt::format(
        "plumbline: {} holds the state, but does not answer at {}; this is what is recorded\n",
        holder.text,
        holder.address
    ));
    return std::nullopt;
  }
  if (options.format == Format::kJson) {
    terminal.out(reply.body + "\n");
    return Exit::kFine;
  }
  terminal.out(fmt::format(
      "stack {}: held by {} ({}), last run: {}\n",
      status->text_of("stack"),
      holder.text,
      status->text_of("mode"),
      status->text_of("lastRun")
  ));
  const Value& resources = status->get("resources");
  for (std::size_t i = 0; i < resources.size(); ++i) {
    const Value& resource = resources.as_list()[i];
    const std::string& note = resource.text_of("note");
    terminal.out(fmt::format(
        "  {:<10} {:<36} {}{}\n",
        resource.text_of("phase"),
        resource.text_of("address"),
        resource.text_of("id"),
        note.empty() ? "" : "  (" + note + ")"
    ));
  }
  return Exit::kFine;
}

Exit show_from_state(Terminal& terminal, const Options& options, const StateImage& state) {
  if (options.format == Format::kJson) {
    List rows;
    for (const ResourceRow& row : state.rows) {
      rows.push_back(Value::object({
          {"address", row.address.to_string()},
          {"kind", row.kind},
          {"id", row.physical_id},
          {"status", name_of(row.status)},
          {"account", row.account},
          {"region", row.region},
          {"updatedAt", format_iso8601(row.updated_at)},
      }));
    }
    terminal.out(
        show_json(
            Value::object(
                {{"version", 1},
                 {"stack", state.stack},
                 {"account", state.account_id},
                 {"openCalls", static_cast<std::int64_t>(state.open_intents.size())},
                 {"resources", Value(std::move(rows))}}
            ),
            JsonStyle::kPretty
        ) +
        "\n"
    );
    return Exit::kFine;
  }
  if (state.rows.empty() && state.open_intents.empty()) {
    terminal.out("Nothing is recorded: this stack was not applied yet, or it was destroyed.\n");
    return Exit::kFine;
  }
  terminal.out(fmt::format(
      "stack {} in account {}: {} resources\n", state.stack, state.account_id, state.rows.size()
  ));
  for (const ResourceRow& row : state.rows) {
    terminal.out(fmt::format(
        "  {:<10} {:<36} {}\n", name_of(row.status), row.address.to_string(), row.physical_id
    ));
  }
  if (!state.open_intents.empty()) {
    terminal.out(fmt::format(
        "{} calls have no known outcome yet; the next apply looks for what they did.\n",
        state.open_intents.size()
    ));
  }
  return Exit::kFine;
}

Exit run_status(Terminal& terminal, const Options& options, Catalog& /*catalog*/) {
  const std::string path = state_path(options);
  if (const LockHolder holder = read_lock(path); !holder.address.empty()) {
    if (const auto exit = show_from_controller(terminal, options, holder)) {
      return *exit;
    }
  }
  const auto state = glance(path);
  if (!state) {
    terminal.err(fmt::format("plumbline: {}\n", state.error().message));
    return Exit::kState;
  }
  return show_from_state(terminal, options, *state);
}

}  // namespace

CommandSpec status_command(Options& options) {
  return {
      .name = "status",
      .group = CommandGroup::kLookUp,
      .summary = "What is recorded, or what the running controller sees",
      .about =
          "Asks the controller that holds the state; without one, reads the state itself, also "
          "while a run is under way. No call to AWS is made.",
      .example = "plumbline status manifest.yaml",
      .flags = joined(
          {{.names = "PATH,-f,--file",
            .value = "PATH",
            .summary = "Manifest files or one directory; not needed with --state",
            .target = &options.paths},
           state_flag(options)},
          output_flags(options)
      ),
      .run = run_status};
}

}  // namespace plumbline
