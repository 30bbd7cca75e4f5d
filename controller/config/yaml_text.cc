#include "controller/config/yaml_text.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <unordered_map>
#include <utility>

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

/// Takes no room on a screen, so that two keys which look alike are not. What joins letters and
/// emoji (U+200C, U+200D) has its place in texts.
bool is_hidden(std::uint32_t point) {
  return point == 0xAD || point == 0x034F || point == 0x180E || point == 0x200B ||
         (point >= 0x2060 && point <= 0x2064) || point == 0xFEFF;
}

bool is_allowed(std::uint32_t point) {
  return point >= 0xA0 && !is_bidirectional(point) && !is_hidden(point) && point != 0x2028 &&
         point != 0x2029 && point != 0xFFFE && point != 0xFFFF;
}

struct Form {
  std::string_view head, name, help;
};

constexpr std::string_view kSave = "save the file as UTF-8";
constexpr std::string_view kUnpack = "name the manifest itself";
constexpr Form kForms[] = {
    {{"\x00\x00\xFE\xFF", 4}, "UTF-32", kSave},
    {{"\xFF\xFE\x00\x00", 4}, "UTF-32", kSave},
    {{"\xFE\xFF", 2}, "UTF-16", kSave},
    {{"\xFF\xFE", 2}, "UTF-16", kSave},
    {{"\x1F\x8B", 2}, "compressed", kUnpack},
    {{"PK\x03\x04", 4}, "an archive", kUnpack},
    {{"\x7F\x45LF", 4}, "a program", kUnpack},
};

/// What a file is that is no UTF-8, as far as its first bytes say.
const Form* form_of(std::string_view text) {
  static constexpr Form kBare = {"", "UTF-16", kSave};
  const auto* const form = std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) {
    return text.starts_with(f.head);
  });
  if (form != std::end(kForms)) {
    return form;
  }
  const bool has_half = text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0');
  return has_half ? &kBare : nullptr;
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
  if (const Form* form = form_of(text_)) {
    return make_finding(
        kOutsideSubset,
        map.range(0, 1),
        fmt::format("The file is {}, not a text in UTF-8.", form->name),
        std::string(form->help)
    );
  }
  const SourceRange range = map.range(bad_, bad_ + 1);
  const auto byte = static_cast<unsigned char>(text_[bad_]);
  if (byte < 0x80) {
    return make_finding(
        kNotWellFormed,
        range,
        fmt::format("The file holds the control character U+{:04X}.", byte),
        "delete it, or write it as an escape inside double quotes"
    );
  }
  const CodePoint point = decode(text_, bad_);
  if (point.length == 0) {
    return make_finding(
        kNotWellFormed,
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

std::optional<Diagnostic> TextMap::explain_missing_colon(
    std::size_t key_begin, std::size_t key_end
) {
  const std::size_t next = text_.find_first_not_of(" \t\r\n", key_end);
  const std::size_t start = starts_[line_of(key_begin)];
  const std::string_view before = trim(text_.substr(start, key_begin - start));
  if ((next != std::string_view::npos && text_[next] == ':') || before.ends_with('?')) {
    return std::nullopt;
  }
  return make_finding(
      kNotWellFormed,
      range(key_begin, key_end),
      "There is no colon behind this, so it is no key.",
      "write a colon and a value behind it, or delete it"
  );
}

/// `timeout 60` above `memorySize: 512`: a parser reads the two lines as one key.
std::optional<Diagnostic> TextMap::explain_missing_colon_above(std::size_t line_index) {
  const std::size_t before = content_before(line_index);
  const std::string_view text = line(before);
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const bool is_beside = before < line_index && line(line_index).find(": ") != text_.npos &&
                         line(line_index).find_first_not_of(' ') == begin;
  const bool is_plain = begin < text.size() && text.find(':') == text_.npos &&
                        std::string_view("'\"[]{}&*!|>-").find(text[begin]) == text_.npos;
  return is_beside && is_plain
             ? explain_missing_colon(starts_[before] + begin, starts_[before] + text.size())
             : std::nullopt;
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

std::size_t drop_duplicate_keys(
    std::vector<NodeEntry>& entries, std::size_t room, Diagnostics& diagnostics
) {
  constexpr std::size_t kFew = 12;
  std::vector<std::pair<std::size_t, std::size_t>> again;  // The later and the first.
  if (entries.size() <= kFew) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (entries[i].key == entries[j].key) {
          again.emplace_back(i, j);
          break;
        }
      }
    }
  } else {
    std::unordered_map<std::string_view, std::size_t> seen(entries.size() * 2);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto [at, is_new] = seen.emplace(entries[i].key, i);
      if (!is_new) {
        again.emplace_back(i, at->second);
      }
    }
  }
  for (std::size_t i = 0; i < std::min(again.size(), room); ++i) {
    const auto& [later, first] = again[i];
    Diagnostic finding = make_finding(
        kNotWellFormed,
        entries[later].key_range,
        fmt::format("The key {} is written twice in one map.", in_ticks(entries[later].key)),
        "delete one of the two"
    );
    finding.evidence.push_back({"first written here", entries[first].key_range});
    diagnostics.add(std::move(finding));
  }
  if (again.empty()) {
    return 0;
  }
  std::vector<NodeEntry> kept;
  kept.reserve(entries.size() - again.size());
  for (std::size_t i = 0, next = 0; i < entries.size(); ++i) {
    if (next < again.size() && again[next].first == i) {
      ++next;
    } else {
      kept.push_back(std::move(entries[i]));
    }
  }
  entries = std::move(kept);
  return again.size();
}

}  // namespace plumbline
