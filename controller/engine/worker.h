// Worker: carries out the steps of a plan for one resource at a time: create, finish, sweep,
// delete, forget. It decides nothing that the plan has not decided; it converges on what the plan
// names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/engine/observer.h"

namespace plumbline {

/// What the steps of one run share. Owned by the Engine; outlives its tasks.
struct RunState {
  std::shared_ptr<const Manifest> manifest;
  const Graph* graph = nullptr;
  const Catalog* catalog = nullptr;
  StateImage* state = nullptr;
  Facts* facts = nullptr;
  std::string actor;  ///< For the audit: "apply", "controller".
};

/// Nothing on success.
using StepResult = std::optional<StepFailure>;

class Worker {
 public:
  Worker(Caller& caller, Observer& observer, RunState& run)
      : caller_(caller), observer_(observer), run_(run) {}

  Task<StepResult> carry_out(const Change& change, StepKind kind);

 private:
  struct Creation;

  Task<StepResult> create(const Change& change);
  Task<StepResult> create_once(const Change& change, Creation& creation);
  Task<StepResult> settle_unknown(const Change& change, Creation& creation, Error error);
  Task<StepResult> settle_existing(const Change& change, Creation& creation, Error error);
  Task<StepResult> await_fence(const Change& change, Creation& creation);
  Task<StepResult> adopt(const Change& change, Creation& creation, Observation found);
  Task<StepResult> finish(const Change& change);
  Task<StepResult> converge(const Change& change, const Target& target, Observation& seen);
  Task<StepResult> send_all(
      const Change& change,
      const Target& target,
      const std::string& id,
      std::vector<PlannedCall> calls
  );
  Task<StepResult> wait_until(
      const Change& change, const Target& target, std::string id, Wait wait, Observation& seen
  );
  Task<StepResult> wait_healthy(const Change& change, const Target& target, Observation& seen);
  Task<StepResult> sweep(const Change& change);
  Task<StepResult> remove_rows(const Change& change, const Target& target, const Observation& seen);
  Task<StepResult> remove(const Change& change);
  Task<StepResult> send_delete(const Change& change, const Target& target, const Observation& seen);
  Task<StepResult> forget(const Change& change);

  // worker_rows.cc: what is kept about resources.
  Target target_of(const Change& change, Value properties) const;
  Intent new_intent(const Change& change, const CallTemplate& from, const std::string& region)
      const;
  ResourceRow make_row(
      const Change& change,
      const std::string& id,
      RowStatus status,
      const Value& desired,
      const Observation& seen
  ) const;
  void keep(const ResourceRow& row);
  void drop(const Address& address, const std::string& physical_id);
  void know(const Change& change, const Observation& seen, const Value& desired);
  std::vector<const std::vector<ErrorMatch>*> patience_of(const Change& change) const;
  StepFailure failure(const Change& change, std::string what, Error error) const;
  StepFailure held(const Change& change, std::string what, std::string why) const;
  void report(
      const Change& change, Progress::Kind kind, std::string what, std::string why, Duration elapsed
  ) const;
  Duration scaled(Duration real) const;
  bool is_ours(const Change& change, const Observation& seen) const;

  Caller& caller_;
  Observer& observer_;
  RunState& run_;
};

/// Everything of a resource that its observation must hold: declared, applied, defaulted,
/// referenced.
std::set<std::string> needed_properties(
    const Kind& kind,
    const Value& declared,
    const Value& applied,
    const std::set<std::string>& referenced
);

}  // namespace plumbline
