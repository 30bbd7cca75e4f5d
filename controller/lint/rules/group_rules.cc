// Rules about security groups by themselves.
#include <set>

#include <fmt/format.h>

#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Groups are known in their own Region alone, whatever joins the networks.
bool are_in_two_regions(const Group& group, const Group& other) {
  const std::string& here = group.resource->region;
  const std::string& there = other.resource->region;
  return !here.empty() && !there.empty() && here != there;
}

void check_peer(const Reporting& reporting, const Group& group, const Peer& peer) {
  const Topology& topology = reporting.context().facts->topology;
  if (peer.kind != Peer::Kind::kGroup) {
    return;
  }
  const Group& other = topology.groups()[peer.group];
  const bool is_far = are_in_two_regions(group, other);
  const bool is_apart =
      !topology.may_join_networks() && topology.are_different(group.network, other.network);
  if (!is_far && !is_apart) {
    return;
  }
  const auto place_of = [&](const Group& one) {
    return is_far ? one.resource->region : topology.networks()[one.network].name();
  };
  Diagnostic& finding = reporting.at(
      {*group.resource, peer.path},
      fmt::format(
          "`{}` belongs to `{}`, but `{}` to `{}`.",
          other.resource->address.to_string(),
          place_of(other),
          group.resource->address.to_string(),
          place_of(group)
      ),
      "name the range of the other network instead of the group"
  );
  finding.evidence.push_back(
      reporting.evidence({*other.resource, is_far ? "region" : "vpc"}, "where the group is")
  );
}

}  // namespace

void sg007(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const Group& group : topology.groups()) {
    for (const auto* rules : {&group.ingress, &group.egress}) {
      for (const GroupRule& entry : *rules) {
        for (const Peer& peer : entry.peers) {
          check_peer(reporting, group, peer);
        }
      }
    }
  }
}

namespace {

/// What databases listen on unless told otherwise: SQL Server, Oracle, MySQL, PostgreSQL, Db2. Such
/// a port has no business in a database's group, whether this one listens there or not.
constexpr int kEnginePorts[] = {1433, 1521, 3306, 5432, 50000};

void check_open_port(
    const Reporting& reporting,
    const Resource& resource,
    int port,
    std::set<std::pair<Index, std::string>>& seen
) {
  const bool is_listened_on = port == listening_port(reporting.context().facts->topology, resource);
  const Topology& topology = reporting.context().facts->topology;
  for (const Index index : topology.place_of(resource)->groups) {
    const Group& group = topology.groups()[index];
    for (const GroupRule& entry : group.ingress) {
      for (const Peer& peer : entry.peers) {
        // Both halves of everything are one finding.
        const bool is_half = peer.kind == Peer::Kind::kCidr4;
        if (!peer.is_everyone || entry.admits(port) != Answer::kYes ||
            !seen.emplace(index, is_half ? entry.path : peer.path).second) {
          continue;
        }
        Diagnostic& finding = reporting.about_choice(
            {*group.resource, peer.path},
            fmt::format(
                "`{}` lets every address reach port {} of `{}`{}.",
                group.resource->address.to_string(),
                port,
                resource.address.to_string(),
                is_listened_on ? "" : ", a port of databases"
            ),
            is_listened_on ? "name the groups or ranges of its clients instead" : "delete the rule"
        );
        finding.evidence.push_back(
            reporting.evidence({resource, "securityGroups"}, "it wears the group")
        );
      }
    }
  }
}

}  // namespace

void sg008(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  std::set<std::pair<Index, std::string>> seen;
  for (const std::string_view section : {"dbInstances", "dbProxies", "dbProxyEndpoints"}) {
    for (const Resource* resource : topology.section(section)) {
      check_open_port(reporting, *resource, listening_port(topology, *resource), seen);
      for (const int port : kEnginePorts) {
        check_open_port(reporting, *resource, port, seen);
      }
    }
  }
}

namespace {

/// The group AWS made with the network: named by the network, or found by the name it has.
bool is_default_group(const Topology& topology, const Value& written) {
  if (written.is_reference() && written.as_reference().attribute == "defaultSecurityGroup") {
    return true;
  }
  const Resource* group = topology.target(written);
  return group != nullptr && group->existing &&
         group->existing->match.text_of("groupName") == "default";
}

}  // namespace

void sg013(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  for (const std::string_view section : {"dbInstances", "dbProxies", "dbProxyEndpoints"}) {
    for (const Resource* resource : created(context, section)) {
      const std::string address = resource->address.to_string();
      // Members of a cluster wear its groups.
      const bool is_of_cluster =
          section == "dbInstances" && engine_of(*resource).starts_with("aurora");
      const Value& groups = resource->properties.get("securityGroups");
      const bool is_empty = groups.is_list() && groups.size() == 0;
      if ((is_empty || !is_written(*resource, "securityGroups")) && !is_of_cluster) {
        reporting.at(
            {*resource, is_empty ? "securityGroups" : ""},
            fmt::format("`{}` names no securityGroups.", address),
            "add `securityGroups:` with a group made for it"
        );
      }
      for (std::size_t i = 0; groups.is_list() && i < groups.size(); ++i) {
        if (is_default_group(topology, groups.as_list()[i])) {
          reporting.at(
              {*resource, fmt::format("securityGroups.{}", i)},
              fmt::format("`{}` wears the default group of its network.", address),
              "name a group made for it"
          );
        }
      }
    }
  }
}

}  // namespace plumbline::checks
