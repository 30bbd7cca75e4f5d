#include "controller/lint/mender.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "controller/base/edits.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

namespace {

/// More than any manifest needs; each round mends one finding at least, or refuses one.
constexpr int kMostRounds = 1000;

/// The same finding before and after: lines move.
using Key = std::tuple<std::string, std::string, std::string>;

Key key_of(const Diagnostic& finding) {
  return {finding.id, finding.address, finding.detail};
}

using Counts = std::map<Key, std::size_t>;

Counts counts_of(const Judgement& judged) {
  Counts counts;
  for (const Finding& finding : judged.findings.all()) {
    if (finding.standing == Standing::kOpen) {
      ++counts[key_of(finding.diagnostic)];
    }
  }
  return counts;
}

std::size_t count(const Counts& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

bool is_about_the_form(const Diagnostic& finding) {
  return finding.id == kNotWellFormed || finding.id == kOutsideSubset;
}

/// A lighter finding about what a graver one was about.
bool is_relief(const Diagnostic& fresh, const std::vector<const Diagnostic*>& mended) {
  return fresh.severity == Severity::kInfo ||
         std::any_of(mended.begin(), mended.end(), [&](const Diagnostic* old) {
           return old->address == fresh.address && old->severity < fresh.severity;
         });
}

class Mender {
 public:
  Mender(Judgement judged, const MendMeans& means) : judged_(std::move(judged)), means_(means) {}

  /// Until nothing is left that can be mended.
  void run(bool by_rules) {
    refused_.clear();
    bool one_by_one = false;
    for (int round = 0; round < kMostRounds; ++round) {
      const Diagnostics wanted = candidates(by_rules, one_by_one);
      const Mending mending = mend(wanted);
      if (mending.mended.empty()) {
        return;
      }
      auto texts = outcome_.texts;
      for (const auto& [file, text] : mending.texts) {
        texts[file->name] = text;
      }
      Judgement next = means_.judge(texts);
      if (helps(mending.mended, next, by_rules)) {
        record(mending.mended);
        outcome_.texts = std::move(texts);
        judged_ = std::move(next);
      } else if (mending.mended.size() > 1) {
        one_by_one = true;
      } else {
        refused_.insert(key_of(*mending.mended.front()));
      }
    }
  }

  /// Everything that is written was understood, so that what lacks does lack.
  [[nodiscard]] bool is_understood() const {
    const auto& all = judged_.findings.all();
    return judged_.manifest->is_whole && std::none_of(all.begin(), all.end(), [](const Finding& f) {
             return !f.is_negotiable && f.standing == Standing::kOpen &&
                    f.diagnostic.severity == Severity::kError;
           });
  }

  [[nodiscard]] MendOutcome take() { return std::move(outcome_); }

 private:
  [[nodiscard]] bool may_make(const Diagnostic& finding) const {
    return !finding.edits.empty() && !refused_.contains(key_of(finding)) &&
           std::all_of(finding.edits.begin(), finding.edits.end(), [this](const Edit& edit) {
             return means_.may_change(edit.range.file->name);
           });
  }

  /// What is written wrongly comes before what is missing: often nothing lacks then.
  [[nodiscard]] Diagnostics candidates(bool by_rules, bool only_one) const {
    Diagnostics corrected;
    Diagnostics added;
    for (const Finding& finding : judged_.findings.all()) {
      const bool is_of_phase =
          finding.standing == Standing::kOpen && finding.is_negotiable == by_rules;
      if (!is_of_phase || !may_make(finding.diagnostic)) {
        continue;
      }
      const auto& edits = finding.diagnostic.edits;
      const bool corrects = std::none_of(edits.begin(), edits.end(), [](const Edit& edit) {
        return edit.range.begin == edit.range.end;
      });
      Diagnostics& wanted = corrects ? corrected : added;
      if (!only_one || wanted.empty()) {
        wanted.add(finding.diagnostic);
      }
    }
    return corrected.empty() ? added : corrected;
  }

  [[nodiscard]] bool helps(
      const std::vector<const Diagnostic*>& mended, const Judgement& next, bool by_rules
  ) const {
    const Counts before = counts_of(judged_);
    const Counts after = counts_of(next);
    Counts expected = before;
    for (const Diagnostic* finding : mended) {
      --expected[key_of(*finding)];
    }
    const bool are_gone = std::all_of(mended.begin(), mended.end(), [&](const Diagnostic* finding) {
      return count(after, key_of(*finding)) <= expected[key_of(*finding)];
    });
    const auto is_bearable = [&](const Finding& finding) {
      const Diagnostic& fresh = finding.diagnostic;
      const Key key = key_of(fresh);
      return finding.standing != Standing::kOpen || count(after, key) <= count(before, key) ||
             (by_rules ? is_relief(fresh, mended) : !is_about_the_form(fresh));
    };
    const auto& found = next.findings.all();
    return are_gone && std::all_of(found.begin(), found.end(), is_bearable);
  }

  void record(const std::vector<const Diagnostic*>& mended) {
    std::set<std::tuple<std::string, Position, std::string>> told;
    for (const Diagnostic* finding : mended) {
      ++outcome_.mended;
      for (const Edit& edit : finding->edits) {
        const SourceRange& range = edit.range;
        if (told.emplace(range.file->name, range.begin, edit.text).second) {
          outcome_.edits.push_back(
              {range.file->name, range.begin, finding->id, std::string(text_of(range)), edit.text}
          );
        }
      }
    }
  }

  Judgement judged_;
  const MendMeans& means_;
  MendOutcome outcome_;
  std::set<Key> refused_;
};

}  // namespace

MendOutcome mend_all(Judgement judged, const MendMeans& means) {
  Mender mender(std::move(judged), means);
  mender.run(false);
  if (mender.is_understood()) {
    mender.run(true);
  }
  return mender.take();
}

}  // namespace plumbline
