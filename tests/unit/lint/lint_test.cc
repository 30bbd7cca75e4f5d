#include "controller/lint/lint.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/lint/rules/addresses.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

/// "SG003 12:5 securityGroups.db", a line for each.
std::string listing(const Diagnostics& findings, Severity least = Severity::kInfo) {
  std::string lines;
  for (const Diagnostic& finding : findings.all()) {
    if (finding.severity <= least) {
      const Position& place = finding.range.begin;
      lines += fmt::format("{} {}:{} {}", finding.id, place.line, place.column, finding.address);
      lines += lines.ends_with(' ') ? "-\n" : "\n";
    }
  }
  return lines;
}

std::vector<std::filesystem::path> golden_folders() {
  std::vector<std::filesystem::path> folders;
  const auto root = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "tests/golden/lint";
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

TEST(Lint, FindsWhatIsWrongInEveryBadManifestAndNothingElse) {
  for (const auto& folder : golden_folders()) {
    SCOPED_TRACE(folder.filename().string());
    const Linted linted = lint_text(source_text(folder / "bad.yaml"));
    EXPECT_EQ(listing(linted.loaded), "") << render_human(linted.loaded, Colour::kNever);
    if (std::getenv("PLUMBLINE_UPDATE_GOLDENS") != nullptr) {
      std::ofstream(folder / "bad.expected") << listing(linted.found);
    }
    EXPECT_EQ(listing(linted.found), source_text(folder / "bad.expected"))
        << render_human(linted.found, Colour::kNever);
    EXPECT_NE(listing(linted.found).find(folder.filename().string()), std::string::npos);
  }
}

TEST(Lint, SaysNothingThatMattersAboutGoodManifests) {
  for (const auto& folder : golden_folders()) {
    SCOPED_TRACE(folder.filename().string());
    const Linted linted = lint_text(source_text(folder / "good.yaml"));
    EXPECT_EQ(listing(linted.loaded), "") << render_human(linted.loaded, Colour::kNever);
    EXPECT_EQ(listing(linted.found, Severity::kWarning), "")
        << render_human(linted.found, Colour::kNever);
    EXPECT_EQ(listing(linted.found).find(folder.filename().string()), std::string::npos);
  }
}

TEST(Lint, HasAGoodAndABadManifestForEveryRule) {
  std::set<std::string> folders;
  for (const auto& folder : golden_folders()) {
    folders.insert(folder.filename().string());
  }
  for (const Rule& rule : rules()) {
    EXPECT_TRUE(folders.contains(std::string(rule.id))) << rule.id;
  }
}

TEST(Lint, ListsItsRulesByIdEachOnceAndExplained) {
  for (std::size_t i = 0; i < rules().size(); ++i) {
    const Rule& rule = rules()[i];
    EXPECT_FALSE(rule.summary.empty()) << rule.id;
    EXPECT_FALSE(rule.help.empty()) << rule.id;
    EXPECT_EQ(find_rule(rule.id), &rule);
    if (i > 0) {
      EXPECT_LT(rules()[i - 1].id, rule.id);
    }
  }
  EXPECT_EQ(find_rule("XX999"), nullptr);
}

/// "id awaited" of every rule that waits, in the order of the list.
std::vector<std::pair<std::string, std::string>> pending_rules() {
  std::vector<std::pair<std::string, std::string>> pending;
  std::istringstream lines(source_text("controller/lint/pending.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id;
    std::string awaited;
    if (!line.starts_with('#') && words >> id >> awaited) {
      pending.emplace_back(id, awaited);
    }
  }
  return pending;
}

TEST(Lint, ListsRulesThatWaitOnlyWhileTheyMust) {
  const auto pending = pending_rules();
  ASSERT_FALSE(pending.empty());
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const auto& [id, awaited] = pending[i];
    EXPECT_EQ(find_rule(id), nullptr) << id << " waits no more";
    EXPECT_TRUE(i == 0 || pending[i - 1].first < id) << id;
    const auto dot = awaited.find('.');
    const Kind* kind = lint_catalog().find_section(awaited.substr(0, dot));
    const bool has_come =
        kind != nullptr &&
        (dot == std::string::npos || kind->find_property(awaited.substr(dot + 1)) != nullptr);
    EXPECT_FALSE(has_come) << id << " waited for " << awaited << ", which is there";
    EXPECT_TRUE(awaited.starts_with('<') || dot == std::string::npos || kind != nullptr) << id;
  }
}

TEST(Lint, KnowsWhichPropertiesOfADatabaseExcludeOrNeedEachOther) {
  const Linted linted = lint_text(R"(stack: s
region: eu-west-3
dbInstances:
  bad:
    engine: mysql
    dbInstanceClass: db.t4g.micro
    allocatedStorage: 20
    masterUsername: admin
    masterUserPassword: '${inputs.password}'
    masterUserSecretKmsKey: alias/db
    multiAz: true
    availabilityZone: eu-west-3a
    securityGroups: [{ id: sg-0123456789abcdef0 }]
  good:
    engine: mysql
    dbInstanceClass: db.t4g.micro
    allocatedStorage: 20
    masterUsername: admin
    manageMasterUserPassword: true
    masterUserSecretKmsKey: alias/db
    multiAz: '${inputs.twice}'
    availabilityZone: eu-west-3a
    securityGroups: [{ id: sg-0123456789abcdef0 }]
inputs: { password: { env: P, sensitive: true }, twice: { env: T, type: bool } }
)");
  Diagnostics misfits;
  for (const Diagnostic& finding : linted.found.all()) {
    if (finding.id == "MF006") {
      misfits.add(finding);
    }
  }
  EXPECT_EQ(listing(misfits), "MF006 10:29 dbInstances.bad\nMF006 12:23 dbInstances.bad\n")
      << render_human(linted.found, Colour::kNever) << render_human(linted.loaded, Colour::kNever);
}

TEST(Lint, NamesGroupAndPortInItsFix) {
  const Linted linted = lint_text(source_text("tests/golden/lint/SG003/bad.yaml"));
  ASSERT_EQ(linted.found.all().size(), 1U);
  const Diagnostic& finding = linted.found.all().front();
  EXPECT_EQ(finding.help, "add `{ port: 3306, from: proxy }` to securityGroups.db.ingress");
  EXPECT_GE(finding.evidence.size(), 3U);
  for (const Evidence& evidence : finding.evidence) {
    EXPECT_TRUE(evidence.range.is_known()) << evidence.text;
  }
}

TEST(Lint, IsSilentAboutWhatIsNotInTheManifest) {
  // Groups, roles and subnets that exist already, each in the way it can be named.
  const Linted linted = lint_text(R"(stack: s
region: eu-west-3
securityGroups:
  known: { existing: sg-0123456789abcdef0 }
secrets:
  s: { existing: { name: prod/db } }
dbInstances:
  db: { existing: prod }
dbProxies:
  p:
    engineFamily: MYSQL
    role: 'arn:aws:iam::123456789012:role/proxy'
    subnets: [{ id: subnet-0123456789abcdef0 }, { id: subnet-0123456789abcdef1 }]
    securityGroups: [known]
    requireTls: true
    auth: [{ secret: s }]
    targets: [{ dbInstance: db }]
)");
  EXPECT_EQ(listing(linted.found), "")
      << render_human(linted.found, Colour::kNever) << render_human(linted.loaded, Colour::kNever);
}

TEST(Lint, NamesWhatElseATemplateMadeOnce) {
  const Linted linted = lint_text(R"(stack: s
region: eu-west-3
roles:
  app:
    forEach: [a, b]
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
    inlinePolicies:
      all:
        Version: 2012-10-17
        Statement: [{ Effect: Allow, Action: ['*', 'iam:*'], Resource: '*' }]
functions:
  f:
    forEach: [a, b]
    role: 'app-${each.key}'
    runtime: python3.12
    handler: app.handler
    code: { file: app.zip }
)");
  EXPECT_FALSE(linted.loaded.has_errors()) << render_human(linted.loaded, Colour::kNever);
  std::vector<std::string> evidence;
  for (const Diagnostic& finding : linted.found.all()) {
    for (const Evidence& one : finding.evidence) {
      if (finding.id == "IA011") {
        evidence.push_back(one.text);
      }
    }
  }
  EXPECT_EQ(evidence, std::vector<std::string>{"the same holds for `roles.app-b`"})
      << render_human(linted.found, Colour::kNever);
}

TEST(Lint, HidesNoErrorBehindTheWarningOfACopyThatIsTakenOver) {
  const std::string text = R"(stack: s
region: eu-west-3
inputs: { pw: { env: PW, sensitive: true } }
vpcs: { v: { cidrBlock: 10.0.0.0/16 } }
subnets:
  a: { vpc: v, cidrBlock: 10.0.0.0/24, availabilityZone: eu-west-3a }
  b: { vpc: v, cidrBlock: 10.0.1.0/24, availabilityZone: eu-west-3b }
dbSubnetGroups: { g: { dbSubnetGroupDescription: x, subnets: [a, b] } }
securityGroups:
  db:
    forEach: [a, b, c]
    vpc: v
    description: d
    ingress: [{ port: 3306, from: 0.0.0.0/0 }]
dbInstances:
  d:
    forEach: [a, b, c]
    engine: mysql
    engineVersion: '8.0'
    dbInstanceClass: db.t4g.micro
    allocatedStorage: 20
    storageEncrypted: true
    masterUsername: admin
    masterUserPassword: '${inputs.pw}'
    dbSubnetGroup: g
    securityGroups: ['db-${each.key}']
import: [{ to: securityGroups.db-a, id: sg-0123 }]
)";
  const Linted linted = lint_text(text);
  EXPECT_FALSE(linted.loaded.has_errors()) << render_human(linted.loaded, Colour::kNever);
  std::string told;
  for (const Diagnostic& finding : linted.found.all()) {
    if (finding.id == "SG008") {
      told += fmt::format("{} {}\n", name_of(finding.severity), finding.address);
    }
  }
  EXPECT_EQ(told, "warning securityGroups.db-a\nerror securityGroups.db-b\n")
      << render_human(linted.found, Colour::kNever);
}

