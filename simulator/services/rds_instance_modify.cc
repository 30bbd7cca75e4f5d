#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

// After a modification AWS goes on saying "available" for a while before it says "modifying".
constexpr Duration kUnnoticed = std::chrono::seconds(10);
constexpr Duration kModifyTime = std::chrono::seconds(45);

constexpr auto kCreateOnly = std::to_array<std::string_view>(
    {"MasterUsername",
     "DBName",
     "StorageEncrypted",
     "KmsKeyId",
     "AvailabilityZone",
     "Port",
     "CharacterSetName",
     "NcharCharacterSetName",
     "Timezone",
     "BackupTarget",
     "DBClusterIdentifier"}
);

/// A modification while it is checked.
struct Change {
  Value& instance;
  Value& shown;
  const EngineVersion* version = nullptr;
  Value now = Object{};      ///< In force at once.
  Value pending = Object{};  ///< At the end of the modification, or in the maintenance window.
  std::set<std::string> soon = {};  ///< Of `pending`: does not wait for the window.
  std::string password = {};
  std::vector<std::string> groups = {};
  bool is_anything_named = false;
  bool keeps_secret = false, drops_secret = false;
  std::string secret_key = {};
};

void put_if_new(Change& change, Value& into, std::string_view key, Value value) {
  change.is_anything_named = true;
  const Value* waiting = change.shown.find("PendingModifiedValues")->find(key);
  if (change.shown.get(key) != value || (waiting != nullptr && *waiting != value)) {
    into.set(key, std::move(value));
  }
}

Refusal read_flags(const Place&, Reader& read, Change& change) {
  const std::pair<std::string_view, std::string_view> at_once[] = {
      {"AutoMinorVersionUpgrade", "AutoMinorVersionUpgrade"},
      {"CopyTagsToSnapshot", "CopyTagsToSnapshot"},
      {"DeletionProtection", "DeletionProtection"},
      {"PubliclyAccessible", "PubliclyAccessible"},
      {"EnablePerformanceInsights", "PerformanceInsightsEnabled"},
      {"DedicatedLogVolume", "DedicatedLogVolume"},
  };
  for (const auto& [asked, shown] : at_once) {
    if (read.has(asked)) {
      put_if_new(change, change.now, shown, read.flag(asked, false));
    }
  }
  if (read.has("MultiAZ")) {
    put_if_new(change, change.pending, "MultiAZ", read.flag("MultiAZ", false));
  }
  if (read.has("EnableIAMDatabaseAuthentication")) {
    put_if_new(
        change,
        change.pending,
        "IAMDatabaseAuthenticationEnabled",
        read.flag("EnableIAMDatabaseAuthentication", false)
    );
    change.soon.insert("IAMDatabaseAuthenticationEnabled");
  }
  return read.fault();
}

Refusal read_upkeep(const Place&, Reader& read, Change& change) {
  const std::string backup =
      to_lower(read.text("PreferredBackupWindow", change.shown.text_of("PreferredBackupWindow")));
  const std::string maintenance = to_lower(
      read.text("PreferredMaintenanceWindow", change.shown.text_of("PreferredMaintenanceWindow"))
  );
  if (read.has("PreferredBackupWindow")) {
    put_if_new(change, change.now, "PreferredBackupWindow", backup);
  }
  if (read.has("PreferredMaintenanceWindow")) {
    put_if_new(change, change.now, "PreferredMaintenanceWindow", maintenance);
  }
  for (const std::string_view key :
       {"MonitoringRoleArn",
        "DatabaseInsightsMode",
        "PerformanceInsightsKMSKeyId",
        "NetworkType"}) {
    if (read.has(key)) {
      put_if_new(change, change.now, key, read.text(key));
    }
  }
  if (read.has("MonitoringInterval")) {
    put_if_new(
        change, change.now, "MonitoringInterval", read.number("MonitoringInterval", 0, 60, 0)
    );
  }
  if (read.has("PerformanceInsightsRetentionPeriod")) {
    put_if_new(
        change,
        change.now,
        "PerformanceInsightsRetentionPeriod",
        read.number("PerformanceInsightsRetentionPeriod", 7, 731, 7)
    );
  }
  if (read.has("BackupRetentionPeriod")) {
    put_if_new(
        change,
        change.pending,
        "BackupRetentionPeriod",
        read.number("BackupRetentionPeriod", 0, 35, 1)
    );
  }
  if (read.has("CACertificateIdentifier")) {
    put_if_new(
        change, change.pending, "CACertificateIdentifier", read.text("CACertificateIdentifier")
    );
  }
  return read.fault() ? read.fault() : check_windows(backup, maintenance);
}

