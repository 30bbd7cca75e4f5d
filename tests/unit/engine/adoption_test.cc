// What is there comes under management: found by what belongs together, written down, taken over,
// and nothing of it changed.
#include "controller/plan/adoption.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

constexpr char kPassword[] = "DB_INSTANCES_APP_MASTER_USER_PASSWORD";

Value texts(std::initializer_list<const char*> words) {
  List list;
  for (const char* word : words) {
    list.emplace_back(word);
  }
  return Value(std::move(list));
}

/// Makes what this stack has nobody's: its tags are off, and the state knows nothing of it.
void disown(TestWorld& world) {
  const Value keys =
      texts({"plumbline:owner", "plumbline:intent", "plumbline:stack", "plumbline:address"});
  for (const ResourceRow& row : world.state().rows) {
    const std::string service = test_catalog().find_kind(row.kind)->service->id;
    const Value& seen = row.observed;
    if (service == "ec2") {
      List tags;
      for (const Value& key : keys.as_list()) {
        tags.push_back(Value::object({{"Key", key}}));
      }
      const Value ids = Value::list({row.physical_id});
      world.call("ec2", "DeleteTags", Value::object({{"ResourceId", ids}, {"Tag", Value(tags)}}));
    } else if (service == "rds") {
      std::string arn;
      for (const Member& member : seen.as_object()) {
        arn = member.key.ends_with("Arn") && member.value.as_text().starts_with("arn:aws:rds")
                  ? member.value.as_text()
                  : arn;
      }
      world.call(
          "rds", "RemoveTagsFromResource", Value::object({{"ResourceName", arn}, {"TagKeys", keys}})
      );
    } else if (service == "iam") {
      world.call(
          "iam", "UntagRole", Value::object({{"RoleName", row.physical_id}, {"TagKeys", keys}})
      );
    } else if (service == "secretsmanager") {
      world.call(
          service,
          "UntagResource",
          Value::object({{"SecretId", row.physical_id}, {"TagKeys", keys}})
      );
    } else {
      world.call(
          service,
          "UntagResource",
          Value::object({{"Resource", seen.get("functionArn")}, {"tagKeys", keys}}),
          "DELETE /2017-03-31/tags/{Resource}?{tagKeys}"
      );
    }
    world.forget(row.address.to_string());
  }
}

RunReport discover(TestWorld& world, const std::string& root) {
  RunAsk ask;
  ask.survey.root = root;
  return world.run(RunMode::kSurvey, "stack: survey\nregion: eu-west-3\n", ask);
}

Adoption write_down(const Survey& survey) {
  AdoptionInput input;
  input.catalog = &test_catalog();
  input.stack = "adopted";
  input.region = "eu-west-3";
  input.account_id = survey.account_id;
  input.origin = "What was found.";
  input.finds = survey.finds;
  return adopt(input);
}

std::shared_ptr<const Manifest> parse(const std::string& text) {
  Diagnostics diagnostics;
  ManifestOptions options;
  options.environment[kPassword] = secret_value();
  auto manifest = parse_manifest(test_catalog(), "adopted.yaml", text, options, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever) << text;
  return manifest;
}

std::string joined_reasons(const std::vector<LeftOut>& left_out) {
  std::string out;
  for (const LeftOut& each : left_out) {
    out += each.what + ": " + each.why + "\n";
  }
  return out;
}

std::string joined_reasons(const Adoption& adoption) {
  return joined_reasons(adoption.left_out);
}

