// Normal forms and equality: notation is never drift, what the server may choose is not compared
// where it was left open, and a secret equals the same text read back.
#include <algorithm>

#include "controller/plan/diff.h"

namespace plumbline {

namespace {

const Property* field_named(const std::vector<Property>& fields, std::string_view name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const Property& field) {
    return field.name == name;
  });
  return found == fields.end() ? nullptr : &*found;
}

/// Normal form of an object with known fields: each field in its own, empty ones left out.
Value normalised_object(const std::vector<Property>& fields, const Value& value) {
  Value out{Object()};
  for (const Member& member : value.as_object()) {
    const Property* field = field_named(fields, member.key);
    if (field != nullptr && (field->role != PropertyRole::kDesired || field->is_not_compared)) {
      continue;
    }
    Value inner = field == nullptr ? member.value : normalised(*field, member.value);
    if (!is_nothing(inner)) {
      out.set(member.key, std::move(inner));
    }
  }
  return out;
}

/// {cidr: 10.0.0.5/8}: a form that is the name of a value function (cidr4) is one to normalise by.
Value normalised_choice(const std::vector<Choice>& choices, const Value& value) {
  Value out = value;
  for (const Choice& choice : choices) {
    const ValueFunction normalise = find_value_function(choice.format);
    if (const Value* written = value.find(choice.as); written != nullptr && normalise != nullptr) {
      out.set(choice.as, normalise(*written));
    }
  }
  return out;
}

Value sorted_unique(List list) {
  std::sort(list.begin(), list.end(), [](const Value& a, const Value& b) { return a < b; });
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return Value(std::move(list));
}

bool is_open(const Property& property) {
  return property.absence == Absence::kLate || property.absence == Absence::kUnmanaged;
}

/// True when a plain comparison of normal forms would not do.
bool needs_care(const Property& property) {
  if (!property.equal.empty()) {
    return true;
  }
  const auto is_careful = [](const Property& field) { return is_open(field) || needs_care(field); };
  return std::any_of(property.fields.begin(), property.fields.end(), is_careful) ||
         (property.element != nullptr && needs_care(*property.element));
}

/// Both in normal form.
bool same(const Property& property, const Value& declared, const Value& observed);

bool same_fields(
    const std::vector<Property>& fields, const Value& declared, const Value& observed
) {
  return std::all_of(fields.begin(), fields.end(), [&](const Property& field) {
    const Value& left = declared.get(field.name);
    const bool is_skipped = field.role != PropertyRole::kDesired || field.is_not_compared ||
                            (left.is_null() && is_open(field));
    return is_skipped || same(field, left, observed.get(field.name));
  });
}

/// Each declared element is one observed element, in order or, of a set, in any.
bool same_elements(const Property& property, const List& declared, const List& observed) {
  if (declared.size() != observed.size()) {
    return false;
  }
  std::vector<bool> is_taken(observed.size(), false);
  for (std::size_t i = 0; i < declared.size(); ++i) {
    bool is_found = false;
    const bool is_set = property.type == PropertyType::kSet;
    for (std::size_t j = is_set ? 0 : i; j < (is_set ? observed.size() : i + 1); ++j) {
      if (!is_found && !is_taken[j] && same(*property.element, declared[i], observed[j])) {
        is_found = true;
        is_taken[j] = true;
      }
    }
    if (!is_found) {
      return false;
    }
  }
  return true;
}

bool same_members(const Property& element, const Value& declared, const Value& observed) {
  const Object& members = declared.as_object();
  return declared.size() == observed.size() &&
         std::all_of(members.begin(), members.end(), [&](const Member& member) {
           const Value* other = observed.find(member.key);
           return other != nullptr && same(element, member.value, *other);
         });
}

bool same(const Property& property, const Value& declared, const Value& observed) {
  if (is_nothing(declared) && is_nothing(observed)) {
    return true;
  }
  if (!property.equal.empty() && !declared.is_null() && !observed.is_null()) {
    if (const EqualFunction equal = find_equal_function(property.equal); equal != nullptr) {
      return equal(declared, observed);
    }
  }
  if (needs_care(property)) {
    if (!property.fields.empty() && declared.is_object() && observed.is_object()) {
      return same_fields(property.fields, declared, observed);
    }
    if (property.element != nullptr && declared.is_list() && observed.is_list()) {
      return same_elements(property, declared.as_list(), observed.as_list());
    }
    if (property.element != nullptr && declared.is_object() && observed.is_object()) {
      return same_members(*property.element, declared, observed);
    }
  }
  return declared == observed;
}

}  // namespace

bool is_nothing(const Value& value) {
  return value.is_null() || ((value.is_text() || value.is_secret()) && value.reveal().empty()) ||
         ((value.is_list() || value.is_object()) && value.size() == 0);
}

Value revealed(const Value& value) {
  if (value.is_secret()) {
    return Value(value.reveal());
  }
  if (value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      list.push_back(revealed(item));
    }
    return Value(std::move(list));
  }
  if (value.is_object()) {
    Object object;
    for (const Member& member : value.as_object()) {
      object.push_back({member.key, revealed(member.value)});
    }
    return Value(std::move(object));
  }
  return value;
}

Value normalised(const Property& property, const Value& value) {
  if (value.is_null()) {
    return value;
  }
  const ValueFunction normalise =
      property.normalise.empty() ? nullptr : find_value_function(property.normalise);
  if ((property.type == PropertyType::kList || property.type == PropertyType::kSet) &&
      value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      Value element = property.element == nullptr ? item : normalised(*property.element, item);
      list.push_back(normalise == nullptr ? std::move(element) : normalise(element));
    }
    return property.type == PropertyType::kSet ? sorted_unique(std::move(list))
                                               : Value(std::move(list));
  }
  if (property.type == PropertyType::kObject && !property.fields.empty() && value.is_object()) {
    return normalised_object(property.fields, value);
  }
  if (property.type == PropertyType::kChoice && value.is_object()) {
    return normalised_choice(property.choices, value);
  }
  return normalise == nullptr ? value : normalise(value);
}

bool equals(const Property& property, const Value& declared, const Value& observed) {
  const auto normal = [&](const Value& value) {
    return value.holds_secret() ? normalised(property, revealed(value))
                                : normalised(property, value);
  };
  return same(property, normal(declared), normal(observed));
}

}  // namespace plumbline
