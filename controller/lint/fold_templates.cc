#include "controller/lint/fold_templates.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// Where what a finding is about is written: alike for all that one template makes.
struct Origin {
  std::string id, help;
  Severity severity;  ///< What is taken over may weigh less than the other copies.
  const SourceFile* file = nullptr;
  Position place, of_template;
  auto operator<=>(const Origin&) const = default;
};

}  // namespace

void fold_templates(const Manifest& manifest, Diagnostics& findings) {
  constexpr std::size_t kMostNamed = 3;
  std::map<Origin, std::size_t> firsts;
  std::vector<Diagnostic> kept;
  std::map<std::size_t, std::vector<std::string>> others;
  for (Diagnostic& finding : findings.take()) {
    const Resource* resource = manifest.find(Address::parse(finding.address));
    if (resource == nullptr) {
      kept.push_back(std::move(finding));
      continue;
    }
    const Origin origin{
        finding.id,
        finding.help,
        finding.severity,
        finding.range.file,
        finding.range.begin,
        resource->entry->key_range.begin};
    const auto [at, is_first] = firsts.emplace(origin, kept.size());
    if (is_first || kept[at->second].address == finding.address) {
      kept.push_back(std::move(finding));
      continue;
    }
    std::vector<std::string>& named = others[at->second];
    if (std::find(named.begin(), named.end(), finding.address) == named.end()) {
      named.push_back(std::move(finding.address));
    }
  }
  for (const auto& [index, addresses] : others) {
    std::string text = "the same holds for ";
    for (std::size_t i = 0; i < std::min(addresses.size(), kMostNamed); ++i) {
      text += fmt::format("{}`{}`", i == 0 ? "" : ", ", addresses[i]);
    }
    if (addresses.size() > kMostNamed) {
      text += fmt::format(" and {} more", addresses.size() - kMostNamed);
    }
    kept[index].evidence.push_back({std::move(text), kept[index].range});
  }
  for (Diagnostic& finding : kept) {
    findings.add(std::move(finding));
  }
}

}  // namespace plumbline
