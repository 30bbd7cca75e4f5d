// state rebuild: the state is gone, what it knew is still in AWS. Looks for it, says what it found,
// and puts a new state in place. Nothing in AWS is changed.
#include <array>

#include <fmt/format.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/rebuild_view.h"
#include "controller/cli/session.h"
#include "controller/cli/state_verbs.h"
#include "state/place.h"
#include "state/rebuilding.h"
#include "state/sqlite_store.h"

namespace plumbline {

namespace {

constexpr std::string_view kActor = "state";

class RebuildRun {
 public:
  RebuildRun(Terminal& terminal, const Options& options, const StateWords& words, Catalog& catalog)
      : terminal_(terminal), options_(options), words_(words), catalog_(catalog) {}

  Exit run() {
    if (const auto exit = read_words()) {
      return *exit;
    }
    if (const auto exit = find_key()) {
      return *exit;
    }
    StoreOptions place;
    place.path = state_path(options_);
    place.holder =
        fmt::format("state rebuild, process {}, since {}", getpid(), format_iso8601(clock_.now()));
    auto begun = Rebuilding::begin(place, clock_, random_);
    if (!begun) {
      return refuse(begun.error().message, Exit::kState);
    }
    Session session(terminal_, options_, catalog_);
    if (const auto exit = session.open_rebuild(ask_, key_)) {
      return *exit;
    }
    session.watcher().set_silent(true);
    session.run();
    return conclude(session, *begun);
  }

 private:
  Exit refuse(const std::string& message, Exit exit) {
    terminal_.err(fmt::format("plumbline: {}\n", printable(message)));
    return exit;
  }

  /// Flags that contradict one another or name nothing.
  std::optional<Exit> read_words() {
    if (words_.key_from.empty() != words_.trusts_tags) {
      return refuse(
          words_.trusts_tags
              ? "--key-from and --trust-tags exclude each other: with the key, tags are proven"
              : "say --key-from FILE: any copy of the lost state, however old (a .backup-N beside "
                "it, or one of `plumbline state backup`), whose key proves what is this stack's. "
                "Only when there is none: --trust-tags. See `plumbline state rebuild --help`",
          Exit::kUsage
      );
    }
    ask_.trusts_tags = words_.trusts_tags;
    ask_.takes_secrets_as_declared = words_.takes_secrets;
    ask_.regions = words_.regions;
    ask_.skipped_sections = words_.skipped;
    for (const std::string& section : words_.skipped) {
      if (catalog_.find_section(section) == nullptr) {
        const auto best = nearest(section, catalog_.sections());
        return refuse(
            fmt::format(
                "--skip {}: there is no such section{}",
                section,
                best ? fmt::format("; did you mean {}?", *best) : ""
            ),
            Exit::kUsage
        );
      }
    }
    for (const std::string& choice : words_.choices) {
      const auto equal = choice.find('=');
      const Address address = Address::parse(choice.substr(0, equal));
      if (equal == std::string::npos || address.section.empty()) {
        return refuse(
            fmt::format("--choose {}: it is ADDRESS=ID, such as vpcs.main=vpc-0abc", choice),
            Exit::kUsage
        );
      }
      ask_.choices[address] = choice.substr(equal + 1);
    }
    return std::nullopt;
  }

  /// The copy's, with what else it knows; or a new one.
  std::optional<Exit> find_key() {
    if (words_.trusts_tags) {
      std::array<std::uint8_t, 32> bytes{};
      random_.fill(bytes);
      key_.install_key.assign(bytes.begin(), bytes.end());
      return std::nullopt;
    }
    if (size_of(words_.key_from) == 0) {
      return refuse(
          fmt::format("There is no copy of a state at {}.", words_.key_from), Exit::kState
      );
    }
    const auto copy = SqliteStore::open_copy(words_.key_from, clock_, random_);
    auto image = copy ? (*copy)->load() : Result<StateImage>(copy.error());
    if (!image) {
      return refuse(image.error().message, Exit::kState);
    }
    key_ = std::move(image).value();
    if (key_.stack.empty()) {
      return refuse(
          fmt::format(
              "The state {} was never used, so nothing was tagged with its key.", words_.key_from
          ),
          Exit::kState
      );
    }
    ask_.known = std::exchange(key_.rows, {});
    key_.open_intents.clear();
    key_.late_calls.clear();
    return std::nullopt;
  }

