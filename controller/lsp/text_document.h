// TextDocument: one text as an editor holds it, and the two ways to count in it: byte offsets here,
// lines and code units in the protocol. Knows no YAML.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "controller/base/source.h"

namespace plumbline {

/// What a `character` of the protocol counts.
enum class PositionEncoding { kUtf8, kUtf16, kUtf32 };
std::string_view name_of(PositionEncoding encoding);  ///< "utf-16"

/// 0-based line, 0-based code units within it.
struct LspPosition {
  std::uint32_t line = 0, character = 0;
  friend auto operator<=>(const LspPosition&, const LspPosition&) = default;
};

/// Half-open.
struct LspRange {
  LspPosition start, end;
  friend auto operator<=>(const LspRange&, const LspRange&) = default;
};

/// Half-open, in bytes.
struct Span {
  std::size_t begin = 0, end = 0;
  [[nodiscard]] bool touches(std::size_t offset) const { return begin <= offset && offset <= end; }
  friend auto operator<=>(const Span&, const Span&) = default;
};

class TextDocument {
 public:
  explicit TextDocument(
      std::string text = "", PositionEncoding encoding = PositionEncoding::kUtf16
  );

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] PositionEncoding encoding() const { return encoding_; }

  /// Past the end of a line is its end, past the last line the end of the text; the middle of a
  /// character is its beginning.
  [[nodiscard]] std::size_t offset_at(LspPosition position) const;
  [[nodiscard]] LspPosition position_at(std::size_t offset) const;
  [[nodiscard]] LspRange range_of(Span span) const;
  /// Of a range in the same text as a source file counts it.
  [[nodiscard]] Span span_of(const SourceRange& range) const;
  /// The line that `offset` is in, without its end.
  [[nodiscard]] Span line_around(std::size_t offset) const;

  void replace(Span span, std::string_view text);
  void replace_all(std::string text);

 private:
  [[nodiscard]] std::size_t line_of(std::size_t offset) const;
  void index();

  std::string text_;
  PositionEncoding encoding_;
  std::vector<std::size_t> starts_;         ///< Of every line; lines end with \n, \r\n or \r.
  std::vector<std::size_t> source_starts_;  ///< Of every line as source files count them: \n alone.
};

}  // namespace plumbline
