// Reference data that lives beside the repository: published vectors and protocol cases. Tests
// only. Where it is missing, the tests that need it are skipped and say so.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace plumbline {

inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("PLUMBLINE_SHARED");
  return named != nullptr ? named : PLUMBLINE_SOURCE_DIR "/../shared";
}

/// The whole file; "" when it is missing.
inline std::string read_shared(const std::filesystem::path& path) {
  std::ifstream file(shared_folder() / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace plumbline

#define PLUMBLINE_NEEDS_SHARED(path)                                                      \
  if (!std::filesystem::exists(plumbline::shared_folder() / (path))) {                    \
    GTEST_SKIP() << "reference data not found: " << (plumbline::shared_folder() / (path)) \
                 << "; set PLUMBLINE_SHARED";                                             \
  }
