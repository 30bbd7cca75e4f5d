#include "controller/config/manifest.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

using Names = std::vector<std::string>;

struct Loaded {
  explicit Loaded(const std::string& text, const ManifestOptions& options = {}) {
    manifest = parse_text(text, diagnostics, options);
  }
  [[nodiscard]] const Resource& at(const char* address) const {
    const Resource* resource = manifest->find(Address::parse(address));
    EXPECT_NE(resource, nullptr) << address;
    return *resource;
  }
  [[nodiscard]] const Value& value(const char* address, const char* path) const {
    return at(address).properties.get_path(path);
  }
  Diagnostics diagnostics;
  std::shared_ptr<const Manifest> manifest;
};

/// A manifest that starts on line 2 with `text`.
Loaded load(const std::string& text, const ManifestOptions& options = {}) {
  return Loaded("stack: s\n" + text, options);
}

std::string shown(const Loaded& m) {
  return render_human(m.diagnostics, Colour::kNever);
}

TEST(Manifest, ReadsResourcesSortedByAddress) {
  const Loaded m = load(
      "region: eu-west-1\n"
      "vpcs: { main: { cidrBlock: 10.0.0.0/16, enableDnsSupport: true } }\n"
      "subnets:\n  b: { vpc: main }\n  a: { vpc: { id: vpc-1 }, availabilityZone: eu-west-1a }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.manifest->stack, "s");
  ASSERT_EQ(m.manifest->resources.size(), 3U);
  EXPECT_EQ(m.manifest->resources[0].address.to_string(), "subnets.a");
  EXPECT_EQ(m.manifest->resources[2].address.to_string(), "vpcs.main");
  EXPECT_EQ(m.value("vpcs.main", "enableDnsSupport"), Value(true));
  EXPECT_EQ(m.value("subnets.a", "vpc"), Value("vpc-1"));
  ASSERT_TRUE(m.value("subnets.b", "vpc").is_reference());
  EXPECT_EQ(m.value("subnets.b", "vpc").as_reference().to_string(), "vpcs.main.vpcId");
  EXPECT_EQ(m.at("vpcs.main").region, "eu-west-1");
  EXPECT_EQ(m.manifest->find({"vpcs", "none"}), nullptr);
}

TEST(Manifest, GivesResourcesTheirNameUnlessOneIsWritten) {
  const Loaded m = load(
      "functions: { f: , g: { functionName: other }, h: null }\n"
      "dbInstances: { d: { existing: db-1 } }\nvpcs: { v: { cidrBlock: 10.0.0.0/8 } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("functions.f", "functionName"), Value("f"));
  EXPECT_EQ(m.value("functions.g", "functionName"), Value("other"));
  EXPECT_EQ(m.value("functions.h", "functionName"), Value("h"));
  EXPECT_TRUE(m.value("dbInstances.d", "dbInstanceIdentifier").is_null());
}

TEST(Manifest, TypesChoicesByTheirForm) {
  const Loaded m = load(
      "inputs: { office: { default: 192.0.2.0/24 } }\n"
      "securityGroups:\n  web:\n    description: d\n    ingress:\n"
      "      - { port: 443, from: 0.0.0.0/0 }\n"
      "      - { ports: 1024-65535, from: [self, db, '::/0', { prefixList: pl-1 }, { id: sg-1 }] "
      "}\n"
      "      - { from: ['${inputs.office}', '${securityGroups.db.groupId}', '${vpcs.v.cidrBlock}'] "
      "}\n"
      "  db: { description: d }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  const List& rules = m.value("securityGroups.web", "ingress").as_list();
  EXPECT_EQ(rules[0].get("from"), Value::list({Value::object({{"cidr", "0.0.0.0/0"}})}));
  const List& from = rules[1].get("from").as_list();
  EXPECT_EQ(from[0], Value::object({{"self", true}}));
  EXPECT_EQ(from[1].get("group").as_reference().to_string(), "securityGroups.db.groupId");
  EXPECT_TRUE(from[1].get("group").as_reference().is_weak);
  EXPECT_EQ(from[2], Value::object({{"cidr6", "::/0"}}));
  EXPECT_EQ(from[3], Value::object({{"prefixList", "pl-1"}}));
  EXPECT_EQ(from[4], Value::object({{"id", "sg-1"}}));
  const List& open = rules[2].get("from").as_list();
  EXPECT_EQ(open[0], Value::object({{"cidr", "192.0.2.0/24"}}));
  EXPECT_TRUE(open[1].get("group").is_reference());
  EXPECT_TRUE(open[2].get("cidr").is_reference());
}

TEST(Manifest, TypesJsonByTheCoreRulesAndKeepsDates) {
  const Loaded m = load(
      "functions:\n  f:\n    policy:\n      Version: 2012-10-17\n      N: 5\n      T: '5'\n"
      "      B: true\n      F: 1.5\n      Z: 012\n      Nothing: ~\n"
      "      Resource: ['arn:x:${account}:y', '${secrets.s.arn}']\n"
      "  g: { policy: '{\"a\": [1, \"${secrets.s.arn}\"]}' }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  const Value& policy = m.value("functions.f", "policy");
  EXPECT_EQ(policy.get("Version"), Value("2012-10-17"));
  EXPECT_EQ(policy.get("N"), Value(5));
  EXPECT_EQ(policy.get("T"), Value("5"));
  EXPECT_EQ(policy.get("B"), Value(true));
  EXPECT_EQ(policy.get("F"), Value(1.5));
  EXPECT_EQ(policy.get("Z"), Value("012"));
  EXPECT_TRUE(policy.find("Nothing")->is_null());
  EXPECT_TRUE(policy.get("Resource").as_list()[0].is_concat());
  EXPECT_TRUE(policy.get("Resource").as_list()[1].is_reference());
  EXPECT_TRUE(m.value("functions.g", "policy.a").as_list()[1].is_reference());
}

TEST(Manifest, KeepsTextsAsTexts) {
  const Loaded m = load(
      "functions:\n  f:\n    role: arn:aws:iam::012345678901:role/x\n    code: { directory: ./src "
      "}\n"
      "    environment: { A: no, B: 0123, C: 12:30, D: 1e3, E: 'a', F: '${stack}/$${x}' }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("functions.f", "role"), Value("arn:aws:iam::012345678901:role/x"));
  EXPECT_EQ(m.value("functions.f", "code.directory"), Value("./src"));
  EXPECT_EQ(m.value("functions.f", "environment.A"), Value("no"));
  EXPECT_EQ(m.value("functions.f", "environment.B"), Value("0123"));
  EXPECT_EQ(m.value("functions.f", "environment.C"), Value("12:30"));
  EXPECT_EQ(m.value("functions.f", "environment.F"), Value("s/${x}"));
}

TEST(Manifest, KeepsSensitiveValuesSecret) {
  ManifestOptions options;
  options.environment = {{"DB_PASSWORD", "hunter2"}};
  const Loaded m = load(
      "inputs: { pw: { env: DB_PASSWORD, sensitive: true } }\n"
      "dbInstances:\n"
      "  a: { engine: mysql, masterUserPassword: '${inputs.pw}' }\n"
      "  b: { engine: mysql, masterUserPassword: plain }\n"
      "  c: { engine: mysql, masterUserPassword: 'x${secrets.s.arn}' }\n"
      "secrets: { s: { value: { u: app, p: '${inputs.pw}', n: 5 } } }\n"
      "functions: { f: { environment: { URL: 'u:${inputs.pw}@h' } } }\n",
      options
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("dbInstances.a", "masterUserPassword"), Value::secret("hunter2"));
  EXPECT_EQ(m.value("dbInstances.b", "masterUserPassword"), Value::secret("plain"));
  EXPECT_TRUE(m.value("dbInstances.c", "masterUserPassword").as_concat()[0].is_secret());
  EXPECT_TRUE(m.value("secrets.s", "value.u").is_secret());
  EXPECT_TRUE(m.value("functions.f", "environment.URL").is_secret());
  EXPECT_EQ(m.manifest->sensitive_inputs, Names{"pw"});
}

TEST(Manifest, ReadsTheWordsEveryResourceTakes) {
  const Loaded m = load(
      "region: eu-west-1\n"
      "tags: { team: data, stage: '${stack}' }\n"
      "accounts: { prod: { assumeRole: 'arn:aws:iam::123456789012:role/x', externalId: e, region: "
      "us-east-1 } }\n"
      "dbInstances:\n  d:\n    engine: mysql\n    account: prod\n    dependsOn: [vpcs.a, vpcs.b]\n"
      "    protect: true\n    onRemove: snapshot\n    drift: report\n    ignore: [ratio, tags]\n"
      "    timeouts: { create: 1h30m, delete: 90s }\n    tags: { stage: x, own: '${region}' }\n"
      "functions: { f: { region: a-property } }\n"
      "vpcs: { v: { cidrBlock: 10.0.0.0/8, region: eu-north-1 } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  const Resource& d = m.at("dbInstances.d");
  EXPECT_EQ(d.account, "prod");
  EXPECT_EQ(d.region, "us-east-1");
  ASSERT_EQ(d.depends_on.size(), 2U);
  EXPECT_EQ(d.depends_on[1].to_string(), "vpcs.b");
  EXPECT_TRUE(d.is_protected);
  EXPECT_EQ(d.on_remove, OnRemove::kSnapshot);
  EXPECT_TRUE(d.has_on_remove);
  EXPECT_EQ(d.drift, DriftPolicy::kReport);
  EXPECT_EQ(d.ignore, (Names{"ratio", "tags"}));
  EXPECT_EQ(d.create_timeout, std::chrono::minutes(90));
  EXPECT_EQ(d.update_timeout.count(), 0);
  EXPECT_EQ(d.delete_timeout, std::chrono::seconds(90));
  const std::vector<std::pair<std::string, std::string>> tags = {
      {"own", "us-east-1"}, {"stage", "x"}, {"team", "data"}};
  EXPECT_EQ(d.tags, tags);
  EXPECT_EQ(m.manifest->accounts.at("prod").external_id, "e");
  // A property of a word's name wins.
  EXPECT_EQ(m.value("functions.f", "region"), Value("a-property"));
  EXPECT_EQ(m.at("functions.f").region, "eu-west-1");
  EXPECT_EQ(m.at("vpcs.v").region, "eu-north-1");
}

TEST(Manifest, ReadsEveryFormOfExisting) {
  const Loaded m = load(
      "vpcs:\n  a: { existing: vpc-1 }\n  b: { existing: { id: vpc-2 } }\n"
      "  c: { existing: { tags: { Name: main }, cidrBlock: 10.0.0.0/8, vpcId: x } }\n"
      "secrets: { s: { existing: { name: prod/db } } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.at("vpcs.a").existing->id, "vpc-1");
  EXPECT_EQ(m.at("vpcs.b").existing->id, "vpc-2");
  EXPECT_EQ(m.at("vpcs.c").existing->tags[0].second, "main");
  EXPECT_EQ(m.at("vpcs.c").existing->match.get("cidrBlock"), Value("10.0.0.0/8"));
  EXPECT_EQ(m.at("secrets.s").existing->match.get("name"), Value("prod/db"));
}

TEST(Manifest, ReadsConnections) {
  const Loaded m = load(
      "connections:\n  - { from: functions.f, to: dbInstances.d }\n"
      "  - { from: internet, to: dbInstances.d, expect: denied, port: 3306 }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  ASSERT_EQ(m.manifest->connections.size(), 2U);
  EXPECT_EQ(m.manifest->connections[0].from, "functions.f");
  EXPECT_EQ(m.manifest->connections[0].expect, Expectation::kAllowed);
  EXPECT_EQ(m.manifest->connections[1].expect, Expectation::kDenied);
  EXPECT_EQ(m.manifest->connections[1].port, 3306);
  EXPECT_EQ(m.manifest->connections[1].range.begin.line, 4U);
}

TEST(Manifest, ReadsHowAClientLogsIn) {
  const Loaded m = load(
      "connections:\n  - { from: functions.f, to: dbInstances.d, auth: iam, user: app }\n"
      "  - { from: functions.g, to: dbInstances.d, auth: password }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.manifest->connections[0].auth, Login::kIam);
  EXPECT_EQ(m.manifest->connections[0].user, "app");
  EXPECT_EQ(m.manifest->connections[0].user_range.to_string(), "m.yaml:3:62");
  EXPECT_EQ(m.manifest->connections[1].auth, Login::kPassword);
  EXPECT_EQ(m.manifest->connections[1].user, "");
}

TEST(Manifest, RefusesWaysToLogInThatAreNone) {
  const Loaded m = load(
      "connections:\n  - { from: functions.f, to: dbInstances.d, auth: iamm }\n"
      "  - { from: internet, to: dbInstances.d, expect: denied, auth: iam }\n"
      "  - { from: functions.f, to: dbInstances.d, auth: [iam] }\n"
  );
  EXPECT_EQ(places(m.diagnostics), (Names{"MF009 3:51", "MF018 4:64", "MF004 5:51"})) << shown(m);
}

TEST(Manifest, FindsThePlaceOfAnyPath) {
  const Loaded m = load(
      "securityGroups:\n  db:\n    description: d\n    ingress:\n      - port: 1\n        from: "
      "web\n"
  );
  const Resource& db = m.at("securityGroups.db");
  const auto place = [&](const char* path) { return m.manifest->range_of(db, path).to_string(); };
  EXPECT_EQ(place("ingress.0.from.0.group"), "m.yaml:7:15");
  EXPECT_EQ(place("ingress.0.port"), "m.yaml:6:15");
  EXPECT_EQ(place("ingress.0.missing"), "m.yaml:6:9");
  EXPECT_EQ(place("ingress.7"), "m.yaml:6:7");
  EXPECT_EQ(place("groupName"), "m.yaml:3:3");
}

TEST(Manifest, FindsThePlaceInAMapThatStandsForAListOfOneAndBehindAKeyWithDots) {
  const Loaded m = load(
      "securityGroups:\n  db:\n    description: d\n    ingress:\n      port: 1\n      from:\n"
      "        id: sg-1\n    tags:\n      a.b: c\n"
  );
  const Resource& db = m.at("securityGroups.db");
  const auto place = [&](const char* path) { return m.manifest->range_of(db, path).to_string(); };
  EXPECT_EQ(place("ingress.0.port"), "m.yaml:6:13");
  EXPECT_EQ(place("ingress.0.from.0.id"), "m.yaml:8:13");
  EXPECT_EQ(place("tags.a.b"), "m.yaml:10:12");
}

TEST(Manifest, ReportsAllFaultsInTheOrderOfTheText) {
  const Loaded m = load("vpcs: { z: { cidrBlock: x }, a: { cidrBlock: y, nope: 1 } }\nzzzz: {}\n");
  EXPECT_EQ(places(m.diagnostics), (Names{"MF009 2:25", "MF009 2:46", "MF002 2:49", "MF002 3:1"}));
  EXPECT_EQ(m.diagnostics.all()[0].address, "vpcs.z");
}

}  // namespace
}  // namespace plumbline
