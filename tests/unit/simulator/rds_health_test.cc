#include "tests/unit/simulator/rds_rig.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

void expect_fault(RdsRig& rig, std::string_view reason, std::string_view words) {
  const Value health = rig.health();
  EXPECT_EQ(health.text_of("State"), "UNAVAILABLE");
  EXPECT_EQ(health.text_of("Reason"), reason);
  EXPECT_NE(health.text_of("Description").find(words), std::string::npos)
      << health.text_of("Description");
}

void expect_auth_fault(RdsRig& rig, std::string_view words) {
  expect_fault(rig, "AUTH_FAILURE", words);
}

TEST(RdsTargetHealth, ATargetRegistersThenWaitsForCapacityThenIsAvailable) {
  RdsRig rig;
  rig.instance();
  rig.proxy();
  rig.ok("RegisterDBProxyTargets", RdsRig::target_params());
  EXPECT_EQ(rig.health().text_of("State"), "REGISTERING");
  rig.pass(seconds(30));
  expect_fault(rig, "PENDING_PROXY_CAPACITY", "capacity");
  rig.pass(seconds(31));
  const Value target = rig.target();
  EXPECT_EQ(target.get("TargetHealth").text_of("State"), "AVAILABLE");
  EXPECT_EQ(target.get("TargetHealth").find("Reason"), nullptr);
  EXPECT_EQ(target.text_of("Role"), "READ_WRITE");
  EXPECT_EQ(target.get("Port"), Value(3306));
  EXPECT_EQ(target.text_of("Endpoint"), rig.describe().get("Endpoint").text_of("Address"));
}

TEST(RdsTargetHealth, GroupsThatDoNotLetThroughMakeItUnreachableUntilTheyDo) {
  RdsRig rig;
  rig.reachable.clear();
  rig.registered();
  expect_fault(rig, "UNREACHABLE", "sg-proxy");
  expect_fault(rig, "UNREACHABLE", "sg-db");
  EXPECT_EQ(rig.asked_port, 3306);
  rig.reachable.insert({"sg-proxy", "sg-db"});
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, TheDatabasesOwnPortIsAsked) {
  RdsRig rig;
  rig.subnet_group();
  Value params = RdsRig::instance_params();
  params.set("Port", "3307");
  rig.ok("CreateDBInstance", params);
  rig.pass(minutes(7));
  rig.proxy();
  rig.ok("RegisterDBProxyTargets", RdsRig::target_params());
  rig.pass(minutes(2));
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  EXPECT_EQ(rig.asked_port, 3307);
}

TEST(RdsTargetHealth, TheSecretMustHoldTheMasterUsersCredentials) {
  RdsRig rig;
  rig.registered();
  const std::string good = rig.secret.value;
  rig.secret.value = R"({"username": "boss", "password": "wrong-horse"})";
  expect_auth_fault(rig, "boss");
  rig.secret.value = R"({"username": "other", "password": "correct-horse"})";
  expect_auth_fault(rig, "other");
  for (const char* text :
       {"correct-horse",
        R"({"user": "boss", "password": "correct-horse"})",
        R"({"username": "boss"})",
        ""}) {
    rig.secret.value = text;
    expect_auth_fault(rig, "not JSON with username and password");
  }
  rig.secret.value = good;
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.secret.exists = false;
  expect_auth_fault(rig, "Proxy does not have any registered credentials");
}

TEST(RdsTargetHealth, AChangedPasswordCountsWhenTheModificationIsDone) {
  RdsRig rig;
  rig.registered();
  const Value reply = rig.ok(
      "ModifyDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"MasterUserPassword", "battery-staple"}})
  );
  EXPECT_EQ(show_json(reply).find("battery-staple"), std::string::npos);
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.pass(minutes(1));
  expect_auth_fault(rig, "refused the credentials");
  rig.secret.value = R"({"username": "boss", "password": "battery-staple"})";
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, TheRoleMustBeAllowedToReadTheSecret) {
  RdsRig rig;
  rig.registered();
  const auto with = [&](const char* statements) {
    rig.role.policies = {RdsRig::json(std::string(R"({"Statement": )") + statements + "}")};
    return rig.health().text_of("State");
  };
  EXPECT_EQ(with("[]"), "UNAVAILABLE");
  expect_auth_fault(rig, "secretsmanager:GetSecretValue");
  EXPECT_EQ(
      with(R"({"Effect": "Allow", "Action": "secretsmanager:getsecretvalue",
                     "Resource": "*"})"),
      "AVAILABLE"
  );
  EXPECT_EQ(
      with(R"([{"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:secretsmanager:*"]}])"),
      "AVAILABLE"
  );
  EXPECT_EQ(
      with(R"([{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
                      "Resource": "arn:aws:secretsmanager:eu-west-3:123456789012:secret:db"}])"),
      "UNAVAILABLE"
  );
  EXPECT_EQ(
      with(R"([{"Effect": "Allow", "Action": "*", "Resource": "*"},
                     {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*"}])"),
      "UNAVAILABLE"
  );
  EXPECT_EQ(with(R"([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}])"), "AVAILABLE");
  EXPECT_EQ(
      with(R"([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition":
                      {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}])"),
      "UNAVAILABLE"
  );
}

