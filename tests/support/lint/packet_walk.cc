#include "packet_walk.h"

#include <algorithm>

namespace plumbline::test {

bool Block::contains(std::uint32_t address) const {
  for (int bit = 0; bit < prefix; ++bit) {
    const std::uint32_t mask = 1U << (31 - bit);
    if ((base & mask) != (address & mask)) {
      return false;
    }
  }
  return true;
}

namespace {

struct Party {
  const WalkHost& host;
  int subnet;
  std::uint32_t address;
};

bool have_common_addresses(const Block& one, const Block& other) {
  return one.contains(other.base) || other.contains(one.base);
}

/// Packets pass it: it was accepted, which those with overlapping ranges never are.
bool is_open(const World& world) {
  return world.peering.is_there && world.peering.is_accepted &&
         !have_common_addresses(world.networks[0], world.networks[1]);
}

int network_of(const World& world, int subnet) {
  return subnet < 0 ? -1 : world.subnets[static_cast<std::size_t>(subnet)].network;
}

/// A group is known in its own network, and across a peering that is open and of one Region. What
/// else joins networks is taken to know it, too.
bool knows_groups(const World& world, int subnet, int other) {
  const int here = network_of(world, subnet);
  const int there = network_of(world, other);
  return here == there || here < 0 || there < 0 || !world.peering.is_there ||
         (is_open(world) && world.peering.is_regional);
}

/// Groups remember connections, so only the first packet is asked about.
bool groups_admit(const World& world, const Party& wearer, const Party& peer, bool is_out) {
  if (wearer.host.is_internet) {
    return true;
  }
  for (const int index : wearer.host.groups) {
    const WalkGroup& group = world.groups[static_cast<std::size_t>(index)];
    if (is_out && group.lets_all_out) {
      return true;
    }
    for (const WalkRule& rule : is_out ? group.out : group.in) {
      if (!rule.is_tcp || world.port < rule.from || world.port > rule.to) {
        continue;
      }
      const auto& worn = peer.host.groups;
      if (rule.group >= 0 ? knows_groups(world, wearer.subnet, peer.subnet) &&
                                std::find(worn.begin(), worn.end(), rule.group) != worn.end()
                          : rule.block.contains(peer.address)) {
        return true;
      }
    }
  }
  return false;
}

/// The entry of the lowest number that fits decides.
bool acl_admits(const World& world, int subnet, bool is_out, std::uint32_t other, int port) {
  const int index = subnet < 0 ? -1 : world.subnets[static_cast<std::size_t>(subnet)].acl;
  if (index < 0) {
    return true;
  }
  const WalkAcl& acl = world.acls[static_cast<std::size_t>(index)];
  const WalkEntry* first = nullptr;
  for (const WalkEntry& entry : is_out ? acl.out : acl.in) {
    const bool fits =
        entry.is_tcp && entry.block.contains(other) && entry.from <= port && port <= entry.to;
    if (fits && (first == nullptr || entry.number < first->number)) {
      first = &entry;
    }
  }
  return first != nullptr && first->is_allow;
}

struct Sender {
  bool has_public_address = false;
  bool is_answering = false;  ///< A NAT gateway takes no answers: it never saw the question.
  bool is_nat = false;
};

/// Whether the routes of a subnet bring a packet to `to`.
bool is_routed(const World& world, int subnet, const Party& to, const Sender& sender) {
  const WalkSubnet& own = world.subnets[static_cast<std::size_t>(subnet)];
  const Block& network = world.networks[static_cast<std::size_t>(own.network)];
  const WalkRoute* best = nullptr;
  if (own.table >= 0) {
    for (const WalkRoute& route : world.tables[static_cast<std::size_t>(own.table)]) {
      if (route.block.contains(to.address) &&
          (best == nullptr || route.block.prefix > best->block.prefix)) {
        best = &route;
      }
    }
  }
  const bool is_local =
      network.contains(to.address) && (best == nullptr || best->block.prefix <= network.prefix);
  if (is_local) {
    return to.subnet >= 0 &&
           world.subnets[static_cast<std::size_t>(to.subnet)].network == own.network;
  }
  if (best == nullptr) {
    return false;
  }
  switch (best->way) {
    case WalkRoute::Way::kInternet:
      return to.host.is_internet && sender.has_public_address;
    case WalkRoute::Way::kNat:
      return !sender.is_nat && !sender.is_answering &&
             is_routed(world, best->nat_subnet, to, {true, false, true});
    case WalkRoute::Way::kPeering:  // Into the other network, and no further.
      return is_open(world) && to.subnet >= 0 && network_of(world, to.subnet) != own.network;
    case WalkRoute::Way::kHiddenJoin:
      return true;
    case WalkRoute::Way::kNowhere:
    case WalkRoute::Way::kHiddenDrop:
      break;
  }
  return false;
}

}  // namespace

bool is_answered(const World& world, const Packet& packet) {
  const Party source{world.source, packet.source_subnet, packet.source};
  const Party target{world.target, packet.target_subnet, packet.target};
  if (source.host.is_internet && !target.host.is_public) {
    return false;
  }
  if (!groups_admit(world, source, target, true) || !groups_admit(world, target, source, false)) {
    return false;
  }
  if (source.subnet >= 0 && source.subnet == target.subnet) {
    return true;
  }
  const bool arrives =
      acl_admits(world, source.subnet, true, target.address, world.port) &&
      (source.subnet < 0 ||
       is_routed(world, source.subnet, target, {source.host.is_public, false, false})) &&
      acl_admits(world, target.subnet, false, source.address, world.port);
  return arrives && acl_admits(world, target.subnet, true, source.address, packet.source_port) &&
         (target.subnet < 0 ||
          is_routed(world, target.subnet, source, {target.host.is_public, true, false})) &&
         acl_admits(world, source.subnet, false, target.address, packet.source_port);
}

namespace {

constexpr std::uint32_t kFirst = 10U << 24U;  // 10.0.0.0

class Making {
 public:
  explicit Making(std::mt19937_64& random) : random_(random) {}

