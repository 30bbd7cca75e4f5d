// What the house promises and a machine can check, over a Tree (tree.h). Each check is a pure
// function and collects everything it sees; the exceptions are in one list, each with its reason
// (allowed.cc).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/tidy/tree.h"

namespace plumbline::tidy {

struct Finding {
  std::string check;
  std::string path;
  std::size_t line = 0;
  std::string what;  ///< What is wrong.
  std::string next;  ///< What to do.

  [[nodiscard]] std::string text() const;
};
using Findings = std::vector<Finding>;

/// Includes go down the floors; the simulator knows base alone; http sees the snapshot of the
/// engine.
Findings check_floors(const Tree& tree);
/// The header of a library is included where the library lives and nowhere else.
Findings check_libraries(const Tree& tree);
/// A folder links in CMake what it includes, and every .cc is compiled.
Findings check_build(const Tree& tree);
/// Code names no kind, no action of AWS and no section; the simulator does not read schemas/.
Findings check_kinds(const Tree& tree);
/// Clocks, chance, the environment, threads, sleeping, and other words that have one home or none.
Findings check_bans(const Tree& tree);
/// Paths of somebody's machine.
Findings check_paths(const Tree& tree);
/// Lengths of lines, files and functions, numbers of parameters, headers that open with a comment.
Findings check_shape(const Tree& tree);
/// A type that a header of the program defines has its name for itself: to the linker, two of one
/// name and namespace are one, and a destructor of the one runs on the other.
Findings check_types(const Tree& tree);
/// Every rule of lint has a fixture in tests/golden/lint.
Findings check_fixtures(const Tree& tree);

/// All of the above.
Findings check_all(const Tree& tree);

/// One exception: findings of `check` in `path` whose `what` holds `about`.
struct Allowed {
  std::string_view check;
  std::string_view path;
  std::string_view about;
  std::string_view reason;
};
const std::vector<Allowed>& allowed();
bool is_allowed(const Finding& finding);

}  // namespace plumbline::tidy
