// What can be changed of an instance: attributes, metadata options, credits.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_instance.h"

namespace plumbline::sim::ec2 {
namespace {

Outcome done() {
  return Value::object({{"return", true}});
}

/// What DescribeInstanceAttribute shows for an attribute; null when there is no such one.
Value attribute_of(Place& place, const Value& row, const std::string& name) {
  const auto wrapped = [](Value value) { return Value::object({{"value", std::move(value)}}); };
  if (name == "instanceType" || name == "sourceDestCheck" || name == "ebsOptimized" ||
      name == "rootDeviceName" || name == "enaSupport") {
    return wrapped(row.get(name));
  }
  if (name == "userData") {
    const std::string& data = row.text_of("$userData");
    return data.empty() ? Value(Object{}) : wrapped(data);
  }
  if (name == "disableApiTermination" || name == "disableApiStop") {
    return wrapped(row.get("$" + name));
  }
  if (name == "instanceInitiatedShutdownBehavior") {
    return wrapped(row.get("$shutdownBehavior"));
  }
  if (name == "enclaveOptions") {
    return row.get("enclaveOptions");
  }
  if (name == "groupSet" || name == "blockDeviceMapping") {
    return show_instance(place, row).get(name);
  }
  const bool is_known = name == "kernel" || name == "ramdisk" || name == "sriovNetSupport";
  return is_known ? Value(Object{}) : (name == "productCodes" ? Value(List{}) : Value());
}

Outcome describe_attribute(Call& call) {
  const Row found = find_named(call, "instance", "InstanceId");
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const std::string& name = call.params.text_of("Attribute");
  if (name.empty()) {
    return missing_parameter("Attribute");
  }
  const Value& row = *std::get<Value*>(found);
  Value attribute = attribute_of(call.place, row, name);
  if (attribute.is_null()) {
    return invalid_value(name, "attribute", "Unknown attribute.");
  }
  return Value::object({{"instanceId", row.get("instanceId")}, {name, std::move(attribute)}});
}

std::optional<Fault> need_stopped(const Value& row) {
  if (is_state(row, {"stopped"})) {
    return std::nullopt;
  }
  return incorrect_state(
      fmt::format("The instance '{}' is not in the 'stopped' state.", row.text_of("instanceId"))
  );
}

using Setter = std::optional<Fault> (*)(Call& call, Value& row, const Value& value);

std::optional<Fault> set_type(Call& call, Value& row, const Value& value) {
  if (auto fault = need_stopped(row)) {
    return fault;
  }
  const auto type = fitting_type(value.text_of("Value"), row.text_of("architecture"));
  if (const auto* fault = std::get_if<Fault>(&type)) {
    return *fault;
  }
  const auto& fitting = std::get<InstanceType>(type);
  row.set("instanceType", fitting.name);
  row.set(
      "cpuOptions",
      Value::object(
          {{"coreCount", fitting.vcpus / fitting.threads_per_core},
           {"threadsPerCore", fitting.threads_per_core}}
      )
  );
  static_cast<void>(call);
  return std::nullopt;
}

std::optional<Fault> set_user_data(Call&, Value& row, const Value& value) {
  if (auto fault = need_stopped(row)) {
    return fault;
  }
  if (auto fault = check_user_data(value.text_of("Value"))) {
    return fault;
  }
  row.set("$userData", value.text_of("Value"));
  return std::nullopt;
}

std::optional<Fault> set_ebs_optimized(Call&, Value& row, const Value& value) {
  if (auto fault = need_stopped(row)) {
    return fault;
  }
  row.set("ebsOptimized", is_true(value, "Value"));
  return std::nullopt;
}

std::optional<Fault> set_source_dest_check(Call& call, Value& row, const Value& value) {
  row.set("sourceDestCheck", is_true(value, "Value"));
  if (Value* eni = call.place.find("network-interface", row.text_of("$interface"))) {
    eni->set("sourceDestCheck", is_true(value, "Value"));
  }
  return std::nullopt;
}

std::optional<Fault> set_termination(Call&, Value& row, const Value& value) {
  row.set("$disableApiTermination", is_true(value, "Value"));
  return std::nullopt;
}

std::optional<Fault> set_stop(Call&, Value& row, const Value& value) {
  row.set("$disableApiStop", is_true(value, "Value"));
  return std::nullopt;
}

std::optional<Fault> set_shutdown(Call&, Value& row, const Value& value) {
  const std::string& word = value.text_of("Value");
  if (word != "stop" && word != "terminate") {
    return invalid_value(word, "instanceInitiatedShutdownBehavior", "");
  }
  row.set("$shutdownBehavior", word);
  return std::nullopt;
}

std::optional<Fault> set_group_ids(Call& call, Value& row, const Value& value) {
  std::vector<std::string> groups;
  for (const Value& id : value.as_list()) {
    groups.push_back(id.as_text());
  }
  const Value* subnet = call.place.find("subnet", row.text_of("subnetId"));
  Value* eni = call.place.find("network-interface", row.text_of("$interface"));
  if (subnet == nullptr || eni == nullptr) {
    return incorrect_state("The instance has no network interface.");
  }
  if (auto fault = check_groups(call, groups, *subnet)) {
    return fault;
  }
  set_groups(call.place, *eni, groups);
  return std::nullopt;
}

std::optional<Fault> set_mappings(Call& call, Value& row, const Value& value) {
  for (const Value& mapping : value.as_list()) {
    bool is_found = false;
    for (auto& [id, volume] : call.place.table("volume")) {
      List attachments = list_of(volume, "attachmentSet");
      for (Value& attachment : attachments) {
        if (attachment.get("instanceId") == row.get("instanceId") &&
            attachment.text_of("device") == mapping.text_of("DeviceName")) {
          attachment.set("deleteOnTermination", is_true(mapping.get("Ebs"), "DeleteOnTermination"));
          is_found = true;
        }
      }
      volume.set("attachmentSet", std::move(attachments));
    }
    if (!is_found) {
      return Fault{
          400,
          "InvalidInstanceAttributeValue",
          fmt::format("No device is currently mapped at {}", mapping.text_of("DeviceName"))};
    }
  }
  return std::nullopt;
}

struct Attribute {
  std::string_view param;
  Setter set;
};
constexpr std::array kAttributes = {
    Attribute{"BlockDeviceMapping", set_mappings},
    Attribute{"DisableApiStop", set_stop},
    Attribute{"DisableApiTermination", set_termination},
    Attribute{"EbsOptimized", set_ebs_optimized},
    Attribute{"GroupId", set_group_ids},
    Attribute{"InstanceInitiatedShutdownBehavior", set_shutdown},
    Attribute{"InstanceType", set_type},
    Attribute{"SourceDestCheck", set_source_dest_check},
    Attribute{"UserData", set_user_data},
};

/// The older way of writing it: Attribute=instanceType, Value=t3.small.
Value old_form(const Value& params) {
  std::string name = params.text_of("Attribute");
  if (name.empty()) {
    return params;
  }
  if (name.front() >= 'a' && name.front() <= 'z') {
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  }
  Value changed = params;
  changed.set(name, Value::object({{"Value", params.get("Value")}}));
  return changed;
}

Outcome modify_attribute(Call& call) {
  const Row found = find_live_instance(call);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  const Value params = old_form(call.params);
  const Attribute* chosen = nullptr;
  for (const Attribute& attribute : kAttributes) {
    if (params.find(attribute.param) == nullptr) {
      continue;
    }
    if (chosen != nullptr) {
      return Fault{
          400,
          "InvalidParameterCombination",
          fmt::format(
              "Fields for multiple attribute types specified: {}, {}",
              chosen->param,
              attribute.param
          )};
    }
    chosen = &attribute;
  }
  if (chosen == nullptr) {
    return Fault{400, "InvalidParameterCombination", "No attributes specified."};
  }
  if (auto fault = chosen->set(call, *std::get<Value*>(found), params.get(chosen->param))) {
    return std::move(*fault);
  }
  return done();
}

Outcome modify_metadata(Call& call) {
  const Row found = find_live_instance(call);
  if (const auto* fault = std::get_if<Fault>(&found)) {
    return *fault;
  }
  Value& row = *std::get<Value*>(found);
  Value options = row.get("metadataOptions");
  if (auto fault = set_metadata_options(options, call.params)) {
    return std::move(*fault);
  }
  row.set("metadataOptions", options);
  options.set("state", "pending");  // The reply tells of it before it is applied.
  return Value::object(
      {{"instanceId", row.get("instanceId")}, {"instanceMetadataOptions", std::move(options)}}
  );
}

Outcome describe_credits(Call& call) {
  static const Filters kFilters = {{"instance-id", "instanceId"}};
  std::vector<Value> rows;
  const List& ids = list_of(call.params, "InstanceId");
  for (const Value& id : ids) {
    const Row row = find_row(call, "instance", id.as_text());
    if (const auto* fault = std::get_if<Fault>(&row)) {
      return *fault;
    }
  }
  for (const auto& [id, row] : call.place.table("instance")) {
    const auto type = find_instance_type(row.text_of("instanceType"));
    const bool is_asked_for =
        ids.empty() || std::find(ids.begin(), ids.end(), Value(id)) != ids.end();
    if (is_asked_for && type && type->is_burstable) {
      rows.push_back(Value::object({{"instanceId", id}, {"cpuCredits", row.get("$cpuCredits")}}));
    }
  }
  return describe_rows(call, "instanceCreditSpecificationSet", rows, kFilters);
}

Outcome modify_credits(Call& call) {
  List changed;
  List refused;
  for (const Value& each : list_of(call.params, "InstanceCreditSpecification")) {
    const std::string& id = each.text_of("InstanceId");
    const std::string& word = each.text_of("CpuCredits");
    Value* row = call.place.find("instance", id);
    const auto type = find_instance_type(row == nullptr ? "" : row->text_of("instanceType"));
    const bool is_possible =
        type && type->is_burstable && (word == "standard" || word == "unlimited");
    if (is_possible) {
      row->set("$cpuCredits", word);
      changed.push_back(Value::object({{"instanceId", id}}));
      continue;
    }
    const std::string_view code =
        row == nullptr ? "InvalidInstanceID.NotFound" : "InstanceCreditSpecification.NotSupported";
    refused.push_back(Value::object(
        {{"instanceId", id},
         {"error", Value::object({{"code", code}, {"message", "It cannot be set."}})}}
    ));
  }
  return Value::object(
      {{"successfulInstanceCreditSpecificationSet", std::move(changed)},
       {"unsuccessfulInstanceCreditSpecificationSet", std::move(refused)}}
  );
}

}  // namespace

std::variant<InstanceType, Fault> fitting_type(
    const std::string& name, std::string_view architecture
) {
  const auto type = find_instance_type(name);
  if (!type) {
    return Fault{
        400, "InvalidParameterValue", fmt::format("Invalid value '{}' for InstanceType.", name)};
  }
  if (type->architecture != architecture) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format(
            "The architecture '{}' of the specified instance type does not match the architecture "
            "'{}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again.",
            type->architecture,
            architecture
        )};
  }
  return *type;
}

