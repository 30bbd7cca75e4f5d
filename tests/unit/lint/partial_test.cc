// A file of the stack that cannot be read: what it may declare is not known, and nothing that is
// said of the other files may rest on its absence.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/lint/finding_set.h"
#include "controller/lint/lint.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

/// The text from one key at the margin to the next; what stands before the first is a part, too.
std::vector<std::string> parts_of(const fs::path& path) {
  std::ifstream stream(path);
  std::vector<std::string> parts(1);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line[0] >= 'a' && line[0] <= 'z') {
      parts.emplace_back();
    }
    parts.back() += line + "\n";
  }
  return parts;
}

TEST(Partial, StacksAreBlamedForWhatCannotBeReadAlone) {
  const std::unique_ptr<Catalog> catalog = Catalog::embedded();
  const fs::path folder = fs::path(::testing::TempDir()) / "plumbline-partial";
  fs::create_directories(folder / "src");
  const auto parts =
      parts_of(fs::path(PLUMBLINE_SOURCE_DIR) / "examples/lambda-rds-proxy/manifest.yaml");
  ASSERT_GT(parts.size(), 10U);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    SCOPED_TRACE(parts[i]);
    std::string others;
    for (std::size_t j = 0; j < parts.size(); ++j) {
      others += i == j ? "" : parts[j];
    }
    std::ofstream(folder / "a.yaml") << parts[i] << "\nbroken: {\n";
    std::ofstream(folder / "b.yaml") << others;
    ManifestOptions options;
    options.paths = {(folder / "a.yaml").string(), (folder / "b.yaml").string()};
    options.allows_missing_inputs = true;
    Diagnostics found;
    const auto manifest = load_manifest(*catalog, options, found);
    const Graph graph = make_graph(*manifest, found);
    FindingSet findings(
        found, run_lint({*manifest, graph, *catalog}), manifest.get(), "2026-11-20"
    );
    findings.apply_comments();
    found = findings.open();
    EXPECT_EQ(found.count(Severity::kError), 1U) << render_human(found, Colour::kNever);
    EXPECT_EQ(found.count(Severity::kWarning), 0U) << render_human(found, Colour::kNever);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace plumbline
