#include "controller/plan/rebuild.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

constexpr char kNet[] = R"(
stack: s
region: eu-west-3
vpcs:
  main: { cidrBlock: 10.0.0.0/16, protect: true, onRemove: retain }
secrets:
  login: { secretString: { user: one } }
)";

class RebuildTest : public ::testing::Test {
 protected:
  RebuildTest() {
    input_.manifest = &bench_.manifest();
    input_.graph = &bench_.graph();
    input_.catalog = &shipped_kinds();
    input_.accounts = bench_.state().account_id;
    input_.install_key = bench_.state().install_key;
    input_.ask = &ask_;
    input_.regions = {"eu-west-1", "eu-west-3"};
    input_.now = Timestamp(std::chrono::hours(1));
  }

  /// An object of the kind whose tags say, and prove, that it is `address`.
  Claimant ours(const std::string& address, const std::string& id, Value properties = Object()) {
    const Address at = Address::parse(address);
    Claimant made;
    made.kind = shipped_kinds().find_section(at.section);
    made.region = "eu-west-3";
    made.seen.presence = Presence::kPresent;
    made.seen.id = id;
    made.seen.properties = std::move(properties);
    made.seen.has_tags = true;
    const OwnerTags tags =
        owner_tags(input_.install_key, input_.accounts.own, made.region, "s", at);
    made.seen.tags = {
        {std::string(kOwnerTag), tags.owner},
        {std::string(kStackTag), tags.stack},
        {std::string(kAddressTag), tags.address}};
    return made;
  }

  Rebuilt judged(std::vector<Claimant> claimants) {
    auto rebuilt = judge_claims(input_, std::move(claimants));
    EXPECT_TRUE(rebuilt) << rebuilt.error().message;
    return std::move(rebuilt).value();
  }
  ResourceRow recorded(Claimant claimant) {
    Rebuilt rebuilt = judged({std::move(claimant)});
    EXPECT_TRUE(record_taken(input_, rebuilt));
    EXPECT_EQ(rebuilt.rows.size(), 1U);
    untold_ = rebuilt.untold;
    return rebuilt.rows.empty() ? ResourceRow() : rebuilt.rows.front();
  }
  /// What the copy holds of the secret: the digest of `value`, at this version.
  void know_secret(const std::string& value, const std::string& version) {
    ResourceRow row;
    row.address = {"secrets", "login"};
    row.kind = "Secret";
    row.region = "eu-west-3";
    row.physical_id = "arn:s";
    row.applied = Value::object(
        {{"secretString",
          Value::object(
              {{"$digest", digest_of(Value::object({{"user", value}}), input_.install_key)}}
          )}}
    );
    row.observed = Value::object({{"versionId", version}});
    ask_.known = {row};
  }
  Claimant secret() { return ours("secrets.login", "arn:s", Value::object({{"versionId", "v1"}})); }

  PlanBench bench_{kNet};
  RebuildAsk ask_;
  RebuildInput input_;
  std::vector<Untold> untold_;
};

TEST_F(RebuildTest, TakesWhatItsTagsProve) {
  const Rebuilt rebuilt = judged({ours("vpcs.main", "vpc-1"), ours("vpcs.old", "vpc-2")});
  ASSERT_EQ(rebuilt.taken.size(), 2U);
  EXPECT_TRUE(rebuilt.taken[0].is_declared);
  EXPECT_FALSE(rebuilt.taken[1].is_declared);
  EXPECT_TRUE(rebuilt.is_certain());
}

TEST_F(RebuildTest, DoesNotTakeATagThatWasMadeForAnotherPlaceOrKind) {
  Claimant elsewhere = ours("vpcs.main", "vpc-1");
  elsewhere.region = "eu-west-1";
  Claimant other_kind = ours("vpcs.main", "subnet-1");
  other_kind.kind = shipped_kinds().find_section("subnets");
  Claimant untagged = ours("vpcs.main", "vpc-3");
  untagged.seen.tags.erase(untagged.seen.tags.begin());
  const Rebuilt rebuilt = judged({elsewhere, other_kind, untagged});
  EXPECT_TRUE(rebuilt.taken.empty());
  EXPECT_EQ(rebuilt.not_taken.size(), 3U);
  ask_.trusts_tags = true;
  EXPECT_EQ(judged({elsewhere, other_kind, untagged}).taken.size(), 1U);
}

