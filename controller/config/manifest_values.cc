#include "controller/config/manifest_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/manifest_scalars.h"
#include "controller/config/yaml_edit.h"

namespace plumbline {

Value protect(Value value) {
  switch (value.type()) {
    case Value::Type::kText:
      return Value::secret(value.as_text());
    case Value::Type::kList:
      for (Value& item : value.as_list()) {
        item = protect(std::move(item));
      }
      return value;
    case Value::Type::kObject:
      for (Member& member : value.as_object()) {
        member.value = protect(std::move(member.value));
      }
      return value;
    case Value::Type::kConcat: {
      List parts;
      for (const Value& part : value.as_concat()) {
        parts.push_back(protect(part));
      }
      return Value::concat(std::move(parts));
    }
    default:
      return value;
  }
}

InterpolationNames interpolation_names(LoadContext& context, std::string_view region) {
  InterpolationNames names;
  names.stack = context.manifest.stack;
  names.region = region;
  names.input = [&context](std::string_view name) -> Value {
    const auto found = context.inputs.find(name);
    if (found == context.inputs.end()) {
      return context.manifest.is_whole ? Value() : Value::unknown("inputs." + std::string(name));
    }
    found->second.is_used = true;
    // What is wrong with the input was said where it is declared.
    return found->second.value.is_null() ? Value::unknown("inputs." + std::string(name))
                                         : found->second.value;
  };
  names.inputs = [&context] {
    std::vector<std::string> all;
    for (const auto& [name, input] : context.inputs) {
      all.push_back(name);
    }
    return all;
  };
  return names;
}

ValueReader::ValueReader(LoadContext& context, const Reporter& reporter, std::string region)
    : context_(context),
      reporter_(reporter),
      region_(std::move(region)),
      names_(interpolation_names(context, region_)) {}

Value ValueReader::read(const Property& property, const Node& node) {
  return read(property, node, {});
}

Value ValueReader::read(const Property& property, const Node& node, const Inherited& from_above) {
  if (node.is_null()) {
    if (node.text.empty()) {
      reporter_.add(
          kWrongType,
          node.range,
          fmt::format("`{}` has no value.", property.name),
          "write a value, write null to leave it unset, or delete the key"
      );
    }
    return {};
  }
  const Inherited inherited = {
      property.ref ? &*property.ref : from_above.ref,
      property.is_sensitive || from_above.is_sensitive};
  Value value = read_typed(property, node, inherited);
  return property.is_sensitive ? protect(std::move(value)) : value;
}

Value ValueReader::read_typed(
    const Property& property, const Node& node, const Inherited& inherited
) {
  if (!property.source.empty() && node.is_map() && property.type != PropertyType::kObject) {
    return read_source_place(property, node);
  }
  switch (property.type) {
    case PropertyType::kText:
      return inherited.ref != nullptr ? read_reference(property, *inherited.ref, node)
                                      : read_text(property, node, inherited);
    case PropertyType::kInt:
    case PropertyType::kBool:
    case PropertyType::kDouble:
      return read_number(property, node);
    case PropertyType::kJson:
      return read_json(property, node);
    case PropertyType::kList:
    case PropertyType::kSet:
      return read_list(property, node, inherited);
    case PropertyType::kMap:
      return read_map(property, node, inherited);
    case PropertyType::kObject:
      return read_object(property, node, inherited);
    case PropertyType::kChoice:
      return read_choice(property, node);
  }
  return {};
}

Value ValueReader::wrong_type(const Property& property, const Node& node, std::string_view wanted) {
  std::string help = fmt::format("write {}", wanted);
  std::vector<Edit> edits;
  const bool is_one = node.is_list() && node.items.size() == 1 && node.items[0].is_scalar();
  if (is_one && !property.is_sensitive) {
    help = fmt::format("write {} without brackets and dash", node.items[0].text);
    const std::string_view item = text_of(node.items[0].range);
    const bool is_flow = text_of(node.range).starts_with('[');
    if (is_flow && item.find('\n') == std::string_view::npos) {
      edits = replace_node(node, item);
    }
  }
  const std::string subject = property.name.empty() ? "This" : fmt::format("`{}`", property.name);
  Diagnostic& finding = reporter_.add(
      kWrongType,
      node.range,
      fmt::format("{} takes {}, not {}.", subject, wanted, describe(node)),
      std::move(help)
  );
  finding.edits = std::move(edits);
  if (property.is_sensitive) {
    finding.hidden = {node.range};
  }
  return {};
}

void ValueReader::report(const InterpolationFault& fault, const Node& node) {
  SourceRange range = node.range;
  const std::size_t quotes = node.is_plain ? 0 : 2;
  const bool is_verbatim = range.begin.line == range.end.line &&
                           range.end.column - range.begin.column == code_points(node.text) + quotes;
  if (is_verbatim) {
    const std::string_view text = node.text;
    const auto before = code_points(text.substr(0, fault.offset)) + quotes / 2;
    const auto length = code_points(text.substr(fault.offset, fault.length));
    range.begin.column += static_cast<std::uint32_t>(before);
    range.end.column = range.begin.column + static_cast<std::uint32_t>(length);
  }
  reporter_.add(fault.id, range, fault.detail, fault.advice);
}

Value ValueReader::interpolated(
    const Node& node, std::string_view default_attribute, bool is_weak
) {
  if (!has_interpolation(node.text)) {
    return Value(node.text);
  }
  names_.default_attribute = default_attribute;
  names_.is_weak = is_weak;
  std::vector<InterpolationFault> faults;
  Value value = interpolate(node.text, names_, faults);
  for (const InterpolationFault& fault : faults) {
    report(fault, node);
  }
  std::optional<Address> group;
  value.for_each_reference([&](const Reference& reference) {
    if (context_.groups.contains(reference.address)) {
      group = reference.address;
    }
  });
  if (group) {
    report_group(*group, node);
    return {};
  }
  return value;
}

void ValueReader::report_group(const Address& group, const Node& node) {
  const std::vector<std::string>& names = context_.groups.at(group);
  reporter_.add(
      kWrongType,
      node.range,
      fmt::format(
          "`{}` is a group of {} that `forEach` made; here only one can stand.",
          group.to_string(),
          names.size()
      ),
      names.empty() ? "add a key to its `forEach`" : fmt::format("name {}", enumerate(names))
  );
}

std::string ValueReader::read_known_text(const Node& node, std::string_view what) {
  if (!node.is_scalar()) {
    return read_word(node, what, reporter_);
  }
  const Value value = interpolated(node, "", false);
  if (value.is_text()) {
    return value.as_text();
  }
  if (value.is_int() || value.is_bool()) {
    return to_text(value);
  }
  const bool is_secret =
      value.is_secret() || (value.is_reference() && is_generated(value.as_reference()));
  if (!value.is_null() && !value.is_unknown()) {
    reporter_.add(
        kWrongType,
        node.range,
        is_secret ? fmt::format("`{}` is shown everywhere and takes no sensitive input.", what)
                  : fmt::format("`{}` must be known when the manifest is read.", what),
        "write a text, ${stack}, ${region} or an input that is not sensitive"
    );
  }
  return "";
}

Value ValueReader::read_text(
    const Property& property, const Node& node, const Inherited& inherited
) {
  if (!node.is_scalar()) {
    return wrong_type(property, node, "a text");
  }
  Value value = interpolated(node, "", false);
  if (value.is_int() || value.is_bool() || value.is_double()) {
    value = Value(to_text(value));
  }
  if (inherited.is_sensitive) {
    value = protect(std::move(value));
  }
  check_limits(property, value, node.range);
  return value;
}

Value ValueReader::read_reference(const Property& property, const RefSpec& ref, const Node& node) {
  if (node.is_map()) {
    const Node* id = node.find("id");
    if (id == nullptr || node.entries.size() != 1 || !id->is_scalar()) {
      return wrong_type(property, node, "the name of a resource or { id: … }");
    }
    return interpolated(*id, "id", ref.is_weak);
  }
  if (!node.is_scalar()) {
    return wrong_type(property, node, "the name of a resource");
  }
  if (has_interpolation(node.text)) {
    Value value = interpolated(node, ref.attribute, ref.is_weak);
    // An input that holds a bare name is not a reference: inputs carry values of the world.
    return value;
  }
  // What is declared is meant, even when its name looks like an id: `vpc-main`.
  if (!ref.literal.empty() && context_.pattern(ref.literal).finds(node.text) &&
      !context_.is_written({ref.section, node.text})) {
    return Value(node.text);
  }
  return name_reference(ref, node.text, node);
}

Value ValueReader::name_reference(const RefSpec& ref, std::string_view name, const Node& node) {
  const std::string own = ref.section + ".";
  if (!own.starts_with('.') && name.starts_with(own) && is_resource_name(name.substr(own.size()))) {
    reporter_.add(
        kWrongType,
        node.range,
        fmt::format("The section is known here; {} is more than the name.", in_ticks(name)),
        Advice(fmt::format("write {}", name.substr(own.size())), name, name.substr(own.size()))
    );
    return {};
  }
  Address address = {ref.section, std::string(name)};
  if (ref.section.empty()) {
    address = Address::parse(name);
  }
  if (context_.groups.contains(address)) {
    report_group(address, node);
    return {};
  }
  if (!is_resource_name(address.name) || address.section.empty()) {
    reporter_.add(
        kWrongType,
        node.range,
        ref.section.empty()
            ? fmt::format("{} is no address of a resource.", in_ticks(name))
            : fmt::format("{} is no name of a resource in `{}`.", in_ticks(name), ref.section),
        name.empty()
            ? "write a name"
            : fmt::format("write a name, or {{ id: {} }} for one outside the manifest", name)
    );
    return {};
  }
  return Value::reference({std::move(address), ref.attribute, ref.is_weak});
}

Value ValueReader::read_number(const Property& property, const Node& node) {
  const auto type = property.type;
  const std::string_view wanted = type == PropertyType::kBool  ? "true or false"
                                  : type == PropertyType::kInt ? "a whole number"
                                                               : "a number";
  if (!node.is_scalar()) {
    return wrong_type(property, node, wanted);
  }
  std::string_view text = node.text;
  bool is_plain = node.is_plain;
  Value known;
  if (has_interpolation(node.text)) {
    known = interpolated(node, "", false);
    const bool fits = type == PropertyType::kBool ? known.is_bool() : known.is_int();
    const bool is_secret =
        known.is_secret() || (known.is_reference() && is_generated(known.as_reference()));
    if (known.is_null() || (known.is_reference() && !is_secret) || known.is_unknown() || fits) {
      check_limits(property, known, node.range);
      return known;
    }
    if (is_secret || known.is_concat()) {
      reporter_.add(
          kWrongType,
          node.range,
          is_secret ? fmt::format("`{}` cannot take a sensitive input.", property.name)
                    : fmt::format("`{}` cannot be put together of parts.", property.name),
          fmt::format("write {}, or a single reference", wanted)
      );
      return {};
    }
    known = Value(to_text(known));
    text = known.as_text();
    is_plain = true;
  }
  const Scalar scalar = type == PropertyType::kBool  ? to_bool(text, is_plain)
                        : type == PropertyType::kInt ? to_int(text, is_plain)
                                                     : to_double(text, is_plain);
  if (!scalar.fault.empty()) {
    reporter_.add(kWrongType, node.range, scalar.fault, scalar.advice);
    return {};
  }
  check_limits(property, scalar.value, node.range);
  return scalar.value;
}

}  // namespace plumbline
