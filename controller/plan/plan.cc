#include "controller/plan/plan.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/base/check.h"
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
      hold_back_trapped_replacements();
    }
    judge_orphans();
    add_steps(plan_, *in_.graph, *in_.manifest, *in_.state);
    return std::move(plan_);
  }

 private:
  void fill_facts() {
    for (const Resource& resource : in_.manifest->resources) {
      ResourceFacts& facts = facts_.at(resource.address);
      facts.kind = resource.kind;
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

  /// Passes until no resource turns stale behind a consumer that was judged before it (weak edges
  /// may point forward in creation order).
  void judge_resources() {
    std::size_t stale_before = 0;
    for (int pass = 0; pass < 4; ++pass) {
      plan_.changes.clear();
      plan_.problems = Diagnostics();
      for (const std::size_t index : in_.graph->order) {
        plan_.changes.push_back(judge(in_.manifest->resources[index], index));
      }
      std::size_t stale = 0;
      for (const Resource& resource : in_.manifest->resources) {
        stale += facts_.at(resource.address).is_stale ? 1U : 0U;
      }
      if (stale == stale_before) {
        return;
      }
      stale_before = stale;
    }
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
      hold(
          change,
          "it could not be read: " + seen->error.to_string(),
          "Mend the cause and plan again."
      );
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

  /// Delete-first cannot work while something that stays uses the old one: AWS refuses the deletion.
  /// Better no step at all than half of them.
  void hold_back_trapped_replacements() {
    std::vector<Change*> by_resource(in_.manifest->resources.size(), nullptr);
    for (std::size_t i = 0; i < in_.graph->order.size(); ++i) {
      by_resource[in_.graph->order[i]] = &plan_.changes[i];
    }
    for (const Edge& edge : in_.graph->edges) {
      Change& producer = *by_resource[edge.producer];
      const Action user = by_resource[edge.consumer]->action;
      const bool stays = user == Action::kNone || user == Action::kUpdate || user == Action::kAdopt;
      if (producer.action == Action::kReplace && !producer.creates_first &&
          producer.kind->is_held_by_users && stays) {
        const std::string name = producer.kind->name_property;
        hold(
            producer,
            fmt::format(
                "{}, and AWS does not let it be deleted while {} uses it", producer.reason,
                by_resource[edge.consumer]->address.to_string()
            ),
            name.empty() ? "Declare a second resource beside it, move its users over, then remove it."
                         : fmt::format(
                               "Give it another {} as well: then the new one is made beside the old "
                               "one, its users move over, and the old one goes.", name
                           )
        );
      }
    }
  }

  void judge_orphans() {
    std::set<Address> declared;
    if (in_.mode == PlanMode::kReconcile) {
      for (const Resource& resource : in_.manifest->resources) {
        declared.insert(resource.address);
      }
    }
    for (const ResourceRow& row : in_.state->rows) {
      const bool is_deposed = row.status == RowStatus::kDeposed;
      if (declared.contains(row.address) && !is_deposed) {
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
             {}}
        );
        continue;
      }
      judge_orphan(row, *kind, is_deposed);
    }
  }

  void judge_orphan(const ResourceRow& row, const Kind& kind, bool is_deposed) {
    Change change;
    change.address = row.address;
    change.kind = &kind;
    change.physical_id = row.physical_id;
    change.account = row.account;
    change.region = row.region;
    change.desired = row.applied;
    change.resource = in_.mode == PlanMode::kDestroy ? in_.manifest->find(row.address) : nullptr;
    const auto seen = in_.orphans.find(row.physical_id);
    const bool is_gone = seen != in_.orphans.end() && seen->second.presence == Presence::kAbsent;
    const bool is_destroy = in_.mode == PlanMode::kDestroy;
    const bool is_kept =
        row.on_remove == "retain" || (!is_destroy && kind.is_data_bearing && row.on_remove.empty());
    if (is_gone) {
      change.action = Action::kForget;
      change.reason = "it is gone already";
    } else if (row.is_protected) {
      hold(change, "it is protected", "Set `protect: false` and apply before removing it.");
    } else if (is_kept && !is_deposed) {
      change.action = is_destroy ? Action::kForget : Action::kNone;
      change.reason = row.on_remove == "retain" ? "onRemove: retain" : "it holds data and is kept";
      if (!is_destroy && kind.is_data_bearing) {
        change.warnings.push_back(
            "its block is gone, but it holds data: it stays. Put the block back, or delete it with "
            "`plumbline destroy`, or declare `onRemove: delete` before removing the block"
        );
      }
    } else {
      change.action = Action::kDelete;
      change.reason = is_deposed   ? "it was replaced"
                      : is_destroy ? "destroy"
                                   : "removed from the manifest";
    }
    plan_.changes.push_back(std::move(change));
  }

  void hold(Change& change, std::string why, std::string help) {
    change.action = Action::kHold;
    change.reason = why;
    Diagnostic problem;
    problem.id = "PL001";
    problem.summary = "this resource cannot be planned";
    problem.detail = change.address.to_string() + ": " + std::move(why) + ".";
    problem.help = std::move(help);
    problem.address = change.address.to_string();
    if (change.resource != nullptr) {
      problem.range = in_.manifest->range_of(*change.resource, "");
    }
    plan_.problems.add(std::move(problem));
  }

  const PlanInput& in_;
  Facts& facts_;
  Plan plan_;
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
