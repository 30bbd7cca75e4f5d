#include "tests/unit/simulator/rds_rig.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Value by_id(std::initializer_list<std::pair<std::string_view, Value>> more = {}) {
  Value params = Value::object(more);
  params.set("DBInstanceIdentifier", "main");
  return params;
}

TEST(RdsInstance, IsCreatingForMinutesAndHasNoEndpointUntilItIsAvailable) {
  RdsRig rig;
  rig.subnet_group();
  const Value made = rig.ok("CreateDBInstance", RdsRig::instance_params()).get("DBInstance");
  EXPECT_EQ(made.text_of("DBInstanceStatus"), "creating");
  EXPECT_EQ(made.find("Endpoint"), nullptr);
  rig.pass(minutes(5));
  EXPECT_EQ(rig.status(), "creating");
  rig.pass(minutes(2));
  const Value ready = rig.describe();
  EXPECT_EQ(ready.text_of("DBInstanceStatus"), "available");
  EXPECT_TRUE(ready.get("Endpoint").text_of("Address").starts_with("main."));
  EXPECT_TRUE(ready.get("Endpoint").text_of("Address").ends_with(".eu-west-3.rds.amazonaws.com"));
  EXPECT_EQ(ready.get("Endpoint").get("Port"), Value(3306));
}

TEST(RdsInstance, TimeScaleShortensStates) {
  RdsRig rig(60);
  rig.subnet_group();
  rig.ok("CreateDBInstance", RdsRig::instance_params());
  rig.pass(seconds(5));
  EXPECT_EQ(rig.status(), "creating");
  rig.pass(seconds(2));
  EXPECT_EQ(rig.status(), "available");
}

TEST(RdsInstance, NamesAreLowerCasedVersionsCompletedAndThePasswordNeverShown) {
  RdsRig rig;
  rig.subnet_group();
  const Value made = rig.ok("CreateDBInstance", RdsRig::instance_params()).get("DBInstance");
  EXPECT_EQ(made.text_of("DBInstanceIdentifier"), "main");
  EXPECT_EQ(made.text_of("DBInstanceArn"), "arn:aws:rds:eu-west-3:123456789012:db:main");
  EXPECT_EQ(made.text_of("EngineVersion"), "8.0.39");
  EXPECT_EQ(
      made.get("DBParameterGroups[DBParameterGroup]").as_list()[0].text_of("DBParameterGroupName"),
      "default.mysql8.0"
  );
  EXPECT_EQ(show_json(made).find("correct-horse"), std::string::npos);
  EXPECT_EQ(made.get("DBSubnetGroup").text_of("VpcId"), "vpc-1");
}

TEST(RdsInstance, ASecondOneOfTheNameIsRefused) {
  RdsRig rig;
  rig.instance();
  EXPECT_EQ(
      rig.fails("CreateDBInstance", RdsRig::instance_params()).code, "DBInstanceAlreadyExists"
  );
}

TEST(RdsInstance, ParametersAreJudgedAsAwsJudgesThem) {
  struct Case {
    std::string_view key;
    Value value;
    std::string_view code;
  };
  const Case cases[] = {
      {"DBInstanceIdentifier", "has--two", "InvalidParameterValue"},
      {"DBInstanceIdentifier", "", "MissingParameter"},
      {"Engine", "mysqll", "InvalidParameterValue"},
      {"EngineVersion", "8.0.23", "InvalidParameterCombination"},
      {"DBInstanceClass", "t3.micro", "InvalidParameterValue"},
      {"DBInstanceClass", "db.t2.micro", "InvalidParameterCombination"},
      {"MasterUsername", "", "InvalidParameterValue"},
      {"MasterUsername", "rdsadmin", "InvalidParameterValue"},
      {"MasterUserPassword", "short", "InvalidParameterValue"},
      {"MasterUserPassword", "with@sign-in-it", "InvalidParameterValue"},
      {"AllocatedStorage", "5", "InvalidParameterCombination"},
      {"AllocatedStorage", "many", "MalformedInput"},
      {"MaxAllocatedStorage", "20", "InvalidParameterCombination"},
      {"StorageType", "ssd", "InvalidParameterValue"},
      {"Iops", "3000", "InvalidParameterCombination"},
      {"StorageThroughput", "250", "InvalidParameterCombination"},
      {"LicenseModel", "license-included", "InvalidParameterCombination"},
      {"BackupRetentionPeriod", "36", "InvalidParameterValue"},
      {"PreferredBackupWindow", "09:00-09:30", "InvalidParameterCombination"},
      {"PreferredMaintenanceWindow", "sunday", "InvalidParameterValue"},
      {"DBSubnetGroupName", "nowhere", "DBSubnetGroupNotFoundFault"},
      {"DBSubnetGroupName", "", "InvalidSubnet"},
      {"DBParameterGroupName", "nothing", "DBParameterGroupNotFound"},
      {"DBParameterGroupName", "default.mysql8.4", "InvalidParameterCombination"},
      {"VpcSecurityGroupIds", Value::list({"sg-none"}), "InvalidParameterValue"},
      {"VpcSecurityGroupIds", Value::list({"sg-x"}), "InvalidParameterCombination"},
      {"AvailabilityZone", "eu-west-3c", "InvalidParameterCombination"},
      {"KmsKeyId", "1234", "InvalidParameterCombination"},
  };
  RdsRig rig;
  rig.subnet_group();
  for (const Case& each : cases) {
    Value params = RdsRig::instance_params();
    params.set("PreferredMaintenanceWindow", "Sun:09:20-Sun:09:50");
    params.set("StorageEncrypted", "false");
    params.set(each.key, each.value);
    EXPECT_EQ(rig.fails("CreateDBInstance", params).code, each.code)
        << each.key << " " << show_json(each.value);
  }
  const Value reply = rig.ok("DescribeDBInstances");
  EXPECT_EQ(reply.get("DBInstances[DBInstance]").size(), 0U);
}

