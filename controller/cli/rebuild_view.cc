#include "controller/cli/rebuild_view.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/state_view.h"
#include "controller/plan/removal.h"

namespace plumbline {

namespace {

/// "  LINE\n" for each, below a title; "" without any.
std::string listed(std::string_view title, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += "  " + line + "\n";
  }
  return lines.empty() ? "" : fmt::format("\n{}\n{}", title, text);
}

std::string describe_leftovers(const Rebuilt& rebuilt) {
  std::vector<std::string> going;
  std::vector<std::string> staying;
  std::vector<std::string> second;
  for (std::size_t i = 0; i < rebuilt.taken.size(); ++i) {
    const Taken& taken = rebuilt.taken[i];
    const ResourceRow& row = rebuilt.rows.at(i);
    const std::string line = fmt::format("{} ({})", row.address.to_string(), row.physical_id);
    if (taken.status == RowStatus::kDeposed) {
      second.push_back(line);
    } else if (!taken.is_declared) {
      const bool stays = row.is_protected || outlives_its_block(row, *taken.object.kind);
      (stays ? staying : going).push_back(line);
    }
  }
  return listed(
             "The manifest does not declare these; the next plan offers to delete them:", going
         ) +
         listed(
             "The manifest does not declare these, and they stay: they hold data, are protected, "
             "or were to be retained:",
             staying
         ) +
         listed(
             "Another object has the address of these; the next plan offers to delete them:", second
         );
}

std::string describe_doubts(const Rebuilt& rebuilt) {
  std::vector<std::string> not_taken;
  for (const NotTaken& each : rebuilt.not_taken) {
    not_taken.push_back(fmt::format(
        "{} {}{}: {}",
        each.kind,
        each.id,
        each.address.empty() ? "" : fmt::format(", which says it is {}", each.address),
        each.why
    ));
  }
  std::vector<std::string> rivals;
  for (const Rivals& each : rebuilt.rivals) {
    rivals.push_back(fmt::format(
        "{}: {}. Look at them, then say which one it is: --choose {}=ID",
        each.address.to_string(),
        join(each.ids, ", "),
        each.address.to_string()
    ));
  }
  std::vector<std::string> missed;
  std::vector<std::string> unseen;
  for (const Unseen& each : rebuilt.unseen) {
    (each.is_grave ? missed : unseen).push_back(fmt::format("{}: {}", each.what, each.why));
  }
  return listed("Not taken:", not_taken) + listed("Not looked at:", unseen) +
         listed("Several objects have the same right to one address:", rivals) +
         listed(
             "Could not be read, so something of this stack may be among it. Mend the cause, or "
             "leave the kind out with --skip SECTION:",
             missed
         );
}

std::string describe_untold(const RebuildTelling& telling) {
  std::vector<std::string> lines;
  for (const Untold& each : telling.rebuilt->untold) {
    lines.push_back(each.address.to_string() + "." + each.property);
  }
  std::string text = listed(
      "AWS does not tell these, and nothing proves that they are as declared; the next apply "
      "writes them as the manifest says:",
      lines
  );
  if (!lines.empty() && !telling.takes_secrets) {
    text +=
        "  If nobody changed them in the manifest since the last apply, --secrets-as-declared "
        "saves that.\n";
  }
  return text;
}

std::string describe_lost_key(const RebuildTelling& telling) {
  if (!telling.copy.empty()) {
    return "";
  }
  std::string text =
      "\nThe key is lost, so no owner tag could be proven: whoever may set tags could have planted "
      "one. Look at every line above. The next apply renews the owner tags.\n";
  std::vector<std::string> names;
  for (const GeneratedInput& input : telling.manifest->generated) {
    names.push_back(input.name);
  }
  if (!names.empty()) {
    text += fmt::format(
        "Generated inputs come of the key and get new values: {}.\n", join(names, ", ")
    );
  }
  return text;
}

/// The state that comes of it, for looking at it: without key, serial and calls.
StateImage image_of(const Rebuilt& rebuilt, const std::string& stack) {
  StateImage image;
  image.stack = stack;
  image.account_id = rebuilt.account_id;
  image.accounts = rebuilt.accounts;
  image.rows = rebuilt.rows;
  sort_rows(image);
  return image;
}

}  // namespace

std::string describe(const RebuildTelling& telling) {
  const Rebuilt& rebuilt = *telling.rebuilt;
  std::string text = fmt::format(
      "Looked in {} for what carries the tags of this stack{}.\n",
      join(rebuilt.regions, ", "),
      telling.copy.empty() ? "" : ", proven by the key of " + telling.copy
  );
  text += state_table(image_of(rebuilt, telling.manifest->stack), "");
  text += describe_leftovers(rebuilt) + describe_doubts(rebuilt) + describe_untold(telling) +
          describe_lost_key(telling);
  text += fmt::format(
      "\nWhat was made less than {} ago may not be listed yet, and a call that was on its way when "
      "the state was lost may take effect for {}. Until the first apply this may be run again.\n",
      format_duration(telling.quiet_time),
      format_duration(telling.dead_after)
  );
  return printable(text);
}

Value to_json(const RebuildTelling& telling, bool is_recorded) {
  const Rebuilt& rebuilt = *telling.rebuilt;
  List regions(rebuilt.regions.begin(), rebuilt.regions.end());
  List undeclared;
  for (const Taken& taken : rebuilt.taken) {
    if (!taken.is_declared) {
      undeclared.emplace_back(taken.address.to_string());
    }
  }
  List not_taken;
  for (const NotTaken& each : rebuilt.not_taken) {
    not_taken.push_back(Value::object(
        {{"kind", each.kind}, {"id", each.id}, {"address", each.address}, {"why", each.why}}
    ));
  }
  List rivals;
  for (const Rivals& each : rebuilt.rivals) {
    rivals.push_back(Value::object(
        {{"address", each.address.to_string()},
         {"ids", Value(List(each.ids.begin(), each.ids.end()))}}
    ));
  }
  List unseen;
  for (const Unseen& each : rebuilt.unseen) {
    unseen.push_back(
        Value::object({{"what", each.what}, {"why", each.why}, {"forbids", each.is_grave}})
    );
  }
  List untold;
  for (const Untold& each : rebuilt.untold) {
    untold.push_back(
        Value::object({{"address", each.address.to_string()}, {"property", each.property}})
    );
  }
  const StateImage image = image_of(rebuilt, telling.manifest->stack);
  return Value::object({
      {"version", 1},
      {"action", "rebuild"},
      {"stack", image.stack},
      {"account", image.account_id},
      {"regions", Value(std::move(regions))},
      {"keyFrom", telling.copy.empty() ? Value() : Value(telling.copy)},
      {"recorded", is_recorded},
      {"resources", state_to_json(image, "").get("resources")},
      {"undeclared", Value(std::move(undeclared))},
      {"notTaken", Value(std::move(not_taken))},
      {"rivals", Value(std::move(rivals))},
      {"unseen", Value(std::move(unseen))},
      {"untold", Value(std::move(untold))},
  });
}

}  // namespace plumbline
