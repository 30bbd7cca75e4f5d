// Saved plans, selections and refreshes against a whole world: what is sent, and what is not.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

void describe_role(TestWorld& world, const std::string& text) {
  world.call("iam", "UpdateRole", Value::object({{"RoleName", "reader"}, {"Description", text}}));
}

RunAsk exactly(std::shared_ptr<const SavedPlan> plan) {
  RunAsk ask;
  ask.orders = plan->orders;
  ask.expected = std::move(plan);
  ask.is_approved = false;  // Nobody is asked.
  return ask;
}

RunReport plan_with(TestWorld& world, const std::string& text, PlanOrders orders) {
  RunAsk ask;
  ask.orders = std::move(orders);
  return world.run(RunMode::kPlan, text, ask);
}

PlanOrders orders_of(PlanMode mode, const std::vector<std::string>& targets = {}) {
  PlanOrders orders;
  orders.mode = mode;
  for (const std::string& target : targets) {
    orders.targets.push_back(Address::parse(target));
  }
  return orders;
}

TEST(SavedPlan, IsCarriedOutExactlyAndOnce) {
  TestWorld world;
  const std::string text = small_manifest();
  const auto plan = world.saved(world.plan(text));
  const RunReport report = world.apply(text, exactly(plan));
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made().size(), 6U);
  const RunReport again = world.apply(text, exactly(plan));
  EXPECT_FALSE(again.is_clean());
  EXPECT_TRUE(again.actions.empty());
  EXPECT_NE(again.failures().find("vpcs.main is not as it was"), std::string::npos)
      << again.failures();
}

TEST(SavedPlan, IsRefusedWhenWhatItSawHasChanged) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  describe_role(world, "Mine");
  const auto plan = world.saved(world.plan(text));
  describe_role(world, "Yours");
  const RunReport report = world.apply(text, exactly(plan));
  EXPECT_FALSE(report.is_clean());
  EXPECT_TRUE(report.actions.empty());
  EXPECT_NE(report.failures().find("description: then \"Mine\", now \"Yours\""), std::string::npos)
      << report.failures();
  // Back as it was seen, the plan fits again.
  describe_role(world, "Mine");
  const RunReport fits = world.apply(text, exactly(plan));
  EXPECT_TRUE(fits.is_clean()) << fits.failures();
  EXPECT_EQ(fits.actions, std::vector<std::string>{"UpdateRole"});
}

TEST(SavedPlan, IsRefusedWhenSomethingElseDriftedMeanwhile) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string edited =
      replaced(text, "enableDnsHostnames: true", "enableDnsHostnames: false");
  const auto plan = world.saved(world.plan(edited));
  describe_role(world, "Mine");
  const RunReport report = world.apply(edited, exactly(plan));
  EXPECT_TRUE(report.actions.empty());
  EXPECT_NE(
      report.failures().find("description: then as declared, now \"Mine\""), std::string::npos
  ) << report.failures();
}

TEST(SavedPlan, OfADestroyDeletesWhatItSaysAndNoMore) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport planned =
      plan_with(world, text, orders_of(PlanMode::kDestroy, {"securityGroups.front"}));
  EXPECT_TRUE(planned.actions.empty());
  const RunReport report = world.apply(text, exactly(world.saved(planned)));
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made().count("securityGroups.front"), 0U);
  EXPECT_EQ(world.made().count("vpcs.main"), 1U);
  EXPECT_EQ(world.made().count("secrets.login"), 1U);
}

TEST(Target, AppliesAPartAndLeavesTheRest) {
  TestWorld world;
  const std::string text = small_manifest();
  RunAsk ask;
  ask.orders = orders_of(PlanMode::kReconcile, {"roles.reader"});
  const RunReport report = world.apply(text, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.made(), (std::map<std::string, int>{{"roles.reader", 1}, {"secrets.login", 1}}));
  EXPECT_EQ(report.result.plan->left_out.size(), 4U);
  EXPECT_TRUE(world.apply(text).is_clean());
  EXPECT_EQ(world.made().size(), 6U);
}

TEST(Refresh, AcceptsDriftIntoTheStateAndSendsNothing) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  describe_role(world, "Mine");
  const std::string subnet = world.id_of("subnets.a");
  world.call("ec2", "DeleteSubnet", Value::object({{"SubnetId", subnet}}));
  RunAsk ask;
  ask.orders = orders_of(PlanMode::kRefresh);
  const RunReport shown = world.run(RunMode::kPlan, text, ask);
  EXPECT_EQ(shown.action_of("roles.reader"), Action::kRefresh) << shown.plan;
  EXPECT_EQ(shown.action_of("subnets.a"), Action::kForget) << shown.plan;
  EXPECT_EQ(world.state().rows.size(), 6U);
  const RunReport accepted = world.apply(text, ask);
  EXPECT_TRUE(accepted.is_clean()) << accepted.failures();
  EXPECT_TRUE(accepted.actions.empty());
  EXPECT_EQ(world.id_of("subnets.a"), "");
  EXPECT_FALSE(world.apply(text, ask).has_changes());
  // The manifest still wants what it says.
  const RunReport plan = world.plan(text);
  EXPECT_EQ(plan.action_of("roles.reader"), Action::kUpdate);
  EXPECT_EQ(plan.action_of("subnets.a"), Action::kCreate);
}

TEST(Refresh, AcceptsASecretThatSomeoneElseChanged) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "secretsmanager",
      "PutSecretValue",
      Value::object(
          {{"SecretId", world.id_of("secrets.login")},
           {"SecretString", "other"},
           {"ClientRequestToken", "0123456789abcdef0123456789abcdef"}}
      )
  );
  EXPECT_EQ(world.plan(text).action_of("secrets.login"), Action::kUpdate);
  RunAsk ask;
  ask.orders = orders_of(PlanMode::kRefresh);
  EXPECT_TRUE(world.apply(text, ask).is_clean());
  const RunReport after = world.apply(text);
  EXPECT_TRUE(after.actions.empty()) << after.plan;
}

TEST(Refresh, TellsOfRowsThatCameOutside) {
  TestWorld world;
  const std::string text = small_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "ec2",
      "AuthorizeSecurityGroupIngress",
      Value::object(
          {{"GroupId", world.id_of("securityGroups.back")},
           {"IpPermissions",
            Value::list({Value::object(
                {{"IpProtocol", "tcp"},
                 {"FromPort", 22},
                 {"ToPort", 22},
                 {"IpRanges", Value::list({Value::object({{"CidrIp", "0.0.0.0/0"}})})}}
            )})}}
      )
  );
  const RunReport shown = plan_with(world, text, orders_of(PlanMode::kRefresh));
  EXPECT_FALSE(shown.has_changes()) << shown.plan;
  EXPECT_NE(shown.plan.find("rules: 1 came and 0 went outside"), std::string::npos) << shown.plan;
}

}  // namespace
}  // namespace plumbline
