// The later life of an instance: states that come due, reboot and deletion.
#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kModifyTime = std::chrono::seconds(45);
constexpr Duration kRebootTime = std::chrono::seconds(60);
constexpr Duration kDeleteTime = std::chrono::minutes(3);

void show_endpoint(const Place& place, Value& instance) {
  Value& shown = *instance.find("shown");
  shown.set(
      "Endpoint",
      Value::object(
          {{"Address",
            shown.text_of("DBInstanceIdentifier") + "." + instance.text_of("address") +
                domain_of(place.store)},
           {"Port", instance.get("port")},
           {"HostedZoneId", "Z2R2ITUGPM61AM"}}
      )
  );
}

/// The secret is there at once, and in use when the instance is.
void settle_master_secret(Value& shown) {
  if (Value* secret = shown.find("MasterUserSecret"); secret != nullptr) {
    secret->set("SecretStatus", "active");
  }
}

void finish_creation(const Place& place, Value& instance) {
  Value& shown = *instance.find("shown");
  shown.set("DBInstanceStatus", "available");
  shown.set("InstanceCreateTime", now_text(place));
  if (shown.get("BackupRetentionPeriod") != Value(0)) {
    shown.set("LatestRestorableTime", now_text(place));
  }
  show_endpoint(place, instance);
  settle_master_secret(shown);
}

/// A default group goes with the major version.
void follow_major(Value& shown, const std::string& old_version) {
  const EngineVersion* old_one = find_version(shown.text_of("Engine"), old_version);
  const EngineVersion* new_one =
      find_version(shown.text_of("Engine"), shown.text_of("EngineVersion"));
  if (old_one->major == new_one->major) {
    return;
  }
  Value& group = shown.find("DBParameterGroups[DBParameterGroup]")->as_list().front();
  if (group.text_of("DBParameterGroupName") == "default." + family_of(*old_one)) {
    group.set("DBParameterGroupName", "default." + family_of(*new_one));
  }
  Value& options = shown.find("OptionGroupMemberships[OptionGroupMembership]")->as_list().front();
  if (options.text_of("OptionGroupName") == option_group_of(*old_one)) {
    options.set("OptionGroupName", option_group_of(*new_one));
  }
}

void follow_multi_az(const Place& place, Value& instance, bool is_multi) {
  Value& shown = *instance.find("shown");
  const auto group = place.store.subnet_groups.find(instance.text_of("subnet_group"));
  if (group == place.store.subnet_groups.end()) {
    return;
  }
  std::vector<std::string> subnets =
      choose_subnets(group->second, shown.text_of("AvailabilityZone"), false);
  shown.erase("SecondaryAvailabilityZone");
  for (const Value& subnet : group->second.get("shown").get("Subnets[Subnet]").as_list()) {
    const std::string& zone = subnet.get("SubnetAvailabilityZone").text_of("Name");
    if (is_multi && subnets.size() == 1 && zone != shown.text_of("AvailabilityZone")) {
      subnets.push_back(subnet.text_of("SubnetIdentifier"));
      shown.set("SecondaryAvailabilityZone", zone);
    }
  }
  std::vector<std::string> groups;
  for (const Value& each : shown.get("VpcSecurityGroups[VpcSecurityGroupMembership]").as_list()) {
    groups.push_back(each.text_of("VpcSecurityGroupId"));
  }
  instance.set("subnets", texts_value(subnets));
  release_interfaces(place, instance, Duration(0));
  attach_interfaces(place, instance, subnets, groups, "RDSNetworkInterface");
}

void apply_pending(
    const Place& place, Value& instance, const std::string& key, const Value& value
) {
  Value& shown = *instance.find("shown");
  if (key == "MasterUserPassword") {
    instance.set("password", instance.text_of("pending_password"));
    instance.erase("pending_password");
  } else if (key == "Port") {
    instance.set("port", value);
  } else if (key == "DBInstanceIdentifier" && place.store.instances.contains(value.as_text())) {
    return;  // The name was taken while the change waited for its window.
  } else {
    const std::string old_version = shown.text_of("EngineVersion");
    shown.set(key, value);
    if (key == "EngineVersion") {
      follow_major(shown, old_version);
    } else if (key == "MultiAZ") {
      follow_multi_az(place, instance, value.as_bool());
    } else if (key == "DBInstanceIdentifier") {
      shown.set("DBInstanceArn", arn_of(place.store, "db", value.as_text()));
    } else if (key == "CACertificateIdentifier") {
      shown.find("CertificateDetails")->set("CAIdentifier", value);
    }
  }
}

void finish_modification(const Place& place, Value& instance) {
  const std::vector<std::string> applying = texts_of(instance.get("applying"));
  instance.erase("applying");
  for (const std::string& key : applying) {
    const Value value = instance.get("shown").get("PendingModifiedValues").get(key);
    instance.find("shown")->find("PendingModifiedValues")->erase(key);
    if (!value.is_null()) {
      apply_pending(place, instance, key, value);
    }
  }
  Value& shown = *instance.find("shown");
  for (Value& group : shown.find("VpcSecurityGroups[VpcSecurityGroupMembership]")->as_list()) {
    group.set("Status", "active");
  }
  shown.set("DBInstanceStatus", "available");
  show_endpoint(place, instance);
  settle_master_secret(shown);
}

