// A manifest in an editor, for tests: "^" stands where the cursor is.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/lsp/completion.h"
#include "controller/lsp/hover.h"
#include "controller/lsp/stack_view.h"

namespace plumbline {

inline const SchemaGuide& test_guide() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  static const Value kSchema = [] {
    std::ifstream stream(std::string(PLUMBLINE_SOURCE_DIR) + "/schemas/manifest.schema.json");
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    return parse_json(text).value();
  }();
  static const SchemaGuide kGuide(*kCatalog, kSchema);
  return kGuide;
}

/// Read without a stack around it: no `forEach` is carried out.
class Edited {
 public:
  explicit Edited(std::string text) {
    cursor_ = text.find('^');
    if (cursor_ != std::string::npos) {
      text.erase(cursor_, 1);
    }
    document_ = TextDocument(std::move(text));
    outline_ = Outline(document_.text());
  }

  [[nodiscard]] StackText text() const { return {"/m.yaml", &document_, &outline_}; }
  [[nodiscard]] StackView view() const { return {test_guide(), {text()}, nullptr}; }
  [[nodiscard]] const TextDocument& document() const { return document_; }
  [[nodiscard]] const Outline& outline() const { return outline_; }
  [[nodiscard]] std::size_t cursor() const { return cursor_; }

  [[nodiscard]] std::vector<CompletionItem> items(bool takes_snippets = false) const {
    return complete(view(), text(), cursor_, {takes_snippets, nullptr});
  }
  [[nodiscard]] std::vector<std::string> labels() const {
    std::vector<std::string> labels;
    for (const CompletionItem& item : items()) {
      labels.push_back(item.label);
    }
    return labels;
  }
  [[nodiscard]] bool offers(const std::string& label) const {
    const std::vector<std::string> all = labels();
    return std::count(all.begin(), all.end(), label) == 1;
  }
  /// The text after `label` was chosen.
  [[nodiscard]] std::string choose(const std::string& label, bool takes_snippets = false) const {
    for (const CompletionItem& item : items(takes_snippets)) {
      if (item.label == label) {
        TextDocument after = document_;
        after.replace(item.replaced, item.insert);
        return after.text();
      }
    }
    return "(not offered)";
  }

 private:
  TextDocument document_;
  Outline outline_;
  std::size_t cursor_ = 0;
};

}  // namespace plumbline
