#include <algorithm>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/plan/render.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kNet[] = R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
securityGroups:
  a: { vpc: main, description: A, ingress: [{ port: 1, from: b }] }
  b: { vpc: main, description: B, ingress: [{ port: 1, from: a }] }
)";

Value vpc() {
  return Value::object({{"cidrBlock", "10.0.0.0/16"}, {"instanceTenancy", "default"}});
}

Value group(const char* name, const char* description) {
  return Value::object({{"vpc", "vpc-1"}, {"groupName", name}, {"description", description}});
}

/// Everything is there and known, but for the rules, which were not read.
void settle(PlanBench& bench) {
  bench.see("vpcs.main", "vpc-1", vpc());
  bench.facts().at(Address::parse("vpcs.main")).kind = shipped_kinds().find_kind("Vpc");
  bench.facts().at(Address::parse("vpcs.main")).id = "vpc-1";
  for (const char* name : {"a", "b"}) {
    ResourceFacts& facts = bench.facts().at({"securityGroups", name});
    facts.kind = shipped_kinds().find_kind("SecurityGroup");
    facts.id = std::string("sg-") + name;
  }
  bench.see("securityGroups.a", "sg-a", group("a", "A"));
  bench.see("securityGroups.b", "sg-b", group("b", "B"));
  bench.remember("vpcs.main", "vpc-1");
  bench.remember("securityGroups.a", "sg-a").depends_on = {
      {"securityGroups", "b"}, {"vpcs", "main"}};
  bench.remember("securityGroups.b", "sg-b").depends_on = {
      {"securityGroups", "a"}, {"vpcs", "main"}};
}

TEST(Plan, CreatesInOrderAndClosesTheRingLast) {
  PlanBench bench(kNet);
  const Plan plan = bench.plan();
  EXPECT_EQ(plan.count(Action::kCreate), 3U);
  const auto order = order_of(plan);
  EXPECT_TRUE(is_before(order, "create vpcs.main", "create securityGroups.a"));
  EXPECT_TRUE(is_before(order, "create securityGroups.a", "finish securityGroups.b"));
  EXPECT_TRUE(is_before(order, "create securityGroups.b", "finish securityGroups.a"));
}

TEST(Plan, WhatIsAsDeclaredHasNoSteps) {
  PlanBench bench(kNet);
  settle(bench);
  const Plan plan = bench.plan();
  EXPECT_FALSE(plan.has_changes()) << render_plan(plan, Colour::kNever);
  EXPECT_EQ(plan.count(Action::kNone), 3U);
}

TEST(Plan, AReplacementMakesWhatItsUsersTakeUnknown) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
securityGroups:
  a: { vpc: main, description: Other, groupName: a2, ingress: [{ port: 1, from: b }] }
  b: { vpc: main, description: B, ingress: [{ port: 1, from: a }] }
)");
  settle(bench);
  for (const char* address : {"securityGroups.a", "securityGroups.b"}) {
    Observation& seen = bench.see(
        address,
        address == std::string("securityGroups.a") ? "sg-a" : "sg-b",
        address == std::string("securityGroups.a") ? group("a", "A") : group("b", "B")
    );
    seen.collections["rules"] = {};
  }
  const Plan plan = bench.plan();
  EXPECT_EQ(change_of(plan, "securityGroups.a").action, Action::kReplace);
  EXPECT_TRUE(change_of(plan, "securityGroups.a").creates_first);
  EXPECT_EQ(change_of(plan, "securityGroups.b").action, Action::kUpdate);
  const auto order = order_of(plan);
  EXPECT_TRUE(is_before(order, "finish securityGroups.b", "delete securityGroups.a"));
  EXPECT_TRUE(is_before(order, "finish securityGroups.a", "sweep securityGroups.a"));
}

TEST(Plan, AProducerThatWasReplacedGoesAfterTheConsumersThatAreReplacedNow) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16 }
securityGroups:
  a: { vpc: main, description: Other, groupName: a2 }
  b: { vpc: main, description: B }
)");
  settle(bench);
  bench.see("securityGroups.a", "sg-a", group("a", "A")).collections["rules"] = {};
  bench.see("securityGroups.b", "sg-b", group("b", "B")).collections["rules"] = {};
  bench.remember("vpcs.main", "vpc-0").status = RowStatus::kDeposed;
  sort_rows(bench.state());
  bench.orphan({"vpcs", "main"}, "vpc-0").presence = Presence::kPresent;
  const Plan plan = bench.plan();
  EXPECT_TRUE(change_of(plan, "securityGroups.a").creates_first);
  // The old group may still be in the old network.
  EXPECT_TRUE(is_before(order_of(plan), "delete securityGroups.a", "delete vpcs.main"));
}

