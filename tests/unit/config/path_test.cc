#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/config/expr.h"

namespace plumbline {
namespace {

Value read(std::string_view path, std::string_view json) {
  const auto compiled = Path::compile(path);
  EXPECT_TRUE(compiled.has_value()) << path << ": " << compiled.error().message;
  const auto node = parse_json(json);
  EXPECT_TRUE(node.has_value()) << json;
  return compiled && node ? compiled->read(*node) : Value();
}

std::string refusal(std::string_view path) {
  const auto compiled = Path::compile(path);
  EXPECT_FALSE(compiled.has_value()) << path;
  return compiled ? "" : compiled.error().message;
}

TEST(Path, GoesThroughMembers) {
  EXPECT_EQ(read("vpc.vpcId", R"({"vpc": {"vpcId": "vpc-1"}})"), Value("vpc-1"));
  EXPECT_TRUE(read("vpc.state", R"({"vpc": {"vpcId": "vpc-1"}})").is_null());
  EXPECT_TRUE(read("a.b.c", R"({"a": "text"})").is_null());
}

TEST(Path, IsTheNodeItselfWhenEmptyOrADot) {
  EXPECT_EQ(read("", R"({"a": 1})"), Value::object({{"a", 1}}));
  EXPECT_EQ(read(".", R"("name")"), Value("name"));
}

TEST(Path, TakesOneXmlSiblingForAListOfOne) {
  constexpr std::string_view kTwo = R"({"set": {"item": [{"id": "a"}, {"id": "b"}]}})";
  EXPECT_EQ(read("set.item[].id", kTwo), Value::list({"a", "b"}));
  EXPECT_EQ(read("set.item[].id", R"({"set": {"item": {"id": "a"}}})"), Value::list({"a"}));
}

TEST(Path, GivesAnEmptyListWhereNothingIs) {
  EXPECT_EQ(read("set.item[]", R"({})"), Value(List()));
  EXPECT_EQ(read("set.item[].id", R"({"set": ""})"), Value(List()));  // An empty XML element.
  EXPECT_EQ(read("Tags[]", R"({"Tags": []})"), Value(List()));
}

TEST(Path, FlattensListsInsideLists) {
  EXPECT_EQ(
      read("r[].i[].id", R"({"r": [{"i": [{"id": 1}, {"id": 2}]}, {"i": {"id": 3}}, {}]})"),
      Value::list({1, 2, 3})
  );
}

TEST(Path, TakesTheNthElement) {
  EXPECT_EQ(read("a[1].b", R"({"a": [{"b": 1}, {"b": 2}]})"), Value(2));
  EXPECT_EQ(read("a[0]", R"({"a": "alone"})"), Value("alone"));
  EXPECT_TRUE(read("a[5]", R"({"a": [1]})").is_null());
}

TEST(Path, FindsTheKeyWhoseListHoldsAWord) {
  constexpr std::string_view kVersions =
      R"({"V": {"v1": ["AWSPREVIOUS"], "v2": ["AWSCURRENT", "AWSPENDING"]}})";
  EXPECT_EQ(read("V{*~AWSCURRENT}", kVersions), Value("v2"));
  EXPECT_TRUE(read("V{*~NONE}", kVersions).is_null());
  EXPECT_TRUE(read("V{*~X}", R"({"V": "text"})").is_null());
}

TEST(Path, FindsTheElementWithAGivenMember) {
  constexpr std::string_view kTags = R"({"t": [{"k": "Env", "v": "a"}, {"k": "a.b", "v": "c"}]})";
  EXPECT_EQ(read("t[k=Env].v", kTags), Value("a"));
  EXPECT_EQ(read("t[k=a.b].v", kTags), Value("c"));
  EXPECT_TRUE(read("t[k=None].v", kTags).is_null());
}

TEST(Path, AppliesFunctionsAndGoesOnInside) {
  constexpr std::string_view kPolicy =
      R"({"Policy": "{\"Statement\":[{\"Sid\":\"a\"},{\"Sid\":\"b\"}]}", "Doc": "%7B%22a%22%3A1%7D"})";
  EXPECT_EQ(read("Policy|parse_json > Statement[].Sid", kPolicy), Value::list({"a", "b"}));
  EXPECT_EQ(read("Doc|url_decode|parse_json", kPolicy), Value::object({{"a", 1}}));
  EXPECT_EQ(read("None|parse_json > Statement[]", kPolicy), Value(List()));
  EXPECT_EQ(read("a[]|lower", R"({"a": ["X", "Y"]})"), Value::list({"x", "y"}));
}

TEST(Path, ReadsKeysThatHoldAColon) {
  EXPECT_EQ(read("C.AWS:SourceArn", R"({"C": {"AWS:SourceArn": "arn"}})"), Value("arn"));
}

TEST(Path, SaysWhatIsWrong) {
  EXPECT_NE(refusal("a..b").find("'' is not a member name"), std::string::npos);
  EXPECT_NE(refusal("a[").find("must end with ']'"), std::string::npos);
  EXPECT_NE(refusal("a[x]").find("neither"), std::string::npos);
  EXPECT_NE(refusal("a{*X}").find("must read {*~word}"), std::string::npos);
  EXPECT_NE(refusal("a|lowe").find("did you mean 'lower'"), std::string::npos);
  EXPECT_NE(refusal("[0]").find("not a member name"), std::string::npos);
}

TEST(Path, KeepsItsText) {
  EXPECT_EQ(Path::compile("a.b[]")->text(), "a.b[]");
  EXPECT_EQ(Path().text(), "");
  EXPECT_EQ(Path().read(Value(5)), Value(5));
}

}  // namespace
}  // namespace plumbline
