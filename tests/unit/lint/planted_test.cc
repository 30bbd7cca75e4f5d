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
  std::string name, id;
  std::string file, at;  ///< Where it is to be found.
  std::set<std::string> also;
  std::map<std::string, ChangeList> changes;  ///< By file.
};

/// A sound stack and what is planted in it.
struct Bed {
  Files files;
  std::vector<Plant> plants;
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

Plant read_head(const std::string& line) {
  Plant plant;
  std::istringstream words(line);
  std::string word;
  words >> word >> plant.id;
  while (words >> word && word != "|") {
    plant.also.insert(word);
  }
  std::getline(words, plant.name);
  plant.name = plant.id + plant.name;
  return plant;
}

/// `file` is the one that is meant until a line "in FILE" says otherwise.
void read_plants(const fs::path& path, const std::string& first_file, std::vector<Plant>& plants) {
  std::istringstream lines(source_text(path));
  std::string file;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("plant ")) {
      plants.push_back(read_head(line));
      file = first_file;
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

/// One stack for each folder: its files in the order of their names, and the lists beside them.
Bed read_bed(const std::string& folder) {
  Bed bed;
  for (const fs::path& file : files_of(folder, ".yaml")) {
    bed.files.emplace_back(file.filename().string(), source_text(file));
  }
  for (const fs::path& list : files_of(folder, ".txt")) {
    read_plants(list, bed.files.front().first, bed.plants);
  }
  return bed;
}

const std::vector<Bed>& beds() {
  static const std::vector<Bed> kBeds = {read_bed("planted"), read_bed("planted/layers")};
  return kBeds;
}

/// The line of the first place where the text is; 0 for nowhere.
std::size_t line_of(const std::string& text, const std::string& part) {
  const auto at = text.find(part);
  const std::string before = text.substr(0, at == std::string::npos ? 0 : at);
  const auto breaks = std::count(before.begin(), before.end(), '\n');
  return at == std::string::npos ? 0 : static_cast<std::size_t>(breaks) + 1;
}

void check(Files files, const Plant& plant) {
  SCOPED_TRACE(plant.name);
  std::size_t line = 0;
  for (auto& [name, text] : files) {
    if (const auto mine = plant.changes.find(name); mine != plant.changes.end()) {
      text = changed(text, mine->second);
    }
    line = name == plant.file ? line_of(text, plant.at) : line;
  }
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

TEST(Planted, NothingIsWrongBeforeAnythingIsPlanted) {
  for (const Bed& bed : beds()) {
    const Linted linted = lint_files(bed.files);
    EXPECT_TRUE(linted.all().empty()) << render_human(linted.all(), Colour::kNever);
  }
}

TEST(Planted, EveryFaultIsFoundWhereItIsAndNothingElse) {
  std::size_t count = 0;
  for (const Bed& bed : beds()) {
    for (const Plant& plant : bed.plants) {
      check(bed.files, plant);
      ++count;
    }
  }
  EXPECT_GE(count, 150U);
}

TEST(Planted, EveryRuleHasAFaultOfItsOwn) {
  std::set<std::string> ids;
  for (const Bed& bed : beds()) {
    for (const Plant& plant : bed.plants) {
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
    const Linted linted = lint_text(source_text(file));
    const Diagnostics all = linted.all();
    EXPECT_EQ(all.count(Severity::kError) + all.count(Severity::kWarning), 0U)
        << render_human(all, Colour::kNever);
  }
}

}  // namespace
}  // namespace plumbline
