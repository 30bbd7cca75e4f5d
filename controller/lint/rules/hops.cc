// Which connections a manifest asks for.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "controller/lint/rules/reach.h"

namespace plumbline {

namespace {

class Collecting {
 public:
  Collecting(const Topology& topology, const Manifest& manifest)
      : topology_(topology), manifest_(manifest) {}

  std::vector<Hop> run() {
    for (const Connection& connection : manifest_.connections) {
      add_declared(connection);
    }
    for (const Resource* proxy : topology_.section("dbProxies")) {
      add_targets(*proxy);
    }
    for (const Resource* function : topology_.section("functions")) {
      add_environment(*function);
    }
    for (Hop& hop : hops_) {
      prove(topology_, hop);
    }
    return std::move(hops_);
  }

 private:
  /// Nothing when the text names nothing that has a place.
  std::optional<End> resolve(const std::string& text) const {
    if (text == "internet") {
      return end_of(text, AddressSet::internet());
    }
    if (const auto range = parse_cidr4(text)) {
      AddressSet addresses;
      addresses.add(*range);
      return end_of(text, std::move(addresses));
    }
    const Resource* resource = manifest_.find(Address::parse(text));
    if (resource == nullptr) {
      return std::nullopt;
    }
    if (const Place* place = topology_.place_of(*resource)) {
      return end_of(topology_, *place);
    }
    return resolve_part(*resource);
  }

  /// A group or a subnet stands for whatever wears it or lives in it.
  std::optional<End> resolve_part(const Resource& resource) const {
    Place place;
    place.resource = &resource;
    for (Index i = 0; i < topology_.groups().size(); ++i) {
      if (topology_.groups()[i].resource == &resource) {
        place.groups = {i};
        place.has_all_groups = true;
        place.network = topology_.groups()[i].network;
        return end_of(topology_, place);
      }
    }
    for (Index i = 0; i < topology_.subnets().size(); ++i) {
      if (topology_.subnets()[i].resource == &resource) {
        place.subnets = {i};
        place.has_all_subnets = true;
        place.network = topology_.subnets()[i].network;
        return end_of(topology_, place);
      }
    }
    return std::nullopt;
  }

  void add_declared(const Connection& connection) {
    auto source = resolve(connection.from);
    auto target = resolve(connection.to);
    if (!source || !target || (source->resource == nullptr && target->resource == nullptr) ||
        (source->resource != nullptr && !opens_connections(*source->resource)) ||
        (target->resource != nullptr && !takes_connections(*target->resource))) {
      return;  // RF002
    }
    Hop hop;
    hop.source = *std::move(source);
    hop.target = *std::move(target);
    hop.declared_port = connection.port;
    // A wrong port is one finding; the path is judged on the one that is listened on.
    hop.port = hop.target.resource == nullptr ? 0 : listening_port(topology_, *hop.target.resource);
    hop.port = hop.port == 0 ? connection.port : hop.port;
    hop.origin = connection.range;
    hop.because = "the connection is declared here";
    hop.is_declared = true;
    hop.is_denied = connection.expect == Expectation::kDenied;
    add(std::move(hop));
  }

  void add_implied(
      const Resource& source, const Resource& target, const std::string& path, std::string because
  ) {
    const Place* from = topology_.place_of(source);
    const Place* to = topology_.place_of(target);
    if (from == nullptr || to == nullptr) {
      return;
    }
    Hop hop;
    hop.source = end_of(topology_, *from);
    hop.target = end_of(topology_, *to);
    hop.port = listening_port(topology_, target);
    hop.origin = manifest_.range_of(source, path);
    hop.because = std::move(because);
    hop.is_past_proxy = source.address.section == "functions" && behind_proxies_.contains(&target);
    add(std::move(hop));
  }

  void add_targets(const Resource& proxy) {
    const Value& targets = proxy.properties.get("targets");
    for (std::size_t i = 0; targets.is_list() && i < targets.size(); ++i) {
      const Resource* database = topology_.target(targets.as_list()[i].get("dbInstance"));
      if (database != nullptr) {
        if (!proxy.existing) {
          behind_proxies_.insert(database);
        }
        add_implied(
            proxy,
            *database,
            fmt::format("targets.{}.dbInstance", i),
            "the database is the proxy's target here"
        );
      }
    }
  }

  void add_environment(const Resource& function) {
    const Value& environment = function.properties.get("environment");
    if (environment.type() != Value::Type::kObject) {
      return;
    }
    for (const Member& member : environment.as_object()) {
      member.value.for_each_reference([&](const Reference& reference) {
        const std::string& section = reference.address.section;
        const bool is_target =
            section == "dbProxies" || section == "dbInstances" || section == "dbProxyEndpoints";
        const Resource* target = manifest_.find(reference.address);
        if (is_target && target != nullptr && reference.attribute.starts_with("endpoint")) {
          add_implied(
              function,
              *target,
              "environment." + member.key,
              "the function is told this endpoint here"
          );
        }
      });
    }
  }

  void add(Hop hop) {
    // What is declared comes first, so an implied hop never hides a declared one.
    if (seen_.emplace(hop.source.name, hop.target.name, hop.port, hop.is_denied).second) {
      hops_.push_back(std::move(hop));
    }
  }

  const Topology& topology_;
  const Manifest& manifest_;
  std::vector<Hop> hops_;
  std::set<const Resource*> behind_proxies_;
  std::set<std::tuple<std::string, std::string, int, bool>> seen_;
};

}  // namespace

bool opens_connections(const Resource& resource) {
  constexpr auto kSections = std::to_array<std::string_view>(
      {"dbInstances", "dbProxies", "functions", "instances", "securityGroups", "subnets"}
  );
  return std::find(kSections.begin(), kSections.end(), resource.address.section) != kSections.end();
}

bool takes_connections(const Resource& resource) {
  constexpr auto kSections = std::to_array<std::string_view>(
      {"dbInstances", "dbProxies", "dbProxyEndpoints", "instances", "securityGroups", "subnets"}
  );
  return std::find(kSections.begin(), kSections.end(), resource.address.section) != kSections.end();
}

std::vector<Hop> find_hops(const Topology& topology, const Manifest& manifest) {
  return Collecting(topology, manifest).run();
}

}  // namespace plumbline
