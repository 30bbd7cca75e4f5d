// EBS volumes, as far as instances bring them along.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_instance.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr Duration kModificationTime = std::chrono::minutes(1);
/// A volume can be modified once in so long.
constexpr Duration kModificationPause = std::chrono::hours(6);

struct VolumeType {
  std::string_view name;
  bool has_iops, has_throughput;
};
constexpr std::array kTypes = {
    VolumeType{"gp3", true, true},
    VolumeType{"gp2", false, false},
    VolumeType{"io1", true, false},
    VolumeType{"io2", true, false},
    VolumeType{"st1", false, false},
    VolumeType{"sc1", false, false},
    VolumeType{"standard", false, false},
};

std::optional<int> number(const Value& params, std::string_view name) {
  const std::string& text = params.text_of(name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = !text.empty() && error == std::errc();
  return is_number ? std::optional(value) : std::nullopt;
}

/// Sets type, operations and throughput, with EBS's defaults for what is not named.
std::optional<Fault> set_performance(Value& volume, const Value& params) {
  const std::string& wanted = params.text_of("VolumeType");
  const std::string before = volume.text_of("volumeType");
  const std::string type = wanted.empty() ? before : wanted;
  const auto* known = std::find_if(kTypes.begin(), kTypes.end(), [&](const VolumeType& each) {
    return each.name == type;
  });
  if (known == kTypes.end()) {
    return invalid_value(type, "volumeType", "");
  }
  const auto iops = number(params, "Iops");
  const auto throughput = number(params, "Throughput");
  if ((iops && !known->has_iops) || (throughput && !known->has_throughput)) {
    return Fault{
        400,
        "InvalidParameterCombination",
        fmt::format(
            "The parameter {} is not supported for {} volumes.", iops ? "iops" : "throughput", type
        )};
  }
  const bool is_provisioned = type == "io1" || type == "io2";
  if (is_provisioned && !iops && before != type) {
    return Fault{
        400,
        "MissingParameter",
        fmt::format("The parameter iops must be specified for {} volumes.", type)};
  }
  const auto size = static_cast<int>(volume.get("size").as_int());
  if (type == "gp2") {
    volume.set("iops", std::clamp(size * 3, 100, 16000));
  } else if (iops || (type == "gp3" && before != type)) {
    volume.set("iops", iops.value_or(3000));
  } else if (!known->has_iops) {
    volume.erase("iops");
  }
  if (!known->has_throughput) {
    volume.erase("throughput");
  } else if (throughput || before != type) {
    volume.set("throughput", throughput.value_or(125));
  }
  volume.set("volumeType", type);
  return std::nullopt;
}

std::optional<Fault> set_encryption(const Call& call, Value& volume, const Value& disk) {
  const std::string& key = disk.text_of("KmsKeyId");
  const bool is_encrypted = is_true(disk, "Encrypted");
  if (!key.empty() && !is_encrypted) {
    return Fault{
        400,
        "InvalidParameterDependency",
        "The parameter KmsKeyId requires the parameter Encrypted to be set."};
  }
  volume.set("encrypted", is_encrypted);
  if (is_encrypted) {
    const std::string prefix =
        fmt::format("arn:aws:kms:{}:{}:key/", call.place.region, call.place.account);
    // Every account has the key aws/ebs in every region; here it has always the same id.
    const std::string id = key.empty() ? "00000000-0000-4000-8000-0000000000eb" : key;
    volume.set("kmsKeyId", id.starts_with("arn:") ? id : prefix + id);
  }
  return std::nullopt;
}

std::variant<Value, Fault> plan_volume(
    Call& call, const Image& image, const std::string& zone, const Value& mapping
) {
  const std::string& device = mapping.text_of("DeviceName");
  const Value& disk = mapping.get("Ebs");
  const bool is_root = device == image.root_device;
  const auto size = number(disk, "VolumeSize");
  if (is_root && size && *size < image.root_size) {
    return Fault{
        400,
        "InvalidBlockDeviceMapping",
        fmt::format(
            "Volume of size {}GB is smaller than snapshot '{}', expect size >= {}GB",
            *size,
            image.snapshot_id,
            image.root_size
        )};
  }
  if (!is_root && !size) {
    return Fault{
        400, "MissingParameter", "The request must contain the parameter size or snapshotId"};
  }
  const std::string& keeps = disk.text_of("DeleteOnTermination");
  Value volume = Value::object(
      {{"size", size.value_or(image.root_size)},
       {"snapshotId", is_root ? image.snapshot_id : std::string()},
       {"availabilityZone", zone},
       {"status", "in-use"},
       {"volumeType", ""},
       {"multiAttachEnabled", false},
       {"createTime", format_iso8601(call.world.now())},
       {"$device", device},
       {"$deletes", keeps.empty() ? is_root : to_lower(keeps) == "true"}}
  );
  Value performance = disk.is_object() ? disk : Value(Object{});
  if (performance.text_of("VolumeType").empty()) {
    performance.set("VolumeType", is_root ? image.root_type : "gp2");
  }
  if (auto fault = set_performance(volume, performance)) {
    return std::move(*fault);
  }
  if (auto fault = set_encryption(call, volume, disk)) {
    return std::move(*fault);
  }
  return volume;
}

Value shown(const Value& volume) {
  Value copy = volume;
  for (const std::string_view note : {"$device", "$deletes", "$due", "$then", "$modification"}) {
    copy.erase(note);
  }
  return copy;
}

Outcome describe_volumes(Call& call) {
  static const Filters kFilters = {
      {"attachment.delete-on-termination", "attachmentSet.deleteOnTermination"},
      {"attachment.device", "attachmentSet.device"},
      {"attachment.instance-id", "attachmentSet.instanceId"},
      {"attachment.status", "attachmentSet.status"},
      {"availability-zone", "availabilityZone"},
      {"encrypted", "encrypted"},
      {"size", "size"},
      {"snapshot-id", "snapshotId"},
      {"status", "status"},
      {"volume-id", "volumeId"},
      {"volume-type", "volumeType"},
  };
  return describe(call, "volume", kFilters, shown);
}

Value show_modification(Call& call, const Value& volume) {
  Value modification = volume.get("$modification");
  const std::int64_t now = call.world.now().time_since_epoch().count();
  const bool is_done = modification.get("$done").as_int() <= now;
  modification.erase("$done");
  modification.erase("$next");
  modification.set("modificationState", is_done ? "completed" : "optimizing");
  modification.set("progress", is_done ? 100 : 0);
  return modification;
}

Outcome modify_volume(Call& call) {
  const Row found = find_named(call, "volume", "VolumeId");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& volume = *std::get<Value*>(found);
  const Timestamp now = call.world.now();
  if (const Value& last = volume.get("$modification");
      last.is_object() && last.get("$next").as_int() > now.time_since_epoch().count()) {
    return Fault{
        400,
        "VolumeModificationRateExceeded",
        "You've reached the maximum modification rate per volume limit. Wait at least 6 hours "
        "between modifications per EBS volume."};
  }
  Value changed = volume;
  const std::int64_t size = number(call.params, "Size").value_or(0);
  if (size != 0 && size < volume.get("size").as_int()) {
    return Fault{400, "InvalidParameterValue", "New size cannot be smaller than existing size"};
  }
  changed.set("size", size == 0 ? volume.get("size").as_int() : size);
  if (auto fault = set_performance(changed, call.params)) {
    return std::move(*fault);
  }
  const Timestamp done = now + call.world.scaled(kModificationTime);
  const Timestamp next = now + call.world.scaled(kModificationPause);
  Value modification = Value::object(
      {{"volumeId", volume.get("volumeId")},
       {"startTime", format_iso8601(now)},
       {"$done", done.time_since_epoch().count()},
       {"$next", next.time_since_epoch().count()}}
  );
  struct Names {
    std::string_view member, original, target;
  };
  static constexpr std::array kMembers = {
      Names{"size", "originalSize", "targetSize"},
      Names{"volumeType", "originalVolumeType", "targetVolumeType"},
      Names{"iops", "originalIops", "targetIops"},
      Names{"throughput", "originalThroughput", "targetThroughput"},
  };
  for (const Names& names : kMembers) {
    if (const Value* before = volume.find(names.member)) {
      modification.set(names.original, *before);
    }
    if (const Value* after = changed.find(names.member)) {
      modification.set(names.target, *after);
    }
  }
  changed.set("$modification", std::move(modification));
  volume = std::move(changed);
  return Value::object({{"volumeModification", show_modification(call, volume)}});
}

Outcome describe_modifications(Call& call) {
  static const Filters kFilters = {
      {"modification-state", "modificationState"}, {"volume-id", "volumeId"}};
  const List& ids = list_of(call.params, "VolumeId");
  std::vector<Value> rows;
  for (const auto& [id, volume] : call.place.table("volume")) {
    const bool is_asked_for =
        ids.empty() || std::find(ids.begin(), ids.end(), Value(id)) != ids.end();
    if (is_asked_for && volume.get("$modification").is_object()) {
      rows.push_back(show_modification(call, volume));
    }
  }
  if (rows.empty() && !ids.empty()) {
    return Fault{
        400,
        "InvalidVolumeModification.NotFound",
        fmt::format("Modification for volume '{}' does not exist.", ids.front().as_text())};
  }
  return describe_rows(call, "volumeModificationSet", rows, kFilters);
}

}  // namespace

