// Drift: what others change, and what becomes of it; and the controller that runs for ever.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

/// Someone opens a port of a group.
void open_port(TestWorld& world, const std::string& group, int port) {
  world.call(
      "ec2",
      "AuthorizeSecurityGroupIngress",
      Value::object(
          {{"GroupId", group},
           {"IpPermissions",
            Value::list({Value::object(
                {{"IpProtocol", "tcp"},
                 {"FromPort", port},
                 {"ToPort", port},
                 {"IpRanges", Value::list({Value::object({{"CidrIp", "0.0.0.0/0"}})})}}
            )})}}
      )
  );
}

void describe_role(TestWorld& world, const std::string& text) {
  world.call("iam", "UpdateRole", Value::object({{"RoleName", "reader"}, {"Description", text}}));
}

std::string description_of_role(TestWorld& world) {
  return world.call("iam", "GetRole", Value::object({{"RoleName", "reader"}}))
      .get("Role")
      .text_of("Description");
}

TEST(Drift, AForeignRuleIsShownAsSuchAndRemoved) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  open_port(world, world.id_of("securityGroups.back"), 22);
  const RunReport plan = world.plan(text);
  EXPECT_NE(plan.plan.find("foreign"), std::string::npos) << plan.plan;
  EXPECT_TRUE(plan.change("securityGroups.back")->is_drift);
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(report.actions, std::vector<std::string>{"RevokeSecurityGroupIngress"});
}

TEST(Drift, ARuleOfOursThatTheManifestDropsIsNotForeign) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport plan = world.plan(replaced(text, ", ingress: [{ port: 3306, from: front }]", ""));
  EXPECT_EQ(plan.plan.find("foreign"), std::string::npos) << plan.plan;
  EXPECT_FALSE(plan.change("securityGroups.back")->is_drift);
}

TEST(Drift, WhatWasDeletedOutsideIsMadeAgain) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string subnet = world.id_of("subnets.a");
  world.call("ec2", "DeleteSubnet", Value::object({{"SubnetId", subnet}}));
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_NE(world.id_of("subnets.a"), subnet);
  EXPECT_EQ(world.state().rows.size(), 6U);
  EXPECT_TRUE(world.apply(text).actions.empty());
}

TEST(Drift, AValueThatSomeoneElsePutIntoASecretIsPutBack) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string secret = world.id_of("secrets.login");
  world.call(
      "secretsmanager",
      "PutSecretValue",
      Value::object(
          {{"SecretId", secret},
           {"SecretString", "other"},
           {"ClientRequestToken", "0123456789abcdef0123456789abcdef"}}
      )
  );
  const RunReport report = world.apply(text);
  EXPECT_EQ(report.actions, std::vector<std::string>{"PutSecretValue"}) << report.plan;
  const Value value =
      world.call("secretsmanager", "GetSecretValue", Value::object({{"SecretId", secret}}));
  EXPECT_NE(value.text_of("SecretString").find(secret_value()), std::string::npos);
  EXPECT_TRUE(world.apply(text).actions.empty());
}

TEST(Drift, IsLeftAloneWherePolicyOrIgnoreSaySo) {
  for (const std::string& word : std::vector<std::string>{
           std::string("drift: ignore"), std::string("ignore: [description]")}) {
    TestWorld world;
    const std::string text = replaced(
        small_manifest(),
        "description: Reads the secret",
        "description: Reads the secret\n    " + word
    );
    ASSERT_TRUE(world.apply(text).is_clean());
    describe_role(world, "Mine");
    const RunReport report = world.apply(text);
    EXPECT_TRUE(report.is_clean()) << report.failures();
    EXPECT_TRUE(report.actions.empty()) << word << report.plan;
    EXPECT_EQ(description_of_role(world), "Mine");
  }
}

/// Ends the controller after a number of runs.
RunAsk for_runs(int runs, std::function<void(int, Loop&)> between = nullptr) {
  RunAsk ask;
  auto count = std::make_shared<int>(0);
  ask.on_run_ended = [=](Loop& loop, const RunResult&) {
    ++*count;
    if (*count >= runs) {
      loop.request_stop();
    } else if (between) {
      between(*count, loop);
    }
  };
  return ask;
}

TEST(Controller, CreatesAndCorrectsAtItsInterval) {
  TestWorld world;
  const std::string text = small_manifest();
  const RunReport report = world.run(RunMode::kCorrect, text, for_runs(3, [&](int run, Loop&) {
                                       if (run == 1) {
                                         EXPECT_EQ(world.made().size(), 6U);
                                         describe_role(world, "Mine");
                                       }
                                     }));
  EXPECT_EQ(description_of_role(world), "Reads the secret");
  EXPECT_GE(report.took, std::chrono::minutes(10));
  EXPECT_LT(report.took, std::chrono::minutes(13));
  EXPECT_EQ(report.snapshot->resources.size(), 6U);
  for (const ResourceStatus& status : report.snapshot->resources) {
    EXPECT_EQ(status.phase, Phase::kSynced) << status.address.to_string() << status.note;
  }
}

