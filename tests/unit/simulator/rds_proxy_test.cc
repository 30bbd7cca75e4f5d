#include "tests/unit/simulator/rds_rig.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Value by_name(std::initializer_list<std::pair<std::string_view, Value>> more = {}) {
  Value params = Value::object(more);
  params.set("DBProxyName", "front");
  return params;
}

TEST(RdsProxy, IsCreatingForMinutesWithItsEndpointKnown) {
  RdsRig rig;
  const Value made = rig.ok("CreateDBProxy", RdsRig::proxy_params()).get("DBProxy");
  EXPECT_EQ(made.text_of("DBProxyName"), "front");
  EXPECT_EQ(made.text_of("Status"), "creating");
  EXPECT_TRUE(made.text_of("Endpoint").starts_with("front.proxy-"));
  EXPECT_TRUE(
      made.text_of("DBProxyArn").starts_with("arn:aws:rds:eu-west-3:123456789012:db-proxy:prx-")
  );
  EXPECT_EQ(made.get("IdleClientTimeout"), Value(1800));
  EXPECT_EQ(made.get("RequireTLS"), Value(true));
  EXPECT_EQ(made.get("Auth").as_list()[0].text_of("IAMAuth"), "DISABLED");
  rig.pass(minutes(2));
  EXPECT_EQ(rig.describe_proxy().text_of("Status"), "creating");
  rig.pass(minutes(2));
  EXPECT_EQ(rig.describe_proxy().text_of("Status"), "available");
  EXPECT_EQ(rig.interfaces.size(), 2U);
}

TEST(RdsProxy, ParametersAreJudgedAsAwsJudgesThem) {
  const auto auth = [](std::initializer_list<std::pair<std::string_view, Value>> more) {
    Value entry = Value::object(more);
    if (entry.find("SecretArn") == nullptr) {
      entry.set("SecretArn", RdsRig::kSecretArn);
    }
    return Value::list({entry});
  };
  struct Case {
    std::string_view key;
    Value value;
    std::string_view code;
  };
  const Case cases[] = {
      {"DBProxyName", "9lives", "InvalidParameterValue"},
      {"EngineFamily", "mysql", "InvalidParameterValue"},
      {"RoleArn", "", "MissingParameter"},
      {"RoleArn", "arn:aws:iam::123456789012:role/none", "InvalidParameterValue"},
      {"VpcSubnetIds", Value::list({"subnet-a"}), "InvalidSubnet"},
      {"VpcSubnetIds", Value::list({"subnet-a", "subnet-a2"}), "InvalidSubnet"},
      {"VpcSubnetIds", Value::list({"subnet-a", "subnet-x"}), "InvalidSubnet"},
      {"VpcSubnetIds", Value::list({"subnet-a", "subnet-none"}), "InvalidSubnet"},
      {"VpcSecurityGroupIds", Value::list({"sg-none"}), "InvalidParameterValue"},
      {"Auth", Value(List{}), "InvalidParameterValue"},
      {"Auth", auth({{"SecretArn", "db-secret"}}), "InvalidParameterValue"},
      {"Auth", auth({{"IAMAuth", "ENABLED"}}), "InvalidParameterValue"},
      {"Auth", auth({{"ClientPasswordAuthType", "POSTGRES_MD5"}}), "InvalidParameterValue"},
      {"IdleClientTimeout", "0", "InvalidParameterValue"},
  };
  RdsRig rig;
  for (const Case& each : cases) {
    Value params = RdsRig::proxy_params();
    params.set(each.key, each.value);
    EXPECT_EQ(rig.fails("CreateDBProxy", params).code, each.code)
        << each.key << " " << show_json(each.value);
  }
  EXPECT_TRUE(rig.interfaces.empty());
}

TEST(RdsProxy, ARoleMustBeKnownEverywhereAndTrustTheService) {
  RdsRig rig;
  rig.role.created_at = rig.clock.now() - seconds(3);
  const Fault young = rig.fails("CreateDBProxy", RdsRig::proxy_params());
  EXPECT_EQ(young.code, "InvalidParameterValue");
  EXPECT_TRUE(young.message.starts_with(
      "IAM role ARN value is invalid or does not include the required permissions"
  ));
  const Value good = rig.role.trust_policy;
  rig.pass(minutes(1));
  rig.role.trust_policy = RdsRig::json(
      R"({"Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]},
          "Action": "sts:AssumeRole"}]})"
  );
  EXPECT_EQ(rig.fails("CreateDBProxy", RdsRig::proxy_params()).message, young.message);
  rig.role.trust_policy = good;
  rig.ok("CreateDBProxy", RdsRig::proxy_params());
}