Refusal read_storage(const Place&, Reader& read, Change& change) {
  const std::int64_t have = change.shown.get("AllocatedStorage").as_int();
  std::int64_t size = read.number("AllocatedStorage", 1, 65536, have);
  const std::int64_t limit = read.number("MaxAllocatedStorage", 1, 65536, 0);
  const std::string type = read.text("StorageType", change.shown.text_of("StorageType"));
  const std::int64_t iops = read.number("Iops", 0, 256000, 0);
  const std::int64_t throughput = read.number("StorageThroughput", 0, 4000, 0);
  if (read.fault()) {
    return read.fault();
  }
  if (size < have) {
    return refuse(
        "InvalidParameterCombination",
        fmt::format("Requested storage size {} is smaller than the current one, {}.", size, have)
    );
  }
  if (size > have) {
    // AWS rounds a smaller step up to ten percent.
    size = std::max(size, (have * 11 + 9) / 10);
  }
  if (read.has("AllocatedStorage")) {
    put_if_new(change, change.pending, "AllocatedStorage", size);
  }
  if (read.has("StorageType")) {
    put_if_new(change, change.pending, "StorageType", type);
  }
  if (iops != 0) {
    put_if_new(change, change.pending, "Iops", iops);
  }
  if (throughput != 0) {
    put_if_new(change, change.pending, "StorageThroughput", throughput);
  }
  if (limit == size) {
    // The documented way of switching storage autoscaling off.
    change.is_anything_named = true;
    change.shown.erase("MaxAllocatedStorage");
  } else if (limit != 0 && limit < size) {
    return refuse(
        "InvalidParameterCombination", "Max storage size must be greater than storage size"
    );
  } else if (limit != 0) {
    put_if_new(change, change.now, "MaxAllocatedStorage", limit);
  }
  const std::string& engine = change.shown.text_of("Engine");
  if (Refusal fault = check_storage_size(engine, type, size)) {
    return fault;
  }
  const auto said = [](std::int64_t value) {
    return value != 0 ? std::optional(value) : std::nullopt;
  };
  return check_storage_speed(engine, type, size, {said(iops), said(throughput)});
}

Refusal read_engine(const Place& place, Reader& read, Change& change) {
  const EngineVersion* target = change.version;
  if (read.has("EngineVersion")) {
    const std::string asked = read.text("EngineVersion");
    const bool is_same =
        change.version->version == asked || change.version->version.starts_with(asked + ".");
    target = is_same ? change.version : find_version(change.version->engine, asked);
    if (target == nullptr) {
      return refuse(
          "InvalidParameterCombination",
          fmt::format("Cannot find version {} for {}", asked, change.version->engine)
      );
    }
    if (target != change.version && !can_upgrade(*change.version, *target)) {
      return refuse(
          "InvalidParameterCombination",
          fmt::format("Cannot find upgrade path from {} to {}.", change.version->version, asked)
      );
    }
    if (target->major != change.version->major && !read.flag("AllowMajorVersionUpgrade", false)) {
      return refuse(
          "InvalidParameterCombination",
          "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
      );
    }
    put_if_new(change, change.pending, "EngineVersion", target->version);
  }
  if (read.has("DBInstanceClass")) {
    const std::string asked = read.text("DBInstanceClass");
    if (Refusal fault = check_class(asked, *target)) {
      return fault;
    }
    put_if_new(change, change.pending, "DBInstanceClass", asked);
  }
  if (read.has("OptionGroupName")) {
    change.is_anything_named = true;
    if (Refusal fault = check_option_group(read.text("OptionGroupName"), *target)) {
      return fault;
    }
  }
  if (!read.has("DBParameterGroupName")) {
    return std::nullopt;
  }
  const std::string group = to_lower(read.text("DBParameterGroupName"));
  const Value& have = change.shown.get("DBParameterGroups[DBParameterGroup]").as_list().front();
  change.is_anything_named = true;
  if (have.text_of("DBParameterGroupName") != group) {
    change.now.set(
        "DBParameterGroups[DBParameterGroup]",
        Value::list({Value::object(
            {{"DBParameterGroupName", group}, {"ParameterApplyStatus", "pending-reboot"}}
        )})
    );
  }
  return check_parameter_group(place.store, group, *target);
}

