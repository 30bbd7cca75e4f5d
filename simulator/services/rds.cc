#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "simulator/services/rds_actions.h"

namespace plumbline::sim {
namespace {

using rds::Place;
using rds::Store;

struct Operation {
  std::string_view action;
  rds::Handler handler;
};

constexpr auto kOperations = std::to_array<Operation>({
    {"AddTagsToResource", rds::add_tags},
    {"CreateDBInstance", rds::create_instance},
    {"CreateDBParameterGroup", rds::create_parameter_group},
    {"CreateDBProxy", rds::create_proxy},
    {"CreateDBProxyEndpoint", rds::create_proxy_endpoint},
    {"CreateDBSnapshot", rds::create_snapshot},
    {"CreateDBSubnetGroup", rds::create_subnet_group},
    {"DeleteDBInstance", rds::delete_instance},
    {"DeleteDBParameterGroup", rds::delete_parameter_group},
    {"DeleteDBProxy", rds::delete_proxy},
    {"DeleteDBProxyEndpoint", rds::delete_proxy_endpoint},
    {"DeleteDBSnapshot", rds::delete_snapshot},
    {"DeleteDBSubnetGroup", rds::delete_subnet_group},
    {"DeregisterDBProxyTargets", rds::deregister_targets},
    {"DescribeDBClusters", rds::describe_clusters},
    {"DescribeDBEngineVersions", rds::describe_engine_versions},
    {"DescribeDBInstances", rds::describe_instances},
    {"DescribeDBParameterGroups", rds::describe_parameter_groups},
    {"DescribeDBParameters", rds::describe_parameters},
    {"DescribeDBProxies", rds::describe_proxies},
    {"DescribeDBProxyEndpoints", rds::describe_proxy_endpoints},
    {"DescribeDBProxyTargetGroups", rds::describe_target_groups},
    {"DescribeDBProxyTargets", rds::describe_targets},
    {"DescribeDBSnapshots", rds::describe_snapshots},
    {"DescribeDBSubnetGroups", rds::describe_subnet_groups},
    {"DescribeGlobalClusters", rds::describe_global_clusters},
    {"DescribeOptionGroups", rds::describe_option_groups},
    {"DescribeOrderableDBInstanceOptions", rds::describe_orderable_options},
    {"ListTagsForResource", rds::list_tags},
    {"ModifyDBInstance", rds::modify_instance},
    {"ModifyDBParameterGroup", rds::modify_parameter_group},
    {"ModifyDBProxy", rds::modify_proxy},
    {"ModifyDBProxyEndpoint", rds::modify_proxy_endpoint},
    {"ModifyDBProxyTargetGroup", rds::modify_target_group},
    {"ModifyDBSubnetGroup", rds::modify_subnet_group},
    {"RebootDBInstance", rds::reboot_instance},
    {"RegisterDBProxyTargets", rds::register_targets},
    {"RemoveTagsFromResource", rds::remove_tags},
    {"ResetDBParameterGroup", rds::reset_parameter_group},
});

struct Kind {
  std::string_view type;
  std::map<std::string, Value> Store::*objects;
};

constexpr auto kKinds = std::to_array<Kind>({
    {"DBInstance", &Store::instances},
    {"DBParameterGroup", &Store::parameter_groups},
    {"DBProxy", &Store::proxies},
    {"DBProxyEndpoint", &Store::proxy_endpoints},
    {"DBSnapshot", &Store::snapshots},
    {"DBSubnetGroup", &Store::subnet_groups},
});

class Rds final : public Service {
 public:
  Rds(World& world, Neighbours& neighbours) : world_(world), neighbours_(neighbours) {}

  [[nodiscard]] std::string_view id() const override { return "rds"; }

  Outcome handle(const Request& request) override {
    const auto* operation = std::ranges::find(kOperations, request.action, &Operation::action);
    if (operation == kOperations.end()) {
      return rds::refuse(
          "InvalidAction",
          fmt::format("Could not find operation {} for version 2014-10-31", request.action)
      );
    }
    Store& store = store_of(request.account, request.region);
    return operation->handler(Place{world_, neighbours_, store}, request.params);
  }

  void advance() override {
    for (auto& [key, store] : stores_) {
      const Place place{world_, neighbours_, store};
      rds::advance_snapshots(place);
      rds::advance_instances(place);
      rds::advance_proxies(place);
      rds::advance_proxy_endpoints(place);
    }
  }

  [[nodiscard]] Value save() const override {
    List saved;
    for (const auto& [key, store] : stores_) {
      for (const Kind& kind : kKinds) {
        for (const auto& [name, object] : store.*kind.objects) {
          Value row = object;
          row.set("account", store.account);
          row.set("region", store.region);
          row.set("type", kind.type);
          row.set("id", name);
          saved.push_back(std::move(row));
        }
      }
    }
    return Value::object({{"objects", std::move(saved)}});
  }

  void load(const Value& saved) override {
    stores_.clear();
    const Value& rows = saved.get("objects");
    if (!rows.is_list()) {
      return;
    }
    for (const Value& row : rows.as_list()) {
      Store& store = store_of(row.text_of("account"), row.text_of("region"));
      const auto* kind = std::ranges::find(kKinds, row.text_of("type"), &Kind::type);
      if (kind == kKinds.end()) {
        continue;
      }
      Value object = row;
      for (const std::string_view key : {"account", "region", "type", "id"}) {
        object.erase(key);
      }
      (store.*kind->objects)[row.text_of("id")] = std::move(object);
    }
  }

 private:
  Store& store_of(const std::string& account, const std::string& region) {
    Store& store = stores_[{account, region}];
    store.account = account;
    store.region = region;
    return store;
  }

  World& world_;
  Neighbours& neighbours_;
  std::map<std::pair<std::string, std::string>, Store> stores_;
};

}  // namespace

std::unique_ptr<Service> make_rds(World& world, Neighbours& neighbours) {
  return std::make_unique<Rds>(world, neighbours);
}

}  // namespace plumbline::sim
