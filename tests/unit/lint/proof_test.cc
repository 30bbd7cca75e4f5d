// The proofs behind the rules, one small change to a working path at a time: what is surely
// blocked is found, what surely passes is not, and what cannot be known is left alone.
#include <set>

#include <gtest/gtest.h>

#include "controller/lint/proofs.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

struct Change {
  std::string_view from, to;
};

/// The findings in a working manifest after the changes.
Diagnostics findings_after(const std::vector<Change>& changes) {
  const Linted linted =
      lint_text(changed(source_text("tests/golden/lint/SG001/good.yaml"), changes));
  EXPECT_TRUE(linted.loaded.empty()) << render_human(linted.loaded, Colour::kNever);
  return linted.found;
}

std::set<std::string> all_ids_after(const std::vector<Change>& changes) {
  std::set<std::string> ids;
  const Diagnostics findings = findings_after(changes);
  for (const Diagnostic& finding : findings.all()) {
    ids.insert(finding.id);
  }
  return ids;
}

/// Infos left out.
std::set<std::string> ids_after(const std::vector<Change>& changes) {
  std::set<std::string> ids;
  const Diagnostics findings = findings_after(changes);
  for (const Diagnostic& finding : findings.all()) {
    if (finding.severity != Severity::kInfo) {
      ids.insert(finding.id);
    }
  }
  return ids;
}

using Ids = std::set<std::string>;

constexpr std::string_view kDbRule = "ingress: [{ port: 3306, from: proxy }]";
constexpr std::string_view kProxyOut = "egress: [{ port: 3306, to: db }]";
constexpr std::string_view kLambdaOut = "egress: [{ port: 3306, to: proxy }]";
constexpr std::string_view kProxyGroups = "subnets: [db-a, db-b]\n    securityGroups: [proxy]";
constexpr std::string_view kResource = "Resource: '${secrets.app-db.secretArn}'";

TEST(Proof, FindsNothingInTheWorkingPath) {
  EXPECT_EQ(ids_after({}), Ids{});
}

TEST(Proof, AdmitsASharedGroupByARangeThatHoldsTheProxysSubnets) {
  EXPECT_EQ(
      ids_after(
          {{kProxyGroups, "subnets: [db-a, db-b]\n    securityGroups: [proxy, db]"},
           {kDbRule, "ingress: [{ port: 3306, from: 10.0.0.0/16 }]"}}
      ),
      (Ids{"SG002", "SG009"})
  );
}

TEST(Proof, AddsUpRangesThatHoldASubnetTogether) {
  EXPECT_EQ(
      ids_after(
          {{kDbRule,
            "ingress: [{ port: 3306, from: [10.0.10.0/25, 10.0.10.128/25, 10.0.11.0/24] }]"}}
      ),
      Ids{}
  );
  EXPECT_EQ(
      ids_after({{kDbRule, "ingress: [{ port: 3306, from: [10.0.10.0/25, 10.0.11.0/24] }]"}}),
      Ids{"RC002"}
  );
}

TEST(Proof, BlocksTheWrongPortAndTheWrongProtocol) {
  EXPECT_EQ(ids_after({{kDbRule, "ingress: [{ port: 3307, from: proxy }]"}}), Ids{"SG003"});
  EXPECT_EQ(
      ids_after({{kDbRule, "ingress: [{ protocol: udp, port: 3306, from: proxy }]"}}), Ids{"SG003"}
  );
  EXPECT_EQ(ids_after({{kDbRule, "ingress: []"}}), Ids{"SG003"});
}

TEST(Proof, UsesTheDatabasesOwnPort) {
  const Change port{"engine: mysql", "engine: mysql\n    port: 3399"};
  EXPECT_EQ(ids_after({port}), (Ids{"SG003", "SG005"}));
  EXPECT_EQ(
      ids_after(
          {port,
           {kDbRule, "ingress: [{ ports: 3300-3400, from: proxy }]"},
           {kProxyOut, "egress: [{ ports: all, to: 10.0.10.0/23 }]"}}
      ),
      Ids{}
  );
}

TEST(Proof, LetsNothingOutOfAGroupWhoseEgressIsEmpty) {
  EXPECT_EQ(ids_after({{kProxyOut, "egress: []"}}), Ids{"SG005"});
  EXPECT_EQ(ids_after({{kLambdaOut, "egress: []"}}), Ids{"SG005"});
}

