#include "controller/plan/transcribe.h"

#include <algorithm>

#include "controller/base/check.h"
#include "controller/config/manifest_context.h"
#include "controller/plan/diff.h"

namespace plumbline {

namespace {

/// Nothing that a manifest may hold.
bool is_untold(const Property& property) {
  return property.role != PropertyRole::kDesired || property.is_left_out || property.is_sensitive ||
         property.absence == Absence::kUnmanaged;
}

Value empty_of(const Property& property) {
  switch (property.type) {
    case PropertyType::kList:
    case PropertyType::kSet:
      return Value(List());
    case PropertyType::kMap:
      return Value(Object());
    case PropertyType::kText:
      return "";
    case PropertyType::kInt:
    case PropertyType::kBool:
    case PropertyType::kDouble:
    case PropertyType::kJson:
    case PropertyType::kObject:
    case PropertyType::kChoice:
      return {};
  }
  PLUMBLINE_UNREACHABLE("PropertyType");
}

Value told(const Property& property, Value value);

/// Members that may be declared, in the schema's order.
Value told_fields(const std::vector<Property>& fields, const Value& value) {
  Value out{Object()};
  for (const Property& field : fields) {
    Value inner = is_untold(field) ? Value() : told(field, value.get(field.name));
    const bool is_default = field.absence == Absence::kDefault && !field.is_required &&
                            equals(field, field.default_value, inner);
    if (!is_nothing(inner) && !is_default) {
      out.set(field.name, std::move(inner));
    }
  }
  return out;
}

/// A value without what nobody can declare; secrets inside leave nothing.
Value told(const Property& property, Value value) {
  if (!property.fields.empty() && value.is_object()) {
    return told_fields(property.fields, value);
  }
  if (property.element != nullptr && value.is_list()) {
    for (Value& item : value.as_list()) {
      item = told(*property.element, std::move(item));
    }
    if (property.type == PropertyType::kSet) {
      std::sort(value.as_list().begin(), value.as_list().end());
    }
  } else if (property.type == PropertyType::kSet && value.is_list()) {
    std::sort(value.as_list().begin(), value.as_list().end());
  }
  return value.holds_secret() ? Value() : value;
}

/// `with` of a source, its names put in.
Value context_of(const CollectionDesired& source, const Observation& seen, const std::string& id) {
  Value context = Value::object({{"id", seen.id}, {"account", id}});
  if (source.with.is_object()) {
    for (const Member& member : source.with.as_object()) {
      const bool is_name = member.value.is_text() && member.value.as_text().starts_with('$');
      context.set(
          member.key,
          is_name ? context.get(std::string_view(member.value.as_text()).substr(1)) : member.value
      );
    }
  }
  return context;
}

/// The way back from desired_rows.
Value property_of_rows(
    const Property& property, const Collection& collection, const List& rows, const Value& context
) {
  const auto source = std::find_if(
      collection.desired.begin(),
      collection.desired.end(),
      [&](const CollectionDesired& each) { return each.property == property.name; }
  );
  if (!source->explode.empty()) {
    const ImplodeFunction implode = find_implode_function(source->explode);
    PLUMBLINE_CHECK(implode != nullptr);
    return implode(rows, context);
  }
  const auto element = [&](const Value& raw) {
    return property.element == nullptr ? raw : typed(*property.element, raw);
  };
  if (!collection.map_key.empty()) {
    Value map{Object()};
    for (const Value& row : rows) {
      map.set(row.text_of(collection.map_key), element(row.get(collection.map_value)));
    }
    std::sort(map.as_object().begin(), map.as_object().end(), [](const auto& a, const auto& b) {
      return a.key < b.key;
    });
    return map;
  }
  List items;
  for (const Value& row : rows) {
    items.push_back(element(collection.scalar.empty() ? row : row.get(collection.scalar)));
  }
  return Value(std::move(items));
}

class Transcriber {
 public:
  Transcriber(const Kind& kind, const Observation& seen, const std::string& account_id)
      : kind_(kind), seen_(seen), account_id_(account_id) {}

  Value run() {
    Value out{Object()};
    for (const Property& property : kind_.properties) {
      Value value = is_untold(property) ? Value() : tell(property);
      if (!value.is_null()) {
        out.set(property.name, std::move(value));
      }
    }
    return out;
  }

 private:
  Value tell(const Property& property) const {
    if (property.imported) {
      Scope scope(&seen_.properties);
      scope.bind("observed", &seen_.properties);
      return property.imported->evaluate(scope);
    }
    if (property.is_write_only) {
      return {};
    }
    Value value = told(property, observed(property));
    const bool has_default = property.absence == Absence::kDefault;
    if (has_default && !property.is_required && is_default(property, value)) {
      return {};
    }
    if (is_nothing(value)) {
      return has_default || property.is_required ? empty_of(property) : Value();
    }
    return value;
  }

  Value observed(const Property& property) const {
    for (const Collection& collection : kind_.collections) {
      for (const CollectionDesired& source : collection.desired) {
        const auto rows = seen_.collections.find(collection.name);
        if (source.property == property.name && rows != seen_.collections.end()) {
          const Value context = context_of(source, seen_, account_id_);
          return property_of_rows(property, collection, rows->second, context);
        }
      }
    }
    return seen_.properties.get(property.name);
  }

