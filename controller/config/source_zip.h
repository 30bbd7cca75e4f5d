// Folders and files → the bytes of a zip archive that depend on names and contents alone. The only
// user of libzip.
#pragma once

#include <string>

#include "controller/base/result.h"

namespace plumbline {

/// All regular files below `folder` except .git, __pycache__, *.pyc and .DS_Store. Symbolic links
/// and special files are refused, and so is a folder without files.
Result<std::string> zip_folder(const std::string& folder);
/// A .zip as it is; every other file as the one entry of an archive.
Result<std::string> zip_file(const std::string& path);

}  // namespace plumbline
