// Graph: who needs whom, and in which order things are created. Each resource has two points:
// `create` (it exists) and `finish` (all of it is set and it is ready). Weak references and
// deferrable properties wait for a producer only at `finish`; that is how groups that name each
// other, and a secret that holds the endpoint of the database it opens, are dissolved.
#pragma once

#include <string>
#include <vector>

#include "controller/base/diagnostics.h"
#include "controller/config/manifest.h"

namespace plumbline {

struct Edge {
  std::size_t consumer = 0, producer = 0;  ///< Indices into Manifest::resources.
  std::string property;                    ///< Dotted path in the consumer; "dependsOn".
  std::string attribute;                   ///< What it takes.
  bool is_weak = false;                    ///< From a weak reference or deferrable property.
};

struct Graph {
  std::vector<Edge> edges;
  /// For every resource: the points that must be reached before its create and before its finish.
  struct Point {
    std::size_t resource;
    bool is_finish;
  };
  std::vector<std::vector<Point>> before_create, before_finish;
  /// Properties (top-level names) left out of create because a cycle runs through them.
  std::vector<std::vector<std::string>> deferred;
  /// Creation order (a topological order of the create points, ties by address).
  std::vector<std::size_t> order;
};

/// Diagnoses references to nothing (RF…, with a suggestion), to unknown attributes, and cycles that
/// cannot be dissolved (edge by edge, each with its place). Deterministic.
Graph make_graph(const Manifest& manifest, Diagnostics& diagnostics);

}  // namespace plumbline
