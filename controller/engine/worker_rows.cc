// What the worker keeps and tells about resources: rows, facts, intents, failures, progress.
#include <algorithm>
#include <set>
#include <tuple>

#include "controller/base/check.h"
#include "controller/engine/worker.h"
#include "controller/plan/moves.h"
#include "controller/plan/outputs.h"
#include "controller/plan/state_rows.h"

namespace plumbline {

EdgeIndex::EdgeIndex(const Graph& graph, std::size_t resources)
    : of_consumer(resources), of_producer(resources) {
  for (const Edge& edge : graph.edges) {
    of_consumer[edge.consumer].push_back(&edge);
    of_producer[edge.producer].push_back(&edge);
  }
}

std::set<std::string> needed_properties(
    const Kind& kind,
    const Value& declared,
    const Value& applied,
    const std::set<std::string>& referenced
) {
  std::set<std::string> needed = referenced;
  for (const Property& property : kind.properties) {
    const bool is_defaulted =
        property.absence == Absence::kDefault && !property.default_value.is_null();
    if (is_defaulted || !declared.get(property.name).is_null() ||
        !applied.get(property.name).is_null()) {
      needed.insert(property.name);
    }
  }
  return needed;
}

/// The edges of a resource of the manifest; none for what only the state knows.
const std::vector<const Edge*>& Worker::edges_of(
    const Change& change, const std::vector<std::vector<const Edge*>>& edges
) const {
  static const std::vector<const Edge*> kNone;
  if (change.resource == nullptr || edges.empty()) {
    return kNone;
  }
  return edges[static_cast<std::size_t>(change.resource - run_.manifest->resources.data())];
}

Target Worker::target_of(const Change& change, Value properties) const {
  Target target;
  target.address = change.address;
  target.kind = change.kind;
  target.resource = change.resource;
  target.account = change.account;
  target.region = change.region;
  target.known_id = change.physical_id;
  target.is_recorded = true;
  target.owner = owner_tags(
                     run_.state->install_key,
                     account_id_of(change),
                     change.region,
                     run_.manifest->stack,
                     change.address
  )
                     .owner;
  const ResourceRow* row = find_row(*run_.state, change.address);
  const Value nothing;
  target.needed =
      needed_properties(*change.kind, properties, row == nullptr ? nothing : row->applied, {});
  for (const Edge* edge : edges_of(change, run_.edges.of_producer)) {
    target.needed.insert(edge->attribute.substr(0, edge->attribute.find('.')));
  }
  target.needed.merge(output_attributes(*run_.manifest, change.address));
  target.properties = std::move(properties);
  return target;
}

Intent Worker::new_intent(const Change& change, const CallTemplate& from, const std::string& region)
    const {
  Intent intent;
  intent.id = caller_.make_intent_id();
  intent.address = change.address;
  intent.kind = change.kind->name;
  intent.account = change.account;
  intent.region = region;
  intent.service = change.kind->service->id;
  intent.action = from.action;
  intent.klass = journal_letter(from.klass);
  intent.epoch = run_.state->epoch;
  intent.owner = owner_tags(
                     run_.state->install_key,
                     account_id_of(change),
                     change.region,
                     run_.manifest->stack,
                     change.address
  )
                     .owner;
  if (from.klass == CallClass::kToken) {
    intent.token = make_token(from.token_format, run_.state->install_key, intent.id, from.action);
  }
  return intent;
}

ResourceRow Worker::make_row(
    const Change& change,
    const std::string& id,
    RowStatus status,
    const Value& desired,
    const Observation& seen
) const {
  const std::string& key = run_.state->install_key;
  ResourceRow row;
  row.address = change.address;
  row.kind = change.kind->name;
  row.account = change.account;
  row.region = change.region;
  row.physical_id = id;
  row.status = status;
  row.observed = without_secrets(*change.kind, seen.properties, key);
  const ResourceRow* before = find_row(*run_.state, change.address);
  row.created_at =
      before != nullptr && before->physical_id == id ? before->created_at : caller_.io().now();
  row.updated_at = caller_.io().now();
  if (change.resource == nullptr) {
    row.applied = without_secrets(*change.kind, desired, key);  // As it was recorded: all is known.
    return row;
  }
  describe(row, *change.resource, desired, account_id_of(change), key);
  std::vector<Address> producers;
  for (const Edge* edge : edges_of(change, run_.edges.of_consumer)) {
    producers.push_back(run_.manifest->resources[edge->producer].address);
  }
  set_producers(row, std::move(producers));
  return row;
}

std::optional<ResourceRow> Worker::refreshed(const Change& change, const Observation& seen) const {
  const ResourceRow* before = find_row(*run_.state, change.address);
  if (before == nullptr || change.resource == nullptr || before->physical_id != seen.id) {
    return std::nullopt;
  }
  ResourceRow row = make_row(change, seen.id, before->status, change.desired, seen);
  const auto outputs = output_attributes(*run_.manifest, change.address);
  const bool tells_same = std::all_of(outputs.begin(), outputs.end(), [&](const std::string& name) {
    return row.observed.get(name) == before->observed.get(name);
  });
  const bool is_same =
      tells_same && row.applied == before->applied && row.on_remove == before->on_remove &&
      row.is_protected == before->is_protected && row.depends_on == before->depends_on;
  if (is_same) {
    return std::nullopt;
  }
  row.updated_at = before->updated_at;  // Nothing changed in the world.
  return row;
}

Task<StepResult> Worker::look_up_rows(
    const Change& change,
    const Target& target,
    const Observation& seen,
    std::vector<CollectionChange>& changes
) {
  for (CollectionChange& each : changes) {
    const Collection* collection = change.kind->find_collection(each.collection);
    for (RowChange& row : each.rows) {
      const bool is_added = row.op == RowOp::kAdd;
      const auto& lookup = is_added                   ? collection->before_add
                           : row.op == RowOp::kRemove ? collection->before_remove
                                                      : std::nullopt;
      if (!lookup) {
        continue;
      }
      Value& place = is_added ? row.after : row.before;
      if (Status status = co_await observer_.look_up(*lookup, target, seen, place); !status) {
        co_return failure(change, "look up what " + each.collection + " need", status.error());
      }
    }
  }
  co_return std::nullopt;
}

/// Rows stay sorted, as find_row needs them.
void Worker::keep(const ResourceRow& row) {
  const auto at = std::lower_bound(
      run_.state->rows.begin(),
      run_.state->rows.end(),
      row,
      [](const ResourceRow& a, const ResourceRow& b) {
        return std::tie(a.address, a.physical_id) < std::tie(b.address, b.physical_id);
      }
  );
  if (at != run_.state->rows.end() && at->address == row.address &&
      at->physical_id == row.physical_id) {
    *at = row;
  } else {
    run_.state->rows.insert(at, row);
  }
}

void Worker::drop(const Address& address, const std::string& physical_id) {
  std::erase_if(run_.state->rows, [&](const ResourceRow& row) {
    return row.address == address && row.physical_id == physical_id;
  });
}

/// The row takes what was seen when it was planned; the world hears nothing of it.
Task<StepResult> Worker::refresh(const Change& change) {
  const auto& rows = run_.state->rows;
  const auto before = std::find_if(rows.begin(), rows.end(), [&](const ResourceRow& row) {
    return row.address == change.address && row.physical_id == change.physical_id;
  });
  PLUMBLINE_CHECK(before != rows.end());
  ResourceRow row = *before;
  for (const Member& seen : change.accepted.as_object()) {
    row.observed.set(seen.key, seen.value);
  }
  List fields;
  for (const FieldChange& field : change.difference.fields) {
    if (change.accepted.find(field.path) == nullptr) {
      row.observed.erase(field.path);  // A whole property; parts of one came with it.
    }
    fields.emplace_back(field.path);
  }
  Batch batch;
  batch.audit.push_back(
      {run_.actor,
       "refresh",
       change.address,
       Value::object({{"id", change.physical_id}, {"fields", Value(std::move(fields))}})}
  );
  batch.upserts.push_back(row);
  keep(row);
  if (!co_await caller_.commit(std::move(batch))) {
    co_return failure(change, "record what was seen", caller_.store_failure());
  }
  co_return std::nullopt;
}

void Worker::know(const Change& change, const Observation& seen, const Value& desired) {
  ResourceFacts& facts = run_.facts->at(change.address);
  facts.kind = change.kind;
  facts.account = change.account;
  facts.region = change.region;
  facts.id = seen.id;
  facts.exists = true;
  facts.is_stale = false;
  facts.attributes = desired;
  for (const Member& member : seen.properties.as_object()) {
    facts.attributes.set(member.key, member.value);
  }
}

/// What to bear with: the kind's own errors, and those of what it names while that is young.
void Worker::give_patience(Mutation& mutation, const Change& change) const {
  const Timestamp now = caller_.io().now();
  const auto age_of = [&](const Address& address) {
    const ResourceRow* row = find_row(*run_.state, address);
    return row == nullptr ? Duration::max() : Duration(now - row->updated_at);
  };
  mutation.age = age_of(change.address);
  std::set<Address> producers;
  for (const Edge* edge : edges_of(change, run_.edges.of_consumer)) {
    const Resource& producer = run_.manifest->resources[edge->producer];
    if (producers.insert(producer.address).second) {
      const Duration age = age_of(producer.address);
      mutation.age = std::min(mutation.age, age);
      mutation.patience.push_back({&producer.kind->consumer_errors, age, true});
    }
  }
  mutation.patience.push_back({&change.kind->retry, mutation.age, false});
}

StepFailure Worker::failure(const Change& change, std::string what, Error error) const {
  StepFailure failed{change.address, std::move(what), std::move(error), false, ""};
  if (failed.error.klass == ErrorClass::kDenied) {
    failed.help = explain_denial(
        {*run_.manifest, *run_.catalog, run_.facts->accounts().own, run_.manifest->region},
        run_.purpose,
        failed.error,
        run_.permissions
    );
  }
  report(change, Progress::Kind::kFailed, failed.what, failed.error.to_string(), Duration(0));
  return failed;
}

StepFailure Worker::held(const Change& change, std::string what, std::string why) const {
  StepFailure failed =
      failure(change, std::move(what), {ErrorClass::kConflict, "Held", std::move(why), "", 0});
  failed.is_held = true;
  return failed;
}

void Worker::report(
    const Change& change, Progress::Kind kind, std::string what, std::string why, Duration elapsed
) const {
  Progress progress;
  progress.kind = kind;
  progress.address = change.address;
  progress.what = std::move(what);
  progress.why = std::move(why);
  progress.id = change.physical_id;
  progress.elapsed = elapsed;
  caller_.io().report(std::move(progress));
}

Duration Worker::scaled(Duration real) const {
  const double ms = static_cast<double>(real.count()) / caller_.settings().time_scale;
  return std::max(Duration(20), Duration(static_cast<std::int64_t>(ms)));
}

bool Worker::is_ours(const Change& change, const Observation& seen) const {
  const std::string* owner = seen.find_tag(kOwnerTag);
  return owner != nullptr && (is_owner_tag(
                                  *owner,
                                  *run_.manifest,
                                  run_.state->install_key,
                                  account_id_of(change),
                                  {change.address, change.region}
                              ) ||
                              is_inherited(*run_.state, change.address, seen.id, *owner));
}

}  // namespace plumbline