  Exit conclude(Session& session, Rebuilding& rebuilding) {
    const RunResult& result = session.watcher().result();
    if (result.rebuilt == nullptr) {
      if (result.failure.klass == ErrorClass::kInvalid) {  // A flag's word is wrong.
        return refuse(result.failure.message, Exit::kFailed);
      }
      terminal_.err(describe_result(result, session.manifest(), terminal_.colour()));
      return Exit::kFailed;
    }
    if (result.was_stopped) {
      return refuse("stopped while looking; nothing was recorded", Exit::kFailed);
    }
    telling_.rebuilt = result.rebuilt.get();
    telling_.manifest = &session.manifest();
    telling_.copy = words_.key_from;
    telling_.takes_secrets = words_.takes_secrets;
    const RunSettings settings = run_settings();
    telling_.quiet_time = settings.quiet_time;
    telling_.dead_after = settings.signature_life + settings.clock_margin + settings.quiet_time;
    if (is_human() && !options_.is_quiet) {
      terminal_.out(describe(telling_));
    }
    const Exit exit = decide(rebuilding);
    if (!is_human()) {
      terminal_.out(show_json(to_json(telling_, is_recorded_), JsonStyle::kPretty) + "\n");
    }
    return exit;
  }

  /// Everything, or nothing.
  Exit decide(Rebuilding& rebuilding) {
    const Rebuilt& rebuilt = *telling_.rebuilt;
    if (!rebuilt.rivals.empty()) {
      return refuse(
          "nothing was recorded: one address may be one object only; see --choose", Exit::kHeld
      );
    }
    if (!rebuilt.is_certain()) {
      return refuse(
          "nothing was recorded: what could not be read may be this stack's", Exit::kFailed
      );
    }
    if (rebuilt.rows.empty()) {
      return refuse(
          fmt::format(
              "nothing carries the tags of the stack {}, so nothing was recorded. Is it another "
              "region or profile? If nothing is left of it, `plumbline apply` begins anew.",
              telling_.manifest->stack
          ),
          Exit::kFailed
      );
    }
    if (words_.is_dry_run) {
      return Exit::kFine;
    }
    if (!options_.says_yes && !terminal_.can_ask()) {
      return refuse(
          "nobody can be asked here, so nothing was recorded; say --yes to go on without a "
          "question",
          Exit::kFailed
      );
    }
    if (!options_.says_yes &&
        !terminal_.ask("\nMake the state of this? Only \"yes\" is taken as yes: ")) {
      return refuse("nothing was recorded", Exit::kFailed);
    }
    return record(rebuilding);
  }

  Exit record(Rebuilding& rebuilding) {
    const Rebuilt& rebuilt = *telling_.rebuilt;
    NewState state;
    state.stack = telling_.manifest->stack;
    state.account_id = rebuilt.account_id;
    state.install_key = key_.install_key;
    state.serial = key_.serial;
    state.first.upserts = rebuilt.rows;
    for (const auto& [name, id] : rebuilt.accounts) {
      state.first.accounts.push_back({name, id});
    }
    note_source(state.first);
    const Status written = rebuilding.finish(state, clock_, random_);
    if (!written) {
      return refuse(written.error().message, Exit::kState);
    }
    is_recorded_ = true;
    if (is_human() && !options_.is_quiet) {
      terminal_.out(fmt::format(
          "\nRecorded {} resources in {}. Next: plumbline plan\n",
          rebuilt.rows.size(),
          state_path(options_)
      ));
    }
    return Exit::kFine;
  }

  /// The audit begins with where all this comes from.
  void note_source(Batch& batch) const {
    const auto count = static_cast<std::int64_t>(batch.upserts.size());
    Value source = Value::object({{"objects", count}, {"by", by()}});
    if (!words_.trusts_tags) {
      source.set("copy", words_.key_from);
      source.set("copySerial", static_cast<std::int64_t>(key_.serial));
    }
    batch.audit.push_back({std::string(kActor), Rebuilding::kAction, {}, std::move(source)});
    for (const ResourceRow& row : batch.upserts) {
      batch.audit.push_back(
          {std::string(kActor),
           Rebuilding::kAction,
           row.address,
           Value::object({{"id", row.physical_id}, {"by", by()}})}
      );
    }
  }

  [[nodiscard]] std::string by() const {
    return words_.trusts_tags ? "tags that were trusted" : "tags that the key proves";
  }
  [[nodiscard]] bool is_human() const { return options_.format == Format::kHuman; }

  Terminal& terminal_;
  const Options& options_;
  const StateWords& words_;
  Catalog& catalog_;
  SystemClock clock_;
  SystemRandom random_;
  RebuildAsk ask_;
  StateImage key_;  ///< The copy's, without its rows; or new.
  RebuildTelling telling_;
  bool is_recorded_ = false;
};

}  // namespace

Exit rebuild_state(
    Terminal& terminal, const Options& options, const StateWords& words, Catalog& catalog
) {
  return RebuildRun(terminal, options, words, catalog).run();
}

}  // namespace plumbline
