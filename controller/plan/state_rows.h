// What a row of the state keeps of a resource as its manifest declares it. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/plan/plan.h"

namespace plumbline {

/// What a manifest says of its resource: `desired` as applied, without secrets and without what is
/// not known yet; the rows of its collections; its tags, protection and `onRemove`. The row has its
/// physical id.
void describe(
    ResourceRow& row,
    const Resource& resource,
    const Value& desired,
    const std::string& account_id,
    const std::string& install_key
);

/// Sorted, each once.
void set_producers(ResourceRow& row, std::vector<Address> producers);

/// Removals of rows that `row` never applied are foreign; the others are what the user asked for.
void mark_foreign(Difference& difference, const Kind& kind, const ResourceRow* row);

/// The owner tag with which a row was taken over when the key that had made it was lost, until the
/// next apply renews it; "" for every other row.
const std::string& inherited_owner(const ResourceRow& row);
inline constexpr std::string_view kInheritedOwner = "$owner";  ///< A member of `applied`.
/// True when the object `id` of `address` carries the owner tag that its row was taken over with.
bool is_inherited(
    const StateImage& state, const Address& address, const std::string& id, const std::string& owner
);

}  // namespace plumbline
