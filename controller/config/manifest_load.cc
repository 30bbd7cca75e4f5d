// The top level of a manifest: its words and sections in the order they depend on each other.
#include <algorithm>

#include <fmt/format.h>

#include "controller/config/manifest_blocks.h"
#include "controller/config/manifest_connections.h"
#include "controller/config/manifest_context.h"
#include "controller/config/manifest_files.h"
#include "controller/config/manifest_foreach.h"
#include "controller/config/manifest_inputs.h"
#include "controller/config/manifest_resources.h"
#include "controller/config/yaml.h"

namespace plumbline {

namespace {

const std::vector<std::string>& top_words() {
  static const std::vector<std::string> kWords = {
      "stack", "region", "tags", "inputs", "outputs", "accounts", "connections", "moved", "import"};
  return kWords;
}

bool is_stack_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

void read_stack(LoadContext& context, const Node& root, const Reporter& reporter) {
  const NodeEntry* entry = root.find_entry("stack");
  if (entry == nullptr && !context.manifest.is_whole) {
    return;
  }
  if (entry == nullptr || entry->value.is_null()) {
    SourceRange start = entry == nullptr ? root.range : entry->key_range;
    if (entry == nullptr) {
      start.end = start.begin;
    }
    reporter.add(
        kMissing,
        start,
        "The manifest has no `stack`, the name everything in it belongs to.",
        "add `stack: NAME` at the top"
    );
    return;
  }
  const std::string name = read_word(entry->value, "stack", reporter);
  if (entry->value.is_scalar() && !is_stack_name(name)) {
    reporter.add(
        kBadName,
        entry->value.range,
        fmt::format("{} cannot name a stack.", in_ticks(name)),
        "start with a small letter and go on with small letters, digits and -, at most 63 in all"
    );
    return;
  }
  context.manifest.stack = name;
}

void read_region(LoadContext& context, const Node& region, const Reporter& reporter) {
  const bool is_empty = (region.is_null() || region.is_scalar()) && region.text.empty();
  if (!region.is_null() && !is_empty) {
    ValueReader reader(context, reporter, "");
    context.manifest.region = reader.read_known_text(region, "region");
    check_region(region, context.manifest.region, reporter);
  } else if (is_empty) {
    reporter.add(
        kWrongType,
        region.range,
        "`region` has no value.",
        "write a region such as eu-central-1, or delete the line: then the environment names it"
    );
  }
}

struct SectionPlace {
  const Kind* kind = nullptr;
  const NodeEntry* entry = nullptr;
};

void report_unknown_section(
    const LoadContext& context, const Node& root, const NodeEntry& entry, const Reporter& reporter
) {
  std::vector<std::string> known = context.kinds.sections;
  known.insert(known.end(), top_words().begin(), top_words().end());
  reporter.add(
      kUnknownWord,
      entry.key_range,
      fmt::format(
          "{} is neither a kind of resource nor a word of the manifest.", in_ticks(entry.key)
      ),
      suggest_key(
          root,
          entry.key,
          known,
          fmt::format("use {} or a kind; `plumbline explain` lists them", enumerate(top_words()))
      )
  );
}

std::vector<SectionPlace> find_sections(
    const LoadContext& context, const Node& root, const Reporter& reporter
) {
  std::vector<SectionPlace> sections;
  for (const NodeEntry& entry : root.entries) {
    const auto& words = top_words();
    if (std::find(words.begin(), words.end(), entry.key) != words.end()) {
      continue;
    }
    const Kind* kind = context.kinds.find_section(entry.key);
    if (kind == nullptr) {
      report_unknown_section(context, root, entry, reporter);
    } else if (entry.value.is_map()) {
      sections.push_back({kind, &entry});
    } else if (!entry.value.is_null()) {
      reporter.add(
          kWrongType,
          entry.value.range,
          fmt::format("`{}` takes a map of names, not {}.", entry.key, describe(entry.value)),
          "write `NAME: { … }`"
      );
    }
  }
  std::sort(sections.begin(), sections.end(), [](const auto& a, const auto& b) {
    return a.entry->key < b.entry->key;
  });
  return sections;
}

void read_resources(LoadContext& context, const std::vector<SectionPlace>& sections) {
  // All names are known before any resource is read: it may name a whole group.
  std::vector<std::vector<const NodeEntry*>> blocks;
  std::size_t count = 0;
  for (const SectionPlace& section : sections) {
    blocks.push_back(expand_section(context, section.entry->key, section.entry->value.entries));
    count += blocks.back().size();
  }
  context.manifest.resources.reserve(count);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const SectionPlace& section = sections[i];
    std::vector<const NodeEntry*>& entries = blocks[i];
    std::sort(entries.begin(), entries.end(), [](const NodeEntry* a, const NodeEntry* b) {
      return a->key < b->key;
    });
    for (const NodeEntry* entry : entries) {
      context.manifest.resources.push_back(
          read_resource(context, *section.kind, section.entry->key, *entry)
      );
    }
  }
}

/// Inputs are known before everything that may name them.
void read_root(LoadContext& context, const Node& root) {
  const Reporter reporter(context.diagnostics, "");
  read_stack(context, root, reporter);
  read_inputs(context, root.find("inputs"));
  if (const Node* region = root.find("region"); region != nullptr) {
    read_region(context, *region, reporter);
  }
  if (const Node* accounts = root.find("accounts"); accounts != nullptr && !accounts->is_null()) {
    read_accounts(context, *accounts);
  }
  if (const Node* tags = root.find("tags"); tags != nullptr && !tags->is_null()) {
    ValueReader reader(context, reporter, context.manifest.region);
    read_tags(*tags, reader, reporter, context.manifest.tags);
  }
  read_resources(context, find_sections(context, root, reporter));
  const Node* connections = root.find("connections");
  if (connections != nullptr && !connections->is_null()) {
    read_connections(context, *connections);
  }
  const auto read_block = [&](std::string_view word, void (*read)(LoadContext&, const Node&)) {
    if (const Node* block = root.find(word); block != nullptr && !block->is_null()) {
      read(context, *block);
    }
  };
  read_block("outputs", read_outputs);
  read_block("moved", read_moves);
  read_block("import", read_imports);
  if (!context.options.import.first.empty()) {
    add_import(context, context.options.import.first, context.options.import.second);
  }
  report_unused_inputs(context);
}

/// Without what may be otherwise in a file that could not be read: it may declare what is missed,
/// and use what seems to be of no use.
Diagnostics without_guesses(const Diagnostics& found) {
  Diagnostics sure;
  for (const Diagnostic& one : found.all()) {
    if (one.id != kUndeclared && one.id != kInputUnused) {
      sure.add(one);
    }
  }
  return sure;
}

}  // namespace

std::shared_ptr<const Manifest> parse_manifest_from(
    const KindSource& kinds,
    std::unique_ptr<Manifest> manifest,
    const ManifestOptions& options,
    Diagnostics& diagnostics
) {
  if (!manifest->documents.empty()) {
    Diagnostics found;
    LoadContext context = {kinds, options, *manifest, found, {}, {}, {}};
    read_root(context, *manifest->documents.front());
    // Resources were read in the order of their addresses; people read in the order of the text.
    found.sort();
    const Diagnostics sure = manifest->is_whole ? found : without_guesses(found);
    diagnostics.append(without_repeats(sure));
  }
  return std::shared_ptr<const Manifest>(std::move(manifest));
}

std::shared_ptr<const Manifest> load_manifest_from(
    const KindSource& kinds, const ManifestOptions& options, Diagnostics& diagnostics
) {
  auto manifest = std::make_unique<Manifest>();
  read_files(options.paths, {}, *manifest, diagnostics);
  return parse_manifest_from(kinds, std::move(manifest), options, diagnostics);
}

}  // namespace plumbline
