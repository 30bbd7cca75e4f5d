#include "controller/cli/state_verbs.h"

// state …: look at what is recorded, and change it by hand where no run can. Everything goes
// through the Store, so that the lock, the journal and the audit hold here, too; AWS is never
// called.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/session.h"
#include "controller/cli/state_view.h"
#include "state/place.h"

namespace plumbline {

namespace {

constexpr std::size_t kHistoryRead = 1000;
constexpr std::size_t kHistoryShown = 5;

/// An opened state, or the exit status after having said why not.
struct Opened {
  std::unique_ptr<SystemClock> clock = std::make_unique<SystemClock>();
  std::unique_ptr<SystemRandom> random = std::make_unique<SystemRandom>();
  std::unique_ptr<Store> store;
  StateImage image;
  std::string path;
  Exit exit = Exit::kFine;
};

enum class Access { kRead, kWrite };

Exit refuse(Terminal& terminal, const Error& error, Exit exit) {
  terminal.err(fmt::format("plumbline: {}\n", printable(error.message)));
  return exit;
}

Opened open_state(
    Terminal& terminal, const Options& options, std::string_view verb, Access access
) {
  Opened opened;
  opened.path = state_path(options);
  if (is_missing(opened.path) && access == Access::kWrite) {
    terminal.err(fmt::format(
        "plumbline: There is no state at {}. Name it with --state FILE, or the manifest it is "
        "beside with -f PATH.\n",
        opened.path
    ));
    opened.exit = Exit::kState;
    return opened;
  }
  StoreOptions store;
  store.path = opened.path;
  store.is_glance = access == Access::kRead;
  store.holder = fmt::format(
      "state {}, process {}, since {}", verb, getpid(), format_iso8601(opened.clock->now())
  );
  auto result = open_store(store, *opened.clock, *opened.random);
  if (!result) {
    opened.exit = refuse(terminal, result.error(), Exit::kState);
    return opened;
  }
  opened.store = std::move(result).value();
  auto image = opened.store->load();
  if (!image) {
    opened.exit = refuse(terminal, image.error(), Exit::kState);
    return opened;
  }
  opened.image = std::move(image).value();
  return opened;
}

void print_json(Terminal& terminal, const Value& value) {
  terminal.out(show_json(value, JsonStyle::kPretty) + "\n");
}

/// After that nothing comes of a call that was signed and never answered.
Duration dead_after() {
  const RunSettings settings = run_settings();
  return settings.signature_life + settings.clock_margin + settings.quiet_time;
}

/// Says what an edit does, asks, and commits it.
Exit carry_out(Terminal& terminal, const Options& options, Opened& opened, const StateEdit& edit) {
  if (options.format == Format::kHuman && !options.is_quiet) {
    for (const std::string& line : edit.done) {
      terminal.out(printable("  " + line) + "\n");
    }
  }
  if (!options.says_yes) {
    if (!terminal.can_ask()) {
      terminal.err(
          "plumbline: nobody can be asked here, so nothing was changed; say --yes to go on without "
          "a question\n"
      );
      return Exit::kFailed;
    }
    if (!terminal.ask("Record this? Only \"yes\" is taken as yes: ")) {
      terminal.err("plumbline: nothing was changed\n");
      return Exit::kFailed;
    }
  }
  const Status written = opened.store->commit(edit.batch, opened.clock->now());
  if (!written) {
    return refuse(terminal, written.error(), Exit::kState);
  }
  List done;
  List follow_up;
  for (const std::string& line : edit.done) {
    done.emplace_back(line);
  }
  for (const std::string& line : edit.follow_up) {
    follow_up.emplace_back(line);
    if (options.format == Format::kHuman && !options.is_quiet) {
      terminal.out(printable(line) + "\n");
    }
  }
  if (options.format == Format::kJson) {
    const Batch::AuditEntry& entry = edit.batch.audit.back();
    print_json(
        terminal,
        Value::object({
            {"version", 1},
            {"action", entry.action},
            {"address", entry.address.to_string()},
            {"done", Value(std::move(done))},
            {"followUp", Value(std::move(follow_up))},
        })
    );
  }
  return Exit::kFine;
}

using Make = std::function<Result<StateEdit>(const StateImage& state, Timestamp now)>;

Exit edit(Terminal& terminal, const Options& options, std::string_view verb, const Make& make) {
  Opened opened = open_state(terminal, options, verb, Access::kWrite);
  if (opened.exit != Exit::kFine) {
    return opened.exit;
  }
  const auto made = make(opened.image, opened.clock->now());
  if (!made) {
    return refuse(terminal, made.error(), Exit::kFailed);
  }
  return carry_out(terminal, options, opened, *made);
}

}  // namespace

Exit list_state(Terminal& terminal, const Options& options, const StateWords& words) {
  const Opened opened = open_state(terminal, options, "list", Access::kRead);
  if (opened.exit != Exit::kFine) {
    return opened.exit;
  }
  if (options.format == Format::kJson) {
    print_json(terminal, state_to_json(opened.image, words.address));
  } else if (opened.image.rows.empty() && opened.image.open_intents.empty()) {
    terminal.out("Nothing is recorded: this stack was not applied yet, or it was destroyed.\n");
  } else {
    terminal.out(state_table(opened.image, words.address));
  }
  return Exit::kFine;
}

Exit show_state(Terminal& terminal, const Options& options, const StateWords& words) {
  const Opened opened = open_state(terminal, options, "show", Access::kRead);
  if (opened.exit != Exit::kFine) {
    return opened.exit;
  }
  AtAddress known;
  known.address = Address::parse(words.address);
  std::vector<std::string> names;
  for (const ResourceRow& row : opened.image.rows) {
    names.push_back(row.address.to_string());
    if (row.address == known.address) {
      known.rows.push_back(row);
    }
  }
  known.open = open_work(opened.image, known.address, dead_after());
  if (known.rows.empty() && (known.open.empty() || known.address.section.empty())) {
    const auto best = nearest(words.address, names);
    terminal.err(fmt::format(
        "plumbline: The state holds nothing at {}. {}\n",
        words.address,
        best ? fmt::format("Did you mean {}?", *best)
             : "`plumbline state list` shows what it holds."
    ));
    return Exit::kFailed;
  }
  auto history = opened.store->audit(kHistoryRead);
  if (!history) {
    return refuse(terminal, history.error(), Exit::kState);
  }
  for (AuditRecord& record : *history) {
    if (record.address == known.address && known.history.size() < kHistoryShown) {
      known.history.push_back(std::move(record));
    }
  }
  if (options.format == Format::kJson) {
    print_json(terminal, to_json(known));
  } else {
    terminal.out(describe(known));
  }
  return Exit::kFine;
}

Exit resolve_state(Terminal& terminal, const Options& options, const StateWords& words) {
  const Address address = words.address.empty() ? Address() : Address::parse(words.address);
  if (!words.adopt.empty() && words.is_gone) {
    terminal.err("plumbline: --adopt and --gone exclude each other: it is there, or it is not\n");
    return Exit::kUsage;
  }
  if (!words.adopt.empty() || words.is_gone) {
    if (address.section.empty()) {
      terminal.err("plumbline: name the ADDRESS that --adopt or --gone is about\n");
      return Exit::kUsage;
    }
    return edit(terminal, options, "resolve", [&](const StateImage& state, Timestamp now) {
      return words.is_gone ? declare_gone(state, address, now, dead_after())
                           : adopt_created(state, address, words.adopt, now);
    });
  }
  const Opened opened = open_state(terminal, options, "resolve", Access::kRead);
  if (opened.exit != Exit::kFine) {
    return opened.exit;
  }
  const std::vector<OpenWork> work = open_work(opened.image, address, dead_after());
  if (options.format == Format::kJson) {
    print_json(terminal, Value::object({{"version", 1}, {"open", to_json(work)}}));
  } else if (work.empty()) {
    terminal.out(
        words.address.empty() ? "Nothing waits for an outcome.\n"
                              : fmt::format("Nothing waits at {}.\n", printable(words.address))
    );
  } else {
    terminal.out(describe(work));
  }
  return Exit::kFine;
}

Exit backup_state(Terminal& terminal, const Options& options, const StateWords& words) {
  if (!is_missing(words.file)) {
    terminal.err(fmt::format(
        "plumbline: {} is there already, and a backup overwrites nothing. Name another file.\n",
        words.file
    ));
    return Exit::kFailed;
  }
  if (const std::string path = state_path(options); is_missing(path)) {
    terminal.err(fmt::format("plumbline: There is no state at {} to back up.\n", path));
    return Exit::kState;
  }
  const Opened opened = open_state(terminal, options, "backup", Access::kRead);
  if (opened.exit != Exit::kFine) {
    return opened.exit;
  }
  const Status copied = opened.store->copy_to(words.file);
  if (!copied) {
    return refuse(terminal, copied.error(), Exit::kState);
  }
  if (options.format == Format::kJson) {
    print_json(
        terminal,
        Value::object({
            {"version", 1},
            {"action", "backup"},
            {"file", words.file},
            {"serial", static_cast<std::int64_t>(opened.image.serial)},
        })
    );
  } else if (!options.is_quiet) {
    terminal.out(fmt::format(
        "{} holds {} resources as of serial {}. It holds the key of this state's owner tags, too: "
        "keep it as private as the state.\n",
        words.file,
        opened.image.rows.size(),
        opened.image.serial
    ));
  }
  return Exit::kFine;
}

Exit forget_state(Terminal& terminal, const Options& options, const StateWords& words) {
  return edit(terminal, options, "forget", [&](const StateImage& state, Timestamp) {
    return forget_rows(state, Address::parse(words.address), words.id);
  });
}

Exit move_state(Terminal& terminal, const Options& options, const StateWords& words) {
  return edit(terminal, options, "move", [&](const StateImage& state, Timestamp now) {
    return move_rows(state, Address::parse(words.address), Address::parse(words.to), now);
  });
}

}  // namespace plumbline
