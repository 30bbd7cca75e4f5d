// Rules about hops that must hold: which group stops them, or which network. Each hop is one
// finding for each of its ends, however many connections share it; hops that one rule of a group
// would mend are one finding together.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

bool is_of(const End& end, std::string_view section) {
  return end.resource != nullptr && end.resource->address.section == section;
}

std::string port_text(int port) {
  return port == 0 ? "its port" : fmt::format("port {}", port);
}

/// As a new rule would say it.
std::string port_word(int port) {
  return port == 0 ? "ports: all" : fmt::format("port: {}", port);
}

/// A group both ends wear; kNone when there is none.
Index shared_group(const Hop& hop) {
  for (const Index group : hop.source.groups) {
    if (std::find(hop.target.groups.begin(), hop.target.groups.end(), group) !=
        hop.target.groups.end()) {
      return group;
    }
  }
  return kNone;
}

bool is_proxy_to_database(const Hop& hop) {
  return is_of(hop.source, "dbProxies") && is_of(hop.target, "dbInstances");
}

bool shares_and_is_blocked(const Hop& hop) {
  return is_proxy_to_database(hop) && shared_group(hop) != kNone &&
         hop.at(Stage::kIngress).verdict == Verdict::kBlocked;
}

void add_evidence(const Reporting& reporting, const Hop& hop, Stage stage, Diagnostic& finding) {
  add_chain(reporting, hop, finding);
  for (const End* end : {&hop.source, &hop.target}) {
    if (end->resource != nullptr && !end->groups.empty()) {
      finding.evidence.push_back(reporting.evidence(
          {*end->resource, "securityGroups"}, fmt::format("the groups of `{}`", end->name)
      ));
    }
  }
  for (const NearMiss& near : hop.at(stage).near) {
    const Group& group = reporting.context().facts->topology.groups()[near.group];
    finding.evidence.push_back(reporting.evidence(
        {*group.resource, near.path},
        near.has_port ? "this rule has the port, but another peer"
                      : "this rule has the peer, but another port"
    ));
  }
}

/// The group at the other end by its name; "" when there is none.
std::string peer_group(const Topology& topology, const End& end) {
  return end.groups.empty() ? "" : topology.groups()[end.groups.front()].resource->address.name;
}

/// What a new rule would name: the group at the other end, or its range.
std::string peer_text(const Topology& topology, const End& end) {
  if (!end.groups.empty()) {
    return peer_group(topology, end);
  }
  return end.resource == nullptr ? end.name : "the range of its subnets";
}

/// Whether groups are to be blamed for it at all. Ends that never meet have that as their finding,
/// and no rule of a group would help; a way past a proxy should not be opened.
bool is_for_groups(const Hop& hop) {
  return !hop.is_denied && !hop.is_past_proxy && hop.network != Verdict::kBlocked;
}

/// Hops that the same rule of the same group would mend: such as those of what one template made.
/// In the order of their firsts.
std::vector<std::vector<const Hop*>> by_cure(const std::vector<const Hop*>& hops, bool is_ingress) {
  std::map<std::tuple<Index, Index, int>, std::size_t> places;
  std::vector<std::vector<const Hop*>> all;
  for (const Hop* hop : hops) {
    const End& own = is_ingress ? hop->target : hop->source;
    const End& other = is_ingress ? hop->source : hop->target;
    const bool is_alone = other.groups.empty();
    const auto key =
        std::tuple(own.groups.front(), is_alone ? kNone : other.groups.front(), hop->port);
    const auto found = places.find(key);
    if (is_alone || found == places.end()) {
      places.emplace(key, all.size());
      all.push_back({hop});
    } else {
      all[found->second].push_back(hop);
    }
  }
  return all;
}