  World run() {
    // The second network overlaps the first now and then.
    world_.networks = {{kFirst, 26}, {kFirst + (one_in(8) ? 0 : 64), 26}};
    for (int i = 0, count = 2 + below(3); i < count; ++i) {
      const int network = one_in(5) ? 1 : 0;
      const std::uint32_t base = world_.networks[static_cast<std::size_t>(network)].base +
                                 static_cast<std::uint32_t>(4 * i);
      world_.subnets.push_back({network, {base, 30}, -1, -1});
    }
    make_peering();
    for (int i = 0; i < 3; ++i) {
      world_.groups.push_back(make_group());
    }
    add_acls();
    add_tables();
    hide_chains();
    world_.source = make_host();
    world_.target = make_host();
    while (world_.source.is_internet && world_.target.is_internet) {
      world_.target = make_host();
    }
    return std::move(world_);
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }
  bool one_in(int limit) { return below(limit) == 0; }

  Block make_block() {
    if (one_in(4)) {
      return {0, 0};
    }
    const int prefix = 26 + below(7);
    const std::uint32_t mask = 0xFFFFFFFFU << (32 - prefix);
    return {(kFirst + static_cast<std::uint32_t>(below(one_in(3) ? 128 : 20))) & mask, prefix};
  }

  void set_ports(int& from, int& to) {
    static constexpr int kRanges[][2] = {
        {3306, 3306},
        {0, 65535},
        {3300, 3310},
        {3307, 3307},
        {1024, 65535},
        {32768, 65535},
        {0, 40000},
        {0, 65535},
        {3306, 3306},
        {1024, 61000}};
    const auto& range = kRanges[below(10)];
    from = range[0];
    to = range[1];
  }

  WalkRule make_rule() {
    WalkRule rule;
    rule.is_tcp = !one_in(10);
    set_ports(rule.from, rule.to);
    if (one_in(2)) {
      rule.group = below(3);
    } else {
      rule.block = make_block();
      rule.is_hidden = one_in(30);
      world_.has_secrets = world_.has_secrets || rule.is_hidden;
    }
    return rule;
  }

  WalkGroup make_group() {
    WalkGroup group;
    group.is_hidden = one_in(40);
    world_.has_secrets = world_.has_secrets || group.is_hidden;
    group.lets_all_out = one_in(2);
    for (int i = 0, count = 1 + below(3); i < count; ++i) {
      group.in.push_back(make_rule());
      group.out.push_back(make_rule());
    }
    return group;
  }

  std::vector<WalkEntry> make_entries() {
    std::vector<WalkEntry> entries;
    for (int i = 0, count = 1 + below(4); i < count; ++i) {
      WalkEntry entry;
      entry.number = 10 * (1 + below(50)) + i;
      entry.is_allow = !one_in(4);
      entry.is_tcp = !one_in(10);
      set_ports(entry.from, entry.to);
      entry.block = make_block();
      entries.push_back(entry);
    }
    if (one_in(2)) {
      entries.push_back({1000, true, true, 0, 65535, {0, 0}});
    }
    return entries;
  }

