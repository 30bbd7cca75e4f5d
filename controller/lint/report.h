// Findings in the forms that CI systems read. Text out; nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lint/finding_set.h"

namespace plumbline {

/// Where whoever reads a report looks for the files: paths are told from the root of the
/// repository, wherever lint was started.
struct ReportPlace {
  std::string folder = {};  ///< Absolute: what the names of source files are relative to.
  std::string root = {};    ///< Absolute: the repository's folder, or the same as `folder`.

  /// "examples/manifest.yaml"; nothing for a file outside of the root.
  [[nodiscard]] std::optional<std::string> from_root(const std::string& file) const;
  /// The same, or the name as it was given.
  [[nodiscard]] std::string shown(const std::string& file) const;
};

/// What a report says besides findings.
struct ReportFacts {
  ReportPlace place = {};
  std::vector<std::string> files = {};  ///< All that were judged, by name.
  bool fails = false;                   ///< The command is going to exit with 1.
};

/// SARIF 2.1.0 (OASIS, 2020): one run; what a comment lets be has a suppression, and beside a
/// baseline each result is new or `unchanged`. Columns count code points. No text of the files is
/// in it: a secret may stand there, and reports travel.
std::string render_sarif(const FindingSet& findings, const ReportFacts& facts);
/// JUnit's XML as Jenkins and GitLab read it: a case for each open finding, or one that passed for
/// each file without one. Notes do not fail.
std::string render_junit(const FindingSet& findings, const ReportFacts& facts);
/// GitHub's workflow commands: ::error file=…,line=…::…
std::string render_github(const FindingSet& findings, const ReportFacts& facts);

/// "error", "warning" or `info`, whatever the form calls the last.
std::string_view level_of(Severity severity, std::string_view info);
/// What a form without places for its parts says of a finding.
std::string message_of(const Diagnostic& finding);

}  // namespace plumbline