TEST(Adoption, TakesOverWhatBelongsToANetworkAndChangesNothing) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_network()).is_clean());
  const std::string vpc = world.id_of("vpcs.main");
  disown(world);
  ASSERT_TRUE(world.made().empty());

  const RunReport looked = discover(world, vpc);
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  EXPECT_TRUE(looked.actions.empty()) << looked.story();
  const Adoption adoption = write_down(*looked.result.survey);
  EXPECT_EQ(adoption.imports.size(), 8U) << adoption.manifest << joined_reasons(adoption);
  EXPECT_NE(adoption.manifest.find("{ port: 3306, from: lambda }"), std::string::npos)
      << adoption.manifest;
  EXPECT_NE(joined_reasons(adoption).find("AWS made it"), std::string::npos);

  const auto manifest = parse(adoption.manifest);
  const RunReport plan = world.run(RunMode::kPlan, manifest);
  EXPECT_EQ(plan.count(Action::kImport), 8U) << plan.plan << adoption.manifest;
  EXPECT_EQ(beyond_adoption(*plan.result.plan), std::vector<std::string>()) << plan.plan;

  const RunReport applied = world.run(RunMode::kApply, manifest);
  EXPECT_TRUE(applied.is_clean()) << applied.failures() << applied.plan;
  for (const std::string& action : applied.actions) {
    EXPECT_NE(action.find("Tag"), std::string::npos) << action;
  }
  const RunReport again = world.run(RunMode::kPlan, manifest);
  EXPECT_FALSE(again.has_changes()) << again.plan;
  EXPECT_EQ(world.made().size(), 8U);
}

TEST(Adoption, LeavesOutWhatBelongsToAnotherNetworkAndBringsWhatIsNamed) {
  TestWorld world;
  const std::string other = "vpcs:\n  other: { cidrBlock: 10.9.0.0/16 }\n";
  std::string text = replaced(path_manifest(), "vpcs:\n", other);
  text = replaced(
      text, "securityGroups:\n", "securityGroups:\n  far: { vpc: other, description: Far }\n"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string vpc = world.id_of("vpcs.main");
  disown(world);
  const RunReport looked = discover(world, vpc);
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  const Adoption adoption = write_down(*looked.result.survey);
  EXPECT_EQ(adoption.manifest.find("10.9.0.0"), std::string::npos) << adoption.manifest;
  EXPECT_EQ(adoption.manifest.find("Far"), std::string::npos) << adoption.manifest;
  EXPECT_EQ(adoption.manifest.find(kCanary), std::string::npos) << adoption.manifest;
  for (const char* named : {"roles.proxy", "secrets.app-db", "dbProxies.app", "roles.function"}) {
    EXPECT_NE(adoption.manifest.find(std::string("to: ") + named), std::string::npos) << named;
  }
  // Its code cannot be read back.
  EXPECT_NE(adoption.manifest.find("reader: { existing: { id: reader } }"), std::string::npos)
      << adoption.manifest;
  const RunReport plan = world.run(RunMode::kPlan, parse(adoption.manifest));
  EXPECT_EQ(beyond_adoption(*plan.result.plan), std::vector<std::string>()) << plan.plan;
}

TEST(Adoption, WhatJoinsANetworkToAnotherBelongsToItAndTheOtherDoesNot) {
  TestWorld world;
  ASSERT_TRUE(world.apply(peering_manifest()).is_clean());
  const std::string vpc = world.id_of("vpcs.app");
  const std::string other = world.id_of("vpcs.data");
  disown(world);
  const RunReport looked = discover(world, vpc);
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  const Adoption adoption = write_down(*looked.result.survey);
  EXPECT_EQ(adoption.imports.size(), 4U) << adoption.manifest << joined_reasons(adoption);
  EXPECT_NE(adoption.manifest.find("peerVpc: " + other), std::string::npos) << adoption.manifest;
  EXPECT_EQ(adoption.manifest.find("peerOwner"), std::string::npos) << adoption.manifest;
  const RunReport plan = world.run(RunMode::kPlan, parse(adoption.manifest));
  EXPECT_EQ(beyond_adoption(*plan.result.plan), std::vector<std::string>()) << plan.plan;
}

TEST(Adoption, LeavesOutWhatCannotBeReadAlsoWhenSomethingNamesIt) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_network()).is_clean());
  const std::string vpc = world.id_of("vpcs.main");
  const std::string group = world.id_of("securityGroups.db");
  disown(world);
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},)"
      R"({"Effect":"Deny","Action":"ec2:DescribeSecurityGroupRules","Resource":"*"}]})";
  ASSERT_EQ(world.simulator().restrict(std::string(sim::kWellKnownKey), {policy}), "");

  const RunReport looked = discover(world, vpc);
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  const Adoption adoption = write_down(*looked.result.survey);
  const std::string reasons = joined_reasons(adoption);
  const std::string unread = joined_reasons(looked.result.survey->left_out);
  EXPECT_NE(unread.find("SecurityGroup " + group + ": it could not be read"), std::string::npos)
      << unread;
  // The instance that uses the group was read, and names it by its id.
  EXPECT_NE(adoption.manifest.find("dbInstances:"), std::string::npos) << adoption.manifest;
  EXPECT_NE(adoption.manifest.find(group), std::string::npos) << adoption.manifest;
  EXPECT_EQ(adoption.manifest.find("securityGroups:\n"), std::string::npos)
      << adoption.manifest << reasons;
  EXPECT_EQ(adoption.imports.size(), 5U) << adoption.manifest << reasons;
}

