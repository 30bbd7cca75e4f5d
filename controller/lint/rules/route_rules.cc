// Rules about routes: what leads nowhere, and what leads to the internet and should not.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/config/expr.h"
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

/// A peering belongs to both of its networks.
void check_peering(const Reporting& reporting, const Written& route) {
  const auto& [table, path, target] = route;
  const Topology& topology = reporting.context().facts->topology;
  const Resource* named = topology.target(target);
  const Index own = topology.network_of(table.properties.get("vpc"));
  for (const Peering& peering : topology.peerings()) {
    if (peering.resource == named && topology.are_different(own, peering.network) &&
        topology.are_different(own, peering.peer)) {
      check_network(reporting, {table, path, *named, peering.network, {*named, "vpc"}});
    }
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

/// A subnet of it, and where it is named: in the holder.
struct Member {
  const Resource& subnet;
  std::string path;
};

/// Another subnet for which somebody wrote a table: of the same holder, or, in a network that
/// others made, any. Null when there is none.
const Resource* neighbour_with_table(
    const Topology& topology, const Routing& routing, const Private& one, const Member& member
) {
  const Value& own = one.holder.properties.get("subnets");
  for (std::size_t i = 0; own.is_list() && i < own.size(); ++i) {
    const Resource* other = topology.target(own.as_list()[i]);
    if (other != nullptr && routing.table_of(*other) != nullptr &&
        routing.to_internet(*other).answer != Answer::kYes) {
      return other;
    }
  }
  const Index network = topology.network_of(member.subnet.properties.get("vpc"));
  if (network == kNone || topology.networks()[network].is_created) {
    return nullptr;
  }
  for (const Index index : topology.networks()[network].subnets) {
    const Resource* other = topology.subnets()[index].resource;
    if (routing.table_of(*other) != nullptr) {
      return other;
    }
  }
  return nullptr;
}

/// Who gives one subnet of a database a table probably meant all of them. And the main table of a
/// network that others made may lead anywhere.
void check_left_out(
    const Reporting& reporting, const Routing& routing, const Private& one, const Member& member
) {
  const Topology& topology = reporting.context().facts->topology;
  const bool is_decided = member.subnet.existing || !routing.has_all_tables() ||
                          routing.table_of(member.subnet) != nullptr;
  const Resource* neighbour =
      is_decided ? nullptr : neighbour_with_table(topology, routing, one, member);
  if (neighbour == nullptr) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {one.holder, member.path},
      fmt::format(
          "`{}` is placed in `{}`, which is in no route table here, as `{}` is: the main table of "
          "its network decides.",
          one.resource.address.to_string(),
          member.subnet.address.to_string(),
          neighbour->address.to_string()
      ),
      fmt::format("put `{}` into a private route table", member.subnet.address.name)
  );
  const Index network = topology.network_of(member.subnet.properties.get("vpc"));
  if (network != kNone && topology.networks()[network].is_created) {
    finding.summary = "some subnets of a database or proxy are left to the main route table";
    // The rule's why is about ways that are there already.
    finding.detail = fmt::format(
        "`{}` is placed in `{}`, which is in no route table here, as `{}` is. The main table of "
        "its network decides, and leads nowhere until somebody changes it for others.",
        one.resource.address.to_string(),
        member.subnet.address.to_string(),
        neighbour->address.to_string()
    );
  }
  finding.evidence.push_back(
      reporting.evidence({*routing.table_of(*neighbour), "subnets"}, "the other's table")
  );
}

/// Subnets of a holder that are public in one way, in the order of the list.
struct Exposed {
  std::vector<Member> members;
  std::vector<Evidence> evidence;  ///< Why, for each.
};

void report_exposed(
    const Reporting& reporting, const Private& one, const Exposed& exposed, std::string_view why
) {
  if (exposed.members.empty()) {
    return;
  }
  std::string names;
  for (const Member& member : exposed.members) {
    names += fmt::format("{}`{}`", names.empty() ? "" : ", ", member.subnet.address.to_string());
  }
  Diagnostic& finding = reporting.at(
      {one.holder, exposed.members.front().path},
      fmt::format("`{}` is placed in {}, {}.", one.resource.address.to_string(), names, why),
      "take subnets without a route to an internet gateway"
  );
  finding.evidence = exposed.evidence;
}

/// One finding for each holder and reason, whatever the number of its subnets.
void check_private(
    const Reporting& reporting,
    const Routing& routing,
    const Private& one,
    std::set<const Resource*>& seen
) {
  if (!seen.insert(&one.holder).second) {
    return;
  }
  Exposed routed;
  Exposed addressed;
  const Value& subnets = one.holder.properties.get("subnets");
  for (std::size_t i = 0; subnets.is_list() && i < subnets.size(); ++i) {
    const Resource* subnet = reporting.context().facts->topology.target(subnets.as_list()[i]);
    if (subnet == nullptr || subnet->address.section != "subnets") {
      continue;
    }
    Way way = routing.to_internet(*subnet);
    if (way.answer != Answer::kYes) {
      way = routing.to_internet6(*subnet);
    }
    const Value& gives = subnet->properties.get("mapPublicIpOnLaunch");
    const Member member{*subnet, fmt::format("subnets.{}", i)};
    if (way.answer == Answer::kYes) {
      routed.members.push_back(member);
      routed.evidence.push_back(reporting.evidence({*way.route.table, way.route.path}, "the route")
      );
    } else if (gives.is_bool() && gives.as_bool()) {
      addressed.members.push_back(member);
      addressed.evidence.push_back(
          reporting.evidence({*subnet, "mapPublicIpOnLaunch"}, "it is for what is public")
      );
    } else {
      check_left_out(reporting, routing, one, member);
    }
  }
  report_exposed(reporting, one, routed, "with a route to an internet gateway");
  report_exposed(reporting, one, addressed, "where public addresses are given to what starts");
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
      check_peering(
          reporting,
          {*table,
           fmt::format("routes.{}.vpcPeeringConnection", i),
           route.get("vpcPeeringConnection")}
      );
    }
  }
  const Routing routing(context.manifest, topology);
  for (const Resource* nat : topology.section("natGateways")) {
    check_nat_subnet(reporting, routing, *nat);
  }
}

/// The schema sees the same text twice; EC2 sees the same range.
void rf005_routes(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* table : context.facts->topology.section("routeTables")) {
    const Value& routes = table->properties.get("routes");
    std::map<std::string, std::pair<std::size_t, std::string>> first;
    for (std::size_t i = 0; routes.is_list() && i < routes.size(); ++i) {
      const Value& destination = routes.as_list()[i].get("destination");
      const bool is_6 = destination.find("cidr6") != nullptr;
      const std::string& written = destination.text_of(is_6 ? "cidr6" : "cidr");
      const Value normal = find_value_function(is_6 ? "cidr6" : "cidr4")(Value(written));
      if (written.empty() || !normal.is_text()) {
        continue;
      }
      const auto [at, is_new] = first.try_emplace(normal.as_text(), i, written);
      const auto& [before, text] = at->second;
      if (is_new || text == written) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          {*table, fmt::format("routes.{}.destination", i)},
          fmt::format(
              "{} and {} are the same destination in `{}`.",
              text,
              written,
              table->address.to_string()
          ),
          "delete one of the two routes"
      );
      finding.summary = "two routes have one destination";
      finding.evidence.push_back(reporting.evidence(
          {*table, fmt::format("routes.{}.destination", before)}, "the other one"
      ));
    }
  }
}

void nw010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  const Routing routing(context.manifest, topology);
  std::set<const Resource*> seen;
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
