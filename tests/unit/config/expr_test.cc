#include "controller/config/expr.h"

#include <string>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

Value evaluate(std::string_view text, const Value& properties) {
  const auto expr = Expr::compile(text);
  EXPECT_TRUE(expr.has_value()) << text << ": " << expr.error().message;
  return expr ? expr->evaluate(Scope(&properties)) : Value();
}

bool holds(std::string_view text, const Value& properties = {}) {
  const auto expr = Expr::compile(text);
  EXPECT_TRUE(expr.has_value()) << text;
  return expr && expr->holds(Scope(&properties));
}

std::string refusal(std::string_view text) {
  const auto expr = Expr::compile(text);
  EXPECT_FALSE(expr.has_value()) << text;
  return expr ? "" : expr.error().message;
}

Value sample() {
  return Value::object({
      {"engine", "mysql"},
      {"port", 3306},
      {"is_on", true},
      {"subnets", Value::list({"subnet-1", "subnet-2"})},
      {"group", Value::object({{"percent", 90}})},
      {"rows", Value::list({Value::object({{"id", "a"}}), Value::object({{"id", "b"}})})},
      {"later", Value::unknown("vpcs.main.id")},
      {"linked", Value::reference({{"vpcs", "main"}, "id", false})},
      {"password", Value::secret("hunter2")},
  });
}

TEST(Expr, ComparesPropertiesWithLiterals) {
  EXPECT_TRUE(holds("$engine == 'mysql' and len($subnets) > 1", sample()));
  EXPECT_FALSE(holds("$engine != \"mysql\"", sample()));
  EXPECT_TRUE(holds("$port >= 3306 and $port < 3307 and $port > -1", sample()));
  EXPECT_TRUE(holds("$group.percent <= 90", sample()));
}

TEST(Expr, FindsMembersOfListsAndMaps) {
  EXPECT_TRUE(holds("'subnet-1' in $subnets", sample()));
  EXPECT_TRUE(holds("$engine in ['postgres', 'mysql']", sample()));
  EXPECT_TRUE(holds("$engine not in ['postgres']", sample()));
  EXPECT_TRUE(holds("'percent' in $group and not 'other' in $group", sample()));
  EXPECT_FALSE(holds("'x' in $engine", sample()));
}

TEST(Expr, TakesEveryElementsMember) {
  EXPECT_EQ(evaluate("$rows.id", sample()), Value::list({"a", "b"}));
}

TEST(Expr, BindsAndTighterThanOrAndNotTighterThanBoth) {
  EXPECT_TRUE(holds("true or false and false"));
  EXPECT_FALSE(holds("(true or false) and false"));
  EXPECT_TRUE(holds("not false and true"));
  EXPECT_TRUE(holds("not not true"));
}

TEST(Expr, ChoosesBetweenTwoValues) {
  EXPECT_EQ(evaluate("$port == 3306 ? 'yes' : 'no'", sample()), Value("yes"));
  EXPECT_EQ(evaluate("$missing ? 1 : $is_on ? 2 : 3", sample()), Value(2));
}

TEST(Expr, TreatsAMissingNameAsNull) {
  EXPECT_TRUE(
      holds("$missing == null and $group.missing == null and $engine.deep == null", sample())
  );
  EXPECT_FALSE(holds("$missing", sample()));
  EXPECT_TRUE(holds("not $missing", sample()));
  EXPECT_FALSE(holds("$missing > 0 or $missing < 0", sample()));
}

TEST(Expr, HidesAPropertyBehindABoundName) {
  const Value properties = sample();
  const Value first = "one";
  const Value second = "two";
  Scope scope(&properties);
  scope.bind("engine", &first);
  scope.bind("engine", &second);
  EXPECT_TRUE(Expr::compile("$engine == 'two'")->holds(scope));
}

TEST(Expr, LeavesOpenWhatDependsOnAnUnknown) {
  EXPECT_TRUE(evaluate("$later == 'vpc-1'", sample()).is_unknown());
  EXPECT_EQ(evaluate("$later == 'vpc-1'", sample()).unknown_origin(), "vpcs.main.id");
  EXPECT_TRUE(evaluate("not $later", sample()).is_unknown());
  EXPECT_TRUE(evaluate("$later ? 1 : 2", sample()).is_unknown());
  EXPECT_TRUE(evaluate("$later > 5", sample()).is_unknown());
  EXPECT_TRUE(evaluate("'x' in [$later]", sample()).is_unknown());
  EXPECT_FALSE(holds("$later == 'vpc-1'", sample()));
  EXPECT_FALSE(holds("$later != 'vpc-1'", sample()));
}