TEST(RdsTargetHealth, ACustomerKeyMustBeDecryptable) {
  RdsRig rig;
  rig.registered();
  rig.secret.kms_key_id = "alias/aws/secretsmanager";
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.secret.kms_key_id = "arn:aws:kms:eu-west-3:123456789012:key/1234";
  expect_auth_fault(rig, "kms:Decrypt");
  rig.role.policies.push_back(RdsRig::json(
      R"({"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt",
          "Resource": "arn:aws:kms:eu-west-3:123456789012:key/*", "Condition": {"StringEquals":
          {"kms:ViaService": "secretsmanager.eu-west-3.amazonaws.com"}}}]})"
  ));
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, TheRoleMustGoOnTrustingTheService) {
  RdsRig rig;
  rig.registered();
  const Value good = rig.role.trust_policy;
  rig.role.trust_policy = RdsRig::json(R"({"Statement": []})");
  expect_auth_fault(rig, "cannot be assumed");
  rig.role.trust_policy = RdsRig::json(
      R"({"Statement": [{"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"},
          "Action": "sts:AssumeRole", "Condition": {"StringEquals":
          {"aws:SourceAccount": "999999999999"}}}]})"
  );
  expect_auth_fault(rig, "cannot be assumed");
  rig.role.trust_policy = good;
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, OneSecretThatOpensTheDatabaseIsEnough) {
  RdsRig rig;
  rig.registered();
  const std::string other = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:ot-AbCdEf";
  rig.ok(
      "ModifyDBProxy",
      Value::object(
          {{"DBProxyName", "front"},
           {"Auth",
            Value::list(
                {Value::object({{"SecretArn", other}}),
                 Value::object({{"SecretArn", RdsRig::kSecretArn}})}
            )}}
      )
  );
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, EndToEndIamNeedsItOnTheDatabaseAndInTheRole) {
  RdsRig rig;
  rig.instance();
  Value params = RdsRig::proxy_params();
  params.erase("Auth");
  params.set("DefaultAuthScheme", "IAM_AUTH");
  rig.ok("CreateDBProxy", params);
  rig.pass(minutes(4));
  rig.ok("RegisterDBProxyTargets", RdsRig::target_params());
  rig.pass(minutes(2));
  expect_auth_fault(rig, "IAM database authentication is not enabled");
  rig.ok(
      "ModifyDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"EnableIAMDatabaseAuthentication", "true"}})
  );
  rig.pass(minutes(1));
  expect_auth_fault(rig, "rds-db:connect");
  rig.role.policies = {RdsRig::json(
      R"({"Statement": [{"Effect": "Allow", "Action": "rds-db:connect",
          "Resource": "arn:aws:rds-db:eu-west-3:123456789012:dbuser:)" +
      rig.describe().text_of("DbiResourceId") + R"(/*"}]})"
  )};
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
}

TEST(RdsTargetHealth, ADatabaseThatIsDownOrGoneIsNotServed) {
  RdsRig rig;
  rig.registered();
  rig.ok("RebootDBInstance", Value::object({{"DBInstanceIdentifier", "main"}}));
  expect_fault(rig, "CONNECTION_FAILED", "rebooting");
  rig.pass(minutes(2));
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.ok(
      "DeleteDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"SkipFinalSnapshot", "true"}})
  );
  rig.pass(minutes(4));
  expect_fault(rig, "UNREACHABLE", "deleted");
  // Another database of the name is another database.
  rig.ok("CreateDBInstance", RdsRig::instance_params());
  rig.pass(minutes(7));
  expect_fault(rig, "UNREACHABLE", "deleted");
}

}  // namespace
}  // namespace plumbline::sim
