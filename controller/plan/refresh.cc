#include "controller/plan/refresh.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/plan/removal.h"

namespace plumbline {

namespace {

const Observation* seen_of(const ResourceRow& row, const PlanInput& input) {
  const auto orphan = input.orphans.find({row.address, row.physical_id});
  if (orphan != input.orphans.end()) {
    return &orphan->second;
  }
  const auto declared = input.observed.find(row.address);
  return declared == input.observed.end() ? nullptr : &declared->second;
}

bool is_digest(const Value& value) {
  return value.find("$digest") != nullptr;
}

/// Compares what was recorded with what was seen; both without secrets.
class Comparison {
 public:
  explicit Comparison(std::vector<FieldChange>& out) : out_(out) {}

  void compare(
      const Property& property, const std::string& path, const Value& then, const Value& now
  ) {
    const bool has_fields = property.type == PropertyType::kObject && !property.fields.empty();
    if (has_fields && then.is_object() && now.is_object() && !is_digest(then) && !is_digest(now)) {
      for (const Property& field : property.fields) {
        const Value& before = then.get(field.name);
        const Value& after = now.get(field.name);
        if (!before.is_null() || !after.is_null()) {
          compare(field, path + "." + field.name, before, after);
        }
      }
      return;
    }
    const bool is_same =
        is_digest(then) || is_digest(now) ? then == now : equals(property, then, now);
    if (!is_same) {
      out_.push_back({path, then, now, "changed outside"});
    }
  }

 private:
  std::vector<FieldChange>& out_;
};

class Refresher {
 public:
  Refresher(Plan& plan, const PlanInput& input) : plan_(plan), in_(input) {
    for (const Edge& edge : input.graph->edges) {
      taken_.emplace(
          input.manifest->resources[edge.producer].address,
          edge.attribute.substr(0, edge.attribute.find('.'))
      );
    }
  }

  void run() {
    for (const ResourceRow& row : in_.state->rows) {
      if (const Kind* kind = in_.catalog->find_kind(row.kind); kind != nullptr) {
        plan_.changes.push_back(judge(row, *kind));
      }
    }
  }

 private:
  Change judge(const ResourceRow& row, const Kind& kind) {
    Change change;
    change.address = row.address;
    change.kind = &kind;
    change.resource = in_.manifest->find(row.address);
    change.physical_id = row.physical_id;
    change.account = row.account;
    change.region = row.region;
    change.is_drift = true;
    change.is_deposed = row.status == RowStatus::kDeposed;
    const Observation* seen = seen_of(row, in_);
    if (seen == nullptr || seen->presence == Presence::kUnreadable) {
      const std::string why = seen == nullptr ? "nobody looked" : seen->error.to_string();
      hold_change(
          plan_,
          *in_.manifest,
          change,
          "it could not be read: " + why,
          "Mend the cause and plan again."
      );
      return change;
    }
    if (seen->presence == Presence::kAbsent || seen->id != row.physical_id) {
      change.action = Action::kForget;
      change.reason = "it is gone: deleted outside";
      return change;
    }
    change.accepted = without_secrets(kind, seen->properties, in_.state->install_key);
    compare_properties(change, row);
    if (!change.difference.empty()) {
      change.action = Action::kRefresh;
      change.reason = "changed outside";
    }
    for (const Collection& collection : kind.collections) {
      warn_of_rows(change, row, collection, *seen);
    }
    return change;
  }

  /// What AWS alone writes, such as counters, moves all the time; it matters where another resource
  /// takes it, or where it tells that something unreadable was changed.
  bool matters(const Change& change, const Property& property) const {
    if (property.role != PropertyRole::kReadOnly) {
      return property.collection.empty();
    }
    const auto& properties = change.kind->properties;
    const bool is_witness =
        std::any_of(properties.begin(), properties.end(), [&](const Property& other) {
          return other.witness == property.name;
        });
    return is_witness || taken_.contains({change.address, property.name});
  }

