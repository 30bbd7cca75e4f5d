// Names of a plan's parts, and look-ups in the state that plans are made from.
#include <algorithm>
#include <tuple>

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

Tags wanted_tags(
    const Resource& resource,
    const std::string& install_key,
    const std::string& account_id,
    const std::string& stack
) {
  Tags tags = resource.tags;
  const OwnerTags ours =
      owner_tags(install_key, account_id, resource.region, stack, resource.address);
  tags.emplace_back(kOwnerTag, ours.owner);
  tags.emplace_back(kStackTag, ours.stack);
  tags.emplace_back(kAddressTag, ours.address);
  return tags;
}

void sort_rows(StateImage& state) {
  std::sort(state.rows.begin(), state.rows.end(), [](const ResourceRow& a, const ResourceRow& b) {
    return std::tie(a.address, a.physical_id) < std::tie(b.address, b.physical_id);
  });
}

const ResourceRow* find_row(const StateImage& state, const Address& address) {
  auto at = std::lower_bound(
      state.rows.begin(),
      state.rows.end(),
      address,
      [](const ResourceRow& row, const Address& wanted) { return row.address < wanted; }
  );
  for (; at != state.rows.end() && at->address == address; ++at) {
    if (at->status != RowStatus::kDeposed) {
      return &*at;
    }
  }
  return nullptr;
}

}  // namespace plumbline
