// Which connections a manifest asks for.
#include <algorithm>
#include <array>
#include <iterator>
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
    std::vector<Hop> deciding;
    for (Hop& hop : hops_) {
      prove(topology_, hop);
      if (auto one = worst_member(hop)) {
        hop.is_decided = true;
        deciding.push_back(*std::move(one));
      }
    }
    std::move(deciding.begin(), deciding.end(), std::back_inserter(hops_));
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

  static bool is_part(const End& end) {
    return is_subnet(end) ||
           (end.resource != nullptr && end.resource->address.section == "securityGroups");
  }

  static bool is_subnet(const End& end) {
    return end.resource != nullptr && end.resource->address.section == "subnets";
  }

  /// What is known to wear the group, or to live in the subnet; any other end alone.
  std::vector<End> members_of(const End& end, bool is_source) const {
    constexpr std::size_t kMostMembers = 64;
    if (!is_part(end)) {
      return {end};
    }
    std::vector<End> members;
    for (const Place& place : topology_.places()) {
      const Resource& resource = *place.resource;
      const bool is_end = is_source ? opens_connections(resource) : takes_connections(resource);
      const auto names = [&](const auto& all, const std::vector<Index>& list) {
        return std::any_of(list.begin(), list.end(), [&](Index index) {
          return all[index].resource == end.resource;
        });
      };
      if (is_end && members.size() < kMostMembers &&
          (names(topology_.groups(), place.groups) || names(topology_.subnets(), place.subnets))) {
        End& member = members.emplace_back(end_of(topology_, place));
        std::erase_if(member.sites, [&](const Site& site) {
          return is_subnet(end) && (site.subnet == kNone ||
                                    topology_.subnets()[site.subnet].resource != end.resource);
        });
      }
    }
    return members;
  }

  /// How far an answer is from what is asked for.
  static int badness(const Hop& hop) {
    switch (hop.verdict()) {
      case Verdict::kReach:
        return hop.is_denied ? 3 : 0;
      case Verdict::kUnknown:
        return 1;
      case Verdict::kPartial:
        return 2;
      case Verdict::kBlocked:
        break;
    }
    return hop.is_denied ? 0 : 3;
  }

  /// Another connection names the two, as this one does not: what it says goes before what is said
  /// of the subnets they live in.
  [[nodiscard]] bool is_said(const Hop& hop, const End& source, const End& target) const {
    const auto is_seen = [&](bool is_denied) {
      return seen_.contains({source.name, target.name, hop.port, is_denied});
    };
    return is_seen(hop.is_denied) ||
           (is_seen(!hop.is_denied) && (is_subnet(hop.source) || is_subnet(hop.target)));
  }

  /// A group or a subnet may stand for anything, but what is known of stands in it surely: one that
  /// is kept out though it is to get through, or gets through though it must not, decides.
  [[nodiscard]] std::optional<Hop> worst_member(const Hop& hop) const {
    std::optional<Hop> worst;
    // A subnet that is let in may hold others, who need nothing.
    const bool may_hold_others = !hop.is_denied && (is_subnet(hop.source) || is_subnet(hop.target));
    if (may_hold_others || (!is_part(hop.source) && !is_part(hop.target))) {
      return worst;
    }
    const std::vector<End> targets = members_of(hop.target, false);
    for (const End& source : members_of(hop.source, true)) {
      for (const End& target : targets) {
        if (source.resource == target.resource || is_said(hop, source, target)) {
          continue;
        }
        Hop one = asked(hop);
        one.source = source;
        one.target = target;
        one.because = fmt::format(
            "what `{}` and `{}` stand for is declared here", hop.source.name, hop.target.name
        );
        prove(topology_, one);
        if (badness(one) > badness(worst ? *worst : hop)) {
          worst = std::move(one);
        }
      }
    }
    return worst;
  }

  /// What the hop asks for, not yet proven.
  static Hop asked(const Hop& hop) {
    Hop fresh;
    fresh.port = hop.port;
    fresh.declared_port = hop.declared_port;
    fresh.origin = hop.origin;
    fresh.because = hop.because;
    fresh.is_declared = hop.is_declared;
    fresh.is_denied = hop.is_denied;
    return fresh;
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
