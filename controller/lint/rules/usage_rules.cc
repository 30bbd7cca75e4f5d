// RF004 and a part of RF005: what nothing uses, and rules that say the same. Often a wire was
// forgotten. What is handed out, by an output or in any other property, counts as used: whoever
// gets it may use it.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/config/expr.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// What is of use only to those who name it.
struct Useful {
  std::string_view section;
  std::string_view detail;
  std::string_view help;
};
constexpr Useful kUseful[] = {
    {"dbParameterGroups",
     "Its parameters are in force nowhere.",
     "name it as dbParameterGroup of a database"},
    {"policies", "What it allows is allowed to nobody.", "name it in managedPolicies of a role"},
    {"secrets", "Nobody reads it, as far as is written here.", "name it where it is read"},
    {"securityGroups", "Nothing wears it.", "name it in securityGroups"},
};

/// Of every resource: whether another one or an output names it, and whether something that may
/// wear it does.
struct Uses {
  std::vector<bool> named, worn;
};

Uses find_uses(const LintContext& context) {
  const std::vector<Resource>& resources = context.manifest.resources;
  Uses uses{std::vector<bool>(resources.size()), std::vector<bool>(resources.size())};
  for (const Edge& edge : context.graph.edges) {
    const bool is_peer = resources[edge.consumer].address.section == "securityGroups";
    uses.named[edge.producer] = uses.named[edge.producer] || edge.producer != edge.consumer;
    uses.worn[edge.producer] = uses.worn[edge.producer] || !is_peer;
  }
  for (const Output& output : context.manifest.outputs) {
    output.value.for_each_reference([&](const Reference& reference) {
      if (const Resource* resource = context.manifest.find(reference.address)) {
        const auto at = static_cast<std::size_t>(resource - resources.data());
        uses.named[at] = uses.worn[at] = true;
      }
    });
  }
  return uses;
}

void report_unused(const Reporting& reporting, const Resource& resource, const Useful& useful) {
  reporting.at(
      {resource, ""},
      fmt::format(
          "Nothing in the manifest names `{}`. {}", resource.address.to_string(), useful.detail
      ),
      fmt::format("{}, or delete it", useful.help)
  );
}

void check_unworn_peers(const Reporting& reporting, const Uses& uses) {
  const Topology& topology = reporting.context().facts->topology;
  const std::vector<Resource>& resources = reporting.context().manifest.resources;
  for (const Group& group : topology.groups()) {
    for (const auto* rules : {&group.ingress, &group.egress}) {
      for (const GroupRule& entry : *rules) {
        for (const Peer& peer : entry.peers) {
          if (peer.kind != Peer::Kind::kGroup) {
            continue;
          }
          const Resource& other = *topology.groups()[peer.group].resource;
          const auto at = static_cast<std::size_t>(&other - resources.data());
          if (uses.worn[at] || other.existing || &other == group.resource) {
            continue;
          }
          Diagnostic& finding = reporting.at(
              {*group.resource, peer.path},
              fmt::format(
                  "This rule of `{}` names `{}`, which nothing in the manifest wears: it never "
                  "matches.",
                  group.resource->address.to_string(),
                  other.address.to_string()
              ),
              fmt::format(
                  "name `{}` in securityGroups of what it is for, or delete the rule",
                  other.address.name
              )
          );
          // A host that another stack makes may wear it.
          finding.severity = Severity::kInfo;
          finding.evidence.push_back(reporting.evidence({other, ""}, "the group that is not worn"));
        }
      }
    }
  }
}

/// A rule for one peer: what it lets through, in a form that can be compared.
struct Opening {
  std::string protocol;  ///< "-1" is any.
  Value peer;            ///< Null when `range` is the peer.
  std::optional<AddressRange> range;
  int from = 0, to = 65535;
  std::string path;
};

using Key = std::tuple<std::string, Value, std::uint32_t, std::uint32_t>;

Key key_of(const Opening& opening, const std::string& protocol, const AddressRange& range) {
  return {protocol, opening.peer, range.first, range.last};
}

