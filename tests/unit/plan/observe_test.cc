#include "controller/plan/observe.h"

#include <gtest/gtest.h>

#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

const Kind& kind(const std::string& name) {
  return *shipped_kinds().find_kind(name);
}

TEST(Observe, TypesWhatXmlGivesAsText) {
  const Observation seen = observe_item(
      kind("DBInstance"),
      Value::object(
          {{"DBInstanceIdentifier", "app"},
           {"DBInstanceStatus", "available"},
           {"AllocatedStorage", "20"},
           {"MultiAZ", "false"},
           {"TagList", Value::object({{"Tag", Value::object({{"Key", "a"}, {"Value", "b"}})}})}}
      )
  );
  EXPECT_EQ(seen.presence, Presence::kPresent);
  EXPECT_EQ(seen.id, "app");
  EXPECT_EQ(seen.properties.get("allocatedStorage"), Value(20));
  EXPECT_EQ(seen.properties.get("multiAz"), Value(false));
  EXPECT_EQ(seen.properties.find("engine"), nullptr);
  ASSERT_NE(seen.find_tag("a"), nullptr);
  EXPECT_EQ(*seen.find_tag("a"), "b");
}

TEST(Observe, TheWorstOfSeveralStatesDecidesAndSaysWhy) {
  const auto function = [](const char* state, const char* update) {
    return observe_item(
        kind("Function"),
        Value::object(
            {{"Configuration",
              Value::object(
                  {{"FunctionName", "f"},
                   {"State", state},
                   {"LastUpdateStatus", update},
                   {"LastUpdateStatusReason", "because"}}
              )}}
        )
    );
  };
  EXPECT_EQ(function("Active", "Successful").readiness, Readiness::kReady);
  EXPECT_EQ(function("Active", "InProgress").readiness, Readiness::kPending);
  const Observation failed = function("Active", "Failed");
  EXPECT_EQ(failed.readiness, Readiness::kFailed);
  EXPECT_EQ(failed.state, "Failed");
  EXPECT_EQ(failed.why, "because");
}

TEST(Observe, RoutesOfAwsAreNoRowsAndAnEndpointIsToldFromAGateway) {
  const Collection& routes = *kind("RouteTable").find_collection("routes");
  const auto route = [](const char* range, const char* gateway, const char* origin) {
    return Value::object(
        {{"destinationCidrBlock", range}, {"gatewayId", gateway}, {"origin", origin}}
    );
  };
  Value to_list = route("", "vpce-1", "CreateRoute");
  to_list.set("destinationPrefixListId", "pl-1");
  const Value described = Value::list(
      {route("10.0.0.0/16", "local", "CreateRouteTable"),
       route("10.9.0.0/16", "vgw-1", "EnableVgwRoutePropagation"),
       to_list,
       route("10.1.0.0/16", "vpce-2", "CreateRoute"),
       route("0.0.0.0/0", "igw-1", "CreateRoute")}
  );
  const List rows = observe_rows(routes, Path(), routes.bind, described, Value(Object()));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].text_of("vpcEndpoint"), "vpce-2");
  EXPECT_EQ(rows[0].find("gateway"), nullptr);
  EXPECT_EQ(rows[1].text_of("gateway"), "igw-1");
  EXPECT_EQ(rows[1].get_path("destination.cidr"), Value("0.0.0.0/0"));
}

TEST(Observe, AnUnknownStateWordIsNotReady) {
  const Observation seen =
      observe_item(kind("Vpc"), Value::object({{"vpcId", "vpc-1"}, {"state", "something-new"}}));
  EXPECT_EQ(seen.readiness, Readiness::kPending);
}

TEST(Observe, ACorpseIsAbsent) {
  const Value item = Value::object({{"ARN", "arn:x"}, {"Name", "s"}});
  EXPECT_EQ(observe_item(kind("Secret"), item).presence, Presence::kPresent);
  Value corpse = item;
  corpse.set("DeletedDate", 1);
  EXPECT_EQ(observe_item(kind("Secret"), corpse).presence, Presence::kAbsent);
}

TEST(Observe, AListRowOfOneFormIsReadLikeTheOther) {
  const Observation seen = observe_list_row(
      kind("Secret"),
      Value::object(
          {{"ARN", "arn:x"},
           {"Name", "s"},
           {"SecretVersionsToStages",
            Value::object(
                {{"v1", Value::list({"AWSPREVIOUS"})}, {"v2", Value::list({"AWSCURRENT"})}}
            )}}
      )
  );
  EXPECT_EQ(seen.properties.text_of("versionId"), "v2");
}

TEST(Observe, RulesBecomeCanonicalRowsAndForeignFieldsGo) {
  const Collection& rules = *kind("SecurityGroup").find_collection("rules");
  const List rows = observe_rows(
      rules,
      rules.from,
      rules.bind,
      Value::object(
          {{"securityGroupRuleSet",
            Value::object(
                {{"item",
                  Value::object(
                      {{"securityGroupRuleId", "sgr-1"},
                       {"groupId", "sg-1"},
                       {"isEgress", "false"},
                       {"ipProtocol", "tcp"},
                       {"fromPort", "3306"},
                       {"toPort", "3306"},
                       {"cidrIpv4", "10.0.0.0/8"}}
                  )}}
            )}}
      ),
      Value(Object())
  );
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].text_of("direction"), "ingress");
  EXPECT_EQ(rows[0].get("fromPort"), Value(3306));
  EXPECT_EQ(rows[0].text_of("ruleId"), "sgr-1");
}

}  // namespace
}  // namespace plumbline
