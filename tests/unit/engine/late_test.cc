// Attempts that arrive when their call is long closed: the reply was lost, the next attempt
// succeeded, and then the object was deleted, or another one took its name.
#include <gtest/gtest.h>

#include "tests/support/engine/manifests.h"
#include "tests/support/engine/mishaps.h"

namespace plumbline {
namespace {

using std::chrono::minutes;

/// One resource, how it is made, and how somebody else deletes it.
struct Kept {
  std::string name, action, address, block, type, service, deletion;
  Value request;  ///< Of the deletion; "ID" is the physical id.
};
void PrintTo(const Kept& kept, std::ostream* out) {
  *out << kept.name;
}

const std::string kHead = "stack: late\nregion: eu-west-3\n";
const char kRole[] = R"(
roles:
  r:
    trustPolicy:
      Version: 2012-10-17
      Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
)";

class Late : public ::testing::TestWithParam<Kept> {
 protected:
  static std::string manifest() { return kHead + GetParam().block; }
  /// Applied, and the first attempt to create it is still on its way.
  static void apply_with(TestWorld& world, Mishap mishap) {
    RunAsk ask;
    ask.faults = once(GetParam().action, mishap);
    const RunReport report = world.apply(manifest(), ask);
    EXPECT_TRUE(report.is_clean()) << report.failures();
    EXPECT_LT(report.took, std::chrono::seconds(60));
  }
};

TEST_P(Late, ACreationThatWasRepeatedDoesNotComeBackAfterADestroy) {
  TestWorld world;
  apply_with(world, Mishap::kLate);
  const RunReport gone = world.destroy(manifest());
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.story();
  EXPECT_TRUE(gone.has_progress("waiting until an earlier call can no longer take effect"));
  world.wire().settle();
  EXPECT_EQ(world.count(GetParam().type), 0);
  EXPECT_TRUE(world.state().rows.empty());
}

TEST_P(Late, ACreationThatSomebodyUndidIsThereOnceInTheEnd) {
  TestWorld world;
  apply_with(world, Mishap::kLate);
  Value request = GetParam().request;
  for (Member& member : request.as_object()) {
    if (member.value == Value("ID")) {
      member.value = world.id_of(GetParam().address);
    }
  }
  world.call(GetParam().service, GetParam().deletion, request);
  EXPECT_EQ(world.count(GetParam().type), 0);
  const RunReport healed = world.apply(manifest());
  EXPECT_TRUE(healed.is_clean()) << healed.failures() << healed.story();
  world.wire().settle();
  EXPECT_EQ(world.count(GetParam().type), 1);
  const RunReport quiet = world.apply(manifest());
  EXPECT_TRUE(quiet.is_clean()) << quiet.failures();
  EXPECT_TRUE(quiet.actions.empty()) << quiet.plan;
}

TEST_P(Late, ADestroyHoursLaterWaitsForNothing) {
  TestWorld world;
  apply_with(world, Mishap::kLate);
  world.clock().advance(minutes(90));
  const RunReport gone = world.destroy(manifest());
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_LT(gone.took, minutes(2));
  EXPECT_TRUE(world.state().late_calls.empty());
}

TEST_P(Late, ACreationThatIsKnownToHaveWorkedIsNotFoundAgain) {
  TestWorld world;
  const std::string net = "vpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";
  RunAsk ask;
  ask.faults = once(GetParam().action, Mishap::kLate);
  ask.orders.allows_mass_removal = true;
  ASSERT_TRUE(world.apply(manifest() + net, ask).is_clean());
  world.forget(GetParam().address);  // As `state forget` does: it is nobody's from now on.
  for (int run = 0; run < 2; ++run) {
    const RunReport report = world.apply(kHead + net);
    EXPECT_TRUE(report.is_clean()) << report.failures();
    EXPECT_TRUE(report.actions.empty()) << report.plan;
    world.wire().settle();
  }
  EXPECT_EQ(world.count(GetParam().type), 1);
  EXPECT_EQ(world.state().rows.size(), 1U);
}

TEST_P(Late, ACreationThatMovedKeepsItsOneRow) {
  TestWorld world;
  apply_with(world, Mishap::kLate);
  std::string text = manifest();
  const std::string& from = GetParam().address;
  const std::string name = from.substr(from.find('.') + 1) + ":";
  text = replaced(text, " " + name, " moved:");
  text += "moved: [{ from: " + from + ", to: " + from.substr(0, from.find('.')) + ".moved }]\n";
  ASSERT_TRUE(world.apply(text).is_clean());
  world.wire().settle();
  const RunReport quiet = world.apply(text);
  EXPECT_TRUE(quiet.is_clean()) << quiet.failures();
  EXPECT_TRUE(quiet.actions.empty()) << quiet.plan;
  EXPECT_EQ(world.count(GetParam().type), 1);
  EXPECT_EQ(world.state().rows.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Calls,
    Late,
    ::testing::Values(
        Kept{
            "OfAToken",
            "CreateSecret",
            "secrets.s",
            "secrets: { s: { secretString: { word: x }, forceDelete: true } }\n",
            "secret",
            "secretsmanager",
            "DeleteSecret",
            Value::object({{"SecretId", "ID"}, {"ForceDeleteWithoutRecovery", true}})},
        Kept{
            "OfAName",
            "CreateRole",
            "roles.r",
            kRole,
            "role",
            "iam",
            "DeleteRole",
            Value::object({{"RoleName", "ID"}})}
    ),
    [](const auto& each) { return each.param.name; }
);

TEST(LateDeletion, DoesNotTakeWhatGotItsNameAfterwards) {
  TestWorld world;
  const std::string manifest = kHead + kRole;
  ASSERT_TRUE(world.apply(manifest).is_clean());
  RunAsk ask;
  ask.faults = once("DeleteRole", Mishap::kLate);
  ASSERT_TRUE(world.destroy(manifest, ask).is_clean());
  ASSERT_EQ(world.count("role"), 0);
  const RunReport again = world.apply(manifest);
  EXPECT_TRUE(again.is_clean()) << again.failures() << again.story();
  world.wire().settle();
  EXPECT_EQ(world.count("role"), 1);
}

TEST(LateDeletion, ThatSomebodyBeganIsWaitedForThoughWhatItHoldsCannotBeLetGo) {
  TestWorld world;
  ASSERT_TRUE(world.apply(path_manifest()).is_clean());
  world.call(
      "rds", "DeleteDBProxy", Value::object({{"DBProxyName", world.id_of("dbProxies.app")}})
  );
  const RunReport gone = world.destroy(path_manifest());
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.story();
  EXPECT_TRUE(world.made().empty());
}

TEST(LateDeletion, ThatWasTheOneThatDidItHoldsUpNobody) {
  TestWorld world;
  const std::string manifest = kHead + kRole;
  ASSERT_TRUE(world.apply(manifest).is_clean());
  RunAsk ask;
  ask.faults = once("DeleteRole", Mishap::kLostAfter);
  ASSERT_TRUE(world.destroy(manifest, ask).is_clean());
  const RunReport again = world.apply(manifest);
  EXPECT_TRUE(again.is_clean()) << again.failures();
  EXPECT_LT(again.took, minutes(1));
}

TEST(LateCreation, ThatWasTheOneThatDidItHoldsUpNobody) {
  TestWorld world;
  const std::string manifest = kHead + kRole;
  RunAsk ask;
  ask.faults = once("CreateRole", Mishap::kLostAfter);
  ASSERT_TRUE(world.apply(manifest, ask).is_clean());
  const RunReport gone = world.destroy(manifest);
  EXPECT_TRUE(gone.is_clean()) << gone.failures();
  EXPECT_LT(gone.took, minutes(1));
}

/// AWS counts by its own clock from the time in the signature: five minutes from one that was made
/// ten minutes before the last.
TEST(LateCreation, ThatWasSignedBeforeTheClockWasSetBackMayComeLaterThanTheLastAttempt) {
  TestWorld world;
  const std::string manifest =
      kHead + "secrets: { s: { secretString: { word: x }, forceDelete: true } }\n";
  bool is_set = false;
  RunAsk ask;
  ask.faults = [&](const Seen& seen) {
    if (seen.action != "CreateSecret" || std::exchange(is_set, true)) {
      return Mishap::kNone;
    }
    world.local().set_offset(-minutes(10));
    return Mishap::kLate;
  };
  world.apply(manifest, ask);
  ASSERT_TRUE(is_set);
  world.local().set_offset({});
  const RunReport gone = world.destroy(manifest);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.story();
  world.wire().settle();
  EXPECT_EQ(world.count("secret"), 0) << gone.story();
}

TEST(LateCreation, OfWhatHadARowByThisNameIsSettledAsSoonAsItIsSeen) {
  TestWorld world;
  const std::string manifest = kHead + kRole;
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.call("iam", "DeleteRole", Value::object({{"RoleName", world.id_of("roles.r")}}));
  ASSERT_TRUE(world.apply(manifest, dies_after_losing("CreateRole", Mishap::kLostAfter)).has_crashed
  );
  const RunReport gone = world.destroy(manifest);
  EXPECT_TRUE(gone.is_clean()) << gone.failures() << gone.story();
  EXPECT_LT(gone.took, minutes(1));
  EXPECT_EQ(world.count("role"), 0);
  EXPECT_TRUE(world.state().open_intents.empty());
}

TEST(LateCreation, OfWhatIsToHaveAnotherNameNowIsReplacedInOneRun) {
  TestWorld world;
  const std::string manifest = kHead + "logGroups: { g: { logGroupName: /one } }\n";
  ASSERT_TRUE(
      world.apply(manifest, dies_after_losing("CreateLogGroup", Mishap::kLostAfter)).has_crashed
  );
  const RunReport report = world.apply(replaced(manifest, "/one", "/other"));
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(world.id_of("logGroups.g"), "/other");
  EXPECT_EQ(world.count("log-group"), 1) << report.story();
  EXPECT_LT(report.took, minutes(1));
}

TEST(LateCreation, OfWhatHadARowByThisNameIsNotTakenForWhatThatWasGiven) {
  TestWorld world;
  const std::string path = path_manifest();
  const std::string manifest = path.substr(0, path.find("secrets:"));
  const std::string other = replaced(manifest, secret_value(), "other" + secret_value());
  ASSERT_TRUE(world.apply(manifest).is_clean());
  world.call(
      "rds",
      "DeleteDBInstance",
      Value::object(
          {{"DBInstanceIdentifier", world.id_of("dbInstances.app")}, {"SkipFinalSnapshot", true}}
      )
  );
  world.clock().advance(minutes(60));
  ASSERT_TRUE(
      world.apply(other, dies_after_losing("CreateDBInstance", Mishap::kLostAfter)).has_crashed
  );
  const RunReport healed = world.apply(manifest);
  EXPECT_TRUE(healed.is_clean()) << healed.failures() << healed.story();
  // It is refused until the instance is there.
  EXPECT_EQ(
      std::set<std::string>(healed.actions.begin(), healed.actions.end()),
      std::set<std::string>{"ModifyDBInstance"}
  ) << healed.plan;
}

TEST(LostCreations, HangOnWhatTheirKindNamesAndOnNothingElse) {
  const std::string text =
      "stack: lost\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n"
      "dbParameterGroups: { app: { dbParameterGroupFamily: mysql8.0, description: App } }\n"
      "securityGroups: { app: { vpc: main, description: App } }\n";
  TestWorld world;
  EXPECT_TRUE(
      world.apply(text, dies_after_losing("CreateSecurityGroup", Mishap::kLostAfter)).has_crashed
  );
  RunAsk dies;
  dies.on_progress = [](Loop&, const Progress& line) {
    if (line.address.section == "securityGroups") {
      throw Crash();  // Found, and not yet looked after.
    }
  };
  EXPECT_TRUE(world.apply(text, dies).has_crashed);
  ASSERT_NE(world.id_of("dbParameterGroups.app"), "");
  for (const ResourceRow& row : world.state().rows) {
    if (row.address.section == "securityGroups") {
      EXPECT_EQ(row.depends_on, (std::vector<Address>{{"vpcs", "main"}}));
    }
  }
  EXPECT_NE(world.id_of("securityGroups.app"), "");
}

}  // namespace
}  // namespace plumbline
