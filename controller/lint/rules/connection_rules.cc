// Rules about declared connections as a whole: what no rule about a group or network names.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml_edit.h"
#include "controller/lint/rules/chain.h"
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

/// Proxies and their endpoints.
bool is_proxy(const End& end) {
  const std::string_view section = section_of(end);
  return section == "dbProxies" || section == "dbProxyEndpoints";
}

/// Some packets surely pass and some are surely lost; or what lies between the ends is not known,
/// and the groups at one of them surely lose some whatever it is.
bool holds_in_part(const Hop& hop) {
  const bool is_for_groups =
      hop.verdict() == Verdict::kUnknown &&
      (hop.witness.stage == Stage::kEgress || hop.witness.stage == Stage::kIngress);
  return hop.verdict() == Verdict::kPartial ||
         (is_for_groups && hop.at(hop.witness.stage).verdict == Verdict::kPartial);
}

/// Whether SG003 or SG004 names a blocked ingress.
bool has_ingress_rule(const Hop& hop) {
  return !hop.target.groups.empty() &&
         (section_of(hop.target) == "dbInstances" || is_proxy(hop.target));
}

/// A hop is judged on the port that is listened on, when that is known.
bool has_wrong_port(const Hop& hop) {
  const int actual = is_proxy(hop.target) || section_of(hop.target) == "dbInstances" ? hop.port : 0;
  return hop.declared_port != 0 && actual != 0 && hop.declared_port != actual;
}

std::uint64_t source_size(const Hop& hop) {
  std::uint64_t sum = 0;
  for (const Site& site : hop.source.sites) {
    sum += site.addresses.size();
  }
  return sum;
}

bool is_spread(const End& end) {
  return std::any_of(end.sites.begin(), end.sites.end(), [&](const Site& site) {
    return site.network != end.sites.front().network;
  });
}

/// Whether another rule is about the network between the ends.
bool has_network_rule(const Hop& hop) {
  const bool is_proxy = section_of(hop.source) == "dbProxies";
  const bool is_outsider = hop.source.resource != nullptr && !hop.source.is_in_network;
  return section_of(hop.target) != "functions" && (is_proxy || is_outsider);
}

/// Why a hop is blocked, when no other rule says so; "" when one does.
std::string blocked_reason(const Hop& hop) {
  if (hop.network == Verdict::kBlocked) {
    return has_network_rule(hop) ? "" : hop.network_text;
  }
  if (hop.at(Stage::kIngress).verdict == Verdict::kBlocked && !has_ingress_rule(hop)) {
    return "no ingress rule at the target lets it in";
  }
  for (const Stage stage : {Stage::kRoute, Stage::kRouteBack}) {
    if (hop.at(stage).verdict == Verdict::kBlocked) {
      return fmt::format("{}: {}", stage_text(hop, stage), hop.at(stage).stopped.text);
    }
  }
  if (has_wrong_port(hop) && section_of(hop.target) == "dbInstances") {
    return fmt::format("it listens on port {}", hop.port);
  }
  return "";
}

}  // namespace

void rc001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || hop.is_past_proxy || is_spread(hop.source) || is_spread(hop.target)) {
      continue;
    }
    const std::string reason = blocked_reason(hop);
    if (!reason.empty()) {
      Diagnostic& finding = reporting.at(
          hop.origin,
          fmt::format("`{}` cannot reach `{}`: {}.", hop.source.name, hop.target.name, reason),
          "change the connection, or the place of one of its ends"
      );
      add_chain(reporting, hop, finding);
    }
  }
}

void rc002(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    // What an ACL loses has a rule of its own, and so have ends that are spread over networks.
    if (hop.is_denied || hop.is_past_proxy || !holds_in_part(hop) || is_acl(hop.witness.stage) ||
        is_spread(hop.source) || is_spread(hop.target)) {
      continue;
    }
    const std::string detail = fmt::format(
        "`{}` {}reaches `{}` from some places only: {}.",
        hop.source.name,
        hop.verdict() == Verdict::kUnknown ? "at best " : "",
        hop.target.name,
        describe_witness(hop)
    );
    const std::string help = "name the group instead of ranges, or cover all of its subnets";
    // The rules that fall short; a route's place is told by the chain.
    const Cause& stopped = hop.at(hop.witness.stage).stopped;
    Diagnostic& finding = stopped.resource == nullptr
                              ? reporting.at(hop.origin, detail, help)
                              : reporting.at({*stopped.resource, stopped.path}, detail, help);
    if (stopped.resource == nullptr) {
      finding.address = hop.is_declared ? "" : hop.source.name;
    }
    for (const NearMiss& near : hop.at(hop.witness.stage).near) {
      const Resource& group = *context.facts->topology.groups()[near.group].resource;
      finding.evidence.push_back(reporting.evidence({group, near.path}, "this rule comes near"));
    }
    add_chain(reporting, hop, finding);
  }
}

namespace {

/// What is not known first, on the way of a packet.
std::string doubt_of(const Hop& hop) {
  if (hop.network == Verdict::kUnknown) {
    return hop.network_text;
  }
  std::string doubt = "it depends on groups, rules or ports that are not written here";
  for (std::size_t i = kStages; i-- > 0;) {
    const auto stage = static_cast<Stage>(i);
    if (!hop.at(stage).doubted.text.empty()) {
      doubt = fmt::format("{}: {}", stage_text(hop, stage), hop.at(stage).doubted.text);
    }
  }
  return doubt;
}

}  // namespace

