#include "controller/engine/engine.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/engine/sight.h"
#include "controller/plan/generate.h"
#include "controller/plan/guard.h"
#include "controller/plan/import.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

constexpr std::size_t kContestedAfter = 3;
constexpr Duration kContestWindow = std::chrono::minutes(10);

std::string what_differs(const Change& change) {
  std::string text;
  for (const FieldChange& field : change.difference.fields) {
    text += (text.empty() ? "" : ", ") + field.path;
  }
  for (const CollectionChange& collection : change.difference.collections) {
    text += (text.empty() ? "" : ", ") + collection.collection;
  }
  for (const auto& [key, value] : change.difference.tags.set) {
    text += (text.empty() ? "tags." : ", tags.") + key;
  }
  for (const std::string& key : change.difference.tags.unset) {
    text += (text.empty() ? "tags." : ", tags.") + key;
  }
  return text;
}

Purpose purpose_of(RunMode mode) {
  return mode == RunMode::kApply     ? Purpose::kApply
         : mode == RunMode::kDestroy ? Purpose::kDestroy
         : mode == RunMode::kCorrect ? Purpose::kController
                                     : Purpose::kPlan;
}

}  // namespace

std::string_view name_of(RunMode mode) {
  switch (mode) {
    case RunMode::kPlan:
      return "plan";
    case RunMode::kApply:
      return "apply";
    case RunMode::kDestroy:
      return "destroy";
    case RunMode::kSurvey:
      return "survey";
    case RunMode::kRebuild:
      return "rebuild";
    case RunMode::kObserve:
      return "observe";
    case RunMode::kCorrect:
      return "correct";
  }
  PLUMBLINE_UNREACHABLE("RunMode");
}

/// The plan being carried out.
struct Engine::Execution {
  const Plan& plan;
  RunResult& result;
  std::vector<std::size_t> open_waits;               ///< By step.
  std::vector<std::vector<std::size_t>> dependents;  ///< By step.
  std::vector<bool> is_settled;                      ///< Done, failed or skipped.
  TaskGroup tasks;
};

Engine::Engine(EngineOptions options, Random& random)
    : options_(std::move(options)),
      io_(options_.parallelism, options_.settings.time_scale),
      caller_(io_, random, options_.settings) {
  if (options_.mode == RunMode::kDestroy) {
    options_.orders.mode = PlanMode::kDestroy;
  }
  sort_rows(options_.state);
  caller_.remember(options_.state.late_calls);
}

Engine::~Engine() = default;

std::vector<Command> Engine::start(Timestamp now, Duration elapsed) {
  io_.set_time(now, elapsed);
  tasks_.add(main());
  return io_.take_commands();
}

std::vector<Command> Engine::step(Event event, Timestamp now, Duration elapsed) {
  io_.set_time(now, elapsed);
  if (auto* finished = std::get_if<CallFinished>(&event)) {
    io_.on(std::move(*finished));
  } else if (const auto* committed = std::get_if<Committed>(&event)) {
    io_.on(*committed);
  } else if (const auto* journalled = std::get_if<Journalled>(&event)) {
    ++io_.counters.commits;
    io_.counters.commit_time += journalled->took;
  } else if (const auto* timer = std::get_if<TimerFired>(&event)) {
    io_.on(*timer);
  } else if (const auto* answer = std::get_if<Answered>(&event)) {
    io_.on(*answer);
  } else if (const auto* changed = std::get_if<ManifestChanged>(&event)) {
    next_manifest_ = changed->manifest;
    io_.wake(interval_timer_);
  } else if (std::holds_alternative<SyncRequested>(event)) {
    wants_sync_ = true;
    io_.wake(interval_timer_);
  } else if (const auto* pause = std::get_if<PauseRequested>(&event)) {
    is_paused_ = pause->is_paused;
    publish(nullptr);
    io_.wake(interval_timer_);
  } else if (std::holds_alternative<StopRequested>(event)) {
    io_.stop();
  }
  return io_.take_commands();
}

