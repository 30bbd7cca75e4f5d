// RDS among the other services: the questions of target health answered by EC2, IAM and Secrets
// Manager themselves.
#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using std::chrono::minutes;

class RdsWorld : public ::testing::Test {
 protected:
  void SetUp() override {
    vpc = sim.ok("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.0.0.0/16"}}))
              .get("vpc")
              .text_of("vpcId");
    const Value subnets = Value::list(
        {make_subnet("10.0.1.0/24", "eu-west-3a"), make_subnet("10.0.2.0/24", "eu-west-3b")}
    );
    proxy_group = make_group("proxy");
    db_group = make_group("db");
    sim.ok(
        "rds",
        "CreateDBSubnetGroup",
        Value::object(
            {{"DBSubnetGroupName", "net"},
             {"DBSubnetGroupDescription", "d"},
             {"SubnetIds", subnets}}
        )
    );
    const std::string secret =
        sim.ok("secretsmanager",
               "CreateSecret",
               Value::object(
                   {{"Name", "db"},
                    {"ClientRequestToken", "01234567890123456789012345678901"},
                    {"SecretString", R"({"username": "boss", "password": "correct-horse"})"}}
               )
        ).text_of("ARN");
    make_role(secret);
    make_database();
    sim.pass(minutes(1));
    sim.ok(
        "rds",
        "CreateDBProxy",
        Value::object(
            {{"DBProxyName", "front"},
             {"EngineFamily", "MYSQL"},
             {"RoleArn", "arn:aws:iam::123456789012:role/proxy"},
             {"Auth", Value::list({Value::object({{"SecretArn", secret}})})},
             {"VpcSubnetIds", subnets},
             {"VpcSecurityGroupIds", Value::list({proxy_group})}}
        )
    );
    sim.pass(minutes(7));
    sim.ok(
        "rds",
        "RegisterDBProxyTargets",
        Value::object({{"DBProxyName", "front"}, {"DBInstanceIdentifiers", Value::list({"main"})}})
    );
    sim.pass(minutes(2));
  }

  Value make_subnet(const char* block, const char* zone) {
    return sim
        .ok("ec2",
            "CreateSubnet",
            Value::object({{"VpcId", vpc}, {"CidrBlock", block}, {"AvailabilityZone", zone}}))
        .get("subnet")
        .text_of("subnetId");
  }
  std::string make_group(const char* name) {
    return sim
        .ok("ec2",
            "CreateSecurityGroup",
            Value::object({{"GroupName", name}, {"GroupDescription", "d"}, {"VpcId", vpc}}))
        .text_of("groupId");
  }
  void make_role(const std::string& secret) {
    sim.ok(
        "iam",
        "CreateRole",
        Value::object(
            {{"RoleName", "proxy"},
             {"AssumeRolePolicyDocument",
              R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action":
                  "sts:AssumeRole", "Principal": {"Service": "rds.amazonaws.com"}}]})"}}
        )
    );
    sim.ok(
        "iam",
        "PutRolePolicy",
        Value::object(
            {{"RoleName", "proxy"},
             {"PolicyName", "read"},
             {"PolicyDocument",
              R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action":
                  "secretsmanager:GetSecretValue", "Resource": ")" +
                  secret + R"("}]})"}}
        )
    );
  }
  void make_database() {
    sim.ok(
        "rds",
        "CreateDBInstance",
        Value::object(
            {{"DBInstanceIdentifier", "main"},
             {"DBInstanceClass", "db.t3.micro"},
             {"Engine", "mysql"},
             {"MasterUsername", "boss"},
             {"MasterUserPassword", "correct-horse"},
             {"AllocatedStorage", "20"},
             {"DBSubnetGroupName", "net"},
             {"VpcSecurityGroupIds", Value::list({db_group})}}
        )
    );
  }
  Value health() {
    return sim.ok("rds", "DescribeDBProxyTargets", Value::object({{"DBProxyName", "front"}}))
        .get("Targets")
        .as_list()
        .at(0)
        .get("TargetHealth");
  }
  void let_in() {
    const Value rule = Value::object(
        {{"IpProtocol", "tcp"},
         {"FromPort", "3306"},
         {"ToPort", "3306"},
         {"Groups", Value::list({Value::object({{"GroupId", proxy_group}})})}}
    );
    sim.ok(
        "ec2",
        "AuthorizeSecurityGroupIngress",
        Value::object({{"GroupId", db_group}, {"IpPermissions", Value::list({rule})}})
    );
  }

  Sim sim;
  std::string vpc, proxy_group, db_group;
};

TEST_F(RdsWorld, OpeningTheDatabasesGroupHealsTheTarget) {
  EXPECT_EQ(health().text_of("State"), "UNAVAILABLE");
  EXPECT_EQ(health().text_of("Reason"), "UNREACHABLE");
  EXPECT_NE(health().text_of("Description").find(db_group), std::string::npos);
  let_in();
  EXPECT_EQ(health().text_of("State"), "AVAILABLE");
}

TEST_F(RdsWorld, TakingThePolicyFromTheRoleBreaksTheTarget) {
  let_in();
  sim.ok("iam", "DeleteRolePolicy", Value::object({{"RoleName", "proxy"}, {"PolicyName", "read"}}));
  EXPECT_EQ(health().text_of("Reason"), "AUTH_FAILURE");
}

TEST_F(RdsWorld, TheSecretThatRdsKeepsIsReadByAllAndChangedByRdsAlone) {
  sim.ok(
      "rds",
      "ModifyDBInstance",
      Value::object({{"DBInstanceIdentifier", "main"}, {"ManageMasterUserPassword", "true"}})
  );
  sim.pass(minutes(2));
  const Value instance =
      sim.ok("rds", "DescribeDBInstances").get("DBInstances[DBInstance]").as_list().at(0);
  const Value which =
      Value::object({{"SecretId", instance.get("MasterUserSecret").get("SecretArn")}});
  EXPECT_EQ(sim.ok("secretsmanager", "DescribeSecret", which).text_of("OwningService"), "rds");
  EXPECT_NE(
      sim.ok("secretsmanager", "GetSecretValue", which).text_of("SecretString").find("boss"),
      std::string::npos
  );
  Value put = which;
  put.set("SecretString", "{}");
  EXPECT_EQ(sim.fails("secretsmanager", "PutSecretValue", put), "InvalidRequestException");
  EXPECT_EQ(sim.fails("secretsmanager", "DeleteSecret", which), "InvalidRequestException");
  let_in();
  EXPECT_EQ(health().text_of("Reason"), "AUTH_FAILURE");  // The old secret holds the old password.
}

TEST_F(RdsWorld, ItsInterfacesKeepTheGroupUntilTheyAreGone) {
  const Value group = Value::object({{"GroupId", proxy_group}});
  sim.ok("rds", "DeleteDBProxy", Value::object({{"DBProxyName", "front"}}));
  sim.pass(minutes(4));
  EXPECT_EQ(
      sim.fails("rds", "DescribeDBProxies", Value::object({{"DBProxyName", "front"}})),
      "DBProxyNotFoundFault"
  );
  EXPECT_EQ(sim.fails("ec2", "DeleteSecurityGroup", group), "DependencyViolation");
  sim.pass(minutes(6));
  sim.ok("ec2", "DeleteSecurityGroup", group);
}

}  // namespace
}  // namespace plumbline::sim
