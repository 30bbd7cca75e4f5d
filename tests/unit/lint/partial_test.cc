// A file of the stack that cannot be read: what it may declare is not known, and nothing that is
// said of the other files may rest on its absence.
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/lint/finding_set.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

/// The text from one key at the margin to the next; what stands before the first is a part, too.
std::vector<std::string> parts_of(const std::string& text) {
  std::istringstream stream(text);
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
  const auto parts = parts_of(source_text("examples/lambda-rds-proxy/manifest.yaml"));
  ASSERT_GT(parts.size(), 10U);
  // Its code lies there; the two files do not.
  const std::string folder = PLUMBLINE_SOURCE_DIR "/examples/lambda-rds-proxy/";
  for (std::size_t i = 1; i < parts.size(); ++i) {
    SCOPED_TRACE(parts[i]);
    std::string others;
    for (std::size_t j = 0; j < parts.size(); ++j) {
      others += i == j ? "" : parts[j];
    }
    const Linted linted = lint_files({{"a.yaml", parts[i] + "\nbroken: {\n"}, {"b.yaml", others}});
    FindingSet findings(linted.loaded, linted.found, linted.manifest.get(), "2026-11-20");
    findings.apply_comments();
    const Diagnostics found = findings.open();
    EXPECT_EQ(found.count(Severity::kError), 1U) << render_human(found, Colour::kNever);
    EXPECT_EQ(found.count(Severity::kWarning), 0U) << render_human(found, Colour::kNever);
  }
}

}  // namespace
}  // namespace plumbline
