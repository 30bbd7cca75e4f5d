#include <algorithm>
#include <charconv>
#include <regex>

#include <fmt/format.h>

#include "controller/config/kind_loader_parts.h"
#include "controller/config/name_ref.h"

namespace plumbline {

namespace {

const std::vector<std::pair<std::string, PropertyType>>& type_words() {
  static const std::vector<std::pair<std::string, PropertyType>> kWords = {
      {"text", PropertyType::kText},
      {"int", PropertyType::kInt},
      {"bool", PropertyType::kBool},
      {"double", PropertyType::kDouble},
      {"json", PropertyType::kJson},
      {"list", PropertyType::kList},
      {"set", PropertyType::kSet},
      {"map", PropertyType::kMap},
      {"object", PropertyType::kObject},
      {"choice", PropertyType::kChoice},
  };
  return kWords;
}

std::optional<PropertyType> find_type(std::string_view word) {
  for (const auto& [name, type] : type_words()) {
    if (name == word) {
      return type;
    }
  }
  return std::nullopt;
}

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (const auto& [name, type] : type_words()) {
    names.push_back(name);
  }
  return names;
}

void check_function(
    Words& words,
    std::string_view word,
    const std::string& name,
    bool exists,
    const std::vector<std::string>& known
) {
  if (!name.empty() && !exists) {
    report(
        words.diagnostics(),
        SchemaFault::kNoFunction,
        words.node().find(word)->range,
        fmt::format("there is no function '{}' for '{}'", name, word),
        suggest(name, known)
    );
  }
}

std::string load_value_function(Words& words, std::string_view word) {
  std::string name = words.text(word);
  check_function(words, word, name, find_value_function(name) != nullptr, value_function_names());
  return name;
}

void check_regex(Words& words, std::string_view word, const std::string& pattern) {
  if (words.node().range.file->text.empty()) {
    return;  // A compiled-in schema: the tests load it from its file. This is half of a kind's
             // loading.
  }
  try {
    const std::regex compiled(pattern, std::regex::ECMAScript);
  } catch (const std::regex_error& error) {
    report(
        words.diagnostics(),
        SchemaFault::kBadNotation,
        words.node().find(word)->range,
        fmt::format("'{}' is no regular expression: {}", pattern, error.what())
    );
  }
}

std::optional<RefSpec> load_ref(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return std::nullopt;
  }
  Words words(*node, "a reference", loading.diagnostics);
  RefSpec ref;
  ref.section = words.require_text("section");
  ref.attribute = words.require_text("attribute");
  ref.is_weak = words.flag("weak");
  ref.is_exclusive = words.flag("exclusive");
  ref.literal = words.text("literal");
  check_regex(words, "literal", ref.literal);
  words.finish();
  return ref;
}

std::vector<Choice> load_choices(KindLoading& loading, const Node* node) {
  std::vector<Choice> choices;
  if (node == nullptr) {
    return choices;
  }
  for (const Node& item : node->items) {
    Words words(item, "a choice", loading.diagnostics);
    Choice choice;
    choice.as = words.require_text("as");
    choice.word = words.text("word");
    choice.format = words.text("format");
    choice.field = words.text("field");
    if (const auto ref = load_ref(loading, words.find("ref"))) {
      choice.is_reference = true;
      choice.section = ref->section;
      choice.attribute = ref->attribute;
      choice.is_weak = ref->is_weak;
    }
    const int forms = (choice.word.empty() ? 0 : 1) + (choice.format.empty() ? 0 : 1) +
                      (choice.field.empty() ? 0 : 1) + (choice.is_reference ? 1 : 0);
    const bool is_format = choice.format.empty() || choice.format == "cidr4" ||
                           choice.format == "cidr6" || choice.format.substr(0, 6) == "regex:";
    if (forms != 1 || !is_format) {
      report(
          loading.diagnostics,
          SchemaFault::kWrongForm,
          item.range,
          "a choice has one of word, format (cidr4, cidr6, regex:…), field and ref"
      );
    }
    words.finish();
    choices.push_back(std::move(choice));
  }
  if (choices.empty()) {
    report(loading.diagnostics, SchemaFault::kWrongForm, node->range, "choices are a list");
  }
  return choices;
}

