#include "controller/plan/facts.h"

#include <fmt/format.h>

#include "controller/aws/endpoint.h"
#include "controller/config/interpolation.h"

namespace plumbline {

namespace {

/// A scalar as it appears inside interpolated text.
std::string scalar_text(const Value& value) {
  switch (value.type()) {
    case Value::Type::kBool:
      return value.as_bool() ? "true" : "false";
    case Value::Type::kInt:
      return fmt::format("{}", value.as_int());
    case Value::Type::kDouble:
      return fmt::format("{}", value.as_double());
    case Value::Type::kText:
    case Value::Type::kSecret:
      return std::string(value.reveal());
    default:
      return "";
  }
}

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

std::string arn_of(
    const Kind& kind,
    const std::string& id,
    const Value& attributes,
    const std::string& account_id,
    const std::string& region
) {
  if (!kind.arn_property.empty()) {
    return attributes.text_of(kind.arn_property);
  }
  if (kind.arn_format.empty() || id.empty()) {
    return "";
  }
  std::string arn = kind.arn_format;
  replace_all(arn, "{partition}", partition_of(region));
  replace_all(arn, "{region}", region);
  replace_all(arn, "{account}", account_id);
  replace_all(arn, "{id}", id);
  return arn;
}

std::string name_to_keep(const Resource& resource, const Value* applied, const Value* seen) {
  const std::string& property = resource.kind->name_property;
  if (!resource.is_name_derived) {
    return "";
  }
  if (applied != nullptr) {
    return applied->text_of(property);
  }
  if (resource.import_id.empty()) {
    return "";
  }
  if (seen != nullptr) {
    return seen->text_of(property);
  }
  return resource.kind->id_property == property ? resource.import_id : "";
}

void declare(ResourceFacts& facts, const Resource& resource, std::string kept_name) {
  facts.kind = resource.kind;
  facts.account = resource.account;
  facts.region = resource.region;
  facts.attributes = resource.properties;
  facts.kept_name = std::move(kept_name);
  if (!facts.kept_name.empty()) {
    facts.attributes.set(resource.kind->name_property, facts.kept_name);
  }
}

void know(ResourceFacts& facts, const std::string& id, const Value& properties) {
  facts.id = id;
  facts.exists = true;
  for (const Member& member : properties.as_object()) {
    facts.attributes.set(member.key, member.value);
  }
}

const ResourceFacts* Facts::find(const Address& address) const {
  const auto found = resources_.find(address);
  return found == resources_.end() ? nullptr : &found->second;
}

Value Facts::look_up(const Reference& reference) const {
  if (is_ambient(reference)) {
    const std::string& name = reference.address.section;
    if (is_generated(reference)) {
      const auto input = inputs_.find(reference.address.name);
      return input == inputs_.end() ? Value::unknown("inputs." + reference.address.name)
                                    : input->second;
    }
    if (name == "account") {
      return accounts_.of(account_of(reference));
    }
    return name == "region" ? region_ : partition_of(region_);
  }
  const ResourceFacts* facts = find(reference.address);
  if (facts == nullptr || facts->kind == nullptr) {
    return Value::unknown(reference.to_string());
  }
  const Kind& kind = *facts->kind;
  const bool is_id = reference.attribute == "id" || reference.attribute == kind.id_property;
  if (is_id) {
    if (!facts->id.empty() && !facts->is_stale) {
      return facts->id;
    }
    // A kind whose id is its name is known before it exists.
    const Value& named = facts->attributes.get(kind.id_property);
    const bool is_own_name = kind.id_property == kind.name_property;
    return is_own_name && named.is_text() ? named : Value::unknown(reference.to_string());
  }
  if (reference.attribute == "arn" || reference.attribute == kind.arn_property) {
    const std::string& region = facts->region.empty() ? region_ : facts->region;
    const std::string& account_id = accounts_.of(facts->account);
    const std::string arn =
        facts->is_stale ? "" : arn_of(kind, facts->id, facts->attributes, account_id, region);
    return arn.empty() ? Value::unknown(reference.to_string()) : Value(arn);
  }
  const Value& attribute = facts->attributes.get_path(reference.attribute);
  const Property* property = kind.find_property(reference.attribute);
  const bool is_output = property != nullptr && property->role == PropertyRole::kReadOnly;
  if (attribute.is_null() || (facts->is_stale && is_output)) {
    return Value::unknown(reference.to_string());
  }
  return attribute.is_known() ? attribute : resolve(attribute);
}

Value Facts::home_of(const std::string& account, const std::string& region, std::string_view word)
    const {
  if (word == "account") {
    return accounts_.of(account);
  }
  return region.empty() ? region_ : region;
}

Value Facts::resolve(const Value& value) const {
  switch (value.type()) {
    case Value::Type::kReference:
      return look_up(value.as_reference());
    case Value::Type::kConcat: {
      std::string text;
      bool is_secret = false;
      for (const Value& part : value.as_concat()) {
        const Value resolved = resolve(part);
        if (resolved.is_unknown()) {
          return resolved;
        }
        is_secret = is_secret || resolved.is_secret();
        text += scalar_text(resolved);
      }
      return is_secret ? Value::secret(std::move(text)) : Value(std::move(text));
    }
    case Value::Type::kList: {
      List list;
      list.reserve(value.size());
      for (const Value& item : value.as_list()) {
        list.push_back(resolve(item));
      }
      return Value(std::move(list));
    }
    case Value::Type::kObject: {
      Object object;
      object.reserve(value.size());
      for (const Member& member : value.as_object()) {
        object.push_back({member.key, resolve(member.value)});
      }
      return Value(std::move(object));
    }
    default:
      return value;
  }
}

}  // namespace plumbline
