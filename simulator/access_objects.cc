#include "simulator/access_objects.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "simulator/access_rules.h"
#include "simulator/services/ec2_images.h"
#include "simulator/services/params.h"

namespace plumbline::sim {
namespace {

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

std::string after_last(const std::string& text, char mark) {
  return text.substr(text.rfind(mark) + 1);
}

/// The type in the ARN of what an id of EC2 names.
std::string_view type_of_id(std::string_view id) {
  struct Row {
    std::string_view prefix, type;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {"vpc-", "vpc"},
      {"subnet-", "subnet"},
      {"sg-", "security-group"},
      {"sgr-", "security-group-rule"},
      {"rtb-", "route-table"},
      {"igw-", "internet-gateway"},
      {"acl-", "network-acl"},
      {"eni-", "network-interface"},
      {"eipalloc-", "elastic-ip"},
      {"nat-", "natgateway"},
      {"pcx-", "vpc-peering-connection"},
      {"vpce-", "vpc-endpoint"},
      {"i-", "instance"},
      {"vol-", "volume"},
  });
  const auto* found =
      std::ranges::find_if(kRows, [id](const Row& row) { return id.starts_with(row.prefix); });
  return found == kRows.end() ? "*" : found->type;
}

AccessObjects::Tags read_tags(const Value& tags) {
  AccessObjects::Tags read;
  if (tags.is_object()) {
    for (const Member& tag : tags.as_object()) {
      read[to_lower(tag.key)] = text_param(tags, tag.key);
    }
  }
  for (const Value& tag : tags.is_list() ? tags.as_list() : List{}) {
    for (const auto& [key, value] :
         {std::pair("key", "value"), {"Key", "Value"}, {"TagKey", "TagValue"}}) {
      if (tag.find(key) != nullptr) {
        read[to_lower(tag.text_of(key))] = tag.text_of(value);
      }
    }
  }
  return read;
}

}  // namespace

Value AccessObjects::ask(
    const Request& request, std::string_view service, std::string_view action, Value params
) const {
  const auto found = services_.find(service);
  if (found == services_.end()) {
    return {};
  }
  const Outcome outcome = found->second->handle(
      {std::string(service),
       std::string(action),
       request.account,
       "arn:aws:iam::" + request.account + ":root",
       request.region,
       std::move(params)}
  );
  const auto* reply = std::get_if<Value>(&outcome);
  return reply == nullptr ? Value() : *reply;
}

std::string AccessObjects::resolve(const Request& request, const std::string& arn) const {
  // Where a name is asked for an ARN may be given: "…:secret:arn:aws:secretsmanager:…".
  if (const auto inner = arn.find("arn:", 4); inner != std::string::npos) {
    return resolve(request, arn.substr(inner));
  }
  const Arn parts = parse_arn(arn);
  const auto existing = [&](std::string_view action, std::string_view param, std::string_view path
                        ) {
    const Value reply = ask(
        request, parts.service, action, Value::object({{param, after_last(parts.resource, '/')}})
    );
    const Value& found = reply.get_path(path);
    return found.is_text() ? found.as_text() : arn;
  };
  if (parts.service == "iam" && parts.resource.starts_with("role-in-profile/")) {
    return role_in_profile(request, after_last(parts.resource, '/'));
  }
  if (parts.service == "iam" && parts.resource.starts_with("role/")) {
    return existing("GetRole", "RoleName", "Role.Arn");
  }
  if (parts.service == "iam" && parts.resource.starts_with("instance-profile/")) {
    return existing("GetInstanceProfile", "InstanceProfileName", "InstanceProfile.Arn");
  }
  if (parts.service == "secretsmanager") {
    constexpr std::string_view kType = "secret:";
    const std::string name = parts.resource.substr(std::min(kType.size(), parts.resource.size()));
    for (const std::string& id : {name, arn}) {
      const Value reply =
          ask(request, "secretsmanager", "DescribeSecret", Value::object({{"SecretId", id}}));
      if (!reply.text_of("ARN").empty()) {
        return reply.text_of("ARN");
      }
    }
    return arn;
  }
  if (parts.service == "kms" && parts.resource.starts_with("key/")) {
    const std::string id = parts.resource.substr(std::string_view("key/").size());
    const Value reply = ask(request, "kms", "DescribeKey", Value::object({{"KeyId", id}}));
    const Value& found = reply.get_path("KeyMetadata.Arn");
    return found.is_text() ? found.as_text() : arn;
  }
  if (parts.service == "ec2") {
    return resolve_ec2(request, arn);
  }
  return parts.service == "rds" ? resolve_rds(request, arn) : arn;
}

