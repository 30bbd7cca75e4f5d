// Network ACLs and route tables of a manifest: what subnets have, and what is not written here.
#include <algorithm>

#include <fmt/format.h>

#include "controller/lint/rules/settled.h"
#include "controller/lint/rules/topology.h"

namespace plumbline {

namespace {

/// IPv6 is left out: what is proven is about IPv4. Nothing: the entry cannot be about it.
std::optional<AclEntry> read_entry(
    const Manifest& manifest, const Value& written, std::string_view end
) {
  if (!written.get(end).text_of("cidr6").empty()) {
    return std::nullopt;
  }
  AclEntry entry;
  const Ports ports = read_protocol_and_ports(written);
  entry.is_tcp = ports.is_tcp;
  entry.from = ports.from;
  entry.to = ports.to;
  entry.has_ports = ports.is_known;
  entry.range = settled_range(manifest, written.get(end).get("cidr"));
  entry.is_allow = written.text_of("ruleAction") == "allow";
  entry.number = written.get("ruleNumber").as_int();
  return entry;
}

/// False when an entry cannot be put in its place.
bool read_entries(
    const Manifest& manifest,
    const Resource& acl,
    std::string_view direction,
    std::string_view end,
    std::vector<AclEntry>& out
) {
  const Value& written = acl.properties.get(direction);
  if (!written.is_list()) {
    return acl.entry->value.find(direction) == nullptr;
  }
  for (std::size_t i = 0; i < written.size(); ++i) {
    const Value& item = written.as_list()[i];
    if (!item.get("ruleNumber").is_int() || !item.get("ruleAction").is_text()) {
      return false;
    }
    if (auto entry = read_entry(manifest, item, end)) {
      entry->path = fmt::format("{}.{}", direction, i);
      out.push_back(*std::move(entry));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const AclEntry& a, const AclEntry& b) {
    return a.number < b.number;
  });
  return true;
}

/// Smaller ranges win, and one that is not known may be as small as can be.
std::uint64_t width(const Route& route) {
  return route.range ? std::uint64_t{route.range->last} - route.range->first + 1 : 0;
}

}  // namespace

template <class Visit>
bool Topology::for_each_subnet(const Resource& resource, const Visit& visit) const {
  const Value& written = resource.properties.get("subnets");
  if (!written.is_list()) {
    return resource.entry->value.find("subnets") == nullptr;
  }
  bool is_whole = true;
  for (const Value& item : written.as_list()) {
    const Index subnet = index_of(item, "subnets");
    if (subnet != kNone) {
      visit(subnet);
    }
    // A subnet of an id cannot be one that is declared here.
    is_whole = is_whole && (subnet != kNone || item.is_text());
  }
  return is_whole;
}

void Topology::add_acls() {
  for (const Resource* resource : section("networkAcls")) {
    if (resource->existing) {
      continue;  // What it guards is not written; its subnets are marked as not known.
    }
    Acl acl;
    acl.resource = resource;
    acl.has_entries = read_entries(manifest_, *resource, "ingress", "from", acl.ingress);
    acl.has_entries =
        read_entries(manifest_, *resource, "egress", "to", acl.egress) && acl.has_entries;
    const bool is_whole = for_each_subnet(*resource, [&](Index subnet) {
      subnets_[subnet].acl = acls_.size();
      subnets_[subnet].has_acl = true;
    });
    has_loose_acl_ = has_loose_acl_ || !is_whole;
    acls_.push_back(std::move(acl));
  }
}

void Topology::add_tables() {
  for (const Resource* resource : section("routeTables")) {
    if (resource->existing) {
      continue;
    }
    RouteTable table;
    table.resource = resource;
    add_routes(table);
    const bool is_whole = for_each_subnet(*resource, [&](Index subnet) {
      subnets_[subnet].table = tables_.size();
      subnets_[subnet].has_table = true;
    });
    has_loose_table_ = has_loose_table_ || !is_whole;
    const Index network = network_of(resource->properties.get("vpc"));
    if (network != kNone && resource->entry->value.find("gateways") != nullptr) {
      networks_[network].has_edge_table = true;
    }
    tables_.push_back(std::move(table));
  }
}

/// What AWS gives a subnet that nobody gave anything is known in a network that is made here: an
/// ACL that lets everything pass, and a table with the network's own routes alone.
void Topology::mark_defaults() {
  for (Subnet& subnet : subnets_) {
    const bool is_made = !subnet.resource->existing && subnet.network != kNone &&
                         networks_[subnet.network].is_created;
    subnet.has_acl = subnet.has_acl || (is_made && !has_loose_acl_);
    subnet.has_table = subnet.has_table || (is_made && !has_loose_table_);
  }
}

void Topology::add_routes(RouteTable& table) const {
  const Value& written = table.resource->properties.get("routes");
  table.has_routes = written.is_list() || table.resource->entry->value.find("routes") == nullptr;
  for (std::size_t i = 0; written.is_list() && i < written.size(); ++i) {
    const Value& item = written.as_list()[i];
    if (!item.get("destination").text_of("cidr6").empty()) {
      continue;
    }
    Route route;
    route.path = fmt::format("routes.{}", i);
    route.range = settled_range(manifest_, item.get("destination").get("cidr"));
    route.is_list = !item.get("destination").text_of("prefixList").empty();
    read_way(item, route);
    table.routes.push_back(std::move(route));
  }
  std::stable_sort(table.routes.begin(), table.routes.end(), [](const Route& a, const Route& b) {
    return width(a) < width(b);
  });
}

void Topology::read_way(const Value& written, Route& route) const {
  const Value& gateway = written.get("gateway");
  const Value& nat = written.get("natGateway");
  if (gateway.is_text() && gateway.as_text().starts_with("igw-")) {
    // EC2 takes a route through a gateway only when it is attached to the table's network.
    route.way = Route::Way::kInternet;
  } else if (const Resource* door = target(gateway)) {
    const bool is_attached = door->existing || door->entry->value.find("vpc") != nullptr;
    route.way = is_attached ? Route::Way::kInternet : Route::Way::kNowhere;
  } else if (const Resource* way_out = target(nat); way_out != nullptr && !way_out->existing) {
    route.subnet = index_of(way_out->properties.get("subnet"), "subnets");
    const std::string& type = way_out->properties.text_of("connectivityType");
    const bool is_public =
        type == "public" || way_out->entry->value.find("connectivityType") == nullptr;
    route.way = is_public && route.subnet != kNone ? Route::Way::kNat : Route::Way::kOutside;
  }
}

}  // namespace plumbline