std::shared_ptr<const Property> load_named_type(KindLoading& loading, const Node& node) {
  const std::string& name = node.text;
  if (const auto type = find_type(name)) {
    Property property;
    property.type = *type;
    return std::make_shared<const Property>(std::move(property));
  }
  if (const auto found = loading.loaded_types.find(name); found != loading.loaded_types.end()) {
    return found->second;
  }
  const NodeEntry* entry = loading.types == nullptr ? nullptr : loading.types->find_entry(name);
  auto& open = loading.open_types;
  if (entry == nullptr || std::find(open.begin(), open.end(), name) != open.end()) {
    std::vector<std::string> known = type_names();
    for (std::size_t i = 0; loading.types != nullptr && i < loading.types->entries.size(); ++i) {
      known.push_back(loading.types->entries[i].key);
    }
    report(
        loading.diagnostics,
        SchemaFault::kUnknownName,
        node.range,
        entry == nullptr ? fmt::format("there is no type '{}'", name)
                         : fmt::format("the type '{}' holds itself", name),
        suggest(name, known)
    );
    return nullptr;
  }
  open.push_back(name);
  auto type = std::make_shared<const Property>(load_property(loading, *entry));
  open.pop_back();
  loading.loaded_types[name] = type;
  return type;
}

std::shared_ptr<const Property> load_element(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return nullptr;
  }
  if (node->is_scalar()) {
    return load_named_type(loading, *node);
  }
  NodeEntry entry;
  entry.key = "element";
  entry.key_range = node->range;
  entry.value = *node;
  return std::make_shared<const Property>(load_property(loading, entry));
}

/// Exactly one word says what absence means; without one it means "clear it".
void load_absence(Words& words, Property& property) {
  const Node* fallback = words.find("default");
  const bool is_late = words.flag("late");
  const bool is_unmanaged = words.flag("unmanaged");
  if ((fallback != nullptr ? 1 : 0) + (is_late ? 1 : 0) + (is_unmanaged ? 1 : 0) > 1) {
    report(
        words.diagnostics(),
        SchemaFault::kWrongForm,
        words.node().range,
        fmt::format("{} has more than one of default, late and unmanaged", words.what())
    );
  }
  if (fallback != nullptr && !fallback->is_null()) {
    property.absence = Absence::kDefault;
    property.default_value = load_value(*fallback, &property);
  } else if (is_late) {
    property.absence = Absence::kLate;
  } else if (is_unmanaged) {
    property.absence = Absence::kUnmanaged;
  }
}

void load_role(Words& words, Property& property) {
  const bool is_read_only = words.flag("read_only");
  const bool is_local = words.flag("local");
  property.is_required = words.flag("required");
  property.is_create_only = words.flag("create_only");
  property.is_write_only = words.flag("write_only");
  property.is_sensitive = words.flag("sensitive");
  property.is_deferrable = words.flag("deferrable");
  property.is_not_compared = words.flag("not_compared");
  property.resends_observed = words.one_of("resend", {"observed"}) == "observed";
  property.role = is_read_only ? PropertyRole::kReadOnly
                  : is_local   ? PropertyRole::kLocal
                               : PropertyRole::kDesired;
  const int roles = (is_read_only ? 1 : 0) + (is_local ? 1 : 0);
  if (roles > 1 || (roles == 1 && (property.is_create_only || property.is_write_only)) ||
      (is_read_only && property.is_required)) {
    report(
        words.diagnostics(),
        SchemaFault::kWrongForm,
        words.node().range,
        fmt::format("the roles of {} exclude each other", words.what())
    );
  }
}

void check_pattern(
    Words& words, const char* word, const std::string& pattern, const std::string& help
) {
  check_regex(words, word, pattern);
  if (!pattern.empty() && help.empty()) {
    report(
        words.diagnostics(),
        SchemaFault::kMissingWord,
        words.node().find(word)->range,
        fmt::format("the {} of {} needs '{}_help'", word, words.what(), word)
    );
  }
}

void load_limits(Words& words, Property& property) {
  property.enum_values = words.texts("enum");
  property.min = words.number("min");
  property.max = words.number("max");
  property.pattern = words.text("pattern");
  property.pattern_help = words.text("pattern_help");
  property.rule = words.text("rule");
  check_pattern(words, "pattern", property.pattern, property.pattern_help);
}

/// What goes beyond the limits of an element.
void load_map_limits(Words& words, Property& property) {
  property.key_pattern = words.text("key_pattern");
  property.key_pattern_help = words.text("key_pattern_help");
  property.max_bytes = static_cast<std::size_t>(words.number("max_bytes").value_or(0));
  check_pattern(words, "key_pattern", property.key_pattern, property.key_pattern_help);
  for (const char* word : {"key_pattern", "max_bytes"}) {
    const Node* written = words.node().find(word);
    if (written != nullptr && property.type != PropertyType::kMap) {
      report(
          words.diagnostics(),
          SchemaFault::kWrongForm,
          written->range,
          fmt::format("'{}' is about maps, and {} is none", word, words.what())
      );
    }
  }
}

