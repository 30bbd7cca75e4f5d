// Words that have one home or none: kinds and actions, clocks and chance, paths of machines.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {

namespace {

struct Names {
  std::set<std::string> kinds_and_actions;
  std::set<std::string> sections;
};

/// The word after `key` in `line`, which begins there or after a blank or brace; "" when absent.
std::string word_after(const std::string& line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == std::string::npos || (at > 0 && is_word_char(line[at - 1]))) {
    return "";
  }
  std::size_t begin = at + key.size();
  while (begin < line.size() && line[begin] == ' ') {
    ++begin;
  }
  std::size_t end = begin;
  while (end < line.size() && is_word_char(line[end])) {
    ++end;
  }
  return line.substr(begin, end - begin);
}

Names names_of(const Tree& tree) {
  Names names;
  for (const File& file : tree.files) {
    if (!file.path.ends_with(".yaml") || !file.in("schemas/")) {
      continue;
    }
    for (const std::string& line : file.lines) {
      if (const std::string action = word_after(line, "call:"); !action.empty()) {
        names.kinds_and_actions.insert(action);
      }
      if (line.starts_with("kind:")) {
        names.kinds_and_actions.insert(word_after(line, "kind:"));
      }
      if (line.starts_with("section:")) {
        names.sections.insert(word_after(line, "section:"));
      }
    }
  }
  return names;
}

/// Where law 1 lets code know what it talks about.
bool may_name_kinds(const File& file) {
  return !file.in("controller/") || file.in("controller/lint/rules/") ||
         file.in("controller/aws/credentials") || file.in("controller/cutover/");
}

void check_names(const File& file, const Names& names, Findings& out) {
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    for (const std::string& name : names.kinds_and_actions) {
      if (find_word(file.code[i], name) != std::string::npos) {
        out.push_back(
            {"kinds",
             file.path,
             i + 1,
             fmt::format("names {}, which is data", name),
             "say it in schemas/kinds/*.yaml, with a new word of the schema language if need be"}
        );
      }
    }
  }
  for (const Literal& literal : file.literals) {
    const std::string first = literal.text.substr(0, literal.text.find('.'));
    if (names.sections.contains(first)) {
      out.push_back(
          {"kinds",
           file.path,
           literal.line,
           fmt::format("names the section \"{}\"", first),
           "take it from the Kind or the Address at hand"}
      );
    }
  }
}

/// It names what it looks for.
bool is_this_test(const File& file) {
  return file.in("tests/support/tidy/") || file.in("tests/unit/tidy/");
}

struct Ban {
  std::string_view word;
  std::vector<std::string_view> homes;  ///< Beginnings of paths.
  std::string_view instead;
};

constexpr std::string_view kClock = "take a Clock (controller/base/env.h)";
constexpr std::string_view kRandom = "take a Random (controller/base/env.h)";
constexpr std::string_view kWait = "let a timer of the loop wake you; tests move a fake clock";

const std::vector<Ban> kBans = {
    {"sleep(", {}, kWait},
    {"usleep(", {}, kWait},
    {"nanosleep(", {}, kWait},
    {"sleep_for", {}, kWait},
    {"sleep_until", {}, kWait},
    {"this_thread", {"tests/"}, kWait},
    {"system_clock", {"controller/base/env.cc"}, kClock},
    {"steady_clock", {"controller/base/env.cc", "bench/"}, kClock},
    {"high_resolution_clock", {}, kClock},
    {"clock_gettime", {}, kClock},
    {"gettimeofday", {}, kClock},
    {"random_device", {"controller/base/env.cc"}, kRandom},
    {"mt19937", {"tests/", "bench/"}, kRandom},
    {"rand(", {}, kRandom},
    {"srand(", {}, kRandom},
    {"getenv", {"controller/cli/terminal.cc", "tests/", "bench/"}, "ask the Environment handed in"},
    {"environ", {"controller/cli/session.cc", "tests/", "bench/"}, "ask the Environment handed in"},
    {"std::thread",
     {"controller/http/server.", "controller/cli/", "simulator/server.cc", "tests/"},
     "let the loop carry it out: one hub changes things"},
    {"std::jthread", {"tests/"}, "let the loop carry it out: one hub changes things"},
    {"std::async", {"tests/"}, "let the loop carry it out: one hub changes things"},
    {"std::regex",
     {"controller/config/kind_loader_properties.cc", "controller/config/manifest_context."},
     "schemas alone hold patterns; elsewhere search by hand: std::regex recurses once a character"},
    {"assert(", {}, "use CHECK (controller/base/check.h), which is on in every build"},
    {"using namespace", {}, "name what you use"},
    {"std::cout", {"tests/", "bench/", "cmake/"}, "write to the Terminal handed in"},
    {"std::cerr", {"cmake/", "tests/", "bench/"}, "write to the Terminal handed in"},
    {"dynamic_cast", {"tests/"}, "say it in the interface, or hold a variant"},
};