TEST(Plan, DestroyGoesAgainstTheRecordedDependencies) {
  PlanBench bench(kNet);
  settle(bench);
  for (const auto& [address, id] :
       {std::pair{"vpcs.main", "vpc-1"},
        {"securityGroups.a", "sg-a"},
        {"securityGroups.b", "sg-b"}}) {
    bench.orphan(Address::parse(address), id).presence = Presence::kPresent;
  }
  const Plan plan = bench.plan(PlanMode::kDestroy);
  EXPECT_EQ(plan.count(Action::kDelete), 3U);
  const auto order = order_of(plan);
  for (const std::string name : {"a", "b"}) {
    EXPECT_TRUE(is_before(order, "delete securityGroups." + name, "delete vpcs.main"));
    EXPECT_TRUE(is_before(order, "sweep securityGroups.a", "delete securityGroups." + name));
    EXPECT_TRUE(is_before(order, "sweep securityGroups.b", "delete securityGroups." + name));
  }
}

TEST(Plan, AResourceLetsGoOfItsOwnRowsBeforeItGoes) {
  PlanBench bench("stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n");
  ResourceRow row;
  row.address = {"roles", "app"};
  row.kind = "Role";
  row.physical_id = "app";
  bench.state().rows.push_back(row);
  bench.orphan({"roles", "app"}, "app").presence = Presence::kPresent;
  const auto order = order_of(bench.plan(PlanMode::kDestroy));
  EXPECT_TRUE(is_before(order, "sweep roles.app", "delete roles.app"));
}

TEST(Plan, AFailureThatIsFinalLeadsToAReplacement) {
  PlanBench bench(
      "stack: s\nregion: eu-west-3\nnatGateways:\n"
      "  a: { subnet: subnet-1, allocation: eipalloc-1 }\n"
  );
  const auto see = [&](const char* state) {
    Observation& seen = bench.see(
        "natGateways.a",
        "nat-1",
        Value::object(
            {{"subnet", "subnet-1"},
             {"allocation", "eipalloc-1"},
             {"connectivityType", "public"},
             {"state", state}}
        )
    );
    judge_readiness(seen, *shipped_kinds().find_kind("NatGateway"), Value(Object()));
  };
  bench.remember("natGateways.a", "nat-1").status = RowStatus::kLive;
  see("available");
  EXPECT_EQ(change_of(bench.plan(), "natGateways.a").action, Action::kNone);
  see("failed");
  const Plan plan = bench.plan();
  EXPECT_EQ(change_of(plan, "natGateways.a").action, Action::kReplace);
  EXPECT_EQ(change_of(plan, "natGateways.a").reason, "it is failed for good");
}

TEST(Plan, OneIdOfTwoKindsIsTwoThings) {
  PlanBench bench("stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n");
  for (const auto& [section, kind] :
       {std::pair{"dbInstances", "DBInstance"}, {"dbProxies", "DBProxy"}}) {
    ResourceRow row;
    row.address = {section, "app"};
    row.kind = kind;
    row.physical_id = "app";
    bench.state().rows.push_back(row);
  }
  bench.orphan({"dbInstances", "app"}, "app").presence = Presence::kPresent;
  bench.orphan({"dbProxies", "app"}, "app").presence = Presence::kAbsent;
  const Plan plan = bench.plan(PlanMode::kDestroy);
  EXPECT_EQ(change_of(plan, "dbInstances.app").action, Action::kDelete);
  EXPECT_EQ(change_of(plan, "dbProxies.app").action, Action::kForget);
}

TEST(Plan, AThousandGroupsAreOrderedWithoutAWebOfWaits) {
  std::string text = "stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  PlanBench bench(text);
  for (int i = 0; i < 1000; ++i) {
    ResourceRow row;
    row.address = {"securityGroups", "g" + std::to_string(i)};
    row.kind = "SecurityGroup";
    row.physical_id = "sg-" + std::to_string(i);
    row.depends_on = {{"vpcs", "main"}};
    bench.orphan(row.address, row.physical_id).presence = Presence::kPresent;
    bench.state().rows.push_back(row);
  }
  const Plan plan = bench.plan(PlanMode::kDestroy);
  std::size_t waits = 0;
  for (const Step& step : plan.steps) {
    waits += step.waits_for.size();
  }
  EXPECT_EQ(plan.steps.size(), 2000U);
  EXPECT_LT(waits, 4000U);
}

TEST(Plan, AnUnreadableResourceIsHeldAndSaysWhere) {
  PlanBench bench(kNet);
  Observation& seen = bench.see("vpcs.main", "vpc-1", vpc());
  seen.presence = Presence::kUnreadable;
  seen.error = {ErrorClass::kDenied, "UnauthorizedOperation", "You may not.", "", 403};
  const Plan plan = bench.plan();
  EXPECT_EQ(change_of(plan, "vpcs.main").action, Action::kHold);
  ASSERT_TRUE(plan.problems.has_errors());
  const std::string text = render_human(plan.problems, Colour::kNever);
  EXPECT_NE(text.find("UnauthorizedOperation"), std::string::npos) << text;
  EXPECT_NE(text.find("test.yaml:5"), std::string::npos) << text;
}

