#include <string>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

using namespace std::chrono_literals;

const std::string kTokenA = "11111111-1111-4111-8111-111111111111";
const std::string kTokenB = "22222222-2222-4222-8222-222222222222";

Value new_secret(const std::string& name, const std::string& value, const std::string& token) {
  return Value::object({{"Name", name}, {"SecretString", value}, {"ClientRequestToken", token}});
}

Value by_id(const std::string& id) {
  return Value::object({{"SecretId", id}});
}

std::string message_of(const Outcome& outcome) {
  const auto* fault = std::get_if<Fault>(&outcome);
  return fault == nullptr ? "" : fault->message;
}

class SecretsManagerTest : public ::testing::Test {
 protected:
  Value ok(const std::string& action, const Value& params) {
    return sim.ok("secretsmanager", action, params);
  }
  std::string fails(const std::string& action, const Value& params) {
    return sim.fails("secretsmanager", action, params);
  }
  std::string message(const std::string& action, const Value& params) {
    return message_of(sim.call("secretsmanager", action, params));
  }
  Sim sim;
};

using SecretsManager = SecretsManagerTest;

TEST_F(SecretsManager, UsesTheTokenAsVersion) {
  const Value made = ok("CreateSecret", new_secret("app/db", "one", kTokenA));
  EXPECT_EQ(made.text_of("VersionId"), kTokenA);
  const std::string start = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:app/db-";
  EXPECT_EQ(made.text_of("ARN").substr(0, start.size()), start);
  EXPECT_EQ(made.text_of("ARN").size(), start.size() + 6);
  const Value read = ok("GetSecretValue", by_id("app/db"));
  EXPECT_EQ(read.text_of("SecretString"), "one");
  EXPECT_EQ(read.get("VersionStages"), Value::list({"AWSCURRENT"}));
  EXPECT_EQ(read.get("CreatedDate"), Value(1767323045.0));
}

TEST_F(SecretsManager, ReplaysACreationAndRefusesAnother) {
  const Value first = ok("CreateSecret", new_secret("app", "one", kTokenA));
  EXPECT_EQ(ok("CreateSecret", new_secret("app", "one", kTokenA)), first);
  EXPECT_EQ(fails("CreateSecret", new_secret("app", "two", kTokenA)), "ResourceExistsException");
  EXPECT_EQ(
      message("CreateSecret", new_secret("app", "one", kTokenB)),
      "The operation failed because the secret app already exists."
  );
}

TEST_F(SecretsManager, FindsASecretByNameArnAndArnWithoutItsEnd) {
  const Value made = ok("CreateSecret", new_secret("app/db", "one", kTokenA));
  const std::string arn = made.text_of("ARN");
  for (const std::string& id : {std::string("app/db"), arn, arn.substr(0, arn.size() - 7)}) {
    EXPECT_EQ(ok("DescribeSecret", by_id(id)).text_of("Name"), "app/db") << id;
  }
  EXPECT_EQ(
      fails("DescribeSecret", by_id(arn.substr(0, arn.size() - 6) + "zzzzzz")),
      "ResourceNotFoundException"
  );
}

TEST_F(SecretsManager, TakesAPartialArnThatLooksFullForAFullOne) {
  const Value made = ok("CreateSecret", new_secret("app-server", "one", kTokenA));
  const std::string arn = made.text_of("ARN");
  EXPECT_EQ(
      fails("DescribeSecret", by_id(arn.substr(0, arn.size() - 7))), "ResourceNotFoundException"
  );
}

TEST_F(SecretsManager, MovesTheStagesWithEveryNewValue) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value put = by_id("app");
  put.set("SecretString", "two");
  put.set("ClientRequestToken", kTokenB);
  EXPECT_EQ(ok("PutSecretValue", put).get("VersionStages"), Value::list({"AWSCURRENT"}));
  EXPECT_EQ(ok("PutSecretValue", put).text_of("VersionId"), kTokenB);
  Value previous = by_id("app");
  previous.set("VersionStage", "AWSPREVIOUS");
  EXPECT_EQ(ok("GetSecretValue", previous).text_of("SecretString"), "one");
  EXPECT_EQ(
      ok("DescribeSecret", by_id("app")).get("VersionIdsToStages"),
      Value::object(
          {{kTokenA, Value::list({"AWSPREVIOUS"})}, {kTokenB, Value::list({"AWSCURRENT"})}}
      )
  );
  put.set("SecretString", "three");
  EXPECT_EQ(fails("PutSecretValue", put), "ResourceExistsException");
  put.erase("ClientRequestToken");
  ok("PutSecretValue", put);
  EXPECT_EQ(ok("GetSecretValue", previous).text_of("SecretString"), "two");
  EXPECT_EQ(ok("ListSecretVersionIds", by_id("app")).get("Versions").size(), 2U);
  Value all = by_id("app");
  all.set("IncludeDeprecated", true);
  EXPECT_EQ(ok("ListSecretVersionIds", all).get("Versions").size(), 3U);
}

