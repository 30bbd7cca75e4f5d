#include "controller/base/source.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

std::string SourceRange::to_string() const {
  if (file == nullptr) {
    return "";
  }
  return fmt::format("{}:{}:{}", file->name, begin.line, begin.column);
}

const SourceFile& SourceSet::add(std::string name, std::string text) {
  SourceFile& file = files_.emplace_back(SourceFile{std::move(name), std::move(text)});
  file.line_starts.push_back(0);
  for (auto end = file.text.find('\n'); end != std::string::npos;
       end = file.text.find('\n', end + 1)) {
    file.line_starts.push_back(end + 1);
  }
  return file;
}

std::string_view line_text(const SourceFile& file, std::uint32_t line) {
  std::string_view rest = file.text;
  std::uint32_t at = 1;
  if (!file.line_starts.empty() && line > 1) {
    if (line > file.line_starts.size()) {
      return {};
    }
    rest.remove_prefix(file.line_starts[line - 1]);
    at = line;
  }
  for (; at < line; ++at) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    rest.remove_prefix(end + 1);
  }
  std::string_view text = rest.substr(0, rest.find('\n'));
  if (!text.empty() && text.back() == '\r') {
    text.remove_suffix(1);
  }
  return text;
}

std::size_t offset_of(const SourceFile& file, Position position) {
  std::string_view line = line_text(file, position.line);
  if (line.data() == nullptr) {
    return file.text.size();
  }
  auto at = static_cast<std::size_t>(line.data() - file.text.data());
  if (at == 0 && line.starts_with(kByteOrderMark)) {
    at = kByteOrderMark.size();
    line.remove_prefix(at);
  }
  std::size_t inside = 0;
  for (std::uint32_t column = 1; column < position.column && inside < line.size(); ++column) {
    do {
      ++inside;
    } while (inside < line.size() && (static_cast<unsigned char>(line[inside]) & 0xC0) == 0x80);
  }
  return at + inside;
}

std::string_view text_of(const SourceRange& range) {
  if (range.file == nullptr) {
    return {};
  }
  const std::size_t begin = offset_of(*range.file, range.begin);
  const std::size_t end = offset_of(*range.file, range.end);
  return std::string_view(range.file->text).substr(begin, end - std::min(begin, end));
}

}  // namespace plumbline
