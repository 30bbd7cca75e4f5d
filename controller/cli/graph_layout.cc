#include "controller/cli/graph_layout.h"

#include <algorithm>
#include <numeric>

namespace plumbline {

namespace {

constexpr double kMargin = 20;
constexpr double kLayerGap = 90;
constexpr double kBoxGap = 14;
constexpr double kPassageGap = 10;  ///< Between an edge that passes and its neighbour.
constexpr int kOrderSweeps = 24;
constexpr int kPlaceSweeps = 12;
constexpr double kPortSpread = 0.6;  ///< Part of a box's side that edges may end on.

/// A box, or the passage of an edge through a layer that neither of its ends is in.
struct Vertex {
  std::size_t layer = 0;
  std::size_t place = 0;  ///< In its layer, from above.
  double y = 0;
  bool is_box = true;
  std::vector<std::size_t> left, right;  ///< Neighbours in the layers beside.
};

class Drawing {
 public:
  explicit Drawing(const LayoutInput& input) : in_(input), vertices_(input.widths.size()) {}

  Layout run() {
    find_layers();
    add_passages();
    order_layers();
    for (int sweep = 0; sweep < kPlaceSweeps; ++sweep) {
      place_layers(sweep % 2 == 0);
    }
    return finish();
  }

 private:
  /// Longest path from the left; then what has more users than needs moves towards its users.
  void find_layers() {
    const std::size_t boxes = vertices_.size();
    std::vector<std::vector<std::size_t>> needs(boxes);
    std::vector<std::vector<std::size_t>> users(boxes);
    for (const auto& [left, right] : in_.edges) {
      needs[right].push_back(left);
      users[left].push_back(right);
    }
    std::vector<std::size_t> order;
    std::vector<std::size_t> waiting(boxes);
    for (std::size_t box = 0; box < boxes; ++box) {
      waiting[box] = needs[box].size();
      if (waiting[box] == 0) {
        order.push_back(box);
      }
    }
    for (std::size_t at = 0; at < order.size(); ++at) {
      for (const std::size_t user : users[order[at]]) {
        Vertex& vertex = vertices_[user];
        vertex.layer = std::max(vertex.layer, vertices_[order[at]].layer + 1);
        if (--waiting[user] == 0) {
          order.push_back(user);
        }
      }
    }
    for (auto box = order.rbegin(); box != order.rend(); ++box) {
      if (users[*box].size() > needs[*box].size()) {
        std::size_t nearest = vertices_[users[*box].front()].layer;
        for (const std::size_t user : users[*box]) {
          nearest = std::min(nearest, vertices_[user].layer);
        }
        vertices_[*box].layer = nearest - 1;
      }
    }
  }

  void add_passages() {
    for (const auto& [left, right] : in_.edges) {
      std::vector<std::size_t> chain = {left};
      for (std::size_t layer = vertices_[left].layer + 1; layer < vertices_[right].layer; ++layer) {
        Vertex passage;
        passage.layer = layer;
        passage.is_box = false;
        chain.push_back(vertices_.size());
        vertices_.push_back(passage);
      }
      chain.push_back(right);
      for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        vertices_[chain[i]].right.push_back(chain[i + 1]);
        vertices_[chain[i + 1]].left.push_back(chain[i]);
      }
      chains_.push_back(std::move(chain));
    }
    for (std::size_t i = 0; i < vertices_.size(); ++i) {
      layers_.resize(std::max(layers_.size(), vertices_[i].layer + 1));
      layers_[vertices_[i].layer].push_back(i);
    }
    note_places();
  }

  void note_places() {
    for (const auto& layer : layers_) {
      for (std::size_t place = 0; place < layer.size(); ++place) {
        vertices_[layer[place]].place = place;
      }
    }
  }

