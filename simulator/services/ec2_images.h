// What instances are made of: images, the public parameters that name the newest ones, and
// instance types. A fixed selection of Amazon's and Canonical's; ids differ by region, as at AWS.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

struct Image {
  std::string id, snapshot_id;
  std::string_view name, description, owner, owner_alias, architecture, root_device;
  int root_size = 8;  ///< GiB.
  std::string_view root_type = "gp3";
};
std::optional<Image> find_image(const std::string& region, std::string_view id);
/// What `resolve:ssm:NAME` stands for; nothing when no public parameter has this name.
std::optional<Image> resolve_image(const std::string& region, std::string_view parameter);

struct InstanceType {
  std::string name;
  std::string_view architecture;
  bool is_burstable = false;
  int vcpus = 1, threads_per_core = 1;
  int memory_mib = 0;
};
std::optional<InstanceType> find_instance_type(std::string_view name);

void add_image_actions(Actions& actions);

}  // namespace plumbline::sim::ec2
