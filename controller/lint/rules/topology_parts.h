// What a topology consists of: networks, subnets, groups, network ACLs and route tables, as indices
// and ranges. Plain values that point into a manifest; what is not known of them is marked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/lint/rules/addresses.h"

namespace plumbline {

/// What can be said of a claim from the manifest alone.
enum class Answer { kNo, kUnknown, kYes };

/// Index into one of the lists of Topology; kNone: not known.
using Index = std::size_t;
inline constexpr Index kNone = static_cast<Index>(-1);

struct Network {
  const Resource* resource = nullptr;  ///< Null for one that is only named by its id.
  std::string id;                      ///< Of one that exists already, when it is written.
  bool is_created = false;             ///< By this manifest: nothing else is known to be it.
  std::vector<AddressRange> ranges;
  bool has_all_ranges = false;
  std::vector<Index> subnets;  ///< Those that are written here.
  bool has_edge_table =
      false;  ///< What comes in from the internet is routed by a table of its own.
  [[nodiscard]] std::string name() const;
};

/// One numbered entry of a network ACL.
struct AclEntry {
  std::int64_t number = 0;
  bool is_allow = false;
  Answer is_tcp = Answer::kYes;
  int from = 0, to = 65535;
  bool has_ports = true;              ///< False: they are not known.
  std::optional<AddressRange> range;  ///< Nothing: not known.
  std::string path;                   ///< "ingress.0"

  [[nodiscard]] bool is_of_everything() const {
    return is_tcp == Answer::kYes && has_ports && from == 0 && to == 65535 &&
           range == AddressRange{0, 0xFFFFFFFFU};
  }
};

/// In the order in which entries are tried; IPv6 entries are left out.
struct Acl {
  const Resource* resource = nullptr;
  bool has_entries = true;  ///< False: they are not all known.
  std::vector<AclEntry> ingress, egress;
};

/// A peering that is written here.
struct Peering {
  const Resource* resource = nullptr;
  Index network = kNone, peer = kNone;  ///< Its two sides.
  Answer is_accepted = Answer::kUnknown;
  bool is_regional = true;  ///< Both sides are in one Region: groups may name each other.
  bool overlaps = false;    ///< The ranges of its sides do: EC2 lets it fail.

  /// The other side of `one`; kNone when `one` is none of its sides, or the other is not known.
  [[nodiscard]] Index other(Index one) const;
  /// Whether packets pass it.
  [[nodiscard]] Answer is_active() const { return overlaps ? Answer::kNo : is_accepted; }
};

struct Route {
  enum class Way {
    kInternet,  ///< Through an internet gateway of the network.
    kNat,       ///< Through the NAT gateway in `subnet`.
    kPeering,   ///< Over `peering`.
    kNowhere,   ///< Its target is attached to nothing: packets are dropped.
    kOutside    ///< Through something that is not followed: an interface, a transit gateway, ...
  };
  std::optional<AddressRange> range;  ///< Nothing: not known.
  bool is_list = false;               ///< A prefix list, which is not known.
  Way way = Way::kOutside;
  Index subnet = kNone;
  Index peering = kNone;
  std::string path;  ///< "routes.0"
};

/// IPv6 routes are left out.
struct RouteTable {
  const Resource* resource = nullptr;
  bool has_routes = true;     ///< False: they are not all known.
  std::vector<Route> routes;  ///< The longest prefix first; those that are not known before all.
};

struct Subnet {
  const Resource* resource = nullptr;
  Index network = kNone;
  std::optional<AddressRange> range;
  std::string zone, zone_id;  ///< "" when not known.
  Index acl = kNone;          ///< kNone: its network's default ACL.
  Index table = kNone;        ///< kNone: its network's main table.
  bool has_acl = false;    ///< False: which ACL it has, or what the default one says, is not known.
  bool has_table = false;  ///< The same for its route table.
};

struct Peer {
  enum class Kind { kGroup, kCidr4, kCidr6, kOutside };
  Kind kind = Kind::kOutside;
  Index group = kNone;
  AddressRange range;
  bool is_everyone = false;  ///< 0.0.0.0/0 or ::/0
  std::string path;          ///< "ingress.0.from.1"
};

struct GroupRule {
  Answer is_tcp = Answer::kYes;  ///< Or any protocol.
  int from = 0, to = 65535;
  bool has_ports = true;  ///< False: they are not known.
  std::vector<Peer> peers;
  std::string path;  ///< "ingress.0"

  /// Whether TCP to `port` is meant; 0 is a port that is not known.
  [[nodiscard]] Answer admits(int port) const;
};

struct Group {
  const Resource* resource = nullptr;
  Index network = kNone;
  bool has_rules = false;  ///< False: its rules are not written here.
  bool lets_all_out = false;
  std::vector<GroupRule> ingress, egress;
};

/// Where a resource's network interfaces are.
struct Place {
  const Resource* resource = nullptr;
  std::vector<Index> groups;
  bool has_all_groups = false;  ///< False: it wears others, too, or AWS chooses.
  std::vector<Index> subnets;
  bool has_all_subnets = false;
  bool is_in_network = true;  ///< False: it is known to have no interfaces in any network.
  Index network = kNone;
};

}  // namespace plumbline
