// Orders: what a person asks of a plan besides the manifest: which way, how much of it, and what
// may be lost. Plain values, owned by whoever asks; saved with a plan, so that it is carried out
// under the orders it was shown with.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "controller/base/address.h"

namespace plumbline {

enum class PlanMode {
  kReconcile,  ///< The world becomes as the manifest says.
  kDestroy,    ///< Everything the state knows goes.
  kRefresh,    ///< The state learns what the world has become; no mutating call.
};
std::string_view name_of(PlanMode mode);

struct PlanOrders {
  PlanMode mode = PlanMode::kReconcile;
  /// Only these, what they need, and what must let go of them first; empty = everything.
  std::vector<Address> targets;
  /// Holders of data that may be replaced all the same: what they hold is lost.
  std::set<Address> may_replace;
  /// Objects that may go; unset = max(5, 10 % of the stack), and no limit when destroying.
  std::optional<std::size_t> max_delete;
  /// A manifest without half of what the state knows is meant as it is.
  bool allows_mass_removal = false;
};

}  // namespace plumbline
