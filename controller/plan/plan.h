// Plan: the whole instruction. Every change with its reasons, and steps in an order that apply
// walks without deciding anything again. A function of (manifest, observed, state); never of the
// journal.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/config/graph.h"
#include "controller/plan/desired.h"
#include "controller/plan/diff.h"
#include "controller/plan/orders.h"
#include "controller/plan/permissions.h"
#include "state/store.h"

namespace plumbline {

struct Change {
  Address address;
  const Kind* kind = nullptr;
  const Resource* resource = nullptr;  ///< Null when the manifest does not name it any more.
  Action action = Action::kNone;
  std::string reason;       ///< "not there yet", "removed from the manifest", …
  Difference difference;    ///< Of update, adopt and replace.
  Value desired;            ///< Of create and replace: what will be set, as far as known.
  std::string physical_id;  ///< Of what exists now.
  std::string account, region;
  std::vector<std::string> deferred;  ///< Properties set only after create.
  bool creates_first = false;         ///< Replacement: the new one before the old one goes.
  bool is_drift = false;              ///< Declared as last applied: only the world changed.
  std::string moved_from;             ///< Its address until now, when `moved:` changes it.
  bool is_deposed = false;            ///< Deletion of what a replacement left behind.
  std::vector<std::string> warnings;
  SourceRange place;  ///< Its block in the manifest; nowhere when there is none.
  /// Of what differs: what was there when it was judged (see saw_of). Without secrets.
  Value saw;
  Value accepted;  ///< Of refresh: what the state will hold as last seen. Without secrets.
};

enum class StepKind {
  kCreate,  ///< Make it; reached when it exists and its creation has settled.
  kFinish,  ///< Close every difference, wait until usable.
  kSweep,   ///< Before deletions: remove rows by which doomed resources hold one another.
  kDelete,
  kForget,
  kRefresh,  ///< The row takes what was seen.
};
std::string_view name_of(StepKind kind);

struct Step {
  std::size_t change = 0;  ///< Index into Plan::changes.
  StepKind kind = StepKind::kCreate;
  std::vector<std::size_t> waits_for;  ///< Indices into Plan::steps.
};

struct Plan {
  std::string stack;
  std::string account_id, region;
  std::map<std::string, std::string> accounts;  ///< Named accounts with a role → their ids.
  PlanOrders orders;
  std::vector<Change> changes;   ///< In creation order, deletions last; kNone included.
  std::vector<Change> left_out;  ///< What differs, too, but is none of the targets' business.
  std::vector<Step> steps;
  Diagnostics problems;  ///< Errors make the plan impossible to apply.

  [[nodiscard]] std::size_t count(Action action) const;
  [[nodiscard]] bool has_changes() const { return !steps.empty(); }
};

struct Moves;

struct PlanInput {
  const Manifest* manifest = nullptr;
  const Graph* graph = nullptr;
  const StateImage* state = nullptr;
  std::map<Address, Observation> observed;  ///< Manifest resources.
  /// State rows without a block, and deposed ones. Names may be physical ids: an id alone may stand
  /// for an instance and for a proxy.
  std::map<std::pair<Address, std::string>, Observation> orphans;
  PlanOrders orders;
  const Catalog* catalog = nullptr;
  Purpose purpose =
      Purpose::kPlan;            ///< Of the run that plans: what its refusals are told to allow.
  const Moves* moves = nullptr;  ///< What `moved:` did to the state; null = nothing.
};

/// `facts` is filled on the way: afterwards it holds what is known before the first step.
Plan make_plan(const PlanInput& input, Facts& facts);

/// The tags a resource must carry: declared ones and ours (without the intent tag).
Tags wanted_tags(
    const Resource& resource,
    const std::string& install_key,
    const std::string& account_id,
    const std::string& stack
);
/// Sorts the rows as find_row needs them; call after loading or adding rows.
void sort_rows(StateImage& state);
/// The live row of an address, or null; deposed rows are not live. Rows must be sorted.
const ResourceRow* find_row(const StateImage& state, const Address& address);
/// The row of that very object when it was replaced and is still to be deleted; null when none is.
const ResourceRow* find_deposed(
    const StateImage& state, const Address& address, const std::string& id
);

}  // namespace plumbline