std::optional<Fault> check_user_data(const std::string& base64) {
  constexpr std::size_t kLimit = 16384;
  const auto data = base64_decode(base64);
  if (!data) {
    return Fault{400, "InvalidParameterValue", "Invalid BASE64 encoding of user data."};
  }
  if (data->size() > kLimit) {
    return Fault{
        400, "InvalidParameterValue", fmt::format("User data is limited to {} bytes", kLimit)};
  }
  return std::nullopt;
}

std::optional<Fault> check_groups(
    Call& call, const std::vector<std::string>& groups, const Value& subnet
) {
  for (const std::string& id : groups) {
    const Row group = find_row(call, "security-group", id);
    if (const auto* fault = std::get_if<Fault>(&group)) {
      return *fault;
    }
    if (std::get<Value*>(group)->get("vpcId") != subnet.get("vpcId")) {
      return Fault{
          400,
          "InvalidParameter",
          fmt::format(
              "Security group {} and subnet {} belong to different networks.",
              id,
              subnet.text_of("subnetId")
          )};
    }
  }
  return std::nullopt;
}

void set_groups(Place& place, Value& interface, const std::vector<std::string>& groups) {
  List set;
  for (const std::string& id : groups) {
    const Value* group = place.find("security-group", id);
    set.push_back(Value::object(
        {{"groupId", id}, {"groupName", group == nullptr ? Value("") : group->get("groupName")}}
    ));
  }
  interface.set("groupSet", std::move(set));
}

