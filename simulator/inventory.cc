#include "simulator/inventory.h"

#include <array>
#include <string_view>
#include <utility>

namespace plumbline::sim {
namespace {

/// How the objects of one type are listed.
struct Listing {
  std::string_view service, action, list, id, type;
  std::string_view tags;        ///< Member that holds the tags, or "".
  std::string_view tag_action;  ///< Action that reads them, or "".
  std::string_view tag_param;   ///< Its parameter…
  std::string_view tag_member;  ///< …and the member of the object that goes there.
  std::string_view tag_list;    ///< The list in its reply.
  std::string_view token_out, token_in;
};

constexpr Listing ec2(
    std::string_view action, std::string_view list, std::string_view id, std::string_view type
) {
  return {"ec2", action, list, id, type, "tagSet", "", "", "", "", "nextToken", "NextToken"};
}

constexpr Listing rds(
    std::string_view action,
    std::string_view list,
    std::string_view id,
    std::string_view type,
    std::string_view arn
) {
  return {
      "rds",
      action,
      list,
      id,
      type,
      "",
      "ListTagsForResource",
      "ResourceName",
      arn,
      "TagList",
      "Marker",
      "Marker"};
}

constexpr std::array kListings = {
    ec2("DescribeVpcs", "vpcSet", "vpcId", "vpc"),
    ec2("DescribeSubnets", "subnetSet", "subnetId", "subnet"),
    ec2("DescribeSecurityGroups", "securityGroupInfo", "groupId", "security-group"),
    ec2("DescribeSecurityGroupRules",
        "securityGroupRuleSet",
        "securityGroupRuleId",
        "security-group-rule"),
    ec2("DescribeRouteTables", "routeTableSet", "routeTableId", "route-table"),
    ec2("DescribeInternetGateways", "internetGatewaySet", "internetGatewayId", "internet-gateway"),
    ec2("DescribeAddresses", "addressesSet", "allocationId", "elastic-ip"),
    ec2("DescribeNatGateways", "natGatewaySet", "natGatewayId", "natgateway"),
    ec2("DescribeNetworkAcls", "networkAclSet", "networkAclId", "network-acl"),
    ec2("DescribeVpcPeeringConnections",
        "vpcPeeringConnectionSet",
        "vpcPeeringConnectionId",
        "vpc-peering-connection"),
    ec2("DescribeNetworkInterfaces",
        "networkInterfaceSet",
        "networkInterfaceId",
        "network-interface"),
    ec2("DescribeInstances", "reservationSet", "instanceId", "instance"),
    ec2("DescribeVolumes", "volumeSet", "volumeId", "volume"),
    rds("DescribeDBInstances", "DBInstances", "DBInstanceIdentifier", "db-instance", "DBInstanceArn"
    ),
    rds("DescribeDBClusters", "DBClusters", "DBClusterIdentifier", "db-cluster", "DBClusterArn"),
    rds("DescribeDBSubnetGroups",
        "DBSubnetGroups",
        "DBSubnetGroupName",
        "db-subnet-group",
        "DBSubnetGroupArn"),
    rds("DescribeDBParameterGroups",
        "DBParameterGroups",
        "DBParameterGroupName",
        "db-parameter-group",
        "DBParameterGroupArn"),
    rds("DescribeDBClusterParameterGroups",
        "DBClusterParameterGroups",
        "DBClusterParameterGroupName",
        "db-cluster-parameter-group",
        "DBClusterParameterGroupArn"),
    rds("DescribeDBProxies", "DBProxies", "DBProxyName", "db-proxy", "DBProxyArn"),
    rds("DescribeDBProxyEndpoints",
        "DBProxyEndpoints",
        "DBProxyEndpointName",
        "db-proxy-endpoint",
        "DBProxyEndpointArn"),
    Listing{
        "iam",
        "ListRoles",
        "Roles",
        "RoleName",
        "role",
        "",
        "ListRoleTags",
        "RoleName",
        "RoleName",
        "Tags",
        "Marker",
        "Marker"},
    Listing{
        "iam",
        "ListPolicies",
        "Policies",
        "PolicyName",
        "policy",
        "",
        "ListPolicyTags",
        "PolicyArn",
        "Arn",
        "Tags",
        "Marker",
        "Marker"},
    Listing{
        "iam",
        "ListInstanceProfiles",
        "InstanceProfiles",
        "InstanceProfileName",
        "instance-profile",
        "Tags",
        "",
        "",
        "",
        "",
        "Marker",
        "Marker"},
    Listing{
        "secretsmanager",
        "ListSecrets",
        "SecretList",
        "Name",
        "secret",
        "Tags",
        "",
        "",
        "",
        "",
        "NextToken",
        "NextToken"},
    Listing{
        "kms",
        "ListKeys",
        "Keys",
        "KeyId",
        "key",
        "",
        "ListResourceTags",
        "KeyId",
        "KeyId",
        "Tags",
        "NextMarker",
        "Marker"},
    Listing{
        "logs",
        "DescribeLogGroups",
        "logGroups",
        "logGroupName",
        "log-group",
        "",
        "ListTagsForResource",
        "resourceArn",
        "logGroupArn",
        "tags",
        "nextToken",
        "nextToken"},
    Listing{
        "lambda",
        "ListFunctions",
        "Functions",
        "FunctionName",
        "function",
        "",
        "ListTags",
        "Resource",
        "FunctionArn",
        "Tags",
        "NextMarker",
        "Marker"},
};

/// A member of a reply whose key may carry its list word: "DBInstances[DBInstance]".
const Value& member(const Value& reply, std::string_view name) {
  static const Value kNull;
  if (reply.is_object()) {
    for (const Member& each : reply.as_object()) {
      if (std::string_view(each.key).substr(0, each.key.find('[')) == name) {
        return each.value;
      }
    }
  }
  return kNull;
}

/// {"key": "value"} of any dialect's tags.
Value tag_map(const Value& tags) {
  Value map{Object{}};
  if (tags.is_object()) {
    return tags;
  }
  if (tags.is_list()) {
    for (const Value& tag : tags.as_list()) {
      for (const auto& [key, value] :
           {std::pair{"key", "value"},
            std::pair{"Key", "Value"},
            std::pair{"TagKey", "TagValue"}}) {
        if (tag.find(key) != nullptr) {
          map.set(tag.text_of(key), tag.get(value));
        }
      }
    }
  }
  return map;
}

class Stocktaking {
 public:
  Stocktaking(const Services& services, std::vector<Value>& out) : services_(services), out_(out) {}