TEST_F(SecretsManager, UpdatesWithoutATokenAndWithoutAValue) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value update = by_id("app");
  update.set("Description", "The database.");
  EXPECT_TRUE(ok("UpdateSecret", update).get("VersionId").is_null());
  EXPECT_EQ(ok("DescribeSecret", by_id("app")).text_of("Description"), "The database.");
  update.set("SecretString", "two");
  EXPECT_FALSE(ok("UpdateSecret", update).text_of("VersionId").empty());
  EXPECT_EQ(ok("GetSecretValue", by_id("app")).text_of("SecretString"), "two");
}

TEST_F(SecretsManager, SaysWhichValueItCannotFind) {
  ok("CreateSecret", Value::object({{"Name", "empty"}}));
  EXPECT_EQ(
      message("GetSecretValue", by_id("empty")),
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
  );
  EXPECT_TRUE(ok("DescribeSecret", by_id("empty")).get("VersionIdsToStages").is_null());
  EXPECT_EQ(
      message("GetSecretValue", by_id("none")), "Secrets Manager can't find the specified secret."
  );
}

TEST_F(SecretsManager, KeepsTheNameOfASecretThatIsScheduledForDeletion) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value gone = by_id("app");
  gone.set("RecoveryWindowInDays", 6);
  EXPECT_EQ(fails("DeleteSecret", gone), "InvalidParameterException");
  gone.set("RecoveryWindowInDays", 7);
  const Value deleted = ok("DeleteSecret", gone);
  EXPECT_EQ(deleted.get("DeletionDate"), Value(1767323045.0 + 7 * 86400));
  EXPECT_EQ(
      message("CreateSecret", new_secret("app", "one", kTokenA)),
      "You can't create this secret because a secret with this name is already scheduled for "
      "deletion."
  );
  EXPECT_EQ(fails("GetSecretValue", by_id("app")), "InvalidRequestException");
  Value put = by_id("app");
  put.set("SecretString", "two");
  EXPECT_EQ(fails("PutSecretValue", put), "InvalidRequestException");
  EXPECT_EQ(ok("ListSecrets", Object{}).get("SecretList").size(), 0U);
  EXPECT_EQ(
      ok("ListSecrets", Value::object({{"IncludePlannedDeletion", true}})).get("SecretList").size(),
      1U
  );
  EXPECT_FALSE(sim.neighbours.find_secret(sim.account, sim.region, "app").exists);
  ok("RestoreSecret", by_id("app"));
  EXPECT_EQ(ok("GetSecretValue", by_id("app")).text_of("SecretString"), "one");
}

TEST_F(SecretsManager, ForgetsASecretWhenItsWindowIsOver) {
  const Value made = ok("CreateSecret", new_secret("app", "one", kTokenA));
  ok("DeleteSecret", by_id("app"));
  sim.pass(std::chrono::hours(24 * 30) - 1s);
  EXPECT_EQ(ok("DescribeSecret", by_id("app")).text_of("Name"), "app");
  sim.pass(1s);
  EXPECT_EQ(fails("DescribeSecret", by_id("app")), "ResourceNotFoundException");
  const Value again = ok("CreateSecret", new_secret("app", "one", kTokenA));
  EXPECT_NE(again.text_of("ARN"), made.text_of("ARN"));
}

