#include "state/edit.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "state/failure.h"

namespace plumbline {

namespace {

constexpr std::string_view kActor = "state";

Error refusal(std::string message) {
  return state_error(ErrorClass::kConflict, "StateEdit", std::move(message));
}

std::vector<const ResourceRow*> rows_of(const StateImage& state, const Address& address) {
  std::vector<const ResourceRow*> rows;
  for (const ResourceRow& row : state.rows) {
    if (row.address == address) {
      rows.push_back(&row);
    }
  }
  return rows;
}

std::vector<const Intent*> open_calls_of(const StateImage& state, const Address& address) {
  std::vector<const Intent*> calls;
  for (const Intent& intent : state.open_intents) {
    if (intent.address == address) {
      calls.push_back(&intent);
    }
  }
  return calls;
}

Error nothing_at(const StateImage& state, const Address& address) {
  std::vector<std::string> known;
  for (const ResourceRow& row : state.rows) {
    known.push_back(row.address.to_string());
  }
  const auto best = nearest(address.to_string(), known);
  return refusal(fmt::format(
      "The state holds nothing at {}. {}",
      address.to_string(),
      best ? fmt::format("Did you mean {}?", *best) : "`plumbline state list` shows what it holds."
  ));
}

Status check_nothing_open(const StateImage& state, const Address& address) {
  const auto open = open_calls_of(state, address);
  if (open.empty()) {
    return Done{};
  }
  return refusal(fmt::format(
      "{} of {} has no known outcome yet. Apply once more, which looks for what it did, or end it "
      "with `plumbline state resolve {}`.",
      open.front()->action,
      address.to_string(),
      address.to_string()
  ));
}

void note(StateEdit& edit, std::string_view action, const Address& address, Value detail) {
  edit.batch.audit.push_back({std::string(kActor), std::string(action), address, std::move(detail)}
  );
}

bool is_finished(RowStatus status) {
  return status == RowStatus::kLive || status == RowStatus::kUpdating;
}

}  // namespace

Result<StateEdit> forget_rows(
    const StateImage& state, const Address& address, const std::string& id
) {
  const auto rows = rows_of(state, address);
  if (rows.empty()) {
    return nothing_at(state, address);
  }
  PLUMBLINE_DO(check_nothing_open(state, address));
  StateEdit edit;
  std::string ids;
  for (const ResourceRow* row : rows) {
    ids += (ids.empty() ? "" : ", ") + row->physical_id;
    if (id.empty() || row->physical_id == id) {
      edit.batch.removals.push_back({row->address, row->physical_id});
      edit.done.push_back(
          fmt::format("forget {} {} of {}", row->kind, row->physical_id, address.to_string())
      );
      note(edit, "forget", address, Value::object({{"id", row->physical_id}}));
    }
  }
  if (edit.batch.removals.empty()) {
    return refusal(fmt::format("{} is {}, not {}.", address.to_string(), ids, id));
  }
  edit.follow_up.emplace_back(
      "It stays in AWS and keeps its tags. While its block is in the manifest, the next apply "
      "finds it by its owner tag or name and takes it back; without its block nobody deletes it."
  );
  return edit;
}

Result<StateEdit> move_rows(
    const StateImage& state, const Address& from, const Address& to, Timestamp now
) {
  const auto rows = rows_of(state, from);
  if (rows.empty()) {
    return nothing_at(state, from);
  }
  if (from.section != to.section) {
    return refusal(fmt::format(
        "{} cannot become {}: a section is a kind, and an object stays what it is.",
        from.to_string(),
        to.to_string()
    ));
  }
  if (to.name.empty() || from == to) {
    return refusal(fmt::format("{} is no other name.", to.to_string()));
  }
  if (!rows_of(state, to).empty()) {
    return refusal(fmt::format(
        "{} is taken by {}. Move or forget that first.",
        to.to_string(),
        rows_of(state, to).front()->physical_id
    ));
  }
  PLUMBLINE_DO(check_nothing_open(state, from));
  PLUMBLINE_DO(check_nothing_open(state, to));
  StateEdit edit;
  for (const ResourceRow& row : state.rows) {
    ResourceRow moved = row;
    std::replace(moved.depends_on.begin(), moved.depends_on.end(), from, to);
    if (row.address == from) {
      moved.address = to;
      edit.batch.removals.push_back({from, row.physical_id});
      edit.done.push_back(
          fmt::format("{} {} is {} from now on", row.kind, row.physical_id, to.to_string())
      );
    }
    if (moved.address != row.address || moved.depends_on != row.depends_on) {
      moved.updated_at = now;
      edit.batch.upserts.push_back(std::move(moved));
    }
  }
  note(edit, "move", to, Value::object({{"from", from.to_string()}}));
  edit.follow_up.emplace_back(
      "Name it so in the manifest, too. The next apply renews its owner tag; until then it is not "
      "deleted."
  );
  return edit;
}

std::vector<Address> possible_producers(const StateImage& state, const Address& address) {
  std::set<Address> consumers = {address};
  for (std::size_t known = 0; known != consumers.size();) {
    known = consumers.size();
    for (const ResourceRow& row : state.rows) {
      const bool hangs_on_it =
          std::any_of(row.depends_on.begin(), row.depends_on.end(), [&](const Address& producer) {
            return consumers.contains(producer);
          });
      if (hangs_on_it) {
        consumers.insert(row.address);
      }
    }
  }
  std::vector<Address> producers;
  for (const ResourceRow& row : state.rows) {
    if (!consumers.contains(row.address)) {
      producers.push_back(row.address);
    }
  }
  return producers;
}

Result<StateEdit> adopt_created(
    const StateImage& state, const Address& address, const std::string& id, Timestamp now
) {
  StateEdit edit;
  ResourceRow made;
  for (const Intent* intent : open_calls_of(state, address)) {
    if (!intent->is_create) {
      continue;
    }
    made.kind = intent->kind;
    made.account = intent->account;
    made.region = intent->region;
    edit.batch.intents.push_back(*intent);
    edit.batch.intents.back().state = IntentState::kDone;
    edit.batch.intents.back().physical_id = id;
    if (intent->attempts > 1) {
      edit.batch.intents.back().lost_at = intent->signed_at;  // Which of them made it is not known.
    }
    edit.done.push_back(fmt::format("{} of {} made {}", intent->action, address.to_string(), id));
  }
  if (edit.batch.intents.empty()) {
    return refusal(fmt::format(
        "No creation of {} waits for its outcome, so there is nothing to adopt. {}",
        address.to_string(),
        rows_of(state, address).empty()
            ? "`plumbline state resolve` without an address shows what waits."
            : fmt::format("It is {}.", rows_of(state, address).front()->physical_id)
    ));
  }
  for (const ResourceRow& row : state.rows) {
    if (row.physical_id == id && row.kind == made.kind && row.address != address) {
      return refusal(fmt::format("{} is {} already.", id, row.address.to_string()));
    }
    if (row.address == address && row.physical_id != id && row.status != RowStatus::kDeposed) {
      edit.batch.upserts.push_back(row);
      edit.batch.upserts.back().status = RowStatus::kDeposed;
      made.is_protected = row.is_protected;
      made.on_remove = row.on_remove;
      edit.done.push_back(fmt::format("{} was replaced by it", row.physical_id));
    }
  }
  made.depends_on = possible_producers(state, address);
  made.address = address;
  made.physical_id = id;
  made.status = RowStatus::kCreating;
  made.applied = Value(Object());
  made.observed = Value(Object());
  made.created_at = now;
  made.updated_at = now;
  edit.batch.upserts.push_back(std::move(made));
  note(edit, "adopt", address, Value::object({{"id", id}}));
  edit.follow_up.push_back(fmt::format(
      "The next apply looks at {}, sets what it lacks and gives it our tags, as if its creation "
      "had been answered.",
      id
  ));
  return edit;
}

Result<StateEdit> declare_gone(
    const StateImage& state, const Address& address, Timestamp now, Duration dead_after
) {
  StateEdit edit;
  for (const Intent* intent : open_calls_of(state, address)) {
    if (intent->is_create && now < intent->signed_at + dead_after) {
      return refusal(fmt::format(
          "{} of {} was signed at {} and AWS may still carry it out until {}. Wait until then.",
          intent->action,
          address.to_string(),
          format_iso8601(intent->signed_at),
          format_iso8601(intent->signed_at + dead_after)
      ));
    }
    edit.batch.intents.push_back(*intent);
    edit.batch.intents.back().state = IntentState::kRefused;
    edit.batch.intents.back().error = "declared without effect by hand";
    edit.batch.intents.back().lost_at = intent->signed_at;
    edit.done.push_back(fmt::format("{} of {} had no effect", intent->action, address.to_string()));
  }
  std::string finished;
  for (const ResourceRow* row : rows_of(state, address)) {
    if (is_finished(row->status)) {
      finished = row->physical_id;
      continue;
    }
    edit.batch.removals.push_back({row->address, row->physical_id});
    edit.done.push_back(fmt::format("{} {} is gone", row->kind, row->physical_id));
  }
  if (edit.done.empty()) {
    if (finished.empty()) {
      return nothing_at(state, address);
    }
    return refusal(fmt::format(
        "Nothing is open at {}: {} was finished. When it is gone from AWS, the next apply sees "
        "that by itself; to have it stay there unmanaged, use `plumbline state forget {}`.",
        address.to_string(),
        finished,
        address.to_string()
    ));
  }
  note(edit, "gone", address, Value(Object()));
  edit.follow_up.push_back(
      finished.empty() ? "The next apply creates it anew while its block is in the manifest."
                       : fmt::format("{} stays as it is recorded.", finished)
  );
  return edit;
}

}  // namespace plumbline
