// Internet gateways.
#include <fmt/format.h>

#include "simulator/services/ec2_nat.h"

namespace plumbline::sim::ec2 {
namespace {

const Filters& gateway_filters() {
  static const Filters kFilters = {
      {"attachment.state", "attachmentSet.state"},
      {"attachment.vpc-id", "attachmentSet.vpcId"},
      {"internet-gateway-id", "internetGatewayId"},
      {"owner-id", "ownerId"},
  };
  return kFilters;
}

Outcome create_gateway(Call& call) {
  const auto tags = tags_for(call, "internet-gateway");
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  const std::string id = call.world.make_id("igw");
  const Value gateway = Value::object(
      {{"internetGatewayId", id},
       {"ownerId", call.place.account},
       {"attachmentSet", List{}},
       {"tagSet", std::get<Value>(tags)}}
  );
  call.place.table("internet-gateway")[id] = gateway;
  return Value::object({{"internetGateway", gateway}});
}

Outcome describe_gateways(Call& call) {
  return describe(call, "internet-gateway", gateway_filters());
}

Outcome attach_gateway(Call& call) {
  const Row row = find_named(call, "internet-gateway", "InternetGatewayId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Row vpc = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&vpc)) {
    return *fault;
  }
  const std::string& vpc_id = call.params.text_of("VpcId");
  Value& gateway = *std::get<Value*>(row);
  bool is_taken = gateway.get("attachmentSet").size() != 0;
  for (const auto& [id, other] : call.place.table("internet-gateway")) {
    const auto attached = texts_at(other, "attachmentSet.vpcId");
    is_taken = is_taken || (!attached.empty() && attached.front() == vpc_id);
  }
  if (is_taken) {
    return Fault{
        400,
        "Resource.AlreadyAssociated",
        fmt::format(
            "resource {} is already attached to network {}",
            gateway.text_of("internetGatewayId"),
            vpc_id
        )};
  }
  gateway.set(
      "attachmentSet", Value::list({Value::object({{"vpcId", vpc_id}, {"state", "available"}})})
  );
  return Value();
}

Outcome detach_gateway(Call& call) {
  const Row row = find_named(call, "internet-gateway", "InternetGatewayId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& gateway = *std::get<Value*>(row);
  const auto attached = texts_at(gateway, "attachmentSet.vpcId");
  if (attached.empty() || attached.front() != call.params.text_of("VpcId")) {
    return Fault{
        400,
        "Gateway.NotAttached",
        fmt::format(
            "resource {} is not attached to network {}",
            gateway.text_of("internetGatewayId"),
            call.params.text_of("VpcId")
        )};
  }
  if (has_mapped_address(call.place, attached.front())) {
    return dependency_violation(fmt::format(
        "Network {} has some mapped public address(es). Please unmap those public address(es) "
        "before detaching the gateway.",
        attached.front()
    ));
  }
  gateway.set("attachmentSet", List{});
  return Value();
}

Outcome delete_gateway(Call& call) {
  const Row row = find_named(call, "internet-gateway", "InternetGatewayId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("InternetGatewayId");
  if (std::get<Value*>(row)->get("attachmentSet").size() != 0) {
    return dependency_violation(
        fmt::format("The internetGateway '{}' has dependencies and cannot be deleted.", id)
    );
  }
  call.place.table("internet-gateway").erase(id);  // Routes through it stay and lead nowhere.
  for (auto& [table_id, table] : call.place.table("route-table")) {
    std::erase_if(table.find("associationSet")->as_list(), [&](const Value& association) {
      return association.text_of("gatewayId") == id;
    });
  }
  return Value();
}

}  // namespace

void add_gateway_actions(Actions& actions) {
  actions["CreateInternetGateway"] = {create_gateway, "TagSpecification"};
  actions["DescribeInternetGateways"] = {
      describe_gateways, "InternetGatewayId Filter MaxResults NextToken"};
  actions["AttachInternetGateway"] = {attach_gateway, "InternetGatewayId VpcId"};
  actions["DetachInternetGateway"] = {detach_gateway, "InternetGatewayId VpcId"};
  actions["DeleteInternetGateway"] = {delete_gateway, "InternetGatewayId"};
}

}  // namespace plumbline::sim::ec2
