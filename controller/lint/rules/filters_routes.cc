// Routes as a filter: which of the addresses of the other end packets find their way to.
#include "controller/lint/rules/filters.h"

namespace plumbline {

namespace {

class RouteWalk {
 public:
  enum class Sender { kCaller, kAnswerer, kNat };

  RouteWalk(const Topology& topology, const Site& from, const Site& to, Sender sender)
      : topology_(topology),
        from_(from),
        to_(to),
        is_same_network_(from.network == to.network && to.network != kNone && !to.is_public),
        sender_(sender),
        left_(to.addresses) {}

  Passage walk() {
    const Subnet* subnet = from_.subnet == kNone ? nullptr : &topology_.subnets()[from_.subnet];
    if (subnet == nullptr || !subnet->has_table || subnet->network == kNone) {
      const Resource* resource = subnet == nullptr ? nullptr : subnet->resource;
      return Passage::open(to_.addresses, {resource, "", "its routes are not written here"});
    }
    const RouteTable* table = subnet->table == kNone ? nullptr : &topology_.tables()[subnet->table];
    if (table != nullptr && !table->has_routes) {
      return Passage::open(
          to_.addresses, {table->resource, "routes", "not all of its routes are known"}
      );
    }
    if (!to_.is_public && !to_.is_bare && !is_same_network_ &&
        !topology_.are_different(from_.network, to_.network)) {
      return Passage::open(
          to_.addresses, {nullptr, "", "in which network it is is not written here"}
      );
    }
    network_ = &topology_.networks()[subnet->network];
    follow(table);
    return conclude(table);
  }

 private:
  /// The network's own ranges are routes like others: only a longer prefix goes before them.
  void follow(const RouteTable* table) {
    for (std::size_t i = 0; table != nullptr && i < table->routes.size(); ++i) {
      const Route& route = table->routes[i];
      const Cause cause{table->resource, route.path, "what this route is for is not known"};
      if (!route.range) {
        (route.is_list ? doubts_outside_ : doubts_all_) = true;
        note(passage_.doubted, cause);
      } else if (left_.overlaps(*route.range)) {
        take_own(&*route.range);
        take_route(*table, route);
      }
    }
    take_own(nullptr);
  }

  Passage conclude(const RouteTable* table) {
    const Cause missing =
        table == nullptr
            ? Cause{network_->resource, "", "its main table leads nowhere but into the network"}
            : Cause{table->resource, "routes", "no route leads there"};
    if (!left_.empty()) {
      decide(left_, Passage::nothing(missing), false);
    }
    passage_.is_whole = passage_.sure.size() == to_.addresses.size();
    return std::move(passage_);
  }

  /// What the network's own routes decide that are as long as `before`, or longer; all when null.
  void take_own(const AddressRange* before) {
    Passage fate;
    fate.passed = {network_->resource, "", "its own route"};
    if (!is_same_network_) {
      fate =
          Passage::nothing({network_->resource, "cidrBlock", "it has the same addresses itself"});
    }
    for (const AddressRange& own : network_->ranges) {
      if (before == nullptr || own.last - own.first <= before->last - before->first) {
        decide(own, fate, true);
      }
    }
    // A subnet of the network is inside, whatever range it was given by mistake.
    if (is_same_network_ && before == nullptr) {
      decide(AddressSet(left_), fate, true);
    }
  }

  void take_route(const RouteTable& table, const Route& route) {
    const bool may_be_longer = route.range->last - route.range->first < kWidestNetwork;
    if (is_same_network_ && !network_->has_all_ranges) {
      if (may_be_longer) {
        const Cause cause{
            table.resource, route.path, "how long its network's prefix is is not known"};
        decide(*route.range, Passage::open(to_.addresses, cause), false);
      }
      return;
    }
    decide(*route.range, fate_of(table, route), false);
  }

  [[nodiscard]] Passage fate_of(const RouteTable& table, const Route& route) const {
    Cause cause{table.resource, route.path, "what this route leads through is not written here"};
    switch (route.way) {
      case Route::Way::kInternet:
        return to_internet(cause);
      case Route::Way::kNat:
        return behind_nat(cause, route);
      case Route::Way::kPeering:
        return over_peering(cause, topology_.peerings()[route.peering]);
      case Route::Way::kNowhere:
        cause.text = "its gateway is attached to no network";
        return Passage::nothing(cause);
      case Route::Way::kOutside:
        break;
    }
    return Passage::open(to_.addresses, cause);
  }

