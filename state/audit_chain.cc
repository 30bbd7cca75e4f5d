#include "state/audit_chain.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "state/failure.h"
#include "state/rows.h"

namespace plumbline {

namespace {

constexpr std::size_t kHashSize = 32;

/// One row of the table; the detail stays the text it is, so that its hash does not depend on how a
/// later version prints numbers.
struct Entry {
  std::int64_t sequence = 0;
  std::int64_t at = 0;
  std::string actor, action, section, name, detail;
  std::string prev, hash;
};

struct Head {
  std::int64_t count = 0;
  std::string hash;
};

std::string chain_hash(const Entry& entry) {
  const Value content = Value::object({
      {"sequence", entry.sequence},
      {"at", entry.at},
      {"actor", entry.actor},
      {"action", entry.action},
      {"section", entry.section},
      {"name", entry.name},
      {"detail", entry.detail},
  });
  return to_bytes(sha256(entry.prev + canonical_json(content)));
}

Result<Head> read_head(Db& db) {
  PLUMBLINE_TRY(statement, db.use("SELECT audit_count, audit_head FROM stack WHERE id = 1"));
  PLUMBLINE_TRY(has_row, statement.step());
  if (!has_row) {
    return Head{0, std::string(kHashSize, '\0')};
  }
  return Head{statement.integer(0), statement.blob(1)};
}

Status write_entry(Db& db, const Entry& entry) {
  PLUMBLINE_TRY(
      statement,
      db.use("INSERT INTO audit (sequence, at, actor, action, section, name, detail, prev, hash)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
  );
  return statement.put(entry.sequence)
      .put(entry.at)
      .put(entry.actor)
      .put(entry.action)
      .put(entry.section)
      .put(entry.name)
      .put(entry.detail)
      .put_blob(entry.prev)
      .put_blob(entry.hash)
      .run();
}

Entry read_entry(const Statement& found) {
  return {
      found.integer(0),
      found.integer(1),
      found.text(2),
      found.text(3),
      found.text(4),
      found.text(5),
      found.text(6),
      found.blob(7),
      found.blob(8)};
}

Error broken(const Db& db, std::int64_t sequence, std::string_view how) {
  return state_error(
      ErrorClass::kCorrupt,
      "AuditBroken",
      fmt::format(
          "The audit trail of the state {} was changed outside Plumbline: entry {} {}. Compare it "
          "with the newest backup and find out who had access to the file.",
          db.path(),
          sequence,
          how
      )
  );
}

std::string hex_of(const std::string& bytes) {
  return hex_encode(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

}  // namespace

Status append_audit(Db& db, const std::vector<Batch::AuditEntry>& entries, Timestamp at) {
  if (entries.empty()) {
    return Done{};
  }
  PLUMBLINE_TRY(head, read_head(db));
  for (const Batch::AuditEntry& given : entries) {
    PLUMBLINE_TRY(detail, to_column(given.detail, "the detail of the audit entry " + given.action));
    Entry entry{
        ++head.count,
        to_sql(at),
        given.actor,
        given.action,
        given.address.section,
        given.address.name,
        detail,
        head.hash,
        ""};
    entry.hash = chain_hash(entry);
    head.hash = entry.hash;
    PLUMBLINE_DO(write_entry(db, entry));
  }
  PLUMBLINE_TRY(statement, db.use("UPDATE stack SET audit_count = ?, audit_head = ? WHERE id = 1"));
  return statement.put(head.count).put_blob(head.hash).run();
}

Result<std::vector<AuditRecord>> read_audit(Db& db, std::size_t count) {
  PLUMBLINE_TRY(
      statement,
      db.use("SELECT sequence, at, actor, action, section, name, detail, prev, hash"
             " FROM audit ORDER BY sequence DESC LIMIT ?")
  );
  constexpr std::size_t kAll = std::numeric_limits<std::int64_t>::max();
  statement.put(static_cast<std::int64_t>(std::min(count, kAll)));
  std::vector<AuditRecord> records;
  while (true) {
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return records;
    }
    const Entry entry = read_entry(statement);
    PLUMBLINE_TRY(
        detail, from_column(entry.detail, fmt::format("the audit entry {}", entry.sequence))
    );
    records.push_back(
        {static_cast<std::uint64_t>(entry.sequence),
         from_sql(entry.at),
         entry.actor,
         entry.action,
         {entry.section, entry.name},
         std::move(detail),
         hex_of(entry.hash)}
    );
  }
}

Status verify_audit_tail(Db& db) {
  PLUMBLINE_TRY(head, read_head(db));
  PLUMBLINE_TRY(
      statement,
      db.use("SELECT sequence, at, actor, action, section, name, detail, prev, hash"
             " FROM audit ORDER BY sequence DESC LIMIT 1")
  );
  PLUMBLINE_TRY(has_row, statement.step());
  if (!has_row) {
    if (head.count != 0) {
      return broken(db, head.count, "is missing");
    }
    return Done{};
  }
  const Entry entry = read_entry(statement);
  if (entry.sequence != head.count) {
    return broken(
        db,
        std::max(entry.sequence, head.count),
        entry.sequence < head.count ? "is missing" : "was added"
    );
  }
  if (entry.hash != head.hash || chain_hash(entry) != entry.hash) {
    return broken(db, entry.sequence, "does not have its hash");
  }
  return Done{};
}

Result<std::uint64_t> verify_audit_chain(Db& db) {
  PLUMBLINE_DO(verify_audit_tail(db));
  PLUMBLINE_TRY(
      statement,
      db.use("SELECT sequence, at, actor, action, section, name, detail, prev, hash"
             " FROM audit ORDER BY sequence")
  );
  std::string prev(kHashSize, '\0');
  std::int64_t count = 0;
  while (true) {
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return static_cast<std::uint64_t>(count);
    }
    const Entry entry = read_entry(statement);
    ++count;
    if (entry.sequence != count) {
      return broken(db, count, "is missing");
    }
    if (entry.prev != prev) {
      return broken(db, count, "does not follow the one before it");
    }
    if (chain_hash(entry) != entry.hash) {
      return broken(db, count, "does not have its hash");
    }
    prev = entry.hash;
  }
}

}  // namespace plumbline
