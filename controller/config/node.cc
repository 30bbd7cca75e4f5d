#include "controller/config/node.h"

namespace plumbline {

const NodeEntry* Node::find_entry(std::string_view key) const {
  for (const NodeEntry& entry : entries) {
    if (entry.key == key) {
      return &entry;
    }
  }
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const NodeEntry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

}  // namespace plumbline
