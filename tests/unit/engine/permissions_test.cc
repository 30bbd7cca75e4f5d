// Least privilege, proven: with the policy that `iam-policy` prints, every stage of the example's
// life passes; without any one action of it, the run is refused at the calls that take this action,
// says so, and goes on where it stopped once the action is allowed.
#include <algorithm>
#include <cstdlib>
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

/// The run that the permissions are for.
RunReport run_stage(RestrictedWorld& restricted, Purpose purpose) {
  switch (purpose) {
    case Purpose::kPlan:
      return restricted.plan();
    case Purpose::kController:
      return restricted.correct();
    case Purpose::kApply:
      return restricted.apply();
    case Purpose::kDestroy:
      break;
  }
  return restricted.destroy();
}

/// What the stage takes of IAM when all of it is allowed.
Asked baseline(RestrictedWorld& restricted, Purpose purpose) {
  restricted.allow(purpose);
  const std::size_t mark = restricted.mark();
  const RunReport report = run_stage(restricted, purpose);
  EXPECT_TRUE(report.is_clean()) << name_of(purpose) << "\n" << report.failures() << report.story();
  EXPECT_TRUE(restricted.asked_since(mark, true).empty());
  return restricted.asked_since(mark, false);
}

/// Lists find what no row of the state knows (lost replies); what rows know a destruction reads one
/// by one when the list is refused.
bool does_without(Purpose purpose, const std::string& action) {
  static const Actions kLists = {
      "iam:GetAccountAuthorizationDetails",
      "iam:ListInstanceProfiles",
      "secretsmanager:ListSecrets"};
  return purpose == Purpose::kDestroy && kLists.contains(action);
}

/// Of how many actions one is dropped. Three runs for each of a hundred actions take a while, so
/// one stage of one example is tried in full, and a sample elsewhere: all with PLUMBLINE_ALL=1.
enum class Share : std::size_t { kAll = 1, kSample = 6 };

bool is_tried(std::size_t number, Share share) {
  const char* all = std::getenv("PLUMBLINE_ALL");
  return (all != nullptr && std::string_view(all) == "1") ||
         number % static_cast<std::size_t>(share) == 0;
}

