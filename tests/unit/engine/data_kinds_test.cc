// What databases rest on: keys, parameter groups, log groups, endpoints of proxies, and passwords
// that RDS keeps itself. Made, changed, found again after a lost reply, and taken away.
#include <gtest/gtest.h>

#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

Value by_key(const TestWorld& world) {
  return Value::object({{"KeyId", world.id_of("kmsKeys.app")}});
}

std::string key_state(TestWorld& world, const std::string& id) {
  return world.call("kms", "DescribeKey", Value::object({{"KeyId", id}}))
      .get("KeyMetadata")
      .text_of("KeyState");
}

TEST(DataKinds, AreMadeAreQuietAndLeaveNothing) {
  TestWorld world;
  const std::string text = data_manifest();
  const RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.plan;
  EXPECT_EQ(world.made().size(), 15U);
  expect_quiet(world, text);
  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan;
  EXPECT_TRUE(world.made().empty());
  EXPECT_EQ(world.count("secret"), 0);  // That of RDS went with the database.
}

TEST(DataKinds, AKeyThatIsTakenBackFromItsDeletionIsNeverNobodys) {
  bool has_crashed = true;
  int taken_back = 0;
  for (int moment = 1; has_crashed; ++moment) {
    TestWorld world;
    ASSERT_TRUE(world.apply(keys_and_logs()).is_clean());
    const std::string id = world.id_of("kmsKeys.app");
    ASSERT_TRUE(world.destroy(keys_and_logs()).is_clean());
    ASSERT_EQ(key_state(world, id), "PendingDeletion");
    RunAsk ask;
    ask.crash_at = moment;
    has_crashed = world.apply(keys_and_logs(), ask).has_crashed;
    if (key_state(world, id) != "PendingDeletion") {
      ++taken_back;
      EXPECT_EQ(world.id_of("kmsKeys.app"), id) << "crash at " << moment;
    }
  }
  EXPECT_GT(taken_back, 5);
}

/// What is encrypted or kept says who may read it, and the reader's role what it reads.
std::string mutual_manifest() {
  return R"(
stack: mutual
region: eu-west-3
kmsKeys:
  app:
    policy:
      Version: 2012-10-17
      Statement:
        - { Effect: Allow, Principal: { AWS: 'arn:aws:iam::${account}:root' }, Action: 'kms:*', Resource: '*' }
        - { Effect: Allow, Principal: { AWS: '${roles.reader.roleArn}' }, Action: kms:Decrypt, Resource: '*' }
secrets:
  login:
    secretString: { user: admin, password: )" +
         secret_value() + R"( }
    kmsKey: app
    forceDelete: true
    resourcePolicy:
      Version: 2012-10-17
      Statement:
        - { Effect: Allow, Principal: { AWS: '${roles.reader.roleArn}' }, Action: secretsmanager:GetSecretValue, Resource: '*' }
roles:
  reader:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      read:
        Version: 2012-10-17
        Statement:
          - { Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: '${secrets.login.secretArn}' }
          - { Effect: Allow, Action: kms:Decrypt, Resource: '${kmsKeys.app.arn}' }
)";
}

TEST(DataKinds, PoliciesOfARoleAndOfWhatItReadsMayNameEachOther) {
  TestWorld world;
  const std::string text = mutual_manifest();
  RunReport made = world.apply(text);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.plan;
  std::vector<std::string>& sent = made.actions;  // KMS does not know the young role at once.
  sent.erase(std::unique(sent.begin(), sent.end()), sent.end());
  EXPECT_EQ(
      sent,
      (std::vector<std::string>{
          "CreateRole", "CreateKey", "CreateSecret", "PutResourcePolicy", "PutRolePolicy"})
  );
  expect_quiet(world, text);
  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan << gone.story();
  EXPECT_TRUE(world.made().empty());
}

