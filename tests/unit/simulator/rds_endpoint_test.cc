// Endpoints of proxies, and passwords that RDS keeps itself.
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/simulator/rds_rig.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Value endpoint_params(const std::string& name = "Readers") {
  return Value::object(
      {{"DBProxyName", "front"},
       {"DBProxyEndpointName", name},
       {"VpcSubnetIds", Value::list({"subnet-a", "subnet-b"})},
       {"VpcSecurityGroupIds", Value::list({"sg-proxy"})}}
  );
}

Value by_name(const std::string& name) {
  return Value::object({{"DBProxyEndpointName", name}});
}

Value describe(RdsRig& rig, const std::string& name) {
  const Value reply = rig.ok("DescribeDBProxyEndpoints", by_name(name));
  return reply.get("DBProxyEndpoints").as_list().at(0);
}

TEST(RdsProxyEndpoint, IsMadeBesideTheDefaultOne) {
  RdsRig rig;
  rig.proxy();
  const Value made = rig.ok("CreateDBProxyEndpoint", endpoint_params()).get("DBProxyEndpoint");
  EXPECT_EQ(made.text_of("DBProxyEndpointName"), "readers");
  EXPECT_EQ(made.text_of("Status"), "creating");
  EXPECT_EQ(made.text_of("TargetRole"), "READ_WRITE");
  EXPECT_EQ(made.get("IsDefault"), Value(false));
  const std::string own = rig.describe_proxy().text_of("Endpoint");
  EXPECT_EQ(made.text_of("Endpoint"), "readers.endpoint" + own.substr(own.find(".proxy-")));
  EXPECT_EQ(rig.interfaces.size(), 4U);
  rig.pass(minutes(1));
  EXPECT_EQ(describe(rig, "readers").text_of("Status"), "available");
  const Value all = rig.ok("DescribeDBProxyEndpoints", Value::object({{"DBProxyName", "front"}}));
  EXPECT_EQ(all.get("DBProxyEndpoints").size(), 2U);
}

TEST(RdsProxyEndpoint, ParametersAreJudgedAsAwsJudgesThem) {
  RdsRig rig;
  rig.proxy();
  rig.ok("CreateDBProxyEndpoint", endpoint_params());
  const auto code = [&](std::string_view key, const Value& value) {
    Value params = endpoint_params("other");
    params.set(key, value);
    return rig.fails("CreateDBProxyEndpoint", params).code;
  };
  EXPECT_EQ(code("DBProxyName", "none"), "DBProxyNotFoundFault");
  EXPECT_EQ(code("DBProxyEndpointName", "readers"), "DBProxyEndpointAlreadyExistsFault");
  EXPECT_EQ(code("DBProxyEndpointName", "default"), "InvalidParameterValue");
  EXPECT_EQ(code("TargetRole", "WRITE_ONLY"), "InvalidParameterValue");
  EXPECT_EQ(code("VpcSubnetIds", Value::list({"subnet-a", "subnet-a2"})), "InvalidSubnet");
  EXPECT_EQ(
      rig.fails("DescribeDBProxyEndpoints", by_name("none")).code, "DBProxyEndpointNotFoundFault"
  );
}

TEST(RdsProxyEndpoint, ChangesWhenItIsAvailableAlone) {
  RdsRig rig;
  rig.proxy();
  rig.ok("CreateDBProxyEndpoint", endpoint_params());
  Value change = by_name("readers");
  change.set("VpcSecurityGroupIds", Value::list({"sg-other"}));
  EXPECT_EQ(rig.fails("ModifyDBProxyEndpoint", change).code, "InvalidDBProxyEndpointStateFault");
  rig.pass(minutes(1));
  change.set("NewDBProxyEndpointName", "writers");
  rig.ok("ModifyDBProxyEndpoint", change);
  const Value shown = describe(rig, "writers");
  EXPECT_EQ(shown.text_of("Status"), "modifying");
  EXPECT_EQ(shown.get("VpcSecurityGroupIds"), Value::list({"sg-other"}));
  rig.pass(seconds(30));
  EXPECT_EQ(describe(rig, "writers").text_of("Status"), "available");
  EXPECT_EQ(
      rig.fails("DeleteDBProxyEndpoint", by_name("default")).code,
      "InvalidDBProxyEndpointStateFault"
  );
}

