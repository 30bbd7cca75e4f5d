#include "simulator/access_rules.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

constexpr auto kEc2 = std::to_array<AccessRule>({
    {"Describe*", "", "*", ""},
    {"CreateVpc", "", "vpc/*", ""},
    {"DeleteVpc ModifyVpcAttribute ModifyVpcTenancy AssociateVpcCidrBlock", "", "vpc/{VpcId}", ""},
    {"DisassociateVpcCidrBlock", "", "vpc/{AssociationId}", ""},
    {"CreateSubnet", "", "subnet/*", ""},
    {"CreateSubnet", "", "vpc/{VpcId}", ""},
    {"DeleteSubnet ModifySubnetAttribute", "", "subnet/{SubnetId}", ""},
    {"CreateSecurityGroup", "", "security-group/*", ""},
    {"CreateSecurityGroup", "", "vpc/{VpcId}", ""},
    {"DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress "
     "RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules "
     "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress",
     "",
     "security-group/{GroupId}",
     ""},
    {"CreateRouteTable", "", "route-table/*", ""},
    {"CreateRouteTable", "", "vpc/{VpcId}", ""},
    {"DeleteRouteTable CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable "
     "ReplaceRouteTableAssociation",
     "",
     "route-table/{RouteTableId}",
     ""},
    {"DisassociateRouteTable", "", "route-table/{AssociationId}", ""},
    {"AssociateRouteTable", "", "subnet/{SubnetId}", "SubnetId"},
    {"CreateInternetGateway", "", "internet-gateway/*", ""},
    {"DeleteInternetGateway AttachInternetGateway DetachInternetGateway",
     "",
     "internet-gateway/{InternetGatewayId}",
     ""},
    {"AttachInternetGateway DetachInternetGateway", "", "vpc/{VpcId}", ""},
    {"DeleteNetworkInterface", "", "network-interface/{NetworkInterfaceId}", ""},
    {"DetachNetworkInterface", "", "network-interface/{AttachmentId}", ""},
    {"CreateTags DeleteTags", "", "{ResourceId}", ""},
});

constexpr auto kIam = std::to_array<AccessRule>({
    {"GetAccountAuthorizationDetails ListRoles ListPolicies ListInstanceProfiles", "", "*", ""},
    {"CreateRole", "", "role{Path}{RoleName}", ""},
    {"CreateRole", "iam:TagRole", "role{Path}{RoleName}", "Tags"},
    {"GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole "
     "PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagRole UntagRole ListRoleTags "
     "PutRolePolicy GetRolePolicy ListRolePolicies DeleteRolePolicy AttachRolePolicy "
     "DetachRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole",
     "",
     "role/{RoleName}",
     ""},
    {"CreatePolicy", "", "policy{Path}{PolicyName}", ""},
    {"CreatePolicy", "iam:TagPolicy", "policy{Path}{PolicyName}", "Tags"},
    {"GetPolicy DeletePolicy ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags "
     "GetPolicyVersion ListPolicyVersions CreatePolicyVersion DeletePolicyVersion "
     "SetDefaultPolicyVersion",
     "",
     "{PolicyArn}",
     ""},
    {"CreateInstanceProfile", "", "instance-profile{Path}{InstanceProfileName}", ""},
    {"CreateInstanceProfile",
     "iam:TagInstanceProfile",
     "instance-profile{Path}{InstanceProfileName}",
     "Tags"},
    {"GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile "
     "RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile "
     "ListInstanceProfileTags",
     "",
     "instance-profile/{InstanceProfileName}",
     ""},
    {"AddRoleToInstanceProfile", "iam:PassRole", "role/{RoleName}", ""},
});

