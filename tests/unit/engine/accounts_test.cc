// `accounts:`: resources of one manifest in two AWS accounts, whose keys are assumed on the way.
#include <map>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr const char* kOwn = "123456789012";
constexpr const char* kOther = "210987654321";

std::string role_in(const std::string& account) {
  return "arn:aws:iam::" + account + ":role/OrganizationAccountAccessRole";
}

std::string two_accounts() {
  return R"(
stack: two
region: eu-west-3
accounts:
  data: { assumeRole: )" +
         role_in(kOther) + R"(, externalId: e-1, region: eu-central-1 }
  near: { region: eu-west-1 }
vpcs:
  app: { cidrBlock: 10.0.0.0/16 }
  data: { account: data, cidrBlock: 10.1.0.0/16 }
  near: { account: near, cidrBlock: 10.2.0.0/16 }
securityGroups:
  db: { account: data, vpc: data, description: Databases, ingress: [{ port: 3306, from: 10.0.0.0/16 }] }
secrets:
  login: { account: data, secretString: { user: admin, password: )" +
         secret_value() + R"( }, forceDelete: true }
roles:
  reader:
    account: data
    description: 'Of account ${account}'
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { AWS: 'arn:aws:iam::${account}:root' }, Action: sts:AssumeRole }]
    inlinePolicies:
      read:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: '${secrets.login.arn}' }]
  app:
    description: 'Of account ${account}'
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
)";
}

/// "account region" of every object of ours, by address.
std::map<std::string, std::string> places(TestWorld& world) {
  std::map<std::string, std::string> found;
  for (const Value& object : world.simulator().objects()) {
    const std::string& address = object.get("tags").text_of("plumbline:address");
    if (!address.empty()) {
      EXPECT_FALSE(found.contains(address)) << address << " is there twice";
      found[address] = object.text_of("account");
    }
  }
  return found;
}

TEST(Accounts, EachResourceIsMadeInItsOwnAndTheNextPlanIsEmpty) {
  TestWorld world;
  const RunReport report = world.apply(two_accounts());
  ASSERT_TRUE(report.is_clean()) << report.failures() << report.story();
  const auto found = places(world);
  EXPECT_EQ(found.at("vpcs.app"), kOwn);
  EXPECT_EQ(found.at("vpcs.near"), kOwn);
  EXPECT_EQ(found.at("vpcs.data"), kOther);
  EXPECT_EQ(found.at("securityGroups.db"), kOther);
  EXPECT_EQ(found.at("secrets.login"), kOther);
  EXPECT_EQ(found.at("roles.reader"), kOther);
  EXPECT_EQ(found.at("roles.app"), kOwn);
  EXPECT_FALSE(world.plan(two_accounts()).has_changes());
  EXPECT_EQ(world.state().account_id, kOwn);
  EXPECT_EQ(world.state().accounts, (std::map<std::string, std::string>{{"data", kOther}}));
}

TEST(Accounts, TheAccountOfAResourceIsWhatItsTextsSay) {
  TestWorld world;
  const RunReport report = world.apply(two_accounts());
  ASSERT_TRUE(report.is_clean()) << report.failures();
  const auto applied = [&](const char* address) {
    for (const ResourceRow& row : world.state().rows) {
      if (row.address.to_string() == address) {
        return row.applied;
      }
    }
    return Value();
  };
  EXPECT_EQ(applied("roles.reader").text_of("description"), std::string("Of account ") + kOther);
  EXPECT_EQ(applied("roles.app").text_of("description"), std::string("Of account ") + kOwn);
}

TEST(Accounts, WhatGoesGoesFromItsOwn) {
  TestWorld world;
  ASSERT_TRUE(world.apply(two_accounts()).is_clean());
  const RunReport report = world.destroy(two_accounts());
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  EXPECT_TRUE(places(world).empty());
}

TEST(Accounts, ALostReplyInTheOtherAccountIsFoundAgainByOwner) {
  TestWorld world;
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.is_mutating && seen.action.starts_with("Create") ? Mishap::kLostAfter
                                                                 : Mishap::kNone;
  };
  world.apply(two_accounts(), ask);
  RunReport report;
  for (int run = 0; run < 4 && !report.is_clean(); ++run) {
    report = world.apply(two_accounts());
  }
  ASSERT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(places(world).size(), 7U);
  EXPECT_FALSE(world.plan(two_accounts()).has_changes());
}

TEST(Accounts, AnotherAccountBehindAKnownNameIsRefused) {
  TestWorld world;
  ASSERT_TRUE(world.apply(two_accounts()).is_clean());
  const RunReport report =
      world.apply(replaced(two_accounts(), role_in(kOther), role_in("333333333333")));
  EXPECT_FALSE(report.result.is_complete);
  EXPECT_EQ(report.result.failure.code, "OtherAccount");
  EXPECT_NE(report.result.failure.message.find("333333333333"), std::string::npos);
  EXPECT_NE(report.result.failure.message.find(kOther), std::string::npos);
  EXPECT_TRUE(report.actions.empty());
}

