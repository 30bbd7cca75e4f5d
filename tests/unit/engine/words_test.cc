// The words of a manifest that are neither properties nor references, and what they do in the
// world.
#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/plan/generate.h"
#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

const std::string kGenerated = R"(
stack: gen
region: eu-west-3
inputs:
  pw: { generate: { length: 24 } }
secrets:
  login: { secretString: { username: admin, password: '${inputs.pw}' }, forceDelete: true }
outputs:
  password: { value: '${inputs.pw}', sensitive: true }
  arn: '${secrets.login.arn}'
)";

std::string secret_in(TestWorld& world) {
  return world
      .call(
          "secretsmanager",
          "GetSecretValue",
          Value::object({{"SecretId", world.id_of("secrets.login")}})
      )
      .text_of("SecretString");
}

TEST(Generated, IsTheSameInEveryRunAndRestsNowhere) {
  TestWorld world;
  const RunReport report = world.apply(kGenerated);
  ASSERT_TRUE(report.is_clean()) << report.failures();
  const std::string held = secret_in(world);
  const StateImage state = world.state();
  const Value secret = generate_secret(report.manifest->generated.at(0), state.install_key, "gen");
  const std::string made(secret.reveal());
  EXPECT_EQ(made.size(), 24U);
  EXPECT_NE(held.find(made), std::string::npos);
  for (const ResourceRow& row : state.rows) {
    EXPECT_EQ(show_json(row.applied).find(made), std::string::npos);
    EXPECT_EQ(show_json(row.observed).find(made), std::string::npos);
  }
  EXPECT_EQ(report.plan.find(made), std::string::npos);
  const RunReport again = world.apply(kGenerated);
  EXPECT_FALSE(again.has_changes()) << again.plan;
  EXPECT_EQ(secret_in(world), held);
}

TEST(Generated, ANewVersionIsAnotherSecret) {
  TestWorld world;
  ASSERT_TRUE(world.apply(kGenerated).is_clean());
  const std::string held = secret_in(world);
  const RunReport report =
      world.apply(replaced(kGenerated, "length: 24", "length: 24, version: 2"));
  EXPECT_EQ(report.actions, std::vector<std::string>{"PutSecretValue"}) << report.plan;
  EXPECT_NE(secret_in(world), held);
}

TEST(Outputs, AreKnownAfterApplyAndRememberedWithoutACall) {
  TestWorld world;
  const RunReport report = world.apply(kGenerated);
  ASSERT_EQ(report.result.outputs.size(), 2U);
  EXPECT_EQ(report.result.outputs[0].value, Value(world.id_of("secrets.login")));
  EXPECT_TRUE(report.result.outputs[1].value.is_secret());
  const auto remembered =
      output_values(*report.manifest, remembered_facts(*report.manifest, world.state()));
  ASSERT_EQ(remembered.size(), 2U);
  EXPECT_EQ(remembered[0].value, report.result.outputs[0].value);
  EXPECT_EQ(remembered[1].value, report.result.outputs[1].value);
}

TEST(Outputs, OfWhatTheStateLacksAreReadAndKeptByTheNextApply) {
  TestWorld world;
  const std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string more = text +
                           "outputs: { endpoint: '${dbProxies.app.endpoint}', groups: "
                           "'${dbProxies.app.targetGroup.maxConnectionsPercent}' }\n";
  const RunReport report = world.apply(more);
  EXPECT_TRUE(report.actions.empty()) << report.plan;
  const auto remembered =
      output_values(*report.manifest, remembered_facts(*report.manifest, world.state()));
  EXPECT_TRUE(remembered[0].value.is_text());
  EXPECT_TRUE(remembered[1].value.is_int()) << show_json(remembered[1].value);
}

