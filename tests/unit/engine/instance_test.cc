// An instance with its profile, role and policy: made, changed by exactly the calls it takes,
// healed after losses, and gone without a trace.
#include <gtest/gtest.h>

#include "controller/base/text.h"
#include "tests/support/engine/expectations.h"
#include "tests/support/engine/manifests.h"

namespace plumbline {
namespace {

Value described(TestWorld& world) {
  const Value reply = world.call(
      "ec2",
      "DescribeInstances",
      Value::object({{"InstanceId", Value::list({world.id_of("instances.bastion")})}})
  );
  return reply.get_path("reservationSet.item.instancesSet.item");
}

Value version_list(TestWorld& world) {
  const Value reply = world.call(
      "iam", "ListPolicyVersions", Value::object({{"PolicyArn", world.id_of("policies.logs")}})
  );
  return reply.get_path("Versions.member");
}

TEST(Instance, IsMadeWithItsProfileAndGoesWithoutATrace) {
  TestWorld world;
  const std::string text = bastion_manifest();
  const RunReport first = world.apply(text);
  EXPECT_TRUE(first.is_clean()) << first.failures() << first.plan;
  EXPECT_EQ(world.made().size(), 7U);
  EXPECT_EQ(first.plan.find(secret_value()), std::string::npos);
  const Value instance = described(world);
  EXPECT_EQ(instance.get_path("instanceState.name"), Value("running"));
  EXPECT_EQ(instance.get_path("metadataOptions.httpTokens"), Value("required"));
  EXPECT_TRUE(instance.get_path("iamInstanceProfile.arn").as_text().ends_with("/bastion"));
  const Value data = world.call(
      "ec2",
      "DescribeInstanceAttribute",
      Value::object({{"InstanceId", world.id_of("instances.bastion")}, {"Attribute", "userData"}})
  );
  EXPECT_EQ(data.get_path("userData.value"), Value(base64_encode(secret_value())));
  expect_quiet(world, text);
  const RunReport last = world.destroy(text);
  EXPECT_TRUE(last.is_clean()) << last.failures() << last.plan;
  EXPECT_TRUE(world.made().empty());
  EXPECT_EQ(world.count("volume"), 0);
  EXPECT_EQ(world.count("policy"), 0);
}

TEST(Instance, ChangesByTheCallsItTakes) {
  TestWorld world;
  std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string id = world.id_of("instances.bastion");

  text = replaced(text, "disableApiStop: false", "disableApiStop: false\n    monitoring: true");
  expect_update(world, text, {"MonitorInstances"});
  text = replaced(text, "monitoring: true", "metadataOptions: { httpPutResponseHopLimit: 1 }");
  expect_update(world, text, {"ModifyInstanceMetadataOptions", "UnmonitorInstances"});
  text = replaced(text, "volumeSize: 10", "volumeSize: 20");
  expect_update(world, text, {"ModifyVolume"});
  text = replaced(
      text, "true }\n    disableApi", "true, deleteOnTermination: false }\n    disableApi"
  );
  expect_update(world, text, {"ModifyInstanceAttribute"});
  text = replaced(text, "deleteOnTermination: false", "deleteOnTermination: true");
  expect_update(world, text, {"ModifyInstanceAttribute"});
  text = replaced(text, "Stop: false", "Stop: false\n    sourceDestCheck: false");
  expect_update(world, text, {"ModifyInstanceAttribute"});
  text = replaced(text, "sourceDestCheck: false", "instanceState: stopped");
  expect_update(world, text, {"ModifyInstanceAttribute", "StopInstances"});
  EXPECT_EQ(described(world).get_path("instanceState.name"), Value("stopped"));
  text = replaced(text, "instanceState: stopped", "creditSpecification: { cpuCredits: standard }");
  expect_update(world, text, {"ModifyInstanceCreditSpecification", "StartInstances"});
  EXPECT_EQ(world.id_of("instances.bastion"), id);
}

TEST(Instance, AnotherTypeStopsItAndStartsItAgain) {
  TestWorld world;
  const std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string larger = replaced(text, "t3.micro", "t3.small");
  const std::vector<std::string> calls = {
      "StopInstances", "ModifyInstanceAttribute", "StartInstances"};
  expect_update(world, larger, calls);
  EXPECT_EQ(described(world).text_of("instanceType"), "t3.small");
  expect_update(world, replaced(larger, secret_value(), secret_value() + "-2"), calls);
}

TEST(Instance, ACrashBetweenStopAndStartLeavesNothingStopped) {
  const std::string text = bastion_manifest();
  const std::string larger = replaced(text, "t3.micro", "t3.small");
  TestWorld measure;
  ASSERT_TRUE(measure.apply(text).is_clean());
  const int moments = measure.apply(larger).moments;
  ASSERT_GT(moments, 0);
  for (int at = 1; at <= moments; at += 3) {
    TestWorld world;
    ASSERT_TRUE(world.apply(text).is_clean());
    RunAsk ask;
    ask.crash_at = at;
    world.apply(larger, ask);
    const RunReport healed = world.apply(larger);
    EXPECT_TRUE(healed.is_clean()) << at << healed.failures();
    const Value instance = described(world);
    EXPECT_EQ(instance.get_path("instanceState.name"), Value("running")) << at;
    EXPECT_EQ(instance.text_of("instanceType"), "t3.small") << at;
  }
}

TEST(Instance, OtherUserDataReplacesItWhenAskedTo) {
  TestWorld world;
  const std::string text = replaced(
      bastion_manifest(), "disableApiStop", "userDataReplaceOnChange: true\n    disableApiStop"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string before = world.id_of("instances.bastion");
  const std::string other = replaced(text, secret_value(), secret_value() + "-2");
  EXPECT_EQ(world.plan(other).action_of("instances.bastion"), Action::kReplace);
  const RunReport report = world.apply(other);
  EXPECT_TRUE(report.is_clean()) << report.failures();
  EXPECT_NE(world.id_of("instances.bastion"), before);
  EXPECT_EQ(world.made().at("instances.bastion"), 1);
  expect_quiet(world, other);
}

TEST(Instance, TakesOnAnotherProfileAndNone) {
  TestWorld world;
  std::string text = replaced(
      bastion_manifest(), "instanceProfiles:\n", "instanceProfiles:\n  two: { role: bastion }\n"
  );
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(text, "instanceProfile: bastion", "instanceProfile: two");
  expect_update(world, text, {"ReplaceIamInstanceProfileAssociation"});
  EXPECT_TRUE(described(world).get_path("iamInstanceProfile.arn").as_text().ends_with("/two"));
  text = replaced(text, "    instanceProfile: two\n", "");
  expect_update(world, text, {"DisassociateIamInstanceProfile"});
  EXPECT_EQ(described(world).find("iamInstanceProfile"), nullptr);
  text = replaced(text, "    userData", "    instanceProfile: bastion\n    userData");
  expect_update(world, text, {"AssociateIamInstanceProfile"});
}

TEST(Instance, WhatIsProtectedIsNotTerminated) {
  TestWorld world;
  std::string text =
      replaced(bastion_manifest(), "Stop: false", "Stop: false\n    disableApiTermination: true");
  ASSERT_TRUE(world.apply(text).is_clean());
  const RunReport refused = world.destroy(text);
  EXPECT_FALSE(refused.is_clean());
  EXPECT_NE(refused.failures().find("disableApiTermination"), std::string::npos)
      << refused.failures();
  EXPECT_EQ(described(world).get_path("instanceState.name"), Value("running"));
}

TEST(Instance, IsStartedOnceWhateverGetsLost) {
  for (const Mishap mishap : {Mishap::kLostAfter, Mishap::kErrorAfter, Mishap::kLostBefore}) {
    for (const char* action :
         {"RunInstances", "CreatePolicy", "CreateInstanceProfile", "AddRoleToInstanceProfile"}) {
      TestWorld world;
      int seen = 0;
      RunAsk ask;
      ask.faults = [&](const Seen& request) {
        return request.action == action && ++seen == 1 ? mishap : Mishap::kNone;
      };
      const std::string text = bastion_manifest();
      world.apply(text, ask);
      const RunReport healed = world.apply(text);
      EXPECT_TRUE(healed.is_clean()) << action << healed.failures();
      EXPECT_GE(seen, 1) << action;
      for (const auto& [address, count] : world.made()) {
        EXPECT_EQ(count, 1) << address << " after " << action;
      }
      EXPECT_EQ(world.made().size(), 7U) << action;
      expect_quiet(world, text);
    }
  }
}

TEST(Policy, ChangesByVersionsAndMakesRoomForASixth) {
  TestWorld world;
  std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  std::string action = "logs:PutLogEvents";
  for (int i = 1; i <= 7; ++i) {
    const std::string next = "logs:PutLogEvents" + std::string(static_cast<std::size_t>(i), '*');
    text = replaced(text, "Action: " + action + ",", "Action: '" + next + "',");
    action = "'" + next + "'";
    const RunReport report = world.apply(text);
    EXPECT_TRUE(report.is_clean()) << report.failures();
    const bool is_full = i > 4;
    EXPECT_EQ(report.actions.size(), is_full ? 2U : 1U) << report.story();
    EXPECT_EQ(report.actions.back(), "CreatePolicyVersion");
    world.clock().advance(std::chrono::minutes(1));
  }
  const Value versions = version_list(world);
  ASSERT_EQ(versions.size(), 5U);
  // The oldest went; the newest is in force.
  EXPECT_EQ(versions.as_list()[0].text_of("VersionId"), "v8");
  EXPECT_EQ(versions.as_list()[0].text_of("IsDefaultVersion"), "true");
  EXPECT_EQ(versions.as_list()[4].text_of("VersionId"), "v4");
  expect_quiet(world, text);
  const RunReport last = world.destroy(text);
  EXPECT_TRUE(last.is_clean()) << last.failures();
  EXPECT_EQ(world.count("policy"), 0);
}

TEST(Policy, AnOlderVersionInForceIsDriftAndSpared) {
  TestWorld world;
  std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  const std::string newer = replaced(text, "logs:PutLogEvents", "logs:Put*");
  ASSERT_TRUE(world.apply(newer).is_clean());
  world.call(
      "iam",
      "SetDefaultPolicyVersion",
      Value::object({{"PolicyArn", world.id_of("policies.logs")}, {"VersionId", "v1"}})
  );
  EXPECT_EQ(world.plan(newer).action_of("policies.logs"), Action::kUpdate);
  expect_update(world, newer, {"CreatePolicyVersion"});
}

TEST(Policy, IsDetachedFromWhoeverHasItBeforeItGoes) {
  TestWorld world;
  const std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  world.call(
      "iam",
      "CreateRole",
      Value::object(
          {{"RoleName", "stranger"},
           {"AssumeRolePolicyDocument",
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
            R"("Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})"}}
      )
  );
  world.call(
      "iam",
      "AttachRolePolicy",
      Value::object({{"RoleName", "stranger"}, {"PolicyArn", world.id_of("policies.logs")}})
  );
  const RunReport last = world.destroy(text);
  EXPECT_TRUE(last.is_clean()) << last.failures();
  EXPECT_EQ(world.count("policy"), 0);
  EXPECT_EQ(world.count("role"), 1);
}

TEST(Policy, CanBeARolesBoundary) {
  TestWorld world;
  std::string text = replaced(
      bastion_manifest(), "managedPolicies:", "permissionsBoundary: logs\n    managedPolicies:"
  );
  const RunReport made = world.apply(text);
  EXPECT_TRUE(made.is_clean()) << made.failures();
  expect_quiet(world, text);
  text = replaced(text, "    permissionsBoundary: logs\n", "");
  expect_update(world, text, {"DeleteRolePermissionsBoundary"});
}

TEST(InstanceProfile, ChangesItsOneRole) {
  TestWorld world;
  std::string text = bastion_manifest();
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(text, "instanceProfiles:", R"(  other:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: sts:AssumeRole }]
instanceProfiles:)");
  ASSERT_TRUE(world.apply(text).is_clean());
  text = replaced(text, "{ role: bastion }", "{ role: other }");
  expect_update(world, text, {"RemoveRoleFromInstanceProfile", "AddRoleToInstanceProfile"});
}

}  // namespace
}  // namespace plumbline