Task<> Engine::main() {
  if (options_.mode == RunMode::kObserve || options_.mode == RunMode::kCorrect) {
    co_await run_controller();
  } else {
    RunResult result;
    if (options_.mode == RunMode::kSurvey) {
      co_await make_survey(result);
    } else if (options_.mode == RunMode::kRebuild) {
      co_await make_rebuild(result);
    } else {
      co_await run_once(result);
    }
    result.store_failure = caller_.store_failure();
    result.counters = io_.counters;
    io_.emit(RunEnded{std::move(result)});
  }
  has_ended_ = true;
}

Task<> Engine::run_controller() {
  publish(nullptr);
  while (!io_.is_stopping()) {
    if (!is_paused_ || wants_sync_) {
      wants_sync_ = false;
      RunResult result;
      co_await run_once(result);
      ++io_.counters.runs;
      result.store_failure = caller_.store_failure();
      result.counters = io_.counters;
      io_.emit(RunEnded{std::move(result)});
    }
    if (io_.is_stopping()) {
      break;
    }
    if (next_manifest_ == nullptr && !wants_sync_) {
      Io::TimerAwaiter pause = io_.sleep(options_.interval);
      interval_timer_ = io_.next_id();
      co_await pause;
      interval_timer_ = 0;
    }
    if (next_manifest_ != nullptr) {
      options_.manifest = std::exchange(next_manifest_, nullptr);
      observer_.reset();
    }
  }
}

Task<> Engine::run_once(RunResult& result) {
  const Status learnt = co_await learn_accounts();
  if (!learnt) {
    result.failure = learnt.error();
    last_run_ = result.failure.to_string();
    publish(nullptr);
    co_return;
  }
  run_.manifest = options_.manifest;
  run_.catalog = options_.catalog;
  run_.state = &options_.state;
  run_.actor = std::string(name_of(options_.mode));
  run_.purpose = purpose_of(options_.mode);
  run_.permissions.reset();
  Diagnostics ignored;  // The manifest was checked when it was loaded.
  graph_ = make_graph(*options_.manifest, ignored);
  run_.edges = EdgeIndex(graph_, options_.manifest->resources.size());
  facts_ = std::make_unique<Facts>(accounts_, options_.manifest->region);
  know_generated(*facts_, *options_.manifest, options_.state.install_key);
  run_.facts = facts_.get();
  observer_ = std::make_unique<Observer>(caller_, accounts_, options_.manifest->stack);
  worker_ = std::make_unique<Worker>(caller_, *observer_, run_);

  const bool changes_things = options_.mode != RunMode::kPlan && options_.mode != RunMode::kObserve;
  if (changes_things) {
    const Status bound = co_await bind_accounts();
    if (!bound) {
      co_return;
    }
  }
  // Destroy goes by what is recorded, where everything still carries the tag of its old address;
  // and what a refresh accepts stays where it is recorded.
  const bool follows_manifest = options_.orders.mode == PlanMode::kReconcile;
  if (follows_manifest && moves_.empty()) {
    moves_ = apply_moves(*options_.manifest, options_.state);
  }
  co_await plan_and_carry_out(result, changes_things);
  if (changes_things && !io_.is_stopping()) {
    hold_ambiguous(result);
  }
  if (follows_manifest) {
    result.outputs = output_values(*options_.manifest, *facts_);
    outputs_ = outputs_to_json(result.outputs);
    publish(nullptr);
  }
}

