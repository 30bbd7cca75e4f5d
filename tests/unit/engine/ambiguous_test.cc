// Creations of which nothing tells whose they are: no token, no unique name, no tag (class X). The
// kind is made up; its API is the simulator's own for networks, of which there may be several
// alike.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/mishaps.h"

namespace plumbline {
namespace {

constexpr char kKind[] = R"(kind: PlainNetwork
section: plainNetworks
service: ec2
summary: A network of which nothing tells who made it.
id: vpcId
arn: 'arn:{partition}:ec2:{region}:{account}:vpc/{id}'
tags: none
properties:
  cidrBlock: { summary: Its range., type: text, required: true, create_only: true, normalise: cidr4 }
  enableDnsHostnames: { summary: Names for its members., type: bool, default: false }
  vpcId: { summary: Its id., type: text, read_only: true }
siblings: { call: DescribeVpcs, from: 'vpcSet.item[]', id: vpcId }
observe: { from: 'vpcSet.item[]', bind: { vpcId: vpcId, cidrBlock: cidrBlock } }
read:
  call: DescribeVpcs
  request: { VpcId: [$id] }
  also:
    - call: DescribeVpcAttribute
      request: { VpcId: $id, Attribute: enableDnsHostnames }
      bind: { enableDnsHostnames: enableDnsHostnames.value }
create:
  call: CreateVpc
  class: ambiguous
  request: { CidrBlock: $cidrBlock }
  bind: { vpcId: vpc.vpcId }
update:
  - changed: [enableDnsHostnames]
    call: ModifyVpcAttribute
    request: { VpcId: $id, EnableDnsHostnames: { Value: $enableDnsHostnames } }
delete: { call: DeleteVpc, request: { VpcId: $id } }
errors: { not_found: [InvalidVpcID.NotFound] }
)";

std::unique_ptr<Catalog> make_catalog() {
  namespace fs = std::filesystem;
  std::string pattern = ::testing::TempDir() + "plumbline-kinds-XXXXXX";
  const fs::path folder = mkdtemp(pattern.data());
  fs::create_directories(folder / "kinds");
  fs::copy_file(PLUMBLINE_SOURCE_DIR "/schemas/services.yaml", folder / "services.yaml");
  std::ofstream(folder / "kinds" / "plain_network.yaml") << kKind;
  Diagnostics diagnostics;
  auto catalog = Catalog::from_folder(folder.string(), diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  fs::remove_all(folder);
  return catalog;
}

const Catalog& plain_catalog() {
  static const std::unique_ptr<Catalog> catalog = make_catalog();
  return *catalog;
}

constexpr char kOne[] = R"(
stack: plain
region: eu-west-3
plainNetworks: { main: { cidrBlock: 10.0.0.0/16, enableDnsHostnames: true } }
)";
constexpr char kTwo[] = R"(
stack: plain
region: eu-west-3
plainNetworks:
  main: { cidrBlock: 10.0.0.0/16, enableDnsHostnames: true }
  other: { cidrBlock: 10.1.0.0/16 }
)";

struct PlainWorld : TestWorld {
  PlainWorld() : TestWorld(1, std::chrono::minutes(5), plain_catalog()) {}

  std::string make(const std::string& cidr) {
    return call("ec2", "CreateVpc", Value::object({{"CidrBlock", cidr}}))
        .get("vpc")
        .text_of("vpcId");
  }
  void remove(const std::string& id) { call("ec2", "DeleteVpc", Value::object({{"VpcId", id}})); }
};

/// Calls `then` once, while the outcome of a creation is awaited.
auto meanwhile(std::function<void()> then) {
  auto is_done = std::make_shared<bool>(false);
  return [=](Loop&, const Progress& line) {
    if (!*is_done && line.what == "waiting until an earlier call can no longer take effect") {
      *is_done = true;
      then();
    }
  };
}

void expect_quiet(PlainWorld& world, const std::string& text, int networks) {
  EXPECT_EQ(world.count("vpc"), networks);
  EXPECT_TRUE(world.state().open_intents.empty());
  const RunReport again = world.apply(text);
  EXPECT_TRUE(again.is_clean()) << again.failures();
  EXPECT_TRUE(again.actions.empty()) << again.story();
}

