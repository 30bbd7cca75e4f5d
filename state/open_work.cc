// What waits for an outcome, in words: the other half of state/edit.h.
#include <algorithm>

#include <fmt/format.h>

#include "state/edit.h"

namespace plumbline {

namespace {

/// What the next run does about a call whose outcome is unknown; by its class in the journal.
std::string next_of(const Intent& intent, Duration dead_after) {
  if (!intent.is_create) {
    return "it looks at the resource and sends what is still missing";
  }
  switch (intent.klass) {
    case 'T':
      return "it sends the call again with the same client token, so that no second one is made";
    case 'U':
      return "it looks for the name: with our owner tag it is taken as ours, when it is not there "
             "the call is sent again, and when it is someone else's apply stops";
    case 'N':
      return fmt::format(
          "it looks for our owner tag; from {} on, when the signature is dead, it also believes "
          "that nothing was made, and sends the call again",
          format_iso8601(intent.signed_at + dead_after)
      );
    case 'X':
      return fmt::format(
          "from {} on, when the signature is dead, it looks for what was not there before: exactly "
          "one that is as declared is taken as ours, when there is none the call is sent again, "
          "and when there are several apply stops",
          format_iso8601(intent.signed_at + dead_after)
      );
    default:
      return "it sends the call again, which changes nothing when it was done already";
  }
}

std::string human_of(const Intent& intent) {
  const std::string address = intent.address.to_string();
  const std::string told_by =
      intent.klass == 'X'
          ? fmt::format("was made at or after {}", format_iso8601(intent.signed_at))
          : fmt::format("has the tag plumbline:intent={} or the name it was to have", intent.id);
  const std::string gone = fmt::format("plumbline state resolve {} --gone", address);
  if (!intent.is_create) {
    return fmt::format("when the call can have had no effect: {}", gone);
  }
  return fmt::format(
      "look in AWS for a {} in {} that {}. When it is there: plumbline state resolve {} --adopt "
      "ID. When it is not: {}",
      intent.kind,
      intent.region,
      told_by,
      address,
      gone
  );
}

OpenWork work_of(const Intent& intent, Duration dead_after) {
  OpenWork work;
  work.intent = &intent;
  work.what = fmt::format(
      "{} {} ({}, attempt {}, signed {}){}",
      intent.action,
      intent.state == IntentState::kHeld ? "is held for a human" : "has no known outcome",
      intent.service,
      intent.attempts,
      format_iso8601(intent.signed_at),
      intent.error.empty() ? "" : ": " + intent.error
  );
  work.next = next_of(intent, dead_after);
  work.human = human_of(intent);
  return work;
}

std::string what_of(const ResourceRow& row) {
  switch (row.status) {
    case RowStatus::kCreating:
      return "it exists, and not everything is set yet";
    case RowStatus::kUpdating:
      return "its last change was not finished";
    case RowStatus::kDeleting:
      return "its deletion was begun";
    case RowStatus::kDeposed:
      return "it was replaced and waits for its deletion";
    case RowStatus::kHeld:
      return "it is held for a human";
    case RowStatus::kLive:
      return "it is finished";
  }
  PLUMBLINE_UNREACHABLE("RowStatus");
}

OpenWork work_of(const ResourceRow& row) {
  const std::string address = row.address.to_string();
  const bool goes = row.status == RowStatus::kDeleting || row.status == RowStatus::kDeposed;
  OpenWork work;
  work.row = &row;
  work.what = fmt::format("{} {}: {}", row.kind, row.physical_id, what_of(row));
  work.next = goes ? "it looks whether it is still there, and deletes it"
                   : "it looks at it and sets what is still missing";
  if (row.status == RowStatus::kUpdating) {
    work.human = fmt::format("to let it be unmanaged: plumbline state forget {}", address);
  } else {
    work.human = fmt::format(
        "when it is gone from AWS: plumbline state resolve {0} --gone; to let it be unmanaged: "
        "plumbline state forget {0}",
        address
    );
  }
  return work;
}

}  // namespace

std::vector<OpenWork> open_work(
    const StateImage& state, const Address& address, Duration dead_after
) {
  std::vector<OpenWork> all;
  const auto is_asked_for = [&](const Address& each) {
    return address.section.empty() || each == address;
  };
  for (const Intent& intent : state.open_intents) {
    if (is_asked_for(intent.address)) {
      all.push_back(work_of(intent, dead_after));
    }
  }
  for (const ResourceRow& row : state.rows) {
    if (is_asked_for(row.address) && row.status != RowStatus::kLive) {
      all.push_back(work_of(row));
    }
  }
  return all;
}

}  // namespace plumbline
