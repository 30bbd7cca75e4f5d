// What the files of the simulated RDS share: the store of one account and region, reading of
// parameters, faults, paging and the scheduling of states. Included by simulator/services/rds*.cc
// alone. It knows nothing of the wire, and other services only through Neighbours.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim::rds {

/// Objects by their name (proxies and instances in lower case). An object holds "shown" (the reply
/// as AWS words it), "tags", "due" (states to come) and what only the simulator knows.
struct Store {
  std::string account, region;
  std::map<std::string, Value> subnet_groups, instances, snapshots, parameter_groups, proxies;
};

/// Where a call happens.
struct Place {
  World& world;
  Neighbours& neighbours;
  Store& store;
};

using Handler = Outcome (*)(const Place& place, const Value& params);
using Rows = std::vector<std::pair<std::string, Value>>;
using Refusal = std::optional<Fault>;

Fault refuse(std::string_view code, std::string message);
/// As refuse, with HTTP status 404.
Fault not_found(std::string_view code, std::string message);

/// Reads the text parameters of the query protocol and remembers the first thing wrong with them.
class Reader {
 public:
  explicit Reader(const Value& params) : params_(params) {}
  [[nodiscard]] bool has(std::string_view key) const { return !params_.text_of(key).empty(); }
  [[nodiscard]] std::string text(std::string_view key, std::string_view fallback = "") const;
  /// MissingParameter when it is absent or empty.
  std::string required(std::string_view key);
  bool flag(std::string_view key, bool fallback);
  /// InvalidParameterValue when it is no number or not within [low, high].
  std::int64_t number(
      std::string_view key, std::int64_t low, std::int64_t high, std::int64_t fallback
  );
  /// A list that was sent empty arrives as the text "".
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] const Refusal& fault() const { return fault_; }
  void fail(std::string_view code, std::string message);

 private:
  const Value& params_;
  Refusal fault_;
};

// --- rds_parts.cc --------------------------------------------------------------------------------
/// "aws", "aws-cn" or "aws-us-gov".
std::string partition_of(std::string_view region);
/// ".eu-west-3.rds.amazonaws.com"
std::string domain_of(const Store& store);
std::string arn_of(const Store& store, std::string_view type, std::string_view name);
/// The name behind a name or an ARN of this type.
std::string name_in(std::string_view name_or_arn);
/// "a letter, then letters, digits and single hyphens", at most 63.
bool is_identifier(std::string_view name);
Value texts_value(const std::vector<std::string>& texts);
std::vector<std::string> texts_of(const Value& list);
bool contains(const std::vector<std::string>& texts, std::string_view text);
/// One page of `rows` (sorted by their key, which is what the Marker hides) under `key`.
Outcome page(const Value& params, std::string_view key, const Rows& rows);
/// True when `object`'s `field` is among the values of every filter that `fields` names; a filter
/// it does not name is refused.
using FilterFields = std::map<std::string, std::string>;
Refusal check_filters(const Value& params, const FilterFields& fields);
bool passes_filters(const Value& params, const FilterFields& fields, const Value& shown);

std::string now_text(const Place& place);
/// Has `step` come up in `object` when `real` time at AWS has passed.
void schedule(const Place& place, Value& object, std::string_view step, Duration real);
void schedule_at(Value& object, std::string_view step, Timestamp at);
bool is_scheduled(const Value& object, std::string_view step);
/// The steps that are due, oldest first; they are forgotten.
std::vector<std::string> take_due(const Place& place, Value& object);

void attach_interfaces(
    const Place& place,
    Value& object,
    const std::vector<std::string>& subnets,
    const std::vector<std::string>& groups,
    const std::string& description
);
void release_interfaces(const Place& place, Value& object, Duration linger);
/// How long AWS keeps a managed interface after its owner is gone.
constexpr Duration kLinger = std::chrono::minutes(5);

/// The groups a database or proxy in `vpc` gets: those asked for, or the VPC's default one.
struct Groups {
  std::vector<std::string> ids;
  Refusal fault;
};
Groups resolve_groups(
    const Place& place, const std::vector<std::string>& asked, const std::string& vpc
);

// --- rds_tags.cc ---------------------------------------------------------------------------------
struct Tags {
  Value list = List{};
  Refusal fault;
};
/// The Tags of a create call.
Tags read_tags(const Value& params);
Outcome add_tags(const Place& place, const Value& params);
Outcome remove_tags(const Place& place, const Value& params);
Outcome list_tags(const Place& place, const Value& params);

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
Outcome describe_proxy_endpoints(const Place& place, const Value& params);
void advance_proxies(const Place& place);
Fault no_such_proxy(std::string_view name);
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
