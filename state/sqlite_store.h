// SqliteStore: the store on the disk. Owns the lock, the connection and the files beside them. The
// program uses it through Store; this header is for the commands about the state itself (backup,
// history --verify) and for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "state/db.h"
#include "state/lock.h"
#include "state/place.h"
#include "state/store.h"

namespace plumbline {

class SqliteStore final : public Store {
 public:
  /// As open_store(). Who only reads and finds no file gets an empty state in memory and leaves no
  /// trace.
  static Result<std::unique_ptr<SqliteStore>> open(
      const StoreOptions& options,
      Clock& clock,
      Random& random,
      std::unique_ptr<Disk> disk = make_system_disk()
  );

  /// A new state in memory, for copy_to(), with this key and a serial to go on from.
  static Result<std::unique_ptr<SqliteStore>> draft(
      const std::string& install_key, std::uint64_t serial, Clock& clock, Random& random
  );

  /// A copy of a state, to look at, wherever it lies: its folder may be open to others, the file
  /// may not.
  static Result<std::unique_ptr<SqliteStore>> open_copy(
      const std::string& path, Clock& clock, Random& random
  );

  Result<StateImage> load() override;
  Status commit(const Batch& batch, Timestamp at) override;
  Status bind(const std::string& stack, const std::string& account_id) override;
  Result<std::vector<AuditRecord>> audit(std::size_t newest) override;
  Status copy_to(const std::string& path) override;

  /// Recomputes the whole audit chain; the number of entries, or kCorrupt naming the first that
  /// does not fit.
  Result<std::uint64_t> verify_audit();
  /// Copies the state to `<path>.backup-<serial>` (0600), keeps the five newest, returns the path.
  Result<std::string> backup();

  /// For tests that break things from inside.
  Db& db() { return *db_; }

 private:
  SqliteStore(const StoreOptions& options, Clock& clock, std::unique_ptr<Disk> disk);
  Status open_file(Random& random);
  Status open_glance(Random& random);
  Status open_frozen(Random& random);
  Status start_reading();
  Status open_in_memory(Random& random);
  [[nodiscard]] bool may_write() const { return !options_.read_only && !options_.is_glance; }
  Status create_state(Random& random);
  Status check_and_migrate();
  Status take_over();
  Status backup_when_due();
  void backup_now_and_then();
  Status write_batch(const Batch& batch, Timestamp at);
  Status advance(Timestamp at);
  Status prune_finished_calls();
  Error after_failure(const Batch& batch, Timestamp at, const Error& error);
  Result<std::uint64_t> serial();

  StoreOptions options_;
  Clock& clock_;
  std::unique_ptr<Disk> disk_;
  std::optional<Lock> lock_;  ///< Outlives the connection.
  std::unique_ptr<Db> db_;
  std::uint64_t epoch_ = 0, commits_ = 0;
  Duration backup_looked_at_{0};    ///< When it was last seen whether a backup is due.
  std::optional<Error> closed_by_;  ///< Set by the first failure; answers everything after it.
};

}  // namespace plumbline
