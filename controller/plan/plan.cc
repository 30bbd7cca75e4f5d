#include "controller/plan/plan.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/plan/permissions.h"
#include "controller/plan/removal.h"
#include "controller/plan/steps.h"

namespace plumbline {

namespace {

class Planner {
 public:
  Planner(const PlanInput& input, Facts& facts) : in_(input), facts_(facts) {}

  Plan run() {
    plan_.stack = in_.manifest->stack;
    plan_.account_id = facts_.account_id();
    if (in_.mode == PlanMode::kReconcile) {
      fill_facts();
      judge_resources();
    }
    add_removals(plan_, in_);
    add_steps(plan_, *in_.graph, *in_.manifest, *in_.state);
    return std::move(plan_);
  }

 private:
  void fill_facts() {
    for (const Resource& resource : in_.manifest->resources) {
      ResourceFacts& facts = facts_.at(resource.address);
      facts.kind = resource.kind;
      facts.region = resource.region;
      facts.attributes = resource.properties;
      const Observation* seen = observation_of(resource);
      if (seen != nullptr && seen->presence == Presence::kPresent) {
        facts.exists = true;
        facts.id = seen->id;
        for (const Member& member : seen->properties.as_object()) {
          facts.attributes.set(member.key, member.value);
        }
      }
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
    if (seen->presence == Presence::kUnreadable) {
      hold(change, "it could not be read: " + seen->error.to_string(), help_for(seen->error));
      return change;
    }
    if (resource.existing) {
      judge_existing(change, *seen);
      return change;
    }
    auto desired = desired_values(resource, facts_, in_.manifest->folder);
    if (!desired) {
      hold(change, desired.error().message, "Correct the path in the manifest.");
      return change;
    }
    change.desired = std::move(desired).value();
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

  std::string help_for(const Error& error) const {
    const std::string& region = in_.manifest->region;
    std::string help;
    if (in_.catalog != nullptr && error.klass == ErrorClass::kDenied) {
      help = explain_denial(
          {*in_.manifest, *in_.catalog, facts_.account_id(), region}, Purpose::kPlan, error
      );
    }
    return help.empty() ? "Mend the cause and plan again." : help;
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
    return owner != nullptr && *owner == tags_of(resource).owner;
  }

  OwnerTags tags_of(const Resource& resource) const {
    return owner_tags(
        in_.state->install_key,
        facts_.account_id(),
        resource.region,
        in_.manifest->stack,
        resource.address
    );
  }

  void judge_present(Change& change, const Observation& seen) {
    const Resource& resource = *change.resource;
    const ResourceRow* row = find_row(*in_.state, resource.address);
    if (!is_ours(resource, seen)) {
      hold(
          change,
          fmt::format(
              "{} {} exists already and was not made by this stack", resource.kind->name, seen.id
          ),
          "Give the resource another name, or declare it with `existing:` to use it as it is."
      );
      return;
    }
    DiffInput input;
    input.kind = resource.kind;
    input.resource = &resource;
    input.desired = &change.desired;
    input.observed = &seen;
    input.applied = row == nullptr ? nullptr : &row->applied;
    input.recorded = row == nullptr ? nullptr : &row->observed;
    input.desired_tags =
        wanted_tags(resource, in_.state->install_key, facts_.account_id(), in_.manifest->stack);
    input.install_key = in_.state->install_key;
    input.account_id = facts_.account_id();
    change.difference = diff(input);
    mark_foreign(change.difference, *resource.kind, row);
    change.is_drift = is_settled(row) && is_declared_as_applied(change, row);
    if (resource.drift == DriftPolicy::kIgnore && change.is_drift) {
      change.difference = Difference();
    }
    if (change.difference.forces_replacement()) {
      judge_replacement(change, seen);
    } else if (row == nullptr) {
      change.action = Action::kAdopt;
      change.reason = "it carries our owner tag, but the state does not know it";
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
    add_readiness_warning(change, seen);
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
    return now == then && has_tags_as_applied(*change.resource, row->applied.get("$tags"));
  }

  static bool has_tags_as_applied(const Resource& resource, const Value& applied) {
    const std::size_t count = applied.is_object() ? applied.as_object().size() : 0;
    return count == resource.tags.size() &&
           std::all_of(resource.tags.begin(), resource.tags.end(), [&](const auto& tag) {
             return applied.get(tag.first) == Value(tag.second);
           });
  }

  /// Rows that were applied by us before are removals the user asked for, not foreign ones.
  static void mark_foreign(Difference& difference, const Kind& kind, const ResourceRow* row) {
    if (row == nullptr) {
      return;
    }
    const Value& applied = row->applied.get("$rows");
    for (CollectionChange& change : difference.collections) {
      const Collection* collection = kind.find_collection(change.collection);
      std::vector<Value> ours;
      const Value& rows = applied.get(change.collection);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        ours.push_back(row_key(*collection, rows.as_list()[i]));
      }
      for (RowChange& each : change.rows) {
        if (each.op == RowOp::kRemove) {
          const Value key = row_key(*collection, each.before);
          each.is_foreign = std::find(ours.begin(), ours.end(), key) == ours.end();
        }
      }
    }
  }

  void judge_replacement(Change& change, const Observation& seen) {
    const Kind& kind = *change.kind;
    std::string what;
    for (const FieldChange& field : change.difference.fields) {
      if (field.forces_replacement) {
        what += what.empty() ? field.path : ", " + field.path;
      }
    }
    if (kind.is_data_bearing || change.resource->is_protected) {
      hold(
          change,
          fmt::format(
              "{} cannot be changed in place, and replacing {} would lose what it holds",
              what,
              seen.id
          ),
          kind.is_data_bearing ? "Move the data with a cut-over (`cutovers:`), or declare a second "
                                 "resource and switch to it."
                               : "Remove `protect: true` first if it really may be replaced."
      );
      return;
    }
    change.action = Action::kReplace;
    change.reason = what + " cannot be changed in place";
    change.creates_first = kind.creates_before_destroy && !keeps_natural_key(change);
    if (const auto trapped = trapped_.find(change.address); trapped != trapped_.end()) {
      hold_trapped(change, trapped->second);
      return;
    }
    facts_.at(change.address).is_stale = true;
  }

  /// True when the new object would collide with the old one's name.
  static bool keeps_natural_key(const Change& change) {
    if (change.kind->natural_key.empty()) {
      return false;
    }
    return std::none_of(
        change.difference.fields.begin(),
        change.difference.fields.end(),
        [&](const FieldChange& field) {
          const auto& key = change.kind->natural_key;
          return std::find(key.begin(), key.end(), field.path) != key.end();
        }
    );
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
  std::map<Address, std::string>
      trapped_;  ///< Replacements that cannot be, and whose use forbids it.
};

}  // namespace

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::kCreate:
      return "create";
    case StepKind::kFinish:
      return "finish";
    case StepKind::kSweep:
      return "sweep";
    case StepKind::kDelete:
      return "delete";
    case StepKind::kForget:
      return "forget";
  }
  PLUMBLINE_UNREACHABLE("StepKind");
}

std::size_t Plan::count(Action action) const {
  return static_cast<std::size_t>(std::count_if(
      changes.begin(), changes.end(), [&](const Change& c) { return c.action == action; }
  ));
}

Plan make_plan(const PlanInput& input, Facts& facts) {
  return Planner(input, facts).run();
}

Tags wanted_tags(
    const Resource& resource,
    const std::string& install_key,
    const std::string& account_id,
    const std::string& stack
) {
  Tags tags = resource.tags;
  const OwnerTags ours =
      owner_tags(install_key, account_id, resource.region, stack, resource.address);
  tags.emplace_back(kOwnerTag, ours.owner);
  tags.emplace_back(kStackTag, ours.stack);
  tags.emplace_back(kAddressTag, ours.address);
  return tags;
}

void sort_rows(StateImage& state) {
  std::sort(state.rows.begin(), state.rows.end(), [](const ResourceRow& a, const ResourceRow& b) {
    return std::tie(a.address, a.physical_id) < std::tie(b.address, b.physical_id);
  });
}

const ResourceRow* find_row(const StateImage& state, const Address& address) {
  auto at = std::lower_bound(
      state.rows.begin(),
      state.rows.end(),
      address,
      [](const ResourceRow& row, const Address& wanted) { return row.address < wanted; }
  );
  for (; at != state.rows.end() && at->address == address; ++at) {
    if (at->status != RowStatus::kDeposed) {
      return &*at;
    }
  }
  return nullptr;
}

}  // namespace plumbline
