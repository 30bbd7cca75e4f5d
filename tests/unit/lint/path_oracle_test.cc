// The prover against a walk of single packets through random worlds. PLUMBLINE_SEED repeats a run.
#include <cstdlib>
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/base/env.h"
#include "controller/lint/rules/reach.h"
#include "tests/support/lint/packet_walk.h"

namespace plumbline {
namespace {

using test::Block;
using test::Packet;
using test::WalkRoute;
using test::World;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kWorlds = 10'000;
#else
constexpr int kWorlds = 100'000;
#endif
constexpr int kPackets = 12;
constexpr int kFirstPort = 1024;
constexpr int kLastPort = 65535;

std::uint64_t seed() {
  const char* given = std::getenv("PLUMBLINE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().next();
}

AddressRange range_of(const Block& block) {
  const std::uint64_t size = std::uint64_t{1} << static_cast<unsigned>(32 - block.prefix);
  return {block.base, static_cast<std::uint32_t>(block.base + size - 1)};
}

/// What a manifest would tell of a world.
class Telling {
 public:
  explicit Telling(const World& world) : world_(world) {}

  TopologyParts tell() {
    for (const Block& block : world_.networks) {
      Network network;
      network.is_created = network.has_all_ranges = true;
      network.ranges.push_back(range_of(block));
      parts_.networks.push_back(std::move(network));
    }
    for (const test::WalkSubnet& own : world_.subnets) {
      Subnet subnet;
      subnet.network = static_cast<Index>(own.network);
      subnet.range = range_of(own.block);
      subnet.acl = own.acl < 0 ? kNone : static_cast<Index>(own.acl);
      subnet.table = own.table < 0 ? kNone : static_cast<Index>(own.table);
      subnet.has_acl = subnet.has_table = true;
      parts_.subnets.push_back(std::move(subnet));
    }
    if (world_.peering.is_there) {
      Peering& peering = parts_.peerings.emplace_back();
      peering.network = 0;
      peering.peer = 1;
      peering.is_accepted = world_.peering.is_hidden     ? Answer::kUnknown
                            : world_.peering.is_accepted ? Answer::kYes
                                                         : Answer::kNo;
      peering.is_regional = world_.peering.is_regional;
      peering.overlaps =
          parts_.networks[0].ranges.front().overlaps(parts_.networks[1].ranges.front());
    }
    tell_groups();
    tell_acls();
    tell_tables();
    return std::move(parts_);
  }

 private:
  static std::vector<GroupRule> tell(const std::vector<test::WalkRule>& rules) {
    std::vector<GroupRule> told;
    for (const test::WalkRule& own : rules) {
      GroupRule& rule = told.emplace_back();
      rule.is_tcp = own.is_tcp ? Answer::kYes : Answer::kNo;
      rule.from = own.from;
      rule.to = own.to;
      Peer& peer = rule.peers.emplace_back();
      peer.kind = own.group >= 0  ? Peer::Kind::kGroup
                  : own.is_hidden ? Peer::Kind::kOutside
                                  : Peer::Kind::kCidr4;
      peer.group = own.group < 0 ? kNone : static_cast<Index>(own.group);
      peer.range = range_of(own.block);
    }
    return told;
  }

  static std::vector<AclEntry> tell(std::vector<test::WalkEntry> entries) {
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
      return a.number < b.number;
    });
    std::vector<AclEntry> told;
    for (const test::WalkEntry& own : entries) {
      AclEntry& entry = told.emplace_back();
      entry.number = own.number;
      entry.is_allow = own.is_allow;
      entry.is_tcp = own.is_tcp ? Answer::kYes : Answer::kNo;
      entry.from = own.from;
      entry.to = own.to;
      entry.range = range_of(own.block);
    }
    return told;
  }

  void tell_groups() {
    for (const test::WalkGroup& own : world_.groups) {
      Group& group = parts_.groups.emplace_back();
      group.has_rules = !own.is_hidden;
      group.lets_all_out = own.lets_all_out;
      group.ingress = tell(own.in);
      group.egress = tell(own.out);
    }
  }

