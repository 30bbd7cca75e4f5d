// `moved:` and `import:`: what is there changes its address, or its owner, and is never made anew.
#include <gtest/gtest.h>

#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

using Actions = std::vector<std::string>;

constexpr char kTrust[] =
    "{ Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: { Service: "
    "lambda.amazonaws.com }, Action: sts:AssumeRole }] }";

/// A network, a role and a secret, called `net`, `role` and `secret` in the manifest.
std::string trio(const std::string& net, const std::string& role, const std::string& secret) {
  return "stack: trio\nregion: eu-west-3\nvpcs: { " + net +
         ": { cidrBlock: 10.0.0.0/16 } }\nsubnets: { s: { vpc: " + net +
         ", cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3a } }\nroles: { " + role +
         ": { trustPolicy: " + kTrust + " } }\nsecrets: { " + secret +
         ": { secretString: { p: " + secret_value() + " }, forceDelete: true } }\n";
}

const std::string kMoved =
    "moved:\n  - { from: vpcs.a, to: vpcs.b }\n  - { from: roles.a, to: roles.b }\n"
    "  - { from: secrets.a, to: secrets.b }\n";

TEST(Move, ChangesTagsAndRowsAndMakesNothingAnew) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
  const std::string vpc = world.id_of("vpcs.a");
  const std::string secret = world.id_of("secrets.a");
  const std::string text = trio("b", "b", "b") + kMoved;

  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.count(Action::kUpdate), 3U) << plan.plan;
  EXPECT_EQ(plan.result.plan->changes.size(), 4U) << plan.plan;
  EXPECT_NE(plan.plan.find("moved from vpcs.a"), std::string::npos) << plan.plan;
  EXPECT_EQ(world.id_of("vpcs.a"), vpc);  // A plan moves nothing.

  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.actions.size(), 3U) << report.story();
  for (const std::string& action : report.actions) {
    EXPECT_NE(action.find("Tag"), std::string::npos) << action;
  }
  EXPECT_EQ(world.id_of("vpcs.b"), vpc);
  EXPECT_EQ(world.id_of("secrets.b"), secret);
  EXPECT_EQ(world.id_of("vpcs.a"), "");
  EXPECT_EQ(world.made().count("roles.a"), 0U);
  EXPECT_EQ(world.made().count("roles.b"), 1U);
  expect_quiet(world, text);
  // The block may stay or go, and the role keeps the name it was made with.
  expect_quiet(world, trio("b", "b", "b"));
  EXPECT_EQ(world.id_of("roles.b"), "a");
  const RunReport gone = world.destroy(trio("b", "b", "b"));
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_TRUE(world.made().empty());
}

TEST(Move, FollowsAChainFromAnyOfItsAddresses) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "x", "x")).is_clean());
  const std::string vpc = world.id_of("vpcs.a");
  const std::string text =
      trio("c", "x", "x") + "moved: [{ from: vpcs.a, to: vpcs.b }, { from: vpcs.b, to: vpcs.c }]\n";
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.id_of("vpcs.c"), vpc);
  EXPECT_EQ(report.count(Action::kUpdate), 1U) << report.plan;
}

TEST(Move, KeepsTheOrderOfDestruction) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "x", "x")).is_clean());
  const std::string text = trio("b", "x", "x") + "moved: [{ from: vpcs.a, to: vpcs.b }]\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  for (const ResourceRow& row : world.state().rows) {
    if (row.address.section == "subnets") {
      EXPECT_EQ(row.depends_on.at(0).to_string(), "vpcs.b");
    }
  }
  const RunReport gone = world.destroy("stack: trio\nregion: eu-west-3\n");
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Move, IsRefusedWhenBothAreThere) {
  TestWorld world;
  const std::string both =
      "stack: two\nregion: eu-west-3\nvpcs: { a: { cidrBlock: 10.0.0.0/16 }, b: { cidrBlock: "
      "10.1.0.0/16 } }\n";
  ASSERT_TRUE(world.apply(both).is_clean());
  const RunReport report = world.apply(
      "stack: two\nregion: eu-west-3\nvpcs: { b: { cidrBlock: 10.1.0.0/16 } }\nmoved: [{ from: "
      "vpcs.a, to: vpcs.b }]\n"
  );
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("vpcs.b"), Action::kHold) << report.plan;
  EXPECT_NE(report.failures().find("both there"), std::string::npos) << report.failures();
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(world.count("vpc"), 2);
}

TEST(Move, HealsAfterACrashAtAnyMoment) {
  const std::string text = trio("b", "b", "b") + kMoved;
  int moments = 1000;
  for (int at = 1; at <= moments; ++at) {
    TestWorld world;
    ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
    RunAsk ask;
    ask.crash_at = at;
    const RunReport crashed = world.apply(text, ask);
    moments = std::min(moments, crashed.has_crashed ? moments : at);
    const RunReport healed = world.apply(text);
    ASSERT_TRUE(healed.is_clean()) << at << healed.failures() << healed.plan;
    ASSERT_EQ(world.count("vpc"), 1) << at;
    ASSERT_EQ(world.id_of("roles.b"), "a") << at;
    ASSERT_EQ(world.made().size(), 4U) << at;
    expect_quiet(world, text);
  }
  EXPECT_GT(moments, 5);
  EXPECT_LT(moments, 1000);
}

