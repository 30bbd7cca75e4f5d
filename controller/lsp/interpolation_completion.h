// Completion inside "${…}": sections, names, attributes, and the short names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lsp/completion.h"

namespace plumbline {

/// An interpolation that is being written.
struct OpenInterpolation {
  std::string before;      ///< What stands between "${" and the cursor.
  std::size_t offset = 0;  ///< Of the cursor.
  std::string after;       ///< What of the same name stands behind the cursor.
  bool is_closed = false;  ///< A brace follows.
};

/// `text` has one character for the cursor at `offset`. Nothing when no "${" is open there.
std::optional<OpenInterpolation> interpolation_at(
    std::string_view text, const OutlineItem& item, std::size_t offset
);

/// `index` is the scalar in `outline` that holds it.
std::vector<CompletionItem> complete_interpolation(
    const StackView& stack, const Outline& outline, int index, const OpenInterpolation& open
);

}  // namespace plumbline
