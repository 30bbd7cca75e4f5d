#include "controller/config/manifest_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_context.h"
#include "controller/config/yaml.h"

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxTotal = 64U << 20;

void report(Diagnostics& diagnostics, std::string detail, std::string help) {
  diagnostics.add(make_finding(kUnreadable, {}, std::move(detail), std::move(help)));
}

std::vector<std::string> files_of(
    const fs::path& folder, const OpenTexts& open_texts, Diagnostics& diagnostics
) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    // What is no file, or leads to none, is said when it is read: it was meant to be one.
    std::error_code ignored;
    if (is_manifest_name(i->path().filename().string()) && !i->is_directory(ignored)) {
      files.push_back(i->path().string());
    }
  }
  for (const auto& [path, text] : open_texts) {
    const fs::path open(path);
    if (open.parent_path() == folder && is_manifest_name(open.filename().string()) &&
        std::find(files.begin(), files.end(), path) == files.end()) {
      files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end());
  if (error) {
    report(
        diagnostics,
        fmt::format("The folder {} cannot be read: {}.", folder.string(), error.message()),
        "check the path and its permissions"
    );
  } else if (files.empty()) {
    report(
        diagnostics,
        fmt::format("The folder {} holds no .yaml or .yml file.", folder.string()),
        "name the manifest, or the folder it is in"
    );
  }
  return files;
}

std::vector<std::string> expand(
    const std::vector<std::string>& paths,
    const OpenTexts& open_texts,
    Manifest& manifest,
    Diagnostics& diagnostics
) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const bool is_folder = fs::is_directory(path, error);
    if (&path == &paths.front()) {
      const std::string parent = is_folder ? path : fs::path(path).parent_path().string();
      manifest.folder = parent.empty() ? "." : parent;
    }
    if (is_folder) {
      const std::vector<std::string> inside = files_of(path, open_texts, diagnostics);
      files.insert(files.end(), inside.begin(), inside.end());
    } else {
      files.push_back(path);
    }
  }
  if (paths.empty()) {
    report(diagnostics, "No manifest is named.", "name a file or a folder");
  }
  return files;
}

std::optional<std::string> read_text(
    const std::string& path, const OpenTexts& open_texts, Diagnostics& diagnostics
) {
  if (const auto open = open_texts.find(path); open != open_texts.end()) {
    return open->second;
  }
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    const bool is_link = fs::is_symlink(path, error);
    report(
        diagnostics,
        is_link ? fmt::format("The link {} leads to no file.", path)
                : fmt::format("There is no file {}.", path),
        is_link ? "make what it leads to, or delete it" : "check the path"
    );
    return std::nullopt;
  }
  if (error) {
    report(
        diagnostics,
        fmt::format("{} cannot be read: {}.", path, error.message()),
        "check the path and its permissions"
    );
    return std::nullopt;
  }
  if (!fs::is_regular_file(status)) {
    report(
        diagnostics,
        fmt::format("{} is no file.", path),
        "name a file with YAML in it, or the folder it is in"
    );
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    report(
        diagnostics, fmt::format("{} cannot be opened.", path), "check the path and its permissions"
    );
    return std::nullopt;
  }
  std::string text;
  // A file that grows while it is read must not fill the memory.
  const auto size = std::min<std::uintmax_t>(fs::file_size(path, error), kMaxTotal);
  text.resize(static_cast<std::size_t>(size));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

/// A colon of full width, or a space that does not break.
bool has_other_letters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80;
  });
}

/// What one file says as a map and the other does not cannot be laid over each other. The map
/// counts, so that a slip in one file hides nothing of the other.
void refuse_mixture(std::string_view what, Node& base, Node& later, Diagnostics& diagnostics) {
  if (base.is_map() == later.is_map() || base.is_null() || later.is_null()) {
    return;
  }
  Node& odd = base.is_map() ? later : base;
  const Node& map = base.is_map() ? base : later;
  diagnostics.add(make_finding(
      kWrongType,
      odd.range,
      fmt::format("`{}` is a map in {}, and {} here.", what, map.range.file->name, describe(odd)),
      "write a map, or null in the later file to take it away"
  ));
  odd = {};
}

