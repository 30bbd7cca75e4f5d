#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/config/expr.h"
#include "tests/unit/config/node_text.h"

namespace plumbline {
namespace {

class TemplateTest : public testing::Test {
 protected:
  /// A document is a map, so the template is the value of its one key.
  Result<Template> compile(const std::string& yaml) {
    return Template::compile(*node_("T: " + yaml).find("T"));
  }
  Value build(const std::string& yaml, const Value& properties) {
    const auto compiled = compile(yaml);
    EXPECT_TRUE(compiled.has_value()) << compiled.error().message;
    return compiled ? compiled->build(Scope(&properties)) : Value();
  }
  std::string json(const std::string& yaml, const Value& properties) {
    return show_json(build(yaml, properties));
  }
  std::string refusal(const std::string& yaml) {
    const auto compiled = compile(yaml);
    EXPECT_FALSE(compiled.has_value());
    return compiled ? "" : compiled.error().message;
  }

  NodeText node_;
  Value sample_ = Value::object({
      {"id", "sg-1"},
      {"name", "db"},
      {"none", {}},
      {"empty", Value(List())},
      {"subnets", Value::list({"a", "b"})},
      {"rules",
       Value::list({
           Value::object({{"port", 1}, {"cidr", "10.0.0.0/8"}}),
           Value::object({{"port", 2}, {"group", "sg-2"}}),
       })},
      {"policy", Value::object({{"Version", "2012-10-17"}})},
      {"later", Value::unknown("vpcs.main.id")},
      {"password", Value::secret("hunter2")},
      {"env", Value::object({{"A", "1"}})},
      {"no_env", Value(Object())},
  });
};

TEST_F(TemplateTest, PutsNamesIn) {
  EXPECT_EQ(json("{VpcId: [$id], Name: $name}", sample_), R"({"VpcId":["sg-1"],"Name":"db"})");
}

TEST_F(TemplateTest, DropsWhatIsNullOrBecameEmpty) {
  EXPECT_EQ(json("{A: $none, B: $name, C: {D: $none}, E: [$none]}", sample_), R"({"B":"db"})");
  EXPECT_TRUE(build("{A: $none}", sample_).is_null());
}

TEST_F(TemplateTest, KeepsAnEmptyListThatWasGiven) {
  EXPECT_EQ(json("{A: $empty, B: $no_env}", sample_), R"({"A":[],"B":{}})");
}

TEST_F(TemplateTest, ForcesAnEmptyListOrObject) {
  EXPECT_EQ(json("{A: {$emit_empty: $none}}", sample_), R"({"A":[]})");
  EXPECT_EQ(json("{A: {$emit_empty: {$each: $none, B: $item}}}", sample_), R"({"A":[]})");
  EXPECT_EQ(json("{A: {$emit_empty: {B: $none}}}", sample_), R"({"A":{}})");
}

TEST_F(TemplateTest, TellsPlainLiteralsFromQuotedOnes) {
  EXPECT_EQ(
      json("{A: true, B: 'true', C: 5, D: '5', E: null, F: '', G: word}", sample_),
      R"({"A":true,"B":"true","C":5,"D":"5","F":"","G":"word"})"
  );
}

TEST_F(TemplateTest, WritesNamesIntoText) {
  EXPECT_EQ(json("'{id}-final'", sample_), R"("sg-1-final")");
  EXPECT_EQ(json("'arn:{name}:{policy.Version}'", sample_), R"("arn:db:2012-10-17")");
  EXPECT_TRUE(build("'{none}-final'", sample_).is_null());
  EXPECT_EQ(json("'{a b} {}'", sample_), R"("{a b} {}")");
}

TEST_F(TemplateTest, LeavesADoubledDollarAsOne) {
  EXPECT_EQ(json("$$name", sample_), R"("$name")");
}

TEST_F(TemplateTest, RepeatsAnObjectForEachElement) {
  EXPECT_EQ(
      json(
          "{P: {$each: $rules, Port: $item.port, Range: [{$if: '$item.cidr != null', Cidr: "
          "$item.cidr}]}}",
          sample_
      ),
      R"({"P":[{"Port":1,"Range":[{"Cidr":"10.0.0.0/8"}]},{"Port":2}]})"
  );
}

TEST_F(TemplateTest, RepeatsAValueForEachElement) {
  EXPECT_EQ(json("{P: {$each: $rules, $value: $item.port}}", sample_), R"({"P":[1,2]})");
  EXPECT_EQ(json("{P: $rules.port}", sample_), R"({"P":[1,2]})");
}

TEST_F(TemplateTest, RepeatsAMapAsKeysAndValues) {
  EXPECT_EQ(
      json("{P: {$each: $env, Name: $item.key, Value: $item.value}}", sample_),
      R"({"P":[{"Name":"A","Value":"1"}]})"
  );
}

TEST_F(TemplateTest, LeavesOutWhatItsConditionRules) {
  EXPECT_EQ(json("{A: {$if: \"$name == 'db'\", $value: $id}}", sample_), R"({"A":"sg-1"})");
  EXPECT_TRUE(build("{A: {$if: \"$name == 'x'\", $value: $id}}", sample_).is_null());
}

TEST_F(TemplateTest, PutsAListsElementsIntoTheListAroundIt) {
  EXPECT_EQ(json("{A: [x, $subnets, $none]}", sample_), R"({"A":["x","a","b"]})");
}

TEST_F(TemplateTest, AppliesFunctions) {
  EXPECT_EQ(build("$policy|json", sample_), Value(R"({"Version":"2012-10-17"})"));
}

TEST_F(TemplateTest, KeepsUnknownsUnknown) {
  const Value built = build("{A: $later, B: 'x{later}', C: $later|lower, D: $later.deep}", sample_);
  for (const char* key : {"A", "B", "C", "D"}) {
    ASSERT_TRUE(built.get(key).is_unknown()) << key;
    EXPECT_EQ(built.get(key).unknown_origin(), "vpcs.main.id") << key;
  }
}

TEST_F(TemplateTest, KeepsSecretsSecret) {
  const Value tree = Value::object({{"value", Value::object({{"password", Value::secret("p")}})}});
  const Value built = build("{A: 'x{password}', B: $password|base64}", sample_);
  EXPECT_TRUE(built.get("A").is_secret());
  EXPECT_EQ(built.get("A").reveal(), "xhunter2");
  EXPECT_TRUE(built.get("B").is_secret());
  const Value text = build("$value|json", tree);
  ASSERT_TRUE(text.is_secret());
  EXPECT_EQ(text.reveal(), R"({"password":"p"})");
}

TEST_F(TemplateTest, NamesWhatItUsesButNotTheItemOfItsOwnRepetition) {
  const auto compiled = compile("{A: $b.c, D: '{e}', F: {$each: $g, H: $item.x, $if: '$i == 1'}}");
  EXPECT_EQ(compiled->names(), (std::vector<std::string>{"b", "e", "g", "i"}));
  EXPECT_EQ(compile("{A: $item.x}")->names(), std::vector<std::string>{"item"});
}

TEST_F(TemplateTest, ShowsItsSource) {
  const auto compiled = compile("{A: [$b], C: {$each: $d, E: 5}}");
  EXPECT_EQ(show_json(compiled->source()), R"({"A":["$b"],"C":{"$each":"$d","E":"5"}})");
}

TEST_F(TemplateTest, SaysWhatIsWrong) {
  EXPECT_NE(refusal("{A: {$for: $b}}").find("there is no '$for'"), std::string::npos);
  EXPECT_NE(refusal("{A: {$each: b, C: 1}}").find("$each takes a $name"), std::string::npos);
  EXPECT_NE(refusal("{A: $b|jsn}").find("did you mean 'json'"), std::string::npos);
  EXPECT_NE(refusal("{A: {$if: '$b ==', C: 1}}").find("column 6"), std::string::npos);
  EXPECT_NE(refusal("{A: {$value: 1, B: 2}}").find("$value"), std::string::npos);
  EXPECT_NE(refusal("{A: {$emit_empty: $b, C: 1}}").find("stands alone"), std::string::npos);
  EXPECT_NE(refusal("{A: $b..c}").find("empty name"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
