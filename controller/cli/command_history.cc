// history: what was done to the stack, newest first, and whether nobody changed that record.
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "state/sqlite_store.h"

namespace plumbline {

namespace {

constexpr std::size_t kShown = 50;

Exit refuse(Terminal& terminal, const Error& error) {
  terminal.err(fmt::format("plumbline: {}\n", printable(error.message)));
  return Exit::kState;
}

void show_human(Terminal& terminal, const std::vector<AuditRecord>& records) {
  if (records.empty()) {
    terminal.out("Nothing was done yet.\n");
  }
  for (const AuditRecord& record : records) {
    terminal.out(
        printable(fmt::format(
            "{:>6}  {}  {:<10} {:<32} {} {}",
            record.sequence,
            format_iso8601(record.at),
            record.actor,
            record.address.to_string(),
            record.action,
            record.detail.text_of("id")
        )) +
        "\n"
    );
  }
}

Value to_json(const std::vector<AuditRecord>& records) {
  List all;
  for (const AuditRecord& record : records) {
    all.push_back(Value::object(
        {{"sequence", static_cast<std::int64_t>(record.sequence)},
         {"at", format_iso8601(record.at)},
         {"actor", record.actor},
         {"action", record.action},
         {"address", record.address.to_string()},
         {"detail", record.detail}}
    ));
  }
  return Value::object({{"version", 1}, {"history", Value(std::move(all))}});
}

Exit verify(Terminal& terminal, const Options& options, SqliteStore& store) {
  const auto entries = store.verify_audit();
  if (!entries) {
    return refuse(terminal, entries.error());
  }
  if (options.format == Format::kJson) {
    const Value told = Value::object(
        {{"version", 1}, {"isWhole", true}, {"entries", static_cast<std::int64_t>(*entries)}}
    );
    terminal.out(show_json(told, JsonStyle::kPretty) + "\n");
  } else {
    terminal.out(fmt::format(
        "All {} entries are as they were written: none changed, missing or moved.\n", *entries
    ));
  }
  return Exit::kFine;
}

Exit run_history(Terminal& terminal, const Options& options, bool verifies) {
  SystemClock clock;
  SystemRandom random;
  StoreOptions where;
  where.path = state_path(options);
  where.holder = fmt::format("history, process {}", getpid());
  where.read_only = true;
  auto store = SqliteStore::open(where, clock, random);
  if (!store) {
    return refuse(terminal, store.error());
  }
  if (verifies) {
    return verify(terminal, options, **store);
  }
  const auto records = (*store)->audit(kShown);
  if (!records) {
    return refuse(terminal, records.error());
  }
  if (options.format == Format::kJson) {
    terminal.out(show_json(to_json(*records), JsonStyle::kPretty) + "\n");
  } else {
    show_human(terminal, *records);
  }
  return Exit::kFine;
}

}  // namespace

CommandSpec history_command(Options& options) {
  const auto verifies = std::make_shared<bool>(false);
  return {
      .name = "history",
      .group = CommandGroup::kLookUp,
      .summary = "What was done to the stack, newest first",
      .about =
          "Shows the 50 newest entries. Each entry holds the hash of the one before it, so that "
          "none can be changed, removed or moved without a trace; --verify checks them all. No "
          "call to AWS is made.",
      .example = "plumbline history manifest.yaml --verify",
      .flags = joined(
          {{.names = "PATH,-f,--file",
            .value = "PATH",
            .summary = "Manifest files or one directory; not needed with --state",
            .target = &options.paths},
           {.names = "--verify",
            .value = "",
            .summary = "Check the whole record instead: exit status 4 when an entry does not fit",
            .target = verifies.get()},
           state_flag(options)},
          output_flags(options)
      ),
      .run = [verifies](Terminal& terminal, const Options& given, Catalog&) {
        return run_history(terminal, given, *verifies);
      }};
}

}  // namespace plumbline
