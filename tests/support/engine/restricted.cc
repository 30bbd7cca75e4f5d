#include "tests/support/engine/restricted.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline {

namespace {

const std::string kKey(sim::kWellKnownKey);

Value peer_rule(int port, const std::string& cidr, const std::string& description) {
  Value range = Value::object({{"CidrIp", cidr}});
  if (!description.empty()) {
    range.set("Description", description);
  }
  return Value::list({Value::object(
      {{"IpProtocol", "tcp"},
       {"FromPort", port},
       {"ToPort", port},
       {"IpRanges", Value::list({range})}}
  )});
}

Value everything_out(const std::string& description) {
  Value range = Value::object({{"CidrIp", "0.0.0.0/0"}});
  if (!description.empty()) {
    range.set("Description", description);
  }
  return Value::list({Value::object({{"IpProtocol", "-1"}, {"IpRanges", Value::list({range})}})});
}

Value group_rule(const std::string& group, const std::string& description) {
  Value pair = Value::object({{"GroupId", group}});
  if (!description.empty()) {
    pair.set("Description", description);
  }
  return Value::list({Value::object(
      {{"IpProtocol", "tcp"}, {"FromPort", 3306}, {"ToPort", 3306}, {"Groups", Value::list({pair})}}
  )});
}

}  // namespace

RestrictedWorld::RestrictedWorld(const std::string& path) {
  ManifestOptions options;
  options.paths = {std::string(PLUMBLINE_SOURCE_DIR) + "/" + path};
  options.environment["DB_PASSWORD"] = kCanary;
  Diagnostics diagnostics;
  manifest_ = load_manifest(test_catalog(), options, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
}

std::vector<PolicyStatement> RestrictedWorld::statements_of(Purpose purpose) const {
  const PermissionInput input{*manifest_, test_catalog(), "123456789012", manifest_->region};
  return needed_permissions(input, purpose).at("");
}

std::vector<std::string> RestrictedWorld::actions_of(Purpose purpose) const {
  std::set<std::string> actions;
  for (const PolicyStatement& statement : statements_of(purpose)) {
    actions.insert(statement.actions.begin(), statement.actions.end());
  }
  return {actions.begin(), actions.end()};
}

void RestrictedWorld::allow(Purpose purpose, const std::string& without) {
  std::vector<PolicyStatement> statements = statements_of(purpose);
  for (PolicyStatement& statement : statements) {
    std::erase(statement.actions, without);
  }
  std::erase_if(statements, [](const PolicyStatement& each) { return each.actions.empty(); });
  std::vector<std::string> documents;
  for (const Value& document : policy_documents(statements)) {
    documents.push_back(show_json(document));
  }
  EXPECT_EQ(world_.simulator().restrict(kKey, documents), "");
}

Asked RestrictedWorld::asked_since(std::size_t mark, bool only_refused) const {
  Asked found;
  const auto& all = world_.simulator().asked();
  for (std::size_t i = mark; i < all.size(); ++i) {
    if (!only_refused || !all[i].is_allowed) {
      found[all[i].action].insert(all[i].operation);
    }
  }
  return found;
}

RunReport RestrictedWorld::correct() {
  RunAsk ask;
  ask.on_run_ended = [](Loop& loop, const RunResult&) { loop.request_stop(); };
  return world_.run(RunMode::kCorrect, manifest_, ask);
}

void RestrictedWorld::drift() {
  EXPECT_EQ(world_.simulator().restrict(kKey, {}), "");
  ++drifts_;
  drift_network();
  drift_roles();
  drift_database();
  drift_code();
  drift_bastion();
  drop_tags();
  // The database is busy with the change for a while.
  world_.clock().advance(std::chrono::minutes(30));
}

void RestrictedWorld::drift_network() {
  const std::string proxy = world_.id_of("securityGroups.proxy");
  const std::string lambda = world_.id_of("securityGroups.lambda");
  const std::string db = world_.id_of("securityGroups.db");
  const auto rule = [&](const char* action, const std::string& group, Value permissions) {
    world_.call(
        "ec2",
        action,
        Value::object({{"GroupId", group}, {"IpPermissions", std::move(permissions)}})
    );
  };
  rule("AuthorizeSecurityGroupIngress", db, peer_rule(22, "0.0.0.0/0", ""));
  rule("AuthorizeSecurityGroupEgress", db, peer_rule(22, "10.0.0.0/8", ""));
  rule("UpdateSecurityGroupRuleDescriptionsIngress", db, group_rule(proxy, "by hand"));
  rule("UpdateSecurityGroupRuleDescriptionsEgress", db, everything_out("by hand"));
  rule("RevokeSecurityGroupIngress", proxy, group_rule(lambda, ""));
  rule("RevokeSecurityGroupEgress", lambda, everything_out(""));
  world_.call(
      "ec2",
      "AssociateVpcCidrBlock",
      Value::object({{"VpcId", world_.id_of("vpcs.main")}, {"CidrBlock", "10.1.0.0/16"}})
  );
}

void RestrictedWorld::drift_roles() {
  const std::string role = "lambda-rds-proxy-function";
  const auto call = [&](const char* action, Value request) {
    request.set("RoleName", role);
    world_.call("iam", action, std::move(request));
  };
  const std::string trust =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
      R"({"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}]})";
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";
  const std::string managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  call("UpdateRole", Value::object({{"Description", "changed by hand"}}));
  call("UpdateAssumeRolePolicy", Value::object({{"PolicyDocument", trust}}));
  call("DeleteRolePolicy", Value::object({{"PolicyName", "network"}}));
  call("PutRolePolicy", Value::object({{"PolicyName", "foreign"}, {"PolicyDocument", policy}}));
  call("AttachRolePolicy", Value::object({{"PolicyArn", managed}}));
  call("PutRolePermissionsBoundary", Value::object({{"PermissionsBoundary", managed}}));
}

