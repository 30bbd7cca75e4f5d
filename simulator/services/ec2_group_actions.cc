// Security groups: made, shown, deleted. Their rules' actions are in ec2_rule_actions.cc.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_rules.h"

namespace plumbline::sim::ec2 {
namespace {

const Filters& group_filters() {
  static const Filters kFilters = {
      {"description", "groupDescription"},
      {"egress.ip-permission.cidr", "ipPermissionsEgress.ipRanges.cidrIp"},
      {"egress.ip-permission.from-port", "ipPermissionsEgress.fromPort"},
      {"egress.ip-permission.group-id", "ipPermissionsEgress.groups.groupId"},
      {"egress.ip-permission.ipv6-cidr", "ipPermissionsEgress.ipv6Ranges.cidrIpv6"},
      {"egress.ip-permission.prefix-list-id", "ipPermissionsEgress.prefixListIds.prefixListId"},
      {"egress.ip-permission.protocol", "ipPermissionsEgress.ipProtocol"},
      {"egress.ip-permission.to-port", "ipPermissionsEgress.toPort"},
      {"group-id", "groupId"},
      {"group-name", "groupName"},
      {"ip-permission.cidr", "ipPermissions.ipRanges.cidrIp"},
      {"ip-permission.from-port", "ipPermissions.fromPort"},
      {"ip-permission.group-id", "ipPermissions.groups.groupId"},
      {"ip-permission.ipv6-cidr", "ipPermissions.ipv6Ranges.cidrIpv6"},
      {"ip-permission.prefix-list-id", "ipPermissions.prefixListIds.prefixListId"},
      {"ip-permission.protocol", "ipPermissions.ipProtocol"},
      {"ip-permission.to-port", "ipPermissions.toPort"},
      {"owner-id", "ownerId"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

std::optional<Fault> check_text(const std::string& text, std::string_view parameter) {
  constexpr std::string_view kAllowed = " ._-:/()#,@[]+=&;{}!$*";
  const bool is_good = std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kAllowed.find(c) != std::string_view::npos;
  });
  if (text.empty()) {
    return missing_parameter(parameter);
  }
  if (!is_good) {
    return invalid_value(text, parameter, "Character sets beyond ASCII are not supported.");
  }
  if (text.size() > 255) {
    return invalid_value(text, parameter, "It has more than 255 characters.");
  }
  return std::nullopt;
}

std::optional<Fault> check_name(Call& call, const std::string& name, const std::string& vpc_id) {
  if (auto fault = check_text(name, "GroupName")) {
    return fault;
  }
  if (name.rfind("sg-", 0) == 0) {
    return invalid_value(name, "groupName", "Group names may not be in the format sg-*.");
  }
  if (name == "default") {
    return Fault{400, "InvalidParameterValue", "Cannot use reserved security group name: default"};
  }
  for (const auto& [id, row] : call.place.table("security-group")) {
    if (row.text_of("vpcId") == vpc_id && row.text_of("groupName") == name) {
      return Fault{
          400,
          "InvalidGroup.Duplicate",
          fmt::format("The security group '{}' already exists for VPC '{}'", name, vpc_id)};
    }
  }
  return std::nullopt;
}

void allow_all_out(Call& call, const std::string& group_id) {
  const std::string id = call.world.make_id("sgr");
  call.place.table("security-group-rule")[id] = Value::object(
      {{"securityGroupRuleId", id},
       {"groupId", group_id},
       {"groupOwnerId", call.place.account},
       {"isEgress", true},
       {"ipProtocol", "-1"},
       {"fromPort", -1},
       {"toPort", -1},
       {"cidrIpv4", "0.0.0.0/0"},
       {"tagSet", List{}},
       {"securityGroupRuleArn", arn_of(call.place, "security-group-rule", id)}}
  );
}

Outcome create_group(Call& call) {
  const std::string name(trim(call.params.text_of("GroupName")));
  const std::string& description = call.params.text_of("GroupDescription");
  const std::string& vpc_id = call.params.text_of("VpcId");
  if (vpc_id.empty()) {
    return Fault{400, "VPCIdNotSpecified", "No default VPC for this user"};
  }
  const Row vpc = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&vpc)) {
    return *fault;
  }
  if (auto fault = check_name(call, name, vpc_id)) {
    return std::move(*fault);
  }
  if (auto fault = check_text(description, "GroupDescription")) {
    return std::move(*fault);
  }
  const auto tags = tags_for(call, "security-group");
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  const std::string id = call.world.make_id("sg");
  const std::string arn = arn_of(call.place, "security-group", id);
  call.place.table("security-group")[id] = Value::object(
      {{"groupId", id},
       {"groupName", name},
       {"groupDescription", description},
       {"ownerId", call.place.account},
       {"vpcId", vpc_id},
       {"tagSet", std::get<Value>(tags)},
       {"securityGroupArn", arn}}
  );
  allow_all_out(call, id);
  return Value::object(
      {{"return", true},
       {"groupId", id},
       {"tagSet", std::get<Value>(tags)},
       {"securityGroupArn", arn}}
  );
}

Outcome describe_groups(Call& call) {
  if (call.params.find("GroupName") != nullptr) {
    return Fault{400, "VPCIdNotSpecified", "No default VPC for this user"};
  }
  return describe(call, "security-group", group_filters(), [&call](const Value& row) {
    Value shown = row;
    const std::string& id = row.text_of("groupId");
    shown.set("ipPermissions", permissions_of(rules_of(call.place, id, false)));
    shown.set("ipPermissionsEgress", permissions_of(rules_of(call.place, id, true)));
    return shown;
  });
}

/// True while a network interface or a rule of another group names the group.
bool is_used(Place& place, const std::string& group_id) {
  for (const auto& [id, eni] : place.table("network-interface")) {
    const auto groups = texts_at(eni, "groupSet.groupId");
    if (std::find(groups.begin(), groups.end(), group_id) != groups.end()) {
      return true;
    }
  }
  for (const auto& [id, rule] : place.table("security-group-rule")) {
    if (rule.text_of("groupId") != group_id &&
        rule.get("referencedGroupInfo").text_of("groupId") == group_id) {
      return true;
    }
  }
  return false;
}

Outcome delete_group(Call& call) {
  if (call.params.text_of("GroupId").empty() && !call.params.text_of("GroupName").empty()) {
    return Fault{400, "VPCIdNotSpecified", "No default VPC for this user"};
  }
  const Row row = find_named(call, "security-group", "GroupId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& group = *std::get<Value*>(row);
  const std::string id = group.text_of("groupId");
  if (group.text_of("groupName") == "default") {
    return Fault{
        400,
        "CannotDelete",
        fmt::format(
            "the specified group: \"{}\" name: \"default\" cannot be deleted by a user", id
        )};
  }
  if (is_used(call.place, id)) {
    return dependency_violation(fmt::format("resource {} has a dependent object", id));
  }
  std::erase_if(call.place.table("security-group-rule"), [&](const auto& each) {
    return each.second.text_of("groupId") == id;
  });
  call.place.table("security-group").erase(id);
  return Value::object({{"return", true}, {"groupId", id}});
}

}  // namespace

void add_group_actions(Actions& actions) {
  actions["CreateSecurityGroup"] = {
      create_group, "GroupName GroupDescription VpcId TagSpecification"};
  actions["DescribeSecurityGroups"] = {
      describe_groups, "GroupId GroupName Filter MaxResults NextToken"};
  actions["DeleteSecurityGroup"] = {delete_group, "GroupId GroupName"};
}

}  // namespace plumbline::sim::ec2
