// Engine: the hub. A pure step function: an event and the time go in, commands come out; no I/O, no
// clock, no thread. Inside, tasks tell the story of a run: look, plan, ask, carry out.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/engine/worker.h"
#include "controller/plan/moves.h"
#include "controller/plan/plan_file.h"

namespace plumbline {

enum class RunMode {
  kPlan,   ///< Look and plan.
  kApply,  ///< Look, plan, ask, carry out.
  kDestroy,
  kSurvey,   ///< Look at what nobody declared yet.
  kRebuild,  ///< Look for what carries our tags, for a state that was lost.
  kObserve,  ///< Controller that only tells what differs.
  kCorrect,  ///< Controller that creates and corrects; deletions and replacements wait for apply.
};
std::string_view name_of(RunMode mode);

struct EngineOptions {
  RunMode mode = RunMode::kPlan;
  std::shared_ptr<const Manifest> manifest;
  const Catalog* catalog = nullptr;
  StateImage state;
  PlanOrders orders;
  /// The only plan that may be carried out; every difference from it is a problem of the run's.
  std::shared_ptr<const SavedPlan> expected;
  RunSettings settings;
  int parallelism = 10;
  Duration interval = std::chrono::minutes(5);  ///< Between a controller's runs.
  bool asks = true;                             ///< Apply and destroy wait for Answered.
  SurveyAsk survey;                             ///< Of kSurvey.
  RebuildAsk rebuild;                           ///< Of kRebuild.
  std::string only;                             ///< Apply changes this address alone; "" = all.
};

/// What `accounts:` says, in the words of the one who assumes roles.
std::map<std::string, RoleToAssume> roles_of(const Manifest& manifest);

class Engine {
 public:
  Engine(EngineOptions options, Random& random);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// `now` is AWS's time as far as known, `elapsed` never goes back.
  std::vector<Command> start(Timestamp now, Duration elapsed);
  std::vector<Command> step(Event event, Timestamp now, Duration elapsed);
  /// Nothing will happen any more.
  [[nodiscard]] bool has_ended() const { return has_ended_; }

 private:
  struct Execution;
  struct Sight;

  Task<> main();
  Task<> run_controller();
  Task<> run_once(RunResult& result);
  Task<> plan_and_carry_out(RunResult& result, bool changes_things);
  void check(Plan& plan) const;
  Task<> make_survey(RunResult& result);
  Task<> make_rebuild(RunResult& result);
  Task<Status> learn_accounts();
  Task<Status> learn_own_account();
  Task<Status> learn_named_account(std::string name, RoleToAssume role);
  Task<Result<std::string>> ask_account_id(std::string name, std::string region);
  [[nodiscard]] Result<std::set<std::string>> accounts_in_use() const;
  Task<Status> bind_accounts();
  Task<bool> look(Sight& sight);
  Task<bool> look_until_certain(Sight& sight, bool changes_things);
  [[nodiscard]] Duration too_young_to_be_gone(const Sight& sight) const;
  Task<> settle_intents(const Sight& sight);
  void hold_ambiguous(RunResult& result);
  void give_back(Sight& sight, const Intent& intent, Observation found);
  void add_late_targets(Sight& sight) const;
  [[nodiscard]] const Intent* unsettled_call(const Sight& sight) const;
  [[nodiscard]] Timestamp dead_at(const Intent& intent) const;
  [[nodiscard]] bool is_declared(const Address& address) const;
  Task<> refresh_rows(const Plan& plan, const Sight& sight);
  void record_moves(Batch& batch);
  void note_plan(const Plan& plan);
  Task<> execute(const Plan& plan, RunResult& result);
  Task<> run_step(Execution& execution, std::size_t index);
  void start_ready(Execution& execution, std::size_t index);
  void skip_dependents(Execution& execution, std::size_t index);
  [[nodiscard]] bool is_left_alone(const Change& change);
  std::vector<Target> make_targets(Sight& sight) const;
  [[nodiscard]] bool is_sought_as_declared(const Sight& sight, const Intent& intent) const;
  void add_orphan_targets(Sight& sight) const;
  void publish(const Plan* plan);
  void set_phase(const Address& address, Phase phase, std::string note);
  void note_contest(const Change& change);

  EngineOptions options_;
  Io io_;
  Caller caller_;
  std::unique_ptr<Observer> observer_;
  std::unique_ptr<Worker> worker_;
  Graph graph_;
  std::unique_ptr<Facts> facts_;
  RunState run_;
  AccountIds accounts_;
  std::map<std::string, RoleToAssume> learnt_with_;  ///< The role that told a named account's id.
  Moves moves_;  ///< Done in the state image, and not on the disk yet.
  std::map<Address, ResourceStatus> statuses_;
  /// When a difference was corrected, by address and what differed: for contests.
  std::map<std::pair<Address, std::string>, std::vector<Timestamp>> corrections_;
  std::shared_ptr<const Manifest> next_manifest_;
  std::uint64_t interval_timer_ = 0;
  bool is_paused_ = false;
  bool has_ended_ = false;
  bool has_looked_ = false;
  bool wants_sync_ = false;
  Timestamp last_run_at_{};
  std::string last_run_;
  Value outputs_;  ///< Without what is sensitive.
  TaskGroup tasks_;
};

}  // namespace plumbline
