#include <string>

#include <gtest/gtest.h>

#include "tests/support/sim.h"

namespace plumbline::sim {
namespace {

class LogsTest : public ::testing::Test {
 protected:
  Value ok(const std::string& action, const Value& params = Object{}) {
    return sim.ok("logs", action, params);
  }
  std::string fails(const std::string& action, const Value& params) {
    return sim.fails("logs", action, params);
  }
  static Value named(const std::string& name) { return Value::object({{"logGroupName", name}}); }
  static Value with(const std::string& name, const std::string& member, const Value& value) {
    return Value::object({{"logGroupName", name}, {member, value}});
  }
  Value find(const std::string& prefix) {
    return ok("DescribeLogGroups", Value::object({{"logGroupNamePrefix", prefix}})
    ).get("logGroups");
  }
  std::string make_key(const std::string& service) {
    Value params = Object{};
    if (!service.empty()) {
      params.set(
          "Policy",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:)"
          R"(iam::123456789012:root"},"Action":"kms:*","Resource":"*"},{"Effect":"Allow",)"
          R"("Principal":{"Service":")" +
              service + R"("},"Action":["kms:Encrypt*","kms:Decrypt*"],"Resource":"*"}]})"
      );
    }
    return sim.ok("kms", "CreateKey", params).get("KeyMetadata").text_of("Arn");
  }
  Sim sim;
};

using Logs = LogsTest;

TEST_F(Logs, AGroupKeepsItsLinesForEverUntilToldOtherwise) {
  ok("CreateLogGroup", named("/aws/lambda/reader"));
  Value group = find("/aws/lambda/reader").as_list().at(0);
  EXPECT_EQ(group.text_of("logGroupClass"), "STANDARD");
  EXPECT_EQ(group.find("retentionInDays"), nullptr);
  EXPECT_EQ(
      group.text_of("arn"), "arn:aws:logs:eu-west-3:123456789012:log-group:/aws/lambda/reader:*"
  );
  ok("PutRetentionPolicy", with("/aws/lambda/reader", "retentionInDays", 14));
  EXPECT_EQ(find("/aws/lambda/reader").as_list().at(0).get("retentionInDays"), Value(14));
  ok("DeleteRetentionPolicy", named("/aws/lambda/reader"));
  EXPECT_EQ(find("/aws/lambda/reader").as_list().at(0).find("retentionInDays"), nullptr);
}

TEST_F(Logs, RefusesWhatAwsRefuses) {
  ok("CreateLogGroup", named("app"));
  EXPECT_EQ(fails("CreateLogGroup", named("app")), "ResourceAlreadyExistsException");
  EXPECT_EQ(fails("CreateLogGroup", named("a b")), "InvalidParameterException");
  EXPECT_EQ(fails("CreateLogGroup", named("aws/app")), "InvalidParameterException");
  EXPECT_EQ(
      fails("CreateLogGroup", with("b", "logGroupClass", "COLD")), "InvalidParameterException"
  );
  EXPECT_EQ(
      fails("PutRetentionPolicy", with("app", "retentionInDays", 15)), "InvalidParameterException"
  );
  EXPECT_EQ(
      fails("PutRetentionPolicy", with("none", "retentionInDays", 14)), "ResourceNotFoundException"
  );
  EXPECT_EQ(fails("DeleteLogGroup", named("none")), "ResourceNotFoundException");
}

TEST_F(Logs, APrefixFindsEveryGroupThatBeginsWithIt) {
  for (const char* name : {"app-two", "app", "other"}) {
    ok("CreateLogGroup", named(name));
  }
  const Value found = find("app");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.as_list()[0].text_of("logGroupName"), "app");
  EXPECT_EQ(found.as_list()[1].text_of("logGroupName"), "app-two");
  Value page = ok("DescribeLogGroups", Value::object({{"limit", 2}}));
  EXPECT_EQ(page.get("logGroups").size(), 2U);
  page = ok("DescribeLogGroups", Value::object({{"nextToken", page.get("nextToken")}}));
  EXPECT_EQ(page.get("logGroups").size(), 1U);
  EXPECT_EQ(
      fails("DescribeLogGroups", Value::object({{"limit", 51}})), "InvalidParameterException"
  );
}

TEST_F(Logs, TagsGoByTheArnWithoutItsStar) {
  Value made = named("app");
  made.set("tags", Value::object({{"team", "data"}}));
  ok("CreateLogGroup", made);
  const Value arn =
      Value::object({{"resourceArn", "arn:aws:logs:eu-west-3:123456789012:log-group:app"}});
  Value change = arn;
  change.set("tags", Value::object({{"env", "test"}}));
  ok("TagResource", change);
  EXPECT_EQ(ok("ListTagsForResource", arn).get("tags").size(), 2U);
  Value removal = arn;
  removal.set("tagKeys", Value::list({"team"}));
  ok("UntagResource", removal);
  EXPECT_EQ(ok("ListTagsForResource", arn).get("tags"), Value::object({{"env", Value("test")}}));
}

TEST_F(Logs, AKeyMustLetTheServiceOfTheRegionIn) {
  ok("CreateLogGroup", named("app"));
  const std::string refusal = "InvalidParameterException";
  EXPECT_EQ(fails("AssociateKmsKey", with("app", "kmsKeyId", make_key(""))), refusal);
  EXPECT_EQ(
      fails("AssociateKmsKey", with("app", "kmsKeyId", make_key("logs.us-east-1.amazonaws.com"))),
      refusal
  );
  const std::string key = make_key("logs.eu-west-3.amazonaws.com");
  ok("AssociateKmsKey", with("app", "kmsKeyId", key));
  EXPECT_EQ(find("app").as_list().at(0).text_of("kmsKeyId"), key);
  ok("DisassociateKmsKey", named("app"));
  EXPECT_EQ(find("app").as_list().at(0).find("kmsKeyId"), nullptr);
  sim.ok("kms", "DisableKey", Value::object({{"KeyId", key}}));
  EXPECT_EQ(fails("CreateLogGroup", with("other", "kmsKeyId", key)), refusal);
}

TEST_F(Logs, AProtectedGroupStays) {
  ok("CreateLogGroup", named("app"));
  const auto protect = [](bool is_protected) {
    return Value::object(
        {{"logGroupIdentifier", "app"}, {"deletionProtectionEnabled", is_protected}}
    );
  };
  ok("PutLogGroupDeletionProtection", protect(true));
  EXPECT_EQ(fails("DeleteLogGroup", named("app")), "ValidationException");
  ok("PutLogGroupDeletionProtection", protect(false));
  ok("DeleteLogGroup", named("app"));
  EXPECT_EQ(find("app").size(), 0U);
}

TEST_F(Logs, ASavedWorldKeepsItsGroups) {
  ok("CreateLogGroup", named("app"));
  const Value saved = sim.services.at("logs")->save();
  sim.services.at("logs")->load(Value(Object{}));
  EXPECT_EQ(find("app").size(), 0U);
  sim.services.at("logs")->load(saved);
  EXPECT_EQ(find("app").size(), 1U);
}

}  // namespace
}  // namespace plumbline::sim
