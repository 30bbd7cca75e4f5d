#include "tests/support/cli/hostile_said.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

HostileSaid read_said(const std::string& line) {
  std::istringstream words(line);
  HostileSaid said;
  words >> said.id >> said.place;
  std::getline(words >> std::ws, said.words);
  return said;
}

bool fits(const HostileSaid& expected, const HostileSaid& said) {
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

std::string all_of(const std::vector<HostileSaid>& said) {
  std::string text;
  for (const HostileSaid& each : said) {
    text += "! " + each.line() + "\n";
  }
  return text;
}

/// Puts other `!` lines into the file of a case.
void rewrite(const HostileCase& one, const std::string& said) {
  const fs::path path = hostile::root() / one.place.substr(0, one.place.find(':'));
  std::ifstream stream(path, std::ios::binary);
  const std::string old((std::istreambuf_iterator<char>(stream)), {});
  const std::size_t begin = old.find("\ncase " + one.name + "\n");
  PLUMBLINE_CHECK(begin != std::string::npos);
  const std::size_t end = std::min(old.find("\n\n", begin), old.size() - 1);
  std::string lines;
  for (const std::string_view line :
       split(std::string_view(old).substr(begin, end - begin), '\n')) {
    lines += line.starts_with("! ") ? "" : std::string(line) + "\n";
  }
  std::ofstream(path, std::ios::binary)
      << old.substr(0, begin) + lines + said + old.substr(end + 1);
}

}  // namespace

std::string HostileSaid::line() const {
  return id + " " + place + (words.empty() ? "" : " " + words);
}

std::vector<HostileCase> hostile_cases_said(const std::string& group, std::set<std::string> words) {
  words.insert({"!", "link", "fifo", "folder"});
  return hostile_cases(group, words);
}

void lay_out(const HostileCase& one, const fs::path& folder) {
  const auto place = [&folder](const std::string& name) {
    fs::create_directories((folder / name).parent_path());
    return folder / name;
  };
  std::ofstream(place("a.yaml"), std::ios::binary) << one.bytes;
  for (const HostileCase::File& file : one.others) {
    std::ofstream(place(file.name), std::ios::binary) << file.bytes;
  }
  for (const std::string& link : one.all("link")) {
    const auto [name, target] = hostile::word_and_text(link);
    fs::create_symlink(target, place(name));
  }
  for (const std::string& name : one.all("fifo")) {
    EXPECT_EQ(mkfifo(place(name).c_str(), 0600), 0);
  }
  for (const std::string& name : one.all("folder")) {
    fs::create_directories(place(name));
  }
}

void expect_said(const HostileCase& one, std::vector<HostileSaid> said) {
  std::vector<HostileSaid> expected;
  for (const std::string& line : one.all("!")) {
    expected.push_back(read_said(line));
  }
  const bool is_said =
      std::equal(expected.begin(), expected.end(), said.begin(), said.end(), fits) && !said.empty();
  if (!is_said && std::getenv("PLUMBLINE_UPDATE_GOLDENS") != nullptr) {
    for (HostileSaid& each : said) {
      each.words = cut(each.words);
    }
    rewrite(one, all_of(said));
    return;
  }
  EXPECT_TRUE(is_said) << "is said:\n" << all_of(said) << "must be said:\n" << all_of(expected);
}

}  // namespace plumbline
