// `plumbline lint --fix` on files: what it writes, what it says, and what it leaves alone.
#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

#include "controller/base/json.h"
#include "controller/cli/mending.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBad =
    "stack: shop # the shop\r\nregion: eu-west-3\r\nvpcs:\r\n"
    "  main: { cidrBlok: 10.0.0.0/16, enableDnsSupport: yes }";
constexpr const char* kGood =
    "stack: shop # the shop\r\nregion: eu-west-3\r\nvpcs:\r\n"
    "  main: { cidrBlock: 10.0.0.0/16, enableDnsSupport: true }";

class LintFix : public ::testing::Test {
 protected:
  static std::string read(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static mode_t mode_of(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_mode & 07777U;
  }
  [[nodiscard]] std::size_t files() const {
    const fs::path folder = fs::path(folder_.file("x")).parent_path();
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator())
    );
  }

  TestFolder folder_;
};

TEST_F(LintFix, MendsInPlaceSaysWhatItDidAndReportsTheRest) {
  const std::string path = folder_.write("m.yaml", kBad);
  const Said said = say({"lint", "--fix", path});
  EXPECT_EQ(read(path), kGood);
  expect_has(said.out, path + ":4: MF002 cidrBlok → cidrBlock\n");
  expect_has(said.out, path + ":4: MF004 yes → true\n");
  expect_has(said.out, "2 findings mended in 1 files.\n");
  EXPECT_EQ(said.out.find("error["), std::string::npos) << said.out;
  EXPECT_EQ(files(), 1U);
}

TEST_F(LintFix, ChangesNothingTheSecondTime) {
  const std::string path = folder_.write("m.yaml", kBad);
  const Said first = say({"lint", "--fix", path});
  const Said second = say({"lint", "--fix", path});
  EXPECT_EQ(read(path), kGood);
  EXPECT_EQ(second.out.find("mended"), std::string::npos);
  EXPECT_EQ(second.status, first.status);
}

TEST_F(LintFix, IsAnnouncedByLintAlone) {
  const std::string path = folder_.write("m.yaml", kBad);
  const Said said = say({"lint", path});
  EXPECT_EQ(said.status, 1);
  expect_has(said.out, "; --fix can mend 2.\n");
  EXPECT_EQ(read(path), kBad);
}

TEST_F(LintFix, KeepsTheModeAndTheLink) {
  const std::string path = folder_.write("m.yaml", kBad);
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const std::string link = folder_.file("link.yaml");
  fs::create_symlink("m.yaml", link);
  say({"lint", "--fix", link});
  EXPECT_EQ(read(path), kGood);
  EXPECT_EQ(mode_of(path), 0640U);
  EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(LintFix, LeavesAFileWithTwoNamesAlone) {
  const std::string path = folder_.write("m.yaml", kBad);
  const std::string link = folder_.file("link.yaml");
  fs::create_symlink("m.yaml", link);
  say({"lint", "--fix", path, link});
  EXPECT_EQ(read(path), kBad);
}

TEST_F(LintFix, KeepsMachineFormatsClean) {
  const std::string path = folder_.write("m.yaml", kBad);
  const Said said = say({"lint", "--fix", "--format", "json", path});
  const auto json = parse_json(said.out);
  ASSERT_TRUE(json) << said.out;
  expect_has(said.err, "cidrBlok → cidrBlock");
  EXPECT_EQ(read(path), kGood);
}

TEST_F(LintFix, ListsTheEditsOfEachFindingInJson) {
  const std::string path = folder_.write("m.yaml", kBad);
  const auto json = parse_json(say({"lint", "--format", "json", path}).out);
  ASSERT_TRUE(json);
  const List& found = json->get("findings").as_list();
  const auto misspelled = std::find_if(found.begin(), found.end(), [](const Value& finding) {
    return finding.text_of("id") == "MF002";
  });
  ASSERT_NE(misspelled, found.end());
  EXPECT_EQ(
      show_json(misspelled->get("fixes")),
      R"([{"range":{"file":")" + path +
          R"(","line":4,"column":11,"endLine":4,"endColumn":19},"text":"cidrBlock"}])"
  );
}

TEST_F(LintFix, WritesNoFileThatNeedsNothing) {
  const std::string good = folder_.write("a.yaml", "stack: shop\nregion: eu-west-3\n");
  const std::string bad = folder_.write("b.yaml", "vpcs: { main: { cidrBlok: 10.0.0.0/16 } }\n");
  ASSERT_EQ(chmod(good.c_str(), 0444), 0);
  const auto before = fs::last_write_time(good);
  say({"lint", "--fix", good, bad});
  EXPECT_EQ(fs::last_write_time(good), before);
  expect_has(read(bad), "cidrBlock");
}

TEST_F(LintFix, LeavesABrokenFileAsItIs) {
  const std::string path = folder_.write("m.yaml", "stack: shop\nvpcs: { main: [ }\n");
  EXPECT_EQ(say({"lint", "--fix", path}).status, 1);
  EXPECT_EQ(read(path), "stack: shop\nvpcs: { main: [ }\n");
}

TEST_F(LintFix, SaysWhyAFileCannotBeReplaced) {
  const Status gone = replace_file(folder_.file("none.yaml"), "x");
  ASSERT_FALSE(gone);
  expect_has(gone.error().message, "is gone");
  const Status folder = replace_file(fs::path(folder_.file("x")).parent_path().string(), "x");
  ASSERT_FALSE(folder);
  expect_has(folder.error().message, "may not be written");
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace plumbline
