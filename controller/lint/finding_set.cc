#include "controller/lint/finding_set.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/lint/ignore_comments.h"
#include "controller/lint/lint.h"
#include "controller/lint/own_findings.h"

namespace plumbline {

namespace {

constexpr std::int64_t kBaselineVersion = 1;
constexpr std::size_t kFingerprintDigits = 16;

int rank(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return 0;
    case Severity::kWarning:
      return 1;
    case Severity::kInfo:
      return 2;
  }
  return 2;
}

/// The same finding after lines above it moved: rule, resource and what is written there.
std::string essence_of(const Diagnostic& d) {
  const std::string_view line =
      d.range.is_known() ? trim(line_text(*d.range.file, d.range.begin.line)) : std::string_view();
  return fmt::format("{}\n{}\n{}\n", d.id, d.address, line);
}

}  // namespace

std::optional<Severity> severity_named(std::string_view word) {
  for (const Severity severity : {Severity::kError, Severity::kWarning, Severity::kInfo}) {
    if (word == name_of(severity)) {
      return severity;
    }
  }
  return std::nullopt;
}

FindingSet::FindingSet(
    Diagnostics loaded, Diagnostics linted, const Manifest* manifest, std::string today
)
    : manifest_(manifest), today_(std::move(today)) {
  for (Diagnostic& diagnostic : loaded.take()) {
    findings_.push_back({.diagnostic = std::move(diagnostic)});
  }
  for (Diagnostic& diagnostic : linted.take()) {
    const bool is_negotiable = find_rule(diagnostic.id) != nullptr;
    findings_.push_back({.diagnostic = std::move(diagnostic), .is_negotiable = is_negotiable});
  }
  sort();
}

void FindingSet::sort() {
  const auto key = [](const Finding& finding) {
    const Diagnostic& d = finding.diagnostic;
    return std::tuple(
        d.range.is_known() ? std::string_view(d.range.file->name) : std::string_view(),
        d.range.begin,
        std::string_view(d.id)
    );
  };
  const auto before = [&](const Finding& a, const Finding& b) { return key(a) < key(b); };
  if (!std::is_sorted(findings_.begin(), findings_.end(), before)) {
    std::stable_sort(findings_.begin(), findings_.end(), before);
  }
}

/// Two equal findings (the same line twice) are told apart by their order.
std::vector<std::string> FindingSet::fingerprints() const {
  std::vector<std::string> out;
  out.reserve(findings_.size());
  std::map<std::string, int> seen;
  for (const Finding& finding : findings_) {
    const std::string essence = essence_of(finding.diagnostic);
    const int number = seen[essence]++;
    out.push_back(sha256_hex(fmt::format("{}{}", essence, number)).substr(0, kFingerprintDigits));
  }
  return out;
}

void FindingSet::apply(const LintSettings& settings) {
  const auto is_off = [&](Finding& finding) {
    const auto found = settings.rules.find(finding.diagnostic.id);
    if (found == settings.rules.end() || !finding.is_negotiable) {
      return false;
    }
    if (found->second) {
      finding.diagnostic.severity = *found->second;
    }
    return !found->second.has_value();
  };
  findings_.erase(std::remove_if(findings_.begin(), findings_.end(), is_off), findings_.end());
}

void FindingSet::apply_comments() {
  if (manifest_ == nullptr) {
    return;
  }
  std::vector<IgnoreComment> comments = read_ignore_comments(*manifest_);
  for (Finding& finding : findings_) {
    if (!finding.is_negotiable) {
      continue;
    }
    for (IgnoreComment& comment : comments) {
      if (!comment.reason.empty() && !comment.is_over(today_) &&
          comment.covers(finding.diagnostic)) {
        comment.used.insert(finding.diagnostic.id);
        finding.standing = Standing::kIgnored;
        finding.reason = comment.reason;
      }
    }
  }
  bool has_error = false;
  std::set<std::string> open_ids;
  for (const Finding& finding : findings_) {
    if (finding.standing == Standing::kOpen) {
      has_error = has_error || finding.diagnostic.severity == Severity::kError;
      open_ids.insert(finding.diagnostic.id);
    }
  }
  // An error often takes from other rules what they would find; what is found elsewhere is not
  // taken away.
  const auto is_judged = [&](const std::string& id) { return !has_error || open_ids.contains(id); };
  Diagnostics faults;
  for (const IgnoreComment& comment : comments) {
    // What it hides may be in a file that cannot be read.
    if (manifest_->is_whole) {
      comment.report(today_, is_judged, faults);
    }
  }
  for (Diagnostic& fault : faults.take()) {
    findings_.push_back({.diagnostic = std::move(fault)});
  }
  sort();
}

