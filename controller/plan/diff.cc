#include "controller/plan/diff.h"

#include <algorithm>

#include "controller/base/check.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/desired.h"

namespace plumbline {

namespace {

class Differ {
 public:
  explicit Differ(const DiffInput& input) : in_(input) {}

  Difference run() {
    for (const Property& property : in_.kind->properties) {
      if (is_compared(property)) {
        compare(
            property,
            property.name,
            in_.desired->get(property.name),
            in_.observed->properties.get(property.name),
            in_.resource->properties.get(property.name)
        );
      }
    }
    compare_collections();
    compare_tags();
    return std::move(out_);
  }

 private:
  /// What is being made gets all that is declared; later differences are what may be ignored.
  bool is_ignored(std::string_view path) const {
    const auto& ignored = in_.resource->ignore;
    return !in_.is_being_made && std::find(ignored.begin(), ignored.end(), path) != ignored.end();
  }

  bool is_conditional(const Property& property) const {
    const auto& conditions = in_.kind->observe.present_when;
    return std::any_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
      return condition.first == property.name;
    });
  }

  bool is_compared(const Property& property) const {
    if (property.role != PropertyRole::kDesired || property.is_not_compared ||
        !property.collection.empty()) {
      return false;
    }
    if (is_ignored(property.name)) {
      return false;
    }
    if (property.ignore_when) {
      Scope scope(in_.desired);
      scope.bind("observed", &in_.observed->properties);
      return !property.ignore_when->holds(scope);
    }
    return true;
  }

  void compare(
      const Property& property,
      const std::string& path,
      const Value& desired,
      const Value& observed,
      const Value& declared
  ) {
    if (property.type == PropertyType::kObject && !property.fields.empty() && desired.is_object() &&
        !property.is_create_only) {
      for (const Property& field : property.fields) {
        const std::string below = path + "." + field.name;
        if (field.role == PropertyRole::kDesired && !field.is_not_compared && !is_ignored(below)) {
          compare(
              field,
              below,
              desired.get(field.name),
              observed.get(field.name),
              declared.get(field.name)
          );
        }
      }
      return;
    }
    const bool is_server_choice =
        property.absence == Absence::kLate || property.absence == Absence::kUnmanaged;
    if (declared.is_null() && (is_server_choice || desired.is_null()) && is_server_choice) {
      return;
    }
    if (property.is_write_only) {
      compare_write_only(property, path, desired);
      return;
    }
    if (!desired.is_known()) {
      add(property, path, observed, desired, "known after apply");
      return;
    }
    // What an API leaves out of its answer is at the API's default; what the schema does not count
    // as there is different from everything.
    const bool is_untold_default = observed.is_null() && property.absence == Absence::kDefault &&
                                   desired == property.default_value && !is_conditional(property);
    if (!is_untold_default && !equals(property, desired, observed)) {
      add(property, path, observed, desired, is_nothing(observed) ? "not set" : "differs");
    }
  }

  void compare_write_only(const Property& property, const std::string& path, const Value& desired) {
    if (desired.is_null()) {
      return;
    }
    if (!desired.is_known()) {
      add(property, path, Value(), desired, "known after apply");
      return;
    }
    if (!property.witness_of.empty()) {
      const ValueFunction function = find_value_function(property.witness_of);
      const Value& seen = in_.observed->properties.get(property.witness);
      if (function != nullptr && function(desired) != seen) {
        add(property, path, Value(), desired, "its " + property.witness + " differs");
      }
      return;
    }
    const Value nothing;
    const Value& applied = in_.applied == nullptr ? nothing : in_.applied->get(property.name);
    if (applied.is_null()) {
      add(property, path, Value(), desired, "cannot be read back; not set by us yet");
    } else if (applied.text_of("$digest") != digest_of(desired, in_.install_key)) {
      add(property, path, Value(), desired, "cannot be read back; its declared value changed");
    } else if (!property.witness.empty() && in_.recorded != nullptr) {
      const Value& then = in_.recorded->get(property.witness);
      const Value& now = in_.observed->properties.get(property.witness);
      if (!then.is_null() && then != now) {
        add(property,
            path,
            Value(),
            desired,
            "someone else changed it (" + property.witness + " moved)");
      }
    }
  }

  void add(
      const Property& property,
      const std::string& path,
      const Value& before,
      const Value& after,
      std::string reason
  ) {
    FieldChange change{path, before, after, std::move(reason)};
    if (after.holds_secret()) {
      change.before = conceal(change.before);
    }
    if (property.is_sensitive) {
      change.before = conceal(change.before);
      change.after = change.after.is_known() ? Value::secret("") : change.after;
    }
    if (property.is_create_only) {
      change.forces_replacement = true;
      if (property.replace_when) {
        Scope scope(in_.desired);
        scope.bind("observed", &in_.observed->properties);
        change.forces_replacement = property.replace_when->holds(scope);
      }
    }
    out_.fields.push_back(std::move(change));
  }

  void compare_collections() {
    for (const Collection& collection : in_.kind->collections) {
      const auto seen = in_.observed->collections.find(collection.name);
      if (seen == in_.observed->collections.end() || !is_managed(collection, *in_.desired)) {
        continue;
      }
      const Value context = Value::object({{"id", in_.observed->id}, {"account", in_.account_id}});
      List desired = desired_rows(*in_.kind, collection, *in_.desired, context);
      List observed = seen->second;
      const auto is_left_alone = [&](const Value& row) { return is_ignored_row(collection, row); };
      std::erase_if(desired, is_left_alone);
      std::erase_if(observed, is_left_alone);
      compare_rows(collection, desired, observed);
    }
  }

