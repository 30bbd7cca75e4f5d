// NAT gateways: pending for a minute and a half, and then available, or failed with the reason that
// AWS gives. Deleted and failed ones stay visible for an hour.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_interface.h"
#include "simulator/services/ec2_nat.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr auto kCreationTime = std::chrono::seconds(90);
constexpr auto kDeletionTime = std::chrono::seconds(60);
constexpr auto kCorpseTime = std::chrono::hours(1);

/// Notes for the time after `then`: how long the corpse stays.
void keep_corpse(Call& call, Value& row) {
  row.set("$forgetAfter", std::int64_t{call.world.scaled(kCorpseTime).count()});
}

Value present(const Value& row) {
  Value shown = row;
  if (row.text_of("state") == "failed") {
    shown.set("failureCode", row.get("$failureCode"));
    shown.set("failureMessage", row.get("$failureMessage"));
  }
  return shown;
}

struct Reason {
  std::string_view code;
  std::string message;
};

/// Why a gateway with these parameters will fail; an empty code when it will not.
Reason find_failure(Call& call, const Value& subnet) {
  if (call.params.text_of("ConnectivityType") == "private") {
    return {};
  }
  const std::string& vpc = subnet.text_of("vpcId");
  bool has_internet = false;
  for (const auto& [id, gateway] : call.place.table("internet-gateway")) {
    const auto attached = texts_at(gateway, "attachmentSet.vpcId");
    has_internet = has_internet || (!attached.empty() && attached.front() == vpc);
  }
  if (!has_internet) {
    return {"Gateway.NotAttached", fmt::format("Network {} has no Internet gateway attached", vpc)};
  }
  const std::string& allocation = call.params.text_of("AllocationId");
  if (use_of_address(call.place, allocation).gateway != nullptr) {
    return {
        "Resource.AlreadyAssociated",
        fmt::format("Elastic IP address [{}] is already associated", allocation)};
  }
  return {};
}