  /// What is recorded but was not seen is gone only when somebody would have asked for it.
  void compare_properties(Change& change, const ResourceRow& row) const {
    Comparison comparison(change.difference.fields);
    for (const Member& then : row.observed.as_object()) {
      const Property* property = change.kind->find_property(then.key);
      const Value& now = change.accepted.get(then.key);
      const bool was_asked_for = !now.is_null() || !row.applied.get(then.key).is_null();
      if (property != nullptr && matters(change, *property) && was_asked_for) {
        comparison.compare(*property, then.key, then.value, now);
      }
    }
  }

  void warn_of_rows(
      Change& change, const ResourceRow& row, const Collection& collection, const Observation& seen
  ) {
    const auto rows = seen.collections.find(collection.name);
    const Value* applied = row.applied.get("$rows").find(collection.name);
    if (rows == seen.collections.end() || applied == nullptr) {
      return;
    }
    const auto keys_of = [&](const List& list) {
      std::set<Value> keys;
      for (const Value& each : list) {
        keys.insert(row_key(collection, comparable_row(*change.kind, collection, each)));
      }
      return keys;
    };
    const std::set<Value> then = keys_of(applied->as_list());
    const std::set<Value> now = keys_of(rows->second);
    const auto missing_in = [](const std::set<Value>& from, const std::set<Value>& in) {
      return std::count_if(from.begin(), from.end(), [&](const Value& key) {
        return !in.contains(key);
      });
    };
    const auto came = missing_in(now, then);
    const auto went = missing_in(then, now);
    if (came > 0 || went > 0) {
      change.warnings.push_back(fmt::format(
          "{}: {} came and {} went outside; a plan of the manifest shows and corrects that",
          collection.name,
          came,
          went
      ));
    }
  }

  Plan& plan_;
  const PlanInput& in_;
  std::set<std::pair<Address, std::string>> taken_;  ///< Attributes that others refer to.
};

/// Properties that a plan compares; what AWS alone writes moves by itself.
Value compared_properties(const Kind& kind, const Value& properties) {
  Value out{Object()};
  for (const Property& property : kind.properties) {
    const Value* value = properties.find(property.name);
    const bool is_compared = property.role == PropertyRole::kDesired && !property.is_not_compared &&
                             property.collection.empty();
    if (value != nullptr && is_compared) {
      out.set(property.name, *value);
    }
  }
  return out;
}

Value row_keys(const Kind& kind, const Observation& seen) {
  Value out{Object()};
  for (const Collection& collection : kind.collections) {
    const auto rows = seen.collections.find(collection.name);
    if (rows == seen.collections.end() || rows->second.empty()) {
      continue;
    }
    List keys;
    for (const Value& row : rows->second) {
      keys.push_back(row_key(collection, row));
    }
    std::sort(keys.begin(), keys.end());
    out.set(collection.name, Value(std::move(keys)));
  }
  return out;
}

std::string_view word_of(Presence presence) {
  constexpr std::string_view kWords[] = {"absent", "present", "unreadable"};
  return kWords[static_cast<std::size_t>(presence)];
}

}  // namespace

void add_refreshes(Plan& plan, const PlanInput& input) {
  Refresher(plan, input).run();
}

Value saw_of(const Change& change, const PlanInput& input) {
  if (change.action == Action::kNone) {
    return {};
  }
  const auto orphan = input.orphans.find({change.address, change.physical_id});
  const auto declared = input.observed.find(change.address);
  const bool is_orphan = orphan != input.orphans.end();
  if (!is_orphan && declared == input.observed.end()) {
    return {};
  }
  const Observation& seen = is_orphan ? orphan->second : declared->second;
  Value saw = Value::object({{"presence", word_of(seen.presence)}});
  if (seen.presence != Presence::kPresent) {
    return saw;
  }
  saw.set("id", seen.id);
  if (change.action == Action::kDelete || change.action == Action::kReplace) {
    const Value kept = without_secrets(*change.kind, seen.properties, input.state->install_key);
    saw.set("properties", compared_properties(*change.kind, kept));
    saw.set("rows", row_keys(*change.kind, seen));
  }
  return saw;
}

}  // namespace plumbline