void RestrictedWorld::drift_database() {
  world_.call(
      "rds",
      "ModifyDBInstance",
      Value::object(
          {{"DBInstanceIdentifier", "app"},
           {"BackupRetentionPeriod", 3},
           {"ApplyImmediately", true}}
      )
  );
  world_.call(
      "rds", "ModifyDBProxy", Value::object({{"DBProxyName", "app"}, {"IdleClientTimeout", 99}})
  );
  const Value group = Value::object({{"DBProxyName", "app"}, {"TargetGroupName", "default"}});
  Value modify = group;
  modify.set("ConnectionPoolConfig", Value::object({{"MaxConnectionsPercent", 50}}));
  world_.call("rds", "ModifyDBProxyTargetGroup", modify);
  Value deregister = group;
  deregister.set("DBInstanceIdentifiers", Value::list({"app"}));
  world_.call("rds", "DeregisterDBProxyTargets", deregister);
  world_.call(
      "rds",
      "ModifyDBSubnetGroup",
      Value::object(
          {{"DBSubnetGroupName", "app"},
           {"DBSubnetGroupDescription", "changed by hand"},
           {"SubnetIds[SubnetIdentifier]",
            Value::list({world_.id_of("subnets.db-a"), world_.id_of("subnets.db-c")})}}
      )
  );
}

void RestrictedWorld::drift_code() {
  const std::string secret = world_.id_of("secrets.app-db");
  const std::string token = fmt::format("00000000-0000-4000-a000-{:012}", drifts_);
  world_.call(
      "secretsmanager",
      "PutSecretValue",
      Value::object(
          {{"SecretId", secret}, {"ClientRequestToken", token}, {"SecretString", "another"}}
      )
  );
  world_.call(
      "secretsmanager",
      "UpdateSecret",
      Value::object(
          {{"SecretId", secret},
           {"ClientRequestToken", "u" + token.substr(1)},
           {"Description", "changed by hand"}}
      )
  );
  const std::string path = "/2015-03-31/functions/{FunctionName}/";
  world_.call(
      "lambda",
      "UpdateFunctionConfiguration",
      Value::object({{"FunctionName", "lambda-rds-proxy-reader"}, {"MemorySize", 512}}),
      "PUT " + path + "configuration"
  );
  world_.clock().advance(std::chrono::minutes(1));
  // The end record of a zip file is an empty zip file.
  const std::string zip = std::string("PK\x05\x06", 4) + std::string(18, '\0');
  world_.call(
      "lambda",
      "UpdateFunctionCode",
      Value::object({{"FunctionName", "lambda-rds-proxy-reader"}, {"ZipFile", Value::bytes(zip)}}),
      "PUT " + path + "code"
  );
}