TEST(Proof, LeavesAloneWhatDependsOnSomethingOutside) {
  for (const std::string_view rule :
       {"ingress: [{ port: 3306, from: { prefixList: pl-0123456789abcdef0 } }]",
        "ingress: [{ port: 3306, from: { id: sg-0123456789abcdef0 } }]"}) {
    EXPECT_EQ(ids_after({{kDbRule, rule}}), Ids{}) << rule;
  }
  const Change imported{
      "securityGroups: [db]", "securityGroups: [db, { id: sg-0123456789abcdef0 }]"};
  EXPECT_EQ(ids_after({imported, {kDbRule, "ingress: []"}}), Ids{});
}

/// What is said when an ACL guards the databases' subnets.
std::set<std::string> ids_behind(std::string_view entries) {
  const std::string acl = "networkAcls:\n  db: { vpc: main, subnets: [db-a, db-b], " +
                          std::string(entries) + " }\nsubnets:\n";
  return all_ids_after({{"subnets:\n", acl}});
}

TEST(Proof, FollowsTheEntriesOfNetworkAcls) {
  constexpr std::string_view kOpen =
      "ingress: [{ ruleNumber: 1, ruleAction: allow, protocol: all, from: 0.0.0.0/0 }], "
      "egress: [{ ruleNumber: 1, ruleAction: allow, protocol: all, to: 0.0.0.0/0 }]";
  constexpr std::string_view kDenied =
      "ingress: [{ ruleNumber: 2, ruleAction: allow, protocol: all, from: 0.0.0.0/0 }, "
      "{ ruleNumber: 1, ruleAction: deny, protocol: all, from: 10.0.0.0/16 }], "
      "egress: [{ ruleNumber: 1, ruleAction: allow, protocol: all, to: 0.0.0.0/0 }]";
  EXPECT_EQ(ids_behind(kOpen), Ids{});
  EXPECT_EQ(ids_behind(kDenied), Ids{"SG006"});
  EXPECT_EQ(ids_behind("ingress: [], egress: []"), Ids{"SG006"});
}

TEST(Proof, LetsTheInternetInOnlyWhereARouteLeadsBack) {
  const std::vector<Change> open = {
      {kDbRule, "ingress: [{ port: 3306, from: 0.0.0.0/0 }]"},
      {"publiclyAccessible: false", "publiclyAccessible: true"}};
  EXPECT_EQ(ids_after(open), (Ids{"DB008", "SG008"}));
  std::vector<Change> routed = open;
  routed.push_back(
      {"subnets:\n",
       "internetGateways:\n  door: { vpc: main }\n\nrouteTables:\n  db: { vpc: main, subnets: "
       "[db-a, "
       "db-b], routes: [{ destination: 0.0.0.0/0, gateway: door }] }\n\nsubnets:\n"}
  );
  EXPECT_EQ(ids_after(routed), (Ids{"DB008", "NW010", "RC005", "SG008"}));
}

TEST(Proof, CannotTellWhatStandsInANetworkThatExists) {
  const Change existing{
      "main: { cidrBlock: 10.0.0.0/16 }", "main: { existing: { id: vpc-0abc1234 } }"};
  EXPECT_EQ(ids_after({existing}), Ids{});
  EXPECT_TRUE(all_ids_after({existing}).contains("RC003"));
}

TEST(Proof, ReadsResourcesOfPoliciesAsPatterns) {
  const auto with = [](std::string_view resource) { return ids_after({{kResource, resource}}); };
  EXPECT_EQ(with("Resource: '*'"), Ids{});
  EXPECT_EQ(with("Resource: '${secrets.app-db.arn}'"), Ids{});
  EXPECT_EQ(with("Resource: 'arn:aws:secretsmanager:eu-west-3:*:secret:app-*'"), Ids{});
  EXPECT_EQ(
      with("Resource: 'arn:aws:secretsmanager:eu-west-3:123456789012:secret:app-db-aBcDeF'"), Ids{}
  );
  // Without the six characters that AWS adds, an ARN matches nothing.
  EXPECT_EQ(
      with("Resource: 'arn:aws:secretsmanager:eu-west-3:123456789012:secret:app-db'"),
      (Ids{"IA002", "IA006"})
  );
  EXPECT_EQ(with("Resource: 'arn:aws:secretsmanager:eu-west-1:*:secret:app-*'"), Ids{"IA002"});
}

TEST(Proof, ReadsActionsWithoutTheirCase) {
  const auto with = [](std::string_view action) {
    return ids_after({{"Action: secretsmanager:GetSecretValue", action}});
  };
  EXPECT_EQ(with("Action: [ 'SecretsManager:get*' ]"), Ids{});
  EXPECT_EQ(with("NotAction: 'iam:*'"), Ids{});
  EXPECT_EQ(with("Action: 'secretsmanager:Describe*'"), Ids{"IA002"});
  EXPECT_EQ(with("NotAction: 'secretsmanager:*'"), Ids{"IA002"});
}

