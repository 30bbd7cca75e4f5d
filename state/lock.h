// Lock: one process at a time holds a state, and the others can read who. An open-file-description
// lock on `<state>.lock`, owned by the store; the kernel drops it when the process dies. Knows
// nothing of what is in the state. The file stays when the lock goes: deleting it would let two
// processes lock two files of one name.
#pragma once

#include <string>

#include "controller/base/result.h"

namespace plumbline {

/// What the holder says about itself.
struct LockHolder {
  std::string text;     ///< "apply, process 4711, since 16:18"; "" when nobody holds the lock.
  std::string process;  ///< "4711".
  std::string address;  ///< "127.0.0.1:9180" when it answers there, else "".
};

class Lock {
 public:
  /// Takes the lock of the state at `state_path`; kConflict "held by …" when somebody has it.
  static Result<Lock> acquire(const std::string& state_path, const std::string& holder);
  Lock(Lock&& other) noexcept;
  Lock& operator=(Lock&&) = delete;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  /// Empties the file and lets go.
  ~Lock();

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;  ///< -1 after a move.
};

/// Who holds the state at `state_path` now; all fields "" when nobody does.
LockHolder read_lock(const std::string& state_path);
/// The holder's own words, or "" when nobody holds the state.
std::string read_lock_holder(const std::string& state_path);
/// Tells others where this process answers. Only the process that holds the lock may call it;
/// kConflict otherwise.
Status publish_lock_address(const std::string& state_path, const std::string& address);

}  // namespace plumbline
