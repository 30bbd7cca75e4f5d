#include "controller/config/name_ref.h"

#include <cctype>
#include <optional>

#include <fmt/format.h>

#include "controller/base/text.h"

namespace plumbline {

namespace {

Value member_of(const Value& value, const std::string& key) {
  if (is_pending(value)) {
    return pending_of(value);
  }
  if (value.is_list()) {
    List members;
    for (const Value& item : value.as_list()) {
      Value member = member_of(item, key);
      if (!member.is_null()) {
        members.push_back(std::move(member));
      }
    }
    return Value(std::move(members));
  }
  return value.get(key);
}

/// Text that comes out of a secret is as secret as what went in.
Value protect(Value value) {
  if (value.is_text()) {
    return Value::secret(value.as_text());
  }
  if (value.is_list()) {
    for (Value& item : value.as_list()) {
      item = protect(std::move(item));
    }
  } else if (value.is_object()) {
    for (Member& member : value.as_object()) {
      member.value = protect(std::move(member.value));
    }
  }
  return value;
}

std::optional<std::string> first_origin(const Value& value) {
  std::optional<std::string> origin;
  if (value.is_unknown()) {
    return value.unknown_origin();
  }
  value.for_each_reference([&](const Reference& reference) {
    if (!origin) {
      origin = reference.to_string();
    }
  });
  if (!origin && value.is_list()) {
    for (const Value& item : value.as_list()) {
      if (auto found = first_origin(item)) {
        return found;
      }
    }
  }
  if (!origin && value.is_object()) {
    for (const Member& member : value.as_object()) {
      if (auto found = first_origin(member.value)) {
        return found;
      }
    }
  }
  return origin;
}

}  // namespace

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_pending(const Value& value) {
  return value.is_unknown() || value.is_reference() || value.is_concat();
}

Value pending_of(const Value& value) {
  return value.is_unknown() ? value : Value::unknown(first_origin(value).value_or(""));
}

Value apply_function(ValueFunction function, const Value& value) {
  if (value.is_null()) {
    return {};
  }
  if (!value.is_known()) {
    return pending_of(value);
  }
  Value result = function(value);
  return value.holds_secret() ? protect(std::move(result)) : result;
}

Value NameRef::resolve(const Scope& scope) const {
  const Value* found = scope.find(head);
  if (found == nullptr) {
    return {};
  }
  Value value = *found;
  for (const std::string& key : rest) {
    value = member_of(value, key);
  }
  for (const ValueFunction function : functions) {
    value = apply_function(function, value);
  }
  return value;
}

Error no_such_function(std::string_view name, const std::vector<std::string>& known) {
  std::string message = fmt::format("there is no function '{}'", name);
  if (const auto near = nearest(name, known)) {
    message += fmt::format("; did you mean '{}'?", *near);
  }
  return Error{ErrorClass::kInvalid, "NoFunction", std::move(message), "", 0};
}

Result<std::vector<ValueFunction>> parse_functions(std::string_view text) {
  std::vector<ValueFunction> functions;
  for (const std::string_view part : split(text, '|')) {
    const std::string_view name = trim(part);
    const ValueFunction function = find_value_function(name);
    if (function == nullptr) {
      return no_such_function(name, value_function_names());
    }
    functions.push_back(function);
  }
  return functions;
}

Result<NameRef> parse_name_ref(std::string_view text) {
  NameRef ref;
  const auto bar = text.find('|');
  for (const std::string_view part : split(trim(text.substr(0, bar)), '.')) {
    if (part.empty()) {
      return Error{
          ErrorClass::kInvalid, "BadName", fmt::format("'${}' has an empty name", text), "", 0};
    }
    for (const char c : part) {
      // Members below the head may be wire names of other characters, as in Condition keys.
      if (!is_name_char(c) && (ref.head.empty() || (c != ':' && c != '-'))) {
        return Error{
            ErrorClass::kInvalid,
            "BadName",
            fmt::format("'{}' cannot be part of '${}'", c, text),
            "",
            0};
      }
    }
    if (ref.head.empty()) {
      ref.head = part;
    } else {
      ref.rest.emplace_back(part);
    }
  }
  if (bar != std::string_view::npos) {
    PLUMBLINE_TRY(functions, parse_functions(text.substr(bar + 1)));
    ref.functions = std::move(functions);
  }
  return ref;
}

}  // namespace plumbline
