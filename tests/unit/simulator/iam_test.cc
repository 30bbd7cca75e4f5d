#include <string>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using namespace std::chrono_literals;

const std::string kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
    R"("Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
const std::string kReadS3 =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]})";

std::string trust_of(const std::string& principal) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")" +
         principal + R"("},"Action":"sts:AssumeRole"}]})";
}

Value new_role(const std::string& name, const std::string& trust = kTrust) {
  return Value::object({{"RoleName", name}, {"AssumeRolePolicyDocument", trust}});
}

Value named(const std::string& name) {
  return Value::object({{"RoleName", name}});
}

std::string message_of(const Outcome& outcome) {
  const auto* fault = std::get_if<Fault>(&outcome);
  return fault == nullptr ? "" : fault->message;
}

TEST(Iam, CreatesARoleAndReadsItBack) {
  Sim sim;
  Value params = new_role("app");
  params.set("Path", "/team/");
  params.set("Description", "Runs the app.");
  params.set("MaxSessionDuration", "7200");
  params.set("Tags", Value::list({Value::object({{"Key", "env"}, {"Value", "test"}})}));
  sim.ok("iam", "CreateRole", params);
  const Value role = sim.ok("iam", "GetRole", named("app")).get("Role");
  EXPECT_EQ(role.text_of("Arn"), "arn:aws:iam::123456789012:role/team/app");
  EXPECT_EQ(role.text_of("RoleId").substr(0, 4), "AROA");
  EXPECT_EQ(role.text_of("RoleId").size(), 21U);
  EXPECT_EQ(role.text_of("CreateDate"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(role.get("MaxSessionDuration"), Value(7200));
  EXPECT_EQ(role.text_of("Description"), "Runs the app.");
  EXPECT_EQ(role.get("Tags").as_list().at(0).text_of("Value"), "test");
  const std::string& shown = role.text_of("AssumeRolePolicyDocument");
  EXPECT_EQ(shown.substr(0, 12), "%7B%22Versio");
  EXPECT_EQ(percent_decode(shown), kTrust);
}

TEST(Iam, IsTheSameInEveryRegionAndAnotherInEveryAccount) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  sim.region = "us-east-1";
  EXPECT_EQ(sim.ok("iam", "GetRole", named("app")).get_path("Role.RoleName"), Value("app"));
  sim.account = "210987654321";
  EXPECT_EQ(sim.fails("iam", "GetRole", named("app")), "NoSuchEntity");
}

TEST(Iam, RefusesANameThatDiffersOnlyInCase) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("App"));
  EXPECT_EQ(sim.fails("iam", "CreateRole", new_role("app")), "EntityAlreadyExists");
  EXPECT_EQ(sim.fails("iam", "GetRole", named("app")), "NoSuchEntity");
}

TEST(Iam, WordsValidationErrorsAsAwsDoes) {
  Sim sim;
  Value params = new_role("no spaces");
  params.set("Path", "team");
  EXPECT_EQ(
      message_of(sim.call("iam", "CreateRole", params)),
      "2 validation errors detected: Value 'no spaces' at 'roleName' failed to satisfy constraint: "
      "Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value 'team' at 'path' failed "
      "to "
      "satisfy constraint: Member must satisfy regular expression pattern: "
      "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)"
  );
  EXPECT_EQ(sim.fails("iam", "CreateRole", new_role(std::string(65, 'a'))), "ValidationError");
  Value brief = new_role("brief");
  brief.set("MaxSessionDuration", "60");
  EXPECT_EQ(sim.fails("iam", "CreateRole", brief), "ValidationError");
  EXPECT_EQ(sim.fails("iam", "CreateRocket"), "InvalidAction");
}

