// Rebuilding: the place of a lost state, held under its lock until a new state stands there, whole
// or not at all. Owned by the command; must not know what the rows are made from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "state/lock.h"
#include "state/store.h"

namespace plumbline {

/// A state that begins with rows.
struct NewState {
  std::string stack, account_id;
  std::string install_key;   ///< 32 bytes.
  std::uint64_t serial = 0;  ///< Of the copy that gave the key: the new one goes on from there.
  Batch first;               ///< Everything it holds; its audit says where that comes from.
};

class Rebuilding {
 public:
  /// What a rebuild writes into the audit: a state with nothing else in it may be rebuilt again.
  static constexpr const char* kAction = "rebuild";

  /// Takes the lock. Refuses, with the next step, when a state is there in which a run has recorded
  /// anything, and when what is there cannot be read.
  static Result<Rebuilding> begin(const StoreOptions& place, Clock& clock, Random& random);

  /// On the disk when this returns Done; what was there before is kept as a backup.
  Status finish(const NewState& state, Clock& clock, Random& random);

 private:
  Rebuilding(std::string path, Lock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Status look_at_before(Clock& clock, Random& random);
  Status keep_before();

  std::string path_;
  Lock lock_;
  std::unique_ptr<Store> before_;  ///< A copy in memory of what is there; null when nothing is.
  std::uint64_t serial_ = 0;       ///< The highest of what is there and of its backups.
};

}  // namespace plumbline