void rc003(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (!hop.is_declared || hop.is_decided || hop.verdict() != Verdict::kUnknown) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        hop.origin,
        fmt::format(
            "Whether `{}` reaches `{}` cannot be told: {}.",
            hop.source.name,
            hop.target.name,
            doubt_of(hop)
        ),
        "declare what lies between them, or look at it yourself"
    );
    add_chain(reporting, hop, finding);
  }
}

namespace {

/// Of the internet as a whole a small part may come in; of what is named, nothing.
bool is_open(const Hop& hop) {
  const std::uint64_t all = source_size(hop);
  const bool is_small_part =
      hop.source.is_outside && all >= kWideOpen && hop.open_sources < std::min(kWideOpen, all / 2);
  return hop.verdict() == Verdict::kReach || (hop.verdict() == Verdict::kPartial && !is_small_part);
}

}  // namespace

void rc005(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (!hop.is_denied || !is_open(hop) || has_wrong_port(hop)) {
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
    add_chain(reporting, hop, finding);
  }
}

namespace {

/// Where an end of a connection is written; null when it is not written by itself.
const Node* end_node(const LintContext& context, const Connection& connection, const char* word) {
  if (context.manifest.documents.empty()) {
    return nullptr;
  }
  const Node* all = context.manifest.documents.front()->find("connections");
  for (std::size_t i = 0; all != nullptr && i < all->items.size(); ++i) {
    const SourceRange& range = all->items[i].range;
    if (range.file == connection.range.file && range.begin == connection.range.begin) {
      return all->items[i].find(word);
    }
  }
  return nullptr;
}

}  // namespace

void rf001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  if (!context.manifest.is_whole) {
    return;
  }
  std::vector<std::string> addresses;
  for (const Resource& resource : context.manifest.resources) {
    addresses.push_back(resource.address.to_string());
  }
  for (const Connection& connection : context.manifest.connections) {
    for (const std::string* end : {&connection.from, &connection.to}) {
      if (*end == "internet" || end->find('/') != std::string::npos ||
          context.manifest.find(Address::parse(*end)) != nullptr) {
        continue;
      }
      Diagnostic& finding = reporting.at(
          connection.range,
          fmt::format("The manifest declares no `{}`.", *end),
          "name a resource such as functions.reader, `internet`, or a CIDR"
      );
      const Node* written = end_node(context, connection, end == &connection.from ? "from" : "to");
      if (const auto near = nearest(*end, addresses); near && written != nullptr) {
        finding.help = fmt::format("did you mean `{}`?", *near);
        finding.edits = replace_word(written->range, *end, *near);
      }
    }
  }
}

namespace {

/// What to write instead of something that is no end of a connection.
std::string other_end(const Resource& resource, bool is_source) {
  const std::string& section = resource.address.section;
  if (section == "vpcs") {
    const std::string& range = resource.properties.text_of("cidrBlock");
    return fmt::format("name its subnets, or its range{}", range.empty() ? "" : " " + range);
  }
  if (section == "dbProxyEndpoints") {
    return "name the proxy: it is what connects";
  }
  return is_source ? "name what connects, such as functions.NAME, instances.NAME, a security "
                     "group, a subnet, `internet` or a CIDR"
                   : "name what is connected to, such as dbProxies.NAME or dbInstances.NAME";
}

void check_end(const Reporting& reporting, const Connection& connection, bool is_source) {
  const LintContext& context = reporting.context();
  const std::string& text = is_source ? connection.from : connection.to;
  const Resource* resource = context.manifest.find(Address::parse(text));
  // That nobody connects to a function is true, and may be said.
  const bool is_moot = resource != nullptr && !is_source &&
                       connection.expect == Expectation::kDenied &&
                       resource->address.section == "functions";
  if (resource == nullptr || is_moot ||
      (is_source ? opens_connections(*resource) : takes_connections(*resource))) {
    return;
  }
  const Node* written = end_node(context, connection, is_source ? "from" : "to");
  Diagnostic& finding = reporting.at(
      written == nullptr ? connection.range : written->range, "", other_end(*resource, is_source)
  );
  finding.summary = "a connection ends at what has none";
  finding.detail = fmt::format(
      "`{}` {} no connections, so nothing can be proven of this one.",
      text,
      is_source ? "opens" : "takes"
  );
  finding.evidence.push_back(reporting.evidence({*resource, ""}, "it is declared here"));
}

}  // namespace

void rf002_connections(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Connection& connection : context.manifest.connections) {
    check_end(reporting, connection, true);
    check_end(reporting, connection, false);
  }
}

void px018(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Hop& hop : context.facts->hops) {
    if (hop.is_denied || !is_proxy(hop.target) || !has_wrong_port(hop)) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        hop.origin,
        fmt::format(
            "`{}` listens on port {}, not on {}.", hop.target.name, hop.port, hop.declared_port
        ),
        fmt::format("write port {}, or leave it out", hop.port)
    );
    finding.evidence.push_back(
        reporting.evidence({*hop.target.resource, "engineFamily"}, "its family decides the port")
    );
  }
  px018_readers(rule, context, out);
  px018_clients(rule, context, out);
}

}  // namespace plumbline::checks
