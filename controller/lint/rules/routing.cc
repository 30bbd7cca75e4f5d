#include "controller/lint/rules/routing.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// Of everything, or of what some write instead of it: `part`, "/1" as in 0.0.0.0/1 and
/// 128.0.0.0/1, and "/3" of IPv6, whose public addresses are all in 2000::/3.
Answer is_default(const Value& destination, std::string_view form, std::string_view part) {
  const Value& range = destination.get(form);
  if (range.is_null()) {
    return destination.is_object() ? Answer::kNo : Answer::kUnknown;  // Other forms, prefix lists.
  }
  if (!range.is_text()) {
    return Answer::kUnknown;
  }
  const std::string& text = range.as_text();
  return text.ends_with("/0") || text.ends_with(part) ? Answer::kYes : Answer::kNo;
}

}  // namespace

Routing::Routing(const Manifest& manifest, const Topology& topology)
    : topology_(topology), has_all_tables_(manifest.is_whole) {
  for (const Resource* table : topology.section("routeTables")) {
    const Value& subnets = table->properties.get("subnets");
    const bool is_written = table->entry->value.find("subnets") != nullptr;
    if (table->existing || (is_written && !subnets.is_list())) {
      has_all_tables_ = false;
    }
    for (std::size_t i = 0; subnets.is_list() && i < subnets.size(); ++i) {
      if (const Resource* subnet = topology.target(subnets.as_list()[i])) {
        tables_.emplace(subnet, table);
      } else {
        has_all_tables_ = has_all_tables_ && subnets.as_list()[i].is_text();
      }
    }
  }
}

const Resource* Routing::table_of(const Resource& subnet) const {
  const auto found = tables_.find(&subnet);
  return found == tables_.end() ? nullptr : found->second;
}

Way Routing::to_internet(const Resource& subnet) const {
  return find(subnet, Leads::kThroughGateway);
}

Way Routing::to_internet6(const Resource& subnet) const {
  return find(subnet, Leads::kThroughGateway6);
}

Way Routing::out_of_network(const Resource& subnet) const {
  return find(subnet, Leads::kAway);
}

Way Routing::find(const Resource& subnet, Leads wanted) const {
  const Resource* table = table_of(subnet);
  if (table == nullptr) {
    // The main table of a network that is made here has the network's own routes alone.
    const Index network = topology_.network_of(subnet.properties.get("vpc"));
    const bool is_new = !subnet.existing && network != kNone &&
                        topology_.networks()[network].is_created && has_all_tables_;
    return {is_new ? Answer::kNo : Answer::kUnknown, {}};
  }
  const bool is_written = table->entry->value.find("routes") != nullptr;
  const Value& routes = table->properties.get("routes");
  if (table->existing || (is_written && !routes.is_list())) {
    return {};
  }
  Answer best = Answer::kNo;
  for (std::size_t i = 0; routes.is_list() && i < routes.size(); ++i) {
    const Answer answer = fits(routes.as_list()[i], wanted);
    if (answer == Answer::kYes) {
      return {answer, {table, fmt::format("routes.{}", i)}};
    }
    best = std::max(best, answer);
  }
  return {best, {}};
}

Answer Routing::fits(const Value& route, Leads wanted) const {
  const Value& written = route.get("destination");
  const Answer destination = wanted == Leads::kThroughGateway6 ? is_default(written, "cidr6", "/3")
                                                               : is_default(written, "cidr", "/1");
  if (wanted == Leads::kAway) {
    return std::min(destination, beyond_nat(route));
  }
  const Value& gateway = route.get("gateway");
  if (wanted == Leads::kAwayPrivately) {
    // What a second NAT gateway makes of it is not followed.
    const Answer beyond = !gateway.is_null()                  ? Answer::kNo
                          : route.get("natGateway").is_null() ? Answer::kYes
                                                              : Answer::kUnknown;
    return std::min(destination, beyond);
  }
  // Of two targets neither is known to be meant: NW009.
  const bool has_two = !gateway.is_null() && !route.get("natGateway").is_null();
  const bool is_lost = gateway.is_reference() && topology_.target(gateway) == nullptr;  // RF001
  const bool is_open = gateway.is_unknown() || gateway.is_concat() || is_lost || has_two;
  const bool is_internet = topology_.target(gateway) != nullptr ||
                           (gateway.is_text() && gateway.as_text().starts_with("igw-"));
  return std::min(
      destination,
      is_open       ? Answer::kUnknown
      : is_internet ? Answer::kYes
                    : Answer::kNo
  );
}

/// Whether what takes this route gets further than a NAT gateway that it may lead to.
Answer Routing::beyond_nat(const Value& route) const {
  const Resource* nat = topology_.target(route.get("natGateway"));
  // One with an address is meant to be public: MF006.
  if (nat == nullptr || nat->existing || !nat->properties.get("allocation").is_null() ||
      nat->properties.text_of("connectivityType") != "private") {
    return Answer::kYes;
  }
  const Resource* subnet = topology_.target(nat->properties.get("subnet"));
  return subnet == nullptr ? Answer::kUnknown : find(*subnet, Leads::kAwayPrivately).answer;
}

}  // namespace plumbline
