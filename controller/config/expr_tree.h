// ExprNode: a compiled expression, and how it is evaluated. Internal to config/expr.
#pragma once

#include <vector>

#include "controller/config/name_ref.h"

namespace plumbline {

struct ExprNode {
  enum class Op {
    kLiteral,
    kName,
    kList,
    kCall,
    kConditional,
    kOr,
    kAnd,
    kNot,
    kEqual,
    kNotEqual,
    kLess,
    kAtMost,
    kMore,
    kAtLeast,
    kIn,
    kNotIn,
  };
  Op op = Op::kLiteral;
  Value literal;
  NameRef name;
  ExprFunction function = nullptr;
  std::vector<ExprNode> kids;
};

Value evaluate_node(const ExprNode& node, const Scope& scope);

/// Three-valued: what a condition makes of a value. Null is false; "true" and "false" as XML says
/// them are the booleans; nothing else is either.
enum class Truth { kFalse, kTrue, kUnknown };
Truth truth_of(const Value& value);

/// Equality across the wire's habits: 5 equals "5", true equals "true", a secret equals its text.
/// Unknown when either side is, except against null: what is promised will not be null.
Value equal_loosely(const Value& a, const Value& b);

}  // namespace plumbline
