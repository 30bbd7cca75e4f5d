#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr auto kEngines = std::to_array<Engine>({
    {"aurora-mysql", "MYSQL", "general-public-license", "Aurora MySQL", 3306},
    {"aurora-postgresql", "POSTGRESQL", "postgresql-license", "Aurora PostgreSQL", 5432},
    {"mariadb", "MYSQL", "general-public-license", "MariaDB Community Edition", 3306},
    {"mysql", "MYSQL", "general-public-license", "MySQL Community Edition", 3306},
    {"postgres", "POSTGRESQL", "postgresql-license", "PostgreSQL", 5432},
});

// Oldest first within an engine: the order is the upgrade path.
constexpr auto kVersions = std::to_array<EngineVersion>({
    {"aurora-mysql", "8.0.mysql_aurora.3.04.3", "8.0"},
    {"aurora-mysql", "8.0.mysql_aurora.3.07.1", "8.0"},
    {"aurora-mysql", "8.0.mysql_aurora.3.08.0", "8.0", true, true},
    {"aurora-postgresql", "13.16", "13", true},
    {"aurora-postgresql", "14.13", "14", true},
    {"aurora-postgresql", "15.8", "15", true},
    {"aurora-postgresql", "16.3", "16"},
    {"aurora-postgresql", "16.4", "16", true, true},
    {"mariadb", "10.5.27", "10.5", true},
    {"mariadb", "10.6.20", "10.6", true},
    {"mariadb", "10.11.8", "10.11"},
    {"mariadb", "10.11.10", "10.11", true},
    {"mariadb", "11.4.3", "11.4"},
    {"mariadb", "11.4.4", "11.4", true, true},
    {"mysql", "5.7.44", "5.7", true},
    {"mysql", "8.0.32", "8.0"},
    {"mysql", "8.0.33", "8.0"},
    {"mysql", "8.0.34", "8.0"},
    {"mysql", "8.0.35", "8.0"},
    {"mysql", "8.0.36", "8.0"},
    {"mysql", "8.0.37", "8.0"},
    {"mysql", "8.0.39", "8.0", true, true},
    {"mysql", "8.0.40", "8.0"},
    {"mysql", "8.0.41", "8.0"},
    {"mysql", "8.0.42", "8.0"},
    {"mysql", "8.4.3", "8.4", true},
    {"mysql", "8.4.4", "8.4"},
    {"mysql", "8.4.5", "8.4"},
    {"postgres", "12.22", "12", true},
    {"postgres", "13.15", "13"},
    {"postgres", "13.18", "13", true},
    {"postgres", "14.12", "14"},
    {"postgres", "14.15", "14", true},
    {"postgres", "15.7", "15"},
    {"postgres", "15.10", "15", true},
    {"postgres", "16.1", "16"},
    {"postgres", "16.2", "16"},
    {"postgres", "16.3", "16"},
    {"postgres", "16.4", "16"},
    {"postgres", "16.6", "16", true},
    {"postgres", "17.2", "17", true, true},
    {"postgres", "17.4", "17"},
});

constexpr auto kFamilies =
    std::to_array<std::string_view>({"t3",   "t4g",   "m5",     "m5d",  "m6g", "m6gd", "m6i",
                                     "m6id", "m7g",   "m7i",    "m8g",  "r5",  "r5b",  "r5d",
                                     "r6g",  "r6gd",  "r6i",    "r6id", "r7g", "r7i",  "r8g",
                                     "x2g",  "x2idn", "x2iedn", "c6gd"});
constexpr auto kBurstableSizes =
    std::to_array<std::string_view>({"micro", "small", "medium", "large", "xlarge", "2xlarge"});
constexpr auto kSizes = std::to_array<std::string_view>(
    {"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"}
);

