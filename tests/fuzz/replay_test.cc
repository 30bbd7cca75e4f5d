// Every input that ever told something about a parser, read again. A crash or a sanitizer's finding
// ends the program, whatever is too slow fails.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/env.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

namespace fs = std::filesystem;

/// Sanitizers make the slowest input some ten times as slow, and other tests run beside this one.
constexpr std::chrono::seconds kSlowest{1};

std::vector<fs::path> corpus_of(std::string_view target) {
  std::vector<fs::path> inputs;
  for (const auto& entry :
       fs::directory_iterator(fs::path(PLUMBLINE_SOURCE_DIR) / "tests/fuzz/corpus" / target)) {
    inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

class Replay : public ::testing::TestWithParam<Target> {};

TEST_P(Replay, OfEveryInputEndsInTimeWithAValueOrATypedError) {
  const std::vector<fs::path> inputs = corpus_of(GetParam().name);
  ASSERT_FALSE(inputs.empty());
  SystemClock clock;
  GetParam().read("");  // What is made once is not the first input's.
  for (const fs::path& path : inputs) {
    SCOPED_TRACE(path.filename().string());
    const std::string input = read(path);
    const Duration begun = clock.elapsed();
    GetParam().read(input);
    EXPECT_LT(clock.elapsed() - begun, kSlowest);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Corpus,
    Replay,
    ::testing::ValuesIn(targets().begin(), targets().end()),
    [](const auto& test) { return std::string(test.param.name); }
);

TEST(Corpus, HasAFolderForEachTargetAndNoOther) {
  std::vector<std::string> folders, names;
  for (const auto& entry :
       fs::directory_iterator(fs::path(PLUMBLINE_SOURCE_DIR) / "tests/fuzz/corpus")) {
    folders.push_back(entry.path().filename().string());
  }
  for (const Target& target : targets()) {
    names.emplace_back(target.name);
  }
  std::sort(folders.begin(), folders.end());
  EXPECT_EQ(folders, names);
}

}  // namespace
}  // namespace plumbline::fuzz
