// A layered layout of a directed acyclic graph, left to right: layers by longest path, few
// crossings by barycentres, straight edges by least squares. Deterministic; knows nothing of what
// the boxes are. After Sugiyama, Tagawa and Toda (1981).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace plumbline {

struct LayoutInput {
  std::vector<double> widths;  ///< Of every box.
  double height = 28;          ///< Of all boxes.
  /// Left box, right box; each pair once, without cycles.
  std::vector<std::pair<std::size_t, std::size_t>> edges;
};

struct LayoutPoint {
  double x = 0, y = 0;
};

struct Layout {
  std::vector<LayoutPoint> boxes;  ///< Their centres.
  /// For every edge: where it leaves the left box, the ends of its passage through each layer
  /// between, and where it meets the right box.
  std::vector<std::vector<LayoutPoint>> edges;
  double width = 0, height = 0;
  std::size_t crossings = 0;
};

Layout lay_out(const LayoutInput& input);

}  // namespace plumbline
