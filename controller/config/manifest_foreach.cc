#include "controller/config/manifest_foreach.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

namespace {

// As for what is read from files: a short template must not become a full memory.
constexpr std::size_t kMaxNodes = 1'000'000;
constexpr std::size_t kMaxText = 64U << 10;

/// One key with what stands behind it; of a list, key and value are the same.
struct Each {
  std::string key;
  SourceRange range;
  const Node* value;
};

/// Names with the places they are declared at.
using Taken = std::map<std::string, SourceRange, std::less<>>;

/// Copies a template for one key.
class Stamp {
 public:
  Stamp(const Each& each, const Reporter& reporter, std::size_t& nodes)
      : each_(each), reporter_(reporter), nodes_(nodes) {
    key_.type = Node::Type::kScalar;
    key_.text = each.key;
    key_.range = each.range;
  }

  Node make(const Node& from) {
    if (++nodes_ > kMaxNodes) {
      return {};
    }
    if (from.is_scalar()) {
      return make_scalar(from);
    }
    Node made;
    made.type = from.type;
    made.is_plain = from.is_plain;
    made.text = from.text;
    made.range = from.range;
    made.items.reserve(from.items.size());
    for (const Node& item : from.items) {
      made.items.push_back(make(item));
    }
    made.entries.reserve(from.entries.size());
    for (const NodeEntry& entry : from.entries) {
      made.entries.push_back({entry.key, entry.key_range, make(entry.value)});
    }
    return made;
  }

  [[nodiscard]] bool has_failed() const { return has_failed_; }

 private:
  /// A text that is one `${each…}` becomes what it names, with its type and its place; inside a
  /// longer text, only a single value can stand.
  Node make_scalar(const Node& from) {
    const std::string& text = from.text;
    Node made = from;
    made.text.clear();
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t dollar = text.find("${", at);
      const std::size_t close =
          dollar == std::string::npos ? std::string::npos : text.find('}', dollar);
      if (close == std::string::npos) {
        break;
      }
      const auto words =
          split(trim(std::string_view(text).substr(dollar + 2, close - dollar - 2)), '.');
      const bool is_escaped = dollar > at && text[dollar - 1] == '$';
      made.text.append(text, at, dollar - at);
      at = close + 1;
      if (is_escaped || words.front() != "each") {
        made.text.append(text, dollar, at - dollar);
        continue;
      }
      const Node* found = find(words, from);
      if (found == nullptr) {
        return {};
      }
      if (dollar == 0 && at == text.size()) {
        return copy(*found);
      }
      if (!append(*found, words, from, made.text)) {
        return {};
      }
    }
    made.text.append(text, at);
    return made;
  }

  Node copy(const Node& from) {
    nodes_ += from.items.size() + from.entries.size();
    return nodes_ > kMaxNodes ? Node() : from;
  }

  bool append(
      const Node& found,
      const std::vector<std::string_view>& words,
      const Node& place,
      std::string& text
  ) {
    if (!found.is_scalar()) {
      fail(
          kWrongType,
          place,
          fmt::format(
              "`${{{}}}` is {}; it cannot be a part of a text.", join_words(words), describe(found)
          ),
          "let it be the whole value, or name one of its members"
      );
      return false;
    }
    text += found.text;
    if (text.size() > kMaxText) {
      fail(kNotAllowed, place, "The text becomes longer than 64 KiB.", "shorten it");
      return false;
    }
    return true;
  }

  const Node* find(const std::vector<std::string_view>& words, const Node& place) {
    if (words.size() == 2 && words[1] == "key") {
      return &key_;
    }
    if (words.size() < 2 || words[1] != "value") {
      fail(
          kBadInterpolation,
          place,
          fmt::format("`${{{}}}` names nothing.", join_words(words)),
          "write ${each.key}, ${each.value} or ${each.value.MEMBER}"
      );
      return nullptr;
    }
    const Node* node = each_.value;
    for (std::size_t i = 2; i < words.size(); ++i) {
      const Node* member = member_of(*node, words[i]);
      if (member == nullptr || member->is_null()) {
        report_member(*node, words, i, place);
        return nullptr;
      }
      node = member;
    }
    return node;
  }

  static const Node* member_of(const Node& node, std::string_view word) {
    if (!node.is_list()) {
      return node.find(word);
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
    const bool is_index = error == std::errc() && end == word.data() + word.size();
    return is_index && index < node.items.size() ? &node.items[index] : nullptr;
  }

  void report_member(
      const Node& node,
      const std::vector<std::string_view>& words,
      std::size_t at,
      const Node& place
  ) {
    std::vector<std::string> names;
    for (const NodeEntry& entry : node.entries) {
      names.push_back(entry.key);
    }
    fail(
        kUndeclared,
        place,
        fmt::format(
            "What stands behind the key {} has no member {}.",
            in_ticks(each_.key),
            in_ticks(words[at])
        ),
        suggest(words[at], names, fmt::format("add it to {} in `forEach`", in_ticks(each_.key)))
    );
  }

  static std::string join_words(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) {
      text.append(text.empty() ? "" : ".").append(word);
    }
    return text;
  }

