// What is remembered before the first step of a plan: rows whose words changed, and rows that
// moved.
#include <set>

#include "controller/engine/engine.h"
#include "controller/engine/sight.h"

namespace plumbline {

/// `protect`, `onRemove` and knobs of ours count from the moment they are applied, even when AWS
/// hears nothing of them.
Task<> Engine::refresh_rows(const Plan& plan, const Sight& sight) {
  if (options_.orders.mode == PlanMode::kRefresh) {
    co_return;  // Accepts what the world has become, not what the manifest says.
  }
  Batch batch;
  record_moves(batch);
  for (const Change& change : plan.changes) {
    const auto seen = sight.input.observed.find(change.address);
    const bool is_quiet =
        change.action == Action::kNone && change.resource != nullptr && !change.resource->existing;
    if (is_quiet && seen != sight.input.observed.end()) {
      if (auto row = worker_->refreshed(change, seen->second)) {
        batch.upserts.push_back(std::move(*row));
      }
    }
  }
  if (batch.empty()) {
    co_return;
  }
  for (const ResourceRow& row : batch.upserts) {
    worker_->keep(row);
  }
  co_await caller_.commit(std::move(batch));
}

/// Before anything is sent: a tag that tells the new address must find a row that does, too.
void Engine::record_moves(Batch& batch) {
  std::set<std::pair<Address, std::string>> changed(moves_.touched.begin(), moves_.touched.end());
  for (const Moves::Row& row : moves_.rows) {
    changed.emplace(row.to, row.physical_id);
    batch.removals.push_back({row.from, row.physical_id});
    batch.audit.push_back(
        {run_.actor,
         "move",
         row.to,
         Value::object({{"from", row.from.to_string()}, {"id", row.physical_id}})}
    );
  }
  for (const ResourceRow& row : options_.state.rows) {
    if (changed.contains({row.address, row.physical_id})) {
      batch.upserts.push_back(row);
    }
  }
  moves_ = Moves();
}

}  // namespace plumbline
