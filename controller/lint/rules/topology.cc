#include "controller/lint/rules/topology.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/expr.h"
#include "controller/lint/rules/settled.h"

namespace plumbline {

namespace {

constexpr std::string_view kVpcs = "vpcs";
constexpr std::string_view kSubnets = "subnets";
constexpr std::string_view kGroups = "securityGroups";

/// "443", "1024-65535" or "all"; leaves is_known false for what it cannot read.
void read_ports(std::string_view text, Ports& ports) {
  ports.is_known = text == "all";
  int from = 0;
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, from);
  if (read.ec != std::errc()) {
    return;
  }
  int to = from;
  if (read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, to);
  }
  if (read.ec == std::errc() && read.ptr == end) {
    ports = {ports.is_tcp, from, to, true};
  }
}

bool is_empty_list(const Value& value) {
  return value.is_list() && value.size() == 0;
}

}  // namespace

Ports read_protocol_and_ports(const Value& written) {
  Ports ports;
  const Value& protocol = written.get("protocol");
  const Value normal =
      protocol.is_null() ? Value("tcp") : find_value_function("ip_protocol")(protocol);
  if (!normal.is_text()) {
    ports.is_tcp = Answer::kUnknown;
  } else if (normal.as_text() == "-1") {
    return ports;  // Any protocol: ports do not count.
  } else if (normal.as_text() != "tcp") {
    ports.is_tcp = Answer::kNo;
  }
  const Value& port = written.get("port");
  const Value& range = written.get("ports");
  ports.is_known = false;
  if (port.is_int()) {
    ports.from = ports.to = static_cast<int>(port.as_int());
    ports.is_known = true;
  } else if (range.is_text()) {
    read_ports(range.as_text(), ports);
  }
  return ports;
}

std::string Network::name() const {
  return resource != nullptr ? resource->address.to_string() : id;
}

Answer GroupRule::admits(int port) const {
  if (is_tcp == Answer::kNo) {
    return Answer::kNo;
  }
  const bool is_all = has_ports && from == 0 && to == 65535;
  if (!has_ports || (port == 0 && !is_all)) {
    return Answer::kUnknown;
  }
  return port == 0 || (from <= port && port <= to) ? is_tcp : Answer::kNo;
}

Topology::Topology(const Manifest& manifest) : manifest_(manifest) {
  for (const Resource& resource : manifest.resources) {
    auto& section = sections_[resource.address.section];
    index_.emplace(&resource, section.size());
    section.push_back(&resource);
  }
  add_networks();
  add_subnets();
  add_acls();
  add_tables();
  mark_defaults();
  add_groups();
  add_places();
  for (const RouteTable& table : tables_) {
    may_join_ = may_join_ || !table.has_routes;
    for (const Route& route : table.routes) {
      may_join_ = may_join_ || route.way == Route::Way::kOutside;
    }
  }
}

Topology::Topology(const Manifest& empty, TopologyParts parts)
    : manifest_(empty),
      networks_(std::move(parts.networks)),
      subnets_(std::move(parts.subnets)),
      groups_(std::move(parts.groups)),
      acls_(std::move(parts.acls)),
      tables_(std::move(parts.tables)) {}

const std::vector<const Resource*>& Topology::section(std::string_view name) const {
  static const std::vector<const Resource*> kNothing;
  const auto found = sections_.find(name);
  return found == sections_.end() ? kNothing : found->second;
}

const Place* Topology::place_of(const Resource& resource) const {
  const auto found = place_index_.find(&resource);
  return found == place_index_.end() ? nullptr : &places_[found->second];
}

const Resource* Topology::target(const Value& value) const {
  return value.is_reference() ? manifest_.find(value.as_reference().address) : nullptr;
}

Index Topology::index_of(const Value& value, std::string_view section) const {
  const Resource* resource = target(value);
  return resource != nullptr && resource->address.section == section ? index_.at(resource) : kNone;
}

void Topology::add_networks() {
  for (const Resource* resource : section(kVpcs)) {
    Network network;
    network.resource = resource;
    network.is_created = !resource->existing;
    network.id = resource->existing ? resource->existing->id : resource->import_id;
    if (!network.id.empty()) {
      outside_networks_.emplace(network.id, networks_.size());
    }
    if (!resource->existing) {
      const Value& first = resource->properties.get("cidrBlock");
      const Value& more = resource->properties.get("secondaryCidrs");
      List all = more.is_list() ? more.as_list() : List();
      all.push_back(first);
      network.has_all_ranges = more.is_null() || more.is_list();
      for (const Value& written : all) {
        const auto range = settled_range(manifest_, written);
        network.has_all_ranges = network.has_all_ranges && range.has_value();
        if (range) {
          network.ranges.push_back(*range);
        }
      }
    }
    networks_.push_back(std::move(network));
  }
}