void load_comparison(KindLoading& loading, Words& words, Property& property) {
  property.normalise = load_value_function(words, "normalise");
  property.equal = words.text("equal");
  check_function(
      words,
      "equal",
      property.equal,
      find_equal_function(property.equal) != nullptr,
      equal_function_names()
  );
  property.source = words.one_of("source", {"zip"});
  if (const Node* imported = words.find("imported"); imported != nullptr) {
    property.is_left_out = imported->text == "false";
    if (!property.is_left_out) {
      property.imported = load_expr(loading, imported, {"observed"});
    }
  }
  if (const Node* witness = words.find("witness")) {
    Words inner(*witness, fmt::format("the witness of {}", words.what()), loading.diagnostics);
    property.witness = inner.require_text("property");
    property.witness_of = load_value_function(inner, "of");
    inner.finish();
  }
}

}  // namespace

Value load_value(const Node& node, const Property* property) {
  if (node.is_null()) {
    return {};
  }
  if (node.is_list()) {
    List items;
    for (const Node& item : node.items) {
      items.push_back(load_value(item, property == nullptr ? nullptr : property->element.get()));
    }
    return Value(std::move(items));
  }
  if (node.is_map()) {
    Object members;
    for (const NodeEntry& entry : node.entries) {
      const Property* member = nullptr;
      for (std::size_t i = 0; property != nullptr && i < property->fields.size(); ++i) {
        member = property->fields[i].name == entry.key ? &property->fields[i] : member;
      }
      members.push_back({entry.key, load_value(entry.value, member)});
    }
    return Value(std::move(members));
  }
  const bool is_typed = property != nullptr && (property->type == PropertyType::kInt ||
                                                property->type == PropertyType::kBool ||
                                                property->type == PropertyType::kDouble);
  const bool is_json = property != nullptr && property->type == PropertyType::kJson;
  if (!is_typed && !is_json) {
    return node.text;
  }
  if (node.text == "true" || node.text == "false") {
    return node.text == "true";
  }
  std::int64_t number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [at, error] = std::from_chars(node.text.data(), end, number);
  return error == std::errc() && at == end ? Value(number) : Value(node.text);
}

Property load_property(KindLoading& loading, const NodeEntry& entry) {
  Property property;
  property.name = entry.key;
  Words words(entry.value, fmt::format("property '{}'", entry.key), loading.diagnostics);
  property.summary = words.text("summary");
  const std::string type = words.one_of("type", type_names());
  property.type = find_type(type.empty() ? "text" : type).value_or(PropertyType::kText);
  property.element = load_element(loading, words.find("of"));
  if (const Node* fields = words.find("fields")) {
    for (const NodeEntry& field : fields->entries) {
      property.fields.push_back(load_property(loading, field));
    }
  }
  property.choices = load_choices(loading, words.find("choices"));
  property.accepts_single = words.flag("single");
  load_role(words, property);
  load_absence(words, property);
  load_limits(words, property);
  load_map_limits(words, property);
  load_comparison(loading, words, property);
  property.ref = load_ref(loading, words.find("ref"));
  property.iam = load_grants(loading, words.find("iam"), {});
  property.replace_when = load_expr(loading, words.find("replace_when"), {"observed"});
  property.ignore_when = load_expr(loading, words.find("ignore_when"), {"observed"});
  words.finish();
  const bool is_object = property.type == PropertyType::kObject;
  const bool is_choice = property.type == PropertyType::kChoice;
  if (is_object == property.fields.empty() || is_choice == property.choices.empty()) {
    report(
        loading.diagnostics,
        SchemaFault::kWrongForm,
        entry.key_range,
        fmt::format("'{}': an object has fields, a choice has choices, nothing else has", entry.key)
    );
  }
  return property;
}

void load_properties(KindLoading& loading, const Node* node) {
  if (node == nullptr) {
    return;
  }
  // Expressions of a property may name one that comes later, so names come first.
  for (const NodeEntry& entry : node->entries) {
    Property placeholder;
    placeholder.name = entry.key;
    loading.kind.properties.push_back(std::move(placeholder));
  }
  for (std::size_t i = 0; i < node->entries.size(); ++i) {
    Property property = load_property(loading, node->entries[i]);
    if (property.summary.empty()) {
      report(
          loading.diagnostics,
          SchemaFault::kMissingWord,
          node->entries[i].key_range,
          fmt::format("property '{}' needs a 'summary'", property.name)
      );
    }
    loading.kind.properties[i] = std::move(property);
  }
}

}  // namespace plumbline