TEST(DataKinds, ChangeInPlace) {
  TestWorld world;
  std::string text = keys_and_logs();
  ASSERT_TRUE(world.apply(text).is_clean());

  text = replaced(text, "Data of the app", "Data");
  expect_update(world, text, {"UpdateKeyDescription"});
  text = replaced(
      text, "keyRotationEnabled: true", "keyRotationEnabled: true\n    rotationPeriodInDays: 180"
  );
  expect_update(world, text, {"EnableKeyRotation"});
  text = replaced(
      text, "keyRotationEnabled: true\n    rotationPeriodInDays: 180", "keyRotationEnabled: false"
  );
  expect_update(world, text, {"DisableKeyRotation"});
  text = replaced(text, "'kms:Decrypt*']", "'kms:Decrypt*', 'kms:Describe*']");
  expect_update(world, text, {"PutKeyPolicy"});
  text = replaced(text, "[alias/app]", "[alias/data]");
  expect_update(world, text, {"CreateAlias", "DeleteAlias"});

  text = replaced(text, "retentionInDays: 14, kmsKey: app", "retentionInDays: 30, kmsKey: app");
  expect_update(world, text, {"PutRetentionPolicy"});
  text = replaced(text, "retentionInDays: 30, kmsKey: app", "logGroupClass: STANDARD");
  expect_update(world, text, {"DeleteRetentionPolicy", "DisassociateKmsKey"});
  text = replaced(text, "logGroupClass: STANDARD", "kmsKey: app, deletionProtectionEnabled: true");
  expect_update(world, text, {"AssociateKmsKey", "PutLogGroupDeletionProtection"});
}

TEST(DataKinds, AKeyIsSwitchedOffAndOn) {
  TestWorld world;
  const std::string text = keys_and_logs();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string off = replaced(text, "  app:\n", "  app:\n    enabled: false\n");
  expect_update(world, off, {"DisableKey"});
  EXPECT_EQ(key_state(world, world.id_of("kmsKeys.app")), "Disabled");
  const RunReport refused = world.apply(replaced(off, secret_value(), secret_value() + "-2"));
  EXPECT_NE(refused.failures().find("EncryptionFailure"), std::string::npos) << refused.failures();
  expect_update(world, text, {"EnableKey"});
}

TEST(DataKinds, OnlyParametersThatSomebodySetAreComparedAndResetWhenTheyGo) {
  TestWorld world;
  std::string text = keys_and_logs();
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(text, "slow_query_log: 1", "slow_query_log: 0, max_allowed_packet: 67108864");
  expect_update(world, text, {"ModifyDBParameterGroup", "ModifyDBParameterGroup"});
  // The static one needs no word any more: that it is static can be seen.
  text = replaced(
      text,
      "performance_schema: 1 }\n    pendingReboot: [performance_schema]",
      "performance_schema: 0 }"
  );
  expect_update(world, text, {"ModifyDBParameterGroup"});
  text = replaced(text, "long_query_time: 2, performance_schema: 0", "long_query_time: 2");
  expect_update(world, text, {"ResetDBParameterGroup"});
  const Value left = world.call(
      "rds",
      "DescribeDBParameters",
      Value::object({{"DBParameterGroupName", "app"}, {"Source", "user"}})
  );
  EXPECT_EQ(left.get_path("Parameters.Parameter").size(), 3U);
}

TEST(DataKinds, MoreParametersThanARequestHoldsGoInSeveral) {
  TestWorld world;
  std::string many;
  for (int i = 0; i < 45; ++i) {
    many += (i == 0 ? "" : ", ") + ("setting_" + std::to_string(i)) + ": 1";
  }
  const std::string text = replaced(keys_and_logs(), "slow_query_log: 1, long_query_time: 2", many);
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  const auto& actions = report.actions;
  EXPECT_EQ(std::count(actions.begin(), actions.end(), "ModifyDBParameterGroup"), 4);
  expect_quiet(world, text);
}

TEST(DataKinds, AStaticParameterSaysWhatItNeeds) {
  TestWorld world;
  const RunReport report = world.apply(replaced(keys_and_logs(), "[performance_schema]", "[]"));
  EXPECT_NE(
      report.failures().find("cannot use immediate apply method for static parameter"),
      std::string::npos
  ) << report.failures();
}

TEST(DataKinds, AKeyThatSomeoneWantsToDeleteIsCalledBack) {
  TestWorld world;
  const std::string text = keys_and_logs();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string id = world.id_of("kmsKeys.app");
  world.call("kms", "ScheduleKeyDeletion", by_key(world));
  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.action_of("kmsKeys.app"), Action::kUpdate) << plan.plan;
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(report.actions.at(0), "CancelKeyDeletion");
  EXPECT_EQ(world.id_of("kmsKeys.app"), id);
  EXPECT_EQ(key_state(world, id), "Enabled");
  expect_quiet(world, text);
}

TEST(DataKinds, AKeyComesBackWhenItIsWantedAgainBeforeItsTimeIsUp) {
  TestWorld world;
  const std::string text = keys_and_logs();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string id = world.id_of("kmsKeys.app");
  ASSERT_TRUE(world.destroy(text).is_clean());
  EXPECT_EQ(key_state(world, id), "PendingDeletion");
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(world.id_of("kmsKeys.app"), id);
  EXPECT_EQ(key_state(world, id), "Enabled");
  expect_quiet(world, text);
}

