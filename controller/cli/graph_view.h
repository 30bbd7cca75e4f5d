// A manifest's graph as something to look at: boxes are resources, an arrow says "needs". Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/base/value.h"
#include "controller/config/graph.h"

namespace plumbline {

struct GraphView {
  struct Box {
    std::string address, section, kind;
    bool is_existing = false;
  };
  /// One for each pair, however many properties it runs through; dashed when all of them are weak.
  struct Arrow {
    std::size_t consumer = 0, producer = 0;
    bool is_weak = true;
    std::vector<std::string> properties;
  };
  std::string stack;
  std::vector<Box> boxes;          ///< By address.
  std::vector<Arrow> arrows;       ///< By consumer, then producer.
  std::vector<std::size_t> order;  ///< Of creation.
};

GraphView view_of(const Manifest& manifest, const Graph& graph);

std::string to_dot(const GraphView& view);
std::string to_mermaid(const GraphView& view);
/// A whole picture, laid out here: no other program is needed.
std::string to_svg(const GraphView& view);
/// Edges one by one, with property and attribute; see schemas/output.schema.json.
Value graph_to_json(const Manifest& manifest, const Graph& graph);

/// "#rrggbb" of the n-th of `count` sections: evenly spread hues. `lightness` from 0 to 1.
std::string colour_of(std::size_t n, std::size_t count, double lightness);
/// Sections in use, sorted; a colour each.
std::vector<std::string> sections_of(const GraphView& view);

}  // namespace plumbline
