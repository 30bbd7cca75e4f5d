// Rules about what is open beyond what was asked for: who else reaches a proxy or database, and
// which rules admit more than its clients. Where a manifest declares connections, what none of them
// leads to has no clients; where it declares none, nothing is known of what is wanted.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "controller/config/yaml_edit.h"
#include "controller/lint/rules/chain.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/mending.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Candidates are found through groups and subnets, never by trying all pairs; beyond so many for
/// one target the rest is not looked at.
constexpr std::size_t kMostCandidates = 256;
constexpr std::size_t kMostNamed = 3;

bool is_target(const Resource& resource) {
  const std::string& section = resource.address.section;
  return section == "dbInstances" || section == "dbProxies" || section == "dbProxyEndpoints";
}

/// Resources that call others. A proxy without a target calls nobody: PX005.
bool is_caller(const Resource& resource) {
  const std::string& section = resource.address.section;
  const Value& targets = resource.properties.get("targets");
  return section == "functions" || section == "instances" ||
         (section == "dbProxies" && !(targets.is_list() && targets.size() == 0) &&
          (resource.existing || resource.entry->value.find("targets") != nullptr));
}

/// The hops of each target, and who may call it at all.
class Exposure {
 public:
  explicit Exposure(const LintFacts& facts) : facts_(facts) {
    for (const Hop& hop : facts.hops) {
      if (hop.target.resource != nullptr) {
        hops_[hop.target.resource].push_back(&hop);
      }
    }
    const std::vector<Place>& places = facts.topology.places();
    for (Index i = 0; i < places.size(); ++i) {
      for (const Index group : places[i].groups) {
        wearers_[group].push_back(i);
      }
      for (const Index subnet : places[i].subnets) {
        inhabitants_[subnet].push_back(i);
      }
      if (const Resource* proxy = proxy_of(*places[i].resource)) {
        doors_[proxy].push_back(places[i].resource);
      }
    }
  }

  [[nodiscard]] const std::vector<const Hop*>& hops_to(const Resource& target) const {
    static const std::vector<const Hop*> kNobody;
    const auto found = hops_.find(&target);
    return found == hops_.end() ? kNobody : found->second;
  }

  [[nodiscard]] bool is_declared(const Resource& target) const {
    const auto& hops = hops_to(target);
    return std::any_of(hops.begin(), hops.end(), [](const Hop* hop) {
      return hop->is_declared && !hop->is_denied;
    });
  }

  /// Nobody declared who calls it, but who calls the proxy in front of it.
  [[nodiscard]] bool is_behind(const Resource& target) const {
    const auto& hops = hops_to(target);
    return std::any_of(hops.begin(), hops.end(), [&](const Hop* hop) {
      const Resource* source = hop->source.resource;
      return !hop->is_denied && source != nullptr && source->address.section == "dbProxies" &&
             is_declared(*source);
    });
  }

  /// Whether an end of a connection is a group, a subnet or a range that the place stands in for.
  [[nodiscard]] bool stands_for(const End& end, const Place& place) const {
    const Topology& topology = facts_.topology;
    if (end.resource != nullptr &&
        std::any_of(place.groups.begin(), place.groups.end(), [&](Index group) {
          return topology.groups()[group].resource == end.resource;
        })) {
      return true;
    }
    return place.has_all_subnets && !place.subnets.empty() &&
           std::all_of(place.subnets.begin(), place.subnets.end(), [&](Index index) {
             const Subnet& subnet = topology.subnets()[index];
             AddressSet rest;
             if (end.resource == nullptr && !end.is_outside && subnet.range) {
               rest.add(*subnet.range);
               rest.take(end.sites.front().addresses);
               return rest.empty();
             }
             return end.resource != nullptr && subnet.resource == end.resource;
           });
  }

  /// Whether the place is meant to call it, though no connection names the place itself.
  [[nodiscard]] bool is_meant(const Resource& target, const Place& place) const {
    const auto& hops = hops_to(target);
    return std::any_of(hops.begin(), hops.end(), [&](const Hop* hop) {
      return !hop->is_denied && stands_for(hop->source, place);
    });
  }

  /// Who is meant to call it. The doors of one proxy lead to one thing: of one that nobody named,
  /// the clients of the others are its clients.
  [[nodiscard]] std::set<std::string> clients_of(const Resource& target) const {
    std::set<std::string> clients;
    for (const Hop* hop : hops_to(target)) {
      clients.insert(hop->source.name);
    }
    const auto doors = is_declared(target) ? doors_.end() : doors_.find(proxy_of(target));
    for (std::size_t i = 0; doors != doors_.end() && i < doors->second.size(); ++i) {
      for (const Hop* hop : hops_to(*doors->second[i])) {
        if (!hop->is_denied) {
          clients.insert(hop->source.name);
        }
      }
    }
    return clients;
  }

