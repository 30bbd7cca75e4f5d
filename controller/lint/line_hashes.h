// The marks by which GitHub knows a line again after others above it moved. GitHub's own upload
// action adds them to reports that have none; what is uploaded otherwise must bring them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// One for each line of valid UTF-8: a hash of its text and what follows, without blanks, and which
/// of the lines with that hash it is: "c129715d7a2bc9a3:1". Source: github/codeql-action,
/// src/fingerprints.ts, which works on UTF-16 code units.
std::vector<std::string> line_hashes(std::string_view text);

}  // namespace plumbline
