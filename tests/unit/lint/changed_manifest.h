// A working manifest with a few words changed, and what lint says of it: for rules whose cases are
// too many for a folder of fixtures each.
#pragma once

#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "controller/lint/lint.h"

namespace plumbline {

struct Changed {
  std::string_view from, to;
};

/// The findings in the good fixture of a rule after the changes. It must load without any.
inline std::string findings_in(const std::string& rule, const std::vector<Changed>& changes) {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  std::ifstream stream(
      std::string(PLUMBLINE_SOURCE_DIR) + "/tests/golden/lint/" + rule + "/good.yaml"
  );
  std::stringstream read;
  read << stream.rdbuf();
  std::string text = read.str();
  for (const Changed& change : changes) {
    const auto at = text.find(change.from);
    EXPECT_NE(at, std::string::npos) << change.from;
    if (at != std::string::npos) {
      text.replace(at, change.from.size(), change.to);
    }
  }
  Diagnostics loaded;
  ManifestOptions options;
  options.allows_missing_inputs = true;
  const auto manifest = parse_manifest(*kCatalog, "m.yaml", text, options, loaded);
  const Graph graph = make_graph(*manifest, loaded);
  EXPECT_TRUE(loaded.empty()) << render_human(loaded, Colour::kNever);
  std::set<std::string> told;
  const Diagnostics linted = run_lint({*manifest, graph, *kCatalog});
  for (const Diagnostic& finding : linted.all()) {
    told.insert(std::string(name_of(finding.severity)) + " " + finding.id + " " + finding.address);
  }
  std::string all;
  for (const std::string& one : told) {
    all += all.empty() ? one : ", " + one;
  }
  return all;
}

}  // namespace plumbline
