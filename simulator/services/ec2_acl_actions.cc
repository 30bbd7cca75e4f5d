// Network ACLs: numbered entries, at most twenty a direction, and the subnets they guard. A subnet
// has exactly one ACL at any time, so that associations are only ever replaced.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_place.h"
#include "simulator/services/params.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::size_t kEntryQuota = 20;
constexpr std::int64_t kLastNumber = 32766;
constexpr std::int64_t kFinalDeny = 32767;

Outcome describe_acls(Call& call) {
  static const Filters kFilters = {
      {"association.association-id", "associationSet.networkAclAssociationId"},
      {"association.network-acl-id", "associationSet.networkAclId"},
      {"association.subnet-id", "associationSet.subnetId"},
      {"default", "default"},
      {"network-acl-id", "networkAclId"},
      {"owner-id", "ownerId"},
      {"vpc-id", "vpcId"},
  };
  return describe(call, "network-acl", kFilters);
}

Value final_deny(bool is_egress) {
  return Value::object(
      {{"ruleNumber", kFinalDeny},
       {"protocol", "-1"},
       {"ruleAction", "deny"},
       {"egress", is_egress},
       {"cidrBlock", "0.0.0.0/0"}}
  );
}

Outcome create_acl(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  auto tags = tags_for(call, "network-acl");
  if (auto* fault = std::get_if<Fault>(&tags)) {
    return std::move(*fault);
  }
  const std::string id = call.world.make_id("acl");
  const Value acl = Value::object(
      {{"networkAclId", id},
       {"vpcId", call.params.get("VpcId")},
       {"ownerId", call.place.account},
       {"default", false},
       {"entrySet", Value::list({final_deny(true), final_deny(false)})},
       {"associationSet", List{}},
       {"tagSet", std::get<Value>(tags)}}
  );
  call.place.table("network-acl")[id] = acl;
  return Value::object({{"networkAcl", acl}});
}

Outcome delete_acl(Call& call) {
  const Row row = find_named(call, "network-acl", "NetworkAclId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("NetworkAclId");
  const Value& acl = *std::get<Value*>(row);
  if (acl.get("default") == Value(true)) {
    return invalid_value(id, "networkAclId", "The default network ACL cannot be deleted.");
  }
  if (acl.get("associationSet").size() != 0) {
    return dependency_violation(
        fmt::format("The networkAcl '{}' has dependencies and cannot be deleted.", id)
    );
  }
  call.place.table("network-acl").erase(id);
  return Value();
}

/// Protocols are numbers; the names of the common ones are understood.
std::optional<std::string> protocol_number(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames = {
      {{"all", "-1"}, {"icmp", "1"}, {"tcp", "6"}, {"udp", "17"}, {"icmpv6", "58"}}};
  for (const auto& [name, number] : kNames) {
    if (to_lower(text) == name || text == number) {
      return std::string(number);
    }
  }
  const bool is_number =
      !text.empty() && text.size() < 4 && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number && std::stoi(text) < 256 ? std::optional(text) : std::nullopt;
}

/// The range of the call goes into the entry, masked.
std::optional<Fault> read_range(const Value& params, Value& entry) {
  const std::string& v4 = params.text_of("CidrBlock");
  const std::string& v6 = params.text_of("Ipv6CidrBlock");
  if (v4.empty() == v6.empty()) {
    return missing_parameter("cidrBlock or ipv6CidrBlock");
  }
  const std::string& text = v4.empty() ? v6 : v4;
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6 != v4.empty()) {
    return invalid_value(text, "cidrBlock", "This is not a valid CIDR block.");
  }
  entry.set(v4.empty() ? "ipv6CidrBlock" : "cidrBlock", cidr->to_string());
  return std::nullopt;
}

/// tcp and udp say which ports, ICMP which type and code.
std::optional<Fault> read_ports(const Value& params, const std::string& protocol, Value& entry) {
  if (protocol == "6" || protocol == "17") {
    const auto from = int_param(params.get("PortRange"), "From");
    const auto to = int_param(params.get("PortRange"), "To");
    if (!from || !to) {
      return missing_parameter("portRange");
    }
    if (*from < 0 || *to > 65535 || *from > *to) {
      return invalid_value(fmt::format("{}-{}", *from, *to), "portRange");
    }
    entry.set("portRange", Value::object({{"from", *from}, {"to", *to}}));
  }
  if (protocol == "1" || protocol == "58") {
    const auto type = int_param(params.get("Icmp"), "Type");
    const auto code = int_param(params.get("Icmp"), "Code");
    if (!type || !code) {
      return missing_parameter("icmpTypeCode");
    }
    entry.set("icmpTypeCode", Value::object({{"code", *code}, {"type", *type}}));
  }
  return std::nullopt;
}

std::variant<Value, Fault> read_entry(const Value& params) {
  const auto number = int_param(params, "RuleNumber");
  if (!number) {
    return missing_parameter("ruleNumber");
  }
  if (*number < 1 || *number > kLastNumber) {
    return invalid_value(std::to_string(*number), "ruleNumber");
  }
  const std::string& action = params.text_of("RuleAction");
  if (action != "allow" && action != "deny") {
    return action.empty() ? missing_parameter("ruleAction") : invalid_value(action, "ruleAction");
  }
  const auto protocol = protocol_number(params.text_of("Protocol"));
  if (!protocol) {
    return invalid_value(params.text_of("Protocol"), "protocol");
  }
  if (params.find("Egress") == nullptr) {
    return missing_parameter("egress");
  }
  Value entry = Value::object(
      {{"ruleNumber", *number},
       {"protocol", *protocol},
       {"ruleAction", action},
       {"egress", is_true(params, "Egress")}}
  );
  if (auto fault = read_range(params, entry)) {
    return std::move(*fault);
  }
  if (auto fault = read_ports(params, *protocol, entry)) {
    return std::move(*fault);
  }
  return entry;
}

