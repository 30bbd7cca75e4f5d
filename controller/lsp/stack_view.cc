#include "controller/lsp/stack_view.h"

#include <algorithm>
#include <set>

namespace plumbline {

namespace {

constexpr std::string_view kInputs = "inputs";
constexpr std::string_view kAccounts = "accounts";

/// The characters of a scalar, without its quotes.
Span inside(const OutlineItem& item) {
  const bool is_quoted = item.quote == '"' || item.quote == '\'';
  const std::size_t begin = item.span.begin + (is_quoted ? 1 : 0);
  return {begin, std::max(begin, item.span.end - (is_quoted ? 1 : 0))};
}

/// "${section.name.attribute}" and "${inputs.name}" in a text.
void add_interpolations(std::string_view text, Span span, std::vector<Mention>& out) {
  for (std::size_t at = text.find("${", span.begin); at < span.end; at = text.find("${", at)) {
    const bool is_literal = at > span.begin && text[at - 1] == '$';
    at += 2;
    const std::size_t end = std::min(text.find_first_of("}\n", at), span.end);
    const std::string_view inner = text.substr(at, end - at);
    const std::size_t dot = inner.find('.');
    if (is_literal || dot == std::string_view::npos) {
      continue;
    }
    const std::size_t second = std::min(inner.find('.', dot + 1), inner.size());
    Mention mention;
    mention.span = {at, at + second};
    mention.target = Address::parse(inner.substr(0, second));
    mention.attribute = second < inner.size() ? inner.substr(second + 1) : std::string_view();
    out.push_back(std::move(mention));
  }
}

}  // namespace

std::vector<Mention> mentions_of(const ReadText& read, int scalar, const SchemaPlace& place) {
  const OutlineItem& item = read.outline.at(scalar);
  const Span span = inside(item);
  std::vector<Mention> out;
  add_interpolations(read.text, span, out);
  if (!out.empty() || item.text.empty()) {
    return out;
  }
  const PlaceValues values = read.guide.values_at(place);
  for (const std::string& section : values.sections) {
    out.push_back({span, {section, item.text}, ""});
  }
  const Address address = Address::parse(item.text);
  if (values.takes_addresses && read.guide.is_section(address.section)) {
    out.push_back({span, address, ""});
  }
  if (values.takes_accounts) {
    out.push_back({span, {std::string(kAccounts), item.text}, ""});
  }
  return out;
}

std::optional<Address> declared_by(const ReadText& read, int key) {
  const OutlineItem& item = read.outline.at(key);
  if (!item.is_key() || item.parent == OutlineItem::kRoot) {
    return std::nullopt;
  }
  const OutlineItem& above = read.outline.at(item.parent);
  const bool is_declaration =
      above.is_key() && above.parent == OutlineItem::kRoot &&
      (read.guide.is_section(above.text) || above.text == kInputs || above.text == kAccounts);
  return is_declaration ? std::optional(Address{above.text, item.text}) : std::nullopt;
}

const StackText* StackView::find(std::string_view path) const {
  const auto found = std::find_if(texts_.begin(), texts_.end(), [&](const StackText& text) {
    return text.path == path;
  });
  return found == texts_.end() ? nullptr : &*found;
}

std::vector<std::string> StackView::names_in(std::string_view section) const {
  std::set<std::string> names;
  for (const StackText& text : texts_) {
    for (const int top : text.outline->keys_below(OutlineItem::kRoot)) {
      if (text.outline->at(top).text != section) {
        continue;
      }
      for (const int key : text.outline->keys_below(top)) {
        names.insert(text.outline->at(key).text);
      }
    }
  }
  if (manifest_ != nullptr && !manifest_->made.empty()) {
    std::set<const NodeEntry*> made;
    for (const auto& entry : manifest_->made) {
      made.insert(entry.get());
    }
    for (const Resource& resource : manifest_->resources) {
      if (resource.address.section == section && made.contains(resource.entry)) {
        names.insert(resource.address.name);
      }
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> StackView::sections() const {
  std::set<std::string> sections;
  for (const StackText& text : texts_) {
    for (const int top : text.outline->keys_below(OutlineItem::kRoot)) {
      if (guide_.is_section(text.outline->at(top).text)) {
        sections.insert(text.outline->at(top).text);
      }
    }
  }
  return {sections.begin(), sections.end()};
}

/// The resource that no text names, because a template makes it.
const Resource* StackView::made_by_template(const Address& address) const {
  const Resource* resource = manifest_ == nullptr ? nullptr : manifest_->find(address);
  const bool is_made =
      resource != nullptr &&
      std::any_of(manifest_->made.begin(), manifest_->made.end(), [&](const auto& entry) {
        return entry.get() == resource->entry;
      });
  return is_made ? resource : nullptr;
}

std::optional<Address> StackView::address_at(const StackText& text, std::size_t offset) const {
  const int index = text.outline->find(offset);
  if (index == OutlineItem::kRoot) {
    return std::nullopt;
  }
  const ReadText read{guide_, text.document->text(), *text.outline};
  if (text.outline->at(index).is_key()) {
    return declared_by(read, index);
  }
  std::optional<Address> first;
  for (const Mention& mention : mentions_of(read, index, guide_.place_of(*text.outline, index))) {
    if (!mention.span.touches(offset)) {
      continue;
    }
    if (!declarations(mention.target).empty()) {
      return mention.target;
    }
    first = first ? first : mention.target;
  }
  return first;
}

std::vector<Location> StackView::declarations(const Address& address) const {
  std::vector<Location> out;
  for (const StackText& text : texts_) {
    const Outline& outline = *text.outline;
    for (const int top : outline.keys_below(OutlineItem::kRoot)) {
      if (outline.at(top).text != address.section) {
        continue;
      }
      for (const int key : outline.keys_below(top)) {
        if (outline.at(key).text == address.name) {
          out.push_back({text.path, text.document->range_of(outline.at(key).span)});
        }
      }
    }
  }
  const Resource* made = out.empty() ? made_by_template(address) : nullptr;
  if (made != nullptr && made->entry->key_range.is_known()) {
    const SourceRange& range = made->entry->key_range;
    if (const StackText* text = find(range.file->name)) {
      out.push_back({text->path, text->document->range_of(text->document->span_of(range))});
    }
  }
  return out;
}

std::vector<Location> StackView::mentions(const Address& address) const {
  std::vector<Location> out;
  for (const StackText& text : texts_) {
    const ReadText read{guide_, text.document->text(), *text.outline};
    const std::vector<SchemaPlace> places = guide_.places(*text.outline);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!text.outline->items()[i].is_scalar()) {
        continue;
      }
      for (const Mention& mention : mentions_of(read, static_cast<int>(i), places[i])) {
        if (mention.target == address) {
          out.push_back({text.path, text.document->range_of(mention.span)});
        }
      }
    }
  }
  return out;
}

}  // namespace plumbline
