#include "controller/config/graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "controller/config/graph_points.h"
#include "controller/config/interpolation.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

namespace {

struct AddressHash {
  std::size_t operator()(const Address* a) const { return std::hash<Address>()(*a); }
};
struct AddressEqual {
  bool operator()(const Address* a, const Address* b) const { return *a == *b; }
};

/// Does `${…attribute}` lead anywhere below `properties`?
bool leads_into(const Property& property, std::string_view rest) {
  if (rest.empty()) {
    return true;
  }
  const auto dot = rest.find('.');
  const std::string_view head = rest.substr(0, dot);
  const std::string_view tail = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
  switch (property.type) {
    case PropertyType::kObject:
      return std::any_of(property.fields.begin(), property.fields.end(), [&](const Property& f) {
        return f.name == head && leads_into(f, tail);
      });
    case PropertyType::kList:
    case PropertyType::kSet:
      return head.find_first_not_of("0123456789") == std::string_view::npos &&
             (property.element == nullptr ? tail.empty() : leads_into(*property.element, tail));
    case PropertyType::kMap:
    case PropertyType::kJson:
      return true;
    default:
      return false;
  }
}

bool has_attribute(const Kind& kind, std::string_view attribute) {
  const auto& known = kind.attributes;
  if (std::find(known.begin(), known.end(), attribute) != known.end()) {
    return true;
  }
  const auto dot = attribute.find('.');
  if (dot == std::string_view::npos) {
    return false;
  }
  const std::string_view head = attribute.substr(0, dot);
  return std::any_of(kind.properties.begin(), kind.properties.end(), [&](const Property& p) {
    return p.name == head && leads_into(p, attribute.substr(dot + 1));
  });
}

/// Collects edges with the path they were found at.
class EdgeFinder {
 public:
  EdgeFinder(const Manifest& manifest, Diagnostics& diagnostics)
      : manifest_(manifest), diagnostics_(diagnostics) {
    places_.reserve(manifest.resources.size() * 2);
    for (std::size_t i = 0; i < manifest.resources.size(); ++i) {
      places_.emplace(&manifest.resources[i].address, i);
    }
  }

  void find_all() {
    for (std::size_t i = 0; i < manifest_.resources.size(); ++i) {
      consumer_ = i;
      const Resource& resource = manifest_.resources[i];
      for (const Member& member : resource.properties.as_object()) {
        top_ = &member.key;
        path_ = member.key;
        visit(member.value);
      }
      if (resource.existing) {
        visit_match(*resource.existing);
      }
      for (std::size_t n = 0; n < resource.depends_on.size(); ++n) {
        top_ = nullptr;
        path_ = resource.depends_on.size() == 1 ? "dependsOn" : fmt::format("dependsOn.{}", n);
        add({resource.depends_on[n], "", false});
      }
      find_silent_needs(resource);
    }
    for (const Output& output : manifest_.outputs) {
      check_output(output);
    }
  }

  std::vector<Edge> edges;
  std::vector<Softness> softness;

 private:
  /// `after:` of its kind: what it needs and cannot name, in the same account and region.
  void find_silent_needs(const Resource& resource) {
    top_ = nullptr;
    path_.clear();
    for (const std::string& section : resource.kind->after) {
      for (const Resource& other : manifest_.resources) {
        const bool is_there = other.account == resource.account && other.region == resource.region;
        if (other.address.section == section && is_there) {
          add({other.address, "", false});
        }
      }
    }
  }

  /// An output orders nothing, but what it names must be there, and must not be a secret unawares.
  void check_output(const Output& output) {
    output.value.for_each_reference([&](const Reference& reference) {
      if (is_ambient(reference)) {
        return;
      }
      const auto found = places_.find(&reference.address);
      if (found == places_.end()) {
        report_undeclared(reference, &output);
        return;
      }
      const Kind& kind = *manifest_.resources[found->second].kind;
      if (!has_attribute(kind, reference.attribute)) {
        report_attribute(reference, kind, &output);
        return;
      }
      const Property* property = kind.find_property(reference.attribute);
      if (property != nullptr && property->is_sensitive && !output.is_sensitive) {
        report(
            kNotAllowed,
            fmt::format("The output `{}` would show `{}`.", output.name, reference.to_string()),
            "write { value: …, sensitive: true }: then it is shown only to who asks for it by name",
            &output
        );
      }
    });
  }

