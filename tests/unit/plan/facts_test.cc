#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

Value reference(const std::string& address, const std::string& attribute) {
  return Value::reference({Address::parse(address), attribute, false});
}

class FactsTest : public ::testing::Test {
 protected:
  FactsTest() {
    ResourceFacts& vpc = facts_.at(Address::parse("vpcs.main"));
    vpc.kind = shipped_kinds().find_kind("Vpc");
    ResourceFacts& role = facts_.at(Address::parse("roles.one"));
    role.kind = shipped_kinds().find_kind("Role");
    role.attributes = Value::object({{"roleName", "one"}, {"description", "It"}});
  }
  Facts facts_{AccountIds("123456789012"), "eu-west-3"};
};

TEST_F(FactsTest, AnIdIsUnknownUntilItExists) {
  const Value id = reference("vpcs.main", "vpcId");
  EXPECT_EQ(facts_.resolve(id).unknown_origin(), "vpcs.main.vpcId");
  facts_.at(Address::parse("vpcs.main")).id = "vpc-1";
  EXPECT_EQ(facts_.resolve(id), Value("vpc-1"));
  EXPECT_EQ(facts_.resolve(reference("vpcs.main", "id")), Value("vpc-1"));
}

TEST_F(FactsTest, AnIdThatIsItsNameIsKnownBefore) {
  EXPECT_EQ(facts_.resolve(reference("roles.one", "roleName")), Value("one"));
}

TEST_F(FactsTest, WhatIsAboutToBeReplacedIsUnknownButItsName) {
  ResourceFacts& role = facts_.at(Address::parse("roles.one"));
  role.id = "one";
  role.attributes.set("roleArn", "arn:aws:iam::1:role/one");
  EXPECT_EQ(facts_.resolve(reference("roles.one", "roleArn")), Value("arn:aws:iam::1:role/one"));
  role.is_stale = true;
  EXPECT_TRUE(facts_.resolve(reference("roles.one", "roleArn")).is_unknown());
  EXPECT_EQ(facts_.resolve(reference("roles.one", "description")), Value("It"));
  EXPECT_EQ(facts_.resolve(reference("roles.one", "id")), Value("one"));
}

TEST_F(FactsTest, AnArnIsMadeWithTheResourcesOwnRegion) {
  ResourceFacts& vpc = facts_.at(Address::parse("vpcs.main"));
  vpc.id = "vpc-1";
  EXPECT_EQ(
      facts_.resolve(reference("vpcs.main", "arn")),
      Value("arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-1")
  );
  vpc.region = "cn-north-1";
  EXPECT_EQ(
      facts_.resolve(reference("vpcs.main", "arn")),
      Value("arn:aws-cn:ec2:cn-north-1:123456789012:vpc/vpc-1")
  );
}

TEST_F(FactsTest, AccountPartitionAndRegionComeFromTheCredentials) {
  EXPECT_EQ(facts_.resolve(reference("account.id", "")), Value("123456789012"));
  EXPECT_EQ(facts_.resolve(reference("partition.id", "")), Value("aws"));
  EXPECT_EQ(facts_.resolve(reference("region.id", "")), Value("eu-west-3"));
}

TEST_F(FactsTest, AConcatWithASecretIsASecretAndWithAnUnknownUnknown) {
  const Value secret = facts_.resolve(
      Value::concat({"user:", Value::secret("hush"), "@", reference("roles.one", "roleName"), 1})
  );
  ASSERT_TRUE(secret.is_secret());
  EXPECT_EQ(secret.reveal(), "user:hush@one1");
  EXPECT_TRUE(facts_.resolve(Value::concat({"a", reference("vpcs.main", "vpcId")})).is_unknown());
}

TEST_F(FactsTest, ResolvesInsideListsAndObjects) {
  const Value tree =
      facts_.resolve(Value::object({{"a", Value::list({reference("roles.one", "roleName"), true})}})
      );
  EXPECT_EQ(tree, Value::object({{"a", Value::list({"one", true})}}));
}

}  // namespace
}  // namespace plumbline