  [[nodiscard]] Passage to_internet(Cause cause) const {
    if (!to_.is_public) {
      cause.text = "this route leads to the internet, which knows no private addresses";
      return Passage::nothing(cause);
    }
    if (from_.has_public_address == Answer::kNo) {
      cause.text = "an internet gateway takes nothing from who has no public address";
      return Passage::nothing(cause);
    }
    if (from_.has_public_address == Answer::kUnknown) {
      cause.text = "whether it has a public address is not written here";
      return Passage::open(to_.addresses, cause);
    }
    Passage passage;
    cause.text = "through the internet gateway";
    passage.passed = cause;
    return passage;
  }

  /// What a NAT gateway takes goes on by the routes of its own subnet.
  [[nodiscard]] Passage behind_nat(Cause cause, const Route& route) const {
    if (sender_ == Sender::kAnswerer) {
      cause.text = "a NAT gateway takes no answers to calls that came another way";
      return Passage::nothing(cause);
    }
    if (sender_ == Sender::kNat) {
      cause.text = "one NAT gateway leads to another";
      return Passage::open(to_.addresses, cause);
    }
    Site gateway;
    gateway.subnet = route.subnet;
    gateway.network = topology_.subnets()[route.subnet].network;
    Passage passage = RouteWalk(topology_, gateway, to_, Sender::kNat).walk();
    cause.text = "through the NAT gateway";
    passage.passed = cause;
    return passage;
  }

  /// A peering leads from one of its networks into the other, and no further.
  [[nodiscard]] Passage over_peering(Cause cause, const Peering& peering) const {
    const Index other = peering.other(from_.network);
    const Answer is_active = peering.is_active();
    if (is_active == Answer::kNo) {
      cause.text = peering.overlaps
                       ? "this peering fails, because the ranges of its networks overlap"
                       : "this peering is accepted by nobody";
      return Passage::nothing(cause);
    }
    if (sender_ == Sender::kNat || to_.is_bare || other == kNone) {
      cause.text = "whether this peering takes it there is not written here";
      return Passage::open(to_.addresses, cause);
    }
    if (other != to_.network) {
      cause.text = "a peering leads into its other network alone";
      return !to_.is_public && !topology_.are_different(other, to_.network)
                 ? Passage::open(to_.addresses, cause)
                 : Passage::nothing(cause);
    }
    if (is_active == Answer::kUnknown) {
      cause.text = "whether this peering is accepted is not written here";
      return Passage::open(to_.addresses, cause);
    }
    Passage passage;
    cause.text = "over the peering";
    passage.passed = cause;
    return passage;
  }

  void decide(const AddressRange& range, const Passage& fate, bool is_own) {
    AddressSet set;
    set.add(range);
    decide(set, fate, is_own);
  }

  void decide(const AddressSet& set, const Passage& fate, bool is_own) {
    AddressSet decided = left_;
    decided.keep(set);
    if (decided.empty()) {
      return;
    }
    left_.take(decided);
    AddressSet sure = decided;
    AddressSet maybe = decided;
    if (!fate.is_whole) {
      sure.keep(fate.sure);
      maybe.keep(fate.maybe);
    }
    const bool is_doubtful = doubts_all_ || (doubts_outside_ && !is_own);
    passage_.maybe.add(is_doubtful ? decided : maybe);
    if (!is_doubtful) {
      passage_.sure.add(sure);
    }
    note(passage_.passed, sure.empty() ? Cause() : fate.passed);
    note(passage_.blocked, maybe.size() < decided.size() ? fate.blocked : Cause());
    note(passage_.doubted, sure.size() < maybe.size() ? fate.doubted : Cause());
  }

  /// A network's widest prefix is /16.
  static constexpr std::uint32_t kWidestNetwork = 0xFFFF;

  const Topology& topology_;
  const Site& from_;
  const Site& to_;
  bool is_same_network_;
  Sender sender_;
  AddressSet left_;
  const Network* network_ = nullptr;
  bool doubts_all_ = false;  ///< A route whose destination is not known may lead any of them away.
  bool doubts_outside_ = false;  ///< A prefix list may; but never before the network's own routes.
  Passage passage_;
};

}  // namespace

Passage pass_routes(const Topology& topology, const Site& from, const Site& to, bool is_answer) {
  const auto sender = is_answer ? RouteWalk::Sender::kAnswerer : RouteWalk::Sender::kCaller;
  return RouteWalk(topology, from, to, sender).walk();
}

}  // namespace plumbline
