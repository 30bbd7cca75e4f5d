// Action facts: which actions IAM knows, for the services on the way to a database, and how the
// names of common services are spelt. What is not listed here is never called wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Of an action, or a pattern of actions, that surely does not exist: what was meant, or "" when
/// nothing comes near. Nothing for all else.
std::optional<std::string> action_meant_by(std::string_view action);

}  // namespace plumbline
