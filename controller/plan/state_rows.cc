// Rows of the state as plans look at them, and the tags that tie objects to rows.
#include <algorithm>
#include <tuple>

#include "controller/plan/plan.h"

namespace plumbline {

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