  bool is_default(const Property& property, const Value& value) const {
    const Value& written = property.default_value;
    if (written.is_text() && written.as_text().starts_with('$')) {
      return equals(
          property, seen_.properties.get_path(std::string_view(written.as_text()).substr(1)), value
      );
    }
    return equals(property, written, value);
  }

  const Kind& kind_;
  const Observation& seen_;
  const std::string& account_id_;
};

/// Walks a value beside its property; what names another resource goes through `visit`, which says
/// what is written there.
class NameWalk {
 public:
  using Visit = std::function<Value(const Naming&, const std::string&)>;
  explicit NameWalk(Visit visit) : visit_(std::move(visit)) {}

  Value walk(const Property& property, const Value& value, const RefSpec* from_above = nullptr) {
    const RefSpec* ref = property.ref ? &*property.ref : from_above;
    switch (property.type) {
      case PropertyType::kList:
      case PropertyType::kSet:
        return walk_list(property, value, ref);
      case PropertyType::kMap:
        return walk_map(property, value, ref);
      case PropertyType::kObject:
        return value.is_object() ? walk_fields(property, value) : value;
      case PropertyType::kChoice:
        return value.is_object() ? walk_choice(property, value) : value;
      case PropertyType::kJson:
        return escape_all(value);
      case PropertyType::kText:
      case PropertyType::kInt:
      case PropertyType::kBool:
      case PropertyType::kDouble:
        return walk_scalar(value, ref);
    }
    PLUMBLINE_UNREACHABLE("PropertyType");
  }

 private:
  Value walk_scalar(const Value& value, const RefSpec* ref) {
    if (!value.is_text()) {
      return value;
    }
    return ref == nullptr ? Value(escaped(value.as_text()))
                          : visit_({ref->section, ref->attribute, ref->literal}, value.as_text());
  }

  Value walk_list(const Property& property, const Value& value, const RefSpec* ref) {
    if (!value.is_list()) {
      return value;
    }
    List items;
    for (const Value& item : value.as_list()) {
      items.push_back(
          property.element == nullptr ? walk_scalar(item, ref) : walk(*property.element, item, ref)
      );
    }
    const bool is_alone = property.accepts_single && items.size() == 1;
    return is_alone ? std::move(items.front()) : Value(std::move(items));
  }

  Value walk_map(const Property& property, const Value& value, const RefSpec* ref) {
    if (!value.is_object()) {
      return value;
    }
    Value out{Object()};
    for (const Member& member : value.as_object()) {
      out.set(
          member.key,
          property.element == nullptr ? walk_scalar(member.value, ref)
                                      : walk(*property.element, member.value, ref)
      );
    }
    return out;
  }

  Value walk_fields(const Property& property, const Value& value) {
    Value out{Object()};
    for (const Property& field : property.fields) {
      if (const Value* member = value.find(field.name); member != nullptr) {
        out.set(field.name, walk(field, *member));
      }
    }
    return out;
  }

  Value walk_choice(const Property& property, const Value& value) {
    for (const Choice& choice : property.choices) {
      const Value* found = value.find(choice.as);
      if (found == nullptr) {
        continue;
      }
      if (choice.is_reference && found->is_text()) {
        return visit_({choice.section, choice.attribute, ""}, found->as_text());
      }
      if (!choice.word.empty()) {
        return choice.word;
      }
      return choice.field.empty() ? *found : Value::object({{choice.field, *found}});
    }
    return value;
  }

  static Value escape_all(const Value& value) {
    if (value.is_text()) {
      return escaped(value.as_text());
    }
    Value out = value;
    if (out.is_list()) {
      for (Value& item : out.as_list()) {
        item = escape_all(item);
      }
    } else if (out.is_object()) {
      for (Member& member : out.as_object()) {
        member.value = escape_all(member.value);
      }
    }
    return out;
  }

  Visit visit_;
};

Value walk_kind(const Kind& kind, const Value& declared, NameWalk& walk) {
  Value out{Object()};
  for (const Property& property : kind.properties) {
    if (const Value* value = declared.find(property.name); value != nullptr) {
      out.set(property.name, walk.walk(property, *value));
    }
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") {
      out += '$';
    }
    out += text[i];
  }
  return out;
}

Value declarable(const Kind& kind, const Observation& seen, const std::string& account_id) {
  return Transcriber(kind, seen, account_id).run();
}

void for_each_named(
    const Kind& kind,
    const Value& declared,
    const std::function<void(const Naming& naming, const std::string& text)>& visit
) {
  NameWalk walk([&](const Naming& naming, const std::string& text) {
    visit(naming, text);
    return Value(text);
  });
  walk_kind(kind, declared, walk);
}

Value as_written(const Kind& kind, const Value& declared, const FindName& name_of) {
  NameWalk walk([&](const Naming& naming, const std::string& text) -> Value {
    if (const auto name = name_of(naming, text)) {
      return *name;
    }
    const bool is_literal =
        !naming.literal.empty() && Pattern(std::string(naming.literal)).finds(text);
    return is_literal ? Value(text) : Value::object({{"id", text}});
  });
  return walk_kind(kind, declared, walk);
}

}  // namespace plumbline
