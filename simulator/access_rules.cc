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
    {"DisassociateVpcCidrBlock", "", "vpc/{AssociationId}", ""},
    {"CreateSubnet", "", "subnet/*", ""},
    {"DeleteSubnet ModifySubnetAttribute", "", "subnet/{SubnetId}", ""},
    {"CreateSecurityGroup", "", "security-group/*", ""},
    {"DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress "
     "RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules "
     "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress",
     "",
     "security-group/{GroupId}",
     ""},
    {"CreateRouteTable", "", "route-table/*", ""},
    {"DeleteRouteTable CreateRoute ReplaceRoute DeleteRoute AssociateRouteTable "
     "ReplaceRouteTableAssociation",
     "",
     "route-table/{RouteTableId}",
     ""},
    {"DisassociateRouteTable", "", "route-table/{AssociationId}", ""},
    {"DisassociateRouteTable ReplaceRouteTableAssociation", "", "subnet/{AssociationId}", ""},
    {"AssociateRouteTable RunInstances", "", "subnet/{SubnetId}", "SubnetId"},
    {"AssociateRouteTable", "", "internet-gateway/{GatewayId}", "GatewayId"},
    {"CreateInternetGateway", "", "internet-gateway/*", ""},
    {"DeleteInternetGateway AttachInternetGateway DetachInternetGateway",
     "",
     "internet-gateway/{InternetGatewayId}",
     ""},
    {"AllocateAddress", "", "elastic-ip/*", ""},
    {"AllocateAddress", "", "ipv4pool-ec2/{PublicIpv4Pool}", "PublicIpv4Pool"},
    {"ReleaseAddress", "", "elastic-ip/{AllocationId}", ""},
    {"CreateNatGateway", "", "natgateway/*", ""},
    {"CreateNatGateway", "", "subnet/{SubnetId}", ""},
    {"CreateNatGateway", "", "elastic-ip/{AllocationId}", "AllocationId"},
    {"DeleteNatGateway AssociateNatGatewayAddress DisassociateNatGatewayAddress "
     "AssignPrivateNatGatewayAddress UnassignPrivateNatGatewayAddress",
     "",
     "natgateway/{NatGatewayId}",
     ""},
    {"AssociateNatGatewayAddress", "", "elastic-ip/{AllocationId}", ""},
    {"DisassociateNatGatewayAddress", "", "elastic-ip/{AssociationId}", ""},
    {"CreateNetworkAcl", "", "network-acl/*", ""},
    {"DeleteNetworkAcl CreateNetworkAclEntry ReplaceNetworkAclEntry DeleteNetworkAclEntry "
     "ReplaceNetworkAclAssociation",
     "",
     "network-acl/{NetworkAclId}",
     ""},
    {"ReplaceNetworkAclAssociation", "", "subnet/{AssociationId}", ""},
    {"CreateVpcPeeringConnection", "", "vpc-peering-connection/*", ""},
    {"AcceptVpcPeeringConnection RejectVpcPeeringConnection DeleteVpcPeeringConnection "
     "ModifyVpcPeeringConnectionOptions",
     "",
     "vpc-peering-connection/{VpcPeeringConnectionId}",
     ""},
    {"AcceptVpcPeeringConnection", "", "vpc/{VpcPeeringConnectionId}", ""},
    {"DeleteVpc ModifyVpcAttribute ModifyVpcTenancy AssociateVpcCidrBlock CreateSubnet "
     "CreateSecurityGroup CreateRouteTable CreateNetworkAcl CreateVpcPeeringConnection "
     "AttachInternetGateway DetachInternetGateway",
     "",
     "vpc/{VpcId}",
     ""},
    {"RunInstances", "", "instance/*", ""},
    {"RunInstances", "", "image/{ImageId}", ""},
    {"RunInstances", "", "network-interface/*", ""},
    {"RunInstances", "", "volume/*", ""},
    {"RunInstances", "", "security-group/{SecurityGroupId}", "SecurityGroupId"},
    {"RunInstances", "", "key-pair/{KeyName}", "KeyName"},
    {"TerminateInstances StartInstances StopInstances MonitorInstances UnmonitorInstances "
     "ModifyInstanceAttribute ModifyInstanceMetadataOptions AssociateIamInstanceProfile",
     "",
     "instance/{InstanceId}",
     ""},
    {"ModifyInstanceAttribute", "", "security-group/{GroupId}", "GroupId"},
    {"ReplaceIamInstanceProfileAssociation DisassociateIamInstanceProfile",
     "",
     "instance/{AssociationId}",
     ""},
    {"ModifyVolume", "", "volume/{VolumeId}", ""},
    {"RunInstances AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
     "iam:PassRole",
     "profile {IamInstanceProfile.Arn}",
     "IamInstanceProfile.Arn"},
    {"RunInstances AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
     "iam:PassRole",
     "profile {IamInstanceProfile.Name}",
     "IamInstanceProfile.Name"},
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
    {"AttachGroupPolicy DetachGroupPolicy", "", "group/{GroupName}", ""},
    {"AttachUserPolicy DetachUserPolicy", "", "user/{UserName}", ""},
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
    {"CreateDBProxyEndpoint", "", "db-proxy:{DBProxyName}", ""},
    {"CreateDBProxyEndpoint", "", "db-proxy-endpoint:*", ""},
    {"CreateDBProxyEndpoint", "rds:AddTagsToResource", "db-proxy-endpoint:*", "Tags"},
    {"ModifyDBProxyEndpoint DeleteDBProxyEndpoint DescribeDBProxyEndpoints",
     "",
     "db-proxy-endpoint:{DBProxyEndpointName}",
     ""},
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
    // RDS lets itself be granted the use of a customer's key with the caller's permissions.
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot ModifyDBInstance",
     "kms:CreateGrant",
     "kms {KmsKeyId}",
     "KmsKeyId"},
    {"CreateDBInstance RestoreDBInstanceFromDBSnapshot ModifyDBInstance",
     "kms:DescribeKey",
     "kms {KmsKeyId}",
     "KmsKeyId"},
    {"CreateDBInstance ModifyDBInstance",
     "secretsmanager:CreateSecret",
     "managed rds",
     "ManageMasterUserPassword"},
    {"CreateDBInstance ModifyDBInstance",
     "secretsmanager:TagResource",
     "managed rds",
     "ManageMasterUserPassword"},
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
    // Whoever configures a customer's key must be able to use it, and to let Lambda use it.
    {"CreateFunction UpdateFunctionConfiguration",
     "kms:CreateGrant",
     "kms {KMSKeyArn}",
     "KMSKeyArn"},
    {"CreateFunction UpdateFunctionConfiguration", "kms:Encrypt", "kms {KMSKeyArn}", "KMSKeyArn"},
    {"*", "", "function:{FunctionName}", ""},
});

