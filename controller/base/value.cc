#include "controller/base/value.h"

#include <algorithm>

#include "controller/base/check.h"

namespace plumbline {

namespace {

const Value& null_value() {
  static const Value value;
  return value;
}

std::vector<const Member*> sorted_members(const Object& object) {
  std::vector<const Member*> members;
  members.reserve(object.size());
  for (const Member& member : object) {
    members.push_back(&member);
  }
  std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) {
    return a->key < b->key;
  });
  return members;
}

std::strong_ordering order(double a, double b) {
  if (a < b) {
    return std::strong_ordering::less;
  }
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

std::strong_ordering order(const List& a, const List& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const auto o = a[i] <=> b[i]; o != 0) {
      return o;
    }
  }
  return a.size() <=> b.size();
}

std::strong_ordering order(const Object& a, const Object& b) {
  const auto left = sorted_members(a);
  const auto right = sorted_members(b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (const auto o = left[i]->key <=> right[i]->key; o != 0) {
      return o;
    }
    if (const auto o = left[i]->value <=> right[i]->value; o != 0) {
      return o;
    }
  }
  return left.size() <=> right.size();
}

bool is_number(const Value& v) {
  return v.is_int() || v.is_double();
}

}  // namespace

std::string Reference::to_string() const {
  return attribute.empty() ? address.to_string() : address.to_string() + "." + attribute;
}

Value::Value() = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

Value::Value(bool v) : content_(v) {}
Value::Value(int v) : content_(static_cast<std::int64_t>(v)) {}
Value::Value(std::int64_t v) : content_(v) {}
Value::Value(double v) : content_(v) {}
Value::Value(std::string v) : content_(std::move(v)) {}
Value::Value(std::string_view v) : content_(std::string(v)) {}
Value::Value(const char* v) : content_(std::string(v)) {}
Value::Value(List v) : content_(std::move(v)) {}
Value::Value(Object v) : content_(std::move(v)) {}

Value Value::bytes(std::string content) {
  Value v;
  v.content_ = Bytes{std::move(content)};
  return v;
}
Value Value::secret(SecretText text) {
  Value v;
  v.content_ = std::move(text);
  return v;
}
Value Value::unknown(std::string origin) {
  Value v;
  v.content_ = Unknown{std::move(origin)};
  return v;
}
Value Value::reference(Reference reference) {
  Value v;
  v.content_ = Boxed<Reference>(std::move(reference));
  return v;
}
Value Value::concat(List parts) {
  Value v;
  v.content_ = Concat{std::move(parts)};
  return v;
}
Value Value::list(std::initializer_list<Value> items) {
  return Value(List(items));
}
Value Value::object(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Object object;
  object.reserve(members.size());
  for (const auto& [key, value] : members) {
    object.push_back({std::string(key), value});
  }
  return Value(std::move(object));
}

Value::Type Value::type() const {
  return static_cast<Type>(content_.index());
}

bool Value::as_bool() const {
  PLUMBLINE_CHECK(is_bool());
  return std::get<bool>(content_);
}
std::int64_t Value::as_int() const {
  PLUMBLINE_CHECK(is_int());
  return std::get<std::int64_t>(content_);
}
double Value::as_double() const {
  if (is_int()) {
    return static_cast<double>(std::get<std::int64_t>(content_));
  }
  PLUMBLINE_CHECK(is_double());
  return std::get<double>(content_);
}
const std::string& Value::as_text() const {
  PLUMBLINE_CHECK(is_text());
  return std::get<std::string>(content_);
}
const std::string& Value::as_bytes() const {
  PLUMBLINE_CHECK(is_bytes());
  return std::get<Bytes>(content_).content;
}
const List& Value::as_list() const {
  PLUMBLINE_CHECK(is_list());
  return std::get<List>(content_);
}
List& Value::as_list() {
  PLUMBLINE_CHECK(is_list());
  return std::get<List>(content_);
}
const Object& Value::as_object() const {
  PLUMBLINE_CHECK(is_object());
  return std::get<Object>(content_);
}
Object& Value::as_object() {
  PLUMBLINE_CHECK(is_object());
  return std::get<Object>(content_);
}
const Reference& Value::as_reference() const {
  PLUMBLINE_CHECK(is_reference());
  return *std::get<Boxed<Reference>>(content_);
}
const List& Value::as_concat() const {
  PLUMBLINE_CHECK(is_concat());
  return std::get<Concat>(content_).parts;
}
const std::string& Value::unknown_origin() const {
  PLUMBLINE_CHECK(is_unknown());
  return std::get<Unknown>(content_).origin;
}
std::string_view Value::reveal() const {
  return is_secret() ? std::get<SecretText>(content_).reveal() : std::string_view(as_text());
}

