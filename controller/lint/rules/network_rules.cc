// Rules about ranges, zones and networks.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"
#include "controller/lint/rules/settled.h"

namespace plumbline::checks {

namespace {

/// The zones of subnets, when all of them are known and named in the same way.
std::optional<std::set<std::string>> zones_of(const Topology& topology, const Place& place) {
  std::set<std::string> by_name;
  std::set<std::string> by_id;
  for (const Index index : place.subnets) {
    const Subnet& subnet = topology.subnets()[index];
    if (!subnet.zone.empty()) {
      by_name.insert(subnet.zone);
    } else if (!subnet.zone_id.empty()) {
      by_id.insert(subnet.zone_id);
    } else {
      return std::nullopt;
    }
  }
  if (!place.has_all_subnets || (by_name.empty() == by_id.empty())) {
    return std::nullopt;
  }
  return by_name.empty() ? by_id : by_name;
}

/// `fewest`: with fewer subnets it is another finding, or none.
void check_zones(std::string_view section, std::size_t fewest, const Reporting& reporting) {
  const Topology& topology = reporting.context().facts->topology;
  for (const Resource* resource : topology.section(section)) {
    const Place* place = topology.place_of(*resource);
    if (place == nullptr || resource->existing || place->subnets.size() < fewest) {
      continue;
    }
    const auto zones = zones_of(topology, *place);
    if (!zones || zones->size() >= 2) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*resource, "subnets"},
        fmt::format(
            "All subnets of `{}` are in {}.", resource->address.to_string(), *zones->begin()
        ),
        fmt::format("add a subnet of another Availability Zone than {}", *zones->begin())
    );
    for (const Index index : place->subnets) {
      const Resource& subnet = *topology.subnets()[index].resource;
      const bool by_name = !topology.subnets()[index].zone.empty();
      finding.evidence.push_back(reporting.evidence(
          {subnet, by_name ? "availabilityZone" : "availabilityZoneId"},
          fmt::format("`{}` is in {}", subnet.address.to_string(), *zones->begin())
      ));
    }
  }
}

/// Something a resource names, and the network it is in.
struct Membership {
  Index network;
  std::string path;
  const Resource* member;
};

void collect(
    const Resource& resource,
    std::string_view property,
    const Topology& topology,
    std::vector<Membership>& out
) {
  const Value& items = resource.properties.get(property);
  for (std::size_t i = 0; items.is_list() && i < items.size(); ++i) {
    const Resource* member = topology.target(items.as_list()[i]);
    if (member != nullptr && !member->existing) {
      const Index network = topology.network_of(member->properties.get("vpc"));
      if (network != kNone) {
        out.push_back({network, fmt::format("{}.{}", property, i), member});
      }
    }
  }
}

std::vector<Membership> memberships(const Resource& resource, const Topology& topology) {
  std::vector<Membership> all;
  const Resource* subnet = topology.target(resource.properties.get("subnet"));
  if (subnet != nullptr && !subnet->existing && subnet->address.section == "subnets") {
    const Index network = topology.network_of(subnet->properties.get("vpc"));
    if (network != kNone) {
      all.push_back({network, "subnet", subnet});
    }
  }
  collect(resource, "subnets", topology, all);
  if (const Resource* group = topology.target(resource.properties.get("dbSubnetGroup"))) {
    std::vector<Membership> of_group;
    collect(*group, "subnets", topology, of_group);
    if (!of_group.empty()) {
      all.push_back({of_group.front().network, "dbSubnetGroup", group});
    }
  }
  collect(resource, "securityGroups", topology, all);
  return all;
}

std::string network_name(const Topology& topology, Index network) {
  return topology.networks()[network].name();
}

/// What belongs to a network by itself and names subnets: route tables and network ACLs.
void check_own_network(const Reporting& reporting, const Resource& resource) {
  const Topology& topology = reporting.context().facts->topology;
  const Index own = topology.network_of(resource.properties.get("vpc"));
  std::vector<Membership> subnets;
  collect(resource, "subnets", topology, subnets);
  const auto stray = std::find_if(subnets.begin(), subnets.end(), [&](const Membership& one) {
    return topology.are_different(own, one.network);
  });
  if (stray == subnets.end()) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {resource, stray->path},
      fmt::format(
          "`{}` belongs to `{}`, but `{}` to `{}`.",
          resource.address.to_string(),
          network_name(topology, own),
          stray->member->address.to_string(),
          network_name(topology, stray->network)
      ),
      fmt::format("take a subnet of `{}`", network_name(topology, own))
  );
  finding.evidence.push_back(reporting.evidence({resource, "vpc"}, "its own network"));
  finding.evidence.push_back(reporting.evidence({*stray->member, "vpc"}, "the subnet's network"));
}

/// As it is written, or as what it names is.
std::string range_of(const LintContext& context, const Resource& resource) {
  return settled_text(context.manifest, resource.properties.get("cidrBlock")).value_or("");
}

