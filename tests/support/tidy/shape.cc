// Lengths of lines, files and functions, numbers of parameters, and what every rule must have.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {

namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kFileLines = 500;
constexpr std::size_t kHeaderLines = 200;
constexpr std::size_t kFunctionLines = 70;
constexpr std::size_t kParameters = 5;

/// Characters, not bytes.
std::size_t width(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

struct Function {
  std::size_t first = 0;  ///< Line of the head.
  std::size_t last = 0;   ///< Line of the closing brace.
  std::string head;
  std::size_t parameters = 0;
};

/// Without `template <…>`, which may hold an equals sign.
std::string_view without_template(std::string_view head) {
  while (head.starts_with("template")) {
    std::size_t at = head.find('<');
    int depth = 0;
    do {
      depth += at < head.size() && head[at] == '<' ? 1 : 0;
      depth -= at < head.size() && head[at] == '>' ? 1 : 0;
      ++at;
    } while (depth > 0 && at < head.size());
    head.remove_prefix(std::min(at, head.size()));
    head.remove_prefix(std::min(head.find_first_not_of(" \n"), head.size()));
  }
  return head;
}

/// Whether a brace after `head` opens a function: there are parameters, and nothing is assigned.
bool opens_function(std::string_view head) {
  head = without_template(head);
  const std::size_t open = head.find('(');
  if (open == std::string_view::npos || head.starts_with("namespace")) {
    return false;
  }
  const std::string_view name = head.substr(0, open);
  return name.find("operator") != std::string_view::npos ||
         name.find('=') == std::string_view::npos;
}

/// Parameters between the first parentheses (after the name of operator()).
std::size_t count_parameters(std::string_view head) {
  head = without_template(head);
  std::size_t at = head.find('(');
  if (head.substr(at).starts_with("()(")) {
    at += 2;
  }
  std::size_t commas = 0;
  int depth = 0;
  bool any = false;
  for (; at < head.size(); ++at) {
    const char c = head[at];
    if (c == ')' && --depth == 0) {
      break;
    }
    any = any || (depth > 0 && c != ' ' && c != '\n');
    depth += c == '(' || c == '<' || c == '{' || c == '[' ? 1 : 0;
    depth -= c == '>' || c == '}' || c == ']' ? 1 : 0;
    commas += c == ',' && depth == 1 ? 1U : 0U;
  }
  return any ? commas + 1 : 0;
}

/// Finds the outermost functions by their braces; lambdas count to the function around them.
class FunctionFinder {
 public:
  std::vector<Function> run(const File& file) {
    for (std::size_t i = 0; i < file.bare.size(); ++i) {
      line_ = i + 1;
      if (!file.bare[i].starts_with('#')) {
        std::for_each(file.bare[i].begin(), file.bare[i].end(), [&](char c) { see(c); });
        see('\n');
      }
    }
    return std::move(found_);
  }

 private:
  void see(char c) {
    if (c == '{') {
      open();
    } else if (c == '}') {
      close();
    } else if (c == ';' && parentheses_ == 0) {
      head_.clear();
    } else if (!current_ && (!head_.empty() || (c != ' ' && c != '\n'))) {
      if (head_.empty()) {
        head_line_ = line_;
      }
      parentheses_ += c == '(' ? 1 : c == ')' ? -1 : 0;
      head_ += c;
    }
  }

  void open() {
    ++depth_;
    if (!current_ && parentheses_ == 0 && opens_function(head_)) {
      current_ = Function{head_line_, 0, head_, count_parameters(head_)};
      floor_ = depth_;
    }
    if (!current_ && parentheses_ == 0) {
      head_.clear();
    }
  }

  void close() {
    if (current_ && depth_ == floor_) {
      current_->last = line_;
      found_.push_back(*std::move(current_));
      current_.reset();
    }
    --depth_;
    if (!current_ && parentheses_ == 0) {
      head_.clear();
    }
  }

  std::vector<Function> found_;
  std::optional<Function> current_;
  std::string head_;
  std::size_t head_line_ = 1;
  std::size_t line_ = 1;
  int depth_ = 0;
  int floor_ = 0;
  int parentheses_ = 0;
};

/// The last word before the parentheses.
std::string name_of(std::string_view head) {
  head = without_template(head);
  const std::string_view before = head.substr(0, head.find('('));
  const std::size_t begin = before.find_last_of(" \n*&");
  return std::string(begin == std::string_view::npos ? before : before.substr(begin + 1));
}

void check_functions(const File& file, Findings& out) {
  for (const Function& function : FunctionFinder().run(file)) {
    const std::size_t lines = function.last - function.first + 1;
    if (lines > kFunctionLines) {
      out.push_back(
          {"shape",
           file.path,
           function.first,
           fmt::format("{} has {} lines", name_of(function.head), lines),
           fmt::format("give its steps names of their own: at most {} lines", kFunctionLines)}
      );
    }
    if (function.parameters > kParameters) {
      out.push_back(
          {"shape",
           file.path,
           function.first,
           fmt::format("{} takes {} parameters", name_of(function.head), function.parameters),
           fmt::format("put what belongs together into a struct: at most {}", kParameters)}
      );
    }
  }
}

std::size_t most_lines(const File& file) {
  if (file.path == "controller/config/kind.h") {
    return 320;  // The schema language as types: one table that is read as a whole.
  }
  const bool product = !file.in("tests/") && !file.in("bench/");
  return file.is_header() && product ? kHeaderLines : kFileLines;
}

void check_lengths(const File& file, Findings& out) {
  const std::size_t most = most_lines(file);
  if (file.lines.size() > most) {
    out.push_back(
        {"shape",
         file.path,
         most + 1,
         fmt::format("the file has {} lines", file.lines.size()),
         fmt::format("split it by subject: at most {}", most)}
    );
  }
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const bool raw = std::binary_search(file.raw_lines.begin(), file.raw_lines.end(), i + 1);
    if (width(file.lines[i]) > kColumns && !raw) {  // Raw literals are what they are.
      out.push_back(
          {"shape",
           file.path,
           i + 1,
           fmt::format("the line has {} columns", width(file.lines[i])),
           fmt::format("run clang-format: at most {}", kColumns)}
      );
    }
  }
}

