#include "controller/plan/render.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kLongestShown = 160;

std::string_view paint_of(Action action) {
  switch (action) {
    case Action::kCreate:
    case Action::kAdopt:
    case Action::kImport:
      return "\033[32m";
    case Action::kUpdate:
      return "\033[33m";
    case Action::kReplace:
    case Action::kDelete:
    case Action::kHold:
      return "\033[31m";
    case Action::kForget:
    case Action::kRead:
    case Action::kNone:
      return "\033[36m";
  }
  return "";
}

std::string shorten(std::string text) {
  if (text.size() > kLongestShown) {
    text.resize(kLongestShown);
    text += "…";
  }
  return printable(text);
}

/// Without the members that say nothing.
Value compact(const Value& value) {
  if (value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      list.push_back(compact(item));
    }
    return Value(std::move(list));
  }
  if (value.is_object()) {
    Object object;
    for (const Member& member : value.as_object()) {
      if (!member.value.is_null()) {
        object.push_back({member.key, compact(member.value)});
      }
    }
    return Value(std::move(object));
  }
  return value;
}

std::string show(const Value& value) {
  if (value.is_null()) {
    return "(none)";
  }
  if (value.is_unknown()) {
    return "(known after apply: " + value.unknown_origin() + ")";
  }
  return shorten(show_json(compact(value)));
}

/// A row's own fields on one line: "tcp 3306 from sg-1".
std::string show_row(const Value& row) {
  std::string text;
  for (const Member& member : row.as_object()) {
    text += (text.empty() ? "" : ", ") + member.key + " ";
    text += member.value.is_text() ? member.value.as_text() : show(member.value);
  }
  return shorten(text);
}

void render_create(std::string& out, const Change& change) {
  for (const Member& member : change.desired.as_object()) {
    const bool is_empty =
        member.value.is_null() ||
        ((member.value.is_list() || member.value.is_object()) && member.value.size() == 0);
    if (!is_empty) {
      out += fmt::format("      {}: {}\n", member.key, show(member.value));
    }
  }
}

void render_difference(std::string& out, const Difference& difference) {
  for (const FieldChange& field : difference.fields) {
    out += fmt::format(
        "      {}: {} -> {}  ({}{})\n",
        field.path,
        show(field.before),
        show(field.after),
        field.reason,
        field.forces_replacement ? "; forces replacement" : ""
    );
  }
  for (const CollectionChange& collection : difference.collections) {
    for (const RowChange& row : collection.rows) {
      switch (row.op) {
        case RowOp::kAdd:
          out += fmt::format("      {} + {}\n", collection.collection, show_row(row.after));
          break;
        case RowOp::kModify:
          out += fmt::format(
              "      {} ~ {} -> {}\n",
              collection.collection,
              show_row(row.before),
              show_row(row.after)
          );
          break;
        case RowOp::kRemove:
          out += fmt::format(
              "      {} - {}{}\n",
              collection.collection,
              show_row(row.before),
              row.is_foreign ? "  (foreign: not in the manifest, made by someone else)" : ""
          );
          break;
      }
    }
  }
  for (const auto& [key, value] : difference.tags.set) {
    out += fmt::format("      tags.{} -> \"{}\"\n", printable(key), printable(value));
  }
  for (const std::string& key : difference.tags.unset) {
    out += fmt::format("      tags.{} -> (none)\n", printable(key));
  }
}

void render_change(std::string& out, const Change& change, Colour colour) {
  const bool is_painted = colour == Colour::kAlways;
  const std::string id = change.physical_id.empty() ? "" : " [" + change.physical_id + "]";
  if (change.action != Action::kNone) {
    out += fmt::format(
        "{}  {} {} {}{}{}  {}\n",
        is_painted ? paint_of(change.action) : "",
        glyph_of(change.action),
        name_of(change.action),
        change.address.to_string(),
        id,
        is_painted ? "\033[0m" : "",
        change.reason
    );
  }
  if (change.action == Action::kCreate) {
    render_create(out, change);
  } else {
    render_difference(out, change.difference);
  }
  const bool is_made = change.action == Action::kCreate || change.action == Action::kReplace;
  for (std::size_t i = 0; is_made && i < change.deferred.size(); ++i) {
    const std::string& name = change.deferred[i];
    out += fmt::format("      {} is set in a second call, because a cycle runs through it\n", name);
  }
  for (const std::string& warning : change.warnings) {
    out += fmt::format("      warning: {}: {}\n", change.address.to_string(), warning);
  }
}

