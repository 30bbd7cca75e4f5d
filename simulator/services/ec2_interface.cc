#include "simulator/services/ec2_interface.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"

namespace plumbline::sim::ec2 {
namespace {

const Filters& interface_filters() {
  static const Filters kFilters = {
      {"attachment.attachment-id", "attachment.attachmentId"},
      {"attachment.instance-id", "attachment.instanceId"},
      {"attachment.instance-owner-id", "attachment.instanceOwnerId"},
      {"attachment.status", "attachment.status"},
      {"availability-zone", "availabilityZone"},
      {"description", "description"},
      {"group-id", "groupSet.groupId"},
      {"group-name", "groupSet.groupName"},
      {"interface-type", "interfaceType"},
      {"mac-address", "macAddress"},
      {"network-interface-id", "networkInterfaceId"},
      {"owner-id", "ownerId"},
      {"private-ip-address", "privateIpAddress"},
      {"requester-id", "requesterId"},
      {"requester-managed", "requesterManaged"},
      {"status", "status"},
      {"subnet-id", "subnetId"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

Outcome describe_interfaces(Call& call) {
  return describe(call, "network-interface", interface_filters());
}

Outcome delete_interface(Call& call) {
  const Row row = find_named(call, "network-interface", "NetworkInterfaceId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("NetworkInterfaceId");
  if (std::get<Value*>(row)->text_of("status") != "available") {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format("Network interface '{}' is currently in use.", id)};
  }
  call.place.table("network-interface").erase(id);
  return Value();
}

/// Interfaces that AWS's own services attached are not for users to detach.
Outcome detach_interface(Call& call) {
  const std::string& id = call.params.text_of("AttachmentId");
  for (const auto& [eni_id, eni] : call.place.table("network-interface")) {
    if (eni.get("attachment").text_of("attachmentId") == id) {
      return Fault{
          400, "OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments."};
    }
  }
  return Fault{
      400,
      "InvalidAttachmentID.NotFound",
      fmt::format("The attachment ID '{}' does not exist", id)};
}

/// The lowest address of the subnet that AWS does not keep for itself and no interface has.
std::string free_address(Place& place, const Value& subnet) {
  const auto block = parse_cidr(subnet.text_of("cidrBlock"));
  if (!block) {
    return "";
  }
  std::set<std::string> taken;
  for (const auto& [id, eni] : place.table("network-interface")) {
    if (eni.get("subnetId") == subnet.get("subnetId")) {
      taken.insert(eni.text_of("privateIpAddress"));
    }
  }
  constexpr unsigned kKeptByAws = 4;
  const unsigned size = 1U << static_cast<unsigned>(32 - block->prefix);
  for (unsigned host = kKeptByAws; host + 1 < size; ++host) {
    const std::string address = fmt::format(
        "{}.{}.{}.{}",
        block->bytes[0],
        block->bytes[1],
        block->bytes[2] + (host >> 8U),
        (block->bytes[3] + host) & 0xffU
    );
    if (taken.count(address) == 0) {
      return address;
    }
  }
  return "";
}

/// Who holds an interface, told by its description.
struct Holder {
  std::string_view type, owner, requester;
};
Holder holder_of(const std::string& description) {
  if (description.rfind("AWS Lambda VPC ENI", 0) == 0) {
    return {"lambda", "amazon-aws", "AROALAMBDASERVICEROLE:lambda"};
  }
  if (description.rfind("Interface for NAT Gateway", 0) == 0) {
    return {"nat_gateway", "amazon-aws", "amazon-aws"};
  }
  return {"interface", "amazon-rds", "amazon-rds"};
}

Value groups_of(Place& place, const std::vector<std::string>& ids) {
  List set;
  for (const std::string& id : ids) {
    const Value* row = place.find("security-group", id);
    const Value name = row == nullptr ? Value("") : row->get("groupName");
    set.push_back(Value::object({{"groupId", id}, {"groupName", name}}));
  }
  return set;
}

}  // namespace

std::string attach_interface(
    World& world,
    Place& place,
    const std::string& subnet_id,
    const std::vector<std::string>& groups,
    const std::string& description
) {
  static const Value kNowhere{Object{}};
  const Value* found = place.find("subnet", subnet_id);
  const Value& subnet = found == nullptr ? kNowhere : *found;
  const std::string id = world.make_id("eni");
  const std::string address = free_address(place, subnet);
  const Holder holder = holder_of(description);
  // A locally administered address; its last digits are the interface's own.
  const std::string digits = id.substr(id.size() - 10);
  std::string mac = "06";
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    mac += ":" + digits.substr(i, 2);
  }
  place.table("network-interface")[id] = Value::object(
      {{"networkInterfaceId", id},
       {"subnetId", subnet_id},
       {"vpcId", subnet.get("vpcId")},
       {"availabilityZone", subnet.get("availabilityZone")},
       {"description", description},
       {"ownerId", place.account},
       {"requesterId", holder.requester},
       {"requesterManaged", true},
       {"status", "in-use"},
       {"macAddress", mac},
       {"privateIpAddress", address},
       {"sourceDestCheck", true},
       {"interfaceType", holder.type},
       {"groupSet", groups_of(place, groups)},
       {"attachment",
        Value::object(
            {{"attachmentId", world.make_id("eni-attach")},
             {"instanceOwnerId", holder.owner},
             {"deviceIndex", 1},
             {"status", "attached"},
             {"deleteOnTermination", false}}
        )},
       {"privateIpAddressesSet",
        Value::list({Value::object({{"privateIpAddress", address}, {"primary", true}})})},
       {"tagSet", List{}}}
  );
  return id;
}

void add_interface_actions(Actions& actions) {
  actions["DescribeNetworkInterfaces"] = {
      describe_interfaces, "NetworkInterfaceId Filter MaxResults NextToken"};
  actions["DeleteNetworkInterface"] = {delete_interface, "NetworkInterfaceId"};
  actions["DetachNetworkInterface"] = {detach_interface, "AttachmentId Force"};
}

}  // namespace plumbline::sim::ec2