/// The name of the type that `line` begins to define outside of any other; "" when none. Members
/// that are defined outside and specialisations are not.
std::string defined_type(std::string_view line) {
  for (const std::string_view word : {"struct ", "class ", "enum class "}) {
    if (line.starts_with(word) && line.find('{') != std::string_view::npos) {
      const std::string_view rest = line.substr(word.size());
      const auto end = std::find_if_not(rest.begin(), rest.end(), is_word_char);
      const bool is_plain = end == rest.end() || (*end != ':' && *end != '<');
      return is_plain ? std::string(rest.begin(), end) : "";
    }
  }
  return "";
}

}  // namespace

Findings check_shape(const Tree& tree) {
  Findings out;
  for (const File* file : tree.cpp()) {
    check_lengths(*file, out);
    check_functions(*file, out);
    if (file->is_header() && (file->lines.empty() || !file->lines[0].starts_with("//"))) {
      out.push_back(
          {"shape",
           file->path,
           1,
           "the header does not open with a comment",
           "say what it is, who owns it and what it must not know"}
      );
    }
  }
  return out;
}

Findings check_types(const Tree& tree) {
  Findings out;
  std::map<std::string, std::string> homes;  // Namespace and name → the first header.
  for (const File* file : tree.product()) {
    std::string place;
    for (std::size_t i = 0; file->is_header() && i < file->bare.size(); ++i) {
      const std::string& line = file->bare[i];
      if (line.starts_with("namespace ")) {
        place = line;
      }
      const std::string name = defined_type(line);
      if (name.empty()) {
        continue;
      }
      const auto [home, is_first] = homes.emplace(place + name, file->path);
      if (!is_first) {
        out.push_back(
            {"types",
             file->path,
             i + 1,
             fmt::format("defines {}, as {} does", name, home->second),
             "give one of them a name of its own"}
        );
      }
    }
  }
  return out;
}

Findings check_fixtures(const Tree& tree) {
  Findings out;
  constexpr std::string_view kFixtures = "tests/golden/lint/";
  std::vector<std::string> fixtures;
  for (const File& file : tree.files) {
    if (file.in(kFixtures)) {
      fixtures.push_back(file.path.substr(kFixtures.size()));
    }
  }
  const File* table = tree.find("controller/lint/lint.cc");
  if (table == nullptr || fixtures.empty()) {
    return out;
  }
  for (std::size_t i = 0; i < table->code.size(); ++i) {
    std::string_view row = table->code[i];
    row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
    if (!row.starts_with("{\"") || row.find("\",") != 7) {
      continue;
    }
    const std::string id(row.substr(2, 5));  // two letters and three digits
    const bool shown = std::any_of(fixtures.begin(), fixtures.end(), [&](const std::string& path) {
      return path.starts_with(id);
    });
    if (!shown) {
      out.push_back(
          {"fixtures",
           table->path,
           i + 1,
           fmt::format("no fixture shows {}", id),
           fmt::format("add tests/golden/lint/{}: a manifest that breaks the rule", id)}
      );
    }
  }
  return out;
}

}  // namespace plumbline::tidy