  /// Edges that cross between two layers are inversions; a Fenwick tree counts them.
  [[nodiscard]] std::size_t count_crossings() const {
    std::size_t crossings = 0;
    for (std::size_t at = 0; at + 1 < layers_.size(); ++at) {
      std::vector<std::size_t> seen(layers_[at + 1].size() + 1, 0);
      std::size_t total = 0;
      for (const std::size_t left : layers_[at]) {
        std::vector<std::size_t> ends;
        for (const std::size_t right : vertices_[left].right) {
          ends.push_back(vertices_[right].place);
        }
        for (const std::size_t end : ends) {
          std::size_t above = 0;  // Earlier edges that end no lower.
          for (std::size_t i = end + 1; i > 0; i -= i & (~i + 1)) {
            above += seen[i];
          }
          crossings += total - above;
        }
        for (const std::size_t end : ends) {
          for (std::size_t i = end + 1; i < seen.size(); i += i & (~i + 1)) {
            ++seen[i];
          }
          ++total;
        }
      }
    }
    return crossings;
  }

  void order_layers() {
    std::vector<std::vector<std::size_t>> best = layers_;
    crossings_ = count_crossings();
    for (int sweep = 0; sweep < kOrderSweeps && crossings_ > 0; ++sweep) {
      const bool is_forward = sweep % 2 == 0;
      for (std::size_t step = 1; step < layers_.size(); ++step) {
        order_layer(layers_[is_forward ? step : layers_.size() - 1 - step], is_forward);
      }
      const std::size_t crossings = count_crossings();
      if (crossings < crossings_) {
        crossings_ = crossings;
        best = layers_;
      }
    }
    layers_ = std::move(best);
    note_places();
  }

  /// Sorts a layer by the mean place of its neighbours in the layer before it.
  void order_layer(std::vector<std::size_t>& layer, bool is_forward) {
    std::vector<double> wanted(vertices_.size(), 0);
    for (const std::size_t index : layer) {
      const Vertex& vertex = vertices_[index];
      const auto& beside = is_forward ? vertex.left : vertex.right;
      double sum = 0;
      for (const std::size_t other : beside) {
        sum += static_cast<double>(vertices_[other].place);
      }
      wanted[index] = beside.empty() ? static_cast<double>(vertex.place)
                                     : sum / static_cast<double>(beside.size());
    }
    std::stable_sort(layer.begin(), layer.end(), [&](std::size_t a, std::size_t b) {
      return wanted[a] < wanted[b];
    });
    for (std::size_t place = 0; place < layer.size(); ++place) {
      vertices_[layer[place]].place = place;
    }
  }

  [[nodiscard]] double distance(std::size_t upper, std::size_t lower) const {
    const auto half = [&](std::size_t index) {
      return vertices_[index].is_box ? in_.height / 2 : 0;
    };
    const bool is_both = vertices_[upper].is_box && vertices_[lower].is_box;
    return half(upper) + half(lower) + (is_both ? kBoxGap : kPassageGap);
  }

  void place_layers(bool is_forward) {
    for (std::size_t step = 0; step < layers_.size(); ++step) {
      place_layer(layers_[is_forward ? step : layers_.size() - 1 - step]);
    }
  }

  /// Each vertex wants to be level with its neighbours; the least squares that keep order and
  /// distance are an isotonic regression (pool adjacent violators).
  void place_layer(const std::vector<std::size_t>& layer) {
    struct Pool {
      double sum = 0, weight = 0;
      std::size_t count = 0;
      [[nodiscard]] double mean() const { return sum / weight; }
    };
    std::vector<Pool> pools;
    std::vector<double> offsets;
    double offset = 0;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      offset += i == 0 ? 0 : distance(layer[i - 1], layer[i]);
      offsets.push_back(offset);
      const auto [level, weight] = wanted_level(layer[i], offset);
      pools.push_back({(level - offset) * weight, weight, 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
        Pool& upper = pools[pools.size() - 2];
        upper.sum += pools.back().sum;
        upper.weight += pools.back().weight;
        upper.count += pools.back().count;
        pools.pop_back();
      }
    }
    std::size_t at = 0;
    for (const Pool& pool : pools) {
      for (std::size_t i = 0; i < pool.count; ++i, ++at) {
        vertices_[layer[at]].y = pool.mean() + offsets[at];
      }
    }
  }