template <class Words>
bool holds(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

Value render_version(const Store& store, const EngineVersion& version) {
  const Engine& engine = *find_engine(version.engine);
  List targets;
  for (const EngineVersion& to : kVersions) {
    if (can_upgrade(version, to)) {
      targets.push_back(Value::object(
          {{"Engine", to.engine},
           {"EngineVersion", to.version},
           {"Description", fmt::format("{} {}", engine.description, to.version)},
           {"AutoUpgrade", false},
           {"IsMajorVersionUpgrade", to.major != version.major}}
      ));
    }
  }
  return Value::object(
      {{"Engine", version.engine},
       {"MajorEngineVersion", version.major},
       {"EngineVersion", version.version},
       {"DBParameterGroupFamily", family_of(version)},
       {"DBEngineDescription", engine.description},
       {"DBEngineVersionDescription", fmt::format("{} {}", engine.description, version.version)},
       {"DBEngineVersionArn",
        arn_of(store, "cev", fmt::format("{}/{}", version.engine, version.version))},
       {"ValidUpgradeTarget[UpgradeTarget]", std::move(targets)},
       {"ExportableLogTypes",
        engine.proxy_family == "MYSQL" ? Value::list({"audit", "error", "general", "slowquery"})
                                       : Value::list({"postgresql", "upgrade"})},
       {"SupportsLogExportsToCloudwatchLogs", true},
       {"SupportsReadReplica", true},
       {"SupportedFeatureNames", List{}},
       {"Status", "available"},
       {"SupportsParallelQuery", false},
       {"SupportsGlobalDatabases", false},
       {"SupportsBabelfish", false},
       {"SupportsCertificateRotationWithoutRestart", true},
       {"SupportedCACertificateIdentifiers",
        Value::list({"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"})}}
  );
}

bool is_version_like(const EngineVersion& version, std::string_view asked) {
  return asked.empty() || version.version == asked ||
         version.version.starts_with(std::string(asked) + ".");
}

Value render_option(
    const Store& store, const EngineVersion& version, std::string_view instance_class
) {
  List zones;
  for (const char letter : {'a', 'b', 'c'}) {
    zones.push_back(Value::object({{"Name", store.region + letter}}));
  }
  return Value::object(
      {{"Engine", version.engine},
       {"EngineVersion", version.version},
       {"DBInstanceClass", instance_class},
       {"LicenseModel", find_engine(version.engine)->license},
       {"AvailabilityZones[AvailabilityZone]", std::move(zones)},
       {"MultiAZCapable", true},
       {"ReadReplicaCapable", true},
       {"Vpc", true},
       {"SupportsStorageEncryption", true},
       {"StorageType", version.engine.starts_with("aurora") ? "aurora" : "gp3"},
       {"SupportsIops", true},
       {"SupportsStorageThroughput", true},
       {"SupportsEnhancedMonitoring", true},
       {"SupportsIAMDatabaseAuthentication", true},
       {"SupportsPerformanceInsights", true},
       {"MinStorageSize", 20},
       {"MaxStorageSize", 65536},
       {"SupportedEngineModes", Value::list({"provisioned"})},
       {"SupportsStorageAutoscaling", true},
       {"SupportsKerberosAuthentication", false},
       {"OutpostCapable", false},
       {"SupportsGlobalDatabases", false},
       {"SupportedNetworkTypes", Value::list({"IPV4"})},
       {"SupportsClusters", false},
       {"SupportsDedicatedLogVolume", false}}
  );
}

std::vector<std::string> all_classes() {
  std::vector<std::string> classes;
  for (const std::string_view family : kFamilies) {
    if (family.starts_with('t')) {
      for (const std::string_view size : kBurstableSizes) {
        classes.push_back(fmt::format("db.{}.{}", family, size));
      }
      continue;
    }
    for (const std::string_view size : kSizes) {
      classes.push_back(fmt::format("db.{}.{}", family, size));
    }
  }
  return classes;
}

Value render_option_group(const Store& store, const EngineVersion& version) {
  const std::string name = option_group_of(version);
  return Value::object(
      {{"OptionGroupName", name},
       {"OptionGroupDescription",
        fmt::format("Default option group for {} {}", version.engine, version.major)},
       {"EngineName", version.engine},
       {"MajorEngineVersion", version.major},
       {"Options[Option]", List{}},
       {"AllowsVpcAndNonVpcInstanceMemberships", true},
       {"OptionGroupArn", arn_of(store, "og", name)}}
  );
}

}  // namespace

const Engine* find_engine(std::string_view name) {
  const auto* found = std::ranges::find(kEngines, name, &Engine::name);
  return found == kEngines.end() ? nullptr : found;
}

const EngineVersion* find_version(std::string_view engine, std::string_view asked) {
  const EngineVersion* best = nullptr;
  for (const EngineVersion& version : kVersions) {
    if (version.engine != engine || !is_version_like(version, asked)) {
      continue;
    }
    if (version.version == asked) {
      return &version;
    }
    const bool is_chosen = asked.empty() ? version.is_default : version.is_default_of_major;
    // Without a default among the matches the newest is taken, which is the last.
    if (is_chosen || best == nullptr ||
        !(asked.empty() ? best->is_default : best->is_default_of_major)) {
      best = &version;
    }
  }
  return best;
}

bool can_upgrade(const EngineVersion& from, const EngineVersion& to) {
  const auto index = [](const EngineVersion& version) {
    return std::ranges::find_if(kVersions, [&](const EngineVersion& each) {
      return each.engine == version.engine && each.version == version.version;
    });
  };
  return from.engine == to.engine && index(from) < index(to);
}

std::string family_of(const EngineVersion& version) {
  return fmt::format("{}{}", version.engine, version.major);
}

std::string option_group_of(const EngineVersion& version) {
  std::string major(version.major);
  std::ranges::replace(major, '.', '-');
  return fmt::format("default:{}-{}", version.engine, major);
}

