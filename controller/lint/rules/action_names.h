// Action names: what IAM calls the actions of services whose lists are long. A table that a script
// makes; what it means that a name is not in it, action_facts decides.
#pragma once

#include <string_view>

namespace plumbline {

/// The actions of a service, by its prefix in small letters, each between two blanks; "" when the
/// service is not in the table.
std::string_view action_names(std::string_view service);

}  // namespace plumbline
