// The actions on security group rules: authorise, revoke, describe, modify.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "simulator/services/ec2_rules.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr int kRulesPerDirection = 60;

bool is_about_egress(const Call& call) {
  return call.action.find("Egress") != std::string::npos;
}

/// The IpPermissions of a call; the older single parameters are read as one permission.
List permissions_in(const Call& call) {
  const List& given = list_of(call.params, "IpPermissions");
  if (!given.empty() || call.params.text_of("CidrIp").empty()) {
    return given;
  }
  Value range{Object{}};
  range.set("CidrIp", call.params.get("CidrIp"));
  Value single{Object{}};
  for (const std::string_view name : {"IpProtocol", "FromPort", "ToPort"}) {
    single.set(name, call.params.get(name));
  }
  single.set("IpRanges", Value::list({range}));
  return {single};
}

std::string peer_words(const Value& rule) {
  const std::string& protocol = rule.text_of("ipProtocol");
  const Value& group = rule.get("referencedGroupInfo");
  const std::string peer = rule.text_of("cidrIpv4") + rule.text_of("cidrIpv6") +
                           rule.text_of("prefixListId") + group.text_of("groupId");
  if (protocol == "-1") {
    return fmt::format("peer: {}, ALL, ALLOW", peer);
  }
  return fmt::format(
      "peer: {}, {}, from port: {}, to port: {}, ALLOW",
      peer,
      protocol,
      rule.get("fromPort").as_int(),
      rule.get("toPort").as_int()
  );
}

/// Nothing when the new rules differ from one another and from those that are there.
std::optional<Fault> check_new(const std::vector<Value*>& old, const std::vector<Value>& added) {
  std::set<std::string> keys;
  for (const Value& rule : added) {
    if (!keys.insert(rule_key(rule)).second) {
      return Fault{
          400, "InvalidParameterValue", "The same permission must not appear multiple times"};
    }
  }
  int v4 = 0;
  int v6 = 0;
  const auto count = [&](const Value& rule) {
    v4 += rule.find("cidrIpv6") == nullptr ? 1 : 0;
    v6 += rule.find("cidrIpv4") == nullptr ? 1 : 0;
  };
  for (const Value* rule : old) {
    if (keys.count(rule_key(*rule)) != 0) {
      return Fault{
          400,
          "InvalidPermission.Duplicate",
          fmt::format("the specified rule \"{}\" already exists", peer_words(*rule))};
    }
    count(*rule);
  }
  for (const Value& rule : added) {
    count(rule);
  }
  if (std::max(v4, v6) > kRulesPerDirection) {
    return Fault{
        400,
        "RulesPerSecurityGroupLimitExceeded",
        "The maximum number of rules per security group has been reached."};
  }
  return std::nullopt;
}

