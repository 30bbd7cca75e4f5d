// YAML text → Node, by yaml-cpp's events (its DOM is too large and loses ends and duplicates). A
// strict subset: duplicate keys, aliases and anchors, tags, merge keys, several documents, depth
// over 64, files over 8 MiB, scalars over 64 KiB, keys over 512 bytes, over 10^6 nodes, invalid
// UTF-8, control and bidirectional characters are diagnostics MF001…, each with a place and a fix.
#pragma once

#include <optional>

#include "controller/base/diagnostics.h"
#include "controller/config/node.h"

namespace plumbline {

/// Nothing when the text has no usable tree; `diagnostics` then says why. `file` must outlive the
/// Node.
std::optional<Node> parse_yaml(const SourceFile& file, Diagnostics& diagnostics);

}  // namespace plumbline
