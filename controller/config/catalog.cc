#include "controller/config/catalog.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>

#include "controller/base/check.h"
#include "controller/base/sync.h"
#include "controller/base/text.h"
#include "controller/config/kind_loader.h"
#include "controller/config/packed.h"
#include "controller/config/yaml.h"

namespace plumbline {

namespace {

constexpr std::string_view kServicesFile = "services.yaml";

struct Entry {
  std::string kind, section;
  const SourceFile* file = nullptr;
  std::string_view tree;  ///< Of a compiled-in kind; its file has no text.
  bool is_tried = false;
  std::unique_ptr<const Kind> parsed;
};

/// The value of `key:` at the beginning of `line`, or nothing.
std::optional<std::string> value_of(std::string_view line, std::string_view key) {
  if (line.substr(0, key.size()) != key || line.size() <= key.size() || line[key.size()] != ':') {
    return std::nullopt;
  }
  return std::string(trim(line.substr(key.size() + 1)));
}

/// `kind:` and `section:` are the first two keys of a schema, so that an index of all kinds costs
/// no parsing.
Entry index_of(const SourceFile& file) {
  Entry entry;
  entry.file = &file;
  for (const std::string_view line : split(file.text, '\n')) {
    const std::string_view text = trim(line);
    if (text.empty() || text[0] == '#') {
      continue;
    }
    if (auto kind = value_of(line, "kind")) {
      entry.kind = std::move(*kind);
    } else if (auto section = value_of(line, "section")) {
      entry.section = std::move(*section);
    } else {
      break;
    }
  }
  return entry;
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

void report_file(Diagnostics& diagnostics, const SourceFile* file, std::string detail) {
  Diagnostic diagnostic;
  diagnostic.id = "SC009";
  diagnostic.summary = "a schema file cannot be used";
  diagnostic.detail = std::move(detail);
  if (file != nullptr) {
    diagnostic.range = {file, {1, 1}, {1, 1}};
  }
  diagnostics.add(std::move(diagnostic));
}

}  // namespace

struct Catalog::Inside {
  /// What is made when first asked for; the lock is held while it is made.
  struct Kinds {
    std::map<std::string, Entry, std::less<>> by_section;
  };
  SourceSet sources;
  Node service_root;
  ServiceTable services;
  std::vector<std::string> sections;
  std::map<std::string, std::string, std::less<>> section_of_kind;
  Sync<Kinds> kinds;

  void add_services(std::optional<Node> root, Diagnostics& diagnostics) {
    if (root) {
      service_root = std::move(*root);
      services = load_services(service_root, diagnostics);
    }
  }

  void add_kind(Entry entry, Diagnostics& diagnostics) {
    const SourceFile& file = *entry.file;
    if (entry.kind.empty() || entry.section.empty()) {
      report_file(diagnostics, &file, "the first two keys of a schema are 'kind' and 'section'");
      return;
    }
    if (section_of_kind.count(entry.kind) > 0 ||
        std::find(sections.begin(), sections.end(), entry.section) != sections.end()) {
      report_file(diagnostics, &file, "its kind or section is taken by another file");
      return;
    }
    sections.push_back(entry.section);
    section_of_kind[entry.kind] = entry.section;
    kinds.with([&](Kinds& held) { held.by_section[entry.section] = std::move(entry); });
  }

  const Kind* parsed(std::string_view section, Diagnostics& diagnostics) {
    return kinds.with([&](Kinds& held) -> const Kind* {
      const auto found = held.by_section.find(section);
      if (found == held.by_section.end()) {
        return nullptr;
      }
      Entry& entry = found->second;
      if (!entry.is_tried) {
        entry.is_tried = true;
        const auto root = entry.tree.empty() ? parse_yaml(*entry.file, diagnostics)
                                             : unpack(entry.tree, *entry.file);
        if (root) {
          entry.parsed = load_kind(*root, services, diagnostics);
        }
      }
      return entry.parsed.get();
    });
  }

  /// The compiled-in kinds have no errors; a folder's are reported when it is opened.
  const Kind* trusted(std::string_view section) {
    Diagnostics diagnostics;
    const Kind* kind = parsed(section, diagnostics);
    require_clean(diagnostics);
    return kind;
  }

  static void require_clean(const Diagnostics& diagnostics) {
    if (diagnostics.has_errors()) {
      std::fputs(render_human(diagnostics, Colour::kNever).c_str(), stderr);
    }
    PLUMBLINE_CHECK(!diagnostics.has_errors());
  }
};

Catalog::Catalog(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {
  std::sort(inside_->sections.begin(), inside_->sections.end());
}

Catalog::~Catalog() = default;

std::unique_ptr<Catalog> Catalog::embedded() {
  auto inside = std::make_unique<Inside>();
  Diagnostics diagnostics;
  for (const PackedSchema& schema : packed_schemas()) {
    const SourceFile& file = inside->sources.add(std::string(schema.name), "");
    if (schema.kind.empty()) {
      inside->add_services(unpack(schema.tree, file), diagnostics);
    } else {
      Entry entry;
      entry.kind = schema.kind;
      entry.section = schema.section;
      entry.file = &file;
      entry.tree = schema.tree;
      inside->add_kind(std::move(entry), diagnostics);
    }
  }
  Inside::require_clean(diagnostics);
  return std::unique_ptr<Catalog>(new Catalog(std::move(inside)));
}

std::unique_ptr<Catalog> Catalog::from_folder(const std::string& folder, Diagnostics& diagnostics) {
  namespace fs = std::filesystem;
  auto inside = std::make_unique<Inside>();
  std::vector<fs::path> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "kinds", error)) {
    if (entry.path().extension() == ".yaml") {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  paths.insert(paths.begin(), fs::path(folder) / kServicesFile);
  for (const fs::path& path : paths) {
    auto text = read_file(path);
    if (!text) {
      report_file(diagnostics, nullptr, path.string() + " cannot be read");
      continue;
    }
    const SourceFile& file = inside->sources.add(path.string(), std::move(*text));
    if (path.filename() == kServicesFile) {
      inside->add_services(parse_yaml(file, diagnostics), diagnostics);
    } else {
      inside->add_kind(index_of(file), diagnostics);
    }
  }
  for (const std::string& section : inside->sections) {
    inside->parsed(section, diagnostics);
  }
  return std::unique_ptr<Catalog>(new Catalog(std::move(inside)));
}

const Kind* Catalog::find_section(std::string_view section) const {
  return inside_->trusted(section);
}

const Kind* Catalog::find_kind(std::string_view name) const {
  const auto found = inside_->section_of_kind.find(name);
  return found == inside_->section_of_kind.end() ? nullptr : inside_->trusted(found->second);
}

const std::vector<std::string>& Catalog::sections() const {
  return inside_->sections;
}

const ServiceProfile* Catalog::find_service(std::string_view id) const {
  const auto found = inside_->services.profiles.find(id);
  return found == inside_->services.profiles.end() ? nullptr : &found->second;
}

}  // namespace plumbline
