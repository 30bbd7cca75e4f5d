// How long: until an object is ready, gone or visible, and until what hangs on it is healthy.
#include <fmt/format.h>

#include "controller/engine/worker.h"

namespace plumbline {

namespace {

/// What the resource's own `timeouts` say; zero when they do not.
Duration timeout_of(const Change& change, Wait::Until until) {
  if (change.resource == nullptr) {
    return Duration(0);
  }
  if (until == Wait::Until::kGone) {
    return change.resource->delete_timeout;
  }
  const bool is_new = change.action == Action::kCreate || change.action == Action::kReplace;
  return is_new ? change.resource->create_timeout : change.resource->update_timeout;
}

}  // namespace

Wait creation_wait(const Kind& kind) {
  Wait wait;
  for (const CallTemplate& variant : kind.create) {
    if (variant.wait) {
      wait = *variant.wait;
      break;
    }
  }
  wait.until = Wait::Until::kReady;
  wait.settle = Duration(0);
  return wait;
}

/// Ready is believed at once when it was not ready before, else only after the settling time: the
/// state flips late after a change.
Task<StepResult> Worker::wait_until(
    const Change& change, const Target& target, std::string id, Wait wait, Observation& seen
) {
  if (const Duration own = timeout_of(change, wait.until); own > Duration(0)) {
    wait.timeout = own;
  }
  const Duration started = caller_.io().elapsed();
  const Duration settle = wait.settle > Duration(0) ? scaled(wait.settle) : Duration(0);
  bool has_moved = false;
  while (true) {
    seen = co_await observer_.glance(target, id);
    const Duration elapsed = caller_.io().elapsed() - started;
    has_moved =
        has_moved || (seen.presence == Presence::kPresent && seen.readiness != Readiness::kReady);
    const bool is_settled = wait.until != Wait::Until::kReady || has_moved || elapsed >= settle;
    if (auto verdict = judge_wait(change, wait, seen, elapsed);
        verdict && (is_settled || *verdict)) {
      co_return *verdict;
    }
    constexpr std::string_view kUntil[] = {
        "waiting until ready", "waiting until gone", "waiting until visible"};
    report(
        change,
        Progress::Kind::kWaiting,
        std::string(kUntil[static_cast<std::size_t>(wait.until)]),
        seen.why.empty() ? seen.state : seen.state + ": " + seen.why,
        elapsed
    );
    co_await caller_.io().sleep(scaled(wait.poll));
  }
}

/// Nothing while there is more to wait for; else how the wait ended.
std::optional<StepResult> Worker::judge_wait(
    const Change& change, const Wait& wait, const Observation& seen, Duration elapsed
) const {
  const bool is_there = seen.presence == Presence::kPresent;
  const bool is_ready = is_there && seen.readiness == Readiness::kReady;
  const bool is_reached = wait.until == Wait::Until::kGone     ? seen.presence == Presence::kAbsent
                          : wait.until == Wait::Until::kExists ? is_there
                                                               : is_ready;
  if (is_reached) {
    return StepResult();
  }
  const auto fail = [&](ErrorClass klass, const std::string& code, const std::string& message) {
    return StepResult(failure(change, "wait for it", Error{klass, code, message, "", 0}));
  };
  if (wait.until == Wait::Until::kReady && is_there && seen.readiness == Readiness::kFailed) {
    return fail(
        ErrorClass::kConflict, seen.state, seen.why.empty() ? "AWS gives no reason" : seen.why
    );
  }
  if (seen.presence == Presence::kUnreadable && seen.error.klass == ErrorClass::kDenied) {
    return StepResult(failure(change, "wait for it", seen.error));  // Looking again is denied, too.
  }
  if (caller_.io().is_stopping()) {
    return fail(ErrorClass::kNotSent, "Stopped", "stopped while waiting");
  }
  if (elapsed < scaled(wait.timeout)) {
    return std::nullopt;
  }
  if (seen.presence == Presence::kUnreadable) {
    return StepResult(failure(change, "wait for it", seen.error));
  }
  return fail(
      ErrorClass::kConflict,
      "Timeout",
      fmt::format(
          "still {} after {}{}",
          seen.state.empty() ? "not there" : seen.state,
          format_duration(elapsed),
          seen.why.empty() ? "" : ": " + seen.why
      )
  );
}

namespace {

struct RowHealth {
  std::string state;  ///< "" when every row is healthy.
  std::string why;
  bool is_failed = false;
};

/// The worst row decides.
RowHealth health_of(const Health& health, const List& rows) {
  RowHealth worst;
  for (const Value& row : rows) {
    const std::string& word = row.text_of(health.path);
    if (is_one_of(health.ready, word) || worst.is_failed) {
      continue;
    }
    worst = {word.empty() ? "unknown" : word, "", is_one_of(health.failed, word)};
    for (const std::string& field : health.explain) {
      const std::string& text = row.text_of(field);
      worst.why += text.empty() ? "" : (worst.why.empty() ? "" : ": ") + text;
    }
  }
  return worst;
}

}  // namespace

/// Ready means usable: collections with a health (targets) must be healthy, too.
Task<StepResult> Worker::wait_healthy(
    const Change& change, const Target& target, Observation& seen
) {
  for (const Collection& collection : change.kind->collections) {
    if (!collection.health || !is_managed(collection, target.properties)) {
      continue;
    }
    if (StepResult failed = co_await wait_rows_healthy(change, target, seen, collection)) {
      co_return failed;
    }
  }
  co_return std::nullopt;
}

Task<StepResult> Worker::wait_rows_healthy(
    const Change& change, const Target& target, Observation& seen, const Collection& collection
) {
  const Health& health = *collection.health;
  const Duration started = caller_.io().elapsed();
  while (seen.presence == Presence::kPresent) {
    const RowHealth found = health_of(health, seen.collections[collection.name]);
    if (found.state.empty()) {
      break;
    }
    const Duration elapsed = caller_.io().elapsed() - started;
    const bool is_late = elapsed >= scaled(health.wait.timeout);
    if (found.is_failed || is_late || caller_.io().is_stopping()) {
      co_return failure(
          change,
          "make its " + collection.name + " healthy",
          {ErrorClass::kConflict,
           found.state,
           found.why.empty() ? "AWS gives no reason" : found.why,
           "",
           0}
      );
    }
    report(
        change,
        Progress::Kind::kWaiting,
        "waiting for healthy " + collection.name,
        found.why.empty() ? found.state : found.state + ": " + found.why,
        elapsed
    );
    co_await caller_.io().sleep(scaled(health.wait.poll));
    seen = co_await observer_.observe_one(target, seen.id);
  }
  co_return std::nullopt;
}

}  // namespace plumbline
