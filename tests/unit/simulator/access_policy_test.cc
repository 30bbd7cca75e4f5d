// How policies are judged: the logic of AWS's evaluation and its condition operators, case by case.
#include "simulator/access_policy.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"

namespace plumbline::sim {
namespace {

using Keys = std::map<std::string, std::vector<std::string>>;

ContextKeys given(Keys keys) {
  return [keys = std::move(keys)](const std::string& key) {
    const auto found = keys.find(key);
    return found == keys.end() ? std::nullopt : std::optional(found->second);
  };
}

Value parsed(const std::string& text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

bool holds(const std::string& block, const Keys& keys) {
  return holds_conditions(parsed(block), given(keys));
}

Verdict judge(
    const std::string& statements,
    const std::string& action,
    const std::string& resource,
    const Keys& keys = {}
) {
  const Value document = parsed(R"({"Version":"2012-10-17","Statement":)" + statements + "}");
  return judge_access({document}, {action, resource, given(keys)});
}

TEST(AccessPolicy, WhatNobodyAllowsIsRefusedAndADenialWins) {
  const std::string allow = R"({"Effect":"Allow","Action":"ec2:*","Resource":"*"})";
  const std::string deny = R"({"Effect":"Deny","Action":"ec2:DeleteVpc","Resource":"*"})";
  EXPECT_EQ(judge("[" + allow + "]", "ec2:DeleteVpc", "*"), Verdict::kAllowed);
  EXPECT_EQ(judge("[" + allow + "]", "rds:DeleteDBProxy", "*"), Verdict::kNotAllowed);
  EXPECT_EQ(judge("[" + allow + "," + deny + "]", "ec2:DeleteVpc", "*"), Verdict::kDenied);
  EXPECT_EQ(judge("[" + deny + "," + allow + "]", "ec2:DeleteVpc", "*"), Verdict::kDenied);
  EXPECT_EQ(judge("[" + allow + "," + deny + "]", "ec2:CreateVpc", "*"), Verdict::kAllowed);
}

TEST(AccessPolicy, ActionsMatchInAnyCaseAndWithStars) {
  const std::string one =
      R"([{"Effect":"Allow","Action":["EC2:describe*","rds:?odifyDBProxy"],"Resource":"*"}])";
  EXPECT_EQ(judge(one, "ec2:DescribeVpcs", "*"), Verdict::kAllowed);
  EXPECT_EQ(judge(one, "rds:ModifyDBProxy", "*"), Verdict::kAllowed);
  EXPECT_EQ(judge(one, "ec2:CreateVpc", "*"), Verdict::kNotAllowed);
  const std::string other = R"([{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}])";
  EXPECT_EQ(judge(other, "ec2:CreateVpc", "*"), Verdict::kAllowed);
  EXPECT_EQ(judge(other, "iam:CreateRole", "*"), Verdict::kNotAllowed);
}

TEST(AccessPolicy, ResourcesMatchToTheLetterPartByPart) {
  const auto on = [](const std::string& pattern, const std::string& arn) {
    return judge(
               R"([{"Effect":"Allow","Action":"*","Resource":")" + pattern + R"("}])",
               "rds:ModifyDBInstance",
               arn
           ) == Verdict::kAllowed;
  };
  const std::string app = "arn:aws:rds:eu-west-3:123456789012:db:app";
  EXPECT_TRUE(on("*", app));
  EXPECT_TRUE(on("arn:aws:rds:eu-west-3:123456789012:db:app", app));
  EXPECT_TRUE(on("arn:aws:rds:*:123456789012:db:*", app));
  EXPECT_TRUE(on("arn:aws:rds:eu-west-3:123456789012:db:ap?", app));
  EXPECT_FALSE(on("arn:aws:rds:eu-west-3:123456789012:db:App", app));
  EXPECT_FALSE(on("arn:aws:rds:eu-west-3:210987654321:db:*", app));
  EXPECT_FALSE(on("arn:aws:rds:eu-west-3:*:app", app)) << "a star must stay inside its part";
  // An action without resources is allowed by a star alone.
  EXPECT_FALSE(on("arn:aws:rds:*:*:*", "*"));
  EXPECT_TRUE(on("*", "*"));
}

TEST(AccessPolicy, VariablesStandForKeysOfTheRequest) {
  const std::string home =
      R"([{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:role/${aws:username}-*"}])";
  const Keys ann = {{"aws:username", {"ann"}}};
  EXPECT_EQ(judge(home, "iam:GetRole", "arn:aws:iam::1:role/ann-x", ann), Verdict::kAllowed);
  EXPECT_EQ(judge(home, "iam:GetRole", "arn:aws:iam::1:role/bob-x", ann), Verdict::kNotAllowed);
  EXPECT_EQ(judge(home, "iam:GetRole", "arn:aws:iam::1:role/ann-x"), Verdict::kNotAllowed);
}

