// The state is lost: what it knew is got back from what the world carries, nothing is made twice
// and nothing is left behind.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr char kVpcs[] = "vpcs.main";

Batch batch_of(const Rebuilt& rebuilt) {
  Batch batch;
  batch.upserts = rebuilt.rows;
  batch.audit.push_back({"state", "rebuild", {}, Value(Object())});
  return batch;
}

std::shared_ptr<const Rebuilt> look(
    TestWorld& world, const std::string& manifest, const RebuildAsk& asked = {}
) {
  RunAsk ask;
  ask.rebuild = asked;
  const RunReport report = world.run(RunMode::kRebuild, manifest, ask);
  EXPECT_TRUE(report.actions.empty()) << report.story();
  EXPECT_NE(report.result.rebuilt, nullptr) << report.failures();
  return report.result.rebuilt;
}

/// Looks and records; the rows, by address.
std::map<std::string, ResourceRow> rebuild(
    TestWorld& world, const std::string& manifest, const RebuildAsk& asked = {}
) {
  const auto rebuilt = look(world, manifest, asked);
  EXPECT_TRUE(rebuilt->is_certain());
  world.record(batch_of(*rebuilt));
  std::map<std::string, ResourceRow> rows;
  for (const ResourceRow& row : rebuilt->rows) {
    rows[row.address.to_string()] = row;
  }
  return rows;
}

std::vector<std::string> untold(const Rebuilt& rebuilt) {
  std::vector<std::string> names;
  for (const Untold& each : rebuilt.untold) {
    names.push_back(each.address.to_string() + "." + each.property);
  }
  return names;
}

/// Everything that the copy knew, as `--key-from` a fresh backup would give it.
RebuildAsk with_copy(TestWorld& world) {
  RebuildAsk ask;
  ask.known = world.state().rows;
  return ask;
}

TEST(Rebuild, GetsEverythingBackAndLeavesNothingToDo) {
  for (const std::string& manifest : {small_manifest(), path_manifest()}) {
    TestWorld world;
    ASSERT_TRUE(world.apply(manifest).is_clean());
    const RebuildAsk ask = with_copy(world);
    const StateImage before = world.state();
    world.lose_state(true);
    const auto rows = rebuild(world, manifest, ask);
    ASSERT_EQ(rows.size(), before.rows.size());
    for (const ResourceRow& row : before.rows) {
      const ResourceRow& again = rows.at(row.address.to_string());
      EXPECT_EQ(again.physical_id, row.physical_id);
      EXPECT_EQ(again.depends_on, row.depends_on) << row.address.to_string();
      EXPECT_EQ(again.applied, row.applied) << row.address.to_string();
    }
    const RunReport plan = world.plan(manifest);
    EXPECT_FALSE(plan.has_changes()) << plan.plan;
    EXPECT_TRUE(world.apply(manifest).actions.empty());
    EXPECT_TRUE(world.destroy(manifest).is_clean());
    EXPECT_TRUE(world.made().empty());
  }
}

