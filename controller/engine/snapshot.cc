#include "controller/engine/snapshot.h"

#include "controller/base/check.h"

namespace plumbline {

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::kUnknown:
      return "Unknown";
    case Phase::kWaiting:
      return "Waiting";
    case Phase::kCalling:
      return "Calling";
    case Phase::kSettling:
      return "Settling";
    case Phase::kBackingOff:
      return "BackingOff";
    case Phase::kSynced:
      return "Synced";
    case Phase::kDrifted:
      return "Drifted";
    case Phase::kContested:
      return "Contested";
    case Phase::kStuck:
      return "Stuck";
  }
  PLUMBLINE_UNREACHABLE("Phase");
}

}  // namespace plumbline
