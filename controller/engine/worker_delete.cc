// How: the rows that hold others go first (sweep), then the object; the row goes when it is gone.
#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/worker.h"

namespace plumbline {

namespace {

/// Last applied, with today's local knobs (skipFinalSnapshot …) when the block is still there.
Value deletion_properties(const Change& change, const Facts& facts) {
  Value properties = change.desired;
  if (change.resource == nullptr) {
    return properties;
  }
  for (const Property& property : change.kind->properties) {
    const Value* declared = change.resource->properties.find(property.name);
    if (property.role == PropertyRole::kLocal && declared != nullptr) {
      const Value resolved = facts.resolve(*declared);
      if (resolved.is_known()) {
        properties.set(property.name, resolved);
      }
    }
  }
  return properties;
}

}  // namespace

Task<StepResult> Worker::sweep(const Change& change) {
  Target target = target_of(change, deletion_properties(change, *run_.facts));
  const Observation seen = co_await observer_.observe_one(target, change.physical_id);
  if (seen.presence == Presence::kUnreadable) {
    co_return failure(change, "look at it", seen.error);
  }
  if (seen.presence == Presence::kAbsent) {
    co_return std::nullopt;
  }
  StepResult failed = co_await remove_rows(change, target, seen);
  if (failed) {
    // An earlier run may have sent the deletion: what is gone meanwhile holds nothing any more.
    const Observation left = co_await observer_.observe_one(target, change.physical_id);
    failed = left.presence == Presence::kAbsent ? std::nullopt : std::move(failed);
  }
  co_return failed;
}

Task<StepResult> Worker::remove_rows(
    const Change& change, const Target& target, const Observation& seen
) {
  const BindingContext context =
      context_of(target, seen.id, &seen, run_.facts->accounts(), run_.manifest->stack);
  for (const DeleteBefore& before : change.kind->remove.before) {
    if (before.collection.empty()) {
      continue;
    }
    const Collection* collection = change.kind->find_collection(before.collection);
    const auto rows = seen.collections.find(before.collection);
    if (collection == nullptr || rows == seen.collections.end() || rows->second.empty()) {
      continue;
    }
    std::vector<CollectionChange> all = {{before.collection, {}}};
    for (const Value& row : rows->second) {
      all.front().rows.push_back({RowOp::kRemove, row, Value(), false});
    }
    if (StepResult failed = co_await look_up_rows(change, target, seen, all)) {
      co_return failed;
    }
    std::vector<PlannedCall> calls = collection_calls(context, *collection, all.front());
    if (StepResult failed = co_await send_all(change, target, seen.id, std::move(calls))) {
      co_return failed;
    }
  }
  co_return std::nullopt;
}

/// That something is gone is not believed while it is so young that a replica may not have heard of
/// it: its row would go, and it would stay.
Task<Observation> Worker::observe_before_removal(const Change& change, const Target& target) {
  Io& io = caller_.io();
  const Duration quiet = caller_.settings().quiet_time;
  Duration left = quiet;
  for (const ResourceRow& row : run_.state->rows) {
    if (row.address == change.address && row.physical_id == change.physical_id) {
      const bool is_doomed = row.status == RowStatus::kDeleting;
      left = is_doomed ? Duration(0) : row.created_at + quiet - io.now();
    }
  }
  Observation seen = co_await observer_.observe_one(target, change.physical_id);
  if (seen.presence == Presence::kAbsent && left > Duration(0) && !io.is_stopping()) {
    co_await io.sleep(std::min(left, quiet));
    seen = co_await observer_.observe_one(target, change.physical_id);
  }
  co_return seen;
}

Task<StepResult> Worker::remove(const Change& change) {
  if (StepResult failed = co_await outlive_creations(change)) {
    co_return failed;
  }
  const Target target = target_of(change, deletion_properties(change, *run_.facts));
  Observation seen = co_await observe_before_removal(change, target);
  if (seen.presence == Presence::kUnreadable) {
    co_return failure(change, "look at it", seen.error);
  }
  if (seen.presence == Presence::kPresent) {
    if (StepResult failed = co_await remove_present(change, target, std::move(seen))) {
      co_return failed;
    }
  }
  Batch batch;
  batch.removals.push_back({change.address, change.physical_id});
  batch.audit.push_back(
      {run_.actor, "gone", change.address, Value::object({{"id", change.physical_id}})}
  );
  drop(change.address, change.physical_id);
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record that it is gone", caller_.store_failure());
  }
  co_return std::nullopt;
}

