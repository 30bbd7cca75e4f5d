// Code actions: what an editor can do about a finding at once.
#pragma once

#include <string>
#include <vector>

#include "controller/lint/finding_set.h"
#include "controller/lsp/outline.h"
#include "controller/lsp/text_document.h"

namespace plumbline {

struct TextEdit {
  Span span;
  std::string text;
};

struct CodeAction {
  std::string title;
  std::vector<TextEdit> edits;  ///< All in the file of the finding.
  bool is_preferred = false;    ///< It mends what is wrong.
};

/// `document` and `outline` are of the text that the finding is about.
std::vector<CodeAction> actions_for(
    const Finding& finding, const TextDocument& document, const Outline& outline
);

}  // namespace plumbline
