#include "controller/plan/observe.h"

#include <algorithm>
#include <charconv>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/plan/desired.h"

namespace plumbline {

namespace {

Value to_int(const Value& raw) {
  if (!raw.is_text()) {
    return raw;
  }
  std::int64_t number = 0;
  const std::string& text = raw.as_text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? Value(number) : raw;
}

Value to_bool(const Value& raw) {
  if (raw.is_text()) {
    const std::string word = to_lower(raw.as_text());
    if (word == "true" || word == "false") {
      return word == "true";
    }
  }
  return raw;
}

Value to_list(const Property& property, const Value& raw) {
  List list;
  const List single = raw.is_list() ? List() : List{raw};
  for (const Value& item : raw.is_list() ? raw.as_list() : single) {
    list.push_back(property.element == nullptr ? item : typed(*property.element, item));
  }
  return Value(std::move(list));
}

Value to_object(const Property& property, const Value& raw) {
  Value object = raw;
  for (const Property& field : property.fields) {
    if (Value* member = object.is_object() ? object.find(field.name) : nullptr) {
      *member = typed(field, *member);
    }
  }
  return object;
}

bool is_nothing(const Value& value) {
  return value.is_null() || (value.is_text() && value.as_text().empty());
}

Value bind_items(const Property* property, const Bind& bind, const Value& node) {
  List list;
  for (const Value& element : items_of(bind.path, node)) {
    Value object{Object()};
    for (const Bind& inner : bind.items) {
      Value raw = inner.path.read(element);
      const Property* field = nullptr;
      if (property != nullptr && property->element != nullptr) {
        for (const Property& candidate : property->element->fields) {
          field = candidate.name == inner.property ? &candidate : field;
        }
      }
      if (!is_nothing(raw)) {
        object.set_path(inner.property, field == nullptr ? raw : typed(*field, raw));
      }
    }
    list.push_back(std::move(object));
  }
  return Value(std::move(list));
}

void bind_all(
    Value& properties, const Kind& kind, const std::vector<Bind>& binds, const Value& node
) {
  for (const Bind& bind : binds) {
    const Property* property = kind.find_property(bind.property);
    if (!bind.items.empty()) {
      properties.set_path(bind.property, bind_items(property, bind, node));
      continue;
    }
    const Value raw = bind.path.read(node);
    if (is_nothing(raw)) {
      continue;
    }
    Value value = property == nullptr ? raw : typed(*property, raw);
    if (property != nullptr && property->is_sensitive) {
      value = conceal(value);
    }
    properties.set_path(bind.property, std::move(value));
  }
}

Readiness judge(const StateSpec& spec, const std::string& state) {
  if (is_one_of(spec.ready, state)) {
    return Readiness::kReady;
  }
  if (is_one_of(spec.deleting, state)) {
    return Readiness::kDeleting;
  }
  return is_one_of(spec.failed, state) ? Readiness::kFailed : Readiness::kPending;
}

int badness(Readiness readiness) {
  switch (readiness) {
    case Readiness::kReady:
      return 0;
    case Readiness::kPending:
      return 1;
    case Readiness::kDeleting:
      return 2;
    case Readiness::kFailed:
      return 3;
  }
  return 0;
}

/// AWS's ids are short and of one line; what is not is no id, however it is called.
std::string id_in(const Kind& kind, const Value& properties) {
  constexpr std::size_t kLongestId = 2048;  // An ARN's limit.
  const std::string& id = properties.text_of(kind.id_property);
  const bool is_line = std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  return is_line && id.size() <= kLongestId && trim(id).size() == id.size() ? id : "";
}

Observation observe_bound(const Kind& kind, Value properties, const Value& item) {
  Observation observation;
  observation.properties = std::move(properties);
  observation.id = id_in(kind, observation.properties);
  Scope scope(&observation.properties);
  scope.bind("raw", &item);
  scope.bind("observed", &observation.properties);
  for (const auto& [property, condition] : kind.observe.present_when) {
    if (!condition.holds(scope)) {
      observation.properties.erase(property);
    }
  }
  if (kind.observe.gone_when && kind.observe.gone_when->holds(scope)) {
    return observation;
  }
  if (observation.id.empty()) {
    return observation;
  }
  observation.presence = Presence::kPresent;
  observation.is_built_in = kind.observe.built_in_when && kind.observe.built_in_when->holds(scope);
  judge_readiness(observation, kind, item);
  return observation;
}

}  // namespace

bool is_one_of(const std::vector<std::string>& words, const std::string& state) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return to_lower(word) == to_lower(state);
  });
}

