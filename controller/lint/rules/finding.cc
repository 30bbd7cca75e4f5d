#include "controller/lint/rules/finding.h"

#include <utility>

namespace plumbline {

namespace {

/// The key whose value begins at `range`, in the map or below it; null when there is none.
const NodeEntry* key_of(const Node& node, const SourceRange& range) {
  for (const NodeEntry& entry : node.entries) {
    if (entry.value.range.file == range.file && entry.value.range.begin == range.begin) {
      return &entry;
    }
    if (const NodeEntry* found = key_of(entry.value, range)) {
      return found;
    }
  }
  for (const Node& item : node.items) {
    if (const NodeEntry* found = key_of(item, range)) {
      return found;
    }
  }
  return nullptr;
}

/// Of a map that begins below its key, such as a policy, the key: its first line says something
/// else.
SourceRange place(const LintContext& context, const Spot& spot) {
  if (spot.path.empty()) {
    return spot.resource.entry->key_range;
  }
  const SourceRange range = context.manifest.range_of(spot.resource, spot.path);
  const NodeEntry* key = key_of(spot.resource.entry->value, range);
  const bool is_below = key != nullptr && key->value.is_map() &&
                        key->key_range.file == range.file &&
                        key->key_range.begin.line < range.begin.line;
  return is_below ? key->key_range : range;
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