TEST(Move, DestroyAfterAnUnfinishedMoveStillKnowsItsOwn) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
  const std::string text = trio("b", "b", "b") + kMoved;
  RunAsk ask;
  ask.faults = [](const Seen& seen) { return seen.is_mutating ? Mishap::kNotSent : Mishap::kNone; };
  ask.on_progress = [](Loop& loop, const Progress& line) {
    if (line.what == "updating") {
      loop.request_stop();
    }
  };
  world.apply(text, ask);
  EXPECT_NE(world.id_of("vpcs.b"), "");  // Recorded, while the tag still tells the old address.
  const RunReport gone = world.destroy(text);
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Move, WhatIsReplacedAtOnceIsKnownByTheTagOfItsOldAddress) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
  std::string text = trio("b", "b", "b") + kMoved;
  text.replace(text.find("10.0.0.0/16"), 11, "10.0.0.0/20");
  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.action_of("vpcs.b"), Action::kReplace) << plan.plan;
  EXPECT_EQ(plan.count(Action::kHold), 0U) << plan.plan;
}

TEST(Move, ASavedPlanSaysItAndIsCarriedOutExactly) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
  const std::string text = trio("b", "b", "b") + kMoved;
  RunAsk ask;
  ask.expected = world.saved(world.plan(text));
  const RunReport report = world.apply(text, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_NE(world.id_of("roles.b"), "");
  EXPECT_EQ(world.id_of("roles.a"), "");
  expect_quiet(world, text);
}

TEST(Move, ARefreshLeavesEverythingAtItsRecordedAddress) {
  TestWorld world;
  ASSERT_TRUE(world.apply(trio("a", "a", "a")).is_clean());
  constexpr char kOther[] = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                            R"({"Service":"rds.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
  world.call(
      "iam",
      "UpdateAssumeRolePolicy",
      Value::object({{"RoleName", "a"}, {"PolicyDocument", kOther}})
  );
  RunAsk ask;
  ask.orders.mode = PlanMode::kRefresh;
  const RunReport report = world.apply(trio("b", "b", "b") + kMoved, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(report.action_of("roles.a"), Action::kRefresh) << report.plan;
  EXPECT_EQ(world.state().rows.size(), 4U);
  EXPECT_NE(world.id_of("roles.a"), "");
}

TEST(Move, ADatabaseChangesItsAddressUnharmed) {
  TestWorld world;
  const std::string text = path_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  std::string other = replaced(text, "dbInstances:\n  app:\n", "dbInstances:\n  main:\n");
  other = replaced(other, "${dbInstances.app.endpoint}", "${dbInstances.main.endpoint}");
  other = replaced(other, "{ dbInstance: app }", "{ dbInstance: main }");
  other += "moved: [{ from: dbInstances.app, to: dbInstances.main }]\n";
  const RunReport report = world.apply(other);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.actions, Actions{"AddTagsToResource"}) << report.plan;
  EXPECT_EQ(world.id_of("dbInstances.main"), "app");
  expect_quiet(world, other);
}

// --- import

std::string make_vpc(TestWorld& world, const std::string& cidr) {
  return world.call("ec2", "CreateVpc", Value::object({{"CidrBlock", cidr}}))
      .get("vpc")
      .text_of("vpcId");
}

void make_role(TestWorld& world, const std::string& name) {
  world.call(
      "iam",
      "CreateRole",
      Value::object(
          {{"RoleName", name},
           {"AssumeRolePolicyDocument",
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})"}}
      )
  );
}

/// A world that was looked at once, so that calls by others have a region.
void look(TestWorld& world) {
  world.plan("stack: one\nregion: eu-west-3\n");
}

std::string importing(const std::string& id, const std::string& cidr = "10.7.0.0/16") {
  return "stack: one\nregion: eu-west-3\nvpcs: { main: { cidrBlock: " + cidr +
         ", enableDnsHostnames: true } }\nimport: [{ to: vpcs.main, id: " + id + " }]\n";
}

TEST(Import, TakesOverWhatIsThereAndMakesNothing) {
  TestWorld world;
  look(world);
  const std::string vpc = make_vpc(world, "10.7.0.0/16");
  const std::string text = importing(vpc);
  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.action_of("vpcs.main"), Action::kImport) << plan.plan;
  EXPECT_NE(plan.plan.find("< vpcs.main  " + vpc), std::string::npos) << plan.plan;
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(report.actions, (Actions{"ModifyVpcAttribute", "CreateTags"})) << report.plan;
  EXPECT_EQ(world.id_of("vpcs.main"), vpc);
  EXPECT_EQ(world.count("vpc"), 1);
  expect_quiet(world, text);
}

