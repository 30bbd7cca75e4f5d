#include "state/db.h"

#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "controller/base/check.h"
#include "state/failure.h"

namespace plumbline {

namespace {

std::string shown(const std::string& path) {
  return path.empty() ? "in memory" : path;
}

/// SQLite reads "file:…" as a URI and ":memory:" as no file; a path must stay a path.
std::string as_filename(const std::string& path) {
  if (path.empty()) {
    return ":memory:";
  }
  return path.front() == '/' ? path : "./" + path;
}

Error describe(int result_code, const std::string& path, const std::string& reason) {
  const std::string place = shown(path);
  switch (result_code & 0xff) {
    case SQLITE_FULL:
      return state_error(
          ErrorClass::kIo,
          kDiskFull,
          fmt::format(
              "The disk that holds the state {} is full ({}). Free some space there and run "
              "the command again.",
              place,
              reason
          )
      );
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_ERROR:  // All SQL is constant, so only a changed file can make it wrong.
      return damaged_state(place, reason);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return state_error(
          ErrorClass::kConflict,
          kStateBusy,
          fmt::format(
              "Another program has the state {} open ({}). Close it and run the command again.",
              place,
              reason
          )
      );
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return state_error(
          ErrorClass::kIo,
          kStateRefused,
          fmt::format(
              "The state {} refused a row ({}). Nothing of this batch was written; please "
              "report this as a fault of Plumbline.",
              place,
              reason
          )
      );
    default:
      return state_error(
          ErrorClass::kIo,
          kDiskError,
          fmt::format(
              "The state {} could not be read or written ({}). Check the disk and the file's "
              "permissions, then run the command again.",
              place,
              reason
          )
      );
  }
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_),
      prepared_(std::exchange(other.prepared_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_failure_(other.bind_failure_) {}

Statement::~Statement() {
  if (prepared_ != nullptr) {
    sqlite3_reset(prepared_->handle);
    sqlite3_clear_bindings(prepared_->handle);
    prepared_->is_lent = false;
  }
}

void Statement::note(int result_code) {
  // A parameter that does not exist is a wrong statement, not a wrong world.
  PLUMBLINE_CHECK(result_code != SQLITE_RANGE && result_code != SQLITE_MISUSE);
  if (bind_failure_ == SQLITE_OK) {
    bind_failure_ = result_code;
  }
}

Statement& Statement::put(std::int64_t number) {
  note(sqlite3_bind_int64(prepared_->handle, next_parameter_++, number));
  return *this;
}

Statement& Statement::put(std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  note(sqlite3_bind_text64(
      prepared_->handle,
      next_parameter_++,
      text.empty() ? "" : text.data(),
      text.size(),
      SQLITE_TRANSIENT,
      SQLITE_UTF8
  ));
  return *this;
}

Statement& Statement::put_blob(std::string_view bytes) {
  note(sqlite3_bind_blob64(
      prepared_->handle,
      next_parameter_++,
      bytes.empty() ? "" : bytes.data(),
      bytes.size(),
      SQLITE_TRANSIENT
  ));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) {
    return db_->failure(bind_failure_);
  }
  const int result = sqlite3_step(prepared_->handle);
  if (result == SQLITE_ROW) {
    return true;
  }
  if (result == SQLITE_DONE) {
    return false;
  }
  return db_->failure(result);
}

Status Statement::run() {
  while (true) {
    PLUMBLINE_TRY(has_row, step());
    if (!has_row) {
      return Done{};
    }
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(prepared_->handle, column);
}

std::string Statement::text(int column) const {
  // Blob access leaves a TEXT column's UTF-8 bytes as they are and needs no cast of sign.
  return blob(column);
}

std::string Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(prepared_->handle, column);
  const int size = sqlite3_column_bytes(prepared_->handle, column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

Result<std::unique_ptr<Db>> Db::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    SQLITE_OPEN_PRIVATECACHE;
  const int result = sqlite3_open_v2(as_filename(path).c_str(), &handle, flags, nullptr);
  if (result != SQLITE_OK) {
    Error error = describe(result, path, sqlite3_errstr(result));
    sqlite3_close(handle);
    return error;
  }
  // A file made by somebody else must not run code of its own.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  return std::unique_ptr<Db>(new Db(path, handle));
}

Result<std::unique_ptr<Db>> Db::open_image(const std::string& path, std::string_view image) {
  PLUMBLINE_TRY(db, Db::open(""));
  db->path_ = path;
  if (image.empty()) {
    return db;
  }
  auto* bytes = static_cast<unsigned char*>(sqlite3_malloc64(image.size()));
  if (bytes == nullptr) {
    return db->failure(SQLITE_NOMEM);
  }
  std::memcpy(bytes, image.data(), image.size());
  const auto size = static_cast<sqlite3_int64>(image.size());
  // SQLite frees the bytes, whatever happens.
  const int result = sqlite3_deserialize(
      db->handle_,
      "main",
      bytes,
      size,
      size,
      SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE
  );
  if (result != SQLITE_OK) {
    return db->failure(result);
  }
  return db;
}

Db::~Db() {
  for (auto& [sql, prepared] : prepared_) {
    PLUMBLINE_CHECK(!prepared.is_lent);
    sqlite3_finalize(prepared.handle);
  }
  sqlite3_close(handle_);
}

Error Db::failure(int result_code) const {
  return describe(result_code, path_, sqlite3_errmsg(handle_));
}

Status Db::execute(const std::string& sql) {
  const int result = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) {
    return failure(result);
  }
  return Done{};
}

Result<Statement> Db::use(std::string_view sql) {
  auto found = prepared_.find(sql);
  if (found == prepared_.end()) {
    sqlite3_stmt* handle = nullptr;
    const int result = sqlite3_prepare_v3(
        handle_,
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &handle,
        nullptr
    );
    if (result != SQLITE_OK) {
      return failure(result);
    }
    found = prepared_.emplace(std::string(sql), Statement::Prepared{handle, false}).first;
  }
  PLUMBLINE_CHECK(!found->second.is_lent);
  found->second.is_lent = true;
  return Statement(*this, found->second);
}

Result<std::int64_t> Db::integer(std::string_view sql) {
  PLUMBLINE_TRY(statement, use(sql));
  PLUMBLINE_TRY(has_row, statement.step());
  return has_row ? statement.integer(0) : 0;
}

Result<std::string> Db::text(std::string_view sql) {
  PLUMBLINE_TRY(statement, use(sql));
  PLUMBLINE_TRY(has_row, statement.step());
  return has_row ? statement.text(0) : std::string();
}

int Db::changed_rows() const {
  return sqlite3_changes(handle_);
}

Status Db::copy_to(const std::string& path) {
  PLUMBLINE_TRY(target, Db::open(path));
  sqlite3_backup* copy = sqlite3_backup_init(target->handle_, "main", handle_, "main");
  if (copy == nullptr) {
    return target->failure(sqlite3_errcode(target->handle_));
  }
  sqlite3_backup_step(copy, -1);
  const int result = sqlite3_backup_finish(copy);
  if (result != SQLITE_OK) {
    return target->failure(result);
  }
  return Done{};
}

void Db::leave_log_on_close() {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<Transaction> Transaction::begin(Db& db) {
  PLUMBLINE_TRY(statement, db.use("BEGIN IMMEDIATE"));
  PLUMBLINE_DO(statement.run());
  return Transaction(db);
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself; a second ROLLBACK would be an error.
  if (db_ != nullptr && sqlite3_get_autocommit(db_->handle_) == 0) {
    sqlite3_exec(db_->handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Status Transaction::commit() {
  PLUMBLINE_CHECK(db_ != nullptr);
  PLUMBLINE_TRY(statement, db_->use("COMMIT"));
  PLUMBLINE_TRY(committed, statement.run());
  db_ = nullptr;
  return committed;
}

}  // namespace plumbline
