// Rules of the catalogue that cannot be written yet, and what the manifest cannot say without which
// they have nothing to look at. A row leaves this table for one of the tables of rules.
#pragma once

#include <array>
#include <string_view>

namespace plumbline {

struct PendingRule {
  std::string_view id;
  std::string_view needs;  ///< A kind, or a word of the manifest.
};

inline constexpr auto kPendingRules = std::to_array<PendingRule>({
    {"DB003", "kind DBCluster"},
    {"DB004", "kind DBCluster"},
    {"PX007", "a user name in connections"},
    {"SK004", "kind Parameter"},
    {"SK011", "the rotation of secrets"},
});

}  // namespace plumbline
