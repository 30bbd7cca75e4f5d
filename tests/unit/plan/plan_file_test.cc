// A plan at rest: what it holds, what it must not hold, and what makes it stale.
#include "controller/plan/plan_file.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kManifest[] = R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16, enableDnsHostnames: true }
  next: { cidrBlock: 10.1.0.0/16 }
secrets:
  login: { description: Opens it, secretString: { password: hush-hush } }
)";

Value vpc(bool has_names) {
  return Value::object(
      {{"cidrBlock", "10.0.0.0/16"},
       {"instanceTenancy", "default"},
       {"enableDnsSupport", true},
       {"enableDnsHostnames", has_names}}
  );
}

/// main differs in one property, next is not there, login has another description.
void settle(PlanBench& bench) {
  bench.see("vpcs.main", "vpc-1", vpc(false));
  bench.remember("vpcs.main", "vpc-1");
  bench.see("secrets.login", "arn:1", Value::object({{"name", "login"}, {"description", "Old"}}));
  bench.remember("secrets.login", "arn:1");
}

PlanOrigin origin_of(PlanBench& bench) {
  PlanOrigin origin;
  origin.paths = {"/x/manifest.yaml"};
  origin.inputs = {"zone=a"};
  origin.state_path = "/x/.plumbline/state.db";
  origin.serial = bench.state().serial;
  origin.epoch = bench.state().epoch;
  origin.install_key = bench.state().install_key;
  return origin;
}

std::string text_of(PlanBench& bench, PlanOrders orders = {}) {
  const auto text =
      write_plan(bench.plan_with(std::move(orders)), bench.manifest(), origin_of(bench));
  EXPECT_TRUE(text);
  return *text;
}

SavedPlan saved(PlanBench& bench) {
  auto plan = read_plan("plan.json", text_of(bench));
  EXPECT_TRUE(plan);
  return *plan;
}

std::string differences(PlanBench& bench, const SavedPlan& then) {
  return render_human(compare_plans(then, bench.plan_with({}), bench.state()), Colour::kNever);
}

TEST(PlanFile, IsReadBackAsItWasWritten) {
  PlanBench bench(kManifest);
  settle(bench);
  bench.state().serial = 7;
  PlanOrders orders;
  orders.targets = {{"vpcs", "main"}};
  orders.may_replace = {{"secrets", "login"}};
  orders.max_delete = 3;
  orders.allows_mass_removal = true;
  const std::string text = text_of(bench, orders);
  EXPECT_TRUE(is_plan_file(text));
  const auto plan = read_plan("plan.json", text);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->orders.targets, orders.targets);
  EXPECT_EQ(plan->orders.may_replace, orders.may_replace);
  EXPECT_EQ(plan->orders.max_delete, orders.max_delete);
  EXPECT_TRUE(plan->orders.allows_mass_removal);
  EXPECT_EQ(plan->origin.serial, 7U);
  EXPECT_EQ(plan->origin.paths, std::vector<std::string>{"/x/manifest.yaml"});
  EXPECT_EQ(plan->origin.inputs, std::vector<std::string>{"zone=a"});
}

TEST(PlanFile, HoldsNoSecretAndNoKey) {
  PlanBench bench(kManifest);
  const std::string text = text_of(bench);
  EXPECT_EQ(text.find("hush"), std::string::npos) << text;
  EXPECT_EQ(text.find(std::string(8, 'k')), std::string::npos);
  EXPECT_NE(text.find("$digest"), std::string::npos);
}

TEST(PlanFile, FitsTheWorldItWasMadeIn) {
  PlanBench bench(kManifest);
  settle(bench);
  EXPECT_EQ(differences(bench, saved(bench)), "");
  EXPECT_TRUE(check_saved_plan(saved(bench), bench.manifest(), bench.state()).empty());
}

TEST(PlanFile, SaysWhichPropertyIsNotWhatItWas) {
  PlanBench bench(kManifest);
  settle(bench);
  const SavedPlan then = saved(bench);
  bench.see("secrets.login", "arn:1", Value::object({{"name", "login"}, {"description", "Else"}}));
  const std::string text = differences(bench, then);
  EXPECT_NE(text.find("secrets.login is not as it was"), std::string::npos) << text;
  EXPECT_NE(text.find("description: then \"Old\", now \"Else\""), std::string::npos) << text;
  EXPECT_EQ(text.find("vpcs.main"), std::string::npos) << text;
}