std::vector<std::string> all_families() {
  std::set<std::string> families;
  for (const EngineVersion& version : kVersions) {
    families.insert(family_of(version));
  }
  return {families.begin(), families.end()};
}

Refusal check_class(std::string_view instance_class, const EngineVersion& version) {
  const std::vector<std::string_view> parts = split(instance_class, '.');
  if (parts.size() != 3 || parts[0] != "db") {
    return refuse(
        "InvalidParameterValue", fmt::format("Invalid DB Instance class: {}", instance_class)
    );
  }
  const bool is_size =
      parts[1].starts_with('t') ? holds(kBurstableSizes, parts[2]) : holds(kSizes, parts[2]);
  if (!holds(kFamilies, parts[1]) || !is_size) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format(
            "RDS does not support creating a DB instance with the following combination: "
            "DBInstanceClass={}, Engine={}, EngineVersion={}, LicenseModel={}. For supported "
            "combinations of instance class and database engine version, see the documentation.",
            instance_class,
            version.engine,
            version.version,
            find_engine(version.engine)->license
        )
    );
  }
  return std::nullopt;
}

Outcome describe_engine_versions(const Place& place, const Value& params) {
  Reader read(params);
  const std::string engine = read.text("Engine");
  const std::string family = read.text("DBParameterGroupFamily");
  const std::string asked = read.text("EngineVersion");
  const bool is_default_only = read.flag("DefaultOnly", false);
  if (read.fault()) {
    return *read.fault();
  }
  if (!engine.empty() && find_engine(engine) == nullptr) {
    return refuse("InvalidParameterValue", "Unrecognized engine name: " + engine);
  }
  Rows rows;
  int number = 1000;
  for (const EngineVersion& version : kVersions) {
    const bool is_wanted = (engine.empty() || version.engine == engine) &&
                           is_version_like(version, asked) &&
                           (family.empty() || family == family_of(version));
    const bool is_default = asked.empty() ? version.is_default : version.is_default_of_major;
    if (is_wanted && (!is_default_only || is_default)) {
      // Numbers as keys keep the order of versions over pages.
      rows.emplace_back(std::to_string(++number), render_version(place.store, version));
    }
  }
  return page(params, "DBEngineVersions[DBEngineVersion]", rows);
}

Outcome describe_orderable_options(const Place& place, const Value& params) {
  Reader read(params);
  const std::string engine = read.required("Engine");
  const std::string asked = read.text("EngineVersion");
  const std::string instance_class = read.text("DBInstanceClass");
  if (read.fault()) {
    return *read.fault();
  }
  if (find_engine(engine) == nullptr) {
    return refuse("InvalidParameterValue", "Invalid DB engine: " + engine);
  }
  Rows rows;
  int number = 100000;
  for (const EngineVersion& version : kVersions) {
    if (version.engine != engine || !is_version_like(version, asked)) {
      continue;
    }
    for (const std::string& each : all_classes()) {
      if (instance_class.empty() || instance_class == each) {
        rows.emplace_back(std::to_string(++number), render_option(place.store, version, each));
      }
    }
  }
  return page(params, "OrderableDBInstanceOptions[OrderableDBInstanceOption]", rows);
}

Outcome describe_option_groups(const Place& place, const Value& params) {
  Reader read(params);
  const std::string wanted = to_lower(read.text("OptionGroupName"));
  const std::string engine = read.text("EngineName");
  const std::string major = read.text("MajorEngineVersion");
  std::map<std::string, Value> groups;
  for (const EngineVersion& version : kVersions) {
    const std::string name = option_group_of(version);
    if ((wanted.empty() || wanted == name) && (engine.empty() || engine == version.engine) &&
        (major.empty() || major == version.major)) {
      groups.emplace(name, render_option_group(place.store, version));
    }
  }
  if (!wanted.empty() && groups.empty()) {
    return not_found(
        "OptionGroupNotFoundFault", fmt::format("Specified OptionGroupName: {} not found.", wanted)
    );
  }
  return page(params, "OptionGroupsList[OptionGroup]", Rows(groups.begin(), groups.end()));
}

Outcome describe_clusters(const Place&, const Value& params) {
  const std::string& id = params.text_of("DBClusterIdentifier");
  if (!id.empty()) {
    return not_found("DBClusterNotFoundFault", fmt::format("DBCluster {} not found.", name_in(id)));
  }
  return page(params, "DBClusters[DBCluster]", {});
}

Outcome describe_global_clusters(const Place&, const Value& params) {
  const std::string& id = params.text_of("GlobalClusterIdentifier");
  if (!id.empty()) {
    return not_found(
        "GlobalClusterNotFoundFault", fmt::format("Global cluster {} not found", name_in(id))
    );
  }
  return page(params, "GlobalClusters[GlobalClusterMember]", {});
}

}  // namespace plumbline::sim::rds
