// Topology: the manifest's networks, subnets and security groups as indices and ranges, and where
// every resource lives. Worked out once, lent to all rules. What is outside the manifest, or not
// known before something is created, is marked as such and never guessed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/lint/rules/addresses.h"

namespace plumbline {

/// What can be said of a claim from the manifest alone.
enum class Answer { kNo, kUnknown, kYes };

/// Index into one of the lists of Topology; kNone: not known.
using Index = std::size_t;
inline constexpr Index kNone = static_cast<Index>(-1);

struct Network {
  const Resource* resource = nullptr;  ///< Null for one that is only named by its id.
  std::string id;                      ///< Of one that exists already, when it is written.
  bool is_created = false;             ///< By this manifest: nothing else is known to be it.
  std::vector<AddressRange> ranges;
  bool has_all_ranges = false;
  [[nodiscard]] std::string name() const;
};

struct Subnet {
  const Resource* resource = nullptr;
  Index network = kNone;
  std::optional<AddressRange> range;
  std::string zone, zone_id;  ///< "" when not known.
  bool is_guarded = false;    ///< A network ACL that is written here may turn packets away.
};

struct Peer {
  enum class Kind { kGroup, kCidr4, kCidr6, kOutside };
  Kind kind = Kind::kOutside;
  Index group = kNone;
  AddressRange range;
  bool is_everyone = false;  ///< 0.0.0.0/0 or ::/0
  std::string path;          ///< "ingress.0.from.1"
};

struct GroupRule {
  Answer is_tcp = Answer::kYes;  ///< Or any protocol.
  int from = 0, to = 65535;
  bool has_ports = true;  ///< False: they are not known.
  std::vector<Peer> peers;
  std::string path;  ///< "ingress.0"

  /// Whether TCP to `port` is meant; 0 is a port that is not known.
  [[nodiscard]] Answer admits(int port) const;
};

struct Group {
  const Resource* resource = nullptr;
  Index network = kNone;
  bool has_rules = false;  ///< False: its rules are not written here.
  bool lets_all_out = false;
  std::vector<GroupRule> ingress, egress;
};

/// Where a resource's network interfaces are.
struct Place {
  const Resource* resource = nullptr;
  std::vector<Index> groups;
  bool has_all_groups = false;  ///< False: it wears others, too, or AWS chooses.
  std::vector<Index> subnets;
  bool has_all_subnets = false;
  bool is_in_network = true;  ///< False: it is known to have no interfaces in any network.
  Index network = kNone;
};

class Topology {
 public:
  explicit Topology(const Manifest& manifest);

  [[nodiscard]] const std::vector<Network>& networks() const { return networks_; }
  [[nodiscard]] const std::vector<Subnet>& subnets() const { return subnets_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
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
  void add_guards();
  void add_groups();
  void add_places();
  Index outside_network(const Value& value);
  [[nodiscard]] Index index_of(const Value& value, std::string_view section) const;
  [[nodiscard]] std::vector<GroupRule> read_rules(
      const Resource& resource, std::string_view direction, Index self
  ) const;
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
  std::vector<Place> places_;
  bool may_join_ = false;
};

/// The port a database listens on: its own, else its engine's; 0 when not known.
int database_port(const Resource& database);
/// "MYSQL" of "mysql" and "mariadb"; "" when not known.
std::string_view engine_family(std::string_view engine);
/// The port a proxy listens on, which its family decides; 0 when not known.
int proxy_port(const Resource& proxy);

}  // namespace plumbline
