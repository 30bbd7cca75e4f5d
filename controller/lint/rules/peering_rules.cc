// Rules about peerings: what keeps one from carrying the connections that need it.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

std::string name_of(const Topology& topology, Index network) {
  return topology.networks()[network].name();
}

bool are_in_one_place(const Resource& one, const Resource& other) {
  return one.account == other.account && one.region == other.region;
}

/// "account `data`, eu-west-3"
std::string place_of(const Resource& resource) {
  return fmt::format(
      "{}, {}",
      resource.account.empty() ? "the stack's own account"
                               : fmt::format("account `{}`", resource.account),
      resource.region
  );
}

/// EC2 lets it fail, whoever uses it.
void check_overlap(const Reporting& reporting, const Peering& peering) {
  const Topology& topology = reporting.context().facts->topology;
  if (!peering.overlaps) {
    return;
  }
  const std::string address = peering.resource->address.to_string();
  Diagnostic& finding = reporting.at(
      {*peering.resource, "peerVpc"},
      fmt::format(
          "The ranges of `{}` and `{}` overlap, so that EC2 lets `{}` fail.",
          name_of(topology, peering.network),
          name_of(topology, peering.peer),
          address
      ),
      "give one of the networks other ranges, or join them by an endpoint service instead"
  );
  for (const Index side : {peering.network, peering.peer}) {
    const Network& network = topology.networks()[side];
    finding.evidence.push_back(reporting.evidence(
        {*network.resource, "cidrBlock"}, fmt::format("the range of `{}`", network.name())
    ));
  }
}

/// Only the side that was asked can accept.
void check_accepter(const Reporting& reporting, const Resource& accepter) {
  const Topology& topology = reporting.context().facts->topology;
  const Resource* peering = topology.target(accepter.properties.get("vpcPeeringConnection"));
  const Resource* peer =
      peering == nullptr ? nullptr : topology.target(peering->properties.get("peerVpc"));
  if (peer == nullptr || peer->address.section != "vpcs") {
    return;
  }
  const Resource* named = topology.target(peering->properties.get("vpc"));
  const Resource& asker = named == nullptr ? *peering : *named;
  const std::string address = accepter.address.to_string();
  if (are_in_one_place(asker, *peer)) {
    Diagnostic& finding = reporting.at(
        {accepter, "vpcPeeringConnection"},
        fmt::format(
            "Both sides of `{}` are in {}, where its own block accepts it; `{}` would wait in "
            "vain.",
            peering->address.to_string(),
            place_of(*peer),
            address
        ),
        fmt::format("remove {}", address)
    );
    finding.evidence.push_back(reporting.evidence({*peering, "peerVpc"}, "the other network"));
  } else if (!are_in_one_place(accepter, *peer)) {
    Diagnostic& finding = reporting.at(
        {accepter, ""},
        fmt::format(
            "`{}` accepts in {}, but the network that was asked, `{}`, is in {}; EC2 refuses with "
            "OperationNotPermitted.",
            address,
            place_of(accepter),
            peer->address.to_string(),
            place_of(*peer)
        ),
        "give the accepter the account and region of that network"
    );
    finding.evidence.push_back(reporting.evidence({*peer, ""}, "the network that was asked"));
  }
}

/// A connection needs it, and nobody accepts it.
void check_acceptance(
    const Reporting& reporting,
    const Hop& hop,
    const Peering& peering,
    std::set<const Resource*>& seen
) {
  if (!seen.insert(peering.resource).second) {
    return;
  }
  const std::string& name = peering.resource->address.name;
  Diagnostic& finding = reporting.at(
      {*peering.resource, "peerVpc"},
      fmt::format(
          "`{}` reaches `{}` over `{}`, which the other side must accept, and nothing here does.",
          hop.source.name,
          hop.target.name,
          peering.resource->address.to_string()
      ),
      fmt::format(
          "add `vpcPeeringAccepters: {{ {0}: {{ vpcPeeringConnection: {0} }} }}` with the account "
          "and region of the other network",
          name
      )
  );
  add_chain(reporting, hop, finding);
}

/// As a route to it would say it.
std::string range_of(const Reporting& reporting, const End& end) {
  const Network& network = reporting.context().facts->topology.networks()[end.network];
  const std::string range =
      network.resource == nullptr ? "" : network.resource->properties.text_of("cidrBlock");
  return range.empty() ? "RANGE" : range;
}

/// The way there or back is not over the peering. The first that is missing of a hop; of many hops
/// with one table, the first hop.
void check_routes(
    const Reporting& reporting,
    const Hop& hop,
    const Peering& peering,
    std::set<std::pair<const Resource*, const Resource*>>& seen
) {
  for (const Stage stage : {Stage::kRoute, Stage::kRouteBack}) {
    const Check& check = hop.at(stage);
    if (check.verdict != Verdict::kBlocked || check.stopped.resource == nullptr) {
      continue;
    }
    const Resource& table = *check.stopped.resource;
    if (!seen.emplace(&table, peering.resource).second) {
      return;
    }
    const bool is_back = stage == Stage::kRouteBack;
    Diagnostic& finding = reporting.at(
        {table, check.stopped.path},
        fmt::format(
            "`{}` {} `{}` over `{}`: {}.",
            hop.source.name,
            is_back ? "gets no answer from" : "cannot reach",
            hop.target.name,
            peering.resource->address.to_string(),
            check.stopped.text
        ),
        fmt::format(
            "add `{{ destination: {}, vpcPeeringConnection: {} }}` to the route table of the "
            "subnets of "
            "`{}`",
            range_of(reporting, is_back ? hop.source : hop.target),
            peering.resource->address.name,
            is_back ? hop.target.name : hop.source.name
        )
    );
    finding.evidence.push_back(reporting.evidence({*peering.resource, ""}, "the peering"));
    add_chain(reporting, hop, finding);
    return;
  }
}

}  // namespace

void nw011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Peering& peering : topology.peerings()) {
    if (!peering.resource->existing) {
      check_overlap(reporting, peering);
    }
  }
  for (const Resource* accepter : created(context, "vpcPeeringAccepters")) {
    check_accepter(reporting, *accepter);
  }
  std::set<const Resource*> unaccepted;
  std::set<std::pair<const Resource*, const Resource*>> unrouted;
  for (const Hop& hop : context.facts->hops) {
    const Peering* peering = topology.peering_between(hop.source.network, hop.target.network);
    if (hop.is_denied || hop.is_past_proxy || peering == nullptr || peering->overlaps) {
      continue;
    }
    if (peering->is_accepted == Answer::kNo) {
      check_acceptance(reporting, hop, *peering, unaccepted);
    } else {
      check_routes(reporting, hop, *peering, unrouted);
    }
  }
}

}  // namespace plumbline::checks
