// Migrations: from a file of any version ever shipped, or an empty one, to today's schema. Knows
// versions and names of steps; must not know rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "controller/base/env.h"
#include "controller/base/result.h"
#include "state/db.h"

namespace plumbline {

/// "PLMB" in the file's header: what tells our state from any other SQLite file.
inline constexpr std::int64_t kApplicationId = 0x504c4d42;

/// A named, dated step from version `version - 1` to `version`. Never changed once shipped.
struct Migration {
  std::int64_t version = 0;
  std::string_view name;
  std::string_view sql;  ///< Empty for the first: schema.sql made it.
};

/// All steps in order; the last one's version is today's.
std::span<const Migration> migrations();

enum class FileKind { kEmpty, kState };

/// Whether `db` is empty or a state that this program can read. kCorrupt for another program's
/// file, kConflict for a state by a newer Plumbline, with both versions. Changes nothing.
Result<FileKind> identify(Db& db, std::span<const Migration> steps);

/// Creates today's schema in an empty `db`. The caller's transaction makes it one with the first
/// row.
Status create_schema(Db& db, Timestamp at);

/// Applies the steps that `db` has not seen, each in a transaction of its own.
Status migrate(Db& db, std::span<const Migration> steps, Timestamp at);

/// kCorrupt when tables, indices, triggers or views are missing or do not belong to the schema.
Status check_schema(Db& db);

}  // namespace plumbline
