// The simulated RDS alone, with neighbours a test can set: subnets, security groups, a role and
// secrets are plain members. For the whole simulated AWS see tests/support/sim.h.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "simulator/service.h"
#include "tests/support/sim.h"

namespace plumbline::sim {

class RdsRig {
 public:
  explicit RdsRig(double time_scale = 1) : world(clock, 7, time_scale) {
    subnets["subnet-a"] = {true, "vpc-1", "eu-west-3a", "10.0.1.0/24"};
    subnets["subnet-b"] = {true, "vpc-1", "eu-west-3b", "10.0.2.0/24"};
    subnets["subnet-a2"] = {true, "vpc-1", "eu-west-3a", "10.0.3.0/24"};
    subnets["subnet-x"] = {true, "vpc-2", "eu-west-3c", "10.1.1.0/24"};
    groups = {{"sg-db", "vpc-1"}, {"sg-proxy", "vpc-1"}, {"sg-other", "vpc-1"}, {"sg-x", "vpc-2"}};
    reachable = {{"sg-proxy", "sg-db"}};
    role.exists = true;
    role.created_at = clock.now() - std::chrono::hours(1);
    role.trust_policy = json(
        R"({"Statement": {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"},
            "Action": "sts:AssumeRole"}})"
    );
    role.policies = {json(R"({"Statement": [{"Effect": "Allow", "Action": ["secretsmanager:Get*"],
                 "Resource": "arn:aws:secretsmanager:eu-west-3:123456789012:secret:db-??????"}]})"
    )};
    for (const char* name : {"rds", "secretsmanager"}) {
      const std::string alias = std::string("alias/aws/") + name;
      keys[alias] = {true, name, kKeyStart + std::string(name), "Enabled", {}, true};
    }
    keys[kKeyArn] = {true, "1234", kKeyArn, "Enabled", {}, false};
    secret = {true, kSecretArn, R"({"username": "boss", "password": "correct-horse"})", ""};
    wire_neighbours();
    service = make_rds(world, neighbours);
  }
  RdsRig(const RdsRig&) = delete;
  RdsRig& operator=(const RdsRig&) = delete;

  Outcome call(const std::string& action, Value params = Object{}) {
    service->advance();
    return service->handle(
        {"rds", action, "123456789012", "arn:aws:iam::123456789012:root", region, std::move(params)}
    );
  }
  /// The reply of a call that must succeed.
  Value ok(const std::string& action, Value params = Object{}) {
    const Outcome outcome = call(action, std::move(params));
    if (const auto* fault = std::get_if<Fault>(&outcome)) {
      ADD_FAILURE() << action << ": " << fault->code << ": " << fault->message;
      return {};
    }
    return std::get<Value>(outcome);
  }
  /// The fault of a call that must fail.
  Fault fails(const std::string& action, Value params = Object{}) {
    const Outcome outcome = call(action, std::move(params));
    if (const auto* fault = std::get_if<Fault>(&outcome)) {
      return *fault;
    }
    ADD_FAILURE() << action << " was expected to fail";
    return {};
  }
  void pass(Duration time) { clock.pass(time); }

  static Value json(std::string_view text) { return parse_json(text).value(); }

  // --- ready-made calls --------------------------------------------------------------------------
  Value subnet_group() {
    return ok(
        "CreateDBSubnetGroup",
        Value::object(
            {{"DBSubnetGroupName", "net"},
             {"DBSubnetGroupDescription", "two zones"},
             {"SubnetIds", Value::list({"subnet-a", "subnet-b"})}}
        )
    );
  }
  static Value instance_params() {
    return Value::object(
        {{"DBInstanceIdentifier", "Main"},
         {"DBInstanceClass", "db.t3.micro"},
         {"Engine", "mysql"},
         {"EngineVersion", "8.0"},
         {"MasterUsername", "boss"},
         {"MasterUserPassword", "correct-horse"},
         {"AllocatedStorage", "20"},
         {"DBSubnetGroupName", "net"},
         {"VpcSecurityGroupIds", Value::list({"sg-db"})}}
    );
  }
  /// The subnet group and an instance that is available.
  void instance() {
    subnet_group();
    ok("CreateDBInstance", instance_params());
    pass(std::chrono::minutes(7));
  }
  Value describe(const std::string& id = "main") {
    const Value reply = ok("DescribeDBInstances", Value::object({{"DBInstanceIdentifier", id}}));
    const Value& list = reply.get("DBInstances[DBInstance]");
    return list.is_list() && list.size() == 1 ? list.as_list()[0] : Value();
  }
  std::string status(const std::string& id = "main") {
    return describe(id).text_of("DBInstanceStatus");
  }
  static Value proxy_params() {
    return Value::object(
        {{"DBProxyName", "Front"},
         {"EngineFamily", "MYSQL"},
         {"RoleArn", "arn:aws:iam::123456789012:role/proxy"},
         {"Auth", Value::list({Value::object({{"SecretArn", kSecretArn}})})},
         {"VpcSubnetIds", Value::list({"subnet-a", "subnet-b"})},
         {"VpcSecurityGroupIds", Value::list({"sg-proxy"})},
         {"RequireTLS", "true"}}
    );
  }
  void proxy() {
    ok("CreateDBProxy", proxy_params());
    pass(std::chrono::minutes(4));
  }
  Value describe_proxy(const std::string& name = "front") {
    const Value reply = ok("DescribeDBProxies", Value::object({{"DBProxyName", name}}));
    const Value& list = reply.get("DBProxies");
    return list.is_list() && list.size() == 1 ? list.as_list()[0] : Value();
  }
  static Value target_params(const std::string& instance = "main") {
    return Value::object(
        {{"DBProxyName", "front"}, {"DBInstanceIdentifiers", Value::list({instance})}}
    );
  }
  /// An instance, a proxy and its target, past the time in which capacity is found.
  void registered() {
    instance();
    proxy();
    ok("RegisterDBProxyTargets", target_params());
    pass(std::chrono::minutes(2));
  }
  Value target() {
    const Value reply = ok("DescribeDBProxyTargets", Value::object({{"DBProxyName", "front"}}));
    const Value& list = reply.get("Targets");
    return list.is_list() && list.size() == 1 ? list.as_list()[0] : Value();
  }
  Value health() { return target().get("TargetHealth"); }

  static constexpr const char* kKeyStart = "arn:aws:kms:eu-west-3:123456789012:key/";
  static constexpr const char* kKeyArn = "arn:aws:kms:eu-west-3:123456789012:key/1234";
  static constexpr const char* kSecretArn =
      "arn:aws:secretsmanager:eu-west-3:123456789012:secret:db-AbCdEf";

  FakeClock clock;
  World world;
  Neighbours neighbours;
  std::map<std::string, Neighbours::SubnetFacts> subnets;
  std::map<std::string, std::string> groups;  ///< Group → VPC.
  std::set<std::pair<std::string, std::string>> reachable;
  Neighbours::RoleFacts role;
  Neighbours::SecretFacts secret;
  std::map<std::string, Neighbours::KeyFacts> keys;            ///< By what they are asked for.
  std::vector<Neighbours::ServiceSecret> kept;                 ///< What RDS had Secrets Manager do.
  std::map<std::string, std::vector<std::string>> interfaces;  ///< Interface → its groups.
  std::map<std::string, Duration> lingering;
  int asked_port = 0;
  std::string region = "eu-west-3";
  std::unique_ptr<Service> service;

 private:
  void wire_neighbours() {
    neighbours.find_subnet = [this](auto&, auto&, const std::string& id) {
      const auto found = subnets.find(id);
      return found == subnets.end() ? Neighbours::SubnetFacts{} : found->second;
    };
    neighbours.vpc_of_group = [this](auto&, auto&, const std::string& id) {
      const auto found = groups.find(id);
      return found == groups.end() ? std::string() : found->second;
    };
    neighbours.default_group_of = [](auto&, auto&, const std::string& vpc) {
      return "sg-default-of-" + vpc;
    };
    neighbours.can_reach = [this](
                               auto&,
                               auto&,
                               const std::vector<std::string>& from,
                               const std::vector<std::string>& to,
                               auto&,
                               auto&,
                               int port
                           ) {
      asked_port = port;
      for (const std::string& a : from) {
        for (const std::string& b : to) {
          if (reachable.contains({a, b})) {
            return true;
          }
        }
      }
      return false;
    };
    neighbours.attach_interface =
        [this](auto&, auto&, auto&, const std::vector<std::string>& with, auto&) {
          const std::string id = world.make_id("eni-");
          interfaces[id] = with;
          return id;
        };
    neighbours.release_interface = [this](auto&, auto&, const std::string& id, Duration linger) {
      interfaces.erase(id);
      lingering[id] = linger;
    };
    neighbours.find_role = [this](auto&, const std::string& arn) {
      return arn.ends_with(":role/proxy") ? role : Neighbours::RoleFacts{};
    };
    neighbours.find_secret = [this](auto&, auto&, const std::string& arn) {
      return arn == secret.arn ? secret : Neighbours::SecretFacts{};
    };
    neighbours.find_key = [this](auto&, auto&, const std::string& id) {
      const auto found = keys.find(id);
      return found == keys.end() ? Neighbours::KeyFacts{} : found->second;
    };
    neighbours.keep_secret = [this](auto&, auto&, const Neighbours::ServiceSecret& given) {
      kept.push_back(given);
      return given.value.is_null() ? std::string() : std::string(kSecretArn);
    };
  }
};

}  // namespace plumbline::sim
