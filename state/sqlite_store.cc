#include "state/sqlite_store.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "state/audit_chain.h"
#include "state/failure.h"
#include "state/frozen.h"
#include "state/migrations.h"
#include "state/rows.h"

namespace plumbline {

namespace {

constexpr std::uint64_t kQuickCheckLimit = 200ULL * 1024 * 1024;
constexpr std::uint64_t kSerialsPerBackup = 10;
constexpr std::size_t kBackupsKept = 5;
/// A run makes tens of commits a minute: a backup of each tenth would soon be five of one run.
constexpr Duration kBackupPause = std::chrono::hours(1);
constexpr std::size_t kInstallKeySize = 32;
// Calls with an outcome are of use to whoever looks into a recent run; the audit keeps what was
// done for ever. Looking through them costs a scan, so not every commit does it.
constexpr std::int64_t kFinishedCallsKept = 1000;
/// Longer than any signature lives: a lost attempt is not forgotten before.
constexpr std::int64_t kLostAttemptsKept = std::int64_t{60} * 60 * 1000;
constexpr std::uint64_t kCommitsPerPruning = 256;

// Before the first read, so that the log is never opened with shared memory: one connection in
// exclusive mode is out of reach of the WAL-reset fault of SQLite 3.7.0 to 3.51.2.
constexpr const char* kPragmas =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA journal_size_limit = 4194304";

Status quick_check(Db& db) {
  if (size_of(db.path()) > kQuickCheckLimit) {
    return Done{};
  }
  PLUMBLINE_TRY(finding, db.text("PRAGMA quick_check(1)"));
  if (finding != "ok") {
    return damaged_state(db.path(), finding);
  }
  return Done{};
}

/// SQLite takes less than a page for an empty file, and would write a new state over it.
Status check_size(const std::string& path) {
  constexpr std::uint64_t kSmallestPage = 512;
  const std::uint64_t size = size_of(path);
  return size == 0 || size >= kSmallestPage ? Status(Done{})
                                            : damaged_state(path, "it is shorter than a page");
}

}  // namespace

SqliteStore::SqliteStore(const StoreOptions& options, Clock& clock, std::unique_ptr<Disk> disk)
    : options_(options), clock_(clock), disk_(std::move(disk)) {}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(
    const StoreOptions& options, Clock& clock, Random& random, std::unique_ptr<Disk> disk
) {
  std::unique_ptr<SqliteStore> store(new SqliteStore(options, clock, std::move(disk)));
  if (!store->may_write() && is_missing(options.path)) {
    PLUMBLINE_DO(check_not_lost(options.path));
    PLUMBLINE_DO(store->open_in_memory(random));
  } else if (options.is_glance) {
    PLUMBLINE_DO(store->open_glance(random));
  } else {
    PLUMBLINE_DO(store->open_file(random));
  }
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::draft(
    const std::string& install_key, std::uint64_t serial, Clock& clock, Random& random
) {
  std::unique_ptr<SqliteStore> store(new SqliteStore({}, clock, make_system_disk()));
  PLUMBLINE_DO(store->open_in_memory(random));
  store->backup_looked_at_ = clock.elapsed();  // It has no place, so none for backups either.
  {
    PLUMBLINE_TRY(
        statement, store->db_->use("UPDATE stack SET install_key = ?, serial = ? WHERE id = 1")
    );
    PLUMBLINE_DO(statement.put_blob(install_key).put(static_cast<std::int64_t>(serial)).run());
  }
  return store;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::open_copy(
    const std::string& path, Clock& clock, Random& random
) {
  StoreOptions options;
  options.path = path;
  options.is_glance = true;
  std::unique_ptr<SqliteStore> store(new SqliteStore(options, clock, make_system_disk()));
  PLUMBLINE_DO(store->open_frozen(random));
  return store;
}

Status SqliteStore::open_in_memory(Random& random) {
  PLUMBLINE_TRY(db, Db::open(""));
  db_ = std::move(db);
  return create_state(random);
}

Status SqliteStore::open_file(Random& random) {
  PLUMBLINE_DO(prepare_folder(options_.path));
  PLUMBLINE_DO(check_disk(options_.path, *disk_, !options_.read_only));
  PLUMBLINE_TRY(lock, Lock::acquire(options_.path, options_.holder));
  lock_.emplace(std::move(lock));
  // Under the lock: another process may be creating the files right now.
  PLUMBLINE_DO(check_not_lost(options_.path));
  PLUMBLINE_DO(prepare_file(options_.path));
  PLUMBLINE_DO(check_size(options_.path));
  PLUMBLINE_DO(check_log(options_.path));
  PLUMBLINE_TRY(db, Db::open(options_.path));
  db_ = std::move(db);
  PLUMBLINE_DO(db_->execute(kPragmas));
  // Before the journal mode is set: nothing may be written to a file that is not ours.
  PLUMBLINE_TRY(kind, identify(*db_, migrations()));
  PLUMBLINE_TRY(mode, db_->text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return damaged_state(options_.path, "its journal mode stays " + mode);
  }
  if (kind == FileKind::kEmpty) {
    PLUMBLINE_DO(create_state(random));
    // Whoever loses the log of a young state must not begin another one, with another key.
    PLUMBLINE_DO(db_->execute("PRAGMA wal_checkpoint(FULL)"));
  } else {
    PLUMBLINE_DO(check_and_migrate());
  }
  return options_.read_only ? start_reading() : take_over();
}

/// Migrations of an older state are made on the copy, which is thrown away.
Status SqliteStore::open_glance(Random& random) {
  PLUMBLINE_DO(prepare_folder(options_.path));
  PLUMBLINE_DO(check_disk(options_.path, *disk_, false));
  PLUMBLINE_DO(check_not_lost(options_.path));
  return open_frozen(random);
}

Status SqliteStore::open_frozen(Random& random) {
  PLUMBLINE_DO(check_file(options_.path));
  PLUMBLINE_DO(check_size(options_.path));
  PLUMBLINE_TRY(image, read_frozen(options_.path));
  PLUMBLINE_TRY(db, Db::open_image(options_.path, image));
  db_ = std::move(db);
  PLUMBLINE_DO(db_->execute(kPragmas));
  PLUMBLINE_TRY(kind, identify(*db_, migrations()));
  PLUMBLINE_DO(kind == FileKind::kEmpty ? create_state(random) : check_and_migrate());
  return start_reading();
}

Status SqliteStore::start_reading() {
  PLUMBLINE_TRY(epoch, db_->integer("SELECT epoch FROM stack WHERE id = 1"));
  epoch_ = static_cast<std::uint64_t>(epoch);
  return db_->execute("PRAGMA query_only = ON");
}

Status SqliteStore::create_state(Random& random) {
  std::string key(kInstallKeySize, '\0');
  {
    std::array<std::uint8_t, kInstallKeySize> bytes{};
    random.fill(bytes);
    std::memcpy(key.data(), bytes.data(), bytes.size());
  }
  PLUMBLINE_TRY(transaction, Transaction::begin(*db_));
  PLUMBLINE_DO(create_schema(*db_, clock_.now()));
  PLUMBLINE_TRY(
      statement,
      db_->use("INSERT INTO stack (id, name, account_id, install_key, serial, epoch, holder, "
               "audit_count,"
               " audit_head, created_at, updated_at) VALUES (1, '', '', ?, 0, 0, '', 0, ?, ?, ?)")
  );
  const std::int64_t now = to_sql(clock_.now());
  PLUMBLINE_DO(statement.put_blob(key).put_blob(std::string(32, '\0')).put(now).put(now).run());
  return transaction.commit();
}

Status SqliteStore::check_and_migrate() {
  PLUMBLINE_DO(quick_check(*db_));
  PLUMBLINE_TRY(version, db_->integer("PRAGMA user_version"));
  if (version < migrations().back().version && !options_.is_glance) {
    PLUMBLINE_DO(backup());
  }
  PLUMBLINE_DO(migrate(*db_, migrations(), clock_.now()));
  PLUMBLINE_DO(check_schema(*db_));
  PLUMBLINE_TRY(rows, db_->integer("SELECT count(*) FROM stack"));
  if (rows != 1) {
    return damaged_state(options_.path, "it does not say whose state it is");
  }
  return verify_audit_tail(*db_);
}

Status SqliteStore::take_over() {
  {
    PLUMBLINE_TRY(transaction, Transaction::begin(*db_));
    PLUMBLINE_TRY(
        statement, db_->use("UPDATE stack SET epoch = epoch + 1, holder = ? WHERE id = 1")
    );
    PLUMBLINE_DO(statement.put(options_.holder).run());
    PLUMBLINE_DO(prune_finished_calls());
    PLUMBLINE_DO(transaction.commit());
  }
  PLUMBLINE_TRY(epoch, db_->integer("SELECT epoch FROM stack WHERE id = 1"));
  epoch_ = static_cast<std::uint64_t>(epoch);
  PLUMBLINE_DO(make_ballast(options_.path));
  backup_looked_at_ = clock_.elapsed();
  return backup_when_due();
}

Result<std::uint64_t> SqliteStore::serial() {
  PLUMBLINE_TRY(serial, db_->integer("SELECT serial FROM stack WHERE id = 1"));
  return static_cast<std::uint64_t>(serial);
}

Result<StateImage> SqliteStore::load() {
  StateImage image;
  {
    PLUMBLINE_TRY(
        statement, db_->use("SELECT name, account_id, install_key, serial FROM stack WHERE id = 1")
    );
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return damaged_state(options_.path, "it does not say whose state it is");
    }
    image.stack = statement.text(0);
    image.account_id = statement.text(1);
    image.install_key = statement.blob(2);
    if (image.install_key.size() != kInstallKeySize) {
      return damaged_state(options_.path, "its key has another length");
    }
    image.serial = static_cast<std::uint64_t>(statement.integer(3));
  }
  image.epoch = epoch_;
  PLUMBLINE_TRY(rows, read_rows(*db_));
  PLUMBLINE_TRY(intents, read_open_intents(*db_));
  PLUMBLINE_TRY(late, read_late_calls(*db_));
  PLUMBLINE_TRY(accounts, read_accounts(*db_));
  image.accounts = std::move(accounts);
  image.rows = std::move(rows);
  image.open_intents = std::move(intents);
  image.late_calls = std::move(late);
  return image;
}

Status SqliteStore::advance(Timestamp at) {
  PLUMBLINE_TRY(
      statement,
      db_->use("UPDATE stack SET serial = serial + 1, updated_at = ? WHERE id = 1 AND epoch = ?")
  );
  PLUMBLINE_DO(statement.put(to_sql(at)).put(static_cast<std::int64_t>(epoch_)).run());
  if (db_->changed_rows() == 1) {
    return Done{};
  }
  PLUMBLINE_TRY(stored, db_->integer("SELECT epoch FROM stack WHERE id = 1"));
  return state_error(
      ErrorClass::kConflict,
      "StateTakenOver",
      fmt::format(
          "The state {} was taken over by another process (its epoch is {}, ours is {}), so "
          "nothing more is written. Let that process finish, then run the command again.",
          options_.path,
          stored,
          epoch_
      )
  );
}

/// Within a transaction.
Status SqliteStore::prune_finished_calls() {
  PLUMBLINE_TRY(
      statement,
      db_->use(
          "DELETE FROM intent WHERE state IN ('done', 'refused') AND id NOT IN (SELECT id FROM "
          "intent WHERE state IN ('done', 'refused') ORDER BY signed_at DESC, id LIMIT ?) AND "
          "lost_at < (SELECT max(signed_at) FROM intent) - ?"
      )
  );
  return statement.put(kFinishedCallsKept).put(kLostAttemptsKept).run();
}

Status SqliteStore::write_batch(const Batch& batch, Timestamp at) {
  PLUMBLINE_TRY(transaction, Transaction::begin(*db_));
  PLUMBLINE_DO(advance(at));
  for (const Intent& intent : batch.intents) {
    PLUMBLINE_DO(write_intent(*db_, intent, epoch_));
  }
  for (const ResourceRow& row : batch.upserts) {
    PLUMBLINE_DO(write_row(*db_, row));
  }
  for (const Batch::Gone& gone : batch.removals) {
    PLUMBLINE_DO(delete_row(*db_, gone));
  }
  for (const Batch::BoundAccount& account : batch.accounts) {
    PLUMBLINE_DO(write_account(*db_, account));
  }
  PLUMBLINE_DO(append_audit(*db_, batch.audit, at));
  if (++commits_ % kCommitsPerPruning == 0) {
    PLUMBLINE_DO(prune_finished_calls());
  }
  return transaction.commit();
}

Status SqliteStore::commit(const Batch& batch, Timestamp at) {
  if (closed_by_) {
    return *closed_by_;
  }
  if (!may_write()) {
    return state_error(
        ErrorClass::kConflict,
        "StateReadOnly",
        fmt::format(
            "The state {} was opened for reading, so nothing was written. Open it for writing.",
            options_.path
        )
    );
  }
  if (batch.empty()) {
    return Done{};
  }
  const Status written = write_batch(batch, at);
  if (!written) {
    closed_by_ = after_failure(batch, at, written.error());
    db_->leave_log_on_close();
    return *closed_by_;
  }
  backup_now_and_then();
  return written;
}

/// For a controller, which opens its state once in months. What it commits is safe without a
/// backup, so one that cannot be made holds nothing up; the next opening says why.
void SqliteStore::backup_now_and_then() {
  if (clock_.elapsed() - backup_looked_at_ >= kBackupPause) {
    backup_looked_at_ = clock_.elapsed();
    static_cast<void>(backup_when_due());
  }
}

Error SqliteStore::after_failure(const Batch& batch, Timestamp at, const Error& error) {
  Error result = error;
  if (error.code == kDiskFull) {
    // Calls may already have had their effect; what is known of them is worth the reserve. Success
    // is reported as an error, too: there is no room for another intent, so nothing may be sent.
    disk_->release(ballast_path(options_.path));
    const bool is_recorded = write_batch(batch, at).has_value();
    result.message = fmt::format(
        "The disk that holds the state {} is full. {} Free at least 64 MiB there and run the "
        "command again; it looks up every call that was open.",
        options_.path,
        is_recorded ? "Everything up to now is recorded, with the reserve kept for this."
                    : "Everything but the last batch is recorded."
    );
  } else if (error.code == kDiskError) {
    result.message += fmt::format(
        " Every batch before the last one is on the disk; whether the last one is shows when {} is "
        "opened again, and every call that was open is looked up then.",
        options_.path
    );
  }
  return result;
}

Status SqliteStore::bind(const std::string& stack, const std::string& account_id) {
  if (closed_by_) {
    return *closed_by_;
  }
  PLUMBLINE_TRY(own_stack, db_->text("SELECT name FROM stack WHERE id = 1"));
  PLUMBLINE_TRY(own_account, db_->text("SELECT account_id FROM stack WHERE id = 1"));
  PLUMBLINE_DO(check_belonging(options_.path, {own_stack, own_account}, {stack, account_id}));
  const bool is_news =
      (own_stack.empty() && !stack.empty()) || (own_account.empty() && !account_id.empty());
  if (!is_news || !may_write()) {
    return Done{};
  }
  const auto write = [&]() -> Status {
    PLUMBLINE_TRY(transaction, Transaction::begin(*db_));
    PLUMBLINE_DO(advance(clock_.now()));
    PLUMBLINE_TRY(statement, db_->use("UPDATE stack SET name = ?, account_id = ? WHERE id = 1"));
    PLUMBLINE_DO(statement.put(own_stack.empty() ? stack : own_stack)
                     .put(own_account.empty() ? account_id : own_account)
                     .run());
    return transaction.commit();
  };
  const Status written = write();
  if (!written) {
    closed_by_ = written.error();
    db_->leave_log_on_close();
  }
  return written;
}

Result<std::vector<AuditRecord>> SqliteStore::audit(std::size_t newest) {
  return read_audit(*db_, newest);
}

Status SqliteStore::copy_to(const std::string& path) {
  PLUMBLINE_DO(create_private_file(path));
  const auto write = [&]() -> Status {
    PLUMBLINE_DO(db_->copy_to(path));
    return sync_file_and_folder(path);
  };
  const Status written = write();
  if (!written) {
    unlink(path.c_str());  // Half a copy would be taken for a whole one some day.
  }
  return written;
}

Result<std::uint64_t> SqliteStore::verify_audit() {
  return verify_audit_chain(*db_);
}

Status SqliteStore::backup_when_due() {
  PLUMBLINE_TRY(now, serial());
  std::uint64_t newest = 0;
  for (const BackupFile& file : backups_of(options_.path)) {
    // A restored state may be older than the backups beside it; those do not count.
    if (file.serial <= now) {
      newest = file.serial;
      break;
    }
  }
  if (now < newest + kSerialsPerBackup) {
    return Done{};
  }
  PLUMBLINE_DO(backup());
  return Done{};
}

Result<std::string> SqliteStore::backup() {
  PLUMBLINE_TRY(now, serial());
  const std::string target = backup_path(options_.path, now);
  // One name for all unfinished copies, so that a killed one is cleared away by the next. Its
  // journal must go, too: SQLite would play it into the new file.
  const std::string unfinished = options_.path + ".backup.tmp";
  unlink((unfinished + "-journal").c_str());
  unlink(unfinished.c_str());
  PLUMBLINE_DO(create_private_file(unfinished));
  PLUMBLINE_DO(db_->copy_to(unfinished));
  PLUMBLINE_DO(sync_file_and_folder(unfinished));
  if (std::rename(unfinished.c_str(), target.c_str()) != 0) {
    return state_error(
        ErrorClass::kIo,
        kDiskError,
        fmt::format(
            "The backup {} could not be put in place ({}). Check its folder and run the command "
            "again.",
            target,
            std::strerror(errno)
        )
    );
  }
  PLUMBLINE_DO(sync_file_and_folder(target));
  std::size_t kept = 1;
  for (const BackupFile& file : backups_of(options_.path)) {
    if (file.path != target && ++kept > kBackupsKept) {
      unlink(file.path.c_str());
    }
  }
  return target;
}

}  // namespace plumbline
