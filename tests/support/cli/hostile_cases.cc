#include "tests/support/cli/hostile_cases.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controller/base/check.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string unescaped(std::string_view text);

std::string repeated(std::string_view inside) {
  const auto star = inside.find('*');
  PLUMBLINE_CHECK(star != std::string_view::npos);
  const std::size_t count = std::stoul(std::string(inside.substr(0, star)));
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    std::string piece(inside.substr(star + 1));
    replace_all(piece, "%n", std::to_string(i));
    replace_all(piece, "%m", std::to_string((i + 1) % count));
    out += unescaped(piece);
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = text.at(++i);
    if (kind == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (kind == '{') {
      const auto end = text.find("\\}", i);
      PLUMBLINE_CHECK(end != std::string_view::npos);
      out += repeated(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      out += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : kind;
    }
  }
  return out;
}

HostileCase::Said read_said(const std::string& line) {
  std::istringstream words(line);
  HostileCase::Said said;
  words >> said.id >> said.place;
  std::getline(words >> std::ws, said.words);
  return said;
}

/// Reads the lines of one file; where text goes depends on what was opened last.
class Reader {
 public:
  explicit Reader(std::vector<HostileCase>& cases) : cases_(cases) {}

  void read(const std::string& line) {
    const auto blank = line.find(' ');
    const std::string word = line.substr(0, blank);
    const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (word == "|") {
      text() += rest + "\n";
    } else if (word == "\\") {
      text() += unescaped(rest);
    } else if (word == "on") {
      PLUMBLINE_CHECK(bases_.contains(rest));
      text() += bases_[rest];
    } else if (word == "base") {
      base_ = rest;
    } else if (word == "case") {
      base_.clear();
      cases_.push_back({rest, {{"a.yaml", ""}}, {}, {}, {}});
    } else {
      read_word(word, rest);
    }
  }

 private:
  std::string& text() { return base_.empty() ? cases_.back().files.back().text : bases_[base_]; }

  void read_word(const std::string& word, const std::string& rest) {
    PLUMBLINE_CHECK(!cases_.empty());
    if (word == "file") {
      cases_.back().files.push_back({rest, ""});
    } else if (word == "with") {
      cases_.back().with.push_back(rest);
    } else if (word == "!") {
      cases_.back().expected.push_back(read_said(rest));
    } else {
      PLUMBLINE_CHECK(word == "link" || word == "fifo" || word == "folder");
      std::istringstream names(rest);
      HostileCase::Odd odd{word, "", ""};
      names >> odd.name >> odd.target;
      cases_.back().odd.push_back(odd);
    }
  }

  std::vector<HostileCase>& cases_;
  std::map<std::string, std::string> bases_;
  std::string base_;
};

bool fits(const HostileCase::Said& expected, const HostileCase::Said& said) {
  return expected.id == said.id && expected.place == said.place &&
         said.words.find(expected.words) != std::string::npos;
}

/// So much of it that a reader knows what is said.
std::string cut(const std::string& words) {
  constexpr std::size_t kMost = 150;
  std::size_t end = std::min(words.size(), kMost);
  while (end > 0 && end < words.size() && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U
  ) {
    --end;
  }
  return words.substr(0, words.find_last_not_of(' ', end - 1) + 1).substr(0, end);
}

std::string all_of(const std::vector<HostileCase::Said>& said) {
  std::string text;
  for (const HostileCase::Said& each : said) {
    text += "\n  ! " + each.line();
  }
  return said.empty() ? "\n  nothing" : text;
}

}  // namespace

std::string HostileCase::Said::line() const {
  return id + " " + place + (words.empty() ? "" : " " + words);
}

bool HostileCase::has(const std::string& word) const {
  return std::find(with.begin(), with.end(), word) != with.end();
}

std::vector<std::string> HostileCase::all_with(const std::string& word) const {
  std::vector<std::string> found;
  for (const std::string& each : with) {
    if (each.starts_with(word + " ")) {
      found.push_back(each.substr(word.size() + 1));
    }
  }
  return found;
}

HostileFile::HostileFile(fs::path path) : path_(std::move(path)) {
  read();
}

void HostileFile::read() {
  std::ifstream stream(path_, std::ios::binary);
  Reader reader(cases_);
  for (std::string line; std::getline(stream, line);) {
    const bool is_said = line.starts_with("! ");
    if (!line.empty() && !line.starts_with('#')) {
      reader.read(line);
    }
    if (!is_said) {
      lines_.push_back(line);
    }
    if (!cases_.empty() && !line.empty()) {
      ends_.resize(cases_.size());
      ends_.back() = lines_.size();
    }
  }
}

void HostileFile::write() const {
  std::ofstream stream(path_, std::ios::binary);
  std::size_t next = 0;
  for (std::size_t i = 0; i <= lines_.size(); ++i) {
    for (; next < ends_.size() && ends_[next] == i; ++next) {
      for (const HostileCase::Said& said : cases_[next].expected) {
        stream << "! " << said.line() << '\n';
      }
    }
    if (i < lines_.size()) {
      stream << lines_[i] << '\n';
    }
  }
}

void HostileFile::expect(std::size_t index, const std::vector<HostileCase::Said>& said) {
  HostileCase& hostile = cases_.at(index);
  const bool is_said =
      std::equal(
          hostile.expected.begin(), hostile.expected.end(), said.begin(), said.end(), fits
      ) &&
      !said.empty();
  if (!is_said && std::getenv("PLUMBLINE_UPDATE_GOLDENS") != nullptr) {
    hostile.expected = said;
    for (HostileCase::Said& each : hostile.expected) {
      each.words = cut(each.words);
    }
    write();
    return;
  }
  EXPECT_TRUE(is_said) << path_.filename().string() << ": case " << hostile.name
                       << "\nis said:" << all_of(said)
                       << "\nmust be said:" << all_of(hostile.expected);
}

std::vector<HostileFile> hostile_group(const std::string& group) {
  std::vector<fs::path> paths;
  const fs::path folder = fs::path(PLUMBLINE_SOURCE_DIR) / "tests/golden/hostile" / group;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".cases") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  return {paths.begin(), paths.end()};
}

void lay_out(const HostileCase& hostile, const fs::path& folder) {
  for (const HostileCase::File& file : hostile.files) {
    fs::create_directories((folder / file.name).parent_path());
    std::ofstream(folder / file.name, std::ios::binary) << file.text;
  }
  for (const HostileCase::Odd& odd : hostile.odd) {
    const fs::path path = folder / odd.name;
    fs::create_directories(path.parent_path());
    if (odd.what == "link") {
      fs::create_symlink(odd.target, path);
    } else if (odd.what == "fifo") {
      EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
    } else {
      fs::create_directories(path);
    }
  }
}

}  // namespace plumbline
