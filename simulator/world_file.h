// A simulated world on disk: one JSON file, replaced whole, readable by its owner alone (it holds
// the secrets that were put into the world).
#pragma once

#include <string>

#include "controller/base/result.h"
#include "controller/base/value.h"

namespace plumbline::sim {

/// The null Value when there is no such file.
Result<Value> read_world(const std::string& path);
Status write_world(const std::string& path, const Value& world);

}  // namespace plumbline::sim
