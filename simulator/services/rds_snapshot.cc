#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

constexpr Duration kSnapshotTime = std::chrono::minutes(2);

const FilterFields& snapshot_filters() {
  static const FilterFields fields = {
      {"db-instance-id", "DBInstanceIdentifier"},
      {"db-snapshot-id", "DBSnapshotIdentifier"},
      {"dbi-resource-id", "DbiResourceId"},
      {"snapshot-type", "SnapshotType"},
      {"engine", "Engine"},
  };
  return fields;
}

Value render(const Value& snapshot) {
  Value shown = snapshot.get("shown");
  shown.set("TagList[Tag]", snapshot.get("tags"));
  return shown;
}

Fault no_such_snapshot(const std::string& name) {
  return not_found("DBSnapshotNotFound", fmt::format("DBSnapshot {} not found.", name));
}

}  // namespace

Refusal make_snapshot(
    const Place& place, const Value& instance, const std::string& name, Value tags
) {
  if (!is_identifier(name)) {
    return refuse(
        "InvalidParameterValue",
        fmt::format("The snapshot name {} is not a valid identifier.", name)
    );
  }
  if (place.store.snapshots.contains(name)) {
    return refuse(
        "DBSnapshotAlreadyExists",
        fmt::format(
            "Cannot create the snapshot because a snapshot with the identifier {} already exists.",
            name
        )
    );
  }
  const Value& from = instance.get("shown");
  Value shown = Value::object(
      {{"DBSnapshotIdentifier", name},
       {"SnapshotCreateTime", now_text(place)},
       {"OriginalSnapshotCreateTime", now_text(place)},
       {"Status", "creating"},
       {"Port", instance.get("port")},
       {"VpcId", instance.text_of("vpc")},
       {"SnapshotType", "manual"},
       {"PercentProgress", 0},
       {"Encrypted", from.get("StorageEncrypted")},
       {"DBSnapshotArn", arn_of(place.store, "snapshot", name)},
       {"SnapshotTarget", "region"},
       {"OptionGroupName",
        option_group_of(*find_version(from.text_of("Engine"), from.text_of("EngineVersion")))}}
  );
  for (const std::string_view key :
       {"DBInstanceIdentifier",
        "Engine",
        "AllocatedStorage",
        "AvailabilityZone",
        "InstanceCreateTime",
        "MasterUsername",
        "EngineVersion",
        "LicenseModel",
        "Iops",
        "StorageThroughput",
        "StorageType",
        "KmsKeyId",
        "IAMDatabaseAuthenticationEnabled",
        "DbiResourceId",
        "DedicatedLogVolume"}) {
    if (const Value* value = from.find(key)) {
      shown.set(key, *value);
    }
  }
  Value& snapshot = place.store.snapshots[name];
  snapshot = Value::object({{"shown", std::move(shown)}, {"tags", std::move(tags)}});
  schedule(place, snapshot, "available", kSnapshotTime);
  return std::nullopt;
}

Outcome create_snapshot(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBSnapshotIdentifier"));
  const std::string id = name_in(read.required("DBInstanceIdentifier"));
  Tags tags = read_tags(params);
  if (read.fault() || tags.fault) {
    return read.fault() ? *read.fault() : *tags.fault;
  }
  const auto found = place.store.instances.find(id);
  if (found == place.store.instances.end()) {
    return no_such_instance(id);
  }
  const Value& instance = found->second;
  if (instance.get("shown").text_of("DBInstanceStatus") != "available") {
    return refuse(
        "InvalidDBInstanceState",
        fmt::format(
            "Cannot create a snapshot because the database instance {} is not currently in the "
            "available state.",
            id
        )
    );
  }
  if (tags.list.size() == 0 && instance.get("shown").get("CopyTagsToSnapshot") == Value(true)) {
    tags.list = instance.get("tags");
  }
  if (Refusal fault = make_snapshot(place, instance, name, std::move(tags.list))) {
    return *fault;
  }
  return Value::object({{"DBSnapshot", render(place.store.snapshots[name])}});
}

Outcome describe_snapshots(const Place& place, const Value& params) {
  if (Refusal fault = check_filters(params, snapshot_filters())) {
    return *fault;
  }
  const std::string wanted = name_in(params.text_of("DBSnapshotIdentifier"));
  const std::string instance = name_in(params.text_of("DBInstanceIdentifier"));
  const std::string& type = params.text_of("SnapshotType");
  Rows rows;
  for (const auto& [name, snapshot] : place.store.snapshots) {
    Value shown = render(snapshot);
    const bool is_wanted =
        (wanted.empty() || wanted == name) &&
        (instance.empty() || instance == shown.text_of("DBInstanceIdentifier")) &&
        (type.empty() || type == shown.text_of("SnapshotType"));
    if (is_wanted && passes_filters(params, snapshot_filters(), shown)) {
      rows.emplace_back(name, std::move(shown));
    }
  }
  if (!wanted.empty() && rows.empty()) {
    return no_such_snapshot(wanted);
  }
  return page(params, "DBSnapshots[DBSnapshot]", rows);
}

Outcome delete_snapshot(const Place& place, const Value& params) {
  Reader read(params);
  const std::string name = to_lower(read.required("DBSnapshotIdentifier"));
  if (read.fault()) {
    return *read.fault();
  }
  const auto found = place.store.snapshots.find(name);
  if (found == place.store.snapshots.end()) {
    return no_such_snapshot(name);
  }
  Value shown = render(found->second);
  if (shown.text_of("Status") != "available") {
    return refuse(
        "InvalidDBSnapshotState",
        fmt::format("Cannot delete the snapshot {} because it is not in the available state.", name)
    );
  }
  shown.set("Status", "deleted");
  place.store.snapshots.erase(found);
  return Value::object({{"DBSnapshot", std::move(shown)}});
}

void advance_snapshots(const Place& place) {
  for (auto& [name, snapshot] : place.store.snapshots) {
    if (!take_due(place, snapshot).empty()) {
      Value& shown = *snapshot.find("shown");
      shown.set("Status", "available");
      shown.set("PercentProgress", 100);
    }
  }
}

}  // namespace plumbline::sim::rds
