#include "controller/plan/removal.h"

#include <set>

#include "controller/plan/moves.h"
#include "controller/plan/state_rows.h"

namespace plumbline {

namespace {

class Remover {
 public:
  Remover(Plan& plan, const PlanInput& input, const AccountIds& accounts)
      : plan_(plan), in_(input), accounts_(accounts) {}

  void run() {
    std::set<Address> declared;
    if (in_.orders.mode == PlanMode::kReconcile) {
      for (const Resource& resource : in_.manifest->resources) {
        declared.insert(resource.address);
      }
    }
    for (const ResourceRow& row : in_.state->rows) {
      const bool is_deposed = row.status == RowStatus::kDeposed;
      if (declared.contains(row.address) && (!is_deposed || is_needed_again(row))) {
        continue;
      }
      const Kind* kind = in_.catalog->find_kind(row.kind);
      if (kind == nullptr) {
        plan_.problems.add(
            {Severity::kError,
             "ST001",
             "the state holds a kind this version does not know",
             row.kind,
             "Use a version of plumbline that knows it.",
             {},
             row.address.to_string(),
             {},
             {}}
        );
        continue;
      }
      judge_orphan(row, *kind, is_deposed);
    }
  }

 private:
  /// What replaced it is gone, and the declared resource was found in its old place.
  bool is_needed_again(const ResourceRow& row) const {
    const auto seen = in_.observed.find(row.address);
    return seen != in_.observed.end() && seen->second.presence == Presence::kPresent &&
           seen->second.id == row.physical_id;
  }

  void judge_orphan(const ResourceRow& row, const Kind& kind, bool is_deposed) {
    Change change;
    change.address = row.address;
    change.kind = &kind;
    change.physical_id = row.physical_id;
    change.account = row.account;
    change.region = row.region;
    change.desired = row.applied;
    change.is_deposed = is_deposed;
    change.resource =
        in_.orders.mode == PlanMode::kDestroy ? in_.manifest->find(row.address) : nullptr;
    const auto seen = in_.orphans.find({row.address, row.physical_id});
    const bool is_known = seen != in_.orphans.end();
    const bool is_gone = is_known && seen->second.presence == Presence::kAbsent;
    const bool is_destroy = in_.orders.mode == PlanMode::kDestroy;
    // What the manifest says now counts for destroy, too: nobody adds `retain` to have it deleted.
    const bool says_now = change.resource != nullptr && change.resource->has_on_remove;
    const bool is_retained =
        says_now ? change.resource->on_remove == OnRemove::kRetain : row.on_remove == "retain";
    const bool is_protected =
        row.is_protected || (change.resource != nullptr && change.resource->is_protected);
    const bool is_kept = is_retained || (!is_destroy && outlives_its_block(row, kind));
    if (is_gone) {
      change.action = Action::kForget;
      change.reason = "it is gone already";
    } else if (is_protected) {
      hold_change(
          plan_,
          *in_.manifest,
          change,
          "it is protected",
          "Set `protect: false` and apply before removing it."
      );
    } else if (is_kept && !is_deposed) {
      change.action = is_destroy ? Action::kForget : Action::kNone;
      change.reason = is_retained ? "onRemove: retain" : "it holds data and is kept";
      if (!is_destroy && kind.is_data_bearing) {
        change.warnings.emplace_back(
            "its block is gone, but it holds data: it stays. Put the block back, or delete it with "
            "`plumbline destroy`, or declare `onRemove: delete` before removing the block"
        );
      }
    } else if (is_known && is_untagged(row, kind, seen->second)) {
      hold_change(
          plan_,
          *in_.manifest,
          change,
          "it does not carry our owner tag any more, so it is not deleted",
          "Find out who removed the tag. If it is somebody else's now, forget it: `plumbline state "
          "forget`; if it is yours, put its block back and apply to tag it again."
      );
    } else {
      change.action = Action::kDelete;
      change.reason = is_deposed   ? "it was replaced"
                      : is_destroy ? "destroy"
                                   : "removed from the manifest";
    }
    plan_.changes.push_back(std::move(change));
  }

  bool is_untagged(const ResourceRow& row, const Kind& kind, const Observation& seen) const {
    return lacks_owner_tag(kind, seen, in_, accounts_.of(row.account), {row.address, row.region});
  }

  Plan& plan_;
  const PlanInput& in_;
  const AccountIds& accounts_;
};

}  // namespace

void add_removals(Plan& plan, const PlanInput& input, const AccountIds& accounts) {
  Remover(plan, input, accounts).run();
}

bool outlives_its_block(const ResourceRow& row, const Kind& kind) {
  return row.on_remove == "retain" || (kind.is_data_bearing && row.on_remove.empty());
}

bool lacks_owner_tag(
    const Kind& kind,
    const Observation& seen,
    const PlanInput& input,
    const std::string& account_id,
    const std::pair<Address, std::string>& place
) {
  if (!kind.tags.is_supported || !seen.has_tags || seen.presence != Presence::kPresent) {
    return false;
  }
  const std::string* found = seen.find_tag(kOwnerTag);
  return found == nullptr ||
         !(is_owner_tag(*found, *input.manifest, input.state->install_key, account_id, place) ||
           is_inherited(*input.state, place.first, seen.id, *found));
}

void hold_change(
    Plan& plan, const Manifest& manifest, Change& change, std::string why, std::string help
) {
  change.action = Action::kHold;
  change.reason = why;
  Diagnostic problem;
  problem.id = "PL001";
  problem.summary = "this resource cannot be planned";
  problem.detail = change.address.to_string() + ": " + std::move(why) + ".";
  problem.help = std::move(help);
  problem.address = change.address.to_string();
  if (change.resource != nullptr) {
    problem.range = manifest.range_of(*change.resource, "");
  }
  plan.problems.add(std::move(problem));
}

}  // namespace plumbline