/// A manifest of the whole program's tests; between them they have every kind.
std::shared_ptr<const Manifest> example(const std::string& name) {
  const std::string root = PLUMBLINE_SOURCE_DIR;
  std::ifstream file(root + "/tests/e2e/manifests/" + name + ".yaml");
  std::stringstream text;
  text << file.rdbuf();
  std::string manifest = text.str();
  if (const auto at = manifest.find("./src"); at != std::string::npos) {
    manifest.replace(at, 5, root + "/examples/lambda-rds-proxy/src");
  }
  ManifestOptions options;
  options.environment["DB_PASSWORD"] = kCanary;
  Diagnostics diagnostics;
  auto parsed = parse_manifest(test_catalog(), name, manifest, options, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  return parsed;
}

/// By its tags alone, without a copy that names ids: a list that nobody understands would hide it.
TEST(Rebuild, FindsEveryKindOfTheCatalogByItsTags) {
  std::set<std::string> sections;
  for (const char* name : {"bastion", "data", "endpoints", "network", "peering"}) {
    const auto manifest = example(name);
    TestWorld world;
    const RunReport applied = world.run(RunMode::kApply, manifest);
    ASSERT_TRUE(applied.is_clean()) << applied.failures();
    std::set<std::string> made;
    for (const ResourceRow& row : world.state().rows) {
      sections.insert(row.address.section);
      // What makes nothing of its own has no tags, and is done again.
      if (test_catalog().find_kind(row.kind)->tags.is_supported) {
        made.insert(row.address.to_string());
      }
    }
    world.lose_state(true);
    const RunReport report = world.run(RunMode::kRebuild, manifest);
    ASSERT_NE(report.result.rebuilt, nullptr) << report.failures();
    std::set<std::string> found;
    for (const ResourceRow& row : report.result.rebuilt->rows) {
      found.insert(row.address.to_string());
    }
    EXPECT_EQ(found, made) << name;
  }
  const auto& all = test_catalog().sections();
  EXPECT_EQ(sections, std::set<std::string>(all.begin(), all.end()));
}

TEST(Rebuild, WritesWhatAwsDoesNotTellOnlyOnceAndSaysSo) {
  TestWorld world;
  const std::string manifest = path_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.lose_state(true);
  const auto rebuilt = look(world, manifest);
  EXPECT_EQ(
      untold(*rebuilt),
      (std::vector<std::string>{"dbInstances.app.masterUserPassword", "secrets.app-db.secretString"}
      )
  );
  world.record(batch_of(*rebuilt));
  const RunReport plan = world.plan(manifest);
  EXPECT_EQ(plan.count(Action::kUpdate), 2U) << plan.plan;
  EXPECT_EQ(plan.count(Action::kNone), plan.result.plan->changes.size() - 2) << plan.plan;
  EXPECT_TRUE(world.apply(manifest).is_clean());
  EXPECT_FALSE(world.plan(manifest).has_changes());
}

TEST(Rebuild, TakesASecretAsDeclaredWhenToldSo) {
  TestWorld world;
  const std::string manifest = path_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.lose_state(true);
  RebuildAsk ask;
  ask.takes_secrets_as_declared = true;
  rebuild(world, manifest, ask);
  const RunReport plan = world.plan(manifest);
  EXPECT_FALSE(plan.has_changes()) << plan.plan;
}

TEST(Rebuild, BelievesAnOldCopyNothingThatTheWorldContradicts) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const RebuildAsk ask = with_copy(world);
  const std::string other = replaced(manifest, secret_value(), secret_value() + "-2");
  ASSERT_TRUE(world.apply(other).is_clean());
  world.lose_state(true);
  // The copy has the digest that this manifest would give, but its version is not the world's.
  EXPECT_EQ(
      untold(*look(world, manifest, ask)), (std::vector<std::string>{"secrets.login.secretString"})
  );
}

TEST(Rebuild, WithoutTheKeyTrustsTagsAndTheNextApplyRenewsThem) {
  TestWorld world;
  const std::string manifest = path_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const std::size_t size = world.state().rows.size();
  const auto tags = world.tags_of(kVpcs);
  world.lose_state(false);
  // Nothing is proven by another key.
  EXPECT_TRUE(look(world, manifest)->rows.empty());
  RebuildAsk ask;
  ask.trusts_tags = true;
  ask.takes_secrets_as_declared = true;
  EXPECT_EQ(rebuild(world, manifest, ask).size(), size);
  const RunReport applied = world.apply(manifest);
  EXPECT_TRUE(applied.is_clean()) << applied.failures() << applied.plan;
  EXPECT_EQ(applied.count(Action::kUpdate), size) << applied.plan;
  for (const std::string& action : applied.actions) {
    EXPECT_NE(action.find("Tag"), std::string::npos) << action;
  }
  EXPECT_NE(world.tags_of(kVpcs).at("plumbline:owner"), tags.at("plumbline:owner"));
  const RunReport plan = world.plan(manifest);
  EXPECT_FALSE(plan.has_changes()) << plan.plan;
  EXPECT_TRUE(world.destroy(manifest).is_clean());
  EXPECT_TRUE(world.made().empty());
}

TEST(Rebuild, WithoutTheKeyEverythingCanStillBeDestroyedAtOnce) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.lose_state(false);
  RebuildAsk ask;
  ask.trusts_tags = true;
  rebuild(world, manifest, ask);
  const RunReport destroyed = world.destroy(manifest);
  EXPECT_TRUE(destroyed.is_clean()) << destroyed.failures();
  EXPECT_TRUE(world.made().empty());
}

