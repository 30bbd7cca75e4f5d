// FindingSet: what lint found, and what people decided about it: severities of their own, comments
// that let a finding be, a baseline of what was known before. Values; ranges point into the
// manifest's sources, which must outlive it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/base/result.h"
#include "controller/config/manifest.h"

namespace plumbline {

enum class Standing {
  kOpen,
  kIgnored,  ///< A comment beside it says why.
  kKnown,    ///< In the baseline.
};

struct Finding {
  Diagnostic diagnostic;
  /// People may decide about it: a rule found it. What makes a manifest unusable stays an error.
  bool is_negotiable = false;
  Standing standing = Standing::kOpen;
  std::string reason = {};  ///< Of a comment.
};

/// What `plumbline.yaml` (word `lint:`) or `.plumbline/lint.yaml` says.
struct LintSettings {
  std::string file;  ///< "" when there is none.
  std::optional<Severity> min_severity;
  std::string baseline;  ///< Path, made relative to the settings' folder; "" = none.
  SourceRange baseline_range;
  /// Severity of a rule's findings; nothing = the rule is off.
  std::map<std::string, std::optional<Severity>> rules;
};

/// Reads the settings text; faults of it become diagnostics MF019 with their place.
LintSettings parse_lint_settings(const SourceFile& file, Diagnostics& diagnostics);

/// "error" → kError; nothing for another word.
std::optional<Severity> severity_named(std::string_view word);

class FindingSet {
 public:
  FindingSet() = default;
  /// `loaded` is what loading said, `linted` what run_lint said. `today` is "2026-11-20": comments
  /// that say `until` end after that day.
  FindingSet(Diagnostics loaded, Diagnostics linted, const Manifest* manifest, std::string today);

  /// Off and other severities.
  void apply(const LintSettings& settings);
  /// Comments of the form
  ///   # plumbline:ignore SG008, RC001 until 2027-01-31: the office moves in January
  /// at the end of a line, or alone above one; they count for all that begins on that line.
  /// Comments without a reason, with an unknown id, expired, misplaced, or, when nothing is an
  /// error, without effect become findings MF008.
  void apply_comments();
  /// Baseline text as made by baseline_text(). Error kCorrupt when it is not one.
  Status apply_baseline(std::string_view text);
  /// An error MF019: the baseline that is named at `range`, or by a flag, cannot be used.
  void add_fault(std::string detail, const SourceRange& range);
  /// Drops findings below it.
  void keep_from(Severity least);

  [[nodiscard]] const std::vector<Finding>& all() const { return findings_; }
  /// Of all(), in its order: 16 hex digits each that stay when lines move.
  [[nodiscard]] std::vector<std::string> fingerprints() const;
  [[nodiscard]] std::size_t count(Standing standing) const;
  /// Only what is open, as it is shown.
  [[nodiscard]] Diagnostics open() const;
  /// Everything open or known, as JSON, by fingerprint.
  [[nodiscard]] std::string baseline_text() const;
  /// One was applied: what is not known is new.
  [[nodiscard]] bool has_baseline() const { return has_baseline_; }
  /// Baseline entries that were not found any more.
  [[nodiscard]] std::size_t gone() const { return gone_; }

 private:
  void sort();

  std::vector<Finding> findings_;
  const Manifest* manifest_ = nullptr;
  std::string today_;
  bool has_baseline_ = false;
  std::size_t gone_ = 0;
};

}  // namespace plumbline