Index Topology::outside_network(const Value& value) {
  if (!value.is_text()) {
    return network_of(value);
  }
  const auto [at, is_new] = outside_networks_.emplace(value.as_text(), networks_.size());
  if (is_new) {
    Network network;
    network.id = value.as_text();
    networks_.push_back(std::move(network));
  }
  return at->second;
}

Index Topology::network_of(const Value& value) const {
  if (value.is_text()) {
    const auto found = outside_networks_.find(value.as_text());
    return found == outside_networks_.end() ? kNone : found->second;
  }
  return index_of(value, kVpcs);
}

bool Topology::are_different(Index a, Index b) const {
  if (a == kNone || b == kNone || a == b) {
    return false;
  }
  const Network& one = networks_[a];
  const Network& other = networks_[b];
  const bool are_named = !one.id.empty() && !other.id.empty();
  return are_named ? one.id != other.id : one.is_created || other.is_created;
}

void Topology::add_subnets() {
  for (const Resource* resource : section(kSubnets)) {
    Subnet subnet;
    subnet.resource = resource;
    const Value& properties = resource->existing ? resource->existing->match : resource->properties;
    subnet.network = outside_network(properties.get("vpc"));
    subnet.range = settled_range(manifest_, properties.get("cidrBlock"));
    subnet.zone = properties.text_of("availabilityZone");
    subnet.zone_id = properties.text_of("availabilityZoneId");
    if (subnet.network != kNone) {
      networks_[subnet.network].subnets.push_back(subnets_.size());
    }
    subnets_.push_back(std::move(subnet));
  }
}

void Topology::add_groups() {
  groups_.resize(section(kGroups).size());
  for (Index i = 0; i < groups_.size(); ++i) {
    const Resource& resource = *section(kGroups)[i];
    Group& group = groups_[i];
    group.resource = &resource;
    group.has_rules = !resource.existing;
    const Value& properties = resource.existing ? resource.existing->match : resource.properties;
    group.network = outside_network(properties.get("vpc"));
    group.lets_all_out = resource.entry->value.find("egress") == nullptr;
    group.ingress = read_rules(resource, "ingress", i);
    group.egress = read_rules(resource, "egress", i);
  }
}

std::vector<GroupRule> Topology::read_rules(
    const Resource& resource, std::string_view direction, Index self
) const {
  std::vector<GroupRule> rules;
  const Value& written = resource.properties.get(direction);
  const std::string_view peers_word = direction == "ingress" ? "from" : "to";
  for (std::size_t i = 0; written.is_list() && i < written.size(); ++i) {
    const Value& item = written.as_list()[i];
    GroupRule& rule = rules.emplace_back();
    rule.path = fmt::format("{}.{}", direction, i);
    const Ports ports = read_protocol_and_ports(item);
    rule.is_tcp = ports.is_tcp;
    rule.from = ports.from;
    rule.to = ports.to;
    rule.has_ports = ports.is_known;
    const Value& peers = item.get(peers_word);
    for (std::size_t j = 0; peers.is_list() && j < peers.size(); ++j) {
      Peer& peer = rule.peers.emplace_back(read_peer(peers.as_list()[j], self));
      peer.path = fmt::format("{}.{}.{}", rule.path, peers_word, j);
    }
  }
  return rules;
}

/// `{ id: '${securityGroups.db.groupId}' }` is the group, too.
Index Topology::group_of(const Value& peer) const {
  const Value& id = peer.get("id");
  const bool is_id = id.is_reference() && (id.as_reference().attribute == "groupId" ||
                                           id.as_reference().attribute == "id");
  return index_of(is_id ? id : peer.get("group"), kGroups);
}

Peer Topology::read_peer(const Value& written, Index self) const {
  Peer peer;
  if (!written.get("self").is_null()) {
    peer.kind = Peer::Kind::kGroup;
    peer.group = self;
  } else if (const Index group = group_of(written); group != kNone) {
    peer.kind = Peer::Kind::kGroup;
    peer.group = group;
  } else if (const auto range = settled_range(manifest_, written.get("cidr"))) {
    peer.kind = Peer::Kind::kCidr4;
    peer.range = *range;
    // Half of everything is everybody, too: some write 0.0.0.0/1 and 128.0.0.0/1.
    peer.is_everyone = range->last - range->first >= 0x7FFFFFFFU;
  } else if (const std::string& range6 = written.text_of("cidr6"); !range6.empty()) {
    peer.kind = Peer::Kind::kCidr6;
    // 2000::/3 holds every public address of today.
    peer.is_everyone = range6.ends_with("/0") || range6.ends_with("/1") || range6.ends_with("/2") ||
                       range6.ends_with("/3");
  }
  return peer;
}

