#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "controller/base/text.h"
#include "controller/config/functions.h"

namespace plumbline::functions {

namespace {

/// One value and a list of one are the same, order and repetition do not matter.
template <class Change>
Value sorted_list(const Value& value, Change change) {
  List items;
  const List one = {value};
  for (const Value& item : value.is_list() ? value.as_list() : one) {
    items.push_back(change(item));
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return Value(std::move(items));
}

Value same(const Value& value) {
  return value;
}

Value lower_prefix(const Value& action) {
  if (!action.is_text()) {
    return action;
  }
  const std::string& text = action.as_text();
  const auto colon = text.find(':');
  return colon == std::string::npos ? action
                                    : Value(to_lower(text.substr(0, colon)) + text.substr(colon));
}

/// "arn:aws:iam::123456789012:root" is the account, and says which partition besides.
Value account_of(const Value& principal) {
  if (!principal.is_text()) {
    return principal;
  }
  const auto parts = split(principal.as_text(), ':');
  const bool is_root = parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" &&
                       parts[4].size() == 12 && parts[5] == "root";
  return is_root ? Value(parts[4]) : principal;
}

Value normal_principal(const Value& principal) {
  if (principal == Value("*")) {
    return Value::object({{"AWS", Value::list({"*"})}});
  }
  if (!principal.is_object()) {
    return principal;
  }
  Value normal = Value(Object());
  for (const Member& member : principal.as_object()) {
    normal.set(member.key, sorted_list(member.value, member.key == "AWS" ? account_of : same));
  }
  return normal;
}

/// AWS keeps a condition's booleans and numbers as text.
Value as_text(const Value& value) {
  if (value.is_bool()) {
    return value.as_bool() ? "true" : "false";
  }
  if (value.is_int()) {
    return fmt::format("{}", value.as_int());
  }
  return value.is_double() ? Value(fmt::format("{}", value.as_double())) : value;
}

Value normal_condition(const Value& condition) {
  if (!condition.is_object()) {
    return condition;
  }
  Value normal = Value(Object());
  for (const Member& op : condition.as_object()) {
    if (!op.value.is_object()) {
      normal.set(op.key, op.value);
      continue;
    }
    Value keys = Value(Object());
    for (const Member& key : op.value.as_object()) {
      keys.set(key.key, sorted_list(key.value, as_text));
    }
    normal.set(op.key, std::move(keys));
  }
  return normal;
}

Value normal_statement(const Value& statement) {
  if (!statement.is_object()) {
    return statement;
  }
  Value normal = Value(Object());
  for (const Member& member : statement.as_object()) {
    const std::string& key = member.key;
    if (key == "Action" || key == "NotAction") {
      normal.set(key, sorted_list(member.value, lower_prefix));
    } else if (key == "Resource" || key == "NotResource") {
      normal.set(key, sorted_list(member.value, same));
    } else if (key == "Principal" || key == "NotPrincipal") {
      normal.set(key, normal_principal(member.value));
    } else if (key == "Condition") {
      normal.set(key, normal_condition(member.value));
    } else if (key != "Sid" || member.value != Value("")) {
      normal.set(key, member.value);
    }
  }
  return normal;
}

}  // namespace

Value iam_policy(const Value& value) {
  Value policy = parse_json(value);
  if (!policy.is_object()) {
    return policy;
  }
  if (policy.get("Version").is_null()) {
    policy.set("Version", "2008-10-17");
  }
  if (policy.find("Statement") != nullptr) {
    policy.set("Statement", sorted_list(policy.get("Statement"), normal_statement));
  }
  return policy;
}

}  // namespace plumbline::functions
