#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kModifyTime = std::chrono::seconds(10);

Fault no_such_target_group(const std::string& name) {
  return not_found(
      "DBProxyTargetGroupNotFoundFault",
      fmt::format("The specified target group {} doesn't exist.", name)
  );
}

/// The proxy and its default group, the only one there is.
struct Found {
  Value* proxy = nullptr;
  std::string name;
  Refusal fault;
};

Found find_proxy(const Place& place, Reader& read) {
  Found found;
  found.name = to_lower(read.required("DBProxyName"));
  found.fault = read.fault();
  if (found.fault) {
    return found;
  }
  const auto proxy = place.store.proxies.find(found.name);
  if (proxy == place.store.proxies.end()) {
    found.fault = no_such_proxy(found.name);
    return found;
  }
  found.proxy = &proxy->second;
  const std::string group = to_lower(read.text("TargetGroupName", "default"));
  if (group != "default") {
    found.fault = no_such_target_group(group);
  }
  return found;
}

Refusal check_usable(const Value& proxy, const std::string& name) {
  std::string status = proxy.get("shown").text_of("Status");
  if (status == "available" || status == "modifying") {
    return std::nullopt;
  }
  std::ranges::transform(status, status.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return refuse(
      "InvalidDBProxyStateFault",
      fmt::format(
          "DBProxy {} is in an unsupported state - {}, needs to be in [AVAILABLE, MODIFYING]",
          name,
          status
      )
  );
}

Refusal change_pool(const Value& asked, const std::string& family, Value& group) {
  Reader read(asked);
  Value& pool = *group.find("shown")->find("ConnectionPoolConfig");
  if (read.has("MaxIdleConnectionsPercent") && !read.has("MaxConnectionsPercent")) {
    return refuse(
        "InvalidParameterCombination",
        "MaxConnectionsPercent must be specified together with MaxIdleConnectionsPercent."
    );
  }
  const std::int64_t most =
      read.number("MaxConnectionsPercent", 1, 100, pool.get("MaxConnectionsPercent").as_int());
  std::int64_t idle = pool.get("MaxIdleConnectionsPercent").as_int();
  if (read.has("MaxIdleConnectionsPercent")) {
    idle = read.number("MaxIdleConnectionsPercent", 0, most, idle);
    group.set("is_idle_set", true);
  } else if (group.get("is_idle_set") != Value(true) || idle > most) {
    idle = most / 2;
  }
  const std::int64_t borrow =
      read.number("ConnectionBorrowTimeout", 0, 300, pool.get("ConnectionBorrowTimeout").as_int());
  if (read.fault()) {
    return read.fault();
  }
  const std::vector<std::string> filters = read.texts("SessionPinningFilters");
  for (const std::string& filter : filters) {
    if (filter != "EXCLUDE_VARIABLE_SETS" || family == "POSTGRESQL") {
      return refuse(
          "InvalidParameterValue",
          fmt::format("Session pinning filter {} is not valid for {} proxies.", filter, family)
      );
    }
  }
  pool.set("MaxConnectionsPercent", most);
  pool.set("MaxIdleConnectionsPercent", idle);
  pool.set("ConnectionBorrowTimeout", borrow);
  if (asked.find("SessionPinningFilters") != nullptr) {
    pool.set("SessionPinningFilters", texts_value(filters));
  }
  if (asked.find("InitQuery") != nullptr) {
    pool.set("InitQuery", read.text("InitQuery"));
  }
  return std::nullopt;
}

Value render_target(const Place& place, const Value& proxy, const Value& target) {
  Value shown =
      Value::object({{"RdsResourceId", target.text_of("instance")}, {"Type", "RDS_INSTANCE"}});
  if (const Value* instance = instance_of_target(place.store, target)) {
    const Value& facts = instance->get("shown");
    shown.set("RdsResourceId", facts.text_of("DBInstanceIdentifier"));
    shown.set("TargetArn", facts.text_of("DBInstanceArn"));
    shown.set("Endpoint", facts.get("Endpoint").text_of("Address"));
    shown.set("Port", instance->get("port"));
  }
  Value health = health_of(place, proxy, target);
  shown.set("Role", health.text_of("State") == "AVAILABLE" ? "READ_WRITE" : "UNKNOWN");
  shown.set("TargetHealth", std::move(health));
  return shown;
}

Refusal check_instance(const Place& place, const Value& proxy, const std::string& id) {
  const auto found = place.store.instances.find(id);
  if (found == place.store.instances.end()) {
    return no_such_instance(id);
  }
  const Value& shown = found->second.get("shown");
  std::string status = shown.text_of("DBInstanceStatus");
  if (!contains({"available", "modifying", "backing-up"}, status)) {
    std::ranges::transform(status, status.begin(), [](char c) {
      return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return refuse(
        "InvalidDBInstanceState",
        fmt::format(
            "DB Instance {} is in an unsupported state - {}, needs to be in [AVAILABLE, MODIFYING, "
            "BACKING_UP]",
            id,
            status
        )
    );
  }
  if (find_engine(shown.text_of("Engine"))->proxy_family !=
      proxy.get("shown").text_of("EngineFamily")) {
    return refuse(
        "InvalidParameterValue", "Unsupported Database engine or engine mode for DB Instance " + id
    );
  }
  if (found->second.text_of("vpc") != proxy.get("shown").text_of("VpcId")) {
    return refuse(
        "InvalidParameterValue", fmt::format("DB Instance {} is not in the VPC of the proxy", id)
    );
  }
  return std::nullopt;
}

}  // namespace

Value make_target_group(const Place& place, const std::string& proxy, const std::string& family) {
  const int most = family == "SQLSERVER" ? 10 : 100;
  const std::string now = now_text(place);
  Value pool = Value::object(
      {{"MaxConnectionsPercent", most},
       {"MaxIdleConnectionsPercent", most / 2},
       {"ConnectionBorrowTimeout", 120},
       {"SessionPinningFilters", List{}}}
  );
  Value shown = Value::object(
      {{"DBProxyName", proxy},
       {"TargetGroupName", "default"},
       {"TargetGroupArn", arn_of(place.store, "target-group", place.world.make_id("prx-tg-"))},
       {"IsDefault", true},
       {"Status", "available"},
       {"ConnectionPoolConfig", std::move(pool)},
       {"CreatedDate", now},
       {"UpdatedDate", now}}
  );
  return Value::object({{"shown", std::move(shown)}, {"tags", List{}}});
}

Outcome describe_target_groups(const Place& place, const Value& params) {
  Reader read(params);
  const Found found = find_proxy(place, read);
  if (found.fault) {
    return *found.fault;
  }
  return page(params, "TargetGroups", {{"default", found.proxy->get("target_group").get("shown")}});
}

Outcome modify_target_group(const Place& place, const Value& params) {
  Reader read(params);
  const Found found = find_proxy(place, read);
  if (found.fault) {
    return *found.fault;
  }
  if (read.has("NewName")) {
    return refuse("InvalidParameterValue", "The default target group cannot be renamed.");
  }
  if (Refusal fault = check_usable(*found.proxy, found.name)) {
    return *fault;
  }
  Value group = found.proxy->get("target_group");
  const std::string family = found.proxy->get("shown").text_of("EngineFamily");
  if (Refusal fault = change_pool(params.get("ConnectionPoolConfig"), family, group)) {
    return *fault;
  }
  group.find("shown")->set("UpdatedDate", now_text(place));
  group.find("shown")->set("Status", "modifying");
  schedule(place, group, "available", kModifyTime);
  found.proxy->set("target_group", group);
  return Value::object({{"DBProxyTargetGroup", group.get("shown")}});
}

Outcome register_targets(const Place& place, const Value& params) {
  Reader read(params);
  const Found found = find_proxy(place, read);
  if (found.fault) {
    return *found.fault;
  }
  if (Refusal fault = check_usable(*found.proxy, found.name)) {
    return *fault;
  }
  const std::vector<std::string> clusters = read.texts("DBClusterIdentifiers");
  const std::vector<std::string> instances = read.texts("DBInstanceIdentifiers");
  if (!clusters.empty() && instances.empty()) {
    return not_found("DBClusterNotFoundFault", fmt::format("DBCluster {} not found.", clusters[0]));
  }
  if (instances.size() != 1 || !clusters.empty()) {
    return refuse(
        "InvalidParameterCombination", "Specify exactly one DB instance or one DB cluster."
    );
  }
  const std::string id = name_in(instances[0]);
  if (Refusal fault = check_instance(place, *found.proxy, id)) {
    return *fault;
  }
  Value& targets = *found.proxy->find("targets");
  if (targets.size() > 0) {
    return refuse(
        "DBProxyTargetAlreadyRegisteredFault",
        fmt::format(
            "The proxy {} already has a registered target: {}",
            found.name,
            targets.as_list()[0].text_of("instance")
        )
    );
  }
  targets.push_back(Value::object(
      {{"instance", id},
       {"resource", place.store.instances[id].get("shown").text_of("DbiResourceId")},
       {"since", place.world.now().time_since_epoch().count()}}
  ));
  Value shown = render_target(place, *found.proxy, targets.as_list().back());
  return Value::object({{"DBProxyTargets", Value::list({std::move(shown)})}});
}

Outcome deregister_targets(const Place& place, const Value& params) {
  Reader read(params);
  const Found found = find_proxy(place, read);
  if (found.fault) {
    return *found.fault;
  }
  if (Refusal fault = check_usable(*found.proxy, found.name)) {
    return *fault;
  }
  std::vector<std::string> ids = read.texts("DBInstanceIdentifiers");
  for (const std::string& cluster : read.texts("DBClusterIdentifiers")) {
    ids.push_back(cluster);
  }
  if (ids.empty()) {
    return refuse("InvalidParameterCombination", "Specify a DB instance or a DB cluster.");
  }
  Value targets = found.proxy->get("targets");
  for (const std::string& id : ids) {
    const std::size_t removed = std::erase_if(targets.as_list(), [&](const Value& target) {
      const Value* instance = instance_of_target(place.store, target);
      const std::string& name = instance == nullptr
                                    ? target.text_of("instance")
                                    : instance->get("shown").text_of("DBInstanceIdentifier");
      return name == name_in(id);
    });
    if (removed == 0) {
      return not_found(
          "DBProxyTargetNotFoundFault",
          fmt::format("{} is not a target of the proxy {}.", id, found.name)
      );
    }
  }
  found.proxy->set("targets", std::move(targets));
  return Value(Object{});
}

Outcome describe_targets(const Place& place, const Value& params) {
  Reader read(params);
  const Found found = find_proxy(place, read);
  if (found.fault) {
    return *found.fault;
  }
  Rows rows;
  for (const Value& target : found.proxy->get("targets").as_list()) {
    rows.emplace_back(target.text_of("instance"), render_target(place, *found.proxy, target));
  }
  return page(params, "Targets", rows);
}

const Value* instance_of_target(const Store& store, const Value& target) {
  for (const auto& [id, instance] : store.instances) {
    if (instance.get("shown").text_of("DbiResourceId") == target.text_of("resource")) {
      return &instance;
    }
  }
  return nullptr;
}

}  // namespace plumbline::sim::rds