TEST(RdsProxyEndpoint, GoesByItselfAndWithItsProxy) {
  RdsRig rig;
  rig.proxy();
  rig.ok("CreateDBProxyEndpoint", endpoint_params());
  rig.ok("CreateDBProxyEndpoint", endpoint_params("others"));
  rig.pass(minutes(1));
  rig.ok("DeleteDBProxyEndpoint", by_name("readers"));
  EXPECT_EQ(describe(rig, "readers").text_of("Status"), "deleting");
  rig.pass(minutes(1));
  EXPECT_EQ(
      rig.fails("DescribeDBProxyEndpoints", by_name("readers")).code, "DBProxyEndpointNotFoundFault"
  );
  rig.ok("DeleteDBProxy", Value::object({{"DBProxyName", "front"}}));
  rig.pass(minutes(3));
  EXPECT_EQ(
      rig.fails("DescribeDBProxyEndpoints", by_name("others")).code, "DBProxyEndpointNotFoundFault"
  );
  EXPECT_TRUE(rig.interfaces.empty());
}

TEST(RdsProxyEndpoint, HasTagsOfItsOwn) {
  RdsRig rig;
  rig.proxy();
  Value params = endpoint_params();
  params.set("Tags", Value::list({Value::object({{"Key", "team"}, {"Value", "data"}})}));
  const Value made = rig.ok("CreateDBProxyEndpoint", params).get("DBProxyEndpoint");
  const Value arn = Value::object({{"ResourceName", made.get("DBProxyEndpointArn")}});
  EXPECT_EQ(rig.ok("ListTagsForResource", arn).get("TagList[Tag]"), params.get("Tags"));
  const Value default_arn =
      Value::object({{"ResourceName", describe(rig, "default").get("DBProxyEndpointArn")}});
  EXPECT_EQ(rig.ok("ListTagsForResource", default_arn).get("TagList[Tag]").size(), 0U);
}

// --- passwords that RDS keeps itself -------------------------------------------------------------

Value managed_params() {
  Value params = RdsRig::instance_params();
  params.erase("MasterUserPassword");
  params.set("ManageMasterUserPassword", "true");
  return params;
}

Value change_of(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Value params = Value::object({{"DBInstanceIdentifier", "main"}, {"ApplyImmediately", "true"}});
  for (const auto& [key, value] : members) {
    params.set(key, value);
  }
  return params;
}

TEST(RdsMasterSecret, IsMadeWithTheInstanceAndGoesWithIt) {
  RdsRig rig;
  rig.subnet_group();
  const Value made = rig.ok("CreateDBInstance", managed_params()).get("DBInstance");
  EXPECT_EQ(made.get("MasterUserSecret").text_of("SecretArn"), RdsRig::kSecretArn);
  EXPECT_EQ(made.get("MasterUserSecret").text_of("SecretStatus"), "creating");
  ASSERT_EQ(rig.kept.size(), 1U);
  EXPECT_EQ(rig.kept[0].owner, "rds");
  EXPECT_EQ(rig.kept[0].name.substr(0, 7), "rds!db-");
  const Value content = RdsRig::json(rig.kept[0].value.as_text());
  EXPECT_EQ(content.text_of("username"), "boss");
  EXPECT_GE(content.text_of("password").size(), 8U);
  rig.pass(minutes(7));
  EXPECT_EQ(rig.describe().get("MasterUserSecret").text_of("SecretStatus"), "active");
  rig.ok(
      "DeleteDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"SkipFinalSnapshot", "true"}})
  );
  rig.pass(minutes(4));
  rig.call("DescribeDBInstances");
  ASSERT_EQ(rig.kept.size(), 2U);
  EXPECT_TRUE(rig.kept[1].value.is_null());
}