constexpr auto kKms = std::to_array<AccessRule>({
    {"ListKeys ListAliases CreateKey", "", "*", ""},
    {"CreateKey", "kms:TagResource", "key/*", "Tags"},
    {"CreateAlias UpdateAlias DeleteAlias", "", "{AliasName}", ""},
    {"CreateAlias UpdateAlias", "", "key/{TargetKeyId}", ""},
    {"DeleteAlias", "", "key/{AliasName}", ""},
    {"*", "", "key/{KeyId}", ""},
});

// All but the actions on tags know a group by the ARN that takes its streams in.
constexpr auto kLogs = std::to_array<AccessRule>({
    {"DescribeLogGroups", "", "log-group::log-stream:", ""},
    {"CreateLogGroup", "logs:TagResource", "log-group:{logGroupName}", "tags"},
    {"TagResource UntagResource ListTagsForResource", "", "{resourceArn}", ""},
    {"PutLogGroupDeletionProtection", "", "log-group:{logGroupIdentifier}:log-stream:", ""},
    {"*", "", "log-group:{logGroupName}:log-stream:", ""},
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
      Row{"kms", kKms},
      Row{"logs", kLogs},
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

/// A switch that is off asks for nothing.
bool is_given(const Value& param) {
  const List items = items_of(param);
  return !items.empty() && items.front() != Value(false) && items.front() != Value("false");
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
        longer.push_back(fmt::format("{}{}{}", text, plain, value));
      }
    }
    texts = std::move(longer);
    pattern.remove_prefix(close == std::string_view::npos ? pattern.size() : close + 1);
  }
  return texts;
}