TEST_F(SecretsManager, FreesTheNameSoonAfterAForcedDeletion) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value gone = by_id("app");
  gone.set("ForceDeleteWithoutRecovery", true);
  ok("DeleteSecret", gone);
  EXPECT_EQ(fails("DescribeSecret", by_id("app")), "ResourceNotFoundException");
  EXPECT_EQ(fails("CreateSecret", new_secret("app", "two", kTokenB)), "InvalidRequestException");
  ok("DeleteSecret", gone);
  sim.pass(6s);
  ok("CreateSecret", new_secret("app", "two", kTokenB));
  gone.set("RecoveryWindowInDays", 7);
  EXPECT_EQ(fails("DeleteSecret", gone), "InvalidParameterException");
}

TEST_F(SecretsManager, ListsByPageAndFilter) {
  for (int i = 0; i < 5; ++i) {
    Value params = Value::object({{"Name", "app/" + std::to_string(i)}});
    if (i == 3) {
      params.set("Tags", Value::list({Value::object({{"Key", "env"}, {"Value", "test"}})}));
    }
    ok("CreateSecret", params);
    sim.pass(1s);
  }
  ok("CreateSecret", new_secret("other", "one", kTokenA));
  const Value filters =
      Value::list({Value::object({{"Key", "name"}, {"Values", Value::list({"app/"})}})});
  Value params = Value::object({{"MaxResults", 3}, {"SortOrder", "asc"}, {"Filters", filters}});
  Value page = ok("ListSecrets", params);
  EXPECT_EQ(page.get("SecretList").size(), 3U);
  EXPECT_EQ(page.get("SecretList").as_list().at(0).text_of("Name"), "app/0");
  params.set("NextToken", page.get("NextToken"));
  page = ok("ListSecrets", params);
  EXPECT_EQ(page.get("SecretList").size(), 2U);
  EXPECT_TRUE(page.get("NextToken").is_null());
  params = Value::object(
      {{"Filters",
        Value::list({Value::object({{"Key", "tag-key"}, {"Values", Value::list({"env"})}})})}}
  );
  page = ok("ListSecrets", params);
  ASSERT_EQ(page.get("SecretList").size(), 1U);
  EXPECT_EQ(page.get("SecretList").as_list().at(0).text_of("Name"), "app/3");
  page = ok("ListSecrets", Object{});
  EXPECT_EQ(
      page.get("SecretList").as_list().at(0).get("SecretVersionsToStages"),
      Value::object({{kTokenA, Value::list({"AWSCURRENT"})}})
  );
  EXPECT_EQ(
      fails("ListSecrets", Value::object({{"NextToken", "nonsense"}})), "InvalidNextTokenException"
  );
}

TEST_F(SecretsManager, RefusesWhatAwsRefuses) {
  EXPECT_EQ(
      message("CreateSecret", Value::object({{"Name", "with space"}})),
      "Invalid name. Must be a valid name containing alphanumeric characters, or any of the "
      "following: -/_+=.@!"
  );
  EXPECT_EQ(
      message("CreateSecret", new_secret("app", "one", "short")),
      "1 validation error detected: Value 'short' at 'clientRequestToken' failed to satisfy "
      "constraint: Member must have length greater than or equal to 32"
  );
  Value both = new_secret("app", "one", kTokenA);
  both.set("SecretBinary", "AAAA");
  EXPECT_EQ(fails("CreateSecret", both), "InvalidParameterException");
  EXPECT_EQ(
      fails("CreateSecret", new_secret("app", std::string(65537, 'x'), kTokenA)),
      "ValidationException"
  );
  EXPECT_EQ(fails("CreateSecrets", Object{}), "UnknownOperationException");
}

TEST_F(SecretsManager, TagsASecret) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value params = by_id("app");
  params.set(
      "Tags",
      Value::list(
          {Value::object({{"Key", "a"}, {"Value", "1"}}),
           Value::object({{"Key", "b"}, {"Value", "2"}})}
      )
  );
  ok("TagResource", params);
  params.set("TagKeys", Value::list({"a"}));
  ok("UntagResource", params);
  EXPECT_EQ(
      ok("DescribeSecret", by_id("app")).get("Tags"),
      Value::list({Value::object({{"Key", "b"}, {"Value", "2"}})})
  );
}

