#include "controller/lsp/schema_place.h"

#include <algorithm>

namespace plumbline {

namespace {

using Part = SchemaPlace::Part;

constexpr std::string_view kProperties = "properties";
constexpr std::string_view kExisting = "existing";
/// Words, besides properties, whose values are addresses.
constexpr std::string_view kAddressWords[] = {
    "dependsOn", "connections.from", "connections.to", "moved.to", "import.to"};

bool holds_elements(const Property& property) {
  return property.type == PropertyType::kList || property.type == PropertyType::kSet ||
         property.type == PropertyType::kMap;
}

const Property* find_in(const std::vector<Property>& properties, std::string_view name) {
  const auto found = std::find_if(properties.begin(), properties.end(), [&](const Property& each) {
    return each.name == name;
  });
  return found == properties.end() ? nullptr : &*found;
}

/// Calls `visit` with a schema and every alternative of it.
template <class Visit>
void for_each_form(const Value& schema, const Visit& visit) {
  visit(schema);
  for (const char* word : {"anyOf", "oneOf"}) {
    const Value& forms = schema.get(word);
    for (std::size_t i = 0; forms.is_list() && i < forms.size(); ++i) {
      for_each_form(forms.as_list()[i], visit);
    }
  }
}

/// The schema behind `word` of any form, by name or for any name; null when there is none.
const Value* schema_below(const Value& schema, const OutlineItem& item) {
  const Value* named = nullptr;
  const Value* any = nullptr;
  for_each_form(schema, [&](const Value& form) {
    const Value& other = form.get(item.is_key() ? "additionalProperties" : "items");
    any = other.is_object() ? &other : any;
    const Value* own = form.get(kProperties).find(item.text);
    named = item.is_key() && own != nullptr ? own : named;
  });
  return named != nullptr ? named : any;
}

std::string joined_path(const std::string& above, const std::string& name) {
  return above.empty() ? name : above + "." + name;
}

void add_words(const Value& schema, std::vector<std::string>& words) {
  for_each_form(schema, [&](const Value& form) {
    const Value& known = form.get("enum");
    for (std::size_t i = 0; known.is_list() && i < known.size(); ++i) {
      if (known.as_list()[i].is_text()) {
        words.push_back(known.as_list()[i].as_text());
      }
    }
    if (form.get("type") == Value("boolean")) {
      words.insert(words.end(), {"true", "false"});
    }
  });
}

void add_keys(const Value& schema, std::vector<PlaceKey>& keys) {
  for_each_form(schema, [&](const Value& form) {
    const Value& own = form.get(kProperties);
    if (!own.is_object()) {
      return;
    }
    const Value& required = form.get("required");
    for (const Member& member : own.as_object()) {
      PlaceKey key;
      key.name = member.key;
      key.summary = member.value.text_of("description");
      key.schema = &member.value;
      key.is_required =
          required.is_list() &&
          std::count(required.as_list().begin(), required.as_list().end(), Value(member.key)) > 0;
      keys.push_back(std::move(key));
    }
  });
}

void add_fields(const std::vector<Property>& fields, std::vector<PlaceKey>& keys) {
  for (const Property& field : fields) {
    if (field.role != PropertyRole::kReadOnly) {
      keys.push_back({field.name, field.summary, &field, nullptr, nullptr, field.is_required});
    }
  }
}

void add_keys(const Property& property, std::vector<PlaceKey>& keys) {
  const Property& core = innermost(property);
  add_fields(core.fields, keys);
  for (const Choice& choice : core.choices) {
    if (!choice.field.empty()) {
      keys.push_back({choice.field, "Instead of a name.", nullptr, nullptr, nullptr, false});
    }
  }
  if (!property.source.empty()) {
    for (const char* word : {"directory", "file"}) {
      keys.push_back({word, "Below the manifest's folder.", nullptr, nullptr, nullptr, false});
    }
  }
  if (property.ref || core.ref) {
    keys.push_back({"id", "An id outside the manifest.", nullptr, nullptr, nullptr, false});
  }
}

}  // namespace

const Property& innermost(const Property& property) {
  const Property* at = &property;
  while (holds_elements(*at) && at->element != nullptr) {
    at = at->element.get();
  }
  return *at;
}

bool SchemaGuide::is_section(std::string_view word) const {
  return std::binary_search(catalog_.sections().begin(), catalog_.sections().end(), word);
}

const Value* SchemaGuide::words_of(const Kind& kind) const {
  return schema_.get("$defs").get(kind.section).find(kProperties);
}

SchemaPlace SchemaGuide::top() const {
  return {Part::kTop, nullptr, nullptr, "", &schema_};
}

SchemaPlace SchemaGuide::below_resource(const SchemaPlace& above, const std::string& key) const {
  SchemaPlace place;
  place.kind = above.kind;
  place.path = key;
  if (const Property* property = find_in(above.kind->properties, key)) {
    place.role = Part::kProperty;
    place.property = property;
  } else if (const Value* words = words_of(*above.kind)) {
    place.schema = words->find(key);
    place.role = place.schema == nullptr ? Part::kNothing : Part::kWord;
  }
  return place;
}

SchemaPlace SchemaGuide::below_property(const SchemaPlace& above, const std::string& key) const {
  SchemaPlace place = above;
  const Property* property = above.property;
  while (holds_elements(*property) && property->type != PropertyType::kMap &&
         property->element != nullptr) {
    property = property->element.get();
  }
  if (property->type == PropertyType::kMap) {
    // A key of the author's; what is behind it is an element.
    place.property = property->element.get();
    place.role = place.property == nullptr ? Part::kNothing : Part::kProperty;
    return place;
  }
  place.property = find_in(property->fields, key);
  place.role = place.property == nullptr ? Part::kNothing : Part::kProperty;
  place.path = joined_path(above.path, key);
  return place;
}

SchemaPlace SchemaGuide::below_word(const SchemaPlace& above, const OutlineItem& item) const {
  if (above.kind != nullptr && above.path == kExisting && item.is_key()) {
    // It is looked up by properties; `name` stands for that of the kind.
    const std::string& name = item.text == "name" ? above.kind->name_property : item.text;
    const SchemaPlace place = below_resource({Part::kResource, above.kind, {}, "", {}}, name);
    return place.role == Part::kProperty ? place
                                         : SchemaPlace{Part::kNothing, above.kind, {}, "", {}};
  }
  SchemaPlace place = above;
  place.schema = schema_below(*above.schema, item);
  place.path = item.is_key() ? joined_path(above.path, item.text) : above.path;
  if (place.schema == nullptr) {
    place.role = Part::kNothing;
  }
  return place;
}

SchemaPlace SchemaGuide::below(const SchemaPlace& above, const OutlineItem& item) const {
  const bool is_element = item.type == OutlineItem::Type::kElement;
  switch (above.role) {
    case Part::kTop:
      if (!is_element && is_section(item.text)) {
        return {Part::kSection, catalog_.find_section(item.text), nullptr, "", nullptr};
      }
      return is_element ? SchemaPlace{}
                        : below_word({Part::kWord, nullptr, nullptr, "", &schema_}, item);
    case Part::kSection:
      return is_element ? SchemaPlace{}
                        : SchemaPlace{Part::kResource, above.kind, nullptr, "", nullptr};
    case Part::kResource:
      return is_element ? SchemaPlace{} : below_resource(above, item.text);
    case Part::kProperty:
      return is_element ? above : below_property(above, item.text);
    case Part::kWord:
      return below_word(above, item);
    case Part::kNothing:
      break;
  }
  return {Part::kNothing, above.kind, nullptr, "", nullptr};
}

std::vector<SchemaPlace> SchemaGuide::places(const Outline& outline) const {
  const SchemaPlace root = top();
  std::vector<SchemaPlace> places;
  places.reserve(outline.items().size());
  for (const OutlineItem& item : outline.items()) {
    const SchemaPlace& above =
        item.parent == OutlineItem::kRoot ? root : places[static_cast<std::size_t>(item.parent)];
    places.push_back(item.is_scalar() ? above : below(above, item));
  }
  return places;
}

SchemaPlace SchemaGuide::place_of(const Outline& outline, int index) const {
  SchemaPlace place = top();
  for (const int step : outline.chain(index)) {
    if (!outline.at(step).is_scalar()) {
      place = below(place, outline.at(step));
    }
  }
  return place;
}

std::vector<PlaceKey> SchemaGuide::keys_of_top() const {
  std::vector<PlaceKey> keys;
  std::vector<PlaceKey> words;
  add_keys(schema_, words);
  for (PlaceKey& word : words) {
    if (is_section(word.name)) {
      const Kind* kind = catalog_.find_section(word.name);
      word = {word.name, kind->summary, nullptr, nullptr, kind, false};
    }
    keys.push_back(std::move(word));
  }
  return keys;
}

std::vector<PlaceKey> SchemaGuide::keys_of_kind(const Kind& kind) const {
  std::vector<PlaceKey> keys;
  add_fields(kind.properties, keys);
  if (const Value* words = words_of(kind)) {
    for (const Member& member : words->as_object()) {
      if (find_in(kind.properties, member.key) == nullptr) {
        keys.push_back(
            {member.key,
             member.value.text_of("description"),
             nullptr,
             &member.value,
             nullptr,
             false}
        );
      }
    }
  }
  return keys;
}

std::vector<PlaceKey> SchemaGuide::keys_at(const SchemaPlace& place) const {
  std::vector<PlaceKey> keys;
  switch (place.role) {
    case Part::kTop:
      return keys_of_top();
    case Part::kResource:
      return keys_of_kind(*place.kind);
    case Part::kProperty:
      add_keys(*place.property, keys);
      break;
    case Part::kWord:
      if (place.kind != nullptr && place.path == kExisting) {
        keys = keys_of_kind(*place.kind);
        std::erase_if(keys, [](const PlaceKey& key) {
          return key.property == nullptr && key.name != "tags";
        });
        keys.push_back({"id", "The id AWS knows it by.", nullptr, nullptr, nullptr, false});
        for (PlaceKey& key : keys) {
          key.is_required = false;
        }
      } else {
        add_keys(*place.schema, keys);
      }
      break;
    case Part::kSection:
    case Part::kNothing:
      break;
  }
  return keys;
}

PlaceValues SchemaGuide::values_at(const SchemaPlace& place) const {
  PlaceValues values;
  if (place.role == Part::kProperty) {
    const Property& core = innermost(*place.property);
    values.words = core.enum_values;
    if (core.type == PropertyType::kBool) {
      values.words = {"true", "false"};
    }
    for (const Property* each : {place.property, &core}) {
      if (each->ref &&
          std::count(values.sections.begin(), values.sections.end(), each->ref->section) == 0) {
        values.sections.push_back(each->ref->section);
      }
    }
    for (const Choice& choice : core.choices) {
      if (!choice.word.empty()) {
        values.words.push_back(choice.word);
      } else if (choice.is_reference) {
        values.sections.push_back(choice.section);
      }
    }
  } else if (place.role == Part::kWord) {
    add_words(*place.schema, values.words);
    values.takes_addresses =
        std::count(std::begin(kAddressWords), std::end(kAddressWords), place.path) > 0;
    if (place.path.starts_with("connections.") && values.takes_addresses) {
      values.words.emplace_back("internet");
    }
    values.takes_accounts = place.kind != nullptr && place.path == "account";
    values.takes_properties = place.kind != nullptr && place.path == "ignore";
  }
  return values;
}

}  // namespace plumbline
