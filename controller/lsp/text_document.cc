#include "controller/lsp/text_document.h"

#include <algorithm>

#include "controller/base/text.h"

namespace plumbline {

namespace {

/// Bytes of the character that begins at `at`; a broken byte is a character of its own.
std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  if (static_cast<unsigned char>(text[at]) >= 0xC0U) {
    while (end < text.size() && end < at + 4 &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      ++end;
    }
  }
  return end - at;
}

/// Code units of a character of so many bytes: only those of four are beyond 16 bits.
std::uint32_t units(std::size_t bytes, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return static_cast<std::uint32_t>(bytes);
    case PositionEncoding::kUtf16:
      return bytes == 4 ? 2 : 1;
    case PositionEncoding::kUtf32:
      return 1;
  }
  return 1;
}

/// The byte behind the first `count` units of `line`, as far as it goes.
std::size_t skip(std::string_view line, std::uint32_t count, PositionEncoding encoding) {
  std::size_t at = 0;
  for (std::uint32_t seen = 0; at < line.size();) {
    const std::size_t length = length_at(line, at);
    seen += units(length, encoding);
    if (seen > count) {
      break;
    }
    at += length;
  }
  return at;
}

}  // namespace

std::string_view name_of(PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::kUtf8:
      return "utf-8";
    case PositionEncoding::kUtf16:
      return "utf-16";
    case PositionEncoding::kUtf32:
      return "utf-32";
  }
  return "";
}

TextDocument::TextDocument(std::string text, PositionEncoding encoding)
    : text_(std::move(text)), encoding_(encoding) {
  index();
}

void TextDocument::index() {
  starts_.assign(1, 0);
  source_starts_.assign(1, text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  for (std::size_t at = text_.find_first_of("\r\n"); at != std::string::npos;
       at = text_.find_first_of("\r\n", at)) {
    const bool is_pair = text_[at] == '\r' && at + 1 < text_.size() && text_[at + 1] == '\n';
    at += is_pair ? 2U : 1U;
    starts_.push_back(at);
    if (text_[at - 1] == '\n') {
      source_starts_.push_back(at);
    }
  }
}

std::size_t TextDocument::line_of(std::size_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

Span TextDocument::line_around(std::size_t offset) const {
  const std::size_t line = line_of(std::min(offset, text_.size()));
  std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] : text_.size();
  while (end > starts_[line] && (text_[end - 1] == '\n' || text_[end - 1] == '\r')) {
    --end;
  }
  return {starts_[line], end};
}

std::size_t TextDocument::offset_at(LspPosition position) const {
  if (position.line >= starts_.size()) {
    return text_.size();
  }
  const Span line = line_around(starts_[position.line]);
  const auto text = std::string_view(text_).substr(line.begin, line.end - line.begin);
  return line.begin + skip(text, position.character, encoding_);
}

LspPosition TextDocument::position_at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const std::size_t line = line_of(offset);
  LspPosition position{static_cast<std::uint32_t>(line), 0};
  for (std::size_t at = starts_[line]; at < offset;) {
    const std::size_t length = length_at(text_, at);
    position.character += at + length <= offset ? units(length, encoding_) : 0;
    at += length;
  }
  return position;
}

LspRange TextDocument::range_of(Span span) const {
  return {position_at(span.begin), position_at(span.end)};
}

Span TextDocument::span_of(const SourceRange& range) const {
  // Sources end lines with \n alone, count code points from 1, and leave a byte order mark out.
  const auto offset_of = [&](const Position& at) {
    if (at.line > source_starts_.size()) {
      return text_.size();
    }
    const std::size_t begin = source_starts_[std::max(at.line, 1U) - 1];
    const std::size_t end = std::min(text_.find('\n', begin), text_.size());
    const auto line = std::string_view(text_).substr(begin, end - begin);
    return begin + skip(line, std::max(at.column, 1U) - 1, PositionEncoding::kUtf32);
  };
  const std::size_t begin = offset_of(range.begin);
  return {begin, std::max(begin, offset_of(range.end))};
}

void TextDocument::replace(Span span, std::string_view text) {
  const std::size_t begin = std::min(span.begin, text_.size());
  const std::size_t end = std::clamp(span.end, begin, text_.size());
  text_.replace(begin, end - begin, text);
  index();
}

void TextDocument::replace_all(std::string text) {
  text_ = std::move(text);
  index();
}

}  // namespace plumbline