struct Case {
  std::string block;
  Keys keys;
  bool holds;
};

TEST(AccessPolicy, OperatorsCompareAsTheirNamesSay) {
  const Keys team = {{"aws:resourcetag/team", {"data"}}};
  const Keys arn = {{"aws:principalarn", {"arn:aws:iam::1:role/x/deployer"}}};
  const Keys number = {{"n", {"5"}}};
  const Keys date = {{"aws:currenttime", {"2026-01-02T03:04:05Z"}}};
  const std::vector<Case> cases = {
      {R"({"StringEquals":{"aws:ResourceTag/Team":"data"}})", team, true},
      {R"({"StringEquals":{"aws:ResourceTag/team":"Data"}})", team, false},
      {R"({"StringEquals":{"aws:ResourceTag/team":["web","data"]}})", team, true},
      {R"({"StringEqualsIgnoreCase":{"aws:ResourceTag/team":"DATA"}})", team, true},
      {R"({"StringNotEquals":{"aws:ResourceTag/team":["web","data"]}})", team, false},
      {R"({"StringNotEquals":{"aws:ResourceTag/team":"web"}})", team, true},
      {R"({"StringLike":{"aws:ResourceTag/team":"d?t*"}})", team, true},
      {R"({"StringEquals":{"aws:ResourceTag/team":"d*"}})", team, false},
      {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x/*"}})", arn, true},
      {R"({"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::2:role/x/*"}})", arn, false},
      {R"({"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::2:role/*"}})", arn, true},
      {R"({"NumericLessThan":{"n":6}})", number, true},
      {R"({"NumericGreaterThanEquals":{"n":"6"}})", number, false},
      {R"({"NumericEquals":{"n":"five"}})", number, false},
      {R"({"DateGreaterThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}})", date, true},
      {R"({"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}})", date, false},
      {R"({"Bool":{"aws:SecureTransport":true}})", {{"aws:securetransport", {"true"}}}, true},
      {R"({"Bool":{"aws:SecureTransport":"false"}})", {{"aws:securetransport", {"true"}}}, false},
      // All operators and all keys of an operator must hold.
      {R"({"StringEquals":{"aws:ResourceTag/team":"data","n":"6"}})", team, false},
      {R"({"StringEquals":{"aws:ResourceTag/team":"data"},"Null":{"n":"true"}})", team, true},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(holds(each.block, each.keys), each.holds) << each.block;
  }
}

TEST(AccessPolicy, AMissingKeyFailsUnlessTheOperatorSaysOtherwise) {
  const std::vector<Case> cases = {
      {R"({"StringEquals":{"k":"v"}})", {}, false},
      {R"({"StringLike":{"k":"*"}})", {}, false},
      {R"({"StringNotEquals":{"k":"v"}})", {}, true},
      {R"({"StringEqualsIfExists":{"k":"v"}})", {}, true},
      {R"({"StringEqualsIfExists":{"k":"v"}})", {{"k", {"w"}}}, false},
      {R"({"Null":{"k":"true"}})", {}, true},
      {R"({"Null":{"k":true}})", {{"k", {"v"}}}, false},
      {R"({"Null":{"k":"false"}})", {{"k", {"v"}}}, true},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(holds(each.block, each.keys), each.holds) << each.block;
  }
}

TEST(AccessPolicy, QuantifiersGoOverTheValuesOfTheRequest) {
  const Keys both = {{"aws:tagkeys", {"team", "cost"}}};
  const Keys one = {{"aws:tagkeys", {"team"}}};
  const std::string any = R"({"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}})";
  const std::string all = R"({"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}})";
  EXPECT_TRUE(holds(any, both));
  EXPECT_FALSE(holds(any, {}));
  EXPECT_FALSE(holds(all, both));
  EXPECT_TRUE(holds(all, one));
  EXPECT_TRUE(holds(all, {})) << "of no values each is anything";
}

TEST(AccessPolicy, AnOperatorThatIsNotKnownIsTold) {
  EXPECT_EQ(unknown_operator(parsed(R"({"StringEquals":{"k":"v"},"Null":{"k":"true"}})")), "");
  EXPECT_EQ(unknown_operator(parsed(R"({"StringSame":{"k":"v"}})")), "StringSame");
}

}  // namespace
}  // namespace plumbline::sim