TEST(Lint, JudgesNoRightsThatAKeysOwnPolicyMayGive) {
  const std::string text = replaced(
      source_text("tests/golden/lint/IA003/bad.yaml"),
      "kmsKey: arn:aws:kms:eu-west-3:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      "kmsKey: app"
  );
  EXPECT_NE(
      listing(lint_text(text + "kmsKeys: { app: {} }\n").found).find("IA003"), std::string::npos
  );
  const Linted linted = lint_text(
      text +
      "kmsKeys: { app: { policy: { Statement: [{ Effect: Allow, Principal: { AWS: "
      "'${roles.proxy.roleArn}' }, Action: 'kms:Decrypt', Resource: '*' }] } } }\n"
  );
  EXPECT_EQ(listing(linted.found).find("IA003"), std::string::npos);
}

TEST(Lint, TakesTheSecretThatADatabaseKeepsAsItIs) {
  const Linted linted = lint_text(changed(
      source_text("tests/golden/lint/IA003/good.yaml"),
      ChangeList{
          {"secret: app-db,", "secret: '${dbInstances.app.masterUserSecret}',"},
          {"masterUserPassword: '${inputs.password}'", "manageMasterUserPassword: true"},
          {"'${secrets.app-db.secretArn}'", "'${dbInstances.app.masterUserSecret}'"},
          {"connections:", "outputs: { secret: '${secrets.app-db.secretArn}' }\nconnections:"}}
  ));
  EXPECT_FALSE(linted.loaded.has_errors()) << render_human(linted.loaded, Colour::kNever);
  EXPECT_EQ(listing(linted.found, Severity::kWarning), "")
      << render_human(linted.found, Colour::kNever);
}