TEST(Accounts, ANameThatStillHoldsResourcesMustStayDeclared) {
  TestWorld world;
  ASSERT_TRUE(world.apply(two_accounts()).is_clean());
  const RunReport report = world.apply(R"(
stack: two
region: eu-west-3
vpcs:
  app: { cidrBlock: 10.0.0.0/16 }
)");
  EXPECT_EQ(report.result.failure.code, "AccountNotDeclared");
  EXPECT_TRUE(report.actions.empty());
}

TEST(Accounts, ARoleThatMayNotBeAssumedStopsTheRunBeforeAnythingIsDone) {
  TestWorld world;
  const RunReport report = world.apply(replaced(
      two_accounts(), role_in(kOther), std::string("arn:aws:iam::") + kOther + ":role/closed"
  ));
  EXPECT_EQ(report.result.failure.klass, ErrorClass::kAuth);
  EXPECT_NE(report.result.failure.message.find("role/closed"), std::string::npos);
  EXPECT_NE(report.result.failure.message.find("account data of the manifest"), std::string::npos);
  EXPECT_TRUE(report.actions.empty());
}

TEST(Accounts, AnStsThatCannotBeReachedEndsTheRunWithASentence) {
  TestWorld world;
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.action == "AssumeRole" ? Mishap::kNotSent : Mishap::kNone;
  };
  const RunReport report = world.apply(two_accounts(), ask);
  EXPECT_EQ(report.result.failure.code, "RoleNotAssumed") << report.failures();
  EXPECT_TRUE(report.actions.empty());
  EXPECT_TRUE(world.apply(two_accounts()).is_clean());
}

TEST(Accounts, ARoleThatAsksForAnExternalIdGetsTheOneThatIsWritten) {
  TestWorld world;
  world.call(
      "iam",
      "CreateRole",
      Value::object({
          {"RoleName", "guarded"},
          {"AssumeRolePolicyDocument",
           R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
           R"("Principal":{"AWS":"123456789012"},)"
           R"("Condition":{"StringEquals":{"sts:ExternalId":"e-1"}}}]})"},
      })
  );
  const std::string manifest = replaced(
      two_accounts(), role_in(kOther), std::string("arn:aws:iam::") + kOwn + ":role/guarded"
  );
  EXPECT_TRUE(world.apply(manifest).is_clean());
  const RunReport other = world.apply(replaced(manifest, "externalId: e-1", "externalId: e-2"));
  EXPECT_NE(other.result.failure.message.find("AccessDenied"), std::string::npos)
      << other.failures();
}

TEST(Accounts, AStopDoesNotWaitForKeys) {
  TestWorld world;
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.action == "AssumeRole" ? Mishap::kNotSent : Mishap::kNone;
  };
  ask.on_tick = [](Loop& loop, Duration since) {
    if (since > Duration(200)) {
      loop.request_stop();
    }
  };
  const RunReport report = world.apply(two_accounts(), ask);
  EXPECT_EQ(report.result.failure.code, "Stopped") << report.failures();
  EXPECT_LT(report.took, std::chrono::seconds(1));
}

TEST(Accounts, NothingMovesFromOneToTheOther) {
  TestWorld world;
  ASSERT_TRUE(world.apply(two_accounts()).is_clean());
  const RunReport report =
      world.apply(replaced(two_accounts(), "app: { cidrBlock", "app: { account: data, cidrBlock"));
  EXPECT_EQ(report.action_of("vpcs.app"), Action::kHold);
  EXPECT_NE(report.plan.find("cannot move"), std::string::npos) << report.plan;
  EXPECT_EQ(places(world).at("vpcs.app"), kOwn);
}

TEST(Accounts, AControllerOutlivesTheKeysItAssumes) {
  TestWorld world;
  ASSERT_TRUE(world.apply(two_accounts()).is_clean());
  int runs = 0;
  RunAsk ask;
  ask.on_run_ended = [&](Loop& loop, const RunResult& result) {
    EXPECT_TRUE(result.is_complete) << result.failure.to_string();
    if (++runs == 40) {
      loop.request_stop();
    }
  };
  const RunReport report = world.run(RunMode::kCorrect, two_accounts(), ask);
  EXPECT_GT(report.took, std::chrono::hours(3));
  int assumed = 0;
  for (const auto& logged : world.simulator().log()) {
    assumed += logged.action == "AssumeRole" ? 1 : 0;
    EXPECT_LT(logged.status, 300) << logged.action;
  }
  // Once by the first run, then an hour at a time.
  EXPECT_GE(assumed, 4);
  EXPECT_LE(assumed, 6);
  EXPECT_FALSE(report.has_progress("could not be refreshed"));
}

}  // namespace
}  // namespace plumbline