TEST(Controller, ObservesWithoutChanging) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  describe_role(world, "Mine");
  const RunReport report = world.run(RunMode::kObserve, text, for_runs(2));
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(description_of_role(world), "Mine");
  for (const ResourceStatus& status : report.snapshot->resources) {
    const bool is_role = status.address.to_string() == "roles.reader";
    EXPECT_EQ(status.phase, is_role ? Phase::kDrifted : Phase::kSynced);
  }
}

TEST(Controller, LeavesReplacementsAndDeletionsToApply) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  std::string other = replaced(text, "description: Back", "groupName: rear, description: Rear");
  const std::string subnet_block =
      other.substr(other.find("subnets:"), other.find("securityGroups:") - other.find("subnets:"));
  other = replaced(other, subnet_block, "");
  const RunReport report = world.run(RunMode::kCorrect, other, for_runs(2));
  EXPECT_TRUE(report.actions.empty()) << report.story();
  EXPECT_EQ(world.made().size(), 6U);
  const RunReport applied = world.apply(other);
  EXPECT_TRUE(applied.is_clean()) << applied.failures();
  EXPECT_EQ(world.made().size(), 5U);
}

TEST(Controller, LeavesAContestedFieldAloneAfterThreeReverts) {
  TestWorld world;
  const std::string text = small_manifest();
  RunAsk ask;
  auto runs = std::make_shared<int>(0);
  ask.on_run_ended = [&world, runs](Loop& loop, const RunResult&) {
    if (++*runs >= 7) {
      loop.request_stop();
      return;
    }
    describe_role(world, "Mine");
    loop.post(SyncRequested{});
  };
  const RunReport report = world.run(RunMode::kCorrect, text, ask);
  EXPECT_EQ(description_of_role(world), "Mine");
  const auto updates = std::count(report.actions.begin(), report.actions.end(), "UpdateRole");
  EXPECT_EQ(updates, 3);
  bool is_contested = false;
  for (const ResourceStatus& status : report.snapshot->resources) {
    is_contested = is_contested || status.phase == Phase::kContested;
  }
  EXPECT_TRUE(is_contested);
}

TEST(Controller, TakesANewManifestAtOnce) {
  TestWorld world;
  const std::string text = small_manifest();
  const auto other = world.parse(replaced(text, "Reads the secret", "Reads it"));
  const RunReport report = world.run(RunMode::kCorrect, text, for_runs(2, [&](int, Loop& loop) {
                                       loop.post(ManifestChanged{other});
                                     }));
  EXPECT_EQ(description_of_role(world), "Reads it");
  EXPECT_LT(report.took, std::chrono::minutes(2));
}

TEST(Controller, ForgetsTheStatusOfWhatTheManifestDropped) {
  TestWorld world;
  const std::string text =
      "stack: alone\nregion: eu-west-3\nvpcs:\n  a: { cidrBlock: 10.0.0.0/16, onRemove: retain }\n"
      "  b: { cidrBlock: 10.1.0.0/16 }\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  const auto other =
      world.parse("stack: alone\nregion: eu-west-3\nvpcs:\n  b: { cidrBlock: 10.1.0.0/16 }\n");
  world.forget("vpcs.a");
  const RunReport report = world.run(RunMode::kObserve, text, for_runs(2, [&](int, Loop& loop) {
                                       loop.post(ManifestChanged{other});
                                     }));
  ASSERT_EQ(report.snapshot->resources.size(), 1U);
  EXPECT_EQ(report.snapshot->resources.front().address.to_string(), "vpcs.b");
}

TEST(Controller, DoesNothingWhilePausedAndGoesOnAfterwards) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  RunAsk ask;
  auto runs = std::make_shared<int>(0);
  auto was_paused = std::make_shared<bool>(false);
  ask.on_run_ended = [&world, runs](Loop& loop, const RunResult&) {
    if (++*runs == 1) {
      describe_role(world, "Mine");
      loop.post(PauseRequested{true});
    } else {
      loop.request_stop();
    }
  };
  ask.on_tick = [&world, was_paused](Loop& loop, Duration since) {
    if (since > std::chrono::minutes(30) && !*was_paused) {
      *was_paused = true;
      EXPECT_EQ(description_of_role(world), "Mine");
      loop.post(PauseRequested{false});
    }
  };
  world.run(RunMode::kCorrect, text, ask);
  EXPECT_TRUE(*was_paused);
  EXPECT_EQ(*runs, 2);
  EXPECT_EQ(description_of_role(world), "Reads the secret");
}

TEST(Controller, HealsItselfFromAnOutageWithoutARestart) {
  TestWorld world;
  RunAsk ask = for_runs(4);
  ask.faults = [&world, begin = world.clock().elapsed()](const Seen& seen) {
    const bool is_out = world.clock().elapsed() - begin < std::chrono::minutes(3);
    return is_out && seen.number % 2 == 0 ? Mishap::kLostAfter : Mishap::kNone;
  };
  world.run(RunMode::kCorrect, small_manifest(), ask);
  EXPECT_EQ(world.made().size(), 6U);
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_EQ(world.count("subnet"), 1);
  const RunReport quiet = world.apply(small_manifest());
  EXPECT_TRUE(quiet.actions.empty()) << quiet.plan;
  EXPECT_TRUE(world.state().open_intents.empty());
}

}  // namespace
}  // namespace plumbline
