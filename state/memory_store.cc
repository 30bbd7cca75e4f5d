#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "state/failure.h"
#include "state/rows.h"
#include "state/store.h"

namespace plumbline {

namespace {

/// What a value becomes on its way through the disk: members sorted, bytes as base64 text.
Result<Value> stored(const Value& value, std::string_view what) {
  PLUMBLINE_TRY(json, to_column(value, what));
  return from_column(json, what);
}

class MemoryStore final : public Store {
 public:
  explicit MemoryStore(Random& random) {
    std::array<std::uint8_t, 32> key{};
    random.fill(key);
    image_.install_key.assign(key.begin(), key.end());
    image_.epoch = 1;
  }

  Result<StateImage> load() override {
    StateImage image = image_;
    for (const auto& [key, row] : rows_) {
      image.rows.push_back(row);
    }
    for (const auto& [id, intent] : intents_) {
      if (!is_closed(intent)) {
        image.open_intents.push_back(intent);
      } else if (intent.lost_at != Timestamp{}) {
        image.late_calls.push_back(intent);
      }
    }
    return image;
  }

  Status commit(const Batch& batch, Timestamp at) override {
    if (batch.empty()) {
      return Done{};
    }
    // All or nothing: convert everything first, because only that can fail.
    PLUMBLINE_TRY(upserts, converted(batch.upserts));
    PLUMBLINE_TRY(records, converted(batch.audit, at));
    for (Intent intent : batch.intents) {
      intent.epoch = image_.epoch;
      intents_[intent.id] = std::move(intent);
    }
    for (ResourceRow& row : upserts) {
      Key key{row.address.section, row.address.name, row.physical_id};
      rows_[std::move(key)] = std::move(row);
    }
    for (const Batch::Gone& gone : batch.removals) {
      rows_.erase({gone.address.section, gone.address.name, gone.physical_id});
    }
    for (const Batch::BoundAccount& account : batch.accounts) {
      image_.accounts.emplace(account.name, account.account_id);
    }
    std::ranges::move(records, std::back_inserter(audit_));
    ++image_.serial;
    return Done{};
  }

  Status bind(const std::string& stack, const std::string& account_id) override {
    PLUMBLINE_TRY(
        fits, check_belonging("in memory", {image_.stack, image_.account_id}, {stack, account_id})
    );
    const StateImage before = image_;
    image_.stack = image_.stack.empty() ? stack : image_.stack;
    image_.account_id = image_.account_id.empty() ? account_id : image_.account_id;
    if (image_.stack != before.stack || image_.account_id != before.account_id) {
      ++image_.serial;
    }
    return fits;
  }

  Result<std::vector<AuditRecord>> audit(std::size_t newest) override {
    const std::size_t count = std::min(newest, audit_.size());
    return std::vector<AuditRecord>(
        audit_.rbegin(), audit_.rbegin() + static_cast<std::ptrdiff_t>(count)
    );
  }

  Status copy_to(const std::string& path) override {
    return state_error(
        ErrorClass::kIo,
        kStateRefused,
        fmt::format("There is no state on the disk yet, so {} was not written.", path)
    );
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;

  static Result<std::vector<ResourceRow>> converted(std::vector<ResourceRow> rows) {
    for (ResourceRow& row : rows) {
      const std::string name = row.address.to_string();
      PLUMBLINE_TRY(applied, stored(row.applied, "the applied properties of " + name));
      PLUMBLINE_TRY(observed, stored(row.observed, "the observed properties of " + name));
      row.applied = std::move(applied);
      row.observed = std::move(observed);
    }
    return rows;
  }

  Result<std::vector<AuditRecord>> converted(
      const std::vector<Batch::AuditEntry>& entries, Timestamp at
  ) const {
    std::vector<AuditRecord> records;
    std::uint64_t sequence = audit_.size();
    for (const Batch::AuditEntry& entry : entries) {
      PLUMBLINE_TRY(detail, stored(entry.detail, "the detail of the audit entry " + entry.action));
      records.push_back(
          {++sequence, at, entry.actor, entry.action, entry.address, std::move(detail), ""}
      );
    }
    return records;
  }

  StateImage image_;  ///< Without rows and intents.
  std::map<Key, ResourceRow> rows_;
  std::map<std::string, Intent> intents_;
  std::vector<AuditRecord> audit_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store(Clock& /*clock*/, Random& random) {
  return std::make_unique<MemoryStore>(random);
}

}  // namespace plumbline
