// A whole world for engine tests: a simulated AWS, a state in memory, a clock that a test's waiting
// makes pass, and the real engine, loop, codecs and signer between them. Owned by each test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/engine/loop.h"
#include "tests/support/engine/fake_wire.h"

namespace plumbline {

/// What a test may ask of one run.
struct RunAsk {
  FaultScript faults;
  int crash_at = -1;        ///< Moment (see Fate) at which the process dies.
  int break_commit_at = 0;  ///< Commit that fails.
  bool is_approved = true;
  int parallelism = 10;
  PlanOrders orders;
  std::shared_ptr<const SavedPlan> expected;
  SurveyAsk survey;    ///< Of a survey.
  RebuildAsk rebuild;  ///< Of a rebuild.
  std::string only;    ///< The one address that may change; "" = all.
  /// Called at the end of each run of a controller; posts what happens next, or stops it.
  std::function<void(Loop&, const RunResult&)> on_run_ended;
  /// Called at every tick with the time since the run began.
  std::function<void(Loop&, Duration)> on_tick;
  /// Called with each line of progress.
  std::function<void(Loop&, const Progress&)> on_progress;
};

struct RunReport {
  RunResult result;
  bool has_crashed = false;
  int moments = 0;
  std::vector<std::string> actions;  ///< Mutating requests, in order.
  std::vector<Progress> progress;
  std::string plan;  ///< As rendered.
  std::shared_ptr<const Snapshot> snapshot;
  std::shared_ptr<const Manifest> manifest;  ///< The plan points into it.
  Duration took{0};

  [[nodiscard]] bool is_clean() const {
    return !has_crashed && result.is_complete && result.failures.empty();
  }
  [[nodiscard]] std::string failures() const;
  /// What was said and sent, for messages.
  [[nodiscard]] std::string story() const;
  [[nodiscard]] const Change* change(const std::string& address) const;
  /// kNone also for what the plan does not name.
  [[nodiscard]] Action action_of(const std::string& address) const {
    const Change* found = change(address);
    return found == nullptr ? Action::kNone : found->action;
  }
  [[nodiscard]] bool has_changes() const {
    return result.plan != nullptr && result.plan->has_changes();
  }
  [[nodiscard]] std::size_t count(Action action) const {
    return result.plan == nullptr ? 0 : result.plan->count(action);
  }
  [[nodiscard]] bool has_progress(const std::string& text) const;
};

/// Kinds are parsed once for all tests of a binary.
const Catalog& test_catalog();

class TestWorld {
 public:
  explicit TestWorld(
      std::uint64_t seed = 1,
      Duration signature_life = std::chrono::minutes(5),
      const Catalog& catalog = test_catalog()
  );
  ~TestWorld();
  TestWorld(const TestWorld&) = delete;
  TestWorld& operator=(const TestWorld&) = delete;

  RunReport run(RunMode mode, const std::string& manifest, const RunAsk& ask = {}) {
    return run(mode, parse(manifest), ask);
  }
  RunReport run(RunMode mode, std::shared_ptr<const Manifest> manifest, const RunAsk& ask = {});
  RunReport apply(const std::string& manifest, const RunAsk& ask = {}) {
    return run(RunMode::kApply, manifest, ask);
  }
  RunReport plan(const std::string& manifest) { return run(RunMode::kPlan, manifest); }
  RunReport destroy(const std::string& manifest, const RunAsk& ask = {}) {
    return run(RunMode::kDestroy, manifest, ask);
  }
  /// Text → manifest; reports faults as failures of the test.
  std::shared_ptr<const Manifest> parse(const std::string& text) const;

  /// A call by someone else; fails the test when AWS refuses.
  Value call(
      const std::string& service, const std::string& action, Value request, std::string http = ""
  );
  /// How many objects carry each address of ours.
  [[nodiscard]] std::map<std::string, int> made() const;
  /// The tags of the object that carries an address of ours; none when nothing does.
  [[nodiscard]] std::map<std::string, std::string> tags_of(const std::string& address) const;
  /// A network that somebody else makes with these tags; its id.
  std::string plant(
      const std::map<std::string, std::string>& tags, const std::string& cidr = "10.7.0.0/16"
  );
  /// How many objects of a type there are, whosoever they are ("vpc", "role").
  [[nodiscard]] int count(const std::string& type) const;
  /// Physical id of an address as the state knows it; "" when it does not.
  [[nodiscard]] std::string id_of(const std::string& address) const;
  [[nodiscard]] StateImage state() const;
  /// The plan as `plan --out` would save it, read back. Only of a run's own manifest and state.
  [[nodiscard]] std::shared_ptr<const SavedPlan> saved(const RunReport& report) const;
  /// Loses everything but the install key's store: rows, not the world.
  void forget(const std::string& address);
  /// The state is gone; a new one has the key of the lost one, or another.
  void lose_state(bool keeps_key);
  /// Writes into the state what a test made of it.
  void record(const Batch& batch);

  [[nodiscard]] FakeClock& clock() { return clock_; }
  /// Of the processes.
  [[nodiscard]] LocalClock& local() { return local_; }
  [[nodiscard]] FakeWire& wire() { return wire_; }
  [[nodiscard]] sim::Simulator& simulator() { return *simulator_; }
  [[nodiscard]] const Catalog& catalog() const { return *catalog_; }

 private:
  /// A desk with the key of the simulator's first account.
  struct Office;

  FakeClock clock_;
  LocalClock local_{clock_};
  SeededRandom random_;
  Fate fate_;
  std::unique_ptr<sim::Simulator> simulator_;
  mutable FakeStore store_;
  FakeWire wire_;
  const Catalog* catalog_;
  Duration signature_life_;
  std::string region_ = "eu-west-3";
};

}  // namespace plumbline
