// Where something was written: files, positions, ranges, and the snippet with a caret.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

struct SourceFile {
  std::string name;  ///< As the user would type it.
  std::string text;
  /// Where each line begins, so that the thousandth finding is shown as fast as the first. Made by
  /// SourceSet::add; without it line_text() counts from the top.
  std::vector<std::size_t> line_starts = {};
};

/// 1-based line and column; a column counts Unicode code points.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Half-open: `end` is the position after the last character. `file` is owned by a SourceSet that
/// outlives the range; a null file means "nowhere" (a flag, a default, the world).
struct SourceRange {
  const SourceFile* file = nullptr;
  Position begin;
  Position end;

  [[nodiscard]] bool is_known() const { return file != nullptr; }
  /// "manifest.yaml:12:9", or "" when unknown.
  [[nodiscard]] std::string to_string() const;
};

/// Owns source files; their addresses stay valid as long as the set lives.
class SourceSet {
 public:
  SourceSet() = default;
  SourceSet(const SourceSet&) = delete;
  SourceSet& operator=(const SourceSet&) = delete;
  SourceSet(SourceSet&&) = default;
  SourceSet& operator=(SourceSet&&) = default;

  const SourceFile& add(std::string name, std::string text);
  [[nodiscard]] const std::deque<SourceFile>& files() const { return files_; }

 private:
  std::deque<SourceFile> files_;
};

/// The text of line `line` (1-based) without its line end; "" past the end.
std::string_view line_text(const SourceFile& file, std::uint32_t line);

/// The byte of `file.text` at which `position` is; the end of its line, or of the text, when it is
/// past them. A byte order mark belongs to no column.
std::size_t offset_of(const SourceFile& file, Position position);
/// What stands in the range; "" when it is unknown.
std::string_view text_of(const SourceRange& range);

}  // namespace plumbline
