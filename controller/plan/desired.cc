#include "controller/plan/desired.h"

#include <algorithm>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

Value with_defaults(const Property& property, Value value);

/// An object's declared fields plus the defaults of the others.
Value object_with_defaults(const std::vector<Property>& fields, const Value& written) {
  Value out{Object()};
  for (const Property& field : fields) {
    if (field.role == PropertyRole::kReadOnly) {
      continue;
    }
    if (const Value* declared = written.find(field.name); declared != nullptr) {
      out.set(field.name, with_defaults(field, *declared));
      continue;
    }
    switch (field.absence) {
      case Absence::kDefault:
        out.set(field.name, with_defaults(field, field.default_value));
        break;
      case Absence::kClear:
        out.set(field.name, Value());
        break;
      case Absence::kLate:
      case Absence::kUnmanaged:
        break;
    }
  }
  return out;
}

Value with_defaults(const Property& property, Value value) {
  if (property.type == PropertyType::kObject && value.is_object()) {
    return object_with_defaults(property.fields, value);
  }
  const bool has_elements = property.element != nullptr && !property.element->fields.empty();
  if (has_elements && value.is_list()) {
    for (Value& item : value.as_list()) {
      item = with_defaults(*property.element, std::move(item));
    }
  }
  if (has_elements && property.type == PropertyType::kMap && value.is_object()) {
    for (Member& member : value.as_object()) {
      member.value = with_defaults(*property.element, std::move(member.value));
    }
  }
  return value;
}

Value digest_secrets(const Value& value, const std::string& install_key) {
  if (value.is_secret() || value.is_bytes()) {
    return Value::object({{"$digest", digest_of(value, install_key)}});
  }
  if (value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      list.push_back(digest_secrets(item, install_key));
    }
    return Value(std::move(list));
  }
  if (value.is_object()) {
    Object object;
    for (const Member& member : value.as_object()) {
      object.push_back({member.key, digest_secrets(member.value, install_key)});
    }
    return Value(std::move(object));
  }
  return value;
}

/// What "$name" as a default stands for: another property's value; and "$name.account" or
/// "$name.region" where that names a resource: where this is. What it does not name, by an id or
/// not at all, is taken to be at home.
Value default_by_name(
    const Resource& resource, std::string_view name, const Value& desired, const Facts& facts
) {
  const auto dot = name.find('.');
  const Property* head = resource.kind->find_property(name.substr(0, dot));
  if (dot == std::string_view::npos || head == nullptr || !head->ref) {
    return desired.get_path(name);
  }
  const std::string_view word = name.substr(dot + 1);
  const Value& written = resource.properties.get(head->name);
  const ResourceFacts* named =
      written.is_reference() ? facts.find(written.as_reference().address) : nullptr;
  return named == nullptr ? facts.home_of(resource.account, resource.region, word)
                          : facts.home_of(named->account, named->region, word);
}

/// Adds to what choices name of another account that account's id: `{group: …, account: …}`.
class Accounts {
 public:
  Accounts(const Resource& resource, const Facts& facts) : resource_(resource), facts_(facts) {}

  void name(const std::vector<Property>& properties, Value& values) const {
    for (const Property& property : properties) {
      if (Value* value = values.find(property.name)) {
        name(property, *value);
      }
    }
  }

 private:
  void name(const Property& property, Value& value) const {
    if (value.is_list() && property.element != nullptr) {
      for (Value& item : value.as_list()) {
        name(*property.element, item);
      }
    } else if (value.is_object() && !property.fields.empty()) {
      name(property.fields, value);
    } else if (value.is_object()) {
      for (const Choice& choice : property.choices) {
        add_account(choice, value);
      }
    }
  }

  void add_account(const Choice& choice, Value& value) const {
    const Value& named = value.get(choice.as);
    const ResourceFacts* target = choice.is_reference && named.is_reference()
                                      ? facts_.find(named.as_reference().address)
                                      : nullptr;
    const std::string& own = facts_.accounts().of(resource_.account);
    if (target != nullptr && facts_.accounts().of(target->account) != own) {
      value.set("account", facts_.accounts().of(target->account));
    }
  }

  const Resource& resource_;
  const Facts& facts_;
};

std::string base64url(const Digest& digest) {
  std::string text = base64_encode(to_bytes(digest));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text.substr(0, 22);
}

}  // namespace

Value declared_values(const Resource& resource, const Facts& facts) {
  Value written = object_with_defaults(resource.kind->properties, resource.properties);
  Accounts(resource, facts).name(resource.kind->properties, written);
  Value desired = facts.resolve(written);
  if (const ResourceFacts* known = facts.find(resource.address);
      known != nullptr && !known->kept_name.empty()) {
    desired.set(resource.kind->name_property, known->kept_name);
  }
  for (const Property& property : resource.kind->properties) {
    Value* value = desired.find(property.name);
    if (value == nullptr) {
      continue;
    }
    if (value->is_text() && value->as_text().starts_with('$') &&
        property.absence == Absence::kDefault &&
        resource.properties.find(property.name) == nullptr) {
      const std::string name = value->as_text().substr(1);
      *value = default_by_name(resource, name, desired, facts);
    }
    if (property.is_sensitive && !value->is_null()) {
      *value = conceal(*value);
    }
  }
  return desired;
}

Result<Value> desired_values(
    const Resource& resource, const Facts& facts, const std::string& folder
) {
  Value desired = declared_values(resource, facts);
  for (const Property& property : resource.kind->properties) {
    Value* value = desired.find(property.name);
    if (value != nullptr && !property.source.empty() && !value->is_null()) {
      PLUMBLINE_TRY(content, read_source(property.source, *value, folder));
      *value = std::move(content);
    }
  }
  return desired;
}

std::string digest_of(const Value& value, const std::string& install_key) {
  // A secret and the same text unmarked give one digest: marking is about showing, not about value.
  std::string content = "value\n";
  if (value.is_secret()) {
    content.append(value.reveal());
  } else {
    content.append(canonical_json(value));
  }
  return to_hex(hmac_sha256(install_key, content)).substr(0, 32);
}

Value without_secrets(const Kind& kind, const Value& properties, const std::string& install_key) {
  Value out{Object()};
  if (!properties.is_object()) {
    return out;
  }
  for (const Member& member : properties.as_object()) {
    const Property* property = kind.find_property(member.key);
    const bool hides_all =
        property != nullptr && property->is_write_only && member.value.is_known();
    if (hides_all && !member.value.is_null()) {
      out.set(member.key, Value::object({{"$digest", digest_of(member.value, install_key)}}));
    } else {
      out.set(member.key, digest_secrets(member.value, install_key));
    }
  }
  return out;
}

Value conceal(const Value& value) {
  if (value.is_text()) {
    return Value::secret(value.as_text());
  }
  if (value.is_list()) {
    List list;
    for (const Value& item : value.as_list()) {
      list.push_back(conceal(item));
    }
    return Value(std::move(list));
  }
  if (value.is_object()) {
    Object object;
    for (const Member& member : value.as_object()) {
      object.push_back({member.key, conceal(member.value)});
    }
    return Value(std::move(object));
  }
  return value;
}

OwnerTags owner_tags(
    const std::string& install_key,
    const std::string& account_id,
    const std::string& region,
    const std::string& stack,
    const Address& address
) {
  const std::string subject =
      "owner\n" + account_id + "\n" + region + "\n" + stack + "\n" + address.to_string();
  return {base64url(hmac_sha256(install_key, subject)), stack, address.to_string()};
}

}  // namespace plumbline
