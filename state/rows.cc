#include "state/rows.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "state/failure.h"

namespace plumbline {

namespace {

constexpr std::array kRowStatuses = {
    RowStatus::kCreating,
    RowStatus::kLive,
    RowStatus::kUpdating,
    RowStatus::kDeleting,
    RowStatus::kDeposed,
    RowStatus::kHeld,
};
constexpr std::array kIntentStates = {
    IntentState::kInflight,
    IntentState::kUnknown,
    IntentState::kDone,
    IntentState::kRefused,
    IntentState::kHeld,
};

template <class Enum, std::size_t kCount>
std::optional<Enum> named(const std::array<Enum, kCount>& all, std::string_view name) {
  for (const Enum one : all) {
    if (name_of(one) == name) {
      return one;
    }
  }
  return std::nullopt;
}

Error unreadable(std::string_view what, std::string_view reason) {
  return state_error(
      ErrorClass::kCorrupt,
      kStateCorrupt,
      fmt::format(
          "The state holds something unreadable in {} ({}). Put the newest backup in its place.",
          what,
          reason
      )
  );
}

Value to_value(const std::vector<Address>& addresses) {
  List list;
  for (const Address& address : addresses) {
    list.push_back(Value::list({address.section, address.name}));
  }
  return list;
}

Result<std::vector<Address>> to_addresses(const Value& value, const std::string& what) {
  std::vector<Address> addresses;
  if (!value.is_list()) {
    return unreadable(what, "not a list");
  }
  for (const Value& item : value.as_list()) {
    if (!item.is_list() || item.size() != 2 || !item.as_list()[0].is_text() ||
        !item.as_list()[1].is_text()) {
      return unreadable(what, "not a list of addresses");
    }
    addresses.push_back({item.as_list()[0].as_text(), item.as_list()[1].as_text()});
  }
  return addresses;
}

Result<Timestamp> to_time(std::int64_t milliseconds, const std::string& what) {
  if (milliseconds < 0 || milliseconds > kLastTime) {
    return unreadable(what, fmt::format("{} is no time", milliseconds));
  }
  return from_sql(milliseconds);
}

/// Names and ids are sent, shown and compared.
Status check_word(std::string_view word, const std::string& what) {
  const bool is_line = std::none_of(word.begin(), word.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (word.empty() || !is_line || !is_valid_utf8(word)) {
    return unreadable(what, word.empty() ? "it is empty" : "it holds what no name may");
  }
  return Done{};
}

Result<Value> to_properties(const std::string& json, const std::string& what) {
  PLUMBLINE_TRY(value, from_column(json, what));
  if (!value.is_object() && !value.is_null()) {
    return unreadable(what, "no object");
  }
  return value;
}

Result<ResourceRow> read_row(const Statement& found) {
  ResourceRow row;
  row.address = {found.text(0), found.text(1)};
  row.physical_id = found.text(2);
  row.kind = found.text(3);
  row.account = found.text(4);
  row.region = found.text(5);
  const std::string name = row.address.to_string();
  const auto status = named(kRowStatuses, found.text(6));
  if (!status) {
    return unreadable("the status of " + name, found.text(6));
  }
  row.status = *status;
  PLUMBLINE_DO(check_word(row.physical_id, "the id of " + name));
  PLUMBLINE_TRY(applied, to_properties(found.text(7), "the applied properties of " + name));
  PLUMBLINE_TRY(observed, to_properties(found.text(8), "the observed properties of " + name));
  row.applied = std::move(applied);
  row.observed = std::move(observed);
  row.is_protected = found.integer(9) != 0;
  row.on_remove = found.text(10);
  const std::string what = "the producers of " + name;
  PLUMBLINE_TRY(depends_on, from_column(found.text(11), what));
  PLUMBLINE_TRY(addresses, to_addresses(depends_on, what));
  row.depends_on = std::move(addresses);
  PLUMBLINE_TRY(created_at, to_time(found.integer(12), "the beginning of " + name));
  PLUMBLINE_TRY(updated_at, to_time(found.integer(13), "the last change of " + name));
  row.created_at = created_at;
  row.updated_at = updated_at;
  return row;
}

Result<Intent> read_intent(const Statement& found) {
  Intent intent;
  intent.id = found.text(0);
  intent.address = {found.text(1), found.text(2)};
  intent.kind = found.text(3);
  intent.account = found.text(4);
  intent.region = found.text(5);
  intent.service = found.text(6);
  intent.action = found.text(7);
  const std::string klass = found.text(8);
  const auto state = named(kIntentStates, found.text(13));
  if (klass.size() != 1 || !state) {
    return unreadable("the journal entry " + intent.id, klass + ", " + found.text(13));
  }
  intent.klass = klass.front();
  intent.is_create = found.integer(9) != 0;
  intent.token = found.text(10);
  intent.owner = found.text(11);
  intent.params_digest = found.text(12);
  intent.state = *state;
  intent.physical_id = found.text(14);
  intent.error = found.text(15);
  const std::string what = "the journal entry " + intent.id;
  PLUMBLINE_TRY(signed_at, to_time(found.integer(16), what));
  PLUMBLINE_TRY(lost_at, to_time(found.integer(19), what));
  intent.signed_at = signed_at;
  intent.lost_at = lost_at;
  const std::int64_t attempts = found.integer(17);
  if (attempts < 0 || attempts > std::numeric_limits<int>::max()) {
    return unreadable(what, fmt::format("{} are no number of attempts", attempts));
  }
  intent.attempts = static_cast<int>(attempts);
  intent.epoch = static_cast<std::uint64_t>(found.integer(18));
  const std::string before = "what was there before " + what;
  PLUMBLINE_TRY(siblings, from_column(found.text(20), before));
  if (!siblings.is_list()) {
    return unreadable(before, "not a list");
  }
  for (const Value& id : siblings.as_list()) {
    if (!id.is_text()) {
      return unreadable(before, "not a list of ids");
    }
    intent.siblings.push_back(id.as_text());
  }
  return intent;
}

}  // namespace

Result<std::string> to_column(const Value& value, std::string_view what) {
  PLUMBLINE_CHECK(!value.holds_secret());
  PLUMBLINE_CHECK(value.is_known());
  std::string json = canonical_json(value);
  const auto read = parse_json(json);
  if (!read) {
    return state_error(
        ErrorClass::kIo,
        kStateRefused,
        fmt::format(
            "The state cannot hold {}: {}. Nothing of this batch was written; remove the value "
            "from the resource and run the command again.",
            what,
            read.error().message
        )
    );
  }
  return json;
}

Result<Value> from_column(const std::string& json, std::string_view what) {
  auto value = parse_json(json);
  if (!value) {
    return unreadable(what, value.error().message);
  }
  return value;
}

Status write_row(Db& db, const ResourceRow& row) {
  const std::string name = row.address.to_string();
  PLUMBLINE_TRY(applied, to_column(row.applied, "the applied properties of " + name));
  PLUMBLINE_TRY(observed, to_column(row.observed, "the observed properties of " + name));
  PLUMBLINE_TRY(producers, to_column(to_value(row.depends_on), "the producers of " + name));
  PLUMBLINE_TRY(
      statement,
      db.use("INSERT INTO resource (section, name, physical_id, kind, account, region, status, "
             "applied,"
             " observed, is_protected, on_remove, depends_on, created_at, updated_at)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
             " ON CONFLICT (section, name, physical_id) DO UPDATE SET kind = excluded.kind,"
             " account = excluded.account, region = excluded.region, status = excluded.status,"
             " applied = excluded.applied, observed = excluded.observed,"
             " is_protected = excluded.is_protected, on_remove = excluded.on_remove,"
             " depends_on = excluded.depends_on, created_at = excluded.created_at,"
             " updated_at = excluded.updated_at")
  );
  return statement.put(row.address.section)
      .put(row.address.name)
      .put(row.physical_id)
      .put(row.kind)
      .put(row.account)
      .put(row.region)
      .put(name_of(row.status))
      .put(applied)
      .put(observed)
      .put(std::int64_t{row.is_protected})
      .put(row.on_remove)
      .put(producers)
      .put(to_sql(row.created_at))
      .put(to_sql(row.updated_at))
      .run();
}

Status delete_row(Db& db, const Batch::Gone& gone) {
  PLUMBLINE_TRY(
      statement, db.use("DELETE FROM resource WHERE section = ? AND name = ? AND physical_id = ?")
  );
  return statement.put(gone.address.section).put(gone.address.name).put(gone.physical_id).run();
}

Result<std::vector<ResourceRow>> read_rows(Db& db) {
  PLUMBLINE_TRY(
      statement,
      db.use("SELECT section, name, physical_id, kind, account, region, status, applied, observed,"
             " is_protected, on_remove, depends_on, created_at, updated_at"
             " FROM resource ORDER BY section, name, physical_id")
  );
  std::vector<ResourceRow> rows;
  while (true) {
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return rows;
    }
    PLUMBLINE_TRY(row, read_row(statement));
    rows.push_back(std::move(row));
  }
}

Status write_intent(Db& db, const Intent& intent, std::uint64_t epoch) {
  const List siblings(intent.siblings.begin(), intent.siblings.end());
  PLUMBLINE_TRY(before, to_column(siblings, "what was there before " + intent.action));
  PLUMBLINE_TRY(
      statement,
      db.use(
          "INSERT INTO intent (id, section, name, kind, account, region, service, action, class,"
          " is_create, token, owner, params_digest, state, physical_id, error, signed_at, attempts,"
          " epoch, lost_at, siblings)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
          " ON CONFLICT (id) DO UPDATE SET section = excluded.section, name = excluded.name,"
          " kind = excluded.kind, account = excluded.account, region = excluded.region,"
          " service = excluded.service, action = excluded.action, class = excluded.class,"
          " is_create = excluded.is_create, token = excluded.token, owner = excluded.owner,"
          " params_digest = excluded.params_digest, state = excluded.state,"
          " physical_id = excluded.physical_id, error = excluded.error,"
          " signed_at = excluded.signed_at, attempts = excluded.attempts, epoch = excluded.epoch,"
          " lost_at = excluded.lost_at, siblings = excluded.siblings"
      )
  );
  return statement.put(intent.id)
      .put(intent.address.section)
      .put(intent.address.name)
      .put(intent.kind)
      .put(intent.account)
      .put(intent.region)
      .put(intent.service)
      .put(intent.action)
      .put(std::string_view(&intent.klass, 1))
      .put(std::int64_t{intent.is_create})
      .put(intent.token)
      .put(intent.owner)
      .put(intent.params_digest)
      .put(name_of(intent.state))
      .put(intent.physical_id)
      .put(intent.error)
      .put(to_sql(intent.signed_at))
      .put(std::int64_t{intent.attempts})
      .put(static_cast<std::int64_t>(epoch))
      .put(to_sql(intent.lost_at))
      .put(before)
      .run();
}

namespace {

Result<std::vector<Intent>> read_intents(Db& db, std::string_view which) {
  PLUMBLINE_TRY(
      statement,
      db.use(fmt::format(
          "SELECT id, section, name, kind, account, region, service, action, class, is_create,"
          " token, owner, params_digest, state, physical_id, error, signed_at, attempts, epoch,"
          " lost_at, siblings FROM intent WHERE {} ORDER BY id",
          which
      ))
  );
  std::vector<Intent> intents;
  while (true) {
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return intents;
    }
    PLUMBLINE_TRY(intent, read_intent(statement));
    intents.push_back(std::move(intent));
  }
}

}  // namespace

