// The controller: the engine's interval loop, a watch on the manifest's files, and the status
// server.
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/commands.h"
#include "controller/cli/flags.h"
#include "controller/cli/order_key.h"
#include "controller/cli/session.h"
#include "controller/http/server.h"
#include "state/lock.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// Notices that a file of the manifest was written, by time and size; asked on every tick.
class FileWatch {
 public:
  explicit FileWatch(const Manifest& manifest) { look(manifest); }

  void look(const Manifest& manifest) {
    seen_.clear();
    for (const SourceFile& file : manifest.sources.files()) {
      seen_[file.name] = stamp_of(file.name);
    }
  }

  [[nodiscard]] bool has_changed() const {
    for (const auto& [name, stamp] : seen_) {
      if (stamp_of(name) != stamp) {
        return true;
      }
    }
    return false;
  }

 private:
  using Stamp = std::pair<fs::file_time_type, std::uintmax_t>;
  static Stamp stamp_of(const std::string& name) {
    std::error_code error;
    const auto time = fs::last_write_time(name, error);
    const auto size = fs::file_size(name, error);
    return error ? Stamp{} : Stamp{time, size};
  }
  std::map<std::string, Stamp> seen_;
};

/// What the controller says about itself, besides its runs.
class Voice {
 public:
  Voice(Terminal& terminal, const Options& options) : terminal_(terminal), options_(options) {}

  void started(const Manifest& manifest, const std::string& address) const {
    if (options_.format == Format::kJson) {
      tell("started", manifest, address);
      return;
    }
    terminal_.out(fmt::format(
        "plumbline: reconciling stack {} every {} ({}), status at http://{}/v1/status\n",
        manifest.stack,
        options_.interval,
        options_.mode,
        address
    ));
  }
  void reloaded(const Manifest& manifest, const std::string& address) const {
    say("reloaded", "the manifest changed; reconciling", manifest, address);
  }
  void stopped(const Manifest& manifest, const std::string& address) const {
    say("stopped", "stopped; everything that was begun is recorded", manifest, address);
  }

 private:
  void say(
      std::string_view what,
      std::string_view words,
      const Manifest& manifest,
      const std::string& address
  ) const {
    if (options_.format == Format::kJson) {
      tell(what, manifest, address);
    } else {
      terminal_.out(fmt::format("plumbline: {}\n", words));
    }
  }
  void tell(std::string_view what, const Manifest& manifest, const std::string& address) const {
    const Value event = Value::object({
        {"event", "controller"},
        {"what", what},
        {"stack", manifest.stack},
        {"mode", options_.mode},
        {"interval", options_.interval},
        {"status", fmt::format("http://{}/v1/status", address)},
    });
    terminal_.out(show_json(event) + "\n");
  }

  Terminal& terminal_;
  const Options& options_;
};

Exit run_controller(Terminal& terminal, const Options& options, Catalog& catalog) {
  const RunMode mode = options.mode == "observe" ? RunMode::kObserve : RunMode::kCorrect;
  Session session(terminal, options, catalog);
  session.watcher().set_terse(true);
  if (const auto exit = session.open(mode, "controller")) {
    return *exit;
  }
  Sync<std::shared_ptr<const Snapshot>> latest;
  session.watcher().snapshot_hook = [&](std::shared_ptr<const Snapshot> snapshot) {
    latest.with([&](auto& cell) { cell = std::move(snapshot); });
  };
  ServerHooks hooks;
  hooks.snapshot = [&] { return latest.with([](auto& cell) { return cell; }); };
  hooks.sync = [&] { session.loop().post(SyncRequested{}); };
  hooks.pause = [&](bool is_paused) { session.loop().post(PauseRequested{is_paused}); };
  SystemRandom random;
  const Result<OrderKey> order_key = OrderKey::make(session.path_of_state(), random);
  if (order_key) {
    hooks.order_key = order_key->key();
  } else {
    terminal.err(fmt::format("plumbline: {}\n", order_key.error().message));
  }
  StatusServer server(options.listen, std::move(hooks));
  if (!server.error().empty()) {
    terminal.err(fmt::format("plumbline: {}\n", server.error()));
    return Exit::kFailed;
  }
  if (const Status told = publish_lock_address(session.path_of_state(), server.address()); !told) {
    terminal.err(fmt::format("plumbline: {}\n", told.error().message));
  }
  const Voice voice(terminal, options);
  FileWatch files(session.manifest());
  session.watcher().tick_hook = [&] {
    if (!files.has_changed()) {
      return;
    }
    if (auto manifest = session.reload()) {
      files.look(*manifest);
      voice.reloaded(*manifest, server.address());
      session.loop().post(ManifestChanged{std::move(manifest)});
    } else {
      files.look(session.manifest());
    }
  };
  voice.started(session.manifest(), server.address());
  session.run();
  voice.stopped(session.manifest(), server.address());
  return session.watcher().result().store_failure.message.empty() ? Exit::kFine : Exit::kState;
}

}  // namespace

CommandSpec controller_command(Options& options) {
  return {
      .name = "controller",
      .group = CommandGroup::kChange,
      .summary = "Reconcile until stopped",
      .about =
          "Looks at the world again and again and corrects what drifted. It never deletes or "
          "replaces by itself: those wait for `plumbline apply`. The manifest is read anew "
          "when it changes. Status and metrics are served on a loopback address.",
      .example = "plumbline controller manifest.yaml --interval 1m --mode observe",
      .flags = joined(
          run_flags(options),
          {
              {.names = "--interval",
               .value = "DURATION",
               .summary = "Between two looks at the world, such as 30s (5m)",
               .target = &options.interval},
              {.names = "--mode",
               .value = "MODE",
               .summary = "observe (only tell) or correct (correct)",
               .target = &options.mode,
               .choices = {"observe", "correct"}},
              {.names = "--listen",
               .value = "HOST:PORT",
               .summary = "Loopback address of status and metrics (127.0.0.1:9180)",
               .target = &options.listen},
          }
      ),
      .run = run_controller};
}

}  // namespace plumbline
