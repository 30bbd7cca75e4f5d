// Worker: carries out the steps of a plan for one resource at a time: create, finish, sweep,
// delete, forget. It decides nothing that the plan has not decided; it converges on what the plan
// names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/engine/observer.h"
#include "controller/plan/permissions.h"

namespace plumbline {

/// The graph's edges by resource.
struct EdgeIndex {
  EdgeIndex() = default;
  explicit EdgeIndex(const Graph& graph, std::size_t resources);
  std::vector<std::vector<const Edge*>> of_consumer, of_producer;
};

/// What the steps of one run share. Owned by the Engine; outlives its tasks.
struct RunState {
  std::shared_ptr<const Manifest> manifest;
  EdgeIndex edges;
  const Catalog* catalog = nullptr;
  StateImage* state = nullptr;
  Facts* facts = nullptr;
  std::string actor;  ///< For the audit: "apply", "controller".
  Purpose purpose = Purpose::kApply;
  std::optional<Permissions> permissions;  ///< Once a refusal is to be explained.
};

/// Nothing on success.
using StepResult = std::optional<StepFailure>;

class Worker {
 public:
  Worker(Caller& caller, Observer& observer, RunState& run)
      : caller_(caller), observer_(observer), run_(run) {}

  Task<StepResult> carry_out(const Change& change, StepKind kind);
  /// The row as the manifest now describes it, when only that changed (protect, onRemove, knobs of
  /// ours, dependencies): nothing to send, but something to remember.
  std::optional<ResourceRow> refreshed(const Change& change, const Observation& seen) const;
  void keep(const ResourceRow& row);

 private:
  struct Creation;

  Task<StepResult> create(const Change& change);
  Task<StepResult> create_until_made(const Change& change, Creation& creation);
  void begin_intent(const Change& change, Creation& creation) const;
  [[nodiscard]] std::string digest_of_request(const Change& change, const Creation& creation) const;
  Task<StepResult> outlive_other_request(const Change& change, Creation& creation);
  Task<bool> outlive(const Change& change, Timestamp dead_at, std::string why);
  Task<StepResult> outlive_creations(const Change& change);
  Task<StepResult> outlive_deletions(const Change& change, const CallTemplate& creation);
  Task<StepResult> create_once(const Change& change, Creation& creation);
  Task<StepResult> settle_unknown(const Change& change, Creation& creation, Error error);
  Task<StepResult> bring_back(const Change& change, Creation& creation, Error error);
  Task<StepResult> settle_existing(const Change& change, Creation& creation, Error error);
  Task<StepResult> await_fence(const Change& change, Creation& creation);
  // worker_ambiguous.cc: creations of class X.
  Task<StepResult> note_siblings(const Change& change, Creation& creation);
  [[nodiscard]] bool is_as_asked(
      const Change& change, const Creation& creation, const Observation& seen
  ) const;
  Task<Result<std::vector<Observation>>> new_siblings(
      const Change& change, const Creation& creation, bool as_asked
  );
  Task<Result<std::vector<Observation>>> await_siblings(
      const Change& change, const Creation& creation, bool as_asked
  );
  Task<StepResult> settle_ambiguous(const Change& change, Creation& creation, bool asks_otherwise);
  Task<StepResult> adopt(const Change& change, Creation& creation, Observation found);
  Task<StepResult> finish(const Change& change);
  Task<StepResult> record_first(const Change& change, const Observation& seen);
  Task<StepResult> converge(const Change& change, const Target& target, Observation& seen);
  Difference difference_of(const Change& change, const Target& target, const Observation& seen)
      const;
  /// What the rows to add and to remove lack, before their calls are made.
  Task<StepResult> look_up_rows(
      const Change& change,
      const Target& target,
      const Observation& seen,
      std::vector<CollectionChange>& changes
  );
  Task<StepResult> send_all(
      const Change& change,
      const Target& target,
      const std::string& id,
      std::vector<PlannedCall> calls
  );
  Task<StepResult> send_one(
      const Change& change, const Target& target, const std::string& id, PlannedCall planned
  );
  Task<StepResult> wait_until(
      const Change& change, const Target& target, std::string id, Wait wait, Observation& seen
  );
  std::optional<StepResult> judge_wait(
      const Change& change, const Wait& wait, const Observation& seen, Duration elapsed
  ) const;
  Task<StepResult> wait_healthy(const Change& change, const Target& target, Observation& seen);
  Task<StepResult> wait_rows_healthy(
      const Change& change, const Target& target, Observation& seen, const Collection& collection
  );
  Task<StepResult> sweep(const Change& change);
  Task<StepResult> remove_rows(const Change& change, const Target& target, const Observation& seen);
  Task<StepResult> remove(const Change& change);
  Task<Observation> observe_before_removal(const Change& change, const Target& target);
  Task<StepResult> remove_present(const Change& change, const Target& target, Observation seen);
  Task<StepResult> remove_holders(
      const Change& change, const Target& target, const Observation& seen
  );
  Task<StepResult> send_delete(const Change& change, const Target& target, const Observation& seen);
  Task<bool> mark_doomed(const Change& change);
  [[nodiscard]] bool leaves_snapshot(const Change& change) const;
  Task<StepResult> forget(const Change& change);
  Task<StepResult> refresh(const Change& change);

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
  void drop(const Address& address, const std::string& physical_id);
  void know(const Change& change, const Observation& seen, const Value& desired);
  [[nodiscard]] const std::vector<const Edge*>& edges_of(
      const Change& change, const std::vector<std::vector<const Edge*>>& edges
  ) const;
  void give_patience(Mutation& mutation, const Change& change) const;
  StepFailure failure(const Change& change, std::string what, Error error) const;
  StepFailure held(const Change& change, std::string what, std::string why) const;
  void report(
      const Change& change, Progress::Kind kind, std::string what, std::string why, Duration elapsed
  ) const;
  Duration scaled(Duration real) const;
  [[nodiscard]] const std::string& account_id_of(const Change& change) const {
    return run_.facts->accounts().of(change.account);
  }
  bool is_ours(const Change& change, const Observation& seen) const;

  Caller& caller_;
  Observer& observer_;
  RunState& run_;
};

/// How long the kind gives creation until it is ready.
Wait creation_wait(const Kind& kind);

/// Everything of a resource that its observation must hold: declared, applied, defaulted,
/// referenced.
std::set<std::string> needed_properties(
    const Kind& kind,
    const Value& declared,
    const Value& applied,
    const std::set<std::string>& referenced
);

}  // namespace plumbline
