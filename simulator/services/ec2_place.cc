#include "simulator/services/ec2_place.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/text.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::array kKinds = {
    Kind{
        "vpc",
        "vpc-",
        "vpcId",
        "VpcId",
        "vpcSet",
        "InvalidVpcID.NotFound",
        "InvalidVpcID.Malformed",
        "vpc ID"},
    Kind{
        "subnet",
        "subnet-",
        "subnetId",
        "SubnetId",
        "subnetSet",
        "InvalidSubnetID.NotFound",
        "InvalidSubnetID.Malformed",
        "subnet ID"},
    Kind{
        "security-group",
        "sg-",
        "groupId",
        "GroupId",
        "securityGroupInfo",
        "InvalidGroup.NotFound",
        "InvalidGroupId.Malformed",
        "security group"},
    Kind{
        "security-group-rule",
        "sgr-",
        "securityGroupRuleId",
        "SecurityGroupRuleId",
        "securityGroupRuleSet",
        "InvalidSecurityGroupRuleId.NotFound",
        "InvalidSecurityGroupRuleId.Malformed",
        "security group rule ID"},
    Kind{
        "network-acl",
        "acl-",
        "networkAclId",
        "NetworkAclId",
        "networkAclSet",
        "InvalidNetworkAclID.NotFound",
        "InvalidNetworkAclId.Malformed",
        "networkAcl ID"},
    Kind{
        "route-table",
        "rtb-",
        "routeTableId",
        "RouteTableId",
        "routeTableSet",
        "InvalidRouteTableID.NotFound",
        "InvalidRouteTableId.Malformed",
        "routeTable ID"},
    Kind{
        "internet-gateway",
        "igw-",
        "internetGatewayId",
        "InternetGatewayId",
        "internetGatewaySet",
        "InvalidInternetGatewayID.NotFound",
        "InvalidInternetGatewayId.Malformed",
        "internetGateway ID"},
    Kind{
        "elastic-ip",
        "eipalloc-",
        "allocationId",
        "AllocationId",
        "addressesSet",
        "InvalidAllocationID.NotFound",
        "InvalidAllocationID.Malformed",
        "allocation ID"},
    Kind{
        "natgateway",
        "nat-",
        "natGatewayId",
        "NatGatewayId",
        "natGatewaySet",
        "NatGatewayNotFound",
        "NatGatewayMalformed",
        "NAT gateway"},
    Kind{
        "vpc-peering-connection",
        "pcx-",
        "vpcPeeringConnectionId",
        "VpcPeeringConnectionId",
        "vpcPeeringConnectionSet",
        "InvalidVpcPeeringConnectionID.NotFound",
        "InvalidVpcPeeringConnectionId.Malformed",
        "vpcPeeringConnection ID"},
    Kind{
        "dhcp-options",
        "dopt-",
        "dhcpOptionsId",
        "DhcpOptionsId",
        "dhcpOptionsSet",
        "InvalidDhcpOptionID.NotFound",
        "InvalidDhcpOptionsId.Malformed",
        "dhcpOption ID"},
    Kind{
        "network-interface",
        "eni-",
        "networkInterfaceId",
        "NetworkInterfaceId",
        "networkInterfaceSet",
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidNetworkInterfaceId.Malformed",
        "networkInterface ID"},
    Kind{
        "instance",
        "i-",
        "instanceId",
        "InstanceId",
        "instancesSet",
        "InvalidInstanceID.NotFound",
        "InvalidInstanceID.Malformed",
        "instance ID"},
    Kind{
        "volume",
        "vol-",
        "volumeId",
        "VolumeId",
        "volumeSet",
        "InvalidVolume.NotFound",
        "InvalidVolumeID.Malformed",
        "volume"},
    Kind{
        "iam-instance-profile-association",
        "iip-assoc-",
        "associationId",
        "AssociationId",
        "iamInstanceProfileAssociationSet",
        "InvalidAssociationID.NotFound",
        "InvalidAssociationID.Malformed",
        "association ID"},
};

bool is_well_formed(const Kind& kind, std::string_view id) {
  const bool has_prefix = id.substr(0, kind.prefix.size()) == kind.prefix;
  const std::string_view digits = has_prefix ? id.substr(kind.prefix.size()) : std::string_view();
  return (digits.size() == 8 || digits.size() == 17) &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) {
    return text.empty();
  }
  if (pattern.front() == '*') {
    return matches_pattern(pattern.substr(1), text) ||
           (!text.empty() && matches_pattern(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         matches_pattern(pattern.substr(1), text.substr(1));
}

void collect_texts(const Value& value, std::string_view path, std::vector<std::string>& out) {
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      collect_texts(item, path, out);
    }
  } else if (!path.empty()) {
    const auto dot = path.find('.');
    collect_texts(
        value.get(path.substr(0, dot)),
        dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1),
        out
    );
  } else if (value.is_text()) {
    out.push_back(value.as_text());
  } else if (value.is_bool()) {
    out.emplace_back(value.as_bool() ? "true" : "false");
  } else if (value.is_int()) {
    out.push_back(std::to_string(value.as_int()));
  }
}

