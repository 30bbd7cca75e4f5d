// Topology: the manifest's networks, subnets and security groups as indices and ranges, and where
// every resource lives. Worked out once, lent to all rules. What is outside the manifest, or not
// known before something is created, is marked as such and never guessed.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/lint/rules/topology_parts.h"

namespace plumbline {

/// What a topology is made of, for who builds one without a manifest.
struct TopologyParts {
  std::vector<Network> networks;
  std::vector<Subnet> subnets;
  std::vector<Group> groups;
  std::vector<Acl> acls;
  std::vector<RouteTable> tables;
};

class Topology {
 public:
  explicit Topology(const Manifest& manifest);
  /// The parts as they are, in a manifest that says nothing of its own.
  Topology(const Manifest& empty, TopologyParts parts);

  [[nodiscard]] const std::vector<Network>& networks() const { return networks_; }
  [[nodiscard]] const std::vector<Subnet>& subnets() const { return subnets_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<Acl>& acls() const { return acls_; }
  [[nodiscard]] const std::vector<RouteTable>& tables() const { return tables_; }
  /// Resources with network interfaces, groups of subnets included.
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  /// All resources of a section, in order.
  [[nodiscard]] const std::vector<const Resource*>& section(std::string_view name) const;
  /// Null when the resource has no interfaces that are known of.
  [[nodiscard]] const Place* place_of(const Resource& resource) const;
  /// The resource a reference leads to; null for all else.
  [[nodiscard]] const Resource* target(const Value& value) const;
  /// The network a value names; kNone when that is not known.
  [[nodiscard]] Index network_of(const Value& value) const;
  /// Whether two networks are surely not the same.
  [[nodiscard]] bool are_different(Index a, Index b) const;
  /// Whether the manifest may join networks in a way that is not followed here.
  [[nodiscard]] bool may_join_networks() const { return may_join_; }

 private:
  void add_networks();
  void add_subnets();
  void add_acls();
  void add_tables();
  void mark_defaults();
  void add_routes(RouteTable& table) const;
  void read_way(const Value& written, Route& route) const;
  /// Calls `visit` with every subnet of a list; true when all of the list is known.
  template <class Visit>
  bool for_each_subnet(const Resource& resource, const Visit& visit) const;
  void add_groups();
  void add_places();
  Index outside_network(const Value& value);
  [[nodiscard]] Index index_of(const Value& value, std::string_view section) const;
  [[nodiscard]] std::vector<GroupRule> read_rules(
      const Resource& resource, std::string_view direction, Index self
  ) const;
  [[nodiscard]] Index group_of(const Value& peer) const;
  [[nodiscard]] Peer read_peer(const Value& written, Index self) const;
  void fill_subnets(const Value& written, Place& place) const;
  void fill_subnet_list(const List& written, Place& place) const;
  void fill_groups(const Value& written, Place& place) const;

  const Manifest& manifest_;
  std::map<std::string, std::vector<const Resource*>, std::less<>> sections_;
  std::unordered_map<const Resource*, Index> index_;  ///< In the list of its section.
  std::unordered_map<const Resource*, Index> place_index_;
  std::map<std::string, Index, std::less<>> outside_networks_;
  std::vector<Network> networks_;
  std::vector<Subnet> subnets_;
  std::vector<Group> groups_;
  std::vector<Acl> acls_;
  std::vector<RouteTable> tables_;
  std::vector<Place> places_;
  bool may_join_ = false;
  bool has_loose_acl_ = false;    ///< Some ACL guards subnets that are not all known.
  bool has_loose_table_ = false;  ///< The same for a route table.
};

/// What "tcp", -1, a number or a name of a protocol and port words say; for rules and ACL entries.
struct Ports {
  Answer is_tcp = Answer::kYes;
  int from = 0, to = 65535;
  bool is_known = true;
};
Ports read_protocol_and_ports(const Value& written);

/// The engine of a database in small letters: RDS takes `MySQL`, too. "" when not known.
std::string engine_of(const Resource& database);
/// The port a database listens on: its own, else its engine's; 0 when not known.
int database_port(const Resource& database);
/// "MYSQL" of "mysql" and "mariadb"; "" when not known.
std::string_view engine_family(std::string_view engine);
/// Of a database, a proxy or an endpoint of one; 0 when not known, and for all else. A proxy's is
/// decided by its family.
int listening_port(const Topology& topology, const Resource& resource);

}  // namespace plumbline
