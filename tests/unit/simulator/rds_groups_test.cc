#include "tests/unit/simulator/rds_rig.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;

Value group_params(std::initializer_list<Value> subnets, std::string_view name = "Net") {
  return Value::object(
      {{"DBSubnetGroupName", name},
       {"DBSubnetGroupDescription", "d"},
       {"SubnetIds", Value::list(subnets)}}
  );
}

TEST(RdsSubnetGroup, IsCompleteAtOnceAndNamedInLowerCase) {
  RdsRig rig;
  const Value group =
      rig.ok("CreateDBSubnetGroup", group_params({"subnet-a", "subnet-b"})).get("DBSubnetGroup");
  EXPECT_EQ(group.text_of("DBSubnetGroupName"), "net");
  EXPECT_EQ(group.text_of("SubnetGroupStatus"), "Complete");
  EXPECT_EQ(group.text_of("VpcId"), "vpc-1");
  EXPECT_EQ(group.text_of("DBSubnetGroupArn"), "arn:aws:rds:eu-west-3:123456789012:subgrp:net");
  ASSERT_EQ(group.get("Subnets[Subnet]").size(), 2U);
  EXPECT_EQ(
      group.get("Subnets[Subnet]").as_list()[1].get("SubnetAvailabilityZone").text_of("Name"),
      "eu-west-3b"
  );
  EXPECT_EQ(
      rig.fails("CreateDBSubnetGroup", group_params({"subnet-a", "subnet-b"}, "NET")).code,
      "DBSubnetGroupAlreadyExists"
  );
}

TEST(RdsSubnetGroup, NeedsTwoZonesOfOneVpc) {
  RdsRig rig;
  const auto code = [&](std::initializer_list<Value> subnets) {
    return rig.fails("CreateDBSubnetGroup", group_params(subnets)).code;
  };
  EXPECT_EQ(code({"subnet-a"}), "DBSubnetGroupDoesNotCoverEnoughAZs");
  EXPECT_EQ(code({"subnet-a", "subnet-a2"}), "DBSubnetGroupDoesNotCoverEnoughAZs");
  EXPECT_EQ(code({"subnet-a", "subnet-x"}), "InvalidSubnet");
  EXPECT_EQ(code({"subnet-a", "subnet-none"}), "InvalidSubnet");
  EXPECT_EQ(
      rig.fails("DescribeDBSubnetGroups", Value::object({{"DBSubnetGroupName", "net"}})).code,
      "DBSubnetGroupNotFoundFault"
  );
}

TEST(RdsSubnetGroup, ASubnetWithAnInstanceCannotBeTakenOut) {
  RdsRig rig;
  rig.instance();
  EXPECT_EQ(
      rig.fails("ModifyDBSubnetGroup", group_params({"subnet-a2", "subnet-b"})).code,
      "SubnetAlreadyInUse"
  );
  const Value changed =
      rig.ok("ModifyDBSubnetGroup", group_params({"subnet-a", "subnet-a2", "subnet-b"}));
  EXPECT_EQ(changed.get("DBSubnetGroup").get("Subnets[Subnet]").size(), 3U);
}

TEST(RdsSubnetGroup, IsDeletedWhenTheLastInstanceIsGone) {
  RdsRig rig;
  rig.instance();
  const Value name = Value::object({{"DBSubnetGroupName", "net"}});
  EXPECT_EQ(rig.fails("DeleteDBSubnetGroup", name).code, "InvalidDBSubnetGroupStateFault");
  rig.ok(
      "DeleteDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"SkipFinalSnapshot", "true"}})
  );
  EXPECT_EQ(rig.fails("DeleteDBSubnetGroup", name).code, "InvalidDBSubnetGroupStateFault");
  rig.pass(minutes(4));
  EXPECT_TRUE(rig.ok("DeleteDBSubnetGroup", name).is_null());
  EXPECT_EQ(rig.fails("DeleteDBSubnetGroup", name).code, "DBSubnetGroupNotFoundFault");
}

TEST(RdsParameterGroup, ShowsWhatTheUserSetAndForgetsWhatIsReset) {
  RdsRig rig;
  rig.ok(
      "CreateDBParameterGroup",
      Value::object(
          {{"DBParameterGroupName", "mine"},
           {"DBParameterGroupFamily", "postgres16"},
           {"Description", "d"}}
      )
  );
  const Value change = Value::object(
      {{"DBParameterGroupName", "mine"},
       {"Parameters",
        Value::list({Value::object(
            {{"ParameterName", "Log_Statement"},
             {"ParameterValue", "ddl"},
             {"ApplyMethod", "immediate"}}
        )})}}
  );
  const auto users = [&] {
    return rig
        .ok("DescribeDBParameters",
            Value::object({{"DBParameterGroupName", "mine"}, {"Source", "user"}}))
        .get("Parameters[Parameter]");
  };
  EXPECT_EQ(users().size(), 0U);
  rig.ok("ModifyDBParameterGroup", change);
  ASSERT_EQ(users().size(), 1U);
  EXPECT_EQ(users().as_list()[0].text_of("ParameterName"), "log_statement");
  EXPECT_EQ(users().as_list()[0].text_of("ParameterValue"), "ddl");
  EXPECT_EQ(users().as_list()[0].text_of("ApplyType"), "dynamic");
  rig.ok("ResetDBParameterGroup", change);
  EXPECT_EQ(users().size(), 0U);
  rig.ok("DeleteDBParameterGroup", Value::object({{"DBParameterGroupName", "mine"}}));
  EXPECT_EQ(
      rig.fails(
             "DescribeDBParameterGroups", Value::object({{"DBParameterGroupName", "mine"}})
      ).code,
      "DBParameterGroupNotFound"
  );
}

