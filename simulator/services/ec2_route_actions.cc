// Route tables, internet gateways and network ACLs.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {
namespace {

const Filters& table_filters() {
  static const Filters kFilters = {
      {"association.gateway-id", "associationSet.gatewayId"},
      {"association.main", "associationSet.main"},
      {"association.route-table-association-id", "associationSet.routeTableAssociationId"},
      {"association.route-table-id", "associationSet.routeTableId"},
      {"association.subnet-id", "associationSet.subnetId"},
      {"owner-id", "ownerId"},
      {"route-table-id", "routeTableId"},
      {"route.destination-cidr-block", "routeSet.destinationCidrBlock"},
      {"route.destination-ipv6-cidr-block", "routeSet.destinationIpv6CidrBlock"},
      {"route.gateway-id", "routeSet.gatewayId"},
      {"route.origin", "routeSet.origin"},
      {"route.state", "routeSet.state"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

Outcome describe_tables(Call& call) {
  return describe(call, "route-table", table_filters());
}

Value local_route(const std::string& cidr) {
  return Value::object(
      {{"destinationCidrBlock", cidr},
       {"gatewayId", "local"},
       {"state", "active"},
       {"origin", "CreateRouteTable"}}
  );
}

Outcome create_table(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto tags = tags_for(call, "route-table");
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  List routes;
  for (const std::string& cidr :
       texts_at(*std::get<Value*>(row), "cidrBlockAssociationSet.cidrBlock")) {
    routes.push_back(local_route(cidr));
  }
  const std::string id = call.world.make_id("rtb");
  const Value table = Value::object(
      {{"routeTableId", id},
       {"vpcId", call.params.get("VpcId")},
       {"ownerId", call.place.account},
       {"routeSet", std::move(routes)},
       {"associationSet", List{}},
       {"propagatingVgwSet", List{}},
       {"tagSet", std::get<Value>(tags)}}
  );
  call.place.table("route-table")[id] = table;
  return Value::object({{"routeTable", table}});
}

Outcome delete_table(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("RouteTableId");
  if (std::get<Value*>(row)->get("associationSet").size() != 0) {
    return dependency_violation(
        fmt::format("The routeTable '{}' has dependencies and cannot be deleted.", id)
    );
  }
  call.place.table("route-table").erase(id);
  return Value();
}

/// The member and text that say where a route leads to; {"", ""} when the call has none.
std::pair<std::string_view, std::string> destination_of(const Value& params) {
  if (const std::string& v4 = params.text_of("DestinationCidrBlock"); !v4.empty()) {
    const auto cidr = parse_cidr(v4);
    return {"destinationCidrBlock", cidr ? cidr->to_string() : v4};
  }
  if (const std::string& v6 = params.text_of("DestinationIpv6CidrBlock"); !v6.empty()) {
    const auto cidr = parse_cidr(v6);
    return {"destinationIpv6CidrBlock", cidr ? cidr->to_string() : v6};
  }
  return {"", ""};
}

Value* find_route(Value& table, std::string_view member, const std::string& text) {
  for (Value& route : table.find("routeSet")->as_list()) {
    if (route.text_of(member) == text) {
      return &route;
    }
  }
  return nullptr;
}

/// Puts the gateway of the call into `route`.
std::optional<Fault> read_target(Call& call, const Value& table, Value& route) {
  const std::string& gateway = call.params.text_of("GatewayId");
  if (gateway.empty()) {
    return missing_parameter("gatewayId");
  }
  if (gateway != "local") {
    const Row row = find_row(call, "internet-gateway", gateway);
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    const auto attached = texts_at(*std::get<Value*>(row), "attachmentSet.vpcId");
    if (attached.empty() || attached.front() != table.text_of("vpcId")) {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format(
              "route table {} and network gateway {} belong to different networks",
              table.text_of("routeTableId"),
              gateway
          )};
    }
  }
  route.set("gatewayId", gateway);
  route.set("state", "active");
  return std::nullopt;
}

Outcome create_or_replace_route(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& table = *std::get<Value*>(row);
  const auto [member, text] = destination_of(call.params);
  if (member.empty()) {
    return missing_parameter("destinationCidrBlock");
  }
  if (!parse_cidr(text)) {
    return invalid_value(text, member, "This is not a valid CIDR block.");
  }
  const bool replaces = call.action == "ReplaceRoute";
  Value* old = find_route(table, member, text);
  if (replaces && old == nullptr) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format("There is no route defined for '{}' in the route table.", text)};
  }
  if (!replaces && old != nullptr) {
    return Fault{
        400, "RouteAlreadyExists", fmt::format("The route identified by {} already exists.", text)};
  }
  Value route = old == nullptr ? Value(Object{}) : *old;
  route.set(member, text);
  if (old == nullptr) {
    route.set("origin", "CreateRoute");
  }
  if (auto fault = read_target(call, table, route)) {
    return std::move(*fault);
  }
  if (old == nullptr) {
    table.find("routeSet")->push_back(std::move(route));
  } else {
    *old = std::move(route);
  }
  return Value::object({{"return", true}});
}

Outcome delete_route(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& table = *std::get<Value*>(row);
  const auto [member, text] = destination_of(call.params);
  const Value* route = member.empty() ? nullptr : find_route(table, member, text);
  if (route == nullptr) {
    return Fault{
        400,
        "InvalidRoute.NotFound",
        fmt::format("no route with destination-cidr-block {} in route table", text)};
  }
  if (route->text_of("origin") == "CreateRouteTable") {
    return invalid_value(text, "destinationCidrBlock", "The local route cannot be removed.");
  }
  std::erase_if(
      table.find("routeSet")->as_list(),
      [&, &member = member, &text = text](const Value& each) {
        return each.text_of(member) == text;
      }
  );
  return Value();
}

/// The table and position of an association.
struct Found {
  Value* table = nullptr;
  std::size_t index = 0;
};
Found find_association(Place& place, std::string_view member, const std::string& text) {
  for (auto& [id, table] : place.table("route-table")) {
    const List& set = list_of(table, "associationSet");
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (!text.empty() && set[i].text_of(member) == text) {
        return {&table, i};
      }
    }
  }
  return {};
}