const std::string* Observation::find_tag(std::string_view key) const {
  for (const auto& [name, value] : tags) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

List items_of(const Path& from, const Value& reply) {
  Value found = from.read(reply);
  if (found.is_list()) {
    return std::move(found.as_list());
  }
  return found.is_null() ? List() : List{std::move(found)};
}

Value typed(const Property& property, const Value& raw) {
  switch (property.type) {
    case PropertyType::kInt:
      return to_int(raw);
    case PropertyType::kBool:
      return to_bool(raw);
    case PropertyType::kDouble:
      return raw;
    case PropertyType::kJson:
      if (raw.is_text()) {
        auto parsed = parse_json(raw.as_text());
        return parsed ? std::move(parsed).value() : raw;
      }
      return raw;
    case PropertyType::kList:
    case PropertyType::kSet:
      return to_list(property, raw);
    case PropertyType::kObject:
      return to_object(property, raw);
    case PropertyType::kText:
    case PropertyType::kMap:
    case PropertyType::kChoice:
      return raw;
  }
  return raw;
}

void judge_readiness(Observation& observation, const Kind& kind, const Value& item) {
  observation.readiness = Readiness::kReady;
  for (const StateSpec& spec : kind.observe.states) {
    const std::string& word = observation.properties.text_of(spec.property);
    if (word.empty()) {
      continue;  // The list form of this kind does not say.
    }
    const Readiness readiness = judge(spec, to_lower(word));
    if (observation.state.empty() || badness(readiness) > badness(observation.readiness)) {
      observation.state = word;
    }
    if (badness(readiness) <= badness(observation.readiness)) {
      continue;
    }
    observation.readiness = readiness;
    std::vector<std::string> reasons;
    for (const Path& path : spec.explain_paths) {
      if (const Value reason = path.read(item); reason.is_text() && !reason.as_text().empty()) {
        reasons.push_back(reason.as_text());
      }
    }
    observation.why = join(reasons, ": ");
  }
}

Observation observe_item(const Kind& kind, const Value& item) {
  Value properties{Object()};
  bind_all(properties, kind, kind.observe.bind, item);
  Observation observation = observe_bound(kind, std::move(properties), item);
  if (kind.tags.is_supported && !kind.tags.read_call) {
    observation.tags = read_tags(kind.tags, item);
    observation.has_tags = true;
  }
  return observation;
}

Observation observe_list_row(const Kind& kind, const Value& row) {
  const ListRead& list = *kind.list;
  // Rows may lack the first segment that a read's reply has: give it back, so one bind serves both.
  const Value item = list.strip.empty() ? row : Value::object({{list.strip, row}});
  Value properties{Object()};
  bind_all(properties, kind, kind.observe.bind, item);
  bind_all(properties, kind, list.bind_override, row);
  Observation observation = observe_bound(kind, std::move(properties), item);
  const bool lacks_tags =
      std::find(list.lacks.begin(), list.lacks.end(), "tags") != list.lacks.end();
  if (kind.tags.is_supported && !kind.tags.read_call && !lacks_tags) {
    observation.tags = read_tags(kind.tags, item);
    observation.has_tags = true;
  }
  for (const auto& [name, rows] : list.collections) {
    if (const Collection* collection = kind.find_collection(name); collection != nullptr) {
      observation.collections[name] =
          observe_rows(*collection, rows.from, rows.bind, row, observation.properties);
    }
  }
  return observation;
}

void bind_into(
    Observation& observation, const Kind& kind, const std::vector<Bind>& binds, const Value& reply
) {
  bind_all(observation.properties, kind, binds, reply);
  if (observation.id.empty()) {
    observation.id = id_in(kind, observation.properties);
  }
}

Tags read_tags(const TagSpec& spec, const Value& node) {
  Tags tags;
  if (spec.reads_map) {
    if (const Value map = spec.from.read(node); map.is_object()) {
      for (const Member& member : map.as_object()) {
        tags.emplace_back(member.key, member.value.is_text() ? member.value.as_text() : "");
      }
    }
  } else {
    for (const Value& tag : items_of(spec.from, node)) {
      tags.emplace_back(tag.text_of(spec.key), tag.text_of(spec.value));
    }
  }
  std::sort(tags.begin(), tags.end());
  return tags;
}

List observe_rows(
    const Collection& collection,
    const Path& from,
    const std::vector<Bind>& binds,
    const Value& reply,
    const Value& observed
) {
  const ValueFunction canon =
      collection.canon.empty() ? nullptr : find_value_function(collection.canon);
  List rows;
  for (const Value& element : items_of(from, reply)) {
    Value row{Object()};
    for (const Bind& bind : binds) {
      if (Value raw = bind.path.read(element); !is_nothing(raw)) {
        row.set_path(bind.property, std::move(raw));
      }
    }
    for (const auto& [field, expression] : collection.derive) {
      Scope scope;
      scope.bind("item", &row);
      Value derived = expression.evaluate(scope);
      if (!derived.is_null()) {
        row.set(field, std::move(derived));
      }
    }
    Scope scope(&observed);
    scope.bind("item", &row);
    scope.bind("observed", &observed);
    if (collection.skip && collection.skip->holds(scope)) {
      continue;
    }
    rows.push_back(canon == nullptr ? std::move(row) : canon(row));
  }
  return rows;
}

}  // namespace plumbline
