#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kCreateTime = std::chrono::minutes(6);

/// What a create call becomes while it is checked.
struct Draft {
  std::string id, vpc, subnet_group;
  const Engine* engine = nullptr;
  const EngineVersion* version = nullptr;
  std::vector<std::string> groups, subnets;
  std::string password;
  bool is_managed = false;  ///< RDS keeps the password in a secret of its own.
  Value shown = Object{};
  Value tags = List{};
};

Refusal check_name(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  draft.id = to_lower(read.required("DBInstanceIdentifier"));
  read.required("DBInstanceClass");
  read.required("Engine");
  if (read.fault()) {
    return read.fault();
  }
  if (!is_identifier(draft.id)) {
    return refuse(
        "InvalidParameterValue",
        "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with "
        "a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a "
        "hyphen or contain two consecutive hyphens."
    );
  }
  if (place.store.instances.contains(draft.id)) {
    return refuse("DBInstanceAlreadyExists", "DB instance already exists");
  }
  Tags tags = read_tags(params);
  draft.tags = std::move(tags.list);
  draft.shown.set("DBInstanceIdentifier", draft.id);
  draft.shown.set("DBInstanceArn", arn_of(place.store, "db", draft.id));
  return tags.fault;
}

Refusal check_engine(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  const std::string name = read.text("Engine");
  draft.engine = find_engine(name);
  if (draft.engine == nullptr) {
    return refuse("InvalidParameterValue", "Invalid DB engine: " + name);
  }
  const std::string asked = read.text("EngineVersion");
  draft.version = find_version(name, asked);
  if (draft.version == nullptr) {
    return refuse(
        "InvalidParameterCombination", fmt::format("Cannot find version {} for {}", asked, name)
    );
  }
  if (name.starts_with("aurora")) {
    if (read.has("DBClusterIdentifier")) {
      return not_found(
          "DBClusterNotFoundFault",
          fmt::format("The source cluster could not be found: {}", read.text("DBClusterIdentifier"))
      );
    }
    return refuse(
        "InvalidParameterCombination",
        fmt::format("{} instances must be members of a cluster", name)
    );
  }
  const std::string group =
      to_lower(read.text("DBParameterGroupName", "default." + family_of(*draft.version)));
  if (Refusal fault = check_parameter_group(place.store, group, *draft.version)) {
    return fault;
  }
  const std::string options = read.text("OptionGroupName", option_group_of(*draft.version));
  if (Refusal fault = check_option_group(options, *draft.version)) {
    return fault;
  }
  if (read.text("LicenseModel", draft.engine->license) != draft.engine->license) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format(
            "Invalid license model '{}' for engine '{}'. Valid license models are: {}.",
            read.text("LicenseModel"),
            name,
            draft.engine->license
        )
    );
  }
  draft.shown.set("DBInstanceClass", read.text("DBInstanceClass"));
  draft.shown.set("Engine", name);
  draft.shown.set("EngineVersion", draft.version->version);
  draft.shown.set("LicenseModel", draft.engine->license);
  draft.shown.set(
      "DBParameterGroups[DBParameterGroup]",
      Value::list(
          {Value::object({{"DBParameterGroupName", group}, {"ParameterApplyStatus", "in-sync"}})}
      )
  );
  draft.shown.set(
      "OptionGroupMemberships[OptionGroupMembership]",
      Value::list({Value::object({{"OptionGroupName", options}, {"Status", "in-sync"}})})
  );
  return check_class(read.text("DBInstanceClass"), *draft.version);
}

