// The order behind a Graph, on bare numbers: two points a resource, edges between them, cycles
// found and loosened step by step. Knows nothing of manifests.
#pragma once

#include <cstddef>
#include <vector>

#include "controller/config/graph.h"

namespace plumbline {

enum class Softness {
  kHard,        ///< Needed for create.
  kDeferrable,  ///< Needed for create unless a cycle runs through it.
  kWeak,        ///< Never needed for create.
};

/// Starts with the strictest order and loosens only edges that are part of a cycle: first
/// deferrable ones wait at finish instead of create; then hard ones stop waiting for producers that
/// have something left for their finish; then deferrable ones stop waiting for a finish. What is
/// still a cycle then is one of hard edges.
class PointOrder {
 public:
  struct Wait {
    bool at_finish = false;    ///< The consumer waits with its finish, not with its create.
    bool for_finish = true;    ///< For the producer's finish, not for its create.
    bool is_deferred = false;  ///< The property is left out of create.
  };

  /// `edges` and `softness` go together and must outlive this.
  PointOrder(
      std::size_t resources, const std::vector<Edge>& edges, const std::vector<Softness>& softness
  );
  void relax();

  [[nodiscard]] Wait wait_of(std::size_t edge) const { return waits_[edge]; }
  /// Edges inside cycles that could not be dissolved; after relax().
  [[nodiscard]] std::vector<std::size_t> knotted_edges() const;
  /// Which cycle a resource's create point is in.
  [[nodiscard]] std::size_t knot_of(std::size_t resource) const { return component_[resource * 2]; }
  /// All resources: a topological order of the create points, smaller numbers first among equals;
  /// what is knotted comes last.
  [[nodiscard]] std::vector<std::size_t> creation_order() const;

 private:
  /// Calls `loosen(wait, edge, is in a cycle)` for all edges of one softness.
  template <class Loosen>
  void loosen(Softness softness, Loosen loosen);
  [[nodiscard]] std::size_t from(std::size_t edge) const;
  [[nodiscard]] std::size_t to(std::size_t edge) const;
  [[nodiscard]] bool is_cyclic(std::size_t edge) const;
  /// Neighbours of all points in one array: what each point waits for.
  void connect();
  void find_components();

  std::size_t resources_;
  const std::vector<Edge>& edges_;
  const std::vector<Softness>& softness_;
  std::vector<Wait> waits_;
  std::vector<std::size_t> first_,
      targets_;                         ///< Adjacency: targets of p are first_[p]…first_[p+1].
  std::vector<std::size_t> component_;  ///< Of every point.
};

}  // namespace plumbline