  void visit_match(const Existing& existing) {
    top_ = nullptr;
    path_ = "existing";
    visit(existing.match);
  }

  void visit(const Value& value) {
    switch (value.type()) {
      case Value::Type::kReference:
        add(value.as_reference());
        break;
      case Value::Type::kConcat:
        for (const Value& part : value.as_concat()) {
          visit(part);
        }
        break;
      case Value::Type::kList:
        for (std::size_t i = 0; i < value.as_list().size(); ++i) {
          visit_below(fmt::format_int(i).str(), value.as_list()[i]);
        }
        break;
      case Value::Type::kObject:
        for (const Member& member : value.as_object()) {
          visit_below(member.key, member.value);
        }
        break;
      default:
        break;
    }
  }

  void visit_below(std::string_view segment, const Value& value) {
    const std::size_t length = path_.size();
    path_.append(".").append(segment);
    visit(value);
    path_.resize(length);
  }

  void add(const Reference& reference) {
    if (is_ambient(reference)) {
      return;
    }
    const auto found = places_.find(&reference.address);
    if (found == places_.end()) {
      report_undeclared(reference, nullptr);
      return;
    }
    const Kind& kind = *manifest_.resources[found->second].kind;
    if (top_ != nullptr && !has_attribute(kind, reference.attribute)) {
      report_attribute(reference, kind, nullptr);
    }
    const Softness soft = reference.is_weak ? Softness::kWeak
                          : is_deferrable() ? Softness::kDeferrable
                                            : Softness::kHard;
    edges.push_back({consumer_, found->second, path_, reference.attribute, soft != Softness::kHard}
    );
    softness.push_back(soft);
  }

  bool is_deferrable() const {
    const auto& properties = manifest_.resources[consumer_].kind->properties;
    return top_ != nullptr && std::any_of(properties.begin(), properties.end(), [&](const auto& p) {
             return p.is_deferrable && p.name == *top_;
           });
  }

  /// About `output`, or about the resource that is looked at when it is null.
  void report(std::string_view id, std::string detail, const Advice& advice, const Output* output) {
    // The one address of a list is as exact a place as one of many.
    const std::string path = path_ == "dependsOn" ? "dependsOn.0" : path_;
    const SourceRange range = output != nullptr
                                  ? output->written->range
                                  : manifest_.range_of(manifest_.resources[consumer_], path);
    Diagnostic finding = make_finding(id, range, std::move(detail), advice);
    finding.address = output != nullptr ? "outputs." + output->name
                                        : manifest_.resources[consumer_].address.to_string();
    diagnostics_.add(std::move(finding));
  }

  void report_undeclared(const Reference& reference, const Output* output) {
    if (!manifest_.is_whole) {
      return;
    }
    std::vector<std::string> names, sections, elsewhere;
    const auto& [section, name] = reference.address;
    // Each looks through all names; a hundred times is enough to be of help.
    constexpr std::size_t kMostSearched = 100;
    if (++undeclared_ > kMostSearched) {
      report(
          kUndeclared,
          fmt::format("There is no {}.", in_ticks(reference.address.to_string())),
          fmt::format("declare it, or name one that is declared"),
          output
      );
      return;
    }
    for (const Resource& resource : manifest_.resources) {
      if (resource.address.section == section) {
        names.push_back(resource.address.name);
      } else if (resource.address.name == name) {
        elsewhere.push_back(resource.address.to_string());
      }
      if (sections.empty() || sections.back() != resource.address.section) {
        sections.push_back(resource.address.section);
      }
    }
    std::string detail = fmt::format("There is no {}.", in_ticks(reference.address.to_string()));
    if (!elsewhere.empty()) {
      detail += fmt::format(" There is {} of that name.", enumerate(elsewhere));
    }
    const std::string otherwise = fmt::format(
        "declare `{}` in `{}`, or write {{ id: … }} for one outside the manifest", name, section
    );
    if (const auto now = manifest_.moved_to(reference.address)) {
      report(
          kUndeclared,
          detail + fmt::format(" It was moved to `{}`.", now->to_string()),
          Advice(fmt::format("write `{}`", now->name), name, now->name),
          output
      );
      return;
    }
    const Advice advice =
        names.empty() ? suggest(section, sections, otherwise) : suggest(name, names, otherwise);
    report(kUndeclared, std::move(detail), advice, output);
  }

