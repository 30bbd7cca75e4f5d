// Removal: what becomes of state rows that no block names any more, and of replaced objects.
#pragma once

#include <string>

#include "controller/plan/plan.h"

namespace plumbline {

/// Adds a change for each row without a block and each deposed one; in destroy mode for every row.
void add_removals(Plan& plan, const PlanInput& input, const AccountIds& accounts);

/// Whether what no block names any more is left where it is, unless everything is destroyed.
bool outlives_its_block(const ResourceRow& row, const Kind& kind);

/// True when it is proven that the object is not tagged as ours: it must not be deleted. Kinds
/// without tags, and tags that were not read, prove nothing.
/// `place` is its address and region; a tag of an address it had before is ours, too, and so is the
/// one its row was taken over with.
bool lacks_owner_tag(
    const Kind& kind,
    const Observation& seen,
    const PlanInput& input,
    const std::string& account_id,
    const std::pair<Address, std::string>& place
);

/// Turns the change into a hold and says why, where, and what to do.
void hold_change(
    Plan& plan, const Manifest& manifest, Change& change, std::string why, std::string help
);

}  // namespace plumbline
