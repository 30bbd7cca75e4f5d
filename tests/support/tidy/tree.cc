#include "tests/support/tidy/tree.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace plumbline::tidy {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolders[] = {
    ".ci", "bench", "cmake", "controller", "examples", "schemas", "simulator", "state", "tests"};

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Reads C++ from front to end and writes the text again twice, with blanks where the comments and
/// where the literals stood.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  void run() {
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with("//")) {
        blank_until(std::min(text_.find('\n', at_), text_.size()));
      } else if (text_.substr(at_).starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        blank_until(end == std::string_view::npos ? text_.size() : end + 2);
      } else if (text_.substr(at_).starts_with("R\"") && !after_word()) {
        raw_literal();
      } else if (text_[at_] == '"') {
        literal('"');
      } else if (text_[at_] == '\'' && !after_word()) {
        literal('\'');
      } else {
        put(text_[at_], text_[at_]);
      }
    }
  }

  std::string code, bare;
  std::vector<Literal> literals;
  std::vector<std::size_t> raw_lines;

 private:
  /// In 10'000 the quote is no literal's, in FAR"x" the R no raw one's.
  [[nodiscard]] bool after_word() const { return at_ > 0 && is_word_char(text_[at_ - 1]); }

  void put(char in_code, char in_bare) {
    line_ += text_[at_] == '\n' ? 1U : 0U;
    code += text_[at_] == '\n' ? '\n' : in_code;
    bare += text_[at_] == '\n' ? '\n' : in_bare;
    ++at_;
  }

  void blank_until(std::size_t end) {
    while (at_ < end) {
      put(' ', ' ');
    }
  }

  void keep_until(std::size_t end) {
    while (at_ < end) {
      put(text_[at_], ' ');
    }
  }

  void literal(char quote) {
    put(quote, quote);
    std::size_t end = at_;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2U : 1U;
    }
    end = std::min(end, text_.size());
    if (quote == '"') {
      literals.push_back({line_, std::string(text_.substr(at_, end - at_))});
    }
    keep_until(end);
    if (at_ < text_.size()) {
      put(text_[at_], text_[at_]);
    }
  }

  void raw_literal() {
    const std::size_t open = std::min(text_.find('(', at_), text_.size() - 1);
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    const std::size_t end = std::min(text_.find(close, open), text_.size());
    literals.push_back({line_, std::string(text_.substr(open + 1, end - open - 1))});
    const auto breaks = std::count(
        text_.begin() + static_cast<std::ptrdiff_t>(at_),
        text_.begin() + static_cast<std::ptrdiff_t>(end),
        '\n'
    );
    for (std::size_t line = line_; line <= line_ + static_cast<std::size_t>(breaks); ++line) {
      raw_lines.push_back(line);
    }
    put('R', ' ');
    put('"', '"');
    keep_until(std::min(end + close.size() - 1, text_.size()));
    if (at_ < text_.size()) {
      put('"', '"');
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// Golden texts are what the program says, embedded fonts and zips are no text.
bool is_ours(const std::string& path) {
  return !path.starts_with("tests/golden/") && !path.ends_with(".zip") && !path.ends_with(".png");
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void add(Tree& tree, const fs::path& root, const fs::path& path) {
  const std::string name = path.lexically_relative(root).generic_string();
  tree.files.push_back(make_file(name, is_ours(name) ? text_of(path) : ""));
}

void sort(Tree& tree) {
  std::sort(tree.files.begin(), tree.files.end(), [](const File& a, const File& b) {
    return a.path < b.path;
  });
}

}  // namespace

bool File::is_cpp() const {
  return path.ends_with(".cc") || path.ends_with(".h");
}

File make_file(std::string path, std::string_view text) {
  File file;
  file.path = std::move(path);
  file.lines = split_lines(text);
  if (file.is_cpp()) {
    Lexer lexer(text);
    lexer.run();
    file.code = split_lines(lexer.code);
    file.bare = split_lines(lexer.bare);
    file.literals = std::move(lexer.literals);
    file.raw_lines = std::move(lexer.raw_lines);
  }
  return file;
}

Tree Tree::read(const fs::path& root) {
  Tree tree;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_regular_file()) {
      add(tree, root, entry.path());
    }
  }
  for (const std::string_view folder : kFolders) {
    if (!fs::is_directory(root / folder)) {
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file() && entry.path().extension() != ".pyc") {
        add(tree, root, entry.path());
      }
    }
  }
  sort(tree);
  return tree;
}

Tree Tree::of(const std::vector<std::pair<std::string, std::string>>& texts) {
  Tree tree;
  for (const auto& [path, text] : texts) {
    tree.files.push_back(make_file(path, text));
  }
  sort(tree);
  return tree;
}

const File* Tree::find(std::string_view path) const {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const File& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::vector<const File*> Tree::product() const {
  std::vector<const File*> found;
  for (const File* file : cpp()) {
    if (file->in("controller/") || file->in("state/") || file->in("simulator/")) {
      found.push_back(file);
    }
  }
  return found;
}

std::vector<const File*> Tree::cpp() const {
  std::vector<const File*> found;
  for (const File& file : files) {
    if (file.is_cpp()) {
      found.push_back(&file);
    }
  }
  return found;
}

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::size_t find_word(std::string_view line, std::string_view word, std::size_t from) {
  for (std::size_t at = line.find(word, from); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_char(line[at - 1])) &&
        (end == line.size() || !is_word_char(line[end]))) {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace plumbline::tidy