/// AWS moves an instance to a subnet group of another VPC only; that move is not simulated.
Refusal check_move(const Place& place, const Reader& read, const Change& change) {
  const std::string name = to_lower(read.text("DBSubnetGroupName"));
  if (name.empty() || name == change.instance.text_of("subnet_group")) {
    return std::nullopt;
  }
  const auto group = place.store.subnet_groups.find(name);
  if (group == place.store.subnet_groups.end()) {
    return not_found(
        "DBSubnetGroupNotFoundFault", fmt::format("DB subnet group '{}' not found.", name)
    );
  }
  const bool is_same =
      group->second.get("shown").text_of("VpcId") == change.instance.text_of("vpc");
  return refuse(
      "InvalidVPCNetworkStateFault",
      fmt::format(
          "You cannot move DB instance {} to subnet group {}. {}",
          change.shown.text_of("DBInstanceIdentifier"),
          name,
          is_same
              ? "The specified DB subnet group and DB instance are in the same VPC. Choose a DB "
                "subnet group in different VPC than the specified DB instance and try again."
              : "Moving between VPCs is not available in this region."
      )
  );
}

Refusal read_network(const Place& place, Reader& read, Change& change) {
  const std::vector<std::string> asked = read.texts("VpcSecurityGroupIds");
  if (!asked.empty()) {
    Groups groups = resolve_groups(place, asked, change.instance.text_of("vpc"));
    if (groups.fault) {
      return groups.fault;
    }
    std::set<std::string> have;
    for (const Value& each :
         change.shown.get("VpcSecurityGroups[VpcSecurityGroupMembership]").as_list()) {
      have.insert(each.text_of("VpcSecurityGroupId"));
    }
    change.is_anything_named = true;
    if (have != std::set<std::string>(groups.ids.begin(), groups.ids.end())) {
      change.groups = std::move(groups.ids);
    }
  }
  if (Refusal fault = check_move(place, read, change)) {
    return fault;
  }
  if (read.has("DBPortNumber")) {
    change.is_anything_named = true;
    const std::int64_t port = read.number("DBPortNumber", 1150, 65535, 0);
    if (Value(port) != change.instance.get("port")) {
      change.pending.set("Port", port);
      change.soon.insert("Port");
    }
  }
  return read.fault();
}

Refusal read_identity(const Place& place, Reader& read, Change& change) {
  if (read.has("MasterUserPassword")) {
    change.is_anything_named = true;
    change.password = read.text("MasterUserPassword");
    if (Refusal fault = check_password(change.version->engine, change.password)) {
      return fault;
    }
    change.pending.set("MasterUserPassword", "****");
    change.soon.insert("MasterUserPassword");
  }
  if (read.has("NewDBInstanceIdentifier")) {
    const std::string name = to_lower(read.text("NewDBInstanceIdentifier"));
    if (!is_identifier(name)) {
      return refuse("InvalidParameterValue", "Invalid NewDBInstanceIdentifier: " + name);
    }
    if (name != change.shown.text_of("DBInstanceIdentifier") &&
        place.store.instances.contains(name)) {
      return refuse("DBInstanceAlreadyExists", "DB instance already exists");
    }
    put_if_new(change, change.pending, "DBInstanceIdentifier", name);
  }
  return std::nullopt;
}

Refusal read_logs(const Place&, const Value& params, Change& change) {
  const Value& asked = params.get("CloudwatchLogsExportConfiguration");
  if (!asked.is_object()) {
    return std::nullopt;
  }
  std::vector<std::string> logs = texts_of(change.shown.get("EnabledCloudwatchLogsExports"));
  for (const std::string& name : texts_of(asked.get("EnableLogTypes"))) {
    if (!contains(logs, name)) {
      logs.push_back(name);
    }
  }
  const std::vector<std::string> unwanted = texts_of(asked.get("DisableLogTypes"));
  std::erase_if(logs, [&](const std::string& name) { return contains(unwanted, name); });
  put_if_new(change, change.now, "EnabledCloudwatchLogsExports", texts_value(logs));
  return std::nullopt;
}

/// Who keeps the master user's password: RDS in a secret of its own, or the caller.
Refusal read_master_secret(const Place& place, const Value& params, Change& change) {
  if (Refusal fault = check_master_secret(place, params, change.instance)) {
    return fault;
  }
  Reader read(params);
  const bool is_kept = !change.shown.get("MasterUserSecret").is_null();
  const bool is_wanted = read.flag("ManageMasterUserPassword", is_kept);
  const bool rotates = read.flag("RotateMasterUserPassword", false);
  change.is_anything_named =
      change.is_anything_named || rotates || read.has("ManageMasterUserPassword");
  change.drops_secret = is_kept && !is_wanted;
  change.keeps_secret = is_wanted && (!is_kept || rotates);
  change.secret_key = read.text("MasterUserSecretKmsKeyId");
  if (change.keeps_secret) {
    change.password = make_password(place);
    change.pending.set("MasterUserPassword", "****");
    change.soon.insert("MasterUserPassword");
  }
  return std::nullopt;
}

