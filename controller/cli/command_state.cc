// The rows of `state` and the verbs below it.
#include <memory>

#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/state_verbs.h"

namespace plumbline {

namespace {

/// The rows of all verbs, over one set of words.
class StateCommands {
 public:
  explicit StateCommands(Options& options) : options_(options) {}

  [[nodiscard]] CommandSpec holder() const {
    return {
        .name = "state",
        .group = CommandGroup::kState,
        .summary = "Look at what is recorded, and change it by hand where no run can",
        .about =
            "The state says which objects in AWS are this stack's, and which calls have no "
            "known outcome. These commands do not call AWS, but for `rebuild`, which only looks. "
            "What only looks does so at any time, "
            "as of the last commit of a run that is under way. What changes something takes the "
            "lock, so that no run is, and is in the history.",
        .example = "plumbline state list -f manifest.yaml",
        .flags = {},
        .run = {}};
  }
  [[nodiscard]] CommandSpec list_spec() const {
    return spec(
        "list",
        "What is recorded, a line each",
        "plumbline state list securityGroups -f manifest.yaml",
        {word("SECTION", "Only this section", &words_->address, false)},
        list_state
    );
  }
  [[nodiscard]] CommandSpec show_spec() const {
    return spec(
        "show",
        "Everything that is recorded at one address",
        "plumbline state show dbProxies.app --format json",
        {word("ADDRESS", "Such as dbProxies.app", &words_->address, true)},
        show_state
    );
  }
  [[nodiscard]] CommandSpec forget_spec() const {
    CommandSpec made = spec(
        "forget",
        "Drop a resource from the state; it stays in AWS",
        "plumbline state forget secrets.old --yes",
        {word("ADDRESS", "Such as secrets.old", &words_->address, true),
         {.names = "--id",
          .value = "ID",
          .summary = "Only the object with this physical id, where there are several",
          .target = &words_->id},
         yes_flag(options_)},
        forget_state
    );
    made.about = "Nothing is deleted. Refused while a call for it has no known outcome.";
    return made;
  }
  [[nodiscard]] CommandSpec move_spec() const {
    CommandSpec made = spec(
        "move",
        "Give what is recorded another name",
        "plumbline state move dbInstances.app dbInstances.main",
        {word("FROM", "The address it has", &words_->address, true),
         word("TO", "The address it gets, in the same section", &words_->to, true),
         yes_flag(options_)},
        move_state
    );
    made.about =
        "For a resource that was renamed in the manifest: without it, the old name would be "
        "deleted and the new one created. The next apply renews its owner tag.";
    return made;
  }
  [[nodiscard]] CommandSpec backup_spec() const {
    CommandSpec made = spec(
        "backup",
        "Copy the state into a new file",
        "plumbline state backup before-upgrade.db -f manifest.yaml",
        {word("FILE", "Where to; it must not exist", &words_->file, true)},
        backup_state
    );
    made.about =
        "The copy is complete as of one moment and for its owner's eyes only (0600). To "
        "restore, put it in the place of the state and remove the `-wal` file beside it; when "
        "anything was applied since, give it to `plumbline state rebuild --key-from` instead.";
    return made;
  }
  [[nodiscard]] CommandSpec resolve_spec() const {
    CommandSpec made = spec(
        "resolve",
        "What waits for an outcome, and how to end it by hand",
        "plumbline state resolve vpcs.main --adopt vpc-0123456789abcdef0",
        {word("ADDRESS", "Such as vpcs.main; without it, everything", &words_->address, false),
         {.names = "--adopt",
          .value = "ID",
          .summary = "The open creation made the object with this physical id",
          .target = &words_->adopt},
         {.names = "--gone",
          .value = "",
          .summary = "Nothing came of the open calls, and unfinished rows are gone from AWS",
          .target = &words_->is_gone},
         yes_flag(options_)},
        resolve_state
    );
    made.about =
        "A call whose reply was lost stays open until the next apply has found out what it did. "
        "That needs nobody. Where apply cannot (permissions are missing, tags were removed), a "
        "person looks in AWS and says what is there.";
    return made;
  }
  [[nodiscard]] CommandSpec rebuild_spec() const {
    return {
        .name = "state rebuild",
        .group = CommandGroup::kState,
        .summary = "Get a lost state back from what AWS holds",
        .about =
            "Every kind that can be listed is looked at, in every account and region that the "
            "manifest or the copy names. What carries this stack's tags, proven by the key of any "
            "older copy of the state, is recorded again, also what the manifest does not declare "
            "any more. Of the copy nothing else counts but what it knows of the very same objects. "
            "Nothing in AWS is changed. Without a copy the key is lost: --trust-tags takes the "
            "tags at their word, and the next apply renews them with a new key. Refused where a "
            "state stands that runs have written.",
        .example = "plumbline state rebuild manifest.yaml --key-from .plumbline/state.db.backup-40",
        .flags = joined(
            joined(manifest_flags(options_), rebuild_flags()),
            joined({state_flag(options_), yes_flag(options_)}, output_flags(options_))
        ),
        .run = [words = words_](Terminal& terminal, const Options& options, Catalog& catalog) {
          return rebuild_state(terminal, options, *words, catalog);
        }};
  }

