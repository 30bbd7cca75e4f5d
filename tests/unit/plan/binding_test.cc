#include "controller/plan/binding.h"

#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

const Kind& kind(const std::string& name) {
  return *shipped_kinds().find_kind(name);
}

BindingContext context_for(const std::string& name, Value desired) {
  BindingContext context;
  context.kind = &kind(name);
  context.region = "eu-west-3";
  context.account_id = "123456789012";
  context.id = "it";
  context.desired = std::move(desired);
  return context;
}

Difference change_in(const std::string& path) {
  Difference difference;
  difference.fields.push_back({path, Value(), Value(), "differs", false});
  return difference;
}

TEST(Binding, AnUpdateRunsOnlyForWhatChanged) {
  const BindingContext context =
      context_for("Vpc", Value::object({{"enableDnsSupport", true}, {"enableDnsHostnames", true}}));
  const auto calls = update_calls(context, change_in("enableDnsHostnames"));
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].call.action, "ModifyVpcAttribute");
  EXPECT_EQ(
      calls[0].call.request,
      Value::object({{"VpcId", "it"}, {"EnableDnsHostnames", Value::object({{"Value", true}})}})
  );
  EXPECT_TRUE(calls[0].call.is_mutating);
}

TEST(Binding, WhatIsNotDeclaredButMustBeSentIsSentAsItIs) {
  BindingContext context = context_for(
      "DBProxy",
      Value::object({{"targetGroup", Value::object({{"maxIdleConnectionsPercent", 10}})}})
  );
  context.observed = Value::object(
      {{"targetGroup",
        Value::object({{"maxConnectionsPercent", 80}, {"maxIdleConnectionsPercent", 50}})}}
  );
  const auto calls = update_calls(context, change_in("targetGroup.maxIdleConnectionsPercent"));
  ASSERT_EQ(calls.size(), 1U);
  const Value& pool = calls[0].call.request.get("ConnectionPoolConfig");
  EXPECT_EQ(pool.get("MaxConnectionsPercent"), Value(80));
  EXPECT_EQ(pool.get("MaxIdleConnectionsPercent"), Value(10));
}

TEST(Binding, ATokenIsPutIntoTheWholeCall) {
  const BindingContext context = context_for("Secret", Value::object({{"description", "New"}}));
  const auto calls = update_calls(context, change_in("description"));
  ASSERT_EQ(calls.size(), 1U);
  ASSERT_TRUE(calls[0].with_token);
  const Call call = calls[0].with_token("token-1");
  EXPECT_EQ(call.request.text_of("ClientRequestToken"), "token-1");
  EXPECT_EQ(call.request.text_of("Description"), "New");
  EXPECT_EQ(call.request.text_of("SecretId"), "it");
}

TEST(Binding, RowsGoInBatchesByDirection) {
  const BindingContext context = context_for("SecurityGroup", Value(Object()));
  CollectionChange change{"rules", {}};
  for (int port = 1; port <= 150; ++port) {
    const Value row = Value::object(
        {{"direction", port > 120 ? "egress" : "ingress"},
         {"protocol", "tcp"},
         {"fromPort", port},
         {"toPort", port},
         {"cidr", "10.0.0.0/8"}}
    );
    change.rows.push_back({RowOp::kAdd, Value(), row, false});
  }
  const auto calls = collection_calls(context, *context.kind->find_collection("rules"), change);
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].call.request.get("IpPermissions").size(), 100U);
  EXPECT_EQ(calls[1].call.request.get("IpPermissions").size(), 20U);
  EXPECT_EQ(calls[2].call.action, "AuthorizeSecurityGroupEgress");
  EXPECT_EQ(calls[2].call.request.get("IpPermissions").size(), 30U);
}

TEST(Binding, AddsBeforeItRemovesUnlessTheKindSaysOtherwise) {
  const auto calls_of = [](const char* name, const char* collection, Value row) {
    const BindingContext context = context_for(name, Value(Object()));
    CollectionChange change{collection, {}};
    change.rows.push_back({RowOp::kRemove, row, Value(), true});
    change.rows.push_back({RowOp::kAdd, Value(), row, false});
    return collection_calls(context, *context.kind->find_collection(collection), change);
  };
  const auto rules = calls_of(
      "SecurityGroup",
      "rules",
      Value::object(
          {{"direction", "ingress"},
           {"protocol", "-1"},
           {"cidr", "10.0.0.0/8"},
           {"ruleId", "sgr-1"}}
      )
  );
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].call.action, "AuthorizeSecurityGroupIngress");
  EXPECT_EQ(rules[1].call.action, "RevokeSecurityGroupIngress");
  const auto targets = calls_of("DBProxy", "targets", Value::object({{"dbInstance", "app"}}));
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].call.action, "DeregisterDBProxyTargets");
}

TEST(Binding, TagsGoInlineInTheServicesOwnForm) {
  const Tags tags = {{"a", "b"}};
  Call ec2;
  add_inline_tags(ec2, kind("Vpc"), tags);
  EXPECT_EQ(ec2.request.get("TagSpecification").as_list()[0].text_of("ResourceType"), "vpc");
  Call lambda;
  add_inline_tags(lambda, kind("Function"), tags);
  EXPECT_EQ(lambda.request.get("Tags"), Value::object({{"a", "b"}}));
  Call iam;
  add_inline_tags(iam, kind("Role"), tags);
  EXPECT_EQ(iam.request.get("Tags"), Value::list({Value::object({{"Key", "a"}, {"Value", "b"}})}));
  Call kms;
  add_inline_tags(kms, kind("KmsKey"), tags);
  EXPECT_EQ(
      kms.request.get("Tags"), Value::list({Value::object({{"TagKey", "a"}, {"TagValue", "b"}})})
  );
}

TEST(Binding, PagesEndWhereTheReplySaysSo) {
  Page page;
  page.in = "Marker";
  page.out = "Marker";
  EXPECT_EQ(next_page(page, Value::object({{"Marker", "x"}})), Value("x"));
  EXPECT_TRUE(next_page(page, Value::object({{"Marker", ""}})).is_null());
  EXPECT_TRUE(next_page(page, Value(Object())).is_null());
  page.more = "IsTruncated";
  EXPECT_TRUE(next_page(page, Value::object({{"Marker", "x"}, {"IsTruncated", "false"}})).is_null()
  );
  EXPECT_EQ(next_page(page, Value::object({{"Marker", "x"}, {"IsTruncated", "true"}})), Value("x"));
}

TEST(Binding, AnErrorFitsByCodeMessageAndService) {
  const std::vector<ErrorMatch> matches = {{"Busy", "part", {}, "rds", false}};
  const auto error = [](const char* code, const char* message) {
    return Error{ErrorClass::kConflict, code, message, "", 0};
  };
  EXPECT_NE(find_match(matches, error("Busy", "a part of it"), "rds"), nullptr);
  EXPECT_EQ(find_match(matches, error("Busy", "something else"), "rds"), nullptr);
  EXPECT_EQ(find_match(matches, error("Busy", "a part of it"), "ec2"), nullptr);
  EXPECT_EQ(find_match(matches, error("Other", "a part of it"), "rds"), nullptr);
}

}  // namespace
}  // namespace plumbline
