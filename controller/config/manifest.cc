#include "controller/config/manifest.h"

#include <algorithm>
#include <charconv>

#include "controller/base/text.h"
#include "controller/config/manifest_context.h"
#include "controller/config/manifest_files.h"

namespace plumbline {

namespace {

KindSource kinds_of(const Catalog& catalog) {
  return {
      [&catalog](std::string_view section) { return catalog.find_section(section); },
      catalog.sections()};
}

/// The child a path segment names; null when there is none.
const Node* child_of(const Node& node, std::string_view segment) {
  if (node.is_map()) {
    return node.find(segment);
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  const bool is_index = error == std::errc() && end == segment.data() + segment.size();
  if (node.is_list() && is_index && index < node.items.size()) {
    return &node.items[index];
  }
  return nullptr;
}

}  // namespace

const Resource* Manifest::find(const Address& address) const {
  const auto at = std::lower_bound(
      resources.begin(),
      resources.end(),
      address,
      [](const Resource& resource, const Address& wanted) { return resource.address < wanted; }
  );
  return at != resources.end() && at->address == address ? &*at : nullptr;
}

SourceRange Manifest::range_of(const Resource& resource, std::string_view dotted_path) const {
  const Node* node = &resource.entry->value;
  const auto segments = split(dotted_path, '.');
  const NodeEntry* first = node->find_entry(segments.front());
  if (first == nullptr) {
    return resource.entry->key_range;
  }
  node = &first->value;
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const Node* child = child_of(*node, segments[i]);
    // A single value stands for a list of one, and a written form for an object of one member.
    if (child == nullptr && segments[i] != "0") {
      break;
    }
    node = child == nullptr ? node : child;
  }
  return node->range;
}

std::shared_ptr<const Manifest> load_manifest(
    const Catalog& catalog, const ManifestOptions& options, Diagnostics& diagnostics
) {
  return load_manifest_from(kinds_of(catalog), options, diagnostics);
}

std::shared_ptr<const Manifest> parse_manifest(
    const Catalog& catalog,
    std::string name,
    std::string text,
    const ManifestOptions& options,
    Diagnostics& diagnostics
) {
  auto manifest = std::make_unique<Manifest>();
  manifest->folder = ".";
  add_document(std::move(name), std::move(text), *manifest, diagnostics);
  return parse_manifest_from(kinds_of(catalog), std::move(manifest), options, diagnostics);
}

}  // namespace plumbline