std::string AccessObjects::role_in_profile(const Request& request, const std::string& name) const {
  const Value reply =
      ask(request, "iam", "GetInstanceProfile", Value::object({{"InstanceProfileName", name}}));
  const List roles = items_of(member(reply.get("InstanceProfile"), "Roles"));
  return roles.empty() ? arn_in(request, "iam", "role/*") : roles.front().text_of("Arn");
}

/// What an association of a route table or a network ACL is about: a subnet, or a gateway.
std::string AccessObjects::associated_with(const Request& request, const std::string& id) const {
  struct Part {
    std::string_view action, list, member;
  };
  static constexpr std::array kParts = {
      Part{"DescribeRouteTables", "routeTableSet", "routeTableAssociationId"},
      Part{"DescribeNetworkAcls", "networkAclSet", "networkAclAssociationId"}};
  for (const Part& part : kParts) {
    const Value reply = ask(request, "ec2", part.action, Object{});
    for (const Value& row : items_of(reply.get(part.list))) {
      for (const Value& association : items_of(row.get("associationSet"))) {
        if (association.text_of(part.member) == id) {
          const std::string& gateway = association.text_of("gatewayId");
          return gateway.empty() ? association.text_of("subnetId") : gateway;
        }
      }
    }
  }
  return "";
}

/// The network whose owner is asked to accept a peering.
std::string AccessObjects::accepting_network(const Request& request, const std::string& id) const {
  const Value reply =
      ask(request,
          "ec2",
          "DescribeVpcPeeringConnections",
          Value::object({{"VpcPeeringConnectionId", Value::list({id})}}));
  const List rows = items_of(reply.get("vpcPeeringConnectionSet"));
  return rows.empty() ? "*" : rows.front().get("accepterVpcInfo").text_of("vpcId");
}

std::string AccessObjects::resolve_ec2(const Request& request, const std::string& arn) const {
  const std::string resource = parse_arn(arn).resource;
  constexpr std::string_view kParameter = "image/resolve:ssm:";
  if (resource.starts_with(kParameter)) {
    const auto image = ec2::resolve_image(request.region, resource.substr(kParameter.size()));
    return arn_in(request, "ec2", "image/" + (image ? image->id : "*"));
  }
  const std::string id = after_last(resource, '/');
  if (id == "*") {
    return arn;
  }
  if (resource.starts_with("subnet/") && !id.starts_with("subnet-")) {
    const std::string subject = associated_with(request, id);
    return subject.empty()
               ? arn
               : arn_in(request, "ec2", fmt::format("{}/{}", type_of_id(subject), subject));
  }
  if (resource.starts_with("vpc/pcx-")) {
    return arn_in(request, "ec2", "vpc/" + accepting_network(request, id));
  }
  struct Part {
    std::string_view prefix, action, list, id, type;
  };
  static constexpr std::array kParts = {
      Part{"vpc-cidr-assoc-", "DescribeVpcs", "vpcSet", "vpcId", "vpc"},
      Part{"rtbassoc-", "DescribeRouteTables", "routeTableSet", "routeTableId", "route-table"},
      Part{"eipassoc-", "DescribeAddresses", "addressesSet", "allocationId", "elastic-ip"},
      Part{
          "iip-assoc-",
          "DescribeIamInstanceProfileAssociations",
          "iamInstanceProfileAssociationSet",
          "instanceId",
          "instance"},
      Part{
          "eni-attach-",
          "DescribeNetworkInterfaces",
          "networkInterfaceSet",
          "networkInterfaceId",
          "network-interface"}};
  for (const Part& part : kParts) {
    if (!id.starts_with(part.prefix)) {
      continue;
    }
    const Value reply = ask(request, "ec2", part.action, Object{});
    for (const Value& row : items_of(reply.get(part.list))) {
      if (show_json(row).find('"' + id + '"') != std::string::npos) {
        return arn_in(request, "ec2", fmt::format("{}/{}", part.type, row.text_of(part.id)));
      }
    }
    return arn;
  }
  // Ids say what they name; key pairs and the like have names of their own.
  const std::string_view type = type_of_id(id);
  return type == "*" ? arn : arn_in(request, "ec2", fmt::format("{}/{}", type, id));
}

