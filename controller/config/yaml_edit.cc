#include "controller/config/yaml_edit.h"

#include <algorithm>
#include <string>

#include "controller/base/text.h"
#include "controller/config/yaml_write.h"

namespace plumbline {

namespace {

/// Of words and dots.
bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word_char(c) || c == '.'; });
}

/// `written` is the scalar `value`, plain or in quotes that need no escape.
bool is_scalar(std::string_view written, std::string_view value) {
  if (written == value) {
    return true;
  }
  const bool has_quotes = written.size() == value.size() + 2 && written.front() == written.back() &&
                          (written.front() == '"' || written.front() == '\'');
  return has_quotes && written.substr(1, value.size()) == value &&
         value.find_first_of("\\\"'") == std::string_view::npos;
}

/// Fits between quotes, and between these, as it is.
bool is_ordinary(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\';
  });
}

/// Stays plain where it was plain: a range or a path is no number to anyone.
std::string plain_text(std::string_view text) {
  const bool is_path = text.find('/') != std::string_view::npos && is_word_char(text.front()) &&
                       std::all_of(text.begin(), text.end(), [](char c) {
                         return is_word_char(c) || c == '.' || c == '/';
                       });
  return is_path ? std::string(text) : yaml_text(text);
}

/// The one place where the word stands by itself; npos when there are none or several.
std::size_t find_word(std::string_view text, std::string_view word) {
  std::size_t found = std::string_view::npos;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_word_char(text[at - 1]);
    const bool ends = end == text.size() || !is_word_char(text[end]);
    if (begins && ends) {
      if (found != std::string_view::npos) {
        return std::string_view::npos;
      }
      found = at;
    }
  }
  return found;
}

/// In "${…}", or in an address and nothing else: elsewhere the same letters may mean something
/// else.
bool is_in_name(std::string_view text, std::size_t at) {
  const std::size_t open = text.rfind("${", at);
  if (open != std::string_view::npos) {
    return text.find('}', open) > at;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_word_char(c) || c == '.' || c == '"' || c == '\'';
  });
}

SourceRange part_of(SourceRange range, std::size_t begin, std::size_t end) {
  const auto columns = [written = text_of(range)](std::size_t bytes) {
    return static_cast<std::uint32_t>(code_points(written.substr(0, bytes)));
  };
  range.end.column = range.begin.column + columns(end);
  range.begin.column += columns(begin);
  return range;
}

bool is_one_line(const SourceRange& range) {
  return range.is_known() && range.begin.line == range.end.line && range.begin < range.end;
}

}  // namespace

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::vector<Edit> replace_word(
    const SourceRange& range, std::string_view word, std::string_view instead
) {
  if (!is_one_line(range) || word.empty() || word == instead) {
    return {};
  }
  const std::string_view written = text_of(range);
  if (is_scalar(written, word)) {
    const char quote = written[0];
    const bool keeps_quotes = written != word && is_ordinary(instead);
    return {{range, keeps_quotes ? quote + std::string(instead) + quote : plain_text(instead)}};
  }
  const std::size_t at = find_word(written, word);
  const bool is_found = at != std::string_view::npos && is_in_name(written, at);
  if (!is_found || !is_name(word) || !is_name(instead)) {
    return {};
  }
  return {{part_of(range, at, at + word.size()), std::string(instead)}};
}

std::vector<Edit> replace_scalar(
    const SourceRange& range, std::string_view value, std::string_view text
) {
  const bool is_there = is_one_line(range) && is_scalar(text_of(range), value);
  return is_there ? std::vector<Edit>{{range, std::string(text)}} : std::vector<Edit>();
}

}  // namespace plumbline
