// What manifests take of IAM, statement by statement.
#include "controller/plan/permissions.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline {
namespace {

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

class PermissionsTest : public testing::Test {
 protected:
  std::vector<PolicyStatement> statements(const std::string& text, Purpose purpose) {
    return needed_permissions(input(text), purpose)[""];
  }
  PermissionInput input(const std::string& text) {
    Diagnostics diagnostics;
    manifest_ = parse_manifest(
        catalog(), "test.yaml", "stack: s\nregion: eu-west-3\n" + text, {}, diagnostics
    );
    EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
    return {*manifest_, catalog(), "123456789012", "eu-west-3"};
  }
  std::string explain(const std::string& text, const Error& error) {
    std::optional<Permissions> known;
    return explain_denial(input(text), Purpose::kApply, error, known);
  }
  /// Every statement with the action, as JSON lines without Sid.
  static std::string about(
      const std::vector<PolicyStatement>& statements, const std::string& action
  ) {
    std::string lines;
    for (const PolicyStatement& statement : statements) {
      const auto& actions = statement.actions;
      if (std::find(actions.begin(), actions.end(), action) != actions.end()) {
        Value json = to_json(statement);
        for (const char* member : {"Sid", "Effect", "Action"}) {
          json.erase(member);
        }
        lines += (lines.empty() ? "" : "\n") + show_json(json);
      }
    }
    return lines;
  }
  static std::vector<std::string> actions_in(const std::vector<PolicyStatement>& statements) {
    std::set<std::string> all;
    for (const PolicyStatement& statement : statements) {
      all.insert(statement.actions.begin(), statement.actions.end());
    }
    return {all.begin(), all.end()};
  }

  std::shared_ptr<const Manifest> manifest_;
};

constexpr const char* kNetwork = R"(
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
subnets:
  a: { vpc: main, cidrBlock: 10.0.1.0/24 }
)";

TEST_F(PermissionsTest, APlanReadsAndNothingElse) {
  const auto all = statements(kNetwork, Purpose::kPlan);
  EXPECT_EQ(actions_in(all), (std::vector<std::string>{"ec2:DescribeSubnets", "ec2:DescribeVpcs"}));
  EXPECT_EQ(
      about(all, "ec2:DescribeVpcs"),
      R"({"Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-3"}}})"
  );
}

TEST_F(PermissionsTest, WhatIsMadeCarriesOurTagAndWhatIsChangedAlreadyDoes) {
  const auto all = statements(kNetwork, Purpose::kApply);
  const std::string in = "arn:aws:ec2:eu-west-3:123456789012:";
  EXPECT_EQ(
      about(all, "ec2:CreateVpc"),
      R"({"Resource":")" + in +
          R"(vpc/*","Condition":{"StringEquals":{"aws:RequestTag/plumbline:stack":"s"}}})"
  );
  EXPECT_EQ(
      about(all, "ec2:DeleteVpc"),
      R"({"Resource":")" + in +
          R"(vpc/*","Condition":{"StringEquals":{"aws:ResourceTag/plumbline:stack":"s"}}})"
  );
  // A subnet is made in a network of ours.
  const std::string subnet = about(all, "ec2:CreateSubnet");
  EXPECT_NE(
      subnet.find(in + R"(vpc/*","Condition":{"StringEquals":{"aws:ResourceTag)"), std::string::npos
  ) << subnet;
  EXPECT_NE(
      subnet.find(in + R"(subnet/*","Condition":{"StringEquals":{"aws:RequestTag)"),
      std::string::npos
  ) << subnet;
}

TEST_F(PermissionsTest, TagsGivenAtCreationAreNoLeaveToTagOtherThings) {
  const std::string tags = about(statements(kNetwork, Purpose::kController), "ec2:CreateTags");
  EXPECT_NE(tags.find(R"("ec2:CreateAction":"CreateVpc")"), std::string::npos) << tags;
  EXPECT_EQ(std::count(tags.begin(), tags.end(), '\n'), 3) << tags;
}

TEST_F(PermissionsTest, EachPurposeHoldsWhatItsRunsMayCall) {
  const auto has = [&](Purpose purpose, const std::string& action) {
    return !about(statements(kNetwork, purpose), action).empty();
  };
  EXPECT_TRUE(has(Purpose::kController, "ec2:CreateVpc"));
  EXPECT_FALSE(has(Purpose::kController, "ec2:DeleteVpc")) << "that waits for apply";
  EXPECT_TRUE(has(Purpose::kApply, "ec2:DeleteVpc"));
  EXPECT_TRUE(has(Purpose::kDestroy, "ec2:DeleteVpc"));
  EXPECT_FALSE(has(Purpose::kDestroy, "ec2:CreateVpc"));
}

TEST_F(PermissionsTest, WhatExistsIsOnlyReadAndHasNoTagOfOurs) {
  const auto all = statements(
      R"(
vpcs:
  shared: { existing: vpc-0a }
subnets:
  a: { vpc: shared, cidrBlock: 10.0.1.0/24 }
  b: { vpc: vpc-0123456789abcdef0, cidrBlock: 10.0.2.0/24 }
)",
      Purpose::kApply
  );
  EXPECT_EQ(about(all, "ec2:CreateVpc"), "");
  EXPECT_EQ(about(all, "ec2:DeleteVpc"), "");
  const std::string subnet = about(all, "ec2:CreateSubnet");
  EXPECT_NE(
      subnet.find(R"(vpc/vpc-0123456789abcdef0","arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-0a"])"),
      std::string::npos
  ) << subnet;
  EXPECT_EQ(subnet.find("aws:ResourceTag"), std::string::npos) << subnet;
}

TEST_F(PermissionsTest, ProtectedThingsAreNotDeletedAndDataOnlyByDestroy) {
  const std::string text = R"(
vpcs:
  main: { cidrBlock: 10.0.0.0/16, protect: true }
secrets:
  login: { secretString: { a: b } }
)";
  EXPECT_EQ(about(statements(text, Purpose::kDestroy), "ec2:DeleteVpc"), "");
  EXPECT_EQ(about(statements(text, Purpose::kApply), "secretsmanager:DeleteSecret"), "");
  EXPECT_NE(about(statements(text, Purpose::kDestroy), "secretsmanager:DeleteSecret"), "");
}

