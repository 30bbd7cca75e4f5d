#include "controller/config/manifest_context.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "controller/config/manifest_scalars.h"

namespace plumbline {

namespace {

/// std::regex recurses once a character; longer texts are left to the API.
constexpr std::size_t kLongestMatched = 4096;

bool is_literal(std::string_view text) {
  return text.find_first_of("\\^$.|?*+()[]{}") == std::string_view::npos;
}

/// The letters of "^[…]*$" without ranges but \w; nothing for other patterns.
std::optional<std::bitset<256>> letters_of(std::string_view text) {
  if (!text.starts_with("^[") || !text.ends_with("]*$") || text[2] == '^') {
    return std::nullopt;
  }
  const std::string_view inside = text.substr(2, text.size() - 5);
  std::bitset<256> letters;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const bool is_escape = inside[i] == '\\' && i + 1 < inside.size();
    const char letter = is_escape ? inside[++i] : inside[i];
    const bool is_word = is_escape && letter == 'w';
    if (!is_escape &&
        (letter == '[' || letter == ']' || (letter == '-' && i + 1 < inside.size()))) {
      return std::nullopt;
    }
    if (is_escape && !is_word && letter != '[' && letter != ']') {
      return std::nullopt;
    }
    for (int c = 0; is_word && c < 128; ++c) {
      letters[static_cast<std::size_t>(c)] =
          letters[static_cast<std::size_t>(c)] || std::isalnum(c) != 0 || c == '_';
    }
    if (!is_word) {
      letters.set(static_cast<unsigned char>(letter));
    }
  }
  return letters;
}

}  // namespace

Pattern::Pattern(const std::string& text) : letters_(letters_of(text)) {
  if (letters_) {
    return;
  }
  if (text.starts_with('^') && is_literal(std::string_view(text).substr(1))) {
    is_prefix_ = true;
    prefix_ = text.substr(1);
    return;
  }
  try {
    regex_.assign(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    is_broken_ = true;
  }
}

bool Pattern::matches(std::string_view text) const {
  if (letters_) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
      return letters_->test(static_cast<unsigned char>(c));
    });
  }
  if (is_prefix_) {
    return text == prefix_;
  }
  return is_broken_ || text.size() > kLongestMatched ||
         std::regex_match(text.begin(), text.end(), regex_);
}

bool Pattern::finds(std::string_view text) const {
  if (letters_) {
    return matches(text);
  }
  if (is_prefix_) {
    return text.starts_with(prefix_);
  }
  return !is_broken_ && text.size() <= kLongestMatched &&
         std::regex_search(text.begin(), text.end(), regex_);
}

const Pattern& LoadContext::pattern(const std::string& text) {
  const auto found = patterns.find(text);
  return found != patterns.end() ? found->second
                                 : patterns.emplace(text, Pattern(text)).first->second;
}

const PropertyIndex& LoadContext::index(const std::vector<Property>& properties) {
  const auto [at, is_new] = indices.try_emplace(&properties);
  if (is_new) {
    for (const Property& property : properties) {
      at->second.by_name.emplace(property.name, &property);
      if (property.is_required && property.role != PropertyRole::kReadOnly) {
        at->second.required.push_back(&property);
      }
    }
  }
  return at->second;
}

bool LoadContext::is_written(const Address& address) {
  const auto [names, is_new] = written.try_emplace(address.section);
  if (const Node* section = manifest.documents.front()->find(address.section);
      is_new && section != nullptr) {
    for (const NodeEntry& entry : section->entries) {
      names->second.insert(entry.key);
    }
  }
  return names->second.contains(address.name);
}

std::vector<Address> LoadContext::members(const Address& address) const {
  const auto group = groups.find(address);
  if (group == groups.end()) {
    return {address};
  }
  std::vector<Address> all;
  for (const std::string& name : group->second) {
    all.push_back({address.section, name});
  }
  return all;
}

Diagnostic& Reporter::add(
    std::string_view id, const SourceRange& range, std::string detail, const Advice& advice
) const {
  Diagnostic finding = make_finding(id, range, std::move(detail), advice);
  finding.address = address_;
  return diagnostics_.add(std::move(finding));
}

std::string_view describe(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return "nothing";
    case Node::Type::kScalar:
      return "a single value";
    case Node::Type::kList:
      return "a list";
    case Node::Type::kMap:
      return "a map";
  }
  return "?";
}

std::string read_word(const Node& node, std::string_view what, const Reporter& reporter) {
  if (!node.is_scalar()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`{}` takes a text, not {}.", what, describe(node)),
        "write a text"
    );
    return "";
  }
  return node.text;
}

bool read_flag(const Node& node, std::string_view what, const Reporter& reporter) {
  if (!node.is_scalar()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`{}` takes true or false, not {}.", what, describe(node)),
        "write true or false"
    );
    return false;
  }
  const Scalar scalar = to_bool(node.text, node.is_plain);
  if (!scalar.fault.empty()) {
    reporter.add(kWrongType, node.range, scalar.fault, scalar.advice);
    return false;
  }
  return scalar.value.as_bool();
}

bool check_words(
    const Node& node,
    std::string_view what,
    const std::vector<std::string>& words,
    const Reporter& reporter
) {
  if (!node.is_map()) {
    reporter.add(
        kWrongType,
        node.range,
        fmt::format("`{}` takes a map, not {}.", what, describe(node)),
        fmt::format("its keys may be {}", enumerate(words))
    );
    return false;
  }
  for (const NodeEntry& entry : node.entries) {
    if (std::find(words.begin(), words.end(), entry.key) == words.end()) {
      reporter.add(
          kUnknownWord,
          entry.key_range,
          fmt::format("{} is no word of `{}`.", in_ticks(entry.key), what),
          suggest_key(node, entry.key, words, fmt::format("use {}", enumerate(words)))
      );
    }
  }
  return true;
}

namespace {

/// "eu-west-1", "us-gov-east-1": it becomes part of host names.
bool is_region(std::string_view text) {
  constexpr std::ptrdiff_t kFewestHyphens = 2;
  return text.size() <= 32 && std::count(text.begin(), text.end(), '-') >= kFewestHyphens &&
         text[0] >= 'a' && text[0] <= 'z' && text.back() >= '0' && text.back() <= '9' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

}  // namespace

void check_region(const Node& node, const std::string& region, const Reporter& reporter) {
  if (!region.empty() && !is_region(region)) {
    reporter.add(
        kNotAllowed,
        node.range,
        fmt::format("{} is no region.", in_ticks(region)),
        "write a region such as eu-central-1"
    );
  }
}

bool is_resource_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 128 && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

}  // namespace plumbline