TEST(RdsInstance, WithoutGroupsItGetsTheDefaultOneOfItsVpc) {
  RdsRig rig;
  rig.subnet_group();
  Value params = RdsRig::instance_params();
  params.erase("VpcSecurityGroupIds");
  const Value made = rig.ok("CreateDBInstance", params).get("DBInstance");
  EXPECT_EQ(
      made.get("VpcSecurityGroups[VpcSecurityGroupMembership]")
          .as_list()[0]
          .text_of("VpcSecurityGroupId"),
      "sg-default-of-vpc-1"
  );
}

TEST(RdsInstance, AModificationIsUnnoticedThenModifyingThenDone) {
  RdsRig rig;
  rig.instance();
  const Value reply = rig.ok(
      "ModifyDBInstance", by_id({{"DBInstanceClass", "db.t3.small"}, {"ApplyImmediately", "true"}})
  );
  EXPECT_EQ(
      reply.get_path("DBInstance.PendingModifiedValues").text_of("DBInstanceClass"), "db.t3.small"
  );
  EXPECT_EQ(rig.describe().text_of("DBInstanceClass"), "db.t3.micro");
  rig.pass(seconds(9));
  EXPECT_EQ(rig.status(), "available");
  rig.pass(seconds(2));
  EXPECT_EQ(rig.status(), "modifying");
  EXPECT_EQ(
      rig.fails("ModifyDBInstance", by_id({{"DBInstanceClass", "db.t3.large"}})).code,
      "InvalidDBInstanceState"
  );
  rig.pass(minutes(1));
  const Value done = rig.describe();
  EXPECT_EQ(done.text_of("DBInstanceStatus"), "available");
  EXPECT_EQ(done.text_of("DBInstanceClass"), "db.t3.small");
  EXPECT_EQ(done.get("PendingModifiedValues").size(), 0U);
}

TEST(RdsInstance, WithoutApplyImmediatelyAChangeWaitsForTheMaintenanceWindow) {
  RdsRig rig;
  rig.instance();
  rig.ok("ModifyDBInstance", by_id({{"AllocatedStorage", "40"}}));
  rig.pass(minutes(10));
  EXPECT_EQ(rig.status(), "available");
  EXPECT_EQ(rig.describe().get("AllocatedStorage"), Value(20));
  EXPECT_EQ(rig.describe().get("PendingModifiedValues").get("AllocatedStorage"), Value(40));
  // The clock starts on a Friday; the window opens on Sunday at 09:20.
  rig.pass(std::chrono::hours(48));
  EXPECT_EQ(rig.describe().get("AllocatedStorage"), Value(20));
  rig.pass(std::chrono::hours(8));
  EXPECT_EQ(rig.status(), "modifying");
  rig.pass(minutes(1));
  EXPECT_EQ(rig.describe().get("AllocatedStorage"), Value(40));
}

TEST(RdsInstance, ALaterImmediateCallAppliesWhatWasPending) {
  RdsRig rig;
  rig.instance();
  rig.ok("ModifyDBInstance", by_id({{"BackupRetentionPeriod", "7"}}));
  rig.ok("ModifyDBInstance", by_id({{"ApplyImmediately", "true"}}));
  rig.pass(minutes(1));
  EXPECT_EQ(rig.describe().get("BackupRetentionPeriod"), Value(7));
}

