// Which folder may see which, where libraries live, and what CMake builds and links.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "tests/support/tidy/checks.h"

namespace plumbline::tidy {

namespace {

const std::map<std::string, int, std::less<>> kFloors = {
    {"base", 0},
    {"config", 1},
    {"aws", 1},
    {"state", 1},
    {"simulator", 1},
    {"plan", 2},
    {"lint", 2},
    {"lsp", 3},
    {"engine", 3},
    {"cutover", 3},
    {"http", 4},
    {"cli", 5},
    {"main.cc", 6},
};

/// "controller/lint/rules/x.cc" → "lint"; "state/db.h" → "state"; "" for what has no floor.
std::string room_of(std::string_view path) {
  constexpr std::string_view kController = "controller/";
  if (path.starts_with(kController)) {
    path.remove_prefix(kController.size());
    return std::string(path.substr(0, path.find('/')));
  }
  const std::string first(path.substr(0, path.find('/')));
  return first == "state" || first == "simulator" ? first : "";
}

struct Include {
  std::size_t line = 0;
  bool quoted = false;
  std::string path;
};

std::vector<Include> includes_of(const File& file) {
  std::vector<Include> found;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    std::string_view line = file.code[i];
    if (!line.starts_with("#include")) {
      continue;
    }
    const std::size_t open = line.find_first_of("<\"");
    const std::size_t close = line.find_last_of(">\"");
    if (open != std::string_view::npos && close > open) {
      found.push_back(
          {i + 1, line[open] == '"', std::string(line.substr(open + 1, close - open - 1))}
      );
    }
  }
  return found;
}

/// What speaks against `file` including `path`; empty when nothing does.
std::string breach(const File& file, const std::string& path) {
  const std::string from = room_of(file.path);
  const std::string to = room_of(path);
  if (path.starts_with("embedded/")) {
    return from == "config" || from == "state" || from == "cli"
               ? ""
               : "embedded texts are read by their owner alone";
  }
  if (to.empty()) {
    return "this is not rooted at controller/, state/ or simulator/";
  }
  if (!kFloors.contains(to) || !kFloors.contains(from)) {
    return "this folder has no floor; give it one in tests/support/tidy/floors.cc";
  }
  if (from == to) {
    return "";
  }
  if (from == "simulator" && to != "base") {
    return "the simulator may know controller/base alone";
  }
  if (from == "http" && to == "engine" && path != "controller/engine/snapshot.h") {
    return "of the engine, http may see snapshot.h alone";
  }
  const int distance = kFloors.find(from)->second - kFloors.find(to)->second;
  return distance > 0 ? "" : distance == 0 ? "siblings may not see each other" : "this goes up";
}

struct Library {
  std::string_view header;  ///< Beginning of the include.
  std::vector<std::string_view> homes;
};

const std::vector<Library> kLibraries = {
    {"sqlite3.h", {"state/db."}},
    {"curl/", {"controller/aws/curl_transport.cc"}},
    {"boost/beast", {"controller/http/server.cc", "simulator/server.cc"}},
    {"boost/asio", {"controller/http/server.cc", "simulator/server.cc"}},
    {"boost/json", {"controller/base/json.cc"}},
    {"yaml-cpp/", {"controller/config/yaml.cc"}},
    {"openssl/",
     {"controller/aws/sigv4.cc", "controller/base/digest.cc", "controller/base/secret_text.cc"}},
    {"pugixml.hpp", {"controller/aws/codec", "simulator/wire"}},
    {"zip.h", {"controller/config/source_zip.cc"}},
    {"CLI/", {"controller/cli/cli.cc"}},
    {"prometheus/", {"controller/http/metrics.cc"}},
    {"fmt/", {"controller/", "state/", "simulator/"}},
    // The system's own.
    {"arpa/", {"controller/", "simulator/"}},
    {"netinet/", {"controller/", "simulator/"}},
    {"sys/", {"controller/", "state/", "simulator/"}},
    {"malloc.h", {"controller/main.cc", "controller/aws/wiping_memory.cc"}},
    {"fcntl.h", {"controller/", "state/", "simulator/"}},
    {"poll.h", {"controller/"}},
    {"signal.h", {"controller/cli/"}},
    {"spawn.h", {"controller/aws/process.cc"}},
    {"unistd.h", {"controller/", "state/", "simulator/"}},
};

std::string misplaced(const File& file, const std::string& header) {
  if (header.find_first_of("/.") == std::string::npos) {
    return "";  // of the standard library
  }
  for (const Library& library : kLibraries) {
    if (header.starts_with(library.header)) {
      const bool at_home =
          std::any_of(library.homes.begin(), library.homes.end(), [&](std::string_view home) {
            return file.in(home);
          });
      return at_home ? "" : fmt::format("it lives in {}", fmt::join(library.homes, " and "));
    }
  }
  return "no home is known for it; name one in tests/support/tidy/floors.cc";
}

/// The words of `NAME(…)` in a CMake file whose first word is anything: one list a call.
std::vector<std::vector<std::string>> calls_of(const File& file, std::string_view name) {
  std::vector<std::vector<std::string>> found;
  for (const std::string& line : file.lines) {
    const std::string open = std::string(name) + "(";
    if (!line.starts_with(open)) {
      continue;
    }
    std::vector<std::string> words(1);
    for (const char c : line.substr(open.size(), line.find(')') - open.size())) {
      if (c == ' ') {
        words.emplace_back();
      } else {
        words.back() += c;
      }
    }
    found.push_back(std::move(words));
  }
  return found;
}

/// Folder → the libraries CMake links it with, itself among them.
std::map<std::string, std::set<std::string>> links_of(const Tree& tree) {
  std::map<std::string, std::set<std::string>> links;
  for (const char* path : {"controller/CMakeLists.txt", "state/CMakeLists.txt"}) {
    if (const File* file = tree.find(path)) {
      for (const auto& words : calls_of(*file, "plumbline_library")) {
        links[words.size() > 1 ? words[1] : ""].insert(words.begin(), words.end());
      }
    }
  }
  links["simulator"] = links["simulator/services"] = {"simulator", "base"};
  return links;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, std::min(path.rfind('/'), path.size()));
}