/// Those of one direction whose protocol, ports and peers are all known.
std::vector<Opening> openings_of(const Group& group, std::string_view direction) {
  std::vector<Opening> all;
  const Value& written = group.resource->properties.get(direction);
  const auto& rules = direction == "ingress" ? group.ingress : group.egress;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const GroupRule& rule = rules[i];
    const Value& item = written.as_list()[i];
    const Value& word = item.get("protocol");
    const Value protocol = word.is_null() ? Value("tcp") : find_value_function("ip_protocol")(word);
    const bool has_ports = protocol == Value("tcp") || protocol == Value("udp");
    const bool is_empty = rule.from > rule.to;  // SG010
    if (protocol != Value("-1") && (!has_ports || !rule.has_ports || is_empty)) {
      continue;
    }
    const Value& peers = item.get(direction == "ingress" ? "from" : "to");
    for (std::size_t j = 0; j < rule.peers.size(); ++j) {
      const Peer& peer = rule.peers[j];
      const bool is_range = peer.kind == Peer::Kind::kCidr4;
      if (!is_range && !peers.as_list()[j].is_known() && peer.kind != Peer::Kind::kGroup) {
        continue;
      }
      Opening& opening = all.emplace_back();
      opening.protocol = protocol.as_text();
      opening.range = is_range ? std::optional(peer.range) : std::nullopt;
      opening.peer = is_range                          ? Value()
                     : peer.kind == Peer::Kind::kGroup ? Value(static_cast<int>(peer.group))
                     : peer.kind == Peer::Kind::kCidr6
                         ? find_value_function("cidr6")(peers.as_list()[j].get("cidr6"))
                         : peers.as_list()[j];
      opening.from = has_ports ? rule.from : 0;
      opening.to = has_ports ? rule.to : 65535;
      opening.path = peer.path;
    }
  }
  return all;
}

/// The openings of one key, widest first; only those that no other of the key holds.
class Widest {
 public:
  explicit Widest(const std::vector<Opening>& all) {
    for (const Opening& opening : all) {
      by_key_[key_of(opening, opening.protocol, opening.range.value_or(AddressRange{}))].push_back(
          &opening
      );
    }
    for (auto& [key, list] : by_key_) {
      std::stable_sort(list.begin(), list.end(), [](const Opening* a, const Opening* b) {
        return std::tie(a->from, b->to) < std::tie(b->from, a->to);
      });
      int reach = -1;
      std::erase_if(list, [&](const Opening* one) {
        const bool is_held = one->to <= reach;
        reach = std::max(reach, one->to);
        return is_held;
      });
    }
  }

  /// Another opening that lets through all that this one does; null when none does.
  [[nodiscard]] const Opening* over(const Opening& one) const {
    for (const std::string& protocol : {one.protocol, std::string("-1")}) {
      const Opening* found = one.range ? over_range(one, protocol)
                             : one.peer.is_text()
                                 ? over_range6(one, protocol)
                                 : find(key_of(one, protocol, AddressRange{}), one);
      if (found != nullptr) {
        return found;
      }
    }
    return nullptr;
  }

 private:
  /// Ranges are blocks: those that hold one are as many as there are shorter prefixes.
  [[nodiscard]] const Opening* over_range(const Opening& one, const std::string& protocol) const {
    for (std::uint64_t size = 1; size <= std::uint64_t{1} << 32U; size *= 2) {
      const auto mask = static_cast<std::uint32_t>(size - 1);
      const AddressRange block = {one.range->first & ~mask, one.range->first | mask};
      const Opening* found =
          block.holds(*one.range) ? find(key_of(one, protocol, block), one) : nullptr;
      if (found != nullptr) {
        return found;
      }
    }
    return nullptr;
  }

  /// The same of IPv6, whose ranges are texts of one form.
  [[nodiscard]] const Opening* over_range6(const Opening& one, const std::string& protocol) const {
    const std::string& range = one.peer.as_text();
    const auto slash = range.rfind('/');
    int bits = 0;
    std::from_chars(range.data() + slash + 1, range.data() + range.size(), bits);
    for (Opening block = one; slash != std::string::npos && bits >= 0; --bits) {
      const Value wider(fmt::format("{}/{}", range.substr(0, slash), bits));
      block.peer = find_value_function("cidr6")(wider);
      if (const Opening* found = find(key_of(block, protocol, AddressRange{}), one)) {
        return found;
      }
    }
    return nullptr;
  }