class AnyMishap : public ::testing::TestWithParam<Mishap> {};

TEST_P(AnyMishap, OfAnAmbiguousCreationEndsWithOneObject) {
  PlainWorld world;
  world.make("10.0.0.0/16");  // Somebody's, and as ours will be.
  RunAsk ask;
  ask.faults = once("CreateVpc", GetParam());
  const RunReport report = world.apply(kOne, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  expect_quiet(world, kOne, 2);
}

INSTANTIATE_TEST_SUITE_P(
    Ambiguous,
    AnyMishap,
    ::testing::Values(
        Mishap::kNone,
        Mishap::kNotSent,
        Mishap::kLostBefore,
        Mishap::kLostAfter,
        Mishap::kErrorBefore,
        Mishap::kErrorAfter,
        Mishap::kThrottled,
        Mishap::kEmpty,
        Mishap::kLate
    )
);

TEST(Ambiguous, WhatWasMadeIsTakenOnlyWhenTheSignatureIsDead) {
  PlainWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostAfter);
  const RunReport report = world.apply(kOne, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_GE(report.took, std::chrono::minutes(5));
  EXPECT_EQ(report.actions, (std::vector<std::string>{"CreateVpc", "ModifyVpcAttribute"}));
}

/// An apply that does not hear of what it made; somebody makes `theirs` while it waits.
RunReport apply_beside(PlainWorld& world, const std::string& cidr, std::string& theirs) {
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostAfter);
  ask.on_progress = meanwhile([&] { theirs = world.make(cidr); });
  return world.apply(kOne, ask);
}

TEST(Ambiguous, WhatSomebodyElseMadeMeanwhileIsNotTaken) {
  PlainWorld world;
  std::string theirs;
  const RunReport report = apply_beside(world, "10.9.0.0/16", theirs);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  ASSERT_NE(theirs, "");
  EXPECT_NE(world.id_of("plainNetworks.main"), theirs);
  expect_quiet(world, kOne, 2);
}

TEST(Ambiguous, TwoThatMayBeItAreHeldUntilOneIsGone) {
  PlainWorld world;
  std::string theirs;
  const RunReport report = apply_beside(world, "10.0.0.0/16", theirs);
  ASSERT_EQ(report.result.failures.size(), 1U) << report.story();
  EXPECT_TRUE(report.result.failures[0].is_held);
  EXPECT_NE(report.failures().find(theirs), std::string::npos) << report.failures();
  const std::string& help = report.result.failures[0].help;
  EXPECT_NE(help.find("state resolve plainNetworks.main --adopt ID"), std::string::npos) << help;
  EXPECT_EQ(report.actions, std::vector<std::string>{"CreateVpc"});
  ASSERT_EQ(world.state().open_intents.size(), 1U);
  EXPECT_EQ(world.state().open_intents[0].state, IntentState::kHeld);

  const RunReport again = world.apply(kOne);
  EXPECT_EQ(again.result.failures.size(), 1U);
  EXPECT_TRUE(again.actions.empty());
  world.remove(theirs);
  const RunReport healed = world.apply(kOne);
  EXPECT_TRUE(healed.is_clean()) << healed.failures();
  expect_quiet(world, kOne, 1);
}

TEST(Ambiguous, TwoAlikeOfOneStackAreNotTakenForEachOther) {
  const std::string alike = replaced(kTwo, "10.1.0.0/16", "10.0.0.0/16");
  PlainWorld world;
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostAfter);
  const RunReport report = world.apply(alike, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.story();
  EXPECT_NE(world.id_of("plainNetworks.main"), world.id_of("plainNetworks.other"));
  expect_quiet(world, alike, 2);
}

