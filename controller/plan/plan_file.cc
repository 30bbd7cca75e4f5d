#include "controller/plan/plan_file.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/plan/plan_seen.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

constexpr std::string_view kFormat = "plumbline-plan";
constexpr int kFormatVersion = 1;
constexpr std::string_view kPlanAgain = "Make a new plan (`plan --out`), read it, and apply that.";

Error corrupt(const std::string& file, std::string_view what) {
  return {
      ErrorClass::kCorrupt,
      "PlanFile",
      fmt::format("{} is no plan that can be applied: {}. {}", file, what, kPlanAgain),
      "",
      0};
}

Value texts(const std::vector<std::string>& list) {
  List out;
  for (const std::string& each : list) {
    out.emplace_back(each);
  }
  return Value(std::move(out));
}

std::vector<std::string> texts_of(const Value& list) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list.size() && list.is_list(); ++i) {
    if (list.as_list()[i].is_text()) {
      out.push_back(list.as_list()[i].as_text());
    }
  }
  return out;
}

Value orders_to_json(const PlanOrders& orders) {
  List targets;
  for (const Address& target : orders.targets) {
    targets.emplace_back(target.to_string());
  }
  List may_replace;
  for (const Address& address : orders.may_replace) {
    may_replace.emplace_back(address.to_string());
  }
  return Value::object({
      {"mode", name_of(orders.mode)},
      {"targets", Value(std::move(targets))},
      {"allowReplace", Value(std::move(may_replace))},
      {"maxDelete",
       orders.max_delete ? Value(static_cast<std::int64_t>(*orders.max_delete)) : Value()},
      {"allowMassRemoval", orders.allows_mass_removal},
  });
}

bool is_count(const Value& value) {
  return value.is_int() && value.as_int() >= 0;
}

bool are_objects(const Value& list) {
  return list.is_list() &&
         std::all_of(list.as_list().begin(), list.as_list().end(), [](const Value& item) {
           return item.is_object();
         });
}

/// False when it says what this version does not know.
bool read_orders(const Value& json, PlanOrders& orders) {
  bool is_known = false;
  for (const PlanMode mode : {PlanMode::kReconcile, PlanMode::kDestroy, PlanMode::kRefresh}) {
    if (json.text_of("mode") == name_of(mode)) {
      orders.mode = mode;
      is_known = true;
    }
  }
  for (const std::string& target : texts_of(json.get("targets"))) {
    orders.targets.push_back(Address::parse(target));
  }
  for (const std::string& address : texts_of(json.get("allowReplace"))) {
    orders.may_replace.insert(Address::parse(address));
  }
  if (const Value& limit = json.get("maxDelete"); limit.is_int() && limit.as_int() >= 0) {
    orders.max_delete = static_cast<std::size_t>(limit.as_int());
  }
  const Value& mass = json.get("allowMassRemoval");
  orders.allows_mass_removal = mass.is_bool() && mass.as_bool();
  return is_known;
}

/// The manifest's files in their order, and what the resources take from further ones.
Value files_to_json(const Manifest& manifest, const std::string& key) {
  List files;
  for (const SourceFile& file : manifest.sources.files()) {
    files.push_back(
        Value::object({{"name", file.name}, {"digest", digest_of(Value(file.text), key)}})
    );
  }
  return Value(std::move(files));
}

/// Digests of the bytes behind `code:` and the like, by address and property.
Value sources_to_json(const Plan& plan, const std::string& key) {
  Value out{Object()};
  for (const Change& change : plan.changes) {
    if (change.resource == nullptr || !change.desired.is_object()) {
      continue;
    }
    for (const Member& member : change.desired.as_object()) {
      if (member.value.is_bytes()) {
        out.set(change.address.to_string() + "." + member.key, digest_of(member.value, key));
      }
    }
  }
  return out;
}

/// Proves that the holder of the key wrote it.
std::string seal_of(const Value& content, const std::string& key) {
  Value rest = content;
  rest.erase("seal");
  return to_hex(hmac_sha256(key, "plan\n" + canonical_json(rest)));
}

Diagnostic stale(std::string_view id, std::string summary, std::string detail) {
  Diagnostic problem;
  problem.id = std::string(id);
  problem.summary = std::move(summary);
  problem.detail = std::move(detail);
  problem.help = std::string(kPlanAgain);
  return problem;
}

void compare_files(
    Diagnostics& problems, const SavedPlan& saved, const Value& then, const Value& now
) {
  const std::size_t count = std::max(then.size(), now.size());
  for (std::size_t i = 0; i < count; ++i) {
    const Value nothing;
    const Value& before = i < then.size() ? then.as_list()[i] : nothing;
    const Value& after = i < now.size() ? now.as_list()[i] : nothing;
    if (before.text_of("digest") == after.text_of("digest")) {
      continue;
    }
    const std::string& name = after.is_null() ? before.text_of("name") : after.text_of("name");
    const std::string_view what = after.is_null()    ? "is not given any more"
                                  : before.is_null() ? "was not there"
                                                     : "is not the text";
    problems.add(stale(
        "PL004",
        "the manifest changed after the plan was made",
        fmt::format("{} {} that {} was made from.", name, what, saved.file)
    ));
  }
}

}  // namespace

