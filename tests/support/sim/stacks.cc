#include "tests/support/sim/stacks.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/sim/sim_world.h"

namespace plumbline::simtest {

namespace {

/// Every way out of a network: gateways and addresses are found by tag alone, tables and the NAT
/// gateway by their token.
std::string ways() {
  return R"(
stack: ways
region: eu-west-3
tags: { team: tests }
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
subnets:
  public: { vpc: main, cidrBlock: 10.0.0.0/24, availabilityZone: eu-west-3a }
internetGateways:
  main: { vpc: main }
elasticIps:
  nat: {}
natGateways:
  main: { subnet: public, allocation: nat }
routeTables:
  public:
    vpc: main
    routes: [{ destination: 0.0.0.0/0, gateway: main }]
    subnets: [public]
)";
}

std::vector<std::shared_ptr<const Manifest>> parsed(const std::vector<std::string>& texts) {
  std::vector<std::shared_ptr<const Manifest>> all;
  for (const std::string& text : texts) {
    all.push_back(parse_stack(text));
  }
  return all;
}

std::vector<std::string> small_versions() {
  const std::string base = small_manifest();
  std::string changed = replaced(base, "port: 3306, from: front", "port: 5432, from: front");
  changed = replaced(changed, "enableDnsHostnames: true", "enableDnsHostnames: false");
  changed = replaced(changed, "Reads the secret", "Reads it");
  changed = replaced(changed, "user: admin", "user: root");
  changed = replaced(changed, "team: tests", "team: others");
  const std::string beside =
      replaced(base, "description: Back", "groupName: rear, description: Back");
  const std::string wider =
      replaced(replaced(base, "10.0.0.0/16", "10.0.0.0/20"), "10.0.1.0/24", "10.0.2.0/24");
  // What holds data stays when a lost creation never said what its removal means: no role, then.
  const std::string less = base.substr(0, base.find("roles:"));
  return {base, changed, beside, wider, less};
}

std::vector<std::string> way_versions() {
  const std::string base = ways();
  const std::string table = base.substr(base.find("routeTables:"));
  const std::string closed = replaced(base, table, "");
  const std::string gateways = base.substr(base.find("elasticIps:"));
  const std::string fewer = replaced(base, gateways, "");
  return {base, closed, fewer};
}

/// What databases rest on, and a database whose password RDS keeps.
std::vector<std::string> data_versions() {
  const std::string base = data_manifest();
  std::string changed = replaced(base, "Data of the app", "Data");
  changed = replaced(changed, "retentionInDays: 14", "retentionInDays: 30");
  changed = replaced(changed, "long_query_time: 2, ", "");
  changed = replaced(changed, "user: admin", "user: root");
  changed = replaced(changed, "securityGroups: [proxy] }", "securityGroups: [other] }");
  changed = replaced(changed, "allocatedStorage: 20", "allocatedStorage: 30");
  const std::string beside = replaced(
      replaced(base, "/aws/lambda/reader", "/aws/lambda/other"), "alias/app", "alias/data"
  );
  const std::string fewer = base.substr(0, base.find("dbProxyEndpoints:"));
  return {base, changed, beside, fewer};
}

/// An instance that was made from an image, and all that IAM has for it.
std::vector<std::string> host_versions() {
  const std::string base = bastion_manifest();
  std::string changed = replaced(base, "logs:PutLogEvents", "logs:CreateLogStream");
  changed = replaced(changed, "instanceType: t3.micro", "instanceType: t3.small");
  const std::string moved =
      replaced(replaced(base, "10.0.0.0/16", "10.0.0.0/20"), "10.0.1.0/24", "10.0.2.0/24");
  const std::string fewer = base.substr(0, base.find("instances:"));
  return {base, changed, moved, fewer};
}

std::vector<std::string> network_versions() {
  const std::string base = network_manifest();
  const std::string walls = base.substr(base.find("networkAcls:"));
  std::string changed = replaced(base, "port: 3306", "port: 5432");
  changed = replaced(changed, "natGateway: main }]", "gateway: main }]");
  const std::string released =
      replaced(base, walls, replaced(walls, "    subnets: [private]\n", ""));
  const std::string open = replaced(base, walls, "");
  return {base, changed, released, open};
}

/// A peering whose routes and options change, which joins another network, and which is gone.
std::vector<std::string> peering_versions() {
  const std::string base = peering_manifest();
  std::string changed = replaced(base, "FromRemoteVpc: true", "FromRemoteVpc: false");
  changed = replaced(changed, "destination: 10.2.0.0/16", "destination: 10.2.1.0/24");
  changed = replaced(changed, "team: tests", "team: others");
  const std::string moved = replaced(
      replaced(base, "10.2.0.0/16 }\nvpc", "10.3.0.0/16 }\nvpc"),
      "destination: 10.2",
      "destination: 10.3"
  );
  const std::string apart = base.substr(0, base.find("vpcPeeringConnections:"));
  return {base, changed, moved, apart};
}

}  // namespace

std::shared_ptr<const Manifest> parse_stack(const std::string& text) {
  Diagnostics diagnostics;
  auto manifest = parse_manifest(sim_catalog(), "stack.yaml", text, ManifestOptions(), diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  return manifest;
}

const std::vector<Family>& families() {
  static const std::vector<Family> all = {
      {"small", 12, parsed(small_versions())},
      {"ways", 5, parsed(way_versions())},
      {"path", 1, parsed({path_manifest()})},
      {"data", 3, parsed(data_versions())},
      {"host", 3, parsed(host_versions())},
      {"network", 3, parsed(network_versions())},
      {"peers", 3, parsed(peering_versions())},
  };
  return all;
}

std::string forty_objects(int step) {
  std::string text = "stack: forty\nregion: eu-west-3\ntags: { team: tests }\nvpcs:\n";
  const auto each = [&](const auto& line) {
    for (int i = 0; i < 8; ++i) {
      text += line(i);
    }
  };
  each([&](int i) {
    return fmt::format(
        "  v{}: {{ cidrBlock: 10.{}.0.0/16, enableDnsHostnames: {} }}\n", i, i, step == 0
    );
  });
  text += "subnets:\n";
  each([&](int i) {
    return fmt::format(
        "  s{0}: {{ vpc: v{0}, cidrBlock: 10.{0}.{1}.0/24, availabilityZone: eu-west-3a }}\n",
        i,
        step == 2 ? 2 : 1
    );
  });
  text += "securityGroups:\n";
  each([&](int i) {
    return fmt::format(
        "  g{0}: {{ vpc: v{0}, description: {1}, ingress: [{{ port: {2}, from: 10.{0}.0.0/16 }}] "
        "}}\n",
        i,
        step == 2 ? "Second" : "First",
        step == 1 ? 5432 : 3306
    );
  });
  text += "secrets:\n";
  each([&](int i) {
    return fmt::format(
        "  k{}: {{ secretString: {{ word: {}-{} }}, forceDelete: true }}\n",
        i,
        secret_value(),
        step == 1
    );
  });
  text += "roles:\n";
  each([&](int i) {
    return fmt::format(
        "  r{0}:\n    description: Step {1}\n    trustPolicy:\n      Version: 2012-10-17\n"
        "      Statement: [{{ Effect: Allow, Principal: {{ Service: lambda.amazonaws.com }}, "
        "Action: sts:AssumeRole }}]\n",
        i,
        step == 1
    );
  });
  return text;
}

}  // namespace plumbline::simtest
