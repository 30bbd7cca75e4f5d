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

/// The place of the deepest node that the segments lead to.
SourceRange range_below(const Node& top, const std::vector<std::string_view>& segments) {
  const Node* node = &top;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const bool is_first = segments[i] == "0";
    const Node* child = child_of(*node, segments[i]);
    // Keys of maps, such as `rds.force_ssl`, may hold dots themselves.
    std::string key(segments[i]);
    for (std::size_t last = i + 1; child == nullptr && node->is_map() && last < segments.size();
         ++last) {
      key.append(".").append(segments[last]);
      child = child_of(*node, key);
      i = child == nullptr ? i : last;
    }
    // A single value stands for a list of one, and a written form for an object of one member.
    if (child == nullptr && !is_first) {
      break;
    }
    node = child == nullptr ? node : child;
  }
  return node->range;
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
  const auto segments = split(dotted_path, '.');
  const NodeEntry* first = resource.entry->value.find_entry(segments.front());
  if (first == nullptr) {
    return resource.entry->key_range;
  }
  return range_below(first->value, std::vector(segments.begin() + 1, segments.end()));
}

std::optional<Address> Manifest::moved_to(const Address& from) const {
  std::optional<Address> last;
  const auto next_of = [&](const Address& address) {
    return std::find_if(moves.begin(), moves.end(), [&](const Move& move) {
      return move.from == address;
    });
  };
  for (auto at = next_of(from); at != moves.end(); at = next_of(at->to)) {
    last = at->to;
  }
  return last;
}

std::shared_ptr<const Manifest> load_manifest(
    const Catalog& catalog, const ManifestOptions& options, Diagnostics& diagnostics
) {
  return load_manifest(catalog, options, {}, diagnostics);
}

std::shared_ptr<const Manifest> load_manifest(
    const Catalog& catalog,
    const ManifestOptions& options,
    const OpenTexts& open,
    Diagnostics& diagnostics
) {
  auto manifest = std::make_unique<Manifest>();
  read_files(options.paths, open, *manifest, diagnostics);
  return parse_manifest_from(kinds_of(catalog), std::move(manifest), options, diagnostics);
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
