// The half of ValueReader that types lists, maps, objects, choices and JSON documents.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/config/functions.h"
#include "controller/config/manifest_scalars.h"
#include "controller/config/manifest_values.h"

namespace plumbline {

namespace {

/// An element without a schema of its own is a text.
const Property& text_property() {
  static const Property kText;
  return kText;
}

const Property& element_of(const Property& property) {
  return property.element ? *property.element : text_property();
}

/// Whether a text can only be meant as an address or a range: no name holds these.
bool is_meant_as_range(std::string_view text) {
  const bool begins = !text.empty() && text.front() >= '0' && text.front() <= '9';
  return text.find('/') != std::string_view::npos ||
         (begins && text.find('.') != std::string_view::npos) ||
         text.find("::") != std::string_view::npos;
}

/// The whole value is one "${…}" that stands for a list or a map.
bool is_whole_interpolation(const Node& node) {
  return node.is_scalar() && node.text.starts_with("${") &&
         node.text.find('}') == node.text.size() - 1;
}

/// The section whose names the elements of a list may be; "" when they are no references.
std::string_view section_of(const Property& element, const RefSpec* from_above) {
  if (element.ref || from_above != nullptr) {
    return element.ref ? element.ref->section : from_above->section;
  }
  for (const Choice& choice : element.choices) {
    if (choice.is_reference) {
      return choice.section;
    }
  }
  return "";
}

std::vector<std::string> declarable_names(const std::vector<Property>& properties) {
  std::vector<std::string> names;
  for (const Property& property : properties) {
    if (property.role != PropertyRole::kReadOnly) {
      names.push_back(property.name);
    }
  }
  return names;
}

}  // namespace

/// What stands behind `${…}` where several values are wanted. What AWS decides may be several; what
/// the manifest says is one.
Value ValueReader::read_whole(
    const Property& property, const Node& node, const std::string& attribute
) {
  Value value = interpolated(node, attribute, false);
  const bool is_single = value.is_text() || value.is_secret() || value.is_int() ||
                         value.is_bool() || value.is_double() ||
                         (value.is_reference() && is_ambient(value.as_reference()));
  if (!is_single) {
    return value;
  }
  const bool is_list = property.type == PropertyType::kList || property.type == PropertyType::kSet;
  reporter_.add(
      kWrongType,
      node.range,
      fmt::format(
          "`{}` takes {}; {} is a single value.",
          property.name,
          is_list ? "a list" : "a map",
          in_ticks(node.text)
      ),
      is_list ? fmt::format("write ['{}']", node.text) : "write NAME: VALUE for each"
  );
  return {};
}

Value ValueReader::read_list(
    const Property& property, const Node& node, const Inherited& inherited
) {
  if (!node.is_list()) {
    if (property.accepts_single || (is_whole_interpolation(node) && members_of("", node))) {
      List items;
      read_items(property, node, inherited, items);
      return items.empty() && !members_of("", node) ? Value() : Value(std::move(items));
    }
    if (is_whole_interpolation(node)) {
      return read_whole(property, node, inherited.ref ? inherited.ref->attribute : "");
    }
    reporter_.add(
        kWrongType,
        node.range,
        fmt::format("`{}` takes a list, not {}.", property.name, describe(node)),
        node.is_scalar() ? fmt::format("write [{}]", node.text) : "write `- ` before it"
    );
    return {};
  }
  List items;
  items.reserve(node.items.size());
  std::size_t length = 0;
  for (const Node& item : node.items) {
    if (item.is_null()) {
      reporter_.add(kWrongType, item.range, "A list item has no value.", "delete it");
      ++length;
      continue;
    }
    length += read_items(property, item, inherited, items);
  }
  check_length(property, length, node.range);
  return Value(std::move(items));
}

/// One item of a list as it is written: itself, or every member of the group it names.
std::size_t ValueReader::read_items(
    const Property& property, const Node& node, const Inherited& inherited, List& items
) {
  const Property& element = element_of(property);
  const auto members = members_of(section_of(element, inherited.ref), node);
  const auto add = [&](const Node& one) {
    Value value = read(element, one, inherited);
    if (!value.is_null()) {
      items.push_back(std::move(value));
    }
  };
  if (!members) {
    add(node);
    return 1;
  }
  std::for_each(members->begin(), members->end(), add);
  return members->size();
}

std::optional<std::vector<Node>> ValueReader::members_of(std::string_view section, const Node& node)
    const {
  if (!node.is_scalar() || context_.groups.empty()) {
    return std::nullopt;
  }
  std::string_view before, after;
  Address address = {std::string(section), node.text};
  if (is_whole_interpolation(node)) {
    const std::string_view text = node.text;
    const auto words = split(trim(text.substr(2, text.size() - 3)), '.');
    if (words.size() < 2) {
      return std::nullopt;
    }
    address = {std::string(words[0]), std::string(words[1])};
    before = text.substr(0, static_cast<std::size_t>(words[1].data() - text.data()));
    after = text.substr(before.size() + words[1].size());
  } else if (section.empty()) {
    return std::nullopt;
  }
  const auto group = context_.groups.find(address);
  if (group == context_.groups.end()) {
    return std::nullopt;
  }
  std::vector<Node> members;
  for (const std::string& name : group->second) {
    Node& member = members.emplace_back(node);
    member.text = std::string(before) + name + std::string(after);
  }
  return members;
}

Value ValueReader::read_map(
    const Property& property, const Node& node, const Inherited& inherited
) {
  if (is_whole_interpolation(node)) {
    return read_whole(property, node, "");
  }
  if (!node.is_map()) {
    return wrong_type(property, node, "a map");
  }
  check_length(property, node.entries.size(), node.range);
  check_keys(property, node);
  const Property& element = element_of(property);
  Object members;
  members.reserve(node.entries.size());
  for (const NodeEntry& entry : node.entries) {
    Value value;
    if (entry.value.is_null() && entry.value.text.empty()) {
      reporter_.add(
          kWrongType,
          entry.key_range,
          fmt::format("{} has no value.", in_ticks(entry.key)),
          "write a value (\"\" for an empty text), or delete the key"
      );
    } else {
      value = read(element, entry.value, inherited);
    }
    if (!value.is_null()) {
      members.push_back({entry.key, std::move(value)});
    }
  }
  check_bytes(property, members, node.range);
  return Value(std::move(members));
}

Value ValueReader::read_object(
    const Property& property, const Node& node, const Inherited& inherited
) {
  if (is_whole_interpolation(node)) {
    return read_whole(property, node, "");
  }
  if (!node.is_map()) {
    return wrong_type(
        property, node, fmt::format("a map of {}", enumerate(declarable_names(property.fields)))
    );
  }
  const PropertyIndex& index = context_.index(property.fields);
  Object members;
  members.reserve(node.entries.size());
  for (const NodeEntry& entry : node.entries) {
    const auto found = index.by_name.find(entry.key);
    if (found == index.by_name.end()) {
      const std::vector<std::string> names = declarable_names(property.fields);
      reporter_.add(
          kUnknownWord,
          entry.key_range,
          fmt::format("`{}` has no field {}.", property.name, in_ticks(entry.key)),
          suggest_key(node, entry.key, names, fmt::format("use {}", enumerate(names)))
      );
    } else if (found->second->role == PropertyRole::kReadOnly) {
      reporter_.add(
          kReadOnlyDeclared,
          entry.key_range,
          fmt::format("`{}` is decided by AWS and can only be read.", entry.key),
          "delete it"
      );
    } else {
      Value value = read(*found->second, entry.value, inherited);
      if (!value.is_null()) {
        members.push_back({entry.key, std::move(value)});
      }
    }
  }
  for (const Property* required : index.required) {
    const Node* written = node.find(required->name);
    if (written == nullptr || (written->is_null() && !written->text.empty())) {
      reporter_.add(
          kMissing,
          node.range,
          fmt::format("`{}` lacks its required field `{}`.", property.name, required->name),
          fmt::format("add {}", required->name)
      );
    }
  }
  return Value(std::move(members));
}

Value ValueReader::read_source_place(const Property& property, const Node& node) {
  const Node* place = node.find("directory");
  place = place == nullptr ? node.find("file") : place;
  if (place == nullptr || node.entries.size() != 1) {
    return wrong_type(property, node, "{ directory: PATH } or { file: PATH }");
  }
  const std::string path = read_known_text(*place, node.entries[0].key);
  return path.empty() ? Value() : Value::object({{node.entries[0].key, Value(path)}});
}

Value ValueReader::read_json_tree(const Node& node) {
  switch (node.type) {
    case Node::Type::kNull:
      return {};
    case Node::Type::kScalar: {
      if (const auto members = members_of("", node)) {
        List items;
        for (const Node& member : *members) {
          items.push_back(interpolated(member, "", false));
        }
        return Value(std::move(items));
      }
      return has_interpolation(node.text) ? interpolated(node, "", false)
                                          : to_core(node.text, node.is_plain);
    }
    case Node::Type::kList: {
      List items;
      items.reserve(node.items.size());
      for (const Node& item : node.items) {
        Value value = read_json_tree(item);
        if (value.is_list() && item.is_scalar()) {
          std::move(value.as_list().begin(), value.as_list().end(), std::back_inserter(items));
        } else {
          items.push_back(std::move(value));
        }
      }
      return Value(std::move(items));
    }
    case Node::Type::kMap: {
      Object members;
      members.reserve(node.entries.size());
      for (const NodeEntry& entry : node.entries) {
        members.push_back({entry.key, read_json_tree(entry.value)});
      }
      return Value(std::move(members));
    }
  }
  return {};
}

Value ValueReader::interpolate_json(Value value, const Node& node) {
  if (value.is_list()) {
    for (Value& item : value.as_list()) {
      item = interpolate_json(std::move(item), node);
    }
  } else if (value.is_object()) {
    for (Member& member : value.as_object()) {
      member.value = interpolate_json(std::move(member.value), node);
    }
  } else if (value.is_text() && has_interpolation(value.as_text())) {
    Node inner;
    inner.type = Node::Type::kScalar;
    inner.text = value.as_text();
    inner.range = node.range;
    return interpolated(inner, "", false);
  }
  return value;
}

Value ValueReader::read_json(const Property& property, const Node& node) {
  if (!node.is_scalar()) {
    return read_json_tree(node);
  }
  if (is_whole_interpolation(node)) {
    return interpolated(node, "", false);
  }
  Result<Value> parsed = parse_json(node.text);
  if (!parsed) {
    reporter_.add(
        kWrongType,
        node.range,
        fmt::format(
            "{} takes a JSON document, and this text is none: {}.",
            property.name == "element" ? "This" : fmt::format("`{}`", property.name),
            parsed.error().message
        ),
        "write the document as YAML, or correct the JSON"
    );
    return {};
  }
  return interpolate_json(*std::move(parsed), node);
}

Value ValueReader::read_choice(const Property& property, const Node& node) {
  if (node.is_map()) {
    return choice_fields(property, node);
  }
  if (!node.is_scalar()) {
    return wrong_choice(property, node);
  }
  std::string_view attribute;
  bool is_weak = false;
  for (const Choice& choice : property.choices) {
    if (choice.is_reference) {
      attribute = choice.attribute;
      is_weak = choice.is_weak;
    }
  }
  const Value written = interpolated(node, attribute, is_weak);
  if (written.is_null() || written.is_unknown()) {
    return written;
  }
  for (const Choice& choice : property.choices) {
    Value value = fit_choice(choice, written);
    if (!value.is_null()) {
      return Value::object({{choice.as, std::move(value)}});
    }
  }
  // A reference to another section stands for a text whose form only the world knows.
  for (const Choice& choice : property.choices) {
    if (!choice.format.empty() && (written.is_reference() || written.is_concat())) {
      return Value::object({{choice.as, written}});
    }
  }
  return wrong_choice(property, node);
}

Value ValueReader::fit_choice(const Choice& choice, const Value& written) {
  if (choice.is_reference && written.is_reference()) {
    return written.as_reference().address.section == choice.section ? written : Value();
  }
  if (!written.is_text()) {
    return {};
  }
  const std::string& text = written.as_text();
  if (!choice.word.empty()) {
    return text == choice.word ? Value(true) : Value();
  }
  constexpr std::string_view kRegex = "regex:";
  if (!choice.format.empty()) {
    const bool fits = choice.format == "cidr4"   ? functions::is_cidr4(text)
                      : choice.format == "cidr6" ? functions::is_cidr6(text)
                      : choice.format.starts_with(kRegex)
                          ? context_.pattern(choice.format.substr(kRegex.size())).matches(text)
                          : false;
    return fits ? written : Value();
  }
  if (choice.is_reference && is_resource_name(text)) {
    return Value::reference({{choice.section, text}, choice.attribute, choice.is_weak});
  }
  return {};
}

Value ValueReader::choice_fields(const Property& property, const Node& node) {
  if (node.entries.size() == 1) {
    const NodeEntry& entry = node.entries[0];
    for (const Choice& choice : property.choices) {
      if (choice.field == entry.key && !choice.field.empty()) {
        Value value = read(text_property(), entry.value, {});
        return value.is_null() ? Value() : Value::object({{choice.as, std::move(value)}});
      }
    }
  }
  return wrong_choice(property, node);
}

Value ValueReader::wrong_choice(const Property& property, const Node& node) {
  std::vector<std::string> forms;
  for (const Choice& choice : property.choices) {
    if (!choice.word.empty()) {
      forms.push_back(choice.word);
    } else if (choice.format == "cidr4") {
      forms.emplace_back("10.0.0.0/16");
    } else if (choice.format == "cidr6") {
      forms.emplace_back("fd00::/8");
    } else if (!choice.field.empty()) {
      forms.push_back(fmt::format("{{ {}: … }}", choice.field));
    } else if (choice.is_reference) {
      forms.push_back(fmt::format("the name of one of {}", choice.section));
    } else {
      forms.push_back(choice.as);
    }
  }
  Diagnostic& finding = reporter_.add(
      kWrongType,
      node.range,
      node.is_scalar()
          ? fmt::format("{} has none of the accepted forms.", in_ticks(node.text))
          : fmt::format("This {} has none of the accepted forms.", node.is_map() ? "map" : "list"),
      fmt::format("write one of: {}", join(forms, ", "))
  );
  if (node.is_scalar() && is_meant_as_range(node.text)) {
    take_rule(property, finding);
  }
  return {};
}

}  // namespace plumbline