List::iterator find_entry(List& entries, const Value& number, const Value& is_egress) {
  return std::find_if(entries.begin(), entries.end(), [&](const Value& entry) {
    return entry.get("ruleNumber") == number && entry.get("egress") == is_egress;
  });
}

Fault no_entry(const Value& number) {
  return {
      400,
      "InvalidNetworkAclEntry.NotFound",
      fmt::format(
          "The network acl entry identified by {} does not exist.",
          number.is_int() ? number.as_int() : 0
      )};
}

Outcome create_or_replace_entry(Call& call) {
  const Row row = find_named(call, "network-acl", "NetworkAclId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  auto read = read_entry(call.params);
  if (auto* fault = std::get_if<Fault>(&read)) {
    return std::move(*fault);
  }
  Value& entry = std::get<Value>(read);
  List& entries = std::get<Value*>(row)->find("entrySet")->as_list();
  const auto old = find_entry(entries, entry.get("ruleNumber"), entry.get("egress"));
  if (call.action == "ReplaceNetworkAclEntry") {
    if (old == entries.end()) {
      return no_entry(entry.get("ruleNumber"));
    }
    *old = std::move(entry);
    return Value::object({{"return", true}});
  }
  if (old != entries.end()) {
    return Fault{
        400,
        "NetworkAclEntryAlreadyExists",
        fmt::format(
            "The network acl entry identified by {} already exists.",
            entry.get("ruleNumber").as_int()
        )};
  }
  const auto held = std::count_if(entries.begin(), entries.end(), [&](const Value& each) {
    return each.get("egress") == entry.get("egress") && each.get("ruleNumber") != Value(kFinalDeny);
  });
  if (static_cast<std::size_t>(held) >= kEntryQuota) {
    return Fault{
        400,
        "NetworkAclEntryLimitExceeded",
        "The maximum number of network acl entries has been reached."};
  }
  entries.push_back(std::move(entry));
  std::stable_sort(entries.begin(), entries.end(), [](const Value& a, const Value& b) {
    return a.get("ruleNumber").as_int() < b.get("ruleNumber").as_int();
  });
  return Value::object({{"return", true}});
}

Outcome delete_entry(Call& call) {
  const Row row = find_named(call, "network-acl", "NetworkAclId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto number = int_param(call.params, "RuleNumber");
  if (!number) {
    return missing_parameter("ruleNumber");
  }
  if (*number > kLastNumber) {
    return invalid_value(std::to_string(*number), "ruleNumber");
  }
  List& entries = std::get<Value*>(row)->find("entrySet")->as_list();
  const auto at = find_entry(entries, Value(*number), Value(is_true(call.params, "Egress")));
  if (at == entries.end()) {
    return no_entry(Value(*number));
  }
  entries.erase(at);
  return Value::object({{"return", true}});
}

Outcome replace_acl_association(Call& call) {
  const Row row = find_named(call, "network-acl", "NetworkAclId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string& old_id = call.params.text_of("AssociationId");
  if (old_id.empty()) {
    return missing_parameter("associationId");
  }
  Value& acl = *std::get<Value*>(row);
  for (auto& [id, holder] : call.place.table("network-acl")) {
    List& set = holder.find("associationSet")->as_list();
    const auto at = std::find_if(set.begin(), set.end(), [&](const Value& association) {
      return association.text_of("networkAclAssociationId") == old_id;
    });
    if (at == set.end()) {
      continue;
    }
    if (holder.get("vpcId") != acl.get("vpcId")) {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format(
              "Network ACL {} and subnet {} belong to different networks",
              acl.text_of("networkAclId"),
              at->text_of("subnetId")
          )};
    }
    Value association = *at;
    set.erase(at);
    const std::string new_id = call.world.make_id("aclassoc");
    association.set("networkAclAssociationId", new_id);
    association.set("networkAclId", acl.get("networkAclId"));
    acl.find("associationSet")->push_back(std::move(association));
    return Value::object({{"newAssociationId", new_id}});
  }
  return Fault{
      400,
      "InvalidAssociationID.NotFound",
      fmt::format("The association ID '{}' does not exist", old_id)};
}

}  // namespace

void add_acl_actions(Actions& actions) {
  constexpr std::string_view kEntry =
      "NetworkAclId RuleNumber Protocol RuleAction Egress CidrBlock Ipv6CidrBlock Icmp PortRange";
  actions["CreateNetworkAcl"] = {create_acl, "VpcId ClientToken TagSpecification"};
  actions["DescribeNetworkAcls"] = {describe_acls, "NetworkAclId Filter MaxResults NextToken"};
  actions["DeleteNetworkAcl"] = {delete_acl, "NetworkAclId"};
  actions["CreateNetworkAclEntry"] = {create_or_replace_entry, kEntry};
  actions["ReplaceNetworkAclEntry"] = {create_or_replace_entry, kEntry};
  actions["DeleteNetworkAclEntry"] = {delete_entry, "NetworkAclId RuleNumber Egress"};
  actions["ReplaceNetworkAclAssociation"] = {replace_acl_association, "AssociationId NetworkAclId"};
}

}  // namespace plumbline::sim::ec2
