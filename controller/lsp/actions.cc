#include "controller/lsp/actions.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

/// Within a text that runs over several lines a comment would be part of the text.
bool is_inside_text(const Outline& outline, std::size_t offset) {
  return std::any_of(outline.items().begin(), outline.items().end(), [&](const OutlineItem& item) {
    return item.span.begin < offset && offset < item.span.end;
  });
}

/// A comment above the line, which lint reads.
CodeAction ignore(const Diagnostic& finding, const TextDocument& document, std::size_t line) {
  const std::string& text = document.text();
  const std::size_t content = std::min(text.find_first_not_of(" \t", line), text.size());
  const std::size_t end = text.find('\n', line);
  const bool has_return = end != std::string::npos && end > line && text[end - 1] == '\r';
  CodeAction action;
  action.title = fmt::format("Ignore {} here: say why", finding.id);
  action.edits.push_back(
      {{line, line},
       fmt::format(
           "{}# plumbline:ignore {}: say why{}",
           text.substr(line, content - line),
           finding.id,
           has_return ? "\r\n" : "\n"
       )}
  );
  return action;
}

/// What the finding itself says to write, if all of it is in this file.
std::optional<CodeAction> mend(const Diagnostic& finding, const TextDocument& document) {
  CodeAction action;
  action.is_preferred = true;
  for (const Edit& edit : finding.edits) {
    if (edit.range.file != finding.range.file) {
      return std::nullopt;
    }
    action.edits.push_back({document.span_of(edit.range), edit.text});
  }
  if (action.edits.empty()) {
    return std::nullopt;
  }
  const TextEdit& first = action.edits.front();
  const bool is_word = action.edits.size() == 1 && first.text.find('\n') == std::string::npos;
  const std::size_t length = first.span.end - first.span.begin;
  action.title =
      !is_word ? fmt::format("Fix {}: {}", finding.id, finding.help)
      : length == 0
          ? fmt::format("Fix {}: write {}", finding.id, trim(first.text))
          : fmt::format(
                "Change {} to {}", document.text().substr(first.span.begin, length), first.text
            );
  return action;
}

}  // namespace

std::vector<CodeAction> actions_for(
    const Finding& finding, const TextDocument& document, const Outline& outline
) {
  std::vector<CodeAction> actions;
  if (auto action = mend(finding.diagnostic, document)) {
    actions.push_back(std::move(*action));
  }
  const std::size_t at = document.span_of(finding.diagnostic.range).begin;
  const std::size_t line = document.line_around(at).begin;
  if (finding.is_negotiable && !is_inside_text(outline, line)) {
    actions.push_back(ignore(finding.diagnostic, document, line));
  }
  return actions;
}

}  // namespace plumbline
