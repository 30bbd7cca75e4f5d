// Rules about ranges by themselves: how they are written, how large they are.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/config/expr.h"
#include "controller/lint/rules/finding.h"
#include "controller/lint/rules/reach.h"
#include "controller/lint/rules/reading.h"
#include "controller/lint/rules/rules.h"

namespace plumbline::checks {

namespace {

/// Calls `visit` for every range a property holds, as the schema knows them. `path` is where
/// `value` is; it grows and shrinks on the way.
template <class Visit>
void for_each_range(
    const Property& property, const Value& value, std::string& path, const Visit& visit
) {
  if (value.is_text() && property.normalise == "cidr4") {
    visit(value.as_text(), path);
  }
  for (const Choice& choice : property.choices) {
    const Value& chosen = value.get(choice.as);
    if ((choice.format == "cidr4" || choice.format == "cidr6") && chosen.is_text()) {
      visit(chosen.as_text(), path);
    }
  }
  const std::size_t length = path.size();
  for (std::size_t i = 0; value.is_list() && property.element && i < value.size(); ++i) {
    path.append(".").append(std::to_string(i));
    for_each_range(*property.element, value.as_list()[i], path, visit);
    path.resize(length);
  }
  for (const Property& field : property.fields) {
    if (const Value* member = value.find(field.name)) {
      path.append(".").append(field.name);
      for_each_range(field, *member, path, visit);
      path.resize(length);
    }
  }
}

/// An IPv6 range may be spelled in many ways: what counts are bits behind its prefix.
void check_range6(const Reporting& reporting, const Spot& spot, const std::string& text) {
  const auto keep = find_value_function("cidr6");
  const std::string address = text.substr(0, text.find('/'));
  const Value range = keep(Value(text));
  const Value first = keep(Value(address + "/128"));
  const auto address_in = [](const Value& value) {
    return value.as_text().substr(0, value.as_text().find('/'));
  };
  if (!range.is_text() || !first.is_text() || address_in(range) == address_in(first)) {
    return;
  }
  const std::string& kept = range.as_text();
  reporting.at(
      spot,
      fmt::format("{} begins inside of the range {}.", text, kept),
      Advice(fmt::format("write {}, or {}/128 for the one address", kept, address), text, kept)
  );
}

void check_range(const Reporting& reporting, const Spot& spot, const std::string& text) {
  if (text.find(':') != std::string::npos) {
    check_range6(reporting, spot, text);
    return;
  }
  const auto range = parse_cidr4(text);
  if (!range) {
    reporting.at(
        spot,
        fmt::format("{} is no IPv4 range: its parts go to 255, its prefix to 32.", text),
        "write a range such as 10.0.0.0/16"
    );
    return;
  }
  const Value masked = find_value_function("cidr4")(Value(text));
  if (!masked.is_text() || masked.as_text() == text) {
    return;
  }
  const std::string& kept = masked.as_text();
  const std::string address = text.substr(0, text.find('/'));
  reporting.at(
      spot,
      fmt::format("{} begins inside of the range {}, and AWS makes that of it.", text, kept),
      Advice(fmt::format("write {}, or {}/32 for the one address", kept, address), text, kept)
  );
}

constexpr std::uint64_t kReserved = 5;  ///< The first four addresses of a subnet, and the last.
constexpr unsigned kSmallest = 28, kLargest = 16;

unsigned prefix_of(const AddressRange& range) {
  unsigned prefix = 32;
  for (std::uint64_t size = std::uint64_t{range.last} - range.first + 1; size > 1; size /= 2) {
    --prefix;
  }
  return prefix;
}

/// "How many IP addresses a proxy needs, by the class of its target", from the RDS user guide,
/// "Planning for IP address capacity" of RDS Proxy; read in June 2023.
struct Need {
  std::string_view size;
  std::uint64_t addresses;
};
constexpr auto kNeeds = std::to_array<Need>({
    {"2xlarge", 15},
    {"4xlarge", 25},
    {"8xlarge", 45},
    {"12xlarge", 60},
    {"16xlarge", 75},
    {"24xlarge", 110},
});
constexpr std::uint64_t kLeastNeed = 10;

std::uint64_t need_of(const std::string& database_class) {
  const std::string_view size =
      std::string_view(database_class).substr(database_class.rfind('.') + 1);
  const auto found = std::find_if(kNeeds.begin(), kNeeds.end(), [&](const Need& need) {
    return need.size == size;
  });
  return found == kNeeds.end() ? kLeastNeed : found->addresses;
}

/// The largest need of its targets.
struct Largest {
  std::uint64_t addresses = kLeastNeed;
  const Resource* database = nullptr;
};

Largest largest_need(const Topology& topology, const Resource& proxy) {
  Largest largest;
  const Value& targets = proxy.properties.get("targets");
  for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
    const Resource* database = topology.target(targets.as_list()[i].get("dbInstance"));
    const std::uint64_t need =
        database == nullptr ? 0 : need_of(database->properties.text_of("dbInstanceClass"));
    if (need > largest.addresses) {
      largest = {need, database};
    }
  }
  return largest;
}

/// All addresses of its subnets that can be given away; nothing when that is not known.
std::optional<std::uint64_t> room_of(const Topology& topology, const Place& place) {
  std::uint64_t room = 0;
  for (const Index index : place.subnets) {
    const auto& range = topology.subnets()[index].range;
    if (!range) {
      return std::nullopt;
    }
    const std::uint64_t size = std::uint64_t{range->last} - range->first + 1;
    room += size > kReserved ? size - kReserved : 0;
  }
  return place.has_all_subnets ? std::optional(room) : std::nullopt;
}

/// The first four addresses of a subnet are AWS's, and so is the last.
constexpr std::uint32_t kReservedFirst = 4;

/// An interface's own address is one of its subnet's.
void check_address(const Reporting& reporting, const Resource& resource) {
  const Topology& topology = reporting.context().facts->topology;
  const std::string& address = resource.properties.text_of("privateIpAddress");
  const auto own = parse_cidr4(address + "/32");
  const Resource* subnet = topology.target(resource.properties.get("subnet"));
  if (!own || subnet == nullptr || subnet->existing || subnet->address.section != "subnets") {
    return;
  }
  const std::string& written = subnet->properties.text_of("cidrBlock");
  const auto range = parse_cidr4(written);
  if (!range) {
    return;
  }
  const AddressRange free{range->first + kReservedFirst, range->last - 1};
  if (free.holds(*own)) {
    return;
  }
  Diagnostic& finding = reporting.at(
      {resource, "privateIpAddress"},
      "",
      fmt::format("choose an address of {}, or leave it out", written)
  );
  finding.summary = "an address is not one of its subnet's";
  finding.detail = fmt::format(
      "{} of `{}` is {} {}, the range of `{}`. EC2 refuses it with InvalidParameterValue.",
      address,
      resource.address.to_string(),
      range->holds(*own) ? "one that AWS keeps of" : "not inside",
      written,
      subnet->address.to_string()
  );
  finding.evidence.push_back(reporting.evidence({*subnet, "cidrBlock"}, "the subnet's range"));
}

/// Ranges of one network are apart.
void check_own_ranges(const Reporting& reporting, const Resource& network) {
  const Value& more = network.properties.get("secondaryCidrs");
  std::vector<AddressRange> before;
  if (const auto main = parse_cidr4(network.properties.text_of("cidrBlock"))) {
    before.push_back(*main);
  }
  for (std::size_t i = 0; more.is_list() && i < more.size(); ++i) {
    const Value& item = more.as_list()[i];
    const auto range = item.is_text() ? parse_cidr4(item.as_text()) : std::nullopt;
    if (!range) {
      continue;
    }
    const bool is_taken = std::any_of(before.begin(), before.end(), [&](const AddressRange& one) {
      return one.overlaps(*range);
    });
    before.push_back(*range);
    if (is_taken) {
      Diagnostic& finding = reporting.at(
          {network, fmt::format("secondaryCidrs.{}", i)}, "", "choose a range apart from the others"
      );
      finding.summary = "two ranges of one network overlap";
      finding.detail = fmt::format(
          "{} of `{}` overlaps another of its ranges. EC2 refuses it.",
          item.as_text(),
          network.address.to_string()
      );
    }
  }
}

}  // namespace

