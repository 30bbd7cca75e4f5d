#include "controller/lint/rules/finding.h"

#include <utility>

namespace plumbline {

namespace {

SourceRange place(const LintContext& context, const Spot& spot) {
  return spot.path.empty() ? spot.resource.entry->key_range
                           : context.manifest.range_of(spot.resource, spot.path);
}

}  // namespace

Diagnostic& Reporting::at(const Spot& spot, std::string detail, const Advice& advice) const {
  Diagnostic& finding = at(place(context_, spot), std::move(detail), advice);
  finding.address = spot.resource.address.to_string();
  return finding;
}

Diagnostic& Reporting::about_choice(const Spot& spot, std::string detail, const Advice& advice)
    const {
  Diagnostic& finding = at(spot, std::move(detail), advice);
  if (!spot.resource.import_id.empty() && finding.severity == Severity::kError) {
    finding.severity = Severity::kWarning;
  }
  return finding;
}

Diagnostic& Reporting::about_credential(const Spot& spot, std::string detail, const Advice& advice)
    const {
  Diagnostic& finding = about_choice(spot, std::move(detail), advice);
  finding.hidden = {finding.range};
  return finding;
}

Diagnostic& Reporting::at(const SourceRange& range, std::string detail, const Advice& advice)
    const {
  Diagnostic finding;
  finding.severity = rule_.severity;
  finding.id = rule_.id;
  finding.summary = rule_.summary;
  finding.detail = std::move(detail);
  if (!rule_.why.empty()) {
    finding.detail += ' ';
    finding.detail += rule_.why;
  }
  finding.range = range;
  advise(finding, advice);
  return out_.add(std::move(finding));
}

Evidence Reporting::evidence(const Spot& spot, std::string text) const {
  return {std::move(text), place(context_, spot)};
}

}  // namespace plumbline
