// What other actions ask about NAT gateways. Rows are EC2's; "$failureCode" and "$failureMessage"
// say how a pending one will fail.
#pragma once

#include <string>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

/// An elastic address in use: by which gateway, and which of its natGatewayAddressSet.
struct AddressUse {
  const Value* gateway = nullptr;  ///< Null when nothing uses it.
  const Value* address = nullptr;
};
AddressUse use_of_address(Place& place, const std::string& allocation_id);

/// Public addresses are mapped into the network: its internet gateway cannot be detached.
bool has_mapped_address(Place& place, const std::string& vpc_id);

/// It is pending or available.
bool is_alive(const Value& nat_gateway);

}  // namespace plumbline::sim::ec2
