// What a person may ask of a plan besides the manifest: a part of it, limits, and what may be lost.
#include <gtest/gtest.h>

#include "controller/plan/guard.h"
#include "controller/plan/render.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kTwoNets[] = R"(
stack: s
region: eu-west-3
vpcs:
  one: { cidrBlock: 10.0.0.0/16 }
  two: { cidrBlock: 10.1.0.0/16 }
subnets:
  a: { vpc: one, cidrBlock: 10.0.1.0/24 }
  b: { vpc: two, cidrBlock: 10.1.1.0/24 }
)";

std::vector<std::string> addresses_of(const std::vector<Change>& changes) {
  std::vector<std::string> addresses;
  for (const Change& change : changes) {
    addresses.push_back(change.address.to_string());
  }
  return addresses;
}

using Names = std::vector<std::string>;

ResourceRow row_of(const std::string& address, const std::string& kind, const std::string& id) {
  ResourceRow row;
  row.address = Address::parse(address);
  row.kind = kind;
  row.region = "eu-west-3";
  row.physical_id = id;
  row.applied = Value(Object());
  return row;
}

/// A state that knows `count` groups which no block names; all are there.
void add_groups(PlanBench& bench, int count) {
  for (int i = 0; i < count; ++i) {
    const ResourceRow row =
        row_of("securityGroups.g" + std::to_string(i), "SecurityGroup", "sg-" + std::to_string(i));
    bench.state().rows.push_back(row);
    Observation& seen = bench.orphan(row.address, row.physical_id);
    seen.presence = Presence::kPresent;
    seen.id = row.physical_id;
  }
}

/// Errors among the plan's problems, by id, after the guards.
Names guarded(PlanBench& bench, const PlanOrders& orders = {}) {
  Plan plan = bench.plan_with(orders);
  add_guards(plan, bench.manifest(), bench.state());
  Names ids;
  for (const Diagnostic& problem : plan.problems.all()) {
    ids.push_back(problem.id);
  }
  return ids;
}

constexpr char kNothing[] = "stack: s\nregion: eu-west-3\n";

TEST(Target, TakesWhatItNeedsAlongAndSaysWhatItLeavesOut) {
  PlanBench bench(kTwoNets);
  PlanOrders orders;
  orders.targets = {{"subnets", "a"}};
  const Plan plan = bench.plan_with(orders);
  EXPECT_EQ(addresses_of(plan.changes), (Names{"vpcs.one", "subnets.a"}));
  EXPECT_EQ(addresses_of(plan.left_out), (Names{"vpcs.two", "subnets.b"}));
  EXPECT_EQ(order_of(plan).size(), 4U);
  const std::string text = render_plan(plan, Colour::kNever);
  EXPECT_NE(
      text.find("Left out by --target (2):\n  + vpcs.two   not there yet\n"), std::string::npos
  ) << text;
}

TEST(Target, OfADestroyTakesItsUsersAlong) {
  PlanBench bench(kTwoNets);
  bench.state().rows = {
      row_of("vpcs.one", "Vpc", "vpc-1"),
      row_of("vpcs.two", "Vpc", "vpc-2"),
      row_of("subnets.a", "Subnet", "subnet-1"),
      row_of("subnets.b", "Subnet", "subnet-2")};
  bench.state().rows[2].depends_on = {{"vpcs", "one"}};
  bench.state().rows[3].depends_on = {{"vpcs", "two"}};
  for (const ResourceRow& row : bench.state().rows) {
    bench.orphan(row.address, row.physical_id).presence = Presence::kPresent;
  }
  PlanOrders orders;
  orders.mode = PlanMode::kDestroy;
  orders.targets = {{"vpcs", "one"}};
  const Plan plan = bench.plan_with(orders);
  EXPECT_EQ(addresses_of(plan.changes), (Names{"subnets.a", "vpcs.one"}));
  EXPECT_TRUE(is_before(order_of(plan), "delete subnets.a", "delete vpcs.one"));
  // A subnet alone may go: its vpc stays.
  orders.targets = {{"subnets", "b"}};
  EXPECT_EQ(addresses_of(bench.plan_with(orders).changes), (Names{"subnets.b"}));
}

TEST(Target, IsNotStoppedByTheTroublesOfOthers) {
  PlanBench bench(kTwoNets);
  Observation& seen = bench.see("vpcs.two", "vpc-2", Value(Object()));
  seen.presence = Presence::kUnreadable;
  PlanOrders orders;
  EXPECT_TRUE(bench.plan_with(orders).problems.has_errors());
  orders.targets = {{"subnets", "a"}};
  EXPECT_FALSE(bench.plan_with(orders).problems.has_errors());
  orders.targets = {{"subnets", "b"}};
  EXPECT_TRUE(bench.plan_with(orders).problems.has_errors());
}

TEST(MaxDelete, IsFiveOrATenthOfTheStack) {
  EXPECT_EQ(default_max_delete(0), 5U);
  EXPECT_EQ(default_max_delete(59), 5U);
  EXPECT_EQ(default_max_delete(60), 6U);
  EXPECT_EQ(default_max_delete(1000), 100U);
}

TEST(MaxDelete, RefusesOneTooManyAndListsAllOfThem) {
  PlanBench bench(kNothing);
  add_groups(bench, 6);
  PlanOrders orders;
  orders.allows_mass_removal = true;
  EXPECT_EQ(guarded(bench, orders), Names{"PL002"});
  Plan plan = bench.plan_with(orders);
  add_guards(plan, bench.manifest(), bench.state());
  EXPECT_EQ(plan.problems.all().front().evidence.size(), 6U);
  EXPECT_NE(plan.problems.all().front().help.find("--max-delete 6"), std::string::npos);
  orders.max_delete = 6;
  EXPECT_EQ(guarded(bench, orders), Names{});
  orders.max_delete = 5;
  EXPECT_EQ(guarded(bench, orders), Names{"PL002"});
}

