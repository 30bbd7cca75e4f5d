// Rules about declared connections as a whole: what no rule about a group or network names.
#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// The internet counts as let in when this many of its addresses are: an office's range is not it.
constexpr std::uint64_t kWideOpen = std::uint64_t{1} << 24U;

std::string_view section_of(const End& end) {
  return end.resource == nullptr ? std::string_view() : end.resource->address.section;
}

/// Whether SG003 or SG004 names a blocked ingress.
bool has_ingress_rule(const Hop& hop) {
  const std::string_view section = section_of(hop.target);
  return !hop.target.groups.empty() && (section == "dbInstances" || section == "dbProxies");
}

int listening_port(const Hop& hop) {
  const std::string_view section = section_of(hop.target);
  if (section == "dbProxies") {
    return proxy_port(*hop.target.resource);
  }
  return section == "dbInstances" ? database_port(*hop.target.resource) : 0;
}

bool has_wrong_port(const Hop& hop) {
  const int actual = listening_port(hop);
  return hop.declared_port != 0 && actual != 0 && hop.declared_port != actual;
}

/// Why a hop is blocked, when no other rule says so; "" when one does.
std::string blocked_reason(const Topology& topology, const Hop& hop) {
  if (section_of(hop.target) == "functions") {
    return "functions accept no connections";
  }
  if (hop.network == Verdict::kBlocked) {
    if (hop.source.network == kNone || hop.target.network == kNone) {
      return hop.source.is_internet ? "it has no public address" : "";
    }
    return section_of(hop.source) == "dbProxies"
               ? ""
               : fmt::format(
                     "`{}` and `{}` are not joined",
                     topology.networks()[hop.source.network].name(),
                     topology.networks()[hop.target.network].name()
                 );
  }
  if (hop.ingress.verdict == Verdict::kBlocked && !has_ingress_rule(hop)) {
    return "no ingress rule at the target lets it in";
  }
  if (has_wrong_port(hop) && section_of(hop.target) == "dbInstances") {
    return fmt::format("it listens on port {}", listening_port(hop));
  }
  return "";
}

}  // namespace

void rc001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied) {
      continue;
    }
    const std::string reason = blocked_reason(context.facts->topology, hop);
    if (!reason.empty()) {
      reporting.at(
          hop.origin,
          fmt::format("`{}` cannot reach `{}`: {}.", hop.source.name, hop.target.name, reason),
          "change the connection, or the place of one of its ends"
      );
    }
  }
}

void rc002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || hop.verdict() != Verdict::kPartial) {
      continue;
    }
    const bool is_ingress = hop.ingress.verdict == Verdict::kPartial;
    const Cover& cover = is_ingress ? hop.ingress : hop.egress;
    const End& left_out = is_ingress ? hop.source : hop.target;
    Diagnostic& finding = reporting.at(
        hop.origin,
        fmt::format(
            "`{}` reaches `{}` from some places only: no {} rule covers {} of `{}`.",
            hop.source.name,
            hop.target.name,
            is_ingress ? "ingress" : "egress",
            print_address(cover.witness),
            left_out.name
        ),
        "name the group instead of ranges, or cover all of its subnets"
    );
    finding.address = hop.is_declared ? "" : hop.source.name;
    for (const NearMiss& near : cover.near) {
      const Resource& group = *context.facts->topology.groups()[near.group].resource;
      finding.evidence.push_back(reporting.evidence({group, near.path}, "this rule comes near"));
    }
  }
}

void rc003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (!hop.is_declared || hop.verdict() != Verdict::kUnknown) {
      continue;
    }
    reporting.at(
        hop.origin,
        fmt::format(
            "Whether `{}` reaches `{}` depends on {}.",
            hop.source.name,
            hop.target.name,
            hop.network == Verdict::kUnknown ? "where they live, which is not all written here"
            : hop.guard == Verdict::kUnknown ? "the entries of a network ACL between them"
                                             : "groups, rules or ports that are not written here"
        ),
        "declare what lies between them, or look at it yourself"
    );
  }
}

void rc005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    const Verdict verdict = hop.verdict();
    const bool is_open =
        verdict == Verdict::kReach || (verdict == Verdict::kPartial &&
                                       (!hop.source.is_internet || hop.ingress.open >= kWideOpen));
    if (!hop.is_denied || !is_open || has_wrong_port(hop)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        hop.origin,
        fmt::format(
            "`{}` can reach `{}`, which the manifest says it must not.",
            hop.source.name,
            hop.target.name
        ),
        "remove the rule that lets it in, or the connection"
    );
    for (const Index index : hop.target.groups) {
      const Resource& group = *context.facts->topology.groups()[index].resource;
      finding.evidence.push_back(reporting.evidence({group, "ingress"}, "the rules at the target"));
    }
  }
}

void rf001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  if (!context.manifest.is_whole) {
    return;
  }
  for (const Connection& connection : context.manifest.connections) {
    for (const std::string* end : {&connection.from, &connection.to}) {
      if (*end == "internet" || end->find('/') != std::string::npos ||
          context.manifest.find(Address::parse(*end)) != nullptr) {
        continue;
      }
      reporting.at(
          connection.range,
          fmt::format("The manifest declares no `{}`.", *end),
          "name a resource such as functions.reader, `internet`, or a CIDR"
      );
    }
  }
}

void px018(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || section_of(hop.target) != "dbProxies" || !has_wrong_port(hop)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        hop.origin,
        fmt::format(
            "`{}` listens on port {}, not on {}.",
            hop.target.name,
            listening_port(hop),
            hop.declared_port
        ),
        fmt::format("write port {}, or leave it out", listening_port(hop))
    );
    finding.evidence.push_back(
        reporting.evidence({*hop.target.resource, "engineFamily"}, "its family decides the port")
    );
  }
  px018_readers(rule, context, out);
}

}  // namespace plumbline::checks