/// "controller/lint/rules/x.h" → "lint_rules", as the library is called.
std::string library_of(const std::string& path) {
  std::string name = folder_of(path);
  if (name.starts_with("controller/")) {
    name.erase(0, std::string_view("controller/").size());
  }
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

void check_links(
    const File& file, const std::map<std::string, std::set<std::string>>& links, Findings& out
) {
  const auto linked = links.find(folder_of(file.path));
  if (linked == links.end()) {
    if (file.path != "controller/main.cc" && !file.is_header()) {
      out.push_back(
          {"build", file.path, 1, "CMake compiles no file of this folder", "add a library"}
      );
    }
    return;
  }
  for (const Include& include : includes_of(file)) {
    if (include.quoted && !include.path.starts_with("embedded/") &&
        !linked->second.contains(library_of(include.path)) &&
        room_of(include.path) != room_of(file.path)) {
      out.push_back(
          {"build",
           file.path,
           include.line,
           fmt::format("includes {}, whose library the folder does not link", include.path),
           "name the library in CMakeLists.txt, or do without it"}
      );
    }
  }
}

/// Test files that no glob of tests/CMakeLists.txt finds.
void check_test_globs(const Tree& tree, Findings& out) {
  const File* cmake = tree.find("tests/CMakeLists.txt");
  if (cmake == nullptr) {
    return;
  }
  std::set<std::string> compiled;
  for (const auto& words : calls_of(*cmake, "plumbline_tests")) {
    compiled.insert("tests/support/" + words[0]);
    compiled.insert("tests/" + (words.size() > 1 ? words[1] : ""));
  }
  for (const File* file : tree.cpp()) {
    const bool unit = file->in("tests/unit/");
    if (file->is_header() || (!unit && !file->in("tests/support/"))) {
      continue;
    }
    if (!compiled.contains(folder_of(file->path)) || (unit && !file->path.ends_with("_test.cc"))) {
      out.push_back(
          {"build",
           file->path,
           1,
           "no glob of tests/CMakeLists.txt finds this file",
           "call it …_test.cc in tests/unit/LIBRARY, or put it in tests/support/LIBRARY"}
      );
    }
  }
}

}  // namespace

Findings check_floors(const Tree& tree) {
  Findings out;
  for (const File* file : tree.product()) {
    for (const Include& include : includes_of(*file)) {
      const std::string against = include.quoted ? breach(*file, include.path) : "";
      if (!against.empty()) {
        out.push_back(
            {"floors",
             file->path,
             include.line,
             fmt::format("includes {}: {}", include.path, against),
             "move what both need to a lower floor, or hand it in from above"}
        );
      }
    }
  }
  return out;
}

Findings check_libraries(const Tree& tree) {
  Findings out;
  for (const File* file : tree.product()) {
    for (const Include& include : includes_of(*file)) {
      const std::string against = include.quoted ? "" : misplaced(*file, include.path);
      if (!against.empty()) {
        out.push_back(
            {"libraries",
             file->path,
             include.line,
             fmt::format("includes <{}>: {}", include.path, against),
             "use the types of ours that wrap the library"}
        );
      }
    }
  }
  return out;
}

Findings check_build(const Tree& tree) {
  Findings out;
  const auto links = links_of(tree);
  for (const File* file : tree.product()) {
    check_links(*file, links, out);
  }
  check_test_globs(tree, out);
  return out;
}

}  // namespace plumbline::tidy
