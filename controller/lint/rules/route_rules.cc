// Rules about routes: what leads nowhere, and what leads to the internet and should not.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/routing.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// A route through something: `network` is where that is.
struct Through {
  const Resource& table;
  std::string path;  ///< "routes.0.gateway"
  const Resource& target;
  Index network;
  Spot says_so;  ///< What puts the target there.
};

void check_network(const Reporting& reporting, const Through& through) {
  const Topology& topology = reporting.context().facts->topology;
  const Index own = topology.network_of(through.table.properties.get("vpc"));
  if (!topology.are_different(own, through.network)) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {through.table, through.path},
      fmt::format(
          "`{}` belongs to `{}`, but `{}` to `{}`; EC2 refuses the route with "
          "InvalidParameterValue.",
          through.table.address.to_string(),
          topology.networks()[own].name(),
          through.target.address.to_string(),
          topology.networks()[through.network].name()
      ),
      fmt::format("name one of `{}`", topology.networks()[own].name())
  );
  finding.evidence.push_back(reporting.evidence({through.table, "vpc"}, "the table's network"));
  finding.evidence.push_back(reporting.evidence(through.says_so, "the target's network"));
}

/// A route of a table, and where its target is written.
struct Written {
  const Resource& table;
  std::string path;
  const Value& target;
};

void check_gateway(const Reporting& reporting, const Written& route) {
  const auto& [table, path, target] = route;
  const Topology& topology = reporting.context().facts->topology;
  const Resource* gateway = topology.target(target);
  if (gateway == nullptr || gateway->existing) {
    return;
  }
  if (gateway->entry->value.find("vpc") != nullptr) {
    const Index network = topology.network_of(gateway->properties.get("vpc"));
    check_network(reporting, {table, path, *gateway, network, {*gateway, "vpc"}});
    return;
  }
  Diagnostic& finding = reporting.at(
      {table, path},
      fmt::format("`{}` is attached to no network.", gateway->address.to_string()),
      fmt::format("add `vpc:` to {}", gateway->address.to_string())
  );
  finding.evidence.push_back(reporting.evidence({*gateway, ""}, "it names no network"));
}

void check_nat(const Reporting& reporting, const Written& route) {
  const auto& [table, path, target] = route;
  const Topology& topology = reporting.context().facts->topology;
  const Resource* nat = topology.target(target);
  const Resource* subnet =
      nat == nullptr ? nullptr : topology.target(nat->properties.get("subnet"));
  if (subnet != nullptr && !nat->existing && !subnet->existing) {
    const Index network = topology.network_of(subnet->properties.get("vpc"));
    check_network(reporting, {table, path, *nat, network, {*subnet, "vpc"}});
  }
}

/// A public NAT gateway sends what it gets through its own subnet's table.
void check_nat_subnet(const Reporting& reporting, const Routing& routing, const Resource& nat) {
  const Resource* subnet = reporting.context().facts->topology.target(nat.properties.get("subnet"));
  const Value& type = nat.properties.get("connectivityType");
  const bool is_public = type.is_null() ? nat.entry->value.find("connectivityType") == nullptr
                                        : type == Value("public");
  if (nat.existing || subnet == nullptr || !is_public ||
      routing.to_internet(*subnet).answer != Answer::kNo) {
    return;
  }
  const Resource* table = routing.table_of(*subnet);
  Diagnostic& finding = reporting.at(
      {nat, "subnet"},
      fmt::format(
          "`{}` stands in `{}`, which has no route to an internet gateway.",
          nat.address.to_string(),
          subnet->address.to_string()
      ),
      table == nullptr ? fmt::format(
                             "put `{}` into a route table with 0.0.0.0/0 through an internet "
                             "gateway",
                             subnet->address.name
                         )
                       : fmt::format(
                             "add `{{ destination: 0.0.0.0/0, gateway: NAME }}` to {}",
                             table->address.to_string()
                         )
  );
  finding.evidence.push_back(
      table == nullptr
          ? reporting.evidence({*subnet, ""}, "no table names it: the network's main one decides")
          : reporting.evidence({*table, "routes"}, "the routes of its subnet")
  );
}

/// What must not be seen from the internet, and the property that lists its subnets.
struct Private {
  const Resource& resource;
  const Resource& holder;  ///< Of `subnets`: itself, or its subnet group.
};

struct Member {
  const Resource& subnet;
  std::string path;  ///< In the holder.
};