  void report_attribute(const Reference& reference, const Kind& kind, const Output* output) {
    report(
        kWrongAttribute,
        fmt::format(
            "`{}` has no attribute {}.",
            reference.address.to_string(),
            in_ticks(reference.attribute)
        ),
        suggest(
            reference.attribute,
            kind.attributes,
            fmt::format("`plumbline explain {}` lists its attributes", kind.section)
        ),
        output
    );
  }

  const Manifest& manifest_;
  Diagnostics& diagnostics_;
  std::unordered_map<const Address*, std::size_t, AddressHash, AddressEqual> places_;
  std::size_t consumer_ = 0;
  std::size_t undeclared_ = 0;        ///< Findings about names that are not there, so far.
  const std::string* top_ = nullptr;  ///< The property the path starts with; null for dependsOn.
  std::string path_;
};

std::string_view top_of(const std::string& path) {
  return std::string_view(path).substr(0, path.find('.'));
}

/// The words of `ref: { exclusive: true }`: of one kind, one resource may name it.
void report_double_claims(
    const Manifest& manifest, const std::vector<Edge>& edges, Diagnostics& diagnostics
) {
  std::map<std::tuple<const Property*, std::size_t>, const Edge*> claims;
  for (const Edge& edge : edges) {
    const Resource& claimant = manifest.resources[edge.consumer];
    const Property* property = claimant.kind->find_property(top_of(edge.property));
    if (property == nullptr || !property->ref || !property->ref->is_exclusive) {
      continue;
    }
    const auto [first, is_new] = claims.emplace(std::tuple(property, edge.producer), &edge);
    if (is_new || first->second->consumer == edge.consumer) {
      continue;
    }
    const Resource& other = manifest.resources[first->second->consumer];
    const std::string claimed = manifest.resources[edge.producer].address.to_string();
    Diagnostic finding = make_finding(
        kClaimedTwice,
        manifest.range_of(claimant, edge.property),
        fmt::format(
            "`{}` has `{}` already, and it belongs to one of them only.",
            other.address.to_string(),
            claimed
        ),
        fmt::format("remove `{}` here or there", manifest.resources[edge.producer].address.name)
    );
    finding.address = claimant.address.to_string();
    finding.evidence.push_back(
        {fmt::format("{} claims it here", other.address.to_string()),
         manifest.range_of(other, first->second->property)}
    );
    diagnostics.add(std::move(finding));
  }
}

/// One edge a hop, from the first resource of `members` back to it.
std::vector<const Edge*> shortest_cycle(
    const std::vector<Edge>& edges, const std::vector<std::size_t>& candidates, std::size_t start
) {
  std::unordered_map<std::size_t, std::vector<const Edge*>> leaving;
  for (const std::size_t i : candidates) {
    leaving[edges[i].consumer].push_back(&edges[i]);
  }
  std::unordered_map<std::size_t, const Edge*> reached_by;
  std::queue<std::size_t> waiting;
  waiting.push(start);
  while (!waiting.empty()) {
    const std::size_t here = waiting.front();
    waiting.pop();
    for (const Edge* edge : leaving[here]) {
      if (!reached_by.emplace(edge->producer, edge).second) {
        continue;
      }
      if (edge->producer != start) {
        waiting.push(edge->producer);
        continue;
      }
      std::vector<const Edge*> cycle;
      for (const Edge* at = edge;; at = reached_by[at->consumer]) {
        cycle.insert(cycle.begin(), at);
        if (at->consumer == start) {
          return cycle;
        }
      }
    }
  }
  return {};
}

void report_cycle(
    const Manifest& manifest, std::vector<const Edge*> cycle, Diagnostics& diagnostics
) {
  // What is asked for beyond what the values need is the likeliest to be wrong.
  std::rotate(
      cycle.begin(),
      std::find_if(
          cycle.begin(),
          cycle.end(),
          [](const Edge* edge) { return edge->property.starts_with("dependsOn"); }
      ),
      cycle.end()
  );
  const auto place = [&](const Edge& edge) {
    return manifest.range_of(manifest.resources[edge.consumer], edge.property);
  };
  const std::string start = manifest.resources[cycle.front()->consumer].address.to_string();
  std::string chain = start;
  for (const Edge* edge : cycle) {
    chain += " → " + manifest.resources[edge->producer].address.to_string();
  }
  Diagnostic finding = make_finding(
      kCycle,
      place(*cycle.front()),
      cycle.size() == 1 ? fmt::format("`{}` needs itself before it can be created.", start)
                        : fmt::format("None of them can be created first: {}.", chain),
      "remove one of these references, or move it to a resource of its own, such as a rule or a "
      "policy that is created after both"
  );
  finding.address = start;
  for (const Edge* edge : cycle) {
    const std::string consumer = manifest.resources[edge->consumer].address.to_string();
    const std::string producer = manifest.resources[edge->producer].address.to_string();
    const std::string attribute = edge->attribute.empty() ? "" : "." + edge->attribute;
    finding.evidence.push_back(
        {fmt::format("{}.{} → {}{}", consumer, edge->property, producer, attribute), place(*edge)}
    );
  }
  diagnostics.add(std::move(finding));
}

/// One finding for each knot that no order dissolves.
void report_cycles(
    const Manifest& manifest,
    const std::vector<Edge>& edges,
    const PointOrder& order,
    Diagnostics& diagnostics
) {
  std::unordered_map<std::size_t, std::vector<std::size_t>> knots;
  for (const std::size_t i : order.knotted_edges()) {
    knots[order.knot_of(edges[i].consumer)].push_back(i);
  }
  std::vector<std::vector<std::size_t>> sorted;
  for (auto& [knot, members] : knots) {
    std::sort(members.begin(), members.end());
    sorted.push_back(std::move(members));
  }
  std::sort(sorted.begin(), sorted.end());
  for (const auto& members : sorted) {
    const auto cycle = shortest_cycle(edges, members, edges[members.front()].consumer);
    if (!cycle.empty()) {
      report_cycle(manifest, cycle, diagnostics);
    }
  }
}

void sort_unique(std::vector<Graph::Point>& points) {
  const auto key = [](const Graph::Point& p) { return p.resource * 2 + (p.is_finish ? 1 : 0); };
  std::sort(points.begin(), points.end(), [&](const auto& a, const auto& b) {
    return key(a) < key(b);
  });
  points.erase(
      std::unique(
          points.begin(),
          points.end(),
          [&](const auto& a, const auto& b) { return key(a) == key(b); }
      ),
      points.end()
  );
}

}  // namespace