TEST(RdsProxy, AModificationUsesTheOtherNameOfTheGroups) {
  RdsRig rig;
  rig.proxy();
  const Value reply = rig.ok(
      "ModifyDBProxy",
      by_name({{"SecurityGroups", Value::list({"sg-other"})}, {"IdleClientTimeout", "60"}})
  );
  EXPECT_EQ(reply.get("DBProxy").get("VpcSecurityGroupIds"), Value::list({"sg-other"}));
  EXPECT_EQ(reply.get("DBProxy").get("IdleClientTimeout"), Value(60));
  EXPECT_EQ(reply.get("DBProxy").text_of("Status"), "modifying");
  for (const auto& [id, groups] : rig.interfaces) {
    EXPECT_EQ(groups, std::vector<std::string>{"sg-other"});
  }
  EXPECT_EQ(
      rig.fails("ModifyDBProxy", by_name({{"DebugLogging", "true"}})).code,
      "InvalidDBProxyStateFault"
  );
  rig.pass(minutes(1));
  EXPECT_EQ(rig.describe_proxy().text_of("Status"), "available");
}

TEST(RdsProxy, ARenamedProxyKeepsItsArnAndTargetGroup) {
  RdsRig rig;
  rig.proxy();
  const std::string arn = rig.describe_proxy().text_of("DBProxyArn");
  rig.ok("ModifyDBProxy", by_name({{"NewDBProxyName", "back"}}));
  EXPECT_EQ(rig.fails("DescribeDBProxies", by_name()).code, "DBProxyNotFoundFault");
  EXPECT_EQ(rig.describe_proxy("back").text_of("DBProxyArn"), arn);
  const Value groups =
      rig.ok("DescribeDBProxyTargetGroups", Value::object({{"DBProxyName", "back"}}));
  EXPECT_EQ(groups.get("TargetGroups").as_list()[0].text_of("DBProxyName"), "back");
}

TEST(RdsProxy, DeletionTakesMinutesAndItsInterfacesLingerOn) {
  RdsRig rig;
  rig.ok("CreateDBProxy", RdsRig::proxy_params());
  EXPECT_EQ(rig.fails("DeleteDBProxy", by_name()).code, "InvalidDBProxyStateFault");
  rig.pass(minutes(4));
  EXPECT_EQ(rig.fails("CreateDBProxy", RdsRig::proxy_params()).code, "DBProxyAlreadyExistsFault");
  EXPECT_EQ(rig.ok("DeleteDBProxy", by_name()).get("DBProxy").text_of("Status"), "deleting");
  EXPECT_EQ(rig.interfaces.size(), 2U);
  rig.pass(minutes(3));
  EXPECT_EQ(rig.fails("DescribeDBProxies", by_name()).code, "DBProxyNotFoundFault");
  EXPECT_TRUE(rig.interfaces.empty());
  EXPECT_EQ(rig.lingering.begin()->second, Duration(minutes(5)));
}

TEST(RdsProxy, IsBornWithADefaultTargetGroup) {
  RdsRig rig;
  rig.proxy();
  const Value group =
      rig.ok("DescribeDBProxyTargetGroups", by_name()).get("TargetGroups").as_list()[0];
  EXPECT_EQ(group.text_of("TargetGroupName"), "default");
  EXPECT_EQ(group.get("IsDefault"), Value(true));
  EXPECT_EQ(group.get_path("ConnectionPoolConfig.MaxConnectionsPercent"), Value(100));
  EXPECT_EQ(group.get_path("ConnectionPoolConfig.MaxIdleConnectionsPercent"), Value(50));
  EXPECT_EQ(group.get_path("ConnectionPoolConfig.ConnectionBorrowTimeout"), Value(120));
  EXPECT_EQ(
      rig.fails("DescribeDBProxyTargetGroups", by_name({{"TargetGroupName", "mine"}})).code,
      "DBProxyTargetGroupNotFoundFault"
  );
}