/// Down to the blocks of the sections; an output may be written in either form.
void refuse_mixtures(Node& base, Node& later, Diagnostics& diagnostics) {
  for (NodeEntry& entry : later.entries) {
    auto before = std::find_if(base.entries.begin(), base.entries.end(), [&](const NodeEntry& e) {
      return e.key == entry.key;
    });
    if (before == base.entries.end()) {
      continue;
    }
    refuse_mixture(entry.key, before->value, entry.value, diagnostics);
    if (!before->value.is_map() || !entry.value.is_map() || entry.key == "outputs") {
      continue;
    }
    std::unordered_map<std::string_view, Node*> blocks;
    for (NodeEntry& block : before->value.entries) {
      blocks.emplace(block.key, &block.value);
    }
    for (NodeEntry& block : entry.value.entries) {
      if (const auto found = blocks.find(block.key); found != blocks.end()) {
        refuse_mixture(entry.key + "." + block.key, *found->second, block.value, diagnostics);
      }
    }
  }
}

/// Somebody commented out all of it. A file of nothing at all is another thing: it may have been
/// cut off while it was written.
bool is_comment_alone(std::string_view text) {
  bool has_comment = false;
  for (const std::string_view line : split(text, '\n')) {
    const std::string_view content = trim(line);
    has_comment = has_comment || content.starts_with('#');
    if (!content.empty() && !content.starts_with('#')) {
      return false;
    }
  }
  return has_comment;
}

}  // namespace

void merge_nodes(Node& base, Node later) {
  if (!base.is_map() || !later.is_map()) {
    base = std::move(later);
    return;
  }
  std::unordered_map<std::string, std::size_t> places;
  places.reserve(base.entries.size());
  for (std::size_t i = 0; i < base.entries.size(); ++i) {
    places.emplace(base.entries[i].key, i);
  }
  std::vector<bool> is_removed(base.entries.size(), false);
  for (NodeEntry& entry : later.entries) {
    const auto found = places.find(entry.key);
    if (found == places.end()) {
      base.entries.push_back(std::move(entry));
      continue;
    }
    NodeEntry& into = base.entries[found->second];
    // `key: null` takes away what an earlier file says; a bare `key:` over a map adds nothing to
    // it.
    if (entry.value.is_null() && !entry.value.text.empty()) {
      is_removed[found->second] = true;
      continue;
    }
    if (entry.value.is_null() && into.value.is_map()) {
      continue;
    }
    const bool is_replaced = !into.value.is_map() || !entry.value.is_map();
    if (is_replaced) {
      into.key_range = entry.key_range;
    }
    merge_nodes(into.value, std::move(entry.value));
  }
  std::size_t at = 0;
  std::erase_if(base.entries, [&](const NodeEntry&) {
    const std::size_t index = at++;
    return index < is_removed.size() && is_removed[index];
  });
}

void add_document(
    std::string name, std::string text, Manifest& manifest, Diagnostics& diagnostics
) {
  auto tree = parse_yaml(manifest.sources.add(std::move(name), std::move(text)), diagnostics);
  if (!tree) {
    manifest.is_whole = false;
    return;
  }
  if (!tree->is_map()) {
    manifest.is_whole = false;
    diagnostics.add(make_finding(
        kNotWellFormed,
        tree->range,
        tree->is_list() ? "The document is a list; it must be a map."
                        : "The document is a single value; it must be a map.",
        has_other_letters(tree->text)
            ? "write the colon and the space behind it as ASCII has them: `stack: NAME`"
            : "start with keys at the margin, such as `stack: NAME`"
    ));
  } else if (manifest.documents.empty()) {
    manifest.documents.push_back(std::make_unique<Node>(*std::move(tree)));
  } else {
    refuse_mixtures(*manifest.documents.front(), *tree, diagnostics);
    merge_nodes(*manifest.documents.front(), *std::move(tree));
  }
}

bool is_manifest_name(std::string_view name) {
  return (name.ends_with(".yaml") || name.ends_with(".yml")) && !name.starts_with('.') &&
         name != kSettingsFile;
}

bool read_files(
    const std::vector<std::string>& paths,
    const OpenTexts& open,
    Manifest& manifest,
    Diagnostics& diagnostics
) {
  std::uintmax_t total = 0;
  const std::vector<std::string> files = expand(paths, open, manifest, diagnostics);
  for (const std::string& path : files) {
    auto text = read_text(path, open, diagnostics);
    if (!text) {
      manifest.is_whole = false;
      continue;
    }
    total += text->size();
    if (total > kMaxTotal) {
      report(
          diagnostics,
          fmt::format("The files of the stack are larger than {} MiB.", kMaxTotal >> 20),
          "split the stack"
      );
      manifest.is_whole = false;
      return false;
    }
    const bool is_last_chance = manifest.documents.empty() && &path == &files.back();
    if (is_last_chance || !is_comment_alone(*text)) {
      add_document(path, *std::move(text), manifest, diagnostics);
    }
  }
  return !manifest.documents.empty();
}

}  // namespace plumbline
