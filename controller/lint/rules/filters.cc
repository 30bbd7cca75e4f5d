#include "controller/lint/rules/filters.h"

#include <algorithm>

namespace plumbline {

namespace {

constexpr std::size_t kMostNearMisses = 3;
constexpr int kLastPort = 65535;

bool has(const std::vector<Index>& list, Index wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

void note(Cause& cause, const Cause& found) {
  cause = cause.text.empty() ? found : cause;
}

/// The state of one walk through the rules of groups.
class GroupWalk {
 public:
  GroupWalk(const GroupQuestion& question, const Site& peer)
      : question_(question), peer_(peer), left_(peer.addresses), left_maybe_(peer.addresses) {}

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
    const bool is_worn = has(question_.peer_groups, group);
    if (is_worn && admits == Answer::kYes) {
      cover(cause);
    } else if (is_worn) {
      doubt({cause.resource, cause.path, "the ports of this rule are not known"});
    } else if (!question_.has_all_peer_groups) {
      doubt({cause.resource, cause.path, "whether the other end wears this group is not known"});
    }
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

class RouteWalk {
 public:
  enum class Sender { kCaller, kAnswerer, kNat };

  RouteWalk(const Topology& topology, const Site& from, const Site& to, Sender sender)
      : topology_(topology),
        from_(from),
        to_(to),
        is_same_network_(from.network == to.network && to.network != kNone && !to.is_public),
        sender_(sender),
        left_(to.addresses) {}

  Passage walk() {
    const Subnet* subnet = from_.subnet == kNone ? nullptr : &topology_.subnets()[from_.subnet];
    if (subnet == nullptr || !subnet->has_table || subnet->network == kNone) {
      const Resource* resource = subnet == nullptr ? nullptr : subnet->resource;
      return Passage::open(to_.addresses, {resource, "", "its routes are not written here"});
    }
    const RouteTable* table = subnet->table == kNone ? nullptr : &topology_.tables()[subnet->table];
    if (table != nullptr && !table->has_routes) {
      return Passage::open(
          to_.addresses, {table->resource, "routes", "not all of its routes are known"}
      );
    }
    if (!to_.is_public && !to_.is_bare && !is_same_network_ &&
        !topology_.are_different(from_.network, to_.network)) {
      return Passage::open(
          to_.addresses, {nullptr, "", "in which network it is is not written here"}
      );
    }
    network_ = &topology_.networks()[subnet->network];
    follow(table);
    return conclude(table);
  }

 private:
  /// The network's own ranges are routes like others: only a longer prefix goes before them.
  void follow(const RouteTable* table) {
    for (std::size_t i = 0; table != nullptr && i < table->routes.size(); ++i) {
      const Route& route = table->routes[i];
      const Cause cause{table->resource, route.path, "what this route is for is not known"};
      if (!route.range) {
        (route.is_list ? doubts_outside_ : doubts_all_) = true;
        note(passage_.doubted, cause);
      } else if (left_.overlaps(*route.range)) {
        take_own(&*route.range);
        take_route(*table, route);
      }
    }
    take_own(nullptr);
  }

  Passage conclude(const RouteTable* table) {
    const Cause missing =
        table == nullptr
            ? Cause{network_->resource, "", "its main table leads nowhere but into the network"}
            : Cause{table->resource, "routes", "no route leads there"};
    if (!left_.empty()) {
      decide(left_, Passage::nothing(missing), false);
    }
    passage_.is_whole = passage_.sure.size() == to_.addresses.size();
    return std::move(passage_);
  }

  /// What the network's own routes decide that are as long as `before`, or longer; all when null.
  void take_own(const AddressRange* before) {
    Passage fate;
    fate.passed = {network_->resource, "", "its own route"};
    if (!is_same_network_) {
      fate =
          Passage::nothing({network_->resource, "cidrBlock", "it has the same addresses itself"});
    }
    for (const AddressRange& own : network_->ranges) {
      if (before == nullptr || own.last - own.first <= before->last - before->first) {
        decide(own, fate, true);
      }
    }
    // A subnet of the network is inside, whatever range it was given by mistake.
    if (is_same_network_ && before == nullptr) {
      decide(AddressSet(left_), fate, true);
    }
  }

  void take_route(const RouteTable& table, const Route& route) {
    const bool may_be_longer = route.range->last - route.range->first < kWidestNetwork;
    if (is_same_network_ && !network_->has_all_ranges) {
      if (may_be_longer) {
        const Cause cause{
            table.resource, route.path, "how long its network's prefix is is not known"};
        decide(*route.range, Passage::open(to_.addresses, cause), false);
      }
      return;
    }
    decide(*route.range, fate_of(table, route), false);
  }

  [[nodiscard]] Passage fate_of(const RouteTable& table, const Route& route) const {
    Cause cause{table.resource, route.path, "what this route leads through is not written here"};
    switch (route.way) {
      case Route::Way::kInternet:
        return to_internet(cause);
      case Route::Way::kNat:
        return behind_nat(cause, route);
      case Route::Way::kNowhere:
        cause.text = "its gateway is attached to no network";
        return Passage::nothing(cause);
      case Route::Way::kOutside:
        break;
    }
    return Passage::open(to_.addresses, cause);
  }

  [[nodiscard]] Passage to_internet(Cause cause) const {
    if (!to_.is_public) {
      cause.text = "this route leads to the internet, which knows no private addresses";
      return Passage::nothing(cause);
    }
    if (from_.has_public_address == Answer::kNo) {
      cause.text = "an internet gateway takes nothing from who has no public address";
      return Passage::nothing(cause);
    }
    if (from_.has_public_address == Answer::kUnknown) {
      cause.text = "whether it has a public address is not written here";
      return Passage::open(to_.addresses, cause);
    }
    Passage passage;
    cause.text = "through the internet gateway";
    passage.passed = cause;
    return passage;
  }

  /// What a NAT gateway takes goes on by the routes of its own subnet.
  [[nodiscard]] Passage behind_nat(Cause cause, const Route& route) const {
    if (sender_ == Sender::kAnswerer) {
      cause.text = "a NAT gateway takes no answers to calls that came another way";
      return Passage::nothing(cause);
    }
    if (sender_ == Sender::kNat) {
      cause.text = "one NAT gateway leads to another";
      return Passage::open(to_.addresses, cause);
    }
    Site gateway;
    gateway.subnet = route.subnet;
    gateway.network = topology_.subnets()[route.subnet].network;
    Passage passage = RouteWalk(topology_, gateway, to_, Sender::kNat).walk();
    cause.text = "through the NAT gateway";
    passage.passed = cause;
    return passage;
  }

  void decide(const AddressRange& range, const Passage& fate, bool is_own) {
    AddressSet set;
    set.add(range);
    decide(set, fate, is_own);
  }

  void decide(const AddressSet& set, const Passage& fate, bool is_own) {
    AddressSet decided = left_;
    decided.keep(set);
    if (decided.empty()) {
      return;
    }
    left_.take(decided);
    AddressSet sure = decided;
    AddressSet maybe = decided;
    if (!fate.is_whole) {
      sure.keep(fate.sure);
      maybe.keep(fate.maybe);
    }
    const bool is_doubtful = doubts_all_ || (doubts_outside_ && !is_own);
    passage_.maybe.add(is_doubtful ? decided : maybe);
    if (!is_doubtful) {
      passage_.sure.add(sure);
    }
    note(passage_.passed, sure.empty() ? Cause() : fate.passed);
    note(passage_.blocked, maybe.size() < decided.size() ? fate.blocked : Cause());
    note(passage_.doubted, sure.size() < maybe.size() ? fate.doubted : Cause());
  }

  /// A network's widest prefix is /16.
  static constexpr std::uint32_t kWidestNetwork = 0xFFFF;

  const Topology& topology_;
  const Site& from_;
  const Site& to_;
  bool is_same_network_;
  Sender sender_;
  AddressSet left_;
  const Network* network_ = nullptr;
  bool doubts_all_ = false;  ///< A route whose destination is not known may lead any of them away.
  bool doubts_outside_ = false;  ///< A prefix list may; but never before the network's own routes.
  Passage passage_;
};

}  // namespace

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

Passage pass_routes(const Topology& topology, const Site& from, const Site& to, bool is_answer) {
  const auto sender = is_answer ? RouteWalk::Sender::kAnswerer : RouteWalk::Sender::kCaller;
  return RouteWalk(topology, from, to, sender).walk();
}

Passage pass_groups(
    const Topology& topology,
    const GroupQuestion& question,
    const Site& peer,
    std::vector<NearMiss>* near
) {
  GroupWalk walk(question, peer);
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
