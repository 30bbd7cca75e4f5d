// Rows: resources and intents ↔ SQL. Pure conversion over a Db that the store owns; must not know
// transactions, epochs' meaning or files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/db.h"
#include "state/store.h"

namespace plumbline {

inline std::int64_t to_sql(Timestamp time) {
  return time.time_since_epoch().count();
}
inline constexpr std::int64_t kLastTime = 253402300799999;  ///< The year 9999 in milliseconds.
/// A time that arithmetic and calendars can bear, whatever a file says.
inline Timestamp from_sql(std::int64_t milliseconds) {
  return Timestamp(Duration(std::clamp<std::int64_t>(milliseconds, 0, kLastTime)));
}

/// Canonical JSON for a column. CHECKs that `value` is known and holds no secret: the caller
/// replaces those by digests. An error when the text could not be read again (depth, invalid
/// UTF-8).
Result<std::string> to_column(const Value& value, std::string_view what);
/// The reverse; kCorrupt naming `what`.
Result<Value> from_column(const std::string& json, std::string_view what);

Status write_row(Db& db, const ResourceRow& row);
Status delete_row(Db& db, const Batch::Gone& gone);
/// By address, then physical id.
Result<std::vector<ResourceRow>> read_rows(Db& db);

/// Writes under `epoch`, whatever the intent says.
Status write_intent(Db& db, const Intent& intent, std::uint64_t epoch);
/// Inflight, unknown and held ones, by id.
Result<std::vector<Intent>> read_open_intents(Db& db);
/// Closed ones of which an attempt was lost, whenever that was.
Result<std::vector<Intent>> read_late_calls(Db& db);

Status write_account(Db& db, const Batch::BoundAccount& account);
Result<std::map<std::string, std::string>> read_accounts(Db& db);

/// Whether a state that belongs to `own` may be used for `wanted`; kConflict names both. An empty
/// name or account is not known yet and fits every other.
struct Belonging {
  std::string stack;
  std::string account_id;
};
Status check_belonging(const std::string& path, const Belonging& own, const Belonging& wanted);

}  // namespace plumbline
