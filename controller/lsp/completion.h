// Completion: what may be written where the cursor is. A pure function of the stack's texts and the
// schemas; the text around the cursor may be half written.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lsp/stack_view.h"

namespace plumbline {

enum class CompletionSort { kWord, kSection, kProperty, kValue, kReference, kSnippet };

struct CompletionItem {
  std::string label;
  CompletionSort sort = CompletionSort::kWord;
  std::string detail;         ///< Its type, in a few words.
  std::string documentation;  ///< A sentence or two.
  std::string insert;         ///< Instead of `replaced`.
  bool is_snippet = false;    ///< `insert` holds $1, ${2:text} and the like.
  Span replaced;              ///< On one line, around the cursor.
  int rank = 0;               ///< Lower ones are shown first.
};

struct CompletionStyle {
  bool takes_snippets = false;
  std::function<std::string(const Property&)> describe_type;
};

std::vector<CompletionItem> complete(
    const StackView& stack, const StackText& text, std::size_t offset, const CompletionStyle& style
);

}  // namespace plumbline
