#include "controller/cli/graph_view.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return out + "\"";
}

std::size_t index_in(const std::vector<std::string>& sorted, const std::string& word) {
  return static_cast<std::size_t>(
      std::lower_bound(sorted.begin(), sorted.end(), word) - sorted.begin()
  );
}

}  // namespace

GraphView view_of(const Manifest& manifest, const Graph& graph) {
  GraphView view;
  view.stack = manifest.stack;
  view.order = graph.order;
  for (const Resource& resource : manifest.resources) {
    view.boxes.push_back(
        {resource.address.to_string(),
         resource.address.section,
         resource.kind->name,
         resource.existing.has_value()}
    );
  }
  std::map<std::pair<std::size_t, std::size_t>, GraphView::Arrow> arrows;
  for (const Edge& edge : graph.edges) {
    if (edge.consumer == edge.producer) {
      continue;
    }
    GraphView::Arrow& arrow = arrows[{edge.consumer, edge.producer}];
    arrow.consumer = edge.consumer;
    arrow.producer = edge.producer;
    arrow.is_weak = arrow.is_weak && edge.is_weak;
    if (std::find(arrow.properties.begin(), arrow.properties.end(), edge.property) ==
        arrow.properties.end()) {
      arrow.properties.push_back(edge.property);
    }
  }
  for (auto& [ends, arrow] : arrows) {
    view.arrows.push_back(std::move(arrow));
  }
  return view;
}

std::vector<std::string> sections_of(const GraphView& view) {
  std::vector<std::string> sections;
  for (const GraphView::Box& box : view.boxes) {
    sections.push_back(box.section);
  }
  std::sort(sections.begin(), sections.end());
  sections.erase(std::unique(sections.begin(), sections.end()), sections.end());
  return sections;
}

std::string colour_of(std::size_t n, std::size_t count, double lightness) {
  constexpr double kSaturation = 0.55;
  const double hue =
      360.0 * static_cast<double>(n) / static_cast<double>(std::max<std::size_t>(count, 1));
  const auto channel = [&](double shift) {
    const double k = std::fmod(shift + hue / 30, 12);
    const double swing = kSaturation * std::min(lightness, 1 - lightness);
    const double level = lightness - swing * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
    return static_cast<int>(std::lround(level * 255));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", channel(0), channel(8), channel(4));
}

std::string to_dot(const GraphView& view) {
  const auto sections = sections_of(view);
  std::string text = fmt::format(
      "digraph {} {{\n  rankdir=RL;\n"
      "  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", fontsize=11];\n"
      "  edge [color=\"#667085\", arrowsize=0.7];\n",
      quoted(view.stack)
  );
  for (const GraphView::Box& box : view.boxes) {
    text += fmt::format(
        "  {} [fillcolor=\"{}\"{}];\n",
        quoted(box.address),
        colour_of(index_in(sections, box.section), sections.size(), 0.88),
        box.is_existing ? ", style=\"rounded,filled,dashed\"" : ""
    );
  }
  for (const GraphView::Arrow& arrow : view.arrows) {
    text += fmt::format(
        "  {} -> {} [tooltip={}{}];\n",
        quoted(view.boxes[arrow.consumer].address),
        quoted(view.boxes[arrow.producer].address),
        quoted(join(arrow.properties, ", ")),
        arrow.is_weak ? ", style=dashed" : ""
    );
  }
  return text + "}\n";
}

std::string to_mermaid(const GraphView& view) {
  const auto sections = sections_of(view);
  std::string text = "flowchart RL\n";
  for (std::size_t i = 0; i < view.boxes.size(); ++i) {
    text += fmt::format(
        "  r{}[\"{}\"]:::s{}\n", i, view.boxes[i].address, index_in(sections, view.boxes[i].section)
    );
  }
  for (const GraphView::Arrow& arrow : view.arrows) {
    text += fmt::format(
        "  r{} {} r{}\n", arrow.consumer, arrow.is_weak ? "-.->" : "-->", arrow.producer
    );
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    text += fmt::format(
        "  classDef s{} fill:{},stroke:{},color:#101828\n",
        i,
        colour_of(i, sections.size(), 0.88),
        colour_of(i, sections.size(), 0.45)
    );
  }
  return text;
}

Value graph_to_json(const Manifest& manifest, const Graph& graph) {
  List resources;
  for (const std::size_t index : graph.order) {
    const Resource& resource = manifest.resources[index];
    List deferred;
    for (const std::string& name : graph.deferred[index]) {
      deferred.emplace_back(name);
    }
    resources.push_back(Value::object({
        {"address", resource.address.to_string()},
        {"kind", resource.kind->name},
        {"existing", resource.existing.has_value()},
        {"deferred", Value(std::move(deferred))},
    }));
  }
  List edges;
  for (const Edge& edge : graph.edges) {
    edges.push_back(Value::object({
        {"consumer", manifest.resources[edge.consumer].address.to_string()},
        {"producer", manifest.resources[edge.producer].address.to_string()},
        {"property", edge.property},
        {"attribute", edge.attribute},
        {"weak", edge.is_weak},
    }));
  }
  return Value::object({
      {"version", 1},
      {"stack", manifest.stack},
      {"resources", Value(std::move(resources))},
      {"edges", Value(std::move(edges))},
  });
}

}  // namespace plumbline
