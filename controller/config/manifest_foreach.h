// `forEach`: one block, a resource for each key. Works on what was written, before anything is
// typed: `${each.key}` and `${each.value…}` are put in, and the rest of the load sees blocks as if
// they had been written one by one. Knows no kinds.
#pragma once

#include <string>
#include <vector>

#include "controller/config/manifest_context.h"

namespace plumbline {

inline constexpr std::string_view kForEach = "forEach";

/// The blocks of a section, templates replaced by what they make: NAME-KEY for every key. Fills
/// context.groups; what is made is owned by the manifest. Everything wrong is reported, and a
/// template at fault makes nothing.
std::vector<const NodeEntry*> expand_section(
    LoadContext& context, const std::string& section, const std::vector<NodeEntry>& entries
);

}  // namespace plumbline