TEST(Iam, RefusesMalformedTrustPolicies) {
  Sim sim;
  const auto refused = [&sim](const std::string& trust) {
    EXPECT_EQ(sim.fails("iam", "CreateRole", new_role("r", trust)), "MalformedPolicyDocument");
    return message_of(sim.call("iam", "CreateRole", new_role("r", trust)));
  };
  EXPECT_EQ(refused("{not json"), "This policy contains invalid Json");
  EXPECT_EQ(
      refused(R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]})"),
      "Missing required field Principal"
  );
  EXPECT_EQ(
      refused(R"({"Statement":[{"Effect":"Allow","Action":"s3:Get","Principal":"*"}]})"),
      "AssumeRole policy may only specify STS AssumeRole actions."
  );
  EXPECT_EQ(
      refused(
          R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}]})"
      ),
      "Has prohibited field Resource"
  );
  EXPECT_EQ(
      refused(trust_of("arn:aws:iam::123456789012:role/nobody")),
      "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/nobody\""
  );
  EXPECT_EQ(
      refused(
          R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda"}}]})"
      ),
      "Invalid principal in policy: \"SERVICE\":\"lambda\""
  );
}

TEST(Iam, KnowsANewRoleAsPrincipalOnlyAfterItPropagated) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("first"));
  const Value second = new_role("second", trust_of("arn:aws:iam::123456789012:role/first"));
  EXPECT_EQ(sim.fails("iam", "CreateRole", second), "MalformedPolicyDocument");
  sim.pass(8s);
  sim.ok("iam", "CreateRole", second);
}

TEST(Iam, TurnsAnAccountIdIntoItsRootAndADeadRoleIntoItsId) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("root", trust_of("210987654321")));
  Value role = sim.ok("iam", "GetRole", named("root")).get("Role");
  EXPECT_NE(
      percent_decode(role.text_of("AssumeRolePolicyDocument"))
          .find("arn:aws:iam::210987654321:root"),
      std::string::npos
  );
  const std::string id =
      sim.ok("iam", "CreateRole", new_role("gone")).get_path("Role.RoleId").as_text();
  sim.pass(10s);
  sim.ok("iam", "CreateRole", new_role("user", trust_of("arn:aws:iam::123456789012:role/gone")));
  sim.ok("iam", "DeleteRole", named("gone"));
  sim.ok("iam", "CreateRole", new_role("gone"));
  role = sim.ok("iam", "GetRole", named("user")).get("Role");
  EXPECT_EQ(percent_decode(role.text_of("AssumeRolePolicyDocument")), trust_of(id));
}

TEST(Iam, KeepsInlinePoliciesAndRefusesBadOnes) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  Value policy =
      Value::object({{"RoleName", "app"}, {"PolicyName", "read"}, {"PolicyDocument", kReadS3}});
  sim.ok("iam", "PutRolePolicy", policy);
  const Value read = sim.ok("iam", "GetRolePolicy", policy);
  EXPECT_EQ(percent_decode(read.text_of("PolicyDocument")), kReadS3);
  EXPECT_EQ(
      sim.ok("iam", "ListRolePolicies", named("app")).get("PolicyNames"), Value::list({"read"})
  );
  policy.set("PolicyDocument", R"({"Statement":[{"Effect":"Allow","Action":"s3:Get*"}]})");
  EXPECT_EQ(
      message_of(sim.call("iam", "PutRolePolicy", policy)),
      "Policy statement must contain resources."
  );
  policy.set(
      "PolicyDocument", R"({"Statement":[{"Effect":"Allow","Action":"Get","Resource":"*"}]})"
  );
  EXPECT_EQ(sim.fails("iam", "PutRolePolicy", policy), "MalformedPolicyDocument");
  std::string large = kReadS3;
  large.replace(large.find("s3:Get*"), 7, "s3:" + std::string(10240, 'x'));
  policy.set("PolicyDocument", large);
  EXPECT_EQ(sim.fails("iam", "PutRolePolicy", policy), "LimitExceeded");
  sim.ok("iam", "DeleteRolePolicy", policy);
  EXPECT_EQ(sim.fails("iam", "DeleteRolePolicy", policy), "NoSuchEntity");
}