  void add_acls() {
    for (WalkSubnet& subnet : world_.subnets) {
      if (one_in(3)) {
        subnet.acl = static_cast<int>(world_.acls.size());
        WalkAcl acl;
        acl.in = make_entries();
        acl.out = make_entries();
        world_.acls.push_back(std::move(acl));
      }
    }
  }

  void make_peering() {
    WalkPeering& peering = world_.peering;
    peering.is_there = one_in(2);
    peering.is_accepted = !one_in(6);
    peering.is_hidden = peering.is_there && one_in(10);
    peering.is_regional = !one_in(4);
    world_.has_secrets = world_.has_secrets || peering.is_hidden;
  }

  /// A NAT gateway stands in the network it serves.
  int make_nat(int network) {
    int subnet = below(static_cast<int>(world_.subnets.size()));
    while (world_.subnets[static_cast<std::size_t>(subnet)].network != network) {
      subnet = below(static_cast<int>(world_.subnets.size()));
    }
    return subnet;
  }

  /// The prover leaves chains of NAT gateways open, and what goes on from one over a peering.
  void hide_chains() {
    const auto has_nat = [](const std::vector<WalkRoute>& routes) {
      return std::any_of(routes.begin(), routes.end(), [](const WalkRoute& route) {
        return route.way == WalkRoute::Way::kNat || route.way == WalkRoute::Way::kPeering;
      });
    };
    for (const std::vector<WalkRoute>& routes : world_.tables) {
      for (const WalkRoute& route : routes) {
        const int table = world_.subnets[static_cast<std::size_t>(route.nat_subnet)].table;
        world_.has_secrets =
            world_.has_secrets || (route.way == WalkRoute::Way::kNat && table >= 0 &&
                                   has_nat(world_.tables[static_cast<std::size_t>(table)]));
      }
    }
  }

  WalkRoute make_route(int network) {
    static constexpr WalkRoute::Way kWays[] = {
        WalkRoute::Way::kInternet,
        WalkRoute::Way::kNat,
        WalkRoute::Way::kNowhere,
        WalkRoute::Way::kHiddenJoin,
        WalkRoute::Way::kHiddenDrop};
    WalkRoute route;
    route.nat_subnet = make_nat(network);
    route.way = kWays[one_in(4) ? below(5) : below(2)];
    route.block = one_in(3) ? make_block() : Block{0, 0};
    if (world_.peering.is_there && one_in(2)) {
      route.way = WalkRoute::Way::kPeering;
      route.block = one_in(4) ? make_block() : world_.networks[network == 0 ? 1 : 0];
    }
    world_.has_secrets = world_.has_secrets || route.way == WalkRoute::Way::kHiddenJoin ||
                         route.way == WalkRoute::Way::kHiddenDrop;
    return route;
  }

  void add_tables() {
    for (WalkSubnet& subnet : world_.subnets) {
      if (!one_in(2) && !(world_.peering.is_there && one_in(2))) {
        continue;
      }
      subnet.table = static_cast<int>(world_.tables.size());
      std::vector<WalkRoute> routes;
      for (int i = 0, count = 1 + below(2); i < count; ++i) {
        const WalkRoute route = make_route(subnet.network);
        const bool is_new = std::none_of(routes.begin(), routes.end(), [&](const WalkRoute& other) {
          return other.block.prefix == route.block.prefix && other.block.base == route.block.base;
        });
        if (is_new) {
          routes.push_back(route);
        }
      }
      world_.tables.push_back(std::move(routes));
    }
  }

  WalkHost make_host() {
    WalkHost host;
    host.is_internet = one_in(6);
    host.is_public = one_in(2);
    if (!host.is_internet) {
      host.groups.push_back(below(3));
    }
    if (!host.is_internet && one_in(3)) {
      host.groups.push_back((host.groups.front() + 1) % 3);
    }
    // All of its subnets are in one network.
    const int first = below(static_cast<int>(world_.subnets.size()));
    const int network = world_.subnets[static_cast<std::size_t>(first)].network;
    host.subnets.push_back(first);
    for (int i = 0; i < static_cast<int>(world_.subnets.size()); ++i) {
      if (i != first && one_in(2) &&
          world_.subnets[static_cast<std::size_t>(i)].network == network) {
        host.subnets.push_back(i);
      }
    }
    return host;
  }

  std::mt19937_64& random_;
  World world_;
};

}  // namespace

World make_world(std::mt19937_64& random) {
  return Making(random).run();
}

}  // namespace plumbline::test
