// What lint says of a text: reading, wiring and the rules in one call, with the shipped kinds. And
// texts that are made of another one by small changes, as the case files of tests/golden write
// them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/config/catalog.h"
#include "controller/lint/lint.h"

namespace plumbline {

/// The kinds of the program.
const Catalog& lint_catalog();

/// Findings point into the manifest.
struct Linted {
  std::shared_ptr<const Manifest> manifest;
  Diagnostics loaded;  ///< What reading and wiring say.
  Diagnostics found;   ///< What the rules say.

  /// Both, sorted.
  [[nodiscard]] Diagnostics all() const;
};

/// The text as m.yaml; inputs may lack a value.
Linted lint_text(const std::string& text);
/// Files by name, later ones over earlier ones.
using Files = std::vector<std::pair<std::string, std::string>>;
Linted lint_files(const Files& files);

/// A file of the repository, by its path from the root.
std::string source_text(const std::filesystem::path& path);

/// Replaces the first place; a text without one fails the test.
std::string replaced(std::string text, std::string_view from, std::string_view to);
/// The same for pairs of texts, one after the other.
template <class Changes>
std::string changed(std::string text, const Changes& changes) {
  for (const auto& [from, to] : changes) {
    text = replaced(std::move(text), from, to);
  }
  return text;
}

/// The changes of a case file: "- OLD" and below it "+ NEW", with \n for a line's end.
using ChangeList = std::vector<std::pair<std::string, std::string>>;
/// False when the line is part of no change.
bool read_change(const std::string& line, ChangeList& changes);

}  // namespace plumbline
