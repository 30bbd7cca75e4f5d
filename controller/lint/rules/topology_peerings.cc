// Peerings of a manifest: which networks they join, and what is known of their being open.
#include <algorithm>

#include "controller/lint/rules/topology.h"

namespace plumbline {

namespace {

bool overlap(const Network& one, const Network& other) {
  return std::any_of(one.ranges.begin(), one.ranges.end(), [&](const AddressRange& mine) {
    return std::any_of(other.ranges.begin(), other.ranges.end(), [&](const AddressRange& theirs) {
      return mine.overlaps(theirs);
    });
  });
}

/// Of what `vpc` names; of a network that is named by its id alone nothing is known.
const Resource* written(const std::vector<Network>& networks, Index index) {
  return index == kNone ? nullptr : networks[index].resource;
}

}  // namespace

Index Peering::other(Index one) const {
  if (one == kNone) {
    return kNone;
  }
  return one == network ? peer : one == peer ? network : kNone;
}

const Peering* Topology::peering_between(Index a, Index b) const {
  const Peering* found = nullptr;
  if (a == b || b == kNone) {
    return found;
  }
  for (const Peering& peering : peerings_) {
    if (peering.other(a) == b && (found == nullptr || found->is_active() < peering.is_active())) {
      found = &peering;
    }
  }
  return found;
}

void Topology::add_peerings() {
  for (const Resource* resource : section("vpcPeeringConnections")) {
    const Value& properties = resource->existing ? resource->existing->match : resource->properties;
    Peering peering;
    peering.resource = resource;
    peering.network = outside_network(properties.get("vpc"));
    peering.peer = outside_network(properties.get("peerVpc"));
    const Resource* peer = written(networks_, peering.peer);
    const std::string& region = properties.text_of("peerRegion");
    if (!region.empty()) {
      peering.is_regional = region == resource->region;
    } else if (peer != nullptr) {
      peering.is_regional = peer->region == resource->region;
    }
    if (peering.network != kNone && peering.peer != kNone) {
      peering.overlaps = overlap(networks_[peering.network], networks_[peering.peer]);
    }
    peering.is_accepted = acceptance_of(peering);
    peerings_.push_back(peering);
  }
}

/// It accepts itself where both sides are in one place. Elsewhere an accepter does; who has none
/// here may have others do it, unless the other network is made here, too.
Answer Topology::acceptance_of(const Peering& peering) const {
  const Resource& own = *peering.resource;
  for (const Resource* accepter : section("vpcPeeringAccepters")) {
    if (target(accepter->properties.get("vpcPeeringConnection")) == &own) {
      return Answer::kYes;
    }
  }
  const Resource* peer = written(networks_, peering.peer);
  const bool is_by_id = own.properties.get("peerVpc").is_text();
  if (own.existing || (peer == nullptr && !is_by_id) || !manifest_.is_whole) {
    return Answer::kUnknown;
  }
  const auto is_said = [&own](const char* word) { return own.entry->value.find(word) != nullptr; };
  const bool is_one_place = peer == nullptr
                                ? !is_said("peerOwner") && !is_said("peerRegion")
                                : peer->account == own.account && peer->region == own.region;
  const Value& accepted = own.properties.get("accepted");
  if (is_one_place) {
    return !is_said("accepted") || accepted == Value(true) ? Answer::kYes : Answer::kUnknown;
  }
  return peer == nullptr || peer->existing ? Answer::kUnknown : Answer::kNo;
}

}  // namespace plumbline