  /// Where a vertex wants to be, and how much. Passages pull harder: bends between boxes are what
  /// makes an edge hard to follow.
  [[nodiscard]] std::pair<double, double> wanted_level(std::size_t index, double first) const {
    const Vertex& vertex = vertices_[index];
    double sum = 0;
    double weight = 0;
    for (const auto* beside : {&vertex.left, &vertex.right}) {
      for (const std::size_t other : *beside) {
        const double pull = !vertex.is_box && !vertices_[other].is_box ? 4 : 1;
        sum += pull * vertices_[other].y;
        weight += pull;
      }
    }
    return weight > 0 ? std::pair(sum / weight, weight) : std::pair(first, 0.1);
  }

  Layout finish() {
    std::vector<double> lefts;
    std::vector<double> widths;
    double x = kMargin;
    for (const auto& layer : layers_) {
      double width = 0;
      for (const std::size_t index : layer) {
        width = std::max(width, vertices_[index].is_box ? in_.widths[index] : 0);
      }
      lefts.push_back(x);
      widths.push_back(width);
      x += width + kLayerGap;
    }
    double top = vertices_.empty() ? 0 : vertices_.front().y;
    double bottom = top;
    for (const Vertex& vertex : vertices_) {
      top = std::min(top, vertex.y);
      bottom = std::max(bottom, vertex.y);
    }
    Layout layout;
    layout.crossings = crossings_;
    layout.width = x - kLayerGap + kMargin;
    layout.height = bottom - top + in_.height + 2 * kMargin;
    for (Vertex& vertex : vertices_) {
      vertex.y += kMargin + in_.height / 2 - top;
    }
    for (std::size_t box = 0; box < in_.widths.size(); ++box) {
      const Vertex& vertex = vertices_[box];
      layout.boxes.push_back({lefts[vertex.layer] + widths[vertex.layer] / 2, vertex.y});
    }
    for (std::size_t edge = 0; edge < chains_.size(); ++edge) {
      layout.edges.push_back(points_of(edge, layout, lefts, widths));
    }
    return layout;
  }

  [[nodiscard]] std::vector<LayoutPoint> points_of(
      std::size_t edge,
      const Layout& layout,
      const std::vector<double>& lefts,
      const std::vector<double>& widths
  ) const {
    const auto& chain = chains_[edge];
    const std::size_t left = chain.front();
    const std::size_t right = chain.back();
    std::vector<LayoutPoint> points;
    points.push_back(
        {layout.boxes[left].x + in_.widths[left] / 2, port(left, chain[1], vertices_[left].right)}
    );
    for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
      const Vertex& passage = vertices_[chain[i]];
      points.push_back({lefts[passage.layer], passage.y});
      points.push_back({lefts[passage.layer] + widths[passage.layer], passage.y});
    }
    points.push_back(
        {layout.boxes[right].x - in_.widths[right] / 2,
         port(right, chain[chain.size() - 2], vertices_[right].left)}
    );
    return points;
  }

  /// Edges end on a side in the order in which they come, so that they do not cross at the box.
  [[nodiscard]] double port(std::size_t box, std::size_t other, const std::vector<std::size_t>& all)
      const {
    const auto above = std::count_if(all.begin(), all.end(), [&](std::size_t each) {
      return vertices_[each].place < vertices_[other].place;
    });
    const double middle = (static_cast<double>(all.size()) - 1) / 2;
    const double spread = in_.height * kPortSpread / std::max(4.0, static_cast<double>(all.size()));
    return vertices_[box].y + (static_cast<double>(above) - middle) * spread;
  }

  const LayoutInput& in_;
  std::vector<Vertex> vertices_;  ///< Boxes first.
  std::vector<std::vector<std::size_t>> layers_;
  std::vector<std::vector<std::size_t>> chains_;  ///< Of every edge, from left to right.
  std::size_t crossings_ = 0;
};

}  // namespace

Layout lay_out(const LayoutInput& input) {
  return Drawing(input).run();
}

}  // namespace plumbline