Refusal check_credentials(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  if (Refusal fault = check_master_secret(place, params, Value())) {
    return fault;
  }
  draft.is_managed = read.flag("ManageMasterUserPassword", false);
  const std::string user = read.text("MasterUsername");
  for (const std::string_view key : {"MasterUsername", "MasterUserPassword"}) {
    if (!read.has(key) && (!draft.is_managed || key == "MasterUsername")) {
      return refuse(
          "InvalidParameterValue",
          fmt::format("The parameter {} must be provided and must not be blank.", key)
      );
    }
  }
  const bool is_mysql = draft.engine->proxy_family == "MYSQL";
  const bool starts_well = (user[0] >= 'a' && user[0] <= 'z') || (user[0] >= 'A' && user[0] <= 'Z');
  const bool is_word = std::ranges::all_of(user, [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (!starts_well || !is_word || user.size() > (is_mysql ? 32U : 63U)) {
    return refuse(
        "InvalidParameterValue",
        "The parameter MasterUsername must begin with a letter and contain only letters, digits "
        "and underscores."
    );
  }
  const std::vector<std::string> reserved =
      is_mysql ? std::vector<std::string>{"rdsadmin", "rdsrepladmin"}
               : std::vector<std::string>{"admin", "rdsadmin", "rds_superuser"};
  if (contains(reserved, to_lower(user))) {
    return refuse(
        "InvalidParameterValue",
        fmt::format(
            "MasterUsername {} cannot be used as it is a reserved word used by the engine", user
        )
    );
  }
  draft.shown.set("MasterUsername", user);
  if (read.has("DBName")) {
    draft.shown.set("DBName", read.text("DBName"));
  }
  draft.password = draft.is_managed ? make_password(place) : read.text("MasterUserPassword");
  return check_password(draft.engine->name, draft.password);
}

Refusal check_storage(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  Value& shown = draft.shown;
  const std::string type = read.text("StorageType", read.has("Iops") ? "io1" : "gp3");
  const bool is_gp3 = type == "gp3";
  if (!contains({"gp2", "gp3", "io1", "io2", "standard"}, type)) {
    return refuse("InvalidParameterValue", "Invalid storage type: " + type);
  }
  if (!read.has("AllocatedStorage")) {
    return refuse(
        "InvalidParameterCombination",
        "The parameter AllocatedStorage must be provided and must not be blank."
    );
  }
  const std::int64_t size = read.number("AllocatedStorage", 1, 65536, 0);
  const std::int64_t limit = read.number("MaxAllocatedStorage", 1, 65536, 0);
  const std::int64_t iops = read.number("Iops", 0, 256000, is_gp3 ? 3000 : 0);
  const std::int64_t throughput = read.number("StorageThroughput", 0, 4000, is_gp3 ? 125 : 0);
  const bool is_encrypted = read.flag("StorageEncrypted", read.has("KmsKeyId"));
  if (read.fault()) {
    return read.fault();
  }
  if (type.starts_with("io") && iops == 0) {
    return refuse("InvalidParameterCombination", "You must specify IOPS for storage type " + type);
  }
  if (limit != 0 && limit <= size) {
    return refuse(
        "InvalidParameterCombination", "Max storage size must be greater than storage size"
    );
  }
  if (read.has("KmsKeyId") && !is_encrypted) {
    return refuse("InvalidParameterCombination", "KmsKeyId needs StorageEncrypted");
  }
  shown.set("AllocatedStorage", size);
  shown.set("StorageType", type);
  shown.set("StorageEncrypted", is_encrypted);
  if (iops != 0) {
    shown.set("Iops", iops);
  }
  shown.set("StorageThroughput", throughput);
  if (limit != 0) {
    shown.set("MaxAllocatedStorage", limit);
  }
  if (is_encrypted) {
    const Key key = resolve_key(place, read.text("KmsKeyId", "alias/aws/rds"));
    if (key.fault) {
      return key.fault;
    }
    shown.set("KmsKeyId", key.arn);
  }
  if (Refusal fault = check_storage_size(draft.engine->name, type, size)) {
    return fault;
  }
  const auto said = [&](std::string_view key, std::int64_t value) {
    return read.has(key) ? std::optional(value) : std::nullopt;
  };
  return check_storage_speed(
      draft.engine->name, type, size, {said("Iops", iops), said("StorageThroughput", throughput)}
  );
}

Refusal check_network(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  draft.subnet_group = to_lower(read.text("DBSubnetGroupName"));
  if (draft.subnet_group.empty()) {
    return refuse(
        "InvalidSubnet",
        "No default subnet detected in VPC. Please contact AWS Support to recreate the default "
        "Subnets."
    );
  }
  const auto found = place.store.subnet_groups.find(draft.subnet_group);
  if (found == place.store.subnet_groups.end()) {
    return not_found(
        "DBSubnetGroupNotFoundFault",
        fmt::format("DB subnet group '{}' not found.", draft.subnet_group)
    );
  }
  draft.vpc = found->second.get("shown").text_of("VpcId");
  Groups groups = resolve_groups(place, read.texts("VpcSecurityGroupIds"), draft.vpc);
  if (groups.fault) {
    return groups.fault;
  }
  draft.groups = std::move(groups.ids);
  const std::string zone = read.text("AvailabilityZone");
  const bool is_multi = read.flag("MultiAZ", false);
  if (is_multi && !zone.empty()) {
    return refuse(
        "InvalidParameterCombination",
        "Requesting a specific availability zone is not valid for Multi-AZ instances."
    );
  }
  draft.subnets = choose_subnets(found->second, zone, is_multi);
  if (draft.subnets.empty()) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format("The DB subnet group {} has no subnet in {}.", draft.subnet_group, zone)
    );
  }
  const auto zone_of = [&](std::size_t index) {
    return place.neighbours
        .find_subnet(place.store.account, place.store.region, draft.subnets[index])
        .availability_zone;
  };
  draft.shown.set("AvailabilityZone", zone_of(0));
  if (draft.subnets.size() > 1) {
    draft.shown.set("SecondaryAvailabilityZone", zone_of(1));
  }
  draft.shown.set("MultiAZ", is_multi);
  draft.shown.set("PubliclyAccessible", read.flag("PubliclyAccessible", false));
  draft.shown.set("NetworkType", read.text("NetworkType", "IPV4"));
  draft.shown.set(
      "VpcSecurityGroups[VpcSecurityGroupMembership]", membership_of(draft.groups, "active")
  );
  return read.fault();
}