/// The groups of one end stop the hops: the target's, or the source's.
void report_blocked(
    const Reporting& reporting, const std::vector<const Hop*>& blocked, bool is_ingress
) {
  const Topology& topology = reporting.context().facts->topology;
  const std::string_view direction = is_ingress ? "ingress" : "egress";
  for (const auto& hops : by_cure(blocked, is_ingress)) {
    const Hop& hop = *hops.front();
    const End& own = is_ingress ? hop.target : hop.source;
    const End& other = is_ingress ? hop.source : hop.target;
    const Resource& group = *topology.groups()[own.groups.front()].resource;
    Diagnostic& finding = reporting.at(
        {group, direction},
        fmt::format(
            "`{}` cannot reach {} of `{}`: no {} rule of {}'s groups {}.",
            hop.source.name,
            port_text(hop.port),
            hop.target.name,
            direction,
            own.name,
            is_ingress ? "admits it" : "lets it out there"
        ),
        fmt::format(
            "add `{{ {}, {}: {} }}` to {}.{}",
            port_word(hop.port),
            is_ingress ? "from" : "to",
            peer_text(topology, other),
            group.address.to_string(),
            direction
        )
    );
    finding.edits = open_port(group, direction, hop.port, peer_group(topology, other));
    add_evidence(reporting, hop, is_ingress ? Stage::kIngress : Stage::kEgress, finding);
    add_others(hops, finding);
  }
}

bool are_in_two_regions(const Resource& proxy, const Resource& database) {
  return !proxy.region.empty() && !database.region.empty() && proxy.region != database.region;
}

/// RDS takes no target of another network, whatever joins the two.
bool are_in_two_networks(const Topology& topology, const Hop& hop) {
  return hop.network == Verdict::kBlocked ||
         topology.peering_between(hop.source.network, hop.target.network) != nullptr;
}

bool are_in_one_place(const Resource& proxy, const Resource& database) {
  return !are_in_two_regions(proxy, database) && proxy.account == database.account;
}

/// A proxy is made in its database's own account and Region, or not at all.
void check_region(const Reporting& reporting, const Resource& proxy, const Resource& database) {
  if (are_in_one_place(proxy, database)) {
    return;
  }
  const bool is_elsewhere = are_in_two_regions(proxy, database);
  Diagnostic& finding = reporting.at(
      {proxy, is_elsewhere ? "region" : "account"},
      is_elsewhere ? fmt::format(
                         "`{}` is in {}, but its target `{}` in {}.",
                         proxy.address.to_string(),
                         proxy.region,
                         database.address.to_string(),
                         database.region
                     )
                   : fmt::format(
                         "`{}` and its target `{}` are in different accounts.",
                         proxy.address.to_string(),
                         database.address.to_string()
                     ),
      "make the proxy where its database is"
  );
  finding.summary = "the proxy and its target are not in one place";
  finding.evidence.push_back(
      reporting.evidence({database, is_elsewhere ? "region" : "account"}, "the database")
  );
}

}  // namespace

void sg001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || !shares_and_is_blocked(hop)) {
      continue;
    }
    const Resource& group = *context.facts->topology.groups()[shared_group(hop)].resource;
    Diagnostic& finding = reporting.at(
        {*hop.source.resource, "securityGroups"},
        fmt::format(
            "`{}` and `{}` share `{}`, and no rule lets its members reach each other on {}.",
            hop.source.name,
            hop.target.name,
            group.address.to_string(),
            port_text(hop.port)
        ),
        fmt::format(
            "give the proxy a group of its own and let {0} admit it, or add "
            "`{{ {1}, from: self }}` to {0}.ingress",
            group.address.to_string(),
            port_word(hop.port)
        )
    );
    finding.edits = open_port(group, "ingress", hop.port, "self");
    finding.evidence.push_back(reporting.evidence({group, "ingress"}, "the group's rules"));
    add_evidence(reporting, hop, Stage::kIngress, finding);
  }
}

void sg002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || !is_proxy_to_database(hop) || shared_group(hop) == kNone ||
        hop.at(Stage::kIngress).verdict != Verdict::kReach) {
      continue;
    }
    const Resource& group = *context.facts->topology.groups()[shared_group(hop)].resource;
    Diagnostic& finding = reporting.at(
        {*hop.source.resource, "securityGroups"},
        fmt::format(
            "`{}` and `{}` share `{}`.", hop.source.name, hop.target.name, group.address.to_string()
        ),
        fmt::format(
            "give the proxy a group of its own and let {} admit it", group.address.to_string()
        )
    );
    add_evidence(reporting, hop, Stage::kIngress, finding);
  }
}