TEST(RdsParameterGroup, DefaultGroupsExistAndCannotBeChanged) {
  RdsRig rig;
  const Value name = Value::object({{"DBParameterGroupName", "default.mysql8.0"}});
  const Value reply = rig.ok("DescribeDBParameterGroups", name);
  EXPECT_EQ(
      reply.get("DBParameterGroups[DBParameterGroup]")
          .as_list()[0]
          .text_of("DBParameterGroupFamily"),
      "mysql8.0"
  );
  EXPECT_EQ(rig.fails("DeleteDBParameterGroup", name).code, "InvalidDBParameterGroupState");
}

TEST(RdsTags, AreKeptByArnAndShownOnInstances) {
  RdsRig rig;
  rig.subnet_group();
  Value params = RdsRig::instance_params();
  params.set("Tags", Value::list({Value::object({{"Key", "team"}, {"Value", "a"}})}));
  rig.ok("CreateDBInstance", params);
  const std::string arn = rig.describe().text_of("DBInstanceArn");
  rig.ok(
      "AddTagsToResource",
      Value::object(
          {{"ResourceName", arn},
           {"Tags",
            Value::list(
                {Value::object({{"Key", "team"}, {"Value", "b"}}),
                 Value::object({{"Key", "stage"}, {"Value", "test"}})}
            )}}
      )
  );
  const Value tags = rig.describe().get("TagList[Tag]");
  ASSERT_EQ(tags.size(), 2U);
  EXPECT_EQ(tags.as_list()[0].text_of("Value"), "b");
  rig.ok(
      "RemoveTagsFromResource",
      Value::object({{"ResourceName", arn}, {"TagKeys", Value::list({"team"})}})
  );
  const Value left =
      rig.ok("ListTagsForResource", Value::object({{"ResourceName", arn}})).get("TagList[Tag]");
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.as_list()[0].text_of("Key"), "stage");
}

TEST(RdsTags, WorkForGroupsProxiesAndTargetGroups) {
  RdsRig rig;
  rig.subnet_group();
  rig.proxy();
  const std::string group =
      rig.ok("DescribeDBProxyTargetGroups", Value::object({{"DBProxyName", "front"}}))
          .get("TargetGroups")
          .as_list()[0]
          .text_of("TargetGroupArn");
  for (const std::string& arn :
       {std::string("arn:aws:rds:eu-west-3:123456789012:subgrp:net"),
        rig.describe_proxy().text_of("DBProxyArn"),
        group}) {
    rig.ok(
        "AddTagsToResource",
        Value::object(
            {{"ResourceName", arn},
             {"Tags", Value::list({Value::object({{"Key", "k"}, {"Value", "v"}})})}}
        )
    );
    const Value tags = rig.ok("ListTagsForResource", Value::object({{"ResourceName", arn}}));
    EXPECT_EQ(tags.get("TagList[Tag]").size(), 1U) << arn;
  }
  const auto code = [&](const char* arn) {
    return rig.fails("ListTagsForResource", Value::object({{"ResourceName", arn}})).code;
  };
  EXPECT_EQ(code("arn:aws:rds:eu-west-3:123456789012:db:none"), "DBInstanceNotFound");
  EXPECT_EQ(code("arn:aws:rds:eu-west-3:123456789012:db-proxy:prx-0"), "DBProxyNotFoundFault");
  EXPECT_EQ(code("arn:aws:rds:us-east-1:123456789012:db:main"), "InvalidParameterValue");
}