  [[nodiscard]] const Opening* find(const Key& key, const Opening& one) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      return nullptr;
    }
    // Of those that begin no later, the last one ends last.
    const auto& list = found->second;
    const auto after =
        std::upper_bound(list.begin(), list.end(), one.from, [](int from, const Opening* other) {
          return from < other->from;
        });
    const Opening* last = after == list.begin() ? nullptr : *std::prev(after);
    return last != nullptr && last != &one && last->to >= one.to ? last : nullptr;
  }

  std::map<Key, std::vector<const Opening*>> by_key_;
};

bool is_same(const Opening& one, const Opening& other) {
  return one.protocol == other.protocol && one.from == other.from && one.to == other.to &&
         one.peer == other.peer && one.range == other.range;
}

/// Calls `visit` with every opening of a group that another one holds, and with that one.
template <class Visit>
void for_each_held(const Group& group, const Visit& visit) {
  for (const std::string_view direction : {"ingress", "egress"}) {
    const std::vector<Opening> all = openings_of(group, direction);
    if (all.size() < 2) {
      continue;
    }
    const Widest widest(all);
    for (const Opening& opening : all) {
      if (const Opening* wider = widest.over(opening)) {
        visit(opening, *wider);
      }
    }
  }
}

void check_subsumed(const Reporting& reporting, const Group& group) {
  for_each_held(group, [&](const Opening& opening, const Opening& wider) {
    if (is_same(opening, wider)) {
      return;  // RF005
    }
    Diagnostic& finding = reporting.at(
        {*group.resource, opening.path},
        fmt::format(
            "This rule of `{}` changes nothing: another one lets all of it through.",
            group.resource->address.to_string()
        ),
        "delete it, or narrow the other one"
    );
    finding.evidence.push_back(
        reporting.evidence({*group.resource, wider.path}, "the rule that lets it through")
    );
  });
}

/// Secrets are often read by name: whatever a program is told counts as one.
std::set<std::string> texts_for_programs(const LintContext& context) {
  std::set<std::string> texts;
  for (const Resource* function : context.facts->topology.section("functions")) {
    if (const Node* environment = function->entry->value.find("environment")) {
      for (const NodeEntry& variable : environment->entries) {
        texts.insert(variable.value.text);
      }
    }
  }
  return texts;
}

}  // namespace

void rf004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  // A file that could not be read may use anything.
  if (!context.manifest.is_whole) {
    return;
  }
  const Uses uses = find_uses(context);
  const std::set<std::string> told = texts_for_programs(context);
  for (std::size_t i = 0; i < uses.named.size(); ++i) {
    const Resource& resource = context.manifest.resources[i];
    const auto* useful =
        std::find_if(std::begin(kUseful), std::end(kUseful), [&](const Useful& one) {
          return one.section == resource.address.section;
        });
    const bool is_told =
        resource.address.section == "secrets" && told.contains(resource.properties.text_of("name"));
    if (!uses.named[i] && !is_told && !resource.existing && useful != std::end(kUseful)) {
      report_unused(reporting, resource, *useful);
    }
  }
  check_unworn_peers(reporting, uses);
  for (const Group& group : context.facts->topology.groups()) {
    check_subsumed(reporting, group);
  }
}

void rf005_rules(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Group& group : context.facts->topology.groups()) {
    for_each_held(group, [&](const Opening& opening, const Opening& first) {
      if (!is_same(opening, first)) {
        return;
      }
      Diagnostic& finding = reporting.at(
          {*group.resource, opening.path},
          fmt::format(
              "`{}` has this rule twice; EC2 refuses it with InvalidPermission.Duplicate.",
              group.resource->address.to_string()
          ),
          "delete one of them"
      );
      finding.summary = "two rules are the same";
      finding.evidence.push_back(reporting.evidence({*group.resource, first.path}, "the same rule")
      );
    });
  }
}

}  // namespace plumbline::checks
