#include "controller/lsp/completion_text.h"

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

enum class Layout { kScalar, kMap, kList, kListOfMaps };

Layout layout_of(const Property& property) {
  switch (property.type) {
    case PropertyType::kList:
    case PropertyType::kSet:
      return property.element != nullptr && property.element->type == PropertyType::kObject
                 ? Layout::kListOfMaps
                 : Layout::kList;
    case PropertyType::kMap:
    case PropertyType::kObject:
      return Layout::kMap;
    case PropertyType::kText:
    case PropertyType::kInt:
    case PropertyType::kBool:
    case PropertyType::kDouble:
    case PropertyType::kJson:
    case PropertyType::kChoice:
      break;
  }
  return Layout::kScalar;
}

/// By the first form that says a type.
Layout layout_of(const Value& schema) {
  const std::string& type = schema.text_of("type");
  if (type == "object") {
    return Layout::kMap;
  }
  if (type == "array") {
    return schema.get("items").text_of("type") == "object" ? Layout::kListOfMaps : Layout::kList;
  }
  return Layout::kScalar;
}

Layout layout_of(const PlaceKey& key) {
  return key.kind != nullptr       ? Layout::kMap
         : key.property != nullptr ? layout_of(*key.property)
         : key.schema != nullptr   ? layout_of(*key.schema)
                                   : Layout::kScalar;
}

std::vector<std::string> words_of(const PlaceKey& key) {
  std::vector<std::string> words;
  if (key.property != nullptr) {
    words = key.property->enum_values;
    if (key.property->type == PropertyType::kBool) {
      words = {"true", "false"};
    }
  } else if (key.schema != nullptr && key.schema->text_of("type") == "boolean") {
    words = {"true", "false"};
  } else if (key.schema != nullptr && key.schema->get("enum").is_list()) {
    for (const Value& word : key.schema->get("enum").as_list()) {
      words.push_back(word.is_text() ? word.as_text() : show_json(word));
    }
  }
  return words;
}

std::string escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    out += special.find(c) == std::string_view::npos ? "" : "\\";
    out += c;
  }
  return out;
}

/// `${1|a,b|}`, or `$1`.
std::string stop_of(const PlaceKey& key, int stop) {
  std::vector<std::string> words = words_of(key);
  if (words.empty()) {
    return fmt::format("${}", stop);
  }
  for (std::string& word : words) {
    word = escaped(word, "\\,|$}");
  }
  return fmt::format("${{{}|{}|}}", stop, join(words, ","));
}

std::string snippet_of(const PlaceKey& key, bool in_flow, int stop) {
  switch (layout_of(key)) {
    case Layout::kScalar:
      return fmt::format("{}: {}", key.name, stop_of(key, stop));
    case Layout::kMap:
      return in_flow ? fmt::format("{}: {{ ${} }}", key.name, stop)
                     : fmt::format("{}:\n  ${}", key.name, stop);
    case Layout::kList:
      return fmt::format("{}: [${}]", key.name, stop);
    case Layout::kListOfMaps:
      return in_flow ? fmt::format("{}: [{{ ${} }}]", key.name, stop)
                     : fmt::format("{}:\n  - ${}", key.name, stop);
  }
  return key.name;
}

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    out += c == '\n' ? "  " : "";
  }
  return out;
}

}  // namespace

KeyText text_of_key(const PlaceKey& key, bool in_flow) {
  const bool is_scalar = layout_of(key) == Layout::kScalar || in_flow;
  return {key.name + (is_scalar ? ": " : ":"), snippet_of(key, in_flow, 1)};
}

std::string snippet_of_required(const std::vector<PlaceKey>& keys, bool in_flow, int stop) {
  std::vector<std::string> parts;
  parts.reserve(keys.size());
  for (const PlaceKey& key : keys) {
    parts.push_back(snippet_of(key, in_flow, ++stop));
  }
  return join(parts, in_flow ? ", " : "\n");
}

std::string snippet_of_resource(const std::vector<PlaceKey>& required, bool in_flow) {
  const std::string body = required.empty() ? "$2" : snippet_of_required(required, in_flow, 1);
  return in_flow ? "${1:name}: { " + body + " }" : "${1:name}:\n" + indented(body);
}

}  // namespace plumbline