TEST(RdsPages, AreOfTwentyToAHundredAndLoseNothing) {
  RdsRig rig;
  for (int i = 0; i < 45; ++i) {
    rig.ok("CreateDBSubnetGroup", group_params({"subnet-a", "subnet-b"}, "g" + std::to_string(i)));
  }
  EXPECT_EQ(
      rig.fails("DescribeDBSubnetGroups", Value::object({{"MaxRecords", "19"}})).code,
      "InvalidParameterValue"
  );
  std::set<std::string> seen;
  std::vector<std::size_t> sizes;
  Value params = Value::object({{"MaxRecords", "20"}});
  for (int calls = 0; calls < 5; ++calls) {
    const Value reply = rig.ok("DescribeDBSubnetGroups", params);
    const Value& items = reply.get("DBSubnetGroups[DBSubnetGroup]");
    sizes.push_back(items.size());
    for (const Value& item : items.as_list()) {
      seen.insert(item.text_of("DBSubnetGroupName"));
    }
    if (reply.text_of("Marker").empty()) {
      break;
    }
    params.set("Marker", reply.text_of("Marker"));
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{20, 20, 5}));
  EXPECT_EQ(seen.size(), 45U);
}

TEST(Rds, RegionsDoNotSeeEachOther) {
  RdsRig rig;
  rig.subnet_group();
  rig.region = "us-east-1";
  EXPECT_EQ(rig.ok("DescribeDBSubnetGroups").get("DBSubnetGroups[DBSubnetGroup]").size(), 0U);
}

TEST(Rds, AnUnknownActionIsAnInvalidAction) {
  RdsRig rig;
  EXPECT_EQ(rig.fails("MakeCoffee").code, "InvalidAction");
}

TEST(Rds, ASavedWorldGoesOnWhereItStopped) {
  RdsRig rig;
  rig.registered();
  rig.ok(
      "ModifyDBInstance",
      Value::object(
          {{"DBInstanceIdentifier", "main"},
           {"DBInstanceClass", "db.t3.small"},
           {"ApplyImmediately", "true"}}
      )
  );
  // Through text, as a world file does it.
  const Value saved = RdsRig::json(wire_json(rig.service->save()));
  rig.service = make_rds(rig.world, rig.neighbours);
  EXPECT_EQ(rig.ok("DescribeDBInstances").get("DBInstances[DBInstance]").size(), 0U);
  rig.service->load(saved);
  EXPECT_EQ(rig.service->save(), saved);
  EXPECT_EQ(rig.health().text_of("State"), "AVAILABLE");
  rig.pass(minutes(1));
  EXPECT_EQ(rig.describe().text_of("DBInstanceClass"), "db.t3.small");
}

TEST(RdsEngines, VersionsAreListedOldestFirstWithTheirUpgrades) {
  RdsRig rig;
  const Value reply = rig.ok(
      "DescribeDBEngineVersions",
      Value::object({{"Engine", "mysql"}, {"EngineVersion", "8.0"}, {"DefaultOnly", "true"}})
  );
  const Value& versions = reply.get("DBEngineVersions[DBEngineVersion]");
  ASSERT_EQ(versions.size(), 1U);
  EXPECT_EQ(versions.as_list()[0].text_of("EngineVersion"), "8.0.39");
  EXPECT_EQ(versions.as_list()[0].text_of("DBParameterGroupFamily"), "mysql8.0");
  EXPECT_GT(versions.as_list()[0].get("ValidUpgradeTarget[UpgradeTarget]").size(), 0U);
}

TEST(RdsEngines, AnOrderableClassIsFoundAndARetiredOneIsNot) {
  RdsRig rig;
  const auto count = [&](const char* instance_class) {
    return rig
        .ok("DescribeOrderableDBInstanceOptions",
            Value::object(
                {{"Engine", "postgres"},
                 {"EngineVersion", "16.3"},
                 {"DBInstanceClass", instance_class}}
            ))
        .get("OrderableDBInstanceOptions[OrderableDBInstanceOption]")
        .size();
  };
  EXPECT_EQ(count("db.t3.micro"), 1U);
  EXPECT_EQ(count("db.t2.micro"), 0U);
}

TEST(RdsSnapshots, OfAnAvailableInstanceAreAvailableAfterAWhile) {
  RdsRig rig;
  rig.subnet_group();
  rig.ok("CreateDBInstance", RdsRig::instance_params());
  const Value params =
      Value::object({{"DBInstanceIdentifier", "main"}, {"DBSnapshotIdentifier", "one"}});
  EXPECT_EQ(rig.fails("CreateDBSnapshot", params).code, "InvalidDBInstanceState");
  rig.pass(minutes(7));
  EXPECT_EQ(rig.ok("CreateDBSnapshot", params).get("DBSnapshot").text_of("Status"), "creating");
  EXPECT_EQ(rig.fails("CreateDBSnapshot", params).code, "DBSnapshotAlreadyExists");
  const Value name = Value::object({{"DBSnapshotIdentifier", "one"}});
  EXPECT_EQ(rig.fails("DeleteDBSnapshot", name).code, "InvalidDBSnapshotState");
  rig.pass(minutes(3));
  rig.ok("DeleteDBSnapshot", name);
  EXPECT_EQ(rig.fails("DescribeDBSnapshots", name).code, "DBSnapshotNotFound");
}

}  // namespace
}  // namespace plumbline::sim
