// Changes of a manifest and what becomes of the world: updates, replacements, removals.
#include <gtest/gtest.h>

#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

TEST(Change, UpdatesTheMainPropertyOfEveryKind) {
  TestWorld world;
  std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());

  text = replaced(
      text, "cidrBlock: 10.0.0.0/16 }", "cidrBlock: 10.0.0.0/16, enableDnsHostnames: true }"
  );
  expect_update(world, text, {"ModifyVpcAttribute"});

  text = replaced(text, "eu-west-3a }", "eu-west-3a, mapPublicIpOnLaunch: true }");
  expect_update(world, text, {"ModifySubnetAttribute"});

  text = replaced(
      text,
      "{ port: 3306, from: proxy }",
      "{ port: 3307, from: proxy }, { port: 3306, from: proxy, description: MySQL }"
  );
  expect_update(
      world, text, {"AuthorizeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress"}
  );

  text = replaced(text, "Two zones", "Two of them");
  expect_update(world, text, {"ModifyDBSubnetGroup"});

  text =
      replaced(text, "allocatedStorage: 20", "allocatedStorage: 20\n    backupRetentionPeriod: 7");
  expect_update(world, text, {"ModifyDBInstance"});
  const Value instances =
      world.call("rds", "DescribeDBInstances", Value::object({{"DBInstanceIdentifier", "app"}}));
  EXPECT_EQ(instances.get_path("DBInstances.DBInstance").text_of("BackupRetentionPeriod"), "7");

  text = replaced(text, "app-db:\n", "app-db:\n    description: Of the app\n");
  expect_update(world, text, {"UpdateSecret"});

  text = replaced(
      text,
      "Action: kms:Decrypt, Resource: '*'",
      "Action: kms:Decrypt, Resource: 'arn:aws:kms:*:*:key/*'"
  );
  expect_update(world, text, {"PutRolePolicy"});

  text = replaced(
      text,
      "engineFamily: MYSQL\n",
      "engineFamily: MYSQL\n    idleClientTimeout: 600\n    targetGroup: { maxConnectionsPercent: "
      "50 }\n"
  );
  expect_update(world, text, {"ModifyDBProxy", "ModifyDBProxyTargetGroup"});

  text = replaced(text, "timeout: 30", "timeout: 60");
  expect_update(world, text, {"UpdateFunctionConfiguration"});
}

TEST(Change, KeepsWhatAnUpdateDoesNotName) {
  TestWorld world;
  const std::string text = replaced(
      small_manifest(), "login: {", "login: { description: One, kmsKey: alias/aws/secretsmanager,"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string secret = world.id_of("secrets.login");
  expect_update(world, replaced(text, "description: One", "description: Two"), {"UpdateSecret"});
  const Value value =
      world.call("secretsmanager", "GetSecretValue", Value::object({{"SecretId", secret}}));
  EXPECT_NE(value.text_of("SecretString").find(secret_value()), std::string::npos);
}

TEST(Change, ANewValueOfASecretIsSeenWithoutReadingIt) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string other = replaced(text, secret_value(), secret_value() + "-2");
  const RunReport plan = world.plan(other);
  EXPECT_EQ(plan.action_of("secrets.login"), Action::kUpdate);
  expect_update(world, other, {"PutSecretValue"});
}

TEST(Change, GroupsThatNameEachOtherComeAndGo) {
  TestWorld world;
  const std::string text = R"(
stack: ring
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
securityGroups:
  a: { vpc: main, description: A, ingress: [{ port: 1, from: [b, c, self] }] }
  b: { vpc: main, description: B, ingress: [{ port: 1, from: [a, c] }] }
  c: { vpc: main, description: C, ingress: [{ port: 1, from: [a, b] }], egress: [] }
)";
  const RunReport made = world.apply(text);
  EXPECT_TRUE(made.is_clean()) << made.failures();
  EXPECT_EQ(world.made().size(), 4U);
  expect_quiet(world, text);
  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_TRUE(world.made().empty());
}

