#include "controller/config/yaml_text.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

namespace {

/// Length and code point of the sequence at `at`; length 0 when it is not UTF-8.
struct CodePoint {
  std::size_t length = 0;
  std::uint32_t value = 0;
};

CodePoint decode(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (!is_valid_utf8(text.substr(at, length))) {
    return {};
  }
  std::uint32_t value = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  return {length, value};
}

/// Invisible characters that reorder what a reader sees ("Trojan Source").
bool is_bidirectional(std::uint32_t point) {
  return point == 0x061C || point == 0x200E || point == 0x200F ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

bool is_allowed(std::uint32_t point) {
  return point >= 0xA0 && !is_bidirectional(point) && point != 0xFEFF && point != 0x2028 &&
         point != 0x2029 && point != 0xFFFE && point != 0xFFFF;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

TextMap::TextMap(const SourceFile& file) : file_(file), text_(file.text) {
  if (text_.starts_with(kByteOrderMark)) {
    text_.remove_prefix(kByteOrderMark.size());
  }
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size();) {
    const auto byte = static_cast<unsigned char>(text_[i]);
    if (byte < 0x80) {
      const bool is_line_end = byte == '\n';
      const bool is_carriage = byte == '\r' && i + 1 < text_.size() && text_[i + 1] == '\n';
      if ((byte < 0x20 && !is_line_end && !is_carriage && byte != '\t') || byte == 0x7F) {
        bad_ = std::min(bad_, i);
      }
      ++i;
      if (is_line_end) {
        starts_.push_back(i);
      }
      continue;
    }
    is_ascii_ = false;
    const CodePoint point = decode(text_, i);
    if (point.length == 0 || !is_allowed(point.value)) {
      bad_ = std::min(bad_, i);
    }
    i += std::max<std::size_t>(point.length, 1);
  }
}

std::optional<Diagnostic> TextMap::find_bad_character() const {
  if (bad_ == std::string_view::npos) {
    return std::nullopt;
  }
  TextMap map(file_);
  const SourceRange range = map.range(bad_, bad_ + 1);
  const auto byte = static_cast<unsigned char>(text_[bad_]);
  if (byte < 0x80) {
    return make_finding(
        kOutsideSubset,
        range,
        fmt::format("The file holds the control character U+{:04X}.", byte),
        "delete it, or write it as an escape inside double quotes"
    );
  }
  const CodePoint point = decode(text_, bad_);
  if (point.length == 0) {
    return make_finding(
        kOutsideSubset,
        range,
        fmt::format("The byte 0x{:02X} is not valid UTF-8.", byte),
        "save the file as UTF-8"
    );
  }
  const char* const what = is_bidirectional(point.value)
                               ? "changes the direction of the text, so that it reads differently"
                               : "is invisible";
  return make_finding(
      kOutsideSubset,
      range,
      fmt::format("The character U+{:04X} {}.", point.value, what),
      "delete it, or write it as an escape inside double quotes"
  );
}

std::size_t TextMap::line_of(std::size_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

std::string_view TextMap::line(std::size_t index) const {
  const std::size_t begin = starts_[index];
  const std::size_t end = index + 1 < starts_.size() ? starts_[index + 1] : text_.size();
  std::string_view line = text_.substr(begin, end - begin);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  return line;
}

Position TextMap::at(std::size_t offset) {
  offset = std::min(offset, text_.size());
  const std::size_t next = last_line_ + 1;
  const bool is_same_line =
      offset >= starts_[last_line_] && (next >= starts_.size() || offset < starts_[next]);
  if (!is_same_line) {
    const bool is_next_line = next < starts_.size() && offset >= starts_[next] &&
                              (next + 1 >= starts_.size() || offset < starts_[next + 1]);
    last_line_ = is_next_line ? next : line_of(offset);
  }
  if (!is_same_line || offset < last_offset_) {
    last_offset_ = starts_[last_line_];
    last_column_ = 1;
  }
  const std::size_t between = offset - last_offset_;
  last_column_ += static_cast<std::uint32_t>(
      is_ascii_ ? between : code_points(text_.substr(last_offset_, between))
  );
  last_offset_ = offset;
  return {static_cast<std::uint32_t>(last_line_ + 1), last_column_};
}

SourceRange TextMap::range(std::size_t begin, std::size_t end) {
  SourceRange range;
  range.file = &file_;
  range.begin = at(begin);
  range.end = at(std::max(begin, end));
  return range;
}

std::optional<std::size_t> TextMap::end_of_quoted(std::size_t begin) const {
  const char quote = text_[begin];
  for (std::size_t i = begin + 1; i < text_.size(); ++i) {
    if (quote == '"' && text_[i] == '\\') {
      ++i;
    } else if (text_[i] == quote) {
      if (quote == '\'' && i + 1 < text_.size() && text_[i + 1] == quote) {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return std::nullopt;
}

std::size_t TextMap::end_of_plain(std::size_t begin, std::string_view value) const {
  if (text_.compare(begin, value.size(), value) == 0) {
    return begin + value.size();
  }
  // Line ends and indentation were folded into single spaces or line ends.
  std::size_t at = begin;
  for (const char c : value) {
    if (c == ' ' || c == '\n') {
      while (at < text_.size() && is_blank(text_[at])) {
        ++at;
      }
    } else {
      ++at;
    }
  }
  return std::min(at, text_.size());
}

std::size_t TextMap::end_of_block(std::size_t begin) const {
  std::size_t index = line_of(begin);
  const std::string_view owner = line(index);
  std::size_t end = starts_[index] + owner.size();
  std::size_t indent = 0;
  for (++index; index < starts_.size(); ++index) {
    const std::string_view content = line(index);
    const std::size_t spaces = content.find_first_not_of(' ');
    if (spaces == std::string_view::npos) {
      continue;
    }
    if (indent == 0) {
      indent = std::max<std::size_t>(spaces, 1);
    }
    if (spaces < indent) {
      break;
    }
    end = starts_[index] + content.size();
  }
  return end;
}

std::size_t TextMap::end_of_flow(std::size_t from, char closing) const {
  for (std::size_t i = from; i < text_.size(); ++i) {
    if (text_[i] == closing) {
      return i + 1;
    }
    if (text_[i] == '#') {
      i = std::min(text_.find('\n', i), text_.size());
    } else if (!is_blank(text_[i]) && text_[i] != ',' && text_[i] != ':' && text_[i] != '?') {
      return i;
    }
  }
  return text_.size();
}

}  // namespace plumbline