Outcome authorize(Call& call) {
  const Row row = find_named(call, "security-group", "GroupId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& group = *std::get<Value*>(row);
  const List permissions = permissions_in(call);
  if (permissions.empty()) {
    return missing_parameter("ipPermissions");
  }
  auto read = read_permissions(call, group, is_about_egress(call), permissions);
  if (const auto* fault = std::get_if<Fault>(&read)) {
    return *fault;
  }
  const auto tags = tags_for(call, "security-group-rule");
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  auto& rules = std::get<std::vector<Value>>(read);
  if (auto fault =
          check_new(rules_of(call.place, group.text_of("groupId"), is_about_egress(call)), rules)) {
    return std::move(*fault);
  }
  List shown;
  for (Value& rule : rules) {
    const std::string id = call.world.make_id("sgr");
    rule.set("securityGroupRuleId", id);
    rule.set("securityGroupRuleArn", arn_of(call.place, "security-group-rule", id));
    rule.set("tagSet", std::get<Value>(tags));
    call.place.table("security-group-rule")[id] = rule;
    shown.push_back(rule);
  }
  return Value::object({{"return", true}, {"securityGroupRuleSet", std::move(shown)}});
}

/// The ids of the rules that a call names by id or by permission.
std::variant<std::vector<std::string>, Fault> named_rules(Call& call, const Value& group) {
  const bool is_egress = is_about_egress(call);
  std::vector<std::string> ids;
  for (const Value& id : list_of(call.params, "SecurityGroupRuleId")) {
    const Row row = find_row(call, "security-group-rule", id.is_text() ? id.as_text() : "");
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    const Value& rule = *std::get<Value*>(row);
    if (rule.get("groupId") != group.get("groupId") || rule.get("isEgress") != Value(is_egress)) {
      return Fault{
          400,
          "InvalidSecurityGroupRuleId.NotFound",
          fmt::format("The security group rule ID '{}' does not exist", id.as_text())};
    }
    ids.push_back(id.as_text());
  }
  const auto read = read_permissions(call, group, is_egress, permissions_in(call));
  if (const auto* fault = std::get_if<Fault>(&read)) {
    return *fault;
  }
  const auto held = rules_of(call.place, group.text_of("groupId"), is_egress);
  for (const Value& wanted : std::get<std::vector<Value>>(read)) {
    const auto found = std::find_if(held.begin(), held.end(), [&](const Value* rule) {
      return rule_key(*rule) == rule_key(wanted);
    });
    if (found == held.end()) {
      return Fault{
          400,
          "InvalidPermission.NotFound",
          "The specified rule does not exist in this security group."};
    }
    ids.push_back((*found)->text_of("securityGroupRuleId"));
  }
  if (ids.empty()) {
    return missing_parameter("ipPermissions or securityGroupRuleIds");
  }
  return ids;
}

Outcome revoke(Call& call) {
  const Row row = find_named(call, "security-group", "GroupId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto ids = named_rules(call, *std::get<Value*>(row));
  if (const auto* fault = std::get_if<Fault>(&ids)) {
    return *fault;
  }
  List revoked;
  Table& rules = call.place.table("security-group-rule");
  for (const std::string& id : std::get<std::vector<std::string>>(ids)) {
    const auto rule = rules.find(id);
    if (rule == rules.end()) {
      continue;  // Named twice.
    }
    Value shown = rule->second;
    const std::string peer = shown.get("referencedGroupInfo").text_of("groupId");
    shown.set("referencedGroupInfo", Value());
    if (!peer.empty()) {
      shown.set("referencedGroupId", peer);
    }
    revoked.push_back(std::move(shown));
    rules.erase(rule);
  }
  return Value::object({{"return", true}, {"revokedSecurityGroupRuleSet", std::move(revoked)}});
}

Outcome describe_rules(Call& call) {
  static const Filters kFilters = {
      {"group-id", "groupId"}, {"security-group-rule-id", "securityGroupRuleId"}};
  return describe(call, "security-group-rule", kFilters);
}

/// A SecurityGroupRuleRequest as the permission it means.
Value as_permission(const Value& request) {
  Value permission{Object{}};
  for (const std::string_view name : {"IpProtocol", "FromPort", "ToPort"}) {
    permission.set(name, request.get(name));
  }
  const auto put = [&](std::string_view from, std::string_view list, std::string_view member) {
    if (!request.text_of(from).empty()) {
      Value item{Object{}};
      item.set(member, request.get(from));
      item.set("Description", request.get("Description"));
      permission.set(list, Value::list({item}));
    }
  };
  put("CidrIpv4", "IpRanges", "CidrIp");
  put("CidrIpv6", "Ipv6Ranges", "CidrIpv6");
  put("PrefixListId", "PrefixListIds", "PrefixListId");
  put("ReferencedGroupId", "Groups", "GroupId");
  return permission;
}

Outcome modify_rules(Call& call) {
  const Row row = find_named(call, "security-group", "GroupId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& group = *std::get<Value*>(row);
  for (const Value& update : list_of(call.params, "SecurityGroupRule")) {
    const Row found = find_row(call, "security-group-rule", update.text_of("SecurityGroupRuleId"));
    if (const auto* fault = std::get_if<Fault>(&found)) {
      return *fault;
    }
    Value& rule = *std::get<Value*>(found);
    const bool is_egress = rule.get("isEgress").as_bool();
    auto read =
        read_permissions(call, group, is_egress, {as_permission(update.get("SecurityGroupRule"))});
    if (const auto* fault = std::get_if<Fault>(&read)) {
      return *fault;
    }
    auto& wanted = std::get<std::vector<Value>>(read);
    if (wanted.size() != 1 || rule.get("groupId") != group.get("groupId")) {
      return Fault{
          400, "InvalidParameterCombination", "A rule has one source and belongs to one group."};
    }
    for (const Value* other : rules_of(call.place, group.text_of("groupId"), is_egress)) {
      if (other != &rule && rule_key(*other) == rule_key(wanted[0])) {
        return Fault{
            400,
            "InvalidPermission.Duplicate",
            fmt::format("the specified rule \"{}\" already exists", peer_words(*other))};
      }
    }
    for (const std::string_view kept : {"securityGroupRuleId", "securityGroupRuleArn", "tagSet"}) {
      wanted[0].set(kept, rule.get(kept));
    }
    rule = wanted[0];
  }
  return Value::object({{"return", true}});
}

Outcome update_descriptions(Call& call) {
  const Row row = find_named(call, "security-group", "GroupId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& group = *std::get<Value*>(row);
  Table& rules = call.place.table("security-group-rule");
  for (const Value& each : list_of(call.params, "SecurityGroupRuleDescription")) {
    const Row found = find_row(call, "security-group-rule", each.text_of("SecurityGroupRuleId"));
    if (const auto* fault = std::get_if<Fault>(&found)) {
      return *fault;
    }
    std::get<Value*>(found)->set("description", each.get("Description"));
  }
  const auto read =
      read_permissions(call, group, is_about_egress(call), list_of(call.params, "IpPermissions"));
  if (const auto* fault = std::get_if<Fault>(&read)) {
    return *fault;
  }
  for (const Value& wanted : std::get<std::vector<Value>>(read)) {
    bool is_found = false;
    for (const Value* rule :
         rules_of(call.place, group.text_of("groupId"), is_about_egress(call))) {
      if (rule_key(*rule) == rule_key(wanted)) {
        rules[rule->text_of("securityGroupRuleId")].set("description", wanted.get("description"));
        is_found = true;
      }
    }
    if (!is_found) {
      return Fault{
          400,
          "InvalidPermission.NotFound",
          "The specified rule does not exist in this security group."};
    }
  }
  return Value::object({{"return", true}});
}

}  // namespace

void add_rule_actions(Actions& actions) {
  constexpr std::string_view kAuthorize =
      "GroupId IpPermissions TagSpecification CidrIp IpProtocol FromPort ToPort";
  constexpr std::string_view kRevoke =
      "GroupId IpPermissions SecurityGroupRuleId CidrIp IpProtocol FromPort ToPort";
  actions["AuthorizeSecurityGroupIngress"] = {authorize, kAuthorize};
  actions["AuthorizeSecurityGroupEgress"] = {authorize, kAuthorize};
  actions["RevokeSecurityGroupIngress"] = {revoke, kRevoke};
  actions["RevokeSecurityGroupEgress"] = {revoke, kRevoke};
  actions["DescribeSecurityGroupRules"] = {
      describe_rules, "SecurityGroupRuleId Filter MaxResults NextToken"};
  actions["ModifySecurityGroupRules"] = {modify_rules, "GroupId SecurityGroupRule"};
  constexpr std::string_view kDescriptions = "GroupId IpPermissions SecurityGroupRuleDescription";
  actions["UpdateSecurityGroupRuleDescriptionsIngress"] = {update_descriptions, kDescriptions};
  actions["UpdateSecurityGroupRuleDescriptionsEgress"] = {update_descriptions, kDescriptions};
}

}  // namespace plumbline::sim::ec2
