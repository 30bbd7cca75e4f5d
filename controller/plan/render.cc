#include "controller/plan/render.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::size_t kLongestShown = 160;
constexpr std::size_t kLeftOutShown = 20;
constexpr std::size_t kWidestColumn = 48;  ///< What is longer pushes the rest of its line.

/// A group of the listing, in the order in which people want to read it: what hurts comes last,
/// next to the counts.
struct Group {
  Action action;
  std::string_view heading;
  std::string_view to;  ///< "3 to create"
};
constexpr Group kGroups[] = {
    {Action::kCreate, "Create", "create"},
    {Action::kAdopt, "Adopt, ours but not in the state", "adopt"},
    {Action::kImport, "Import, made elsewhere and ours from now on", "import"},
    {Action::kUpdate, "Update in place", "update"},
    {Action::kRefresh, "Accept into the state", "refresh"},
    {Action::kReplace, "Replace: the old object is deleted", "replace"},
    {Action::kDelete, "Delete", "delete"},
    {Action::kForget, "Forget, nothing is sent", "forget"},
    {Action::kHold, "Held, needs a decision", "hold"},
};

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
    case Action::kRefresh:
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
  if (value.find("$digest") != nullptr) {
    return "(sensitive)";
  }
  return shorten(show_json(compact(value)));
}

/// A row's own fields on one line: "protocol tcp, fromPort 3306, cidr 10.0.0.0/16". Whose row it is
/// stands above it.
std::string show_row(const Value& row, const std::string& owner) {
  std::string text;
  for (const Member& member : row.as_object()) {
    const bool is_owner = member.value.is_text() && member.value.as_text() == owner;
    if (member.value.is_null() || (is_owner && row.size() > 1)) {
      continue;
    }
    text += (text.empty() ? "" : ", ") + member.key + " ";
    text += member.value.is_text() ? member.value.as_text() : show(member.value);
  }
  return shorten(text);
}

/// What stands under one change: a name, and what happens to it.
struct Detail {
  std::string name, text;
};

void add_created(std::vector<Detail>& details, const Change& change) {
  for (const Member& member : change.desired.as_object()) {
    const bool is_empty =
        member.value.is_null() ||
        ((member.value.is_list() || member.value.is_object()) && member.value.size() == 0);
    if (!is_empty) {
      details.push_back({member.key, show(member.value)});
    }
  }
}

std::string show_field(const Change& change, const FieldChange& field) {
  // That values differ is plain to see; every other reason is news.
  std::string notes = field.reason == "differs" || field.reason == "not set" ? "" : field.reason;
  if (field.forces_replacement) {
    notes += notes.empty() ? "forces replacement" : "; forces replacement";
  }
  // A block on one line has said where it is.
  if (field.place.is_known() && field.place.begin.line != change.place.begin.line) {
    notes += fmt::format("{}line {}", notes.empty() ? "" : "; ", field.place.begin.line);
  }
  return fmt::format(
      "{} -> {}{}",
      show(field.before),
      show(field.after),
      notes.empty() ? "" : fmt::format("  ({})", notes)
  );
}

std::string show_row_change(const RowChange& row, const std::string& owner) {
  switch (row.op) {
    case RowOp::kAdd:
      return "+ " + show_row(row.after, owner);
    case RowOp::kModify:
      return fmt::format("~ {} -> {}", show_row(row.before, owner), show_row(row.after, owner));
    case RowOp::kRemove:
      return fmt::format(
          "- {}{}",
          show_row(row.before, owner),
          row.is_foreign ? "  (foreign: not in the manifest, made by someone else)" : ""
      );
  }
  return "";
}

std::vector<Detail> details_of(const Change& change) {
  std::vector<Detail> details;
  if (change.action == Action::kCreate) {
    add_created(details, change);
  } else {
    for (const FieldChange& field : change.difference.fields) {
      details.push_back({field.path, show_field(change, field)});
    }
    for (const CollectionChange& collection : change.difference.collections) {
      for (const RowChange& row : collection.rows) {
        details.push_back({collection.collection, show_row_change(row, change.physical_id)});
      }
    }
    for (const auto& [key, value] : change.difference.tags.set) {
      details.push_back({"tags." + printable(key), "-> \"" + printable(value) + "\""});
    }
    for (const std::string& key : change.difference.tags.unset) {
      details.push_back({"tags." + printable(key), "-> (none)"});
    }
  }
  const bool is_made = change.action == Action::kCreate || change.action == Action::kReplace;
  for (std::size_t i = 0; is_made && i < change.deferred.size(); ++i) {
    details.push_back(
        {change.deferred[i], "is set in a second call, because a cycle runs through it"}
    );
  }
  return details;
}

/// The widths that make the lines of a group a table.
struct Widths {
  std::size_t address = 0, id = 0, place = 0;
};

Widths widths_of(const std::vector<const Change*>& changes) {
  Widths widths;
  const auto widen = [](std::size_t& width, std::size_t to) {
    width = std::max(width, std::min(to, kWidestColumn));
  };
  for (const Change* change : changes) {
    widen(widths.address, change->address.to_string().size());
    widen(widths.id, change->physical_id.size());
    widen(widths.place, change->place.is_known() ? change->place.to_string().size() : 0);
  }
  return widths;
}

