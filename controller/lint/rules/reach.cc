#include "controller/lint/rules/reach.h"

#include <algorithm>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// What stands between two sites. Answers are judged per band: source ports no ACL entry tells
/// apart.
struct Pair {
  const Site& source;
  const Site& target;
  const Passage& egress;
  const Passage& ingress;
  Passage acl_out, route, acl_in, route_back;
};

struct Band {
  PortRange ports;
  Passage acl_back_out, acl_back_in;
};

/// Source and target addresses that pass a number of filters, surely and perhaps.
class Sieve {
 public:
  explicit Sieve(const AddressSet& all) : all_(all), sure_(all), maybe_(all) {}

  void pass(const Passage& passage) {
    if (!passage.is_whole) {
      sure_.keep(passage.sure);
      maybe_.keep(passage.maybe);
    }
  }

  [[nodiscard]] const AddressSet& sure() const { return sure_; }
  [[nodiscard]] const AddressSet& maybe() const { return maybe_; }
  [[nodiscard]] bool is_full() const { return sure_.size() == all_.size(); }
  [[nodiscard]] bool loses_some() const { return maybe_.size() < all_.size(); }
  [[nodiscard]] double share() const {
    return static_cast<double>(sure_.size()) / static_cast<double>(all_.size());
  }
  /// The lowest that is surely lost; the lowest of all when none is.
  [[nodiscard]] std::uint32_t lost() const {
    AddressSet left = all_;
    left.take(maybe_);
    return left.empty() ? all_.lowest() : left.lowest();
  }

 private:
  const AddressSet& all_;
  AddressSet sure_, maybe_;
};

bool holds(const Passage& passage, std::uint32_t address) {
  return passage.is_whole || passage.maybe.overlaps({address, address});
}

/// Adds up what pairs of sites say.
struct Tally {
  bool all_pass = true, all_fail = true, some_pass = false, some_fail = false;

  void add(bool passes, bool fails, bool passes_some, bool fails_some) {
    all_pass = all_pass && passes;
    all_fail = all_fail && fails;
    some_pass = some_pass || passes_some;
    some_fail = some_fail || fails_some;
  }

  [[nodiscard]] Verdict verdict() const {
    if (all_pass || all_fail) {
      return all_pass ? Verdict::kReach : Verdict::kBlocked;
    }
    return some_pass && some_fail ? Verdict::kPartial : Verdict::kUnknown;
  }
};

class Proving {
 public:
  Proving(const Topology& topology, Hop& hop, double least_port_share)
      : topology_(topology), hop_(hop), least_port_share_(least_port_share) {}

  void run() {
    const auto [egress, ingress] = pass_both_groups();
    for (std::size_t s = 0; s < hop_.source.sites.size(); ++s) {
      for (std::size_t t = 0; t < hop_.target.sites.size(); ++t) {
        const Site& source = hop_.source.sites[s];
        const Site& target = hop_.target.sites[t];
        Pair pair{source, target, egress[t], ingress[s], {}, {}, {}, {}};
        const bool is_same = source.subnet != kNone && source.subnet == target.subnet;
        if (!is_same) {
          fill(pair);
        }
        judge(pair, is_same);
      }
    }
    hop_.flow = whole_.verdict();
    hop_.share = packets_ > 0 ? passed_ / packets_ : 0;
    for (std::size_t i = 0; i < kStages; ++i) {
      hop_.checks[i].verdict = hop_.checks[i].is_met ? tallies_[i].verdict() : Verdict::kReach;
    }
  }