  void tell_acls() {
    for (const test::WalkAcl& own : world_.acls) {
      Acl& acl = parts_.acls.emplace_back();
      acl.ingress = tell(own.in);
      acl.egress = tell(own.out);
    }
  }

  void tell_tables() {
    for (std::vector<WalkRoute> routes : world_.tables) {
      std::stable_sort(routes.begin(), routes.end(), [](const auto& a, const auto& b) {
        return a.block.prefix > b.block.prefix;
      });
      RouteTable& table = parts_.tables.emplace_back();
      for (const WalkRoute& own : routes) {
        Route& route = table.routes.emplace_back();
        route.range = range_of(own.block);
        route.subnet = static_cast<Index>(own.nat_subnet);
        route.peering = 0;
        route.way = own.way == WalkRoute::Way::kInternet  ? Route::Way::kInternet
                    : own.way == WalkRoute::Way::kNat     ? Route::Way::kNat
                    : own.way == WalkRoute::Way::kPeering ? Route::Way::kPeering
                    : own.way == WalkRoute::Way::kNowhere ? Route::Way::kNowhere
                                                          : Route::Way::kOutside;
      }
    }
  }

  const World& world_;
  TopologyParts parts_;
};

class Trial {
 public:
  explicit Trial(std::mt19937_64& random)
      : random_(random),
        world_(test::make_world(random)),
        topology_(manifest_, Telling(world_).tell()) {
    for (Resource* resource : {&source_, &target_}) {
      const bool is_public = (resource == &source_ ? world_.source : world_.target).is_public;
      resource->address = Address::parse("instances.one");
      resource->properties = Value::object({{"associatePublicIpAddress", is_public}});
    }
    hop_.port = world_.port;
    hop_.source = end_for(world_.source, source_);
    hop_.target = end_for(world_.target, target_);
    prove(topology_, hop_, 0);
  }

  [[nodiscard]] Verdict verdict() const { return hop_.verdict(); }

  /// "" when prover and walk agree.
  std::string contradiction() {
    const Verdict verdict = hop_.verdict();
    if (verdict == Verdict::kUnknown) {
      return world_.has_secrets ? "" : "nothing is hidden, but it cannot tell";
    }
    if (verdict == Verdict::kPartial) {
      const Packet lost =
          packet(hop_.witness.source, hop_.witness.target, hop_.witness.source_port);
      if (test::is_answered(world_, lost)) {
        return "the witness is answered";
      }
      return hop_.share > 0 && hop_.share < 1 ? "" : fmt::format("its share is {}", hop_.share);
    }
    for (int i = 0; i < kPackets; ++i) {
      const Packet any = any_packet();
      if (test::is_answered(world_, any) != (verdict == Verdict::kReach)) {
        return fmt::format("{}:{} → {}", any.source, any.source_port, any.target);
      }
    }
    return "";
  }

  /// Whether all packets together, counted, are the prover's share. Ports that no entry of an ACL
  /// tells apart are counted by one of them.
  std::string miscount() {
    if (world_.has_secrets || world_.source.is_internet || world_.target.is_internet ||
        hop_.network != Verdict::kReach) {
      return "";
    }
    double all = 0;
    double answered = 0;
    const std::vector<int> starts = port_starts();
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
      for_each_pair([&](std::uint32_t source, std::uint32_t target) {
        const double width = starts[i + 1] - starts[i];
        all += width;
        answered += test::is_answered(world_, packet(source, target, starts[i])) ? width : 0;
      });
    }
    return std::abs(answered / all - hop_.share) < 1e-9
               ? ""
               : fmt::format("{} instead of {}", hop_.share, answered / all);
  }