/// The main table of a network that others made may lead anywhere; who gives some subnets a table
/// of their own probably meant all of them.
void check_left_out(
    const Reporting& reporting, const Routing& routing, const Private& one, const Member& member
) {
  const Topology& topology = reporting.context().facts->topology;
  const Index network = topology.network_of(member.subnet.properties.get("vpc"));
  if (member.subnet.existing || network == kNone || topology.networks()[network].is_created ||
      routing.table_of(member.subnet) != nullptr) {
    return;
  }
  const auto& others = topology.networks()[network].subnets;
  const auto other = std::find_if(others.begin(), others.end(), [&](Index index) {
    return routing.table_of(*topology.subnets()[index].resource) != nullptr;
  });
  if (other == others.end()) {
    return;
  }
  const Resource& neighbour = *topology.subnets()[*other].resource;
  Diagnostic& finding = reporting.at(
      {one.holder, member.path},
      fmt::format(
          "`{}` is placed in `{}`, which is in no route table here, as `{}` is: the main table of "
          "its network decides.",
          one.resource.address.to_string(),
          member.subnet.address.to_string(),
          neighbour.address.to_string()
      ),
      fmt::format("put `{}` into a private route table", member.subnet.address.name)
  );
  finding.evidence.push_back(
      reporting.evidence({*routing.table_of(neighbour), "subnets"}, "the other's table")
  );
}

void check_private(
    const Reporting& reporting,
    const Routing& routing,
    const Private& one,
    std::set<std::pair<const Resource*, std::size_t>>& seen
) {
  const Value& subnets = one.holder.properties.get("subnets");
  for (std::size_t i = 0; subnets.is_list() && i < subnets.size(); ++i) {
    const Resource* subnet = reporting.context().facts->topology.target(subnets.as_list()[i]);
    if (subnet == nullptr || seen.contains({&one.holder, i})) {
      continue;
    }
    const Way way = routing.to_internet(*subnet);
    const Value& gives = subnet->properties.get("mapPublicIpOnLaunch");
    const bool gives_addresses = gives.is_bool() && gives.as_bool();
    if (way.answer != Answer::kYes && !gives_addresses) {
      check_left_out(reporting, routing, one, {*subnet, fmt::format("subnets.{}", i)});
      continue;
    }
    seen.emplace(&one.holder, i);
    Diagnostic& finding = reporting.at(
        {one.holder, fmt::format("subnets.{}", i)},
        fmt::format(
            "`{}` is placed in `{}`, {}.",
            one.resource.address.to_string(),
            subnet->address.to_string(),
            way.answer == Answer::kYes ? "which has a route to an internet gateway"
                                       : "which gives public addresses to what starts in it"
        ),
        "take subnets without a route to an internet gateway"
    );
    finding.evidence.push_back(
        way.answer == Answer::kYes
            ? reporting.evidence({*way.route.table, way.route.path}, "the route")
            : reporting.evidence({*subnet, "mapPublicIpOnLaunch"}, "it is for what is public")
    );
  }
}

}  // namespace

void nw009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Resource* table : topology.section("routeTables")) {
    const Value& routes = table->properties.get("routes");
    for (std::size_t i = 0; routes.is_list() && i < routes.size(); ++i) {
      const Value& route = routes.as_list()[i];
      check_gateway(reporting, {*table, fmt::format("routes.{}.gateway", i), route.get("gateway")});
      check_nat(
          reporting, {*table, fmt::format("routes.{}.natGateway", i), route.get("natGateway")}
      );
    }
  }
  const Routing routing(context.manifest, topology);
  for (const Resource* nat : topology.section("natGateways")) {
    check_nat_subnet(reporting, routing, *nat);
  }
}

void nw010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  const Routing routing(context.manifest, topology);
  std::set<std::pair<const Resource*, std::size_t>> seen;
  for (const Resource* proxy : topology.section("dbProxies")) {
    if (!proxy->existing) {
      check_private(reporting, routing, {*proxy, *proxy}, seen);
    }
  }
  for (const Resource* database : topology.section("dbInstances")) {
    // One with a public address needs the route, and DB008 speaks of it.
    const bool is_public = database->properties.get("publiclyAccessible") == Value(true);
    const Resource* group = topology.target(database->properties.get("dbSubnetGroup"));
    if (!database->existing && !is_public && group != nullptr) {
      check_private(reporting, routing, {*database, *group}, seen);
    }
  }
}

}  // namespace plumbline::checks
