// RunInstances.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "simulator/services/ec2_cidr.h"
#include "simulator/services/ec2_instance.h"
#include "simulator/services/ec2_interface.h"

namespace plumbline::sim::ec2 {
namespace {

constexpr Duration kStartTime = std::chrono::seconds(15);

/// What a request for instances comes to.
struct Launch {
  Image image;
  InstanceType type;
  Value subnet;
  std::vector<std::string> groups;
  std::string address, profile_arn;
  bool has_public_address = false;
  std::vector<Value> volumes;
  int count = 1;
};

using Check = std::optional<Fault>;

Fault combination(std::string message) {
  return {400, "InvalidParameterCombination", std::move(message)};
}

std::vector<std::string> texts(const List& list) {
  std::vector<std::string> all;
  for (const Value& item : list) {
    all.push_back(item.is_text() ? item.as_text() : "");
  }
  return all;
}

int count_param(const Value& params, std::string_view name) {
  int number = 0;
  const std::string& text = params.text_of(name);
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Check read_count(Call& call, Launch& launch) {
  for (const std::string_view name : {"MinCount", "MaxCount"}) {
    if (call.params.text_of(name).empty()) {
      return missing_parameter(name);
    }
  }
  const int least = count_param(call.params, "MinCount");
  launch.count = count_param(call.params, "MaxCount");
  if (least < 1 || launch.count < least) {
    return invalid_value(call.params.text_of("MinCount"), "minCount", "");
  }
  constexpr int kQuota = 20;
  if (launch.count > kQuota) {
    return Fault{
        400,
        "InstanceLimitExceeded",
        fmt::format(
            "You have requested more instances ({}) than your current instance limit of {} allows "
            "for the specified instance type.",
            launch.count,
            kQuota
        )};
  }
  return std::nullopt;
}

Check read_image(Call& call, Launch& launch) {
  const std::string& name = call.params.text_of("ImageId");
  if (name.empty()) {
    return missing_parameter("ImageId");
  }
  constexpr std::string_view kParameter = "resolve:ssm:";
  const bool is_parameter = name.starts_with(kParameter);
  const auto image = is_parameter ? resolve_image(call.place.region, name.substr(kParameter.size()))
                                  : find_image(call.place.region, name);
  if (image) {
    launch.image = *image;
    return std::nullopt;
  }
  if (is_parameter) {
    return invalid_value(name, "imageId", "The parameter does not exist or holds no image ID.");
  }
  if (!name.starts_with("ami-")) {
    return Fault{
        400,
        "InvalidAMIID.Malformed",
        fmt::format("Invalid id: \"{}\" (expecting \"ami-...\")", name)};
  }
  return Fault{
      400, "InvalidAMIID.NotFound", fmt::format("The image id '[{}]' does not exist", name)};
}

Check read_type(Call& call, Launch& launch) {
  // The API's documented default, which no image of today runs on.
  const std::string& written = call.params.text_of("InstanceType");
  auto type = fitting_type(written.empty() ? "m1.small" : written, launch.image.architecture);
  if (const auto* fault = std::get_if<Fault>(&type)) {
    return *fault;
  }
  launch.type = std::get<InstanceType>(type);
  const Value& credits = call.params.get("CreditSpecification");
  if (!credits.text_of("CpuCredits").empty() && !launch.type.is_burstable) {
    return Fault{
        400,
        "UnsupportedOperation",
        "The CreditSpecification parameter is only supported for burstable instance types."};
  }
  return check_user_data(call.params.text_of("UserData"));
}

/// Where the network is written: in the request itself, or in its first interface.
Check read_network(Call& call, Launch& launch) {
  const List& interfaces = list_of(call.params, "NetworkInterface");
  const bool has_own = !call.params.text_of("SubnetId").empty();
  if (!interfaces.empty() && has_own) {
    return combination(
        "Network interfaces and an instance-level subnet ID may not be specified on the same "
        "request"
    );
  }
  if (!interfaces.empty() && call.params.find("SecurityGroupId") != nullptr) {
    return combination(
        "Network interfaces and an instance-level security groups may not be specified on the same "
        "request"
    );
  }
  if (interfaces.size() > 1 ||
      (!interfaces.empty() && !interfaces[0].text_of("NetworkInterfaceId").empty())) {
    return Fault{
        400, "UnsupportedOperation", "This simulator starts instances with one new interface."};
  }
  const Value& from = interfaces.empty() ? call.params : interfaces.front();
  const std::string& subnet_id = from.text_of("SubnetId");
  if (subnet_id.empty()) {
    return Fault{400, "VPCIdNotSpecified", "No default VPC for this user."};
  }
  const Row subnet = find_row(call, "subnet", subnet_id);
  if (const auto* fault = std::get_if<Fault>(&subnet)) {
    return *fault;
  }
  launch.subnet = *std::get<Value*>(subnet);
  launch.groups = texts(list_of(from, "SecurityGroupId"));
  launch.address = from.text_of("PrivateIpAddress");
  const std::string& is_public = from.text_of("AssociatePublicIpAddress");
  launch.has_public_address = is_public.empty()
                                  ? launch.subnet.get("mapPublicIpOnLaunch") == Value(true)
                                  : to_lower(is_public) == "true";
  if (launch.groups.empty()) {
    launch.groups.push_back(call.neighbours.default_group_of(
        call.place.account, call.place.region, launch.subnet.text_of("vpcId")
    ));
  }
  return check_groups(call, launch.groups, launch.subnet);
}

Check check_address(Call& call, const Launch& launch) {
  if (launch.address.empty()) {
    return std::nullopt;
  }
  const auto address = parse_cidr(launch.address + "/32");
  const auto block = parse_cidr(launch.subnet.text_of("cidrBlock"));
  if (!address || !block || !block->holds(*address)) {
    return Fault{
        400,
        "InvalidParameterValue",
        fmt::format("Address {} does not fall within the subnet's address range", launch.address)};
  }
  for (const auto& [id, eni] : call.place.table("network-interface")) {
    if (eni.get("subnetId") == launch.subnet.get("subnetId") &&
        eni.text_of("privateIpAddress") == launch.address) {
      return Fault{
          400, "InvalidIPAddress.InUse", fmt::format("Address {} is in use.", launch.address)};
    }
  }
  return std::nullopt;
}

Check read_rest(Call& call, Launch& launch) {
  auto profile = profile_of(call, call.params.get("IamInstanceProfile"));
  if (const auto* fault = std::get_if<Fault>(&profile)) {
    return *fault;
  }
  launch.profile_arn = std::get<std::string>(profile);
  if (const std::string& key = call.params.text_of("KeyName"); !key.empty()) {
    return Fault{
        400, "InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", key)};
  }
  auto volumes = plan_volumes(call, launch.image, launch.subnet.text_of("availabilityZone"));
  if (const auto* fault = std::get_if<Fault>(&volumes)) {
    return *fault;
  }
  launch.volumes = std::get<std::vector<Value>>(std::move(volumes));
  for (const Value& each : list_of(call.params, "TagSpecification")) {
    const std::string& type = each.text_of("ResourceType");
    if (type != "instance" && type != "volume" && type != "network-interface") {
      return Fault{
          400,
          "InvalidParameterValue",
          fmt::format("'{}' is not a valid taggable resource type for this operation.", type)};
    }
    if (auto fault = check_tags(list_of(each, "Tag"))) {
      return fault;
    }
  }
  return check_address(call, launch);
}

void tag(const Call& call, std::string_view type, Value& row) {
  row.set("tagSet", List{});
  for (const Value& each : list_of(call.params, "TagSpecification")) {
    if (each.text_of("ResourceType") == type) {
      put_tags(row, list_of(each, "Tag"));
    }
  }
}

/// Its first interface; "" when the subnet has no free address left.
std::string make_interface(Call& call, const Launch& launch, const std::string& instance_id) {
  const std::string& subnet_id = launch.subnet.text_of("subnetId");
  const std::string id = attach_interface(call.world, call.place, subnet_id, launch.groups, "");
  Value& eni = *call.place.find("network-interface", id);
  if (!launch.address.empty()) {
    eni.set("privateIpAddress", launch.address);
    eni.set(
        "privateIpAddressesSet",
        Value::list({Value::object({{"privateIpAddress", launch.address}, {"primary", true}})})
    );
  }
  if (eni.text_of("privateIpAddress").empty()) {
    call.place.table("network-interface").erase(id);
    return "";
  }
  eni.erase("requesterId");
  eni.set("requesterManaged", false);
  eni.set("interfaceType", "interface");
  Value attachment = eni.get("attachment");
  attachment.set("instanceId", instance_id);
  attachment.set("instanceOwnerId", call.place.account);
  attachment.set("deviceIndex", 0);
  attachment.set("deleteOnTermination", true);
  attachment.set("attachTime", format_iso8601(call.world.now()));
  eni.set("attachment", std::move(attachment));
  tag(call, "network-interface", eni);
  return id;
}

Value placement_of(const Call& call, const Launch& launch) {
  const Value& wanted = call.params.get("Placement");
  const std::string& tenancy = wanted.text_of("Tenancy");
  return Value::object(
      {{"availabilityZone", launch.subnet.get("availabilityZone")},
       {"groupName", wanted.text_of("GroupName")},
       {"tenancy", tenancy.empty() ? Value("default") : Value(tenancy)}}
  );
}

std::string text_or(const Value& params, std::string_view name, std::string_view fallback) {
  const std::string& text = params.text_of(name);
  return text.empty() ? std::string(fallback) : text;
}

/// What the request sets, besides network and volumes.
void set_options(const Call& call, const Launch& launch, Value& row) {
  const Value& params = call.params;
  const Value& cpu = params.get("CpuOptions");
  const int cores = launch.type.vcpus / launch.type.threads_per_core;
  const int wanted_cores = count_param(cpu, "CoreCount");
  const int wanted_threads = count_param(cpu, "ThreadsPerCore");
  row.set(
      "cpuOptions",
      Value::object(
          {{"coreCount", wanted_cores > 0 ? wanted_cores : cores},
           {"threadsPerCore", wanted_threads > 0 ? wanted_threads : launch.type.threads_per_core}}
      )
  );
  const bool is_monitored = is_true(params.get("Monitoring"), "Enabled");
  row.set("monitoring", Value::object({{"state", is_monitored ? "enabled" : "disabled"}}));
  const bool hibernates = is_true(params.get("HibernationOptions"), "Configured");
  row.set("hibernationOptions", Value::object({{"configured", hibernates}}));
  const bool has_enclave = is_true(params.get("EnclaveOptions"), "Enabled");
  row.set("enclaveOptions", Value::object({{"enabled", has_enclave}}));
  row.set("ebsOptimized", is_true(params, "EbsOptimized"));
  row.set("$userData", params.text_of("UserData"));
  row.set("$disableApiTermination", is_true(params, "DisableApiTermination"));
  row.set("$disableApiStop", is_true(params, "DisableApiStop"));
  row.set("$shutdownBehavior", text_or(params, "InstanceInitiatedShutdownBehavior", "stop"));
  // t2 starts with standard credits, its successors with unlimited ones.
  const bool is_t2 = launch.type.name.starts_with("t2.");
  row.set(
      "$cpuCredits",
      text_or(params.get("CreditSpecification"), "CpuCredits", is_t2 ? "standard" : "unlimited")
  );
}

Value new_instance(Call& call, const Launch& launch, const std::string& id, const Value& eni) {
  const std::string& address = eni.text_of("privateIpAddress");
  std::string host = "ip-" + address;
  std::replace(host.begin(), host.end(), '.', '-');
  return Value::object(
      {{"instanceId", id},
       {"imageId", launch.image.id},
       {"privateDnsName", fmt::format("{}.{}.compute.internal", host, call.place.region)},
       {"dnsName", ""},
       {"reason", ""},
       {"amiLaunchIndex", 0},
       {"instanceType", launch.type.name},
       {"launchTime", format_iso8601(call.world.now())},
       {"placement", placement_of(call, launch)},
       {"subnetId", launch.subnet.get("subnetId")},
       {"vpcId", launch.subnet.get("vpcId")},
       {"privateIpAddress", address},
       {"sourceDestCheck", true},
       {"architecture", launch.image.architecture},
       {"rootDeviceType", "ebs"},
       {"rootDeviceName", launch.image.root_device},
       {"virtualizationType", "hvm"},
       {"hypervisor", "xen"},
       {"enaSupport", true},
       {"clientToken", call.params.text_of("ClientToken")},
       {"$interface", eni.get("networkInterfaceId")},
       {"$keepsPublicIp", launch.has_public_address},
       {"$reservation", call.world.make_id("r")}}
  );
}

std::variant<Value, Fault> start_one(Call& call, const Launch& launch) {
  const std::string id = call.world.make_id("i");
  const std::string eni_id = make_interface(call, launch, id);
  if (eni_id.empty()) {
    return Fault{
        400,
        "InsufficientFreeAddressesInSubnet",
        fmt::format(
            "There are not enough free addresses in subnet '{}' to satisfy the requested number of "
            "instances.",
            launch.subnet.text_of("subnetId")
        )};
  }
  Value row = new_instance(call, launch, id, *call.place.find("network-interface", eni_id));
  set_options(call, launch, row);
  Value options = Value::object(
      {{"state", "applied"},
       {"httpTokens", "required"},  // What the images' imdsSupport says.
       {"httpPutResponseHopLimit", 2},
       {"httpEndpoint", "enabled"},
       {"httpProtocolIpv6", "disabled"},
       {"instanceMetadataTags", "disabled"}}
  );
  if (auto fault = set_metadata_options(options, call.params.get("MetadataOptions"))) {
    call.place.table("network-interface").erase(eni_id);
    return std::move(*fault);
  }
  row.set("metadataOptions", std::move(options));
  tag(call, "instance", row);
  Value& kept = call.place.table("instance")[id] = std::move(row);
  if (launch.has_public_address) {
    give_public_address(call, kept);
  }
  std::vector<Value> volumes = launch.volumes;
  for (Value& volume : volumes) {
    tag(call, "volume", volume);
  }
  attach_volumes(call, std::move(volumes), id);
  if (!launch.profile_arn.empty()) {
    associate_profile(call, id, launch.profile_arn);
  }
  move_on(call, kept, "pending", "running", kStartTime);
  return show_instance(call.place, kept);
}

Outcome run_instances(Call& call) {
  Launch launch;
  const std::array readers = {read_count, read_image, read_type, read_network, read_rest};
  for (const auto read : readers) {
    if (auto fault = read(call, launch)) {
      return std::move(*fault);
    }
  }
  List started;
  for (int i = 0; i < launch.count; ++i) {
    auto instance = start_one(call, launch);
    if (const auto* fault = std::get_if<Fault>(&instance)) {
      return *fault;
    }
    started.push_back(std::get<Value>(std::move(instance)));
  }
  return Value::object(
      {{"reservationId", call.world.make_id("r")},
       {"ownerId", call.place.account},
       {"groupSet", List{}},
       {"instancesSet", std::move(started)}}
  );
}

}  // namespace

void add_run_actions(Actions& actions) {
  actions["RunInstances"] = {
      run_instances,
      "ImageId InstanceType MinCount MaxCount ClientToken SubnetId SecurityGroupId "
      "PrivateIpAddress NetworkInterface IamInstanceProfile UserData MetadataOptions "
      "BlockDeviceMapping Monitoring DisableApiTermination DisableApiStop "
      "InstanceInitiatedShutdownBehavior KeyName EbsOptimized CreditSpecification CpuOptions "
      "Placement HibernationOptions EnclaveOptions TagSpecification MaintenanceOptions "
      "CapacityReservationSpecification PrivateDnsNameOptions"};
}

}  // namespace plumbline::sim::ec2
