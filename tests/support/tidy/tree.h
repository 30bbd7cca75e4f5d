// The repository as text: every file of the house with its path from the root, C++ files taken
// apart into code, literals and comments. Made from the disk or, for the tests of the checks, from
// strings. It knows nothing of the checks (checks.h).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::tidy {

struct Literal {
  std::size_t line = 0;  ///< Counted from 1.
  std::string text;      ///< As written between the quotes.
};

struct File {
  std::string path;  ///< From the root, with slashes.
  std::vector<std::string> lines;
  // Of C++ files only; line by line as long as `lines`:
  std::vector<std::string> code;  ///< Comments are blank.
  std::vector<std::string> bare;  ///< Comments and what stands in literals are blank.
  std::vector<Literal> literals;
  std::vector<std::size_t> raw_lines;  ///< Lines that a raw literal touches, in order.

  [[nodiscard]] bool is_cpp() const;
  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  [[nodiscard]] bool in(std::string_view prefix) const { return path.starts_with(prefix); }
};

/// A file whose text is `text`.
File make_file(std::string path, std::string_view text);

struct Tree {
  std::vector<File> files;  ///< By path.

  /// What is under the folders of the house and beside them in `root`.
  static Tree read(const std::filesystem::path& root);
  static Tree of(const std::vector<std::pair<std::string, std::string>>& texts);
  [[nodiscard]] const File* find(std::string_view path) const;
  /// C++ files of the program, the state and the simulator.
  [[nodiscard]] std::vector<const File*> product() const;
  /// All C++ files.
  [[nodiscard]] std::vector<const File*> cpp() const;
};

bool is_word_char(char c);
/// Where `word` stands in `line` with no letter, digit or underscore beside it; npos when nowhere.
std::size_t find_word(std::string_view line, std::string_view word, std::size_t from = 0);

}  // namespace plumbline::tidy