TEST(RdsProxy, TheIdleShareIsTakenWithTheWholeAlone) {
  RdsRig rig;
  rig.proxy();
  const auto change = [](std::initializer_list<std::pair<std::string_view, Value>> pool) {
    return by_name({{"TargetGroupName", "default"}, {"ConnectionPoolConfig", Value::object(pool)}});
  };
  EXPECT_EQ(
      rig.fails("ModifyDBProxyTargetGroup", change({{"MaxIdleConnectionsPercent", "10"}})).code,
      "InvalidParameterCombination"
  );
  EXPECT_EQ(
      rig.fails(
             "ModifyDBProxyTargetGroup",
             change({{"MaxConnectionsPercent", "50"}, {"MaxIdleConnectionsPercent", "60"}})
      ).code,
      "InvalidParameterValue"
  );
  EXPECT_EQ(
      rig.fails(
             "ModifyDBProxyTargetGroup",
             change({{"SessionPinningFilters", Value::list({"EVERYTHING"})}})
      ).code,
      "InvalidParameterValue"
  );
  const Value reply = rig.ok("ModifyDBProxyTargetGroup", change({{"MaxConnectionsPercent", "80"}})
  ).get("DBProxyTargetGroup");
  EXPECT_EQ(reply.get_path("ConnectionPoolConfig.MaxIdleConnectionsPercent"), Value(40));
  EXPECT_EQ(reply.text_of("Status"), "modifying");
  rig.pass(seconds(15));
  const Value group =
      rig.ok("DescribeDBProxyTargetGroups", by_name()).get("TargetGroups").as_list()[0];
  EXPECT_EQ(group.text_of("Status"), "available");
}

TEST(RdsProxy, TakesATargetOnlyWhenBothAreReady) {
  RdsRig rig;
  rig.subnet_group();
  rig.ok("CreateDBInstance", RdsRig::instance_params());
  rig.ok("CreateDBProxy", RdsRig::proxy_params());
  EXPECT_EQ(
      rig.fails("RegisterDBProxyTargets", RdsRig::target_params()).code, "InvalidDBProxyStateFault"
  );
  rig.pass(minutes(4));
  const Fault busy = rig.fails("RegisterDBProxyTargets", RdsRig::target_params());
  EXPECT_EQ(busy.code, "InvalidDBInstanceState");
  EXPECT_NE(busy.message.find("CREATING"), std::string::npos);
  EXPECT_EQ(
      rig.fails("RegisterDBProxyTargets", RdsRig::target_params("none")).code, "DBInstanceNotFound"
  );
  rig.pass(minutes(4));
  const Value reply = rig.ok("RegisterDBProxyTargets", RdsRig::target_params());
  const Value target = reply.get("DBProxyTargets").as_list()[0];
  EXPECT_EQ(target.text_of("RdsResourceId"), "main");
  EXPECT_EQ(target.text_of("Type"), "RDS_INSTANCE");
  EXPECT_EQ(target.get("TargetHealth").text_of("State"), "REGISTERING");
  EXPECT_EQ(
      rig.fails("RegisterDBProxyTargets", RdsRig::target_params()).code,
      "DBProxyTargetAlreadyRegisteredFault"
  );
}

TEST(RdsProxy, RefusesATargetOfAnotherEngineFamily) {
  RdsRig rig;
  rig.instance();
  Value params = RdsRig::proxy_params();
  params.set("EngineFamily", "POSTGRESQL");
  rig.ok("CreateDBProxy", params);
  rig.pass(minutes(4));
  EXPECT_EQ(
      rig.fails("RegisterDBProxyTargets", RdsRig::target_params()).code, "InvalidParameterValue"
  );
}

TEST(RdsProxy, ADeregisteredTargetIsGoneAndMissedTheSecondTime) {
  RdsRig rig;
  rig.registered();
  rig.ok("DeregisterDBProxyTargets", RdsRig::target_params());
  EXPECT_TRUE(rig.target().is_null());
  EXPECT_EQ(
      rig.fails("DeregisterDBProxyTargets", RdsRig::target_params()).code,
      "DBProxyTargetNotFoundFault"
  );
}

}  // namespace
}  // namespace plumbline::sim
