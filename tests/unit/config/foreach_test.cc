// forEach: one block, a resource for each key.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/config/graph.h"
#include "controller/config/manifest.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

using Names = std::vector<std::string>;

struct Loaded {
  explicit Loaded(const std::string& text, const ManifestOptions& options = {}) {
    manifest = parse_text("stack: s\n" + text, diagnostics, options);
  }
  [[nodiscard]] Names addresses() const {
    Names names;
    for (const Resource& resource : manifest->resources) {
      names.push_back(resource.address.to_string());
    }
    return names;
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

std::string shown(const Loaded& m) {
  return render_human(m.diagnostics, Colour::kNever);
}

/// "subnets.db-a.subnetId" for every reference of a list.
Names references(const Value& list) {
  Names names;
  list.for_each_reference([&](const Reference& r) { names.push_back(r.to_string()); });
  return names;
}

const std::string kSubnets =
    "vpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
    "subnets:\n"
    "  db:\n"
    "    forEach: { a: { cidr: 10.0.1.0/24, of: main }, c: { cidr: 10.0.2.0/24, of: main } }\n"
    "    vpc: '${each.value.of}'\n"
    "    cidrBlock: '${each.value.cidr}'\n"
    "    availabilityZone: 'eu-west-1${each.key}'\n";

TEST(ForEach, MakesAResourceForEachKeyOfAMap) {
  const Loaded m(kSubnets);
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.addresses(), (Names{"subnets.db-a", "subnets.db-c", "vpcs.main"}));
  EXPECT_EQ(m.value("subnets.db-c", "cidrBlock"), Value("10.0.2.0/24"));
  EXPECT_EQ(m.value("subnets.db-c", "availabilityZone"), Value("eu-west-1c"));
  // A value may be a name, and then it is a reference like any other.
  EXPECT_EQ(references(m.value("subnets.db-a", "vpc")), Names{"vpcs.main.vpcId"});
}

TEST(ForEach, TakesTheItemsOfAListAsKeys) {
  const Loaded m(
      "inputs: { third: { default: z } }\n"
      "functions:\n  f: { forEach: [x, y-1, '${inputs.third}'], environment: { K: '${each.key}', "
      "V: "
      "'<${each.value}>' } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.addresses(), (Names{"functions.f-x", "functions.f-y-1", "functions.f-z"}));
  EXPECT_EQ(m.value("functions.f-y-1", "environment.K"), Value("y-1"));
  EXPECT_EQ(m.value("functions.f-z", "environment.V"), Value("<z>"));
  EXPECT_EQ(m.value("functions.f-x", "functionName"), Value("f-x"));
}

TEST(ForEach, GivesTheSameResourcesInAnyOrder) {
  const Loaded m("functions: { f: { forEach: [a, b, c], environment: { K: '${each.key}' } } }\n");
  const Loaded other("functions: { f: { forEach: [c, a, b], environment: { K: '${each.key}' } } }\n"
  );
  ASSERT_EQ(m.addresses(), other.addresses());
  for (std::size_t i = 0; i < m.manifest->resources.size(); ++i) {
    EXPECT_EQ(m.manifest->resources[i].properties, other.manifest->resources[i].properties);
  }
}

TEST(ForEach, KeepsTheTypeOfAWholeValue) {
  const Loaded m(
      "securityGroups: { g: { description: d }, h: { description: d } }\n"
      "dbInstances:\n"
      "  d:\n"
      "    forEach: { x: { size: 20, az: true, groups: [g, h], env: { a: 1 } } }\n"
      "    engine: mysql\n"
      "    allocatedStorage: '${each.value.size}'\n"
      "    multiAZ: ${each.value.az}\n"
      "    securityGroups: '${each.value.groups}'\n"
      "    dbInstanceIdentifier: 'x-${each.value.groups.1}-${each.value.env.a}'\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("dbInstances.d-x", "allocatedStorage"), Value(20));
  EXPECT_EQ(m.value("dbInstances.d-x", "multiAZ"), Value(true));
  EXPECT_EQ(m.value("dbInstances.d-x", "securityGroups").size(), 2U);
  EXPECT_EQ(m.value("dbInstances.d-x", "dbInstanceIdentifier"), Value("x-h-1"));
}

TEST(ForEach, ReachesTheWordsOfTheResourceToo) {
  const Loaded m(
      "vpcs:\n  v:\n    forEach: { a: vpc-1, b: vpc-2 }\n    existing: '${each.value}'\n"
      "functions:\n  f: { forEach: [a, b], dependsOn: ['vpcs.v-${each.key}'], tags: { k: "
      "'${each.key}' } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.at("vpcs.v-b").existing->id, "vpc-2");
  EXPECT_EQ(m.at("functions.f-a").depends_on.at(0).to_string(), "vpcs.v-a");
  EXPECT_EQ(m.at("functions.f-b").tags.at(0).second, "b");
}

TEST(ForEach, LeavesEscapedTextsAlone) {
  const Loaded m(
      "functions: { f: { forEach: [a], environment: { K: '$${each.key} ${each.key}' } } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("functions.f-a", "environment.K"), Value("${each.key} a"));
}

TEST(ForEach, MayMakeNothing) {
  const Loaded m(
      "subnets: { s: { forEach: [], vpc: vpc-1 } }\n"
      "functions: { f: { vpcConfig: { subnets: [s] }, dependsOn: subnets.s } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.addresses(), Names{"functions.f"});
  EXPECT_EQ(m.value("functions.f", "vpcConfig.subnets").size(), 0U);
}

TEST(ForEachGroup, StandsForAllItsMembersInLists) {
  const Loaded m(
      kSubnets +
      "  one: { vpc: main }\n"
      "securityGroups:\n"
      "  web: { forEach: [x, y], description: d }\n"
      "  db: { description: d, ingress: [{ port: 1, from: web }, { port: 2, from: [self, web] }] "
      "}\n"
      "functions:\n"
      "  f: { vpcConfig: { subnets: [db, one] }, dependsOn: [subnets.db] }\n"
      "  g: { vpcConfig: { subnets: '${subnets.db.subnetId}' } }\n"
      "  h: { policy: { All: '${subnets.db.arn}', Some: ['*', '${subnets.db.arn}'] } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  const Names both = {"subnets.db-a.subnetId", "subnets.db-c.subnetId"};
  EXPECT_EQ(references(m.value("functions.g", "vpcConfig.subnets")), both);
  EXPECT_EQ(m.value("functions.f", "vpcConfig.subnets").size(), 3U);
  EXPECT_EQ(m.at("functions.f").depends_on.size(), 2U);
  EXPECT_EQ(m.value("functions.h", "policy.All").size(), 2U);
  EXPECT_EQ(m.value("functions.h", "policy.Some").size(), 3U);
  const List& rules = m.value("securityGroups.db", "ingress").as_list();
  EXPECT_EQ(
      references(rules[0].get("from")),
      (Names{"securityGroups.web-x.groupId", "securityGroups.web-y.groupId"})
  );
  EXPECT_EQ(rules[1].get("from").size(), 3U);
}

TEST(ForEachGroup, MakesAConnectionForEachPair) {
  const Loaded m(
      "functions: { f: { forEach: [a, b] } }\n"
      "dbInstances: { d: { forEach: [x, y], engine: mysql } }\n"
      "connections: [{ from: functions.f, to: dbInstances.d, port: 5 }, { from: internet, to: "
      "dbInstances.d-x }]\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  ASSERT_EQ(m.manifest->connections.size(), 5U);
  EXPECT_EQ(m.manifest->connections[1].from, "functions.f-a");
  EXPECT_EQ(m.manifest->connections[1].to, "dbInstances.d-y");
  EXPECT_EQ(m.manifest->connections[3].port, 5);
}

struct Refused {
  std::string name, text;
  Names places;
  std::string says;
};

class ForEachRefuses : public testing::TestWithParam<Refused> {};

TEST_P(ForEachRefuses, WithAPlaceAndAHelp) {
  const Loaded m(GetParam().text);
  EXPECT_EQ(places(m.diagnostics), GetParam().places) << shown(m);
  EXPECT_NE(words_of(m.diagnostics).find(GetParam().says), std::string::npos) << shown(m);
}

std::string function(const std::string& each, const std::string& k) {
  return "functions:\n  f:\n    forEach: " + each + "\n    environment:\n      K: " + k + "\n";
}

INSTANTIATE_TEST_SUITE_P(
    All,
    ForEachRefuses,
    testing::Values(
        Refused{"Text", function("a", "1"), {"MF004 4:14"}, "a list or a map"},
        Refused{"Nothing", function("", "1"), {"MF004 4:5"}, "not nothing"},
        Refused{"Maps", function("[{ a: 1 }]", "1"), {"MF004 4:15"}, "keys stay when lines move"},
        Refused{"BadKey", function("[10.0.0.0/8]", "1"), {"MF005 4:15"}, "write a map"},
        Refused{"KeyTwice", function("[a, b, a]", "1"), {"MF005 4:21"}, "is there twice"},
        Refused{
            "Member",
            function("{ a: { size: 1 }, b: { sise: 2 } }", "'${each.value.size}'"),
            {"RF001 6:10"},
            "did you mean `sise`?"},
        Refused{
            "Word",
            function("[a, b]", "'${each.valeu}'"),
            {"MF016 6:10"},
            "write ${each.key}, ${each.value} or ${each.value.MEMBER}"},
        Refused{
            "MapInText",
            function("{ a: { b: 1 } }", "'x${each.value}'"),
            {"MF004 6:10"},
            "it cannot be a part of a text"},
        Refused{
            "Outside",
            "functions: { f: { environment: { K: '${each.key}' } } }\n",
            {"MF016 2:38"},
            "with `forEach` alone"},
        Refused{
            "Taken",
            "functions: { f: { forEach: [a] }, f-a: {} }\n",
            {"MF005 2:29"},
            "m.yaml:2:35"},
        Refused{
            "TakenByAnother",
            "functions: { f: { forEach: [a-b] }, f-a: { forEach: [b] } }\n",
            {"MF005 2:54"},
            "declared already"},
        Refused{
            "GroupForOne",
            "vpcs: { v: { forEach: [a, b], cidrBlock: 10.0.0.0/8 } }\nsubnets: { s: { vpc: v } }\n",
            {"MF004 3:22"},
            "name `v-a` or `v-b`"},
        Refused{
            "GroupInAText",
            "vpcs: { v: { forEach: [a], cidrBlock: 10.0.0.0/8 } }\n"
            "functions: { f: { environment: { K: 'x ${vpcs.v.id}' } } }\n",
            {"MF004 3:37"},
            "is a group of 1"},
        Refused{
            "ValueAtItsOwnPlace",
            "vpcs:\n  v:\n    forEach: { a: 10.0.0.0/8, b: nonsense }\n    cidrBlock: "
            "'${each.value}'\n",
            {"MF009 4:34"},
            "a range such as"},
        Refused{
            "ATemplateAtFaultOnce",
            "vpcs: { v: { forEach: [a, b, c], cidrBlock: 10.0.0.0/8, nope: 1 } }\n",
            {"MF002 2:57"},
            "no property `nope`"}
    ),
    [](const auto& each) { return each.param.name; }
);

TEST(ForEach, DoesNotFillTheMemory) {
  std::string keys;
  for (int i = 0; i < 2000; ++i) {
    keys += "k" + std::to_string(i) + ", ";
  }
  std::string values;
  for (int i = 0; i < 2000; ++i) {
    values += "V" + std::to_string(i) + ": x, ";
  }
  const Loaded m(
      "functions: { f: { forEach: [" + keys + "], environment: { " + values + " } } }\n"
  );
  EXPECT_NE(words_of(m.diagnostics).find("a million values"), std::string::npos);
  EXPECT_LT(m.manifest->resources.size(), 600U);
}

}  // namespace
}  // namespace plumbline