void Topology::fill_subnets(const Value& written, Place& place) const {
  if (!written.is_list()) {
    return;
  }
  fill_subnet_list(written.as_list(), place);
}

void Topology::fill_subnet_list(const List& written, Place& place) const {
  place.has_all_subnets = true;
  for (const Value& item : written) {
    const Index subnet = index_of(item, kSubnets);
    if (subnet == kNone) {
      place.has_all_subnets = false;
      continue;
    }
    place.subnets.push_back(subnet);
    if (place.network == kNone) {
      place.network = subnets_[subnet].network;
    }
  }
}

void Topology::fill_groups(const Value& written, Place& place) const {
  const Property* property = place.resource->kind->find_property("securityGroups");
  const bool may_choose = property != nullptr && property->absence == Absence::kLate;
  if (!written.is_list() || (may_choose && is_empty_list(written))) {
    return;
  }
  place.has_all_groups = true;
  for (const Value& item : written.as_list()) {
    const Index group = index_of(item, kGroups);
    if (group == kNone) {
      place.has_all_groups = false;
      continue;
    }
    place.groups.push_back(group);
    if (place.network == kNone) {
      place.network = groups_[group].network;
    }
  }
}

void Topology::add_places() {
  for (const Resource& resource : manifest_.resources) {
    const Kind& kind = *resource.kind;
    const bool has_subnets = kind.find_property("subnets") != nullptr;
    const bool is_alone = kind.name == "Instance";  // One interface in one subnet.
    if (!has_subnets && !is_alone && kind.find_property("dbSubnetGroup") == nullptr) {
      continue;
    }
    Place place;
    place.resource = &resource;
    const NodeEntry& entry = *resource.entry;
    const Resource* holder = &resource;
    if (!has_subnets && !is_alone) {
      holder = target(resource.properties.get("dbSubnetGroup"));
    }
    if (is_alone) {
      fill_subnet_list({resource.properties.get("subnet")}, place);
    } else if (holder != nullptr) {
      fill_subnets(holder->properties.get("subnets"), place);
    }
    fill_groups(resource.properties.get("securityGroups"), place);
    // A kind that may do without a network does, unless subnets are written.
    const Property* subnets = has_subnets ? kind.find_property("subnets") : nullptr;
    const bool is_optional = subnets != nullptr && subnets->absence == Absence::kDefault;
    const Value& written = resource.properties.get("subnets");
    place.is_in_network = !is_optional || resource.existing.has_value() ||
                          (entry.value.find("subnets") != nullptr && !is_empty_list(written));
    place_index_.emplace(&resource, places_.size());
    places_.push_back(std::move(place));
  }
}

std::string_view engine_family(std::string_view engine) {
  if (engine == "mysql" || engine == "mariadb" || engine == "aurora-mysql") {
    return "MYSQL";
  }
  if (engine == "postgres" || engine == "aurora-postgresql") {
    return "POSTGRESQL";
  }
  return engine.starts_with("sqlserver-") ? "SQLSERVER" : "";
}

namespace {

int family_port(std::string_view family) {
  if (family == "MYSQL") {
    return 3306;
  }
  if (family == "POSTGRESQL") {
    return 5432;
  }
  return family == "SQLSERVER" ? 1433 : 0;
}

}  // namespace

std::string engine_of(const Resource& database) {
  return to_lower(database.properties.text_of("engine"));
}

int database_port(const Resource& database) {
  const Value& port = database.properties.get("port");
  if (!port.is_null()) {
    return port.is_int() ? static_cast<int>(port.as_int()) : 0;
  }
  if (database.existing || database.entry->value.find("port") != nullptr) {
    return 0;
  }
  const std::string engine = engine_of(database);
  return engine.starts_with("oracle-") ? 1521 : family_port(engine_family(engine));
}

namespace {

int proxy_port(const Topology& topology, const Resource& proxy) {
  // Where the family contradicts the database behind it, one of them is wrong: PX003.
  const Value& targets = proxy.properties.get("targets");
  const Resource* database = targets.is_list() && targets.size() == 1
                                 ? topology.target(targets.as_list().front().get("dbInstance"))
                                 : nullptr;
  const std::string& family = proxy.properties.text_of("engineFamily");
  const std::string_view wanted = database == nullptr ? "" : engine_family(engine_of(*database));
  return wanted.empty() || wanted == family ? family_port(family) : 0;
}

}  // namespace

int listening_port(const Topology& topology, const Resource& resource) {
  const std::string& section = resource.address.section;
  if (section == "dbProxyEndpoints") {
    const Resource* proxy = topology.target(resource.properties.get("dbProxy"));
    return proxy == nullptr ? 0 : proxy_port(topology, *proxy);
  }
  if (section == "dbProxies") {
    return proxy_port(topology, resource);
  }
  return section == "dbInstances" ? database_port(resource) : 0;
}

}  // namespace plumbline