std::variant<std::vector<Value>, Fault> plan_volumes(
    Call& call, const Image& image, const std::string& zone
) {
  List mappings = list_of(call.params, "BlockDeviceMapping");
  const bool names_root = std::any_of(mappings.begin(), mappings.end(), [&](const Value& each) {
    return each.text_of("DeviceName") == image.root_device;
  });
  if (!names_root) {
    mappings.insert(mappings.begin(), Value::object({{"DeviceName", image.root_device}}));
  }
  std::vector<Value> volumes;
  for (const Value& mapping : mappings) {
    auto volume = plan_volume(call, image, zone, mapping);
    if (const auto* fault = std::get_if<Fault>(&volume)) {
      return *fault;
    }
    volumes.push_back(std::get<Value>(std::move(volume)));
  }
  return volumes;
}

void attach_volumes(Call& call, std::vector<Value> volumes, const std::string& instance_id) {
  for (Value& volume : volumes) {
    const std::string id = call.world.make_id("vol");
    volume.set("volumeId", id);
    volume.set(
        "attachmentSet",
        Value::list({Value::object(
            {{"volumeId", id},
             {"instanceId", instance_id},
             {"device", volume.get("$device")},
             {"status", "attached"},
             {"attachTime", format_iso8601(call.world.now())},
             {"deleteOnTermination", volume.get("$deletes")}}
        )})
    );
    call.place.table("volume")[id] = std::move(volume);
  }
}

void release_volumes(Call& call, const std::string& instance_id, Duration real) {
  const Timestamp due = call.world.now() + call.world.scaled(real);
  for (auto& [id, volume] : call.place.table("volume")) {
    for (const Value& attachment : list_of(volume, "attachmentSet")) {
      if (attachment.text_of("instanceId") != instance_id) {
        continue;
      }
      if (attachment.get("deleteOnTermination") == Value(true)) {
        volume.set("$then", "");
        volume.set("$due", std::int64_t{due.time_since_epoch().count()});
      } else {
        volume.set("status", "available");
        volume.set("attachmentSet", List{});
        break;  // The list that is being walked is gone.
      }
    }
  }
}

void add_volume_actions(Actions& actions) {
  actions["DescribeVolumes"] = {describe_volumes, "VolumeId Filter MaxResults NextToken"};
  actions["ModifyVolume"] = {modify_volume, "VolumeId Size VolumeType Iops Throughput"};
  actions["DescribeVolumesModifications"] = {
      describe_modifications, "VolumeId Filter MaxResults NextToken"};
}

}  // namespace plumbline::sim::ec2
