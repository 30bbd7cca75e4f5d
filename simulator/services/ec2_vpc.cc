// VPCs and what is born with them: the default group, network ACL and main route table.
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_peering.h"
#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr auto kSettleTime = std::chrono::milliseconds(1500);

const Filters& vpc_filters() {
  static const Filters kFilters = {
      {"cidr", "cidrBlock"},
      {"cidr-block-association.association-id", "cidrBlockAssociationSet.associationId"},
      {"cidr-block-association.cidr-block", "cidrBlockAssociationSet.cidrBlock"},
      {"cidr-block-association.state", "cidrBlockAssociationSet.cidrBlockState.state"},
      {"dhcp-options-id", "dhcpOptionsId"},
      {"is-default", "isDefault"},
      {"isDefault", "isDefault"},
      {"owner-id", "ownerId"},
      {"state", "state"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

/// The account's DHCP options for this region, made when first asked for.
std::string default_dhcp_options(Call& call) {
  Table& table = call.place.table("dhcp-options");
  if (!table.empty()) {
    return table.begin()->first;
  }
  const auto option = [](std::string_view key, const std::string& text) {
    return Value::object(
        {{"key", key}, {"valueSet", Value::list({Value::object({{"value", text}})})}}
    );
  };
  const std::string id = call.world.make_id("dopt");
  const std::string domain =
      call.place.region == "us-east-1" ? "ec2.internal" : call.place.region + ".compute.internal";
  table[id] = Value::object(
      {{"dhcpOptionsId", id},
       {"ownerId", call.place.account},
       {"dhcpConfigurationSet",
        Value::list(
            {option("domain-name", domain), option("domain-name-servers", "AmazonProvidedDNS")}
        )},
       {"tagSet", List{}}}
  );
  return id;
}

Value rule(Call& call, const std::string& group, bool is_egress) {
  const std::string id = call.world.make_id("sgr");
  return Value::object(
      {{"securityGroupRuleId", id},
       {"groupId", group},
       {"groupOwnerId", call.place.account},
       {"isEgress", is_egress},
       {"ipProtocol", "-1"},
       {"fromPort", -1},
       {"toPort", -1},
       {"tagSet", List{}},
       {"securityGroupRuleArn", arn_of(call.place, "security-group-rule", id)}}
  );
}

void make_default_group(Call& call, const std::string& vpc_id) {
  const std::string id = call.world.make_id("sg");
  call.place.table("security-group")[id] = Value::object(
      {{"groupId", id},
       {"groupName", "default"},
       {"groupDescription", "default VPC security group"},
       {"ownerId", call.place.account},
       {"vpcId", vpc_id},
       {"tagSet", List{}},
       {"securityGroupArn", arn_of(call.place, "security-group", id)}}
  );
  Value in = rule(call, id, false);
  in.set("referencedGroupInfo", Value::object({{"groupId", id}, {"userId", call.place.account}}));
  Value out = rule(call, id, true);
  out.set("cidrIpv4", "0.0.0.0/0");
  Table& rules = call.place.table("security-group-rule");
  rules[in.text_of("securityGroupRuleId")] = in;
  rules[out.text_of("securityGroupRuleId")] = out;
}

void make_default_acl(Call& call, const std::string& vpc_id) {
  const auto entry = [](int number, bool is_egress, std::string_view action) {
    return Value::object(
        {{"ruleNumber", number},
         {"protocol", "-1"},
         {"ruleAction", action},
         {"egress", is_egress},
         {"cidrBlock", "0.0.0.0/0"}}
    );
  };
  const std::string id = call.world.make_id("acl");
  call.place.table("network-acl")[id] = Value::object(
      {{"networkAclId", id},
       {"vpcId", vpc_id},
       {"ownerId", call.place.account},
       {"default", true},
       {"entrySet",
        Value::list(
            {entry(100, true, "allow"),
             entry(32767, true, "deny"),
             entry(100, false, "allow"),
             entry(32767, false, "deny")}
        )},
       {"associationSet", List{}},
       {"tagSet", List{}}}
  );
}

void make_main_route_table(Call& call, const std::string& vpc_id, const std::string& cidr) {
  const std::string id = call.world.make_id("rtb");
  const Value local = Value::object(
      {{"destinationCidrBlock", cidr},
       {"gatewayId", "local"},
       {"state", "active"},
       {"origin", "CreateRouteTable"}}
  );
  const Value association = Value::object(
      {{"routeTableAssociationId", call.world.make_id("rtbassoc")},
       {"routeTableId", id},
       {"main", true},
       {"associationState", Value::object({{"state", "associated"}})}}
  );
  call.place.table("route-table")[id] = Value::object(
      {{"routeTableId", id},
       {"vpcId", vpc_id},
       {"ownerId", call.place.account},
       {"routeSet", Value::list({local})},
       {"associationSet", Value::list({association})},
       {"propagatingVgwSet", List{}},
       {"tagSet", List{}}}
  );
}

Value cidr_association(Call& call, const std::string& cidr, std::string_view state) {
  return Value::object(
      {{"associationId", call.world.make_id("vpc-cidr-assoc")},
       {"cidrBlock", cidr},
       {"cidrBlockState", Value::object({{"state", state}})}}
  );
}

/// The block of the parameter CidrBlock, or why it cannot be a VPC's.
std::variant<Cidr, Fault> read_block(Call& call) {
  const std::string& text = call.params.text_of("CidrBlock");
  if (text.empty()) {
    return missing_parameter("cidrBlock");
  }
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6) {
    return invalid_value(text, "cidrBlock", "This is not a valid CIDR block.");
  }
  if (cidr->prefix < 16 || cidr->prefix > 28) {
    return Fault{400, "InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", text)};
  }
  return *cidr;
}

Outcome create_vpc(Call& call) {
  const auto block = read_block(call);
  if (const auto* fault = std::get_if<Fault>(&block)) {
    return *fault;
  }
  if (is_true(call.params, "AmazonProvidedIpv6CidrBlock")) {
    return Fault{400, "UnsupportedOperation", "The simulator's VPCs have no IPv6 blocks."};
  }
  auto tags = tags_for(call, "vpc");
  if (auto* fault = std::get_if<Fault>(&tags)) {
    return std::move(*fault);
  }
  const std::string tenancy = call.params.text_of("InstanceTenancy");
  if (!tenancy.empty() && tenancy != "default" && tenancy != "dedicated") {
    return invalid_value(tenancy, "instanceTenancy");
  }
  const std::string id = call.world.make_id("vpc");
  const std::string cidr = std::get<Cidr>(block).to_string();
  Value vpc = Value::object(
      {{"vpcId", id},
       {"ownerId", call.place.account},
       {"state", "pending"},
       {"cidrBlock", cidr},
       {"cidrBlockAssociationSet", Value::list({cidr_association(call, cidr, "associated")})},
       {"ipv6CidrBlockAssociationSet", List{}},
       {"dhcpOptionsId", default_dhcp_options(call)},
       {"tagSet", std::get<Value>(tags)},
       {"instanceTenancy", tenancy.empty() ? "default" : tenancy},
       {"isDefault", false},
       {"$enableDnsSupport", true},
       {"$enableDnsHostnames", false},
       {"$enableNetworkAddressUsageMetrics", false}}
  );
  move_on(call, vpc, "pending", "available", kSettleTime);
  call.place.table("vpc")[id] = vpc;
  make_default_group(call, id);
  make_default_acl(call, id);
  make_main_route_table(call, id, cidr);
  return Value::object({{"vpc", vpc}});
}

Outcome describe_vpcs(Call& call) {
  return describe(call, "vpc", vpc_filters());
}

bool holds_anything(Place& place, const std::string& vpc_id) {
  for (const std::string_view type : {"subnet", "network-interface"}) {
    for (const auto& [id, row] : place.table(type)) {
      if (row.text_of("vpcId") == vpc_id) {
        return true;
      }
    }
  }
  for (const auto& [id, row] : place.table("security-group")) {
    if (row.text_of("vpcId") == vpc_id && row.text_of("groupName") != "default") {
      return true;
    }
  }
  for (const auto& [id, row] : place.table("internet-gateway")) {
    for (const std::string& attached : texts_at(row, "attachmentSet.vpcId")) {
      if (attached == vpc_id) {
        return true;
      }
    }
  }
  for (const auto& [id, row] : place.table("network-acl")) {
    if (row.text_of("vpcId") == vpc_id && row.get("default") != Value(true)) {
      return true;
    }
  }
  for (const auto& [id, row] : place.table("route-table")) {
    const auto mains = texts_at(row, "associationSet.main");
    if (row.text_of("vpcId") == vpc_id && (mains.empty() || mains.front() != "true")) {
      return true;
    }
  }
  return false;
}

void erase_of_vpc(Table& table, const std::string& vpc_id) {
  std::erase_if(table, [&](const auto& row) { return row.second.text_of("vpcId") == vpc_id; });
}

Outcome delete_vpc(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const std::string id = call.params.text_of("VpcId");
  Place& place = call.place;
  if (holds_anything(place, id) || is_asked_by_others(place, id)) {
    return dependency_violation(
        fmt::format("The vpc '{}' has dependencies and cannot be deleted.", id)
    );
  }
  for (const auto& [group, content] : place.table("security-group")) {
    if (content.text_of("vpcId") == id) {
      std::erase_if(place.table("security-group-rule"), [&group = group](const auto& each) {
        return each.second.text_of("groupId") == group;
      });
    }
  }
  for (const std::string_view type : {"security-group", "network-acl", "route-table"}) {
    erase_of_vpc(place.table(type), id);
  }
  delete_peerings_of(call, id);
  place.table("vpc").erase(id);
  return Value();
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAttributes = {{
    {"EnableDnsSupport", "enableDnsSupport"},
    {"EnableDnsHostnames", "enableDnsHostnames"},
    {"EnableNetworkAddressUsageMetrics", "enableNetworkAddressUsageMetrics"},
}};

Outcome modify_vpc_attribute(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  Value& vpc = *std::get<Value*>(row);
  std::string chosen;
  bool wanted = false;
  for (const auto& [parameter, member] : kAttributes) {
    if (call.params.find(parameter) == nullptr) {
      continue;
    }
    if (!chosen.empty()) {
      return Fault{
          400,
          "InvalidParameterCombination",
          "Only one VPC attribute can be modified in a single call."};
    }
    chosen = "$" + std::string(member);
    wanted = is_true(call.params.get(parameter), "Value");
  }
  if (chosen.empty()) {
    return missing_parameter("attribute");
  }
  const bool has_support = vpc.get("$enableDnsSupport").as_bool();
  const bool has_names = vpc.get("$enableDnsHostnames").as_bool();
  if ((chosen == "$enableDnsHostnames" && wanted && !has_support) ||
      (chosen == "$enableDnsSupport" && !wanted && has_names)) {
    return Fault{
        400,
        "InvalidParameterCombination",
        "DNS hostnames need DNS support: enable support first, disable hostnames first."};
  }
  vpc.set(chosen, wanted);
  return Value();
}

Outcome describe_vpc_attribute(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const Value& vpc = *std::get<Value*>(row);
  const std::string& wanted = call.params.text_of("Attribute");
  for (const auto& [parameter, member] : kAttributes) {
    if (wanted == member) {
      return Value::object(
          {{"vpcId", vpc.get("vpcId")}, {member, Value::object({{"value", vpc.get("$" + wanted)}})}}
      );
    }
  }
  return wanted.empty() ? missing_parameter("attribute") : invalid_value(wanted, "attribute");
}

Outcome modify_vpc_tenancy(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  if (call.params.text_of("InstanceTenancy") != "default") {
    return invalid_value(call.params.text_of("InstanceTenancy"), "instanceTenancy");
  }
  std::get<Value*>(row)->set("instanceTenancy", "default");
  return Value::object({{"return", true}});
}

Outcome associate_cidr(Call& call) {
  const Row row = find_named(call, "vpc", "VpcId");
  if (const auto* fault = std::get_if<Fault>(&row)) {
    return *fault;
  }
  const auto block = read_block(call);
  if (const auto* fault = std::get_if<Fault>(&block)) {
    return *fault;
  }
  Value& vpc = *std::get<Value*>(row);
  const Cidr& cidr = std::get<Cidr>(block);
  for (const std::string& text : texts_at(vpc, "cidrBlockAssociationSet.cidrBlock")) {
    if (const auto held = parse_cidr(text); held && held->overlaps(cidr)) {
      return Fault{
          400,
          "InvalidVpc.Range",
          fmt::format("The CIDR '{}' conflicts with a block of the VPC.", cidr.to_string())};
    }
  }
  if (vpc.get("cidrBlockAssociationSet").size() >= 5) {
    return Fault{
        400,
        "CidrLimitExceeded",
        fmt::format(
            "This network '{}' has met its maximum number of allowed CIDRs: 5", vpc.text_of("vpcId")
        )};
  }
  const Value association = cidr_association(call, cidr.to_string(), "associated");
  vpc.find("cidrBlockAssociationSet")->push_back(association);
  Value shown = association;
  shown.set("cidrBlockState", Value::object({{"state", "associating"}}));
  return Value::object({{"vpcId", vpc.get("vpcId")}, {"cidrBlockAssociation", shown}});
}

Outcome disassociate_cidr(Call& call) {
  const std::string& id = call.params.text_of("AssociationId");
  for (auto& [vpc_id, vpc] : call.place.table("vpc")) {
    List& set = vpc.find("cidrBlockAssociationSet")->as_list();
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (set[i].text_of("associationId") != id) {
        continue;
      }
      const auto block = parse_cidr(set[i].text_of("cidrBlock"));
      bool is_used = i == 0;
      for (const auto& [subnet_id, subnet] : call.place.table("subnet")) {
        const auto inner = parse_cidr(subnet.text_of("cidrBlock"));
        is_used = is_used ||
                  (subnet.text_of("vpcId") == vpc_id && block && inner && block->holds(*inner));
      }
      if (is_used) {
        return Fault{
            400,
            i == 0 ? "OperationNotPermitted" : "InvalidCidrBlock.InUse",
            fmt::format("The vpc CIDR block with association ID {} may not be disassociated.", id)};
      }
      Value shown = set[i];
      shown.set("cidrBlockState", Value::object({{"state", "disassociating"}}));
      set.erase(set.begin() + static_cast<std::ptrdiff_t>(i));
      return Value::object({{"vpcId", vpc_id}, {"cidrBlockAssociation", shown}});
    }
  }
  return Fault{
      400,
      "InvalidVpcCidrBlockAssociationID.NotFound",
      fmt::format("The vpc CIDR block association ID '{}' does not exist", id)};
}

}  // namespace

void add_vpc_actions(Actions& actions) {
  actions["CreateVpc"] = {
      create_vpc, "CidrBlock InstanceTenancy TagSpecification AmazonProvidedIpv6CidrBlock"};
  actions["DescribeVpcs"] = {describe_vpcs, "VpcId Filter MaxResults NextToken"};
  actions["DeleteVpc"] = {delete_vpc, "VpcId"};
  actions["ModifyVpcAttribute"] = {
      modify_vpc_attribute,
      "VpcId EnableDnsSupport EnableDnsHostnames EnableNetworkAddressUsageMetrics"};
  actions["DescribeVpcAttribute"] = {describe_vpc_attribute, "VpcId Attribute"};
  actions["ModifyVpcTenancy"] = {modify_vpc_tenancy, "VpcId InstanceTenancy"};
  actions["AssociateVpcCidrBlock"] = {associate_cidr, "VpcId CidrBlock"};
  actions["DisassociateVpcCidrBlock"] = {disassociate_cidr, "AssociationId"};
}

}  // namespace plumbline::sim::ec2