TEST(MaxDelete, DoesNotLimitDestroyUnlessItIsGiven) {
  PlanBench bench(kNothing);
  add_groups(bench, 9);
  PlanOrders orders;
  orders.mode = PlanMode::kDestroy;
  EXPECT_EQ(guarded(bench, orders), Names{});
  orders.max_delete = 8;
  EXPECT_EQ(guarded(bench, orders), Names{"PL002"});
}

TEST(LostManifest, IsRefusedUnlessItIsSaidToBeMeant) {
  PlanBench bench(kNothing);
  add_groups(bench, 3);
  EXPECT_EQ(guarded(bench), Names{"PL003"});
  PlanOrders orders;
  orders.allows_mass_removal = true;
  EXPECT_EQ(guarded(bench, orders), Names{});
}

TEST(LostManifest, IsNoHalfOfAStack) {
  PlanBench bench(kTwoNets);
  add_groups(bench, 4);
  for (const char* address : {"vpcs.one", "vpcs.two", "subnets.a", "subnets.b"}) {
    bench.state().rows.push_back(row_of(address, "Vpc", address));
  }
  EXPECT_EQ(guarded(bench), Names{});  // Four of eight.
  add_groups(bench, 1);
  bench.state().rows.back() = row_of("securityGroups.more", "SecurityGroup", "sg-9");
  EXPECT_EQ(guarded(bench), Names{"PL003"});
}

TEST(OwnerTag, ThatIsMissingStopsADeletionBeforeTheFirstCall) {
  PlanBench bench(kNothing);
  add_groups(bench, 1);
  Observation& seen = bench.orphan({"securityGroups", "g0"}, "sg-0");
  seen.has_tags = true;
  PlanOrders orders;
  orders.mode = PlanMode::kDestroy;
  EXPECT_EQ(change_of(bench.plan_with(orders), "securityGroups.g0").action, Action::kHold);
  const OwnerTags ours = owner_tags(
      bench.state().install_key,
      bench.state().account_id,
      "eu-west-3",
      "s",
      {"securityGroups", "g0"}
  );
  seen.tags = {{std::string(kOwnerTag), ours.owner}};
  EXPECT_EQ(change_of(bench.plan_with(orders), "securityGroups.g0").action, Action::kDelete);
}

constexpr char kSecret[] = R"(
stack: s
region: eu-west-3
secrets: { login: { name: new, secretString: { v: hush } } }
)";

void hold_old_secret(PlanBench& bench) {
  bench.see("secrets.login", "arn:old", Value::object({{"name", "old"}, {"description", ""}}));
  bench.remember("secrets.login", "arn:old");
}

TEST(AllowReplace, IsNeededForHoldersOfDataAndNamesThem) {
  PlanBench bench(kSecret);
  hold_old_secret(bench);
  const Plan held = bench.plan_with({});
  EXPECT_EQ(change_of(held, "secrets.login").action, Action::kHold);
  const std::string text = render_human(held.problems, Colour::kNever);
  EXPECT_NE(text.find("cut-over"), std::string::npos) << text;
  EXPECT_NE(text.find("--allow-replace secrets.login"), std::string::npos) << text;
  PlanOrders orders;
  orders.may_replace = {{"secrets", "login"}};
  EXPECT_EQ(change_of(bench.plan_with(orders), "secrets.login").action, Action::kReplace);
}

TEST(AllowReplace, DoesNotUndoProtection) {
  PlanBench bench(kSecret);
  hold_old_secret(bench);
  // Protected as last applied; the edit that drops the word does not count before it was applied.
  bench.state().rows.front().is_protected = true;
  PlanOrders orders;
  orders.may_replace = {{"secrets", "login"}};
  EXPECT_EQ(change_of(bench.plan_with(orders), "secrets.login").action, Action::kHold);
}

TEST(Refresh, FindsWhatMovedAndWhatIsGoneAndAsksNothingOfTheManifest) {
  PlanBench bench(kTwoNets);
  bench.see("vpcs.one", "vpc-1", Value::object({{"cidrBlock", "10.0.0.0/16"}, {"x", 1}}));
  bench.remember("vpcs.one", "vpc-1").observed =
      Value::object({{"cidrBlock", "10.0.0.0/16"}, {"enableDnsHostnames", false}});
  bench.see("subnets.a", "subnet-1", Value::object({{"mapPublicIpOnLaunch", true}}));
  bench.remember("subnets.a", "subnet-1").observed =
      Value::object({{"mapPublicIpOnLaunch", false}});
  bench.remember("vpcs.two", "vpc-2");
  PlanOrders orders;
  orders.mode = PlanMode::kRefresh;
  const Plan plan = bench.plan_with(orders);
  EXPECT_EQ(change_of(plan, "vpcs.two").action, Action::kForget);
  const Change& moved = change_of(plan, "subnets.a");
  EXPECT_EQ(moved.action, Action::kRefresh);
  ASSERT_EQ(moved.difference.fields.size(), 1U);
  EXPECT_EQ(moved.difference.fields.front().path, "mapPublicIpOnLaunch");
  EXPECT_EQ(moved.difference.fields.front().after, Value(true));
  EXPECT_EQ(addresses_of(plan.changes), (Names{"subnets.a", "vpcs.one", "vpcs.two"}));
  for (const Step& step : plan.steps) {
    EXPECT_TRUE(step.kind == StepKind::kRefresh || step.kind == StepKind::kForget);
  }
}

}  // namespace
}  // namespace plumbline
