// The rules about databases, proxies, secrets and roles: one change of a sound manifest for each
// case, and whether it is found. The folders of tests/golden/lint hold one pair for each rule; here
// is what else the rules decide.
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/lint/rules/engine_facts.h"
#include "tests/support/lint/lint_text.h"

namespace plumbline {
namespace {

std::string sound_manifest() {
  return source_text("tests/golden/lint/PX010/good.yaml");
}

/// "DB001 DB010", each id once for every finding that matters.
std::string findings(const std::string& text) {
  const Linted linted = lint_text(text);
  EXPECT_FALSE(linted.loaded.has_errors()) << render_human(linted.loaded, Colour::kNever);
  std::string ids;
  for (const Diagnostic& finding : linted.found.all()) {
    if (finding.severity != Severity::kInfo) {
      ids += (ids.empty() ? "" : " ") + finding.id;
    }
  }
  return ids;
}

struct Case {
  const char* name;
  std::vector<std::pair<std::string, std::string>> changes;
  const char* found;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

class AccessRules : public testing::TestWithParam<Case> {};

TEST_P(AccessRules, FindWhatAChangeBreaksAndNothingElse) {
  EXPECT_EQ(findings(changed(sound_manifest(), GetParam().changes)), GetParam().found);
}

const std::string kEngine = "    engine: mysql\n";
const std::string kUser = "    masterUsername: admin\n";
const std::string kGroup = "    dbSubnetGroup: db\n";
const std::string kPublic = "    publiclyAccessible: false\n";
const std::string kFamily = "    engineFamily: MYSQL\n";
const std::string kHost = "    environment: { DB_HOST: '${dbProxies.app.endpoint}' }\n";
const std::string kSecret = "            Resource: '${secrets.app-db.secretArn}'\n";
const std::string kConnections = "connections:\n";
const std::string kAuth = "iamAuth: DISABLED }";
const std::string kPool = "targetGroup: { maxConnectionsPercent: 90 }";

std::vector<std::pair<std::string, std::string>> after(
    const std::string& line, const std::string& more
) {
  return {{line, line + more}};
}

std::vector<std::pair<std::string, std::string>> with_variable(const std::string& variable) {
  return {{kHost, "    environment: { DB_HOST: '${dbProxies.app.endpoint}', " + variable + " }\n"}};
}

std::vector<std::pair<std::string, std::string>> with_parameters(
    const std::string& version, const std::string& group
) {
  return {
      {kEngine, kEngine + "    engineVersion: '" + version + "'\n"},
      {kGroup, kGroup + "    dbParameterGroup: own\n"},
      {kConnections,
       "dbParameterGroups: { own: { description: d, " + group + " } }\n" + kConnections}};
}

INSTANTIATE_TEST_SUITE_P(
    Lint,
    AccessRules,
    testing::Values(
        Case{"Nothing", {}, ""},
        // Engines and their versions.
        Case{"NoEngine", {{kEngine, "    engine: mysq\n"}}, "DB001 PX003"},
        Case{"RetiredMajor", after(kEngine, "    engineVersion: '5.6'\n"), "DB001 PX004"},
        Case{"MajorThatNeverWas", after(kEngine, "    engineVersion: '8.1.0'\n"), "DB001"},
        Case{"NewerThanTheFacts", after(kEngine, "    engineVersion: '9.7.1'\n"), ""},
        Case{
            "RestoredOldVersion",
            after(kEngine, "    engineVersion: '5.6'\n    dbSnapshotIdentifier: old\n"),
            "PX004"},
        Case{"DefaultGroupWithoutTls", after(kEngine, "    engineVersion: '8.4'\n"), "DB010"},
        Case{
            "TlsTurnedOff",
            with_parameters(
                "8.4",
                "dbParameterGroupFamily: mysql8.4, parameters: { require_secure_transport: 'OFF' }"
            ),
            "DB010"},
        Case{
            "FamilyOfAnotherEngine",
            with_parameters(
                "8.4",
                "dbParameterGroupFamily: mariadb11.8, parameters: { require_secure_transport: '1' }"
            ),
            "DB011"},
        Case{
            "StaticAtOnce",
            with_parameters(
                "8.4",
                "dbParameterGroupFamily: mysql8.4, parameters: { require_secure_transport: '1', "
                "performance_schema: '1' }"
            ),
            "DB011"},
        // Databases by themselves.
        Case{"ReservedUser", {{kUser, "    masterUsername: rdsadmin\n"}}, "DB009"},
        Case{
            "MayBePublic",
            {{kPublic, ""}, {kGroup, ""}, {"    securityGroups: [db]\n", ""}},
            "DB008 RF007 SG013"},
        Case{"PublicByWord", {{kPublic, "    publiclyAccessible: true\n"}}, "DB008"},
        // Proxies.
        Case{
            "PasswordTypeOfAnotherFamily",
            {{kAuth, "iamAuth: DISABLED, clientPasswordAuthType: POSTGRES_MD5 }"}},
            "PX003"},
        Case{
            "PasswordTypeOfItsFamily",
            {{kAuth, "iamAuth: DISABLED, clientPasswordAuthType: MYSQL_NATIVE_PASSWORD }"}},
            ""},
        Case{"DefaultShareAlone", {{kPool, "idleClientTimeout: 60"}}, ""},
        Case{
            "ReadersOfOneInstance",
            {{kConnections,
              "dbProxyEndpoints: { r: { dbProxy: app, subnets: [db-a, db-b], securityGroups: "
              "[proxy], targetRole: READ_ONLY } }\n" +
                  kConnections}},
            "PX018"},
        Case{
            "EndpointInTheDefaultGroup",
            {{kConnections,
              "dbProxyEndpoints: { w: { dbProxy: app, subnets: [db-a, db-b] } }\n" + kConnections}},
            "SG013"},
        // Credentials.
        Case{"PasswordInEnvironment", with_variable("dbPassword: s3same99"), "SK005"},
        Case{"PasswordOfLibpq", with_variable("PGPASSWORD: s3same99"), "SK005"},
        Case{"PasswordAfterCapitals", with_variable("DBPassword: s3same99"), "SK005"},
        Case{"PasswordInOneWord", with_variable("dbpassword: s3same99"), "SK005"},
        Case{"PasswdInOneWord", with_variable("DBPASSWD: s3same99"), "SK005"},
        Case{"PasswordInATag", after(kEngine, "    tags: { DBPassword: s3same99 }\n"), "SK003"},
        Case{
            "PasswordAfterAnotherWord",
            with_variable("DSN: 'Server=db;NoPassword=0;Password=s3same99'"),
            "SK005"},
        Case{
            "PasswordAfterAnInput",
            with_variable("DSN: 'password=${inputs.tls}&new_password=s3same99'"),
            "SK005"},
        Case{
            "PasswordThatIsSaidSecond",
            {{"description: Databases", "description: 'no password: IAM, old password: s3same99'"}},
            "SK003"},
        Case{"NoPasswordAtAll", with_variable("DSN: 'nopassword=1;password='"), ""},
        Case{
            "WhereAPasswordIs",
            with_variable("DB_PASSWORD_SECRET_ARN: shop/db, DBPasswordFile: mounted-file"),
            ""},
        Case{"EnvironmentOfFourKilobytes", with_variable("BLOB: " + std::string(4000, 'x')), ""},
        Case{"SwitchInEnvironment", with_variable("CHECK_TOKEN: 'true'"), ""},
        Case{"NameOfASecret", with_variable("DB_SECRET: shop/db"), ""},
        Case{"UrlWithoutPassword", with_variable("DB_URL: mysql://app@db:3306/shop"), ""},
        // Roles.
        Case{
            "MisspeltAction",
            after(kSecret, "          - { Effect: Allow, Action: 'rds:connect', Resource: '*' }\n"),
            "IA008"},
        Case{
            "EveryAction",
            after(kSecret, "          - { Effect: Allow, Action: '*', Resource: '*' }\n"),
            "IA011"},
        Case{
            "EveryDatabase",
            after(
                kSecret,
                "          - { Effect: Allow, Action: 'rds-db:*', Resource: "
                "'arn:aws:rds-db:eu-west-3:123456789012:dbuser:*/*' }\n"
            ),
            "IA011"},
        Case{
            "KeyByTheNameOfItsAlias",
            after(
                kSecret,
                "          - { Effect: Allow, Action: 'kms:*', Resource: "
                "'arn:aws:kms:eu-west-3:123456789012:key/aws/secretsmanager' }\n"
            ),
            "IA004 IA011 IA005"},
        Case{
            "NeitherAllowNorDeny",
            after(kSecret, "          - { Action: 'logs:*', Resource: '*' }\n"),
            "IA010"},
        Case{
            "PrincipalInARole",
            after(
                kSecret,
                "          - { Effect: Allow, Principal: '*', Action: 'logs:*', Resource: '*' }\n"
            ),
            "IA010"},
        Case{
            "NoGrantToLogIn",
            {{kAuth, "iamAuth: REQUIRED }"},
             {"    requireTls: '${inputs.tls}'", "    requireTls: true"}},
            "IA007"}
    ),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; }
);

TEST(EngineFacts, ReadFamiliesOfParameterGroups) {
  EXPECT_EQ(parse_family("mysql8.0").engine, "mysql");
  EXPECT_EQ(parse_family("mysql8.0").version, "8.0");
  EXPECT_EQ(parse_family("postgres16").version, "16");
  EXPECT_EQ(parse_family("sqlserver-ee-15.0").engine, "sqlserver-ee");
  EXPECT_EQ(parse_family("oracle-se2-19").engine, "oracle-se2");
  EXPECT_EQ(parse_family("oracle-se2-19").version, "19");
}

TEST(EngineFacts, KnowHowManyClientsADatabaseTakes) {
  // 8 GiB by 12,582,880 bytes, 16 and 128 GiB of PostgreSQL by 9,531,392 and never more than 5,000.
  EXPECT_EQ(usual_connections("mysql", "db.m6g.large"), 682);
  EXPECT_EQ(usual_connections("mariadb", "db.t3.micro"), 85);
  EXPECT_EQ(usual_connections("postgres", "db.r6g.large"), 1802);
  EXPECT_EQ(usual_connections("postgres", "db.r6g.4xlarge"), 5000);
  EXPECT_EQ(usual_connections("mysql", "db.m7g.16xlarge"), 21845);
  for (const char* unknown :
       {"db.m4.large", "db.x2g.large", "db.m6g.huge", "m6g.large", "db.t3.8xlarge"}) {
    EXPECT_EQ(usual_connections("mysql", unknown), 0) << unknown;
  }
  EXPECT_EQ(usual_connections("oracle-ee", "db.m5.large"), 0);
}

TEST(EngineFacts, KnowWhatIsOfferedAndSayNothingAboutTheRest) {
  EXPECT_EQ(version_facts("mysql", "8.0").is_offered, Answer::kYes);
  EXPECT_EQ(version_facts("mysql", "8.0.39").is_offered, Answer::kNo);
  EXPECT_EQ(version_facts("mysql", "8").is_offered, Answer::kUnknown);
  EXPECT_EQ(version_facts("postgres", "9.6.24").is_offered, Answer::kNo);
  EXPECT_EQ(version_facts("postgres", "19.1").is_offered, Answer::kUnknown);
  EXPECT_EQ(version_facts("mariadb", "10.11.4").is_offered, Answer::kUnknown);
  EXPECT_EQ(version_facts("oracle-ee", "19.0.0.0.ru-2024-01").is_offered, Answer::kUnknown);
  EXPECT_EQ(class_objection("mysql", "8.0", "db.t4g.medium"), "");
  EXPECT_EQ(class_objection("mysql", "8.0", "db.z9.huge"), "");
  EXPECT_NE(class_objection("mysql", "8.0", "db.t3.4xlarge"), "");
  EXPECT_NE(class_objection("sqlserver-se", "16.00", "db.m6g.large"), "");
}

TEST(AccessLimits, AnEnvironmentTakesFourKilobytes) {
  const auto larger = with_variable("BLOB: " + std::string(4096, 'x'));
  const Linted linted = lint_text(changed(sound_manifest(), larger));
  ASSERT_EQ(linted.loaded.all().size(), 1U);
  EXPECT_EQ(linted.loaded.all()[0].id, "MF009");
  EXPECT_NE(linted.loaded.all()[0].detail.find("4096 are the most"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