/// One run for each action that `taken` holds, without this action; then one with it. Returns the
/// actions of the policy that the stage did not take.
Actions drop_each(
    RestrictedWorld& restricted,
    Purpose purpose,
    const Asked& taken,
    Share share,
    const std::function<void()>& prepare
) {
  const auto all = restricted.actions_of(purpose);
  for (const auto& [action, operations] : taken) {
    EXPECT_TRUE(std::find(all.begin(), all.end(), action) != all.end()) << action;
  }
  Actions idle;
  std::size_t number = 0;
  for (const std::string& action : all) {
    const auto expected = taken.find(action);
    if (expected == taken.end()) {
      idle.insert(action);
      continue;
    }
    if (!is_tried(number++, share)) {
      continue;
    }
    prepare();
    restricted.allow(purpose, action);
    const std::size_t mark = restricted.mark();
    const RunReport report = run_stage(restricted, purpose);
    if (does_without(purpose, action)) {
      EXPECT_TRUE(report.is_clean()) << action << "\n" << report.failures();
      EXPECT_EQ(restricted.asked_since(mark, true).size(), 1U) << action;
      continue;
    }
    expect_refused(restricted, report, mark, action, expected->second);
    const std::string whole = "iam-policy --for " + std::string(name_of(purpose)) + "`";
    const std::string told = told_by(restricted, report);
    EXPECT_NE(told.find(whole), std::string::npos) << action << "\n" << told;
    restricted.allow(purpose);
    const RunReport healed = run_stage(restricted, purpose);
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
  const Asked taken = baseline(restricted, Purpose::kPlan);
  const Actions idle = drop_each(restricted, Purpose::kPlan, taken, Share::kAll, [] {});
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
  const Asked taken = baseline(restricted, Purpose::kApply);
  const RunReport second = restricted.apply();
  EXPECT_TRUE(second.is_clean());
  EXPECT_TRUE(second.actions.empty()) << second.story();
  Actions idle = drop_each(restricted, Purpose::kApply, taken, Share::kAll, [&] {
    restricted.allow(Purpose::kDestroy);
    ASSERT_TRUE(restricted.destroy().is_clean());
  });
  // Corrections and deletions, whose actions are tried one by one below.
  restricted.drift();
  idle = without(idle, baseline(restricted, Purpose::kApply));
  idle = without(idle, baseline(restricted, Purpose::kDestroy));
  const Actions other_stories = {
      "ec2:DeleteTags",  // A tag that the manifest does not name any more.
      "iam:UntagInstanceProfile",
      "iam:UntagRole",
      "lambda:UntagResource",
      "rds:RemoveTagsFromResource",
      "secretsmanager:UntagResource",
      // The instance has another profile.
      "ec2:DescribeIamInstanceProfileAssociations",
      "ec2:ReplaceIamInstanceProfileAssociation",
      "ec2:ReplaceRouteTableAssociation",     // The subnet uses another table.
      "ec2:ReplaceRoute",                     // A route leads elsewhere.
      "ec2:ModifyVolume",                     // The disk is another.
      "ec2:StopInstances",                    // What only an instance at rest takes.
      "ec2:ModifyVpcTenancy",                 // A network that was made with another tenancy.
      "secretsmanager:DeleteResourcePolicy",  // A policy that it does not name any more.
      "secretsmanager:RestoreSecret"};        // A secret in its recovery window.
  EXPECT_EQ(idle, other_stories);
}

TEST(Permissions, EveryActionOfACorrectionIsNeeded) {
  RestrictedWorld restricted;
  const Asked made = baseline(restricted, Purpose::kController);
  restricted.drift();
  const Asked taken = baseline(restricted, Purpose::kController);
  const Actions idle = drop_each(restricted, Purpose::kController, taken, Share::kSample, [&] {
    restricted.drift();
  });
  const Actions other_stories = {
      // The instance has another profile.
      "ec2:DescribeIamInstanceProfileAssociations",
      "ec2:ReplaceIamInstanceProfileAssociation",
      "ec2:DetachInternetGateway",          // The gateway is at another network.
      "ec2:DisassociateRouteTable",         // Another subnet uses the table.
      "ec2:ReplaceRouteTableAssociation",   // The subnet uses another table.
      "ec2:ReplaceRoute",                   // A route leads elsewhere.
      "ec2:ModifyVolume",                   // The disk is another.
      "ec2:StopInstances",                  // What only an instance at rest takes.
      "ec2:ModifyVpcTenancy",               // A network that was made with another tenancy.
      "iam:RemoveRoleFromInstanceProfile",  // A role in a profile.
      "rds:DeregisterDBProxyTargets",       // A second database behind the proxy.
      "secretsmanager:RestoreSecret"};      // A secret in its recovery window.
  EXPECT_EQ(without(idle, made), other_stories);
}

TEST(Permissions, EveryActionOfADestructionIsNeeded) {
  RestrictedWorld restricted;
  ASSERT_TRUE(restricted.apply().is_clean());
  const Asked taken = baseline(restricted, Purpose::kDestroy);
  EXPECT_TRUE(restricted.world().made().empty());
  const Actions idle = drop_each(restricted, Purpose::kDestroy, taken, Share::kSample, [&] {
    restricted.allow(Purpose::kApply);
    ASSERT_TRUE(restricted.apply().is_clean());
  });
  const Actions other_stories = {"iam:DetachRolePolicy"};  // A policy that was attached by hand.
  EXPECT_EQ(idle, other_stories);
}

struct Life {
  std::string path;
  Actions
      idle;  ///< Of the apply's policy: what neither creation nor destruction takes: corrections.
};

void PrintTo(const Life& life, std::ostream* out) {
  *out << life.path;
}

class PermissionsOf : public testing::TestWithParam<Life> {};

TEST_P(PermissionsOf, CreationAndDestructionTakeEachActionAndNoOther) {
  RestrictedWorld restricted(GetParam().path);
  const Asked made = baseline(restricted, Purpose::kApply);
  const RunReport second = restricted.apply();
  EXPECT_TRUE(second.is_clean()) << second.failures();
  EXPECT_TRUE(second.actions.empty()) << second.story();
  baseline(restricted, Purpose::kPlan);
  const Asked gone = baseline(restricted, Purpose::kDestroy);
  EXPECT_TRUE(restricted.world().made().empty());
  Actions idle = drop_each(restricted, Purpose::kApply, made, Share::kSample, [&] {
    restricted.allow(Purpose::kDestroy);
    ASSERT_TRUE(restricted.destroy().is_clean());
    // A key that waits for its end would be taken back instead of made.
    restricted.world().clock().advance(std::chrono::days(31));
  });
  EXPECT_EQ(without(idle, gone), GetParam().idle);
}

INSTANTIATE_TEST_SUITE_P(
    Manifests,
    PermissionsOf,
    testing::Values(
        Life{
            "examples/lambda-rds-proxy-iam/manifest.yaml",
            {"ec2:DeleteTags",
             "ec2:DisassociateVpcCidrBlock",
             "ec2:ModifyVpcTenancy",
             "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
             "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
             "iam:CreatePolicyVersion",
             "iam:DeletePolicyVersion",
             "iam:DeleteRolePermissionsBoundary",
             "iam:DetachGroupPolicy",
             "iam:DetachUserPolicy",
             "iam:RemoveRoleFromInstanceProfile",
             "iam:UntagPolicy",
             "iam:UntagRole",
             "iam:UpdateAssumeRolePolicy",
             "iam:UpdateRole",
             "lambda:UntagResource",
             "lambda:UpdateFunctionCode",
             "lambda:UpdateFunctionConfiguration",
             "rds:ModifyDBInstance",
             "rds:ModifyDBProxy",
             "rds:ModifyDBSubnetGroup",
             "rds:RemoveTagsFromResource",
             "secretsmanager:DeleteResourcePolicy",
             "secretsmanager:PutSecretValue",
             "secretsmanager:RestoreSecret",
             "secretsmanager:UntagResource",
             "secretsmanager:UpdateSecret"}},
        Life{
            "tests/e2e/manifests/bastion.yaml",
            {"ec2:AuthorizeSecurityGroupEgress",
             "ec2:DeleteTags",
             "ec2:DescribeIamInstanceProfileAssociations",
             "ec2:DisassociateVpcCidrBlock",
             "ec2:ModifyInstanceAttribute",
             "ec2:ModifyInstanceMetadataOptions",
             "ec2:ModifyVpcTenancy",
             "ec2:ReplaceIamInstanceProfileAssociation",
             "ec2:RevokeSecurityGroupIngress",
             "ec2:StartInstances",
             "ec2:StopInstances",
             "ec2:UnmonitorInstances",
             "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
             "iam:CreatePolicyVersion",
             "iam:DeletePolicyVersion",
             "iam:DeleteRolePermissionsBoundary",
             "iam:DeleteRolePolicy",
             "iam:DetachGroupPolicy",
             "iam:DetachUserPolicy",
             "iam:GetRolePolicy",
             "iam:UntagInstanceProfile",
             "iam:UntagPolicy",
             "iam:UntagRole",
             "iam:UpdateAssumeRolePolicy"}},
        Life{
            "tests/e2e/manifests/network.yaml",
            {"ec2:DeleteNetworkAclEntry",
             "ec2:DeleteRoute",
             "ec2:DeleteTags",
             "ec2:DisassociateNatGatewayAddress",
             "ec2:DisassociateVpcCidrBlock",
             "ec2:ModifyVpcTenancy",
             "ec2:ReplaceNetworkAclEntry",
             "ec2:ReplaceRoute",
             "ec2:ReplaceRouteTableAssociation",
             "ec2:UnassignPrivateNatGatewayAddress"}},
        Life{
            "tests/e2e/manifests/data.yaml",
            {"ec2:AuthorizeSecurityGroupEgress",
             "ec2:DeleteTags",
             "ec2:DisassociateVpcCidrBlock",
             "ec2:ModifyVpcTenancy",
             "ec2:RevokeSecurityGroupIngress",
             "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
             "kms:CancelKeyDeletion",
             "kms:EnableKey",
             "kms:PutKeyPolicy",
             "kms:UntagResource",
             "kms:UpdateKeyDescription",
             "logs:AssociateKmsKey",
             "logs:DeleteRetentionPolicy",
             "logs:DisassociateKmsKey",
             "logs:UntagResource",
             "rds:ModifyDBInstance",
             "rds:ModifyDBSubnetGroup",
             "rds:RemoveTagsFromResource",
             "rds:ResetDBParameterGroup",
             "secretsmanager:DeleteResourcePolicy",
             "secretsmanager:PutSecretValue",
             "secretsmanager:RestoreSecret",
             "secretsmanager:UntagResource",
             "secretsmanager:UpdateSecret"}}
    )
);

}  // namespace
}  // namespace plumbline
