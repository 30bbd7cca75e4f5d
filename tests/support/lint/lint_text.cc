#include "tests/support/lint/lint_text.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "controller/config/open_texts.h"

namespace plumbline {

namespace {

std::string with_breaks(std::string text) {
  for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) {
    text.replace(at, 2, "\n");
  }
  return text;
}

}  // namespace

const Catalog& lint_catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

Diagnostics Linted::all() const {
  Diagnostics both = loaded;
  both.append(found);
  both.sort();
  return both;
}

Linted lint_text(const std::string& text) {
  return lint_files({{"m.yaml", text}});
}

Linted lint_files(const Files& files) {
  Linted linted;
  ManifestOptions options;
  options.allows_missing_inputs = true;
  OpenTexts texts;
  for (const auto& [name, text] : files) {
    options.paths.push_back(name);
    texts.emplace(name, text);
  }
  linted.manifest = load_manifest(lint_catalog(), options, texts, linted.loaded);
  const Graph graph = make_graph(*linted.manifest, linted.loaded);
  linted.found = run_lint({*linted.manifest, graph, lint_catalog()});
  return linted;
}

std::string source_text(const std::filesystem::path& path) {
  std::ifstream stream(std::filesystem::path(PLUMBLINE_SOURCE_DIR) / path);
  EXPECT_TRUE(stream) << path;
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

bool read_change(const std::string& line, ChangeList& changes) {
  if (line.starts_with("- ")) {
    changes.emplace_back(with_breaks(line.substr(2)), "");
    return true;
  }
  const bool is_new = line.starts_with("+ ") && !changes.empty();
  if (is_new) {
    changes.back().second = with_breaks(line.substr(2));
  }
  return is_new;
}

}  // namespace plumbline