void open_window(const Place& place, Value& instance) {
  std::vector<std::string> all;
  for (const Member& member : instance.get("shown").get("PendingModifiedValues").as_object()) {
    all.push_back(member.key);
  }
  if (all.empty()) {
    return;
  }
  instance.set("applying", texts_value(all));
  instance.find("shown")->set("DBInstanceStatus", "modifying");
  schedule(place, instance, "modified", kModifyTime);
}

void take_step(const Place& place, Value& instance, const std::string& step) {
  Value& shown = *instance.find("shown");
  if (step == "created") {
    finish_creation(place, instance);
  } else if (step == "modifying") {
    shown.set("DBInstanceStatus", "modifying");
  } else if (step == "modified") {
    finish_modification(place, instance);
  } else if (step == "window") {
    open_window(place, instance);
  } else if (step == "rebooted") {
    shown.set("DBInstanceStatus", "available");
    for (Value& group : shown.find("DBParameterGroups[DBParameterGroup]")->as_list()) {
      group.set("ParameterApplyStatus", "in-sync");
    }
  }
}

}  // namespace

void advance_instances(const Place& place) {
  std::vector<std::string> gone, renamed;
  for (auto& [id, instance] : place.store.instances) {
    for (const std::string& step : take_due(place, instance)) {
      if (step == "gone") {
        gone.push_back(id);
      } else {
        take_step(place, instance, step);
      }
    }
    if (instance.get("shown").text_of("DBInstanceIdentifier") != id) {
      renamed.push_back(id);
    }
  }
  for (const std::string& id : gone) {
    drop_master_secret(place, place.store.instances[id]);
    release_interfaces(place, place.store.instances[id], kLinger);
    place.store.instances.erase(id);
  }
  for (const std::string& id : renamed) {
    auto node = place.store.instances.extract(id);
    if (!node.empty()) {
      node.key() = node.mapped().get("shown").text_of("DBInstanceIdentifier");
      place.store.instances.insert(std::move(node));
    }
  }
}

Outcome reboot_instance(const Place& place, const Value& params) {
  Reader read(params);
  const std::string id = name_in(read.required("DBInstanceIdentifier"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.instances.find(id);
  if (found == place.store.instances.end()) {
    return no_such_instance(id);
  }
  Value& shown = *found->second.find("shown");
  if (shown.text_of("DBInstanceStatus") != "available") {
    return refuse("InvalidDBInstanceState", "Database instance is not in available state.");
  }
  shown.set("DBInstanceStatus", "rebooting");
  schedule(place, found->second, "rebooted", kRebootTime);
  return Value::object({{"DBInstance", render_instance(place.store, found->second)}});
}

Outcome delete_instance(const Place& place, const Value& params) {
  Reader read(params);
  const std::string id = name_in(read.required("DBInstanceIdentifier"));
  const bool is_skipping = read.flag("SkipFinalSnapshot", false);
  const std::string snapshot = to_lower(read.text("FinalDBSnapshotIdentifier"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.instances.find(id);
  if (found == place.store.instances.end()) {
    return no_such_instance(id);
  }
  Value& instance = found->second;
  Value& shown = *instance.find("shown");
  const std::string status = shown.text_of("DBInstanceStatus");
  if (status == "deleting") {
    return refuse(
        "InvalidDBInstanceState", fmt::format("Instance {} is already being deleted.", id)
    );
  }
  if (shown.get("DeletionProtection") == Value(true)) {
    return refuse(
        "InvalidParameterCombination",
        "Cannot delete protected DB Instance, please disable deletion protection and try again."
    );
  }
  if (is_skipping && !snapshot.empty()) {
    return refuse(
        "InvalidParameterCombination",
        "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is enabled."
    );
  }
  if (!is_skipping && snapshot.empty()) {
    return refuse(
        "InvalidParameterCombination",
        "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
    );
  }
  if (!snapshot.empty()) {
    if (status != "available") {
      return refuse(
          "InvalidDBInstanceState",
          fmt::format(
              "Cannot create a snapshot because the database instance {} is not currently in the "
              "available state.",
              id
          )
      );
    }
    const bool copies = shown.get("CopyTagsToSnapshot") == Value(true);
    Value tags = copies ? instance.get("tags") : Value(List{});
    if (Refusal fault = make_snapshot(place, instance, snapshot, std::move(tags))) {
      return *fault;
    }
  }
  shown.set("DBInstanceStatus", "deleting");
  instance.set("due", List{});
  schedule(place, instance, "gone", kDeleteTime);
  return Value::object({{"DBInstance", render_instance(place.store, instance)}});
}

}  // namespace plumbline::sim::rds