TEST(ForEach, AddsAndTakesAwayOneByOne) {
  TestWorld world;
  const std::string text = R"(
stack: each
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
subnets:
  db:
    forEach: { a: 10.0.1.0/24, c: 10.0.2.0/24 }
    vpc: main
    cidrBlock: '${each.value}'
    availabilityZone: 'eu-west-3${each.key}'
dbSubnetGroups: { app: { dbSubnetGroupDescription: All, subnets: [db] } }
)";
  ASSERT_TRUE(world.apply(text).is_clean());
  EXPECT_EQ(world.made().size(), 4U);
  const std::string turned =
      replaced(text, "{ a: 10.0.1.0/24, c: 10.0.2.0/24 }", "{ c: 10.0.2.0/24, a: 10.0.1.0/24 }");
  EXPECT_FALSE(world.apply(turned).has_changes());
  const std::string more = replaced(text, "{ a: 10.0.1.0/24,", "{ b: 10.0.3.0/24, a: 10.0.1.0/24,");
  const RunReport report = world.apply(more);
  EXPECT_EQ(report.actions, (std::vector<std::string>{"CreateSubnet", "ModifyDBSubnetGroup"}))
      << report.plan;
  const RunReport less = world.apply(text);
  EXPECT_EQ(less.actions, (std::vector<std::string>{"ModifyDBSubnetGroup", "DeleteSubnet"}))
      << less.plan;
}

// --- onRemove

std::vector<std::string> snapshots(TestWorld& world) {
  const Value reply = world.call("rds", "DescribeDBSnapshots", Value(Object()));
  std::vector<std::string> names;
  const Value& found = reply.get_path("DBSnapshots.DBSnapshot");
  if (found.is_object()) {
    names.push_back(found.text_of("DBSnapshotIdentifier"));
  }
  for (std::size_t i = 0; found.is_list() && i < found.size(); ++i) {
    names.push_back(found.as_list()[i].text_of("DBSnapshotIdentifier"));
  }
  return names;
}

TEST(OnRemove, SnapshotLeavesALastOneWhateverElseIsSaid) {
  TestWorld world;
  const std::string text = replaced(
      path_network(), "skipFinalSnapshot: true", "skipFinalSnapshot: true\n    onRemove: snapshot"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string less = text.substr(0, text.find("dbInstances:"));
  const RunReport report = world.apply(less);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.action_of("dbInstances.app"), Action::kDelete) << report.plan;
  EXPECT_EQ(world.made().count("dbInstances.app"), 0U);
  EXPECT_EQ(snapshots(world), std::vector<std::string>{"app-final"});
}

TEST(OnRemove, SnapshotTakesTheNameThatIsWritten) {
  TestWorld world;
  const std::string text = replaced(
      path_network(),
      "skipFinalSnapshot: true",
      "finalDbSnapshotIdentifier: last-one\n    onRemove: snapshot"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  EXPECT_TRUE(world.destroy(text).is_clean());
  EXPECT_EQ(snapshots(world), std::vector<std::string>{"last-one"});
}

TEST(OnRemove, WithoutItASkippedSnapshotIsSkipped) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_network()).is_clean());
  EXPECT_TRUE(world.destroy(path_network()).is_clean());
  EXPECT_TRUE(snapshots(world).empty());
}

TEST(OnRemove, WhatTheManifestSaysNowCountsForDestroy) {
  const std::string text =
      "stack: alone\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  for (const std::string& word : {std::string("onRemove: retain"), std::string("protect: true")}) {
    TestWorld world;
    ASSERT_TRUE(world.apply(text).is_clean());
    const RunReport report = world.destroy(replaced(text, "10.0.0.0/16", "10.0.0.0/16, " + word));
    EXPECT_EQ(world.count("vpc"), 1) << word;
    EXPECT_TRUE(report.actions.empty()) << word;
  }
}

// --- timeouts

TEST(Timeouts, EndAWaitThatTakesLonger) {
  TestWorld world;
  const std::string text = replaced(
      path_network(),
      "skipFinalSnapshot: true",
      "skipFinalSnapshot: true\n    timeouts: { create: 90s }"
  );
  const RunReport report = world.apply(text);
  EXPECT_FALSE(report.is_clean());
  ASSERT_FALSE(report.result.failures.empty());
  EXPECT_EQ(report.result.failures[0].error.code, "Timeout") << report.failures();
  EXPECT_GE(report.took, std::chrono::seconds(90));
  EXPECT_LT(report.took, std::chrono::minutes(3));
  // It goes on by itself; the next run finds it.
  world.clock().advance(std::chrono::hours(1));
  const RunReport rest = world.apply(text);
  EXPECT_TRUE(rest.is_clean()) << rest.failures();
  EXPECT_EQ(world.made().count("dbInstances.app"), 1U);
}

