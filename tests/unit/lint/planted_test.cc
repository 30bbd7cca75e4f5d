// Faults planted one at a time in manifests that have none, and manifests that are unusual and
// right: the files of tests/golden/planted and tests/golden/clean say what they are.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/lint/lint.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

struct Plant {
  std::string name, at, base;
  std::string id;  ///< "": the change is right, and nothing may be found.
  std::set<std::string> also;
  std::vector<std::pair<std::string, std::string>> changes;
};

fs::path golden(const std::string& folder) {
  return fs::path(PLUMBLINE_SOURCE_DIR) / "tests/golden" / folder;
}

std::string read_text(const fs::path& path) {
  std::ifstream stream(path);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<fs::path> files_of(const std::string& folder, const std::string& ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(golden(folder))) {
    if (entry.path().extension() == ending) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string with_breaks(std::string text) {
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) {
    text.replace(at, 2, "\n");
  }
  return text;
}

Plant read_head(const std::string& line, const std::string& base) {
  Plant plant;
  plant.base = base;
  std::istringstream words(line);
  std::string word;
  words >> word;
  if (word == "plant") {
    words >> plant.id;
  }
  while (words >> word && word != "|") {
    plant.also.insert(word);
  }
  std::getline(words, plant.name);
  plant.name = base + " " + plant.id + plant.name;
  return plant;
}

std::vector<Plant> read_plants(const fs::path& path) {
  std::vector<Plant> plants;
  std::istringstream lines(read_text(path));
  std::string base = "base.yaml";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("base ")) {
      base = line.substr(5);
    } else if (line.starts_with("plant ") || line.starts_with("right ")) {
      plants.push_back(read_head(line, base));
    } else if (line.starts_with("at ")) {
      plants.back().at = line.substr(3);
    } else if (line.starts_with("- ")) {
      plants.back().changes.emplace_back(with_breaks(line.substr(2)), "");
    } else if (line.starts_with("+ ")) {
      plants.back().changes.back().second = with_breaks(line.substr(2));
    }
  }
  return plants;
}

std::string planted(const std::string& base, const Plant& plant) {
  std::string text = base;
  for (const auto& [from, to] : plant.changes) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

/// The line of the first place where the text is; 0 for nowhere.
std::size_t line_of(const std::string& text, const std::string& part) {
  const auto at = text.find(part);
  const std::string before = text.substr(0, at == std::string::npos ? 0 : at);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  return at == std::string::npos ? 0 : static_cast<std::size_t>(breaks) + 1;
}

/// What loading and lint say from `least` on. The findings point into the manifest.
struct Judged {
  std::shared_ptr<const Manifest> manifest;
  Diagnostics findings;
};

Judged judge(const std::string& text, Severity least) {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  Judged judged;
  Diagnostics all;
  ManifestOptions options;
  options.allows_missing_inputs = true;
  judged.manifest = parse_manifest(*kCatalog, "m.yaml", text, options, all);
  const Graph graph = make_graph(*judged.manifest, all);
  const Diagnostics linted = run_lint({*judged.manifest, graph, *kCatalog});
  for (const auto* one : std::initializer_list<const Diagnostics*>{&all, &linted}) {
    for (const Diagnostic& finding : one->all()) {
      if (finding.severity <= least) {
        judged.findings.add(finding);
      }
    }
  }
  return judged;
}

void check(const Plant& plant) {
  SCOPED_TRACE(plant.name);
  const std::string text = planted(read_text(golden("planted") / plant.base), plant);
  if (plant.id.empty()) {
    const Judged judged = judge(text, Severity::kWarning);
    EXPECT_TRUE(judged.findings.empty()) << render_human(judged.findings, Colour::kNever);
    return;
  }
  const std::size_t line = line_of(text, plant.at);
  EXPECT_NE(line, 0U) << plant.at;
  // What is only told may be looked for, too; then its id is among them.
  const Judged judged = judge(text, Severity::kInfo);
  const Diagnostics& findings = judged.findings;
  bool is_found = false;
  std::set<std::string> others;
  for (const Diagnostic& finding : findings.all()) {
    if (finding.id == plant.id) {
      is_found = is_found || finding.range.begin.line == line;
    } else if (finding.severity != Severity::kInfo) {
      others.insert(finding.id);
    }
  }
  EXPECT_TRUE(is_found) << "not found at line " << line << "\n"
                        << render_human(findings, Colour::kNever);
  EXPECT_EQ(others, plant.also) << render_human(findings, Colour::kNever);
}

TEST(Planted, NothingIsWrongBeforeAnythingIsPlanted) {
  for (const fs::path& base : files_of("planted", ".yaml")) {
    SCOPED_TRACE(base.filename().string());
    const Judged judged = judge(read_text(base), Severity::kWarning);
    EXPECT_TRUE(judged.findings.empty()) << render_human(judged.findings, Colour::kNever);
  }
}

TEST(Planted, EveryFaultIsFoundWhereItIsAndNothingElse) {
  std::size_t count = 0;
  for (const fs::path& file : files_of("planted", ".txt")) {
    for (const Plant& plant : read_plants(file)) {
      check(plant);
      ++count;
    }
  }
  EXPECT_GE(count, 150U);
}

TEST(Planted, EveryRuleHasAFaultOfItsOwn) {
  std::set<std::string> ids;
  for (const fs::path& file : files_of("planted", ".txt")) {
    for (const Plant& plant : read_plants(file)) {
      ids.insert(plant.id);
    }
  }
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(ids.contains(std::string(rule.id))) << rule.id;
  }
}

TEST(Clean, UnusualManifestsThatAreRightAreLeftAlone) {
  const std::vector<fs::path> files = files_of("clean", ".yaml");
  EXPECT_GE(files.size(), 15U);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename().string());
    const Judged judged = judge(read_text(file), Severity::kWarning);
    EXPECT_TRUE(judged.findings.empty()) << render_human(judged.findings, Colour::kNever);
  }
}

}  // namespace
}  // namespace plumbline