TEST(Rebuild, FindsWhatTheManifestDoesNotDeclareAnyMore) {
  for (const bool keeps_key : {true, false}) {
    TestWorld world;
    const std::string manifest = path_network() + R"(logGroups:
  old: { retentionInDays: 7 }
kmsKeys:
  old: { description: Old, pendingWindowInDays: 7 }
roles:
  old:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      read:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }]
)";
    ASSERT_TRUE(world.apply(manifest).is_clean());
    world.lose_state(keeps_key);
    const std::string network = path_network();
    const std::string left = network.substr(0, network.find("securityGroups:"));
    RebuildAsk ask;
    ask.trusts_tags = !keeps_key;
    const auto rows = rebuild(world, left, ask);
    EXPECT_EQ(rows.size(), 11U);
    // What holds data stays unless it is said otherwise.
    const RunReport plan = world.plan(left);
    EXPECT_EQ(plan.action_of("roles.old"), Action::kDelete) << plan.plan;
    EXPECT_EQ(plan.action_of("logGroups.old"), Action::kDelete) << plan.plan;
    EXPECT_EQ(plan.action_of("securityGroups.lambda"), Action::kDelete) << plan.plan;
    EXPECT_EQ(plan.action_of("dbInstances.app"), Action::kNone) << plan.plan;
    EXPECT_EQ(plan.action_of("kmsKeys.old"), Action::kNone) << plan.plan;
    const auto& needs = rows.at("dbInstances.app").depends_on;
    EXPECT_NE(std::find(needs.begin(), needs.end(), Address{"securityGroups", "db"}), needs.end());
    const RunReport destroyed = world.destroy(left);
    EXPECT_TRUE(destroyed.is_clean()) << destroyed.failures();
    auto left_over = world.made();
    left_over.erase("kmsKeys.old");  // Is there until its waiting time is over.
    EXPECT_TRUE(left_over.empty());
  }
}

TEST(Rebuild, DoesNotGuessBetweenTwoThatClaimOneAddress) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const std::string ours = world.id_of(kVpcs);
  const std::string copied = world.plant(world.tags_of(kVpcs));
  RebuildAsk ask = with_copy(world);
  world.lose_state(true);
  const auto rebuilt = look(world, manifest, ask);
  EXPECT_FALSE(rebuilt->is_certain());
  ASSERT_EQ(rebuilt->rivals.size(), 1U);
  EXPECT_EQ(rebuilt->rivals.front().address.to_string(), kVpcs);
  auto ids = rebuilt->rivals.front().ids;
  std::sort(ids.begin(), ids.end());
  auto both = std::vector<std::string>{ours, copied};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(ids, both);

  ask.choices[Address::parse(kVpcs)] = ours;
  const auto rows = look(world, manifest, ask);
  ASSERT_TRUE(rows->is_certain());
  world.record(batch_of(*rows));
  EXPECT_EQ(world.id_of(kVpcs), ours);
  const RunReport applied = world.apply(manifest);
  EXPECT_TRUE(applied.is_clean()) << applied.failures();
  EXPECT_EQ(applied.count(Action::kDelete), 1U) << applied.plan;
  EXPECT_EQ(world.made().at(kVpcs), 1);
  EXPECT_FALSE(world.plan(manifest).has_changes());
}

TEST(Rebuild, RefusesAChoiceThatNamesNothing) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  RunAsk ask;
  ask.rebuild.choices[Address::parse(kVpcs)] = "vpc-0";
  const RunReport report = world.run(RunMode::kRebuild, manifest, ask);
  EXPECT_EQ(report.result.rebuilt, nullptr);
  EXPECT_NE(report.result.failure.message.find(world.id_of(kVpcs)), std::string::npos)
      << report.result.failure.message;
}

TEST(Rebuild, DoesNotTakeWhatSomebodyPlanted) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const std::string planted = world.plant(
      {{"plumbline:stack", "small"},
       {"plumbline:address", "vpcs.other"},
       {"plumbline:owner", "AAAAAAAAAAAAAAAAAAAAAA"}}
  );
  const RebuildAsk ask = with_copy(world);
  world.lose_state(true);
  const auto rebuilt = look(world, manifest, ask);
  EXPECT_TRUE(rebuilt->is_certain());
  ASSERT_EQ(rebuilt->not_taken.size(), 1U);
  EXPECT_EQ(rebuilt->not_taken.front().id, planted);
  EXPECT_EQ(rebuilt->not_taken.front().address, "vpcs.other");
  world.record(batch_of(*rebuilt));
  EXPECT_FALSE(world.plan(manifest).has_changes());
}

TEST(Rebuild, TellsOfWhatTheCopyKnowsAndTheTagsDoNot) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const RebuildAsk ask = with_copy(world);
  world.call(
      "ec2",
      "DeleteTags",
      Value::object(
          {{"ResourceId", Value::list({world.id_of("subnets.a")})},
           {"Tag", Value::list({Value::object({{"Key", "plumbline:stack"}})})}}
      )
  );
  world.lose_state(true);
  const auto rebuilt = look(world, manifest, ask);
  ASSERT_EQ(rebuilt->not_taken.size(), 1U);
  EXPECT_EQ(rebuilt->not_taken.front().address, "subnets.a");
}

