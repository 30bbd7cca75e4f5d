// Instances in sight and in motion: describe, start, stop, reboot, terminate, monitoring.
#include "simulator/services/ec2_instance.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr Duration kStartTime = std::chrono::seconds(15);
constexpr Duration kStopTime = std::chrono::seconds(30);
constexpr Duration kTerminationTime = std::chrono::seconds(40);
/// How long a terminated instance stays in sight.
constexpr Duration kCorpseTime = std::chrono::hours(1);
/// Clients look for its end in their own time, however fast the world's runs.
constexpr Duration kShortestCorpseTime = std::chrono::minutes(2);

struct StateCode {
  std::string_view name;
  int code;
};
constexpr std::array kStateCodes = {
    StateCode{"pending", 0},
    StateCode{"running", 16},
    StateCode{"shutting-down", 32},
    StateCode{"terminated", 48},
    StateCode{"stopping", 64},
    StateCode{"stopped", 80},
};

Value show_state(const std::string& state) {
  int code = 0;
  for (const StateCode& each : kStateCodes) {
    code = each.name == state ? each.code : code;
  }
  return Value::object({{"code", code}, {"name", state}});
}

Value show_interface(const Value& eni, const Value& row) {
  Value shown = eni;
  const Value& attachment = eni.get("attachment");
  Value brief = Value::object({});
  for (const std::string_view name :
       {"attachmentId", "deviceIndex", "status", "attachTime", "deleteOnTermination"}) {
    brief.set(name, attachment.get(name));
  }
  shown.set("attachment", std::move(brief));
  shown.set("sourceDestCheck", row.get("sourceDestCheck"));
  for (const std::string_view hidden :
       {"tagSet", "requesterManaged", "availabilityZone", "$due", "$then"}) {
    shown.erase(hidden);
  }
  if (const std::string& address = row.text_of("ipAddress"); !address.empty()) {
    shown.set(
        "association",
        Value::object(
            {{"publicIp", address}, {"publicDnsName", row.get("dnsName")}, {"ipOwnerId", "amazon"}}
        )
    );
  }
  return shown;
}

Value show_profile(Place& place, const std::string& instance_id) {
  for (const auto& [id, association] : place.table("iam-instance-profile-association")) {
    const std::string& state = association.text_of("state");
    if (association.text_of("instanceId") == instance_id &&
        (state == "associating" || state == "associated")) {
      return association.get("iamInstanceProfile");
    }
  }
  return {};
}

Value show_volumes(Place& place, const std::string& instance_id) {
  List mappings;
  for (const auto& [id, volume] : place.table("volume")) {
    for (const Value& attachment : list_of(volume, "attachmentSet")) {
      if (attachment.text_of("instanceId") == instance_id) {
        Value disk = Value::object({{"volumeId", id}});
        for (const std::string_view name : {"status", "attachTime", "deleteOnTermination"}) {
          disk.set(name, attachment.get(name));
        }
        mappings.push_back(
            Value::object({{"deviceName", attachment.get("device")}, {"ebs", std::move(disk)}})
        );
      }
    }
  }
  return mappings;
}

const Filters& instance_filters() {
  static const Filters kFilters = {
      {"architecture", "architecture"},
      {"availability-zone", "placement.availabilityZone"},
      {"block-device-mapping.device-name", "blockDeviceMapping.deviceName"},
      {"block-device-mapping.volume-id", "blockDeviceMapping.ebs.volumeId"},
      {"client-token", "clientToken"},
      {"dns-name", "dnsName"},
      {"iam-instance-profile.arn", "iamInstanceProfile.arn"},
      {"iam-instance-profile.id", "iamInstanceProfile.id"},
      {"image-id", "imageId"},
      {"instance-id", "instanceId"},
      {"instance-state-code", "instanceState.code"},
      {"instance-state-name", "instanceState.name"},
      {"instance-type", "instanceType"},
      {"instance.group-id", "groupSet.groupId"},
      {"instance.group-name", "groupSet.groupName"},
      {"ip-address", "ipAddress"},
      {"key-name", "keyName"},
      {"metadata-options.http-endpoint", "metadataOptions.httpEndpoint"},
      {"metadata-options.http-tokens", "metadataOptions.httpTokens"},
      {"monitoring-state", "monitoring.state"},
      {"network-interface.network-interface-id", "networkInterfaceSet.networkInterfaceId"},
      {"network-interface.subnet-id", "networkInterfaceSet.subnetId"},
      {"placement-group-name", "placement.groupName"},
      {"private-dns-name", "privateDnsName"},
      {"private-ip-address", "privateIpAddress"},
      {"root-device-name", "rootDeviceName"},
      {"root-device-type", "rootDeviceType"},
      {"source-dest-check", "sourceDestCheck"},
      {"subnet-id", "subnetId"},
      {"tenancy", "placement.tenancy"},
      {"virtualization-type", "virtualizationType"},
      {"vpc-id", "vpcId"},
  };
  return kFilters;
}

