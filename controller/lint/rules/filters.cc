#include "controller/lint/rules/filters.h"

#include <algorithm>

namespace plumbline {

namespace {

constexpr std::size_t kMostNearMisses = 3;
constexpr int kLastPort = 65535;

bool has(const std::vector<Index>& list, Index wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// The state of one walk through the rules of groups.
class GroupWalk {
 public:
  GroupWalk(const Topology& topology, const GroupQuestion& question, const Site& peer)
      : question_(question),
        peer_(peer),
        left_(peer.addresses),
        left_maybe_(peer.addresses),
        peering_(topology.peering_between(question.network, peer.network)) {}

  void walk(Index index, const Group& group) {
    const bool is_ingress = question_.direction == Direction::kIngress;
    if (!group.has_rules) {
      doubt({group.resource, "", "its rules are not written here"});
    } else if (!is_ingress && group.lets_all_out) {
      cover({group.resource, "", "a group without `egress` lets everything out"});
    } else {
      note(blocked_, {group.resource, is_ingress ? "ingress" : "egress", "no rule admits it"});
      for (const GroupRule& rule : is_ingress ? group.ingress : group.egress) {
        try_rule(*group.resource, rule);
        note_near_miss(index, rule);
      }
    }
  }

  void doubt(const Cause& cause) {
    left_maybe_ = {};
    note(doubted_, cause);
  }
  [[nodiscard]] bool is_covered() const { return is_covered_; }

  Passage conclude(std::vector<NearMiss>* near) {
    Passage passage;
    passage.passed = passed_;
    passage.is_whole = is_covered_ || left_.empty();
    if (passage.is_whole) {
      return passage;
    }
    passage.blocked = blocked_;
    passage.doubted = doubted_;
    passage.sure = peer_.addresses;
    passage.sure.take(left_);
    passage.maybe = peer_.addresses;
    passage.maybe.take(left_maybe_);
    if (near != nullptr && near->empty()) {
      *near = std::move(near_);
    }
    return passage;
  }

 private:
  void cover(const Cause& cause) {
    is_covered_ = true;
    passed_ = cause;
  }

  void try_rule(const Resource& group, const GroupRule& rule) {
    const Answer admits = rule.admits(question_.port);
    if (admits == Answer::kNo || is_covered_) {
      return;
    }
    for (const Peer& peer : rule.peers) {
      const Cause cause{&group, peer.path, "this rule admits it"};
      switch (peer.kind) {
        case Peer::Kind::kGroup:
          match_group(peer.group, admits, cause);
          break;
        case Peer::Kind::kCidr4:
          match_range(peer.range, admits, cause);
          break;
        case Peer::Kind::kCidr6:
          // Interfaces whose subnets are written here have no IPv6 addresses.
          if (peer_.subnet == kNone && !peer_.is_public && !peer_.is_bare) {
            doubt({&group, peer.path, "whether it has IPv6 addresses is not known"});
          }
          break;
        case Peer::Kind::kOutside:
          doubt({&group, peer.path, "what this rule names is not written here"});
          break;
      }
    }
  }

  void match_group(Index group, Answer admits, const Cause& cause) {
    const Answer is_named = can_be_named();
    const bool is_worn = has(question_.peer_groups, group);
    if (is_named == Answer::kNo) {
      return;
    }
    if (is_worn && is_named == Answer::kUnknown) {
      doubt({cause.resource, cause.path, "a peering makes its group known once it is active"});
    } else if (is_worn && admits == Answer::kYes) {
      cover(cause);
    } else if (is_worn) {
      doubt({cause.resource, cause.path, "the ports of this rule are not known"});
    } else if (!question_.has_all_peer_groups) {
      doubt({cause.resource, cause.path, "whether the other end wears this group is not known"});
    }
  }

  /// Groups are known across an active peering of their Region, and across no other. That one is
  /// not active its routes say.
  [[nodiscard]] Answer can_be_named() const {
    if (peering_ == nullptr || !peering_->is_regional) {
      return peering_ == nullptr ? Answer::kYes : Answer::kNo;
    }
    return peering_->is_active() == Answer::kYes ? Answer::kYes : Answer::kUnknown;
  }

  void match_range(const AddressRange& range, Answer admits, const Cause& cause) {
    if (left_maybe_.take(range) && admits != Answer::kYes) {
      note(doubted_, {cause.resource, cause.path, "the ports of this rule are not known"});
    }
    if (admits == Answer::kYes && left_.take(range)) {
      note(passed_, cause);
    }
  }

  void note_near_miss(Index group, const GroupRule& rule) {
    const bool has_port = rule.admits(question_.port) == Answer::kYes;
    const bool has_peer = std::any_of(rule.peers.begin(), rule.peers.end(), [&](const Peer& peer) {
      return peer.kind == Peer::Kind::kGroup
                 ? has(question_.peer_groups, peer.group)
                 : peer.kind == Peer::Kind::kCidr4 && peer_.addresses.overlaps(peer.range);
    });
    if (has_port != has_peer && near_.size() < kMostNearMisses) {
      near_.push_back({group, rule.path, has_port});
    }
  }

  const GroupQuestion& question_;
  const Site& peer_;
  AddressSet left_, left_maybe_;  ///< What no rule has admitted; surely, and perhaps.
  const Peering* peering_;        ///< Between the two ends; null when there is none.
  bool is_covered_ = false;
  Cause passed_, blocked_, doubted_;
  std::vector<NearMiss> near_;
};

/// Whether an entry is about the ports.
Answer is_about(const AclEntry& entry, const PortRange& ports) {
  if (entry.is_tcp == Answer::kNo) {
    return Answer::kNo;
  }
  const bool has_every_port = entry.has_ports && entry.from == 0 && entry.to >= kLastPort;
  if (!entry.has_ports || (ports.first == 0 && !has_every_port)) {
    return Answer::kUnknown;
  }
  const bool fits = entry.from <= ports.first && ports.last <= entry.to;
  return has_every_port || fits ? entry.is_tcp : Answer::kNo;
}

/// What passes when every doubt is decided for (`is_hopeful`), or against the packet.
class AclWalk {
 public:
  AclWalk(const Acl& acl, const AddressSet& others, bool is_hopeful)
      : acl_(acl), left_(others), is_hopeful_(is_hopeful) {}

  AddressSet walk(const std::vector<AclEntry>& entries, const PortRange& ports, Passage& passage) {
    AddressSet passed;
    for (const AclEntry& entry : entries) {
      const Answer about = is_about(entry, ports);
      if (about == Answer::kNo || left_.empty()) {
        continue;
      }
      const bool is_sure = about == Answer::kYes && entry.range;
      if (!is_sure) {
        note(passage.doubted, {acl_.resource, entry.path, "not all of this entry is known"});
        if (entry.is_allow != is_hopeful_) {
          continue;
        }
      }
      AddressSet inside = left_;
      if (entry.range) {
        AddressSet range;
        range.add(*entry.range);
        inside.keep(range);
      }
      if (inside.empty()) {
        continue;
      }
      left_.take(inside);
      if (entry.is_allow) {
        passed.add(inside);
        note(passage.passed, {acl_.resource, entry.path, "this entry lets it pass"});
      } else {
        note(passage.blocked, {acl_.resource, entry.path, "this entry turns it away"});
      }
    }
    return passed;
  }

 private:
  const Acl& acl_;
  AddressSet left_;
  bool is_hopeful_;
};

}  // namespace

void note(Cause& cause, const Cause& found) {
  cause = cause.text.empty() ? found : cause;
}

Passage Passage::nothing(const Cause& blocked) {
  Passage passage;
  passage.is_whole = false;
  passage.blocked = blocked;
  return passage;
}

Passage Passage::open(const AddressSet& addresses, const Cause& doubted) {
  Passage passage;
  passage.is_whole = false;
  passage.maybe = addresses;
  passage.doubted = doubted;
  return passage;
}

Passage pass_groups(
    const Topology& topology,
    const GroupQuestion& question,
    const Site& peer,
    std::vector<NearMiss>* near
) {
  GroupWalk walk(topology, question, peer);
  for (const Index index : question.groups) {
    walk.walk(index, topology.groups()[index]);
    if (walk.is_covered()) {
      break;
    }
  }
  if (!question.has_all_groups) {
    walk.doubt({nullptr, "", "it may wear groups that are not written here"});
  }
  return walk.conclude(near);
}

const Acl* acl_of(const Topology& topology, Index subnet) {
  if (subnet == kNone || topology.subnets()[subnet].acl == kNone) {
    return nullptr;
  }
  return &topology.acls()[topology.subnets()[subnet].acl];
}

Passage pass_acl(
    const Topology& topology,
    Index subnet,
    Direction direction,
    const PortRange& ports,
    const AddressSet& others
) {
  const Subnet* own = subnet == kNone ? nullptr : &topology.subnets()[subnet];
  if (own == nullptr || !own->has_acl) {
    return Passage::open(
        others,
        {own == nullptr ? nullptr : own->resource, "", "its network ACL is not written here"}
    );
  }
  const Acl* acl = acl_of(topology, subnet);
  if (acl == nullptr) {
    return {};
  }
  if (!acl->has_entries) {
    return Passage::open(others, {acl->resource, "", "not all of its entries are known"});
  }
  const bool is_ingress = direction == Direction::kIngress;
  const auto& entries = is_ingress ? acl->ingress : acl->egress;
  Passage passage;
  passage.sure = AclWalk(*acl, others, false).walk(entries, ports, passage);
  passage.is_whole = passage.sure.size() == others.size();
  if (!passage.is_whole) {
    passage.maybe = AclWalk(*acl, others, true).walk(entries, ports, passage);
    note(
        passage.blocked, {acl->resource, is_ingress ? "ingress" : "egress", "no entry lets it pass"}
    );
  }
  return passage;
}

}  // namespace plumbline
