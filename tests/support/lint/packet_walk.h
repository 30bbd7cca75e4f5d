// A small world of networks, and what becomes of one packet in it: written from the VPC guide, one
// packet and one rule at a time. Knows everything, also what a manifest would not say, and shares
// no code with the prover it is held against.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace plumbline::test {

struct Block {
  std::uint32_t base = 0;
  int prefix = 32;
  [[nodiscard]] bool contains(std::uint32_t address) const;
};

struct WalkRule {
  bool is_tcp = true;
  int from = 0, to = 65535;
  bool is_hidden = false;  ///< A prefix list: the prover is not told `block`.
  int group = -1;          ///< Instead of `block`.
  Block block;
};

struct WalkGroup {
  bool is_hidden = false;  ///< The prover is not told its rules.
  bool lets_all_out = false;
  std::vector<WalkRule> in, out;
};

struct WalkEntry {
  int number = 0;
  bool is_allow = false, is_tcp = true;
  int from = 0, to = 65535;
  Block block;
};

struct WalkAcl {
  std::vector<WalkEntry> in, out;  ///< In any order.
};

struct WalkRoute {
  enum class Way { kInternet, kNat, kPeering, kNowhere, kHiddenJoin, kHiddenDrop };
  Block block;
  Way way = Way::kNowhere;
  int nat_subnet = -1;
};

struct WalkSubnet {
  int network = 0;
  Block block;
  int acl = -1;    ///< -1: the default one.
  int table = -1;  ///< -1: the main one, with local routes alone.
};

struct WalkHost {
  std::vector<int> groups, subnets;
  bool is_public = false;    ///< Has a public address, too.
  bool is_internet = false;  ///< Is somewhere on the internet.
};

/// Between the two networks.
struct WalkPeering {
  bool is_there = false;
  bool is_accepted = true;
  bool is_hidden = false;   ///< The prover is not told whether it is accepted.
  bool is_regional = true;  ///< Within one Region.
};

struct World {
  std::vector<Block> networks;
  WalkPeering peering;
  std::vector<WalkSubnet> subnets;
  std::vector<WalkGroup> groups;
  std::vector<WalkAcl> acls;
  std::vector<std::vector<WalkRoute>> tables;
  WalkHost source, target;
  int port = 3306;
  bool has_secrets = false;  ///< Something is hidden from the prover.
};

/// One connection attempt; the subnets are -1 on the internet.
struct Packet {
  int source_subnet = -1, target_subnet = -1;
  std::uint32_t source = 0, target = 0;
  int source_port = 0;
};

World make_world(std::mt19937_64& random);

/// Whether the packet arrives and its answer comes back.
bool is_answered(const World& world, const Packet& packet);

}  // namespace plumbline::test
