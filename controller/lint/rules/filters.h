// Filters: what stands between the two ends of a packet (rules of groups, entries of network ACLs,
// routes), as the sets of addresses it lets pass. Of each there are two sets: what passes for sure,
// and what may pass; what lies between depends on something that is not written here. Knows
// topology; knows neither connections nor rules of lint.
#pragma once

#include <string_view>
#include <vector>

#include "controller/lint/rules/topology.h"

namespace plumbline {

/// Ends belong to it.
struct PortRange {
  int first = 0, last = 0;
  [[nodiscard]] int size() const { return last - first + 1; }
};

/// What decides, and where it is written. Lives as long as its Topology.
struct Cause {
  const Resource* resource = nullptr;
  std::string_view path;
  std::string_view text;  ///< "this rule admits it"
};

/// A part of an end: its addresses in one subnet, or outside of all that is written here.
struct Site {
  Index subnet = kNone;
  Index network = kNone;
  AddressSet addresses;
  bool is_exact =
      true;  ///< False: it has some of these addresses, perhaps; or is not there at all.
  bool is_public = false;                    ///< On the internet.
  Answer has_public_address = Answer::kYes;  ///< Beside its own.
  bool is_bare = false;  ///< Addresses alone: nothing that stands on their side is judged.
};

/// Keeps the first that says anything.
void note(Cause& cause, const Cause& found);

struct Passage {
  bool is_whole = true;  ///< Everything passes; the sets are not filled in then.
  AddressSet sure, maybe;
  Cause passed, blocked, doubted;  ///< The first that let pass, kept out, or could not be judged.

  static Passage nothing(const Cause& blocked);
  static Passage open(const AddressSet& addresses, const Cause& doubted);
};

/// A rule that nearly admits.
struct NearMiss {
  Index group = kNone;
  std::string path;
  bool has_port = false;  ///< It has the port but not the peer; else the reverse.
};

enum class Direction { kIngress, kEgress };

/// The groups at one end, and what they say of the other.
struct GroupQuestion {
  const std::vector<Index>& groups;
  bool has_all_groups = false;
  Direction direction = Direction::kIngress;
  int port = 0;
  const std::vector<Index>& peer_groups;
  bool has_all_peer_groups = false;
  Index network = kNone;  ///< Where the groups are.
};

/// Rules add up: what no rule admits is blocked. `near` may be null.
Passage pass_groups(
    const Topology& topology,
    const GroupQuestion& question,
    const Site& peer,
    std::vector<NearMiss>* near
);

/// Entries are tried by number; what no entry fits is blocked. `ports` of the other addresses'
/// packets: a range that no entry cuts in two. The port 0 is one that is not known.
Passage pass_acl(
    const Topology& topology,
    Index subnet,
    Direction direction,
    const PortRange& ports,
    const AddressSet& others
);

/// The ACL of a subnet, or null: it lets everything pass, or is not known.
const Acl* acl_of(const Topology& topology, Index subnet);

/// Whether packets from `from` find their way to each of the addresses of `to`: the route with the
/// longest prefix decides.
Passage pass_routes(const Topology& topology, const Site& from, const Site& to, bool is_answer);

}  // namespace plumbline