TEST(Iam, RefusesToDeleteARoleUntilNothingHangsOnIt) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  const Value inline_policy =
      Value::object({{"RoleName", "app"}, {"PolicyName", "read"}, {"PolicyDocument", kReadS3}});
  const Value attachment = Value::object(
      {{"RoleName", "app"},
       {"PolicyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}}
  );
  const Value profile = Value::object({{"InstanceProfileName", "host"}, {"RoleName", "app"}});
  sim.ok("iam", "PutRolePolicy", inline_policy);
  sim.ok("iam", "AttachRolePolicy", attachment);
  sim.ok("iam", "AttachRolePolicy", attachment);
  sim.ok("iam", "CreateInstanceProfile", profile);
  sim.ok("iam", "AddRoleToInstanceProfile", profile);
  EXPECT_EQ(sim.fails("iam", "AddRoleToInstanceProfile", profile), "LimitExceeded");
  EXPECT_EQ(
      sim.ok("iam", "ListInstanceProfilesForRole", named("app")).get("InstanceProfiles").size(), 1U
  );
  EXPECT_EQ(sim.fails("iam", "DeleteRole", named("app")), "DeleteConflict");
  sim.ok("iam", "RemoveRoleFromInstanceProfile", profile);
  EXPECT_EQ(sim.fails("iam", "DeleteRole", named("app")), "DeleteConflict");
  sim.ok("iam", "DetachRolePolicy", attachment);
  EXPECT_EQ(sim.fails("iam", "DetachRolePolicy", attachment), "NoSuchEntity");
  EXPECT_EQ(sim.fails("iam", "DeleteRole", named("app")), "DeleteConflict");
  sim.ok("iam", "DeleteRolePolicy", inline_policy);
  sim.ok("iam", "DeleteRole", named("app"));
  EXPECT_EQ(sim.fails("iam", "DeleteRole", named("app")), "NoSuchEntity");
}

TEST(Iam, AttachesOnlyPoliciesThatExist) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  const auto attach = [](const std::string& arn) {
    return Value::object({{"RoleName", "app"}, {"PolicyArn", arn}});
  };
  EXPECT_EQ(
      sim.fails("iam", "AttachRolePolicy", attach("arn:aws:iam::123456789012:policy/none")),
      "NoSuchEntity"
  );
  const Value policy = sim.ok(
      "iam", "CreatePolicy", Value::object({{"PolicyName", "read"}, {"PolicyDocument", kReadS3}})
  );
  const std::string arn = policy.get_path("Policy.Arn").as_text();
  EXPECT_EQ(arn, "arn:aws:iam::123456789012:policy/read");
  sim.ok("iam", "AttachRolePolicy", attach(arn));
  const Value listed = sim.ok("iam", "ListAttachedRolePolicies", named("app"));
  EXPECT_EQ(listed.get("AttachedPolicies").as_list().at(0).text_of("PolicyName"), "read");
  EXPECT_EQ(sim.fails("iam", "DeletePolicy", attach(arn)), "DeleteConflict");
  const Value users = sim.ok("iam", "ListEntitiesForPolicy", attach(arn));
  EXPECT_EQ(users.get("PolicyRoles").as_list().at(0).text_of("RoleName"), "app");
  for (int i = 0; i < 9; ++i) {
    sim.ok("iam", "AttachRolePolicy", attach("arn:aws:iam::aws:policy/Filler" + std::to_string(i)));
  }
  EXPECT_EQ(
      sim.fails("iam", "AttachRolePolicy", attach("arn:aws:iam::aws:policy/OneTooMany")),
      "LimitExceeded"
  );
}