  [[nodiscard]] std::vector<const Place*> wearers_of(Index group) const {
    std::vector<const Place*> found;
    if (const auto at = wearers_.find(group); at != wearers_.end()) {
      for (const Index index : at->second) {
        found.push_back(&facts_.topology.places()[index]);
      }
    }
    return found;
  }

  /// Callers that a rule at the target may mean.
  [[nodiscard]] std::set<const Place*> candidates(const Place& target, int port) const {
    std::set<const Place*> found;
    for (const Index index : target.groups) {
      for (const GroupRule& rule : facts_.topology.groups()[index].ingress) {
        for (const Peer& peer : rule.peers) {
          if (rule.admits(port) == Answer::kYes) {
            add(peer, target.network, found);
          }
        }
      }
    }
    return found;
  }

 private:
  void add(const Peer& peer, Index network, std::set<const Place*>& found) const {
    if (peer.kind == Peer::Kind::kGroup) {
      add_all(wearers_, peer.group, found);
    } else if (peer.kind == Peer::Kind::kCidr4 && network != kNone) {
      for (const Index subnet : facts_.topology.networks()[network].subnets) {
        const auto& range = facts_.topology.subnets()[subnet].range;
        if (range && range->overlaps(peer.range)) {
          add_all(inhabitants_, subnet, found);
        }
      }
    }
  }

  /// Itself, or the one that it is an endpoint of; null for all else.
  [[nodiscard]] const Resource* proxy_of(const Resource& door) const {
    const std::string& section = door.address.section;
    return section == "dbProxies"          ? &door
           : section == "dbProxyEndpoints" ? facts_.topology.target(door.properties.get("dbProxy"))
                                           : nullptr;
  }

  void add_all(
      const std::unordered_map<Index, std::vector<Index>>& lists,
      Index key,
      std::set<const Place*>& found
  ) const {
    const auto at = lists.find(key);
    for (std::size_t i = 0; at != lists.end() && i < at->second.size(); ++i) {
      const Place& place = facts_.topology.places()[at->second[i]];
      if (is_caller(*place.resource) && found.size() < kMostCandidates) {
        found.insert(&place);
      }
    }
  }

  const LintFacts& facts_;
  std::unordered_map<const Resource*, std::vector<const Hop*>> hops_;
  std::unordered_map<const Resource*, std::vector<const Resource*>> doors_;  ///< Of a proxy.
  std::unordered_map<Index, std::vector<Index>> wearers_, inhabitants_;      ///< Places.
};

/// Who reaches the target although no connection names it.
std::vector<Hop> find_strangers(
    const LintFacts& facts, const Exposure& exposure, const Hop& known
) {
  const std::set<std::string> clients = exposure.clients_of(*known.target.resource);
  std::map<std::string, Hop> strangers;  // By name, so that findings never depend on addresses.
  const auto attempt = [&](End source) {
    Hop hop;
    hop.source = std::move(source);
    hop.target = known.target;
    hop.port = known.port;
    hop.origin = known.origin;
    hop.because = "no connection is declared";
    prove(facts.topology, hop);
    if (hop.verdict() == Verdict::kReach || hop.verdict() == Verdict::kPartial) {
      strangers.emplace(hop.source.name, std::move(hop));
    }
  };
  const Place& target = *facts.topology.place_of(*known.target.resource);
  for (const Place* place : exposure.candidates(target, known.port)) {
    if (!clients.contains(place->resource->address.to_string()) &&
        place->resource != target.resource && !exposure.is_meant(*target.resource, *place)) {
      attempt(end_of(facts.topology, *place));
    }
  }
  const bool is_asked = std::any_of(clients.begin(), clients.end(), [](const std::string& name) {
    return name == "internet" || name.find('/') != std::string::npos;
  });
  if (!is_asked) {
    attempt(end_of("internet", AddressSet::internet()));
  }
  std::vector<Hop> found;
  found.reserve(strangers.size());
  for (auto& [name, hop] : strangers) {
    found.push_back(std::move(hop));
  }
  return found;
}

