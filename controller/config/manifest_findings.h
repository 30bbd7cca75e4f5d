// The findings a manifest can cause while it is read and wired: stable id, severity and summary in
// one table, so that the same fault reads the same wherever it is found. Lint has its own rules.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/config/node.h"

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

/// What to do about a finding: said, and where that is all it takes, the text to write.
struct Advice {
  std::string help;
  std::string written;   ///< The word at fault.
  std::string instead;   ///< "" when nothing can be put there without asking.
  bool is_bare = false;  ///< In no quotes, though the word may be in some: a number, true or false.

  Advice(std::string text) : help(std::move(text)) {}  // NOLINT: most advice is words alone
  Advice(const char* text) : help(text) {}             // NOLINT
  Advice(std::string text, std::string_view at_fault, std::string_view replacement)
      : help(std::move(text)), written(at_fault), instead(replacement) {}
};

/// Gives a finding its help, and the edit when what is written at its range is what is at fault.
void advise(Diagnostic& finding, const Advice& advice);

/// A finding of the table; `detail` is about this case, `advice` says what to do.
Diagnostic make_finding(
    std::string_view id, const SourceRange& range, std::string detail, const Advice& advice
);

/// Without findings that repeat what another one of the same place says: a template at fault is at
/// fault for every key.
Diagnostics without_repeats(const Diagnostics& diagnostics);

/// "did you mean `x`?" and x instead of the word when something near is known, else `otherwise`.
Advice suggest(
    std::string_view word, const std::vector<std::string>& candidates, std::string otherwise
);

/// The same for a key of `map`; the key is left to a person when `map` has x, too.
Advice suggest_key(
    const Node& map,
    std::string_view key,
    const std::vector<std::string>& candidates,
    std::string otherwise
);

/// "`a`, `b` or `c`".
std::string enumerate(const std::vector<std::string>& words);

/// The text in backticks, cut when it is long.
std::string in_ticks(std::string_view text);

}  // namespace plumbline
