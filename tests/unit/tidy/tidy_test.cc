// The house as it is: no finding but the listed exceptions.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {
namespace {

const Tree& house() {
  static const Tree kHouse = Tree::read(PLUMBLINE_SOURCE_DIR);
  return kHouse;
}

void expect_clean(const Findings& findings) {
  std::string breaches;
  for (const Finding& finding : findings) {
    if (!is_allowed(finding)) {
      breaches += finding.text();
    }
  }
  EXPECT_TRUE(breaches.empty()) << breaches;
}

TEST(Tidy, ReadsTheWholeHouse) {
  EXPECT_NE(house().find("controller/main.cc"), nullptr);
  EXPECT_NE(house().find("schemas/services.yaml"), nullptr);
  EXPECT_NE(house().find("CMakeLists.txt"), nullptr);
  EXPECT_GT(house().product().size(), 200U);
}

TEST(Tidy, IncludesGoDownTheFloors) {
  expect_clean(check_floors(house()));
}

TEST(Tidy, LibrariesAreIncludedAtHome) {
  expect_clean(check_libraries(house()));
}

TEST(Tidy, FoldersLinkWhatTheyIncludeAndCompileWhatTheyHold) {
  expect_clean(check_build(house()));
}

TEST(Tidy, CodeNamesNoKindActionOrSection) {
  expect_clean(check_kinds(house()));
}

TEST(Tidy, BannedWordsStayAway) {
  expect_clean(check_bans(house()));
}

TEST(Tidy, NobodysPathsAreNamed) {
  expect_clean(check_paths(house()));
}

TEST(Tidy, LinesFilesAndFunctionsAreShort) {
  expect_clean(check_shape(house()));
}

TEST(Tidy, TypesHaveTheirNamesForThemselves) {
  expect_clean(check_types(house()));
}

TEST(Tidy, EveryRuleHasAFixture) {
  expect_clean(check_fixtures(house()));
}

TEST(Tidy, EveryExceptionIsStillNeededAndSaysWhy) {
  const Findings findings = check_all(house());
  for (const Allowed& one : allowed()) {
    EXPECT_FALSE(one.reason.empty()) << one.path;
    const bool needed = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
      return one.check == finding.check && one.path == finding.path &&
             finding.what.find(one.about) != std::string::npos;
    });
    EXPECT_TRUE(needed) << one.path << " is excused from \"" << one.about
                        << "\" without need; drop the exception";
  }
}

}  // namespace
}  // namespace plumbline::tidy