 private:
  /// What groups say depends on the other end's site alone.
  std::pair<std::vector<Passage>, std::vector<Passage>> pass_both_groups() {
    const End& source = hop_.source;
    const End& target = hop_.target;
    std::vector<Passage> egress(target.sites.size());
    std::vector<Passage> ingress(source.sites.size());
    const auto ask = [&](const End& wearer, const End& peer, Stage stage, std::vector<Passage>& out
                     ) {
      if (wearer.resource == nullptr || !wearer.is_in_network) {
        return;
      }
      const GroupQuestion question{
          wearer.groups,
          wearer.has_all_groups,
          stage == Stage::kEgress ? Direction::kEgress : Direction::kIngress,
          hop_.port,
          peer.groups,
          peer.has_all_groups,
          wearer.network};
      for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = pass_groups(topology_, question, peer.sites[i], &check(stage).near);
        add(stage, out[i], peer.sites[i]);
      }
    };
    ask(source, target, Stage::kEgress, egress);
    ask(target, source, Stage::kIngress, ingress);
    return {std::move(egress), std::move(ingress)};
  }

  /// Whether a site is inside, with an ACL and routes that are its own.
  static bool is_inside(const Site& site) { return !site.is_public && !site.is_bare; }

  void fill(Pair& pair) {
    const PortRange port{hop_.port, hop_.port};
    const Site& source = pair.source;
    const Site& target = pair.target;
    if (is_inside(source)) {
      pair.acl_out = pass_acl(topology_, source.subnet, Direction::kEgress, port, target.addresses);
      pair.route = pass_routes(topology_, source, target, false);
      add(Stage::kAclOut, pair.acl_out, target);
      add(Stage::kRoute, pair.route, target);
    }
    if (is_inside(target)) {
      pair.acl_in = pass_acl(topology_, target.subnet, Direction::kIngress, port, source.addresses);
      pair.route_back = pass_routes(topology_, target, source, true);
      if (source.is_public && target.network != kNone &&
          topology_.networks()[target.network].has_edge_table) {
        pair.route_back = Passage::open(
            source.addresses,
            {topology_.networks()[target.network].resource,
             "",
             "its gateway has a table of its own"}
        );
      }
      add(Stage::kAclIn, pair.acl_in, source);
      add(Stage::kRouteBack, pair.route_back, source);
    }
  }

  /// Where entries that are about answers begin and end.
  std::vector<PortRange> bands_of(const Pair& pair) const {
    const PortRange all = hop_.source.source_ports;
    std::vector<int> starts{all.first};
    const auto cut = [&](Index subnet, bool is_ingress) {
      const Acl* acl = acl_of(topology_, subnet);
      if (acl == nullptr) {
        return;
      }
      for (const AclEntry& entry : is_ingress ? acl->ingress : acl->egress) {
        for (const int start : {entry.from, entry.to + 1}) {
          if (entry.has_ports && start > all.first && start <= all.last) {
            starts.push_back(start);
          }
        }
      }
    };
    cut(pair.target.subnet, false);
    cut(pair.source.subnet, true);
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    std::vector<PortRange> bands;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      bands.push_back({starts[i], i + 1 < starts.size() ? starts[i + 1] - 1 : all.last});
    }
    return bands;
  }

  void judge(const Pair& pair, bool is_same) {
    Tally bands;
    double open_ports = 0;
    std::uint64_t open_sources = 0;
    const std::vector<PortRange> ranges =
        is_same ? std::vector<PortRange>{hop_.source.source_ports} : bands_of(pair);
    for (const PortRange& ports : ranges) {
      const Band band = is_same ? Band{ports, {}, {}} : answer(pair, ports);
      Sieve sources(pair.source.addresses);
      Sieve targets(pair.target.addresses);
      for (const Passage* passage :
           {&pair.ingress, &pair.acl_in, &pair.route_back, &band.acl_back_out}) {
        sources.pass(*passage);
      }
      for (const Passage* passage : {&pair.egress, &pair.acl_out, &pair.route, &band.acl_back_in}) {
        targets.pass(*passage);
      }
      const bool is_open = !sources.maybe().empty() && !targets.maybe().empty();
      const bool passes_some = !sources.sure().empty() && !targets.sure().empty();
      const bool fails_some = sources.loses_some() || targets.loses_some();
      bands.add(sources.is_full() && targets.is_full(), !is_open, passes_some, fails_some);
      open_ports += is_open ? ports.size() : 0;
      open_sources = std::max(open_sources, passes_some ? sources.sure().size() : 0);
      count(pair, ports, passes_some ? sources.share() * targets.share() : 0);
      if (fails_some && pair.source.is_exact && pair.target.is_exact && !has_witness_) {
        keep_witness(pair, band, sources, targets);
      }
    }
    conclude(pair, bands, open_ports, open_sources);
  }

  void conclude(
      const Pair& pair, const Tally& bands, double open_ports, std::uint64_t open_sources
  ) {
    const double share = open_ports / hop_.source.source_ports.size();
    const bool is_lost = bands.all_fail || share < least_port_share_;
    const bool is_exact = pair.source.is_exact && pair.target.is_exact;
    whole_.add(
        bands.all_pass,
        is_lost,
        is_exact && bands.some_pass && !is_lost,
        is_exact && (bands.some_fail || is_lost)
    );
    if (!is_lost && is_exact) {
      hop_.open_sources = std::max(hop_.open_sources, open_sources);
    }
  }

  void count(const Pair& pair, const PortRange& ports, double share) {
    const double packets = static_cast<double>(pair.source.addresses.size()) *
                           static_cast<double>(pair.target.addresses.size()) * ports.size();
    packets_ += packets;
    passed_ += packets * share;
  }

  Band answer(const Pair& pair, const PortRange& ports) {
    Band band{ports, {}, {}};
    if (is_inside(pair.target)) {
      band.acl_back_out =
          pass_acl(topology_, pair.target.subnet, Direction::kEgress, ports, pair.source.addresses);
      add(Stage::kAclBackOut, band.acl_back_out, pair.source);
    }
    if (is_inside(pair.source)) {
      band.acl_back_in = pass_acl(
          topology_, pair.source.subnet, Direction::kIngress, ports, pair.target.addresses
      );
      add(Stage::kAclBackIn, band.acl_back_in, pair.target);
    }
    return band;
  }

  void keep_witness(
      const Pair& pair, const Band& band, const Sieve& sources, const Sieve& targets
  ) {
    has_witness_ = true;
    Witness& witness = hop_.witness;
    witness.source = sources.lost();
    witness.target = targets.lost();
    witness.source_port = band.ports.first;
    const std::pair<Stage, bool> passes[] = {
        {Stage::kEgress, holds(pair.egress, witness.target)},
        {Stage::kAclOut, holds(pair.acl_out, witness.target)},
        {Stage::kRoute, holds(pair.route, witness.target)},
        {Stage::kAclIn, holds(pair.acl_in, witness.source)},
        {Stage::kIngress, holds(pair.ingress, witness.source)},
        {Stage::kAclBackOut, holds(band.acl_back_out, witness.source)},
        {Stage::kRouteBack, holds(pair.route_back, witness.source)},
        {Stage::kAclBackIn, holds(band.acl_back_in, witness.target)}};
    for (const auto& [stage, is_held] : passes) {
      if (!is_held) {
        witness.stage = stage;
        return;
      }
    }
  }

  Check& check(Stage stage) { return hop_.checks[static_cast<std::size_t>(stage)]; }

  void add(Stage stage, const Passage& passage, const Site& site) {
    Check& result = check(stage);
    const bool is_blocked = !passage.is_whole && passage.maybe.empty();
    result.is_met = true;
    ++result.pairs;
    result.blocked += is_blocked ? 1 : 0;
    tallies_[static_cast<std::size_t>(stage)].add(
        passage.is_whole,
        is_blocked,
        site.is_exact && (passage.is_whole || !passage.sure.empty()),
        site.is_exact && !passage.is_whole && passage.maybe.size() < site.addresses.size()
    );
    const auto keep = [](Cause& cause, const Cause& found) {
      cause = cause.text.empty() ? found : cause;
    };
    keep(result.passed, passage.passed);
    keep(result.stopped, passage.is_whole ? Cause() : passage.blocked);
    keep(result.doubted, passage.is_whole ? Cause() : passage.doubted);
  }

  const Topology& topology_;
  Hop& hop_;
  double least_port_share_;
  Tally whole_;
  std::array<Tally, kStages> tallies_{};
  double packets_ = 0, passed_ = 0;
  bool has_witness_ = false;
};