/// Names are kept in lower case; proxies have ids in their ARNs.
std::string AccessObjects::resolve_rds(const Request& request, const std::string& arn) const {
  const Arn parts = parse_arn(arn);
  if (parts.resource == "og:*" || parts.resource == "pg:*") {
    return default_group(request, arn);
  }
  const std::string name = after_last(parts.resource, ':');
  if (parts.resource.starts_with("db-proxy-endpoint:") && name != "*") {
    const Value reply = ask(
        request, "rds", "DescribeDBProxyEndpoints", Value::object({{"DBProxyEndpointName", name}})
    );
    const List endpoints = items_of(member(reply, "DBProxyEndpoints"));
    return endpoints.empty() ? arn : endpoints.front().text_of("DBProxyEndpointArn");
  }
  if (!parts.resource.starts_with("db-proxy:") || name == "*" || name.starts_with("prx-")) {
    return to_lower(arn);
  }
  const Value reply =
      ask(request, "rds", "DescribeDBProxies", Value::object({{"DBProxyName", name}}));
  const List proxies = items_of(member(reply, "DBProxies"));
  return proxies.empty() ? arn : proxies.front().text_of("DBProxyArn");
}

/// A database that names no group gets the default one of its engine's version.
std::string AccessObjects::default_group(const Request& request, const std::string& arn) const {
  if (!request.action.starts_with("CreateDBInstance") && !request.action.starts_with("RestoreDB")) {
    return arn;
  }
  Value query{Object{}};
  for (const char* name : {"Engine", "EngineVersion"}) {
    if (has_param(request.params, name)) {
      query.set(name, request.params.get(name));
    }
  }
  const Value reply = ask(request, "rds", "DescribeDBEngineVersions", query);
  const List versions = items_of(member(reply, "DBEngineVersions"));
  if (versions.empty()) {
    return arn;
  }
  const std::string& family = versions.back().text_of("DBParameterGroupFamily");
  if (parse_arn(arn).resource == "pg:*") {
    return arn_in(request, "rds", "pg:default." + family);
  }
  const std::string& engine = versions.back().text_of("Engine");
  std::string major = family.substr(std::min(engine.size(), family.size()));
  std::replace(major.begin(), major.end(), '.', '-');
  return arn_in(request, "rds", fmt::format("og:default:{}-{}", engine, major));
}

AccessObjects::Tags AccessObjects::tags_of(const Request& request, const std::string& arn) const {
  const Arn parts = parse_arn(arn);
  const auto from = [&](std::string_view action, std::string_view param, Value value, auto list) {
    const Value reply = ask(request, parts.service, action, Value::object({{param, value}}));
    return read_tags(member(reply, list));
  };
  const std::string name = after_last(parts.resource, '/');
  if (parts.service == "ec2") {
    const Value filter = Value::object({{"Name", "resource-id"}, {"Value", Value::list({name})}});
    return from("DescribeTags", "Filter", Value::list({filter}), "tagSet");
  }
  if (parts.service == "rds") {
    return from("ListTagsForResource", "ResourceName", arn, "TagList");
  }
  if (parts.service == "secretsmanager") {
    return from("DescribeSecret", "SecretId", arn, "Tags");
  }
  if (parts.service == "kms") {
    return from("ListResourceTags", "KeyId", name, "Tags");
  }
  if (parts.service == "logs") {
    constexpr std::string_view kStreams = ":log-stream:";
    const std::string group =
        arn.ends_with(kStreams) ? arn.substr(0, arn.size() - kStreams.size()) : arn;
    return from("ListTagsForResource", "resourceArn", group, "tags");
  }
  if (parts.service == "lambda") {
    return from("ListTags", "Resource", arn, "Tags");
  }
  if (parts.service == "iam" && parts.resource.starts_with("role/")) {
    return from("ListRoleTags", "RoleName", name, "Tags");
  }
  if (parts.service == "iam" && parts.resource.starts_with("policy/")) {
    return from("ListPolicyTags", "PolicyArn", arn, "Tags");
  }
  if (parts.service == "iam" && parts.resource.starts_with("instance-profile/")) {
    return from("ListInstanceProfileTags", "InstanceProfileName", name, "Tags");
  }
  return {};
}

std::string AccessObjects::key_of_secret(const Request& request) const {
  const Value id = request.params.get("SecretId");
  const Value reply =
      ask(request, "secretsmanager", "DescribeSecret", Value::object({{"SecretId", id}}));
  const std::string& key = reply.text_of("KmsKeyId");
  return key == "alias/aws/secretsmanager" ? "" : key;
}

}  // namespace plumbline::sim
