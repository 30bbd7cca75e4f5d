#include "tests/support/sim/checkers.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"

namespace plumbline::simtest {

namespace {

/// More would be a loop. The longest patience is that for what a function's interfaces hold: 45
/// minutes, every fifteen seconds.
constexpr int kAttemptsMax = 400;

bool is_open(IntentState state) {
  return state == IntentState::kInflight || state == IntentState::kUnknown ||
         state == IntentState::kHeld;
}

bool holds_secret(const Value& value) {
  return value.holds_secret() || canonical_json(value).find(kSecret) != std::string::npos;
}

}  // namespace

void Checkers::violated(const std::string& rule, const std::string& what) {
  std::string violation = rule + ": " + what;
  if (std::find(violations_.begin(), violations_.end(), violation) == violations_.end()) {
    violations_.push_back(std::move(violation));
  }
}

void Checkers::on_intent(const Intent& intent, std::uint64_t epoch) {
  const auto known = intents_.find(intent.id);
  if (known != intents_.end()) {
    const Intent& before = known->second;
    if (before.action != intent.action || before.address != intent.address ||
        before.token != intent.token) {
      violated("I2", fmt::format("intent {} became another call: {}", intent.id, intent.action));
    }
    if (before.state == IntentState::kDone && is_open(intent.state)) {
      violated("I2", fmt::format("{} of {} was opened again", intent.action, intent.id));
    }
    if (epoch < before.epoch) {
      violated("I5", fmt::format("the epoch of {} fell to {}", intent.id, epoch));
    }
  }
  if (intent.state == IntentState::kInflight) {
    if (intent.signed_at == Timestamp()) {
      violated("I1", intent.action + " was written without the time of its signature");
    }
    const auto twin = std::find_if(intents_.begin(), intents_.end(), [&](const auto& each) {
      const Intent& other = each.second;
      return intent.is_create && other.is_create && other.id != intent.id &&
             other.address == intent.address && is_open(other.state);
    });
    if (twin != intents_.end()) {
      violated("I2", fmt::format("two creations of {} are open", intent.address.to_string()));
    }
    sendable_.push_back({intent.service, intent.action, intent.id, epoch});
  }
  if (intent.attempts > kAttemptsMax) {
    violated("I13", fmt::format("{} was tried {} times", intent.action, intent.attempts));
  }
  if (intent.error.find(kSecret) != std::string::npos) {
    violated("I11", intent.action + ": its error holds a secret");
  }
  Intent kept = intent;
  kept.epoch = epoch;
  intents_[intent.id] = std::move(kept);
}

void Checkers::check_rows(const Batch& batch) {
  for (const ResourceRow& row : batch.upserts) {
    if (holds_secret(row.applied) || holds_secret(row.observed)) {
      violated("I11", row.address.to_string() + ": its row holds a secret");
    }
    for (const auto& [key, other] : rows_) {
      if (other.physical_id == row.physical_id && other.kind == row.kind &&
          other.region == row.region && other.account == row.account &&
          other.address != row.address) {
        violated("I7", fmt::format("{} is in two rows", row.physical_id));
      }
    }
    rows_[{row.address.to_string(), row.physical_id}] = row;
  }
  for (const Batch::Gone& gone : batch.removals) {
    rows_.erase({gone.address.to_string(), gone.physical_id});
  }
}

void Checkers::on_commit(const Batch& batch, std::uint64_t epoch) {
  if (epoch < epoch_) {
    violated("I5", fmt::format("a commit of epoch {} after one of {}", epoch, epoch_));
  }
  epoch_ = std::max(epoch_, epoch);
  std::set<std::string> done_before;
  for (const Intent& intent : batch.intents) {
    if (const auto known = intents_.find(intent.id);
        known != intents_.end() && known->second.state == IntentState::kDone &&
        known->second.physical_id == intent.physical_id) {
      done_before.insert(intent.id);  // Written again because nothing can come of it any more.
    }
    on_intent(intent, epoch);
  }
  check_rows(batch);
  for (const Intent& intent : batch.intents) {
    if (!intent.is_create || intent.state != IntentState::kDone ||
        done_before.contains(intent.id)) {
      continue;
    }
    if (intent.physical_id.empty() ||
        !rows_.contains({intent.address.to_string(), intent.physical_id})) {
      violated(
          "I6", fmt::format("{} is done, and no row has {}", intent.action, intent.physical_id)
      );
    }
  }
  for (const Batch::AuditEntry& entry : batch.audit) {
    if (holds_secret(entry.detail)) {
      violated("I11", entry.action + ": its audit entry holds a secret");
    }
  }
}

void Checkers::on_stale_write(bool was_accepted) {
  if (was_accepted) {
    violated("I5", "a superseded process wrote to the journal");
  }
}

/// What a new process is given is what the old ones wrote.
void Checkers::on_image(const StateImage& image) {
  for (const ResourceRow& row : image.rows) {
    if (!rows_.contains({row.address.to_string(), row.physical_id})) {
      violated("I6", row.address.to_string() + ": a row that nobody wrote");
    }
  }
  if (image.rows.size() != rows_.size()) {
    violated("I6", fmt::format("{} rows of {} came back", image.rows.size(), rows_.size()));
  }
  const auto open = std::count_if(intents_.begin(), intents_.end(), [](const auto& each) {
    return is_open(each.second.state);
  });
  if (static_cast<std::size_t>(open) != image.open_intents.size()) {
    violated("I1", fmt::format("{} open calls of {} came back", image.open_intents.size(), open));
  }
}

void Checkers::on_audit(bool is_whole, const std::string& why) {
  if (!is_whole) {
    violated("I12", why);
  }
}

void Checkers::check_deletion(const Intent& intent, std::uint64_t process) {
  const Kind* kind = catalog_.find_kind(intent.kind);
  if (kind == nullptr) {
    return;
  }
  const auto& variants = kind->remove.variants;
  const bool is_deletion = std::any_of(variants.begin(), variants.end(), [&](const auto& each) {
    return each.action == intent.action;
  });
  const auto row = rows_.find({intent.address.to_string(), intent.physical_id});
  if (!is_deletion || intent.is_create || row == rows_.end()) {
    return;
  }
  if (row->second.is_protected) {
    violated("I8", intent.address.to_string() + " is protected and was deleted");
  }
  // One that slept since it wrote its deletion down may find that the next process uses the object.
  const bool is_superseded = process < epoch_;
  if (!is_superseded && row->second.status != RowStatus::kDeleting &&
      row->second.status != RowStatus::kDeposed) {
    violated("I8", intent.address.to_string() + ": its deletion was not written down first");
  }
  for (const Value& object : world_.objects()) {
    const std::string& owner = object.get("tags").text_of("plumbline:owner");
    // Objects of different types may have one name.
    const std::string& address = object.get("tags").text_of("plumbline:address");
    if (object.text_of("id") == intent.physical_id && owner != intent.owner &&
        (address.empty() || address == intent.address.to_string())) {
      violated(
          "I8", fmt::format("{} has the owner tag '{}' and was deleted", intent.physical_id, owner)
      );
    }
  }
}

void Checkers::on_send(const SentCall& call) {
  ++sent_;
  const auto found = std::find_if(sendable_.begin(), sendable_.end(), [&](const Sendable& each) {
    return each.epoch == call.process && each.service == call.service && each.action == call.action;
  });
  if (found == sendable_.end()) {
    violated("I1", call.action + " was sent without a committed intent");
    return;
  }
  const Intent& intent = intents_.at(found->intent);
  if (++attempts_[intent.id] > static_cast<std::uint64_t>(intent.attempts)) {
    violated("I14", fmt::format("{} was sent more often than was written down", call.action));
  }
  if (!intent.is_create) {
    check_deletion(intent, call.process);
  }
  for (const auto& [other, id] : in_flight_) {
    const Intent& open = intents_.at(id);
    if (open.address == intent.address && open.physical_id == intent.physical_id &&
        other.process == call.process) {
      violated(
          "I15",
          fmt::format(
              "{} and {} of {} at once", open.action, intent.action, intent.address.to_string()
          )
      );
    }
  }
  in_flight_.emplace_back(call, intent.id);
  sendable_.erase(found);
}

void Checkers::on_reply(std::uint64_t process, std::uint64_t id) {
  std::erase_if(in_flight_, [&](const auto& each) {
    return each.first.process == process && each.first.id == id;
  });
}

void Checkers::on_end_of_process(std::uint64_t process) {
  std::erase_if(in_flight_, [&](const auto& each) { return each.first.process == process; });
  std::erase_if(sendable_, [&](const Sendable& each) { return each.epoch == process; });
}

void Checkers::on_unjournalled_change(const std::string& action) {
  violated("I1", action + " changes things and was sent as if it were a read");
}

void Checkers::on_text(const std::string& where, const std::string& text) {
  if (text.find(kSecret) != std::string::npos) {
    violated("I11", where + " shows a secret");
  }
}

/// An object of ours is known when a row has it, or when the call that made it has no outcome yet.
bool Checkers::is_known(const Value& object, std::string& why) const {
  const Value& tags = object.get("tags");
  const std::string& address = tags.text_of("plumbline:address");
  const auto intent = intents_.find(tags.text_of("plumbline:intent"));
  if (intent == intents_.end()) {
    why = "no intent made it";
    return false;
  }
  if (is_open(intent->second.state)) {
    return true;
  }
  if (intent->second.state == IntentState::kRefused) {
    why = "its creation counts as refused: " + intent->second.error;
    return false;
  }
  why = "no row of " + address + " has " + intent->second.physical_id;
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& each) {
    return std::get<1>(each.first) == intent->second.physical_id;
  });
}

void Checkers::look_at_world() {
  std::map<std::string, std::string> by_intent;
  for (const Value& object : world_.objects()) {
    const Value& tags = object.get("tags");
    const std::string& id = object.text_of("id");
    if (tags.text_of("plumbline:owner").empty() || forgiven_.contains(id)) {
      continue;
    }
    std::string why;
    if (!is_known(object, why)) {
      violated(
          "I3", fmt::format("{} ({}) is an orphan: {}", id, tags.text_of("plumbline:address"), why)
      );
    }
    const auto [twin, is_new] = by_intent.emplace(tags.text_of("plumbline:intent"), id);
    if (!is_new && object.text_of("type") != "network-interface") {
      violated("I4", fmt::format("{} and {} were made by one intent", twin->second, id));
    }
  }
}

}  // namespace plumbline::simtest
