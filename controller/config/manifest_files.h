// The files of a manifest: found, read, parsed, and merged later over earlier as compose does.
#pragma once

#include <memory>

#include "controller/config/manifest_context.h"
#include "controller/config/open_texts.h"

namespace plumbline {

/// Files named by `paths` (a directory stands for its *.yaml and *.yml, by name; open texts go
/// before what is on disk), parsed and merged into manifest.documents; sets manifest.folder. False
/// when there is no tree at all.
bool read_files(
    const std::vector<std::string>& paths,
    const OpenTexts& open,
    Manifest& manifest,
    Diagnostics& diagnostics
);

/// Parses one file, which must be a map, and merges it over what manifest.documents holds.
void add_document(std::string name, std::string text, Manifest& manifest, Diagnostics& diagnostics);

/// Maps merge key by key; scalars and lists of `later` replace. Ranges are those of what wins.
void merge_nodes(Node& base, Node later);

}  // namespace plumbline