Result<std::string> write_plan(
    const Plan& plan, const Manifest& manifest, const PlanOrigin& origin
) {
  const std::string& key = origin.install_key;
  Value content = Value::object({
      {"format", kFormat},
      {"formatVersion", kFormatVersion},
      {"madeAt", format_iso8601(origin.at)},
      {"orders", orders_to_json(plan.orders)},
      {"manifest",
       Value::object(
           {{"paths", texts(origin.paths)},
            {"inputs", texts(origin.inputs)},
            {"files", files_to_json(manifest, key)},
            {"sources", sources_to_json(plan, key)}}
       )},
      {"state",
       Value::object(
           {{"path", origin.state_path},
            {"serial", static_cast<std::int64_t>(origin.serial)},
            {"epoch", static_cast<std::int64_t>(origin.epoch)}}
       )},
      {"plan", plan_at_rest(plan, key)},
  });
  // The seal is of what a reader will have read.
  PLUMBLINE_TRY(read_back, parse_json(show_json(content)));
  read_back.set("seal", seal_of(read_back, key));
  return show_json(read_back, JsonStyle::kPretty) + "\n";
}

bool is_plan_file(std::string_view text) {
  // A manifest may be written as JSON, too; only one of the two says this.
  const auto start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '{' &&
         text.substr(0, 200).find(fmt::format("\"{}\"", kFormat)) != std::string_view::npos;
}

Result<SavedPlan> read_plan(std::string file, std::string_view text) {
  auto content = parse_json(text);
  if (!content) {
    return corrupt(file, "it is damaged (" + content.error().message + ")");
  }
  const Value& version = content->get("formatVersion");
  if (content->text_of("format") != kFormat || !version.is_int()) {
    return corrupt(file, "it does not say that it is one");
  }
  if (version.as_int() != kFormatVersion) {
    return Error{
        ErrorClass::kConflict,
        "PlanFile",
        fmt::format(
            "{} has format version {}, this program knows {}. {}",
            file,
            version.as_int(),
            kFormatVersion,
            kPlanAgain
        ),
        "",
        0};
  }
  SavedPlan saved;
  const Value& manifest = content->get("manifest");
  const Value& state = content->get("state");
  const bool is_whole = read_orders(content->get("orders"), saved.orders) &&
                        manifest.get("files").is_list() && is_count(state.get("serial")) &&
                        is_count(state.get("epoch")) &&
                        are_objects(content->get("plan").get("changes")) &&
                        are_objects(content->get("plan").get("steps"));
  if (!is_whole) {
    return corrupt(file, "parts of it are missing");
  }
  saved.origin.paths = texts_of(manifest.get("paths"));
  saved.origin.inputs = texts_of(manifest.get("inputs"));
  saved.origin.state_path = state.text_of("path");
  saved.origin.serial = static_cast<std::uint64_t>(state.get("serial").as_int());
  saved.origin.epoch = static_cast<std::uint64_t>(state.get("epoch").as_int());
  saved.file = std::move(file);
  saved.content = std::move(content).value();
  return saved;
}

Diagnostics check_saved_plan(
    const SavedPlan& saved, const Manifest& manifest, const StateImage& state
) {
  Diagnostics problems;
  if (saved.content.text_of("seal") != seal_of(saved.content, state.install_key)) {
    problems.add(stale(
        "PL004",
        "the plan file does not belong to this state, or was edited",
        fmt::format("The seal of {} is not one that this state made.", saved.file)
    ));
    return problems;
  }
  if (state.serial < saved.origin.serial || state.epoch < saved.origin.epoch) {
    problems.add(stale(
        "PL004",
        "the state is older than the plan",
        fmt::format(
            "{} was made at serial {} of the state, which is at {} now: an older copy was put "
            "back.",
            saved.file,
            saved.origin.serial,
            state.serial
        )
    ));
  }
  compare_files(
      problems,
      saved,
      saved.content.get("manifest").get("files"),
      files_to_json(manifest, state.install_key)
  );
  return problems;
}

Diagnostics compare_plans(const SavedPlan& saved, const Plan& fresh, const StateImage& state) {
  Diagnostics problems;
  const Value& then = saved.content.get("plan");
  if (then.text_of("account") != fresh.account_id) {
    problems.add(stale(
        "PL005",
        "the plan is for another account",
        fmt::format(
            "{} was made for AWS account {}, and the credentials are of {}.",
            saved.file,
            then.text_of("account"),
            fresh.account_id
        )
    ));
    return problems;
  }
  auto now = parse_json(show_json(plan_at_rest(fresh, state.install_key)));
  if (!now) {
    problems.add(stale("PL005", "the plan cannot be compared", now.error().message));
    return problems;
  }
  if (then.get("accounts") != now->get("accounts")) {
    problems.add(stale(
        "PL005",
        "the plan is for another account",
        fmt::format(
            "A name in `accounts:` meant another AWS account when {} was made: then {}, now {}.",
            saved.file,
            show_json(then.get("accounts")),
            show_json(now->get("accounts"))
        )
    ));
    return problems;
  }
  for (const SeenChange& each : compare_changes(then, *now)) {
    Diagnostic problem = stale(
        "PL005",
        "what the plan saw has changed",
        fmt::format(
            "{} is not as it was when {} was made{}:",
            each.address,
            saved.file,
            state.serial == saved.origin.serial ? ""
                                                : fmt::format(
                                                      " (and the state went from serial {} to {})",
                                                      saved.origin.serial,
                                                      state.serial
                                                  )
        )
    );
    problem.address = each.address;
    for (const std::string& line : each.lines) {
      problem.evidence.push_back({line, {}});
    }
    problems.add(std::move(problem));
  }
  if (problems.empty() && then.get("steps") != now->get("steps")) {
    problems.add(stale(
        "PL005",
        "what the plan saw has changed",
        "The order of its steps would not be the same any more."
    ));
  }
  return problems;
}

}  // namespace plumbline
