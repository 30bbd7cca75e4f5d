// What a finding about a right says when nothing that could be allowed would help: which Deny or
// boundary it is, where, and what to do about that one.
#include <gtest/gtest.h>

#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

/// The finding of a rule in the planted stack after the changes; it must be the only one of its id.
struct Told {
  std::string detail, help, evidence;
  bool has_edits = false;
};

Told told_of(std::string_view id, const ChangeList& changes) {
  const Linted linted = lint_text(changed(source_text("tests/golden/planted/base.yaml"), changes));
  EXPECT_TRUE(linted.loaded.empty()) << render_human(linted.loaded, Colour::kNever);
  Told told;
  int count = 0;
  for (const Diagnostic& finding : linted.found.all()) {
    if (finding.id == id) {
      ++count;
      told = {finding.detail, finding.help, "", !finding.edits.empty()};
      for (const Evidence& one : finding.evidence) {
        told.evidence +=
            one.text + " @ " + std::string(line_text(*one.range.file, one.range.begin.line)) + "\n";
      }
    }
  }
  EXPECT_EQ(count, 1) << render_human(linted.found, Colour::kNever);
  return told;
}

/// Found in `whole`, told when not.
void expect_part(const std::string& whole, const std::string& part) {
  EXPECT_NE(whole.find(part), std::string::npos) << part << "\nis not in\n" << whole;
}

const std::string kStatements =
    "      secret:\n        Version: 2012-10-17\n        Statement:\n          - Sid: Read\n";

TEST(Denial, OfTheRolesOwnPolicyIsNamedInsteadOfAGrant) {
  const Told told = told_of(
      "IA002",
      {{kStatements,
        "      guard:\n        Statement:\n"
        "          - { Effect: Deny, Action: 'secretsmanager:Get*', Resource: '*' }\n" +
            kStatements}}
  );
  expect_part(told.detail, "may not read `secrets.app-db`, because `roles.proxy` denies it.");
  EXPECT_EQ(
      told.help,
      "take secretsmanager:GetSecretValue out of the Deny at roles.proxy.inlinePolicies.guard."
      "Statement.0, or narrow what it is about; a Deny wins over every grant"
  );
  expect_part(
      told.evidence, "this statement denies it @           - { Effect: Deny, Action: 'secretsm"
  );
  EXPECT_FALSE(told.has_edits);
}

TEST(Denial, OfAnAttachedPolicyIsFoundThere) {
  const Told told = told_of(
      "IA002",
      {{"roleName: shop-proxy\n", "roleName: shop-proxy\n    managedPolicies: [guard]\n"},
       {"policies:\n",
        "policies:\n  guard:\n    policyName: guard\n    policyDocument:\n      Version: "
        "2012-10-17\n"
        "      Statement: [{ Effect: Deny, NotAction: 'kms:*', Resource: '*' }]\n"}}
  );
  expect_part(told.help, "out of the Deny at policies.guard.policyDocument.Statement.0,");
}

TEST(Denial, OfTheSecretItselfIsFoundThere) {
  const Told told = told_of(
      "IA002",
      {{"name: shop/app-db\n",
        "name: shop/app-db\n    resourcePolicy: { Version: 2012-10-17, Statement: [{ Effect: Deny, "
        "Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' }] }\n"}}
  );
  expect_part(told.detail, "because `secrets.app-db` denies it.");
  expect_part(told.help, "out of the Deny at secrets.app-db.resourcePolicy.Statement.0,");
}

TEST(Denial, OfTheKeyItselfIsFoundThere) {
  const Told told = told_of(
      "IA003",
      {{"          Resource: '*'\n",
        "          Resource: '*'\n"
        "        - { Effect: Deny, Principal: { AWS: '*' }, Action: 'kms:Decrypt', Resource: '*' "
        "}\n"}}
  );
  expect_part(told.help, "take kms:Decrypt out of the Deny at kmsKeys.data.policy.Statement.1,");
}

TEST(Denial, ByABoundaryIsNoDeny) {
  const ChangeList changes = {
      {"roleName: shop-proxy\n", "roleName: shop-proxy\n    permissionsBoundary: edge\n"},
      {"policies:\n",
       "policies:\n  edge:\n    policyName: edge\n    policyDocument:\n      Version: 2012-10-17\n"
       "      Statement: [{ Effect: Allow, Action: 'kms:*', Resource: '*' }]\n"}};
  const Told told = told_of("IA002", changes);
  expect_part(told.detail, "because its permissions boundary does not allow it.");
  expect_part(
      told.help, "let the policy of roles.proxy.permissionsBoundary allow secretsmanager:Get"
  );
  expect_part(told.evidence, "this boundary does not allow it @     permissionsBoundary: edge");
  EXPECT_FALSE(told.has_edits);
}

TEST(Denial, OfATrustPolicyIsFoundThere) {
  const std::string trust =
      "        - { Effect: Allow, Principal: { Service: rds.amazonaws.com }, Action: "
      "sts:AssumeRole }\n";
  const Told told = told_of(
      "IA001",
      {{trust,
        trust + "        - { Effect: Deny, Principal: { Service: rds.amazonaws.com }, Action: "
                "sts:AssumeRole }\n"}}
  );
  expect_part(
      told.help, "take sts:AssumeRole out of the Deny at roles.proxy.trustPolicy.Statement.1,"
  );
  EXPECT_FALSE(told.has_edits);
}

TEST(Denial, OfALoginAndOfInterfacesIsFoundThere) {
  const std::string login = "          - Effect: Allow\n            Action: rds-db:connect\n";
  const auto with = [&](const std::string& denied) {
    return ChangeList{
        {login, "          - { Effect: Deny, Action: '" + denied + "', Resource: '*' }\n" + login}};
  };
  expect_part(
      told_of("IA007", with("rds-db:*")).help,
      "take rds-db:connect out of the Deny at roles.function.inlinePolicies.login.Statement.0,"
  );
  expect_part(
      told_of("IA009", with("ec2:*")).help,
      "take ec2:CreateNetworkInterface out of the Deny at roles.function.inlinePolicies.login."
  );
}

TEST(Denial, OfTheProxysOwnLoginIsFoundThere) {
  const Told told = told_of(
      "PX009",
      {{"requireTls: true", "requireTls: true\n    defaultAuthScheme: IAM_AUTH"},
       {"multiAz: true", "multiAz: true\n    enableIamDatabaseAuthentication: true"},
       {kStatements,
        "      guard:\n        Statement:\n"
        "          - { Effect: Deny, Action: 'rds-db:*', Resource: '*' }\n" +
            kStatements}}
  );
  expect_part(
      told.help, "take rds-db:connect out of the Deny at roles.proxy.inlinePolicies.guard."
  );
}

TEST(Denial, ThatIsNotTheCauseIsNotNamed) {
  const Told told = told_of(
      "IA002",
      {{"Action: secretsmanager:GetSecretValue\n            Resource: '${secrets.app-db",
        "Action: secretsmanager:ListSecrets\n            Resource: '${secrets.app-db"},
       {kStatements,
        "      guard:\n        Statement:\n"
        "          - { Effect: Deny, Action: 'secretsmanager:Put*', Resource: '*' }\n" +
            kStatements}}
  );
  expect_part(told.help, "allow secretsmanager:GetSecretValue on ${secrets.app-db.secretArn}");
  EXPECT_TRUE(told.has_edits);
}

}  // namespace
}  // namespace plumbline