/// A ban's word may end in "(", which find_word would not mind.
std::size_t find_ban(std::string_view line, std::string_view word) {
  const bool call = word.ends_with('(');
  const std::string_view name = call ? word.substr(0, word.size() - 1) : word;
  for (std::size_t at = find_word(line, name); at != std::string_view::npos;
       at = find_word(line, name, at + 1)) {
    const std::string_view before = line.substr(0, at);
    const bool member = before.ends_with('.') || before.ends_with("->");
    if (!call || (line.substr(at + name.size()).starts_with('(') && !member)) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool lives_in(const File& file, const std::vector<std::string_view>& homes) {
  return std::any_of(homes.begin(), homes.end(), [&](std::string_view home) {
    return file.in(home);
  });
}

constexpr std::string_view kLiterals[] = {"std::chrono_literals", "std::string_view_literals"};

/// `using namespace std::chrono_literals;` brings suffixes and no names.
bool brings_suffixes(std::string_view line) {
  return std::any_of(std::begin(kLiterals), std::end(kLiterals), [&](std::string_view literals) {
    return line.find(literals) != std::string_view::npos;
  });
}

constexpr std::string_view kNotes[] = {"TODO", "FIXME", "XXX"};

void check_notes(const File& file, Findings& out) {
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string_view note : kNotes) {
      if (find_word(file.lines[i], note) != std::string::npos) {
        out.push_back(
            {"bans",
             file.path,
             i + 1,
             fmt::format("leaves a {}", note),
             "do it, or say in a sentence what is so and why"}
        );
      }
    }
  }
}

constexpr std::string_view kMachinePaths[] = {"/work/", "/root/", "/home/", "/tmp/"};

}  // namespace

Findings check_kinds(const Tree& tree) {
  Findings out;
  const Names names = names_of(tree);
  for (const File* file : tree.product()) {
    if (!may_name_kinds(*file)) {
      check_names(*file, names, out);
    }
    if (!file->in("simulator/")) {
      continue;
    }
    for (const Literal& literal : file->literals) {
      if (literal.text.find("schemas") != std::string::npos) {
        out.push_back(
            {"kinds",
             file->path,
             literal.line,
             "reads schemas/",
             "say it again: a misspelt parameter must be caught, not agreed upon"}
        );
      }
    }
  }
  return out;
}

Findings check_bans(const Tree& tree) {
  Findings out;
  for (const File* file : tree.cpp()) {
    for (std::size_t i = 0; i < file->bare.size(); ++i) {
      for (const Ban& ban : kBans) {
        if (lives_in(*file, ban.homes) ||
            find_ban(file->bare[i], ban.word) == std::string_view::npos ||
            (ban.word == "using namespace" && brings_suffixes(file->bare[i]))) {
          continue;
        }
        out.push_back(
            {"bans", file->path, i + 1, fmt::format("uses {}", ban.word), std::string(ban.instead)}
        );
      }
    }
    if (!is_this_test(*file)) {
      check_notes(*file, out);
    }
  }
  return out;
}

Findings check_paths(const Tree& tree) {
  Findings out;
  for (const File& file : tree.files) {
    if (is_this_test(file)) {
      continue;
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string_view path : kMachinePaths) {
        const std::size_t at = file.lines[i].find(path);
        if (at != std::string::npos && (at == 0 || !is_word_char(file.lines[i][at - 1]))) {
          out.push_back(
              {"paths",
               file.path,
               i + 1,
               fmt::format("names {}", path),
               "take a path from the caller, or ::testing::TempDir() in tests"}
          );
        }
      }
    }
  }
  return out;
}

}  // namespace plumbline::tidy