bool is_inside(const Topology& topology, const Hop& hop) {
  if (hop.target.network == kNone) {
    return false;
  }
  AddressSet left = hop.source.sites.front().addresses;
  for (const AddressRange& range : topology.networks()[hop.target.network].ranges) {
    left.take(range);
  }
  return left.empty();
}

Verdict say(Hop& hop, Verdict verdict, std::string text) {
  hop.network_text = std::move(text);
  return verdict;
}

Verdict judge_from_outside(Hop& hop) {
  switch (has_public_address(*hop.target.resource)) {
    case Answer::kNo:
      return say(hop, Verdict::kBlocked, "it has no public address");
    case Answer::kUnknown:
      return say(hop, Verdict::kUnknown, "whether it has a public address is not written here");
    case Answer::kYes:
      break;
  }
  return say(hop, Verdict::kReach, "it has a public address");
}

Verdict judge_to_outside(Hop& hop) {
  const bool is_outside = hop.target.is_outside;
  return say(
      hop,
      is_outside ? Verdict::kReach : Verdict::kUnknown,
      is_outside ? "the target is on the internet" : "where these addresses are is not written here"
  );
}

std::string name_of(const Peering& peering) {
  return peering.resource == nullptr ? "a peering"
                                     : fmt::format("`{}`", peering.resource->address.to_string());
}

