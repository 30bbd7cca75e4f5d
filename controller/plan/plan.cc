#include "controller/plan/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/plan/import.h"
#include "controller/plan/moves.h"
#include "controller/plan/permissions.h"
#include "controller/plan/refresh.h"
#include "controller/plan/removal.h"
#include "controller/plan/replacement.h"
#include "controller/plan/selection.h"
#include "controller/plan/state_rows.h"
#include "controller/plan/steps.h"

namespace plumbline {

namespace {

class Planner {
 public:
  Planner(const PlanInput& input, Facts& facts) : in_(input), facts_(facts) {}

  Plan run() {
    plan_.stack = in_.manifest->stack;
    plan_.account_id = facts_.accounts().own;
    plan_.accounts = facts_.accounts().named;
    plan_.region = in_.manifest->region;
    plan_.orders = in_.orders;
    switch (in_.orders.mode) {
      case PlanMode::kReconcile:
        fill_facts();
        judge_resources();
        add_removals(plan_, in_, facts_.accounts());
        break;
      case PlanMode::kDestroy:
        add_removals(plan_, in_, facts_.accounts());
        break;
      case PlanMode::kRefresh:
        add_refreshes(plan_, in_);
        break;
    }
    select_targets(plan_, in_);
    for (Change& change : plan_.changes) {
      note_places(change);
      change.saw = saw_of(change, in_);
    }
    add_steps(plan_, *in_.graph, *in_.manifest, *in_.state);
    return std::move(plan_);
  }

 private:
  void fill_facts() {
    for (const Resource& resource : in_.manifest->resources) {
      ResourceFacts& facts = facts_.at(resource.address);
      const Observation* seen = observation_of(resource);
      const bool is_there = seen != nullptr && seen->presence == Presence::kPresent;
      const ResourceRow* row = find_row(*in_.state, resource.address);
      declare(
          facts,
          resource,
          name_to_keep(
              resource,
              row == nullptr ? nullptr : &row->applied,
              is_there ? &seen->properties : nullptr
          )
      );
      if (is_there) {
        know(facts, seen->id, seen->properties);
      }
    }
  }

  /// Where the manifest says what is going to be done.
  void note_places(Change& change) const {
    if (change.resource == nullptr) {
      return;
    }
    change.place = in_.manifest->range_of(*change.resource, "");
    for (FieldChange& field : change.difference.fields) {
      field.place = in_.manifest->range_of(*change.resource, field.path);
    }
  }

  const Observation* observation_of(const Resource& resource) const {
    const auto found = in_.observed.find(resource.address);
    return found == in_.observed.end() ? nullptr : &found->second;
  }

  /// A replacement that turns out to be trapped changes what its users see: judge all again.
  void judge_resources() {
    do {
      for (const Resource& resource : in_.manifest->resources) {
        facts_.at(resource.address).is_stale = false;
      }
      judge_until_stable();
    } while (find_trapped());
  }

  /// Passes until no resource turns stale behind a consumer that was judged before it (weak edges
  /// may point forward in creation order).
  void judge_until_stable() {
    std::size_t stale = 0;
    std::size_t stale_before = 0;
    do {
      stale_before = stale;
      plan_.changes.clear();
      plan_.problems = Diagnostics();
      for (const std::size_t index : in_.graph->order) {
        plan_.changes.push_back(judge(in_.manifest->resources[index], index));
      }
      stale = 0;
      for (const Resource& resource : in_.manifest->resources) {
        stale += facts_.at(resource.address).is_stale ? 1U : 0U;
      }
    } while (stale != stale_before);
  }

