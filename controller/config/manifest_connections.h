// `connections:` and `accounts:`, the two sections that are no kinds.
#pragma once

#include "controller/config/manifest_context.h"

namespace plumbline {

void read_connections(LoadContext& context, const Node& node);
void read_accounts(LoadContext& context, const Node& node);

}  // namespace plumbline
