#include "controller/base/source.h"

#include <fmt/format.h>

namespace plumbline {

std::string SourceRange::to_string() const {
  if (file == nullptr) {
    return "";
  }
  return fmt::format("{}:{}:{}", file->name, begin.line, begin.column);
}

const SourceFile& SourceSet::add(std::string name, std::string text) {
  return files_.emplace_back(SourceFile{std::move(name), std::move(text)});
}

std::string_view line_text(const SourceFile& file, std::uint32_t line) {
  std::string_view rest = file.text;
  for (std::uint32_t at = 1; at < line; ++at) {
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

}  // namespace plumbline