TEST(Lint, SurvivesManifestsThatAreFullOfErrors) {
  const Linted linted = lint_text(R"(stack: s
vpcs: { v: { cidrBlock: no } }
subnets: { a: { vpc: nowhere, cidrBlock: 10.0.0.0/99 }, b: { vpc: v } }
securityGroups: { g: { ingress: [{ port: x, from: nobody }, 7], egress: all } }
dbSubnetGroups: { d: { subnets: [a, b, c] } }
dbInstances: { d: { securityGroups: [g, h], dbSubnetGroup: e, engine: 7 } }
dbProxies: { p: { role: r, auth: [1], targets: [{ dbInstance: q }, { dbInstance: d }] } }
functions: { f: { environment: [], subnets: b } }
roles: { r: { trustPolicy: { Statement: [1, { Effect: Deny }] }, inlinePolicies: { a: 1 } } }
connections: [{ from: functions.f, to: dbInstances.d }, { from: 10.0.0.0/40, to: internet }]
)");
  EXPECT_TRUE(linted.loaded.has_errors());
}

/// `units` complete access paths of ten resources, each in its own network.
std::string big_manifest(int units) {
  std::string vpcs = "vpcs:\n";
  std::string subnets = "subnets:\n";
  std::string groups = "securityGroups:\n";
  std::string roles = "roles:\n";
  std::string rest = "dbProxies:\n";
  for (int i = 0; i < units; ++i) {
    vpcs += fmt::format("  v{0}: {{ cidrBlock: 10.{0}.0.0/16 }}\n", i);
    for (int k = 0; k < 4; ++k) {
      subnets += fmt::format(
          "  s{0}-{1}: {{ vpc: v{0}, cidrBlock: 10.{0}.{1}.0/24, availabilityZone: eu-west-3{2} "
          "}}\n",
          i,
          k,
          k % 2 == 0 ? "a" : "b"
      );
    }
    for (int k = 0; k < 3; k += 2) {
      groups += fmt::format(
          "  g{0}-{1}: {{ vpc: v{0}, description: d, ingress: [{{ port: 3306, from: g{0}-{2} }}] "
          "}}\n",
          i,
          k,
          0
      );
    }
    roles += fmt::format(
        "  r{0}: {{ trustPolicy: {{ Statement: [{{ Effect: Allow, Principal: {{ Service: "
        "rds.amazonaws.com }}, Action: sts:AssumeRole }}] }}, inlinePolicies: {{ connect: {{ "
        "Statement: [{{ Effect: Allow, Action: 'rds-db:connect', Resource: "
        "'arn:${{partition}}:rds-db:${{region}}:${{account}}:dbuser:${{dbInstances.d{0}."
        "dbiResourceId}}/*' }}] }} }} }}\n",
        i
    );
    rest += fmt::format(
        "  p{0}: {{ engineFamily: MYSQL, role: r{0}, subnets: [s{0}-0, s{0}-1], securityGroups: "
        "[g{0}-0], defaultAuthScheme: IAM_AUTH, requireTls: true, targets: [{{ dbInstance: d{0} "
        "}}] }}\n",
        i
    );
  }
  rest += "dbSubnetGroups:\n";
  for (int i = 0; i < units; ++i) {
    rest +=
        fmt::format("  d{0}: {{ dbSubnetGroupDescription: d, subnets: [s{0}-2, s{0}-3] }}\n", i);
  }
  rest += "dbInstances:\n";
  for (int i = 0; i < units; ++i) {
    rest += fmt::format(
        "  d{0}: {{ engine: mysql, dbInstanceClass: db.t4g.micro, allocatedStorage: 20, "
        "masterUsername: admin, manageMasterUserPassword: true, dbSubnetGroup: d{0}, "
        "storageEncrypted: true, multiAz: true, backupRetentionPeriod: 7, deletionProtection: "
        "true, enableIamDatabaseAuthentication: true, "
        "securityGroups: [g{0}-2] }}\n",
        i
    );
  }
  return "stack: big\nregion: eu-west-3\n" + vpcs + subnets + groups + roles + rest;
}

TEST(Lint, SaysNothingAboutAThousandGoodResources) {
  const Linted linted = lint_text(big_manifest(100));
  EXPECT_GE(linted.manifest->resources.size(), 1000U);
  EXPECT_EQ(listing(linted.loaded), "");
  EXPECT_EQ(listing(linted.found, Severity::kWarning), "");
}

TEST(Addresses, TakeRangesApartAndKnowWhatIsLeft) {
  AddressSet set;
  set.add(*parse_cidr4("10.0.0.0/24"));
  EXPECT_TRUE(set.take(*parse_cidr4("10.0.0.0/25")));
  EXPECT_FALSE(set.take(*parse_cidr4("10.0.1.0/24")));
  EXPECT_EQ(set.size(), 128U);
  EXPECT_EQ(print_address(set.lowest()), "10.0.0.128");
  EXPECT_TRUE(set.take(*parse_cidr4("0.0.0.0/0")));
  EXPECT_TRUE(set.empty());
}

TEST(Addresses, RefuseWhatIsNoRange) {
  for (const char* text :
       {"", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.256/8", "::/0", "10.0.0.0/8 "}) {
    EXPECT_FALSE(parse_cidr4(text)) << text;
  }
}

}  // namespace
}  // namespace plumbline
