// What is not ours, or must not be touched: foreign objects, protection, adoption, `existing`.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

const char kTrust[] =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";

std::string make_vpc(TestWorld& world, const std::string& cidr, const std::string& name) {
  const Value made = world.call(
      "ec2",
      "CreateVpc",
      Value::object(
          {{"CidrBlock", cidr},
           {"TagSpecification",
            Value::list({Value::object(
                {{"ResourceType", "vpc"},
                 {"Tag", Value::list({Value::object({{"Key", "Name"}, {"Value", name}})})}}
            )})}}
      )
  );
  return made.get("vpc").text_of("vpcId");
}

std::string problems_of(const RunReport& report) {
  return report.result.plan == nullptr ? ""
                                       : render_human(report.result.plan->problems, Colour::kNever);
}

TEST(Guard, AForeignObjectOfTheSameNameIsHeldAndNotAdopted) {
  TestWorld world;
  world.plan(small_manifest());
  world.call(
      "iam",
      "CreateRole",
      Value::object({{"RoleName", "reader"}, {"AssumeRolePolicyDocument", kTrust}})
  );
  const RunReport report = world.apply(small_manifest());
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("roles.reader"), Action::kHold);
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(problems_of(report).find("plumbline state rebuild"), std::string::npos);
  EXPECT_EQ(world.made().count("roles.reader"), 0U);
}

TEST(Guard, AForeignObjectMadeAfterThePlanIsHeldToo) {
  TestWorld world;
  RunAsk ask;
  ask.on_progress = [&](Loop&, const Progress& line) {
    if (line.address.to_string() == "roles.reader" && line.what == "creating") {
      world.call(
          "iam",
          "CreateRole",
          Value::object({{"RoleName", "reader"}, {"AssumeRolePolicyDocument", kTrust}})
      );
    }
  };
  const RunReport report = world.apply(small_manifest(), ask);
  EXPECT_FALSE(report.is_clean());
  ASSERT_EQ(report.result.failures.size(), 1U) << report.failures();
  EXPECT_TRUE(report.result.failures.front().is_held);
  EXPECT_EQ(world.made().count("roles.reader"), 0U);
  EXPECT_EQ(world.count("role"), 1);
}

TEST(Guard, LostRowsAreFoundAgainByTheOwnerTag) {
  TestWorld world;
  ASSERT_TRUE(world.apply(small_manifest()).is_clean());
  for (const auto& [address, count] : world.made()) {
    world.forget(address);
  }
  const RunReport report = world.apply(small_manifest());
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.count(Action::kAdopt), 6U) << report.plan;
  EXPECT_EQ(world.made().size(), 6U);
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_TRUE(world.apply(small_manifest()).actions.empty());
}

TEST(Guard, AnotherStackDoesNotAdoptWhatCarriesAnothersTag) {
  TestWorld world;
  ASSERT_TRUE(world.apply(small_manifest()).is_clean());
  world.forget("roles.reader");
  const std::string role = "reader";
  world.call(
      "iam",
      "TagRole",
      Value::object(
          {{"RoleName", role},
           {"Tags",
            Value::list({Value::object({{"Key", "plumbline:owner"}, {"Value", "forged"}})})}}
      )
  );
  const RunReport report = world.apply(small_manifest());
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("roles.reader"), Action::kHold);
  EXPECT_NE(problems_of(report).find("plumbline state rebuild"), std::string::npos);
}

TEST(Guard, ProtectedResourcesOutliveTheirBlockAndDestroy) {
  TestWorld world;
  const std::string text = R"(
stack: alone
region: eu-west-3
vpcs:
  kept: { cidrBlock: 10.0.0.0/16, protect: true }
  other: { cidrBlock: 10.1.0.0/16 }
)";
  const std::string line = "  kept: { cidrBlock: 10.0.0.0/16, protect: true }\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  EXPECT_FALSE(world.apply(replaced(text, line, "")).is_clean());
  EXPECT_FALSE(world.destroy(text).is_clean());
  EXPECT_EQ(world.count("vpc"), 2);
  // It takes two applies: first the protection goes, then the block.
  const std::string open = replaced(text, ", protect: true", "");
  ASSERT_TRUE(world.apply(open).is_clean());
  const RunReport gone = world.destroy(open);
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Guard, ReplacingWhatHoldsDataIsHeld) {
  TestWorld world;
  const std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport report = world.apply(
      replaced(text, "allocatedStorage: 20", "allocatedStorage: 20\n    storageEncrypted: true")
  );
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("dbInstances.app"), Action::kHold) << report.plan;
  EXPECT_NE(report.failures().find("cut-over"), std::string::npos) << report.failures();
  EXPECT_TRUE(report.actions.empty());
}

