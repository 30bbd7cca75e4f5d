// What must be said of bad input that people write (tests/support/hostile.h), and the folder that
// it lies in: the input is its a.yaml.
//
//   link NAME TARGET, fifo NAME, folder NAME     what else lies there
//   ! ID LINE:COLUMN words   what must be said, in this order; the place of another file is
//                            NAME:LINE:COLUMN, and - is none
//
// PLUMBLINE_UPDATE_GOLDENS=1 writes the `!` lines anew, for you to read.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/support/hostile.h"

namespace plumbline {

struct HostileSaid {
  std::string id, place, words;
  [[nodiscard]] std::string line() const;
};

/// The cases of a group whose words are the above and these.
std::vector<HostileCase> hostile_cases_said(const std::string& group, std::set<std::string> words);

/// Writes the files of a case, and what else it names, into a folder.
void lay_out(const HostileCase& one, const std::filesystem::path& folder);

/// Holds what was said against what must be; a difference is a failure of the test.
void expect_said(const HostileCase& one, std::vector<HostileSaid> said);

}  // namespace plumbline
