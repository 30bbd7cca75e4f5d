// AuditChain: the audit table as a hash chain: append, read, verify. Works on a Db that the store
// owns, inside the store's transaction; must not know resources or intents.
#pragma once

#include <cstdint>
#include <vector>

#include "state/db.h"
#include "state/store.h"

namespace plumbline {

/// Appends `entries` and moves the head in the stack row.
Status append_audit(Db& db, const std::vector<Batch::AuditEntry>& entries, Timestamp at);
/// The newest `count`, newest first.
Result<std::vector<AuditRecord>> read_audit(Db& db, std::size_t count);
/// Recomputes the newest entry only: a cheap check at every opening.
Status verify_audit_tail(Db& db);
/// Recomputes the whole chain. The number of entries, or kCorrupt naming the first that does not
/// fit.
Result<std::uint64_t> verify_audit_chain(Db& db);

}  // namespace plumbline
