// Availability zones as EC2 names them. A zone's name is an account's own word for it: the same
// letter is another place in another account, and only the zone id is the same for all.
#pragma once

#include <string>
#include <vector>

namespace plumbline::sim::ec2 {

struct Zone {
  std::string name;  ///< "eu-west-3a"
  std::string id;    ///< "euw3-az1"
};

/// The three zones that `account` sees in `region`.
std::vector<Zone> zones_of(const std::string& account, const std::string& region);

}  // namespace plumbline::sim::ec2
