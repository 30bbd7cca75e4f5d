// RF004: what nothing uses, by the many ways in which something can be of use.
#include "tests/unit/lint/changed_manifest.h"

namespace plumbline {
namespace {

constexpr std::string_view kOutput = "  readPolicy: '${policies.read.policyArn}'\n";
constexpr std::string_view kGroupOutput = "  bastionGroup: '${securityGroups.bastion.groupId}'\n";

TEST(Usage, IsNothingToSayOfWhatAnOutputHandsOut) {
  EXPECT_EQ(findings_in("RF004", {}), "");
  EXPECT_EQ(findings_in("RF004", {{kOutput, ""}}), "warning RF004 policies.read");
}

TEST(Usage, OfAPolicyIsAnAttachment) {
  EXPECT_EQ(
      findings_in(
          "RF004",
          {{kOutput, ""},
           {"    inlinePolicies:\n", "    managedPolicies: [read]\n    inlinePolicies:\n"}}
      ),
      ""
  );
}

TEST(Usage, OfAGroupIsThatSomethingWearsIt) {
  // Named by a rule alone, the group lets nobody in; but a host elsewhere may wear it.
  EXPECT_EQ(findings_in("RF004", {{kGroupOutput, ""}}), "info RF004 securityGroups.db");
  EXPECT_EQ(
      findings_in("RF004", {{kGroupOutput, ""}, {"[proxy, bastion]", "proxy"}}),
      "warning RF004 securityGroups.bastion"
  );
  EXPECT_EQ(
      findings_in(
          "RF004",
          {{kGroupOutput, ""}, {"securityGroups: [lambda]", "securityGroups: [lambda, bastion]"}}
      ),
      "warning RC004 dbInstances.app"
  );
}

TEST(Usage, OfParameterGroupsAndSecretsIsThatSomethingNamesThem) {
  EXPECT_EQ(
      findings_in(
          "RF004",
          {{"dbInstances:\n",
            "dbParameterGroups:\n"
            "  used: { dbParameterGroupFamily: mysql8.0, description: d, parameters: { "
            "require_secure_transport: 1 } }\n"
            "  spare: { dbParameterGroupFamily: mysql8.0, description: d }\n"
            "dbInstances:\n"},
           {"    engine: mysql\n", "    engine: mysql\n    dbParameterGroup: used\n"},
           {"secrets:\n", "secrets:\n  spare: { secretString: '${inputs.password}' }\n"}}
      ),
      "warning RF004 dbParameterGroups.spare, warning RF004 secrets.spare"
  );
}

TEST(Usage, OfARuleIsThatNoOtherLetsTheSameThrough) {
  const auto with = [](std::string_view rules) {
    return findings_in("RF004", {{"[{ port: 3306, from: [proxy, bastion] }]", rules}});
  };
  const std::string_view once = "warning RF004 securityGroups.db";
  EXPECT_EQ(
      with("[{ port: 3306, from: [proxy, bastion, proxy] }]"), "error RF005 securityGroups.db"
  );
  EXPECT_EQ(
      with("[{ port: 3306, from: [proxy, bastion] }, { ports: 3000-4000, from: proxy }]"), once
  );
  EXPECT_EQ(
      with("[{ port: 3306, from: [proxy, 10.0.0.0/16] }, { port: 3306, from: 10.0.1.0/24 }]"),
      "warning RF004 securityGroups.db, warning SG009 securityGroups.db"
  );
  EXPECT_EQ(
      with("[{ protocol: all, from: [proxy] }, { port: 3306, from: [proxy, bastion] }]"),
      "warning RF004 securityGroups.db, warning SG009 securityGroups.db"
  );
  EXPECT_EQ(with("[{ port: 3306, from: [proxy, bastion] }, { port: 3307, from: proxy }]"), "");
  EXPECT_EQ(
      with("[{ port: 3306, from: [proxy, bastion] }, { protocol: udp, port: 3306, from: proxy }]"),
      ""
  );
  EXPECT_EQ(
      with("[{ port: 3306, from: [proxy, 10.0.1.0/24] }, { port: 3307, from: 10.0.0.0/16 }]"), ""
  );
  EXPECT_EQ(with("[{ port: 3306, from: proxy }, { protocol: all, from: self }]"), "");
}

}  // namespace
}  // namespace plumbline
