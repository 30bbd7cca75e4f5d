// What one load of a manifest works with: where kinds come from, inputs, compiled patterns, and the
// way a finding gets its place and address. Lives as long as the load; nothing of it outlives it.
#pragma once

#include <bitset>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/config/manifest_findings.h"

namespace plumbline {

/// Where kinds come from: the Catalog, or a test's own.
struct KindSource {
  std::function<const Kind*(std::string_view section)> find_section;
  std::vector<std::string> sections;
};

std::shared_ptr<const Manifest> load_manifest_from(
    const KindSource& kinds, const ManifestOptions& options, Diagnostics& diagnostics
);
std::shared_ptr<const Manifest> parse_manifest_from(
    const KindSource& kinds,
    std::unique_ptr<Manifest> manifest,
    const ManifestOptions& options,
    Diagnostics& diagnostics
);

/// A pattern of a schema, compiled once per load. "^arn:" and the like need no machine, nor does
/// "^[…]*$", which says what a text may be made of.
class Pattern {
 public:
  explicit Pattern(const std::string& text);
  /// The whole text matches.
  [[nodiscard]] bool matches(std::string_view text) const;
  /// The pattern is found in the text.
  [[nodiscard]] bool finds(std::string_view text) const;

 private:
  std::string prefix_;                       ///< With this, nothing else counts.
  std::optional<std::bitset<256>> letters_;  ///< With this, neither.
  bool is_prefix_ = false, is_broken_ = false;
  std::regex regex_;
};

/// Properties by name, so that a resource costs as much as it declares.
struct PropertyIndex {
  std::unordered_map<std::string_view, const Property*> by_name;
  std::vector<const Property*> required;
};

struct Input {
  const NodeEntry* entry = nullptr;
  Value value;  ///< Text, number, bool, secret or unknown; null when its declaration is at fault.
  bool is_used = false;
};

/// What `forEach` made of each template: the names, by the template's address.
using Groups = std::map<Address, std::vector<std::string>>;

struct LoadContext {
  const KindSource& kinds;
  const ManifestOptions& options;
  Manifest& manifest;
  Diagnostics& diagnostics;
  std::map<std::string, Input, std::less<>> inputs;
  std::unordered_map<std::string, Pattern> patterns;
  std::unordered_map<const std::vector<Property>*, PropertyIndex> indices;
  Groups groups = {};
  /// Keys of the sections that is_written() was asked about.
  std::unordered_map<std::string, std::unordered_set<std::string_view>> written = {};
  std::size_t made_nodes = 0;  ///< By `forEach`, so far.

  const Pattern& pattern(const std::string& text);
  const PropertyIndex& index(const std::vector<Property>& properties);
  /// The addresses that stand behind one that is written: the members of a group, or itself.
  [[nodiscard]] std::vector<Address> members(const Address& address) const;
  /// The manifest has a block or a template at this address.
  bool is_written(const Address& address);
};

/// Findings about one place in the manifest; `address` is "" outside resources.
class Reporter {
 public:
  Reporter(Diagnostics& diagnostics, std::string address)
      : diagnostics_(diagnostics), address_(std::move(address)) {}
  Diagnostic& add(
      std::string_view id, const SourceRange& range, std::string detail, const Advice& advice
  ) const;
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  Diagnostics& diagnostics_;
  std::string address_;
};

/// "a map", "a list", "a text", "nothing".
std::string_view describe(const Node& node);

/// The text of a scalar that is no number or bool by its property; a finding and "" otherwise.
std::string read_word(const Node& node, std::string_view what, const Reporter& reporter);
/// True or false, written exactly so; a finding and false otherwise.
bool read_flag(const Node& node, std::string_view what, const Reporter& reporter);
/// Reports a map's keys that are not in `words`. False when `node` is no map (reported, too).
bool check_words(
    const Node& node,
    std::string_view what,
    const std::vector<std::string>& words,
    const Reporter& reporter
);

/// Reports a region that cannot be one; "" was reported already, or is none.
void check_region(const Node& node, const std::string& region, const Reporter& reporter);

/// [A-Za-z][A-Za-z0-9_-]{0,127}
bool is_resource_name(std::string_view name);

}  // namespace plumbline