  void fail(std::string_view id, const Node& place, std::string detail, const Advice& advice) {
    has_failed_ = true;
    Diagnostic& finding = reporter_.add(id, place.range, std::move(detail), advice);
    finding.evidence.push_back({fmt::format("for the key {}", in_ticks(each_.key)), each_.range});
  }

  const Each& each_;
  const Reporter& reporter_;
  std::size_t& nodes_;
  Node key_;
  bool has_failed_ = false;
};

/// One template on its way into blocks.
class Expansion {
 public:
  /// `taken` are the names of the section so far, with their places.
  Expansion(LoadContext& context, std::string section, const NodeEntry& entry, Taken& taken)
      : context_(context),
        entry_(entry),
        taken_(taken),
        address_{std::move(section), entry.key},
        reporter_(context.diagnostics, address_.to_string()) {}

  void expand(std::vector<const NodeEntry*>& out) {
    std::vector<std::string>& names = context_.groups[address_];
    // Without the list, which is as long as there are copies of the rest.
    Node body = entry_.value;
    std::erase_if(body.entries, [](const NodeEntry& e) { return e.key == kForEach; });
    for (const Each& each : keys()) {
      Stamp stamp(each, reporter_, context_.made_nodes);
      auto made = std::make_unique<NodeEntry>(NodeEntry{
          entry_.key + "-" + each.key, entry_.key_range, stamp.make(body)});
      if (context_.made_nodes > kMaxNodes) {
        report(
            kNotAllowed,
            entry_.key_range,
            "`forEach` makes more than a million values.",
            "split the stack"
        );
        return;
      }
      if (stamp.has_failed() || !is_free(*made, each)) {
        continue;
      }
      names.push_back(made->key);
      out.push_back(made.get());
      context_.manifest.made.push_back(std::move(made));
    }
  }

 private:
  std::vector<Each> keys() {
    const Node& written = *entry_.value.find(kForEach);
    std::vector<Each> all;
    if (written.is_map()) {
      for (const NodeEntry& entry : written.entries) {
        add({entry.key, entry.key_range, &entry.value}, all);
      }
    } else if (written.is_list()) {
      for (const Node& item : written.items) {
        add_item(item, all);
      }
    } else {
      report(
          kWrongType,
          written.is_null() ? entry_.value.find_entry(kForEach)->key_range : written.range,
          fmt::format("`forEach` takes a list or a map, not {}.", describe(written)),
          "write [a, b] or { a: …, b: … }"
      );
    }
    return all;
  }

  void add_item(const Node& item, std::vector<Each>& all) {
    if (!item.is_scalar()) {
      report(
          kWrongType,
          item.range,
          fmt::format("A list in `forEach` holds keys; {} is none.", describe(item)),
          "write a map: a key for each, and behind it what differs; keys stay when lines move"
      );
      return;
    }
    std::string key = item.text;
    if (key.find("${") != std::string::npos) {
      ValueReader reader(context_, reporter_, context_.manifest.region);
      key = reader.read_known_text(item, kForEach);
      if (key.empty()) {
        return;
      }
    }
    auto known = std::make_unique<NodeEntry>(NodeEntry{key, item.range, item});
    known->value.text = key;
    add({key, item.range, &known->value}, all);
    context_.manifest.made.push_back(std::move(known));
  }

  void add(Each each, std::vector<Each>& all) {
    if (!keys_.insert(each.key).second) {
      report(
          kBadName,
          each.range,
          fmt::format("The key {} is there twice.", in_ticks(each.key)),
          "delete one of them"
      );
    } else if (each.key.empty() || !is_resource_name(entry_.key + "-" + each.key)) {
      report(
          kBadName,
          each.range,
          fmt::format("{} cannot end the name of a resource.", in_ticks(each.key)),
          "keys are letters, digits, - and _; write a map where the value needs more"
      );
    } else {
      all.push_back(std::move(each));
    }
  }

  /// Nobody else has the name, by hand or by another template.
  bool is_free(const NodeEntry& made, const Each& each) {
    const auto [at, is_new] = taken_.emplace(made.key, each.range);
    if (is_new) {
      return true;
    }
    Diagnostic& finding = report(
        kBadName,
        each.range,
        fmt::format(
            "`forEach` makes `{}.{}`, which is declared already.", address_.section, made.key
        ),
        "give one of them another name"
    );
    finding.evidence.push_back({"declared here", at->second});
    return false;
  }

  Diagnostic& report(
      std::string_view id, const SourceRange& range, std::string detail, std::string help
  ) {
    return reporter_.add(id, range, std::move(detail), std::move(help));
  }

  LoadContext& context_;
  const NodeEntry& entry_;
  Taken& taken_;
  std::set<std::string> keys_;
  Address address_;
  Reporter reporter_;
};

}  // namespace

std::vector<const NodeEntry*> expand_section(
    LoadContext& context, const std::string& section, const std::vector<NodeEntry>& entries
) {
  std::vector<const NodeEntry*> out;
  out.reserve(entries.size());
  Taken taken;
  for (const NodeEntry& entry : entries) {
    taken.emplace(entry.key, entry.key_range);
  }
  for (const NodeEntry& entry : entries) {
    if (entry.value.is_map() && entry.value.find(kForEach) != nullptr) {
      Expansion(context, section, entry, taken).expand(out);
    } else {
      out.push_back(&entry);
    }
  }
  return out;
}

}  // namespace plumbline
