// The manual page, in roff, from the command table. Pure.
#pragma once

#include <string>
#include <vector>

#include "controller/cli/command.h"

namespace plumbline {

/// `version` as in "0.1.0".
std::string manual_page(const std::vector<CommandSpec>& commands, std::string_view version);

}  // namespace plumbline
