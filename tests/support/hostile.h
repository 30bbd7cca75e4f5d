// Files of hostile input, one case after the other: a sentence, what the input is, what must come
// of it. The notation of the bytes is that of every file under tests/golden/hostile. Knows no word
// of any test.
//
//   # a comment
//   let WORD TEXT        a default for the cases that follow; without TEXT it ends
//   case SENTENCE
//   WORD TEXT            what a test makes of it; may repeat
//   | TEXT               a line of the input as it is, with its end
//   \ BYTES              without an end, with \r \n \t \\ \xHH, and \{N*BYTES\} for N times
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace plumbline {

struct HostileCase {
  std::string place;  ///< "framing/lengths.txt:12"
  std::string name;
  std::vector<std::pair<std::string, std::string>> words;
  std::string bytes;

  /// "" when the word is not there.
  [[nodiscard]] std::string get(const std::string& word) const {
    const auto found = std::find_if(words.begin(), words.end(), [&word](const auto& each) {
      return each.first == word;
    });
    return found == words.end() ? "" : found->second;
  }
  [[nodiscard]] std::vector<std::string> all(const std::string& word) const {
    std::vector<std::string> out;
    for (const auto& [other, text] : words) {
      if (other == word) {
        out.push_back(text);
      }
    }
    return out;
  }
};
inline void PrintTo(const HostileCase& one, std::ostream* out) {
  *out << one.place << " " << one.name;
}

namespace hostile {

/// Where the repetition ends whose text begins at `from`; they may stand inside each other.
inline std::size_t end_of_repetition(const std::string& text, std::size_t from) {
  int depth = 1;
  for (std::size_t i = from; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') {
      continue;
    }
    ++i;
    depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0) {
      return i - 1;
    }
  }
  ADD_FAILURE() << "a repetition without an end: " << text;
  return text.size();
}

inline std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'r':
        out += '\r';
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'x':
        out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
        break;
      case '{': {
        const std::size_t star = text.find('*', i);
        const std::size_t end = end_of_repetition(text, star + 1);
        const std::string part = unescaped(text.substr(star + 1, end - star - 1));
        for (int times = std::stoi(text.substr(i + 1, star - i - 1)); times > 0; --times) {
          out += part;
        }
        i = end + 1;
        break;
      }
      default:
        out += text[i];
    }
  }
  return out;
}

inline std::pair<std::string, std::string> word_and_text(const std::string& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  return {line.substr(0, space), line.substr(std::min(space + 1, line.size()))};
}

inline void read_file(const std::filesystem::path& path, std::vector<HostileCase>& out) {
  std::ifstream stream(path);
  const std::string file = path.parent_path().filename() / path.filename();
  std::vector<std::pair<std::string, std::string>> defaults;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const auto [word, text] = word_and_text(line);
    if (word == "case") {
      HostileCase& made = out.emplace_back();
      made.place = file + ":" + std::to_string(number);
      made.name = text;
      made.words = defaults;
    } else if (word == "let") {
      const auto [name, value] = word_and_text(text);
      std::erase_if(defaults, [&name = name](const auto& each) { return each.first == name; });
      if (!value.empty()) {
        defaults.emplace_back(name, value);
      }
    } else if (word == "|") {
      out.back().bytes += text + "\n";
    } else if (word == "\\") {
      out.back().bytes += unescaped(text);
    } else {
      // What a case says comes before what all say.
      out.back().words.insert(
          out.back().words.end() - static_cast<std::ptrdiff_t>(defaults.size()), {word, text}
      );
    }
  }
}

}  // namespace hostile

/// The cases of tests/golden/hostile/GROUP. Their sentences must differ: a case is an idea.
inline std::vector<HostileCase> hostile_cases(const std::string& group) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(PLUMBLINE_SOURCE_DIR) / "tests/golden/hostile" / group)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<HostileCase> cases;
  for (const fs::path& file : files) {
    hostile::read_file(file, cases);
  }
  std::set<std::string> names;
  for (const HostileCase& one : cases) {
    EXPECT_TRUE(names.insert(one.name).second) << one.place << " is there twice: " << one.name;
  }
  return cases;
}

}  // namespace plumbline
