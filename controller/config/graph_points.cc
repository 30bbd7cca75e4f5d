#include "controller/config/graph_points.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>

namespace plumbline {

namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

std::size_t create_point(std::size_t resource) {
  return resource * 2;
}
std::size_t finish_point(std::size_t resource) {
  return resource * 2 + 1;
}

}  // namespace

PointOrder::PointOrder(
    std::size_t resources, const std::vector<Edge>& edges, const std::vector<Softness>& softness
)
    : resources_(resources), edges_(edges), softness_(softness), waits_(edges.size()) {}

std::size_t PointOrder::from(std::size_t edge) const {
  const std::size_t consumer = edges_[edge].consumer;
  return waits_[edge].at_finish ? finish_point(consumer) : create_point(consumer);
}

std::size_t PointOrder::to(std::size_t edge) const {
  const std::size_t producer = edges_[edge].producer;
  return waits_[edge].for_finish ? finish_point(producer) : create_point(producer);
}

bool PointOrder::is_cyclic(std::size_t edge) const {
  return component_[from(edge)] == component_[to(edge)] &&
         !(waits_[edge].at_finish && !waits_[edge].for_finish &&
           edges_[edge].consumer == edges_[edge].producer);
}

void PointOrder::connect() {
  const std::size_t points = resources_ * 2;
  first_.assign(points + 1, 0);
  for (std::size_t r = 0; r < resources_; ++r) {
    ++first_[finish_point(r) + 1];
  }
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    ++first_[from(i) + 1];
  }
  for (std::size_t p = 0; p < points; ++p) {
    first_[p + 1] += first_[p];
  }
  targets_.resize(first_[points]);
  std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
  for (std::size_t r = 0; r < resources_; ++r) {
    targets_[next[finish_point(r)]++] = create_point(r);
  }
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    targets_[next[from(i)]++] = to(i);
  }
}

/// Tarjan's algorithm with a stack of its own: a chain of ten thousand must not recurse.
void PointOrder::find_components() {
  connect();
  const std::size_t points = resources_ * 2;
  component_.assign(points, kNone);
  std::vector<std::size_t> number(points, kNone), low(points, 0), next(first_), open, path;
  std::size_t count = 0;
  for (std::size_t root = 0; root < points; ++root) {
    if (number[root] != kNone) {
      continue;
    }
    path.push_back(root);
    while (!path.empty()) {
      const std::size_t here = path.back();
      if (number[here] == kNone) {
        number[here] = low[here] = count++;
        open.push_back(here);
      }
      if (next[here] < first_[here + 1]) {
        const std::size_t target = targets_[next[here]++];
        if (number[target] == kNone) {
          path.push_back(target);
        } else if (component_[target] == kNone) {
          low[here] = std::min(low[here], number[target]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) {
        low[path.back()] = std::min(low[path.back()], low[here]);
      }
      if (low[here] == number[here]) {
        while (component_[here] == kNone) {
          component_[open.back()] = here;
          open.pop_back();
        }
      }
    }
  }
}

template <class Loosen>
void PointOrder::loosen(Softness softness, Loosen loosen) {
  find_components();
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (softness_[i] == softness) {
      loosen(waits_[i], edges_[i], is_cyclic(i));
    }
  }
}

void PointOrder::relax() {
  std::vector<bool> has_late_part(resources_, false);
  loosen(Softness::kWeak, [&](Wait& wait, const Edge& edge, bool is_in_cycle) {
    wait = {true, false, is_in_cycle};
    has_late_part[edge.consumer] = true;
  });
  loosen(Softness::kDeferrable, [&](Wait& wait, const Edge& edge, bool is_in_cycle) {
    if (is_in_cycle) {
      wait = {true, true, true};
      has_late_part[edge.consumer] = true;
    }
  });
  loosen(Softness::kHard, [&](Wait& wait, const Edge& edge, bool is_in_cycle) {
    wait.for_finish = !(is_in_cycle && has_late_part[edge.producer]);
  });
  loosen(Softness::kDeferrable, [](Wait& wait, const Edge&, bool is_in_cycle) {
    wait.for_finish = !(is_in_cycle && wait.at_finish);
  });
  find_components();
}

std::vector<std::size_t> PointOrder::knotted_edges() const {
  std::vector<std::size_t> knotted;
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (softness_[i] == Softness::kHard && is_cyclic(i)) {
      knotted.push_back(i);
    }
  }
  return knotted;
}

std::vector<std::size_t> PointOrder::creation_order() const {
  const std::size_t points = resources_ * 2;
  std::vector<std::size_t> waits_for(points, 0);
  std::vector<std::vector<std::size_t>> waited_by(points);
  for (std::size_t p = 0; p < points; ++p) {
    for (std::size_t t = first_[p]; t < first_[p + 1]; ++t) {
      if (targets_[t] != p) {
        ++waits_for[p];
        waited_by[targets_[t]].push_back(p);
      }
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t p = 0; p < points; ++p) {
    if (waits_for[p] == 0) {
      ready.push(p);
    }
  }
  std::vector<std::size_t> order;
  std::vector<bool> is_placed(resources_, false);
  while (!ready.empty()) {
    const std::size_t point = ready.top();
    ready.pop();
    if (point % 2 == 0) {
      order.push_back(point / 2);
      is_placed[point / 2] = true;
    }
    for (const std::size_t next : waited_by[point]) {
      if (--waits_for[next] == 0) {
        ready.push(next);
      }
    }
  }
  for (std::size_t r = 0; r < resources_; ++r) {
    if (!is_placed[r]) {
      order.push_back(r);
    }
  }
  return order;
}

}  // namespace plumbline