const Value* Value::find(std::string_view key) const {
  if (!is_object()) {
    return nullptr;
  }
  for (const Member& member : std::get<Object>(content_)) {
    if (member.key == key) {
      return &member.value;
    }
  }
  return nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(static_cast<const Value*>(this)->find(key));  // NOLINT
}

const Value& Value::get(std::string_view key) const {
  const Value* found = find(key);
  return found == nullptr ? null_value() : *found;
}

const Value& Value::get_path(std::string_view dotted) const {
  const Value* at = this;
  while (!dotted.empty()) {
    const auto dot = dotted.find('.');
    at = at->find(dotted.substr(0, dot));
    if (at == nullptr) {
      return null_value();
    }
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
  }
  return *at;
}

const std::string& Value::text_of(std::string_view key) const {
  static const std::string empty;
  const Value* found = find(key);
  return found != nullptr && found->is_text() ? found->as_text() : empty;
}

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) {
    content_ = Object();
  }
  if (Value* found = find(key); found != nullptr) {
    *found = std::move(value);
    return *found;
  }
  Object& object = as_object();
  object.push_back({std::string(key), std::move(value)});
  return object.back().value;
}

void Value::set_path(std::string_view dotted, Value value) {
  const auto dot = dotted.find('.');
  if (dot == std::string_view::npos) {
    set(dotted, std::move(value));
    return;
  }
  Value* child = find(dotted.substr(0, dot));
  if (child == nullptr || !child->is_object()) {
    child = &set(dotted.substr(0, dot), Value(Object()));
  }
  child->set_path(dotted.substr(dot + 1), std::move(value));
}

void Value::erase(std::string_view key) {
  if (!is_object()) {
    return;
  }
  std::erase_if(as_object(), [key](const Member& member) { return member.key == key; });
}

void Value::push_back(Value value) {
  if (is_null()) {
    content_ = List();
  }
  as_list().push_back(std::move(value));
}

std::size_t Value::size() const {
  if (is_list()) {
    return as_list().size();
  }
  return is_object() ? as_object().size() : 0;
}

bool Value::is_known() const {
  switch (type()) {
    case Type::kReference:
    case Type::kConcat:
    case Type::kUnknown:
      return false;
    case Type::kList:
      return std::all_of(as_list().begin(), as_list().end(), [](const Value& v) {
        return v.is_known();
      });
    case Type::kObject:
      return std::all_of(as_object().begin(), as_object().end(), [](const Member& m) {
        return m.value.is_known();
      });
    default:
      return true;
  }
}

bool Value::holds_secret() const {
  switch (type()) {
    case Type::kSecret:
      return true;
    case Type::kList:
      return std::any_of(as_list().begin(), as_list().end(), [](const Value& v) {
        return v.holds_secret();
      });
    case Type::kObject:
      return std::any_of(as_object().begin(), as_object().end(), [](const Member& m) {
        return m.value.holds_secret();
      });
    default:
      return false;
  }
}

void Value::for_each_reference(const std::function<void(const Reference&)>& visit) const {
  if (is_reference()) {
    visit(as_reference());
  } else if (is_concat()) {
    for (const Value& part : as_concat()) {
      part.for_each_reference(visit);
    }
  } else if (is_list()) {
    for (const Value& item : as_list()) {
      item.for_each_reference(visit);
    }
  } else if (is_object()) {
    for (const Member& member : as_object()) {
      member.value.for_each_reference(visit);
    }
  }
}

std::strong_ordering operator<=>(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    if (a.is_int() && b.is_int()) {
      return a.as_int() <=> b.as_int();
    }
    return order(a.as_double(), b.as_double());
  }
  if (a.type() != b.type()) {
    return a.type() <=> b.type();
  }
  switch (a.type()) {
    case Value::Type::kNull:
      return std::strong_ordering::equal;
    case Value::Type::kBool:
      return a.as_bool() <=> b.as_bool();
    case Value::Type::kInt:
    case Value::Type::kDouble:
      break;  // Compared above.
    case Value::Type::kText:
    case Value::Type::kSecret:
      return a.reveal() <=> b.reveal();
    case Value::Type::kBytes:
      return a.as_bytes() <=> b.as_bytes();
    case Value::Type::kList:
      return order(a.as_list(), b.as_list());
    case Value::Type::kObject:
      return order(a.as_object(), b.as_object());
    case Value::Type::kReference:
      return a.as_reference() <=> b.as_reference();
    case Value::Type::kConcat:
      return order(a.as_concat(), b.as_concat());
    case Value::Type::kUnknown:
      return a.unknown_origin() <=> b.unknown_origin();
  }
  PLUMBLINE_UNREACHABLE("Value::Type");
}

bool operator==(const Value& a, const Value& b) {
  return (a <=> b) == 0;
}

}  // namespace plumbline
