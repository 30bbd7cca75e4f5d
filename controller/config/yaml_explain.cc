// The second half of TextMap: words for what is wrong. Runs only when a parser gave up, so it may
// read the text from its start.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_findings.h"
#include "controller/config/yaml_text.h"

namespace plumbline {

namespace {

/// yaml-cpp's messages; some go on with the character they are about.
struct FaultRow {
  std::string_view message;
  YamlFault fault;
};

constexpr FaultRow kFaults[] = {
    {"bad file", YamlFault::kDepth},
    {"illegal tab when looking for indentation", YamlFault::kTab},
    {"end of map flow not found", YamlFault::kFlowOpen},
    {"end of sequence flow not found", YamlFault::kFlowOpen},
    {"illegal document indicator in scalar", YamlFault::kFlowOpen},
    {"illegal flow end", YamlFault::kFlowClose},
    {"illegal map value", YamlFault::kSecondColon},
    {"illegal map key", YamlFault::kSecondColon},
    {"end of map not found", YamlFault::kIndentation},
    {"end of sequence not found", YamlFault::kIndentation},
    {"illegal block entry", YamlFault::kDash},
    {"unknown token", YamlFault::kCharacter},
    {"unknown escape character", YamlFault::kEscape},
    {"bad character found while scanning hex number", YamlFault::kEscape},
    {"invalid unicode", YamlFault::kEscape},
    {"the referenced anchor is not defined", YamlFault::kAlias},
    {"alias not found after *", YamlFault::kAlias},
    {"anchor not found after &", YamlFault::kAlias},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

bool is_content(std::string_view line) {
  const std::string_view text = trim(line);
  return !text.empty() && !text.starts_with('#');
}

/// Where `key:value` lacks its space: the offset of the colon in the line.
std::optional<std::size_t> tight_colon(std::string_view line) {
  std::size_t at = indent_of(line);
  while (line.substr(at).starts_with("- ")) {
    at += 2;
  }
  const std::size_t begin = at;
  while (at < line.size() && is_word(line[at])) {
    ++at;
  }
  const bool is_tight = at > begin && at + 1 < line.size() && line[at] == ':' &&
                        line[at + 1] != ' ' && line[at + 1] != ':' && line[at + 1] != '/';
  return is_tight ? std::optional(at) : std::nullopt;
}

}  // namespace

YamlFault yaml_fault(std::string_view message) {
  const auto* const row = std::find_if(std::begin(kFaults), std::end(kFaults), [&](const auto& r) {
    return message.starts_with(r.message);
  });
  return row == std::end(kFaults) ? YamlFault::kOther : row->fault;
}

TextMap::Surroundings TextMap::surroundings(std::size_t offset) const {
  Surroundings found;
  const std::size_t here = line_of(offset);
  for (std::size_t i = 0; i < std::min(offset, text_.size()); ++i) {
    const char c = text_[i];
    const bool starts_token =
        i == 0 || std::string_view(" \t\n[{,").find(text_[i - 1]) != std::string_view::npos;
    if (c == '#' && starts_token) {
      i = std::min(text_.find('\n', i), text_.size());
    } else if ((c == '"' || c == '\'') && starts_token) {
      const std::size_t end = end_of_quoted(i).value_or(text_.size());
      if (line_of(i) != line_of(end - 1) && line_of(end - 1) >= here) {
        found.quote = i;
      }
      i = end - 1;
    } else if ((c == '[' || c == '{') && (starts_token || !found.brackets.empty())) {
      found.brackets.push_back(i);
    } else if ((c == ']' || c == '}') && !found.brackets.empty()) {
      found.brackets.pop_back();
    }
  }
  return found;
}

/// A bracket or a quote that was opened before `offset` and should have been closed.
std::optional<Diagnostic> TextMap::explain_opener(std::size_t offset) {
  const Surroundings open = surroundings(offset);
  if (open.quote) {
    return explain_quote(*open.quote);
  }
  if (open.brackets.empty()) {
    return std::nullopt;
  }
  const std::size_t opener = open.brackets.back();
  Diagnostic finding = make_finding(
      kNotWellFormed,
      range(opener, opener + 1),
      fmt::format("The {} opened here is never closed.", text_[opener]),
      fmt::format("write the closing {}", text_[opener] == '{' ? '}' : ']')
  );
  finding.evidence.push_back({"reading stopped here", range(offset, offset + 1)});
  return finding;
}

Diagnostic TextMap::explain_quote(std::size_t quote) {
  const auto end = end_of_quoted(quote);
  return make_finding(
      kNotWellFormed,
      range(quote, quote + 1),
      end ? fmt::format(
                "The quote opened here is not closed before line {}; all between is one text.",
                line_of(*end - 1) + 1
            )
          : "The quote opened here is never closed.",
      fmt::format("write the closing {}", text_[quote])
  );
}

/// Tabs, a colon without its space, a child under a key that has a value already.
std::optional<Diagnostic> TextMap::explain_layout(std::size_t line_index) {
  const std::string_view text = line(line_index);
  const std::size_t begin = starts_[line_index];
  const std::size_t tab = text.substr(0, text.find_first_not_of(" \t")).find('\t');
  if (tab != std::string_view::npos) {
    return make_finding(
        kNotWellFormed,
        range(begin + tab, begin + tab + 1),
        "The line is indented with a tab; YAML takes spaces only.",
        "indent with spaces"
    );
  }
  std::size_t before = line_index;
  while (before > 0 && !is_content(line(--before))) {
  }
  for (const std::size_t index : {line_index, before}) {
    if (const auto colon = tight_colon(line(index))) {
      const std::size_t at = starts_[index] + *colon;
      return make_finding(
          kNotWellFormed,
          range(at, at + 1),
          "There is no space after the colon, so this line is read as a text and not as a key "
          "with a value.",
          "write a space after the colon"
      );
    }
  }
  const std::string_view above = trim(line(before));
  const std::size_t colon = above.find(": ");
  if (before < line_index && indent_of(text) > indent_of(line(before)) &&
      colon != std::string_view::npos && text.find(':') != std::string_view::npos) {
    const std::size_t at = begin + indent_of(text);
    return make_finding(
        kNotWellFormed,
        range(at, begin + text.size()),
        fmt::format(
            "The line is indented as if it belonged to `{}`, which already has a value on its own "
            "line.",
            above.substr(0, colon)
        ),
        "align the line with its siblings, or move the value above into the block"
    );
  }
  return std::nullopt;
}

Diagnostic TextMap::explain(YamlFault fault, std::size_t offset) {
  offset = std::min(offset, text_.size());
  std::size_t index = line_of(offset);
  while (index > 0 && offset == text_.size() && !is_content(line(index))) {
    --index;
  }
  if (fault == YamlFault::kDepth) {
    return make_finding(
        kOutsideSubset,
        range(offset, offset + 1),
        "Lists and maps are nested deeper than 64.",
        "flatten the document"
    );
  }
  const bool is_about_layout = fault == YamlFault::kTab || fault == YamlFault::kSecondColon ||
                               fault == YamlFault::kIndentation || fault == YamlFault::kOther;
  if (fault == YamlFault::kFlowOpen || fault == YamlFault::kIndentation) {
    if (auto finding = explain_opener(offset)) {
      return *std::move(finding);
    }
  }
  if (is_about_layout) {
    if (auto finding = explain_layout(index)) {
      return *std::move(finding);
    }
  }
  const auto say = [&](std::string detail, std::string help) {
    return make_finding(
        kNotWellFormed, range(offset, offset + 1), std::move(detail), std::move(help)
    );
  };
  switch (fault) {
    case YamlFault::kTab:
      return say("A tab stands where indentation is expected.", "indent with spaces");
    case YamlFault::kFlowOpen:
      return say("A list or map in brackets is not closed.", "write the closing bracket");
    case YamlFault::kFlowClose:
      return say("This bracket closes nothing.", "delete it, or write its opening bracket");
    case YamlFault::kSecondColon:
      return say(
          "A second `: ` stands in a value without quotes.", "put the value in single quotes"
      );
    case YamlFault::kDash:
      return say(
          "A list item cannot start on the line of its key.", "put `- ` on a line of its own"
      );
    case YamlFault::kCharacter:
      return say(
          "A text without quotes cannot start with this character.", "put the text in single quotes"
      );
    case YamlFault::kEscape:
      return say(
          "This escape is not known in double quotes.", "use single quotes, or write \\\\ for a \\"
      );
    case YamlFault::kAlias:
      return say("Anchors and aliases (& and *) are not read.", "write the value out");
    case YamlFault::kIndentation:
      return say(
          "The line fits neither the block above it nor the one around it.",
          "align it with its siblings"
      );
    case YamlFault::kDepth:
    case YamlFault::kOther:
      break;
  }
  return say("The text cannot be read from here on.", "check quotes, brackets and indentation");
}

std::size_t drop_duplicate_keys(
    std::vector<NodeEntry>& entries, std::size_t room, Diagnostics& diagnostics
) {
  constexpr std::size_t kFew = 12;
  std::vector<std::pair<std::size_t, std::size_t>> again;  // The later and the first.
  if (entries.size() <= kFew) {
    for (std::size_t i = 1; i < entries.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (entries[i].key == entries[j].key) {
          again.emplace_back(i, j);
          break;
        }
      }
    }
  } else {
    std::unordered_map<std::string_view, std::size_t> seen(entries.size() * 2);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto [at, is_new] = seen.emplace(entries[i].key, i);
      if (!is_new) {
        again.emplace_back(i, at->second);
      }
    }
  }
  for (std::size_t i = 0; i < std::min(again.size(), room); ++i) {
    const auto& [later, first] = again[i];
    Diagnostic finding = make_finding(
        kNotWellFormed,
        entries[later].key_range,
        fmt::format("The key {} is written twice in one map.", in_ticks(entries[later].key)),
        "delete one of the two"
    );
    finding.evidence.push_back({"first written here", entries[first].key_range});
    diagnostics.add(std::move(finding));
  }
  if (again.empty()) {
    return 0;
  }
  std::vector<NodeEntry> kept;
  kept.reserve(entries.size() - again.size());
  for (std::size_t i = 0, next = 0; i < entries.size(); ++i) {
    if (next < again.size() && again[next].first == i) {
      ++next;
    } else {
      kept.push_back(std::move(entries[i]));
    }
  }
  entries = std::move(kept);
  return again.size();
}

}  // namespace plumbline