Status FindingSet::apply_baseline(std::string_view text) {
  const auto parsed = parse_json(text);
  const bool is_baseline = parsed && parsed->is_object() &&
                           parsed->get("version") == Value(kBaselineVersion) &&
                           parsed->get("findings").is_list() &&
                           std::all_of(
                               parsed->get("findings").as_list().begin(),
                               parsed->get("findings").as_list().end(),
                               [](const Value& entry) { return entry.get("fingerprint").is_text(); }
                           );
  if (!is_baseline) {
    return Error{
        ErrorClass::kCorrupt,
        "NoBaseline",
        "it is no baseline; `plumbline lint --write-baseline FILE` makes one",
        "",
        0};
  }
  std::set<std::string> known;
  for (const Value& entry : parsed->get("findings").as_list()) {
    known.insert(entry.text_of("fingerprint"));
  }
  std::set<std::string> found;
  const std::vector<std::string> marks = fingerprints();
  for (std::size_t i = 0; i < findings_.size(); ++i) {
    if (!known.contains(marks[i])) {
      continue;
    }
    found.insert(marks[i]);
    Finding& finding = findings_[i];
    if (finding.standing == Standing::kOpen && finding.is_negotiable) {
      finding.standing = Standing::kKnown;
    }
  }
  has_baseline_ = true;
  gone_ = known.size() - found.size();
  return Done{};
}

void FindingSet::add_fault(std::string detail, const SourceRange& range) {
  Diagnostic fault;
  fault.id = kBadSettings.id;
  fault.summary = kBadSettings.summary;
  fault.detail = std::move(detail);
  fault.help = "name a baseline that `plumbline lint --write-baseline FILE` made";
  fault.range = range;
  findings_.push_back({.diagnostic = std::move(fault)});
  sort();
}

void FindingSet::keep_from(Severity least) {
  findings_.erase(
      std::remove_if(
          findings_.begin(),
          findings_.end(),
          [&](const Finding& finding) { return rank(finding.diagnostic.severity) > rank(least); }
      ),
      findings_.end()
  );
}

std::size_t FindingSet::count(Standing standing) const {
  return static_cast<std::size_t>(std::count_if(
      findings_.begin(),
      findings_.end(),
      [&](const Finding& finding) { return finding.standing == standing; }
  ));
}

Diagnostics FindingSet::open() const {
  Diagnostics out;
  // What is let be stays hidden in the excerpts of what is not.
  std::vector<SourceRange> hidden;
  for (const Finding& finding : findings_) {
    const Diagnostic& one = finding.diagnostic;
    hidden.insert(hidden.end(), one.hidden.begin(), one.hidden.end());
  }
  for (const Finding& finding : findings_) {
    if (finding.standing == Standing::kOpen) {
      out.add(finding.diagnostic).hidden = std::exchange(hidden, {});
    }
  }
  out.sort();
  return out;
}

std::string FindingSet::baseline_text() const {
  std::map<std::string, Value> entries;
  const std::vector<std::string> marks = fingerprints();
  for (std::size_t i = 0; i < findings_.size(); ++i) {
    const Finding& finding = findings_[i];
    if (finding.standing != Standing::kIgnored && finding.is_negotiable) {
      entries[marks[i]] = Value::object(
          {{"fingerprint", marks[i]},
           {"id", finding.diagnostic.id},
           {"address", finding.diagnostic.address}}
      );
    }
  }
  List list;
  for (auto& [fingerprint, entry] : entries) {
    list.push_back(std::move(entry));
  }
  const Value whole = Value::object({{"version", kBaselineVersion}, {"findings", list}});
  return show_json(whole, JsonStyle::kPretty) + "\n";
}

}  // namespace plumbline