TEST(Timeouts, OfDeletionAreItsOwn) {
  TestWorld world;
  const std::string text = replaced(
      path_network(),
      "skipFinalSnapshot: true",
      "skipFinalSnapshot: true\n    timeouts: { delete: 30s }"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport report = world.destroy(text);
  ASSERT_FALSE(report.result.failures.empty());
  EXPECT_EQ(report.result.failures[0].address.to_string(), "dbInstances.app");
  EXPECT_EQ(report.result.failures[0].error.code, "Timeout") << report.failures();
  EXPECT_LT(report.took, std::chrono::minutes(2));
}

// --- drift and ignore

void describe(TestWorld& world, const std::string& text) {
  world.call("iam", "UpdateRole", Value::object({{"RoleName", "reader"}, {"Description", text}}));
}

TEST(DriftWord, ReportIsToldByTheControllerAndSetRightByApply) {
  TestWorld world;
  const std::string text = replaced(
      small_manifest(),
      "description: Reads the secret",
      "description: Reads the secret\n    drift: report"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  describe(world, "Mine");
  RunAsk ask;
  ask.on_run_ended = [](Loop& loop, const RunResult&) { loop.request_stop(); };
  const RunReport told = world.run(RunMode::kCorrect, text, ask);
  EXPECT_TRUE(told.actions.empty()) << told.story();
  EXPECT_EQ(told.action_of("roles.reader"), Action::kUpdate) << told.plan;
  const RunReport report = world.apply(text);
  EXPECT_EQ(report.actions, std::vector<std::string>{"UpdateRole"}) << report.plan;
}

TEST(DriftWord, IgnoreStillAppliesWhatTheManifestChanges) {
  TestWorld world;
  const std::string text = replaced(
      small_manifest(),
      "description: Reads the secret",
      "description: Reads the secret\n    drift: ignore"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport report =
      world.apply(replaced(text, "description: Reads the secret", "description: Reads it"));
  EXPECT_EQ(report.actions, std::vector<std::string>{"UpdateRole"}) << report.plan;
}

void open_port(TestWorld& world, const std::string& action, const std::string& group) {
  const Value range = Value::object({{"CidrIp", "192.0.2.0/24"}});
  world.call(
      "ec2",
      action,
      Value::object(
          {{"GroupId", world.id_of(group)},
           {"IpPermissions",
            Value::list({Value::object(
                {{"IpProtocol", "tcp"},
                 {"FromPort", 99},
                 {"ToPort", 99},
                 {"IpRanges", Value::list({range})}}
            )})}}
      )
  );
}

TEST(IgnoreWord, CountsOnceItIsMadeAndForOneOfTwoPropertiesOfACollection) {
  TestWorld world;
  const std::string text = replaced(
      small_manifest(),
      "description: Front, ",
      "description: Front, ingress: [{ port: 7, from: self }], ignore: [ingress, tags], "
  );
  const RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures();
  EXPECT_EQ(world.made().count("securityGroups.front"), 1U);
  const auto rules = [&] {
    return std::count(
        made.actions.begin(), made.actions.end(), std::string("AuthorizeSecurityGroupIngress")
    );
  };
  EXPECT_EQ(rules(), 2) << made.story();  // Made as declared: of front and of back.
  open_port(world, "AuthorizeSecurityGroupIngress", "securityGroups.front");
  EXPECT_FALSE(world.plan(text).has_changes());
  open_port(world, "AuthorizeSecurityGroupEgress", "securityGroups.front");
  const RunReport report = world.apply(text);
  EXPECT_EQ(report.actions, std::vector<std::string>{"RevokeSecurityGroupEgress"}) << report.plan;
}

TEST(IgnoreWord, LeavesAWholeCollectionAlone) {
  TestWorld world;
  const std::string text =
      replaced(small_manifest(), "description: Reads the secret", "ignore: [inlinePolicies]");
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "iam",
      "PutRolePolicy",
      Value::object(
          {{"RoleName", "reader"},
           {"PolicyName", "theirs"},
           {"PolicyDocument",
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})"}}
      )
  );
  EXPECT_FALSE(world.apply(text).has_changes());
}

}  // namespace
}  // namespace plumbline