/// A reservation for each instance.
Outcome describe_instances(Call& call) {
  Outcome outcome = describe(call, "instance", instance_filters(), [&call](const Value& row) {
    return show_instance(call.place, row);
  });
  auto* reply = std::get_if<Value>(&outcome);
  if (reply == nullptr) {
    return outcome;
  }
  List reservations;
  for (const Value& instance : list_of(*reply, "instancesSet")) {
    const Value* row = call.place.find("instance", instance.text_of("instanceId"));
    reservations.push_back(Value::object(
        {{"reservationId", row->get("$reservation")},
         {"ownerId", call.place.account},
         {"groupSet", List{}},
         {"instancesSet", Value::list({instance})}}
    ));
  }
  reply->erase("instancesSet");
  reply->set("reservationSet", std::move(reservations));
  return outcome;
}

Outcome describe_status(Call& call) {
  static const Filters kFilters = {
      {"availability-zone", "availabilityZone"},
      {"instance-state-code", "instanceState.code"},
      {"instance-state-name", "instanceState.name"},
      {"instance-status.status", "instanceStatus.status"},
      {"system-status.status", "systemStatus.status"},
  };
  for (const Value& id : list_of(call.params, "InstanceId")) {
    const Row row = find_row(call, "instance", id.as_text());
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
  }
  const List& ids = list_of(call.params, "InstanceId");
  std::vector<Value> rows;
  for (const auto& [id, row] : call.place.table("instance")) {
    const bool is_running = is_state(row, {"running"});
    const bool is_asked_for =
        ids.empty() || std::find(ids.begin(), ids.end(), Value(id)) != ids.end();
    if (is_asked_for && (is_running || is_true(call.params, "IncludeAllInstances"))) {
      const Value status =
          Value::object({{"status", is_running ? "ok" : "not-applicable"}, {"details", List{}}});
      rows.push_back(Value::object(
          {{"instanceId", id},
           {"availabilityZone", row.get("placement").get("availabilityZone")},
           {"instanceState", show_state(row.text_of("state"))},
           {"systemStatus", status},
           {"instanceStatus", status}}
      ));
    }
  }
  return describe_rows(call, "instanceStatusSet", rows, kFilters);
}

/// The rows that InstanceId.N names.
std::variant<std::vector<Value*>, Fault> named_instances(Call& call) {
  const List& ids = list_of(call.params, "InstanceId");
  if (ids.empty()) {
    return missing_parameter("InstanceId");
  }
  std::vector<Value*> rows;
  for (const Value& id : ids) {
    const Row row = find_row(call, "instance", id.as_text());
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
    rows.push_back(std::get<Value*>(row));
  }
  return rows;
}

Fault not_permitted(const Value& row, std::string_view what, std::string_view attribute) {
  return {
      400,
      "OperationNotPermitted",
      fmt::format(
          "The instance '{}' may not be {}. Modify its '{}' instance attribute and try again.",
          row.text_of("instanceId"),
          what,
          attribute
      )};
}

void give_reason(Call& call, Value& row, std::string_view code, std::string_view message) {
  row.set("reason", fmt::format("User initiated ({})", format_iso8601(call.world.now())));
  row.set("stateReason", Value::object({{"code", code}, {"message", message}}));
}

void start(Call& call, Value& row) {
  if (!is_state(row, {"stopped"})) {
    return;
  }
  row.set("reason", "");
  row.erase("stateReason");
  row.set("launchTime", format_iso8601(call.world.now()));
  if (row.get("$keepsPublicIp") == Value(true)) {
    give_public_address(call, row);
  }
  move_on(call, row, "pending", "running", kStartTime);
}

