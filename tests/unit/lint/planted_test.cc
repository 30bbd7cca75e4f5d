// Faults planted one at a time in manifests that have none, and manifests that are unusual and
// right: the files of tests/golden/planted and tests/golden/clean say what they are.
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

struct Plant {
  std::string name;
  std::string id;        ///< "": the change is right, and nothing may be found.
  Files stack;           ///< What it is planted in; sound.
  std::string file, at;  ///< Where it is to be found.
  std::set<std::string> also;
  std::map<std::string, ChangeList> changes;  ///< By file.
};

std::vector<fs::path> files_of(const std::string& folder, const std::string& ending) {
  std::vector<fs::path> files;
  const fs::path whole = fs::path(PLUMBLINE_SOURCE_DIR) / "tests/golden" / folder;
  for (const auto& entry : fs::directory_iterator(whole)) {
    if (entry.path().extension() == ending) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Files read_files(const std::vector<fs::path>& paths) {
  Files files;
  for (const fs::path& path : paths) {
    files.emplace_back(path.filename().string(), source_text(path));
  }
  return files;
}

Plant read_head(const std::string& line, const Files& stack) {
  Plant plant;
  plant.stack = stack;
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
  plant.name = stack.front().first + " " + plant.id + plant.name;
  return plant;
}

/// `stack` is what is meant until a line "base FILE" says otherwise, and its first file until a
/// line "in FILE" does.
void read_plants(const fs::path& path, Files stack, std::vector<Plant>& plants) {
  std::istringstream lines(source_text(path));
  std::string file;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("base ")) {
      stack = read_files({path.parent_path() / line.substr(5)});
    } else if (line.starts_with("plant ") || line.starts_with("right ")) {
      plants.push_back(read_head(line, stack));
      file = stack.front().first;
    } else if (line.starts_with("in ")) {
      file = line.substr(3);
    } else if (line.starts_with("at ")) {
      plants.back().file = file;
      plants.back().at = line.substr(3);
    } else if (!plants.empty()) {
      read_change(line, plants.back().changes[file]);
    }
  }
}

/// Each manifest of tests/golden/planted alone, and those of planted/layers together.
std::vector<Files> sound_stacks() {
  std::vector<Files> stacks{read_files(files_of("planted/layers", ".yaml"))};
  for (const fs::path& file : files_of("planted", ".yaml")) {
    stacks.push_back(read_files({file}));
  }
  return stacks;
}

const std::vector<Plant>& plants() {
  static const std::vector<Plant> kPlants = [] {
    std::vector<Plant> read;
    for (const fs::path& list : files_of("planted", ".txt")) {
      read_plants(list, read_files({list.parent_path() / "base.yaml"}), read);
    }
    const Files layers = read_files(files_of("planted/layers", ".yaml"));
    for (const fs::path& list : files_of("planted/layers", ".txt")) {
      read_plants(list, layers, read);
    }
    return read;
  }();
  return kPlants;
}

/// The line of the first place where the text is; 0 for nowhere.
std::size_t line_of(const std::string& text, const std::string& part) {
  const auto at = text.find(part);
  const std::string before = text.substr(0, at == std::string::npos ? 0 : at);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  return at == std::string::npos ? 0 : static_cast<std::size_t>(breaks) + 1;
}

/// Errors and warnings.
void expect_clean(const Files& files) {
  const Linted linted = lint_files(files);
  const Diagnostics all = linted.all();
  EXPECT_EQ(all.count(Severity::kError) + all.count(Severity::kWarning), 0U)
      << render_human(all, Colour::kNever);
}

void expect_found(const Files& files, const Plant& plant, std::size_t line) {
  EXPECT_NE(line, 0U) << plant.at;
  // What is only told may be looked for, too; then its id is among them.
  const Linted linted = lint_files(files);
  const Diagnostics all = linted.all();
  bool is_found = false;
  std::set<std::string> others;
  for (const Diagnostic& finding : all.all()) {
    if (finding.id == plant.id) {
      is_found = is_found || (finding.range.begin.line == line && finding.range.is_known() &&
                              finding.range.file->name == plant.file);
    } else if (finding.severity != Severity::kInfo) {
      others.insert(finding.id);
    }
  }
  EXPECT_TRUE(is_found) << "not found at " << plant.file << ":" << line << "\n"
                        << render_human(all, Colour::kNever);
  EXPECT_EQ(others, plant.also) << render_human(all, Colour::kNever);
}

void check(const Plant& plant) {
  SCOPED_TRACE(plant.name);
  Files files = plant.stack;
  std::size_t line = 0;
  for (auto& [name, text] : files) {
    if (const auto mine = plant.changes.find(name); mine != plant.changes.end()) {
      text = changed(text, mine->second);
    }
    line = name == plant.file ? line_of(text, plant.at) : line;
  }
  if (plant.id.empty()) {
    expect_clean(files);
  } else {
    expect_found(files, plant, line);
  }
}

TEST(Planted, NothingIsWrongBeforeAnythingIsPlanted) {
  std::set<std::string> told;
  for (const Files& stack : sound_stacks()) {
    SCOPED_TRACE(stack.front().first);
    expect_clean(stack);
    const Linted linted = lint_files(stack);
    const Diagnostics all = linted.all();
    for (const Diagnostic& finding : all.all()) {
      told.insert(stack.front().first + " " + finding.id);
    }
  }
  // The network of others is not known, and a proxy may log in as whom somebody makes by hand.
  EXPECT_EQ(
      told,
      (std::set<std::string>{
          "claims.yaml SK012", "existing.yaml RC003", "peered.yaml RC003", "postgres.yaml SK012"})
  );
}

TEST(Planted, EveryFaultIsFoundWhereItIsAndNothingElse) {
  for (const Plant& plant : plants()) {
    check(plant);
  }
  EXPECT_GE(plants().size(), 350U);
}

TEST(Planted, EveryRuleHasAFaultOfItsOwn) {
  std::set<std::string> ids;
  for (const Plant& plant : plants()) {
    ids.insert(plant.id);
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
    expect_clean(read_files({file}));
  }
}

}  // namespace
}  // namespace plumbline
