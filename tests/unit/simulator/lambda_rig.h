// A simulated AWS in which Lambda functions can be made: a role, code, and a network to join.
#pragma once

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "tests/support/sim.h"

namespace plumbline::sim {

using namespace std::chrono_literals;

inline const std::string kZip = std::string("PK\x05\x06", 4) + std::string(18, '\0');
inline const std::string kRole = "arn:aws:iam::123456789012:role/app";
inline const std::string kArn = "arn:aws:lambda:eu-west-3:123456789012:function:app";
inline const std::string kVpcAccess =
    "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

inline Value named(const std::string& name = "app") {
  return Value::object({{"FunctionName", name}});
}

inline Value new_function(const std::string& name = "app") {
  return Value::object(
      {{"FunctionName", name},
       {"Role", kRole},
       {"Runtime", "python3.12"},
       {"Handler", "index.handler"},
       {"Code", Value::object({{"ZipFile", base64_encode(kZip)}})}}
  );
}

class LambdaTest : public ::testing::Test {
 protected:
  LambdaTest() {
    create_role("app", "lambda.amazonaws.com");
    sim.pass(10s);
  }

  void create_role(const std::string& name, const std::string& service) {
    sim.ok(
        "iam",
        "CreateRole",
        Value::object(
            {{"RoleName", name},
             {"AssumeRolePolicyDocument",
              R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":")" +
                  service + R"("}}]})"}}
        )
    );
  }
  void attach(const std::string& policy_arn) {
    sim.ok(
        "iam", "AttachRolePolicy", Value::object({{"RoleName", "app"}, {"PolicyArn", policy_arn}})
    );
  }
  /// Makes a VPC with a subnet and a group; VpcConfig of a function in them.
  Value create_network() {
    const Value vpc =
        sim.ok("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.0.0.0/16"}})).get("vpc");
    sim.pass(1min);
    const Value subnet = sim.ok(
        "ec2",
        "CreateSubnet",
        Value::object(
            {{"VpcId", vpc.get("vpcId")},
             {"CidrBlock", "10.0.1.0/24"},
             {"AvailabilityZone", "eu-west-3a"}}
        )
    );
    const Value group = sim.ok(
        "ec2",
        "CreateSecurityGroup",
        Value::object(
            {{"VpcId", vpc.get("vpcId")}, {"GroupName", "app"}, {"GroupDescription", "App."}}
        )
    );
    sim.pass(1min);
    vpc_id = vpc.text_of("vpcId");
    group_id = group.text_of("groupId");
    return Value::object(
        {{"SubnetIds", Value::list({subnet.get("subnet").get("subnetId")})},
         {"SecurityGroupIds", Value::list({group_id})}}
    );
  }
  Value delete_group() { return Value::object({{"GroupId", group_id}}); }
  std::size_t count_interfaces() {
    return sim.ok("ec2", "DescribeNetworkInterfaces", Object{}).get("networkInterfaceSet").size();
  }
  Value ok(const std::string& action, const Value& params) {
    return sim.ok("lambda", action, params);
  }
  std::string fails(const std::string& action, const Value& params) {
    return sim.fails("lambda", action, params);
  }
  std::string message(const std::string& action, const Value& params) {
    const Outcome outcome = sim.call("lambda", action, params);
    const auto* fault = std::get_if<Fault>(&outcome);
    return fault == nullptr ? "" : fault->message;
  }
  void create_ready(const Value& params) {
    ok("CreateFunction", params);
    sim.pass(30s);
  }

  Sim sim;
  std::string vpc_id, group_id;
};

}  // namespace plumbline::sim
