// A working manifest with a few words changed, and what lint says of it: for rules whose cases are
// too many for a folder of fixtures each.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/lint/lint_text.h"

namespace plumbline {

struct Changed {
  std::string_view from, to;
};

/// The findings in the good fixture of a rule after the changes. It must load without any.
inline std::string findings_in(const std::string& rule, const std::vector<Changed>& changes) {
  const Linted linted =
      lint_text(changed(source_text("tests/golden/lint/" + rule + "/good.yaml"), changes));
  EXPECT_TRUE(linted.loaded.empty()) << render_human(linted.loaded, Colour::kNever);
  std::set<std::string> told;
  for (const Diagnostic& finding : linted.found.all()) {
    told.insert(std::string(name_of(finding.severity)) + " " + finding.id + " " + finding.address);
  }
  std::string all;
  for (const std::string& one : told) {
    all += all.empty() ? one : ", " + one;
  }
  return all;
}

}  // namespace plumbline