TEST(Change, AReplacementWithAnotherNameMovesItsUsersFirst) {
  TestWorld world;
  const std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string old_id = world.id_of("securityGroups.db");
  const std::string other =
      replaced(text, "description: Db,", "description: Data, groupName: data,");
  const RunReport report = world.apply(other);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  const std::string new_id = world.id_of("securityGroups.db");
  EXPECT_NE(new_id, old_id);
  const auto at = [&](const std::string& action) {
    return std::find(report.actions.begin(), report.actions.end(), action);
  };
  EXPECT_LT(at("CreateSecurityGroup"), at("ModifyDBInstance"));
  EXPECT_LT(at("ModifyDBInstance"), at("DeleteSecurityGroup"));
  const Value instances =
      world.call("rds", "DescribeDBInstances", Value::object({{"DBInstanceIdentifier", "app"}}));
  EXPECT_EQ(
      instances.get_path("DBInstances.DBInstance.VpcSecurityGroups.VpcSecurityGroupMembership")
          .text_of("VpcSecurityGroupId"),
      new_id
  );
  expect_quiet(world, other);
}

TEST(Change, WhatWasReplacedTakesItsPlaceAgainWhenItIsNeededAgain) {
  TestWorld world;
  const std::string text = R"(
stack: alone
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
securityGroups:
  app: { vpc: main, groupName: front, description: d }
)";
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string old_id = world.id_of("securityGroups.app");
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.action == "DeleteSecurityGroup" ? Mishap::kNotSent : Mishap::kNone;
  };
  EXPECT_FALSE(world.apply(replaced(text, "front", "rear"), ask).is_clean());
  const std::string new_id = world.id_of("securityGroups.app");
  ASSERT_NE(new_id, old_id);
  world.call("ec2", "DeleteSecurityGroup", Value::object({{"GroupId", new_id}}));
  Batch gone;
  gone.removals.push_back({{"securityGroups", "app"}, new_id});
  world.record(gone);
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(report.action_of("securityGroups.app"), Action::kAdopt) << report.plan;
  EXPECT_EQ(report.plan.find("it was replaced\n"), std::string::npos) << report.plan;
  EXPECT_EQ(world.id_of("securityGroups.app"), old_id);
  expect_quiet(world, text);
}

TEST(Change, AReplacementUnderTheSameNameDeletesFirst) {
  TestWorld world;
  const std::string text = R"(
stack: alone
region: eu-west-3
roles:
  one:
    path: /before/
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
)";
  ASSERT_TRUE(world.apply(text).is_clean());
  expect_update(world, replaced(text, "/before/", "/after/"), {"DeleteRole", "CreateRole"});
  EXPECT_EQ(world.count("role"), 1);
}

TEST(Change, AReplacementThatItsUsersForbidIsHeld) {
  TestWorld world;
  const std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport report = world.apply(replaced(text, "description: Db,", "description: Data,"));
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("securityGroups.db"), Action::kHold);
  EXPECT_TRUE(report.actions.empty());
}

TEST(Change, ARemovedBlockIsDeletedAfterItsUsersLetGo) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  std::string less = replaced(
      text, "  back: { vpc: main, description: Back, ingress: [{ port: 3306, from: front }] }\n", ""
  );
  less = replaced(less, ", egress: [{ port: 3306, to: back }]", "");
  const RunReport report = world.apply(less);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(world.made().count("securityGroups.back"), 0U);
  expect_quiet(world, less);
}

TEST(Change, ARemovedDatabaseStaysAndTheRunSaysSo) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string secret_line =
      text.substr(text.find("secrets:"), text.find("roles:") - text.find("secrets:"));
  std::string less = replaced(text, secret_line, "");
  less = replaced(less, "'${secrets.login.arn}'", "'*'");
  const RunReport report = world.apply(less);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made().count("secrets.login"), 1U);
  EXPECT_NE(report.plan.find("it holds data"), std::string::npos) << report.plan;
  EXPECT_NE(world.id_of("secrets.login"), "");
  const RunReport gone = world.destroy(less);
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_TRUE(world.made().empty());
}

TEST(Change, OnRemoveDeleteCountsOnceItWasApplied) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string willing =
      replaced(text, "forceDelete: true", "forceDelete: true, onRemove: delete");
  const RunReport noted = world.apply(willing);
  EXPECT_TRUE(noted.is_clean());
  EXPECT_TRUE(noted.actions.empty());
  const std::string secret_line =
      willing.substr(willing.find("secrets:"), willing.find("roles:") - willing.find("secrets:"));
  const std::string less =
      replaced(replaced(willing, secret_line, ""), "'${secrets.login.arn}'", "'*'");
  EXPECT_TRUE(world.apply(less).is_clean());
  EXPECT_EQ(world.count("secret"), 0);
}

