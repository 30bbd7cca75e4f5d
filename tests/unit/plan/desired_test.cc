#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kProxy[] = R"(
stack: s
region: eu-west-3
dbProxies:
  App:
    engineFamily: MYSQL
    role: 'arn:aws:iam::123456789012:role/r'
    subnets: [subnet-1, subnet-2]
    auth: [{ secret: 'arn:aws:secretsmanager:eu-west-3:1:secret:s-123456' }]
secrets:
  login: { secretString: { password: hush } }
)";

TEST(Desired, FillsInDefaultsAndLeavesOpenWhatTheServerChooses) {
  PlanBench bench(kProxy);
  const auto desired = desired_values(bench.resource("dbProxies.App"), bench.facts(), "");
  ASSERT_TRUE(desired);
  EXPECT_EQ(desired->get("idleClientTimeout"), Value(1800));
  EXPECT_EQ(desired->find("securityGroups"), nullptr);
  const Value& auth = desired->get("auth").as_list().front();
  EXPECT_EQ(auth.text_of("iamAuth"), "DISABLED");
  EXPECT_EQ(auth.find("clientPasswordAuthType"), nullptr);
  EXPECT_EQ(desired->find("dbProxyArn"), nullptr);
}

TEST(Desired, ADefaultMayBeWhereTheNamedResourceIs) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
accounts: { data: { assumeRole: 'arn:aws:iam::210987654321:role/r' } }
vpcs:
  near: { cidrBlock: 10.0.0.0/16 }
  far: { account: data, region: eu-west-1, cidrBlock: 10.1.0.0/16 }
vpcPeeringConnections:
  a: { vpc: near, peerVpc: far }
  b: { vpc: near, peerVpc: vpc-0123456789abcdef0 }
  c: { vpc: near, peerVpc: vpc-0123456789abcdef0, peerOwner: '210987654321', peerRegion: eu-north-1 }
)");
  AccountIds ids("123456789012");
  ids.named["data"] = "210987654321";
  Facts facts(ids, "eu-west-3");
  for (const Resource& resource : bench.manifest().resources) {
    declare(facts.at(resource.address), resource, "");
  }
  const auto places = [&](const std::string& address) {
    const auto desired = desired_values(bench.resource(address), facts, "");
    return desired->text_of("peerOwner") + " " + desired->text_of("peerRegion");
  };
  EXPECT_EQ(places("vpcPeeringConnections.a"), "210987654321 eu-west-1");
  EXPECT_EQ(places("vpcPeeringConnections.b"), "123456789012 eu-west-3");
  EXPECT_EQ(places("vpcPeeringConnections.c"), "210987654321 eu-north-1");
}

TEST(Desired, ANamedGroupOfAnotherAccountHasItsAccountBesideIt) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
accounts: { data: { assumeRole: 'arn:aws:iam::210987654321:role/r' } }
securityGroups:
  far: { account: data, vpc: vpc-1, description: Far }
  near: { vpc: vpc-2, description: Near }
  db: { vpc: vpc-2, description: Databases, ingress: [{ port: 3306, from: [far, near] }] }
)");
  AccountIds ids("123456789012");
  ids.named["data"] = "210987654321";
  Facts facts(ids, "eu-west-3");
  for (const Resource& resource : bench.manifest().resources) {
    declare(facts.at(resource.address), resource, "");
  }
  facts.at(Address::parse("securityGroups.far")).id = "sg-1";
  facts.at(Address::parse("securityGroups.near")).id = "sg-2";
  const Resource& group = bench.resource("securityGroups.db");
  const auto desired = desired_values(group, facts, "");
  const Value& from = desired->get("ingress").as_list().front().get("from");
  EXPECT_EQ(show_json(from), R"([{"group":"sg-1","account":"210987654321"},{"group":"sg-2"}])");
  const Value context = Value::object({{"id", "sg-3"}, {"account", "123456789012"}});
  const List rows = desired_rows(*group.kind, group.kind->collections.front(), *desired, context);
  EXPECT_EQ(rows.at(0).text_of("groupOwner"), "210987654321");
  EXPECT_EQ(rows.at(1).find("groupOwner"), nullptr);
}

TEST(Desired, KeepsSecretsAsKeyedDigestsOnly) {
  PlanBench bench(kProxy);
  const Resource& secret = bench.resource("secrets.login");
  const auto desired = desired_values(secret, bench.facts(), "");
  ASSERT_TRUE(desired);
  EXPECT_TRUE(desired->get("secretString").holds_secret());
  const Value one = without_secrets(*secret.kind, *desired, "one key");
  const Value other = without_secrets(*secret.kind, *desired, "another key");
  EXPECT_FALSE(one.holds_secret());
  EXPECT_EQ(canonical_json(one).find("hush"), std::string::npos);
  EXPECT_FALSE(one.get("secretString").text_of("$digest").empty());
  EXPECT_NE(one.get("secretString"), other.get("secretString"));
}

TEST(Desired, ASecretAndTheSameTextHaveOneDigest) {
  EXPECT_EQ(digest_of(Value::secret("x"), "key"), digest_of(Value::secret("x"), "key"));
  EXPECT_NE(digest_of(Value::secret("x"), "key"), digest_of(Value::secret("y"), "key"));
}

TEST(Desired, OwnerTagsDifferByEverythingTheyAreMadeOf) {
  const Address address = Address::parse("vpcs.main");
  const std::string owner = owner_tags("key", "1", "r", "s", address).owner;
  EXPECT_EQ(owner.size(), 22U);
  EXPECT_NE(owner, owner_tags("other", "1", "r", "s", address).owner);
  EXPECT_NE(owner, owner_tags("key", "2", "r", "s", address).owner);
  EXPECT_NE(owner, owner_tags("key", "1", "q", "s", address).owner);
  EXPECT_NE(owner, owner_tags("key", "1", "r", "t", address).owner);
  EXPECT_NE(owner, owner_tags("key", "1", "r", "s", Address::parse("vpcs.other")).owner);
}

}  // namespace
}  // namespace plumbline