void stop(Call& call, Value& row) {
  if (!is_state(row, {"pending", "running"})) {
    return;
  }
  give_reason(
      call,
      row,
      "Client.UserInitiatedShutdown",
      "Client.UserInitiatedShutdown: User initiated shutdown"
  );
  row.erase("ipAddress");
  row.set("dnsName", "");
  move_on(call, row, "stopping", "stopped", kStopTime);
}

void terminate(Call& call, Value& row) {
  if (is_state(row, {"shutting-down", "terminated"})) {
    return;
  }
  give_reason(
      call,
      row,
      "Client.UserInitiatedShutdown",
      "Client.UserInitiatedShutdown: User initiated shutdown"
  );
  row.erase("ipAddress");
  row.set("dnsName", "");
  move_on(call, row, "shutting-down", "terminated", kTerminationTime);
  const Timestamp gone =
      call.world.now() +
      std::max(call.world.scaled(kTerminationTime + kCorpseTime), kShortestCorpseTime);
  row.set("$after", Value::object({{"then", ""}, {"due", gone.time_since_epoch().count()}}));
  const std::string id = row.text_of("instanceId");
  if (Value* eni = call.place.find("network-interface", row.text_of("$interface"))) {
    eni->set("$then", "");
    eni->set("$due", row.get("$due"));
  }
  release_volumes(call, id, kTerminationTime);
  std::erase_if(call.place.table("iam-instance-profile-association"), [&](const auto& each) {
    return each.second.text_of("instanceId") == id;
  });
}

/// Checks all before it changes any, as EC2 does, and tells from which state to which each went.
template <class Check, class Change>
Outcome change_states(Call& call, Check check, Change change) {
  const auto rows = named_instances(call);
  if (const auto* fault = std::get_if<Fault>(&rows)) {
    return *fault;
  }
  for (const Value* row : std::get<std::vector<Value*>>(rows)) {
    if (std::optional<Fault> fault = check(*row)) {
      return std::move(*fault);
    }
  }
  List changes;
  for (Value* row : std::get<std::vector<Value*>>(rows)) {
    const Value before = show_state(row->text_of("state"));
    change(call, *row);
    changes.push_back(Value::object(
        {{"instanceId", row->get("instanceId")},
         {"currentState", show_state(row->text_of("state"))},
         {"previousState", before}}
    ));
  }
  return Value::object({{"instancesSet", std::move(changes)}});
}

Outcome start_instances(Call& call) {
  const auto check = [](const Value& row) -> std::optional<Fault> {
    if (is_state(row, {"stopped", "running", "pending"})) {
      return std::nullopt;
    }
    return incorrect_state(fmt::format(
        "The instance '{}' is not in a state from which it can be started.",
        row.text_of("instanceId")
    ));
  };
  return change_states(call, check, start);
}

Outcome stop_instances(Call& call) {
  const auto check = [](const Value& row) -> std::optional<Fault> {
    if (row.get("$disableApiStop") == Value(true)) {
      return not_permitted(row, "stopped", "disableApiStop");
    }
    if (is_state(row, {"running", "stopping", "stopped"})) {
      return std::nullopt;
    }
    return incorrect_state(fmt::format(
        "The instance '{}' is not in a state from which it can be stopped.",
        row.text_of("instanceId")
    ));
  };
  return change_states(call, check, stop);
}

Outcome terminate_instances(Call& call) {
  const auto check = [](const Value& row) -> std::optional<Fault> {
    if (row.get("$disableApiTermination") == Value(true)) {
      return not_permitted(row, "terminated", "disableApiTermination");
    }
    return std::nullopt;
  };
  return change_states(call, check, terminate);
}

Outcome reboot_instances(Call& call) {
  const auto rows = named_instances(call);
  if (const auto* fault = std::get_if<Fault>(&rows)) {
    return *fault;
  }
  for (const Value* row : std::get<std::vector<Value*>>(rows)) {
    if (!is_state(*row, {"running"})) {
      return incorrect_state(fmt::format(
          "The instance '{}' is not in a state from which it can be rebooted.",
          row->text_of("instanceId")
      ));
    }
  }
  return Value::object({{"return", true}});
}

