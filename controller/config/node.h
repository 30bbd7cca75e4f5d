// Node: one YAML value as it was written: text, style and place. Made by config/yaml, typed later
// against a schema. Scalars stay text here: `no`, 0123 and 12:30 mean what their property says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/base/source.h"

namespace plumbline {

struct NodeEntry;

struct Node {
  enum class Type { kNull, kScalar, kList, kMap };

  Type type = Type::kNull;
  bool is_plain = true;  ///< A scalar without quotes: `5432`, not "5432".
  std::string text;      ///< Of a scalar, unescaped.
  SourceRange range;
  std::vector<Node> items;
  std::vector<NodeEntry> entries;  ///< Of a map, in order, keys unique.

  [[nodiscard]] bool is_null() const { return type == Type::kNull; }
  [[nodiscard]] bool is_scalar() const { return type == Type::kScalar; }
  [[nodiscard]] bool is_list() const { return type == Type::kList; }
  [[nodiscard]] bool is_map() const { return type == Type::kMap; }
  /// Member of a map, or null.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] const NodeEntry* find_entry(std::string_view key) const;
};

struct NodeEntry {
  std::string key;
  SourceRange key_range;
  Node value;
};

}  // namespace plumbline