/// RDS Proxy is offered in all Availability Zones but these. From the limitations of RDS Proxy in
/// the RDS user guide, which names this one; read in June 2023.
constexpr std::string_view kZonesWithoutProxy[] = {"use1-az3"};

/// Of a proxy, or of one more endpoint of one.
void check_zones_of_proxy(const Reporting& reporting, const Resource& resource) {
  const Topology& topology = reporting.context().facts->topology;
  const Value& subnets = resource.properties.get("subnets");
  for (std::size_t i = 0; subnets.is_list() && i < subnets.size(); ++i) {
    const Resource* subnet = topology.target(subnets.as_list()[i]);
    const std::string zone =
        subnet == nullptr ? "" : subnet->properties.text_of("availabilityZoneId");
    if (std::find(std::begin(kZonesWithoutProxy), std::end(kZonesWithoutProxy), zone) ==
        std::end(kZonesWithoutProxy)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {resource, fmt::format("subnets.{}", i)},
        fmt::format("`{}` is in {}.", subnet->address.to_string(), zone),
        "take a subnet of another Availability Zone"
    );
    finding.evidence.push_back(
        reporting.evidence({*subnet, "availabilityZoneId"}, "the subnet's zone")
    );
  }
}

}  // namespace

void nw002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Subnet& subnet : topology.subnets()) {
    if (!subnet.range || subnet.network == kNone || subnet.resource->existing) {
      continue;
    }
    const Network& network = topology.networks()[subnet.network];
    const bool is_inside =
        std::any_of(network.ranges.begin(), network.ranges.end(), [&](const AddressRange& range) {
          return range.holds(*subnet.range);
        });
    if (!network.has_all_ranges || is_inside) {
      continue;
    }
    const std::string range = range_of(context, *network.resource);
    Diagnostic& finding = reporting.at(
        {*subnet.resource, "cidrBlock"},
        fmt::format(
            "{} of `{}` is not inside {}, the range of `{}`.",
            range_of(context, *subnet.resource),
            subnet.resource->address.to_string(),
            range,
            network.name()
        ),
        fmt::format("choose a range inside {}", range)
    );
    finding.evidence.push_back(
        reporting.evidence({*network.resource, "cidrBlock"}, "the network's range")
    );
  }
  nw002_addresses(rule, context, out);
}

void nw003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  std::vector<const Subnet*> sorted;
  for (const Subnet& subnet : context.facts->topology.subnets()) {
    if (subnet.range && subnet.network != kNone && !subnet.resource->existing) {
      sorted.push_back(&subnet);
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const Subnet* a, const Subnet* b) {
    return std::tie(a->network, a->range->first) < std::tie(b->network, b->range->first);
  });
  // Of those behind, only the one that reaches farthest can overlap the next.
  const Subnet* farthest = nullptr;
  for (const Subnet* subnet : sorted) {
    const bool is_same = farthest != nullptr && farthest->network == subnet->network;
    if (is_same && farthest->range->overlaps(*subnet->range)) {
      Diagnostic& finding = reporting.at(
          {*subnet->resource, "cidrBlock"},
          fmt::format(
              "{} of `{}` overlaps {} of `{}`.",
              range_of(context, *subnet->resource),
              subnet->resource->address.to_string(),
              range_of(context, *farthest->resource),
              farthest->resource->address.to_string()
          ),
          fmt::format("choose a range apart from {}", range_of(context, *farthest->resource))
      );
      finding.evidence.push_back(
          reporting.evidence({*farthest->resource, "cidrBlock"}, "the other range")
      );
    }
    if (!is_same || subnet->range->last > farthest->range->last) {
      farthest = subnet;
    }
  }
  nw003_networks(rule, context, out);
}

void nw005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_zones("dbSubnetGroups", 2, Reporting(rule, context, out));
}

void px001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_zones("dbProxies", 2, Reporting(rule, context, out));
  check_zones("dbProxyEndpoints", 2, Reporting(rule, context, out));
}

void lm005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  check_zones("functions", 1, Reporting(rule, context, out));
}

void nw007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  nw007_regions(rule, context, out);
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* database : topology.section("dbInstances")) {
    const std::string zone =
        settled_text(context.manifest, database->properties.get("availabilityZone")).value_or("");
    const Resource* group = topology.target(database->properties.get("dbSubnetGroup"));
    // What is not even of its Region is no matter of its group.
    if (zone.empty() || group == nullptr || database->existing ||
        !zone.starts_with(database->region)) {
      continue;
    }
    const auto zones = zones_of(topology, *topology.place_of(*database));
    const bool is_by_name = zones && zones->begin()->find("-az") == std::string::npos;
    if (!is_by_name || zones->contains(zone)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*database, "availabilityZone"},
        fmt::format(
            "`{}` is to be in {}, where `{}` has no subnet.",
            database->address.to_string(),
            zone,
            group->address.to_string()
        ),
        fmt::format("choose {}, or add a subnet of {} to the group", *zones->begin(), zone)
    );
    finding.evidence.push_back(reporting.evidence({*group, "subnets"}, "the group's subnets"));
  }
}

