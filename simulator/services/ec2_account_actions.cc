// What EC2 says about the account and region as such, and the tags of every resource.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr std::array<std::string_view, 17> kRegions = {
    "ap-south-1",
    "eu-north-1",
    "eu-west-3",
    "eu-west-2",
    "eu-west-1",
    "ap-northeast-3",
    "ap-northeast-2",
    "ap-northeast-1",
    "ca-central-1",
    "sa-east-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2"};

Outcome describe_regions(Call& call) {
  static const Filters kFilters = {
      {"region-name", "regionName"},
      {"endpoint", "regionEndpoint"},
      {"opt-in-status", "optInStatus"}};
  const List& names = list_of(call.params, "RegionName");
  std::vector<Value> rows;
  for (const std::string_view region : kRegions) {
    if (names.empty() || std::find(names.begin(), names.end(), Value(region)) != names.end()) {
      rows.push_back(Value::object(
          {{"regionName", region},
           {"regionEndpoint", fmt::format("ec2.{}.amazonaws.com", region)},
           {"optInStatus", "opt-in-not-required"}}
      ));
    }
  }
  if (rows.size() < names.size()) {
    return Fault{400, "InvalidParameterValue", "Invalid region provided"};
  }
  return describe_rows(call, "regionInfo", rows, kFilters);
}

Outcome describe_account(Call& call) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kAttributes = {{
      {"supported-platforms", "VPC"},
      {"default-vpc", "none"},
      {"max-instances", "20"},
      {"vpc-max-security-groups-per-interface", "5"},
      {"max-elastic-ips", "5"},
      {"vpc-max-elastic-ips", "5"},
  }};
  const List& names = list_of(call.params, "AttributeName");
  List set;
  for (const auto& [name, text] : kAttributes) {
    if (names.empty() || std::find(names.begin(), names.end(), Value(name)) != names.end()) {
      set.push_back(Value::object(
          {{"attributeName", name},
           {"attributeValueSet", Value::list({Value::object({{"attributeValue", text}})})}}
      ));
    }
  }
  return Value::object({{"accountAttributeSet", std::move(set)}});
}

Outcome describe_dhcp(Call& call) {
  static const Filters kFilters = {
      {"dhcp-options-id", "dhcpOptionsId"},
      {"key", "dhcpConfigurationSet.key"},
      {"owner-id", "ownerId"},
      {"value", "dhcpConfigurationSet.valueSet.value"},
  };
  return describe(call, "dhcp-options", kFilters);
}

/// The rows that ResourceId names.
std::variant<std::vector<Value*>, Fault> tagged_rows(Call& call) {
  std::vector<Value*> rows;
  for (const Value& id : list_of(call.params, "ResourceId")) {
    const std::string text = id.is_text() ? id.as_text() : "";
    const Kind* kind = kind_of_id(text);
    if (kind == nullptr) {
      return Fault{400, "InvalidID", fmt::format("The ID '{}' is not valid", text)};
    }
    const Row row = find_row(call, kind->type, text);
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    rows.push_back(std::get<Value*>(row));
  }
  if (rows.empty()) {
    return missing_parameter("resourceIdSet");
  }
  return rows;
}

Outcome create_tags(Call& call) {
  const auto rows = tagged_rows(call);
  if (const auto* fault = std::get_if<Fault>(&rows)) {
    return *fault;
  }
  const List& tags = list_of(call.params, "Tag");
  if (tags.empty()) {
    return missing_parameter("tagSet");
  }
  if (auto fault = check_tags(tags)) {
    return std::move(*fault);
  }
  for (Value* row : std::get<std::vector<Value*>>(rows)) {
    put_tags(*row, tags);
    if (row->get("tagSet").size() > 50) {
      return Fault{400, "TagLimitExceeded", "The maximum number of Tags for a resource is 50."};
    }
  }
  return Value();
}

Outcome delete_tags(Call& call) {
  const auto rows = tagged_rows(call);
  if (const auto* fault = std::get_if<Fault>(&rows)) {
    return *fault;
  }
  const List& tags = list_of(call.params, "Tag");
  for (Value* row : std::get<std::vector<Value*>>(rows)) {
    if (tags.empty()) {
      row->set("tagSet", List{});
      continue;
    }
    std::erase_if(row->find("tagSet")->as_list(), [&](const Value& held) {
      return std::any_of(tags.begin(), tags.end(), [&](const Value& tag) {
        // With a value only that value is deleted; an empty value is a value, too.
        return tag.text_of("Key") == held.text_of("key") &&
               (tag.find("Value") == nullptr || tag.text_of("Value") == held.text_of("value"));
      });
    });
  }
  return Value();
}

Outcome describe_tags(Call& call) {
  static const Filters kFilters = {
      {"key", "key"},
      {"resource-id", "resourceId"},
      {"resource-type", "resourceType"},
      {"value", "value"}};
  std::vector<Value> rows;
  for (const auto& [type, table] : call.place.tables) {
    for (const auto& [id, row] : table) {
      for (const Value& tag : list_of(row, "tagSet")) {
        rows.push_back(Value::object(
            {{"resourceId", id},
             {"resourceType", type},
             {"key", tag.get("key")},
             {"value", tag.get("value")}}
        ));
      }
    }
  }
  return describe_rows(call, "tagSet", rows, kFilters);
}

}  // namespace

void add_account_actions(Actions& actions) {
  actions["DescribeRegions"] = {describe_regions, "RegionName Filter AllRegions"};
  actions["DescribeAccountAttributes"] = {describe_account, "AttributeName"};
  actions["DescribeDhcpOptions"] = {describe_dhcp, "DhcpOptionsId Filter MaxResults NextToken"};
  actions["CreateTags"] = {create_tags, "ResourceId Tag"};
  actions["DeleteTags"] = {delete_tags, "ResourceId Tag"};
  actions["DescribeTags"] = {describe_tags, "Filter MaxResults NextToken"};
}

}  // namespace plumbline::sim::ec2