TEST(DataKinds, AGroupWhoseNameBeginsLikeThisOneIsAnother) {
  TestWorld world;
  world.call("logs", "CreateLogGroup", Value::object({{"logGroupName", "/aws/lambda/reader-2"}}));
  const std::string text = keys_and_logs();
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.count("log-group"), 2);
  ASSERT_TRUE(world.destroy(text).is_clean());
  EXPECT_EQ(world.count("log-group"), 1);
}

TEST(DataKinds, AnEndpointChangesItsGroupsAndIsReplacedForItsRole) {
  TestWorld world;
  std::string text = data_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(
      text,
      "subnets: [a, b], securityGroups: [proxy] }",
      "subnets: [a, b], securityGroups: [other] }"
  );
  expect_update(world, text, {"ModifyDBProxyEndpoint"});
  text = replaced(text, "[other] }", "[other], targetRole: READ_ONLY }");
  expect_update(world, text, {"DeleteDBProxyEndpoint", "CreateDBProxyEndpoint"});
}

TEST(DataKinds, APasswordGoesIntoRdsCareAndComesBack) {
  TestWorld world;
  const std::string kept = data_manifest();
  const std::string own = replaced(
      replaced(kept, "manageMasterUserPassword: true", "masterUserPassword: " + secret_value()),
      "auth: [{ secret: '${dbInstances.app.masterUserSecret}' }]\n    targets: [{ dbInstance: app "
      "}]",
      "auth: [{ secret: login }]"
  );
  const std::string own_only =
      replaced(own, "'${dbInstances.app.masterUserSecret}'", "'${secrets.login.arn}'");
  const RunReport made = world.apply(own_only);
  ASSERT_TRUE(made.is_clean()) << made.failures() << made.plan;
  const std::string taken =
      replaced(own_only, "masterUserPassword: " + secret_value(), "manageMasterUserPassword: true");
  expect_update(world, taken, {"ModifyDBInstance"});
  EXPECT_EQ(world.count("secret"), 2);
  expect_update(world, own_only, {"ModifyDBInstance"});
  EXPECT_EQ(world.count("secret"), 1);
}

// --- lost and late replies -----------------------------------------------------------------------

struct Lost {
  std::string name, action, type;
};
void PrintTo(const Lost& lost, std::ostream* out) {
  *out << lost.name;
}

class EveryDataCreation : public ::testing::TestWithParam<std::tuple<Lost, Mishap>> {};

TEST_P(EveryDataCreation, EndsWithOneObjectWhateverHappensToItsReply) {
  const auto& [lost, mishap] = GetParam();
  TestWorld world;
  RunAsk ask;
  bool is_done = false;
  ask.faults = [&, action = lost.action, what = mishap](const Seen& seen) {
    if (is_done || seen.action != action) {
      return Mishap::kNone;
    }
    is_done = true;
    return what;
  };
  const std::string text = data_manifest();
  const RunReport report = world.apply(text, ask);
  EXPECT_TRUE(is_done);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  world.wire().settle();
  for (const auto& [address, count] : world.made()) {
    EXPECT_EQ(count, 1) << address;
  }
  if (lost.type != "db-parameter-group") {  // The default ones are always there.
    EXPECT_EQ(world.count(lost.type), 1);
  }
  EXPECT_TRUE(world.state().open_intents.empty());
  expect_quiet(world, text);
}

INSTANTIATE_TEST_SUITE_P(
    DataKinds,
    EveryDataCreation,
    ::testing::Combine(
        ::testing::Values(
            Lost{"KmsKey", "CreateKey", "key"},
            Lost{"LogGroup", "CreateLogGroup", "log-group"},
            Lost{"DbParameterGroup", "CreateDBParameterGroup", "db-parameter-group"},
            Lost{"DbProxyEndpoint", "CreateDBProxyEndpoint", "db-proxy-endpoint"}
        ),
        ::testing::Values(
            Mishap::kLostAfter,
            Mishap::kLostBefore,
            Mishap::kErrorAfter,
            Mishap::kErrorBefore,
            Mishap::kThrottled,
            Mishap::kLate
        )
    ),
    [](const auto& each) {
      return std::get<0>(each.param).name +
             std::to_string(static_cast<int>(std::get<1>(each.param)));
    }
);

}  // namespace
}  // namespace plumbline
