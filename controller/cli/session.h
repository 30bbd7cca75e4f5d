// Session: what every command that talks to AWS needs, built in order and torn down in reverse:
// catalog, manifest, state, credentials, transport, engine, loop.
#pragma once

#include <memory>
#include <string>

#include "controller/aws/signing.h"
#include "controller/cli/options.h"
#include "controller/cli/watch.h"
#include "controller/config/open_texts.h"
#include "controller/lint/finding_set.h"

namespace plumbline {

/// The process environment as the aws library and the manifest take it.
Environment process_environment();

/// Paths and inputs of the command line, and the environment.
ManifestOptions manifest_options(const Options& options, bool allows_missing_inputs);

/// Reads the manifest and says everything that is wrong with it (lint rules included).
struct Loaded {
  std::shared_ptr<const Manifest> manifest;
  std::shared_ptr<const SourceSet> settings;  ///< Texts that findings about settings point into.
  FindingSet findings;
  Diagnostics diagnostics;  ///< The open ones, sorted.
  bool is_usable = false;   ///< Every error is a rule's: the manifest itself could be read.
};
Loaded load_and_lint(const Catalog& catalog, const Options& options, bool allows_missing_inputs);
/// The same with other options; a text of `open` is read instead of the file of its path.
Loaded load_and_lint(
    const Catalog& catalog,
    const Options& options,
    const ManifestOptions& manifest,
    const OpenTexts& open = {}
);

/// --state, PLUMBLINE_STATE, or .plumbline/state.db beside the manifest.
std::string state_path(const Options& options, const Manifest& manifest);
/// The same without reading the manifest: beside the first path that was named, or here.
std::string state_path(const Options& options);
/// What the state at `path` holds, read beside whoever holds it; nothing is written.
Result<StateImage> glance(const std::string& path);
/// The region of the environment and the profile; "" when neither says.
std::string environment_region();
/// Knobs of a run, from the environment.
RunSettings run_settings();

/// What few commands ask of a session.
struct SessionExtras {
  std::pair<std::string, std::string> import;  ///< As ManifestOptions'; nothing else is changed.
  bool allows_findings = false;                ///< Rules may complain: the world is as it is.
  bool allows_missing_inputs = false;
};

/// Runs the engine once in `mode` (or as a controller) and shows it. `catalog` outlives the call.
class Session {
 public:
  Session(Terminal& terminal, const Options& options, Catalog& catalog);
  ~Session();

  /// Only this plan may be carried out, and nobody is asked. Before open.
  void expect(std::shared_ptr<const SavedPlan> plan) { expected_ = std::move(plan); }
  /// Nothing when ready to run; else the exit status, after having said why.
  std::optional<Exit> open(
      RunMode mode, const std::string& command, const SessionExtras& extras = {}
  );
  /// A session without manifest and state, which only looks.
  std::optional<Exit> open_survey(SurveyAsk ask, const std::string& region);
  /// A session that looks for what a lost state held; `state` gives its key, stack and accounts.
  std::optional<Exit> open_rebuild(RebuildAsk ask, StateImage state);
  /// What a plan of this session is made from.
  [[nodiscard]] PlanOrigin origin();
  ConsoleWatcher& watcher() { return watcher_; }
  Loop& loop() { return *loop_; }
  [[nodiscard]] const Manifest& manifest() const { return *manifest_; }
  [[nodiscard]] const std::string& path_of_state() const { return state_path_; }
  /// Loads the manifest again; null, with diagnostics printed, when it has errors.
  std::shared_ptr<const Manifest> reload();
  /// Until the engine has ended; SIGINT and SIGTERM stop it gracefully.
  void run();

 private:
  std::optional<Exit> open_manifest(const SessionExtras& extras);
  std::optional<Exit> start(EngineOptions engine);
  std::optional<Exit> open_state(RunMode mode, const std::string& command);
  std::optional<Exit> open_wire();
  /// What was asked for, once manifest and state are known.
  [[nodiscard]] PlanOrders follow_moves(PlanOrders orders) const;
  std::optional<Exit> check_orders(const PlanOrders& orders) const;
  std::optional<Exit> check_expected() const;

  Terminal& terminal_;
  const Options& options_;
  Catalog& catalog_;
  SystemClock clock_;
  SystemRandom random_;
  std::shared_ptr<const Manifest> manifest_;
  std::string state_path_;
  std::unique_ptr<Store> store_;
  StateImage state_;  ///< Moves to the engine.
  PlanOrigin origin_;
  std::shared_ptr<const SavedPlan> expected_;
  std::unique_ptr<CredentialFiles> credential_files_;
  std::unique_ptr<ProcessRunner> processes_;
  std::unique_ptr<CredentialKeeper> keeper_;
  std::unique_ptr<SigningDesk> desk_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Engine> engine_;
  ConsoleWatcher watcher_;
  std::unique_ptr<Loop> loop_;
};

}  // namespace plumbline
