// Replies that are lost, late, or never asked for: for every class of creation there is one object
// in the end, and nobody has to help.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/mishaps.h"

namespace plumbline {
namespace {

/// A creation to be disturbed: its action, and where its object is.
struct Creation {
  std::string name, action, address;
};
void PrintTo(const Creation& creation, std::ostream* out) {
  *out << creation.name;
}

class EveryCreation : public ::testing::TestWithParam<Creation> {
 protected:
  void expect_one_each(TestWorld& world) {
    const std::string text = path_manifest();
    for (const auto& [address, count] : world.made()) {
      EXPECT_EQ(count, 1) << address;
    }
    EXPECT_EQ(world.made().size(), 13U);
    EXPECT_EQ(world.count("vpc"), 1);
    EXPECT_EQ(world.count("subnet"), 2);
    EXPECT_EQ(world.count("role"), 2);
    EXPECT_EQ(world.count("secret"), 1);
    EXPECT_TRUE(world.state().open_intents.empty());
    const RunReport again = world.apply(text);
    EXPECT_TRUE(again.is_clean()) << again.failures();
    EXPECT_TRUE(again.actions.empty()) << again.plan;
  }
  void expect_run_completes(Mishap mishap) {
    TestWorld world;
    RunAsk ask;
    ask.faults = once(GetParam().action, mishap);
    const RunReport report = world.apply(path_manifest(), ask);
    EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
    expect_one_each(world);
  }
};

TEST_P(EveryCreation, CompletesWhenTheReplyIsLostAfterTheEffect) {
  expect_run_completes(Mishap::kLostAfter);
}
TEST_P(EveryCreation, CompletesWhenTheConnectionBreaksBeforeTheEffect) {
  expect_run_completes(Mishap::kLostBefore);
}
TEST_P(EveryCreation, CompletesWhenNothingWasSent) {
  expect_run_completes(Mishap::kNotSent);
}
TEST_P(EveryCreation, CompletesWhenAnErrorHidesTheEffect) {
  expect_run_completes(Mishap::kErrorAfter);
}
TEST_P(EveryCreation, CompletesWhenAnErrorMeansNoEffect) {
  expect_run_completes(Mishap::kErrorBefore);
}
TEST_P(EveryCreation, CompletesWhenTheReplyIsEmpty) {
  expect_run_completes(Mishap::kEmpty);
}
TEST_P(EveryCreation, CompletesWhenTheReplySaysNothing) {
  expect_run_completes(Mishap::kHollow);
}
TEST_P(EveryCreation, CompletesWhenThrottled) {
  expect_run_completes(Mishap::kThrottled);
}
TEST_P(EveryCreation, CompletesWhenTheEffectComesLate) {
  expect_run_completes(Mishap::kLate);
}

TEST_P(EveryCreation, IsFoundAgainWhenTheProcessDiesBetweenEffectAndOutcome) {
  TestWorld world;
  RunAsk ask;
  ask.faults = [&](const Seen& seen) -> Mishap {
    if (seen.action == GetParam().action) {
      return Mishap::kLostAfter;
    }
    return Mishap::kNone;
  };
  ask.on_progress = [&](Loop&, const Progress& line) {
    // The first word after the effect: nothing of the outcome is durable yet.
    if (line.what == "looking whether it was created") {
      throw Crash();
    }
  };
  if (GetParam().action == "CreateSecret") {
    return;  // A token needs no look: the sweeps of crash_test.cc hold this case.
  }
  ASSERT_TRUE(world.apply(path_manifest(), ask).has_crashed);
  const RunReport healed = world.apply(path_manifest());
  EXPECT_TRUE(healed.is_clean()) << healed.failures() << healed.story();
  expect_one_each(world);
}

INSTANTIATE_TEST_SUITE_P(
    Journal,
    EveryCreation,
    ::testing::Values(
        Creation{"Vpc", "CreateVpc", "vpcs.main"},
        Creation{"Subnet", "CreateSubnet", "subnets.a"},
        Creation{"SecurityGroup", "CreateSecurityGroup", "securityGroups.db"},
        Creation{"DbSubnetGroup", "CreateDBSubnetGroup", "dbSubnetGroups.app"},
        Creation{"DbInstance", "CreateDBInstance", "dbInstances.app"},
        Creation{"Secret", "CreateSecret", "secrets.app-db"},
        Creation{"Role", "CreateRole", "roles.proxy"},
        Creation{"DbProxy", "CreateDBProxy", "dbProxies.app"},
        Creation{"Function", "CreateFunction", "functions.reader"}
    ),
    [](const auto& each) { return each.param.name; }
);

const char kVpcAlone[] = R"(
stack: alone
region: eu-west-3
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
)";

TEST(Journal, BelievesThatNothingWasMadeOnlyWhenTheSignatureIsDead) {
  TestWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostBefore);
  const RunReport report = world.apply(kVpcAlone, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_GE(report.took, std::chrono::minutes(5));
  EXPECT_LT(report.took, std::chrono::minutes(8));
  EXPECT_EQ(report.actions.size(), 2U);
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Journal, AdoptsAtOnceWhatItFindsByTheOwnerTag) {
  TestWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostAfter);
  const RunReport report = world.apply(kVpcAlone, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_LT(report.took, std::chrono::seconds(30));
  EXPECT_EQ(report.actions.size(), 1U);
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Journal, WaitsForALateCreationInsteadOfMakingASecondObject) {
  TestWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLate);
  const RunReport report = world.apply(kVpcAlone, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_EQ(report.actions.size(), 1U);
}

TEST(Journal, ANewRunWaitsForTheLateCreationOfTheOneThatDied) {
  TestWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLate);
  ask.on_progress = [](Loop&, const Progress& line) {
    if (line.what == "looking whether it was created") {
      throw Crash();
    }
  };
  ASSERT_TRUE(world.apply(kVpcAlone, ask).has_crashed);
  EXPECT_EQ(world.count("vpc"), 0);
  const RunReport healed = world.apply(kVpcAlone);
  EXPECT_TRUE(healed.is_clean()) << healed.failures();
  EXPECT_TRUE(healed.actions.empty()) << healed.story();
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Journal, ADestroyWaitsForTheLateCreationOfTheRunThatDied) {
  TestWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLate);
  ask.on_progress = [](Loop&, const Progress& line) {
    if (line.what == "looking whether it was created") {
      throw Crash();
    }
  };
  ASSERT_TRUE(world.apply(kVpcAlone, ask).has_crashed);
  const RunReport gone = world.destroy(kVpcAlone);
  world.wire().settle();
  // Either it waited, or it says that it is not done and a later run is.
  if (world.count("vpc") != 0) {
    EXPECT_FALSE(gone.is_clean());
    const RunReport later = world.destroy(kVpcAlone);
    EXPECT_TRUE(later.is_clean()) << later.failures();
  }
  EXPECT_EQ(world.count("vpc"), 0);
  EXPECT_TRUE(world.state().rows.empty());
}

