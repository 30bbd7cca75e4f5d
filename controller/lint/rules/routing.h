// Routing: which route table decides for a subnet, and whether it leads to the internet. Knows
// topology; knows no rule. What is decided outside of the manifest stays unknown.
#pragma once

#include <string>
#include <unordered_map>

#include "controller/lint/context.h"
#include "controller/lint/rules/topology.h"

namespace plumbline {

/// Where a route is written.
struct RoutePlace {
  const Resource* table = nullptr;
  std::string path;  ///< "routes.0"
};

/// What can be said of the ways that a subnet's packets may take.
struct Way {
  Answer answer = Answer::kUnknown;
  RoutePlace route;  ///< The one that says kYes; no table otherwise.
};

class Routing {
 public:
  Routing(const Manifest& manifest, const Topology& topology);

  /// The table that names the subnet; null when none does, or when that is not known.
  [[nodiscard]] const Resource* table_of(const Resource& subnet) const;
  /// Whether a route for everything leads through an internet gateway.
  [[nodiscard]] Way to_internet(const Resource& subnet) const;
  /// The same over IPv6.
  [[nodiscard]] Way to_internet6(const Resource& subnet) const;
  /// Whether a route for everything leads out of the network at all. A private NAT gateway leads no
  /// further than the routes of its own subnet, and never through an internet gateway.
  [[nodiscard]] Way out_of_network(const Resource& subnet) const;
  /// Whether all tables that may name a subnet are written here.
  [[nodiscard]] bool has_all_tables() const { return has_all_tables_; }

 private:
  enum class Leads { kAway, kAwayPrivately, kThroughGateway, kThroughGateway6 };
  [[nodiscard]] Way find(const Resource& subnet, Leads wanted) const;
  [[nodiscard]] Answer fits(const Value& route, Leads wanted) const;
  [[nodiscard]] Answer beyond_nat(const Value& route) const;

  const Topology& topology_;
  std::unordered_map<const Resource*, const Resource*> tables_;  ///< By subnet.
  bool has_all_tables_;
};

}  // namespace plumbline
