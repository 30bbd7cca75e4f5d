#include "state/migrations.h"

#include <string>

#include "embedded/embedded_sql.h"
#include <fmt/format.h>

#include "state/failure.h"

namespace plumbline {

namespace {

constexpr Migration kMigrations[] = {
    {1, "2026-11-20 first schema", ""},
    {2,
     "2026-11-26 named accounts",
     "CREATE TABLE account (name TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL) STRICT, "
     "WITHOUT ROWID"},
    {3,
     "2026-11-26 attempts that were lost",
     "ALTER TABLE intent ADD COLUMN lost_at INTEGER NOT NULL DEFAULT 0"},
    {4,
     "2026-11-26 what was there before an ambiguous creation",
     "ALTER TABLE intent ADD COLUMN siblings TEXT NOT NULL DEFAULT '[]'"},
};

Status record(Db& db, const Migration& step, Timestamp at) {
  PLUMBLINE_TRY(row, db.use("INSERT INTO migration (version, name, at) VALUES (?, ?, ?)"));
  return row.put(step.version).put(step.name).put(at.time_since_epoch().count()).run();
}

Status set_version(Db& db, std::int64_t version) {
  return db.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, version)
  );
}

Status apply(Db& db, const Migration& step, Timestamp at) {
  PLUMBLINE_TRY(transaction, Transaction::begin(db));
  PLUMBLINE_DO(db.execute(std::string(step.sql)));
  PLUMBLINE_DO(record(db, step, at));
  PLUMBLINE_DO(set_version(db, step.version));
  return transaction.commit();
}

/// Names of everything the schema made, without SQLite's own indices and statistics.
Result<std::string> object_names(Db& db) {
  return db.text(
      "SELECT group_concat(entry, ', ') FROM (SELECT type || ' ' || name AS entry FROM "
      "sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY entry)"
  );
}

/// What each table holds. Not the statements that made it: a migrated file has others.
Result<std::string> columns(Db& db) {
  return db.text(
      "SELECT group_concat(entry, '; ') FROM (SELECT t.name || ' ' || t.strict || ': ' ||"
      " group_concat(c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk, ', ') AS entry"
      " FROM pragma_table_list AS t, pragma_table_info(t.name) AS c WHERE t.schema = 'main' AND"
      " t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' GROUP BY t.name ORDER BY t.name)"
  );
}

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

Result<FileKind> identify(Db& db, std::span<const Migration> steps) {
  PLUMBLINE_TRY(application, db.integer("PRAGMA application_id"));
  PLUMBLINE_TRY(version, db.integer("PRAGMA user_version"));
  PLUMBLINE_TRY(objects, db.integer("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && objects == 0) {
    return FileKind::kEmpty;
  }
  if (application != kApplicationId || version < 1) {
    return state_error(
        ErrorClass::kCorrupt,
        "NotAState",
        fmt::format(
            "The file {} is a database of another program (application id {:#010x}), not a state "
            "of Plumbline. Name the right file with --state.",
            db.path(),
            static_cast<std::uint32_t>(application)
        )
    );
  }
  const std::int64_t newest = steps.back().version;
  if (version > newest) {
    return state_error(
        ErrorClass::kConflict,
        "StateNewer",
        fmt::format(
            "The state {} has schema version {}, written by a newer Plumbline; this one knows "
            "versions up to {}. Install that newer Plumbline, or name another state with --state.",
            db.path(),
            version,
            newest
        )
    );
  }
  return FileKind::kState;
}

Status create_schema(Db& db, Timestamp at) {
  for (const EmbeddedFile& file : embedded_sql()) {
    PLUMBLINE_DO(db.execute(std::string(file.text)));
  }
  for (const Migration& step : kMigrations) {
    PLUMBLINE_DO(record(db, step, at));
  }
  return set_version(db, migrations().back().version);
}

Status migrate(Db& db, std::span<const Migration> steps, Timestamp at) {
  PLUMBLINE_TRY(version, db.integer("PRAGMA user_version"));
  for (const Migration& step : steps) {
    if (step.version > version) {
      PLUMBLINE_DO(apply(db, step, at));
    }
  }
  return Done{};
}

Status check_schema(Db& db) {
  PLUMBLINE_TRY(model, Db::open(""));
  PLUMBLINE_DO(create_schema(*model, Timestamp{}));
  PLUMBLINE_TRY(expected, object_names(*model));
  PLUMBLINE_TRY(found, object_names(db));
  if (found != expected) {
    return state_error(
        ErrorClass::kCorrupt,
        kStateCorrupt,
        fmt::format(
            "The state {0} was changed by another program: it holds {1}, expected was {2}. Move "
            "{0} and {0}-wal away and put the newest {0}.backup-N in their place.",
            db.path(),
            found,
            expected
        )
    );
  }
  PLUMBLINE_TRY(expected_columns, columns(*model));
  PLUMBLINE_TRY(found_columns, columns(db));
  if (found_columns != expected_columns) {
    return damaged_state(db.path(), "its tables have other columns than Plumbline's");
  }
  return Done{};
}

}  // namespace plumbline