TEST_P(EveryCreation, IsFoundByADestroyThatFollowsTheCrash) {
  if (GetParam().action == "CreateSecret") {
    return;  // A token needs no look: the sweeps of crash_test.cc hold this case.
  }
  const std::string bare =
      "stack: path\nregion: eu-west-3\nvpcs: { other: { cidrBlock: 10.9.0.0/16 } }\n";
  for (const std::string& manifest : {path_manifest(), bare}) {
    TestWorld world;
    ASSERT_TRUE(
        world.apply(path_manifest(), dies_after_losing(GetParam().action, Mishap::kLostAfter))
            .has_crashed
    );
    ASSERT_GT(world.made().size(), 0U);
    const RunReport gone = world.destroy(manifest);
    EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan << gone.story();
    EXPECT_TRUE(world.made().empty()) << gone.plan;
    EXPECT_TRUE(world.state().rows.empty());
    EXPECT_TRUE(world.state().open_intents.empty());
  }
}

std::set<std::string> creations_of(const std::string& manifest) {
  TestWorld world;
  std::set<std::string> actions;
  const RunReport report = world.apply(manifest);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  for (const std::string& action : report.actions) {
    if (action.starts_with("Create") || action.starts_with("Allocate") ||
        action == "RunInstances") {
      actions.insert(action);
    }
  }
  return actions;
}

TEST(Journal, WhatALostCreationOfAnyKindMadeIsFoundByADestroyWithoutItsBlock) {
  int found = 0;
  for (const std::string& manifest : {data_manifest(), bastion_manifest(), network_manifest()}) {
    const std::string stack = manifest.substr(manifest.find("stack: "));
    const std::string bare = stack.substr(0, stack.find('\n')) +
                             "\nregion: eu-west-3\nvpcs: { other: { cidrBlock: 10.9.0.0/16 } }\n";
    for (const std::string& action : creations_of(manifest)) {
      SCOPED_TRACE(action);
      TestWorld world;
      if (!world.apply(manifest, dies_after_losing(action, Mishap::kLostAfter)).has_crashed) {
        continue;  // What has a token is asked for again: nothing is looked for.
      }
      const RunReport gone = world.destroy(bare);
      EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.plan << gone.story();
      EXPECT_TRUE(world.made().empty()) << gone.plan;
      EXPECT_TRUE(world.state().rows.empty());
      EXPECT_TRUE(world.state().open_intents.empty());
      ++found;
    }
  }
  EXPECT_GE(found, 12);
}