/// When the weekly window "ddd:hh:mm-ddd:hh:mm" opens next.
Timestamp next_window(const Place& place, const std::string& window) {
  constexpr std::array<std::string_view, 7> kDays = {
      "thu", "fri", "sat", "sun", "mon", "tue", "wed"};  // The epoch began on a Thursday.
  const auto* day = std::ranges::find(kDays, std::string_view(window).substr(0, 3));
  const auto digit = [&](std::size_t at) { return window[at] - '0'; };
  const std::chrono::hours week(24 * 7);
  const Duration offset = std::chrono::hours(24 * (day - kDays.begin())) +
                          std::chrono::hours(digit(4) * 10 + digit(5)) +
                          std::chrono::minutes(digit(7) * 10 + digit(8));
  const Duration now = place.world.now().time_since_epoch();
  const Duration week_start = now - now % Duration(week);
  const Duration opens = week_start + offset;
  return Timestamp(opens > now ? opens : opens + Duration(week));
}

/// Takes the change into the instance and plans its states.
void begin(const Place& place, Change& change, bool is_immediate) {
  if (change.keeps_secret) {
    keep_master_secret(place, change.instance, change.password, change.secret_key);
  } else if (change.drops_secret) {
    drop_master_secret(place, change.instance);
  }
  for (Member& member : change.now.as_object()) {
    change.shown.set(member.key, std::move(member.value));
  }
  Value& pending = *change.shown.find("PendingModifiedValues");
  for (Member& member : change.pending.as_object()) {
    pending.set(member.key, std::move(member.value));
  }
  if (!change.password.empty()) {
    change.instance.set("pending_password", change.password);
  }
  if (!change.groups.empty()) {
    change.shown.set(
        "VpcSecurityGroups[VpcSecurityGroupMembership]", membership_of(change.groups, "adding")
    );
    release_interfaces(place, change.instance, Duration(0));
    attach_interfaces(
        place,
        change.instance,
        texts_of(change.instance.get("subnets")),
        change.groups,
        "RDSNetworkInterface"
    );
  }
  std::vector<std::string> applying = texts_of(change.instance.get("applying"));
  for (const Member& member : pending.as_object()) {
    if ((is_immediate || change.soon.contains(member.key)) && !contains(applying, member.key)) {
      applying.push_back(member.key);
    }
  }
  const bool is_busy = !applying.empty() || change.now.size() > 0 || !change.groups.empty();
  if (is_busy && !is_scheduled(change.instance, "modified")) {
    schedule(place, change.instance, "modifying", kUnnoticed);
    schedule(place, change.instance, "modified", kModifyTime);
  }
  if (applying.size() < pending.size() && !is_scheduled(change.instance, "window")) {
    schedule_at(
        change.instance,
        "window",
        next_window(place, change.shown.text_of("PreferredMaintenanceWindow"))
    );
  }
  change.instance.set("applying", texts_value(applying));
}

}  // namespace

Outcome modify_instance(const Place& place, const Value& params) {
  Reader read(params);
  const std::string id = name_in(read.required("DBInstanceIdentifier"));
  const bool is_immediate = read.flag("ApplyImmediately", false);
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.instances.find(id);
  if (found == place.store.instances.end()) {
    return no_such_instance(id);
  }
  Value& shown = *found->second.find("shown");
  for (const std::string_view key : kCreateOnly) {
    if (read.has(key)) {
      return refuse("InvalidParameterCombination", fmt::format("{} cannot be modified.", key));
    }
  }
  if (read.has("Engine") && read.text("Engine") != shown.text_of("Engine")) {
    return refuse("InvalidParameterCombination", "Engine cannot be modified.");
  }
  if (shown.text_of("DBInstanceStatus") != "available") {
    return refuse("InvalidDBInstanceState", "Database instance is not in available state.");
  }
  // Work on a copy: a modification that is refused half-way must leave nothing behind.
  Value copy = found->second;
  Change change{copy, *copy.find("shown")};
  change.version = find_version(shown.text_of("Engine"), shown.text_of("EngineVersion"));
  using Read = Refusal (*)(const Place&, Reader&, Change&);
  for (const Read each :
       {read_flags, read_upkeep, read_storage, read_engine, read_network, read_identity}) {
    if (Refusal fault = each(place, read, change)) {
      return *fault;
    }
  }
  for (const auto each : {read_master_secret, read_logs}) {
    if (Refusal fault = each(place, params, change)) {
      return *fault;
    }
  }
  if (!change.is_anything_named && !is_immediate) {
    return refuse("InvalidParameterCombination", "No modifications were requested");
  }
  begin(place, change, is_immediate);
  found->second = std::move(copy);
  return Value::object({{"DBInstance", render_instance(place.store, found->second)}});
}

}  // namespace plumbline::sim::rds