TEST(Plan, TellsWhatTheRunThatWasRefusedNeeds) {
  PlanBench bench(kNet);
  for (const char* address : {"vpcs.main", "securityGroups.a"}) {
    Observation& seen = bench.see(address, "x", vpc());
    seen.presence = Presence::kUnreadable;
    seen.error = {
        ErrorClass::kDenied,
        "UnauthorizedOperation",
        "User: x is not authorized to perform: ec2:DescribeVpcs on resource: *",
        "",
        403};
  }
  PlanInput input = bench.input_for({});
  for (const Purpose purpose : {Purpose::kPlan, Purpose::kController, Purpose::kApply}) {
    input.purpose = purpose;
    const Plan plan = make_plan(input, bench.facts());
    ASSERT_EQ(plan.problems.all().size(), 2U);
    for (const Diagnostic& problem : plan.problems.all()) {
      const std::string word = "--for " + std::string(name_of(purpose)) + "`";
      EXPECT_NE(problem.help.find(word), std::string::npos) << problem.help;
      EXPECT_NE(problem.help.find(R"("Action":"ec2:DescribeVpcs")"), std::string::npos)
          << problem.help;
    }
  }
}

constexpr char kThreeToCreate[] = R"plan(Create (3)
  + vpcs.main         test.yaml:5:3  not there yet
      cidrBlock        "10.0.0.0/16"
      instanceTenancy  "default"
  + securityGroups.a  test.yaml:7:3  not there yet
      vpc          (known after apply: vpcs.main.vpcId)
      groupName    "a"
      description  "A"
      ingress      [{"protocol":"tcp","port":1,"from":[{"group":"(known after apply)"}]}]
      egress       [{"protocol":"all","to":[{"cidr":"0.0.0.0/0"}]}]
      ingress      is set in a second call, because a cycle runs through it
  + securityGroups.b  test.yaml:8:3  not there yet
      vpc          (known after apply: vpcs.main.vpcId)
      groupName    "b"
      description  "B"
      ingress      [{"protocol":"tcp","port":1,"from":[{"group":"(known after apply)"}]}]
      egress       [{"protocol":"all","to":[{"cidr":"0.0.0.0/0"}]}]
      ingress      is set in a second call, because a cycle runs through it

Plan: 3 to create; 0 unchanged.
)plan";

TEST(Render, ShowsWhatWhereWhyAndHowMany) {
  PlanBench bench(kNet);
  const Plan plan = bench.plan();
  EXPECT_EQ(render_plan(plan, Colour::kNever), kThreeToCreate);
  const Value json = plan_to_json(plan);
  EXPECT_EQ(json.get_path("counts.create"), Value(3));
  EXPECT_EQ(json.get("changes").size(), 3U);
  EXPECT_TRUE(parse_json(show_json(json)));
}

TEST(Render, GroupsByWhatIsDoneAndTellsForeignMembers) {
  PlanBench bench(kNet);
  settle(bench);
  bench.see("vpcs.main", "vpc-1", vpc()).tags.clear();
  Observation& seen = bench.see("securityGroups.a", "sg-a", group("a", "Other"));
  seen.collections["rules"] = {Value::object(
      {{"groupId", "sg-a"},
       {"direction", "ingress"},
       {"protocol", "tcp"},
       {"fromPort", 22},
       {"toPort", 22},
       {"cidr", "0.0.0.0/0"}}
  )};
  ResourceRow gone;
  gone.address = {"roles", "old"};
  gone.kind = "Role";
  gone.physical_id = "old";
  gone.applied = Value(Object());
  bench.state().rows.push_back(gone);
  bench.orphan(gone.address, "old").presence = Presence::kPresent;
  const std::string text = render_plan(bench.plan(), Colour::kNever);
  const auto update = text.find("Update in place (1)\n  ~ vpcs.main  vpc-1  test.yaml:5:3  ");
  const auto remove = text.find("Delete (1)\n  - roles.old  old  removed from the manifest\n");
  EXPECT_NE(update, std::string::npos) << text;
  EXPECT_NE(remove, std::string::npos) << text;
  EXPECT_LT(update, remove);
  EXPECT_NE(text.find("description  \"Other\" -> \"A\"  (forces replacement)"), std::string::npos)
      << text;
  EXPECT_NE(text.find("foreign"), std::string::npos) << text;
}

TEST(Render, NeverShowsASecret) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
inputs: { word: { default: hush-hush, sensitive: true } }
secrets: { login: { description: 'It is ${inputs.word}', secretString: { password: '${inputs.word}' } } }
)");
  const Plan plan = bench.plan();
  EXPECT_EQ(render_plan(plan, Colour::kNever).find("hush-hush"), std::string::npos);
  EXPECT_EQ(show_json(plan_to_json(plan)).find("hush-hush"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
