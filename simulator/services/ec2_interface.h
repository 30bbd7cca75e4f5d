// Network interfaces that other services put into subnets.
#pragma once

#include <string>
#include <vector>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

/// Makes one and returns its id. What it is for is told by its description, as at AWS.
std::string attach_interface(
    World& world,
    Place& place,
    const std::string& subnet_id,
    const std::vector<std::string>& groups,
    const std::string& description
);

void add_interface_actions(Actions& actions);

}  // namespace plumbline::sim::ec2
