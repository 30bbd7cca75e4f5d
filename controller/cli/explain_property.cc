// A property in words: type, limits, references, what absence means.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/explain.h"
#include "controller/cli/help.h"
#include "controller/cli/reference.h"

namespace plumbline {

namespace {

constexpr std::size_t kWidth = 90;

std::string_view scalar_name(PropertyType type) {
  switch (type) {
    case PropertyType::kText:
      return "text";
    case PropertyType::kInt:
      return "int";
    case PropertyType::kBool:
      return "bool";
    case PropertyType::kDouble:
      return "number";
    case PropertyType::kJson:
      return "JSON (a tree, or a text that is JSON)";
    case PropertyType::kList:
      return "list";
    case PropertyType::kSet:
      return "set";
    case PropertyType::kMap:
      return "map";
    case PropertyType::kObject:
      return "object";
    case PropertyType::kChoice:
      return "one of several forms";
  }
  return "";
}

bool has_elements(const Property& property) {
  return property.type == PropertyType::kList || property.type == PropertyType::kSet ||
         property.type == PropertyType::kMap;
}

/// The object, choice or scalar at the bottom of lists, sets and maps.
const Property& core_of(const Property& property) {
  const Property* at = &property;
  while (has_elements(*at) && at->element != nullptr) {
    at = at->element.get();
  }
  return *at;
}

const RefSpec* reference_of(const Property& property) {
  if (property.ref) {
    return &*property.ref;
  }
  const Property& core = core_of(property);
  return core.ref ? &*core.ref : nullptr;
}

std::string form_of(const Choice& choice) {
  if (!choice.word.empty()) {
    return fmt::format("`{}`", choice.word);
  }
  if (choice.format == "cidr4") {
    return "an IPv4 range such as 10.0.0.0/16";
  }
  if (choice.format == "cidr6") {
    return "an IPv6 range such as 2001:db8::/32";
  }
  if (!choice.format.empty()) {
    return "a text of the form " + choice.format.substr(choice.format.find(':') + 1);
  }
  if (!choice.field.empty()) {
    return fmt::format("{{ {}: … }}", choice.field);
  }
  return choice.is_reference ? "a name of " + choice.section : "a value";
}

std::vector<std::string> forms_of(const Property& property) {
  std::vector<std::string> forms;
  for (const Choice& choice : core_of(property).choices) {
    forms.push_back(form_of(choice));
  }
  return forms;
}

std::string number(double value) {
  return std::floor(value) == value ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

/// What a change of it means for the object.
std::string change_of(const Property& property) {
  if (property.replace_when) {
    return "may need a replacement of the resource; the plan says when";
  }
  if (property.is_create_only) {
    return "is only possible by replacing the resource (create-only)";
  }
  return "is done in place";
}

std::string reference_words(const RefSpec& ref) {
  return fmt::format(
      "a name of {}, of which it takes {}{}{}",
      ref.section,
      ref.attribute,
      ref.literal.empty() ? "" : fmt::format("; or a text that fits {}", ref.literal),
      ref.is_weak ? "; it does not decide who is created first" : ""
  );
}

/// Label and text of one aspect, wrapped.
std::string aspect(std::string_view label, const std::string& text, std::size_t column = 13) {
  if (text.empty()) {
    return "";
  }
  std::string head = fmt::format("  {}", label);
  head.resize(column, ' ');
  return head + wrap(text, kWidth, column).substr(column);
}

std::string roles_of(const Property& property) {
  std::string text;
  const auto add = [&](bool holds, std::string_view words) {
    if (holds) {
      text += text.empty() ? "" : "; ";
      text += words;
    }
  };
  add(property.role == PropertyRole::kReadOnly,
      "an output: it cannot be declared, and ${…} may name it");
  add(property.role == PropertyRole::kLocal, "a knob of plumbline's: AWS never hears of it");
  add(property.is_sensitive, "sensitive: shown nowhere, kept as a keyed digest alone");
  add(property.is_write_only, "cannot be read back: compared by digest with what was applied last");
  add(property.is_deferrable, "may be set after the creation when a cycle asks for it");
  add(property.is_not_compared, "not compared with what AWS holds");
  add(property.accepts_single, "one element may stand for a list of one");
  add(!property.source.empty(), "{ directory: … } or { file: … } of the manifest's folder");
  return text;
}

std::string field_rows(const Property& object) {
  std::size_t column = 13;
  for (const Property& field : object.fields) {
    column = std::max(column, field.name.size() + 4);
  }
  std::string text = object.fields.empty() ? "" : "\nFields:\n";
  for (const Property& field : object.fields) {
    text += aspect(field.name, fmt::format("{}. {}", type_of(field), field.summary), column);
  }
  return text;
}

List field_list(const Property& property) {
  List fields;
  for (const Property& field : core_of(property).fields) {
    fields.emplace_back(field.name);
  }
  return fields;
}

Value as_json(const Kind& kind, const Property& property, const std::string& dotted) {
  const RefSpec* ref = reference_of(property);
  List words;
  for (const std::string& word : core_of(property).enum_values) {
    words.emplace_back(word);
  }
  List forms;
  for (const std::string& form : forms_of(property)) {
    forms.emplace_back(form);
  }
  const auto example = example_of(kind.section, dotted);
  return Value::object({
      {"path", kind.section + "." + dotted},
      {"summary", property.summary},
      {"type", type_of(property)},
      {"required", property.is_required},
      {"createOnly", property.is_create_only},
      {"readOnly", property.role == PropertyRole::kReadOnly},
      {"local", property.role == PropertyRole::kLocal},
      {"sensitive", property.is_sensitive},
      {"writeOnly", property.is_write_only},
      {"default", property.absence == Absence::kDefault ? property.default_value : Value()},
      {"absent", absence_of(property)},
      {"limits", limits_of(property)},
      {"values", Value(std::move(words))},
      {"forms", Value(std::move(forms))},
      {"fields", Value(field_list(property))},
      {"reference",
       ref == nullptr ? Value()
                      : Value::object(
                            {{"section", ref->section},
                             {"attribute", ref->attribute},
                             {"literal", ref->literal},
                             {"weak", ref->is_weak}}
                        )},
      {"example", example ? Value(example->text) : Value()},
  });
}

}  // namespace

const Property* find_below(const Kind& kind, std::string_view dotted) {
  const std::vector<Property>* fields = &kind.properties;
  const Property* found = nullptr;
  for (const std::string_view part : split(dotted, '.')) {
    const auto at = std::find_if(fields->begin(), fields->end(), [&](const Property& each) {
      return each.name == part;
    });
    if (at == fields->end()) {
      return nullptr;
    }
    found = &*at;
    fields = &core_of(*found).fields;
  }
  return found;
}

std::vector<std::string> names_below(const Kind& kind, std::string_view dotted) {
  std::vector<std::string> names;
  const Property* above = dotted.empty() ? nullptr : find_below(kind, dotted);
  if (!dotted.empty() && above == nullptr) {
    return names;
  }
  for (const Property& each : above == nullptr ? kind.properties : core_of(*above).fields) {
    names.push_back(each.name);
  }
  return names;
}

std::string type_of(const Property& property) {
  if (!has_elements(property)) {
    return std::string(scalar_name(property.type));
  }
  const std::string element = property.element == nullptr ? "text" : type_of(*property.element);
  return fmt::format("{} of {}", scalar_name(property.type), element);
}

std::string limits_of(const Property& property) {
  const Property& core = core_of(property);
  std::vector<std::string> limits;
  const auto add_range = [&](const Property& of, std::string_view unit, std::string_view each) {
    const std::string ending =
        unit.empty() ? std::string(each)
                     : fmt::format(" {}{}{}", unit, of.min == 1 && !of.max ? "" : "s", each);
    if (of.min && of.max) {
      limits.push_back(fmt::format("{} to {}{}", number(*of.min), number(*of.max), ending));
    } else if (of.min) {
      limits.push_back(fmt::format("at least {}{}", number(*of.min), ending));
    } else if (of.max) {
      limits.push_back(fmt::format("at most {}{}", number(*of.max), ending));
    }
  };
  const auto unit_of = [](const Property& of) {
    return has_elements(of) ? "element" : of.type == PropertyType::kText ? "character" : "";
  };
  add_range(property, unit_of(property), "");
  if (&core != &property) {
    add_range(core, unit_of(core), " each");
  }
  if (!core.enum_values.empty()) {
    limits.push_back(enumerate(core.enum_values));
  }
  if (!core.pattern_help.empty()) {
    limits.push_back(core.pattern_help);
  } else if (!core.pattern.empty()) {
    limits.push_back("fits " + core.pattern);
  }
  if (!property.key_pattern_help.empty()) {
    limits.push_back("for its keys " + property.key_pattern_help);
  }
  if (property.max_bytes != 0) {
    limits.push_back(fmt::format("at most {} bytes as JSON", property.max_bytes));
  }
  return join(limits, "; ");
}

std::string absence_of(const Property& property) {
  if (property.role == PropertyRole::kReadOnly || property.is_required) {
    return "";
  }
  switch (property.absence) {
    case Absence::kDefault: {
      const Value& value = property.default_value;
      if (value.is_text() && value.as_text().starts_with("$")) {
        return fmt::format("the value of {} is used", value.as_text().substr(1));
      }
      return fmt::format(
          "{} is sent and compared: it is set back when the line goes", show_json(value)
      );
    }
    case Absence::kLate:
      return "AWS chooses, and it is compared only once it is declared; when the line goes, the "
             "last value stays";
    case Absence::kClear:
      return property.role == PropertyRole::kLocal ? "" : "nothing: what is there is cleared";
    case Absence::kUnmanaged:
      return "left alone: it is not even read";
  }
  return "";
}

Explanation explain_property(
    const Kind& kind, const Property& property, const std::string& dotted
) {
  Explanation said;
  said.json = as_json(kind, property, dotted);
  said.json.set("version", 1);
  said.text = fmt::format("{}.{}: {}\n", kind.section, dotted, type_of(property));
  said.text += wrap(property.summary, kWidth, 2) + "\n";
  const bool is_output = property.role == PropertyRole::kReadOnly;
  said.text += aspect("required", property.is_required ? "yes" : "");
  said.text += aspect("limits", limits_of(property));
  if (const RefSpec* ref = reference_of(property)) {
    said.text += aspect("reference", reference_words(*ref));
  }
  said.text += aspect("forms", join(forms_of(property), ", "));
  said.text += aspect("absent", absence_of(property));
  said.text += aspect("change", is_output ? "" : change_of(property));
  said.text += aspect("note", roles_of(property));
  said.text += field_rows(core_of(property));
  if (const auto example = is_output ? std::nullopt : example_of(kind.section, dotted)) {
    said.text += fmt::format(
        "\nExample{}:\n{}",
        example->place.empty() ? "" : " (" + example->place + ")",
        indented(example->text, 2)
    );
  }
  return said;
}

}  // namespace plumbline
