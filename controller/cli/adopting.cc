#include "controller/cli/adopting.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

std::string stack_of(const Options& options) {
  if (!options.adopt.stack.empty()) {
    return options.adopt.stack;
  }
  std::error_code ignored;
  const fs::path file = fs::absolute(options.adopt.out, ignored);
  std::string name = to_lower(name_from(file.parent_path().filename().string()));
  std::replace(name.begin(), name.end(), '_', '-');
  constexpr std::size_t kLongest = 63;
  name.resize(std::min(name.size(), kLongest));
  return name.empty() ? "adopted" : name;
}

/// Paths of files that were taken start at the manifest's folder, not at this one.
void place_files(Survey& survey, const std::string& out) {
  std::error_code ignored;
  const fs::path folder = fs::absolute(out, ignored).parent_path();
  for (Find& find : survey.finds) {
    for (const Property& property : find.kind->properties) {
      Value* source = property.source.empty() ? nullptr : find.taken.find(property.name);
      if (source == nullptr || !source->is_object()) {
        continue;
      }
      for (Member& member : source->as_object()) {
        const fs::path path = fs::absolute(member.value.as_text(), ignored);
        member.value = path.lexically_relative(folder).string();
      }
    }
  }
}

/// An error of a rule about what is there.
struct LetBe {
  std::string rule, address, summary;
};

class AdoptionRun {
 public:
  AdoptionRun(Terminal& terminal, const Options& options, Catalog& catalog, AdoptionOrder order)
      : terminal_(terminal), options_(options), catalog_(catalog), order_(std::move(order)) {}

  Exit run() {
    std::error_code ignored;
    if (fs::exists(options_.adopt.out, ignored)) {
      terminal_.err(fmt::format(
          "plumbline: {} is there already and is not overwritten; name another with --out\n",
          options_.adopt.out
      ));
      return Exit::kUsage;
    }
    if (const auto exit = check_state()) {
      return *exit;
    }
    if (const auto exit = look()) {
      return *exit;
    }
    transcribe();
    if (adoption_.imports.empty()) {
      tell();
      terminal_.err("plumbline: there is nothing to take over, and nothing was written\n");
      return Exit::kFailed;
    }
    let_errors_be();
    if (const auto exit = save()) {
      return *exit;
    }
    tell();
    if (const auto exit = prove()) {
      return *exit;
    }
    return order_.carries_out ? take_over() : Exit::kFine;
  }

 private:
  bool is_human() const { return options_.format == Format::kHuman; }

  /// That the state beside the manifest is another stack's is said before anything is written.
  std::optional<Exit> check_state() const {
    const std::string path = state_path(with_manifest());
    const auto state = glance(path);
    if (!state) {
      terminal_.err(fmt::format("plumbline: {}\n", state.error().message));
      return Exit::kState;
    }
    if (!state->stack.empty() && state->stack != stack_of(options_)) {
      terminal_.err(fmt::format(
          "plumbline: the state at {} belongs to the stack {}, and {} would be of the stack {}. "
          "Name another folder with --out, another state with --state, or that stack with "
          "--stack.\n",
          path,
          state->stack,
          options_.adopt.out,
          stack_of(options_)
      ));
      return Exit::kState;
    }
    return std::nullopt;
  }

  std::optional<Exit> look() {
    Session session(terminal_, options_, catalog_);
    if (const auto exit = session.open_survey(order_.ask, order_.region)) {
      return exit;
    }
    session.watcher().set_silent(true);
    session.run();
    const RunResult& result = session.watcher().result();
    if (result.survey == nullptr) {
      terminal_.err(describe_result(result, session.manifest(), terminal_.colour()));
      return result.failure.message.empty() ? Exit::kFailed : exit_of(result);
    }
    survey_ = *result.survey;
    return std::nullopt;
  }