constexpr const char* kRole = R"(
roles:
  reader:
    roleName: the-reader
    path: /apps/
    trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] }
functions:
  read: { runtime: python3.12, handler: a.b, role: reader, code: { directory: /nowhere } }
)";

TEST_F(PermissionsTest, ARoleIsPassedToTheServiceThatRunsWithIt) {
  const auto all = statements(kRole, Purpose::kApply);
  EXPECT_EQ(
      about(all, "iam:PassRole"),
      R"({"Resource":"arn:aws:iam::123456789012:role/apps/the-reader",)"
      R"("Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}})"
  );
}

TEST_F(PermissionsTest, AnInstanceTakesTheRoleInItsProfileAndTheParameterThatNamesItsImage) {
  const auto with = [](const std::string& profile) {
    return R"(
roles:
  host:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: sts:AssumeRole }]
instanceProfiles: { host: { role: host } }
instances:
  host:
    image: resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64
    instanceType: t3.micro
    subnet: subnet-0a
    instanceProfile: )" +
           profile + "\n";
  };
  const auto ours = statements(with("host"), Purpose::kController);
  EXPECT_EQ(
      about(ours, "iam:PassRole"),
      R"({"Resource":"arn:aws:iam::123456789012:role/host","Condition":{"StringEquals":)"
      R"({"iam:PassedToService":"ec2.amazonaws.com"}}})"
  );
  EXPECT_EQ(
      about(ours, "ssm:GetParameters"),
      R"({"Resource":"arn:aws:ssm:eu-west-3::parameter/aws/service/*"})"
  );
  // Which role is in a profile that nobody declares is not known.
  const auto theirs =
      statements(with("arn:aws:iam::123456789012:instance-profile/x"), Purpose::kController);
  EXPECT_NE(about(theirs, "iam:PassRole").find("role*"), std::string::npos);
}

TEST_F(PermissionsTest, AKeyOfTheStackIsUsedByItsTag) {
  const auto found = statements(
      R"(
kmsKeys: { app: { description: Of the app } }
secrets: { app: { kmsKey: app, secretString: { a: b } } }
)",
      Purpose::kController
  );
  EXPECT_EQ(
      about(found, "kms:GenerateDataKey"),
      R"({"Resource":"arn:aws:kms:eu-west-3:123456789012:key/*","Condition":{"StringEquals":)"
      R"({"aws:ResourceTag/plumbline:stack":"s"}}})"
  );
}

TEST_F(PermissionsTest, WhatIsTakenOverHasNoTagOfOursYet) {
  const std::string tags = about(
      statements(
          "vpcs: { a: { cidrBlock: 10.0.0.0/16 } }\nimport: [{ to: vpcs.a, id: vpc-0a }]\n",
          Purpose::kController
      ),
      "ec2:CreateTags"
  );
  EXPECT_NE(
      tags.find(
          R"({"Resource":"arn:aws:ec2:eu-west-3:123456789012:vpc/vpc-0a","Condition":{"StringEquals":)"
          R"({"aws:RequestTag/plumbline:stack":"s"}}})"
      ),
      std::string::npos
  ) << tags;
}

TEST_F(PermissionsTest, AFurtherAccountTakesItsRoleFromTheBaseCredentials) {
  const Permissions all = needed_permissions(
      input(R"(
accounts:
  data: { assumeRole: 'arn:aws:iam::210987654321:role/deployer', externalId: e-1 }
vpcs: { a: { account: data, cidrBlock: 10.0.0.0/16 } }
)"),
      Purpose::kPlan
  );
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(
      show_json(to_json(all.at("").front())),
      R"({"Sid":"AssumeRoles","Effect":"Allow","Action":"sts:AssumeRole","Resource":)"
      R"("arn:aws:iam::210987654321:role/deployer","Condition":{"StringEquals":)"
      R"({"sts:ExternalId":"e-1"}}})"
  );
  EXPECT_NE(about(all.at("data"), "ec2:DescribeVpcs"), "");
}

TEST_F(PermissionsTest, OnlyWhatCanDifferIsChanged) {
  const auto all = statements(kRole, Purpose::kController);
  EXPECT_EQ(about(all, "iam:AttachRolePolicy"), "") << "no policy is declared";
  EXPECT_NE(about(all, "iam:DetachRolePolicy"), "") << "but someone may attach one";
  EXPECT_EQ(about(all, "iam:UpdateRole"), "") << "the description is left to AWS";
  EXPECT_EQ(about(all, "iam:PutRolePermissionsBoundary"), "");
  EXPECT_NE(about(all, "iam:DeleteRolePermissionsBoundary"), "");
  EXPECT_EQ(about(all, "lambda:AddPermission"), "") << "its statements are left alone";
  EXPECT_EQ(about(all, "ec2:DescribeSubnets"), "") << "the function is in no network";
}

TEST_F(PermissionsTest, DocumentsHoldNoMoreThanIamTakes) {
  std::string text = "roles:\n";
  for (int i = 0; i < 200; ++i) {
    text += "  a-role-with-a-rather-long-name-" + std::to_string(i) +
            ": { trustPolicy: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: "
            "{ Service: lambda.amazonaws.com }, Action: sts:AssumeRole }] } }\n";
  }
  const auto all = statements(text, Purpose::kApply);
  const auto documents = policy_documents(all);
  EXPECT_GT(documents.size(), 4U);
  std::set<std::string> sids;
  std::size_t resources = 0;
  for (const Value& document : documents) {
    EXPECT_LE(show_json(document).size(), kPolicyLimit);
    for (const Value& statement : document.get("Statement").as_list()) {
      EXPECT_TRUE(sids.insert(statement.text_of("Sid")).second) << statement.text_of("Sid");
      resources += statement.get("Resource").is_list() ? statement.get("Resource").size() : 1;
    }
  }
  std::size_t wanted = 0;
  for (const PolicyStatement& statement : all) {
    wanted += statement.resources.size();
  }
  EXPECT_EQ(resources, wanted) << "nothing is lost in splitting";
}

TEST_F(PermissionsTest, ARefusalIsReadAndTheMissingStatementSaid) {
  const Error error{
      ErrorClass::kDenied,
      "AccessDenied",
      "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole on "
      "resource: arn:aws:iam::123456789012:role/apps/the-reader because no identity-based policy "
      "allows the iam:CreateRole action",
      "id-1",
      403};
  const Denial denial = read_denial(error);
  EXPECT_EQ(denial.action, "iam:CreateRole");
  EXPECT_EQ(denial.resource, "arn:aws:iam::123456789012:role/apps/the-reader");
  const std::string help = explain(kRole, error);
  EXPECT_NE(
      help.find(
          R"("Action":"iam:CreateRole","Resource":"arn:aws:iam::123456789012:role/apps/the-reader")"
      ),
      std::string::npos
  ) << help;
  EXPECT_NE(help.find("plumbline iam-policy --for apply"), std::string::npos) << help;
}

TEST_F(PermissionsTest, WhatARunMayDoIsWorkedOutForItsFirstRefusalAlone) {
  const Error error{
      ErrorClass::kDenied,
      "AccessDenied",
      "x is not authorized to perform: a:B on resource: *",
      "",
      403};
  std::optional<Permissions> known;
  const PermissionInput asked = input(kRole);
  explain_denial(asked, Purpose::kApply, Error{}, known);
  EXPECT_FALSE(known) << "no refusal";
  explain_denial(asked, Purpose::kApply, error, known);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->at("").size(), needed_permissions(asked, Purpose::kApply).at("").size());
  known->at("") = {{"Kept", {"a:B"}, {"*"}, Value()}};
  const std::string help = explain_denial(asked, Purpose::kApply, error, known);
  EXPECT_NE(help.find("The statement Kept is missing"), std::string::npos) << help;
}

TEST_F(PermissionsTest, AnExplicitDenialIsNotMendedByAllowing) {
  const Error error{
      ErrorClass::kDenied,
      "AccessDenied",
      "User: x is not authorized to perform: iam:CreateRole on resource: y with an explicit deny "
      "in "
      "a service control policy",
      "",
      403};
  const std::string help = explain(kRole, error);
  EXPECT_EQ(help.find("Action"), std::string::npos) << help;
  EXPECT_NE(help.find("denies"), std::string::npos) << help;
  EXPECT_EQ(explain(kRole, Error{}), "") << "no refusal at all";
}

}  // namespace
}  // namespace plumbline