constexpr auto kRds = std::to_array<AccessRule>({
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot ModifyDBInstance DeleteDBInstance "
     "RebootDBInstance DescribeDBInstances CreateDBSnapshot",
     "",
     "db:{DBInstanceIdentifier}",
     ""},
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot", "", "og:{OptionGroupName}", ""},
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot", "", "pg:{DBParameterGroupName}", ""},
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot ModifyDBInstance",
     "",
     "subgrp:{DBSubnetGroupName}",
     "DBSubnetGroupName"},
    {"ModifyDBInstance", "", "og:{OptionGroupName}", "OptionGroupName"},
    {"ModifyDBInstance", "", "pg:{DBParameterGroupName}", "DBParameterGroupName"},
    {"CreateDBInstance ModifyDBInstance",
     "iam:PassRole",
     "{MonitoringRoleArn}",
     "MonitoringRoleArn"},
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot",
     "rds:AddTagsToResource",
     "db:{DBInstanceIdentifier}",
     "Tags"},
    {"CreateDBSnapshot DeleteDBSnapshot DescribeDBSnapshots",
     "",
     "snapshot:{DBSnapshotIdentifier}",
     ""},
    {"RestoreDBInstanceFromDBSnapshot", "", "snapshot:{DBSnapshotIdentifier}", ""},
    {"CreateDBSnapshot", "rds:AddTagsToResource", "snapshot:{DBSnapshotIdentifier}", "Tags"},
    {"CreateDBSubnetGroup ModifyDBSubnetGroup DeleteDBSubnetGroup DescribeDBSubnetGroups",
     "",
     "subgrp:{DBSubnetGroupName}",
     ""},
    {"CreateDBSubnetGroup", "rds:AddTagsToResource", "subgrp:{DBSubnetGroupName}", "Tags"},
    {"CreateDBParameterGroup ModifyDBParameterGroup ResetDBParameterGroup DeleteDBParameterGroup "
     "DescribeDBParameterGroups DescribeDBParameters",
     "",
     "pg:{DBParameterGroupName}",
     ""},
    {"CreateDBParameterGroup", "rds:AddTagsToResource", "pg:{DBParameterGroupName}", "Tags"},
    {"CreateDBProxy", "", "*", ""},
    {"CreateDBProxy", "rds:AddTagsToResource", "db-proxy:*", "Tags"},
    {"CreateDBProxy ModifyDBProxy", "iam:PassRole", "{RoleArn}", "RoleArn"},
    {"ModifyDBProxy DeleteDBProxy DescribeDBProxies DescribeDBProxyTargetGroups "
     "DescribeDBProxyTargets RegisterDBProxyTargets DeregisterDBProxyTargets",
     "",
     "db-proxy:{DBProxyName}",
     ""},
    {"ModifyDBProxyTargetGroup DescribeDBProxyTargets RegisterDBProxyTargets "
     "DeregisterDBProxyTargets",
     "",
     "target-group:*",
     ""},
    {"RegisterDBProxyTargets DeregisterDBProxyTargets",
     "",
     "db:{DBInstanceIdentifiers}",
     "DBInstanceIdentifiers"},
    {"DescribeDBClusters", "", "cluster:{DBClusterIdentifier}", ""},
    {"DescribeOptionGroups", "", "og:{OptionGroupName}", ""},
    {"ListTagsForResource AddTagsToResource RemoveTagsFromResource", "", "{ResourceName}", ""},
});

constexpr auto kSecrets = std::to_array<AccessRule>({
    {"ListSecrets", "", "*", ""},
    {"CreateSecret", "", "secret:{Name}", ""},
    {"CreateSecret", "secretsmanager:TagResource", "secret:{Name}", "Tags"},
    {"DescribeSecret GetSecretValue PutSecretValue UpdateSecret DeleteSecret RestoreSecret "
     "TagResource UntagResource GetResourcePolicy PutResourcePolicy DeleteResourcePolicy "
     "ListSecretVersionIds UpdateSecretVersionStage",
     "",
     "secret:{SecretId}",
     ""},
    {"ValidateResourcePolicy", "", "secret:{SecretId}", "SecretId"},
    // A key of the customer's own takes its permissions from the caller.
    {"CreateSecret UpdateSecret", "kms:GenerateDataKey", "kms {KmsKeyId}", "KmsKeyId"},
    {"CreateSecret UpdateSecret", "kms:Decrypt", "kms {KmsKeyId}", "KmsKeyId"},
});

constexpr auto kLambda = std::to_array<AccessRule>({
    {"ListFunctions GetAccountSettings ListEventSourceMappings", "", "*", ""},
    {"Invoke", "lambda:InvokeFunction", "function:{FunctionName}", ""},
    {"TagResource UntagResource ListTags", "", "{Resource}", ""},
    {"CreateFunction", "lambda:TagResource", "function:{FunctionName}", "Tags"},
    // "For tagged functions, this permission is also necessary for GetFunction."
    {"GetFunction", "lambda:ListTags", "function:{FunctionName}", ""},
    {"CreateFunction UpdateFunctionConfiguration", "iam:PassRole", "{Role}", "Role"},
    {"CreateFunction UpdateFunctionConfiguration", "lambda:GetLayerVersion", "{Layers}", "Layers"},
    // Lambda looks at the network with the caller's permissions.
    {"CreateFunction UpdateFunctionConfiguration",
     "ec2:DescribeSecurityGroups",
     "*",
     "VpcConfig.SecurityGroupIds"},
    {"CreateFunction UpdateFunctionConfiguration",
     "ec2:DescribeSubnets",
     "*",
     "VpcConfig.SubnetIds"},
    {"CreateFunction UpdateFunctionConfiguration", "ec2:DescribeVpcs", "*", "VpcConfig.SubnetIds"},
    {"*", "", "function:{FunctionName}", ""},
});

constexpr auto kSts = std::to_array<AccessRule>({
    {"AssumeRole", "", "{RoleArn}", ""},
});

