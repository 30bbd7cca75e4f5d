// As much of IAM's evaluation as decides whether a proxy's role may read a secret: statements,
// wildcards, Not-forms and the string, ARN and bool conditions.
#include <algorithm>

#include "controller/base/text.h"
#include "simulator/services/rds_actions.h"

namespace plumbline::sim::rds {
namespace {

/// '*' stands for any text and '?' for any one character.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

List statements_of(const Value& policy) {
  const Value& statements = policy.get("Statement");
  if (statements.is_list()) {
    return statements.as_list();
  }
  return statements.is_object() ? List{statements} : List{};
}

bool names_action(const Value& patterns, const std::string& action) {
  return std::ranges::any_of(texts_of(patterns), [&](const std::string& pattern) {
    return matches(to_lower(pattern), to_lower(action));
  });
}

bool names_resource(const Value& patterns, const std::string& resource) {
  return std::ranges::any_of(texts_of(patterns), [&](const std::string& pattern) {
    return matches(pattern, resource);
  });
}

/// The text of a condition key, whose name is not case-sensitive; null when it is not known.
const std::string* find_context(
    const std::map<std::string, std::string>& context, const std::string& key
) {
  const auto found = std::ranges::find_if(context, [&](const auto& each) {
    return to_lower(each.first) == to_lower(key);
  });
  return found == context.end() ? nullptr : &found->second;
}

bool holds_one(std::string op, const std::string* have, const std::vector<std::string>& wanted) {
  const bool if_exists = op.ends_with("IfExists");
  if (if_exists) {
    op.resize(op.size() - std::string_view("IfExists").size());
  }
  if (have == nullptr) {
    return if_exists;
  }
  const bool is_negative = op.find("Not") != std::string::npos;
  const bool is_any = std::ranges::any_of(wanted, [&](const std::string& text) {
    if (op == "StringEquals" || op == "StringNotEquals") {
      return *have == text;
    }
    if (op == "Bool" || op.ends_with("IgnoreCase")) {
      return to_lower(*have) == to_lower(text);
    }
    // ARNs with a wildcard on either side: which proxy will ask is not known before it is made.
    return matches(text, *have) || matches(*have, text);
  });
  return is_any != is_negative;
}

bool holds_condition(const Value& condition, const std::map<std::string, std::string>& context) {
  if (!condition.is_object()) {
    return true;
  }
  return std::ranges::all_of(condition.as_object(), [&](const Member& op) {
    return op.value.is_object() &&
           std::ranges::all_of(op.value.as_object(), [&](const Member& key) {
             std::vector<std::string> wanted = texts_of(key.value);
             if (key.value.is_bool()) {
               wanted.emplace_back(key.value.as_bool() ? "true" : "false");
             }
             return holds_one(op.key, find_context(context, key.key), wanted);
           });
  });
}

bool applies(const Value& statement, const Access& access) {
  const bool is_action = statement.find("NotAction") == nullptr
                             ? names_action(statement.get("Action"), access.action)
                             : !names_action(statement.get("NotAction"), access.action);
  const bool is_resource = statement.find("NotResource") == nullptr
                               ? names_resource(statement.get("Resource"), access.resource)
                               : !names_resource(statement.get("NotResource"), access.resource);
  return is_action && is_resource && holds_condition(statement.get("Condition"), access.context);
}

}  // namespace

bool is_allowed(const std::vector<Value>& policies, const Access& access) {
  bool has_allow = false;
  for (const Value& policy : policies) {
    for (const Value& statement : statements_of(policy)) {
      if (!applies(statement, access)) {
        continue;
      }
      if (statement.text_of("Effect") == "Deny") {
        return false;
      }
      has_allow = has_allow || statement.text_of("Effect") == "Allow";
    }
  }
  return has_allow;
}

bool is_trusted(
    const Value& trust_policy,
    std::string_view service,
    const std::map<std::string, std::string>& context
) {
  bool has_allow = false;
  for (const Value& statement : statements_of(trust_policy)) {
    const Value& principal = statement.get("Principal");
    const bool is_named = (principal.is_text() && principal.as_text() == "*") ||
                          contains(texts_of(principal.get("Service")), service);
    if (!is_named || !names_action(statement.get("Action"), "sts:AssumeRole") ||
        !holds_condition(statement.get("Condition"), context)) {
      continue;
    }
    if (statement.text_of("Effect") == "Deny") {
      return false;
    }
    has_allow = has_allow || statement.text_of("Effect") == "Allow";
  }
  return has_allow;
}

}  // namespace plumbline::sim::rds
