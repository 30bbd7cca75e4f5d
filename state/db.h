// Db, Statement, Transaction: SQLite as three types that clean up after themselves. Each store owns
// one Db and with it the only connection to its file. The pair db.{h,cc} is the only place that
// knows sqlite3; it must not know what is stored.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "controller/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace plumbline {

class Db;

/// A prepared statement on loan from its Db: goes back, reset and without parameters, when it
/// leaves its scope. The same text cannot be lent twice at once.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Each fills the next parameter.
  Statement& put(std::int64_t number);
  Statement& put(std::string_view text);
  Statement& put_blob(std::string_view bytes);

  /// True when there is a row to read, false at the end.
  Result<bool> step();
  /// Runs to the end and ignores rows.
  Status run();

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string blob(int column) const;

 private:
  friend class Db;
  struct Prepared {
    sqlite3_stmt* handle = nullptr;
    bool is_lent = false;
  };
  Statement(Db& db, Prepared& prepared) : db_(&db), prepared_(&prepared) {}
  void note(int result_code);

  Db* db_;
  Prepared* prepared_;  ///< Null after a move.
  int next_parameter_ = 1;
  int bind_failure_ = 0;  ///< The first one; step() reports it.
};

class Db {
 public:
  /// Opens an existing file (never creates one), or a database in memory when `path` is "".
  static Result<std::unique_ptr<Db>> open(const std::string& path);
  /// A database in memory that holds `image`, the bytes of a file without a log. `path` is where
  /// they come from, for messages alone.
  static Result<std::unique_ptr<Db>> open_image(const std::string& path, std::string_view image);
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;
  /// Closes. Moves the write-ahead log into the file unless `leave_log_on_close` was called.
  ~Db();

  /// Runs all statements of `sql`; for schemas and pragmas. `sql` holds no data.
  Status execute(const std::string& sql);
  /// Lends the statement with this text; prepared once, then kept.
  Result<Statement> use(std::string_view sql);
  /// First column of the first row; 0 or "" when there is none.
  Result<std::int64_t> integer(std::string_view sql);
  Result<std::string> text(std::string_view sql);
  /// Rows that the last INSERT, UPDATE or DELETE touched.
  [[nodiscard]] int changed_rows() const;
  /// Copies everything into the existing, empty file `path`.
  Status copy_to(const std::string& path);
  /// After a disk error the log must stay as it is: the next opening reads it anew.
  void leave_log_on_close();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class Statement;
  friend class Transaction;
  Db(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  [[nodiscard]] Error failure(int result_code) const;

  std::string path_;
  sqlite3* handle_;
  std::map<std::string, Statement::Prepared, std::less<>> prepared_;
};

/// Everything between begin() and commit() happens or nothing of it; without commit() nothing does.
class Transaction {
 public:
  static Result<Transaction> begin(Db& db);
  Transaction(Transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  /// On the disk when this returns Done.
  Status commit();

 private:
  explicit Transaction(Db& db) : db_(&db) {}
  Db* db_;  ///< Null once committed or moved from.
};

}  // namespace plumbline
