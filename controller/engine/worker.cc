// How: what is there is changed until it is as declared.
#include "controller/engine/worker.h"

namespace plumbline {

namespace {

constexpr int kRounds = 4;

/// What still differs, for the message when it does not converge.
std::string describe(const Difference& difference) {
  std::string text;
  for (const FieldChange& field : difference.fields) {
    text += (text.empty() ? "" : ", ") + field.path;
  }
  for (const CollectionChange& collection : difference.collections) {
    text += (text.empty() ? "" : ", ") + collection.collection;
  }
  return difference.tags.empty() ? text : text + (text.empty() ? "tags" : ", tags");
}

struct Words {
  std::string_view doing, did;
};

/// What a step is called while it runs and when it is done.
Words words_of(Action action, StepKind kind) {
  switch (kind) {
    case StepKind::kCreate:
      return {"creating", "exists"};
    case StepKind::kFinish:
      if (action == Action::kCreate || action == Action::kReplace) {
        return {"finishing", "created"};
      }
      if (action == Action::kImport) {
        return {"importing", "imported"};
      }
      return action == Action::kAdopt ? Words{"adopting", "adopted"} : Words{"updating", "updated"};
    case StepKind::kSweep:
      return {"letting go", "let go"};
    case StepKind::kDelete:
      return {"deleting", "deleted"};
    case StepKind::kForget:
      return {"forgetting", "forgotten"};
    case StepKind::kRefresh:
      return {"refreshing", "refreshed"};
  }
  return {"", ""};
}

/// Where the first unknown inside comes from.
std::string show_unknown(const Value& value) {
  if (value.is_unknown()) {
    return value.unknown_origin();
  }
  std::string origin;
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      origin = origin.empty() ? show_unknown(item) : origin;
    }
  } else if (value.is_object()) {
    for (const Member& member : value.as_object()) {
      origin = origin.empty() ? show_unknown(member.value) : origin;
    }
  }
  return origin;
}

/// Every call that closes the difference: properties, tags, collections.
std::vector<PlannedCall> calls_for(const BindingContext& context, const Difference& difference) {
  std::vector<PlannedCall> calls = update_calls(context, difference);
  for (PlannedCall& call : tag_calls(context, difference.tags)) {
    calls.push_back(std::move(call));
  }
  for (const CollectionChange& change : difference.collections) {
    const Collection* collection = context.kind->find_collection(change.collection);
    for (PlannedCall& call : collection_calls(context, *collection, change)) {
      calls.push_back(std::move(call));
    }
  }
  return calls;
}

}  // namespace

Task<StepResult> Worker::carry_out(const Change& change, StepKind kind) {
  const Duration started = caller_.io().elapsed();
  const Words words = words_of(change.action, kind);
  report(change, Progress::Kind::kStarted, std::string(words.doing), change.reason, Duration(0));
  StepResult result;
  switch (kind) {
    case StepKind::kCreate:
      result = co_await create(change);
      break;
    case StepKind::kFinish:
      result = co_await finish(change);
      break;
    case StepKind::kSweep:
      result = co_await sweep(change);
      break;
    case StepKind::kDelete:
      result = co_await remove(change);
      break;
    case StepKind::kForget:
      result = co_await forget(change);
      break;
    case StepKind::kRefresh:
      result = co_await refresh(change);
      break;
  }
  if (!result) {
    report(
        change, Progress::Kind::kDone, std::string(words.did), "", caller_.io().elapsed() - started
    );
  }
  co_return result;
}

Task<StepResult> Worker::finish(const Change& change) {
  auto desired = desired_values(*change.resource, *run_.facts, run_.manifest->folder);
  if (!desired) {
    co_return failure(change, "read its source", desired.error());
  }
  if (!desired->is_known()) {
    co_return failure(
        change,
        "resolve references",
        {ErrorClass::kInvalid,
         "NotKnown",
         "a reference has no value: " + show_unknown(*desired),
         "",
         0}
    );
  }
  const Target target = target_of(change, *desired);
  const std::string id = run_.facts->at(change.address).id;
  Observation seen = co_await observer_.observe_one(target, id);
  const std::string* owner = seen.find_tag(kOwnerTag);
  if (change.action == Action::kImport && owner != nullptr && !is_ours(change, seen)) {
    co_return held(change, "import", "somebody else took it over after the plan was made");
  }
  StepResult result;
  if (change.action == Action::kAdopt && seen.presence == Presence::kPresent) {
    result = co_await record_first(change, seen);
  }
  if (!result) {
    result = co_await converge(change, target, seen);
  }
  if (!result && seen.readiness != Readiness::kReady) {
    result = co_await wait_until(change, target, id, creation_wait(*change.kind), seen);
    if (!result) {
      seen = co_await observer_.observe_one(target, id);
    }
  }
  if (!result) {
    result = co_await wait_healthy(change, target, seen);
  }
  if (result) {
    co_return result;
  }
  if (seen.presence != Presence::kPresent) {
    co_return failure(
        change,
        "read it back",
        seen.error.code.empty()
            ? Error{ErrorClass::kNotFound, "Gone", "it disappeared meanwhile", "", 0}
            : seen.error
    );
  }
  know(change, seen, *desired);
  Batch batch;
  batch.upserts.push_back(make_row(change, seen.id, RowStatus::kLive, *desired, seen));
  const std::string done = change.action == Action::kImport ? "import" : "finish";
  batch.audit.push_back({run_.actor, done, change.address, Value::object({{"id", seen.id}})});
  if (const ResourceRow* old = find_row(*run_.state, change.address);
      old != nullptr && old->physical_id != seen.id) {
    const std::string gone = old->physical_id;
    batch.removals.push_back({change.address, gone});
    drop(change.address, gone);
  }
  keep(batch.upserts.front());
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record it", caller_.store_failure());
  }
  co_return std::nullopt;
}