TEST_F(SecretsManager, ChecksResourcePolicies) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  const auto policy = [](const std::string& principal) {
    Value params = by_id("app");
    params.set(
        "ResourcePolicy",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)" + principal +
            R"(,"Action":"secretsmanager:GetSecretValue","Resource":"*"}]})"
    );
    return params;
  };
  const Value good = policy(R"({"AWS":"arn:aws:iam::123456789012:root"})");
  ok("PutResourcePolicy", good);
  EXPECT_EQ(
      ok("GetResourcePolicy", by_id("app")).get("ResourcePolicy"), good.get("ResourcePolicy")
  );
  ok("DeleteResourcePolicy", by_id("app"));
  EXPECT_TRUE(ok("GetResourcePolicy", by_id("app")).get("ResourcePolicy").is_null());
  EXPECT_EQ(
      fails("PutResourcePolicy", policy(R"({"AWS":"arn:aws:iam::123456789012:role/none"})")),
      "MalformedPolicyDocumentException"
  );
  EXPECT_EQ(fails("PutResourcePolicy", policy("[]")), "MalformedPolicyDocumentException");
  Value open = policy(R"("*")");
  ok("PutResourcePolicy", open);
  EXPECT_EQ(ok("ValidateResourcePolicy", open).get("PolicyValidationPassed"), Value(false));
  EXPECT_EQ(ok("ValidateResourcePolicy", good).get("PolicyValidationPassed"), Value(true));
  open.set("BlockPublicPolicy", true);
  EXPECT_EQ(fails("PutResourcePolicy", open), "PublicPolicyException");
}

TEST_F(SecretsManager, KnowsANewRoleInAPolicyOnlyAfterItPropagated) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  sim.ok(
      "iam",
      "CreateRole",
      Value::object(
          {{"RoleName", "reader"},
           {"AssumeRolePolicyDocument",
            R"({"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
            R"("Principal":{"Service":"lambda.amazonaws.com"}}]})"}}
      )
  );
  Value params = by_id("app");
  params.set(
      "ResourcePolicy",
      R"({"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/reader"},)"
      R"("Action":"secretsmanager:*","Resource":"*"}]})"
  );
  EXPECT_EQ(fails("PutResourcePolicy", params), "MalformedPolicyDocumentException");
  sim.pass(8s);
  ok("PutResourcePolicy", params);
}

TEST_F(SecretsManager, MovesALabelOnlyFromWhereItIs) {
  ok("CreateSecret", new_secret("app", "one", kTokenA));
  Value put = by_id("app");
  put.set("SecretString", "two");
  put.set("ClientRequestToken", kTokenB);
  put.set("VersionStages", Value::list({"TRIAL"}));
  ok("PutSecretValue", put);
  EXPECT_EQ(ok("GetSecretValue", by_id("app")).text_of("SecretString"), "one");
  Value move = by_id("app");
  move.set("VersionStage", "AWSCURRENT");
  move.set("MoveToVersionId", kTokenB);
  EXPECT_EQ(fails("UpdateSecretVersionStage", move), "InvalidParameterException");
  move.set("RemoveFromVersionId", kTokenA);
  ok("UpdateSecretVersionStage", move);
  EXPECT_EQ(ok("GetSecretValue", by_id("app")).text_of("SecretString"), "two");
  Value previous = by_id("app");
  previous.set("VersionStage", "AWSPREVIOUS");
  EXPECT_EQ(ok("GetSecretValue", previous).text_of("VersionId"), kTokenA);
}

TEST_F(SecretsManager, TellsItsNeighboursTheCurrentValueAndSurvivesLoading) {
  const Value made = ok("CreateSecret", new_secret("app", "one", kTokenA));
  const auto saved = parse_json(wire_json(sim.services.at("secretsmanager")->save()));
  ASSERT_TRUE(saved.has_value());
  Sim after;
  after.services.at("secretsmanager")->load(*saved);
  const auto facts = after.neighbours.find_secret(sim.account, "us-east-1", made.text_of("ARN"));
  EXPECT_TRUE(facts.exists);
  EXPECT_EQ(facts.value, "one");
  EXPECT_FALSE(after.neighbours.find_secret(sim.account, "us-east-1", "app").exists);
  EXPECT_EQ(
      after.ok("secretsmanager", "DescribeSecret", by_id("app")), ok("DescribeSecret", by_id("app"))
  );
}

}  // namespace
}  // namespace plumbline::sim
