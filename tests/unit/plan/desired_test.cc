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
