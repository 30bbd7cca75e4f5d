#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/unit/simulator/lambda_rig.h"

namespace plumbline::sim {
namespace {

using Lambda = LambdaTest;

TEST_F(Lambda, NeedsARoleThatMayMakeInterfacesToJoinAVpc) {
  Value params = new_function();
  params.set("VpcConfig", create_network());
  EXPECT_EQ(
      message("CreateFunction", params),
      "The provided execution role does not have permissions to call CreateNetworkInterface on EC2"
  );
  sim.ok(
      "iam",
      "PutRolePolicy",
      Value::object(
          {{"RoleName", "app"},
           {"PolicyName", "half"},
           {"PolicyDocument",
            R"({"Statement":{"Effect":"Allow","Action":"ec2:Create*","Resource":"*"}})"}}
      )
  );
  EXPECT_EQ(
      message("CreateFunction", params),
      "The provided execution role does not have permissions to call DescribeNetworkInterfaces on "
      "EC2"
  );
  attach(kVpcAccess);
  const Value made = ok("CreateFunction", params);
  EXPECT_EQ(made.get_path("VpcConfig.VpcId"), Value(vpc_id));
  sim.pass(10s);
  EXPECT_EQ(ok("GetFunctionConfiguration", named()).text_of("State"), "Pending");
  sim.pass(10s);
  EXPECT_EQ(ok("GetFunctionConfiguration", named()).text_of("State"), "Active");
}

TEST_F(Lambda, RefusesSubnetsAndGroupsThatDoNotExist) {
  attach(kVpcAccess);
  Value params = new_function();
  Value network = create_network();
  const Value subnets = network.get("SubnetIds");
  network.set("SubnetIds", Value::list({"subnet-00000000000000000"}));
  params.set("VpcConfig", network);
  EXPECT_NE(message("CreateFunction", params).find("InvalidSubnetID.NotFound"), std::string::npos);
  network.set("SubnetIds", subnets);
  network.set("SecurityGroupIds", Value::list({"sg-00000000000000000"}));
  params.set("VpcConfig", network);
  EXPECT_NE(message("CreateFunction", params).find("InvalidGroup.NotFound"), std::string::npos);
  network.set("SecurityGroupIds", List{});
  params.set("VpcConfig", network);
  EXPECT_EQ(
      message("CreateFunction", params),
      "SubnetIds and SecurityIds must coexist or be both empty list."
  );
  EXPECT_EQ(count_interfaces(), 0U);
}

TEST_F(Lambda, HoldsItsGroupUntilLongAfterItsDeletion) {
  attach(kVpcAccess);
  Value params = new_function();
  params.set("VpcConfig", create_network());
  create_ready(params);
  EXPECT_EQ(sim.fails("ec2", "DeleteSecurityGroup", delete_group()), "DependencyViolation");
  EXPECT_EQ(ok("DeleteFunction", named()).get("$status"), Value(204));
  EXPECT_EQ(fails("GetFunction", named()), "ResourceNotFoundException");
  sim.pass(19min);
  EXPECT_EQ(sim.fails("ec2", "DeleteSecurityGroup", delete_group()), "DependencyViolation");
  sim.pass(2min);
  sim.ok("ec2", "DeleteSecurityGroup", delete_group());
}

TEST_F(Lambda, SharesOneInterfaceBetweenFunctionsOfTheSamePlace) {
  attach(kVpcAccess);
  Value params = new_function();
  params.set("VpcConfig", create_network());
  create_ready(params);
  params.set("FunctionName", "second");
  create_ready(params);
  EXPECT_EQ(count_interfaces(), 1U);
  ok("DeleteFunction", named());
  sim.pass(1h);
  EXPECT_EQ(count_interfaces(), 1U);
  // Leaving the VPC lets go of the interface, too.
  Value leave = named("second");
  leave.set("VpcConfig", Value::object({{"SubnetIds", List{}}, {"SecurityGroupIds", List{}}}));
  const Value left = ok("UpdateFunctionConfiguration", leave);
  EXPECT_EQ(left.get_path("VpcConfig.VpcId"), Value(""));
  sim.pass(1h);
  sim.ok("ec2", "DeleteSecurityGroup", delete_group());
  EXPECT_EQ(count_interfaces(), 0U);
}

TEST_F(Lambda, SurvivesSavingAndLoadingWithItsInterfaces) {
  attach(kVpcAccess);
  Value params = new_function();
  params.set("VpcConfig", create_network());
  ok("CreateFunction", params);
  const auto saved = parse_json(wire_json(sim.services.at("lambda")->save()));
  ASSERT_TRUE(saved.has_value());
  const Value before = ok("GetFunction", named());
  sim.services.at("lambda")->load(*saved);
  EXPECT_EQ(ok("GetFunction", named()), before);
  ok("DeleteFunction", named());
  sim.pass(1h);
  EXPECT_EQ(count_interfaces(), 0U);
}

}  // namespace
}  // namespace plumbline::sim