Task<> Engine::plan_and_carry_out(RunResult& result, bool changes_things) {
  Sight sight;
  if (!co_await look_until_certain(sight, changes_things)) {
    result.was_stopped = true;
    co_return;
  }
  auto plan = std::make_shared<Plan>(make_plan(sight.input, *facts_));
  if (!options_.only.empty()) {
    keep_only(*plan, *options_.manifest, Address::parse(options_.only));
  }
  check(*plan);
  result.plan = plan;
  has_looked_ = true;
  last_run_at_ = io_.now();
  io_.emit(PlanMade{plan});
  note_plan(*plan);
  last_run_ = summarise(*plan);
  publish(plan.get());
  if (!changes_things || !plan->has_changes()) {
    result.is_complete = !plan->problems.has_errors();
    if (changes_things && result.is_complete) {
      co_await refresh_rows(*plan, sight);
    }
    co_return;
  }
  const bool is_controller = options_.mode == RunMode::kCorrect;
  if (plan->problems.has_errors() && !is_controller) {
    co_return;  // Nothing half-done: all of it, or none.
  }
  if (options_.asks && !is_controller && !co_await io_.ask(plan)) {
    result.was_declined = true;
    co_return;
  }
  co_await refresh_rows(*plan, sight);
  co_await execute(*plan, result);
  publish(plan.get());
}

/// What forbids the whole plan. A controller needs no such guard: it deletes and replaces nothing.
void Engine::check(Plan& plan) const {
  if (options_.mode == RunMode::kObserve || options_.mode == RunMode::kCorrect) {
    return;
  }
  add_guards(plan, *options_.manifest, options_.state);
  if (options_.expected != nullptr) {
    plan.problems.append(compare_plans(*options_.expected, plan, options_.state));
  }
}

/// Where every resource stands before the first step; what no plan names any more is forgotten.
void Engine::note_plan(const Plan& plan) {
  std::map<Address, ResourceStatus> before = std::exchange(statuses_, {});
  for (const Change& change : plan.changes) {
    if (const auto known = before.find(change.address); known != before.end()) {
      statuses_[change.address] = known->second;
    }
    const bool differs = change.action != Action::kNone;
    set_phase(
        change.address,
        change.action == Action::kHold ? Phase::kStuck
        : differs                      ? Phase::kDrifted
                                       : Phase::kSynced,
        differs ? std::string(name_of(change.action)) + ": " + change.reason : ""
    );
    statuses_[change.address].id = change.physical_id;
    statuses_[change.address].kind = change.kind->name;
  }
}

Task<> Engine::execute(const Plan& plan, RunResult& result) {
  Execution execution{plan, result, {}, {}, {}, {}};
  execution.open_waits.resize(plan.steps.size());
  execution.dependents.resize(plan.steps.size());
  execution.is_settled.resize(plan.steps.size(), false);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    execution.open_waits[i] = plan.steps[i].waits_for.size();
    for (const std::size_t producer : plan.steps[i].waits_for) {
      execution.dependents[producer].push_back(i);
    }
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (is_left_alone(plan.changes[plan.steps[i].change])) {
      execution.is_settled[i] = true;
      skip_dependents(execution, i);
    }
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].waits_for.empty()) {
      start_ready(execution, i);
    }
  }
  co_await execution.tasks.join();
  std::sort(result.skipped.begin(), result.skipped.end());
  result.skipped.erase(
      std::unique(result.skipped.begin(), result.skipped.end()), result.skipped.end()
  );
  result.was_stopped = io_.is_stopping();
  result.is_complete = result.done == plan.steps.size();
  last_run_ =
      result.failures.empty()
          ? summarise(plan)
          : fmt::format(
                "{} failed: {}", result.failures.size(), result.failures.front().error.to_string()
            );
}

void Engine::start_ready(Execution& execution, std::size_t index) {
  if (!execution.is_settled[index]) {
    execution.tasks.add(run_step(execution, index));
  }
}