void sg003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::vector<const Hop*> blocked;
  for (const Hop& hop : context.facts->hops) {
    if (is_for_groups(hop) && is_of(hop.target, "dbInstances") && !shares_and_is_blocked(hop) &&
        hop.at(Stage::kIngress).verdict == Verdict::kBlocked && !hop.target.groups.empty()) {
      blocked.push_back(&hop);
    }
  }
  report_blocked(reporting, blocked, true);
}

void sg004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::vector<const Hop*> blocked;
  for (const Hop& hop : context.facts->hops) {
    // Who cannot get to the network at all has that as its finding.
    const bool is_proxy = is_of(hop.target, "dbProxies") || is_of(hop.target, "dbProxyEndpoints");
    if (is_for_groups(hop) && is_proxy && hop.source.is_in_network &&
        hop.at(Stage::kIngress).verdict == Verdict::kBlocked && !hop.target.groups.empty()) {
      blocked.push_back(&hop);
    }
  }
  report_blocked(reporting, blocked, true);
}

void sg005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::vector<const Hop*> blocked;
  for (const Hop& hop : context.facts->hops) {
    if (is_for_groups(hop) && hop.at(Stage::kEgress).verdict == Verdict::kBlocked &&
        !hop.source.groups.empty()) {
      blocked.push_back(&hop);
    }
  }
  report_blocked(reporting, blocked, false);
}

void px002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      check_region(reporting, *proxy, *database);
    }
  }
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || !is_proxy_to_database(hop) || !are_in_two_networks(topology, hop) ||
        !are_in_one_place(*hop.source.resource, *hop.target.resource)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*hop.source.resource, "subnets"},
        fmt::format(
            "`{}` lives in `{}`, but its target `{}` in `{}`.",
            hop.source.name,
            topology.networks()[hop.source.network].name(),
            hop.target.name,
            topology.networks()[hop.target.network].name()
        ),
        fmt::format(
            "give the proxy subnets and groups of `{}`",
            topology.networks()[hop.target.network].name()
        )
    );
    finding.evidence.push_back({hop.because, hop.origin});
    finding.evidence.push_back(
        reporting.evidence({*hop.target.resource, "dbSubnetGroup"}, "where the database lives")
    );
  }
}

namespace {

/// The resolver of a network answers two addresses above its first one, and at this one, to those
/// inside alone ("Amazon DNS server", VPC user guide).
constexpr std::string_view kResolver = "169.254.169.253";

/// Whose resolver the address is; "" when nobody's that is known.
std::string network_of_resolver(const Topology& topology, const std::string& address) {
  const auto one = parse_cidr4(address + "/32");
  for (const Network& network : topology.networks()) {
    if (one && !network.ranges.empty() && network.ranges.front().first + 2 == one->first) {
      return fmt::format("the resolver of `{}`", network.name());
    }
  }
  return address == kResolver ? "the resolver of a network" : "";
}

}  // namespace

void lm001_resolvers(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* function : topology.section("functions")) {
    const Value& told = function->properties.get("environment");
    if (function->existing || !told.is_object() || topology.place_of(*function)->is_in_network) {
      continue;
    }
    for (const Member& variable : told.as_object()) {
      const bool is_text = variable.value.is_text() || variable.value.is_secret();
      const std::string whose =
          is_text ? network_of_resolver(topology, std::string(variable.value.reveal())) : "";
      if (whose.empty()) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*function, ""},
          fmt::format(
              "`{}` has no subnets, so it cannot ask {}.", function->address.to_string(), whose
          ),
          "add `subnets:` and `securityGroups:` of that network"
      );
      finding.evidence.push_back(
          reporting.evidence({*function, "environment." + variable.key}, "the address it is told")
      );
    }
  }
}

void lm001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  lm001_resolvers(rule, context, out);
  const Reporting reporting(rule, context, out);
  std::set<const Resource*> seen;
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || hop.source.resource == nullptr || hop.source.is_in_network ||
        is_of(hop.target, "functions") || hop.network != Verdict::kBlocked ||
        !seen.insert(hop.source.resource).second) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*hop.source.resource, ""},
        fmt::format(
            "`{}` has no subnets, so it cannot reach `{}`, which has private addresses alone.",
            hop.source.name,
            hop.target.name
        ),
        "add `subnets:` and `securityGroups:` of the same network"
    );
    finding.evidence.push_back({hop.because, hop.origin});
  }
}

}  // namespace plumbline::checks
