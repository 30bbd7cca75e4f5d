// Rules about network ACLs on the path of a connection. What one ACL loses in one place is one
// finding, however many connections lose it.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/settled.h"

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

/// What of one ACL, in one direction, hops lose alike.
struct Loss {
  Stage stage;
  std::vector<const Hop*> hops;
};

bool is_incoming(Stage stage) {
  return stage == Stage::kAclIn || stage == Stage::kAclBackIn;
}

bool is_answer(Stage stage) {
  return stage == Stage::kAclBackOut || stage == Stage::kAclBackIn;
}

/// The addresses of the other ends, each once: the sources' where packets come from them, or go
/// back to them.
std::vector<std::string> ranges_of(const LintContext& context, const Loss& loss) {
  const Topology& topology = context.facts->topology;
  const bool is_to_source = loss.stage == Stage::kAclIn || loss.stage == Stage::kAclBackOut;
  std::vector<std::string> ranges;
  const auto add = [&](std::string text) {
    if (std::find(ranges.begin(), ranges.end(), text) == ranges.end()) {
      ranges.push_back(std::move(text));
    }
  };
  for (const Hop* hop : loss.hops) {
    const End& other = is_to_source ? hop->source : hop->target;
    bool has_any = false;
    for (const Site& site : other.sites) {
      const Resource* subnet =
          site.subnet == kNone ? nullptr : topology.subnets()[site.subnet].resource;
      if (subnet != nullptr && !subnet->existing && !other.is_outside) {
        const Value& written = subnet->properties.get("cidrBlock");
        add(settled_text(context.manifest, written).value_or(fmt::format("range of {}", other.name))
        );
        has_any = true;
      }
    }
    if (!has_any) {
      add(other.is_outside ? "0.0.0.0/0" : fmt::format("range of {}", other.name));
    }
  }
  return ranges;
}

std::string ports_text(const Loss& loss) {
  const Hop& hop = *loss.hops.front();
  if (!is_answer(loss.stage)) {
    return hop.port == 0 ? "ports: all" : fmt::format("port: {}", hop.port);
  }
  PortRange ports = hop.source.source_ports;
  for (const Hop* other : loss.hops) {
    ports.first = std::min(ports.first, other->source.source_ports.first);
    ports.last = std::max(ports.last, other->source.source_ports.last);
  }
  return fmt::format("ports: {}-{}", ports.first, ports.last);
}

/// The entries that would let the packets of a stage pass: each takes one range.
std::string entries_text(const LintContext& context, const Loss& loss) {
  const Topology& topology = context.facts->topology;
  const Cause& stopped = loss.hops.front()->at(loss.stage).stopped;
  std::int64_t number = 0;
  for (const Acl& acl : topology.acls()) {
    if (acl.resource == stopped.resource) {
      number = free_number(acl, is_incoming(loss.stage), stopped.path);
    }
  }
  std::string text;
  for (const std::string& range : ranges_of(context, loss)) {
    text += fmt::format(
        "{}`{{ ruleNumber: {}, ruleAction: allow, {}, {}: {} }}`",
        text.empty() ? "" : " and ",
        number > 0 ? std::to_string(number++) : "a lower one",
        ports_text(loss),
        is_incoming(loss.stage) ? "from" : "to",
        range
    );
  }
  return text;
}

/// Where packets are turned away. An entry that denies everything at the end is what stands there
/// anyway: not it is wrong, but what is before it.
std::string_view place_of(const Topology& topology, const Cause& stopped, bool is_ingress) {
  for (const Acl& acl : topology.acls()) {
    const std::vector<AclEntry>& entries = is_ingress ? acl.ingress : acl.egress;
    if (acl.resource == stopped.resource && !entries.empty() &&
        entries.back().path == stopped.path && entries.back().is_of_everything()) {
      return is_ingress ? "ingress" : "egress";
    }
  }
  return stopped.path;
}

void report(const Reporting& reporting, const Loss& loss) {
  const Hop& hop = *loss.hops.front();
  const Check& check = hop.at(loss.stage);
  const bool is_whole = hop.flow == Verdict::kBlocked;
  const bool is_ingress = is_incoming(loss.stage);
  const std::string acl = check.stopped.resource->address.to_string();
  const Topology& topology = reporting.context().facts->topology;
  Diagnostic& finding = reporting.at(
      {*check.stopped.resource, place_of(topology, check.stopped, is_ingress)},
      fmt::format(
          "`{}` lets {} from `{}` to `{}` pass: {}.",
          acl,
          is_whole ? "no connection" : "not all connections",
          hop.source.name,
          hop.target.name,
          is_whole || hop.witness.stage != loss.stage ? stage_text(hop, loss.stage)
                                                      : describe_witness(hop)
      ),
      fmt::format(
          "add {} to {}.{}",
          entries_text(reporting.context(), loss),
          acl,
          is_ingress ? "ingress" : "egress"
      )
  );
  add_chain(reporting, hop, finding);
  add_others(loss.hops, finding);
}

/// What is lost where, of all hops; in the order of their firsts.
std::vector<Loss> find_losses(const std::vector<Hop>& hops) {
  std::vector<Loss> losses;
  std::map<std::tuple<const Resource*, Stage, std::string_view, int>, std::size_t> places;
  for (const Hop& hop : hops) {
    const bool is_lost = hop.flow == Verdict::kBlocked || hop.flow == Verdict::kPartial;
    if (hop.is_denied || hop.is_past_proxy || hop.network == Verdict::kBlocked || !is_lost) {
      continue;
    }
    const auto* stage =
        std::find_if(std::begin(kAclStages), std::end(kAclStages), [&](Stage candidate) {
          return is_lossy(hop.at(candidate));
        });
    if (stage == std::end(kAclStages)) {
      continue;
    }
    const Cause& stopped = hop.at(*stage).stopped;
    const int port = is_answer(*stage) ? 0 : hop.port;
    const auto [at, is_new] =
        places.emplace(std::tuple(stopped.resource, *stage, stopped.path, port), losses.size());
    if (is_new) {
      losses.push_back({*stage, {}});
    }
    losses[at->second].hops.push_back(&hop);
  }
  return losses;
}

}  // namespace

void sg006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Loss& loss : find_losses(context.facts->hops)) {
    report(reporting, loss);
  }
}

}  // namespace plumbline::checks