  Change judge(const Resource& resource, std::size_t index) {
    Change change;
    change.address = resource.address;
    change.kind = resource.kind;
    change.resource = &resource;
    change.account = resource.account;
    change.region = resource.region;
    change.deferred = in_.graph->deferred[index];
    const Observation* seen = observation_of(resource);
    PLUMBLINE_CHECK(seen != nullptr);
    change.physical_id = seen->id;
    if (const ResourceRow* row = find_row(*in_.state, resource.address);
        row != nullptr && (row->account != resource.account || row->region != resource.region)) {
      hold_moved(change, *row);
      return change;
    }
    if (seen->presence == Presence::kUnreadable) {
      const std::string help =
          in_.catalog == nullptr
              ? ""
              : explain_denial(
                    {*in_.manifest, *in_.catalog, facts_.accounts().own, in_.manifest->region},
                    in_.purpose,
                    seen->error,
                    permissions_
                );
      hold(
          change,
          "it could not be read: " + seen->error.to_string(),
          help.empty() ? "Mend the cause and plan again." : help
      );
      return change;
    }
    if (resource.existing) {
      judge_existing(change, *seen);
      return change;
    }
    if (const std::string* conflict = conflict_of(resource)) {
      hold(
          change,
          "`moved` cannot be followed: " + *conflict,
          "Remove the block from `moved` and apply, so that there is one of them; then move it."
      );
      return change;
    }
    auto desired = desired_values(resource, facts_, in_.manifest->folder);
    if (!desired) {
      hold(change, desired.error().message, "Correct the path in the manifest.");
      return change;
    }
    change.desired = std::move(desired).value();
    if (seen->presence == Presence::kAbsent && is_import(resource)) {
      hold(
          change,
          fmt::format("`import` names {}, which is not there", resource.import_id),
          "Correct the id, or remove the block from `import` to have it created."
      );
      return change;
    }
    if (seen->presence == Presence::kAbsent) {
      change.action = Action::kCreate;
      change.reason = find_row(*in_.state, resource.address) == nullptr
                          ? "not there yet"
                          : "it is gone: deleted outside";
      facts_.at(resource.address).is_stale = true;
      return change;
    }
    judge_present(change, *seen);
    return change;
  }

  /// The object is where it was made; looking for it elsewhere would find nothing and make another.
  void hold_moved(Change& change, const ResourceRow& row) {
    change.physical_id = row.physical_id;
    const auto place = [](const std::string& account, const std::string& region) {
      return account.empty() ? region : fmt::format("{} of account {}", region, account);
    };
    hold(
        change,
        fmt::format(
            "it was made in {} and cannot move to {}",
            place(row.account, row.region),
            place(change.account, change.region)
        ),
        "Give the resource a new name to have another one made there, or put its account and "
        "region back."
    );
  }

  void judge_existing(Change& change, const Observation& seen) {
    if (seen.presence == Presence::kPresent) {
      change.action = Action::kNone;
      change.reason = "existing";
      return;
    }
    hold(
        change,
        "`existing` names something that is not there",
        "Correct the id or the look-up, or remove `existing` to have it created."
    );
  }

  bool is_ours(const Resource& resource, const Observation& seen) const {
    const ResourceRow* row = find_row(*in_.state, resource.address);
    if (row != nullptr && row->physical_id == seen.id) {
      return true;
    }
    const std::string* owner = seen.find_tag(kOwnerTag);
    return owner != nullptr && is_owner_tag(
                                   *owner,
                                   *in_.manifest,
                                   in_.state->install_key,
                                   facts_.accounts().of(resource.account),
                                   {resource.address, resource.region}
                               );
  }

  const std::string* conflict_of(const Resource& resource) const {
    if (in_.moves == nullptr) {
      return nullptr;
    }
    const auto found = in_.moves->conflicts.find(resource.address);
    return found == in_.moves->conflicts.end() ? nullptr : &found->second;
  }

  /// Asked for, and not done yet.
  bool is_import(const Resource& resource) const {
    return !resource.import_id.empty() && find_row(*in_.state, resource.address) == nullptr;
  }

  /// True when it was held.
  bool hold_import(Change& change, const Observation& seen) {
    const std::string why = import_hindrance(*change.resource, seen, *in_.state);
    if (!why.empty()) {
      hold(
          change,
          fmt::format("{} cannot be imported: {}", seen.id, why),
          "Use it with `existing:`, or let its owner give it up first."
      );
    }
    return !why.empty();
  }

  /// False when somebody else's object was held.
  bool may_become_ours(Change& change, const Observation& seen) {
    if (is_import(*change.resource)) {
      return !hold_import(change, seen);
    }
    const std::string* stack = seen.find_tag(kStackTag);
    const bool is_of_lost_state = stack != nullptr && *stack == in_.manifest->stack;
    hold(
        change,
        fmt::format(
            "{} {} exists already and was not made by this stack", change.kind->name, seen.id
        ),
        is_of_lost_state
            ? "It carries the name of this stack and an owner tag of another key. When a state of "
              "this stack was lost, get it back with `plumbline state rebuild`."
            : "Give the resource another name, declare it with `existing:` to use it as it is, or "
              "take it over with `import:`."
    );
    return false;
  }

