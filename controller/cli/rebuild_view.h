// What a rebuild found, as text for eyes and as a Value for JSON (schemas/output.schema.json).
// Pure.
#pragma once

#include <string>

#include "controller/base/value.h"
#include "controller/plan/rebuild.h"

namespace plumbline {

/// A rebuild as it is told.
struct RebuildTelling {
  const Rebuilt* rebuilt = nullptr;
  const Manifest* manifest = nullptr;
  std::string copy;            ///< The file that gave the key; "" = the key is lost.
  bool takes_secrets = false;  ///< Was told that they are as declared.
  Duration quiet_time{0};      ///< What is younger may not be listed yet.
  Duration dead_after{0};      ///< For so long a call that was sent may still take effect.
};

/// What is taken, and everything that speaks against it or comes of it.
std::string describe(const RebuildTelling& telling);
/// `is_recorded`: the new state stands there.
Value to_json(const RebuildTelling& telling, bool is_recorded);

}  // namespace plumbline
