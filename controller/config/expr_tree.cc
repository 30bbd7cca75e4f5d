#include "controller/config/expr_tree.h"

#include <charconv>
#include <optional>

namespace plumbline {

namespace {

bool is_wordy(const Value& value) {
  return value.is_text() || value.is_secret();
}

std::optional<double> number_of(const Value& value) {
  if (value.is_int() || value.is_double()) {
    return value.as_double();
  }
  if (!is_wordy(value) || value.reveal().empty()) {
    return std::nullopt;
  }
  const std::string_view text = value.reveal();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// Kleene's and/or: one operand that decides is enough, whatever is unknown beside it.
Value combine(const ExprNode& node, const Scope& scope, Truth decisive) {
  Value pending;
  for (const ExprNode& kid : node.kids) {
    Value value = evaluate_node(kid, scope);
    const Truth truth = truth_of(value);
    if (truth == decisive) {
      return decisive == Truth::kTrue;
    }
    if (truth == Truth::kUnknown && pending.is_null()) {
      pending = std::move(value);
    }
  }
  return pending.is_null() ? Value(decisive == Truth::kFalse) : pending_of(pending);
}

Value compare(ExprNode::Op op, const Value& a, const Value& b) {
  if (is_pending(a) || is_pending(b)) {
    return pending_of(is_pending(a) ? a : b);
  }
  const auto left = number_of(a);
  const auto right = number_of(b);
  std::partial_ordering order = std::partial_ordering::unordered;
  if (left && right) {
    order = *left <=> *right;
  } else if (is_wordy(a) && is_wordy(b)) {
    order = a.reveal() <=> b.reveal();
  }
  switch (op) {
    case ExprNode::Op::kLess:
      return order < 0;
    case ExprNode::Op::kAtMost:
      return order <= 0;
    case ExprNode::Op::kMore:
      return order > 0;
    default:
      return order >= 0;
  }
}

/// Membership in a list's elements or among a map's keys.
Value contained(const Value& needle, const Value& hay) {
  if (is_pending(hay)) {
    return pending_of(hay);
  }
  if (hay.is_object()) {
    if (is_pending(needle)) {
      return pending_of(needle);
    }
    return is_wordy(needle) && hay.find(needle.reveal()) != nullptr;
  }
  if (!hay.is_list()) {
    return false;
  }
  Value pending;
  for (const Value& item : hay.as_list()) {
    Value same = equal_loosely(needle, item);
    if (same.is_bool() && same.as_bool()) {
      return true;
    }
    if (same.is_unknown()) {
      pending = std::move(same);
    }
  }
  return pending.is_null() ? Value(false) : pending;
}

Value negate(const Value& value) {
  switch (truth_of(value)) {
    case Truth::kTrue:
      return false;
    case Truth::kFalse:
      return true;
    case Truth::kUnknown:
      break;
  }
  return pending_of(value);
}

Value conditional(const ExprNode& node, const Scope& scope) {
  const Value condition = evaluate_node(node.kids[0], scope);
  const Truth truth = truth_of(condition);
  if (truth == Truth::kUnknown) {
    return pending_of(condition);
  }
  return evaluate_node(node.kids[truth == Truth::kTrue ? 1 : 2], scope);
}

Value list_of(const ExprNode& node, const Scope& scope) {
  List items;
  for (const ExprNode& kid : node.kids) {
    items.push_back(evaluate_node(kid, scope));
  }
  return Value(std::move(items));
}

}  // namespace

Truth truth_of(const Value& value) {
  if (value.is_bool()) {
    return value.as_bool() ? Truth::kTrue : Truth::kFalse;
  }
  if (is_pending(value)) {
    return Truth::kUnknown;
  }
  return is_wordy(value) && value.reveal() == "true" ? Truth::kTrue : Truth::kFalse;
}

Value equal_loosely(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) {
    return a.is_null() && b.is_null();
  }
  if (!a.is_known() || !b.is_known()) {
    return a == b && !is_pending(a) ? Value(true) : pending_of(a.is_known() ? b : a);
  }
  if (a.type() == b.type()) {
    return a == b;
  }
  if (is_wordy(a) && is_wordy(b)) {
    return a.reveal() == b.reveal();
  }
  if (a.is_bool() || b.is_bool()) {
    const Value& flag = a.is_bool() ? a : b;
    const Value& other = a.is_bool() ? b : a;
    return is_wordy(other) && other.reveal() == (flag.as_bool() ? "true" : "false");
  }
  const auto left = number_of(a);
  const auto right = number_of(b);
  return left && right && *left == *right;
}

Value evaluate_node(const ExprNode& node, const Scope& scope) {
  using Op = ExprNode::Op;
  switch (node.op) {
    case Op::kLiteral:
      return node.literal;
    case Op::kName:
      return node.name.resolve(scope);
    case Op::kList:
      return list_of(node, scope);
    case Op::kCall:
      return node.function(list_of(node, scope).as_list());
    case Op::kConditional:
      return conditional(node, scope);
    case Op::kOr:
      return combine(node, scope, Truth::kTrue);
    case Op::kAnd:
      return combine(node, scope, Truth::kFalse);
    case Op::kNot:
      return negate(evaluate_node(node.kids[0], scope));
    case Op::kIn:
    case Op::kNotIn: {
      Value in = contained(evaluate_node(node.kids[0], scope), evaluate_node(node.kids[1], scope));
      return node.op == Op::kIn ? in : negate(in);
    }
    default:
      break;
  }
  const Value left = evaluate_node(node.kids[0], scope);
  const Value right = evaluate_node(node.kids[1], scope);
  if (node.op == Op::kEqual) {
    return equal_loosely(left, right);
  }
  if (node.op == Op::kNotEqual) {
    return negate(equal_loosely(left, right));
  }
  return compare(node.op, left, right);
}

}  // namespace plumbline