  /// True for a row of a property that is ignored. Several properties may feed one collection; then
  /// the constants that each hands down tell whose a row is.
  bool is_ignored_row(const Collection& collection, const Value& row) const {
    if (is_ignored(collection.name)) {
      return true;
    }
    return std::any_of(
        collection.desired.begin(),
        collection.desired.end(),
        [&](const CollectionDesired& source) {
          return is_ignored(source.property) &&
                 (collection.desired.size() == 1 || carries(row, source.with));
        }
    );
  }

  static bool carries(const Value& row, const Value& constants) {
    if (!constants.is_object()) {
      return false;
    }
    const Object& members = constants.as_object();
    return std::all_of(members.begin(), members.end(), [&](const Member& member) {
      const bool is_name = member.value.is_text() && member.value.as_text().starts_with('$');
      return is_name || row.get(member.key) == member.value;
    });
  }

  static bool same_rest(const Collection& collection, const Value& a, const Value& b) {
    return std::all_of(
        collection.mutable_fields.begin(),
        collection.mutable_fields.end(),
        [&](const std::string& field) {
          const Value& left = a.get(field);
          const Value& right = b.get(field);
          return (is_nothing(left) && is_nothing(right)) || left == right;
        }
    );
  }

  void compare_rows(const Collection& collection, const List& desired, const List& observed) {
    CollectionChange change{collection.name, {}};
    std::vector<bool> is_wanted(observed.size(), false);
    List plain;
    std::map<Value, std::size_t> by_key;
    for (const Value& row : observed) {
      plain.push_back(comparable_row(*in_.kind, collection, row));
      by_key.emplace(row_key(collection, plain.back()), plain.size() - 1);
    }
    for (const Value& row : desired) {
      const Value wanted = comparable_row(*in_.kind, collection, row);
      const auto at = by_key.find(row_key(collection, wanted));
      if (at == by_key.end()) {
        change.rows.push_back({RowOp::kAdd, Value(), row, false});
        continue;
      }
      const std::size_t index = at->second;
      is_wanted[index] = true;
      if (!same_rest(collection, wanted, plain[index])) {
        change.rows.push_back({RowOp::kModify, observed[index], row, false});
      }
    }
    for (std::size_t i = 0; i < observed.size(); ++i) {
      if (!is_wanted[i]) {
        change.rows.push_back({RowOp::kRemove, observed[i], Value(), true});
      }
    }
    if (!change.rows.empty()) {
      out_.collections.push_back(std::move(change));
    }
  }

  void compare_tags() {
    if (!in_.observed->has_tags || !in_.kind->tags.is_supported) {
      return;
    }
    const bool only_ours = is_ignored("tags");
    for (const auto& [key, value] : in_.desired_tags) {
      const std::string* seen = in_.observed->find_tag(key);
      if (only_ours && !key.starts_with("plumbline:")) {
        continue;
      }
      if (seen == nullptr || *seen != value) {
        out_.tags.set.emplace_back(key, value);
      }
    }
    // Only tags that we once set are ours to remove: cost and backup tools add their own.
    const Value nothing;
    const Value& applied = in_.applied == nullptr ? nothing : in_.applied->get("$tags");
    if (!applied.is_object() || only_ours) {
      return;
    }
    for (const Member& member : applied.as_object()) {
      const bool is_desired =
          std::any_of(in_.desired_tags.begin(), in_.desired_tags.end(), [&](const auto& tag) {
            return tag.first == member.key;
          });
      if (!is_desired && in_.observed->find_tag(member.key) != nullptr) {
        out_.tags.unset.push_back(member.key);
      }
    }
  }

  const DiffInput& in_;
  Difference out_;
};

}  // namespace

std::string_view name_of(Action action) {
  switch (action) {
    case Action::kNone:
      return "none";
    case Action::kCreate:
      return "create";
    case Action::kUpdate:
      return "update";
    case Action::kAdopt:
      return "adopt";
    case Action::kImport:
      return "import";
    case Action::kReplace:
      return "replace";
    case Action::kDelete:
      return "delete";
    case Action::kForget:
      return "forget";
    case Action::kRefresh:
      return "refresh";
    case Action::kHold:
      return "hold";
  }
  PLUMBLINE_UNREACHABLE("Action");
}

char glyph_of(Action action) {
  switch (action) {
    case Action::kNone:
      return ' ';
    case Action::kCreate:
      return '+';
    case Action::kUpdate:
      return '~';
    case Action::kAdopt:
      return '&';
    case Action::kImport:
      return '<';
    case Action::kReplace:
      return '#';
    case Action::kDelete:
      return '-';
    case Action::kForget:
      return '=';
    case Action::kRefresh:
      return '^';
    case Action::kHold:
      return '!';
  }
  PLUMBLINE_UNREACHABLE("Action");
}

bool Difference::forces_replacement() const {
  return std::any_of(fields.begin(), fields.end(), [](const FieldChange& field) {
    return field.forces_replacement;
  });
}

std::vector<std::string> Difference::changed() const {
  std::vector<std::string> names;
  for (const FieldChange& field : fields) {
    names.push_back(field.path.substr(0, field.path.find('.')));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Difference diff(const DiffInput& input) {
  return Differ(input).run();
}

}  // namespace plumbline