TEST_F(RebuildTest, AGlobalObjectIsOneWhereverItIsSeen) {
  Claimant here = ours("roles.reader", "reader");
  Claimant there = here;
  there.region = "eu-west-1";
  const Rebuilt rebuilt = judged({there, here});
  ASSERT_EQ(rebuilt.taken.size(), 1U);
  EXPECT_EQ(rebuilt.taken.front().object.region, "eu-west-3");
}

TEST_F(RebuildTest, WhatIsOnItsWayOutIsNobodysRival) {
  Claimant going = ours("vpcs.main", "vpc-0");
  going.seen.readiness = Readiness::kDeleting;
  const Rebuilt rebuilt = judged({going, ours("vpcs.main", "vpc-1")});
  EXPECT_TRUE(rebuilt.rivals.empty());
  ASSERT_EQ(rebuilt.taken.size(), 2U);
  for (const Taken& taken : rebuilt.taken) {
    const bool is_old = taken.object.seen.id == "vpc-0";
    EXPECT_EQ(taken.status, is_old ? RowStatus::kDeposed : RowStatus::kLive);
  }
  EXPECT_EQ(judged({going}).taken.front().status, RowStatus::kDeleting);
}

TEST_F(RebuildTest, WhatWasNotChosenGoesUnlessItHoldsData) {
  ask_.choices[{"vpcs", "main"}] = "vpc-1";
  ask_.choices[{"secrets", "login"}] = "arn:s";
  const Rebuilt rebuilt = judged(
      {ours("vpcs.main", "vpc-1"),
       ours("vpcs.main", "vpc-2"),
       secret(),
       ours("secrets.login", "arn:other")}
  );
  EXPECT_TRUE(rebuilt.rivals.empty());
  EXPECT_EQ(rebuilt.taken.size(), 3U);
  ASSERT_EQ(rebuilt.not_taken.size(), 1U);
  EXPECT_EQ(rebuilt.not_taken.front().id, "arn:other");
}

TEST_F(RebuildTest, AChoiceOfNothingIsAnError) {
  ask_.choices[{"vpcs", "main"}] = "vpc-9";
  const auto rebuilt = judge_claims(input_, {ours("vpcs.main", "vpc-1")});
  ASSERT_FALSE(rebuilt);
  EXPECT_NE(rebuilt.error().message.find("vpc-1"), std::string::npos);
}

TEST_F(RebuildTest, TheManifestSaysWhatIsProtected) {
  const ResourceRow row = recorded(ours("vpcs.main", "vpc-1"));
  EXPECT_TRUE(row.is_protected);
  EXPECT_EQ(row.on_remove, "retain");
  EXPECT_EQ(row.applied.text_of("cidrBlock"), "10.0.0.0/16");
  EXPECT_TRUE(row.applied.get("$owner").is_null());
}

TEST_F(RebuildTest, OfWhatIsNotDeclaredTheCopyOnlySaysWhatMakesItStay) {
  ResourceRow known;
  known.address = {"vpcs", "old"};
  known.kind = "Vpc";
  known.region = "eu-west-3";
  known.physical_id = "vpc-2";
  known.is_protected = true;
  known.on_remove = "delete";
  ask_.known = {known};
  const ResourceRow row = recorded(ours("vpcs.old", "vpc-2"));
  EXPECT_TRUE(row.is_protected);
  EXPECT_EQ(row.on_remove, "");
}

ResourceRow protected_row(const std::string& kind, const std::string& id) {
  ResourceRow row;
  row.kind = kind;
  row.region = "eu-west-3";
  row.physical_id = id;
  row.is_protected = true;
  return row;
}