 private:
  End end_for(const test::WalkHost& host, const Resource& resource) const {
    if (host.is_internet) {
      return end_of("internet", AddressSet::internet());
    }
    End end;
    end.resource = &resource;
    end.has_all_groups = true;
    for (const int group : host.groups) {
      end.groups.push_back(static_cast<Index>(group));
    }
    for (const int subnet : host.subnets) {
      const test::WalkSubnet& own = world_.subnets[static_cast<std::size_t>(subnet)];
      Site& site = end.sites.emplace_back();
      site.subnet = static_cast<Index>(subnet);
      site.network = end.network = static_cast<Index>(own.network);
      site.addresses.add(range_of(own.block));
      site.has_public_address = host.is_public ? Answer::kYes : Answer::kNo;
    }
    return end;
  }

  [[nodiscard]] int subnet_of(const test::WalkHost& host, std::uint32_t address) const {
    for (const int subnet : host.subnets) {
      if (!host.is_internet &&
          world_.subnets[static_cast<std::size_t>(subnet)].block.contains(address)) {
        return subnet;
      }
    }
    return -1;
  }

  [[nodiscard]] Packet packet(std::uint32_t source, std::uint32_t target, int port) const {
    return {
        subnet_of(world_.source, source), subnet_of(world_.target, target), source, target, port};
  }

  std::uint32_t any_address(const test::WalkHost& host) {
    constexpr std::uint32_t kPublic[] = {0x08080808, 0xCB007105, 0x01000000, 0xDFFFFFFF};
    if (host.is_internet) {
      return kPublic[random_() % 4];
    }
    const auto subnet = static_cast<std::size_t>(host.subnets[random_() % host.subnets.size()]);
    return world_.subnets[subnet].block.base + static_cast<std::uint32_t>(random_() % 4);
  }

  Packet any_packet() {
    const std::vector<int> starts = port_starts();
    const auto at = random_() % (starts.size() - 1);
    const int port = random_() % 2 == 0 ? starts[at] : starts[at + 1] - 1;
    return packet(any_address(world_.source), any_address(world_.target), port);
  }

  /// Where entries of ACLs begin or end, and behind the last port.
  [[nodiscard]] std::vector<int> port_starts() const {
    std::vector<int> starts{kFirstPort, kLastPort + 1};
    for (const test::WalkAcl& acl : world_.acls) {
      for (const auto* entries : {&acl.in, &acl.out}) {
        for (const test::WalkEntry& entry : *entries) {
          for (const int start : {entry.from, entry.to + 1}) {
            if (start > kFirstPort && start <= kLastPort) {
              starts.push_back(start);
            }
          }
        }
      }
    }
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
  }

  template <class Visit>
  void for_each_pair(const Visit& visit) const {
    for (const int from : world_.source.subnets) {
      for (const int to : world_.target.subnets) {
        for (std::uint32_t i = 0; i < 16; ++i) {
          visit(
              world_.subnets[static_cast<std::size_t>(from)].block.base + i / 4,
              world_.subnets[static_cast<std::size_t>(to)].block.base + i % 4
          );
        }
      }
    }
  }

  std::mt19937_64& random_;
  World world_;
  Manifest manifest_;
  Topology topology_;
  Resource source_, target_;
  Hop hop_;
};

TEST(PathOracle, AgreesWithAWalkOfSinglePacketsThroughRandomWorlds) {
  const std::uint64_t first = seed();
  std::mt19937_64 random(first);
  std::map<Verdict, int> seen;
  for (int i = 0; i < kWorlds; ++i) {
    Trial trial(random);
    ASSERT_EQ(trial.contradiction(), "") << "world " << i << ", PLUMBLINE_SEED=" << first;
    if (i % 10 == 0) {
      ASSERT_EQ(trial.miscount(), "") << "world " << i << ", PLUMBLINE_SEED=" << first;
    }
    ++seen[trial.verdict()];
  }
  // Worlds that all end alike would prove nothing.
  for (const Verdict verdict :
       {Verdict::kReach, Verdict::kUnknown, Verdict::kPartial, Verdict::kBlocked}) {
    EXPECT_GT(seen[verdict], kWorlds / 50) << static_cast<int>(verdict);
  }
}

}  // namespace
}  // namespace plumbline
