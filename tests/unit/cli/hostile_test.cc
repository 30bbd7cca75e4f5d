// What people write wrongly, by hand: manifests, settings of lint. Each case goes the program's own
// way from the file to the findings; the cases say what must be said and where
// (tests/support/cli/hostile_said.h is how they are written).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/cli/session.h"
#include "tests/support/cli/hostile_said.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<HostileSaid>;

// Bounds by counting: what one file may cost, whatever is in it.
constexpr std::size_t kMostFindings = 120;
constexpr std::size_t kMostShown = 128U << 10;
constexpr std::size_t kMostNodes =
    1'100'000;  // The parser's limit, or that of `forEach`, and some.

/// A file beside each case, whose findings stay whatever the case is.
constexpr const char* kOther = "kmsKeys:\n  unrelated: { descripton: x }\n";
const std::set<std::string> kOtherFindings = {"SK010 other.yaml:2:3", "MF002 other.yaml:2:16"};

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

std::size_t count_nodes(const Node& root) {
  std::size_t count = 0;
  std::vector<const Node*> open = {&root};
  while (!open.empty()) {
    const Node& node = *open.back();
    open.pop_back();
    ++count;
    for (const Node& item : node.items) {
      open.push_back(&item);
    }
    for (const NodeEntry& entry : node.entries) {
      open.push_back(&entry.value);
    }
  }
  return count;
}

class Played {
 public:
  Played(const HostileCase& hostile, bool counts_rules)
      : hostile_(hostile), counts_rules_(counts_rules || hostile.has("rules")) {
    lay_out(hostile_, root());
  }

  /// What is said of the case alone, and that what is said can be shown.
  Words said() {
    loaded_ = load(paths());
    expect_bounds();
    Words said;
    for (const Finding& finding : loaded_.findings.all()) {
      const Diagnostic& found = finding.diagnostic;
      const bool counts = counts_rules_ || !finding.is_negotiable;
      if (finding.standing == Standing::kOpen && counts && found.severity != Severity::kInfo) {
        EXPECT_FALSE(found.help.empty()) << hostile_.name << ": " << found.id << " has no help";
        EXPECT_FALSE(found.summary.empty() || found.detail.empty()) << hostile_.name;
        said.push_back({found.id, place_of(found), words_of(found)});
      }
    }
    if (hostile_.has("first")) {
      said.resize(std::min<std::size_t>(said.size(), std::stoul(hostile_.get("first"))));
    }
    return said;
  }

  /// The findings of another file are what they are without this one.
  void expect_others_kept() {
    const std::string other = folder_.write("other.yaml", kOther);
    std::vector<std::string> beside = paths();
    beside.push_back(other);
    loaded_ = load(beside);
    std::set<std::string> found;
    for (const Diagnostic& each : loaded_.diagnostics.all()) {
      found.insert(each.id + " " + place_of(each));
    }
    EXPECT_TRUE(
        std::includes(found.begin(), found.end(), kOtherFindings.begin(), kOtherFindings.end())
    ) << hostile_.name
      << " hides the findings of another file\n"
      << render_human(loaded_.diagnostics, Colour::kNever);
  }

 private:
  [[nodiscard]] fs::path root() const { return folder_.file(""); }

  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> named;
    for (const std::string& path : hostile_.all("path")) {
      named.push_back(folder_.file(path));
    }
    if (!named.empty()) {
      return named;
    }
    named.push_back(folder_.file("a.yaml"));
    for (const HostileCase::File& file : hostile_.others) {
      const fs::path name = file.name;
      if (!name.has_parent_path() && name.extension() == ".yaml" && name != "plumbline.yaml") {
        named.push_back(folder_.file(file.name));
      }
    }
    return named;
  }

  [[nodiscard]] Loaded load(const std::vector<std::string>& paths) const {
    Options options;
    options.paths = paths;
    if (hostile_.has("settings")) {
      options.lint.settings = folder_.file(hostile_.get("settings"));
    }
    ManifestOptions manifest;
    manifest.paths = paths;
    manifest.allows_missing_inputs = !hostile_.has("values");
    for (const std::string& input : hostile_.all("input")) {
      const auto equals = input.find('=');
      manifest.input_values[input.substr(0, equals)] = input.substr(equals + 1);
    }
    for (const std::string& variable : hostile_.all("variable")) {
      const auto equals = variable.find('=');
      manifest.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
    return load_and_lint(catalog(), options, manifest);
  }

  [[nodiscard]] std::string without_folder(std::string text) const {
    const std::string prefix = root().string();
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  [[nodiscard]] std::string place_of(const Diagnostic& found) const {
    if (!found.range.is_known()) {
      return "-";
    }
    EXPECT_LE(found.range.begin, found.range.end) << hostile_.name;
    const std::string place =
        fmt::format("{}:{}", found.range.begin.line, found.range.begin.column);
    const std::string name = without_folder(found.range.file->name);
    return name == "a.yaml" ? place : name + ":" + place;
  }

  [[nodiscard]] std::string words_of(const Diagnostic& found) const {
    std::string words = without_folder(printable(found.detail + " → " + found.help));
    std::replace(words.begin(), words.end(), '\n', ' ');
    return words;
  }

  void expect_bounds() const {
    EXPECT_LE(loaded_.findings.all().size(), kMostFindings) << hostile_.name;
    const std::string shown = render_human(loaded_.diagnostics, Colour::kNever);
    EXPECT_LE(shown.size(), kMostShown) << hostile_.name;
    EXPECT_TRUE(std::none_of(shown.begin(), shown.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == '\x7f';
    })) << hostile_.name;
    EXPECT_TRUE(parse_json(show_json(to_json(loaded_.diagnostics)))) << hostile_.name;
    std::size_t nodes = 0;
    for (const auto& document : loaded_.manifest->documents) {
      nodes += count_nodes(*document);
    }
    for (const auto& made : loaded_.manifest->made) {
      nodes += count_nodes(made->value);
    }
    EXPECT_LE(nodes, kMostNodes) << hostile_.name;
  }

  const HostileCase& hostile_;
  bool counts_rules_;
  TestFolder folder_;
  Loaded loaded_;
};

/// Plays a group and returns how many cases it has.
std::size_t play(const std::string& group, bool counts_rules) {
  const std::vector<HostileCase> cases = hostile_cases_said(
      group, {"path", "input", "variable", "values", "settings", "rules", "first"}
  );
  for (const HostileCase& one : cases) {
    SCOPED_TRACE(one.place + " " + one.name);
    Played played(one, counts_rules);
    expect_said(one, played.said());
    played.expect_others_kept();
  }
  return cases.size();
}

TEST(Hostile, BytesThatAreNoYamlAreRefusedWhereTheyAre) {
  EXPECT_GE(play("yaml", false), 180U);
}

TEST(Hostile, ValuesThatFitNoPropertyAreRefusedWhereTheyAre) {
  EXPECT_GE(play("manifest", false), 300U);
}

TEST(Hostile, ReferencesThatLeadNowhereAreRefusedWhereTheyAre) {
  EXPECT_GE(play("references", false), 100U);
}

TEST(Hostile, RulesReadWhatNobodyWouldWrite) {
  EXPECT_GE(play("lint", true), 100U);
}

TEST(Hostile, SettingsThatCannotBeUsedAreSaid) {
  EXPECT_GE(play("settings", true), 40U);
}

}  // namespace
}  // namespace plumbline
