#include "controller/lint/rules/reach.h"

#include <algorithm>

namespace plumbline {

namespace {

constexpr std::size_t kMostNearMisses = 3;

Verdict worst(Verdict a, Verdict b) {
  return std::max(a, b);
}

/// The state of one walk through the rules.
class Covering {
 public:
  Covering(const Topology& topology, const End& peer, int port)
      : topology_(topology), peer_(peer), port_(port), left_(peer.addresses) {}

  void walk(Index group, const std::vector<GroupRule>& rules) {
    for (const GroupRule& rule : rules) {
      const Answer admits = rule.admits(port_);
      for (const Peer& peer : rule.peers) {
        match(peer, admits);
      }
      note_near_miss(group, rule, admits);
      if (is_covered_) {
        return;
      }
    }
  }

  void note_unknown() { is_open_ = true; }
  void note_covered() { is_covered_ = true; }
  [[nodiscard]] bool is_covered() const { return is_covered_; }

  Cover conclude() {
    Cover cover;
    if (is_covered_) {
      return cover;
    }
    cover.near = std::move(near_);
    if (is_open_) {
      cover.verdict = Verdict::kUnknown;
    } else if (peer_.has_exact_addresses && left_.size() < peer_.addresses.size()) {
      cover.verdict = Verdict::kPartial;
      cover.witness = left_.lowest();
      cover.open = peer_.addresses.size() - left_.size();
    } else {
      cover.verdict = Verdict::kBlocked;
    }
    return cover;
  }

 private:
  void match(const Peer& peer, Answer admits) {
    if (admits == Answer::kNo) {
      return;
    }
    switch (peer.kind) {
      case Peer::Kind::kGroup:
        match_group(peer.group, admits);
        return;
      case Peer::Kind::kCidr4:
        match_range(peer, admits);
        return;
      case Peer::Kind::kCidr6:
        // Interfaces whose subnets are written here have no IPv6 addresses.
        is_open_ = is_open_ || !peer_.has_addresses;
        return;
      case Peer::Kind::kOutside:
        is_open_ = true;
        return;
    }
  }

  void match_group(Index group, Answer admits) {
    const bool is_worn =
        std::find(peer_.groups.begin(), peer_.groups.end(), group) != peer_.groups.end();
    if (is_worn && admits == Answer::kYes) {
      is_covered_ = true;
    } else if (is_worn || !peer_.has_all_groups) {
      is_open_ = true;
    }
  }

  void match_range(const Peer& peer, Answer admits) {
    if (peer.is_everyone && admits == Answer::kYes) {
      is_covered_ = true;
      return;
    }
    if (!peer_.has_addresses) {
      is_open_ = true;
      return;
    }
    if (admits == Answer::kUnknown || (!peer_.has_exact_addresses && left_.overlaps(peer.range))) {
      is_open_ = is_open_ || left_.overlaps(peer.range);
    }
    if (admits == Answer::kYes && left_.take(peer.range)) {
      is_covered_ = left_.empty();
    }
  }

  void note_near_miss(Index group, const GroupRule& rule, Answer admits) {
    const bool has_port = admits == Answer::kYes;
    const bool has_peer = std::any_of(rule.peers.begin(), rule.peers.end(), [&](const Peer& peer) {
      return peer.kind == Peer::Kind::kGroup
                 ? std::find(peer_.groups.begin(), peer_.groups.end(), peer.group) !=
                       peer_.groups.end()
                 : peer.kind == Peer::Kind::kCidr4 && peer_.addresses.overlaps(peer.range);
    });
    if (has_port != has_peer && near_.size() < kMostNearMisses) {
      near_.push_back({group, rule.path, has_port});
    }
  }

