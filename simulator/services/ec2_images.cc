#include "simulator/services/ec2_images.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace plumbline::sim::ec2 {
namespace {

constexpr std::string_view kAmazon = "137112412989";
constexpr std::string_view kCanonical = "099720109477";

struct KnownImage {
  std::string_view name, description, owner, owner_alias, architecture, root_device;
  std::string_view root_type;
};

constexpr std::array kImages = {
    KnownImage{
        "al2023-ami-2023.7.20250512.0-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.7.20250512.0 x86_64 HVM kernel-6.1",
        kAmazon,
        "amazon",
        "x86_64",
        "/dev/xvda",
        "gp3"},
    KnownImage{
        "al2023-ami-2023.7.20250512.0-kernel-6.1-arm64",
        "Amazon Linux 2023 AMI 2023.7.20250512.0 arm64 HVM kernel-6.1",
        kAmazon,
        "amazon",
        "arm64",
        "/dev/xvda",
        "gp3"},
    KnownImage{
        "amzn2-ami-hvm-2.0.20250512.0-x86_64-gp2",
        "Amazon Linux 2 AMI 2.0.20250512.0 x86_64 HVM gp2",
        kAmazon,
        "amazon",
        "x86_64",
        "/dev/xvda",
        "gp2"},
    KnownImage{
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20250516",
        "Canonical, Ubuntu, 24.04, amd64 noble image",
        kCanonical,
        "",
        "x86_64",
        "/dev/sda1",
        "gp3"},
};

/// A public parameter and the image it names, by its place above.
struct Alias {
  std::string_view parameter;
  std::size_t image;
};
constexpr std::array kAliases = {
    Alias{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", 0},
    Alias{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64", 0},
    Alias{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", 1},
    Alias{"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64", 1},
    Alias{"/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2", 2},
    Alias{"/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id", 3},
};

/// 17 hex digits that are always the same for a text (FNV-1a).
std::string digits_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  return fmt::format("0{:016x}", hash);
}

Image image_at(const std::string& region, std::size_t index) {
  const KnownImage& known = kImages.at(index);
  const std::string digits = digits_of(fmt::format("{} {}", region, known.name));
  return {
      "ami-" + digits,
      "snap-" + digits,
      known.name,
      known.description,
      known.owner,
      known.owner_alias,
      known.architecture,
      known.root_device,
      8,
      known.root_type};
}

Value show_image(const Image& image) {
  const Value disk = Value::object(
      {{"deleteOnTermination", true},
       {"snapshotId", image.snapshot_id},
       {"volumeSize", image.root_size},
       {"volumeType", image.root_type},
       {"encrypted", false}}
  );
  Value shown = Value::object(
      {{"imageId", image.id},
       {"imageLocation", fmt::format("{}/{}", image.owner_alias, image.name)},
       {"imageState", "available"},
       {"imageOwnerId", image.owner},
       {"creationDate", "2025-05-16T02:11:04.000Z"},
       {"isPublic", true},
       {"architecture", image.architecture},
       {"imageType", "machine"},
       {"name", image.name},
       {"description", image.description},
       {"rootDeviceType", "ebs"},
       {"rootDeviceName", image.root_device},
       {"blockDeviceMapping",
        Value::list({Value::object({{"deviceName", image.root_device}, {"ebs", disk}})})},
       {"virtualizationType", "hvm"},
       {"hypervisor", "xen"},
       {"enaSupport", true},
       {"bootMode", "uefi-preferred"},
       {"imdsSupport", "v2.0"},
       {"platformDetails", "Linux/UNIX"},
       {"tagSet", List{}}}
  );
  if (!image.owner_alias.empty()) {
    shown.set("imageOwnerAlias", image.owner_alias);
  }
  return shown;
}

/// Whether Owner.N, where it is given, names the image's owner.
bool is_owned(const Call& call, const Image& image) {
  const List& owners = list_of(call.params, "Owner");
  return owners.empty() || std::any_of(owners.begin(), owners.end(), [&](const Value& owner) {
           const std::string& name = owner.as_text();
           return name == image.owner || (!name.empty() && name == image.owner_alias);
         });
}

Outcome describe_images(Call& call) {
  static const Filters kFilters = {
      {"architecture", "architecture"},
      {"image-id", "imageId"},
      {"image-type", "imageType"},
      {"is-public", "isPublic"},
      {"name", "name"},
      {"owner-alias", "imageOwnerAlias"},
      {"owner-id", "imageOwnerId"},
      {"root-device-name", "rootDeviceName"},
      {"root-device-type", "rootDeviceType"},
      {"state", "imageState"},
      {"virtualization-type", "virtualizationType"},
  };
  const List& ids = list_of(call.params, "ImageId");
  for (const Value& id : ids) {
    if (!find_image(call.place.region, id.as_text())) {
      return Fault{
          400,
          "InvalidAMIID.NotFound",
          fmt::format("The image id '[{}]' does not exist", id.as_text())};
    }
  }
  std::vector<Value> rows;
  for (std::size_t i = 0; i < kImages.size(); ++i) {
    const Image image = image_at(call.place.region, i);
    const bool is_asked_for =
        ids.empty() || std::find(ids.begin(), ids.end(), Value(image.id)) != ids.end();
    if (is_asked_for && is_owned(call, image)) {
      rows.push_back(show_image(image));
    }
  }
  return describe_rows(call, "imagesSet", rows, kFilters);
}

struct Family {
  std::string_view name, architecture;
  bool is_burstable;
  int gib_per_vcpu;  ///< Of the sizes from large on.
};
constexpr std::array kFamilies = {
    Family{"t2", "x86_64", true, 4},
    Family{"t3", "x86_64", true, 4},
    Family{"t3a", "x86_64", true, 4},
    Family{"t4g", "arm64", true, 4},
    Family{"m5", "x86_64", false, 4},
    Family{"m6i", "x86_64", false, 4},
    Family{"m6g", "arm64", false, 4},
    Family{"m7g", "arm64", false, 4},
    Family{"c5", "x86_64", false, 2},
    Family{"c7g", "arm64", false, 2},
    Family{"r5", "x86_64", false, 8},
};

struct Size {
  std::string_view name;
  int vcpus, burstable_mib;
};
constexpr std::array kSizes = {
    Size{"nano", 0, 512},
    Size{"micro", 0, 1024},
    Size{"small", 0, 2048},
    Size{"medium", 0, 4096},
    Size{"large", 2, 8192},
    Size{"xlarge", 4, 16384},
    Size{"2xlarge", 8, 32768},
    Size{"4xlarge", 16, 0},
    Size{"8xlarge", 32, 0},
};

InstanceType type_of(const Family& family, const Size& size) {
  InstanceType type;
  type.name = fmt::format("{}.{}", family.name, size.name);
  type.architecture = family.architecture;
  type.is_burstable = family.is_burstable;
  const bool is_single = family.name == "t2" && size.burstable_mib < 4096;
  type.vcpus = size.vcpus > 0 ? size.vcpus : (is_single ? 1 : 2);
  const bool has_threads = family.architecture == "x86_64" && family.name != "t2";
  type.threads_per_core = has_threads ? 2 : 1;
  type.memory_mib =
      family.is_burstable ? size.burstable_mib : type.vcpus * family.gib_per_vcpu * 1024;
  return type;
}

bool has_size(const Family& family, const Size& size) {
  return family.is_burstable ? size.burstable_mib > 0 : size.vcpus > 0;
}

Value show_type(const InstanceType& type) {
  return Value::object(
      {{"instanceType", type.name},
       {"currentGeneration", true},
       {"bareMetal", false},
       {"hypervisor", type.name.starts_with("t2.") ? "xen" : "nitro"},
       {"processorInfo",
        Value::object({{"supportedArchitectures", Value::list({type.architecture})}})},
       {"vCpuInfo",
        Value::object(
            {{"defaultVCpus", type.vcpus},
             {"defaultCores", type.vcpus / type.threads_per_core},
             {"defaultThreadsPerCore", type.threads_per_core}}
        )},
       {"memoryInfo", Value::object({{"sizeInMiB", type.memory_mib}})},
       {"burstablePerformanceSupported", type.is_burstable},
       {"supportedRootDeviceTypes", Value::list({"ebs"})},
       {"supportedVirtualizationTypes", Value::list({"hvm"})},
       {"instanceStorageSupported", false}}
  );
}

Outcome describe_types(Call& call) {
  static const Filters kFilters = {
      {"bare-metal", "bareMetal"},
      {"burstable-performance-supported", "burstablePerformanceSupported"},
      {"current-generation", "currentGeneration"},
      {"hypervisor", "hypervisor"},
      {"instance-type", "instanceType"},
      {"processor-info.supported-architecture", "processorInfo.supportedArchitectures"},
  };
  std::vector<Value> rows;
  for (const Value& name : list_of(call.params, "InstanceType")) {
    const auto type = find_instance_type(name.as_text());
    if (!type) {
      return Fault{
          400,
          "InvalidInstanceType",
          fmt::format("The following supplied instance types do not exist: [{}]", name.as_text())};
    }
    rows.push_back(show_type(*type));
  }
  if (list_of(call.params, "InstanceType").empty()) {
    for (const Family& family : kFamilies) {
      for (const Size& size : kSizes) {
        if (has_size(family, size)) {
          rows.push_back(show_type(type_of(family, size)));
        }
      }
    }
  }
  return describe_rows(call, "instanceTypeSet", rows, kFilters);
}

}  // namespace

std::optional<Image> find_image(const std::string& region, std::string_view id) {
  for (std::size_t i = 0; i < kImages.size(); ++i) {
    if (Image image = image_at(region, i); image.id == id) {
      return image;
    }
  }
  return std::nullopt;
}

std::optional<Image> resolve_image(const std::string& region, std::string_view parameter) {
  for (const Alias& alias : kAliases) {
    if (alias.parameter == parameter) {
      return image_at(region, alias.image);
    }
  }
  return std::nullopt;
}

std::optional<InstanceType> find_instance_type(std::string_view name) {
  for (const Family& family : kFamilies) {
    for (const Size& size : kSizes) {
      if (has_size(family, size) && name == fmt::format("{}.{}", family.name, size.name)) {
        return type_of(family, size);
      }
    }
  }
  return std::nullopt;
}

void add_image_actions(Actions& actions) {
  actions["DescribeImages"] = {
      describe_images,
      "ImageId Owner ExecutableBy IncludeDeprecated IncludeDisabled Filter MaxResults NextToken"};
  actions["DescribeInstanceTypes"] = {describe_types, "InstanceType Filter MaxResults NextToken"};
}

}  // namespace plumbline::sim::ec2