TEST_F(RebuildTest, ANamesakeInAnotherAccountOrRegionSaysNothingOfIt) {
  input_.accounts.named["data"] = "444455556666";
  ResourceRow abroad = protected_row("DBInstance", "app");
  abroad.account = "data";
  ResourceRow afar = protected_row("DBInstance", "app");
  afar.region = "eu-west-1";
  ask_.known = {abroad, afar};
  EXPECT_FALSE(recorded(ours("dbInstances.old", "app")).is_protected);
  ask_.known.push_back(protected_row("DBInstance", "app"));
  EXPECT_TRUE(recorded(ours("dbInstances.old", "app")).is_protected);
}

TEST_F(RebuildTest, TheCopyKnowsAnAccountByAnyNameAndAGlobalObjectInAnyRegion) {
  input_.accounts.named["old-name"] = input_.accounts.own;
  ResourceRow role = protected_row("Role", "reader");
  role.account = "old-name";
  role.region = "eu-west-1";
  ask_.known = {role};
  EXPECT_TRUE(recorded(ours("roles.old", "reader")).is_protected);
}

TEST_F(RebuildTest, OfWhatIsNotDeclaredNothingIsKeptThatCouldBeSecret) {
  const ResourceRow row = recorded(ours(
      "functions.old",
      "old",
      Value::object(
          {{"functionName", "old"},
           {"environment", Value::object({{"PASSWORD", "hunter2"}})},
           {"description", "hunter2"},
           {"timeout", 9}}
      )
  ));
  EXPECT_EQ(show_json(row.applied).find("hunter2"), std::string::npos) << show_json(row.applied);
  EXPECT_EQ(show_json(row.observed).find("hunter2"), std::string::npos);
  // That it was declared is kept: what is not read could not be taken away before a deletion.
  EXPECT_FALSE(row.applied.get("description").text_of("$digest").empty());
  EXPECT_EQ(row.observed.get("timeout").as_int(), 9);
}

TEST_F(RebuildTest, ASecretIsKnownWhileItsVersionIsTheCopys) {
  recorded(secret());
  EXPECT_EQ(untold_.size(), 1U);
  know_secret("one", "v1");
  EXPECT_FALSE(recorded(secret()).applied.get("secretString").is_null());
  EXPECT_TRUE(untold_.empty());
  know_secret("one", "v0");
  EXPECT_TRUE(recorded(secret()).applied.get("secretString").is_null());
  EXPECT_EQ(untold_.size(), 1U);
  know_secret("another", "v1");
  recorded(secret());
  EXPECT_EQ(untold_.size(), 1U);
}

TEST_F(RebuildTest, AnInheritedTagIsKeptForThePlan) {
  ask_.trusts_tags = true;
  const Claimant claimant = ours("vpcs.main", "vpc-1");
  EXPECT_EQ(recorded(claimant).applied.text_of("$owner"), *claimant.seen.find_tag(kOwnerTag));
}

TEST(RebuildGenerated, ANewKeyMakesOtherSecretsWhateverAPersonSays) {
  PlanBench bench(R"(
stack: s
region: eu-west-3
inputs: { key: { generate: { type: password, length: 30 } } }
secrets:
  login: { secretString: { password: '${inputs.key}' } }
)");
  RebuildAsk ask;
  ask.trusts_tags = true;
  ask.takes_secrets_as_declared = true;
  RebuildInput input;
  input.manifest = &bench.manifest();
  input.graph = &bench.graph();
  input.catalog = &shipped_kinds();
  input.accounts = bench.state().account_id;
  input.install_key = bench.state().install_key;
  input.ask = &ask;
  Rebuilt rebuilt;
  Taken taken;
  taken.address = {"secrets", "login"};
  taken.is_declared = true;
  taken.object.kind = shipped_kinds().find_section("secrets");
  taken.object.region = "eu-west-3";
  taken.object.seen.id = "arn:s";
  taken.object.seen.properties = Value(Object());
  taken.object.seen.tags = {{std::string(kOwnerTag), "old"}};
  rebuilt.taken = {taken};
  ASSERT_TRUE(record_taken(input, rebuilt));
  EXPECT_EQ(rebuilt.untold.size(), 1U);
}

}  // namespace
}  // namespace plumbline
