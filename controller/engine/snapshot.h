// Snapshot: what the outside may see of a running engine. Immutable; published whole after every
// change; holds no secret. RunResult: what one run came to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/base/address.h"
#include "controller/base/env.h"
#include "controller/base/result.h"
#include "controller/engine/survey.h"
#include "controller/plan/outputs.h"
#include "controller/plan/plan.h"
#include "controller/plan/rebuild.h"

namespace plumbline {

/// Where a resource stands.
enum class Phase {
  kUnknown,     ///< Not looked at yet.
  kWaiting,     ///< For a step it depends on.
  kCalling,     ///< A call is on the wire.
  kSettling,    ///< AWS is working on it.
  kBackingOff,  ///< Refused for now; will be tried again.
  kSynced,      ///< As the manifest says.
  kDrifted,     ///< Differs and is left alone (policy, observe mode, or waits for `apply`).
  kContested,   ///< Someone keeps undoing our correction; left alone.
  kStuck,       ///< Needs a human.
};
std::string_view name_of(Phase phase);

struct ResourceStatus {
  Address address;
  std::string kind, id;
  Phase phase = Phase::kUnknown;
  std::string note;  ///< What it waits for, why it is stuck, what differs.
  Timestamp since{};
};

struct Counters {
  std::uint64_t reads = 0, mutations = 0, throttles = 0, failures = 0;
  std::uint64_t runs = 0, corrections = 0;
  std::uint64_t commits = 0;  ///< Transactions, each of one or more journal entries.
  Duration commit_time{0};    ///< What they took together: nothing else was done meanwhile.
};

struct Snapshot {
  std::string stack, account_id, region;
  std::string mode;       ///< "plan", "apply", "observe", "correct"
  bool is_ready = false;  ///< The first look at the world is complete.
  bool is_paused = false;
  Timestamp at{};
  Timestamp last_run_at{};
  std::string last_run;  ///< "no changes", "2 updated", "1 failed: …"
  std::vector<ResourceStatus> resources;
  Counters counters;
  Value outputs;  ///< As outputs_to_json gives them after the last run; null before.
};

struct StepFailure {
  Address address;
  std::string what;  ///< "create", "update", "delete"
  Error error;
  bool is_held = false;  ///< Waits for a human; exit status 3.
  std::string help;      ///< The next step, when more is known than that the cause must be mended.
};

struct RunResult {
  std::shared_ptr<const Plan> plan;
  std::vector<StepFailure> failures;
  std::vector<Address> skipped;  ///< Not attempted, because something they need failed.
  std::size_t done = 0;          ///< Steps that ended well.
  bool was_declined = false;
  bool was_stopped = false;
  bool is_complete = false;  ///< Everything in the plan was done.
  Error failure;             ///< Of the run itself (credentials, endpoint); code empty if none.
  Error store_failure;       ///< The state could not be used; exit status 4.
  Counters counters;
  std::vector<OutputValue> outputs;        ///< As far as known at the end; secrets are in it.
  std::shared_ptr<const Survey> survey;    ///< Of a survey alone.
  std::shared_ptr<const Rebuilt> rebuilt;  ///< Of a rebuild alone.
};

}  // namespace plumbline
