// What clients ask of a database: how they log in, as whom, and how many of them at once. What is
// not known, or set elsewhere, is left alone.
#include "tests/unit/lint/changed_manifest.h"

namespace plumbline {
namespace {

constexpr std::string_view kReserved = "    reservedConcurrentExecutions: 100\n";
constexpr std::string_view kClass = "db.t4g.medium";  // Some 341 clients of MySQL.
constexpr std::string_view kParameters = "{ require_secure_transport: '1' }";
constexpr std::string_view kTooMany = "warning LM006 functions.worker";

TEST(Clients, AreNoMoreThanTheDatabaseTakes) {
  EXPECT_EQ(findings_in("LM006", {}), "");
  EXPECT_EQ(findings_in("LM006", {{kReserved, "    reservedConcurrentExecutions: 341\n"}}), "");
  EXPECT_EQ(
      findings_in("LM006", {{kReserved, "    reservedConcurrentExecutions: 342\n"}}), kTooMany
  );
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}}), kTooMany);
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}, {"engine: mysql", "engine: MySQL"}}), kTooMany);
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}, {kClass, "db.r6g.large"}}), "");
}

TEST(Clients, AreCountedAgainstWhatTheParameterGroupSays) {
  constexpr std::string_view kMany = "{ require_secure_transport: '1', max_connections: 2000 }";
  constexpr std::string_view kFew = "{ require_secure_transport: '1', max_connections: '50' }";
  constexpr std::string_view kFormula =
      "{ require_secure_transport: '1', max_connections: '{DBInstanceClassMemory/1}' }";
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}, {kParameters, kMany}}), "");
  EXPECT_EQ(findings_in("LM006", {{kParameters, kFew}}), kTooMany);
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}, {kParameters, kFormula}}), "");
}

TEST(Clients, OfAnInputsNumberAreNotCounted) {
  EXPECT_EQ(
      findings_in(
          "LM006",
          {{kReserved, "    reservedConcurrentExecutions: '${inputs.runs}'\n"},
           {"inputs:\n", "inputs:\n  runs: { env: RUNS, type: int }\n"}}
      ),
      ""
  );
  EXPECT_EQ(findings_in("LM006", {{kReserved, ""}, {kClass, "db.x2g.large"}}), "");
}

constexpr std::string_view kAdmin = "auth: iam, user: admin }";
constexpr std::string_view kAuth = "auth: [{ secret: app-db, iamAuth: REQUIRED }]";

TEST(Clients, MayBeWhomeverTheProxyMayKnow) {
  EXPECT_EQ(findings_in("PX007", {{kAdmin, "user: admin }"}}), "");
  EXPECT_EQ(findings_in("PX007", {{kAdmin, "user: ADMIN }"}}), "error PX007 dbProxies.app");
  // Whom the second secret is for is not written here.
  EXPECT_EQ(
      findings_in(
          "PX007",
          {{kAdmin, "user: report }"},
           {kAuth,
            "auth: [{ secret: app-db, iamAuth: REQUIRED }, { secret: other, iamAuth: REQUIRED }]"},
           {"secrets:\n", "secrets:\n  other: { existing: shop/other }\n"}}
      ).find("PX007"),
      std::string::npos
  );
}

TEST(Clients, LogInAsTheProxyLetsThatUserIn) {
  EXPECT_EQ(findings_in("PX007", {{kAdmin, "auth: password }"}}), "error PX008 dbProxies.app");
  EXPECT_EQ(
      findings_in("PX007", {{kAdmin, "auth: iam }"}, {"iamAuth: REQUIRED", "iamAuth: DISABLED"}}),
      "error PX008 dbProxies.app, info IA011 roles.function"
  );
  EXPECT_EQ(
      findings_in(
          "PX007", {{kAdmin, "auth: password }"}, {"iamAuth: REQUIRED", "iamAuth: DISABLED"}}
      ),
      "info IA011 roles.function"
  );
}

TEST(Clients, OfADatabaseItselfUseIamWhereItTakesIam) {
  constexpr std::string_view kDirect = "to: dbProxies.app, auth: iam, user: admin }";
  const auto ids = [&](std::string_view database) {
    return findings_in(
        "PX007",
        {{kDirect, "to: dbInstances.app, auth: iam, user: admin }"},
         {"    multiAz: true\n", database}}
    );
  };
  EXPECT_NE(ids("    multiAz: true\n").find("error PX008 dbInstances.app"), std::string::npos);
  // Then it is the role that may not: its grant is for the proxy.
  const std::string with_iam =
      ids("    multiAz: true\n    enableIamDatabaseAuthentication: true\n");
  EXPECT_EQ(with_iam.find("PX008"), std::string::npos) << with_iam;
  EXPECT_NE(with_iam.find("error IA007 functions.reader"), std::string::npos) << with_iam;
}

}  // namespace
}  // namespace plumbline