void nw001(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource& resource : context.manifest.resources) {
    for (const Member& member : resource.properties.as_object()) {
      const Property* property = resource.kind->find_property(member.key);
      if (property == nullptr || resource.existing) {
        continue;
      }
      std::string path = member.key;
      for_each_range(*property, member.value, path, [&](const std::string& text, const auto& at) {
        check_range(reporting, {resource, at}, text);
      });
    }
  }
}

void nw004(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* network : context.facts->topology.section("vpcs")) {
    const Value& more = network->properties.get("secondaryCidrs");
    for (std::size_t i = 0; more.is_list() && i < more.size(); ++i) {
      const Value& text = more.as_list()[i];
      const auto range = text.is_text() ? parse_cidr4(text.as_text()) : std::nullopt;
      if (!range || (prefix_of(*range) >= kLargest && prefix_of(*range) <= kSmallest)) {
        continue;
      }
      reporting.at(
          {*network, fmt::format("secondaryCidrs.{}", i)},
          fmt::format(
              "{} of `{}` is too {}.",
              text.as_text(),
              network->address.to_string(),
              prefix_of(*range) < kLargest ? "large" : "small"
          ),
          "take a range of size /16 to /28"
      );
    }
  }
}

void nw006(const Rule& rule, const LintContext& context, Diagnostics& out) {
  constexpr std::uint64_t kForEndpoint = 3;
  const Reporting reporting(rule, context, out);
  const Topology& topology = context.facts->topology;
  std::map<const Resource*, std::uint64_t> endpoints;
  for (const Resource* endpoint : topology.section("dbProxyEndpoints")) {
    endpoints[topology.target(endpoint->properties.get("dbProxy"))] += kForEndpoint;
  }
  // Proxies that share all their subnets share the room.
  std::map<std::set<Index>, std::uint64_t> before;
  for (const Resource* proxy : topology.section("dbProxies")) {
    const Place& place = *topology.place_of(*proxy);
    const auto room = room_of(topology, place);
    Largest need = largest_need(topology, *proxy);
    if (const auto more = endpoints.find(proxy); more != endpoints.end()) {
      need.addresses += more->second;
    }
    std::uint64_t& taken = before[std::set<Index>(place.subnets.begin(), place.subnets.end())];
    const bool is_alone = taken == 0;
    // Where one does not fit by itself, the next is not told that it is one too many.
    const std::uint64_t together = need.addresses + taken;
    taken = !room || need.addresses > *room ? taken : together;
    if (proxy->existing || !room || *room >= together) {
      continue;
    }
    Diagnostic& finding = reporting.at(
        {*proxy, "subnets"},
        fmt::format(
            "The subnets of `{}` have {} addresses, and it may need {}{}.",
            proxy->address.to_string(),
            *room,
            together,
            is_alone ? "" : ", with the other proxies there"
        ),
        "take larger subnets, or more of them"
    );
    for (const Index index : place.subnets) {
      const Resource& subnet = *topology.subnets()[index].resource;
      finding.evidence.push_back(reporting.evidence(
          {subnet, "cidrBlock"}, fmt::format("the range of `{}`", subnet.address.to_string())
      ));
    }
    if (need.database != nullptr) {
      finding.evidence.push_back(
          reporting.evidence({*need.database, "dbInstanceClass"}, "so large is the target")
      );
    }
  }
}

void nw002_addresses(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const std::string_view section : {"instances", "natGateways"}) {
    for (const Resource* resource : created(context, section)) {
      check_address(reporting, *resource);
    }
  }
}

void nw003_networks(const Rule& rule, const LintContext& context, Diagnostics& out) {
  const Reporting reporting(rule, context, out);
  for (const Resource* network : created(context, "vpcs")) {
    check_own_ranges(reporting, *network);
  }
}

}  // namespace plumbline::checks
