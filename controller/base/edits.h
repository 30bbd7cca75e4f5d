// What edits make of texts: which findings can be mended at once, and the new text. Pure; writing
// files is the caller's.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "controller/base/diagnostics.h"

namespace plumbline {

/// The text of `file` with those of the edits made that are in it. They must be disjoint.
std::string edited(const SourceFile& file, std::span<const Edit> edits);

struct Mending {
  std::vector<const Diagnostic*> mended;           ///< In their order.
  std::map<const SourceFile*, std::string> texts;  ///< Of the files that change.
};
/// Mends every finding whose edits touch none of an earlier one's; two that want the very same are
/// both mended. What is left out can be mended when the new texts were judged again.
Mending mend(const Diagnostics& diagnostics);

}  // namespace plumbline
