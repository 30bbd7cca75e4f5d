// What people decided about findings, applied: settings, comments, baseline.
#pragma once

#include "controller/cli/session.h"

namespace plumbline {

/// Fills `loaded.findings` and `loaded.diagnostics` from what loading and lint said. Settings come
/// from --lint-settings, else `.plumbline/lint.yaml` or `plumbline.yaml` beside the manifest.
void judge(const Options& options, Diagnostics read, Diagnostics linted, Loaded& loaded);

/// A whole text file, or why not.
Result<std::string> read_text_file(const std::string& path);

}  // namespace plumbline
