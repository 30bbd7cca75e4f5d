// One resource: its properties typed by its kind, the words every resource takes, its tags and the
// name it has in the world.
#pragma once

#include "controller/config/manifest_context.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

/// Reads the resource written at `entry` of `section`. Everything wrong is reported.
Resource read_resource(
    LoadContext& context, const Kind& kind, const std::string& section, const NodeEntry& entry
);

/// AWS keeps fifty tags of an object; four of them say whose it is.
inline constexpr std::size_t kMostTags = 46;

/// Reads `key: value` pairs of tags into `tags`, later over earlier, sorted by key at the end.
void read_tags(
    const Node& node,
    ValueReader& reader,
    const Reporter& reporter,
    std::vector<std::pair<std::string, std::string>>& tags
);

/// account, region, dependsOn, protect …: true when `entry` was one of them and is now read.
bool read_resource_word(
    LoadContext& context,
    const NodeEntry& entry,
    ValueReader& reader,
    const Reporter& reporter,
    Resource& resource
);

/// The words above, for suggestions.
const std::vector<std::string>& resource_words();

}  // namespace plumbline