TEST(RdsInstance, ProtectionAndWindowsChangeAtOnce) {
  RdsRig rig;
  rig.instance();
  const Value reply = rig.ok(
      "ModifyDBInstance",
      by_id({{"DeletionProtection", "true"}, {"PreferredBackupWindow", "02:00-02:30"}})
  );
  EXPECT_EQ(reply.get("DBInstance").get("DeletionProtection"), Value(true));
  EXPECT_EQ(reply.get("DBInstance").text_of("PreferredBackupWindow"), "02:00-02:30");
}

TEST(RdsInstance, ModificationsThatCannotBeAreRefusedAndLeaveNothingBehind) {
  struct Case {
    std::string_view key;
    Value value;
    std::string_view code;
  };
  const Case cases[] = {
      {"MasterUsername", "other", "InvalidParameterCombination"},
      {"Engine", "postgres", "InvalidParameterCombination"},
      {"StorageEncrypted", "true", "InvalidParameterCombination"},
      {"AllocatedStorage", "19", "InvalidParameterCombination"},
      {"EngineVersion", "8.0.35", "InvalidParameterCombination"},
      {"EngineVersion", "8.4", "InvalidParameterCombination"},
      {"EngineVersion", "9.9", "InvalidParameterCombination"},
      {"DBInstanceClass", "db.huge", "InvalidParameterValue"},
      {"VpcSecurityGroupIds", Value::list({"sg-x"}), "InvalidParameterCombination"},
      {"MasterUserPassword", "short", "InvalidParameterValue"},
      {"DBParameterGroupName", "nothing", "DBParameterGroupNotFound"},
      {"DBSubnetGroupName", "nowhere", "DBSubnetGroupNotFoundFault"},
  };
  RdsRig rig;
  rig.instance();
  const Value before = rig.describe();
  for (const Case& each : cases) {
    Value params = by_id({{"DeletionProtection", "true"}, {"ApplyImmediately", "true"}});
    params.set(each.key, each.value);
    EXPECT_EQ(rig.fails("ModifyDBInstance", params).code, each.code) << each.key;
  }
  EXPECT_EQ(rig.describe(), before);
  EXPECT_EQ(rig.fails("ModifyDBInstance", by_id()).message, "No modifications were requested");
}

TEST(RdsInstance, AMajorUpgradeTakesTheDefaultGroupAlong) {
  RdsRig rig;
  rig.instance();
  rig.ok(
      "ModifyDBInstance",
      by_id(
          {{"EngineVersion", "8.4"},
           {"AllowMajorVersionUpgrade", "true"},
           {"ApplyImmediately", "true"}}
      )
  );
  rig.pass(minutes(1));
  const Value now = rig.describe();
  EXPECT_EQ(now.text_of("EngineVersion"), "8.4.3");
  EXPECT_EQ(
      now.get("DBParameterGroups[DBParameterGroup]").as_list()[0].text_of("DBParameterGroupName"),
      "default.mysql8.4"
  );
}

TEST(RdsInstance, RenamingMovesNameArnAndAddressButKeepsTheResourceId) {
  RdsRig rig;
  rig.instance();
  const std::string resource = rig.describe().text_of("DbiResourceId");
  rig.ok(
      "ModifyDBInstance",
      by_id({{"NewDBInstanceIdentifier", "Second"}, {"ApplyImmediately", "true"}})
  );
  rig.pass(minutes(1));
  EXPECT_EQ(rig.fails("DescribeDBInstances", by_id()).code, "DBInstanceNotFound");
  const Value now = rig.describe("second");
  EXPECT_EQ(now.text_of("DbiResourceId"), resource);
  EXPECT_EQ(now.text_of("DBInstanceArn"), "arn:aws:rds:eu-west-3:123456789012:db:second");
  EXPECT_TRUE(now.get("Endpoint").text_of("Address").starts_with("second."));
}

TEST(RdsInstance, ChangedGroupsMoveItsNetworkInterface) {
  RdsRig rig;
  rig.instance();
  ASSERT_EQ(rig.interfaces.size(), 1U);
  rig.ok(
      "ModifyDBInstance",
      by_id({{"VpcSecurityGroupIds", Value::list({"sg-other"})}, {"ApplyImmediately", "true"}})
  );
  ASSERT_EQ(rig.interfaces.size(), 1U);
  EXPECT_EQ(rig.interfaces.begin()->second, std::vector<std::string>{"sg-other"});
  const auto status = [&] {
    return rig.describe()
        .get("VpcSecurityGroups[VpcSecurityGroupMembership]")
        .as_list()[0]
        .text_of("Status");
  };
  EXPECT_EQ(status(), "adding");
  rig.pass(minutes(1));
  EXPECT_EQ(status(), "active");
}