Task<StepResult> Worker::remove_present(
    const Change& change, const Target& target, Observation seen
) {
  if (change.kind->tags.is_supported && seen.has_tags && !is_ours(change, seen)) {
    co_return held(
        change,
        "delete",
        fmt::format(
            "{} does not carry our owner tag any more, so it is not ours to delete. Remove "
            "it from the state if someone else owns it now",
            change.physical_id
        )
    );
  }
  if (seen.readiness == Readiness::kPending) {
    // AWS refuses to delete what it is still making; what does not become ready is deleted as it
    // is.
    if (StepResult failed =
            co_await wait_until(change, target, seen.id, creation_wait(*change.kind), seen)) {
      if (caller_.io().is_stopping()) {
        co_return failed;
      }
    }
    if (seen.presence == Presence::kAbsent) {
      co_return std::nullopt;
    }
    seen = co_await observer_.observe_one(target, change.physical_id);
    if (seen.presence == Presence::kUnreadable) {
      co_return failure(change, "look at it", seen.error);
    }
  }
  if (StepResult failed = co_await remove_rows(change, target, seen)) {
    co_return failed;
  }
  if (StepResult failed = co_await remove_holders(change, target, seen)) {
    co_return failed;
  }
  co_return co_await send_delete(change, target, seen);
}

/// What is listed as holding it, one by one.
Task<StepResult> Worker::remove_holders(
    const Change& change, const Target& target, const Observation& seen
) {
  const BindingContext context =
      context_of(target, seen.id, &seen, run_.facts->accounts(), run_.manifest->stack);
  for (const DeleteBefore& before : change.kind->remove.before) {
    if (!before.for_each || !applies(before.for_each->list, context)) {
      continue;
    }
    PlannedCall holders = each_call(*before.for_each, context, before.for_each->each.action);
    if (StepResult failed = co_await send_one(change, target, seen.id, std::move(holders))) {
      co_return failed;
    }
  }
  co_return std::nullopt;
}

/// From here on a missing object is a success, whoever asks.
Task<bool> Worker::mark_doomed(const Change& change) {
  for (const ResourceRow& row : run_.state->rows) {
    if (row.address == change.address && row.physical_id == change.physical_id) {
      ResourceRow doomed = row;
      doomed.status =
          row.status == RowStatus::kDeposed ? RowStatus::kDeposed : RowStatus::kDeleting;
      keep(doomed);
      Batch batch;
      batch.upserts.push_back(std::move(doomed));
      co_return co_await caller_.commit(std::move(batch));
    }
  }
  co_return true;
}

/// `onRemove: snapshot`, as the manifest says now, else as it was last applied.
bool Worker::leaves_snapshot(const Change& change) const {
  if (change.resource != nullptr && change.resource->has_on_remove) {
    return change.resource->on_remove == OnRemove::kSnapshot;
  }
  const auto& rows = run_.state->rows;
  return std::any_of(rows.begin(), rows.end(), [&](const ResourceRow& row) {
    return row.address == change.address && row.physical_id == change.physical_id &&
           row.on_remove == "snapshot";
  });
}

Task<StepResult> Worker::send_delete(
    const Change& change, const Target& target, const Observation& seen
) {
  const BindingContext context =
      context_of(target, seen.id, &seen, run_.facts->accounts(), run_.manifest->stack);
  const CallTemplate* variant = nullptr;
  const bool wants_snapshot = leaves_snapshot(change);
  for (const CallTemplate& candidate : change.kind->remove.variants) {
    const bool fits = !wants_snapshot || candidate.leaves_snapshot;
    if (variant == nullptr && fits && applies(candidate, context)) {
      variant = &candidate;
    }
  }
  if (variant == nullptr) {
    co_return held(change, "delete", "no way of deleting it fits its properties");
  }
  if (!co_await mark_doomed(change)) {
    co_return failure(change, "record the deletion", caller_.store_failure());
  }
  Mutation mutation;
  mutation.call = make_call(*variant, context);
  mutation.from = variant;
  give_patience(mutation, change);
  mutation.intent = new_intent(change, *variant, change.region);
  mutation.intent.physical_id = seen.id;
  mutation.address = change.address;
  mutation.what = "delete";
  MutationResult sent = co_await caller_.mutate(std::move(mutation));
  if (!sent.result) {
    const auto& codes = change.kind->not_found_codes;
    const bool is_gone =
        std::find(codes.begin(), codes.end(), sent.result.error().code) != codes.end();
    if (!is_gone) {
      co_return failure(change, "delete", sent.result.error());
    }
    if (sent.intent.attempts == 2) {
      sent.intent.lost_at = {};  // The first attempt did it: nothing is left that may come later.
    }
  }
  sent.intent.state = IntentState::kDone;
  Batch batch;
  batch.intents.push_back(sent.intent);
  batch.audit.push_back(
      {run_.actor, variant->action, change.address, Value::object({{"id", seen.id}})}
  );
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record the deletion", caller_.store_failure());
  }
  if (variant->wait) {
    Observation left;
    co_return co_await wait_until(change, target, seen.id, *variant->wait, left);
  }
  co_return std::nullopt;
}

Task<StepResult> Worker::forget(const Change& change) {
  Batch batch;
  batch.removals.push_back({change.address, change.physical_id});
  batch.audit.push_back(
      {run_.actor, "forget", change.address, Value::object({{"id", change.physical_id}})}
  );
  drop(change.address, change.physical_id);
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record that it is gone", caller_.store_failure());
  }
  co_return std::nullopt;
}

}  // namespace plumbline
