#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/iam_documents.h"
#include "simulator/services/lambda.h"

namespace plumbline::sim {
namespace {

/// How long AWS keeps an interface after its last function went.
constexpr Duration kLinger = std::chrono::minutes(20);

std::string interface_key(const std::string& subnet, std::vector<std::string> groups) {
  std::sort(groups.begin(), groups.end());
  return subnet + "|" + join(groups, ",");
}

void add_needed(const Value& configuration, std::map<std::string, std::string>& needed) {
  const auto groups = texts_of(configuration.get_path("VpcConfig.SecurityGroupIds"));
  for (const std::string& subnet : texts_of(configuration.get_path("VpcConfig.SubnetIds"))) {
    needed.emplace(interface_key(subnet, groups), configuration.text_of("FunctionName"));
  }
}

}  // namespace

std::optional<Fault> Lambda::check_network(
    const Request& request, const std::string& role_arn, std::string& vpc_id
) const {
  const Value& wanted = request.params.get("VpcConfig");
  const auto subnets = texts_of(wanted.get("SubnetIds"));
  const auto groups = texts_of(wanted.get("SecurityGroupIds"));
  if (subnets.empty() != groups.empty()) {
    return invalid_value("SubnetIds and SecurityIds must coexist or be both empty list.");
  }
  if (subnets.empty()) {
    return std::nullopt;
  }
  const auto role = neighbours_.find_role(request.account, role_arn);
  for (const char* action :
       {"CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface"}) {
    if (!allows_action(role.policies, fmt::format("ec2:{}", action))) {
      return invalid_value(fmt::format(
          "The provided execution role does not have permissions to call {} on EC2", action
      ));
    }
  }
  std::set<std::string> vpcs;
  for (const std::string& id : subnets) {
    const auto subnet = neighbours_.find_subnet(request.account, request.region, id);
    if (!subnet.exists) {
      return invalid_value(fmt::format(
          "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 "
          "Error Message: The subnet ID '{}' does not exist",
          id
      ));
    }
    vpcs.insert(subnet.vpc_id);
  }
  for (const std::string& id : groups) {
    const std::string vpc = neighbours_.vpc_of_group(request.account, request.region, id);
    if (vpc.empty()) {
      return invalid_value(fmt::format(
          "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 "
          "Error Message: The security group '{}' does not exist",
          id
      ));
    }
    vpcs.insert(vpc);
  }
  if (vpcs.size() != 1) {
    return invalid_value("The subnets and security groups of a function must be in the same VPC.");
  }
  vpc_id = *vpcs.begin();
  return std::nullopt;
}

void Lambda::settle_interfaces(const Request& request) {
  Place& place = place_of(request);
  std::map<std::string, std::string> needed;
  for (const auto& [name, function] : place.functions) {
    add_needed(function.get("Configuration"), needed);
    for (const Value& version : items_of(function.get("Versions"))) {
      add_needed(version, needed);
    }
  }
  for (auto held = place.interfaces.begin(); held != place.interfaces.end();) {
    if (needed.contains(held->first)) {
      ++held;
      continue;
    }
    neighbours_.release_interface(request.account, request.region, held->second, kLinger);
    held = place.interfaces.erase(held);
  }
  for (const auto& [key, function] : needed) {
    if (place.interfaces.contains(key)) {
      continue;
    }
    const auto bar = key.find('|');
    std::vector<std::string> groups;
    for (const std::string_view group : split(std::string_view(key).substr(bar + 1), ',')) {
      groups.emplace_back(group);
    }
    place.interfaces[key] = neighbours_.attach_interface(
        request.account,
        request.region,
        key.substr(0, bar),
        groups,
        fmt::format("AWS Lambda VPC ENI-{}-{}", function, world_.make_uuid())
    );
  }
}

}  // namespace plumbline::sim