/// The first change may call back what was on its way out: a key that waits for its deletion. From
/// then on it must have a row, whatever becomes of this run and of the block.
Task<StepResult> Worker::record_first(const Change& change, const Observation& seen) {
  ResourceRow row = make_row(change, seen.id, RowStatus::kUpdating, Value(Object()), seen);
  row.applied = row.observed;  // What cannot be read back was not set by us, as far as is known.
  Batch batch;
  batch.upserts.push_back(std::move(row));
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record it", caller_.store_failure());
  }
  co_return std::nullopt;
}

Difference Worker::difference_of(
    const Change& change, const Target& target, const Observation& seen
) const {
  const ResourceRow* row = find_row(*run_.state, change.address);
  DiffInput input;
  input.kind = change.kind;
  input.resource = change.resource;
  input.desired = &target.properties;
  input.observed = &seen;
  input.applied = row == nullptr ? nullptr : &row->applied;
  input.recorded = row == nullptr ? nullptr : &row->observed;
  input.desired_tags = wanted_tags(
      *change.resource, run_.state->install_key, account_id_of(change), run_.manifest->stack
  );
  input.install_key = run_.state->install_key;
  input.account_id = account_id_of(change);
  input.is_being_made = change.action == Action::kCreate || change.action == Action::kReplace ||
                        (row != nullptr && row->status == RowStatus::kCreating);
  return diff(input);
}

/// Sends what closes the difference until a fresh look finds none.
Task<StepResult> Worker::converge(const Change& change, const Target& target, Observation& seen) {
  Difference difference;
  for (int round = 0; round < kRounds; ++round) {
    if (seen.presence == Presence::kUnreadable) {
      co_return failure(change, "look at it", seen.error);
    }
    if (seen.presence == Presence::kAbsent) {
      co_return failure(
          change,
          "look at it",
          {ErrorClass::kNotFound,
           "Gone",
           "it is not there any more; apply again to create it",
           "",
           0}
      );
    }
    difference = difference_of(change, target, seen);
    if (difference.empty()) {
      co_return std::nullopt;
    }
    if (difference.forces_replacement()) {
      co_return held(
          change, "finish", describe(difference) + " cannot be changed in place; plan again"
      );
    }
    if (StepResult failed = co_await look_up_rows(change, target, seen, difference.collections)) {
      co_return failed;
    }
    BindingContext context =
        context_of(target, seen.id, &seen, run_.facts->accounts(), run_.manifest->stack);
    std::vector<PlannedCall> calls = calls_for(context, difference);
    if (calls.empty()) {
      break;
    }
    if (StepResult failed = co_await send_all(change, target, seen.id, std::move(calls))) {
      co_return failed;
    }
    // What cannot be read back counts as set from now on.
    ResourceRow kept = make_row(change, seen.id, RowStatus::kUpdating, target.properties, seen);
    seen = co_await observer_.observe_one(target, seen.id);
    kept.observed = without_secrets(*change.kind, seen.properties, run_.state->install_key);
    keep(kept);
  }
  co_return failure(
      change,
      "converge",
      {ErrorClass::kConflict,
       "DoesNotConverge",
       "AWS accepted the calls, but it still differs in: " + describe(difference),
       "",
       0}
  );
}

Task<StepResult> Worker::send_all(
    const Change& change,
    const Target& target,
    const std::string& id,
    std::vector<PlannedCall> calls
) {
  for (PlannedCall& planned : calls) {
    if (StepResult failed = co_await send_one(change, target, id, std::move(planned))) {
      co_return failed;
    }
  }
  co_return std::nullopt;
}

Task<StepResult> Worker::send_one(
    const Change& change, const Target& target, const std::string& id, PlannedCall planned
) {
  if (planned.unfold) {
    CallResult listed = co_await caller_.read(std::move(planned.call));
    if (!listed) {
      co_return failure(change, "look at " + planned.what, listed.error());
    }
    co_return co_await send_all(change, target, id, planned.unfold(listed->body));
  }
  Mutation mutation;
  mutation.from = planned.from;
  give_patience(mutation, change);
  mutation.intent = new_intent(change, *planned.from, change.region);
  mutation.intent.physical_id = id;
  mutation.call =
      planned.with_token ? planned.with_token(mutation.intent.token) : std::move(planned.call);
  mutation.address = change.address;
  mutation.what = planned.what;
  MutationResult sent = co_await caller_.mutate(std::move(mutation));
  if (!sent.result) {
    co_return failure(change, "change " + planned.what, sent.result.error());
  }
  sent.intent.state = IntentState::kDone;
  Batch batch;
  batch.intents.push_back(sent.intent);
  batch.audit.push_back(
      {run_.actor,
       planned.from->action,
       change.address,
       Value::object({{"id", id}, {"what", planned.what}})}
  );
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record " + planned.what, caller_.store_failure());
  }
  if (planned.from->wait) {
    Observation seen;
    co_return co_await wait_until(change, target, id, *planned.from->wait, seen);
  }
  co_return std::nullopt;
}

}  // namespace plumbline