  void compare(Change& change, const Observation& seen, const ResourceRow* row) {
    const Resource& resource = *change.resource;
    DiffInput input;
    input.kind = resource.kind;
    input.resource = &resource;
    input.desired = &change.desired;
    input.observed = &seen;
    input.applied = row == nullptr ? nullptr : &row->applied;
    input.recorded = row == nullptr ? nullptr : &row->observed;
    input.account_id = facts_.accounts().of(resource.account);
    input.desired_tags =
        wanted_tags(resource, in_.state->install_key, input.account_id, in_.manifest->stack);
    input.install_key = in_.state->install_key;
    input.is_being_made = row != nullptr && row->status == RowStatus::kCreating;
    change.difference = diff(input);
    mark_foreign(change.difference, *resource.kind, row);
    if (const Address* from = in_.moves == nullptr ? nullptr : in_.moves->from(resource.address)) {
      change.moved_from = from->to_string();
    }
    change.is_drift = change.moved_from.empty() && is_settled(row) && !has_lost_key(row) &&
                      is_declared_as_applied(change, row);
    if (resource.drift == DriftPolicy::kIgnore && change.is_drift) {
      change.difference = Difference();
    }
  }

  void judge_present(Change& change, const Observation& seen) {
    const Resource& resource = *change.resource;
    const ResourceRow* row = find_row(*in_.state, resource.address);
    const bool is_own = is_ours(resource, seen);
    if (!is_own && !may_become_ours(change, seen)) {
      return;
    }
    compare(change, seen, row);
    if (change.difference.forces_replacement()) {
      judge_replacement(change, seen, unchangeable(change.difference));
    } else if (!is_own) {
      change.action = Action::kImport;
      change.reason = "import: it is there and becomes ours";
    } else if (is_beyond_repair(*resource.kind, seen)) {
      judge_replacement(change, seen, fmt::format("it is {} for good", seen.state));
    } else if (row == nullptr) {
      change.action = Action::kAdopt;
      change.reason = find_deposed(*in_.state, resource.address, seen.id) != nullptr
                          ? "it was replaced, and what replaced it is gone: it is needed again"
                          : "it carries our owner tag, but the state does not know it";
    } else if (!change.moved_from.empty()) {
      change.action = Action::kUpdate;
      change.reason = "moved from " + change.moved_from;
    } else if (!change.difference.empty() && has_lost_key(row)) {
      change.action = Action::kUpdate;
      change.reason = "it carries the owner tag of a key that was lost";
    } else if (!change.difference.empty()) {
      change.action = Action::kUpdate;
      change.reason = change.is_drift ? "drifted: changed outside" : "the manifest changed";
    } else if (!is_settled(row)) {
      change.action = Action::kUpdate;
      change.reason = "an earlier run was interrupted";
    } else if (seen.readiness == Readiness::kPending) {
      change.action = Action::kUpdate;
      change.reason = "it is still " + seen.state;
    }
    if (row != nullptr && is_idle_import(resource, seen)) {
      change.warnings.push_back(fmt::format(
          "`import` names {}, but {} is managed here already; the block does nothing",
          resource.import_id,
          seen.id
      ));
    }
    add_readiness_warning(change, seen);
  }

  /// Until its tag is renewed.
  static bool has_lost_key(const ResourceRow* row) {
    return row != nullptr && !inherited_owner(*row).empty();
  }

  static bool is_settled(const ResourceRow* row) {
    return row != nullptr && row->status == RowStatus::kLive;
  }

  /// True when nothing but the world changed since the last apply.
  bool is_declared_as_applied(const Change& change, const ResourceRow* row) const {
    const Value now = without_secrets(*change.kind, change.desired, in_.state->install_key);
    Value then = row->applied;
    then.erase("$tags");
    then.erase("$rows");
    then.erase(kInheritedOwner);
    return now == then && has_tags_as_applied(*change.resource, row->applied.get("$tags"));
  }

  static bool has_tags_as_applied(const Resource& resource, const Value& applied) {
    const std::size_t count = applied.is_object() ? applied.as_object().size() : 0;
    return count == resource.tags.size() &&
           std::all_of(resource.tags.begin(), resource.tags.end(), [&](const auto& tag) {
             return applied.get(tag.first) == Value(tag.second);
           });
  }