/// The connections are written, and each leads to something: who is not among them is not meant to
/// call. What one that cannot be read means is not known.
bool are_clients_known(const Manifest& manifest) {
  std::set<std::pair<const SourceFile*, Position>> read;
  for (const Connection& connection : manifest.connections) {
    const bool is_address =
        connection.to != "internet" && connection.to.find('/') == std::string::npos;
    if (is_address && manifest.find(Address::parse(connection.to)) == nullptr) {
      return false;  // RF001
    }
    read.emplace(connection.range.file, connection.range.begin);
  }
  bool is_written = false;
  for (const auto& document : manifest.documents) {
    const Node* all = document->find("connections");
    is_written = is_written || (all != nullptr && all->is_list());
    for (std::size_t i = 0; all != nullptr && i < all->items.size(); ++i) {
      if (!read.contains({all->items[i].range.file, all->items[i].range.begin})) {
        return false;
      }
    }
  }
  return is_written;
}

/// What is known of calls to a target: the first that is asked for, or that there is none.
Hop known_call(const LintContext& context, const Exposure& exposure, const Place& target) {
  if (const auto& hops = exposure.hops_to(*target.resource); !hops.empty()) {
    return *hops.front();
  }
  const Topology& topology = context.facts->topology;
  Hop hop;
  hop.target = end_of(topology, target);
  hop.port = listening_port(topology, *target.resource);
  hop.origin = context.manifest.range_of(*target.resource, "");
  return hop;
}

std::string list_names(const std::vector<Hop>& hops) {
  std::string text;
  for (std::size_t i = 0; i < std::min(hops.size(), kMostNamed); ++i) {
    text += fmt::format("{}`{}`", i == 0 ? "" : ", ", hops[i].source.name);
  }
  const std::size_t more = hops.size() - std::min(hops.size(), kMostNamed);
  return more == 0 ? text : fmt::format("{} and {} more", text, more);
}

}  // namespace

void rc004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Exposure exposure(*context.facts);
  const bool are_known = are_clients_known(context.manifest);
  for (const Place& place : context.facts->topology.places()) {
    const Resource* target = place.resource;
    const bool is_judged = is_target(*target) && (are_known || exposure.is_declared(*target) ||
                                                  exposure.is_behind(*target));
    const Hop known = is_judged ? known_call(context, exposure, place) : Hop();
    if (known.port == 0) {
      continue;
    }
    const std::vector<Hop> strangers = find_strangers(*context.facts, exposure, known);
    if (strangers.empty()) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*target, "securityGroups"},
        fmt::format("`{}` is reached by {}.", target->address.to_string(), list_names(strangers)),
        fmt::format(
            "declare `{{ from: {}, to: {} }}`, or remove the rule that lets it in",
            strangers.front().source.name,
            target->address.to_string()
        )
    );
    add_chain(reporting, strangers.front(), finding);
  }
}