  void list(const Listing& listing, const std::string& account, const std::string& region) {
    Value params{Object{}};
    if (listing.action == "ListPolicies") {
      params.set("Scope", "Local");
    }
    // A page that repeats itself would never end; no world of a test has so many pages.
    for (int page = 0; page < 10'000; ++page) {
      const Value reply = ask(listing, listing.action, account, region, params);
      if (const Value& items = member(reply, listing.list); items.is_list()) {
        for (const Value& item : items.as_list()) {
          add_all(listing, item, account, region);
        }
      }
      const std::string& token = reply.text_of(listing.token_out);
      if (token.empty()) {
        return;
      }
      params.set(listing.token_in, token);
    }
  }

 private:
  Value ask(
      const Listing& listing,
      std::string_view action,
      const std::string& account,
      const std::string& region,
      const Value& params
  ) {
    const auto service = services_.find(listing.service);
    if (service == services_.end()) {
      return {};
    }
    const Outcome outcome = service->second->handle(
        {std::string(listing.service),
         std::string(action),
         account,
         "arn:aws:iam::" + account + ":root",
         region,
         params}
    );
    const auto* reply = std::get_if<Value>(&outcome);
    return reply == nullptr ? Value() : *reply;
  }

  /// A reservation is a list of instances, of which the terminated ones are corpses.
  void add_all(
      const Listing& listing,
      const Value& item,
      const std::string& account,
      const std::string& region
  ) {
    const Value& instances = item.get("instancesSet");
    if (!instances.is_list()) {
      add(listing, item, account, region);
      return;
    }
    for (const Value& instance : instances.as_list()) {
      if (instance.get("instanceState").text_of("name") != "terminated") {
        add(listing, instance, account, region);
      }
    }
  }

  /// What nobody made or what is on its way out: what EC2 shows for an hour after its end, the
  /// endpoint a proxy is born with, AWS's own keys and keys that wait for their deletion.
  bool is_no_object(
      const Listing& listing,
      const Value& item,
      const std::string& account,
      const std::string& region
  ) {
    if (listing.service == "ec2") {
      const std::string& code = item.get("status").text_of("code");  // Of peerings.
      return item.text_of("state") == "deleted" || code == "deleted" || code == "rejected" ||
             code == "failed" || code == "expired";
    }
    if (listing.service == "rds") {
      return item.get("IsDefault") == Value(true);
    }
    if (listing.service != "kms") {
      return false;
    }
    const Value which = Value::object({{"KeyId", item.get("KeyId")}});
    const Value reply = ask(listing, "DescribeKey", account, region, which);
    const Value& key = reply.get("KeyMetadata");
    return key.text_of("KeyManager") == "AWS" || key.text_of("KeyState") == "PendingDeletion";
  }

  void add(
      const Listing& listing,
      const Value& item,
      const std::string& account,
      const std::string& region
  ) {
    if (is_no_object(listing, item, account, region)) {
      return;
    }
    Value tags = member(item, listing.tags);
    if (!listing.tag_action.empty()) {
      Value params{Object{}};
      params.set(listing.tag_param, item.get(listing.tag_member));
      tags = member(ask(listing, listing.tag_action, account, region, params), listing.tag_list);
    }
    out_.push_back(Value::object(
        {{"service", listing.service},
         {"account", account},
         {"region", listing.service == "iam" ? "" : region},
         {"type", listing.type},
         {"id", item.get(listing.id)},
         {"tags", tag_map(tags)}}
    ));
  }

  const Services& services_;
  std::vector<Value>& out_;
};

}  // namespace

std::vector<Value> take_inventory(const Services& services, const Places& places) {
  std::vector<Value> found;
  Stocktaking stocktaking(services, found);
  std::set<std::string> accounts;
  for (const auto& [account, region] : places) {
    const bool is_first_of_account = accounts.insert(account).second;
    for (const Listing& listing : kListings) {
      // IAM is the same in every region.
      if (listing.service != "iam" || is_first_of_account) {
        stocktaking.list(listing, account, region);
      }
    }
  }
  return found;
}

}  // namespace plumbline::sim
