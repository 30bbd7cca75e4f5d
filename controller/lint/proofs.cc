#include "controller/lint/proofs.h"

#include <fmt/format.h>

#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/identity.h"

namespace plumbline {

namespace {

std::string_view mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kReach:
      return "✓";
    case Verdict::kUnknown:
      return "?";
    case Verdict::kPartial:
      return "~";
    case Verdict::kBlocked:
      break;
  }
  return "✗";
}

std::string_view mark_of(Answer answer) {
  return answer == Answer::kYes ? "✓" : answer == Answer::kNo ? "✗" : "?";
}

std::string line(std::string_view mark, const std::string& text, const SourceRange& range) {
  if (!range.is_known()) {
    return fmt::format("  {} {}\n", mark, text);
  }
  return fmt::format("  {} {} ({})\n", mark, text, range.to_string());
}

std::vector<IdentityStep> identity_of(
    const Manifest& manifest, const Topology& topology, const Hop& hop
) {
  if (hop.source.resource == nullptr || hop.target.resource == nullptr) {
    return {};
  }
  // The proxy logs in at its target, the client at the proxy.
  auto steps = prove_proxy_identity(manifest, topology, *hop.source.resource);
  const auto client =
      prove_client_identity(manifest, topology, *hop.source.resource, *hop.target.resource);
  steps.insert(steps.end(), client.begin(), client.end());
  return steps;
}

}  // namespace

std::string render_proofs(const Manifest& manifest) {
  const LintFacts facts(manifest);
  std::string text;
  for (const Hop& hop : facts.hops) {
    if (hop.is_decided) {
      continue;
    }
    text += fmt::format(
        "{}: {} {} {}{}\n",
        outcome_of(hop),
        hop.source.name,
        hop.is_denied ? "must not reach" : "→",
        hop.target.name,
        hop.port == 0 ? "" : fmt::format(":{}", hop.port)
    );
    for (const Decision& decision : chain_of(manifest, hop)) {
      text += line(mark_of(decision.verdict), decision.text, decision.range);
    }
    if (hop.verdict() == Verdict::kPartial) {
      text += fmt::format("  {}\n", describe_witness(hop));
    }
    for (const IdentityStep& step : identity_of(manifest, facts.topology, hop)) {
      text += line(mark_of(step.holds), step.text, step.range);
    }
  }
  return text.empty() ? "no connections\n" : text;
}

}  // namespace plumbline