  void judge_replacement(Change& change, const Observation& seen, const std::string& why) {
    const Kind& kind = *change.kind;
    if (is_import(*change.resource)) {
      hold(
          change,
          fmt::format("{} cannot be imported as declared: {}", seen.id, why),
          "Declare it as it is."
      );
      return;
    }
    const std::string& account_id = facts_.accounts().of(change.account);
    if (const auto refusal = replacement_refusal(change, seen, in_, account_id)) {
      hold(change, fmt::format("{}, and {}", why, refusal->why), refusal->help);
      return;
    }
    change.action = Action::kReplace;
    change.reason = why;
    change.creates_first = kind.creates_before_destroy && !keeps_natural_key(change);
    if (const auto trapped = trapped_.find(change.address); trapped != trapped_.end()) {
      hold_trapped(change, trapped->second);
      return;
    }
    facts_.at(change.address).is_stale = true;
  }

  static void add_readiness_warning(Change& change, const Observation& seen) {
    if (seen.readiness == Readiness::kFailed) {
      change.warnings.push_back(
          fmt::format("{} is {}{}", seen.id, seen.state, seen.why.empty() ? "" : ": " + seen.why)
      );
    }
    for (const Collection& collection : change.kind->collections) {
      const auto rows = seen.collections.find(collection.name);
      if (!collection.health || rows == seen.collections.end()) {
        continue;
      }
      for (const Value& row : rows->second) {
        const std::string& state = row.text_of(collection.health->path);
        if (!state.empty() && !is_one_of(collection.health->ready, state)) {
          std::string why;
          for (const std::string& field : collection.health->explain) {
            const std::string& text = row.text_of(field);
            why += text.empty() ? "" : ": " + text;
          }
          change.warnings.push_back(fmt::format("{} is {}{}", collection.name, state, why));
        }
      }
    }
  }

  /// Delete-first cannot work while something uses the old one until its own replacement or update
  /// is done: AWS refuses the deletion. Better no step at all than half of them. True when there is
  /// a new one.
  bool find_trapped() {
    std::vector<const Change*> by_resource(in_.manifest->resources.size(), nullptr);
    for (std::size_t i = 0; i < in_.graph->order.size(); ++i) {
      by_resource[in_.graph->order[i]] = &plan_.changes[i];
    }
    const std::size_t before = trapped_.size();
    for (const Edge& edge : in_.graph->edges) {
      const Change& producer = *by_resource[edge.producer];
      const Change& user = *by_resource[edge.consumer];
      const bool stays = user.action == Action::kNone || user.action == Action::kUpdate ||
                         user.action == Action::kAdopt ||
                         (user.action == Action::kReplace && user.creates_first);
      // A creation that was interrupted has not set what waits for its end.
      const ResourceRow* row = find_row(*in_.state, user.address);
      const bool is_set = !edge.is_weak || (row != nullptr && row->status != RowStatus::kCreating);
      if (producer.action == Action::kReplace && !producer.creates_first &&
          producer.kind->is_held_by_users && stays && is_set && edge.producer != edge.consumer) {
        trapped_.emplace(producer.address, user.address.to_string());
      }
    }
    return trapped_.size() != before;
  }

  void hold_trapped(Change& change, const std::string& user) {
    const std::string& name = change.kind->name_property;
    hold(
        change,
        fmt::format("{}, and AWS does not let it be deleted while {} uses it", change.reason, user),
        name.empty() ? "Declare a second resource beside it, move its users over, then remove it."
                     : fmt::format(
                           "Give it another {} as well: then the new one is made beside the old "
                           "one, its users move over, and the old one goes.",
                           name
                       )
    );
  }

  void hold(Change& change, std::string why, std::string help) {
    hold_change(plan_, *in_.manifest, change, std::move(why), std::move(help));
  }

  const PlanInput& in_;
  Facts& facts_;
  Plan plan_;
  std::map<Address, std::string> trapped_;  ///< Replacements that their use forbids, and whose.
  std::optional<Permissions> permissions_;  ///< Of the run, once a refusal is to be explained.
};

}  // namespace

Plan make_plan(const PlanInput& input, Facts& facts) {
  return Planner(input, facts).run();
}

}  // namespace plumbline
