// Texts that stand for files of a manifest: what an editor holds and has not saved yet.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "controller/config/manifest.h"

namespace plumbline {

/// By path, as files are named while they are read: as the caller names them, and "FOLDER/NAME" for
/// those of a folder. They need not exist on disk.
using OpenTexts = std::map<std::string, std::string, std::less<>>;

/// As load_manifest; a text of `open` is read instead of the file of its path.
std::shared_ptr<const Manifest> load_manifest(
    const Catalog& catalog,
    const ManifestOptions& options,
    const OpenTexts& open,
    Diagnostics& diagnostics
);

/// The program's own settings beside a manifest: no part of a stack.
inline constexpr std::string_view kSettingsFile = "plumbline.yaml";
/// Whether a folder's file of this name is part of the stack that the folder is.
bool is_manifest_name(std::string_view name);

}  // namespace plumbline