TEST(Change, OnRemoveRetainForgetsWithoutDeleting) {
  TestWorld world;
  const std::string text = R"(
stack: alone
region: eu-west-3
vpcs:
  kept: { cidrBlock: 10.0.0.0/16, onRemove: retain }
  other: { cidrBlock: 10.1.0.0/16 }
)";
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string less =
      replaced(text, "  kept: { cidrBlock: 10.0.0.0/16, onRemove: retain }\n", "");
  const RunReport report = world.apply(less);
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(world.count("vpc"), 2);
  expect_quiet(world, less);
  EXPECT_TRUE(world.destroy(less).is_clean());
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Change, TagsFollowTheManifestAndLeaveThoseOfOthers) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string vpc = world.id_of("vpcs.main");
  world.call(
      "ec2",
      "CreateTags",
      Value::object(
          {{"ResourceId", Value::list({vpc})},
           {"Tag", Value::list({Value::object({{"Key", "cost"}, {"Value", "42"}})})}}
      )
  );
  expect_quiet(world, text);
  const std::string other = replaced(text, "{ team: tests }", "{ owner: me }");
  const RunReport report = world.apply(other);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  for (const Value& object : world.simulator().objects()) {
    const Value& tags = object.get("tags");
    if (!tags.text_of("plumbline:address").empty()) {
      EXPECT_EQ(tags.text_of("owner"), "me");
      EXPECT_EQ(tags.find("team"), nullptr) << object.text_of("id");
    }
    if (object.text_of("id") == vpc) {
      EXPECT_EQ(tags.text_of("cost"), "42");
    }
  }
  expect_quiet(world, other);
}

TEST(Change, AWrongRoleFailsSoonWhenItIsOldAndWaitsWhenItIsNew) {
  TestWorld world;
  std::string text = path_manifest();
  const std::string function = text.substr(text.find("functions:\n"));
  const std::string before = replaced(text, function, "");
  ASSERT_TRUE(world.apply(before).is_clean());
  world.clock().advance(std::chrono::hours(1));
  const std::string wrong = replaced(text, "role: function", "role: proxy");
  const RunReport report = world.apply(wrong);
  EXPECT_FALSE(report.is_clean());
  EXPECT_LT(report.took, std::chrono::seconds(30)) << report.failures();
  EXPECT_NE(report.failures().find("cannot be assumed"), std::string::npos) << report.failures();
}

TEST(Change, AnUnapprovedPlanChangesNothing) {
  TestWorld world;
  RunAsk ask;
  ask.is_approved = false;
  const RunReport report = world.apply(small_manifest(), ask);
  EXPECT_TRUE(report.result.was_declined);
  EXPECT_TRUE(report.actions.empty());
  EXPECT_TRUE(world.state().rows.empty());
}

TEST(Change, APlanChangesNothing) {
  TestWorld world;
  const RunReport report = world.plan(small_manifest());
  EXPECT_EQ(report.count(Action::kCreate), 6U);
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Change, AStopEndsWhatWasBegunAndTheNextRunGoesOn) {
  TestWorld world;
  RunAsk ask;
  ask.on_progress = [](Loop& loop, const Progress& line) {
    if (line.address.to_string() == "dbInstances.app" && line.what == "waiting until ready") {
      loop.request_stop();
    }
  };
  const RunReport report = world.apply(path_manifest(), ask);
  EXPECT_TRUE(report.result.was_stopped);
  EXPECT_FALSE(report.result.is_complete);
  EXPECT_LT(report.took, std::chrono::minutes(2));
  EXPECT_NE(world.id_of("dbInstances.app"), "");
  EXPECT_TRUE(world.state().open_intents.empty());
  const RunReport rest = world.apply(path_manifest());
  EXPECT_TRUE(rest.is_clean()) << rest.failures();
  EXPECT_EQ(world.made().size(), 13U);
}

}  // namespace
}  // namespace plumbline
