#include "controller/cli/state_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

bool is_of(const ResourceRow& row, const std::string& section) {
  return section.empty() || row.address.section == section;
}

Value row_to_json(const ResourceRow& row) {
  return Value::object({
      {"address", row.address.to_string()},
      {"kind", row.kind},
      {"id", row.physical_id},
      {"status", name_of(row.status)},
      {"account", row.account},
      {"region", row.region},
      {"updatedAt", format_iso8601(row.updated_at)},
  });
}

Value intent_to_json(const Intent& intent) {
  return Value::object({
      {"id", intent.id},
      {"address", intent.address.to_string()},
      {"kind", intent.kind},
      {"service", intent.service},
      {"action", intent.action},
      {"state", name_of(intent.state)},
      {"isCreate", intent.is_create},
      {"attempts", intent.attempts},
      {"signedAt", format_iso8601(intent.signed_at)},
      {"error", intent.error},
  });
}

Value names_of(const std::vector<Address>& addresses) {
  List names;
  for (const Address& address : addresses) {
    names.emplace_back(address.to_string());
  }
  return Value(std::move(names));
}

Value full_row_to_json(const ResourceRow& row) {
  Value json = row_to_json(row);
  json.set("createdAt", format_iso8601(row.created_at));
  json.set("protected", row.is_protected);
  json.set("onRemove", row.on_remove);
  json.set("dependsOn", names_of(row.depends_on));
  json.set("applied", row.applied);
  json.set("observed", row.observed);
  return json;
}

std::string members(std::string_view title, const Value& tree) {
  if (!tree.is_object() || tree.size() == 0) {
    return "";
  }
  std::string text = fmt::format("  {}:\n", title);
  for (const Member& member : tree.as_object()) {
    text += fmt::format("    {}: {}\n", member.key, show_json(member.value));
  }
  return text;
}

std::string describe_row(const ResourceRow& row) {
  std::string needs;
  for (const Address& address : row.depends_on) {
    needs += (needs.empty() ? "" : ", ") + address.to_string();
  }
  std::string text = fmt::format(
      "  kind      {}\n  id        {}\n  status    {}\n  account   {}\n  region    {}\n"
      "  created   {}\n  updated   {}\n",
      row.kind,
      row.physical_id,
      name_of(row.status),
      row.account,
      row.region,
      format_iso8601(row.created_at),
      format_iso8601(row.updated_at)
  );
  if (row.is_protected) {
    text += "  protected: it stays when its block goes\n";
  }
  if (!row.on_remove.empty()) {
    text += fmt::format("  onRemove  {}\n", row.on_remove);
  }
  if (!needs.empty()) {
    text += "  needs     " + needs + "\n";
  }
  return text + members("applied", row.applied) + members("observed", row.observed);
}

}  // namespace

std::string state_table(const StateImage& state, const std::string& section) {
  std::size_t address = 7;
  std::size_t kind = 4;
  std::size_t count = 0;
  for (const ResourceRow& row : state.rows) {
    if (is_of(row, section)) {
      address = std::max(address, row.address.to_string().size());
      kind = std::max(kind, row.kind.size());
      ++count;
    }
  }
  std::string text = fmt::format(
      "stack {} in account {}: {} resources{}\n",
      state.stack,
      state.account_id,
      count,
      section.empty() ? "" : " in " + section
  );
  if (count > 0) {
    text += fmt::format(
        "  {:<8}  {:<{}}  {:<{}}  {}\n", "STATUS", "ADDRESS", address, "KIND", kind, "ID"
    );
  }
  for (const ResourceRow& row : state.rows) {
    if (is_of(row, section)) {
      text += fmt::format(
          "  {:<8}  {:<{}}  {:<{}}  {}\n",
          name_of(row.status),
          row.address.to_string(),
          address,
          row.kind,
          kind,
          row.physical_id
      );
    }
  }
  if (!state.open_intents.empty()) {
    text += fmt::format(
        "{} calls have no known outcome yet; `plumbline state resolve` shows them.\n",
        state.open_intents.size()
    );
  }
  return printable(text);
}

Value state_to_json(const StateImage& state, const std::string& section) {
  List rows;
  for (const ResourceRow& row : state.rows) {
    if (is_of(row, section)) {
      rows.push_back(row_to_json(row));
    }
  }
  List calls;
  for (const Intent& intent : state.open_intents) {
    calls.push_back(intent_to_json(intent));
  }
  return Value::object({
      {"version", 1},
      {"stack", state.stack},
      {"account", state.account_id},
      {"serial", static_cast<std::int64_t>(state.serial)},
      {"resources", Value(std::move(rows))},
      {"openCalls", Value(std::move(calls))},
  });
}

std::string describe(const AtAddress& known) {
  std::string text = known.address.to_string() + "\n";
  for (const ResourceRow& row : known.rows) {
    text += describe_row(row);
  }
  text += describe(known.open);
  if (!known.history.empty()) {
    text += "  history:\n";
  }
  for (const AuditRecord& record : known.history) {
    text += fmt::format(
        "    {}  {}  {}{}\n",
        format_iso8601(record.at),
        record.actor,
        record.action,
        record.detail.size() == 0 ? "" : "  " + show_json(record.detail)
    );
  }
  return printable(text);
}

Value to_json(const AtAddress& known) {
  List rows;
  for (const ResourceRow& row : known.rows) {
    rows.push_back(full_row_to_json(row));
  }
  List history;
  for (const AuditRecord& record : known.history) {
    history.push_back(Value::object({
        {"at", format_iso8601(record.at)},
        {"actor", record.actor},
        {"action", record.action},
        {"detail", record.detail},
    }));
  }
  return Value::object({
      {"version", 1},
      {"address", known.address.to_string()},
      {"rows", Value(std::move(rows))},
      {"open", to_json(known.open)},
      {"history", Value(std::move(history))},
  });
}

std::string describe(const std::vector<OpenWork>& open) {
  std::string text;
  for (const OpenWork& work : open) {
    const Address& address = work.intent != nullptr ? work.intent->address : work.row->address;
    text += fmt::format(
        "  open: {}: {}\n    the next apply: {}\n    by hand: {}\n",
        address.to_string(),
        work.what,
        work.next,
        work.human
    );
  }
  return printable(text);
}

Value to_json(const std::vector<OpenWork>& open) {
  List all;
  for (const OpenWork& work : open) {
    all.push_back(Value::object({
        {"address",
         (work.intent != nullptr ? work.intent->address : work.row->address).to_string()},
        {"call", work.intent != nullptr ? intent_to_json(*work.intent) : Value()},
        {"row", work.row != nullptr ? row_to_json(*work.row) : Value()},
        {"what", work.what},
        {"next", work.next},
        {"byHand", work.human},
    }));
  }
  return Value(std::move(all));
}

}  // namespace plumbline