TEST(Rebuild, TellsOfItAlsoWhenANamesakeInAnotherRegionIsFound) {
  TestWorld world;
  const std::string manifest = R"(
stack: twins
region: eu-west-3
accounts: { near: { region: eu-west-1 } }
logGroups:
  here: { logGroupName: /app }
  near: { account: near, logGroupName: /app }
)";
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const RebuildAsk ask = with_copy(world);
  world.call(
      "logs",
      "UntagResource",
      Value::object(
          {{"resourceArn", "arn:aws:logs:eu-west-3:123456789012:log-group:/app"},
           {"tagKeys", Value::list({"plumbline:stack"})}}
      )
  );
  world.lose_state(true);
  const auto rebuilt = look(world, manifest, ask);
  ASSERT_EQ(rebuilt->rows.size(), 1U);
  EXPECT_EQ(rebuilt->rows.front().address.to_string(), "logGroups.near");
  ASSERT_EQ(rebuilt->not_taken.size(), 1U);
  EXPECT_EQ(rebuilt->not_taken.front().address, "logGroups.here");
}

TEST(Rebuild, LooksAtAnAccountOfTwoNamesOnce) {
  TestWorld world;
  const std::string manifest = R"(
stack: small
region: eu-west-3
accounts: { same: {} }
vpcs: { main: { cidrBlock: 10.0.0.0/16 } }
)";
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.plant(
      {{"plumbline:stack", "small"},
       {"plumbline:address", "vpcs.other"},
       {"plumbline:owner", "AAAAAAAAAAAAAAAAAAAAAA"}}
  );
  world.lose_state(true);
  std::map<std::string, int> reads;
  RunAsk ask;
  ask.faults = [&](const Seen& seen) {
    ++reads[seen.action];
    return Mishap::kNone;
  };
  const RunReport report = world.run(RunMode::kRebuild, manifest, ask);
  ASSERT_NE(report.result.rebuilt, nullptr) << report.failures();
  EXPECT_EQ(report.result.rebuilt->not_taken.size(), 1U);
  EXPECT_EQ(reads["DescribeSubnets"], 1);
  EXPECT_EQ(reads["GetAccountAuthorizationDetails"], 1);
}

TEST(Rebuild, RefusesToBeSureOfAKindThatItMayNotList) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.lose_state(true);
  RunAsk ask;
  ask.faults = [](const Seen& seen) {
    return seen.action == "DescribeDBInstances" ? Mishap::kErrorBefore : Mishap::kNone;
  };
  const RunReport report = world.run(RunMode::kRebuild, manifest, ask);
  ASSERT_NE(report.result.rebuilt, nullptr) << report.failures();
  EXPECT_FALSE(report.result.rebuilt->is_certain());
  ask.rebuild.skipped_sections = {"dbInstances"};
  const RunReport without = world.run(RunMode::kRebuild, manifest, ask);
  EXPECT_TRUE(without.result.rebuilt->is_certain());
}

TEST(Rebuild, FollowsAMoveThatWasNotAppliedYet) {
  TestWorld world;
  const std::string manifest = small_manifest();
  ASSERT_TRUE(world.apply(manifest).is_clean());
  const RebuildAsk ask = with_copy(world);
  world.lose_state(true);
  const std::string moved = replaced(manifest, "subnets:\n  a:", "subnets:\n  first:") +
                            "moved: [{ from: subnets.a, to: subnets.first }]\n";
  rebuild(world, moved, ask);
  const RunReport applied = world.apply(moved);
  EXPECT_TRUE(applied.is_clean()) << applied.failures();
  EXPECT_EQ(applied.action_of("subnets.first"), Action::kUpdate) << applied.plan;
  EXPECT_EQ(world.made().count("subnets.a"), 0U);
  EXPECT_EQ(world.made().at("subnets.first"), 1);
}

/// The disk dies with the process, at every moment at which that could matter.
TEST(Rebuild, FindsWhatALostCallMadeWheneverTheDiskDies) {
  const std::string manifest = small_manifest();
  int moments = 0;
  {
    TestWorld world;
    moments = world.apply(manifest).moments;
  }
  ASSERT_GT(moments, 10);
  for (int moment = 1; moment <= moments; moment += 2) {
    TestWorld world;
    RunAsk dying;
    dying.crash_at = moment;
    world.apply(manifest, dying);
    world.wire().settle();
    world.lose_state(true);
    world.clock().advance(std::chrono::minutes(10));
    rebuild(world, manifest);
    const RunReport applied = world.apply(manifest);
    EXPECT_TRUE(applied.is_clean()) << moment << "\n" << applied.failures();
    for (const auto& [address, count] : world.made()) {
      EXPECT_EQ(count, 1) << address << " at " << moment;
    }
    EXPECT_TRUE(world.destroy(manifest).is_clean()) << moment;
    EXPECT_TRUE(world.made().empty()) << moment;
  }
}

}  // namespace
}  // namespace plumbline