TEST(Iam, KeepsFiveVersionsOfAPolicyAndNoMore) {
  Sim sim;
  Value policy = Value::object({{"PolicyName", "read"}, {"PolicyDocument", kReadS3}});
  const Value made = sim.ok("iam", "CreatePolicy", policy);
  policy.set("PolicyName", "READ");
  EXPECT_EQ(sim.fails("iam", "CreatePolicy", policy), "EntityAlreadyExists");
  policy.set("PolicyArn", made.get_path("Policy.Arn"));
  policy.set("SetAsDefault", "true");
  for (int i = 0; i < 4; ++i) {
    sim.ok("iam", "CreatePolicyVersion", policy);
  }
  EXPECT_EQ(sim.fails("iam", "CreatePolicyVersion", policy), "LimitExceeded");
  EXPECT_EQ(sim.ok("iam", "GetPolicy", policy).get_path("Policy.DefaultVersionId"), Value("v5"));
  policy.set("VersionId", "v5");
  EXPECT_EQ(sim.fails("iam", "DeletePolicyVersion", policy), "DeleteConflict");
  EXPECT_EQ(sim.fails("iam", "DeletePolicy", policy), "DeleteConflict");
  for (const char* id : {"v1", "v2", "v3", "v4"}) {
    policy.set("VersionId", id);
    sim.ok("iam", "DeletePolicyVersion", policy);
  }
  sim.ok("iam", "CreatePolicyVersion", policy);
  policy.set("VersionId", "v6");
  const Value version = sim.ok("iam", "GetPolicyVersion", policy).get("PolicyVersion");
  EXPECT_EQ(percent_decode(version.text_of("Document")), kReadS3);
  policy.set("VersionId", "v5");
  sim.ok("iam", "DeletePolicyVersion", policy);
  sim.ok("iam", "DeletePolicy", policy);
  EXPECT_EQ(sim.fails("iam", "GetPolicy", policy), "NoSuchEntity");
}

TEST(Iam, ShowsAwsManagedPolicies) {
  Sim sim;
  const Value params = Value::object(
      {{"PolicyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"},
       {"VersionId", "v1"}}
  );
  EXPECT_EQ(
      sim.ok("iam", "GetPolicy", params).get_path("Policy.PolicyName"),
      Value("AWSLambdaVPCAccessExecutionRole")
  );
  const Value version = sim.ok("iam", "GetPolicyVersion", params).get("PolicyVersion");
  const auto document = parse_json(percent_decode(version.text_of("Document")));
  ASSERT_TRUE(document.has_value());
  EXPECT_NE(wire_json(*document).find("ec2:CreateNetworkInterface"), std::string::npos);
}

TEST(Iam, PagesThroughRolesEvenWhenOneVanishes) {
  Sim sim;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    sim.ok("iam", "CreateRole", new_role(name));
  }
  Value page = sim.ok("iam", "ListRoles", Value::object({{"MaxItems", "2"}}));
  EXPECT_EQ(page.get("IsTruncated"), Value(true));
  EXPECT_EQ(page.get("Roles").as_list().at(1).text_of("RoleName"), "b");
  sim.ok("iam", "DeleteRole", named("b"));
  page = sim.ok(
      "iam", "ListRoles", Value::object({{"MaxItems", "5"}, {"Marker", page.get("Marker")}})
  );
  EXPECT_EQ(page.get("Roles").size(), 3U);
  EXPECT_EQ(page.get("Roles").as_list().at(0).text_of("RoleName"), "c");
  EXPECT_EQ(page.get("IsTruncated"), Value(false));
  EXPECT_EQ(
      sim.fails("iam", "ListRoles", Value::object({{"Marker", "nonsense"}})), "ValidationError"
  );
}

TEST(Iam, TellsTheWholeAccountPageByPage) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  sim.ok("iam", "CreateRole", new_role("web"));
  sim.ok(
      "iam",
      "PutRolePolicy",
      Value::object({{"RoleName", "app"}, {"PolicyName", "read"}, {"PolicyDocument", kReadS3}})
  );
  sim.ok("iam", "CreatePolicy", Value::object({{"PolicyName", "p"}, {"PolicyDocument", kReadS3}}));
  const Value roles = sim.ok(
      "iam", "GetAccountAuthorizationDetails", Value::object({{"Filter", Value::list({"Role"})}})
  );
  EXPECT_EQ(roles.get("Policies").size(), 0U);
  const Value& app = roles.get("RoleDetailList").as_list().at(0);
  const Value& read = app.get("RolePolicyList").as_list().at(0);
  EXPECT_EQ(percent_decode(read.text_of("PolicyDocument")), kReadS3);
  std::size_t seen = 0;
  Value params = Value::object({{"MaxItems", "1"}});
  for (int i = 0; i < 3; ++i) {
    const Value page = sim.ok("iam", "GetAccountAuthorizationDetails", params);
    seen += page.get("RoleDetailList").size() + page.get("Policies").size();
    EXPECT_EQ(page.get("IsTruncated"), Value(i < 2));
    params.set("Marker", page.get("Marker"));
  }
  EXPECT_EQ(seen, 3U);
}

