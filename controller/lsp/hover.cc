#include "controller/lsp/hover.h"

#include <fmt/format.h>

namespace plumbline {

namespace {

using Explain = std::function<std::string(const std::string& topic)>;

std::string explain_word(const SchemaPlace& place, const Explain& explain) {
  if (place.path.find('.') == std::string::npos) {
    return explain(place.path);
  }
  const std::string& description = place.schema->text_of("description");
  return description.empty() ? "" : fmt::format("{}: {}\n", place.path, description);
}

std::string explain_place(const SchemaPlace& place, const Explain& explain) {
  switch (place.role) {
    case SchemaPlace::Part::kSection:
    case SchemaPlace::Part::kResource:
      return explain(place.kind->section);
    case SchemaPlace::Part::kProperty:
      return explain(place.kind->section + "." + place.path);
    case SchemaPlace::Part::kWord:
      return explain_word(place, explain);
    case SchemaPlace::Part::kTop:
    case SchemaPlace::Part::kNothing:
      break;
  }
  return "";
}

}  // namespace

std::optional<Hover> hover(
    const StackView& stack,
    const StackText& text,
    std::size_t offset,
    const std::function<std::string(const std::string& topic)>& explain
) {
  const Outline& outline = *text.outline;
  const int index = outline.find(offset);
  if (index == OutlineItem::kRoot) {
    return std::nullopt;
  }
  const SchemaPlace place = stack.guide().place_of(outline, index);
  Hover said{"", outline.at(index).span};
  if (outline.at(index).is_scalar()) {
    const ReadText read{stack.guide(), text.document->text(), outline};
    for (const Mention& mention : mentions_of(read, index, place)) {
      // What a text takes of another resource is explained there.
      const std::string& section = mention.target.section;
      if (said.text.empty() && !mention.attribute.empty() && stack.guide().is_section(section)) {
        const Span whole{mention.span.begin, mention.span.end + 1 + mention.attribute.size()};
        if (whole.touches(offset)) {
          said = {explain(section + "." + mention.attribute), whole};
        }
      }
    }
  }
  if (said.text.empty()) {
    said = {explain_place(place, explain), outline.at(index).span};
  }
  return said.text.empty() ? std::nullopt : std::optional(std::move(said));
}

}  // namespace plumbline
