// The schema language's three small notations, compiled when a schema loads and evaluated without
// side effects: expressions ("$engine == 'mysql' and len($subnets) > 1"), paths into replies
// ("DBProxies.member[].Status"), and request templates (trees with $leaves). They are total: a
// missing name is null, and no input makes them fail or loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/base/result.h"
#include "controller/base/value.h"
#include "controller/config/node.h"

namespace plumbline {

/// Where $names are looked up. Values are borrowed and must outlive the Scope.
class Scope {
 public:
  /// `properties`: where names are looked up that are not bound; may be null.
  explicit Scope(const Value* properties = nullptr) : properties_(properties) {}
  /// A later bind of the same name hides the earlier.
  void bind(std::string_view name, const Value* value) { names_.emplace_back(name, value); }
  /// Null when unknown.
  [[nodiscard]] const Value* find(std::string_view head) const;

 private:
  const Value* properties_;
  std::vector<std::pair<std::string_view, const Value*>> names_;
};

/// Value functions (registry V): pure, by name, applied with '|' in templates and paths and by the
/// words normalise, canon, equal and explode. schemas/schema.md lists them.
using ValueFunction = Value (*)(const Value&);
/// Null when there is none of that name.
ValueFunction find_value_function(std::string_view name);
/// Two-argument equality under a name ("engine_version", "at_least", "arn_or_id"): (declared,
/// observed).
using EqualFunction = bool (*)(const Value&, const Value&);
EqualFunction find_equal_function(std::string_view name);
/// Property value(s) → rows of a collection ("sg_rules"): (value, context object) → list.
using ExplodeFunction = List (*)(const Value&, const Value& context);
ExplodeFunction find_explode_function(std::string_view name);
/// The way back, under the same name: rows of one source → the property's value, choices as
/// {as: value}.
using ImplodeFunction = Value (*)(const List& rows, const Value& context);
ImplodeFunction find_implode_function(std::string_view name);
/// Graph-free predicates and functions callable inside expressions: len, distinct, one_of, str, …
using ExprFunction = Value (*)(const List& arguments);
ExprFunction find_expr_function(std::string_view name);

/// "literals, $names.with.dots, == != < <= > >= in and or not ? :, f(x)". Unknown operands make the
/// result unknown (Value::unknown), except where the other operand decides.
class Expr {
 public:
  /// Error kInvalid with a message that says what was expected where (column in the text).
  static Result<Expr> compile(std::string_view text);
  [[nodiscard]] Value evaluate(const Scope& scope) const;
  /// True only for bool true; unknown and null are false.
  [[nodiscard]] bool holds(const Scope& scope) const;
  /// Every $head used, once, in the order in which they are written.
  [[nodiscard]] const std::vector<std::string>& names() const;
  [[nodiscard]] const std::string& text() const;
  struct Inside;

 private:
  std::shared_ptr<const Inside> inside_;
};

/// "a.b[]" all, "a[0]" one, "m{*~X}" the key of map m whose list holds X, "a[Key=Name]" the element
/// whose member Key is Name, "|fn" a value function on the result, "A|parse_json > B[]" goes on
/// inside. "." and "" are the node itself. Missing is null; with [] it is an empty list.
class Path {
 public:
  static Result<Path> compile(std::string_view text);
  [[nodiscard]] Value read(const Value& node) const;
  [[nodiscard]] const std::string& text() const;
  struct Inside;

 private:
  std::shared_ptr<const Inside> inside_;
};

/// A tree whose leaves may be "$name.path|fn", text with "{name}" inside, or literals. Lists may
/// hold
/// {$if: expr} elements and {$each: list, …} repetition ($item inside); null leaves vanish; objects
/// that become empty vanish; lists that become empty vanish unless {$emit_empty: …} wraps them or
/// the leaf is a $name whose value is an empty list.
class Template {
 public:
  static Result<Template> compile(const Node& node);
  /// Null when everything vanished.
  [[nodiscard]] Value build(const Scope& scope) const;
  [[nodiscard]] const std::vector<std::string>& names() const;
  /// The tree for the checker and `iam-policy`: leaves as they were written.
  [[nodiscard]] const Value& source() const;
  struct Inside;

 private:
  std::shared_ptr<const Inside> inside_;
};

}  // namespace plumbline
