// history: the audit trail of the state, newest first, and the proof that nobody edited it.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/session.h"
#include "state/sqlite_store.h"

namespace plumbline {

namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Value record_to_json(const AuditRecord& record) {
  const bool is_about_one = !record.address.section.empty();
  return Value::object({
      {"sequence", static_cast<std::int64_t>(record.sequence)},
      {"at", format_iso8601(record.at)},
      {"actor", record.actor},
      {"action", record.action},
      {"address", is_about_one ? Value(record.address.to_string()) : Value()},
      {"detail", record.detail},
      {"hash", record.hash},
  });
}

/// "id vpc-1, what tags" of {id: vpc-1, what: tags}.
std::string show_detail(const Value& detail) {
  if (!detail.is_object()) {
    return detail.is_null() ? "" : show_json(detail);
  }
  std::string text;
  for (const Member& member : detail.as_object()) {
    const std::string value =
        member.value.is_text() ? member.value.as_text() : show_json(member.value);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", member.key, value);
  }
  return text;
}

/// What --verify has proven.
struct Proof {
  std::uint64_t entries = 0;
  std::string head;         ///< Of the newest entry; "" when there is none.
  std::uint64_t since = 0;  ///< The entry that --since names; 0 = none.
};

void show_proof(Terminal& terminal, const Proof& proof) {
  if (proof.since > 0) {
    terminal.out(fmt::format("Entries 1 to {} are what they were then.\n", proof.since));
  }
  terminal.out(fmt::format("The chain of all {} entries is whole.\n", proof.entries));
  if (!proof.head.empty()) {
    terminal.out(fmt::format(
        "Kept elsewhere, this proves it later: plumbline history --since {}\n", proof.head
    ));
  }
}

void show_human(
    Terminal& terminal, const std::vector<AuditRecord>& records, const std::optional<Proof>& proof
) {
  std::size_t actor = 0;
  std::size_t action = 0;
  std::size_t address = 0;
  for (const AuditRecord& record : records) {
    actor = std::max(actor, record.actor.size());
    action = std::max(action, record.action.size());
    address = std::max(address, record.address.to_string().size());
  }
  for (const AuditRecord& record : records) {
    terminal.out(
        printable(fmt::format(
            "{:>6}  {}  {:<{}}  {:<{}}  {:<{}}  {}",
            record.sequence,
            format_iso8601(record.at),
            record.actor,
            actor,
            record.action,
            action,
            record.address.section.empty() ? "" : record.address.to_string(),
            address,
            show_detail(record.detail)
        )) +
        "\n"
    );
  }
  if (records.empty()) {
    terminal.out("Nothing is recorded.\n");
  }
  if (proof) {
    show_proof(terminal, *proof);
  }
}

/// The newest entries that are asked for.
Result<std::vector<AuditRecord>> records_of(Store& store, const Options& options) {
  const std::size_t limit = options.limit == 0 ? kAll : options.limit;
  PLUMBLINE_TRY(records, store.audit(options.addresses.empty() ? limit : kAll));
  if (!options.addresses.empty()) {
    std::erase_if(records, [&](const AuditRecord& record) {
      const auto& wanted = options.addresses;
      return std::find(wanted.begin(), wanted.end(), record.address.to_string()) == wanted.end();
    });
  }
  if (records.size() > limit) {
    records.resize(limit);
  }
  return records;
}

Exit refuse(Terminal& terminal, const Error& error) {
  terminal.err(fmt::format("plumbline: {}\n", error.message));
  return Exit::kState;
}

/// Recomputes the chain. Who can write the file can write another chain that fits, but none with a
/// hash in it that was printed before.
Result<Proof> prove(SqliteStore& store, const Options& options) {
  const std::string since = to_lower(options.since);
  PLUMBLINE_TRY(entries, store.verify_audit());
  PLUMBLINE_TRY(records, store.audit(since.empty() ? 1 : kAll));
  Proof proof{entries, records.empty() ? "" : records.front().hash, 0};
  const auto found = std::find_if(records.begin(), records.end(), [&](const AuditRecord& record) {
    return record.hash == since;
  });
  if (!since.empty() && found == records.end()) {
    return Error{
        ErrorClass::kCorrupt,
        "AuditBroken",
        fmt::format(
            "No entry of the {} in {} has the hash {}. Its history was written anew since that was "
            "printed, or it is another stack's.",
            entries,
            state_path(options),
            printable(since)
        ),
        "",
        0};
  }
  proof.since = since.empty() ? 0 : found->sequence;
  return proof;
}

Exit show_history(Terminal& terminal, const Options& options, SqliteStore& store) {
  std::optional<Proof> proof;
  if (options.verifies || !options.since.empty()) {
    auto proven = prove(store, options);
    if (!proven) {
      return refuse(terminal, proven.error());
    }
    proof = *std::move(proven);
  }
  const auto image = store.load();
  const auto records = records_of(store, options);
  if (!image || !records) {
    return refuse(terminal, image ? records.error() : image.error());
  }
  if (options.format == Format::kHuman) {
    show_human(terminal, *records, proof);
    return Exit::kFine;
  }
  List entries;
  for (const AuditRecord& record : *records) {
    entries.push_back(record_to_json(record));
  }
  const Value json = Value::object({
      {"version", 1},
      {"stack", image->stack},
      {"account", image->account_id},
      {"verified", proof ? Value(static_cast<std::int64_t>(proof->entries)) : Value()},
      {"entries", Value(std::move(entries))},
  });
  terminal.out(show_json(json, JsonStyle::kPretty) + "\n");
  return Exit::kFine;
}

Exit run_history(Terminal& terminal, const Options& options, Catalog& /*catalog*/) {
  SystemClock clock;
  SystemRandom random;
  StoreOptions store;
  store.path = state_path(options);
  store.is_glance = true;
  auto opened = SqliteStore::open(store, clock, random);
  if (!opened) {
    return refuse(terminal, opened.error());
  }
  return show_history(terminal, options, **opened);
}

}  // namespace

CommandSpec history_command(Options& options) {
  return {
      .name = "history",
      .group = CommandGroup::kLookUp,
      .summary = "What was done and by whom, newest first",
      .about =
          "Every change that was sent, and every change of the state by hand, is an entry. Each "
          "holds a hash of the one before, so that --verify notices an edit. Who writes the whole "
          "chain anew is noticed by --since, with a hash that was printed earlier and kept "
          "elsewhere.",
      .example = "plumbline history manifest.yaml --address vpcs.main",
      .flags = joined(
          {{.names = "PATH,-f,--file",
            .value = "PATH",
            .summary = "Manifest files or one directory; not needed with --state",
            .target = &options.paths},
           state_flag(options),
           {.names = "--limit",
            .value = "N",
            .summary = "Entries to show; 0 shows all (50)",
            .target = &options.limit},
           address_flag("--address", "Only what is about this resource", options.addresses),
           {.names = "--verify",
            .value = "",
            .summary = "Recompute the chain of hashes",
            .target = &options.verifies},
           {.names = "--since",
            .value = "HASH",
            .summary = "The same, and that nothing up to the entry with this hash was changed",
            .target = &options.since}},
          output_flags(options)
      ),
      .run = run_history};
}

}  // namespace plumbline
