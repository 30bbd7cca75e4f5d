// The notations of the schema language and the functions they call: total, whatever they are given.
// A first line that names a function is called with the rest, as text and as the tree it may be.
#include <algorithm>
#include <array>
#include <string>

#include "controller/base/json.h"
#include "controller/config/expr.h"
#include "controller/config/yaml.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

const Value& properties() {
  static const Value kProperties = Value::object(
      {{"engine", "mysql"},
       {"port", 3306},
       {"rate", 0.5},
       {"on", true},
       {"nothing", Value()},
       {"later", Value::unknown("vpcs.main.vpcId")},
       {"word", Value::secret("hidden")},
       {"subnets", Value::list({"a", "b", 3, Value::object({{"Key", "k"}, {"Value", "v"}})})},
       {"m", Value::object({{"x", Value::list({1, 2})}, {"y", Value::list({"z"})}})}}
  );
  return kProperties;
}

void expect_typed(const Error& error) {
  PLUMBLINE_CHECK(error.klass == ErrorClass::kInvalid && !error.message.empty());
}

void read_expr(std::string_view text) {
  const Result<Expr> expr = Expr::compile(text);
  if (!expr) {
    expect_typed(expr.error());
    return;
  }
  const Scope scope(&properties());
  static_cast<void>(show_json(expr->evaluate(scope)));
  static_cast<void>(expr->holds(scope));
}

void read_path(std::string_view text) {
  const Result<Path> path = Path::compile(text);
  if (!path) {
    expect_typed(path.error());
    return;
  }
  static_cast<void>(show_json(path->read(properties())));
}

void read_template(std::string_view text) {
  SourceSet sources;
  const SourceFile& file = sources.add("template.yaml", std::string(text));
  Diagnostics diagnostics;
  const auto node = parse_yaml(file, diagnostics);
  if (!node) {
    PLUMBLINE_CHECK(diagnostics.has_errors());
    return;
  }
  const Result<Template> compiled = Template::compile(*node);
  if (!compiled) {
    expect_typed(compiled.error());
    return;
  }
  static_cast<void>(show_json(compiled->build(Scope(&properties()))));
}

/// Notations of equality: a normal form is its own normal form, or nothing ever stops to differ.
constexpr std::array<std::string_view, 8> kNormalForms{
    "bool_text", "cidr4", "cidr6", "dns_name", "iam_policy", "ip_protocol", "json", "lower"};

void call(std::string_view name, const Value& value) {
  if (const ValueFunction function = find_value_function(name)) {
    const Value once = function(value);
    static_cast<void>(show_json(once));
    if (std::find(kNormalForms.begin(), kNormalForms.end(), name) != kNormalForms.end()) {
      PLUMBLINE_CHECK(function(once) == once);
    }
  }
  if (const EqualFunction function = find_equal_function(name)) {
    static_cast<void>(function(value, value));
    static_cast<void>(function(value, properties()));
  }
  if (const ExplodeFunction function = find_explode_function(name)) {
    const Value context = Value::object({{"direction", "ingress"}, {"selfId", "sg-1"}});
    static_cast<void>(show_json(Value(function(value, context))));
  }
  if (const ExprFunction function = find_expr_function(name)) {
    static_cast<void>(show_json(function(value.is_list() ? value.as_list() : List{value, value})));
  }
}

}  // namespace

void read_expression(std::string_view input) {
  read_expr(input);
  read_path(input);
  read_template(input);
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) {
    return;
  }
  const std::string_view name = input.substr(0, line);
  const std::string_view rest = input.substr(line + 1);
  call(name, Value(rest));
  if (const Result<Value> tree = parse_json(rest)) {
    call(name, *tree);
  }
}

}  // namespace plumbline::fuzz