TEST(Ambiguous, IsNotSentWhenItIsNotKnownWhatIsThere) {
  PlainWorld world;
  RunAsk ask;
  int reads = 0;
  ask.faults = [&](const Seen& seen) {
    return seen.action == "DescribeVpcs" && ++reads > 0 ? Mishap::kErrorBefore : Mishap::kNone;
  };
  const RunReport report = world.apply(kOne, ask);
  EXPECT_FALSE(report.is_clean());
  EXPECT_NE(report.failures().find("look what is there before it is created"), std::string::npos)
      << report.failures();
  EXPECT_TRUE(report.actions.empty());
  EXPECT_TRUE(world.state().open_intents.empty());
}

TEST(Ambiguous, TheIntentSaysWhatWasThereBefore) {
  PlainWorld world;
  const std::string theirs = world.make("10.9.0.0/16");
  RunAsk ask;
  ask.faults = once("CreateVpc", Mishap::kLostAfter);
  ask.on_progress = meanwhile([] { throw Crash(); });
  ASSERT_TRUE(world.apply(kOne, ask).has_crashed);
  ASSERT_EQ(world.state().open_intents.size(), 1U);
  EXPECT_EQ(world.state().open_intents[0].klass, 'X');
  EXPECT_EQ(world.state().open_intents[0].siblings, std::vector<std::string>{theirs});
}

TEST(Ambiguous, EveryMomentOfAnApplyHealsInTheNextRun) {
  PlainWorld calm;
  const int moments = calm.apply(kTwo).moments;
  ASSERT_GT(moments, 10);
  for (int moment = 1; moment <= moments && !::testing::Test::HasFailure(); ++moment) {
    SCOPED_TRACE(moment);
    PlainWorld world;
    world.make("10.0.0.0/16");
    RunAsk ask;
    ask.crash_at = moment;
    ASSERT_TRUE(world.apply(kTwo, ask).has_crashed);
    const RunReport healed = world.apply(kTwo);
    ASSERT_TRUE(healed.is_clean()) << healed.failures() << healed.story();
    expect_quiet(world, kTwo, 3);
  }
}

/// A run that dies while the outcome is awaited.
void die_with(PlainWorld& world, Mishap mishap) {
  RunAsk ask;
  ask.faults = once("CreateVpc", mishap);
  ask.on_progress = meanwhile([] { throw Crash(); });
  ASSERT_TRUE(world.apply(kOne, ask).has_crashed);
}

TEST(Ambiguous, WhatTheManifestAskedForBeforeItChangedIsHeldWhenSomethingIsNew) {
  const std::string changed = replaced(kOne, "10.0.0.0/16", "10.3.0.0/16");
  PlainWorld world;
  die_with(world, Mishap::kLostAfter);
  const RunReport report = world.apply(changed);
  ASSERT_EQ(report.result.failures.size(), 1U);
  EXPECT_TRUE(report.result.failures[0].is_held) << report.failures();
  EXPECT_TRUE(report.actions.empty());
  EXPECT_EQ(world.count("vpc"), 1);
}

TEST(Ambiguous, WhatTheManifestAskedForBeforeItChangedIsForgottenWhenNothingIsNew) {
  const std::string changed = replaced(kOne, "10.0.0.0/16", "10.3.0.0/16");
  PlainWorld world;
  die_with(world, Mishap::kLostBefore);
  const RunReport report = world.apply(changed);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  expect_quiet(world, changed, 1);
}

TEST(Ambiguous, WithoutItsBlockItStaysOpenAndTheRunSaysSo) {
  PlainWorld world;
  die_with(world, Mishap::kLostAfter);
  for (int i = 0; i < 2; ++i) {
    const RunReport report = world.destroy(kOne);
    ASSERT_EQ(report.result.failures.size(), 1U) << report.story();
    EXPECT_TRUE(report.result.failures[0].is_held);
    EXPECT_NE(report.result.failures[0].help.find("--gone"), std::string::npos);
    EXPECT_TRUE(report.actions.empty());
    EXPECT_EQ(world.state().open_intents.size(), 1U);
  }
  EXPECT_EQ(world.count("vpc"), 1);
  EXPECT_TRUE(world.apply(kOne).is_clean());
  EXPECT_TRUE(world.destroy(kOne).is_clean());
  EXPECT_EQ(world.count("vpc"), 0);
}

}  // namespace
}  // namespace plumbline
