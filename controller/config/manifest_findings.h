// The findings a manifest can cause while it is read and wired: stable id, severity and summary in
// one table, so that the same fault reads the same wherever it is found. Lint has its own rules.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"

namespace plumbline {

// What a person wrote is not YAML, or not the YAML that is read here.
inline constexpr std::string_view kNotWellFormed = "MF001";
inline constexpr std::string_view kUnknownWord = "MF002";
inline constexpr std::string_view kMissing = "MF003";
inline constexpr std::string_view kWrongType = "MF004";
inline constexpr std::string_view kBadName = "MF005";
// MF006, MF007, MF008 and MF019 belong to lint.
inline constexpr std::string_view kNotAllowed = "MF009";
inline constexpr std::string_view kReadOnlyDeclared = "MF010";
inline constexpr std::string_view kInputMissing = "MF011";
inline constexpr std::string_view kInputUnused = "MF012";
inline constexpr std::string_view kSecretInText = "MF013";
inline constexpr std::string_view kUnreadable = "MF014";
inline constexpr std::string_view kOutsideSubset = "MF015";
inline constexpr std::string_view kBadInterpolation = "MF016";
inline constexpr std::string_view kContradiction = "MF017";
inline constexpr std::string_view kUseless = "MF018";
inline constexpr std::string_view kUndeclared = "RF001";
inline constexpr std::string_view kWrongAttribute = "RF002";
inline constexpr std::string_view kCycle = "RF003";
// RF004 to RF007 belong to lint.
inline constexpr std::string_view kClaimedTwice = "RF008";

/// One row of the table.
struct FindingKind {
  std::string_view id;
  Severity severity;
  std::string_view summary;
};
std::span<const FindingKind> finding_kinds();

/// A finding of the table; `detail` is about this case, `help` says what to do.
Diagnostic make_finding(
    std::string_view id, const SourceRange& range, std::string detail, std::string help
);

/// Without findings that repeat what another one of the same place says: a template at fault is at
/// fault for every key.
Diagnostics without_repeats(const Diagnostics& diagnostics);

/// "did you mean `x`?" when something near is known, else `otherwise`.
std::string suggest(
    std::string_view word, const std::vector<std::string>& candidates, std::string otherwise
);

/// "`a`, `b` or `c`".
std::string enumerate(const std::vector<std::string>& words);

/// The text in backticks, cut when it is long.
std::string in_ticks(std::string_view text);

}  // namespace plumbline
