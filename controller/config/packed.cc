#include "controller/config/packed.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "controller/base/check.h"

namespace plumbline {

namespace {

constexpr char kNull = 'n', kPlain = 'p', kQuoted = 'q', kList = 'l', kMap = 'm';

class Packer {
 public:
  void node(const Node& node) {
    out_ += letter_of(node);
    range(node.range);
    switch (node.type) {
      case Node::Type::kNull:
        break;
      case Node::Type::kScalar:
        text(node.text);
        break;
      case Node::Type::kList:
        number(node.items.size());
        for (const Node& item : node.items) {
          this->node(item);
        }
        break;
      case Node::Type::kMap:
        number(node.entries.size());
        for (const NodeEntry& entry : node.entries) {
          text(entry.key);
          range(entry.key_range);
          this->node(entry.value);
        }
        break;
    }
  }
  std::string take() { return std::move(out_); }

 private:
  static char letter_of(const Node& node) {
    switch (node.type) {
      case Node::Type::kNull:
        return kNull;
      case Node::Type::kScalar:
        return node.is_plain ? kPlain : kQuoted;
      case Node::Type::kList:
        return kList;
      case Node::Type::kMap:
        return kMap;
    }
    PLUMBLINE_UNREACHABLE("Node::Type");
  }

  /// Seven bits a byte, the low ones first; the high bit says that more follow.
  void number(std::size_t value) {
    for (; value >= 128; value >>= 7U) {
      out_ += static_cast<char>(value % 128 + 128);
    }
    out_ += static_cast<char>(value);
  }
  void text(std::string_view text) {
    number(text.size());
    out_ += text;
  }
  void range(const SourceRange& range) {
    number(range.begin.line);
    number(range.begin.column);
    number(range.end.line);
    number(range.end.column);
  }

  std::string out_;
};

class Unpacker {
 public:
  Unpacker(std::string_view packed, const SourceFile& file) : rest_(packed), file_(file) {}

  Node node() {
    Node node;
    const char letter = static_cast<char>(byte());
    node.range = range();
    if (letter == kPlain || letter == kQuoted) {
      node.type = Node::Type::kScalar;
      node.is_plain = letter == kPlain;
      node.text = text();
    } else if (letter == kList) {
      node.type = Node::Type::kList;
      node.items.resize(number());
      for (Node& item : node.items) {
        item = this->node();
      }
    } else if (letter == kMap) {
      node.type = Node::Type::kMap;
      node.entries.resize(number());
      for (NodeEntry& entry : node.entries) {
        entry.key = text();
        entry.key_range = range();
        entry.value = this->node();
      }
    } else {
      PLUMBLINE_CHECK(letter == kNull);
    }
    return node;
  }
  [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

 private:
  unsigned char byte() {
    PLUMBLINE_CHECK(!rest_.empty());
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return static_cast<unsigned char>(first);
  }
  std::size_t number() {
    std::size_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const unsigned char next = byte();
      value |= static_cast<std::size_t>(next % 128U) << shift;
      if (next < 128) {
        return value;
      }
    }
  }
  std::string_view text() {
    const std::size_t size = number();
    PLUMBLINE_CHECK(size <= rest_.size());
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  Position position() {
    const auto line = static_cast<std::uint32_t>(number());
    return {line, static_cast<std::uint32_t>(number())};
  }
  SourceRange range() {
    const Position begin = position();
    return {&file_, begin, position()};
  }

  std::string_view rest_;
  const SourceFile& file_;
};

}  // namespace

std::string pack(const Node& node) {
  Packer packer;
  packer.node(node);
  return packer.take();
}

Node unpack(std::string_view packed, const SourceFile& file) {
  Unpacker unpacker(packed, file);
  Node node = unpacker.node();
  PLUMBLINE_CHECK(unpacker.is_at_end());
  return node;
}

}  // namespace plumbline
