// A plan for machines; schemas/plan.schema.json describes it.
#include "controller/plan/render.h"

namespace plumbline {

namespace {

Value number(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

Value text_or_null(const std::string& text) {
  return text.empty() ? Value() : Value(text);
}

Value texts(const std::vector<std::string>& list) {
  List out;
  for (const std::string& each : list) {
    out.emplace_back(each);
  }
  return Value(std::move(out));
}

/// {file, line, column}, or null for what no manifest says.
Value place_to_json(const SourceRange& place) {
  if (!place.is_known()) {
    return {};
  }
  return Value::object({
      {"file", place.file->name},
      {"line", static_cast<std::int64_t>(place.begin.line)},
      {"column", static_cast<std::int64_t>(place.begin.column)},
  });
}

Value fields_to_json(const Difference& difference) {
  List fields;
  for (const FieldChange& field : difference.fields) {
    fields.push_back(Value::object({
        {"path", field.path},
        {"before", field.before},
        {"after", field.after},
        {"reason", field.reason},
        {"forcesReplacement", field.forces_replacement},
        {"place", place_to_json(field.place)},
    }));
  }
  return Value(std::move(fields));
}

Value rows_to_json(const Difference& difference) {
  constexpr std::string_view kOps[] = {"add", "modify", "remove"};
  List collections;
  for (const CollectionChange& collection : difference.collections) {
    List rows;
    for (const RowChange& row : collection.rows) {
      rows.push_back(Value::object({
          {"op", kOps[static_cast<std::size_t>(row.op)]},
          {"before", row.before},
          {"after", row.after},
          {"foreign", row.is_foreign},
      }));
    }
    collections.push_back(
        Value::object({{"collection", collection.collection}, {"rows", Value(std::move(rows))}})
    );
  }
  return Value(std::move(collections));
}

Value tags_to_json(const TagChange& change) {
  List tags;
  for (const auto& [key, value] : change.set) {
    tags.push_back(Value::object({{"key", key}, {"after", value}}));
  }
  for (const std::string& key : change.unset) {
    tags.push_back(Value::object({{"key", key}, {"after", Value()}}));
  }
  return Value(std::move(tags));
}

Value change_to_json(const Change& change) {
  return Value::object({
      {"address", change.address.to_string()},
      {"kind", change.kind->name},
      {"action", name_of(change.action)},
      {"reason", change.reason},
      {"movedFrom", text_or_null(change.moved_from)},
      {"id", text_or_null(change.physical_id)},
      {"account", text_or_null(change.account)},
      {"region", text_or_null(change.region)},
      {"place", place_to_json(change.place)},
      {"drift", change.is_drift && change.action != Action::kNone},
      {"createsFirst", change.creates_first},
      {"desired", change.action == Action::kCreate ? change.desired : Value()},
      {"accepted", change.action == Action::kRefresh ? change.accepted : Value()},
      {"deferred", texts(change.deferred)},
      {"fields", fields_to_json(change.difference)},
      {"collections", rows_to_json(change.difference)},
      {"tags", tags_to_json(change.difference.tags)},
      {"warnings", texts(change.warnings)},
  });
}

Value steps_to_json(const Plan& plan) {
  List steps;
  for (const Step& step : plan.steps) {
    List waits;
    for (const std::size_t on : step.waits_for) {
      waits.push_back(number(on));
    }
    steps.push_back(Value::object({
        {"address", plan.changes[step.change].address.to_string()},
        {"step", name_of(step.kind)},
        {"waitsFor", Value(std::move(waits))},
    }));
  }
  return Value(std::move(steps));
}

Value counts_to_json(const Plan& plan) {
  Value counts{Object()};
  constexpr Action kActions[] = {
      Action::kCreate,
      Action::kAdopt,
      Action::kImport,
      Action::kUpdate,
      Action::kReplace,
      Action::kDelete,
      Action::kForget,
      Action::kRefresh,
      Action::kHold,
      Action::kNone};
  for (const Action action : kActions) {
    counts.set(name_of(action), number(plan.count(action)));
  }
  return counts;
}

Value accounts_to_json(const std::map<std::string, std::string>& accounts) {
  Value ids{Object()};
  for (const auto& [name, id] : accounts) {
    ids.set(name, id);
  }
  return ids;
}

}  // namespace

Value plan_to_json(const Plan& plan) {
  List changes;
  for (const Change& change : plan.changes) {
    changes.push_back(change_to_json(change));
  }
  List left_out;
  for (const Change& change : plan.left_out) {
    left_out.push_back(Value::object(
        {{"address", change.address.to_string()},
         {"action", name_of(change.action)},
         {"reason", change.reason}}
    ));
  }
  return Value::object({
      {"version", 1},
      {"stack", plan.stack},
      {"account", plan.account_id},
      {"accounts", accounts_to_json(plan.accounts)},
      {"region", plan.region},
      {"mode", name_of(plan.orders.mode)},
      {"hasChanges", plan.has_changes()},
      {"counts", counts_to_json(plan)},
      {"changes", Value(std::move(changes))},
      {"leftOut", Value(std::move(left_out))},
      {"steps", steps_to_json(plan)},
      {"problems", to_json(plan.problems)},
  });
}

}  // namespace plumbline