Refusal check_upkeep(const Place& place, const Value& params, Draft& draft) {
  Reader read(params);
  Value& shown = draft.shown;
  const std::string backup = to_lower(read.text("PreferredBackupWindow", "07:18-07:48"));
  const std::string maintenance =
      to_lower(read.text("PreferredMaintenanceWindow", "sun:09:20-sun:09:50"));
  shown.set("BackupRetentionPeriod", read.number("BackupRetentionPeriod", 0, 35, 1));
  shown.set("PreferredBackupWindow", backup);
  shown.set("PreferredMaintenanceWindow", maintenance);
  shown.set("AutoMinorVersionUpgrade", read.flag("AutoMinorVersionUpgrade", true));
  shown.set("CopyTagsToSnapshot", read.flag("CopyTagsToSnapshot", false));
  shown.set("DeletionProtection", read.flag("DeletionProtection", false));
  shown.set(
      "IAMDatabaseAuthenticationEnabled", read.flag("EnableIAMDatabaseAuthentication", false)
  );
  shown.set("MonitoringInterval", read.number("MonitoringInterval", 0, 60, 0));
  if (read.has("MonitoringRoleArn")) {
    shown.set("MonitoringRoleArn", read.text("MonitoringRoleArn"));
  }
  const bool has_insights = read.flag("EnablePerformanceInsights", false);
  shown.set("PerformanceInsightsEnabled", has_insights);
  if (has_insights) {
    shown.set(
        "PerformanceInsightsRetentionPeriod",
        read.number("PerformanceInsightsRetentionPeriod", 7, 731, 7)
    );
  }
  shown.set("DatabaseInsightsMode", read.text("DatabaseInsightsMode", "standard"));
  shown.set("DedicatedLogVolume", read.flag("DedicatedLogVolume", false));
  shown.set(
      "EngineLifecycleSupport",
      read.text("EngineLifecycleSupport", "open-source-rds-extended-support")
  );
  const std::string certificate = read.text("CACertificateIdentifier", "rds-ca-rsa2048-g1");
  shown.set("CACertificateIdentifier", certificate);
  shown.set(
      "CertificateDetails",
      Value::object(
          {{"CAIdentifier", certificate},
           {"ValidTill", format_iso8601(place.world.now() + std::chrono::hours(24 * 365))}}
      )
  );
  if (const std::vector<std::string> logs = read.texts("EnableCloudwatchLogsExports");
      !logs.empty()) {
    shown.set("EnabledCloudwatchLogsExports", texts_value(logs));
  }
  return read.fault() ? read.fault() : check_windows(backup, maintenance);
}

