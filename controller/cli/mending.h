// lint --fix on files: mends the manifest that was loaded and writes what changed, each file at
// once. Nothing but the files of the manifest is ever touched.
#pragma once

#include <string>
#include <vector>

#include "controller/base/result.h"
#include "controller/cli/session.h"
#include "controller/lint/mender.h"

namespace plumbline {

/// What was mended. Error kIo when a file cannot be written, or is not any more what was read; it
/// says which files were written before.
Result<MendOutcome> mend_files(const Catalog& catalog, const Options& options, Loaded loaded);

/// A line for each edit: place, id, what stood there and what stands there now.
std::string render_mending(const MendOutcome& outcome);

/// Puts `text` in place of what the file holds, at once and durably: another process sees the old
/// text or the new one. A symbolic link stays; mode and owner stay, too. Error kIo.
Status replace_file(const std::string& path, std::string_view text);

}  // namespace plumbline