Value row_to_json(const RowChange& row) {
  constexpr std::string_view kOps[] = {"add", "modify", "remove"};
  return Value::object({
      {"op", kOps[static_cast<std::size_t>(row.op)]},
      {"before", row.before},
      {"after", row.after},
      {"foreign", row.is_foreign},
  });
}

Value change_to_json(const Change& change) {
  List fields;
  for (const FieldChange& field : change.difference.fields) {
    fields.push_back(Value::object({
        {"path", field.path},
        {"before", field.before},
        {"after", field.after},
        {"reason", field.reason},
        {"forcesReplacement", field.forces_replacement},
    }));
  }
  List collections;
  for (const CollectionChange& collection : change.difference.collections) {
    List rows;
    for (const RowChange& row : collection.rows) {
      rows.push_back(row_to_json(row));
    }
    collections.push_back(
        Value::object({{"collection", collection.collection}, {"rows", Value(std::move(rows))}})
    );
  }
  List tags;
  for (const auto& [key, value] : change.difference.tags.set) {
    tags.push_back(Value::object({{"key", key}, {"after", value}}));
  }
  for (const std::string& key : change.difference.tags.unset) {
    tags.push_back(Value::object({{"key", key}, {"after", Value()}}));
  }
  List warnings;
  for (const std::string& warning : change.warnings) {
    warnings.emplace_back(warning);
  }
  return Value::object({
      {"address", change.address.to_string()},
      {"kind", change.kind->name},
      {"action", name_of(change.action)},
      {"reason", change.reason},
      {"movedFrom", change.moved_from.empty() ? Value() : Value(change.moved_from)},
      {"id", change.physical_id.empty() ? Value() : Value(change.physical_id)},
      {"desired", change.action == Action::kCreate ? change.desired : Value()},
      {"fields", Value(std::move(fields))},
      {"collections", Value(std::move(collections))},
      {"tags", Value(std::move(tags))},
      {"warnings", Value(std::move(warnings))},
  });
}

constexpr Action kCounted[] = {
    Action::kCreate,
    Action::kAdopt,
    Action::kImport,
    Action::kUpdate,
    Action::kReplace,
    Action::kDelete,
    Action::kForget,
    Action::kHold};

}  // namespace

std::string summarise(const Plan& plan) {
  std::string text;
  for (const Action action : kCounted) {
    if (const std::size_t count = plan.count(action); count > 0) {
      text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", count, name_of(action));
    }
  }
  return text.empty() ? "no changes" : text;
}

std::string render_plan(const Plan& plan, Colour colour) {
  std::string out;
  for (const Change& change : plan.changes) {
    render_change(out, change, colour);
  }
  const std::size_t unchanged = plan.count(Action::kNone);
  if (plan.changes.empty() && plan.problems.empty()) {
    out += "Nothing to do: nothing is declared and nothing is recorded.\n";
  } else if (!plan.has_changes() && plan.problems.empty()) {
    out += fmt::format("No changes. {} resources are as the manifest says.\n", unchanged);
  } else {
    out += fmt::format("\nPlan: {}; {} unchanged.\n", summarise(plan), unchanged);
  }
  return out;
}

Value plan_to_json(const Plan& plan) {
  Value counts{Object()};
  for (const Action action : kCounted) {
    counts.set(name_of(action), static_cast<std::int64_t>(plan.count(action)));
  }
  counts.set("none", static_cast<std::int64_t>(plan.count(Action::kNone)));
  List changes;
  for (const Change& change : plan.changes) {
    changes.push_back(change_to_json(change));
  }
  return Value::object({
      {"version", 1},
      {"stack", plan.stack},
      {"account", plan.account_id},
      {"hasChanges", plan.has_changes()},
      {"counts", std::move(counts)},
      {"changes", Value(std::move(changes))},
      {"problems", to_json(plan.problems)},
  });
}

}  // namespace plumbline