  const Topology& topology_;
  const End& peer_;
  int port_;
  AddressSet left_;
  bool is_open_ = false;     ///< Something unknown may admit it.
  bool is_covered_ = false;  ///< All of it is admitted.
  std::vector<NearMiss> near_;
};

/// A function outside of all networks: what it calls sees an address of the internet.
Verdict judge_outsider(const Hop& hop) {
  if (hop.target.resource->address.section == "instances") {
    const Value& has_address = hop.target.resource->properties.get("associatePublicIpAddress");
    // Without the word the subnet decides, and what is associated later.
    return has_address.is_bool() && has_address.as_bool() ? Verdict::kReach : Verdict::kUnknown;
  }
  const Value& is_public = hop.target.resource->properties.get("publiclyAccessible");
  if (hop.target.resource->kind->find_property("publiclyAccessible") == nullptr ||
      (is_public.is_bool() && !is_public.as_bool())) {
    return Verdict::kBlocked;
  }
  return is_public.is_bool() ? Verdict::kReach : Verdict::kUnknown;
}

bool is_inside(const Topology& topology, const Hop& hop) {
  if (hop.target.network == kNone) {
    return false;
  }
  AddressSet left = hop.source.addresses;
  for (const AddressRange& range : topology.networks()[hop.target.network].ranges) {
    left.take(range);
  }
  return left.empty();
}

Verdict judge_network(const Topology& topology, const Hop& hop) {
  const End& source = hop.source;
  const End& target = hop.target;
  // A function calls, but nobody can call it over a network.
  if (!target.is_in_network ||
      (target.resource != nullptr && target.resource->address.section == "functions")) {
    return Verdict::kBlocked;
  }
  if (target.resource == nullptr) {
    return Verdict::kUnknown;  // Ways out of a network are not followed.
  }
  if (source.is_internet || !source.is_in_network) {
    return judge_outsider(hop);
  }
  if (source.resource == nullptr) {
    return is_inside(topology, hop) ? Verdict::kReach : Verdict::kUnknown;
  }
  if (source.network == kNone || target.network == kNone) {
    return Verdict::kUnknown;
  }
  if (source.network == target.network) {
    return Verdict::kReach;
  }
  const bool is_apart = topology.are_different(source.network, target.network);
  return is_apart && !topology.may_join_networks() ? Verdict::kBlocked : Verdict::kUnknown;
}

}  // namespace

End end_of(const Topology& topology, const Place& place) {
  End end;
  end.resource = place.resource;
  end.name = place.resource->address.to_string();
  end.groups = place.groups;
  end.has_all_groups = place.has_all_groups;
  end.is_in_network = place.is_in_network;
  end.network = place.network;
  if (!place.is_in_network) {
    end.has_all_groups = true;
    end.addresses = AddressSet::internet();
    end.has_addresses = true;
    return end;
  }
  bool is_exact = place.has_all_subnets && !place.subnets.empty();
  for (const Index subnet : place.subnets) {
    const auto& range = topology.subnets()[subnet].range;
    is_exact = is_exact && range.has_value();
    end.is_guarded = end.is_guarded || topology.subnets()[subnet].is_guarded;
    if (range) {
      end.addresses.add(*range);
    }
  }
  end.has_addresses = end.has_exact_addresses = is_exact;
  if (!is_exact && place.network != kNone && topology.networks()[place.network].has_all_ranges) {
    end.addresses = {};
    for (const AddressRange& range : topology.networks()[place.network].ranges) {
      end.addresses.add(range);
    }
    end.has_addresses = true;
  }
  return end;
}

Cover cover(
    const Topology& topology, const End& wearer, Direction direction, int port, const End& peer
) {
  Covering covering(topology, peer, port);
  if (!wearer.has_all_groups) {
    covering.note_unknown();
  }
  for (const Index index : wearer.groups) {
    const Group& group = topology.groups()[index];
    if (!group.has_rules) {
      covering.note_unknown();
    } else if (direction == Direction::kEgress && group.lets_all_out) {
      covering.note_covered();
    } else {
      covering.walk(index, direction == Direction::kIngress ? group.ingress : group.egress);
    }
    if (covering.is_covered()) {
      break;
    }
  }
  return covering.conclude();
}

Verdict Hop::verdict() const {
  return worst(worst(network, guard), worst(egress.verdict, ingress.verdict));
}

void prove(const Topology& topology, Hop& hop) {
  hop.network = judge_network(topology, hop);
  if (hop.source.is_guarded || hop.target.is_guarded) {
    hop.guard = Verdict::kUnknown;
  }
  if (hop.source.resource != nullptr && hop.source.is_in_network) {
    hop.egress = cover(topology, hop.source, Direction::kEgress, hop.port, hop.target);
  }
  if (hop.target.resource != nullptr && hop.target.is_in_network) {
    hop.ingress = cover(topology, hop.target, Direction::kIngress, hop.port, hop.source);
  }
}

}  // namespace plumbline
