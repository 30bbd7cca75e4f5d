// What other actions ask about VPC peering connections. Each side's account and region has a row of
// its own under the same id, with tags of its own; a peering whose sides share one place has one
// row. "state" is what EC2 shows as status.code.
#pragma once

#include <string>

#include "simulator/services/ec2_place.h"

namespace plumbline::sim::ec2 {

/// It was asked for and is neither refused nor gone: routes may lead to it.
bool is_alive_peering(const Value& peering);
bool is_active_peering(const Value& peering);

/// One of its two networks is this one, in the place whose row it is.
bool joins_network(const Place& place, const Value& peering, const std::string& vpc_id);

/// The active peering that joins a network of this place with another one of the same region,
/// which may be another account's; null when there is none. Groups may name each other across it.
const Value* active_peering(
    Place& place, const std::string& vpc_id, const std::string& account, const std::string& other
);

/// A network that another account asked to be peered with cannot go before it has answered.
bool is_asked_by_others(Place& place, const std::string& vpc_id);
/// The peerings of a network that is deleted are deleted with it.
void delete_peerings_of(Call& call, const std::string& vpc_id);

}  // namespace plumbline::sim::ec2