std::string column(const std::string& text, std::size_t width) {
  return width == 0 ? "" : fmt::format("  {:<{}}", text, width);
}

void render_change(std::string& out, const Change& change, const Widths& widths, Colour colour) {
  const bool is_painted = colour == Colour::kAlways;
  const std::string place = change.place.is_known() ? change.place.to_string() : "";
  out += fmt::format(
      "{}  {} {:<{}}{}{}{}{}\n",
      is_painted ? paint_of(change.action) : "",
      glyph_of(change.action),
      change.address.to_string(),
      widths.address,
      is_painted ? "\033[0m" : "",
      column(printable(change.physical_id), widths.id),
      column(place, widths.place),
      change.reason.empty() ? "" : "  " + printable(change.reason)
  );
  const std::vector<Detail> details = details_of(change);
  std::size_t width = 0;
  for (const Detail& detail : details) {
    width = std::max(width, std::min(detail.name.size(), kWidestColumn));
  }
  for (const Detail& detail : details) {
    out += fmt::format("      {:<{}}  {}\n", detail.name, width, detail.text);
  }
  for (const std::string& warning : change.warnings) {
    out += fmt::format("      warning: {}\n", printable(warning));
  }
}

void render_group(
    std::string& out,
    std::string_view heading,
    const std::vector<const Change*>& changes,
    Colour colour
) {
  if (changes.empty()) {
    return;
  }
  out += fmt::format("{}{} ({})\n", out.empty() ? "" : "\n", heading, changes.size());
  const Widths widths = widths_of(changes);
  for (const Change* change : changes) {
    render_change(out, *change, widths, colour);
  }
}

template <class Wanted>
std::vector<const Change*> pick(const Plan& plan, Wanted wanted) {
  std::vector<const Change*> picked;
  for (const Change& change : plan.changes) {
    if (wanted(change)) {
      picked.push_back(&change);
    }
  }
  return picked;
}

std::size_t foreign_rows(const Plan& plan) {
  std::size_t count = 0;
  for (const Change& change : plan.changes) {
    for (const CollectionChange& collection : change.difference.collections) {
      for (const RowChange& row : collection.rows) {
        count += row.is_foreign ? 1U : 0U;
      }
    }
  }
  return count;
}

std::string describe_left_out(const Plan& plan) {
  if (plan.left_out.empty()) {
    return "";
  }
  std::string text = fmt::format("Left out by --target ({}):\n", plan.left_out.size());
  std::size_t width = 0;
  for (const Change& change : plan.left_out) {
    width = std::max(width, std::min(change.address.to_string().size(), kWidestColumn));
  }
  for (std::size_t i = 0; i < plan.left_out.size(); ++i) {
    if (i == kLeftOutShown) {
      text += fmt::format("  … and {} more\n", plan.left_out.size() - i);
      break;
    }
    const Change& change = plan.left_out[i];
    text += fmt::format(
        "  {} {:<{}}  {}\n",
        glyph_of(change.action),
        change.address.to_string(),
        width,
        change.reason
    );
  }
  return text;
}

std::string last_words(const Plan& plan) {
  const std::size_t unchanged = plan.count(Action::kNone);
  if (plan.changes.empty() && plan.left_out.empty() && plan.problems.empty()) {
    return "Nothing to do: nothing is declared and nothing is recorded.\n";
  }
  if (!plan.has_changes() && plan.problems.empty()) {
    const bool is_refresh = plan.orders.mode == PlanMode::kRefresh;
    return fmt::format(
               "No changes. {} resources are as the {}.\n",
               unchanged,
               is_refresh ? "state last saw them" : "manifest says"
           ) +
           describe_left_out(plan);
  }
  std::string text = fmt::format("Plan: {}; {} unchanged.\n", summarise(plan), unchanged);
  if (const std::size_t count = foreign_rows(plan); count > 0) {
    text += fmt::format(
        "{} foreign {} of owned collections {}.\n",
        count,
        count == 1 ? "member" : "members",
        count == 1 ? "goes" : "go"
    );
  }
  return text + describe_left_out(plan);
}

}  // namespace

std::string summarise(const Plan& plan) {
  std::string text;
  for (const Group& group : kGroups) {
    if (const std::size_t count = plan.count(group.action); count > 0) {
      text += fmt::format("{}{} to {}", text.empty() ? "" : ", ", count, group.to);
    }
  }
  return text.empty() ? "no changes" : text;
}

std::string render_plan(const Plan& plan, Colour colour) {
  std::string out;
  for (const Group& group : kGroups) {
    const auto changes =
        pick(plan, [&](const Change& change) { return change.action == group.action; });
    render_group(out, group.heading, changes, colour);
  }
  const auto noted = pick(plan, [](const Change& change) {
    return change.action == Action::kNone &&
           (!change.warnings.empty() || !change.difference.empty());
  });
  render_group(out, "Unchanged, but worth knowing", noted, colour);
  return out + (out.empty() ? "" : "\n") + last_words(plan);
}

}  // namespace plumbline