Verdict judge_two_networks(const Topology& topology, Hop& hop) {
  const End& source = hop.source;
  const End& target = hop.target;
  if (source.network == kNone || target.network == kNone) {
    return say(hop, Verdict::kUnknown, "where they live is not all written here");
  }
  const std::string from = topology.networks()[source.network].name();
  if (source.network == target.network) {
    return say(hop, Verdict::kReach, fmt::format("both are in {}", from));
  }
  const std::string to = topology.networks()[target.network].name();
  if (const Peering* peering = topology.peering_between(source.network, target.network)) {
    return say(
        hop, Verdict::kReach, fmt::format("{} joins `{}` and `{}`", name_of(*peering), from, to)
    );
  }
  // Of what else joins two networks nothing is proven, only that nothing does.
  const bool is_apart = topology.are_different(source.network, target.network) &&
                        (hop.at(Stage::kRoute).verdict == Verdict::kBlocked ||
                         hop.at(Stage::kRouteBack).verdict == Verdict::kBlocked);
  return say(
      hop,
      is_apart ? Verdict::kBlocked : Verdict::kUnknown,
      is_apart ? fmt::format("`{}` and `{}` are not joined", from, to)
               : fmt::format("what joins `{}` and `{}` is not written here", from, to)
  );
}

Verdict judge_network(const Topology& topology, Hop& hop) {
  const End& source = hop.source;
  const End& target = hop.target;
  // A function calls, but nobody can call it over a network.
  if (target.resource != nullptr && target.resource->address.section == "functions") {
    return say(hop, Verdict::kBlocked, "functions accept no connections");
  }
  if (!target.is_in_network) {
    return say(hop, Verdict::kBlocked, "it is in no network");
  }
  if (target.resource == nullptr) {
    return judge_to_outside(hop);
  }
  if (source.is_outside || !source.is_in_network) {
    return judge_from_outside(hop);
  }
  if (source.resource == nullptr) {
    const bool is_known = is_inside(topology, hop);
    return say(
        hop,
        is_known ? Verdict::kReach : Verdict::kUnknown,
        is_known ? "these addresses are inside its network"
                 : "where these addresses are is not written here"
    );
  }
  return judge_two_networks(topology, hop);
}

}  // namespace

bool is_acl(Stage stage) {
  return std::find(kAclStages.begin(), kAclStages.end(), stage) != kAclStages.end();
}

Verdict Hop::verdict() const {
  if (network == Verdict::kBlocked || flow == Verdict::kBlocked) {
    return Verdict::kBlocked;
  }
  return network == Verdict::kUnknown ? Verdict::kUnknown : flow;
}

void prove(const Topology& topology, Hop& hop, double least_port_share) {
  if (hop.source.resource == nullptr && !hop.source.is_outside && is_inside(topology, hop)) {
    hop.source.sites.front().network = hop.target.network;
  }
  Proving(topology, hop, least_port_share).run();
  hop.network = judge_network(topology, hop);
}

}  // namespace plumbline
