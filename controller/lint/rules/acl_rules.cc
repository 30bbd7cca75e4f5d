// Rules about network ACLs on the path of a connection.
#include <algorithm>

#include <fmt/format.h>

#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

bool is_lossy(const Check& check) {
  return check.is_met &&
         (check.verdict == Verdict::kBlocked || check.verdict == Verdict::kPartial) &&
         check.stopped.resource != nullptr;
}

/// A number for a new entry: before the one that turns packets away, else after all.
std::int64_t free_number(const Acl& acl, bool is_ingress, std::string_view before) {
  const std::vector<AclEntry>& entries = is_ingress ? acl.ingress : acl.egress;
  std::int64_t lowest = 0;
  for (const AclEntry& entry : entries) {
    if (entry.path == before) {
      return entry.number - 1 > lowest ? (entry.number + lowest) / 2 : 0;
    }
    lowest = entry.number;
  }
  return lowest + 10;
}

std::string ranges_text(const Topology& topology, const End& end) {
  std::string text;
  for (const Site& site : end.sites) {
    const Resource* subnet =
        site.subnet == kNone ? nullptr : topology.subnets()[site.subnet].resource;
    if (subnet != nullptr && !subnet->existing) {
      text += (text.empty() ? "" : ", ") + subnet->properties.text_of("cidrBlock");
    }
  }
  return end.is_outside ? "0.0.0.0/0" : text.empty() ? fmt::format("range of {}", end.name) : text;
}

/// The entry that would let the packets of a stage pass.
std::string entry_text(const Topology& topology, const Hop& hop, Stage stage) {
  const Check& check = hop.at(stage);
  const bool is_ingress = stage == Stage::kAclIn || stage == Stage::kAclBackIn;
  const bool is_answer = stage == Stage::kAclBackOut || stage == Stage::kAclBackIn;
  // The addresses of the other end: the source's where packets come from it, or go back to it.
  const bool is_to_source = stage == Stage::kAclIn || stage == Stage::kAclBackOut;
  const End& other = is_to_source ? hop.source : hop.target;
  std::int64_t number = 0;
  for (const Acl& acl : topology.acls()) {
    if (acl.resource == check.stopped.resource) {
      number = free_number(acl, is_ingress, check.stopped.path);
    }
  }
  const std::string ports =
      is_answer
          ? fmt::format("ports: {}-{}", hop.source.source_ports.first, hop.source.source_ports.last)
      : hop.port == 0 ? "ports: all"
                      : fmt::format("port: {}", hop.port);
  return fmt::format(
      "{{ ruleNumber: {}, ruleAction: allow, {}, {}: {} }}",
      number > 0 ? std::to_string(number) : "a lower one",
      ports,
      is_ingress ? "from" : "to",
      ranges_text(topology, other)
  );
}

void report(const Reporting& reporting, const Hop& hop, Stage stage) {
  const Check& check = hop.at(stage);
  const bool is_ingress = stage == Stage::kAclIn || stage == Stage::kAclBackIn;
  const bool is_whole = hop.flow == Verdict::kBlocked;
  const std::string acl = check.stopped.resource->address.to_string();
  Diagnostic& finding = reporting.at(
      {*check.stopped.resource, check.stopped.path},
      fmt::format(
          "`{}` lets {} from `{}` to `{}` pass: {}.",
          acl,
          is_whole ? "no connection" : "not all connections",
          hop.source.name,
          hop.target.name,
          is_whole ? stage_text(hop, stage) : describe_witness(hop)
      ),
      fmt::format(
          "add `{}` to {}.{}",
          entry_text(reporting.context().facts->topology, hop, stage),
          acl,
          is_ingress ? "ingress" : "egress"
      )
  );
  add_chain(reporting, hop, finding);
}

}  // namespace

void sg006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    const bool is_lost = hop.flow == Verdict::kBlocked || hop.flow == Verdict::kPartial;
    if (hop.is_denied || hop.network == Verdict::kBlocked || !is_lost) {
      continue;
    }
    const auto* stage =
        std::find_if(std::begin(kAclStages), std::end(kAclStages), [&](Stage candidate) {
          return is_lossy(hop.at(candidate));
        });
    if (stage != std::end(kAclStages)) {
      report(reporting, hop, *stage);
    }
  }
}

}  // namespace plumbline::checks
