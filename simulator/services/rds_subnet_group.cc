#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

Fault no_such_group(const std::string& name) {
  return not_found(
      "DBSubnetGroupNotFoundFault", fmt::format("DB subnet group '{}' not found.", name)
  );
}

struct Judged {
  Value subnets = List{};
  std::string vpc;
  Refusal fault;
};

/// Subnets as the reply shows them, when they exist, share a VPC and cover two zones.
Judged judge_subnets(const Place& place, const std::vector<std::string>& ids) {
  Judged judged;
  std::set<std::string> zones, seen;
  for (const std::string& id : ids) {
    const Neighbours::SubnetFacts facts =
        place.neighbours.find_subnet(place.store.account, place.store.region, id);
    if (!facts.exists) {
      judged.fault =
          refuse("InvalidSubnet", fmt::format("Some input subnets in :[{}] are invalid.", id));
      return judged;
    }
    if (!judged.vpc.empty() && facts.vpc_id != judged.vpc) {
      judged.fault = refuse(
          "InvalidSubnet",
          fmt::format(
              "Subnets of a DB subnet group must be in one VPC: {} and {}", judged.vpc, facts.vpc_id
          )
      );
      return judged;
    }
    judged.vpc = facts.vpc_id;
    zones.insert(facts.availability_zone);
    if (seen.insert(id).second) {
      judged.subnets.push_back(Value::object(
          {{"SubnetIdentifier", id},
           {"SubnetAvailabilityZone", Value::object({{"Name", facts.availability_zone}})},
           {"SubnetOutpost", Object{}},
           {"SubnetStatus", "Active"}}
      ));
    }
  }
  if (zones.size() < 2) {
    judged.fault = refuse(
        "DBSubnetGroupDoesNotCoverEnoughAZs",
        fmt::format(
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current "
            "AZ coverage: {}. Add subnets to cover at least 2 AZs.",
            zones.empty() ? "none" : *zones.begin()
        )
    );
  }
  return judged;
}

bool is_group_name(std::string_view name) {
  return name.size() <= 255 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == ' ';
         });
}

/// Instances in the group; those in `subnet` alone when one is named.
std::vector<std::string> users_of(
    const Store& store, const std::string& group, const std::string& subnet
) {
  std::vector<std::string> users;
  for (const auto& [id, instance] : store.instances) {
    const bool is_inside = subnet.empty() || contains(texts_of(instance.get("subnets")), subnet);
    if (instance.text_of("subnet_group") == group && is_inside) {
      users.push_back(id);
    }
  }
  return users;
}

}  // namespace

Value render_subnet_group(const Value& group) {
  return group.get("shown");
}

Outcome create_subnet_group(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBSubnetGroupName"));
  const std::string description = read.required("DBSubnetGroupDescription");
  Tags tags = read_tags(params);
  if (read.fault() || tags.fault) {
    return read.fault() ? *read.fault() : *tags.fault;
  }
  if (!is_group_name(name) || name == "default") {
    return refuse(
        "InvalidParameterValue",
        "The parameter DBSubnetGroupName must contain at most 255 letters, digits, spaces, "
        "periods, "
        "underscores and hyphens, and must not be \"Default\"."
    );
  }
  if (place.store.subnet_groups.contains(name)) {
    return refuse(
        "DBSubnetGroupAlreadyExists", fmt::format("The DB subnet group '{}' already exists.", name)
    );
  }
  Judged judged = judge_subnets(place, read.texts("SubnetIds"));
  if (judged.fault) {
    return *judged.fault;
  }
  Value shown = Value::object(
      {{"DBSubnetGroupName", name},
       {"DBSubnetGroupDescription", description},
       {"VpcId", judged.vpc},
       {"SubnetGroupStatus", "Complete"},
       {"Subnets[Subnet]", std::move(judged.subnets)},
       {"DBSubnetGroupArn", arn_of(place.store, "subgrp", name)},
       {"SupportedNetworkTypes", Value::list({"IPV4"})}}
  );
  Value& group = place.store.subnet_groups[name];
  group = Value::object({{"shown", std::move(shown)}, {"tags", std::move(tags.list)}});
  return Value::object({{"DBSubnetGroup", render_subnet_group(group)}});
}

Outcome describe_subnet_groups(const Place& place, const Value& params) {
  const std::string wanted = name_in(params.text_of("DBSubnetGroupName"));
  Rows rows;
  for (const auto& [name, group] : place.store.subnet_groups) {
    if (wanted.empty() || wanted == name) {
      rows.emplace_back(name, render_subnet_group(group));
    }
  }
  if (!wanted.empty() && rows.empty()) {
    return no_such_group(wanted);
  }
  return page(params, "DBSubnetGroups[DBSubnetGroup]", rows);
}

Outcome modify_subnet_group(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBSubnetGroupName"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.subnet_groups.find(name);
  if (found == place.store.subnet_groups.end()) {
    return no_such_group(name);
  }
  Value& shown = *found->second.find("shown");
  const std::vector<std::string> ids = read.texts("SubnetIds");
  Judged judged = judge_subnets(place, ids);
  if (judged.fault) {
    return *judged.fault;
  }
  if (judged.vpc != shown.text_of("VpcId")) {
    return refuse("InvalidSubnet", "The new subnets are not in the VPC of the DB subnet group.");
  }
  for (const Value& subnet : shown.get("Subnets[Subnet]").as_list()) {
    const std::string& id = subnet.text_of("SubnetIdentifier");
    const std::vector<std::string> users = users_of(place.store, name, id);
    if (!contains(ids, id) && !users.empty()) {
      return refuse(
          "SubnetAlreadyInUse",
          fmt::format("Subnet {} is in use by DB instance {}.", id, users.front())
      );
    }
  }
  shown.set("Subnets[Subnet]", std::move(judged.subnets));
  if (read.has("DBSubnetGroupDescription")) {
    shown.set("DBSubnetGroupDescription", read.text("DBSubnetGroupDescription"));
  }
  return Value::object({{"DBSubnetGroup", render_subnet_group(found->second)}});
}

Outcome delete_subnet_group(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBSubnetGroupName"));
  if (read.fault()) {
    return *read.fault();
  }
  if (!place.store.subnet_groups.contains(name)) {
    return no_such_group(name);
  }
  const std::vector<std::string> users = users_of(place.store, name, "");
  if (!users.empty()) {
    return refuse(
        "InvalidDBSubnetGroupStateFault",
        fmt::format(
            "Cannot delete the subnet group '{}' because at least one database instance: {} is "
            "still using it.",
            name,
            users.front()
        )
    );
  }
  place.store.subnet_groups.erase(name);
  return Value();
}

}  // namespace plumbline::sim::rds