std::optional<Fault> set_metadata_options(Value& options, const Value& params) {
  struct Option {
    std::string_view param, member, first, second;
  };
  static constexpr std::array kOptions = {
      Option{"HttpTokens", "httpTokens", "optional", "required"},
      Option{"HttpEndpoint", "httpEndpoint", "disabled", "enabled"},
      Option{"HttpProtocolIpv6", "httpProtocolIpv6", "disabled", "enabled"},
      Option{"InstanceMetadataTags", "instanceMetadataTags", "disabled", "enabled"},
  };
  for (const Option& option : kOptions) {
    const std::string& word = params.text_of(option.param);
    if (word.empty()) {
      continue;
    }
    if (word != option.first && word != option.second) {
      return invalid_value(word, option.param, "");
    }
    options.set(option.member, word);
  }
  if (const std::string& text = params.text_of("HttpPutResponseHopLimit"); !text.empty()) {
    int hops = 0;
    std::from_chars(text.data(), text.data() + text.size(), hops);
    if (hops < 1 || hops > 64) {
      return invalid_value(text, "HttpPutResponseHopLimit", "It must be between 1 and 64.");
    }
    options.set("httpPutResponseHopLimit", hops);
  }
  return std::nullopt;
}

void add_instance_attribute_actions(Actions& actions) {
  actions["DescribeInstanceAttribute"] = {describe_attribute, "InstanceId Attribute"};
  actions["ModifyInstanceAttribute"] = {
      modify_attribute,
      "InstanceId Attribute Value BlockDeviceMapping DisableApiStop DisableApiTermination "
      "EbsOptimized GroupId InstanceInitiatedShutdownBehavior InstanceType SourceDestCheck "
      "UserData"};
  actions["ModifyInstanceMetadataOptions"] = {
      modify_metadata,
      "InstanceId HttpTokens HttpEndpoint HttpProtocolIpv6 HttpPutResponseHopLimit "
      "InstanceMetadataTags"};
  actions["DescribeInstanceCreditSpecifications"] = {
      describe_credits, "InstanceId Filter MaxResults NextToken"};
  actions["ModifyInstanceCreditSpecification"] = {
      modify_credits, "InstanceCreditSpecification ClientToken"};
}

}  // namespace plumbline::sim::ec2