TEST(PlanFile, SaysThatADifferenceIsNewOrWentAway) {
  PlanBench bench(kManifest);
  settle(bench);
  const SavedPlan then = saved(bench);
  bench.see("vpcs.main", "vpc-1", vpc(true));
  const std::string text = differences(bench, then);
  EXPECT_NE(text.find("enableDnsHostnames: then false, now as declared"), std::string::npos)
      << text;
  bench.see("vpcs.main", "vpc-1", vpc(false));
  bench.see("vpcs.next", "vpc-9", vpc(false));
  const std::string appeared = differences(bench, then);
  EXPECT_NE(appeared.find("then it was not there, now it is vpc-9"), std::string::npos) << appeared;
}

TEST(PlanFile, SaysThatADoomedObjectIsNotWhatWasGivenUp) {
  PlanBench bench("stack: s\nregion: eu-west-3\n");
  ResourceRow row;
  row.address = {"vpcs", "old"};
  row.kind = "Vpc";
  row.region = "eu-west-3";
  row.physical_id = "vpc-1";
  row.applied = Value(Object());
  bench.state().rows.push_back(row);
  Observation& seen = bench.orphan(row.address, "vpc-1");
  seen.presence = Presence::kPresent;
  seen.id = "vpc-1";
  seen.properties = vpc(false);
  const SavedPlan then = saved(bench);
  EXPECT_EQ(differences(bench, then), "");
  seen.properties = vpc(true);
  const std::string text = differences(bench, then);
  EXPECT_NE(text.find("enableDnsHostnames: then false, now true"), std::string::npos) << text;
}

TEST(PlanFile, IsRefusedWhenItWasEdited) {
  PlanBench bench(kManifest);
  std::string text = text_of(bench);
  const auto at = text.find("10.1.0.0/16");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 11, "10.2.0.0/16");
  const auto plan = read_plan("plan.json", text);
  ASSERT_TRUE(plan);
  EXPECT_FALSE(check_saved_plan(*plan, bench.manifest(), bench.state()).empty());
}

TEST(PlanFile, IsRefusedWithAnotherStateOrAnOlderOne) {
  PlanBench bench(kManifest);
  bench.state().serial = 7;
  const SavedPlan then = saved(bench);
  bench.state().serial = 6;
  EXPECT_FALSE(check_saved_plan(then, bench.manifest(), bench.state()).empty());
  bench.state().serial = 7;
  EXPECT_TRUE(check_saved_plan(then, bench.manifest(), bench.state()).empty());
  bench.state().install_key = std::string(32, 'x');
  EXPECT_FALSE(check_saved_plan(then, bench.manifest(), bench.state()).empty());
}

TEST(PlanFile, IsRefusedWithAnotherManifestAndNamesTheFile) {
  PlanBench bench(kManifest);
  const SavedPlan then = saved(bench);
  const PlanBench other(std::string(kManifest) + "# A remark.\n");
  const Diagnostics problems = check_saved_plan(then, other.manifest(), bench.state());
  ASSERT_EQ(problems.all().size(), 1U);
  EXPECT_NE(problems.all().front().detail.find("test.yaml is not the text"), std::string::npos)
      << problems.all().front().detail;
}

TEST(PlanFile, IsRefusedInAnotherAccount) {
  PlanBench bench(kManifest);
  const SavedPlan then = saved(bench);
  Plan fresh = bench.plan_with({});
  fresh.account_id = "210987654321";
  const std::string text = render_human(compare_plans(then, fresh, bench.state()), Colour::kNever);
  EXPECT_NE(text.find("210987654321"), std::string::npos) << text;
}

TEST(PlanFile, OfAnotherVersionOrNoneIsRefusedWithANextStep) {
  PlanBench bench(kManifest);
  std::string newer = text_of(bench);
  const std::string version = "\"formatVersion\": 1";
  ASSERT_NE(newer.find(version), std::string::npos) << newer.substr(0, 200);
  newer.replace(newer.find(version), version.size(), "\"formatVersion\": 2");
  const std::string whole = text_of(bench);
  for (const std::string& text :
       {newer, whole.substr(0, whole.size() / 2), std::string("{}"), std::string("[1]")}) {
    const auto plan = read_plan("plan.json", text);
    ASSERT_FALSE(plan);
    EXPECT_NE(plan.error().message.find("Make a new plan"), std::string::npos);
  }
  EXPECT_FALSE(is_plan_file("stack: s\n"));
  EXPECT_FALSE(is_plan_file("{ \"stack\": \"s\" }"));
}

}  // namespace
}  // namespace plumbline
