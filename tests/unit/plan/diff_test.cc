#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

Property late(std::string name, PropertyType type = PropertyType::kText) {
  Property property;
  property.name = std::move(name);
  property.type = type;
  property.absence = Absence::kLate;
  return property;
}

Property plain(std::string name, PropertyType type = PropertyType::kText) {
  Property property = late(std::move(name), type);
  property.absence = Absence::kClear;
  return property;
}

/// A set or list of {name, chosen}, of which the server may choose the second.
Property elements(PropertyType type) {
  Property element = plain("", PropertyType::kObject);
  element.fields = {plain("name"), late("chosen")};
  Property property = plain("things", type);
  property.element = std::make_shared<const Property>(std::move(element));
  return property;
}

Value thing(const char* name) {
  return Value::object({{"name", name}});
}
Value thing(const char* name, const char* chosen) {
  return Value::object({{"name", name}, {"chosen", chosen}});
}

TEST(Equality, NothingIsNothingHoweverItIsWritten) {
  EXPECT_TRUE(equals(plain("a"), Value(), Value("")));
  EXPECT_TRUE(equals(plain("a", PropertyType::kList), Value(List()), Value()));
  EXPECT_FALSE(equals(plain("a"), Value(), Value("x")));
}

TEST(Equality, AFieldOfAnElementThatTheServerChoseIsNotCompared) {
  for (const PropertyType type : {PropertyType::kList, PropertyType::kSet}) {
    const Property property = elements(type);
    EXPECT_TRUE(equals(property, Value::list({thing("a")}), Value::list({thing("a", "x")})));
    EXPECT_FALSE(equals(property, Value::list({thing("b")}), Value::list({thing("a", "x")})));
    EXPECT_FALSE(equals(property, Value::list({thing("a")}), Value(List())));
  }
}

TEST(Equality, AFieldOfAnElementThatIsDeclaredIsCompared) {
  const Property property = elements(PropertyType::kSet);
  EXPECT_TRUE(equals(property, Value::list({thing("a", "x")}), Value::list({thing("a", "x")})));
  EXPECT_FALSE(equals(property, Value::list({thing("a", "x")}), Value::list({thing("a", "y")})));
  EXPECT_FALSE(equals(property, Value::list({thing("a", "x")}), Value::list({thing("a")})));
}

TEST(Equality, OrderMattersInAListAndNotInASet) {
  const Value declared = Value::list({thing("a"), thing("b")});
  const Value observed = Value::list({thing("b", "x"), thing("a", "y")});
  EXPECT_TRUE(equals(elements(PropertyType::kSet), declared, observed));
  EXPECT_FALSE(equals(elements(PropertyType::kList), declared, observed));
}

TEST(Equality, ASecretEqualsTheSameTextReadBack) {
  EXPECT_TRUE(equals(plain("a"), Value::secret("x"), Value("x")));
  EXPECT_TRUE(equals(plain("a"), Value::secret("x"), Value::secret("x")));
  EXPECT_FALSE(equals(plain("a"), Value::secret("x"), Value("y")));
}

TEST(Rows, AreComparedInTheNormalFormOfTheListsElements) {
  const Kind& kind = *shipped_kinds().find_kind("RouteTable");
  const Collection& routes = *kind.find_collection("routes");
  const auto row = [](const char* range, const char* gateway) {
    return Value::object({{"destination", Value::object({{"cidr", range}})}, {"gateway", gateway}});
  };
  EXPECT_EQ(
      row_key(routes, comparable_row(kind, routes, row("10.1.2.3/16", "igw-1"))),
      row_key(routes, comparable_row(kind, routes, row("10.1.0.0/16", "igw-2")))
  );
}

TEST(Equality, TheRangesOfAChoiceAreMasked) {
  Choice range;
  range.as = "cidr";
  range.format = "cidr4";
  Property choice = plain("range");
  choice.type = PropertyType::kChoice;
  choice.choices = {range};
  const auto written = [](const char* text) { return Value::object({{"cidr", text}}); };
  EXPECT_TRUE(equals(choice, written("10.0.0.9/8"), written("10.0.0.0/8")));
  EXPECT_FALSE(equals(choice, written("10.0.0.9/8"), written("10.0.0.0/9")));
}

constexpr char kRole[] = R"(
stack: s
region: eu-west-3
roles:
  one:
    description: It
    trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }
    inlinePolicies: { read: { Version: 2012-10-17, Statement: [{ Effect: Allow, Action: 's3:Get*', Resource: '*' }] } }
)";

class DiffTest : public ::testing::Test {
 protected:
  DiffTest() {
    seen_.presence = Presence::kPresent;
    seen_.id = "one";
    seen_.properties = Value::object(
        {{"roleName", "one"},
         {"path", "/"},
         {"description", "It"},
         {"trustPolicy", role_.properties.get("trustPolicy")}}
    );
    seen_.collections["inlinePolicies"] = {Value::object(
        {{"name", "read"}, {"document", role_.properties.get("inlinePolicies").get("read")}}
    )};
    seen_.collections["managedPolicies"] = {};
  }