TEST(Iam, TagsRolesAndKeepsTheBoundary) {
  Sim sim;
  sim.ok("iam", "CreateRole", new_role("app"));
  Value params = named("app");
  params.set(
      "Tags",
      Value::list(
          {Value::object({{"Key", "a"}, {"Value", "1"}}),
           Value::object({{"Key", "b"}, {"Value", "2"}})}
      )
  );
  sim.ok("iam", "TagRole", params);
  params.set("TagKeys", Value::list({"a"}));
  sim.ok("iam", "UntagRole", params);
  const Value tags = sim.ok("iam", "ListRoleTags", named("app")).get("Tags");
  ASSERT_EQ(tags.size(), 1U);
  EXPECT_EQ(tags.as_list().at(0).text_of("Key"), "b");
  params.set("Tags", Value::list({Value::object({{"Key", "aws:x"}, {"Value", "1"}})}));
  EXPECT_EQ(sim.fails("iam", "TagRole", params), "InvalidInput");
  params.set("PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess");
  sim.ok("iam", "PutRolePermissionsBoundary", params);
  EXPECT_EQ(
      sim.ok("iam", "GetRole", named("app"))
          .get_path("Role.PermissionsBoundary.PermissionsBoundaryArn"),
      Value("arn:aws:iam::aws:policy/AdministratorAccess")
  );
  sim.ok("iam", "DeleteRolePermissionsBoundary", params);
  EXPECT_TRUE(sim.ok("iam", "GetRole", named("app")).get_path("Role.PermissionsBoundary").is_null()
  );
}

TEST(Iam, TellsItsNeighboursWhatARoleMayDo) {
  Sim sim;
  Value params = new_role("app");
  params.set("Path", "/team/");
  sim.ok("iam", "CreateRole", params);
  sim.ok(
      "iam",
      "PutRolePolicy",
      Value::object({{"RoleName", "app"}, {"PolicyName", "read"}, {"PolicyDocument", kReadS3}})
  );
  sim.ok(
      "iam",
      "AttachRolePolicy",
      Value::object(
          {{"RoleName", "app"}, {"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}}
      )
  );
  const auto facts =
      sim.neighbours.find_role(sim.account, "arn:aws:iam::123456789012:role/team/app");
  EXPECT_TRUE(facts.exists);
  EXPECT_EQ(facts.created_at, sim.clock.now());
  EXPECT_EQ(facts.policies.size(), 2U);
  EXPECT_TRUE(facts.trust_policy.is_object());
  // The ARN without the path is another one.
  EXPECT_FALSE(sim.neighbours.find_role(sim.account, "arn:aws:iam::123456789012:role/app").exists);
}

TEST(Iam, SurvivesSavingAndLoading) {
  Sim before;
  before.ok("iam", "CreateRole", new_role("app"));
  before.ok(
      "iam",
      "PutRolePolicy",
      Value::object({{"RoleName", "app"}, {"PolicyName", "read"}, {"PolicyDocument", kReadS3}})
  );
  const auto saved = parse_json(wire_json(before.services.at("iam")->save()));
  ASSERT_TRUE(saved.has_value());
  Sim after;
  after.services.at("iam")->load(*saved);
  EXPECT_EQ(after.ok("iam", "GetRole", named("app")), before.ok("iam", "GetRole", named("app")));
  EXPECT_EQ(after.fails("iam", "DeleteRole", named("app")), "DeleteConflict");
}

}  // namespace
}  // namespace plumbline::sim
