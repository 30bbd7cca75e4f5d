#include "controller/lint/rules/chain.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// What a stage passes by when nobody wrote anything.
std::string_view default_text(Stage stage) {
  return is_acl(stage) ? "the network's default ACL lets everything pass" : "nothing stands there";
}

const Cause& cause_of(const Check& check) {
  switch (check.verdict) {
    case Verdict::kReach:
      return check.passed;
    case Verdict::kUnknown:
      return check.doubted;
    case Verdict::kPartial:
    case Verdict::kBlocked:
      break;
  }
  return check.stopped;
}

Decision decide(const Manifest& manifest, const Hop& hop, Stage stage) {
  const Check& check = hop.at(stage);
  const Cause& cause = cause_of(check);
  Decision decision;
  decision.verdict = check.verdict;
  decision.is_quiet = check.verdict == Verdict::kReach && cause.path.empty();
  if (cause.resource != nullptr) {
    decision.range = manifest.range_of(*cause.resource, cause.path);
  }
  decision.text = fmt::format(
      "{}: {}", stage_text(hop, stage), cause.text.empty() ? default_text(stage) : cause.text
  );
  if (check.verdict != Verdict::kReach && check.blocked > 0 && check.pairs > 1) {
    decision.text += fmt::format(", in {} of {} cases", check.blocked, check.pairs);
  }
  return decision;
}

}  // namespace

std::string stage_text(const Hop& hop, Stage stage) {
  const std::string& source = hop.source.name;
  const std::string& target = hop.target.name;
  switch (stage) {
    case Stage::kEgress:
      return fmt::format("out of the groups of `{}`", source);
    case Stage::kAclOut:
      return fmt::format("out of the subnets of `{}`", source);
    case Stage::kRoute:
      return fmt::format("the way to `{}`", target);
    case Stage::kAclIn:
      return fmt::format("into the subnets of `{}`", target);
    case Stage::kIngress:
      return fmt::format("into the groups of `{}`", target);
    case Stage::kAclBackOut:
      return fmt::format("answers out of the subnets of `{}`", target);
    case Stage::kRouteBack:
      return fmt::format("the way back to `{}`", source);
    case Stage::kAclBackIn:
      break;
  }
  return fmt::format("answers into the subnets of `{}`", source);
}

std::vector<Decision> chain_of(const Manifest& manifest, const Hop& hop) {
  std::vector<Decision> chain;
  chain.push_back({Verdict::kReach, hop.because, hop.origin, false});
  chain.push_back({hop.network, hop.network_text, {}, hop.network == Verdict::kReach});
  for (const Stage stage : kStageOrder) {
    if (chain.back().verdict == Verdict::kBlocked) {
      break;
    }
    if (hop.at(stage).is_met) {
      chain.push_back(decide(manifest, hop, stage));
    }
  }
  return chain;
}

std::string_view outcome_of(const Hop& hop) {
  switch (hop.verdict()) {
    case Verdict::kReach:
      return hop.is_denied ? "refuted" : "proven";
    case Verdict::kBlocked:
      return hop.is_denied ? "proven" : "refuted";
    case Verdict::kPartial:
      return hop.is_denied ? "refuted" : "holds in part";
    case Verdict::kUnknown:
      break;
  }
  return "cannot prove";
}

std::string describe_witness(const Hop& hop) {
  const std::string lost = fmt::format(
      "{}:{} → {}:{} is lost ({}",
      print_address(hop.witness.source),
      hop.witness.source_port,
      print_address(hop.witness.target),
      hop.port == 0 ? "?" : std::to_string(hop.port),
      stage_text(hop, hop.witness.stage)
  );
  if (hop.verdict() == Verdict::kUnknown) {
    return lost + ")";  // How many pass is not known.
  }
  // Rounded so that what passes in part is neither 0 % nor 100 %.
  const double percent = hop.share * 100;
  const double shown = std::min(99.9, std::max(0.1, std::round(percent * 10) / 10));
  return fmt::format("{}; {} % of all packets pass)", lost, shown);
}

void add_others(const std::vector<const Hop*>& hops, Diagnostic& finding) {
  constexpr std::size_t kMostTold = 4;  // The first among them.
  for (std::size_t i = 1; i < std::min(hops.size(), kMostTold); ++i) {
    finding.evidence.push_back(
        {fmt::format("the same from `{}` to `{}`", hops[i]->source.name, hops[i]->target.name),
         hops[i]->origin}
    );
  }
  if (hops.size() > kMostTold) {
    finding.evidence.push_back(
        {fmt::format("and of {} more", hops.size() - kMostTold), hops[kMostTold]->origin}
    );
  }
}

void add_chain(const Reporting& reporting, const Hop& hop, Diagnostic& finding) {
  for (const Decision& decision : chain_of(reporting.context().manifest, hop)) {
    if (!decision.is_quiet) {
      const bool has_place = decision.range.is_known();
      finding.evidence.push_back({decision.text, has_place ? decision.range : hop.origin});
    }
  }
}

}  // namespace plumbline
