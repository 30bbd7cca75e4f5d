#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr std::size_t kMaxTags = 50;

void put_tag(Value& tags, const Value& tag) {
  for (Value& have : tags.as_list()) {
    if (have.text_of("Key") == tag.text_of("Key")) {
      have = tag;
      return;
    }
  }
  tags.push_back(tag);
}

Value* find_named(std::map<std::string, Value>& objects, const std::string& name) {
  const auto found = objects.find(name);
  return found == objects.end() ? nullptr : &found->second;
}

struct Tagged {
  Value* tags = nullptr;
  Refusal fault;
};

Value* tags_inside(Value* object) {
  if (object == nullptr) {
    return nullptr;
  }
  if (object->find("tags") == nullptr) {
    object->set("tags", List{});
  }
  return object->find("tags");
}

/// Endpoints of proxies; the one a proxy is born with keeps its tags in the proxy.
Tagged find_endpoint(Store& store, const std::string& arn) {
  for (auto& [name, endpoint] : store.proxy_endpoints) {
    if (endpoint.get("shown").text_of("DBProxyEndpointArn") == arn) {
      return {tags_inside(&endpoint), std::nullopt};
    }
  }
  for (auto& [name, proxy] : store.proxies) {
    if (proxy.text_of("endpoint_arn") == arn) {
      if (proxy.find("endpoint") == nullptr) {
        proxy.set("endpoint", Object{});
      }
      return {tags_inside(proxy.find("endpoint")), std::nullopt};
    }
  }
  return {
      nullptr, not_found("DBProxyEndpointNotFoundFault", "DB proxy endpoint not found: " + arn)};
}

Tagged find_proxy_thing(Store& store, const std::string& type, const std::string& arn) {
  for (auto& [name, proxy] : store.proxies) {
    if (proxy.get("shown").text_of("DBProxyArn") == arn) {
      return {tags_inside(&proxy), std::nullopt};
    }
    Value* group = proxy.find("target_group");
    if (group != nullptr && group->get("shown").text_of("TargetGroupArn") == arn) {
      return {tags_inside(group), std::nullopt};
    }
  }
  if (type == "target-group") {
    return {
        nullptr, not_found("DBProxyTargetGroupNotFoundFault", "Target group not found: " + arn)};
  }
  return {nullptr, not_found("DBProxyNotFoundFault", "DB proxy not found: " + arn)};
}

/// The tags of what an ARN names: arn:partition:rds:region:account:type:name.
Tagged find_tagged(Store& store, const std::string& arn) {
  const std::vector<std::string_view> parts = split(arn, ':');
  const bool is_ours = parts.size() >= 7 && parts[0] == "arn" && parts[2] == "rds";
  if (!is_ours || parts[3] != store.region || parts[4] != store.account) {
    return {nullptr, refuse("InvalidParameterValue", "Invalid resource name: " + arn)};
  }
  const std::string type(parts[5]);
  const std::string name = name_in(arn);
  struct Kind {
    std::string_view type, code;
    std::map<std::string, Value>* objects;
  };
  const Kind kinds[] = {
      {"db", "DBInstanceNotFound", &store.instances},
      {"subgrp", "DBSubnetGroupNotFoundFault", &store.subnet_groups},
      {"pg", "DBParameterGroupNotFound", &store.parameter_groups},
      {"snapshot", "DBSnapshotNotFound", &store.snapshots},
  };
  for (const Kind& kind : kinds) {
    if (kind.type == type) {
      Value* tags = tags_inside(find_named(*kind.objects, name));
      if (tags == nullptr) {
        return {nullptr, not_found(kind.code, fmt::format("{} not found: {}", type, name))};
      }
      return {tags, std::nullopt};
    }
  }
  if (type == "db-proxy-endpoint") {
    return find_endpoint(store, arn);
  }
  if (type == "db-proxy" || type == "target-group") {
    return find_proxy_thing(store, type, arn);
  }
  return {nullptr, refuse("InvalidParameterValue", "Invalid resource name: " + arn)};
}

}  // namespace

Tags read_tags(const Value& params) {
  Tags tags;
  const Value& given = params.get("Tags");
  if (!given.is_list()) {
    return tags;
  }
  for (const Value& tag : given.as_list()) {
    const std::string& key = tag.text_of("Key");
    if (key.empty() || key.size() > 128 || tag.text_of("Value").size() > 256) {
      tags.fault = refuse(
          "InvalidParameterValue", "A tag key has 1 to 128 characters and a tag value at most 256"
      );
      return tags;
    }
    if (to_lower(key).starts_with("aws:")) {
      tags.fault = refuse("InvalidParameterValue", "The tag prefix aws: is reserved: " + key);
      return tags;
    }
    put_tag(tags.list, Value::object({{"Key", key}, {"Value", tag.text_of("Value")}}));
  }
  if (tags.list.size() > kMaxTags) {
    tags.fault = refuse("InvalidParameterValue", "A resource has at most 50 tags");
  }
  return tags;
}

Outcome add_tags(const Place& place, const Value& params) {
  Reader read(params);
  const std::string arn = read.required("ResourceName");
  const Tags given = read_tags(params);
  if (read.fault() || given.fault) {
    return read.fault() ? *read.fault() : *given.fault;
  }
  const Tagged found = find_tagged(place.store, arn);
  if (found.fault) {
    return *found.fault;
  }
  Value tags = *found.tags;
  for (const Value& tag : given.list.as_list()) {
    put_tag(tags, tag);
  }
  if (tags.size() > kMaxTags) {
    return refuse("InvalidParameterValue", "A resource has at most 50 tags");
  }
  *found.tags = std::move(tags);
  return Value();
}

Outcome remove_tags(const Place& place, const Value& params) {
  Reader read(params);
  const std::string arn = read.required("ResourceName");
  if (read.fault()) {
    return *read.fault();
  }
  const Tagged found = find_tagged(place.store, arn);
  if (found.fault) {
    return *found.fault;
  }
  const std::vector<std::string> keys = read.texts("TagKeys");
  std::erase_if(found.tags->as_list(), [&](const Value& tag) {
    return contains(keys, tag.text_of("Key"));
  });
  return Value();
}

Outcome list_tags(const Place& place, const Value& params) {
  Reader read(params);
  const std::string arn = read.required("ResourceName");
  if (read.fault()) {
    return *read.fault();
  }
  const Tagged found = find_tagged(place.store, arn);
  if (found.fault) {
    // Groups named default.* exist without having been made, and have no tags.
    const std::string name = name_in(arn);
    if (name.starts_with("default.") && !family_of_group(place.store, name).empty()) {
      return Value::object({{"TagList[Tag]", List{}}});
    }
    return *found.fault;
  }
  return Value::object({{"TagList[Tag]", *found.tags}});
}

}  // namespace plumbline::sim::rds
