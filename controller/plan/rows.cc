// Rows of collections: what a manifest wants, and how one row is told from another.
#include "controller/base/check.h"
#include "controller/plan/diff.h"
#include "controller/plan/observe.h"

namespace plumbline {

Value row_key(const Collection& collection, const Value& row) {
  Value key{Object()};
  for (const std::string& field : collection.key) {
    if (const Value& part = row.get(field); !is_nothing(part)) {
      key.set(field, part);
    }
  }
  return key;
}

bool is_managed(const Collection& collection, const Value& desired) {
  Scope scope(&desired);
  return !collection.when || collection.when->holds(scope);
}

List desired_rows(
    const Kind& kind, const Collection& collection, const Value& desired, const Value& context
) {
  List rows;
  for (const CollectionDesired& source : collection.desired) {
    const Value& value = desired.get_path(source.property);
    if (!source.explode.empty()) {
      const ExplodeFunction explode = find_explode_function(source.explode);
      PLUMBLINE_CHECK(explode != nullptr);
      Value with = context;
      if (source.with.is_object()) {
        for (const Member& member : source.with.as_object()) {
          const bool is_name = member.value.is_text() && member.value.as_text().starts_with('$');
          with.set(
              member.key,
              is_name ? context.get(std::string_view(member.value.as_text()).substr(1))
                      : member.value
          );
        }
      }
      for (Value& row : explode(value, with)) {
        rows.push_back(std::move(row));
      }
    } else if (!collection.map_key.empty() && value.is_object()) {
      const Property* property = kind.find_property(source.property);
      for (const Member& member : value.as_object()) {
        Value inner = member.value;
        if (property != nullptr && property->element != nullptr) {
          inner = normalised(*property->element, inner);
        }
        rows.push_back(
            Value::object({{collection.map_key, member.key}, {collection.map_value, inner}})
        );
      }
    } else if (value.is_list()) {
      for (const Value& item : value.as_list()) {
        rows.push_back(
            collection.scalar.empty() ? item : Value::object({{collection.scalar, item}})
        );
      }
    }
  }
  return rows;
}

Value comparable_row(const Kind& kind, const Collection& collection, const Value& row) {
  Value plain = row.holds_secret() ? revealed(row) : row;
  if (collection.desired.empty() || !collection.desired.front().explode.empty()) {
    return plain;
  }
  const Property* property = kind.find_property(collection.desired.front().property);
  if (property == nullptr || property->element == nullptr) {
    return plain;
  }
  const std::string& field =
      collection.map_value.empty() ? collection.scalar : collection.map_value;
  if (field.empty()) {  // The row is an element of a list.
    return normalised(*property->element, typed(*property->element, plain));
  }
  if (!plain.get(field).is_null()) {
    plain.set(field, normalised(*property->element, plain.get(field)));
  }
  return plain;
}

}  // namespace plumbline
