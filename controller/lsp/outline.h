// Outline: the keys, list elements and scalars of a manifest with their places, read from a text
// that may be half written. Where config/yaml refuses a text as a whole, this goes on with the next
// line: an unclosed bracket or quote ends where the indentation says that something else begins.
// Knows YAML's surface only; no schema and no diagnostics.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/lsp/text_document.h"

namespace plumbline {

struct OutlineItem {
  enum class Type {
    kKey,
    kElement,  ///< Of a list; its span is the dash, or empty in [brackets].
    kScalar,
  };
  static constexpr int kRoot = -1;

  Type type = Type::kScalar;
  int parent = kRoot;      ///< The key or element it stands below; parents come first.
  Span span;               ///< As it is written, quotes included.
  std::size_t end = 0;     ///< Where the last thing below it ends.
  std::size_t column = 0;  ///< In bytes, 0-based; of what is not in brackets.
  bool is_flow = false;    ///< Inside brackets.
  bool is_word = false;    ///< A scalar where a key could begin: alone on a line, or in braces.
  char quote = '\0';       ///< ' or ", | or >, or none.
  std::string text;        ///< Without quotes and escapes.

  [[nodiscard]] bool is_key() const { return type == Type::kKey; }
  [[nodiscard]] bool is_scalar() const { return type == Type::kScalar; }
};

class Outline {
 public:
  Outline() = default;
  explicit Outline(std::string_view text);

  [[nodiscard]] const std::vector<OutlineItem>& items() const { return items_; }
  [[nodiscard]] const OutlineItem& at(int index) const {
    return items_[static_cast<std::size_t>(index)];
  }
  /// The key or scalar that `offset` is in or just behind; kRoot when there is none.
  [[nodiscard]] int find(std::size_t offset) const;
  /// From the top down to `index`, which is the last.
  [[nodiscard]] std::vector<int> chain(int index) const;
  /// Indices of keys directly below `parent`.
  [[nodiscard]] std::vector<int> keys_below(int parent) const;

 private:
  std::vector<OutlineItem> items_;
};

}  // namespace plumbline