TEST(Proof, NeverGuessesAtConditions) {
  const std::string_view condition =
      "Resource: '*'\n            Condition: { StringEquals: { 'aws:ResourceTag/a': b } }";
  EXPECT_EQ(ids_after({{kResource, condition}}), Ids{});
}

TEST(Proof, LetsADenyWin) {
  EXPECT_EQ(
      ids_after(
          {{kResource, "Resource: '*'\n          - { Effect: Deny, Action: '*', Resource: '*' }"}}
      ),
      Ids{"IA002"}
  );
}

TEST(Proof, KnowsNothingOfPoliciesOfOthers) {
  EXPECT_EQ(
      ids_after(
          {{"    inlinePolicies:\n      secret:",
            "    managedPolicies: ['arn:aws:iam::123456789012:policy/own']\n"
            "    inlinePolicies:\n      secret:"},
           {"Action: secretsmanager:GetSecretValue", "Action: 's3:*'"}}
      ),
      Ids{}
  );
}

TEST(Proof, ReadsPoliciesOfTheManifestThatARoleHas) {
  const auto with = [](std::string_view action) {
    const std::string policy =
        "policies:\n  read:\n    policyDocument:\n      Version: 2012-10-17\n      Statement: "
        "[{ Effect: Allow, Action: '" +
        std::string(action) + "', Resource: '*' }]\nroles:\n";
    return ids_after(
        {{"Action: secretsmanager:GetSecretValue", "Action: 's3:*'"},
         {"    inlinePolicies:\n      secret:",
          "    managedPolicies: [read]\n    inlinePolicies:\n      secret:"},
         {"roles:\n", policy}}
    );
  };
  EXPECT_EQ(with("secretsmanager:Get*"), Ids{});
  EXPECT_EQ(with("secretsmanager:Describe*"), Ids{"IA002"});
}

TEST(Proof, KnowsWhereAnInstanceIs) {
  const auto with = [](std::string_view group) {
    const std::string bastion =
        "instances:\n  bastion: { image: ami-0123456789abcdef0, instanceType: t3.micro, subnet: "
        "app-a, securityGroups: [" +
        std::string(group) +
        "] }\n\nconnections:\n  - { from: instances.bastion, to: dbInstances.app }\n";
    return ids_after({{"connections:\n", bastion}});
  };
  EXPECT_EQ(with("proxy"), Ids{});
  // Dressed as a function it reaches the proxy, too, which nobody declared.
  EXPECT_EQ(with("lambda"), (Ids{"RC004", "SG003", "SG005"}));
}

TEST(Proof, ComparesPasswordsWithoutShowingThem) {
  const Change other{"      password: '${inputs.password}'", "      password: other-than-that"};
  const Change literal{"masterUserPassword: '${inputs.password}'", "masterUserPassword: this-one"};
  const Change unused{"inputs:\n  password: { env: DB_PASSWORD, sensitive: true }\n", ""};
  EXPECT_EQ(ids_after({other, literal, unused}), (Ids{"DB009", "SK002", "SK003"}));
  // An input without a value equals nothing and differs from nothing.
  EXPECT_EQ(ids_after({other}), Ids{"SK003"});
}

TEST(Proof, SaysWhoMayLogInAtADatabaseItself) {
  const std::string folder = std::string(PLUMBLINE_SOURCE_DIR) + "/tests/golden/planted/";
  const Linted linted = lint_text(source_text(folder + "registry.yaml"));
  const std::string proofs = render_proofs(*linted.manifest);
  for (const std::string_view step :
       {"✓ `dbInstances.registry` takes logins with IAM",
        "✓ `roles.host` may rds-db:connect to `dbInstances.registry` as web",
        "✓ `roles.batch` may rds-db:connect to `dbInstances.registry` as batch_night"}) {
    EXPECT_NE(proofs.find(step), std::string::npos) << proofs;
  }
}

TEST(Proof, FollowsALoginIntoAnotherAccount) {
  const std::string folder = std::string(PLUMBLINE_SOURCE_DIR) + "/tests/golden/planted/";
  std::string text = source_text(folder + "claims.yaml");
  const auto proofs_of = [&] {
    const Linted linted = lint_text(text);
    return render_proofs(*linted.manifest);
  };
  EXPECT_NE(proofs_of().find("✓ `roles.proxy` decrypts `secrets.app`"), std::string::npos);
  const std::string_view admitted = "Sid: Readers\n          Effect: Allow";
  text.replace(text.find(admitted), admitted.size(), "Sid: Readers\n          Effect: Deny ");
  EXPECT_NE(proofs_of().find("✗ `roles.proxy` decrypts `secrets.app`"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
