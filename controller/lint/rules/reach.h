// Reach: whether the security groups at both ends let a TCP connection through, proven from the
// manifest: it passes, it is blocked, it passes from some places only, or the answer depends on
// something that is not written. Knows topology; knows no rule.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "controller/lint/rules/topology.h"

namespace plumbline {

/// From good to bad; the worst of its parts is the verdict of a whole.
enum class Verdict { kReach, kUnknown, kPartial, kBlocked };

/// One end of a connection: a resource, or addresses.
struct End {
  const Resource* resource = nullptr;  ///< Null: addresses alone.
  std::string name;                    ///< "dbProxies.app", "internet", "10.0.0.0/8"
  bool is_internet = false;
  std::vector<Index> groups;
  bool has_all_groups = false;
  AddressSet addresses;
  bool has_addresses = false;        ///< `addresses` holds all it can have.
  bool has_exact_addresses = false;  ///< And no others.
  bool is_in_network = true;
  bool is_guarded = false;  ///< A network ACL stands before some of its subnets.
  Index network = kNone;
};

End end_of(const Topology& topology, const Place& place);

enum class Direction { kIngress, kEgress };

/// A rule that nearly admits.
struct NearMiss {
  Index group = kNone;
  std::string path;
  bool has_port = false;  ///< It has the port but not the peer; else the reverse.
};

/// What the groups at one end say.
struct Cover {
  Verdict verdict = Verdict::kReach;
  std::vector<NearMiss> near;
  std::uint32_t witness = 0;  ///< kPartial: an address that is left out.
  std::uint64_t open = 0;     ///< kPartial: how many addresses are let through.
};

/// Whether the groups `wearer` wears let TCP to `port` pass in the direction, with `peer` at the
/// other end. Rules add up: what no rule admits is blocked.
Cover cover(
    const Topology& topology, const End& wearer, Direction direction, int port, const End& peer
);

/// A connection that must hold, or must not, and what was proven of it.
struct Hop {
  End source, target;
  int port = 0;         ///< 0: not known.
  SourceRange origin;   ///< What asks for it.
  std::string because;  ///< "it is declared here"
  bool is_declared = false, is_denied = false;
  int declared_port = 0;

  Verdict network = Verdict::kReach;  ///< kBlocked: the ends can never meet, whatever the rules.
  Verdict guard = Verdict::kReach;    ///< kUnknown: a network ACL decides, which is not followed.
  Cover egress, ingress;

  [[nodiscard]] Verdict verdict() const;
};

/// Fills in what is proven.
void prove(const Topology& topology, Hop& hop);

/// All hops the manifest asks for: declared connections, proxies to their targets, functions to
/// what their environment names. Each once.
std::vector<Hop> find_hops(const Topology& topology, const Manifest& manifest);

struct LintFacts {
  explicit LintFacts(const Manifest& manifest)
      : topology(manifest), hops(find_hops(topology, manifest)) {}

  Topology topology;
  std::vector<Hop> hops;
};

}  // namespace plumbline
