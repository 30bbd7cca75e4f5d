// Worker::Creation: one object on its way into being, shared by the worker's files about creation.
#pragma once

#include "controller/engine/worker.h"

namespace plumbline {

struct Worker::Creation {
  Target target;
  Value desired;
  const CallTemplate* variant = nullptr;
  Intent intent;
  bool is_made = false;
};

/// So many reads must agree before it is believed that nothing was made.
inline constexpr int kNegativeReads = 3;

}  // namespace plumbline