  void transcribe() {
    place_files(survey_, options_.adopt.out);
    AdoptionInput input;
    input.catalog = &catalog_;
    input.stack = stack_of(options_);
    input.region = order_.region;
    input.account_id = survey_.account_id;
    input.origin = order_.origin;
    input.finds = std::move(survey_.finds);
    adoption_ = adopt(input);
  }

  std::optional<Exit> save() const {
    std::ofstream file(options_.adopt.out, std::ios::binary);
    file << adoption_.manifest;
    file.close();
    if (!file) {
      terminal_.err(fmt::format(
          "plumbline: {} cannot be written: {}\n", options_.adopt.out, std::strerror(errno)
      ));
      return Exit::kFailed;
    }
    return std::nullopt;
  }

  /// What a rule refuses to have made is there all the same, and must not hold up every plan from
  /// now on: a comment lets each error be, for people to see.
  void let_errors_be() {
    const Options options = with_manifest();
    const Loaded loaded = load_and_lint(
        catalog_,
        options,
        manifest_options(options, true),
        {{options_.adopt.out, adoption_.manifest}}
    );
    std::map<std::uint32_t, std::set<std::string>> rules;  // By line.
    for (const Finding& finding : loaded.findings.all()) {
      const Diagnostic& found = finding.diagnostic;
      if (finding.is_negotiable && finding.standing == Standing::kOpen &&
          found.severity == Severity::kError && found.range.is_known()) {
        rules[found.range.begin.line].insert(found.id);
        let_be_.push_back({found.id, found.address, found.summary});
      }
    }
    std::string text;
    std::uint32_t number = 0;
    for (const std::string_view line : split(adoption_.manifest, '\n')) {
      if (const auto found = rules.find(++number); found != rules.end()) {
        const std::string_view indent = line.substr(0, line.find_first_not_of(' '));
        text += fmt::format(
            "{}# plumbline:ignore {}: as it was found\n", indent, fmt::join(found->second, ", ")
        );
      }
      text += line;
      text += '\n';
    }
    text.pop_back();  // What split() calls the last line begins behind the last line's end.
    adoption_.manifest = std::move(text);
  }

  void tell() {
    std::vector<LeftOut> left_out = order_.left_out;
    left_out.insert(left_out.end(), survey_.left_out.begin(), survey_.left_out.end());
    left_out.insert(left_out.end(), adoption_.left_out.begin(), adoption_.left_out.end());
    if (!is_human()) {
      terminal_.out(show_json(event(left_out)) + "\n");
      return;
    }
    if (!adoption_.imports.empty()) {
      terminal_.out(fmt::format(
          "{} holds {} resources that are there.\n", options_.adopt.out, adoption_.imports.size()
      ));
    }
    for (const LeftOut& each : left_out) {
      terminal_.out(printable(fmt::format("  left out: {}: {}\n", each.what, each.why)));
    }
    for (const LetBe& each : let_be_) {
      terminal_.out(printable(fmt::format(
          "  let be as it was found: {} of {}: {}\n", each.rule, each.address, each.summary
      )));
    }
    for (const std::string& variable : adoption_.inputs) {
      terminal_.out(fmt::format("  a secret that cannot be read back comes from {}\n", variable));
    }
    if (!adoption_.imports.empty()) {
      terminal_.out("\n");  // Its plan follows.
    }
  }

  Value event(const std::vector<LeftOut>& left_out) const {
    List imports;
    for (const auto& [address, id] : adoption_.imports) {
      imports.push_back(Value::object({{"address", address.to_string()}, {"id", id}}));
    }
    List left;
    for (const LeftOut& each : left_out) {
      left.push_back(Value::object({{"what", each.what}, {"why", each.why}}));
    }
    List let_be;
    for (const LetBe& each : let_be_) {
      let_be.push_back(
          Value::object({{"rule", each.rule}, {"address", each.address}, {"summary", each.summary}})
      );
    }
    List variables;
    for (const std::string& variable : adoption_.inputs) {
      variables.emplace_back(variable);
    }
    return Value::object(
        {{"event", "adoption"},
         {"file", options_.adopt.out},
         {"imports", Value(std::move(imports))},
         {"leftOut", Value(std::move(left))},
         {"letBe", Value(std::move(let_be))},
         {"variables", Value(std::move(variables))}}
    );
  }

