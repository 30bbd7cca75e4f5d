// Findings in the forms that CI systems read. Text out; nothing else.
#pragma once

#include <string>
#include <vector>

#include "controller/lint/finding_set.h"

namespace plumbline {

/// SARIF 2.1.0 (OASIS, 2020): one run; what a comment lets be has a suppression, what the baseline
/// knows is `unchanged`. Columns count code points.
std::string render_sarif(const FindingSet& findings);
/// JUnit's XML as Jenkins and GitLab read it: a case for each open finding, or one that passed for
/// each of `files` without one. Notes do not fail.
std::string render_junit(const FindingSet& findings, const std::vector<std::string>& files);
/// GitHub's workflow commands: ::error file=…,line=…::…
std::string render_github(const FindingSet& findings);

}  // namespace plumbline
