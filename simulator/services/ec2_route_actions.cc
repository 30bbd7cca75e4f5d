// Route tables: routes by destination, and what uses which table. A route whose gateway is gone
// stays and leads nowhere.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_nat.h"
#include "simulator/services/ec2_peering.h"

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
      {"route.destination-prefix-list-id", "routeSet.destinationPrefixListId"},
      {"route.gateway-id", "routeSet.gatewayId"},
      {"route.nat-gateway-id", "routeSet.natGatewayId"},
      {"route.origin", "routeSet.origin"},
      {"route.state", "routeSet.state"},
      {"route.vpc-peering-connection-id", "routeSet.vpcPeeringConnectionId"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

/// Whether what the route leads to is there and usable.
bool leads_somewhere(Place& place, const Value& table, const Value& route) {
  const std::string& gateway = route.text_of("gatewayId");
  if (gateway.rfind("igw-", 0) == 0) {
    const Value* row = place.find("internet-gateway", gateway);
    return row != nullptr && texts_at(*row, "attachmentSet.vpcId") ==
                                 std::vector<std::string>{table.text_of("vpcId")};
  }
  if (const std::string& nat = route.text_of("natGatewayId"); !nat.empty()) {
    const Value* row = place.find("natgateway", nat);
    return row != nullptr && is_alive(*row);
  }
  if (const std::string& peering = route.text_of("vpcPeeringConnectionId"); !peering.empty()) {
    const Value* row = place.find("vpc-peering-connection", peering);
    return row != nullptr && is_active_peering(*row);
  }
  const std::string& interface = route.text_of("networkInterfaceId");
  return interface.empty() || place.find("network-interface", interface) != nullptr;
}

Outcome describe_tables(Call& call) {
  constexpr std::size_t kLargestPage = 100;
  const std::string& size = call.params.text_of("MaxResults");
  if (size.size() > 3 || (size.size() == 3 && size != std::to_string(kLargestPage))) {
    return invalid_value(size, "MaxResults", "Expecting a value between 5 and 100.");
  }
  return describe(call, "route-table", table_filters(), [&call](const Value& row) {
    Value shown = row;
    for (Value& route : shown.find("routeSet")->as_list()) {
      route.set("state", leads_somewhere(call.place, row, route) ? "active" : "blackhole");
    }
    return shown;
  });
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
  if (const std::string& list = params.text_of("DestinationPrefixListId"); !list.empty()) {
    return {"destinationPrefixListId", list};
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

/// One way a route can lead: the parameter, the member that shows it, and the fault for an id that
/// nothing has. Kinds that are not simulated have no objects, so that every id of theirs is
/// unknown.
struct Target {
  std::string_view parameter, member, not_found;
};
constexpr std::array<Target, 11> kTargets = {{
    {"GatewayId", "gatewayId", "InvalidGatewayID.NotFound"},
    {"NatGatewayId", "natGatewayId", "InvalidNatGatewayID.NotFound"},
    {"NetworkInterfaceId", "networkInterfaceId", "InvalidNetworkInterfaceID.NotFound"},
    {"VpcPeeringConnectionId", "vpcPeeringConnectionId", "InvalidVpcPeeringConnectionID.NotFound"},
    {"TransitGatewayId", "transitGatewayId", "InvalidTransitGatewayID.NotFound"},
    {"VpcEndpointId", "gatewayId", "InvalidVpcEndpointId.NotFound"},
    {"EgressOnlyInternetGatewayId",
     "egressOnlyInternetGatewayId",
     "InvalidEgressOnlyInternetGatewayId.NotFound"},
    {"LocalGatewayId", "localGatewayId", "InvalidLocalGatewayID.NotFound"},
    {"CarrierGatewayId", "carrierGatewayId", "InvalidCarrierGatewayID.NotFound"},
    {"CoreNetworkArn", "coreNetworkArn", "InvalidCoreNetworkArn.NotFound"},
    {"InstanceId", "instanceId", "InvalidInstanceID.NotFound"},
}};

Fault other_network(const Value& table, const std::string& target) {
  return {
      400,
      "InvalidParameterValue",
      fmt::format(
          "route table {} and network gateway {} belong to different networks",
          table.text_of("routeTableId"),
          target
      )};
}

/// The network that a target belongs to, for a route of a table of `vpc_id`; nothing when there is
/// no such target. A peering belongs to both of its networks, also before it is accepted.
std::optional<std::string> network_of(
    Place& place, const Target& target, const std::string& id, const std::string& vpc_id
) {
  if (target.parameter == "VpcPeeringConnectionId") {
    const Value* peering = place.find("vpc-peering-connection", id);
    if (peering == nullptr || !is_alive_peering(*peering)) {
      return std::nullopt;
    }
    return joins_network(place, *peering, vpc_id) ? vpc_id : "";
  }
  if (target.parameter == "GatewayId") {
    const Value* row = place.find("internet-gateway", id);
    const auto attached =
        row == nullptr ? std::vector<std::string>() : texts_at(*row, "attachmentSet.vpcId");
    return row == nullptr ? std::nullopt : std::optional(attached.empty() ? "" : attached.front());
  }
  const Value* row = nullptr;
  if (target.parameter == "NatGatewayId") {
    row = place.find("natgateway", id);
    row = row != nullptr && !is_alive(*row) ? nullptr : row;
  } else if (target.parameter == "NetworkInterfaceId") {
    row = place.find("network-interface", id);
  }
  return row == nullptr ? std::nullopt : std::optional(row->text_of("vpcId"));
}

/// Puts the one target of the call into `route`, in place of the one it has.
std::optional<Fault> read_target(Call& call, const Value& table, Value& route) {
  const Target* chosen = nullptr;
  for (const Target& target : kTargets) {
    if (call.params.text_of(target.parameter).empty()) {
      continue;
    }
    if (chosen != nullptr) {
      return Fault{
          400,
          "InvalidParameterCombination",
          fmt::format(
              "The parameters {} and {} cannot be used together",
              chosen->parameter,
              target.parameter
          )};
    }
    chosen = &target;
  }
  if (chosen == nullptr) {
    return missing_parameter("gatewayId");
  }
  const std::string& id = call.params.text_of(chosen->parameter);
  if (id != "local") {
    const auto network = network_of(call.place, *chosen, id, table.text_of("vpcId"));
    if (!network) {
      return Fault{
          400, std::string(chosen->not_found), fmt::format("The ID '{}' does not exist", id)};
    }
    if (*network != table.text_of("vpcId")) {
      return other_network(table, id);
    }
  }
  for (const Target& target : kTargets) {
    route.erase(target.member);
  }
  route.set(chosen->member, id);
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
  if (member == "destinationPrefixListId") {
    return Fault{
        400,
        "InvalidPrefixListID.NotFound",
        fmt::format("The prefix list ID '{}' does not exist", text)};
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

/// What is to use a table: a subnet, or a gateway with its incoming packets.
struct User {
  std::string_view member;  ///< Of an association.
  std::string id, vpc_id;
};
std::variant<User, Fault> read_user(Call& call) {
  const std::string& gateway = call.params.text_of("GatewayId");
  const Row row = gateway.empty() ? find_named(call, "subnet", "SubnetId")
                                  : find_row(call, "internet-gateway", gateway);
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& found = *std::get<Value*>(row);
  if (gateway.empty()) {
    return User{"subnetId", found.text_of("subnetId"), found.text_of("vpcId")};
  }
  const auto attached = texts_at(found, "attachmentSet.vpcId");
  return User{"gatewayId", gateway, attached.empty() ? "" : attached.front()};
}

Outcome associate_table(Call& call) {
  const Row row = find_named(call, "route-table", "RouteTableId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto read = read_user(call);
  if (const auto* fault = std::get_if<Fault>(&read)) {
    return *fault;
  }
  const User& user = std::get<User>(read);
  Value& table = *std::get<Value*>(row);
  if (table.text_of("vpcId") != user.vpc_id) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format(
            "Route table {} and {} belong to different networks",
            table.text_of("routeTableId"),
            user.id
        )};
  }
  const Found old = find_association(call.place, user.member, user.id);
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
             {user.member, user.id},
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
  if (found.table->get("vpcId") != std::get<Value*>(row)->get("vpcId")) {
    return invalid_value(old_id, "associationId", "The route tables belong to different networks.");
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

}  // namespace

void add_route_actions(Actions& actions) {
  constexpr std::string_view kRoute =
      "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId "
      "GatewayId NatGatewayId NetworkInterfaceId VpcPeeringConnectionId TransitGatewayId "
      "VpcEndpointId EgressOnlyInternetGatewayId LocalGatewayId CarrierGatewayId CoreNetworkArn "
      "InstanceId";
  actions["CreateRouteTable"] = {create_table, "VpcId TagSpecification ClientToken"};
  actions["DescribeRouteTables"] = {describe_tables, "RouteTableId Filter MaxResults NextToken"};
  actions["DeleteRouteTable"] = {delete_table, "RouteTableId"};
  actions["CreateRoute"] = {create_or_replace_route, kRoute};
  actions["ReplaceRoute"] = {create_or_replace_route, kRoute};
  actions["DeleteRoute"] = {
      delete_route,
      "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId"};
  actions["AssociateRouteTable"] = {associate_table, "RouteTableId SubnetId GatewayId"};
  actions["DisassociateRouteTable"] = {disassociate_table, "AssociationId"};
  actions["ReplaceRouteTableAssociation"] = {replace_association, "RouteTableId AssociationId"};
}

}  // namespace plumbline::sim::ec2