void RestrictedWorld::drift_bastion() {
  const Value table = world_.id_of("routeTables.bastion");
  const auto call = [&](const char* action, Value request) {
    return world_.call("ec2", action, std::move(request));
  };
  const Value seen =
      call("DescribeRouteTables", Value::object({{"RouteTableId", Value::list({table})}}));
  for (const char* path : {"routeTableSet.item", "routeTableSet"}) {
    const Value& found = seen.get_path(path);
    const Value& row = found.is_list() ? found.as_list().front() : found;
    const Value& all = row.get("associationSet");
    const Value& held = all.find("item") == nullptr ? all : all.get("item");
    const Value& first = held.is_list() && held.size() > 0 ? held.as_list().front() : held;
    if (const std::string& id = first.text_of("routeTableAssociationId"); !id.empty()) {
      call("DisassociateRouteTable", Value::object({{"AssociationId", id}}));
      break;
    }
  }
  Value route = Value::object({{"RouteTableId", table}, {"DestinationCidrBlock", "0.0.0.0/0"}});
  call("DeleteRoute", route);
  route.set("DestinationCidrBlock", "192.168.0.0/16");
  route.set("GatewayId", world_.id_of("internetGateways.main"));
  call("CreateRoute", route);
  const Value instance = world_.id_of("instances.bastion");
  const Value one = Value::object({{"InstanceId", Value::list({instance})}});
  call("MonitorInstances", one);
  call(
      "ModifyInstanceMetadataOptions",
      Value::object({{"InstanceId", instance}, {"HttpTokens", "optional"}})
  );
  call(
      "ModifyInstanceAttribute",
      Value::object(
          {{"InstanceId", instance}, {"SourceDestCheck", Value::object({{"Value", false}})}}
      )
  );
  call("StopInstances", one);
  world_.call(
      "iam",
      "RemoveRoleFromInstanceProfile",
      Value::object(
          {{"InstanceProfileName", "lambda-rds-proxy-bastion"},
           {"RoleName", "lambda-rds-proxy-bastion"}}
      )
  );
}

void RestrictedWorld::drop_tags() {
  const Value keys = Value::list({Value::object({{"Key", "team"}})});
  for (const char* address :
       {"vpcs.main", "subnets.db-a", "securityGroups.db", "routeTables.bastion"}) {
    world_.call(
        "ec2",
        "DeleteTags",
        Value::object({{"ResourceId", Value::list({world_.id_of(address)})}, {"Tag", keys}})
    );
  }
  const Value names = Value::list({"team"});
  world_.call(
      "iam",
      "UntagRole",
      Value::object({{"RoleName", "lambda-rds-proxy-function"}, {"TagKeys", names}})
  );
  world_.call(
      "secretsmanager",
      "UntagResource",
      Value::object({{"SecretId", world_.id_of("secrets.app-db")}, {"TagKeys", names}})
  );
  const std::string in_region = "ap-northeast-1:123456789012:";
  world_.call(
      "rds",
      "RemoveTagsFromResource",
      Value::object({{"ResourceName", "arn:aws:rds:" + in_region + "db:app"}, {"TagKeys", names}})
  );
  world_.call(
      "lambda",
      "UntagResource",
      Value::object(
          {{"Resource", "arn:aws:lambda:" + in_region + "function:lambda-rds-proxy-reader"},
           {"tagKeys", names}}
      ),
      "DELETE /2017-03-31/tags/{Resource}?{tagKeys}"
  );
}

}  // namespace plumbline
