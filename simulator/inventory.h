// Takes stock of a simulated world the way a client would: by each service's own read actions, so
// that it needs no knowledge of how a service keeps its objects.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim {

using Services = std::map<std::string, std::unique_ptr<Service>, std::less<>>;
using Places = std::set<std::pair<std::string, std::string>>;  ///< (account, region)

/// Every live object in `places` as {service, account, region, type, id, tags}.
std::vector<Value> take_inventory(const Services& services, const Places& places);

}  // namespace plumbline::sim
