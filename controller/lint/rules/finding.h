// Findings of rules: how one is made from a rule and a place in the manifest. Shared by the files
// of this folder; knows no rule and no kind.
#pragma once

#include <string>
#include <string_view>

#include "controller/config/manifest_findings.h"
#include "controller/lint/context.h"

namespace plumbline {

/// What one finding is about.
struct Spot {
  const Resource& resource;
  std::string_view path;  ///< Dotted: "ingress.0.from"; "" is the resource's key.
};

/// Collects the findings of one rule.
class Reporting {
 public:
  Reporting(const Rule& rule, const LintContext& context, Diagnostics& out)
      : rule_(rule), context_(context), out_(out) {}

  /// A finding at the spot: `detail` is about this case and is followed by the rule's `why`;
  /// `advice` says what to write. The reference holds until the next finding is added.
  Diagnostic& at(const Spot& spot, std::string detail, const Advice& advice) const;
  /// The same about what AWS would make without a word. What is taken over is as it is, and its
  /// taking over must not fail for it: a warning there.
  Diagnostic& about_choice(const Spot& spot, std::string detail, const Advice& advice) const;
  /// The same of a credential that stands at the spot: no excerpt shows it.
  Diagnostic& about_credential(const Spot& spot, std::string detail, const Advice& advice) const;
  /// The same at a place that belongs to no resource, such as a connection.
  Diagnostic& at(const SourceRange& range, std::string detail, const Advice& advice) const;
  /// A further place, for the evidence of a finding.
  [[nodiscard]] Evidence evidence(const Spot& spot, std::string text) const;

  [[nodiscard]] const LintContext& context() const { return context_; }

 private:
  const Rule& rule_;
  const LintContext& context_;
  Diagnostics& out_;
};

}  // namespace plumbline