 private:
  using Verb = Exit (*)(Terminal&, const Options&, const StateWords&);

  static Flag word(
      const std::string& value, std::string summary, std::string* target, bool is_required
  ) {
    return {
        .names = value,
        .value = value,
        .summary = std::move(summary),
        .target = target,
        .is_required = is_required};
  }

  [[nodiscard]] std::vector<Flag> rebuild_flags() const {
    return {
        {.names = "--key-from",
         .value = "FILE",
         .summary = "Any copy of the lost state, however old",
         .target = &words_->key_from},
        {.names = "--trust-tags",
         .value = "",
         .summary = "There is no copy: take every object with this stack's tags, unproven",
         .target = &words_->trusts_tags},
        {.names = "--region",
         .value = "REGION",
         .summary = "Look there, too; may be repeated",
         .target = &words_->regions},
        {.names = "--choose",
         .value = "ADDRESS=ID",
         .summary = "Which of several objects with one address it is; may be repeated",
         .target = &words_->choices},
        {.names = "--skip",
         .value = "SECTION",
         .summary = "Leave a kind out that cannot be read; may be repeated",
         .target = &words_->skipped},
        {.names = "--secrets-as-declared",
         .value = "",
         .summary =
             "What AWS does not tell is as the manifest says, so that nothing writes it again",
         .target = &words_->takes_secrets},
        {.names = "--dry-run",
         .value = "",
         .summary = "Only say what would be recorded",
         .target = &words_->is_dry_run}};
  }

  CommandSpec spec(
      const std::string& verb,
      std::string summary,
      std::string example,
      std::vector<Flag> flags,
      Verb run
  ) const {
    const std::vector<Flag> place = {
        {.names = "-f,--file",
         .value = "PATH",
         .summary = "The manifest the state is beside (here)",
         .target = &options_.paths},
        state_flag(options_)};
    return {
        .name = "state " + verb,
        .group = CommandGroup::kState,
        .summary = std::move(summary),
        .about = "",
        .example = std::move(example),
        .flags = joined(joined(std::move(flags), place), output_flags(options_)),
        .run = [words = words_, run](Terminal& terminal, const Options& options, Catalog&) {
          return run(terminal, options, *words);
        }};
  }

  Options& options_;
  std::shared_ptr<StateWords> words_ = std::make_shared<StateWords>();
};

}  // namespace

std::vector<CommandSpec> state_commands(Options& options) {
  const StateCommands commands(options);
  return {
      commands.holder(),
      commands.list_spec(),
      commands.show_spec(),
      commands.resolve_spec(),
      commands.forget_spec(),
      commands.move_spec(),
      commands.backup_spec(),
      commands.rebuild_spec(),
  };
}

}  // namespace plumbline
