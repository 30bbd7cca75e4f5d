// Rules about routes, ranges and names, one small change to a working manifest at a time: what is
// surely wrong is found, and what cannot be known is left alone.
#include "tests/unit/lint/changed_manifest.h"

namespace plumbline {
namespace {

TEST(Routes, ThroughGatewaysOfOtherNetworksOrNoneAreFound) {
  constexpr std::string_view kOther = "  other: { cidrBlock: 10.1.0.0/16 }\n\nsubnets:\n";
  EXPECT_EQ(findings_in("NW010", {}), "");
  EXPECT_EQ(
      findings_in("NW010", {{"  main: { vpc: main }", "  main: {}"}}),
      "error NW009 routeTables.public"
  );
  EXPECT_EQ(
      findings_in(
          "NW010", {{"\nsubnets:\n", kOther}, {"  main: { vpc: main }", "  main: { vpc: other }"}}
      ),
      "error NW009 routeTables.public"
  );
  EXPECT_EQ(
      findings_in(
          "NW010",
          {{"\nsubnets:\n", kOther}, {"  private:\n    vpc: main", "  private:\n    vpc: other"}}
      ),
      "error NW009 routeTables.private, error RF006 routeTables.private"
  );
}

TEST(Routes, ThatAreNotAllWrittenHereAreLeftAlone) {
  // The subnet may be named by a table that exists already, and the gateway may be attached.
  EXPECT_EQ(
      findings_in(
          "NW010",
          {{"    subnets: [out-a]\n", ""},
           {"routeTables:\n", "routeTables:\n  old: { existing: rtb-0123456789abcdef0 }\n"}}
      ),
      ""
  );
  EXPECT_EQ(
      findings_in(
          "NW010", {{"  main: { vpc: main }", "  main: { existing: igw-0123456789abcdef0 }"}}
      ),
      ""
  );
  EXPECT_EQ(findings_in("NW010", {{"    subnets: [out-a]\n", ""}}), "error NW009 natGateways.out");
  EXPECT_EQ(
      findings_in(
          "NW010",
          {{"    subnets: [out-a]\n", ""},
           {"{ subnet: out-a, allocation: out }", "{ subnet: out-a, connectivityType: private }"}}
      ),
      ""
  );
}

TEST(Routes, OfDatabasesDoNotLeadToTheInternet) {
  EXPECT_EQ(
      findings_in(
          "NW010", {{"subnets: [app-a, app-b]\n", "subnets: [app-a, app-b, db-a, db-b]\n"}}
      ),
      ""
  );
  EXPECT_EQ(
      findings_in(
          "NW010",
          {{"cidrBlock: 10.0.10.0/24,", "cidrBlock: 10.0.10.0/24, mapPublicIpOnLaunch: true,"}}
      ),
      "warning NW010 dbProxies.app, warning NW010 dbSubnetGroups.db"
  );
}

TEST(Functions, InPublicSubnetsHaveNoWayOutForAllThat) {
  EXPECT_EQ(findings_in("LM003", {}), "");
  EXPECT_EQ(
      findings_in("LM003", {{"natGateway: out }]", "gateway: main }]"}}),
      "error LM003 functions.reader"
  );
  EXPECT_EQ(
      findings_in("LM003", {{"natGateway: out }]", "transitGateway: tgw-0123456789abcdef0 }]"}}), ""
  );
  // Rights to everything say nothing about what the code calls.
  EXPECT_EQ(
      findings_in(
          "LM003",
          {{"natGateway: out }]", "gateway: main }]"},
           {"            Action: secretsmanager:GetSecretValue\n            Resource: "
            "'${secrets.app-db.secretArn}'\n"
            "  function:",
            "            Action: secretsmanager:GetSecretValue\n            Resource: '*'\n  "
            "function:"},
           {"            Action: secretsmanager:GetSecretValue\n            Resource: "
            "'${secrets.app-db.secretArn}'\n"
            "\n",
            "            Action: '*'\n            Resource: '*'\n\n"}}
      ),
      "warning IA011 roles.function"
  );
}

TEST(Ranges, ThatAreNoneAndThoseThatAwsMendsAreErrors) {
  EXPECT_EQ(findings_in("NW001", {{"10.0.0.0/24", "10.0.0.300/24"}}), "error NW001 subnets.app-a");
  EXPECT_EQ(
      findings_in("NW001", {{"10.0.10.7/32", "10.0.10.7/28"}}), "error NW001 securityGroups.db"
  );
}

TEST(Names, OfOneThingCannotBeHadTwice) {
  EXPECT_EQ(findings_in("RF005", {}), "");
  EXPECT_EQ(findings_in("RF005", {{", region: eu-west-1", ""}}), "error RF005 secrets.app-db");
  EXPECT_EQ(
      findings_in("RF005", {{"vpc: other, groupName", "vpc: main, groupName"}}),
      "error RF005 securityGroups.db"
  );
}

TEST(Names, AreTheOnesThatAreWanted) {
  EXPECT_EQ(findings_in("RF002", {}), "");
  EXPECT_EQ(
      findings_in(
          "RF002", {{"    securityGroups: [lambda]", "    securityGroups: ['${vpcs.main.vpcId}']"}}
      ),
      "error RF002 functions.reader, info RC003 , info RF004 securityGroups.proxy"
  );
  EXPECT_EQ(
      findings_in(
          "RF002",
          {{"    securityGroups: [lambda]",
            "    securityGroups: ['${vpcs.main.defaultSecurityGroup}', lambda]"}}
      ),
      ""
  );
}

}  // namespace
}  // namespace plumbline