std::span<const AccessRule> rules_of(std::string_view service) {
  struct Row {
    std::string_view service;
    std::span<const AccessRule> rules;
  };
  static constexpr std::array kRows = {
      Row{"ec2", kEc2},
      Row{"iam", kIam},
      Row{"rds", kRds},
      Row{"secretsmanager", kSecrets},
      Row{"lambda", kLambda},
      Row{"sts", kSts}};
  const auto* found = std::ranges::find(kRows, service, &Row::service);
  return found == kRows.end() ? std::span<const AccessRule>() : found->rules;
}

bool names(const AccessRule& rule, std::string_view operation) {
  for (const std::string_view name : split(rule.operations, ' ')) {
    const bool is_prefix = name.ends_with('*');
    if (is_prefix ? operation.starts_with(name.substr(0, name.size() - 1)) : name == operation) {
      return true;
    }
  }
  return false;
}

/// "{Path}{RoleName}" filled in; a list gives one text for each of its elements.
std::vector<std::string> fill(std::string_view pattern, const Value& params) {
  std::vector<std::string> texts = {""};
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    const auto close = pattern.find('}', open);
    const std::string_view plain = pattern.substr(0, open);
    std::vector<std::string> values = {""};
    if (close != std::string_view::npos) {
      const std::string_view name = pattern.substr(open + 1, close - open - 1);
      values = texts_of(params.get_path(name));
      if (values.empty()) {
        values.emplace_back(name == "Path" ? "/" : "*");
      }
    }
    std::vector<std::string> longer;
    for (const std::string& text : texts) {
      for (const std::string& value : values) {
        longer.push_back(text + std::string(plain) + value);
      }
    }
    texts = std::move(longer);
    pattern.remove_prefix(close == std::string_view::npos ? pattern.size() : close + 1);
  }
  return texts;
}

/// EC2 names what it makes by a star; what other services make has no tags because it is not there.
bool is_new(const Request& request, const AccessRule& rule) {
  return request.service == "ec2" && request.action.starts_with("Create") &&
         rule.resource.ends_with("/*");
}

/// In EC2 tags are given as specifications; each of them needs leave to tag what it is about.
void add_ec2_tagging(const Request& request, std::vector<Need>& needs) {
  for (const Value& specification : items_of(request.params.get("TagSpecification"))) {
    Need need;
    need.action = "ec2:CreateTags";
    need.resource = arn_in(request, "ec2", specification.text_of("ResourceType") + "/*");
    need.makes_resource = true;
    need.created_by = request.action;
    needs.push_back(std::move(need));
  }
}

std::string_view receiver_of(const Request& request) {
  if (request.service == "lambda") {
    return "lambda.amazonaws.com";
  }
  if (request.service == "iam") {
    return "ec2.amazonaws.com";
  }
  return has_param(request.params, "MonitoringRoleArn") ? "monitoring.rds.amazonaws.com"
                                                        : "rds.amazonaws.com";
}

}  // namespace

std::string arn_in(const Request& request, std::string_view service, std::string_view resource) {
  if (resource == "*" || resource.starts_with("arn:")) {
    return std::string(resource);
  }
  constexpr std::string_view kKey = "kms ";
  if (resource.starts_with(kKey)) {
    const std::string_view key = resource.substr(kKey.size());
    if (key.starts_with("arn:")) {
      return std::string(key);
    }
    // Which key an alias stands for only KMS knows.
    return fmt::format(
        "arn:aws:kms:{}:{}:key/{}",
        request.region,
        request.account,
        key.starts_with("alias/") ? "*" : key
    );
  }
  const bool is_global = service == "iam";
  return fmt::format(
      "arn:aws:{}:{}:{}:{}", service, is_global ? "" : request.region, request.account, resource
  );
}

std::vector<Need> needs_of(const Request& request) {
  std::vector<Need> needs;
  if (request.service == "sts" && request.action == "GetCallerIdentity") {
    return needs;  // "No permissions are required to perform this operation."
  }
  const std::string own = request.service + ":" + request.action;
  bool has_own = false;
  for (const AccessRule& rule : rules_of(request.service)) {
    if (!names(rule, request.action) ||
        (!rule.given.empty() && items_of(request.params.get_path(rule.given)).empty()) ||
        (rule.operations == "*" && has_own)) {
      continue;
    }
    has_own = has_own || rule.action.empty() || rule.operations == "Invoke";
    for (const std::string& resource : fill(rule.resource, request.params)) {
      Need need;
      need.action = rule.action.empty() ? own : std::string(rule.action);
      const bool is_role = need.action == "iam:PassRole";
      need.resource = arn_in(request, is_role ? "iam" : request.service, resource);
      need.makes_resource = is_new(request, rule);
      need.passed_to = is_role ? receiver_of(request) : "";
      needs.push_back(std::move(need));
    }
  }
  if (request.service == "ec2" && request.action != "CreateTags") {
    add_ec2_tagging(request, needs);
  }
  if (!has_own) {
    needs.insert(needs.begin(), Need{own, "*", false, "", ""});
  }
  return needs;
}

}  // namespace plumbline::sim