TEST(Adoption, RefusesWhatAnotherStackOwns) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_network()).is_clean());
  const RunReport looked = discover(world, world.id_of("vpcs.main"));
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  const Adoption adoption = write_down(*looked.result.survey);
  EXPECT_TRUE(adoption.imports.empty()) << adoption.manifest;
  EXPECT_NE(joined_reasons(adoption).find("owned by the stack path"), std::string::npos)
      << joined_reasons(adoption);
}

TEST(Adoption, SaysThatNothingHasTheId) {
  TestWorld world;
  const RunReport looked = discover(world, "vpc-0123456789abcdef0");
  EXPECT_EQ(looked.result.survey, nullptr);
  EXPECT_NE(looked.failures().find("nothing in eu-west-3 has the id"), std::string::npos);
}

TEST(Adoption, LooksAtClaimsAndTellsWhichAreNotThere) {
  TestWorld world;
  const Value made = world.call("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.0.0.0/16"}}));
  const std::string id = made.get("vpc").text_of("vpcId");
  const Kind* kind = test_catalog().find_section("vpcs");
  RunAsk ask;
  ask.survey.claims = {
      {kind, id, "net", Value()}, {kind, "vpc-0123456789abcdef0", "lost", Value()}};
  const RunReport looked = world.run(RunMode::kSurvey, "stack: survey\nregion: eu-west-3\n", ask);
  ASSERT_NE(looked.result.survey, nullptr) << looked.failures();
  ASSERT_EQ(looked.result.survey->finds.size(), 1U);
  EXPECT_EQ(looked.result.survey->left_out.at(0).why, "it is not there");
  const Adoption adoption = write_down(*looked.result.survey);
  ASSERT_EQ(adoption.imports.size(), 1U);
  EXPECT_EQ(adoption.imports[0].first.to_string(), "vpcs.net");
}

TEST(Adoption, OfOneAddressLeavesTheRestAlone) {
  TestWorld world;
  const Value made = world.call("ec2", "CreateVpc", Value::object({{"CidrBlock", "10.0.0.0/16"}}));
  const std::string id = made.get("vpc").text_of("vpcId");
  const std::string text =
      "stack: one\nregion: eu-west-3\nvpcs:\n  main: { cidrBlock: 10.0.0.0/16 }\n"
      "subnets:\n  a: { vpc: main, cidrBlock: 10.0.1.0/24 }\n";
  Diagnostics diagnostics;
  ManifestOptions options;
  options.import = {"vpcs.main", id};
  const auto manifest = parse_manifest(test_catalog(), "one.yaml", text, options, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  RunAsk ask;
  ask.only = "vpcs.main";
  const RunReport report = world.run(RunMode::kApply, manifest, ask);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_EQ(world.id_of("vpcs.main"), id);
  EXPECT_EQ(world.count("subnet"), 0);
  EXPECT_EQ(report.result.plan->changes.size(), 1U);

  options.import = {"vpcs.nothing", id};
  Diagnostics faults;
  parse_manifest(test_catalog(), "one.yaml", text, options, faults);
  EXPECT_TRUE(faults.has_errors());
}

}  // namespace
}  // namespace plumbline