namespace {

/// Whom a group's rules need to admit, for everything that wears it.
struct Need {
  bool is_known = true;
  bool is_guessed = false;      ///< Some were not declared: only what holds a client can be judged.
  std::set<std::string> rules;  ///< As they would be written.
  bool has_groups = true;       ///< All of `rules` name groups.
  std::vector<const Hop*> hops;
};

Need need_of(const Exposure& exposure, const Topology& topology, Index group) {
  Need need;
  for (const Place* place : exposure.wearers_of(group)) {
    const bool is_declared = exposure.is_declared(*place->resource);
    if (!is_target(*place->resource) || (!is_declared && !exposure.is_behind(*place->resource))) {
      need.is_known = false;
      return need;
    }
    need.is_guessed = need.is_guessed || !is_declared;
    for (const Hop* hop : exposure.hops_to(*place->resource)) {
      if (hop->is_denied) {
        continue;
      }
      // Whoever can never come here needs no rule, and has that as a finding.
      need.is_known = need.is_known && hop->network != Verdict::kBlocked;
      need.hops.push_back(hop);
      need.is_known = need.is_known && hop->port != 0;
      for (const Site& site : hop->source.sites) {
        need.is_known = need.is_known && site.is_exact;
      }
      const auto& groups = hop->source.groups;
      need.has_groups = need.has_groups && !groups.empty();
      need.rules.insert(fmt::format(
          "{{ port: {}, from: {} }}",
          hop->port,
          groups.empty() ? hop->source.name
                         : topology.groups()[groups.front()].resource->address.name
      ));
    }
  }
  need.is_known = need.is_known && !need.hops.empty();
  return need;
}

/// The rules that are needed in place of the one at `path`, unless it says more than where from.
std::vector<Edit> narrow(const Resource& group, const std::string& path, const Need& need) {
  const Node* list = group.entry->value.find("ingress");
  const Node* item = node_at(group, path);
  if (list == nullptr || item == nullptr || !list->is_list() || !item->is_map() ||
      !need.has_groups) {
    return {};
  }
  const bool is_bare =
      std::all_of(item->entries.begin(), item->entries.end(), [](const NodeEntry& entry) {
        return entry.key == "port" || entry.key == "ports" || entry.key == "protocol" ||
               entry.key == "from";
      });
  const bool is_flow = text_of(list->range).starts_with('[');
  if (!is_bare || (!is_flow && need.rules.size() > 1)) {
    return {};
  }
  std::string text;
  for (const std::string& rule : need.rules) {
    text.append(text.empty() ? "" : ", ").append(rule);
  }
  return replace_node(*item, text);
}

/// Databases and proxies wear it, and nothing else does that is known of.
bool is_worn_by_targets(const Exposure& exposure, Index group) {
  const std::vector<const Place*> wearers = exposure.wearers_of(group);
  return !wearers.empty() && std::all_of(wearers.begin(), wearers.end(), [](const Place* place) {
    return is_target(*place->resource);
  });
}

bool has_every_port(const GroupRule& rule) {
  return rule.is_tcp == Answer::kYes && rule.has_ports && rule.from == 0 && rule.to == 65535;
}

/// Its wearers alone.
bool is_of_itself(const GroupRule& rule, Index group) {
  return std::all_of(rule.peers.begin(), rule.peers.end(), [&](const Peer& peer) {
    return peer.kind == Peer::Kind::kGroup && peer.group == group;
  });
}

/// Why a rule of the group admits more than what is needed, and the part of it that does.
struct Excess {
  std::string text;  ///< "": it does not.
  std::string path;
};

/// Where a rule that admits every port says so.
std::string path_of_ports(const Resource& group, const GroupRule& rule) {
  const std::string ports = rule.path + ".ports";
  return node_at(group, ports) != nullptr ? ports : rule.path + ".protocol";
}

/// The addresses of the clients of what listens on the rule's ports.
AddressSet clients_by(const Need& need, const GroupRule& rule) {
  AddressSet addresses;
  for (const Hop* hop : need.hops) {
    for (std::size_t i = 0; rule.admits(hop->port) == Answer::kYes && i < hop->source.sites.size();
         ++i) {
      addresses.take(hop->source.sites[i].addresses);
      addresses.add(hop->source.sites[i].addresses);
    }
  }
  return addresses;
}

Excess excess_of(const Topology& topology, Index group, const GroupRule& rule, const Need& need) {
  const bool is_open = std::any_of(rule.peers.begin(), rule.peers.end(), [](const Peer& peer) {
    return peer.is_everyone;
  });
  if (is_open && has_every_port(rule)) {
    return {};  // SG008
  }
  const bool is_declared = need.is_known && !need.is_guessed;
  if (has_every_port(rule) && (is_declared || !is_of_itself(rule, group))) {
    return {"admits every port", path_of_ports(*topology.groups()[group].resource, rule)};
  }
  const AddressSet clients = clients_by(need, rule);
  if (!need.is_known || rule.is_tcp != Answer::kYes || !rule.has_ports || clients.empty()) {
    return {};
  }
  for (const Peer& peer : rule.peers) {
    AddressSet rest;
    rest.add(peer.range);
    rest.take(clients);
    const bool is_about_clients = !need.is_guessed || clients.overlaps(peer.range);
    if (peer.kind == Peer::Kind::kCidr4 && !peer.is_everyone && !rest.empty() && is_about_clients) {
      return {
          fmt::format(
              "admits {} addresses that no client has, such as {}",
              rest.size(),
              print_address(rest.lowest())
          ),
          peer.path};
    }
  }
  return {};
}

}  // namespace

void sg009(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  const Exposure exposure(*context.facts);
  for (Index index = 0; index < topology.groups().size(); ++index) {
    const Group& group = topology.groups()[index];
    const Need need = need_of(exposure, topology, index);
    const bool is_judged = need.is_known || is_worn_by_targets(exposure, index);
    for (std::size_t i = 0; is_judged && i < group.ingress.size(); ++i) {
      const Excess excess = excess_of(topology, index, group.ingress[i], need);
      if (excess.text.empty()) {
        continue;
      }
      std::string minimal;
      for (const std::string& text : need.rules) {
        minimal += (minimal.empty() ? "" : ", ") + text;
      }
      Diagnostic& finding = reporting.at(
          {*group.resource, excess.path},
          fmt::format("This rule of `{}` {}.", group.resource->address.to_string(), excess.text),
          need.is_known
              ? fmt::format("write `ingress: [{}]`, all that the connections need", minimal)
              : "name the one port that is listened on"
      );
      finding.edits = narrow(*group.resource, group.ingress[i].path, need);
      for (const Hop* hop : need.hops) {
        finding.evidence.push_back({hop->because, hop->origin});
      }
    }
  }
}

}  // namespace plumbline::checks
