// What a command said, for tests: the program's own entry with nobody at the terminal; and texts
// held against files in tests/golden/cli (PLUMBLINE_UPDATE_GOLDENS=1 writes them anew).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "controller/cli/commands.h"

namespace plumbline {

struct Said {
  int status = 0;
  std::string out, err;
};

inline Said say(const std::vector<std::string>& words) {
  Said said;
  Terminal terminal(said.out, said.err);
  said.status = run_command_line(words, terminal);
  return said;
}

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(PLUMBLINE_SOURCE_DIR) + "/tests/golden/cli/" + name;
  if (std::getenv("PLUMBLINE_UPDATE_GOLDENS") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string golden((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_EQ(text, golden) << path;
}

inline void expect_has(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\nlacks: " << part;
}

/// A private folder that goes with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = ::testing::TempDir() + "plumbline-cli-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace plumbline
