// A disk that breaks at a chosen moment: SQLite's own file layer with a counter in front of every
// operation that changes something. Registered as the default for as long as it lives; one at a
// time, owned by a test.
#pragma once

#include <memory>

namespace plumbline {

enum class DiskFault {
  kFull,       ///< Writes say that there is no space; half of the bytes arrived.
  kSyncFails,  ///< fsync fails, as Linux says once and never again.
  kReadOnly,   ///< The disk was mounted anew, for reading only.
  kTornWrite,  ///< An I/O error in the middle of a write.
};

class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// The n-th changing operation from now, and all that follow, meet the fault; 0 = none does.
  void break_at(int operation, DiskFault fault);
  /// Changing operations since break_at().
  [[nodiscard]] int operations() const;

  struct Inside;

 private:
  std::unique_ptr<Inside> inside_;
};

}  // namespace plumbline