TEST(RdsInstance, ProtectionStopsDeletionInAwsWords) {
  RdsRig rig;
  rig.instance();
  rig.ok("ModifyDBInstance", by_id({{"DeletionProtection", "true"}}));
  const Fault fault = rig.fails("DeleteDBInstance", by_id({{"SkipFinalSnapshot", "true"}}));
  EXPECT_EQ(fault.code, "InvalidParameterCombination");
  EXPECT_EQ(
      fault.message,
      "Cannot delete protected DB Instance, please disable deletion protection and try again."
  );
}

TEST(RdsInstance, DeletionWantsExactlyOneOfSkipAndFinalSnapshot) {
  RdsRig rig;
  rig.instance();
  EXPECT_EQ(rig.fails("DeleteDBInstance", by_id()).code, "InvalidParameterCombination");
  EXPECT_EQ(
      rig.fails(
             "DeleteDBInstance",
             by_id({{"SkipFinalSnapshot", "true"}, {"FinalDBSnapshotIdentifier", "last"}})
      ).code,
      "InvalidParameterCombination"
  );
  rig.ok("DeleteDBInstance", by_id({{"FinalDBSnapshotIdentifier", "last"}}));
  EXPECT_EQ(rig.status(), "deleting");
  EXPECT_EQ(
      rig.fails("DeleteDBInstance", by_id({{"SkipFinalSnapshot", "true"}})).code,
      "InvalidDBInstanceState"
  );
  rig.pass(minutes(4));
  EXPECT_EQ(rig.fails("DescribeDBInstances", by_id()).code, "DBInstanceNotFound");
  const Value snapshots = rig.ok("DescribeDBSnapshots").get("DBSnapshots[DBSnapshot]");
  ASSERT_EQ(snapshots.size(), 1U);
  EXPECT_EQ(snapshots.as_list()[0].text_of("DBSnapshotIdentifier"), "last");
  EXPECT_EQ(snapshots.as_list()[0].text_of("Status"), "available");
  EXPECT_TRUE(rig.interfaces.empty());
  EXPECT_EQ(rig.lingering.begin()->second, Duration(minutes(5)));
}

TEST(RdsInstance, AStaticParameterCountsAfterAReboot) {
  RdsRig rig;
  rig.subnet_group();
  rig.ok(
      "CreateDBParameterGroup",
      Value::object(
          {{"DBParameterGroupName", "Mine"},
           {"DBParameterGroupFamily", "mysql8.0"},
           {"Description", "d"}}
      )
  );
  Value params = RdsRig::instance_params();
  params.set("DBParameterGroupName", "mine");
  rig.ok("CreateDBInstance", params);
  rig.pass(minutes(7));
  const auto change = [](const char* method) {
    return Value::object(
        {{"DBParameterGroupName", "mine"},
         {"Parameters",
          Value::list({Value::object(
              {{"ParameterName", "performance_schema"},
               {"ParameterValue", "1"},
               {"ApplyMethod", method}}
          )})}}
    );
  };
  const auto status = [&] {
    return rig.describe()
        .get("DBParameterGroups[DBParameterGroup]")
        .as_list()[0]
        .text_of("ParameterApplyStatus");
  };
  EXPECT_EQ(
      rig.fails("ModifyDBParameterGroup", change("immediate")).code, "InvalidParameterCombination"
  );
  EXPECT_EQ(status(), "in-sync");
  rig.ok("ModifyDBParameterGroup", change("pending-reboot"));
  EXPECT_EQ(status(), "pending-reboot");
  rig.ok("RebootDBInstance", by_id());
  EXPECT_EQ(rig.status(), "rebooting");
  rig.pass(minutes(2));
  EXPECT_EQ(rig.status(), "available");
  EXPECT_EQ(status(), "in-sync");
  EXPECT_EQ(
      rig.fails("DeleteDBParameterGroup", Value::object({{"DBParameterGroupName", "mine"}})).code,
      "InvalidDBParameterGroupState"
  );
}

TEST(RdsInstance, IsFoundByItsResourceIdAsTerraformLooksItUp) {
  RdsRig rig;
  rig.instance();
  const auto found = [&](const std::string& name, const std::string& value) {
    const Value filter = Value::object({{"Name", name}, {"Values", Value::list({value})}});
    return rig.ok("DescribeDBInstances", Value::object({{"Filters", Value::list({filter})}}))
        .get("DBInstances[DBInstance]")
        .size();
  };
  EXPECT_EQ(found("dbi-resource-id", rig.describe().text_of("DbiResourceId")), 1U);
  EXPECT_EQ(found("dbi-resource-id", "db-NONE"), 0U);
  EXPECT_EQ(found("db-instance-id", rig.describe().text_of("DBInstanceArn")), 1U);
}

}  // namespace
}  // namespace plumbline::sim
