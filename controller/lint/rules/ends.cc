// Where the ends of a connection may have addresses.
#include "controller/base/text.h"
#include "controller/lint/rules/reach.h"

namespace plumbline {

namespace {

constexpr AddressRange kEverything{0, 0xFFFFFFFFU};
/// A resource of an unknown subnet may be in any; beyond so many they are not told apart.
constexpr std::size_t kMostSites = 64;

Site site_of(const Topology& topology, Index index, bool is_exact) {
  const Subnet& subnet = topology.subnets()[index];
  Site site;
  site.subnet = index;
  site.network = subnet.network;
  site.is_exact = is_exact && subnet.range;
  if (subnet.range) {
    site.addresses.add(*subnet.range);
    return site;
  }
  const Network* network = subnet.network == kNone ? nullptr : &topology.networks()[subnet.network];
  if (network == nullptr || !network->has_all_ranges) {
    site.addresses.add(kEverything);
    return site;
  }
  for (const AddressRange& range : network->ranges) {
    site.addresses.add(range);
  }
  return site;
}

/// In a network that is made here every subnet is written here.
void add_anywhere(const Topology& topology, Index index, std::vector<Site>& sites) {
  const Network* network = index == kNone ? nullptr : &topology.networks()[index];
  if (network != nullptr && network->is_created && !network->subnets.empty() &&
      network->subnets.size() <= kMostSites) {
    for (const Index subnet : network->subnets) {
      sites.push_back(site_of(topology, subnet, false));
    }
    return;
  }
  Site site;
  site.network = index;
  site.is_exact = false;
  if (network == nullptr || !network->has_all_ranges) {
    site.addresses.add(kEverything);
  } else {
    for (const AddressRange& range : network->ranges) {
      site.addresses.add(range);
    }
  }
  sites.push_back(std::move(site));
}

/// The ports that an instance connects from. Windows' images are told by their public parameters,
/// /aws/service/ami-windows-latest/…; an image by its id is taken for Linux.
PortRange ports_of(const Resource& instance) {
  // net.ipv4.ip_local_port_range of Linux; Amazon Linux leaves it as it is.
  constexpr PortRange kLinux{32768, 60999};
  constexpr PortRange kWindows{49152, 65535};
  const std::string image = to_lower(instance.properties.text_of("image"));
  return image.find("/ami-windows") != std::string::npos ? kWindows : kLinux;
}

Answer answer_of(const Value& written) {
  return !written.is_bool() ? Answer::kUnknown : written.as_bool() ? Answer::kYes : Answer::kNo;
}

}  // namespace

Answer has_public_address(const Resource& resource) {
  const std::string& section = resource.address.section;
  if (section == "instances") {
    // Without the word its subnet decides, and what is associated later.
    return answer_of(resource.properties.get("associatePublicIpAddress"));
  }
  if (resource.kind->find_property("publiclyAccessible") != nullptr) {
    return answer_of(resource.properties.get("publiclyAccessible"));
  }
  // Groups and subnets stand for whatever wears them, or lives in them.
  const bool is_open = section == "securityGroups" || section == "subnets";
  return is_open ? Answer::kUnknown : Answer::kNo;
}

End end_of(const Topology& topology, const Place& place) {
  End end;
  end.resource = place.resource;
  end.name = place.resource->address.to_string();
  end.groups = place.groups;
  end.has_all_groups = place.has_all_groups;
  end.is_in_network = place.is_in_network;
  end.network = place.network;
  if (!place.is_in_network) {
    End outside = end_of(end.name, AddressSet::internet());
    outside.resource = end.resource;
    outside.is_in_network = false;
    return outside;
  }
  if (place.resource->address.section == "instances") {
    end.source_ports = ports_of(*place.resource);
  }
  for (const Index subnet : place.subnets) {
    end.sites.push_back(site_of(topology, subnet, true));
  }
  if (!place.has_all_subnets || place.subnets.empty()) {
    add_anywhere(topology, place.network, end.sites);
  }
  for (Site& site : end.sites) {
    site.has_public_address = has_public_address(*place.resource);
  }
  return end;
}

End end_of(std::string name, AddressSet addresses) {
  End end;
  end.name = std::move(name);
  AddressSet private_part = addresses;
  private_part.take(AddressSet::internet());
  // "0.0.0.0/0" means the internet, too.
  const bool is_everything = addresses.size() == std::uint64_t{kEverything.last} + 1;
  end.is_outside = is_everything || private_part.empty();
  end.has_all_groups = true;
  Site site;
  site.addresses = is_everything ? AddressSet::internet() : std::move(addresses);
  site.is_public = end.is_outside;
  site.is_bare = !end.is_outside;
  end.sites.push_back(std::move(site));
  return end;
}

}  // namespace plumbline