/// EC2 names what it makes by a star; what other services make has no tags because it is not there.
bool is_new(const Request& request, const AccessRule& rule) {
  const std::string& action = request.action;
  const bool makes =
      action.starts_with("Create") || action == "RunInstances" || action == "AllocateAddress";
  return (request.service == "ec2" || request.service == "kms") && makes &&
         (rule.resource == "*" || rule.resource.ends_with("/*"));
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

/// The parameter that names the image is read with the caller's permissions; AWS's own public
/// parameters belong to no account.
void add_image_parameter(const Request& request, std::vector<Need>& needs) {
  constexpr std::string_view kPrefix = "resolve:ssm:";
  const std::string& image = request.params.text_of("ImageId");
  if (request.action != "RunInstances" || !image.starts_with(kPrefix)) {
    return;
  }
  std::string name = image.substr(kPrefix.size());
  const bool is_public = name.starts_with("/aws/service/");
  name = name.substr(name.starts_with('/') ? 1 : 0);
  Need need;
  need.action = "ssm:GetParameters";
  need.resource = fmt::format(
      "arn:aws:ssm:{}:{}:parameter/{}", request.region, is_public ? "" : request.account, name
  );
  needs.push_back(std::move(need));
}

/// An interface that a new instance is given holds the subnet and the groups instead.
void add_interfaces(const Request& request, std::vector<Need>& needs) {
  if (request.action != "RunInstances") {
    return;
  }
  for (const Value& interface : items_of(request.params.get("NetworkInterface"))) {
    std::vector<std::string> resources;
    for (const std::string& group : texts_of(interface.get("SecurityGroupId"))) {
      resources.push_back("security-group/" + group);
    }
    for (const std::string& subnet : texts_of(interface.get("SubnetId"))) {
      resources.push_back("subnet/" + subnet);
    }
    for (const std::string& resource : resources) {
      needs.push_back({"ec2:RunInstances", arn_in(request, "ec2", resource), false, "", ""});
    }
  }
}

std::string_view receiver_of(const Request& request) {
  if (request.service == "lambda") {
    return "lambda.amazonaws.com";
  }
  if (request.service == "iam" || request.service == "ec2") {
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
  constexpr std::string_view kProfile = "profile ";  // The role in it: access_objects knows it.
  if (resource.starts_with(kProfile)) {
    const std::string_view name = resource.substr(resource.rfind('/') + 1);
    return fmt::format(
        "arn:aws:iam::{}:role-in-profile/{}",
        request.account,
        name.starts_with(kProfile) ? name.substr(kProfile.size()) : name
    );
  }
  if (resource == "managed rds") {
    return fmt::format(
        "arn:aws:secretsmanager:{}:{}:secret:rds!*", request.region, request.account
    );
  }
  if (resource.starts_with("image/")) {  // An image is its region's, whosesoever it is.
    return fmt::format("arn:aws:{}:{}::{}", service, request.region, resource);
  }
  const std::string region = service == "iam" ? "" : request.region;
  return fmt::format("arn:aws:{}:{}:{}:{}", service, region, request.account, resource);
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
        (!rule.given.empty() && !is_given(request.params.get_path(rule.given))) ||
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
    add_interfaces(request, needs);
    add_image_parameter(request, needs);
    add_ec2_tagging(request, needs);
  }
  if (!has_own) {
    needs.insert(needs.begin(), Need{own, "*", false, "", ""});
  }
  return needs;
}

}  // namespace plumbline::sim