TEST(RdsMasterSecret, ExcludesAPasswordOfOnesOwn) {
  RdsRig rig;
  rig.subnet_group();
  Value both = managed_params();
  both.set("MasterUserPassword", "correct-horse");
  EXPECT_EQ(rig.fails("CreateDBInstance", both).code, "InvalidParameterCombination");
  Value key = RdsRig::instance_params();
  key.set("MasterUserSecretKmsKeyId", RdsRig::kKeyArn);
  EXPECT_EQ(rig.fails("CreateDBInstance", key).code, "InvalidParameterCombination");
  Value unknown = managed_params();
  unknown.set("MasterUserSecretKmsKeyId", "alias/none");
  EXPECT_EQ(rig.fails("CreateDBInstance", unknown).code, "KMSKeyNotAccessibleFault");
  EXPECT_TRUE(rig.kept.empty());
}

TEST(RdsMasterSecret, CanBeTakenUpRotatedAndGivenUp) {
  RdsRig rig;
  rig.instance();
  rig.ok("ModifyDBInstance", change_of({{"ManageMasterUserPassword", "true"}}));
  ASSERT_EQ(rig.kept.size(), 1U);
  rig.pass(minutes(2));
  EXPECT_EQ(
      rig.fails("ModifyDBInstance", change_of({{"MasterUserPassword", "correct-horse"}})).code,
      "InvalidParameterCombination"
  );
  rig.ok("ModifyDBInstance", change_of({{"RotateMasterUserPassword", "true"}}));
  ASSERT_EQ(rig.kept.size(), 2U);
  EXPECT_NE(rig.kept[0].value, rig.kept[1].value);
  rig.pass(minutes(2));
  EXPECT_EQ(
      rig.fails("ModifyDBInstance", change_of({{"ManageMasterUserPassword", "false"}})).code,
      "InvalidParameterCombination"
  );
  rig.ok(
      "ModifyDBInstance",
      change_of({{"ManageMasterUserPassword", "false"}, {"MasterUserPassword", "correct-horse"}})
  );
  ASSERT_EQ(rig.kept.size(), 3U);
  EXPECT_TRUE(rig.kept[2].value.is_null());
  EXPECT_TRUE(rig.describe().get("MasterUserSecret").is_null());
}

TEST(RdsKeys, AStorageKeyMustBeUsable) {
  RdsRig rig;
  rig.subnet_group();
  Value params = RdsRig::instance_params();
  params.set("StorageEncrypted", "true");
  params.set("KmsKeyId", RdsRig::kKeyArn);
  rig.keys[RdsRig::kKeyArn].state = "PendingDeletion";
  EXPECT_EQ(rig.fails("CreateDBInstance", params).code, "KMSKeyNotAccessibleFault");
  rig.keys[RdsRig::kKeyArn].state = "Enabled";
  EXPECT_EQ(
      rig.ok("CreateDBInstance", params).get("DBInstance").text_of("KmsKeyId"), RdsRig::kKeyArn
  );
}

TEST(RdsKeys, ASecretUnderAKeyThatIsOffOpensNothing) {
  RdsRig rig;
  rig.registered();
  rig.secret.kms_key_id = RdsRig::kKeyArn;
  rig.role.policies.push_back(RdsRig::json(
      R"({"Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]})"
  ));
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.keys[RdsRig::kKeyArn].state = "Disabled";
  EXPECT_EQ(rig.health().text_of("Reason"), "AUTH_FAILURE");
  EXPECT_NE(rig.health().text_of("Description").find("Disabled"), std::string::npos);
}

}  // namespace
}  // namespace plumbline::sim
