#include "state/store.h"

#include "state/sqlite_store.h"

namespace plumbline {

std::string_view name_of(RowStatus status) {
  switch (status) {
    case RowStatus::kCreating:
      return "creating";
    case RowStatus::kLive:
      return "live";
    case RowStatus::kUpdating:
      return "updating";
    case RowStatus::kDeleting:
      return "deleting";
    case RowStatus::kDeposed:
      return "deposed";
    case RowStatus::kHeld:
      return "held";
  }
  PLUMBLINE_UNREACHABLE("RowStatus");
}

std::string_view name_of(IntentState state) {
  switch (state) {
    case IntentState::kInflight:
      return "inflight";
    case IntentState::kUnknown:
      return "unknown";
    case IntentState::kDone:
      return "done";
    case IntentState::kRefused:
      return "refused";
    case IntentState::kHeld:
      return "held";
  }
  PLUMBLINE_UNREACHABLE("IntentState");
}

bool is_closed(const Intent& intent) {
  return intent.state == IntentState::kDone || intent.state == IntentState::kRefused;
}

Result<std::unique_ptr<Store>> open_store(
    const StoreOptions& options, Clock& clock, Random& random
) {
  PLUMBLINE_TRY(store, SqliteStore::open(options, clock, random));
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace plumbline
