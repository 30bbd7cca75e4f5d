#include "controller/config/manifest_findings.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"

namespace plumbline {

namespace {

constexpr auto kRows = std::to_array<FindingKind>({
    {kNotWellFormed, Severity::kError, "the YAML is not well-formed"},
    {kUnknownWord, Severity::kError, "unknown kind, property or word"},
    {kMissing, Severity::kError, "a required value is missing"},
    {kWrongType, Severity::kError, "the value has the wrong type"},
    {kBadName, Severity::kError, "the name breaks a limit"},
    {kNotAllowed, Severity::kError, "the value is not allowed"},
    {kReadOnlyDeclared, Severity::kError, "a read-only property is declared"},
    {kInputMissing, Severity::kError, "an input has no value"},
    {kInputUnused, Severity::kWarning, "an input is never used"},
    {kSecretInText, Severity::kWarning, "a sensitive value is written in the manifest"},
    {kUnreadable, Severity::kError, "the manifest cannot be read"},
    {kOutsideSubset, Severity::kError, "the YAML is outside the accepted subset"},
    {kBadInterpolation, Severity::kError, "the interpolation cannot be read"},
    {kContradiction, Severity::kError, "a block contradicts another"},
    {kUseless, Severity::kWarning, "a block does nothing"},
    {kUndeclared, Severity::kError, "reference to something that is not declared"},
    {kWrongAttribute, Severity::kError, "reference to an attribute that does not exist"},
    {kCycle, Severity::kError, "resources need each other in a cycle"},
    {kClaimedTwice, Severity::kError, "two resources claim what only one of them can have"},
});

}  // namespace

std::span<const FindingKind> finding_kinds() {
  return kRows;
}

void advise(Diagnostic& finding, const Advice& advice) {
  finding.help = advice.help;
  if (!advice.instead.empty()) {
    finding.edits = advice.is_bare ? replace_scalar(finding.range, advice.written, advice.instead)
                                   : replace_word(finding.range, advice.written, advice.instead);
  }
}

Diagnostic make_finding(
    std::string_view id, const SourceRange& range, std::string detail, const Advice& advice
) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [&](const FindingKind& r) { return r.id == id; });
  PLUMBLINE_CHECK(row != kRows.end());
  Diagnostic finding;
  finding.severity = row->severity;
  finding.id = row->id;
  finding.summary = row->summary;
  finding.detail = std::move(detail);
  finding.range = range;
  advise(finding, advice);
  return finding;
}

Diagnostics without_repeats(const Diagnostics& diagnostics) {
  using Key = std::tuple<const SourceFile*, Position, Position, std::string_view, std::string>;
  std::set<Key> told;
  Diagnostics out;
  for (const Diagnostic& one : diagnostics.all()) {
    const SourceRange& range = one.range;
    std::string detail = one.detail;
    if (const auto at = detail.find(one.address); !one.address.empty() && at != std::string::npos) {
      detail.erase(at, one.address.size());
    }
    if (!range.is_known() ||
        told.emplace(range.file, range.begin, range.end, one.id, std::move(detail)).second) {
      out.add(one);
    }
  }
  return out;
}

Advice suggest(
    std::string_view word, const std::vector<std::string>& candidates, std::string otherwise
) {
  auto near = nearest(word, candidates);
  const bool is_by_letters = near.has_value();
  // `description` may be meant for `dbSubnetGroupDescription`, which is far by letters.
  constexpr std::size_t kTelling = 4;
  for (std::size_t i = 0; !near && word.size() >= kTelling && i < candidates.size(); ++i) {
    if (to_lower(candidates[i]).ends_with(to_lower(word))) {
      near = candidates[i];
    }
  }
  if (!near) {
    return {std::move(otherwise)};
  }
  // Of two that are as near a person decides.
  const std::size_t distance = edit_distance(word, *near);
  const auto other = std::find_if(candidates.begin(), candidates.end(), [&](const auto& one) {
    return is_by_letters && one != *near && edit_distance(word, one) == distance;
  });
  return other == candidates.end()
             ? Advice(fmt::format("did you mean `{}`?", *near), word, *near)
             : Advice(fmt::format("did you mean `{}` or `{}`?", *near, *other));
}

Advice suggest_key(
    const Node& map,
    std::string_view key,
    const std::vector<std::string>& candidates,
    std::string otherwise
) {
  Advice advice = suggest(key, candidates, std::move(otherwise));
  if (map.find(advice.instead) != nullptr) {
    advice.instead.clear();
  }
  // A letter of another script may look like the one that is meant.
  const auto* const odd = std::find_if(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80;
  });
  if (odd != key.end()) {
    const auto before = static_cast<std::size_t>(odd - key.begin());
    advice.help +=
        fmt::format("; character {} is not an ASCII one", code_points(key.substr(0, before)) + 1);
  }
  return advice;
}

std::string enumerate(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      out += i + 1 == words.size() ? " or " : ", ";
    }
    out += fmt::format("`{}`", words[i]);
  }
  return out;
}

std::string in_ticks(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::size_t end = std::min(text.size(), kLongest);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  // A line end is shown as it would be written: what is quoted stays on its line.
  std::string shown;
  for (const char c : text.substr(0, end)) {
    shown += c == '\n' ? "\\n" : std::string(1, c);
  }
  return fmt::format("`{}{}`", shown, end < text.size() ? "…" : "");
}

}  // namespace plumbline
