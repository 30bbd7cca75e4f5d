#include "simulator/services/ec2_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_peering.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kProtocols = {
    {{"1", "icmp"}, {"6", "tcp"}, {"17", "udp"}, {"58", "icmpv6"}}};

bool is_integer(const std::string& text, int least, int most, int& out) {
  const std::size_t sign = text.rfind('-', 0) == 0 ? 1 : 0;
  if (text.size() <= sign || text.size() > 6 ||
      text.find_first_not_of("0123456789", sign) != std::string::npos) {
    return false;
  }
  out = std::stoi(text);
  return out >= least && out <= most;
}

std::optional<std::string> read_protocol(const std::string& text) {
  const std::string lower = to_lower(text);
  for (const auto& [number, name] : kProtocols) {
    if (lower == number || lower == name) {
      return std::string(name);
    }
  }
  int number = 0;
  if (is_integer(lower, -1, 255, number)) {
    return std::to_string(number);
  }
  return std::nullopt;
}

/// Protocol and ports of a permission in AWS's form, as the start of a rule.
std::variant<Value, Fault> read_range(const Value& permission) {
  const std::string& word = permission.text_of("IpProtocol");
  const auto protocol = read_protocol(word);
  if (!protocol) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format("Invalid value '{}' for IP protocol. Unknown protocol.", word)};
  }
  int from = -1;
  int to = -1;
  const std::string& from_text = permission.text_of("FromPort");
  const std::string& to_text = permission.text_of("ToPort");
  if (*protocol == "tcp" || *protocol == "udp") {
    if (from_text.empty() || to_text.empty()) {
      return Fault{
          400,
          "InvalidParameterValue",
          "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."};
    }
    if (!is_integer(from_text, 0, 65535, from) || !is_integer(to_text, 0, 65535, to) || from > to) {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format("Invalid TCP/UDP port range ({}:{})", from_text, to_text)};
    }
  } else if (*protocol == "icmp" || *protocol == "icmpv6") {
    if ((!from_text.empty() && !is_integer(from_text, -1, 255, from)) ||
        (!to_text.empty() && !is_integer(to_text, -1, 255, to)) || (from == -1 && to != -1)) {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format("ICMP code ({}) or type ({}) is invalid", to_text, from_text)};
    }
  }
  return Value::object({{"ipProtocol", *protocol}, {"fromPort", from}, {"toPort", to}});
}

std::optional<Fault> check_description(const std::string& text) {
  constexpr std::string_view kAllowed = " ._-:/()#,@[]+=&;{}!$*";
  const bool is_good = text.size() <= 255 && std::all_of(text.begin(), text.end(), [&](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') ||
                                kAllowed.find(c) != std::string_view::npos;
                       });
  if (is_good) {
    return std::nullopt;
  }
  return Fault{
      400,
      "InvalidParameterValue",
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the "
      "following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"};
}

/// Adds the group that a rule names as its peer.
std::optional<Fault> read_peer(Call& call, const Value& group, const Value& pair, Value& rule) {
  const std::string& user = pair.text_of("UserId");
  const std::string owner = user.empty() ? call.place.account : user;
  std::string id = pair.text_of("GroupId");
  if (id.empty() && !pair.text_of("GroupName").empty()) {
    for (const auto& [each, row] : call.place.table("security-group")) {
      if (row.text_of("groupName") == pair.text_of("GroupName") &&
          row.text_of("vpcId") == group.text_of("vpcId")) {
        id = each;
      }
    }
  }
  if (id.empty()) {
    return missing_parameter("groupId");
  }
  Value peer = Value::object({{"groupId", id}, {"userId", owner}});
  const auto theirs = call.places.find({owner, call.place.region});
  const Value* named =
      theirs == call.places.end() ? nullptr : theirs->second.find("security-group", id);
  if (owner == call.place.account || named == nullptr) {
    const Row row = find_row(call, "security-group", id);
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    named = std::get<Value*>(row);
  }
  const std::string& vpc = group.text_of("vpcId");
  const std::string& other = named->text_of("vpcId");
  if (other != vpc) {
    const Value* peering = active_peering(call.place, vpc, owner, other);
    if (peering == nullptr) {
      return Fault{
          400,
          "InvalidGroup.NotFound",
          "You have specified two resources that belong to different networks."};
    }
    peer.set("vpcId", other);
    peer.set("vpcPeeringConnectionId", peering->get("vpcPeeringConnectionId"));
    peer.set("peeringStatus", "active");
  }
  rule.set("referencedGroupInfo", std::move(peer));
  return std::nullopt;
}

/// Adds the address block that a rule names.
std::optional<Fault> read_cidr(const std::string& text, bool wants_v6, Value& rule) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6 != wants_v6) {
    return Fault{400, "InvalidParameterValue", fmt::format("CIDR block {} is malformed", text)};
  }
  rule.set(wants_v6 ? "cidrIpv6" : "cidrIpv4", cidr->to_string());
  return std::nullopt;
}

struct Source {
  std::string_view list, member;
};
constexpr std::array<Source, 4> kSources = {{
    {"IpRanges", "CidrIp"},
    {"Ipv6Ranges", "CidrIpv6"},
    {"PrefixListIds", "PrefixListId"},
    {"Groups", ""},
}};