void add_constants(const Place& place, Value& shown) {
  std::string resource = place.world.make_word(26);
  std::ranges::transform(resource, resource.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  shown.set("DBInstanceStatus", "creating");
  shown.set("DbiResourceId", "db-" + resource);
  shown.set("DbInstancePort", 0);
  shown.set("BackupTarget", "region");
  shown.set("ActivityStreamStatus", "stopped");
  shown.set("CustomerOwnedIpEnabled", false);
  shown.set("IsStorageConfigUpgradeAvailable", false);
  shown.set("PendingModifiedValues", Object{});
  for (const std::string_view key :
       {"DBSecurityGroups[DBSecurityGroup]",
        "ReadReplicaDBInstanceIdentifiers[ReadReplicaDBInstanceIdentifier]",
        "DomainMemberships[DomainMembership]",
        "AssociatedRoles[DBInstanceRole]"}) {
    shown.set(key, List{});
  }
}

}  // namespace

Outcome create_instance(const Place& place, const Value& params) {
  Draft draft;
  using Check = Refusal (*)(const Place&, const Value&, Draft&);
  for (const Check check :
       {check_name, check_engine, check_credentials, check_storage, check_network, check_upkeep}) {
    if (Refusal fault = check(place, params, draft)) {
      return *fault;
    }
  }
  Reader read(params);
  const std::int64_t port = read.number("Port", 1150, 65535, draft.engine->port);
  if (read.fault()) {
    return *read.fault();
  }
  add_constants(place, draft.shown);
  // The address is drawn now but shown when the instance is available.
  const std::string address = place.world.make_word(12);
  Value& instance = place.store.instances[draft.id];
  instance = Value::object(
      {{"shown", std::move(draft.shown)},
       {"tags", std::move(draft.tags)},
       {"password", draft.password},
       {"port", port},
       {"address", address},
       {"vpc", draft.vpc},
       {"subnet_group", draft.subnet_group},
       {"subnets", texts_value(draft.subnets)}}
  );
  if (draft.is_managed) {
    keep_master_secret(place, instance, draft.password, read.text("MasterUserSecretKmsKeyId"));
  }
  attach_interfaces(place, instance, draft.subnets, draft.groups, "RDSNetworkInterface");
  schedule(place, instance, "created", kCreateTime);
  return Value::object({{"DBInstance", render_instance(place.store, instance)}});
}

Outcome describe_instances(const Place& place, const Value& params) {
  static const FilterFields fields = {
      {"db-cluster-id", "DBClusterIdentifier"},
      {"db-instance-id", "DBInstanceIdentifier"},
      {"dbi-resource-id", "DbiResourceId"},
      {"engine", "Engine"},
  };
  if (Refusal fault = check_filters(params, fields)) {
    return *fault;
  }
  const std::string wanted = name_in(params.text_of("DBInstanceIdentifier"));
  Rows rows;
  for (const auto& [id, instance] : place.store.instances) {
    Value shown = render_instance(place.store, instance);
    if ((wanted.empty() || wanted == id) && passes_filters(params, fields, shown)) {
      rows.emplace_back(id, std::move(shown));
    }
  }
  if (!wanted.empty() && rows.empty()) {
    return no_such_instance(wanted);
  }
  return page(params, "DBInstances[DBInstance]", rows);
}

Value render_instance(const Store& store, const Value& instance) {
  Value shown = instance.get("shown");
  const auto group = store.subnet_groups.find(instance.text_of("subnet_group"));
  if (group != store.subnet_groups.end()) {
    shown.set("DBSubnetGroup", render_subnet_group(group->second));
  }
  shown.set("TagList[Tag]", instance.get("tags"));
  return shown;
}

Fault no_such_instance(std::string_view id) {
  return not_found("DBInstanceNotFound", fmt::format("DBInstance {} not found.", id));
}

}  // namespace plumbline::sim::rds
