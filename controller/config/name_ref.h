// NameRef: "$targetGroup.status|lower" taken apart, and the one way values go through value
// functions. Shared by expressions, paths and templates; nobody else includes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/config/expr.h"

namespace plumbline {

struct NameRef {
  std::string head;
  std::vector<std::string> rest;         ///< Members below the head.
  std::vector<ValueFunction> functions;  ///< Applied in this order.

  /// Through a list every element is taken: "$items.ruleId" is the list of their ruleIds.
  [[nodiscard]] Value resolve(const Scope& scope) const;
};

/// The text after '$' of a name with optional '|function's. Error kInvalid.
Result<NameRef> parse_name_ref(std::string_view text);

/// "lower|json" → functions. Error kInvalid names the one that is missing and a near one.
Result<std::vector<ValueFunction>> parse_functions(std::string_view text);

/// Null stays null, what is not known yet stays unknown, and what comes of a secret is secret.
Value apply_function(ValueFunction function, const Value& value);

/// Unknown, reference or concat: its value comes later.
bool is_pending(const Value& value);
/// An unknown that says what `value` waits for.
Value pending_of(const Value& value);

/// Every character a name may have after its first.
bool is_name_char(char c);

/// "f" is not a function; "did you mean 'g'?" Used by all three notations.
Error no_such_function(std::string_view name, const std::vector<std::string>& known);

/// The sorted names of each registry, for messages and documentation.
std::vector<std::string> value_function_names();
std::vector<std::string> equal_function_names();
std::vector<std::string> explode_function_names();
std::vector<std::string> expr_function_names();

}  // namespace plumbline
