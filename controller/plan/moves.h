// `moved:` and the state: rows go to their new addresses before anything is looked at, so that what
// follows is an ordinary plan in which the owner tag differs. Changes the image in memory alone;
// who carries the plan out records it first.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/plan/plan.h"

namespace plumbline {

/// What the blocks of a manifest did to a state.
struct Moves {
  struct Row {
    Address from, to;
    std::string physical_id;
  };
  std::vector<Row> rows;  ///< Deposed ones included.
  /// Other rows that name a moved one as their producer: (address, physical id).
  std::vector<std::pair<Address, std::string>> touched;
  /// New address → why its block cannot be followed; nothing was moved there.
  std::map<Address, std::string> conflicts;

  [[nodiscard]] bool empty() const { return rows.empty(); }
  /// The address a resource had until now; null when it was not moved.
  [[nodiscard]] const Address* from(const Address& to) const;
};

/// Follows the moves whose new address is declared. Rows stay sorted. Twice is as good as once.
Moves apply_moves(const Manifest& manifest, StateImage& state);

/// The addresses by which a resource was known before, as the manifest tells it.
std::vector<Address> former_addresses(const Manifest& manifest, const Address& address);

/// True when `owner` is the owner tag of this address, or of one it had before.
bool is_owner_tag(
    const std::string& owner,
    const Manifest& manifest,
    const std::string& install_key,
    const std::string& account_id,
    const std::pair<Address, std::string>& place
);

}  // namespace plumbline