TEST(Import, KeepsANameThatTheManifestDoesNotWrite) {
  TestWorld world;
  look(world);
  make_role(world, "legacy-reader");
  const std::string role = std::string(
                               "stack: one\nregion: eu-west-3\nroles: { reader: { "
                               "trustPolicy: "
                           ) +
                           kTrust + " } }\n";
  const std::string text = role + "import: [{ to: roles.reader, id: legacy-reader }]\n";
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.actions, Actions{"TagRole"}) << report.plan;
  EXPECT_EQ(world.count("role"), 1);
  expect_quiet(world, text);
  expect_quiet(world, role);
}

TEST(Import, TakesASecretByItsName) {
  TestWorld world;
  look(world);
  world.call(
      "secretsmanager",
      "CreateSecret",
      Value::object(
          {{"Name", "old/login"},
           {"SecretString", "x"},
           {"ClientRequestToken", "0123456789abcdef0123456789abcdef"}}
      )
  );
  const std::string text =
      "stack: one\nregion: eu-west-3\nsecrets: { login: { secretString: { p: " + secret_value() +
      " } } }\nimport: [{ to: secrets.login, id: old/login }]\n";
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.action_of("secrets.login"), Action::kImport);
  EXPECT_EQ(world.count("secret"), 1);
  EXPECT_NE(world.id_of("secrets.login").find(":secret:old/login"), std::string::npos);
  const RunReport again = world.apply(text);
  EXPECT_FALSE(again.has_changes()) << again.plan;
  EXPECT_EQ(again.plan.find("does nothing"), std::string::npos) << again.plan;
}

TEST(Import, IsHeldWhenNothingIsThere) {
  TestWorld world;
  const RunReport report = world.apply(importing("vpc-0123456789abcdef0"));
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("vpcs.main"), Action::kHold);
  EXPECT_NE(report.failures().find("which is not there"), std::string::npos) << report.failures();
  EXPECT_EQ(world.count("vpc"), 0);
}

TEST(Import, IsHeldWhenAnotherStackOwnsIt) {
  TestWorld world;
  look(world);
  const std::string vpc = make_vpc(world, "10.7.0.0/16");
  const auto tag = [](const char* key, const char* value) {
    return Value::object({{"Key", key}, {"Value", value}});
  };
  world.call(
      "ec2",
      "CreateTags",
      Value::object(
          {{"ResourceId", Value::list({vpc})},
           {"Tag",
            Value::list(
                {tag("plumbline:owner", "theirs"),
                 tag("plumbline:stack", "billing"),
                 tag("plumbline:address", "vpcs.net")}
            )}}
      )
  );
  const RunReport report = world.apply(importing(vpc));
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("vpcs.main"), Action::kHold) << report.plan;
  EXPECT_NE(report.failures().find("vpcs.net of the stack billing"), std::string::npos)
      << report.failures();
  EXPECT_TRUE(report.actions.empty());
}

TEST(Import, IsHeldWhenThisStackKnowsItByAnotherAddress) {
  TestWorld world;
  const std::string text =
      "stack: one\nregion: eu-west-3\nvpcs: { a: { cidrBlock: 10.7.0.0/16 } }\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string vpc = world.id_of("vpcs.a");
  const RunReport report = world.apply(
      "stack: one\nregion: eu-west-3\nvpcs: { a: { cidrBlock: 10.7.0.0/16 }, main: { cidrBlock: "
      "10.7.0.0/16 } }\nimport: [{ to: vpcs.main, id: " +
      vpc + " }]\n"
  );
  EXPECT_EQ(report.action_of("vpcs.main"), Action::kHold) << report.plan;
  EXPECT_NE(report.failures().find("managed here as vpcs.a"), std::string::npos)
      << report.failures();
  EXPECT_TRUE(report.actions.empty());
}

TEST(Import, NeverReplaces) {
  TestWorld world;
  look(world);
  const std::string vpc = make_vpc(world, "10.7.0.0/16");
  const RunReport report = world.apply(importing(vpc, "10.8.0.0/16"));
  EXPECT_FALSE(report.is_clean());
  EXPECT_EQ(report.action_of("vpcs.main"), Action::kHold) << report.plan;
  EXPECT_NE(report.failures().find("Declare it as it is"), std::string::npos) << report.failures();
  EXPECT_TRUE(report.actions.empty());
}

TEST(Import, WaitsForApplyWhenTheControllerRuns) {
  TestWorld world;
  look(world);
  const std::string vpc = make_vpc(world, "10.7.0.0/16");
  RunAsk ask;
  ask.on_run_ended = [](Loop& loop, const RunResult&) { loop.request_stop(); };
  const RunReport report = world.run(RunMode::kCorrect, importing(vpc), ask);
  EXPECT_TRUE(report.actions.empty()) << report.story();
  EXPECT_EQ(world.id_of("vpcs.main"), "");
}

TEST(Import, OfWhatIsManagedAlreadySaysThatItDoesNothing) {
  TestWorld world;
  ASSERT_TRUE(world
                  .apply("stack: one\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.7.0.0/16, "
                         "enableDnsHostnames: true } }\n")
                  .is_clean());
  const RunReport report = world.plan(importing("vpc-0123456789abcdef0"));
  EXPECT_FALSE(report.has_changes()) << report.plan;
  EXPECT_NE(report.plan.find("the block does nothing"), std::string::npos) << report.plan;
}

}  // namespace
}  // namespace plumbline
