// The stacks that the simulation applies: families of manifests of one stack, each a small change
// of the others: values changed, objects replaced, blocks gone. Parsed once for all seeds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "controller/config/manifest.h"

namespace plumbline::simtest {

struct Family {
  std::string name;
  std::uint64_t share;  ///< How often it is played, beside the others'. Fewer objects, more seeds.
  std::vector<std::shared_ptr<const Manifest>> versions;
};

const std::vector<Family>& families();

/// Fails the test when the text has faults.
std::shared_ptr<const Manifest> parse_stack(const std::string& text);

/// Forty objects: networks, groups that name each other, secrets and roles. `step` 0: as first
/// applied; 1: values changed; 2: what must be replaced.
std::string forty_objects(int step);

}  // namespace plumbline::simtest