/// What a row holds that the filter looks at.
std::vector<std::string> filtered_texts(
    const Value& row, const std::string& name, const Filters& filters
) {
  if (name == "tag-key") {
    return texts_at(row, "tagSet.key");
  }
  if (name.rfind("tag:", 0) == 0) {
    for (const Value& tag : list_of(row, "tagSet")) {
      if (tag.text_of("key") == name.substr(4)) {
        return {tag.text_of("value")};
      }
    }
    return {};
  }
  return texts_at(row, filters.at(name));
}

std::optional<Fault> check_filters(const Value& params, const Filters& filters) {
  std::size_t values = 0;
  for (const Value& filter : list_of(params, "Filter")) {
    const std::string& name = filter.text_of("Name");
    const bool is_tag = name == "tag-key" || name.rfind("tag:", 0) == 0;
    if (!is_tag && filters.count(name) == 0) {
      return Fault{400, "InvalidParameterValue", fmt::format("The filter '{}' is invalid", name)};
    }
    values += list_of(filter, "Value").size();
  }
  if (values > 200) {
    return Fault{
        400,
        "FilterLimitExceeded",
        "The maximum number of filter values specified on a single call is 200"};
  }
  return std::nullopt;
}

bool passes(const Value& row, const Value& params, const Filters& filters) {
  const List& wanted = list_of(params, "Filter");
  return std::all_of(wanted.begin(), wanted.end(), [&](const Value& filter) {
    const auto texts = filtered_texts(row, filter.text_of("Name"), filters);
    const List& patterns = list_of(filter, "Value");
    return std::any_of(patterns.begin(), patterns.end(), [&](const Value& pattern) {
      return pattern.is_text() &&
             std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
               return matches_pattern(pattern.as_text(), text);
             });
    });
  });
}

/// The page that MaxResults and NextToken ask for. A token says after how many rows it continues.
Outcome cut_page(const Value& params, std::string_view set, List rows) {
  constexpr std::string_view kTokenMark = "rows:";
  std::size_t begin = 0;
  std::size_t size = 1000;
  if (const std::string& wanted = params.text_of("MaxResults"); !wanted.empty()) {
    const bool is_number =
        wanted.size() < 6 && wanted.find_first_not_of("0123456789") == std::string::npos;
    size = is_number ? std::stoul(wanted) : 0;
    if (size < 5 || size > 1000) {
      return invalid_value(wanted, "MaxResults", "Expecting a value between 5 and 1000.");
    }
  }
  if (const std::string& token = params.text_of("NextToken"); !token.empty()) {
    const auto text = base64_decode(token);
    if (!text || text->rfind(kTokenMark, 0) != 0 || text->size() > 12) {
      return Fault{400, "InvalidNextToken", "The token is not valid."};
    }
    begin = std::stoul("0" + text->substr(kTokenMark.size()));
  }
  List page;
  for (std::size_t i = begin; i < rows.size() && page.size() < size; ++i) {
    page.push_back(std::move(rows[i]));
  }
  Value reply{Object{}};
  const std::size_t end = begin + page.size();
  reply.set(set, std::move(page));
  if (end < rows.size()) {
    reply.set("nextToken", base64_encode(fmt::format("{}{}", kTokenMark, end)));
  }
  return reply;
}

std::optional<Fault> check_ids(Call& call, const Kind& kind, const List& ids) {
  if (!ids.empty() && !call.params.text_of("MaxResults").empty()) {
    return Fault{
        400,
        "InvalidParameterCombination",
        fmt::format("The parameter {} cannot be used with the parameter maxResults", kind.set)};
  }
  for (const Value& id : ids) {
    const Row row = find_row(call, kind.type, id.is_text() ? id.as_text() : "");
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
  }
  return std::nullopt;
}

}  // namespace

Table& Place::table(std::string_view type) {
  const auto found = tables.find(type);
  return found != tables.end() ? found->second : tables[std::string(type)];
}

Value* Place::find(std::string_view type, const std::string& id) {
  Table& rows = table(type);
  const auto found = rows.find(id);
  return found == rows.end() ? nullptr : &found->second;
}

const Kind& kind_of(std::string_view type) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) {
    return kind.type == type;
  });
  PLUMBLINE_CHECK(found != kKinds.end());
  return *found;
}

const Kind* kind_of_id(std::string_view id) {
  for (const Kind& kind : kKinds) {
    if (id.substr(0, kind.prefix.size()) == kind.prefix) {
      return &kind;
    }
  }
  return nullptr;
}

Row find_row(Call& call, std::string_view type, const std::string& id) {
  const Kind& kind = kind_of(type);
  if (!is_well_formed(kind, id)) {
    return Fault{
        400,
        std::string(kind.malformed),
        fmt::format("Invalid id: \"{}\" (expecting \"{}...\")", id, kind.prefix)};
  }
  if (Value* row = call.place.find(type, id)) {
    return row;
  }
  return Fault{
      400, std::string(kind.not_found), fmt::format("The {} '{}' does not exist", kind.noun, id)};
}

