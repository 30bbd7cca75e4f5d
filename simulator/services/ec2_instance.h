// Instances: what the files about them share. A row is kept in the form in which DescribeInstances
// shows it, but for what belongs to others: its interface and its volumes are rows of their own,
// its profile is an association. Notes of ours: $userData (base64), $keepsPublicIp, $interface,
// $disableApiTermination, $disableApiStop, $shutdownBehavior, $cpuCredits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/services/ec2_images.h"
#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

/// The row that the required parameter InstanceId names; a fault when it is terminated, too.
Row find_live_instance(Call& call);
bool is_state(const Value& instance, std::initializer_list<std::string_view> states);
Fault incorrect_state(std::string message);
/// As DescribeInstances shows it.
Value show_instance(Place& place, const Value& row);
/// The type with this name, if the image can run on it.
std::variant<InstanceType, Fault> fitting_type(
    const std::string& name, std::string_view architecture
);
/// Nothing when `base64` can be user data.
std::optional<Fault> check_user_data(const std::string& base64);
/// Nothing when all exist in the network.
std::optional<Fault> check_groups(
    Call& call, const std::vector<std::string>& groups, const Value& subnet
);
void set_groups(Place& place, Value& interface, const std::vector<std::string>& groups);
/// Sets what the parameters of MetadataOptions name; nothing when they can be.
std::optional<Fault> set_metadata_options(Value& options, const Value& params);
/// Gives it a public address, as EC2 does whenever it starts.
void give_public_address(Call& call, Value& row);

// ec2_volume.cc
/// The volumes of a new instance: the image's, as BlockDeviceMapping changes it, and further ones.
std::variant<std::vector<Value>, Fault> plan_volumes(
    Call& call, const Image& image, const std::string& zone
);
void attach_volumes(Call& call, std::vector<Value> volumes, const std::string& instance_id);
/// Lets the volumes that go with it go after `real` time; the others become available.
void release_volumes(Call& call, const std::string& instance_id, Duration real);

// ec2_profile.cc
/// The ARN of the profile that {Arn | Name} means; "" when none is meant; a fault when EC2 does not
/// know it, or not yet.
std::variant<std::string, Fault> profile_of(Call& call, const Value& specification);
void associate_profile(Call& call, const std::string& instance_id, const std::string& arn);

void add_instance_actions(Actions& actions);
void add_run_actions(Actions& actions);
void add_instance_attribute_actions(Actions& actions);
void add_profile_actions(Actions& actions);
void add_volume_actions(Actions& actions);

}  // namespace plumbline::sim::ec2
