// The whole of the check list, and the exceptions from it. An exception that no longer excuses
// anything fails the test too.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {

std::string Finding::text() const {
  return fmt::format("{}:{}: {} [{}]\n    {}\n", path, line, what, check, next);
}

const std::vector<Allowed>& allowed() {
  static const std::vector<Allowed> kAllowed = {
      {"kinds", "controller/http/server.cc", "names Policy", "a part of an HTTP header's name"},
      {"kinds",
       "controller/config/terraform_state.cc",
       "\"instances\"",
       "a member of Terraform's state file"},
      {"bans", "controller/engine/io.h", "uses sleep(", "a timer of the loop, which blocks nobody"},
  };
  return kAllowed;
}

bool is_allowed(const Finding& finding) {
  return std::any_of(allowed().begin(), allowed().end(), [&](const Allowed& one) {
    return one.check == finding.check && one.path == finding.path &&
           finding.what.find(one.about) != std::string::npos;
  });
}

Findings check_all(const Tree& tree) {
  Findings out;
  for (const auto check :
       {check_floors,
        check_libraries,
        check_build,
        check_kinds,
        check_bans,
        check_paths,
        check_shape,
        check_types,
        check_fixtures}) {
    Findings found = check(tree);
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace plumbline::tidy
