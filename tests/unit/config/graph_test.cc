#include "controller/config/graph.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

struct Made {
  explicit Made(const std::string& text) {
    manifest = parse_text("stack: s\nregion: eu-west-1\n" + text, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << render_human(diagnostics, Colour::kNever);
    graph = make_graph(*manifest, diagnostics);
  }
  /// "securityGroups.a.create" style, sorted.
  [[nodiscard]] std::vector<std::string> before(
      const std::vector<std::vector<Graph::Point>>& points, const char* address
  ) const {
    std::vector<std::string> names;
    const Resource* resource = manifest->find(Address::parse(address));
    for (const auto& p : points[static_cast<std::size_t>(resource - manifest->resources.data())]) {
      names.push_back(
          manifest->resources[p.resource].address.to_string() +
          (p.is_finish ? ".finish" : ".create")
      );
    }
    return names;
  }
  [[nodiscard]] std::vector<std::string> before_create(const char* address) const {
    return before(graph.before_create, address);
  }
  [[nodiscard]] std::vector<std::string> before_finish(const char* address) const {
    return before(graph.before_finish, address);
  }
  [[nodiscard]] std::vector<std::string> deferred(const char* address) const {
    const Resource* resource = manifest->find(Address::parse(address));
    return graph.deferred[static_cast<std::size_t>(resource - manifest->resources.data())];
  }
  [[nodiscard]] std::vector<std::string> order() const {
    std::vector<std::string> names;
    for (const std::size_t i : graph.order) {
      names.push_back(manifest->resources[i].address.to_string());
    }
    return names;
  }

  Diagnostics diagnostics;
  std::shared_ptr<const Manifest> manifest;
  Graph graph;
};

using Names = std::vector<std::string>;

TEST(Graph, OrdersByNeedAndThenByAddress) {
  const Made m(
      "subnets:\n  b: { vpc: main }\n  a: { vpc: main }\n"
      "vpcs: { main: { cidrBlock: 10.0.0.0/16 }, alone: { cidrBlock: 10.1.0.0/16 } }\n"
      "functions:\n  f: { vpcConfig: { subnets: [b, a] }, environment: { X: "
      "'${stack}${subnets.a.id}' } }\n"
  );
  EXPECT_TRUE(m.diagnostics.empty());
  EXPECT_EQ(m.order(), (Names{"vpcs.alone", "vpcs.main", "subnets.a", "subnets.b", "functions.f"}));
  EXPECT_EQ(m.before_create("functions.f"), (Names{"subnets.a.finish", "subnets.b.finish"}));
  EXPECT_EQ(m.before_create("subnets.a"), Names{"vpcs.main.finish"});
  EXPECT_TRUE(m.before_finish("subnets.a").empty());
  ASSERT_EQ(m.graph.edges.size(), 5U);
  EXPECT_EQ(m.graph.edges[0].property, "vpcConfig.subnets.0");
  EXPECT_EQ(m.graph.edges[0].attribute, "subnetId");
  EXPECT_EQ(m.graph.edges[2].property, "environment.X");
}

TEST(Graph, TakesDependsOnAsNeed) {
  const Made m(
      "vpcs:\n  a: { cidrBlock: 10.0.0.0/16, dependsOn: vpcs.b }\n  b: { cidrBlock: 10.1.0.0/16 }\n"
  );
  EXPECT_EQ(m.order(), (Names{"vpcs.b", "vpcs.a"}));
  EXPECT_EQ(m.graph.edges[0].property, "dependsOn");
}

TEST(Graph, PutsAKindAfterWhatItNeedsWithoutNamingIt) {
  const Made m(
      "doors:\n  a: {}\n  z: {}\n  there: { region: eu-west-2 }\n"
      "lifts: { main: {} }\nsecrets: { s: {} }\n"
  );
  EXPECT_EQ(m.before_create("lifts.main"), (Names{"doors.a.finish", "doors.z.finish"}));
  EXPECT_TRUE(m.before_create("doors.a").empty());
}

TEST(Graph, RefusesTwoThatClaimWhatOnlyOneCanHave) {
  Diagnostics diagnostics;
  const auto manifest = parse_text(
      "stack: s\nregion: eu-west-1\n"
      "vpcs: { a: { cidrBlock: 10.0.0.0/16 }, b: { cidrBlock: 10.1.0.0/16 } }\n"
      "secrets: { s: {}, t: {} }\n"
      "doors:\n"
      "  one: { vpc: a, keys: [s, s] }\n"
      "  two: { vpc: b, keys: [t, s] }\n"
      "  three: { vpc: a }\n",
      diagnostics
  );
  make_graph(*manifest, diagnostics);
  // Resources are in the order of their addresses: `three` is read before `two`.
  EXPECT_EQ(places(diagnostics), (Names{"RF008 8:17", "RF008 7:28"})) << words_of(diagnostics);
  EXPECT_NE(words_of(diagnostics).find("`doors.one` has `vpcs.a` already"), std::string::npos)
      << words_of(diagnostics);
}

TEST(Graph, LetsGroupsNameEachOtherAndThemselves) {
  const Made m(
      "securityGroups:\n"
      "  a: { description: a, ingress: [{ port: 1, from: [b, a] }] }\n"
      "  b: { description: b, ingress: [{ port: 1, from: a }] }\n"
  );
  EXPECT_TRUE(m.diagnostics.empty()) << render_human(m.diagnostics, Colour::kNever);
  EXPECT_TRUE(m.before_create("securityGroups.a").empty());
  EXPECT_EQ(m.before_finish("securityGroups.a"), Names{"securityGroups.b.create"});
  EXPECT_EQ(m.before_finish("securityGroups.b"), Names{"securityGroups.a.create"});
  EXPECT_EQ(m.deferred("securityGroups.a"), Names{"ingress"});
}

TEST(Graph, WaitsForWeakProducersOnlyAtTheEndEvenWithoutACycle) {
  const Made m(
      "securityGroups:\n  a: { description: a, ingress: [{ from: b }] }\n  b: { description: b }\n"
  );
  EXPECT_TRUE(m.before_create("securityGroups.a").empty());
  EXPECT_EQ(m.before_finish("securityGroups.a"), Names{"securityGroups.b.create"});
  EXPECT_TRUE(m.deferred("securityGroups.a").empty());
  EXPECT_TRUE(m.graph.edges[0].is_weak);
}

TEST(Graph, SetsADeferrablePropertyInOneCallWithoutACycle) {
  const Made m(
      "secrets: { s: { value: { host: '${dbInstances.d.endpoint.address}' } } }\n"
      "dbInstances: { d: { engine: mysql } }\n"
  );
  EXPECT_EQ(m.before_create("secrets.s"), Names{"dbInstances.d.finish"});
  EXPECT_TRUE(m.deferred("secrets.s").empty());
}

TEST(Graph, DissolvesTheSecretThatHoldsTheEndpointOfItsDatabase) {
  const Made m(
      "secrets: { s: { value: { host: '${dbInstances.d.endpoint.address}' } } }\n"
      "dbInstances: { d: { engine: mysql, secret: s } }\n"
  );
  EXPECT_TRUE(m.diagnostics.empty()) << render_human(m.diagnostics, Colour::kNever);
  EXPECT_EQ(m.order(), (Names{"secrets.s", "dbInstances.d"}));
  EXPECT_EQ(m.deferred("secrets.s"), Names{"value"});
  EXPECT_TRUE(m.before_create("secrets.s").empty());
  // The endpoint is known only when the database is up, not when its creation was accepted.
  EXPECT_EQ(m.before_finish("secrets.s"), Names{"dbInstances.d.finish"});
  EXPECT_EQ(m.before_create("dbInstances.d"), Names{"secrets.s.create"});
}

TEST(Graph, LetsADeferrablePropertyNameItsOwnResource) {
  const Made m("secrets: { s: { resourcePolicy: { Resource: '${secrets.s.arn}' } } }\n");
  EXPECT_TRUE(m.diagnostics.empty());
  EXPECT_EQ(m.deferred("secrets.s"), Names{"resourcePolicy"});
  EXPECT_TRUE(m.before_create("secrets.s").empty());
}

TEST(Graph, LoosensOnlyWhatTheCycleNeeds) {
  // d needs s, f needs d, and s (late) needs f: f still waits until d is up.
  const Made m(
      "secrets: { s: { value: { f: '${functions.f.arn}' } } }\n"
      "dbInstances: { d: { engine: mysql, secret: s } }\n"
      "functions: { f: { environment: { H: '${dbInstances.d.endpoint.address}' } } }\n"
  );
  EXPECT_TRUE(m.diagnostics.empty());
  EXPECT_EQ(m.before_create("functions.f"), Names{"dbInstances.d.finish"});
  EXPECT_EQ(m.before_create("dbInstances.d"), Names{"secrets.s.create"});
  EXPECT_EQ(m.before_finish("secrets.s"), Names{"functions.f.finish"});
}

TEST(Graph, ShowsEveryEdgeOfACycle) {
  const Made m(
      "functions:\n"
      "  a: { environment: { B: '${functions.b.arn}' } }\n"
      "  b: { environment: { C: '${functions.c.arn}' } }\n"
      "  c: { environment: { A: 'x-${functions.a.arn}' } }\n"
      "  d: { environment: { A: '${functions.a.arn}' } }\n"
  );
  EXPECT_EQ(places(m.diagnostics), Names{"RF003 4:26"});
  const Diagnostic& d = m.diagnostics.all()[0];
  EXPECT_EQ(d.address, "functions.a");
  EXPECT_NE(
      d.detail.find("functions.a → functions.b → functions.c → functions.a"), std::string::npos
  );
  ASSERT_EQ(d.evidence.size(), 3U);
  EXPECT_EQ(d.evidence[2].text, "functions.c.environment.A → functions.a.arn");
  EXPECT_EQ(d.evidence[2].range.to_string(), "m.yaml:6:26");
  EXPECT_EQ(m.graph.order.size(), 4U);
}

TEST(Graph, ReportsEachKnotOnceAndSelfReferences) {
  const Made m(
      "functions:\n"
      "  a: { environment: { B: '${functions.b.arn}' } }\n"
      "  b: { dependsOn: [functions.a] }\n"
      "  s: { environment: { S: '${functions.s.arn}' } }\n"
  );
  EXPECT_EQ(places(m.diagnostics), (Names{"RF003 5:19", "RF003 6:26"}));
  EXPECT_NE(m.diagnostics.all()[1].detail.find("needs itself"), std::string::npos);
}

TEST(Graph, SuggestsWhatAnUndeclaredNameMayMean) {
  const Made m(
      "vpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
      "subnets:\n"
      "  a: { vpc: mian }\n"
      "  b: { vpc: c }\n"
      "  c: { vpc: main }\n"
      "functions:\n"
      "  f: { environment: { X: '${subnet.a.id}' }, dependsOn: [vpcs.zzz] }\n"
      "  g: { role: worker }\n"
  );
  Diagnostics sorted = m.diagnostics;
  sorted.sort();
  EXPECT_EQ(
      places(sorted), (Names{"RF001 5:13", "RF001 6:13", "RF001 9:26", "RF001 9:58", "RF001 10:14"})
  );
  const auto& all = sorted.all();
  EXPECT_EQ(all[0].help, "did you mean `main`?");
  EXPECT_NE(all[1].detail.find("There is `subnets.c`"), std::string::npos);
  EXPECT_EQ(all[2].help, "did you mean `subnets`?");
  EXPECT_NE(all[4].help.find("{ id: … }"), std::string::npos);
}

TEST(Graph, ChecksAttributes) {
  const Made m(
      "dbInstances: { d: { engine: mysql } }\n"
      "functions:\n"
      "  f:\n"
      "    environment:\n"
      "      A: ${dbInstances.d.endpont}\n"
      "      B: ${dbInstances.d.endpoint.adress}\n"
      "      C: ${dbInstances.d.endpoint.port}\n"
      "      D: ${dbInstances.d.zzzzzzzz}\n"
      "      E: ${dbInstances.d.securityGroups.0}\n"
      "      F: ${functions.g.policy.Statement.0.Sid}\n"
      "      G: ${account}-${partition}\n"
      "  g: {}\n"
  );
  EXPECT_EQ(places(m.diagnostics), (Names{"RF002 7:10", "RF002 8:10", "RF002 10:10"}));
  EXPECT_EQ(m.diagnostics.all()[0].help, "did you mean `endpoint`?");
  EXPECT_NE(m.diagnostics.all()[2].help.find("plumbline explain"), std::string::npos);
}

TEST(Graph, CopesWithAChainOfTwentyThousand) {
  std::string text = "functions:\n";
  for (int i = 0; i < 20'000; ++i) {
    text += fmt::format("  f{:05}: {{ dependsOn: functions.f{:05} }}\n", i, (i + 1) % 20'000);
  }
  Diagnostics diagnostics;
  const auto manifest = parse_text("stack: s\n" + text, diagnostics);
  const Graph graph = make_graph(*manifest, diagnostics);
  EXPECT_EQ(places(diagnostics), Names{"RF003 3:24"});
  EXPECT_EQ(graph.order.size(), 20'000U);
}

}  // namespace
}  // namespace plumbline
