// Rules about what a security group can hold, and about rules that mean nothing.
#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "controller/config/expr.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// AWS's quotas as an account begins with them, and the product that none may exceed.
constexpr std::size_t kMostRules = 60;
constexpr std::size_t kMostGroups = 5;
constexpr std::size_t kMostProduct = 1000;
constexpr int kLastPort = 65535;

/// The protocol of a rule whose ports do not count, -1 being every one; "" of others and of what is
/// not known. AWS lets the whole protocol pass then.
std::string protocol_without_ports(const Value& entry) {
  const Value& protocol = entry.get("protocol");
  const Value normal = protocol.is_null() ? Value() : find_value_function("ip_protocol")(protocol);
  const std::string word = normal.is_text() ? normal.as_text() : "";
  return word == "tcp" || word == "udp" ? "" : word;
}

void check_portless(
    const Reporting& reporting,
    const Resource& group,
    const std::string& path,
    const std::string& protocol
) {
  reporting.at(
      {group, path},
      fmt::format(
          "A rule of `{}` is for {}, so that its port does not count.",
          group.address.to_string(),
          protocol == "-1" ? "every protocol" : fmt::format("protocol {}", protocol)
      ),
      "write protocol: tcp, or delete the port"
  );
}

void check_ports(const Reporting& reporting, const Resource& group, std::string_view direction) {
  const Value& entries = group.properties.get(direction);
  for (std::size_t i = 0; entries.is_list() && i < entries.size(); ++i) {
    const Value& entry = entries.as_list()[i];
    const std::string address = group.address.to_string();
    const std::string& ports = entry.text_of("ports");
    const auto dash = ports.find('-');
    // Other forms, such as "1024-", were refused as such.
    constexpr std::size_t kLongestRange = 11;
    const bool is_range = dash != std::string::npos && dash > 0 && dash + 1 < ports.size() &&
                          ports.size() <= kLongestRange;
    const bool is_reversed =
        is_range && std::atoi(ports.c_str()) > std::atoi(ports.c_str() + dash + 1);
    if (is_reversed) {
      reporting.at(
          {group, fmt::format("{}.{}.ports", direction, i)},
          fmt::format("The range {} of `{}` ends before it begins.", ports, address),
          fmt::format("write ports: {}-{}", ports.substr(dash + 1), ports.substr(0, dash))
      );
    }
    const std::string& last = dash == std::string::npos ? ports : ports.substr(dash + 1);
    if (!is_reversed && std::atoi(last.c_str()) > kLastPort) {
      reporting.at(
          {group, fmt::format("{}.{}.ports", direction, i)},
          fmt::format("The range {} of `{}` ends after the last port.", ports, address),
          "write ports up to 65535"
      );
    }
    const bool has_port = !entry.get("port").is_null();
    const std::string protocol = protocol_without_ports(entry);
    if (!protocol.empty() && (has_port || (!ports.empty() && ports != "all"))) {
      const char* word = has_port ? "port" : "ports";
      check_portless(reporting, group, fmt::format("{}.{}.{}", direction, i, word), protocol);
    }
  }
}

/// How many rules of IPv4 or of IPv6, whichever are more, a direction makes at least.
std::size_t rule_count(const std::vector<GroupRule>& rules) {
  std::size_t four = 0;
  std::size_t six = 0;
  for (const GroupRule& rule : rules) {
    for (const Peer& peer : rule.peers) {
      // Groups and prefix lists count for both.
      four += peer.kind != Peer::Kind::kCidr6 ? 1 : 0;
      six += peer.kind != Peer::Kind::kCidr4 ? 1 : 0;
    }
  }
  return std::max(four, six);
}

void check_rule_count(const Reporting& reporting, const Group& group) {
  for (const std::string_view direction : {"ingress", "egress"}) {
    const std::size_t count = rule_count(direction == "ingress" ? group.ingress : group.egress);
    if (count <= kMostRules) {
      continue;
    }
    reporting.at(
        {*group.resource, direction},
        fmt::format(
            "`{}` has {} rules of {}, each source a rule; an account begins with {}.",
            group.resource->address.to_string(),
            count,
            direction,
            kMostRules
        ),
        "name larger ranges, a prefix list or a group, or have the quota raised"
    );
  }
}

void check_interface(const Reporting& reporting, const Place& place) {
  const Topology& topology = reporting.context().facts->topology;
  const Value& written = place.resource->properties.get("securityGroups");
  const std::size_t groups = written.is_list() ? written.size() : 0;
  std::size_t most = 0;
  for (const Index index : place.groups) {
    const Group& group = topology.groups()[index];
    most = std::max({most, rule_count(group.ingress), rule_count(group.egress)});
  }
  const std::string address = place.resource->address.to_string();
  if (groups > kMostGroups) {
    reporting.at(
        {*place.resource, "securityGroups"},
        fmt::format(
            "`{}` wears {} groups; an account begins with {} for an interface.",
            address,
            groups,
            kMostGroups
        ),
        "merge groups, or have the quota raised"
    );
  } else if (groups * most > kMostProduct) {
    reporting.at(
        {*place.resource, "securityGroups"},
        fmt::format(
            "`{}` wears {} groups of up to {} rules, more than {} together.",
            address,
            groups,
            most,
            kMostProduct
        ),
        "merge groups or rules"
    );
  }
}

/// Who wears each group, as far as that is all known.
struct Wearers {
  bool has_functions = false, has_others = false;
  const Resource* function = nullptr;
};

std::vector<Wearers> find_wearers(const LintContext& context) {
  std::vector<Wearers> wearers(context.manifest.resources.size());
  for (const Edge& edge : context.graph.edges) {
    const Resource& consumer = context.manifest.resources[edge.consumer];
    Wearers& those = wearers[edge.producer];
    if (consumer.address.section == "functions" && edge.property.starts_with("securityGroups")) {
      those.has_functions = true;
      those.function = &consumer;
    } else if (consumer.address.section != "securityGroups") {
      those.has_others = true;  // Also what takes its id to somewhere else.
    }
  }
  return wearers;
}

/// Outputs hand groups to stacks that are not seen here.
std::set<Address> handed_out(const LintContext& context) {
  std::set<Address> named;
  for (const Output& output : context.manifest.outputs) {
    output.value.for_each_reference([&](const Reference& reference) {
      named.insert(reference.address);
    });
  }
  return named;
}

}  // namespace

void sg010(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* group : created(context, "securityGroups")) {
    check_ports(reporting, *group, "ingress");
    check_ports(reporting, *group, "egress");
  }
}

void sg011(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const std::vector<Wearers> wearers = find_wearers(context);
  const std::set<Address> outputs = handed_out(context);
  for (std::size_t i = 0; i < wearers.size(); ++i) {
    const Resource& group = context.manifest.resources[i];
    const Value& ingress = group.properties.get("ingress");
    if (group.address.section != "securityGroups" || group.existing || !ingress.is_list() ||
        ingress.size() == 0 || !wearers[i].has_functions || wearers[i].has_others ||
        outputs.contains(group.address)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {group, "ingress"},
        fmt::format(
            "Only functions wear `{}`, and it lets something in.", group.address.to_string()
        ),
        "delete its ingress"
    );
    finding.evidence.push_back(
        reporting.evidence({*wearers[i].function, "securityGroups"}, "a function wears it")
    );
  }
}

void sg012(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Group& group : context.facts->topology.groups()) {
    if (!group.resource->existing) {
      check_rule_count(reporting, group);
    }
  }
  for (const Place& place : context.facts->topology.places()) {
    if (!place.resource->existing) {
      check_interface(reporting, place);
    }
  }
}

}  // namespace plumbline::checks
