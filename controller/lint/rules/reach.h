// Reach: whether TCP connections between two ends pass, proven from the manifest: all of them do,
// none does, some do, or the answer depends on something that is not written. The proof is about
// sets, never about samples: of every subnet of either end, all addresses and all source ports,
// through the groups on both ends, network ACLs there and back, and routes there and back. Knows
// topology and filters; knows no rule of lint.
//
// Not followed: what runs inside (operating systems, users of an engine, TLS, DNS), transit
// gateways, appliances and peerings that are not written here (a route to one makes the answer
// unknown), IPv6, the ACL around a NAT gateway, and quotas.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "controller/lint/rules/filters.h"

namespace plumbline {

/// From good to bad.
enum class Verdict { kReach, kUnknown, kPartial, kBlocked };

/// One end of a connection: a resource, or addresses.
struct End {
  const Resource* resource = nullptr;  ///< Null: addresses alone.
  std::string name;                    ///< "dbProxies.app", "internet", "10.0.0.0/8"
  bool is_outside = false;             ///< Addresses of the internet.
  std::vector<Index> groups;
  bool has_all_groups = false;
  std::vector<Site> sites;
  bool is_in_network = true;
  Index network = kNone;
  /// Ports it connects from (ephemeral ranges: VPC guide, network ACLs); instances are taken for
  /// Linux unless their image says Windows.
  PortRange source_ports{1024, 65535};
};

End end_of(const Topology& topology, const Place& place);
/// Addresses alone.
End end_of(std::string name, AddressSet addresses);

/// Whether the internet knows an address of it.
Answer has_public_address(const Resource& resource);

/// What a packet meets, in its order: there, and the answer back.
enum class Stage {
  kEgress,
  kAclOut,
  kRoute,
  kAclIn,
  kIngress,
  kAclBackOut,
  kRouteBack,
  kAclBackIn
};
inline constexpr std::size_t kStages = 8;
inline constexpr std::array<Stage, kStages> kStageOrder{
    Stage::kEgress,
    Stage::kAclOut,
    Stage::kRoute,
    Stage::kAclIn,
    Stage::kIngress,
    Stage::kAclBackOut,
    Stage::kRouteBack,
    Stage::kAclBackIn};
/// The network ACLs among them, in that order.
inline constexpr std::array kAclStages{
    Stage::kAclOut, Stage::kAclIn, Stage::kAclBackOut, Stage::kAclBackIn};
bool is_acl(Stage stage);

/// What one stage says, over all pairs of sites.
struct Check {
  Verdict verdict = Verdict::kReach;
  bool is_met = false;  ///< False: nothing there is judged, such as the side of bare addresses.
  std::size_t pairs = 0, blocked = 0;  ///< How many pairs of sites, and how many it blocks whole.
  Cause passed, stopped, doubted;
  std::vector<NearMiss> near;  ///< Of groups.
};

/// One packet that is lost, for people.
struct Witness {
  std::uint32_t source = 0, target = 0;
  int source_port = 0;
  Stage stage = Stage::kEgress;
};

/// A connection that must hold, or must not, and what was proven of it.
struct Hop {
  End source, target;
  int port = 0;         ///< 0: not known.
  SourceRange origin;   ///< What asks for it.
  std::string because;  ///< "it is declared here"
  bool is_declared = false, is_denied = false;
  /// An end is a group or a subnet, and another hop is about what stands in for it and decides.
  bool is_decided = false;
  /// A function is told of a database behind a proxy, and nobody declared that: PX017, and no other
  /// rule says how to open the way.
  bool is_past_proxy = false;
  int declared_port = 0;

  Verdict network = Verdict::kReach;  ///< kBlocked: the ends can never meet, whatever the rules.
  std::string network_text;           ///< "both are in vpcs.main"
  Verdict flow = Verdict::kReach;     ///< Of packets, when the network is no obstacle.
  std::array<Check, kStages> checks;
  double share = 1;                ///< kPartial: of all packets, how many pass.
  std::uint64_t open_sources = 0;  ///< Source addresses that surely reach some target.
  Witness witness;                 ///< kPartial

  [[nodiscard]] const Check& at(Stage stage) const {
    return checks[static_cast<std::size_t>(stage)];
  }
  [[nodiscard]] Verdict verdict() const;
};

/// Below this share of source ports answers count as lost: an ACL that lets port 3306 out lets one
/// of 64,512 return ports through.
inline constexpr double kLeastPortShare = 0.01;

/// Fills in what is proven.
void prove(const Topology& topology, Hop& hop, double least_port_share = kLeastPortShare);

/// Whether things of its section open connections, or take them, or stand for what does.
bool opens_connections(const Resource& resource);
bool takes_connections(const Resource& resource);

/// All hops the manifest asks for: declared connections, proxies to their targets, functions to
/// what their environment names. Each once.
std::vector<Hop> find_hops(const Topology& topology, const Manifest& manifest);

struct LintFacts {
  explicit LintFacts(const Manifest& manifest)
      : topology(manifest), hops(find_hops(topology, manifest)) {}
  LintFacts(const LintFacts&) = delete;
  LintFacts& operator=(const LintFacts&) = delete;

  Topology topology;
  std::vector<Hop> hops;  ///< Point into the topology.
};

}  // namespace plumbline
