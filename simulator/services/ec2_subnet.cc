// Subnets and availability zones.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_place.h"
#include "simulator/services/ec2_zones.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr auto kSettleTime = std::chrono::milliseconds(1500);

const Filters& subnet_filters() {
  static const Filters kFilters = {
      {"availability-zone", "availabilityZone"},
      {"availabilityZone", "availabilityZone"},
      {"availability-zone-id", "availabilityZoneId"},
      {"available-ip-address-count", "availableIpAddressCount"},
      {"cidr", "cidrBlock"},
      {"cidr-block", "cidrBlock"},
      {"cidrBlock", "cidrBlock"},
      {"default-for-az", "defaultForAz"},
      {"defaultForAz", "defaultForAz"},
      {"map-public-ip-on-launch", "mapPublicIpOnLaunch"},
      {"owner-id", "ownerId"},
      {"state", "state"},
      {"subnet-arn", "subnetArn"},
      {"subnet-id", "subnetId"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

/// The zone that the parameters name; the first when they name none.
std::variant<Zone, Fault> read_zone(const Call& call) {
  const std::string& name = call.params.text_of("AvailabilityZone");
  const std::string& id = call.params.text_of("AvailabilityZoneId");
  const auto zones = zones_of(call.place.account, call.place.region);
  if (name.empty() && id.empty()) {
    return zones.front();
  }
  for (const Zone& zone : zones) {
    if (name.empty() ? zone.id == id : zone.name == name) {
      return zone;
    }
  }
  std::vector<std::string> names;
  names.reserve(zones.size());
  for (const Zone& zone : zones) {
    names.push_back(zone.name);
  }
  return invalid_value(
      name.empty() ? id : name,
      "availabilityZone",
      fmt::format(
          "Subnets can currently only be created in the following availability zones: {}.",
          join(names, ", ")
      )
  );
}

/// The block of a new subnet, or why it cannot be had.
std::variant<Cidr, Fault> read_block(Call& call, const Value& vpc) {
  const std::string& text = call.params.text_of("CidrBlock");
  if (text.empty()) {
    return missing_parameter("cidrBlock");
  }
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6) {
    return invalid_value(text, "cidrBlock", "This is not a valid CIDR block.");
  }
  bool is_inside = false;
  for (const std::string& each : texts_at(vpc, "cidrBlockAssociationSet.cidrBlock")) {
    const auto outer = parse_cidr(each);
    is_inside = is_inside || (outer && outer->holds(*cidr));
  }
  if (!is_inside || cidr->prefix < 16 || cidr->prefix > 28) {
    return Fault{400, "InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", text)};
  }
  for (const auto& [id, subnet] : call.place.table("subnet")) {
    const auto other = parse_cidr(subnet.text_of("cidrBlock"));
    if (subnet.text_of("vpcId") == vpc.text_of("vpcId") && other && other->overlaps(*cidr)) {
      return Fault{
          400,
          "InvalidSubnet.Conflict",
          fmt::format("The CIDR '{}' conflicts with another subnet", text)};
    }
  }
  return *cidr;
}

Value new_subnet(Call& call, const Cidr& cidr, const Zone& zone, const Value& tags) {
  const std::string id = call.world.make_id("subnet");
  return Value::object(
      {{"subnetId", id},
       {"subnetArn", arn_of(call.place, "subnet", id)},
       {"state", "pending"},
       {"ownerId", call.place.account},
       {"vpcId", call.params.get("VpcId")},
       {"cidrBlock", cidr.to_string()},
       {"ipv6CidrBlockAssociationSet", List{}},
       {"assignIpv6AddressOnCreation", false},
       {"availableIpAddressCount", (1 << (32 - cidr.prefix)) - 5},
       {"availabilityZone", zone.name},
       {"availabilityZoneId", zone.id},
       {"defaultForAz", false},
       {"mapPublicIpOnLaunch", false},
       {"mapCustomerOwnedIpOnLaunch", false},
       {"enableDns64", false},
       {"ipv6Native", false},
       {"privateDnsNameOptionsOnLaunch",
        Value::object(
            {{"hostnameType", "ip-name"},
             {"enableResourceNameDnsARecord", false},
             {"enableResourceNameDnsAAAARecord", false}}
        )},
       {"tagSet", tags}}
  );
}

/// A subnet always has one network ACL; a new one has the VPC's default.
void associate_default_acl(Call& call, const Value& subnet) {
  for (auto& [id, acl] : call.place.table("network-acl")) {
    if (acl.text_of("vpcId") == subnet.text_of("vpcId") && acl.get("default") == Value(true)) {
      acl.find("associationSet")
          ->push_back(Value::object(
              {{"networkAclAssociationId", call.world.make_id("aclassoc")},
               {"networkAclId", id},
               {"subnetId", subnet.get("subnetId")}}
          ));
    }
  }
}

Outcome create_subnet(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto block = read_block(call, *std::get<Value*>(row));
  if (const auto* fault = std::get_if<Fault>(&block)) {
    return *fault;
  }
  const auto zone = read_zone(call);
  if (const auto* fault = std::get_if<Fault>(&zone)) {
    return *fault;
  }
  const auto tags = tags_for(call, "subnet");
  if (const auto* fault = std::get_if<Fault>(&tags)) {
    return *fault;
  }
  Value subnet =
      new_subnet(call, std::get<Cidr>(block), std::get<Zone>(zone), std::get<Value>(tags));
  move_on(call, subnet, "pending", "available", kSettleTime);
  call.place.table("subnet")[subnet.text_of("subnetId")] = subnet;
  associate_default_acl(call, subnet);
  return Value::object({{"subnet", subnet}});
}

Outcome describe_subnets(Call& call) {
  return describe(call, "subnet", subnet_filters(), [&call](const Value& row) {
    std::int64_t used = 0;
    for (const auto& [id, eni] : call.place.table("network-interface")) {
      used += eni.text_of("subnetId") == row.text_of("subnetId") ? 1 : 0;
    }
    Value shown = row;
    shown.set("availableIpAddressCount", row.get("availableIpAddressCount").as_int() - used);
    return shown;
  });
}

void drop_associations(Table& table, const std::string& subnet_id) {
  for (auto& [id, row] : table) {
    if (Value* set = row.find("associationSet"); set != nullptr && set->is_list()) {
      std::erase_if(set->as_list(), [&](const Value& association) {
        return association.text_of("subnetId") == subnet_id;
      });
    }
  }
}

Outcome delete_subnet(Call& call) {
  const Row row = find_named(call, "subnet", "SubnetId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("SubnetId");
  for (const auto& [eni_id, eni] : call.place.table("network-interface")) {
    if (eni.text_of("subnetId") == id) {
      return dependency_violation(
          fmt::format("The subnet '{}' has dependencies and cannot be deleted.", id)
      );
    }
  }
  drop_associations(call.place.table("network-acl"), id);
  drop_associations(call.place.table("route-table"), id);
  call.place.table("subnet").erase(id);
  return Value();
}

struct Attribute {
  std::string_view parameter, member;
  bool is_text = false;
};
constexpr std::array<Attribute, 7> kAttributes = {{
    {"MapPublicIpOnLaunch", "mapPublicIpOnLaunch"},
    {"AssignIpv6AddressOnCreation", "assignIpv6AddressOnCreation"},
    {"EnableDns64", "enableDns64"},
    {"MapCustomerOwnedIpOnLaunch", "mapCustomerOwnedIpOnLaunch"},
    {"PrivateDnsHostnameTypeOnLaunch", "privateDnsNameOptionsOnLaunch.hostnameType", true},
    {"EnableResourceNameDnsARecordOnLaunch",
     "privateDnsNameOptionsOnLaunch.enableResourceNameDnsARecord"},
    {"EnableResourceNameDnsAAAARecordOnLaunch",
     "privateDnsNameOptionsOnLaunch.enableResourceNameDnsAAAARecord"},
}};

Outcome modify_subnet_attribute(Call& call) {
  const Row row = find_named(call, "subnet", "SubnetId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Attribute* chosen = nullptr;
  for (const Attribute& attribute : kAttributes) {
    if (call.params.find(attribute.parameter) == nullptr) {
      continue;
    }
    if (chosen != nullptr) {
      return Fault{
          400,
          "InvalidParameterCombination",
          "Only one subnet attribute can be modified in a single call."};
    }
    chosen = &attribute;
  }
  if (chosen == nullptr) {
    return missing_parameter("attribute");
  }
  Value& subnet = *std::get<Value*>(row);
  const Value& given = call.params.get(chosen->parameter);
  if (chosen->parameter == "AssignIpv6AddressOnCreation" && is_true(given, "Value")) {
    return invalid_value("true", "assignIpv6AddressOnCreation", "The subnet has no IPv6 block.");
  }
  subnet.set_path(chosen->member, chosen->is_text ? given : Value(is_true(given, "Value")));
  return Value();
}

Outcome describe_zones(Call& call) {
  const Filters filters = {
      {"zone-name", "zoneName"},
      {"zone-id", "zoneId"},
      {"state", "zoneState"},
      {"region-name", "regionName"},
      {"zone-type", "zoneType"},
      {"opt-in-status", "optInStatus"},
      {"group-name", "groupName"},
      {"network-border-group", "networkBorderGroup"}};
  const List& names = list_of(call.params, "ZoneName");
  const List& ids = list_of(call.params, "ZoneId");
  std::vector<Value> rows;
  for (const Zone& zone : zones_of(call.place.account, call.place.region)) {
    const auto is_asked = [](const List& wanted, const std::string& text) {
      return wanted.empty() || std::find(wanted.begin(), wanted.end(), Value(text)) != wanted.end();
    };
    if (!is_asked(names, zone.name) || !is_asked(ids, zone.id)) {
      continue;
    }
    rows.push_back(Value::object(
        {{"zoneName", zone.name},
         {"zoneId", zone.id},
         {"zoneState", "available"},
         {"regionName", call.place.region},
         {"messageSet", List{}},
         {"optInStatus", "opt-in-not-required"},
         {"groupName", call.place.region + "-zg-1"},
         {"networkBorderGroup", call.place.region},
         {"zoneType", "availability-zone"}}
    ));
  }
  if (rows.size() < std::max(names.size(), ids.size())) {
    const Value& first = names.empty() ? ids.front() : names.front();
    return invalid_value(first.is_text() ? first.as_text() : "", "zoneName");
  }
  return describe_rows(call, "availabilityZoneInfo", rows, filters);
}

}  // namespace

std::vector<Zone> zones_of(const std::string& account, const std::string& region) {
  // "ap-northeast-1" is "apne1" in zone ids.
  std::string code;
  for (const std::string_view part : split(region, '-')) {
    if (code.empty()) {
      code = part;
    } else if (part.size() > 5 && part.substr(0, 5) != "centr") {
      code += part.substr(0, 1);
      code += part.substr(5, 1);
    } else {
      code += part.substr(0, 1);
    }
  }
  const unsigned turn = account.empty() ? 0U : static_cast<unsigned char>(account.back()) % 3U;
  std::vector<Zone> zones;
  for (unsigned i = 0; i < 3; ++i) {
    zones.push_back({region + "abc"[i], fmt::format("{}-az{}", code, (i + turn) % 3 + 1)});
  }
  return zones;
}

void add_subnet_actions(Actions& actions) {
  actions["CreateSubnet"] = {
      create_subnet, "VpcId CidrBlock AvailabilityZone AvailabilityZoneId TagSpecification"};
  actions["DescribeSubnets"] = {describe_subnets, "SubnetId Filter MaxResults NextToken"};
  actions["DeleteSubnet"] = {delete_subnet, "SubnetId"};
  actions["ModifySubnetAttribute"] = {
      modify_subnet_attribute,
      "SubnetId MapPublicIpOnLaunch AssignIpv6AddressOnCreation EnableDns64 "
      "MapCustomerOwnedIpOnLaunch PrivateDnsHostnameTypeOnLaunch "
      "EnableResourceNameDnsARecordOnLaunch EnableResourceNameDnsAAAARecordOnLaunch"};
  actions["DescribeAvailabilityZones"] = {
      describe_zones, "ZoneName ZoneId Filter AllAvailabilityZones"};
}

}  // namespace plumbline::sim::ec2