  Difference run() {
    auto desired = desired_values(role_, bench_.facts(), "");
    EXPECT_TRUE(desired);
    desired_ = *desired;
    DiffInput input;
    input.kind = role_.kind;
    input.resource = &role_;
    input.desired = &desired_;
    input.observed = &seen_;
    input.applied = &applied_;
    input.desired_tags = {{"mine", "1"}};
    input.install_key = "key";
    input.is_being_made = is_being_made_;
    return diff(input);
  }

  PlanBench bench_{kRole};
  Resource role_ = bench_.resource("roles.one");
  Observation seen_;
  Value desired_;
  Value applied_{Object()};
  bool is_being_made_ = false;
};

TEST_F(DiffTest, EqualIsEmpty) {
  EXPECT_TRUE(run().empty());
}

TEST_F(DiffTest, ADifferentNotationOfAPolicyIsNoDifference) {
  seen_.properties.set_path(
      "trustPolicy.Statement",
      Value::list({Value::object(
          {{"Action", Value::list({"sts:AssumeRole"})},
           {"Effect", "Allow"},
           {"Principal", Value::object({{"Service", Value::list({"lambda.amazonaws.com"})}})}}
      )})
  );
  EXPECT_TRUE(run().empty());
}

TEST_F(DiffTest, SaysWhatDiffersAndWhy) {
  seen_.properties.set("description", "Other");
  const Difference found = run();
  ASSERT_EQ(found.fields.size(), 1U);
  EXPECT_EQ(found.fields[0].path, "description");
  EXPECT_EQ(found.fields[0].before, Value("Other"));
  EXPECT_EQ(found.fields[0].after, Value("It"));
  EXPECT_FALSE(found.forces_replacement());
  EXPECT_EQ(found.changed(), std::vector<std::string>{"description"});
}

TEST_F(DiffTest, ACreateOnlyDifferenceForcesReplacement) {
  seen_.properties.set("path", "/other/");
  EXPECT_TRUE(run().forces_replacement());
}

TEST_F(DiffTest, WhatIsNotToldIsAtItsDefault) {
  seen_.properties.erase("path");
  EXPECT_TRUE(run().empty());
  role_.properties.set("path", "/service/");
  EXPECT_TRUE(run().forces_replacement());
}

TEST_F(DiffTest, RowsAreAddedModifiedAndRemoved) {
  seen_.collections["inlinePolicies"] = {
      Value::object({{"name", "read"}, {"document", Value::object({{"Version", "2012-10-17"}})}}),
      Value::object({{"name", "stray"}, {"document", Value(Object())}})};
  const Difference found = run();
  ASSERT_EQ(found.collections.size(), 1U);
  ASSERT_EQ(found.collections[0].rows.size(), 2U);
  EXPECT_EQ(found.collections[0].rows[0].op, RowOp::kModify);
  EXPECT_EQ(found.collections[0].rows[1].op, RowOp::kRemove);
  EXPECT_TRUE(found.collections[0].rows[1].is_foreign);
}

TEST_F(DiffTest, ACollectionThatWasNotReadIsNotCompared) {
  seen_.collections.clear();
  EXPECT_TRUE(run().empty());
}

TEST_F(DiffTest, TagsOfOthersStayAndOursThatAreDroppedGo) {
  seen_.has_tags = true;
  seen_.tags = {{"cost", "9"}, {"old", "1"}};
  applied_.set("$tags", Value::object({{"old", "1"}}));
  const Difference found = run();
  EXPECT_EQ(found.tags.set, (Tags{{"mine", "1"}}));
  EXPECT_EQ(found.tags.unset, std::vector<std::string>{"old"});
}

TEST_F(DiffTest, AnIgnoredPropertyIsNotCompared) {
  role_.ignore = {"description", "inlinePolicies"};
  seen_.properties.set("description", "Other");
  seen_.collections["inlinePolicies"] = {};
  EXPECT_TRUE(run().empty());
}

TEST_F(DiffTest, IgnoredTagsAreLeftAloneButForOurs) {
  role_.ignore = {"tags"};
  seen_.has_tags = true;
  seen_.tags = {{"old", "1"}, {"mine", "2"}};
  applied_.set("$tags", Value::object({{"old", "1"}}));
  EXPECT_TRUE(run().tags.empty());
}

TEST_F(DiffTest, NothingIsIgnoredWhileItIsBeingMade) {
  role_.ignore = {"description", "inlinePolicies", "tags"};
  seen_.properties.set("description", "Other");
  seen_.collections["inlinePolicies"] = {};
  seen_.has_tags = true;
  is_being_made_ = true;
  const Difference found = run();
  EXPECT_EQ(found.fields.size(), 1U);
  EXPECT_EQ(found.collections.size(), 1U);
  EXPECT_FALSE(found.tags.set.empty());
}

TEST_F(DiffTest, TheOldValueIsHiddenWhereTheNewOneHoldsASecret) {
  role_.properties.set("description", Value::secret("new word"));
  seen_.properties.set("description", "old word");
  const Difference found = run();
  ASSERT_EQ(found.fields.size(), 1U);
  EXPECT_TRUE(found.fields[0].before.is_secret());
  EXPECT_TRUE(found.fields[0].after.is_secret());
}

}  // namespace
}  // namespace plumbline
