// Bad input written by hand, many small cases a file: tests/golden/hostile/GROUP/*.cases. Knows no
// word of any test.
//
//   # a comment
//   base NAME            what many cases of the file begin with
//   let WORD TEXT        a default for the cases that follow; without TEXT it ends
//   case SENTENCE        what is wrong; no two of a group have the same
//   on NAME              the input goes on from that base
//   | TEXT               a line of the input as it is, with its end
//   \ BYTES              without an end, with \r \n \t \\ \xHH, and \{N*BYTES\} for N times, where
//                        %n counts from 0 and %m is the next, behind the last the first
//   file NAME            what follows is another file
//   WORD TEXT            what a test makes of it; may repeat
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/check.h"

namespace plumbline {

struct HostileCase {
  struct File {
    std::string name, bytes;
  };

  std::string place;  ///< "framing/lengths.cases:12"
  std::string name;
  std::vector<std::pair<std::string, std::string>> words;
  std::string bytes;
  std::vector<File> others;  ///< Further files.

  [[nodiscard]] bool has(const std::string& word) const { return !all(word).empty(); }
  /// "" when the word is not there.
  [[nodiscard]] std::string get(const std::string& word) const {
    const std::vector<std::string> found = all(word);
    return found.empty() ? "" : found.front();
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

inline std::filesystem::path root() {
  return std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "tests/golden/hostile";
}

inline void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

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

inline std::string unescaped(const std::string& text);

/// "3*BYTES"
inline std::string repeated(const std::string& inside) {
  const std::size_t star = inside.find('*');
  PLUMBLINE_CHECK(star != std::string::npos);
  const int count = std::stoi(inside.substr(0, star));
  std::string out;
  for (int i = 0; i < count; ++i) {
    std::string piece = inside.substr(star + 1);
    replace_all(piece, "%n", std::to_string(i));
    replace_all(piece, "%m", std::to_string((i + 1) % count));
    out += unescaped(piece);
  }
  return out;
}

inline std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else if (kind == '{') {
      const std::size_t end = end_of_repetition(text, i + 1);
      out += repeated(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      out += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : kind;
    }
  }
  return out;
}

inline std::pair<std::string, std::string> word_and_text(const std::string& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  return {line.substr(0, space), line.substr(std::min(space + 1, line.size()))};
}

/// Reads one file, line by line; where bytes go depends on what was opened last.
class Reader {
 public:
  Reader(std::vector<HostileCase>& cases, const std::set<std::string>& known)
      : cases_(cases), known_(known) {}

  void read(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    const std::string file = path.lexically_relative(root()).string();
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
      place_ = file + ":" + std::to_string(++number);
      if (!line.empty() && !line.starts_with('#')) {
        const auto [word, text] = word_and_text(line);
        read(word, text);
      }
    }
  }

 private:
  void read(const std::string& word, const std::string& text) {
    if (word == "case") {
      base_.clear();
      cases_.push_back({place_, text, defaults_, "", {}});
    } else if (word == "base") {
      base_ = text;
    } else if (word == "on") {
      EXPECT_TRUE(bases_.contains(text)) << place_;
      bytes() += bases_[text];
    } else if (word == "file") {
      last().others.push_back({text, ""});
    } else if (word == "|") {
      bytes() += text + "\n";
    } else if (word == "\\") {
      bytes() += unescaped(text);
    } else if (word == "let") {
      const auto [name, value] = word_and_text(text);
      expect_known(name);
      std::erase_if(defaults_, [&name = name](const auto& each) { return each.first == name; });
      if (!value.empty()) {
        defaults_.emplace_back(name, value);
      }
    } else {
      expect_known(word);
      // What a case says comes before what all say.
      auto& words = last().words;
      words.insert(words.end() - static_cast<std::ptrdiff_t>(defaults_.size()), {word, text});
    }
  }

  void expect_known(const std::string& word) const {
    EXPECT_TRUE(known_.contains(word)) << place_ << ": the test reads no word " << word;
  }
  HostileCase& last() {
    PLUMBLINE_CHECK(!cases_.empty());
    return cases_.back();
  }
  std::string& bytes() {
    if (!base_.empty()) {
      return bases_[base_];
    }
    return last().others.empty() ? last().bytes : last().others.back().bytes;
  }

  std::vector<HostileCase>& cases_;
  const std::set<std::string>& known_;
  std::string place_, base_;
  std::map<std::string, std::string> bases_;
  std::vector<std::pair<std::string, std::string>> defaults_;
};

}  // namespace hostile

/// The cases of tests/golden/hostile/GROUP, by file; `words` are those that the test reads, so that
/// a misspelt one is seen. Their sentences must differ: a case is an idea.
inline std::vector<HostileCase> hostile_cases(
    const std::string& group, const std::set<std::string>& words
) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(hostile::root() / group)) {
    files.insert(entry.path());
  }
  std::vector<HostileCase> cases;
  for (const std::filesystem::path& file : files) {
    hostile::Reader(cases, words).read(file);
  }
  std::set<std::string> names;
  for (const HostileCase& one : cases) {
    EXPECT_TRUE(names.insert(one.name).second) << one.place << " is there twice: " << one.name;
  }
  return cases;
}

}  // namespace plumbline