Graph make_graph(const Manifest& manifest, Diagnostics& diagnostics) {
  EdgeFinder finder(manifest, diagnostics);
  finder.find_all();
  const std::size_t count = manifest.resources.size();
  PointOrder order(count, finder.edges, finder.softness);
  order.relax();
  report_cycles(manifest, finder.edges, order, diagnostics);
  report_double_claims(manifest, finder.edges, diagnostics);

  Graph graph;
  graph.before_create.resize(count);
  graph.before_finish.resize(count);
  graph.deferred.resize(count);
  for (std::size_t i = 0; i < finder.edges.size(); ++i) {
    const Edge& edge = finder.edges[i];
    const PointOrder::Wait wait = order.wait_of(i);
    auto& list = wait.at_finish ? graph.before_finish : graph.before_create;
    if (edge.consumer != edge.producer) {
      list[edge.consumer].push_back({edge.producer, wait.for_finish});
    }
    if (wait.is_deferred) {
      graph.deferred[edge.consumer].emplace_back(top_of(edge.property));
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    sort_unique(graph.before_create[i]);
    sort_unique(graph.before_finish[i]);
    auto& names = graph.deferred[i];
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  graph.order = order.creation_order();
  graph.edges = std::move(finder.edges);
  return graph;
}

}  // namespace plumbline
