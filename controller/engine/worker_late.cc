// How: an attempt without an answer may take effect until its signature is dead, also when the next
// one succeeded. What it would bring back is not deleted before, and what it would delete is not
// made before (reliability notes 3.6).
#include <algorithm>

#include <fmt/format.h>

#include "controller/engine/worker.h"

namespace plumbline {

namespace {

Error stopped() {
  return {ErrorClass::kNotSent, "Stopped", "stopped while waiting", "", 0};
}

}  // namespace

/// False when the run was stopped before.
Task<bool> Worker::outlive(const Change& change, Timestamp dead_at, std::string why) {
  Io& io = caller_.io();
  const Duration started = io.elapsed();
  while (io.now() < dead_at && !io.is_stopping()) {
    report(
        change,
        Progress::Kind::kWaiting,
        "waiting until an earlier call can no longer take effect",
        fmt::format("{}, and AWS refuses it after {}", why, format_iso8601(dead_at)),
        io.elapsed() - started
    );
    co_await io.sleep(
        std::clamp<Duration>(dead_at - io.now(), Duration(100), std::chrono::seconds(30))
    );
  }
  co_return io.now() >= dead_at;
}

/// Before a deletion: the attempts that would make the object again.
Task<StepResult> Worker::outlive_creations(const Change& change) {
  const Kind& kind = *change.kind;
  Timestamp lost_at{};
  for (const Intent& late : caller_.late_calls()) {
    const bool made_it =
        late.is_create && late.kind == kind.name && late.physical_id == change.physical_id;
    const bool brought_it_back = late.address == change.address && kind.exists_but_gone &&
                                 late.action == kind.exists_but_gone->call.action;
    if (made_it || brought_it_back) {
      lost_at = std::max(lost_at, late.lost_at);
    }
  }
  const std::string why = "the reply to an earlier attempt to create it was lost";
  if (!co_await outlive(change, caller_.settings().dead_at(lost_at), why)) {
    co_return failure(change, "delete", stopped());
  }
  co_return std::nullopt;
}

/// Before a creation under a name: the attempts to delete what had it.
Task<StepResult> Worker::outlive_deletions(const Change& change, const CallTemplate& creation) {
  const auto& deletions = change.kind->remove.variants;
  Timestamp lost_at{};
  for (const Intent& late : caller_.late_calls()) {
    const bool is_deletion = std::any_of(deletions.begin(), deletions.end(), [&](const auto& each) {
      return each.action == late.action;
    });
    if (is_deletion && late.address == change.address) {
      lost_at = std::max(lost_at, late.lost_at);
    }
  }
  const bool has_name = creation.klass == CallClass::kUnique;
  const std::string why = "the reply to an earlier attempt to delete what had its name was lost";
  if (has_name && !co_await outlive(change, caller_.settings().dead_at(lost_at), why)) {
    co_return failure(change, "create", stopped());
  }
  co_return std::nullopt;
}

}  // namespace plumbline