TEST(Expr, DecidesWithoutTheUnknownWhenTheOtherOperandDoes) {
  EXPECT_EQ(evaluate("$later and false", sample()), Value(false));
  EXPECT_EQ(evaluate("$later == 'x' or $is_on", sample()), Value(true));
  EXPECT_EQ(evaluate("'b' in [$later, 'b']", sample()), Value(true));
}

TEST(Expr, KnowsThatWhatIsPromisedIsNotNull) {
  EXPECT_TRUE(holds("$later != null and $linked != null", sample()));
  EXPECT_TRUE(holds("one_of($linked, $missing)", sample()));
}

TEST(Expr, ComparesAcrossTheWiresHabits) {
  const Value reply = Value::object({{"flag", "true"}, {"size", "20"}, {"off", "false"}});
  EXPECT_TRUE(holds("$flag == true and $size == 20 and $size > 9 and $flag and not $off", reply));
  EXPECT_FALSE(holds("$size == 'twenty' or $flag == 1", reply));
}

TEST(Expr, ComparesASecretWithoutShowingIt) {
  EXPECT_TRUE(holds("$password == 'hunter2'", sample()));
  EXPECT_TRUE(evaluate("$password", sample()).is_secret());
}

TEST(Expr, AppliesValueFunctions) {
  const Value row = Value::object({{"protocol", "TCP"}});
  EXPECT_TRUE(holds("$protocol|ip_protocol in ['tcp', 'udp']", row));
}

TEST(Expr, HasFunctions) {
  const Value properties = sample();
  EXPECT_EQ(evaluate("len($engine)", properties), Value(5));
  EXPECT_EQ(evaluate("len($missing)", properties), Value(0));
  EXPECT_TRUE(evaluate("len($later)", properties).is_unknown());
  EXPECT_EQ(evaluate("len(distinct(['a', 'b', 'a']))", properties), Value(2));
  EXPECT_EQ(evaluate("count($engine, $missing, '', [], 0)", properties), Value(2));
  EXPECT_TRUE(holds("one_of($engine, $missing) and not one_of($engine, $port)", properties));
  EXPECT_EQ(evaluate("str($port)", properties), Value("3306"));
  EXPECT_TRUE(holds("starts_with($engine, 'my') and ends_with($engine, 'sql')", properties));
  EXPECT_TRUE(holds("contains($engine, 'ysq') and not contains($engine, 'x')", properties));
  EXPECT_TRUE(holds("is_text($engine) and is_object($group) and not is_text($port)", properties));
}

TEST(Expr, SaysWhereItCannotBeRead) {
  EXPECT_EQ(refusal("$a == "), "column 7: expected a value, found the end");
  EXPECT_EQ(refusal("($a"), "column 4: expected ')'");
  EXPECT_EQ(refusal("$a == 'b"), "column 7: the text has no closing quote");
  EXPECT_EQ(refusal("$a b"), "column 4: expected an operator or the end, found 'b'");
  EXPECT_NE(refusal("mysql == $engine").find("texts are quoted"), std::string::npos);
  EXPECT_NE(refusal("$a ? 1").find("expected ':'"), std::string::npos);
  EXPECT_NE(refusal("1.5 == $a").find("whole numbers"), std::string::npos);
  EXPECT_NE(refusal("").find("expected a value"), std::string::npos);
}

TEST(Expr, SuggestsTheFunctionThatWasMeant) {
  EXPECT_EQ(refusal("lenn($a)"), "column 1: there is no function 'lenn'; did you mean 'len'?");
  EXPECT_NE(refusal("$a|lowr == 'x'").find("did you mean 'lower'"), std::string::npos);
}

TEST(Expr, RefusesEndlessNestingInsteadOfRunningOutOfStack) {
  const std::string deep(100000, '(');
  EXPECT_NE(refusal(deep).find("nested too deeply"), std::string::npos);
  EXPECT_NE(refusal("len(" + deep).find("nested too deeply"), std::string::npos);
  std::string conditions;
  for (int i = 0; i < 10000; ++i) {
    conditions += "true ? 1 : ";
  }
  EXPECT_NE(refusal(conditions + "2").find("nested too deeply"), std::string::npos);
}

TEST(Expr, NamesWhatItUsesOnceAndInTheOrderWritten) {
  const auto expr = Expr::compile("$b.c == $a or len($b) > 1 ? $d : 'x'");
  EXPECT_EQ(expr->names(), (std::vector<std::string>{"b", "a", "d"}));
  EXPECT_EQ(expr->text(), "$b.c == $a or len($b) > 1 ? $d : 'x'");
}

TEST(Expr, IsNullBeforeItIsCompiled) {
  EXPECT_TRUE(Expr().evaluate(Scope()).is_null());
  EXPECT_FALSE(Expr().holds(Scope()));
  EXPECT_TRUE(Expr().names().empty());
}

}  // namespace
}  // namespace plumbline
