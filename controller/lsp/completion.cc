#include "controller/lsp/completion.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "controller/base/address.h"
#include "controller/base/text.h"
#include "controller/config/yaml_write.h"
#include "controller/lsp/completion_text.h"
#include "controller/lsp/interpolation_completion.h"

namespace plumbline {

namespace {

/// Stands where the cursor is, so that there is a word even where nothing is written yet.
constexpr char kMark = '\x01';

/// The text with the mark in it, and the word that holds the mark.
struct Cursor {
  std::string text;
  Outline outline;
  int index = OutlineItem::kRoot;
  std::size_t offset = 0;

  Cursor(const std::string& original, std::size_t at) : offset(std::min(at, original.size())) {
    text.reserve(original.size() + 1);
    text.append(original, 0, offset).append(1, kMark).append(original, offset);
    outline = Outline(text);
    const int found = outline.find(offset);
    if (found != OutlineItem::kRoot && outline.at(found).span.end > offset) {
      index = found;
    }
  }
  [[nodiscard]] const OutlineItem& item() const { return outline.at(index); }
  /// In the original text: what of the word a completion takes the place of.
  [[nodiscard]] Span replaced() const {
    const OutlineItem& word = item();
    const bool is_quoted = word.quote == '"' || word.quote == '\'';
    const std::size_t begin = word.span.begin + (is_quoted ? 1 : 0);
    std::size_t end = word.span.end;
    if (is_quoted && end > offset + 1 && text[end - 1] == word.quote) {
      --end;
    }
    const bool is_one_line = text.find('\n', begin) >= end;
    return {std::min(begin, offset), is_one_line ? end - 1 : offset};
  }
};

class Completer {
 public:
  Completer(const StackView& stack, const Cursor& cursor, const CompletionStyle& style)
      : stack_(stack), cursor_(cursor), style_(style) {}

  std::vector<CompletionItem> run();

 private:
  void add(CompletionItem item);
  void add_keys(const SchemaPlace& place);
  void add_key(const PlaceKey& key, bool is_new);
  void add_required(const std::vector<PlaceKey>& missing);
  void add_new_resource(const Kind& kind);
  void add_values(const SchemaPlace& place);
  void add_value(const std::string& text, CompletionSort sort, std::string detail);
  [[nodiscard]] std::set<std::string> siblings() const;

