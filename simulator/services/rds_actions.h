// What the simulated RDS answers, file by file: one function an action, and what the files ask one
// another about engines, instances, proxies and policies. Included by simulator/services/rds*.cc
// alone; the tools they share are in rds_parts.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/rds_parts.h"

namespace plumbline::sim::rds {

// --- rds_engine.cc -------------------------------------------------------------------------------
struct EngineVersion {
  std::string_view engine, version, major;
  bool is_default_of_major = false;
  bool is_default = false;
};
struct Engine {
  std::string_view name, proxy_family, license, description;
  int port = 0;
};
const Engine* find_engine(std::string_view name);
/// "" gives the engine's default; "8.0" the default of that major; null when there is none such.
const EngineVersion* find_version(std::string_view engine, std::string_view asked);
/// Whether `from` may be upgraded to `to` (same engine, later in the list).
bool can_upgrade(const EngineVersion& from, const EngineVersion& to);
/// "mysql8.0"
std::string family_of(const EngineVersion& version);
/// "default:mysql-8-0"
std::string option_group_of(const EngineVersion& version);
/// All families there are, sorted.
std::vector<std::string> all_families();
Refusal check_class(std::string_view instance_class, const EngineVersion& version);
Outcome describe_engine_versions(const Place& place, const Value& params);
Outcome describe_orderable_options(const Place& place, const Value& params);
Outcome describe_option_groups(const Place& place, const Value& params);
Outcome describe_clusters(const Place& place, const Value& params);
Outcome describe_global_clusters(const Place& place, const Value& params);

// --- rds_subnet_group.cc -------------------------------------------------------------------------
Value render_subnet_group(const Value& group);
Outcome create_subnet_group(const Place& place, const Value& params);
Outcome describe_subnet_groups(const Place& place, const Value& params);
Outcome modify_subnet_group(const Place& place, const Value& params);
Outcome delete_subnet_group(const Place& place, const Value& params);

// --- rds_parameter_group.cc ----------------------------------------------------------------------
/// The family of a group, made or default; "" when there is no such group.
std::string family_of_group(const Store& store, const std::string& name);
Outcome create_parameter_group(const Place& place, const Value& params);
Outcome describe_parameter_groups(const Place& place, const Value& params);
Outcome modify_parameter_group(const Place& place, const Value& params);
Outcome reset_parameter_group(const Place& place, const Value& params);
Outcome delete_parameter_group(const Place& place, const Value& params);
Outcome describe_parameters(const Place& place, const Value& params);

// --- rds_instance.cc, rds_instance_modify.cc, rds_snapshot.cc ------------------------------------
Outcome create_instance(const Place& place, const Value& params);
Outcome describe_instances(const Place& place, const Value& params);
Outcome modify_instance(const Place& place, const Value& params);
Outcome delete_instance(const Place& place, const Value& params);
Outcome reboot_instance(const Place& place, const Value& params);
void advance_instances(const Place& place);
Value render_instance(const Store& store, const Value& instance);
Fault no_such_instance(std::string_view id);
Refusal check_password(std::string_view engine, const std::string& password);
Refusal check_storage_size(std::string_view engine, const std::string& type, std::int64_t size);
/// What a request says of its storage's speed, beside its size in GiB.
struct Speed {
  std::optional<std::int64_t> iops, throughput;
};
/// Which storage takes iops and throughput, and how many: "Amazon RDS DB instance storage".
Refusal check_storage_speed(
    std::string_view engine, const std::string& type, std::int64_t size, const Speed& speed
);
Refusal check_windows(const std::string& backup, const std::string& maintenance);
Refusal check_parameter_group(
    const Store& store, const std::string& name, const EngineVersion& version
);
/// Option groups are the default ones: there is no way to make another.
Refusal check_option_group(const std::string& name, const EngineVersion& version);
/// The subnets of the group an instance stands in: one, or two when it is Multi-AZ.
std::vector<std::string> choose_subnets(const Value& group, const std::string& zone, bool is_multi);
Value membership_of(const std::vector<std::string>& groups, std::string_view status);

/// Refuses a name that is in use; makes a snapshot that will be available after a while.
Refusal make_snapshot(
    const Place& place, const Value& instance, const std::string& name, Value tags
);
Outcome create_snapshot(const Place& place, const Value& params);
Outcome describe_snapshots(const Place& place, const Value& params);
Outcome delete_snapshot(const Place& place, const Value& params);
void advance_snapshots(const Place& place);

// --- rds_proxy.cc, rds_proxy_target.cc, rds_proxy_health.cc --------------------------------------
Outcome create_proxy(const Place& place, const Value& params);
Outcome describe_proxies(const Place& place, const Value& params);
Outcome modify_proxy(const Place& place, const Value& params);
Outcome delete_proxy(const Place& place, const Value& params);
void advance_proxies(const Place& place);
Fault no_such_proxy(std::string_view name);
/// Where a proxy or an endpoint of one stands: VpcSubnetIds and VpcSecurityGroupIds, checked.
struct Network {
  std::string vpc;
  std::vector<std::string> subnets, groups;
  Refusal fault;
};
Network read_network(const Place& place, const Reader& read);
/// The target group a proxy is born with.
Value make_target_group(const Place& place, const std::string& proxy, const std::string& family);
Outcome describe_target_groups(const Place& place, const Value& params);
Outcome modify_target_group(const Place& place, const Value& params);
Outcome register_targets(const Place& place, const Value& params);
Outcome deregister_targets(const Place& place, const Value& params);
Outcome describe_targets(const Place& place, const Value& params);
/// The instance a target is, also when it was renamed since; null when it is gone.
const Value* instance_of_target(const Store& store, const Value& target);
/// TargetHealth as it is at this moment.
Value health_of(const Place& place, const Value& proxy, const Value& target);

// --- rds_proxy_endpoint.cc -----------------------------------------------------------------------
Outcome create_proxy_endpoint(const Place& place, const Value& params);
Outcome describe_proxy_endpoints(const Place& place, const Value& params);
Outcome modify_proxy_endpoint(const Place& place, const Value& params);
Outcome delete_proxy_endpoint(const Place& place, const Value& params);
void advance_proxy_endpoints(const Place& place);
/// What is left of the endpoints of a proxy that is gone.
void drop_endpoints_of(const Place& place, const Value& proxy);

// --- rds_key.cc ----------------------------------------------------------------------------------
struct Key {
  std::string arn;
  Refusal fault;
};
/// The key behind an id, ARN or alias, or why RDS cannot use it.
Key resolve_key(const Place& place, const std::string& id);
/// Whether the request and `instance`, which has a master user already, agree on who keeps the
/// password.
Refusal check_master_secret(const Place& place, const Value& params, const Value& instance);
/// A password as RDS makes it for a secret of its own.
std::string make_password(const Place& place);
/// Has the secret that RDS keeps for `instance` hold its password; makes the secret when there is
/// none yet. `key` "" leaves the choice to Secrets Manager.
void keep_master_secret(
    const Place& place, Value& instance, const std::string& password, const std::string& key
);
void drop_master_secret(const Place& place, Value& instance);

/// One question to a set of policy documents. `context` are the condition keys that are known.
struct Access {
  std::string action, resource;
  std::map<std::string, std::string> context;
};
/// True when a statement allows it and none denies it.
bool is_allowed(const std::vector<Value>& policies, const Access& access);
/// True when the trust policy lets the service assume the role.
bool is_trusted(
    const Value& trust_policy,
    std::string_view service,
    const std::map<std::string, std::string>& context
);

}  // namespace plumbline::sim::rds
