// Hover: what `plumbline explain` says about the word under the cursor.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "controller/lsp/stack_view.h"

namespace plumbline {

struct Hover {
  std::string text;  ///< Lines as a terminal shows them.
  Span span;
};

/// `explain` says something about "section", "section.property" or a word; "" when it cannot.
std::optional<Hover> hover(
    const StackView& stack,
    const StackText& text,
    std::size_t offset,
    const std::function<std::string(const std::string& topic)>& explain
);

}  // namespace plumbline