Row find_named(Call& call, std::string_view type, std::string_view name) {
  const std::string& id = call.params.text_of(name);
  if (id.empty()) {
    return missing_parameter(name);
  }
  return find_row(call, type, id);
}

Fault missing_parameter(std::string_view name) {
  return {400, "MissingParameter", fmt::format("The request must contain the parameter {}", name)};
}

Fault invalid_value(std::string_view value, std::string_view parameter, std::string_view why) {
  return {
      400,
      "InvalidParameterValue",
      fmt::format(
          "Value ({}) for parameter {} is invalid.{}{}",
          value,
          parameter,
          why.empty() ? "" : " ",
          why
      )};
}

Fault dependency_violation(std::string message) {
  return {400, "DependencyViolation", std::move(message)};
}

bool is_true(const Value& params, std::string_view name) {
  const Value& value = params.get(name);
  return value.is_text() && to_lower(value.as_text()) == "true";
}

const List& list_of(const Value& params, std::string_view name) {
  static const List kEmpty;
  const Value& value = params.get(name);
  return value.is_list() ? value.as_list() : kEmpty;
}

std::optional<Fault> check_tags(const List& tags) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string& key = tags[i].text_of("Key");
    if (key.empty() || key.size() > 128 || tags[i].text_of("Value").size() > 256) {
      return Fault{
          400,
          "InvalidParameterValue",
          "Tag keys have 1 to 128 characters and tag values up to 256."};
    }
    if (to_lower(key).rfind("aws:", 0) == 0) {
      return Fault{
          400,
          "InvalidParameterValue",
          "Tag keys starting with 'aws:' are reserved for internal use"};
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (tags[j].text_of("Key") == key) {
        return Fault{
            400, "InvalidParameterValue", fmt::format("Duplicate tag key '{}' specified.", key)};
      }
    }
  }
  if (tags.size() > 50) {
    return Fault{400, "TagLimitExceeded", "The maximum number of Tags for a resource is 50."};
  }
  return std::nullopt;
}

std::variant<Value, Fault> tags_for(const Call& call, std::string_view type) {
  Value row = Value::object({{"tagSet", List{}}});
  for (const Value& each : list_of(call.params, "TagSpecification")) {
    if (each.text_of("ResourceType") != type) {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format(
              "'{}' is not a valid taggable resource type for this operation.",
              each.text_of("ResourceType")
          )};
    }
    if (auto fault = check_tags(list_of(each, "Tag"))) {
      return std::move(*fault);
    }
    put_tags(row, list_of(each, "Tag"));
  }
  return row.get("tagSet");
}

void put_tags(Value& row, const List& tags) {
  std::map<std::string, std::string> merged;
  for (const Value& tag : list_of(row, "tagSet")) {
    merged[tag.text_of("key")] = tag.text_of("value");
  }
  for (const Value& tag : tags) {
    merged[tag.text_of("Key")] = tag.text_of("Value");
  }
  List set;
  for (const auto& [key, text] : merged) {
    set.push_back(Value::object({{"key", key}, {"value", text}}));
  }
  row.set("tagSet", std::move(set));
}

std::vector<std::string> texts_at(const Value& row, std::string_view path) {
  std::vector<std::string> texts;
  collect_texts(row, path, texts);
  return texts;
}

Outcome describe_rows(
    Call& call, std::string_view set, const std::vector<Value>& rows, const Filters& filters
) {
  if (auto fault = check_filters(call.params, filters)) {
    return std::move(*fault);
  }
  List kept;
  for (const Value& row : rows) {
    if (passes(row, call.params, filters)) {
      kept.push_back(row);
    }
  }
  return cut_page(call.params, set, std::move(kept));
}

Outcome describe(
    Call& call, std::string_view type, const Filters& filters, const Present& present
) {
  const Kind& kind = kind_of(type);
  const List& ids = list_of(call.params, kind.id_param);
  if (auto fault = check_ids(call, kind, ids)) {
    return std::move(*fault);
  }
  std::vector<Value> rows;
  for (const auto& [id, row] : call.place.table(type)) {
    if (ids.empty() || std::find(ids.begin(), ids.end(), Value(id)) != ids.end()) {
      rows.push_back(present ? present(row) : row);
    }
  }
  return describe_rows(call, kind.set, rows, filters);
}

void move_on(Call& call, Value& row, std::string_view state, std::string_view then, Duration real) {
  row.set("state", state);
  row.set("$then", then);
  const Timestamp due = call.world.now() + call.world.scaled(real);
  row.set("$due", std::int64_t{due.time_since_epoch().count()});
}

std::string arn_of(const Place& place, std::string_view type, std::string_view id) {
  return fmt::format("arn:aws:ec2:{}:{}:{}/{}", place.region, place.account, type, id);
}

}  // namespace plumbline::sim::ec2
