// Elastic IP addresses: from Amazon's pool, at most five in a region, released when nothing uses
// them.
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_nat.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::size_t kAddressQuota = 5;

/// An address as it is shown: what uses it is known by the user.
Value present(Place& place, const Value& row) {
  Value shown = row;
  const AddressUse use = use_of_address(place, row.text_of("allocationId"));
  if (use.gateway != nullptr) {
    shown.set("associationId", use.address->get("associationId"));
    shown.set("networkInterfaceId", use.address->get("networkInterfaceId"));
    shown.set("networkInterfaceOwnerId", place.account);
    shown.set("privateIpAddress", use.address->get("privateIp"));
  }
  return shown;
}

bool is_allocated(Place& place, const std::string& address) {
  for (const auto& [id, row] : place.table("elastic-ip")) {
    if (row.text_of("publicIp") == address) {
      return true;
    }
  }
  return false;
}

/// The next of the ranges for documentation; released ones come last, as they may be asked for.
std::string free_address(Place& place) {
  constexpr std::array<std::string_view, 3> kRanges = {"203.0.113", "198.51.100", "192.0.2"};
  std::string released;
  for (const std::string_view range : kRanges) {
    for (int host = 1; host < 255; ++host) {
      std::string address = fmt::format("{}.{}", range, host);
      if (is_allocated(place, address)) {
        continue;
      }
      if (place.table("$released").count(address) == 0) {
        return address;
      }
      released = released.empty() ? address : released;
    }
  }
  return released;
}

/// The address that the call asks for, or one of the pool's.
std::variant<std::string, Fault> choose_address(Call& call) {
  const std::string& pool = call.params.text_of("PublicIpv4Pool");
  if (!pool.empty() && pool != "amazon") {
    return Fault{
        400,
        "InvalidPublicIpv4PoolID.NotFound",
        fmt::format("The pool ID '{}' does not exist.", pool)};
  }
  for (const std::string_view name : {"IpamPoolId", "CustomerOwnedIpv4Pool"}) {
    if (const std::string& id = call.params.text_of(name); !id.empty()) {
      return invalid_value(id, name, "There is no such pool.");
    }
  }
  const std::string& group = call.params.text_of("NetworkBorderGroup");
  if (!group.empty() && group != call.place.region) {
    return invalid_value(group, "NetworkBorderGroup");
  }
  const std::string& wanted = call.params.text_of("Address");
  if (!wanted.empty() &&
      (is_allocated(call.place, wanted) || call.place.table("$released").count(wanted) == 0)) {
    return Fault{
        400, "InvalidAddress.NotFound", fmt::format("Address '{}' could not be found.", wanted)};
  }
  return wanted.empty() ? free_address(call.place) : wanted;
}

Outcome allocate(Call& call) {
  const std::string& domain = call.params.text_of("Domain");
  if (!domain.empty() && domain != "vpc") {
    return invalid_value(domain, "domain");
  }
  auto tags = tags_for(call, "elastic-ip");
  if (auto* fault = std::get_if<Fault>(&tags)) {
    return std::move(*fault);
  }
  const auto chosen = choose_address(call);
  if (const auto* fault = std::get_if<Fault>(&chosen)) {
    return *fault;
  }
  Table& table = call.place.table("elastic-ip");
  if (table.size() >= kAddressQuota) {
    return Fault{400, "AddressLimitExceeded", "The maximum number of addresses has been reached."};
  }
  const std::string id = call.world.make_id("eipalloc");
  Value row = Value::object(
      {{"publicIp", std::get<std::string>(chosen)},
       {"allocationId", id},
       {"domain", "vpc"},
       {"publicIpv4Pool", "amazon"},
       {"networkBorderGroup", call.place.region}}
  );
  const Value reply = row;
  row.set("tagSet", std::get<Value>(tags));
  table[id] = std::move(row);
  return reply;
}

Outcome describe_addresses(Call& call) {
  static const Filters kFilters = {
      {"allocation-id", "allocationId"},
      {"association-id", "associationId"},
      {"instance-id", "instanceId"},
      {"network-border-group", "networkBorderGroup"},
      {"network-interface-id", "networkInterfaceId"},
      {"network-interface-owner-id", "networkInterfaceOwnerId"},
      {"private-ip-address", "privateIpAddress"},
      {"public-ip", "publicIp"},
  };
  const List& wanted = list_of(call.params, "PublicIp");
  if (wanted.empty()) {
    return describe(call, "elastic-ip", kFilters, [&call](const Value& row) {
      return present(call.place, row);
    });
  }
  std::vector<Value> rows;
  for (const Value& address : wanted) {
    const std::string text = address.is_text() ? address.as_text() : "";
    if (!is_allocated(call.place, text)) {
      return Fault{400, "InvalidAddress.NotFound", fmt::format("Address '{}' not found.", text)};
    }
    for (const auto& [id, row] : call.place.table("elastic-ip")) {
      if (row.text_of("publicIp") == text) {
        rows.push_back(present(call.place, row));
      }
    }
  }
  return describe_rows(call, "addressesSet", rows, kFilters);
}

/// No address has a name in reverse DNS here.
Outcome describe_attribute(Call& call) {
  std::vector<Value> rows;
  for (const Value& id : list_of(call.params, "AllocationId")) {
    const Row row = find_row(call, "elastic-ip", id.is_text() ? id.as_text() : "");
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    const Value& address = *std::get<Value*>(row);
    rows.push_back(Value::object(
        {{"allocationId", address.get("allocationId")}, {"publicIp", address.get("publicIp")}}
    ));
  }
  return describe_rows(call, "addressSet", rows, {});
}

/// Only NAT gateways use addresses here, and theirs are not for others to take away.
Outcome disassociate(Call& call) {
  const std::string& id = call.params.text_of("AssociationId");
  for (const auto& [allocation, row] : call.place.table("elastic-ip")) {
    const AddressUse use = use_of_address(call.place, allocation);
    if (use.gateway != nullptr && use.address->text_of("associationId") == id) {
      return Fault{
          400, "AuthFailure", "You do not have permission to access the specified resource."};
    }
  }
  return Fault{
      400,
      "InvalidAssociationID.NotFound",
      fmt::format("The association ID '{}' does not exist", id)};
}

Outcome release(Call& call) {
  const Row row = find_named(call, "elastic-ip", "AllocationId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("AllocationId");
  const std::string& group = call.params.text_of("NetworkBorderGroup");
  if (!group.empty() && group != call.place.region) {
    return invalid_value(group, "NetworkBorderGroup");
  }
  if (use_of_address(call.place, id).gateway != nullptr) {
    return Fault{400, "InvalidIPAddress.InUse", fmt::format("Address {} is in use.", id)};
  }
  call.place.table("$released")[std::get<Value*>(row)->text_of("publicIp")] = Value(Object{});
  call.place.table("elastic-ip").erase(id);
  return Value();
}

}  // namespace

void add_address_actions(Actions& actions) {
  actions["AllocateAddress"] = {
      allocate,
      "Domain Address PublicIpv4Pool NetworkBorderGroup CustomerOwnedIpv4Pool IpamPoolId "
      "TagSpecification"};
  actions["DescribeAddresses"] = {describe_addresses, "AllocationId PublicIp Filter"};
  actions["DescribeAddressesAttribute"] = {
      describe_attribute, "AllocationId Attribute MaxResults NextToken"};
  actions["DisassociateAddress"] = {disassociate, "AssociationId PublicIp"};
  actions["ReleaseAddress"] = {release, "AllocationId NetworkBorderGroup"};
}

}  // namespace plumbline::sim::ec2