std::optional<Fault> read_source(
    Call& call, const Value& group, const Source& source, const Value& item, Value& rule
) {
  const std::string& description = item.text_of("Description");
  if (auto fault = check_description(description)) {
    return fault;
  }
  if (!description.empty()) {
    rule.set("description", description);
  }
  if (source.list == "Groups") {
    return read_peer(call, group, item, rule);
  }
  const std::string& text = item.text_of(source.member);
  if (source.list == "PrefixListIds") {
    if (text.rfind("pl-", 0) != 0) {
      return Fault{
          400,
          "InvalidPrefixListID.NotFound",
          fmt::format("The prefix list ID '{}' does not exist", text)};
    }
    rule.set("prefixListId", text);
    return std::nullopt;
  }
  return read_cidr(text, source.list == "Ipv6Ranges", rule);
}

bool holds_port(const Value& rule, int port) {
  if (rule.text_of("ipProtocol") == "-1") {
    return true;
  }
  return rule.text_of("ipProtocol") == "tcp" && rule.get("fromPort").as_int() <= port &&
         port <= rule.get("toPort").as_int();
}

/// Groups whose rules are asked, and who is on the other end.
struct Side {
  const std::vector<std::string>& groups;
  const std::vector<std::string>& peers;
  const std::vector<std::string>& peer_subnets;
};

bool admits(Place& place, const Value& rule, const Side& side) {
  const std::string& peer = rule.get("referencedGroupInfo").text_of("groupId");
  if (!peer.empty()) {
    return std::find(side.peers.begin(), side.peers.end(), peer) != side.peers.end();
  }
  const auto block = parse_cidr(rule.text_of("cidrIpv4"));
  return block && std::any_of(
                      side.peer_subnets.begin(),
                      side.peer_subnets.end(),
                      [&](const std::string& id) {
                        const Value* subnet = place.find("subnet", id);
                        const auto inner = subnet == nullptr
                                               ? std::nullopt
                                               : parse_cidr(subnet->text_of("cidrBlock"));
                        return inner && block->holds(*inner);
                      }
                  );
}

bool is_open(Place& place, const Side& side, bool is_egress, int port) {
  for (const std::string& group : side.groups) {
    for (const Value* rule : rules_of(place, group, is_egress)) {
      if (holds_port(*rule, port) && admits(place, *rule, side)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::variant<std::vector<Value>, Fault> read_permissions(
    Call& call, const Value& group, bool is_egress, const List& permissions
) {
  std::vector<Value> rules;
  for (const Value& permission : permissions) {
    const auto range = read_range(permission);
    if (const auto* fault = std::get_if<Fault>(&range)) {
      return *fault;
    }
    const std::size_t before = rules.size();
    for (const Source& source : kSources) {
      for (const Value& item : list_of(permission, source.list)) {
        Value rule = std::get<Value>(range);
        rule.set("groupId", group.get("groupId"));
        rule.set("groupOwnerId", call.place.account);
        rule.set("isEgress", is_egress);
        if (auto fault = read_source(call, group, source, item, rule)) {
          return std::move(*fault);
        }
        rules.push_back(std::move(rule));
      }
    }
    if (rules.size() == before) {
      return missing_parameter("cidrIp, cidrIpv6, prefixListId or groupId");
    }
  }
  return rules;
}

std::string rule_key(const Value& rule) {
  std::string peer;
  if (const Value* group = rule.find("referencedGroupInfo")) {
    peer = group->text_of("groupId");
  }
  return fmt::format(
      "{} {} {} {}{}{}{}",
      rule.text_of("ipProtocol"),
      rule.get("fromPort").as_int(),
      rule.get("toPort").as_int(),
      rule.text_of("cidrIpv4"),
      rule.text_of("cidrIpv6"),
      rule.text_of("prefixListId"),
      peer
  );
}

std::vector<Value*> rules_of(Place& place, const std::string& group_id, bool is_egress) {
  std::vector<Value*> rules;
  for (auto& [id, rule] : place.table("security-group-rule")) {
    if (rule.text_of("groupId") == group_id && rule.get("isEgress") == Value(is_egress)) {
      rules.push_back(&rule);
    }
  }
  return rules;
}

Value permissions_of(const std::vector<Value*>& rules) {
  std::map<std::string, Value> merged;
  for (const Value* rule : rules) {
    const std::string& protocol = rule->text_of("ipProtocol");
    const bool has_ports = protocol.find_first_not_of("-0123456789") != std::string::npos;
    Value& entry = merged[fmt::format(
        "{} {} {}", protocol, rule->get("fromPort").as_int(), rule->get("toPort").as_int()
    )];
    if (entry.is_null()) {
      entry.set("ipProtocol", protocol);
      if (has_ports) {
        entry.set("fromPort", rule->get("fromPort"));
        entry.set("toPort", rule->get("toPort"));
      }
      for (const std::string_view list : {"groups", "ipRanges", "ipv6Ranges", "prefixListIds"}) {
        entry.set(list, List{});
      }
    }
    Value item{Object{}};
    std::string_view list = "groups";
    if (const Value* peer = rule->find("referencedGroupInfo")) {
      item = *peer;
    } else if (const Value* v4 = rule->find("cidrIpv4")) {
      list = "ipRanges";
      item.set("cidrIp", *v4);
    } else if (const Value* v6 = rule->find("cidrIpv6")) {
      list = "ipv6Ranges";
      item.set("cidrIpv6", *v6);
    } else {
      list = "prefixListIds";
      item.set("prefixListId", rule->get("prefixListId"));
    }
    item.set("description", rule->get("description"));
    entry.find(list)->push_back(std::move(item));
  }
  List entries;
  for (auto& [key, entry] : merged) {
    entries.push_back(std::move(entry));
  }
  return entries;
}

bool can_reach(Place& place, const Path& path) {
  return is_open(place, {path.from, path.to, path.to_subnets}, true, path.port) &&
         is_open(place, {path.to, path.from, path.from_subnets}, false, path.port);
}

}  // namespace plumbline::sim::ec2