  const StackView& stack_;
  const Cursor& cursor_;
  const CompletionStyle& style_;
  std::vector<CompletionItem> items_;
};

void Completer::add(CompletionItem item) {
  item.replaced = cursor_.replaced();
  // Editors indent further lines as far as the line of the cursor; a word behind a dash is farther.
  const std::size_t line = cursor_.text.rfind('\n', item.replaced.begin) + 1;
  const std::size_t first = cursor_.text.find_first_not_of(' ', line);
  const std::string further(item.replaced.begin - std::min(first, item.replaced.begin), ' ');
  if (item.is_snippet && !cursor_.item().is_flow && !further.empty()) {
    for (std::size_t at = item.insert.find('\n'); at != std::string::npos;
         at = item.insert.find('\n', at + 1)) {
      item.insert.insert(at + 1, further);
    }
  }
  items_.push_back(std::move(item));
}

/// Keys beside the word; in a list, those of the same element.
std::set<std::string> Completer::siblings() const {
  std::set<std::string> names;
  for (const int key : cursor_.outline.keys_below(cursor_.item().parent)) {
    if (key != cursor_.index) {
      names.insert(cursor_.outline.at(key).text);
    }
  }
  return names;
}

void Completer::add_key(const PlaceKey& key, bool is_new) {
  CompletionItem item;
  item.label = key.name;
  item.sort = key.kind != nullptr       ? CompletionSort::kSection
              : key.property != nullptr ? CompletionSort::kProperty
                                        : CompletionSort::kWord;
  item.documentation = key.summary;
  item.rank = key.is_required ? 0 : item.sort == CompletionSort::kWord ? 2 : 1;
  if (key.property != nullptr && style_.describe_type) {
    item.detail = style_.describe_type(*key.property) + (key.is_required ? ", required" : "");
  } else if (key.kind != nullptr) {
    item.detail = key.kind->name;
  }
  item.insert = key.name;
  if (is_new) {
    const KeyText text = text_of_key(key, cursor_.item().is_flow);
    item.is_snippet = style_.takes_snippets;
    item.insert = item.is_snippet ? text.snippet : text.plain;
  }
  add(std::move(item));
}

/// All that must be declared and is not, in one go.
void Completer::add_required(const std::vector<PlaceKey>& missing) {
  if (!style_.takes_snippets || missing.size() < 2) {
    return;
  }
  CompletionItem item;
  item.label = "all required";
  item.sort = CompletionSort::kSnippet;
  for (const PlaceKey& key : missing) {
    item.detail += (item.detail.empty() ? "" : ", ") + key.name;
  }
  item.insert = snippet_of_required(missing, cursor_.item().is_flow, 0);
  item.is_snippet = true;
  item.rank = -1;
  add(std::move(item));
}

void Completer::add_new_resource(const Kind& kind) {
  SchemaPlace place;
  place.role = SchemaPlace::Part::kResource;
  place.kind = &kind;
  std::vector<PlaceKey> required = stack_.guide().keys_at(place);
  std::erase_if(required, [](const PlaceKey& key) { return !key.is_required; });
  CompletionItem item;
  item.label = "NAME: " + kind.name;
  item.sort = CompletionSort::kSnippet;
  item.detail = "a new resource with what it requires";
  item.documentation = kind.summary;
  item.insert = snippet_of_resource(required, cursor_.item().is_flow);
  item.is_snippet = true;
  if (style_.takes_snippets) {
    add(std::move(item));
  }
}

void Completer::add_keys(const SchemaPlace& place) {
  const bool is_new = !cursor_.item().is_key();
  if (place.role == SchemaPlace::Part::kSection && is_new) {
    add_new_resource(*place.kind);
    return;
  }
  const std::set<std::string> taken = siblings();
  std::vector<PlaceKey> keys = stack_.guide().keys_at(place);
  std::erase_if(keys, [&](const PlaceKey& key) { return taken.contains(key.name); });
  for (const PlaceKey& key : keys) {
    add_key(key, is_new);
  }
  std::erase_if(keys, [](const PlaceKey& key) { return !key.is_required; });
  // What is looked up is declared elsewhere.
  if (is_new && !taken.contains("existing")) {
    add_required(keys);
  }
}

void Completer::add_value(const std::string& text, CompletionSort sort, std::string detail) {
  CompletionItem item;
  item.label = text;
  item.sort = sort;
  item.detail = std::move(detail);
  // Within quotes of the author's it needs none.
  item.insert =
      cursor_.item().quote == '\0' && sort == CompletionSort::kReference ? yaml_text(text) : text;
  add(std::move(item));
}

void Completer::add_values(const SchemaPlace& place) {
  const PlaceValues values = stack_.guide().values_at(place);
  std::string standard;
  if (place.property != nullptr && place.property->absence == Absence::kDefault) {
    const Value& value = place.property->default_value;
    standard = value.is_text()   ? value.as_text()
               : value.is_bool() ? (value.as_bool() ? "true" : "false")
                                 : "";
  }
  for (const std::string& word : values.words) {
    add_value(word, CompletionSort::kValue, word == standard ? "default" : "");
  }
  for (const std::string& section : values.sections) {
    for (const std::string& name : stack_.names_in(section)) {
      add_value(name, CompletionSort::kReference, Address{section, name}.to_string());
    }
  }
  if (values.takes_addresses) {
    for (const std::string& section : stack_.sections()) {
      for (const std::string& name : stack_.names_in(section)) {
        add_value(Address{section, name}.to_string(), CompletionSort::kReference, "");
      }
    }
  }
  if (values.takes_accounts) {
    for (const std::string& name : stack_.names_in("accounts")) {
      add_value(name, CompletionSort::kReference, "");
    }
  }
  if (values.takes_properties) {
    for (const Property& property : place.kind->properties) {
      if (property.role == PropertyRole::kDesired) {
        add_value(property.name, CompletionSort::kProperty, "");
      }
    }
  }
}

std::vector<CompletionItem> Completer::run() {
  const OutlineItem& item = cursor_.item();
  if (const auto inner = interpolation_at(cursor_.text, item, cursor_.offset)) {
    return complete_interpolation(stack_, cursor_.outline, cursor_.index, *inner);
  }
  if (item.quote == '|' || item.quote == '>') {
    return {};
  }
  const SchemaPlace above = stack_.guide().place_of(cursor_.outline, item.parent);
  const bool in_braces = item.is_flow && item.is_word;
  if (item.is_key() || item.is_word) {
    add_keys(above);
  }
  if (!item.is_key() && !in_braces) {
    add_values(above);
  }
  return std::move(items_);
}

}  // namespace

std::vector<CompletionItem> complete(
    const StackView& stack, const StackText& text, std::size_t offset, const CompletionStyle& style
) {
  const Cursor cursor(text.document->text(), offset);
  if (cursor.index == OutlineItem::kRoot) {
    return {};
  }
  std::vector<CompletionItem> items = Completer(stack, cursor, style).run();
  std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
    return a.rank < b.rank;
  });
  return items;
}

}  // namespace plumbline
