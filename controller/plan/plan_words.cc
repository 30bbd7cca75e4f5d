// Names of a plan's parts.
#include <algorithm>

#include "controller/base/check.h"
#include "controller/plan/plan.h"

namespace plumbline {

std::string_view name_of(PlanMode mode) {
  switch (mode) {
    case PlanMode::kReconcile:
      return "reconcile";
    case PlanMode::kDestroy:
      return "destroy";
    case PlanMode::kRefresh:
      return "refresh";
  }
  PLUMBLINE_UNREACHABLE("PlanMode");
}

std::string_view name_of(StepKind kind) {
  switch (kind) {
    case StepKind::kCreate:
      return "create";
    case StepKind::kFinish:
      return "finish";
    case StepKind::kSweep:
      return "sweep";
    case StepKind::kDelete:
      return "delete";
    case StepKind::kForget:
      return "forget";
    case StepKind::kRefresh:
      return "refresh";
  }
  PLUMBLINE_UNREACHABLE("StepKind");
}

std::size_t Plan::count(Action action) const {
  return static_cast<std::size_t>(std::count_if(
      changes.begin(), changes.end(), [&](const Change& c) { return c.action == action; }
  ));
}

}  // namespace plumbline
