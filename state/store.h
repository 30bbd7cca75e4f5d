// Store: what Plumbline knows between runs, and the journal that makes a crash harmless. Used on
// one thread only. The seam is narrow on purpose: load everything, commit a batch.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/address.h"
#include "controller/base/env.h"
#include "controller/base/result.h"
#include "controller/base/value.h"

namespace plumbline {

enum class RowStatus {
  kCreating,  ///< Exists; not everything is set yet.
  kLive,
  kUpdating,
  kDeleting,  ///< The delete call was or is about to be sent.
  kDeposed,   ///< Replaced; waits for its own deletion.
  kHeld,      ///< A human must look.
};
std::string_view name_of(RowStatus status);

struct ResourceRow {
  Address address;
  std::string kind;  ///< "DBProxy"
  std::string account, region;
  std::string physical_id;
  RowStatus status = RowStatus::kLive;
  Value applied;   ///< Declared properties as last applied; secrets are {"$digest": …}.
  Value observed;  ///< Bound properties as last seen; never holds secrets.
  bool is_protected = false;  ///< Survives removal of its block.
  std::string on_remove;      ///< "delete", "retain", "snapshot", as last declared.
  std::vector<Address>
      depends_on;  ///< Producers when last applied: destroy order without a manifest.
  Timestamp created_at{}, updated_at{};
};

enum class IntentState { kInflight, kUnknown, kDone, kRefused, kHeld };
std::string_view name_of(IntentState state);

/// One mutating API call, written before its first byte leaves.
struct Intent {
  std::string id;  ///< 32 hex digits.
  Address address;
  std::string kind, account, region;
  std::string service, action;
  char klass = 'I';           ///< T, U, N, I, X.
  bool is_create = false;     ///< Makes the resource itself.
  std::string token;          ///< Client token, "" when the API takes none.
  std::string owner;          ///< Value of the owner tag.
  std::string params_digest;  ///< HMAC of the canonical request.
  IntentState state = IntentState::kInflight;
  std::string physical_id;  ///< Known before (update, delete) or after (create).
  std::string error;        ///< "Code: message" of a refusal, without secrets.
  /// The latest signature of any attempt, by AWS's clock as far as it was known. Clocks are set:
  /// the last attempt's may be older than one that still takes effect.
  Timestamp signed_at{};
  /// Of the latest attempt that got no answer and may still take effect, whatever became of the
  /// call; {} = none.
  Timestamp lost_at{};
  /// Class X: the ids that were there before the latest attempt.
  std::vector<std::string> siblings;
  int attempts = 0;
  std::uint64_t epoch = 0;
};
/// True when what came of the call is known; attempts of it may still be late (see lost_at).
bool is_closed(const Intent& intent);

/// Everything that becomes durable together. Applied in member order.
struct Batch {
  std::vector<Intent> intents;       ///< Insert or replace by id (attempt, outcome).
  std::vector<ResourceRow> upserts;  ///< By (address, physical_id).
  /// A row that is gone.
  struct Gone {
    Address address;
    std::string physical_id;
  };
  std::vector<Gone> removals;
  struct AuditEntry {
    std::string actor, action;
    Address address;
    Value detail;
  };
  std::vector<AuditEntry> audit;
  /// What a name in the manifest's `accounts:` means; written once, never changed.
  struct BoundAccount {
    std::string name, account_id;
  };
  std::vector<BoundAccount> accounts = {};
  [[nodiscard]] bool empty() const {
    return intents.empty() && upserts.empty() && removals.empty() && audit.empty() &&
           accounts.empty();
  }
};

struct StateImage {
  std::string stack;       ///< "" for a new state.
  std::string account_id;  ///< AWS account the state belongs to; "" until first known.
  std::map<std::string, std::string> accounts;  ///< Named accounts → their ids, as first learnt.
  std::string install_key;   ///< 32 random bytes, for owner tags, tokens and digests. Never shown.
  std::uint64_t serial = 0;  ///< Grows with every commit.
  std::uint64_t epoch = 0;   ///< Of this holder.
  std::vector<ResourceRow> rows;
  std::vector<Intent> open_intents;  ///< Inflight, unknown, held.
  std::vector<Intent> late_calls;    ///< Closed, and an attempt was lost on the way.
};

struct AuditRecord {
  std::uint64_t sequence = 0;
  Timestamp at{};
  std::string actor, action;
  Address address;
  Value detail;
  std::string hash;  ///< Hexadecimal, over this entry and all before it; "" where none is kept.
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<StateImage> load() = 0;
  /// Returns only when the batch is on the disk (fsync). After any error the store is closed: every
  /// later commit fails with the same error, and the caller stops sending and exits with status 4.
  virtual Status commit(const Batch& batch, Timestamp at) = 0;
  /// Binds a new state to its stack and account; refused when it belongs to others.
  virtual Status bind(const std::string& stack, const std::string& account_id) = 0;
  /// Newest first.
  virtual Result<std::vector<AuditRecord>> audit(std::size_t newest) = 0;
  /// Copies everything into the new file `path` (0600), complete as of now. Nobody else writes
  /// while this holds the lock. Refused when `path` exists.
  virtual Status copy_to(const std::string& path) = 0;
};

struct StoreOptions {
  std::string path;        ///< Created 0600, its folder 0700, when missing.
  std::string holder;      ///< "apply, process 4711, since 16:18": shown to a second process.
  bool read_only = false;  ///< For plan: holds the lock, so that what it saw stays true.
  /// To look at what is there, beside whoever holds it: as of the last commit, as a copy in memory.
  /// No lock is taken, and nothing is made or written.
  bool is_glance = false;
};

/// SQLite behind the seam. Refuses: another holder (says who), a newer schema (says both versions),
/// a file that is no state of ours or fails quick_check, wide-open permissions, less than 64 MiB
/// free. Errors are kIo, kCorrupt or kConflict and carry a next step; the CLI exits with status 4.
Result<std::unique_ptr<Store>> open_store(
    const StoreOptions& options, Clock& clock, Random& random
);

/// In memory, for tests: same semantics, nothing durable.
std::unique_ptr<Store> make_memory_store(Clock& clock, Random& random);

}  // namespace plumbline