Value associated() {
  return Value::object({{"state", "associated"}});
}

Outcome associate_table(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Row subnet = find_named(call, "subnet", "SubnetId");
  if (const auto* fault = std::get_if<Fault>(&subnet)) {
    return *fault;
  }
  Value& table = *std::get<Value*>(row);
  const std::string& subnet_id = call.params.text_of("SubnetId");
  if (table.get("vpcId") != std::get<Value*>(subnet)->get("vpcId")) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format(
            "Route table {} and subnet {} belong to different networks",
            table.text_of("routeTableId"),
            subnet_id
        )};
  }
  const Found old = find_association(call.place, "subnetId", subnet_id);
  if (old.table != nullptr && old.table != &table) {
    return Fault{
        400,
        "Resource.AlreadyAssociated",
        fmt::format(
            "the specified association for route table {} conflicts with an existing association",
            table.text_of("routeTableId")
        )};
  }
  std::string id;
  if (old.table == nullptr) {
    id = call.world.make_id("rtbassoc");
    table.find("associationSet")
        ->push_back(Value::object(
            {{"routeTableAssociationId", id},
             {"routeTableId", table.get("routeTableId")},
             {"subnetId", subnet_id},
             {"main", false},
             {"associationState", associated()}}
        ));
  } else {
    id = list_of(table, "associationSet")[old.index].text_of("routeTableAssociationId");
  }
  return Value::object({{"associationId", id}, {"associationState", associated()}});
}

Fault no_association(const std::string& id) {
  return {
      400,
      "InvalidAssociationID.NotFound",
      fmt::format("The association ID '{}' does not exist", id)};
}

Outcome disassociate_table(Call& call) {
  const std::string& id = call.params.text_of("AssociationId");
  const Found found = find_association(call.place, "routeTableAssociationId", id);
  if (found.table == nullptr) {
    return no_association(id);
  }
  List& set = found.table->find("associationSet")->as_list();
  if (set[found.index].get("main") == Value(true)) {
    return invalid_value(id, "associationId", "The main route table cannot be disassociated.");
  }
  set.erase(set.begin() + static_cast<std::ptrdiff_t>(found.index));
  return Value();
}

Outcome replace_association(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string& old_id = call.params.text_of("AssociationId");
  const Found found = find_association(call.place, "routeTableAssociationId", old_id);
  if (found.table == nullptr) {
    return no_association(old_id);
  }
  List& set = found.table->find("associationSet")->as_list();
  Value association = set[found.index];
  set.erase(set.begin() + static_cast<std::ptrdiff_t>(found.index));
  const std::string id = call.world.make_id("rtbassoc");
  association.set("routeTableAssociationId", id);
  association.set("routeTableId", call.params.get("RouteTableId"));
  std::get<Value*>(row)->find("associationSet")->push_back(std::move(association));
  return Value::object({{"newAssociationId", id}, {"associationState", associated()}});
}

// --- Internet gateways ---------------------------------------------------------------------------

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
  call.place.table("internet-gateway").erase(id);
  // Routes through it stay and lead nowhere.
  for (auto& [table_id, table] : call.place.table("route-table")) {
    for (Value& route : table.find("routeSet")->as_list()) {
      if (route.text_of("gatewayId") == id) {
        route.set("state", "blackhole");
      }
    }
  }
  return Value();
}

// --- Network ACLs --------------------------------------------------------------------------------

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

}  // namespace

void add_route_actions(Actions& actions) {
  constexpr std::string_view kRoute =
      "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock GatewayId";
  actions["CreateRouteTable"] = {create_table, "VpcId TagSpecification ClientToken"};
  actions["DescribeRouteTables"] = {describe_tables, "RouteTableId Filter MaxResults NextToken"};
  actions["DeleteRouteTable"] = {delete_table, "RouteTableId"};
  actions["CreateRoute"] = {create_or_replace_route, kRoute};
  actions["ReplaceRoute"] = {create_or_replace_route, kRoute};
  actions["DeleteRoute"] = {delete_route, kRoute};
  actions["AssociateRouteTable"] = {associate_table, "RouteTableId SubnetId"};
  actions["DisassociateRouteTable"] = {disassociate_table, "AssociationId"};
  actions["ReplaceRouteTableAssociation"] = {replace_association, "RouteTableId AssociationId"};
  actions["CreateInternetGateway"] = {create_gateway, "TagSpecification"};
  actions["DescribeInternetGateways"] = {
      describe_gateways, "InternetGatewayId Filter MaxResults NextToken"};
  actions["AttachInternetGateway"] = {attach_gateway, "InternetGatewayId VpcId"};
  actions["DetachInternetGateway"] = {detach_gateway, "InternetGatewayId VpcId"};
  actions["DeleteInternetGateway"] = {delete_gateway, "InternetGatewayId"};
  actions["DescribeNetworkAcls"] = {describe_acls, "NetworkAclId Filter MaxResults NextToken"};
}

}  // namespace plumbline::sim::ec2
