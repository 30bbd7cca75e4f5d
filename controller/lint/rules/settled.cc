#include "controller/lint/rules/settled.h"

namespace plumbline {

namespace {

constexpr int kMostNames = 8;  // Names that name each other are a finding of their own.

std::optional<std::string> settle(const Manifest& manifest, const Value& value, int names) {
  if (value.is_text()) {
    return value.as_text();
  }
  if (value.is_reference() && names < kMostNames) {
    const Reference& reference = value.as_reference();
    const Resource* resource = manifest.find(reference.address);
    const bool is_made = resource != nullptr && !resource->existing;
    const Property* property =
        is_made ? resource->kind->find_property(reference.attribute) : nullptr;
    const bool is_derived = is_made && resource->is_name_derived &&
                            reference.attribute == resource->kind->name_property;
    return property == nullptr || property->type != PropertyType::kText || is_derived
               ? std::nullopt
               : settle(manifest, resource->properties.get(reference.attribute), names + 1);
  }
  if (!value.is_concat()) {
    return std::nullopt;
  }
  std::string whole;
  for (const Value& part : value.as_concat()) {
    const auto text = settle(manifest, part, names);
    if (!text) {
      return std::nullopt;
    }
    whole += *text;
  }
  return whole;
}

}  // namespace

std::optional<std::string> settled_text(const Manifest& manifest, const Value& value) {
  return settle(manifest, value, 0);
}

std::optional<AddressRange> settled_range(const Manifest& manifest, const Value& value) {
  const auto text = settled_text(manifest, value);
  return text ? parse_cidr4(*text) : std::nullopt;
}

}  // namespace plumbline