TEST(Journal, FindsTheNewOneOfTwoWithTheSameOwner) {
  for (const Mishap mishap : {Mishap::kLostAfter, Mishap::kLate, Mishap::kLostBefore}) {
    for (const bool dies : {false, true}) {
      TestWorld world;
      ASSERT_TRUE(world.apply(kVpcAlone).is_clean());
      const std::string old_id = world.id_of("vpcs.main");
      const std::string wider = replaced(kVpcAlone, "10.0.0.0/16", "10.1.0.0/16");
      RunAsk ask = dies_after_losing("CreateVpc", mishap);
      if (!dies) {
        ask.on_progress = nullptr;
      }
      const RunReport first = world.apply(wider, ask);
      EXPECT_EQ(first.has_crashed, dies);
      const RunReport second = world.apply(wider);
      EXPECT_TRUE(second.is_clean()) << second.failures();
      EXPECT_EQ(world.count("vpc"), 1) << first.story() << second.story();
      EXPECT_NE(world.id_of("vpcs.main"), old_id);
      EXPECT_EQ(world.state().rows.size(), 1U);
      EXPECT_TRUE(world.state().open_intents.empty());
      EXPECT_TRUE(world.apply(wider).actions.empty());
    }
  }
}

TEST(Journal, SendsNothingMoreAfterACommitFails) {
  TestWorld calm;
  int commits = 0;
  calm.apply(small_manifest());
  for (int commit = 1; commit < 60; ++commit) {
    TestWorld world;
    RunAsk ask;
    ask.break_commit_at = commit;
    const RunReport report = world.apply(small_manifest(), ask);
    if (report.is_clean()) {
      break;  // All of its commits came before this one.
    }
    commits = commit;
    EXPECT_EQ(report.result.store_failure.code, "DiskFull") << commit;
    EXPECT_FALSE(report.result.is_complete);
    const RunReport healed = world.apply(small_manifest());
    EXPECT_TRUE(healed.is_clean()) << commit << "\n" << healed.failures() << healed.story();
    EXPECT_EQ(world.made().size(), 6U) << commit;
    EXPECT_EQ(world.count("vpc"), 1) << commit;
    EXPECT_EQ(world.count("subnet"), 1) << commit;
    EXPECT_TRUE(world.apply(small_manifest()).actions.empty()) << commit;
  }
  EXPECT_GT(commits, 15);
}

TEST(Journal, GivesUpOnAnOutageWithoutLosingTrack) {
  TestWorld world;
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.is_mutating && seen.number > 4 ? Mishap::kErrorBefore : Mishap::kNone;
  };
  const RunReport report = world.apply(small_manifest(), ask);
  EXPECT_FALSE(report.is_clean());
  const RunReport healed = world.apply(small_manifest());
  EXPECT_TRUE(healed.is_clean()) << healed.failures();
  EXPECT_EQ(world.made().size(), 6U);
}

TEST(Journal, ATokenIsNotGivenAgainWithOtherTags) {
  // AWS takes a token for the very same request only, tags and all. Nor does the list show what the
  // first one made, when the next run looks.
  const std::string before = R"(
stack: tags
region: eu-west-3
tags: { team: one }
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
routeTables: { main: { vpc: main } }
)";
  const std::string after = replaced(before, "team: one", "team: two");
  for (const Mishap mishap : {Mishap::kLostAfter, Mishap::kLostBefore}) {
    TestWorld world;
    RunAsk losing;
    losing.faults = [mishap](const Seen& seen) {
      return seen.action == "CreateRouteTable" ? mishap : Mishap::kNone;
    };
    EXPECT_FALSE(world.apply(before, losing).is_clean());
    EXPECT_EQ(world.state().open_intents.size(), 1U);
    RunAsk lagging;
    lagging.faults = once("DescribeRouteTables", Mishap::kStale);
    const RunReport report = world.apply(after, lagging);
    EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
    EXPECT_EQ(world.made()["routeTables.main"], 1);
    EXPECT_EQ(world.tags_of("routeTables.main")["team"], "two");
    EXPECT_TRUE(world.state().open_intents.empty());
    EXPECT_TRUE(world.apply(after).actions.empty());
  }
}

}  // namespace
}  // namespace plumbline
