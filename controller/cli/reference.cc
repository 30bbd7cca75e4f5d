#include "controller/cli/reference.h"

#include <algorithm>
#include <vector>

#include "embedded/embedded_reference.h"
#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/yaml.h"

namespace plumbline {

namespace {

constexpr std::string_view kExamples = "examples/";
constexpr std::string_view kFixtures = "tests/golden/lint/";
constexpr std::size_t kLinesAround = 3;

/// The lines from `first` to `last`, 1-based, without what all of them are indented by.
std::string excerpt(const SourceFile& file, std::uint32_t first, std::uint32_t last) {
  std::vector<std::string_view> lines;
  for (std::uint32_t line = first; line <= last; ++line) {
    lines.push_back(line_text(file, line));
  }
  while (!lines.empty() && trim(lines.back()).empty()) {
    lines.pop_back();
  }
  std::size_t indent = std::string_view::npos;
  for (const std::string_view line : lines) {
    if (!trim(line).empty()) {
      indent = std::min(indent, line.find_first_not_of(' '));
    }
  }
  std::string text;
  for (const std::string_view line : lines) {
    text += std::string(line.substr(std::min(indent, line.size()))) + "\n";
  }
  return text;
}

/// The last line that `node` has text on. A block ends where the next one begins, which is too far.
std::uint32_t last_line(const Node& node) {
  const bool is_flow = node.range.end.column > 1;
  std::uint32_t line = node.range.begin.line;
  for (const Node& item : node.items) {
    line = std::max(line, last_line(item));
  }
  for (const NodeEntry& entry : node.entries) {
    line = std::max({line, entry.key_range.begin.line, last_line(entry.value)});
  }
  return node.is_scalar() && is_flow ? std::max(line, node.range.end.line) : line;
}

/// The node behind "a.b" in `node`; lists are looked through by their first element.
bool has_property(const Node& node, std::string_view dotted) {
  const Node* at = &node;
  for (const std::string_view part : split(dotted, '.')) {
    while (at->is_list() && !at->items.empty()) {
      at = &at->items.front();
    }
    at = at->find(part);
    if (at == nullptr) {
      return false;
    }
  }
  return true;
}

std::optional<Example> example_in(
    const EmbeddedFile& embedded, std::string_view section, std::string_view property
) {
  // Most files have nothing of it, and that is seen without reading their YAML.
  const std::string_view last = property.substr(property.rfind('.') + 1);
  if (embedded.text.find(section) == std::string_view::npos ||
      embedded.text.find(last) == std::string_view::npos) {
    return std::nullopt;
  }
  const SourceFile file{std::string(embedded.name), std::string(embedded.text)};
  Diagnostics ignored;
  const auto root = parse_yaml(file, ignored);
  const Node* resources = root ? root->find(section) : nullptr;
  if (resources == nullptr) {
    return std::nullopt;
  }
  for (const NodeEntry& resource : resources->entries) {
    const NodeEntry* shown = &resource;
    if (!property.empty()) {
      if (!has_property(resource.value, property)) {
        continue;
      }
      shown = resource.value.find_entry(property.substr(0, property.find('.')));
    }
    const std::uint32_t first = shown->key_range.begin.line;
    Example example;
    if (embedded.name.starts_with(kExamples)) {
      example.place = fmt::format("{}:{}", embedded.name, first);
    }
    example.text = excerpt(file, first, std::max(first, last_line(shown->value)));
    return example;
  }
  return std::nullopt;
}

}  // namespace

std::string_view embedded_text(std::string_view path) {
  for (const EmbeddedFile& file : embedded_reference()) {
    if (file.name == path) {
      return file.text;
    }
  }
  return "";
}

std::optional<Example> example_of(std::string_view section, std::string_view property) {
  for (const std::string_view folder : {kExamples, kFixtures}) {
    for (const EmbeddedFile& file : embedded_reference()) {
      const bool is_fit = file.name.starts_with(folder) && !file.name.ends_with("/bad.yaml");
      if (auto found = is_fit ? example_in(file, section, property) : std::nullopt) {
        return found;
      }
    }
  }
  return std::nullopt;
}

std::optional<RuleExample> example_of_rule(std::string_view id) {
  const std::string folder = std::string(kFixtures) + std::string(id);
  const std::string_view bad = embedded_text(folder + "/bad.yaml");
  const std::string_view good = embedded_text(folder + "/good.yaml");
  if (bad.empty() || good.empty()) {
    return std::nullopt;
  }
  return RuleExample{std::string(bad), line_changes(bad, good)};
}

std::string line_changes(std::string_view a, std::string_view b) {
  const auto old_lines = split(a, '\n');
  const auto new_lines = split(b, '\n');
  const std::size_t n = old_lines.size();
  const std::size_t m = new_lines.size();
  // Longest common subsequence, from the ends: common[i][j] is that of what follows i and j.
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = old_lines[i] == new_lines[j] ? common[i + 1][j + 1] + 1
                                                  : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<std::string> lines;
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && old_lines[i] == new_lines[j]) {
      lines.push_back("  " + std::string(old_lines[i]));
      ++i;
      ++j;
    } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
      lines.push_back("- " + std::string(old_lines[i++]));
    } else {
      lines.push_back("+ " + std::string(new_lines[j++]));
    }
  }
  const auto is_change = [&](std::size_t at) { return !lines[at].starts_with("  "); };
  std::string text;
  std::size_t shown = 0;  // Lines before this one were shown or passed over.
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::size_t from = at < kLinesAround ? 0 : at - kLinesAround;
    const std::size_t to = std::min(lines.size(), at + kLinesAround + 1);
    bool is_near = false;
    for (std::size_t other = from; other < to; ++other) {
      is_near = is_near || is_change(other);
    }
    if (is_near) {
      text += (at > shown && !text.empty() ? "  ...\n" : "") + lines[at] + "\n";
      shown = at + 1;
    }
  }
  return text;
}

}  // namespace plumbline
