// Least privilege, proven: with the policy that `iam-policy` prints, every stage of the example's
// life passes; without any one action of it, the run is refused at the calls that take this action,
// says so, and goes on where it stopped once the action is allowed.
#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/engine/restricted.h"

namespace plumbline {
namespace {

using Actions = std::set<std::string>;

/// All that a person is told of refusals, by place.
std::string told_by(const RestrictedWorld& restricted, const RunReport& report) {
  std::string text = report.failures();
  for (const StepFailure& failure : report.result.failures) {
    text += failure.help + "\n";
    const Resource* resource = restricted.manifest().find(failure.address);
    EXPECT_NE(resource, nullptr) << failure.address.to_string();
    if (resource != nullptr) {
      EXPECT_GT(restricted.manifest().range_of(*resource, "").begin.line, 1U);
    }
  }
  return text;
}

/// The run was refused for want of `action` and nothing else, where `expected` says, and tells what
/// is missing.
void expect_refused(
    const RestrictedWorld& restricted,
    const RunReport& report,
    std::size_t mark,
    const std::string& action,
    const std::set<std::string>& expected
) {
  // A controller goes on with the rest when something cannot be read.
  const bool has_problems =
      report.result.plan != nullptr && report.result.plan->problems.has_errors();
  EXPECT_TRUE(has_problems || !report.is_clean()) << action << " is not needed";
  const Asked refused = restricted.asked_since(mark, true);
  ASSERT_EQ(refused.size(), 1U) << action << "\n" << report.failures();
  EXPECT_EQ(refused.begin()->first, action);
  for (const std::string& operation : refused.begin()->second) {
    EXPECT_TRUE(expected.contains(operation)) << action << " was not expected of " << operation;
  }
  const std::string told = told_by(restricted, report);
  EXPECT_NE(told.find("is not authorized to perform: " + action), std::string::npos) << told;
  EXPECT_NE(told.find("(request id "), std::string::npos) << told;
  EXPECT_NE(told.find("\"Action\":\"" + action + "\""), std::string::npos) << action << "\n"
                                                                           << told;
}

using Stage = RunReport (RestrictedWorld::*)();

/// What the stage takes of IAM when all of it is allowed.
Asked baseline(RestrictedWorld& restricted, Purpose purpose, Stage stage) {
  restricted.allow(purpose);
  const std::size_t mark = restricted.mark();
  const RunReport report = (restricted.*stage)();
  EXPECT_TRUE(report.is_clean()) << name_of(purpose) << "\n" << report.failures() << report.story();
  EXPECT_TRUE(restricted.asked_since(mark, true).empty());
  return restricted.asked_since(mark, false);
}

/// Lists find what no row of the state knows (lost replies); what rows know a destruction reads one
/// by one when the list is refused.
bool does_without(Purpose purpose, const std::string& action) {
  return purpose == Purpose::kDestroy &&
         (action == "iam:GetAccountAuthorizationDetails" || action == "secretsmanager:ListSecrets");
}

/// One run for each action that `taken` holds, without this action; then one with it. Returns the
/// actions of the policy that the stage did not take.
Actions drop_each(
    RestrictedWorld& restricted,
    Purpose purpose,
    Stage stage,
    const Asked& taken,
    const std::function<void()>& prepare
) {
  const auto all = restricted.actions_of(purpose);
  for (const auto& [action, operations] : taken) {
    EXPECT_TRUE(std::find(all.begin(), all.end(), action) != all.end()) << action;
  }
  Actions idle;
  for (const std::string& action : all) {
    const auto expected = taken.find(action);
    if (expected == taken.end()) {
      idle.insert(action);
      continue;
    }
    prepare();
    restricted.allow(purpose, action);
    const std::size_t mark = restricted.mark();
    const RunReport report = (restricted.*stage)();
    if (does_without(purpose, action)) {
      EXPECT_TRUE(report.is_clean()) << action << "\n" << report.failures();
      EXPECT_EQ(restricted.asked_since(mark, true).size(), 1U) << action;
      continue;
    }
    expect_refused(restricted, report, mark, action, expected->second);
    restricted.allow(purpose);
    const RunReport healed = (restricted.*stage)();
    EXPECT_TRUE(healed.is_clean()) << action << "\n" << healed.failures();
  }
  return idle;
}

/// What is left of `idle` when what other stages took is taken away.
Actions without(Actions idle, const Asked& taken) {
  for (const auto& [action, operations] : taken) {
    idle.erase(action);
  }
  return idle;
}

TEST(Permissions, EveryActionOfAPlanIsNeeded) {
  RestrictedWorld restricted;
  ASSERT_TRUE(restricted.apply().is_clean());
  const Asked taken = baseline(restricted, Purpose::kPlan, &RestrictedWorld::plan);
  const Actions idle = drop_each(restricted, Purpose::kPlan, &RestrictedWorld::plan, taken, [] {});
  // Lists tell them; they are asked for when a list lags and lacks a row that the state knows.
  const Actions lagging = {
      "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies",
      "iam:ListRolePolicies",
      "secretsmanager:DescribeSecret"};
  EXPECT_EQ(idle, lagging);
}

TEST(Permissions, EveryActionOfAnApplyIsNeeded) {
  RestrictedWorld restricted;
  const Asked taken = baseline(restricted, Purpose::kApply, &RestrictedWorld::apply);
  const RunReport second = restricted.apply();
  EXPECT_TRUE(second.is_clean());
  EXPECT_TRUE(second.actions.empty()) << second.story();
  Actions idle = drop_each(restricted, Purpose::kApply, &RestrictedWorld::apply, taken, [&] {
    restricted.allow(Purpose::kDestroy);
    ASSERT_TRUE(restricted.destroy().is_clean());
  });
  // Corrections and deletions, whose actions are tried one by one below.
  restricted.drift();
  idle = without(idle, baseline(restricted, Purpose::kApply, &RestrictedWorld::apply));
  idle = without(idle, baseline(restricted, Purpose::kDestroy, &RestrictedWorld::destroy));
  const Actions other_stories = {
      "ec2:DeleteTags",  // A tag that the manifest does not name any more.
      "iam:UntagRole",
      "lambda:UntagResource",
      "rds:RemoveTagsFromResource",
      "secretsmanager:UntagResource",
      "ec2:ModifyVpcTenancy",                 // A network that was made with another tenancy.
      "iam:RemoveRoleFromInstanceProfile",    // A role in a profile.
      "secretsmanager:DeleteResourcePolicy",  // A policy that it does not name any more.
      "secretsmanager:RestoreSecret"};        // A secret in its recovery window.
  EXPECT_EQ(idle, other_stories);
}

TEST(Permissions, EveryActionOfACorrectionIsNeeded) {
  RestrictedWorld restricted;
  const Asked made = baseline(restricted, Purpose::kController, &RestrictedWorld::correct);
  restricted.drift();
  const Asked taken = baseline(restricted, Purpose::kController, &RestrictedWorld::correct);
  const Actions idle =
      drop_each(restricted, Purpose::kController, &RestrictedWorld::correct, taken, [&] {
        restricted.drift();
      });
  const Actions other_stories = {
      "ec2:ModifyVpcTenancy",           // A network that was made with another tenancy.
      "rds:DeregisterDBProxyTargets",   // A second database behind the proxy.
      "secretsmanager:RestoreSecret"};  // A secret in its recovery window.
  EXPECT_EQ(without(idle, made), other_stories);
}

TEST(Permissions, EveryActionOfADestructionIsNeeded) {
  RestrictedWorld restricted;
  ASSERT_TRUE(restricted.apply().is_clean());
  const Asked taken = baseline(restricted, Purpose::kDestroy, &RestrictedWorld::destroy);
  EXPECT_TRUE(restricted.world().made().empty());
  const Actions idle =
      drop_each(restricted, Purpose::kDestroy, &RestrictedWorld::destroy, taken, [&] {
        restricted.allow(Purpose::kApply);
        ASSERT_TRUE(restricted.apply().is_clean());
      });
  const Actions other_stories = {
      "iam:DetachRolePolicy",                // A policy that was attached by hand.
      "iam:RemoveRoleFromInstanceProfile"};  // A role in a profile.
  EXPECT_EQ(idle, other_stories);
}

struct Life {
  std::string path;
  Actions idle;  ///< Of the apply's policy: what neither creation nor destruction take.
};

void PrintTo(const Life& life, std::ostream* out) {
  *out << life.path;
}

class PermissionsOf : public testing::TestWithParam<Life> {};

TEST_P(PermissionsOf, CreationAndDestructionTakeEachActionAndNoOther) {
  RestrictedWorld restricted(GetParam().path);
  const Asked made = baseline(restricted, Purpose::kApply, &RestrictedWorld::apply);
  const RunReport second = restricted.apply();
  EXPECT_TRUE(second.is_clean()) << second.failures();
  EXPECT_TRUE(second.actions.empty()) << second.story();
  baseline(restricted, Purpose::kPlan, &RestrictedWorld::plan);
  const Asked gone = baseline(restricted, Purpose::kDestroy, &RestrictedWorld::destroy);
  EXPECT_TRUE(restricted.world().made().empty());
  Actions idle = drop_each(restricted, Purpose::kApply, &RestrictedWorld::apply, made, [&] {
    restricted.allow(Purpose::kDestroy);
    ASSERT_TRUE(restricted.destroy().is_clean());
  });
  EXPECT_EQ(without(idle, gone), GetParam().idle);
}

INSTANTIATE_TEST_SUITE_P(
    Manifests,
    PermissionsOf,
    testing::Values(
        Life{"examples/lambda-rds-proxy-iam/manifest.yaml", {}},
        Life{"tests/e2e/manifests/bastion.yaml", {}},
        Life{"tests/e2e/manifests/network.yaml", {}},
        Life{"tests/e2e/manifests/data.yaml", {}}
    )
);

}  // namespace
}  // namespace plumbline