TEST(Guard, WhatLostItsOwnerTagIsNotDeleted) {
  TestWorld world;
  const std::string text =
      "stack: alone\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "ec2",
      "DeleteTags",
      Value::object(
          {{"ResourceId", Value::list({world.id_of("vpcs.main")})},
           {"Tag", Value::list({Value::object({{"Key", "plumbline:owner"}})})}}
      )
  );
  const RunReport report = world.destroy(text);
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("vpcs.main"), Action::kHold) << report.plan;
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Guard, WhatLosesItsOwnerTagAfterThePlanIsNotDeletedEither) {
  TestWorld world;
  const std::string text =
      "stack: alone\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  RunAsk ask;
  ask.on_progress = [&](Loop&, const Progress& line) {
    if (line.what == "deleting") {
      world.call(
          "ec2",
          "DeleteTags",
          Value::object(
              {{"ResourceId", Value::list({world.id_of("vpcs.main")})},
               {"Tag", Value::list({Value::object({{"Key", "plumbline:owner"}})})}}
          )
      );
    }
  };
  const RunReport report = world.destroy(text, ask);
  EXPECT_FALSE(report.is_clean());
  ASSERT_EQ(report.result.failures.size(), 1U) << report.failures();
  EXPECT_TRUE(report.result.failures.front().is_held);
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Guard, ExistingIsReadByIdAndByTagsAndNeverChanged) {
  TestWorld world;
  world.plan(small_manifest());
  const std::string vpc = make_vpc(world, "10.5.0.0/16", "shared");
  make_vpc(world, "10.6.0.0/16", "else");
  for (const std::string& look_up :
       {"{ id: " + vpc + " }", std::string("{ tags: { Name: shared } }")}) {
    const std::string text =
        "stack: alone\nregion: eu-west-3\nvpcs:\n  shared: { existing: " + look_up +
        " }\nsubnets:\n  a: { vpc: shared, cidrBlock: 10.5.1.0/24 }\n";
    const RunReport report = world.apply(text);
    EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
    EXPECT_EQ(report.actions, std::vector<std::string>{"CreateSubnet"}) << report.story();
    EXPECT_TRUE(world.apply(text).actions.empty());
    EXPECT_TRUE(world.destroy(text).is_clean());
    EXPECT_EQ(world.count("vpc"), 2);
    EXPECT_EQ(world.count("subnet"), 0);
  }
}

TEST(Guard, ExistingThatFitsTwoOrNoneIsHeld) {
  TestWorld world;
  world.plan(small_manifest());
  make_vpc(world, "10.5.0.0/16", "shared");
  make_vpc(world, "10.6.0.0/16", "shared");
  const std::string text =
      "stack: alone\nregion: eu-west-3\nvpcs:\n  it: { existing: { tags: { Name: shared } } }\n";
  const RunReport two = world.apply(text);
  EXPECT_FALSE(two.is_clean());
  EXPECT_NE(two.failures().find("more than one"), std::string::npos) << two.failures();
  const RunReport none = world.apply(replaced(text, "Name: shared", "Name: nobody"));
  EXPECT_FALSE(none.is_clean());
  EXPECT_EQ(none.action_of("vpcs.it"), Action::kHold);
}

TEST(Guard, ASecretInAPropertyThatIsNotSensitiveRestsNowhere) {
  TestWorld world;
  const std::string text = std::string(R"(
stack: alone
region: eu-west-3
inputs:
  word: { default: )") + secret_value() +
                           R"(, sensitive: true }
roles:
  one:
    description: 'It is ${inputs.word}'
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      read:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: 's3:Get*', Resource: 'arn:aws:s3:::${inputs.word}' }]
)";
  const RunReport made = world.apply(text);
  EXPECT_TRUE(made.is_clean()) << made.failures();
  const RunReport again = world.apply(text);
  EXPECT_TRUE(again.is_clean()) << again.failures();
  EXPECT_TRUE(again.actions.empty()) << again.plan;
  const RunReport changed = world.apply(replaced(text, "It is", "It was"));
  EXPECT_TRUE(changed.is_clean()) << changed.failures();
  EXPECT_EQ(changed.actions, std::vector<std::string>{"UpdateRole"});
}

}  // namespace
}  // namespace plumbline