void nw008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const std::string_view section : {"dbProxies", "dbProxyEndpoints"}) {
    for (const Resource* resource : context.facts->topology.section(section)) {
      if (!resource->existing) {
        check_zones_of_proxy(reporting, *resource);
      }
    }
  }
}

void nw012(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const std::string_view section : {"dbProxies", "functions"}) {
    for (const Resource* resource : topology.section(section)) {
      const Place& place = *topology.place_of(*resource);
      if (resource->existing || !place.is_in_network || place.network == kNone) {
        continue;
      }
      const Resource* network = topology.networks()[place.network].resource;
      if (network == nullptr || network->properties.text_of("instanceTenancy") != "dedicated") {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*resource, "subnets"},
          fmt::format(
              "`{}` is to live in `{}`, whose tenancy is dedicated.",
              resource->address.to_string(),
              network->address.to_string()
          ),
          "take subnets of a network with instanceTenancy: default"
      );
      finding.evidence.push_back(
          reporting.evidence({*network, "instanceTenancy"}, "the network's tenancy")
      );
    }
  }
}

void rf006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Place& place : topology.places()) {
    if (place.resource->existing) {
      continue;
    }
    if (place.resource->kind->find_property("vpc") != nullptr) {
      check_own_network(reporting, *place.resource);
      continue;
    }
    const std::vector<Membership> all = memberships(*place.resource, topology);
    const auto stray = std::find_if(all.begin(), all.end(), [&](const Membership& one) {
      return topology.are_different(all.front().network, one.network);
    });
    if (stray == all.end()) {
      continue;
    }
    const Membership& first = all.front();
    Diagnostic& finding = reporting.at(
        {*place.resource, stray->path},
        fmt::format(
            "`{}` takes `{}` of `{}` and `{}` of `{}`.",
            place.resource->address.to_string(),
            first.member->address.to_string(),
            network_name(topology, first.network),
            stray->member->address.to_string(),
            network_name(topology, stray->network)
        ),
        fmt::format("take one that belongs to `{}`", network_name(topology, first.network))
    );
    finding.evidence.push_back(reporting.evidence(
        {*first.member, "vpc"},
        fmt::format("it belongs to `{}`", network_name(topology, first.network))
    ));
    finding.evidence.push_back(reporting.evidence(
        {*stray->member, "vpc"},
        fmt::format("it belongs to `{}`", network_name(topology, stray->network))
    ));
  }
}

namespace {

/// A network that is made here, and what puts the database there: its own group, or its proxy.
struct Meant {
  Index network = kNone;
  std::string path;  ///< In the database; "" when only its proxy says so.
  Spot spot;
  const Resource& member;
};

std::optional<Meant> meant_network(
    const Topology& topology,
    const Resource& database,
    const std::map<const Resource*, const Resource*>& proxies
) {
  for (const Membership& one : memberships(database, topology)) {
    if (topology.networks()[one.network].is_created) {
      return Meant{one.network, one.path, {*one.member, "vpc"}, *one.member};
    }
  }
  const auto proxy = proxies.find(&database);
  const Place* place = proxy == proxies.end() ? nullptr : topology.place_of(*proxy->second);
  if (place == nullptr || place->network == kNone ||
      !topology.networks()[place->network].is_created) {
    return std::nullopt;
  }
  return Meant{place->network, "", {*proxy->second, "subnets"}, *proxy->second};
}

}  // namespace

void rf007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  std::map<const Resource*, const Resource*> proxies;
  for (const Resource* proxy : created(context, "dbProxies")) {
    for (const Resource* database : targets_of(context, *proxy)) {
      proxies.emplace(database, proxy);
    }
  }
  for (const Resource* database : topology.section("dbInstances")) {
    if (database->existing || is_written(*database, "dbSubnetGroup")) {
      continue;
    }
    const auto meant = meant_network(topology, *database, proxies);
    if (!meant) {
      continue;
    }
    const std::string network = network_name(topology, meant->network);
    const bool is_own = !meant->path.empty();
    Diagnostic& finding = reporting.at(
        {*database, meant->path},
        fmt::format(
            "`{}` names no dbSubnetGroup, but its {} `{}` belongs to `{}`.",
            database->address.to_string(),
            is_own ? "group" : "proxy",
            meant->member.address.to_string(),
            network
        ),
        fmt::format("add `dbSubnetGroup:` with subnets of `{}`", network)
    );
    finding.evidence.push_back(
        reporting.evidence(meant->spot, is_own ? "the group's network" : "where the proxy lives")
    );
  }
}

}  // namespace plumbline::checks