Result<std::vector<Intent>> read_open_intents(Db& db) {
  return read_intents(db, "state IN ('inflight', 'unknown', 'held')");
}

Result<std::vector<Intent>> read_late_calls(Db& db) {
  return read_intents(db, "state IN ('done', 'refused') AND lost_at > 0");
}

Status write_account(Db& db, const Batch::BoundAccount& account) {
  PLUMBLINE_TRY(statement, db.use("INSERT INTO account (name, account_id) VALUES (?, ?)"));
  return statement.put(account.name).put(account.account_id).run();
}

Result<std::map<std::string, std::string>> read_accounts(Db& db) {
  PLUMBLINE_TRY(statement, db.use("SELECT name, account_id FROM account ORDER BY name"));
  std::map<std::string, std::string> accounts;
  while (true) {
    PLUMBLINE_TRY(has_row, statement.step());
    if (!has_row) {
      return accounts;
    }
    accounts.emplace(statement.text(0), statement.text(1));
  }
}

Status check_belonging(const std::string& path, const Belonging& own, const Belonging& wanted) {
  if (!own.stack.empty() && !wanted.stack.empty() && own.stack != wanted.stack) {
    return state_error(
        ErrorClass::kConflict,
        "OtherStack",
        fmt::format(
            "The state {} belongs to the stack \"{}\", and the manifest is the stack \"{}\". Name "
            "this stack's own state with --state, or correct `stack:` in the manifest.",
            path,
            own.stack,
            wanted.stack
        )
    );
  }
  if (!own.account_id.empty() && !wanted.account_id.empty() &&
      own.account_id != wanted.account_id) {
    return state_error(
        ErrorClass::kConflict,
        "OtherAccount",
        fmt::format(
            "The state {} belongs to the AWS account {}, and the credentials are for the account "
            "{}. Use the credentials or the AWS_PROFILE of account {}, or another state with "
            "--state.",
            path,
            own.account_id,
            wanted.account_id,
            own.account_id
        )
    );
  }
  return Done{};
}

}  // namespace plumbline