  Options with_manifest() const {
    Options options = options_;
    options.paths = {options_.adopt.out};
    return options;
  }

  bool changes_nothing(const Plan& plan) {
    const std::vector<std::string> beyond = beyond_adoption(plan);
    for (const std::string& each : beyond) {
      terminal_.err(printable(fmt::format("plumbline: not only taken over: {}\n", each)));
    }
    return beyond.empty();
  }

  /// Nothing when the plan takes over and does nothing else.
  std::optional<Exit> prove() {
    const Options options = with_manifest();
    Session session(terminal_, options, catalog_);
    SessionExtras extras;
    extras.allows_findings = true;
    extras.allows_missing_inputs = true;
    if (const auto exit = session.open(RunMode::kPlan, "adopt", extras)) {
      return exit;
    }
    session.run();
    const RunResult& result = session.watcher().result();
    if (result.plan == nullptr || exit_of(result) != Exit::kFine) {
      terminal_.err(describe_result(result, session.manifest(), terminal_.colour()));
      return exit_of(result) == Exit::kFine ? Exit::kFailed : exit_of(result);
    }
    if (!changes_nothing(*result.plan)) {
      terminal_.err(fmt::format(
          "plumbline: edit {} until its plan only imports, then apply it\n", options_.adopt.out
      ));
      return Exit::kHeld;
    }
    if (is_human()) {
      terminal_.out(fmt::format(
          "\nProven: taking over {} resources changes nothing but their owner tags.\n",
          result.plan->count(Action::kImport)
      ));
    }
    if (!order_.carries_out && is_human()) {
      terminal_.out(fmt::format("Next: plumbline apply {}\n", options_.adopt.out));
    }
    return std::nullopt;
  }

  /// Only with every secret at hand: digests of them are recorded.
  Exit take_over() {
    std::string unused;
    for (const std::string& variable : adoption_.inputs) {
      if (!read_environment(variable, unused)) {
        terminal_.err(fmt::format(
            "plumbline: {} is not set, so nothing was taken over; set it and run `plumbline apply "
            "{}`\n",
            variable,
            options_.adopt.out
        ));
        return Exit::kFailed;
      }
    }
    const Options options = with_manifest();
    Session session(terminal_, options, catalog_);
    SessionExtras extras;
    extras.allows_findings = true;
    if (const auto exit = session.open(RunMode::kApply, "adopt", extras)) {
      return *exit;
    }
    session.watcher().gate = [this](const Plan& plan) { return changes_nothing(plan); };
    session.run();
    const RunResult& result = session.watcher().result();
    if (is_human()) {
      terminal_.err(describe_result(result, session.manifest(), terminal_.colour()));
    }
    if (is_human() && result.is_complete) {
      terminal_.out(fmt::format(
          "\nAdopted: {} resources are this stack's. Let go of them elsewhere before anything else "
          "changes them.\n",
          adoption_.imports.size()
      ));
    }
    return result.was_declined ? Exit::kFailed : exit_of(result);
  }

  Terminal& terminal_;
  const Options& options_;
  Catalog& catalog_;
  AdoptionOrder order_;
  Survey survey_;
  Adoption adoption_;
  std::vector<LetBe> let_be_;
};

}  // namespace

std::string region_of(const Options& options) {
  if (!options.adopt.region.empty()) {
    return options.adopt.region;
  }
  return environment_region();
}

Exit carry_out_adoption(
    Terminal& terminal, const Options& options, Catalog& catalog, AdoptionOrder order
) {
  return AdoptionRun(terminal, options, catalog, std::move(order)).run();
}

}  // namespace plumbline
