// Everything that can happen to the engine and everything it can ask for. The engine is a pure step
// function between these two lists; loop.cc (or a test) carries the commands out, in their order.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/aws/call.h"
#include "controller/aws/credentials_recipe.h"
#include "controller/engine/snapshot.h"
#include "controller/plan/plan.h"
#include "state/store.h"

namespace plumbline {

// --- Events
// ----------------------------------------------------------------------------------------

struct CallFinished {
  std::uint64_t id = 0;
  CallResult result = Error{};
  Timestamp signed_at{};  ///< When its signature was made, by AWS's clock.
  /// It was not sent: its service's rate was cut while it waited for a slot.
  bool is_turned_away = false;
  std::uint64_t sent_under = 0;  ///< The limiter's cuts() when it was sent.
  Duration asked_pause{0};       ///< How long the answer asks to be left alone for.
};
struct Committed {
  std::uint64_t id = 0;
  Status status = Done{};
};
/// A transaction was tried, for one or more of Commit and SendCall; the loop stood still meanwhile.
struct Journalled {
  Duration took{0};
};
struct TimerFired {
  std::uint64_t id = 0;
};
struct Answered {
  bool is_approved = false;
};
struct ManifestChanged {
  std::shared_ptr<const Manifest> manifest;
};
struct SyncRequested {};
struct PauseRequested {
  bool is_paused = false;
};
struct StopRequested {};

using Event = std::variant<
    CallFinished,
    Committed,
    Journalled,
    TimerFired,
    Answered,
    ManifestChanged,
    SyncRequested,
    PauseRequested,
    StopRequested>;

// --- Commands
// --------------------------------------------------------------------------------------

/// With an intent: sign, commit the intent with signed_at, then send exactly those bytes.
struct SendCall {
  std::uint64_t id = 0;
  Call call;
  std::optional<Intent> intent;
};
struct Commit {
  std::uint64_t id = 0;
  Batch batch;
};
struct StartTimer {
  std::uint64_t id = 0;
  Duration after{0};
};
/// Fires a timer that is running before its time, as TimerFired.
struct CancelTimer {
  std::uint64_t id = 0;
};
struct AskApproval {
  std::shared_ptr<const Plan> plan;
};
struct BindState {
  std::uint64_t id = 0;  ///< Answered by Committed.
  std::string stack, account_id;
};

/// Which roles the names of `accounts:` stand for, from the next call on.
struct UseAccounts {
  std::map<std::string, RoleToAssume> roles;
};

/// What a person watching wants to know; one line each.
struct Progress {
  enum class Kind { kStarted, kWaiting, kDone, kFailed, kSkipped, kNote };
  Kind kind = Kind::kNote;
  Address address;
  std::string what;  ///< "creating", "waiting until available", …
  std::string why;   ///< Reason, AWS's state or error.
  std::string id;    ///< Physical id, when known.
  Duration elapsed{0};
};
struct Report {
  Progress progress;
};
struct PlanMade {
  std::shared_ptr<const Plan> plan;
};
struct Publish {
  std::shared_ptr<const Snapshot> snapshot;
};
struct RunEnded {
  RunResult result;
};

using Command = std::variant<
    SendCall,
    Commit,
    StartTimer,
    CancelTimer,
    AskApproval,
    BindState,
    UseAccounts,
    Report,
    PlanMade,
    Publish,
    RunEnded>;

}  // namespace plumbline
