// What a person asks of a session besides the manifest, held against what there is: a flag that
// names nothing is a slip of the hand.
#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/cli/session.h"

namespace plumbline {

namespace {

/// What somebody may have meant who named an address that is not there.
std::string nearest_of(const Address& address, const std::vector<std::string>& known) {
  const std::string name = address.to_string();
  std::vector<std::string> members;     // As a `forEach` of this name makes them.
  std::vector<std::string> neighbours;  // In the same section.
  for (const std::string& each : known) {
    if (each.starts_with(name + "-")) {
      members.push_back(each);
    }
    if (each.starts_with(address.section + ".")) {
      neighbours.push_back(each);
    }
  }
  if (members.size() > 1) {
    return fmt::format("There are {}.", join(members, ", "));
  }
  if (const auto best = nearest(name, known)) {
    return fmt::format("Did you mean {}?", *best);
  }
  return neighbours.empty()
             ? fmt::format("There is nothing in {}.", address.section)
             : fmt::format("In {} there is {}.", address.section, join(neighbours, ", "));
}

}  // namespace

/// Who names an address that a `moved:` block gave away means what it is called now.
PlanOrders Session::follow_moves(PlanOrders orders) const {
  const auto follow = [&](std::string_view flag, const Address& address) {
    const auto now =
        manifest_->find(address) == nullptr ? manifest_->moved_to(address) : std::nullopt;
    if (!now) {
      return address;
    }
    terminal_.err(fmt::format(
        "plumbline: {0} {1}: it was moved and is called {2} now; taken as {0} {2}\n",
        flag,
        address.to_string(),
        now->to_string()
    ));
    return *now;
  };
  for (Address& target : orders.targets) {
    target = follow("--target", target);
  }
  std::set<Address> may_replace;
  for (const Address& address : orders.may_replace) {
    may_replace.insert(follow("--allow-replace", address));
  }
  orders.may_replace = std::move(may_replace);
  return orders;
}

/// A flag that names nothing is a slip of the hand: said before anything is asked of AWS.
std::optional<Exit> Session::check_orders(const PlanOrders& orders) const {
  std::vector<std::string> known;
  for (const Resource& resource : manifest_->resources) {
    known.push_back(resource.address.to_string());
  }
  for (const ResourceRow& row : state_.rows) {
    if (manifest_->find(row.address) == nullptr) {
      known.push_back(row.address.to_string());
    }
  }
  const auto check = [&](std::string_view flag, const Address& address) {
    const std::string name = address.to_string();
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      return true;
    }
    terminal_.err(fmt::format(
        "plumbline: {} {}: neither the manifest nor the state knows it. {}\n",
        flag,
        name,
        nearest_of(address, known)
    ));
    return false;
  };
  bool is_right = true;
  for (const Address& target : orders.targets) {
    is_right = check("--target", target) && is_right;
  }
  for (const Address& address : orders.may_replace) {
    is_right = check("--allow-replace", address) && is_right;
  }
  return is_right ? std::nullopt : std::optional(Exit::kUsage);
}

}  // namespace plumbline