/// The parameters that go with the kind of connectivity.
std::optional<Fault> check_connectivity(Call& call) {
  const std::string& type = call.params.text_of("ConnectivityType");
  const std::string& allocation = call.params.text_of("AllocationId");
  if (!type.empty() && type != "public" && type != "private") {
    return invalid_value(type, "connectivityType");
  }
  if (type == "private") {
    if (!allocation.empty()) {
      return Fault{
          400, "InvalidParameterCombination", "A private NAT gateway takes no AllocationId."};
    }
    return std::nullopt;
  }
  const Row row = find_named(call, "elastic-ip", "AllocationId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  return std::nullopt;
}

/// One row of a natGatewayAddressSet; with an interface's private address when none is given.
Value new_address(
    Call& call, const std::string& eni, const std::string& private_ip, bool is_first
) {
  return Value::object(
      {{"networkInterfaceId", eni},
       {"privateIp", private_ip},
       {"isPrimary", is_first},
       {"status", "succeeded"},
       {"associationId", call.world.make_id("eipassoc")}}
  );
}

void put_elastic(Call& call, Value& address, const std::string& allocation) {
  address.set("allocationId", allocation);
  if (const Value* row = call.place.find("elastic-ip", allocation)) {
    address.set("publicIp", row->get("publicIp"));
  }
}

/// Its interface and first address, when it will not fail; else only what it was asked for.
Value first_addresses(Call& call, const Value& subnet, const std::string& id, bool will_fail) {
  const std::string& allocation = call.params.text_of("AllocationId");
  if (will_fail) {
    return Value::list({Value::object({{"allocationId", allocation}})});
  }
  const std::string eni = attach_interface(
      call.world, call.place, subnet.text_of("subnetId"), {}, "Interface for NAT Gateway " + id
  );
  Value& interface = *call.place.find("network-interface", eni);
  if (const std::string& wanted = call.params.text_of("PrivateIpAddress"); !wanted.empty()) {
    interface.set("privateIpAddress", wanted);
  }
  Value address = new_address(call, eni, interface.text_of("privateIpAddress"), true);
  if (!allocation.empty()) {
    put_elastic(call, address, allocation);
  } else {
    address.erase("associationId");
  }
  return Value::list({address});
}

Outcome create(Call& call) {
  const Row row = find_named(call, "subnet", "SubnetId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value subnet = *std::get<Value*>(row);
  if (auto fault = check_connectivity(call)) {
    return std::move(*fault);
  }
  const std::string& wanted = call.params.text_of("PrivateIpAddress");
  const auto inside = parse_cidr(subnet.text_of("cidrBlock"));
  const auto address = parse_cidr(wanted + "/32");
  if (!wanted.empty() && (!address || !inside || !inside->holds(*address))) {
    return invalid_value(wanted, "privateIpAddress", "Address does not fall within the subnet.");
  }
  auto tags = tags_for(call, "natgateway");
  if (auto* fault = std::get_if<Fault>(&tags)) {
    return std::move(*fault);
  }
  const Reason failure = find_failure(call, subnet);
  const bool will_fail = !failure.code.empty();
  const std::string id = call.world.make_id("nat");
  const std::string& type = call.params.text_of("ConnectivityType");
  Value gateway = Value::object(
      {{"natGatewayId", id},
       {"subnetId", subnet.get("subnetId")},
       {"vpcId", subnet.get("vpcId")},
       {"createTime", format_iso8601(call.world.now())},
       {"connectivityType", type.empty() ? "public" : type},
       {"natGatewayAddressSet", first_addresses(call, subnet, id, will_fail)},
       {"tagSet", std::get<Value>(tags)}}
  );
  move_on(call, gateway, "pending", will_fail ? "failed" : "available", kCreationTime);
  if (will_fail) {
    gateway.set("$failureCode", failure.code);
    gateway.set("$failureMessage", failure.message);
    keep_corpse(call, gateway);
  }
  call.place.table("natgateway")[id] = gateway;
  return Value::object({{"natGateway", gateway}});
}

Outcome describe_gateways(Call& call) {
  static const Filters kFilters = {
      {"nat-gateway-id", "natGatewayId"},
      {"state", "state"},
      {"subnet-id", "subnetId"},
      {"vpc-id", "vpcId"},
  };
  return describe(call, "natgateway", kFilters, present);
}

Outcome remove(Call& call) {
  const Row row = find_named(call, "natgateway", "NatGatewayId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& gateway = *std::get<Value*>(row);
  const std::string id = call.params.text_of("NatGatewayId");
  if (gateway.text_of("state") == "deleted") {
    return Fault{400, "NatGatewayNotFound", fmt::format("The Nat Gateway {} was not found", id)};
  }
  for (const std::string& eni : texts_at(gateway, "natGatewayAddressSet.networkInterfaceId")) {
    if (Value* interface = call.place.find("network-interface", eni)) {
      move_on(call, *interface, "", "", kDeletionTime);
      interface->erase("state");
    }
  }
  move_on(call, gateway, "deleting", "deleted", kDeletionTime);
  keep_corpse(call, gateway);
  return Value::object({{"natGatewayId", id}});
}

/// A gateway whose addresses can change: an available one of this connectivity.
Row find_changeable(Call& call, std::string_view connectivity) {
  const Row row = find_named(call, "natgateway", "NatGatewayId");
  if (std::holds_alternative<Fault>(row)) {
    return row;
  }
  const Value& gateway = *std::get<Value*>(row);
  if (gateway.text_of("state") != "available") {
    return Fault{400, "IncorrectState", "The NAT gateway is not available."};
  }
  if (gateway.text_of("connectivityType") != connectivity) {
    return Fault{
        400,
        "InvalidParameterCombination",
        fmt::format("This call is for {} NAT gateways.", connectivity)};
  }
  return row;
}

Value addresses_reply(const Value& gateway, Value addresses, std::string_view status) {
  for (Value& address : addresses.as_list()) {
    address.set("status", status);
  }
  return Value::object(
      {{"natGatewayId", gateway.get("natGatewayId")}, {"natGatewayAddressSet", addresses}}
  );
}

/// A private address that no address of the gateway has: the next of its subnet.
std::string next_private_address(Call& call, const Value& gateway) {
  const std::string probe = attach_interface(
      call.world, call.place, gateway.text_of("subnetId"), {}, "Interface for NAT Gateway"
  );
  const std::string address =
      call.place.find("network-interface", probe)->text_of("privateIpAddress");
  call.place.table("network-interface").erase(probe);
  const auto held = texts_at(gateway, "natGatewayAddressSet.privateIp");
  const auto block = parse_cidr(address + "/32");
  std::string free = address;
  for (int i = 1; block && std::find(held.begin(), held.end(), free) != held.end(); ++i) {
    free = fmt::format(
        "{}.{}.{}.{}", block->bytes[0], block->bytes[1], block->bytes[2], block->bytes[3] + i
    );
  }
  return free;
}

Outcome associate(Call& call) {
  const Row row = find_changeable(call, "public");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& gateway = *std::get<Value*>(row);
  const List& allocations = list_of(call.params, "AllocationId");
  if (allocations.empty()) {
    return missing_parameter("AllocationId");
  }
  Value added{List{}};
  for (const Value& each : allocations) {
    const std::string id = each.is_text() ? each.as_text() : "";
    const Row address_row = find_row(call, "elastic-ip", id);
    if (const auto* fault = std::get_if<Fault>(&address_row)) {
      return *fault;
    }
    if (use_of_address(call.place, id).gateway != nullptr) {
      return Fault{
          400,
          "Resource.AlreadyAssociated",
          fmt::format("Elastic IP address [{}] is already associated", id)};
    }
    const auto enis = texts_at(gateway, "natGatewayAddressSet.networkInterfaceId");
    Value address = new_address(call, enis.front(), next_private_address(call, gateway), false);
    put_elastic(call, address, id);
    gateway.find("natGatewayAddressSet")->push_back(address);
    added.push_back(std::move(address));
  }
  return addresses_reply(gateway, std::move(added), "associating");
}

Outcome assign(Call& call) {
  const Row row = find_changeable(call, "private");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& gateway = *std::get<Value*>(row);
  const Value* subnet = call.place.find("subnet", gateway.text_of("subnetId"));
  const auto inside = parse_cidr(subnet == nullptr ? "" : subnet->text_of("cidrBlock"));
  Value added{List{}};
  for (const Value& each : list_of(call.params, "PrivateIpAddress")) {
    const std::string text = each.is_text() ? each.as_text() : "";
    const auto address = parse_cidr(text + "/32");
    if (!address || !inside || !inside->holds(*address)) {
      return invalid_value(text, "privateIpAddress", "Address does not fall within the subnet.");
    }
    const auto enis = texts_at(gateway, "natGatewayAddressSet.networkInterfaceId");
    Value shown = new_address(call, enis.front(), text, false);
    shown.erase("associationId");
    gateway.find("natGatewayAddressSet")->push_back(shown);
    added.push_back(std::move(shown));
  }
  if (added.size() == 0) {
    return missing_parameter("PrivateIpAddress");
  }
  return addresses_reply(gateway, std::move(added), "assigning");
}

/// Takes the addresses away whose `member` is in the parameter `name`; never the first one.
Outcome take_away(Call& call, Value& gateway, std::string_view member, std::string_view name) {
  Value gone{List{}};
  List& addresses = gateway.find("natGatewayAddressSet")->as_list();
  for (const Value& each : list_of(call.params, name)) {
    const auto at = std::find_if(addresses.begin(), addresses.end(), [&](const Value& address) {
      return address.get(member) == each && address.get("isPrimary") != Value(true);
    });
    if (at == addresses.end()) {
      return invalid_value(each.is_text() ? each.as_text() : "", name, "It is no secondary one.");
    }
    gone.push_back(*at);
    addresses.erase(at);
  }
  if (gone.size() == 0) {
    return missing_parameter(name);
  }
  return addresses_reply(gateway, std::move(gone), "disassociating");
}

Outcome disassociate(Call& call) {
  const Row row = find_changeable(call, "public");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  return take_away(call, *std::get<Value*>(row), "associationId", "AssociationId");
}

Outcome unassign(Call& call) {
  const Row row = find_changeable(call, "private");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  return take_away(call, *std::get<Value*>(row), "privateIp", "PrivateIpAddress");
}

}  // namespace

AddressUse use_of_address(Place& place, const std::string& allocation_id) {
  for (const auto& [id, gateway] : place.table("natgateway")) {
    const std::string& state = gateway.text_of("state");
    const bool will_fail = !gateway.text_of("$failureCode").empty();
    if (will_fail || state == "deleted") {
      continue;
    }
    for (const Value& address : list_of(gateway, "natGatewayAddressSet")) {
      if (address.text_of("allocationId") == allocation_id) {
        return {&gateway, &address};
      }
    }
  }
  return {};
}

bool has_mapped_address(Place& place, const std::string& vpc_id) {
  for (const auto& [id, row] : place.table("elastic-ip")) {
    const AddressUse use = use_of_address(place, id);
    if (use.gateway != nullptr && use.gateway->text_of("vpcId") == vpc_id) {
      return true;
    }
  }
  return false;
}

bool is_alive(const Value& nat_gateway) {
  const std::string& state = nat_gateway.text_of("state");
  return state == "pending" || state == "available";
}

void add_nat_actions(Actions& actions) {
  actions["CreateNatGateway"] = {
      create,
      "SubnetId AllocationId ConnectivityType PrivateIpAddress ClientToken TagSpecification"};
  actions["DescribeNatGateways"] = {describe_gateways, "NatGatewayId Filter MaxResults NextToken"};
  actions["DeleteNatGateway"] = {remove, "NatGatewayId"};
  actions["AssociateNatGatewayAddress"] = {associate, "NatGatewayId AllocationId PrivateIpAddress"};
  actions["DisassociateNatGatewayAddress"] = {
      disassociate, "NatGatewayId AssociationId MaxDrainDurationSeconds"};
  actions["AssignPrivateNatGatewayAddress"] = {
      assign, "NatGatewayId PrivateIpAddress PrivateIpAddressCount"};
  actions["UnassignPrivateNatGatewayAddress"] = {
      unassign, "NatGatewayId PrivateIpAddress MaxDrainDurationSeconds"};
}

}  // namespace plumbline::sim::ec2