Outcome set_monitoring(Call& call) {
  const auto rows = named_instances(call);
  if (const auto* fault = std::get_if<Fault>(&rows)) {
    return *fault;
  }
  const bool is_on = call.action == "MonitorInstances";
  List shown;
  for (Value* row : std::get<std::vector<Value*>>(rows)) {
    const bool was_on = row->get("monitoring").text_of("state") == "enabled";
    row->set("monitoring", Value::object({{"state", is_on ? "enabled" : "disabled"}}));
    const std::string_view moving = is_on ? "pending" : "disabling";
    const std::string_view now = is_on ? "enabled" : "disabled";
    shown.push_back(Value::object(
        {{"instanceId", row->get("instanceId")},
         {"monitoring", Value::object({{"state", was_on == is_on ? now : moving}})}}
    ));
  }
  return Value::object({{"instancesSet", std::move(shown)}});
}

}  // namespace

bool is_state(const Value& instance, std::initializer_list<std::string_view> states) {
  return std::find(states.begin(), states.end(), instance.text_of("state")) != states.end();
}

Fault incorrect_state(std::string message) {
  return {400, "IncorrectInstanceState", std::move(message)};
}

Row find_live_instance(Call& call) {
  const Row row = find_named(call, "instance", "InstanceId");
  if (const auto* found = std::get_if<Value*>(&row);
      found != nullptr && is_state(**found, {"terminated"})) {
    return incorrect_state(fmt::format(
        "The instance '{}' is not in a valid state for this operation.",
        (*found)->text_of("instanceId")
    ));
  }
  return row;
}

Value show_instance(Place& place, const Value& row) {
  Value shown = row;
  const std::string& id = row.text_of("instanceId");
  shown.set("instanceState", show_state(row.text_of("state")));
  shown.erase("state");
  if (is_state(row, {"terminated"})) {
    for (const std::string_view gone : {"subnetId", "vpcId", "privateIpAddress"}) {
      shown.erase(gone);
    }
  }
  List interfaces;
  Value groups{List{}};
  if (const Value* eni = place.find("network-interface", row.text_of("$interface"))) {
    interfaces.push_back(show_interface(*eni, row));
    groups = eni->get("groupSet");
  }
  shown.set("networkInterfaceSet", std::move(interfaces));
  shown.set("groupSet", std::move(groups));
  shown.set("blockDeviceMapping", show_volumes(place, id));
  if (Value profile = show_profile(place, id); !profile.is_null()) {
    shown.set("iamInstanceProfile", std::move(profile));
  }
  std::vector<std::string> notes;
  for (const Member& member : shown.as_object()) {
    if (member.key.starts_with('$')) {
      notes.push_back(member.key);
    }
  }
  for (const std::string& note : notes) {
    shown.erase(note);
  }
  return shown;
}

void give_public_address(Call& call, Value& row) {
  // Documentation addresses (RFC 5737): nobody is to reach somebody's host from an example.
  const std::string digits = call.world.make_word(6);
  unsigned sum = 0;
  for (const char c : digits) {
    sum = sum * 31 + static_cast<unsigned char>(c);
  }
  const std::string address = fmt::format("203.0.113.{}", 1 + sum % 254);
  std::string host = address;
  std::replace(host.begin(), host.end(), '.', '-');
  row.set("ipAddress", address);
  row.set("dnsName", fmt::format("ec2-{}.{}.compute.amazonaws.com", host, call.place.region));
}

void add_instance_actions(Actions& actions) {
  actions["DescribeInstances"] = {describe_instances, "InstanceId Filter MaxResults NextToken"};
  actions["DescribeInstanceStatus"] = {
      describe_status, "InstanceId IncludeAllInstances Filter MaxResults NextToken"};
  actions["StartInstances"] = {start_instances, "InstanceId AdditionalInfo"};
  actions["StopInstances"] = {stop_instances, "InstanceId Force Hibernate SkipOsShutdown"};
  actions["TerminateInstances"] = {terminate_instances, "InstanceId Force SkipOsShutdown"};
  actions["RebootInstances"] = {reboot_instances, "InstanceId"};
  actions["MonitorInstances"] = {set_monitoring, "InstanceId"};
  actions["UnmonitorInstances"] = {set_monitoring, "InstanceId"};
  add_run_actions(actions);
  add_instance_attribute_actions(actions);
  add_profile_actions(actions);
  add_volume_actions(actions);
  add_image_actions(actions);
}

}  // namespace plumbline::sim::ec2