Task<> Engine::run_step(Execution& execution, std::size_t index) {
  const Step& step = execution.plan.steps[index];
  const Change& change = execution.plan.changes[step.change];
  if (io_.is_stopping()) {
    execution.is_settled[index] = true;
    execution.result.skipped.push_back(change.address);
    skip_dependents(execution, index);
    co_return;
  }
  set_phase(change.address, Phase::kCalling, std::string(name_of(step.kind)));
  StepResult failed = co_await worker_->carry_out(change, step.kind);
  execution.is_settled[index] = true;
  if (failed) {
    ++io_.counters.failures;
    set_phase(change.address, Phase::kStuck, failed->error.to_string());
    execution.result.failures.push_back(std::move(*failed));
    skip_dependents(execution, index);
    publish(&execution.plan);
    co_return;
  }
  ++execution.result.done;
  if (step.kind == StepKind::kFinish) {
    ++io_.counters.corrections;
    note_contest(change);
    set_phase(change.address, Phase::kSynced, "");
    statuses_[change.address].id = facts_->at(change.address).id;
  } else if (step.kind == StepKind::kDelete || step.kind == StepKind::kForget) {
    statuses_.erase(change.address);
  }
  publish(&execution.plan);
  for (const std::size_t dependent : execution.dependents[index]) {
    if (--execution.open_waits[dependent] == 0) {
      start_ready(execution, dependent);
    }
  }
}

void Engine::skip_dependents(Execution& execution, std::size_t index) {
  const Address& cause = execution.plan.changes[execution.plan.steps[index].change].address;
  std::vector<std::size_t> work = execution.dependents[index];
  while (!work.empty()) {
    const std::size_t step = work.back();
    work.pop_back();
    if (execution.is_settled[step]) {
      continue;
    }
    execution.is_settled[step] = true;
    const Change& change = execution.plan.changes[execution.plan.steps[step].change];
    execution.result.skipped.push_back(change.address);
    // The cause has later steps of its own; what it says of itself must stay.
    if (change.address != cause) {
      set_phase(change.address, Phase::kWaiting, "waits for " + cause.to_string());
    }
    for (const std::size_t dependent : execution.dependents[step]) {
      work.push_back(dependent);
    }
  }
}

bool Engine::is_left_alone(const Change& change) {
  if (options_.mode != RunMode::kCorrect) {
    return false;
  }
  if (change.action == Action::kReplace || change.action == Action::kDelete ||
      change.action == Action::kForget || change.action == Action::kImport) {
    return true;  // Waits for `plumbline apply`.
  }
  const bool only_reports = change.resource != nullptr && change.is_drift &&
                            change.resource->drift == DriftPolicy::kReport;
  const auto found = corrections_.find({change.address, what_differs(change)});
  if (found == corrections_.end()) {
    return only_reports;
  }
  std::erase_if(found->second, [&](Timestamp at) { return io_.now() - at > kContestWindow; });
  if (found->second.size() >= kContestedAfter) {
    set_phase(
        change.address,
        Phase::kContested,
        "someone else keeps changing " + found->first.second + " back; left alone"
    );
    return true;
  }
  return only_reports;
}

void Engine::note_contest(const Change& change) {
  if (options_.mode == RunMode::kCorrect && change.is_drift) {
    corrections_[{change.address, what_differs(change)}].push_back(io_.now());
  }
}

void Engine::set_phase(const Address& address, Phase phase, std::string note) {
  ResourceStatus& status = statuses_[address];
  if (status.phase != phase) {
    status.since = io_.now();
  }
  status.address = address;
  status.phase = phase;
  status.note = std::move(note);
}

void Engine::publish(const Plan* plan) {
  static_cast<void>(plan);
  if (options_.mode != RunMode::kObserve && options_.mode != RunMode::kCorrect) {
    return;  // Nobody watches a single run from outside.
  }
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->stack = options_.manifest->stack;
  snapshot->account_id = accounts_.own;
  snapshot->region = options_.manifest->region;
  snapshot->mode = std::string(name_of(options_.mode));
  snapshot->is_ready = has_looked_;
  snapshot->is_paused = is_paused_;
  snapshot->at = io_.now();
  snapshot->last_run_at = last_run_at_;
  snapshot->last_run = last_run_;
  for (const auto& [address, status] : statuses_) {
    snapshot->resources.push_back(status);
  }
  snapshot->counters = io_.counters;
  snapshot->outputs = outputs_;
  io_.emit(Publish{std::move(snapshot)});
}

}  // namespace plumbline
