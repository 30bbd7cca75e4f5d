// What a person may change in a state by hand, and what is refused.
#include "state/edit.h"

#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

constexpr Duration kDeadAfter = std::chrono::minutes(6);

ResourceRow row(const std::string& name, const std::string& id, RowStatus status) {
  ResourceRow made = full_row(name);
  made.physical_id = id;
  made.status = status;
  made.depends_on = {};
  return made;
}

Intent creation(const std::string& name, char klass = 'N') {
  Intent made = full_intent();
  made.address = {"dbProxies", name};
  made.klass = klass;
  made.physical_id = "";
  return made;
}

StateImage state_of(std::vector<ResourceRow> rows, std::vector<Intent> open = {}) {
  StateImage state;
  state.stack = "s";
  state.rows = std::move(rows);
  state.open_intents = std::move(open);
  return state;
}

Timestamp long_after() {
  return at_second(3) + kDeadAfter;
}

void expect_refused(const Result<StateEdit>& edit, std::string_view why) {
  ASSERT_FALSE(edit);
  EXPECT_NE(edit.error().message.find(why), std::string::npos) << edit.error().message;
  EXPECT_TRUE(edit.error().message.ends_with(".") || edit.error().message.ends_with("?"))
      << edit.error().message;
}

TEST(StateEdit, ForgetsEveryObjectOfAnAddressOrOne) {
  const StateImage state = state_of(
      {row("app", "new", RowStatus::kLive),
       row("app", "old", RowStatus::kDeposed),
       row("other", "x", RowStatus::kLive)}
  );
  const auto all = forget_rows(state, {"dbProxies", "app"}, "");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->batch.removals.size(), 2U);
  EXPECT_TRUE(all->batch.upserts.empty());
  EXPECT_EQ(all->batch.audit.size(), 2U);
  const auto one = forget_rows(state, {"dbProxies", "app"}, "old");
  ASSERT_TRUE(one);
  ASSERT_EQ(one->batch.removals.size(), 1U);
  EXPECT_EQ(one->batch.removals[0].physical_id, "old");
  expect_refused(forget_rows(state, {"dbProxies", "app"}, "x"), "dbProxies.app is new, old, not x");
}

TEST(StateEdit, NamesTheAddressThatWasMeant) {
  const StateImage state = state_of({row("app", "a", RowStatus::kLive)});
  expect_refused(forget_rows(state, {"dbProxies", "ap"}, ""), "Did you mean dbProxies.app?");
  expect_refused(forget_rows(state, {"vpcs", "main"}, ""), "plumbline state list");
}

TEST(StateEdit, ForgetsNothingThatACallIsOpenFor) {
  const StateImage state =
      state_of({row("app", "a", RowStatus::kLive)}, {creation("app"), creation("other")});
  expect_refused(
      forget_rows(state, {"dbProxies", "app"}, ""), "plumbline state resolve dbProxies.app"
  );
}

TEST(StateEdit, MovesRowsAndWhoDependsOnThem) {
  ResourceRow user = row("user", "u", RowStatus::kLive);
  user.depends_on = {{"subnets", "a"}, {"dbProxies", "app"}};
  const StateImage state = state_of({row("app", "a", RowStatus::kLive), user});
  const auto edit = move_rows(state, {"dbProxies", "app"}, {"dbProxies", "main"}, at_second(9));
  ASSERT_TRUE(edit);
  ASSERT_EQ(edit->batch.upserts.size(), 2U);
  EXPECT_EQ(edit->batch.upserts[0].address.to_string(), "dbProxies.main");
  EXPECT_EQ(edit->batch.upserts[0].physical_id, "a");
  EXPECT_EQ(edit->batch.upserts[0].created_at, at_second(1));
  EXPECT_EQ(edit->batch.upserts[1].depends_on[1].to_string(), "dbProxies.main");
  ASSERT_EQ(edit->batch.removals.size(), 1U);
  EXPECT_EQ(edit->batch.removals[0].address.to_string(), "dbProxies.app");
}

TEST(StateEdit, MovesNothingToWhereItCannotBe) {
  const StateImage state = state_of(
      {row("app", "a", RowStatus::kLive), row("b", "b", RowStatus::kLive)}, {creation("c")}
  );
  const Address app{"dbProxies", "app"};
  expect_refused(move_rows(state, app, {"dbProxies", "b"}, at_second(9)), "taken by b");
  expect_refused(move_rows(state, app, {"vpcs", "app"}, at_second(9)), "a section is a kind");
  expect_refused(move_rows(state, app, app, at_second(9)), "no other name");
  expect_refused(move_rows(state, app, {"dbProxies", "c"}, at_second(9)), "no known outcome");
  expect_refused(move_rows(state, {"dbProxies", "z"}, app, at_second(9)), "holds nothing at");
}

TEST(StateEdit, WhatHangsOnTheAddressIsNoProducerOfWhatIsFoundThere) {
  ResourceRow user = row("user", "u", RowStatus::kLive);
  user.depends_on = {{"dbProxies", "app"}};
  ResourceRow users_user = row("far", "f", RowStatus::kDeposed);
  users_user.depends_on = {{"dbProxies", "user"}};
  const StateImage state = state_of(
      {row("app", "a", RowStatus::kLive), user, users_user, row("net", "n", RowStatus::kLive)},
      {creation("app")}
  );
  EXPECT_EQ(
      possible_producers(state, {"dbProxies", "app"}), (std::vector<Address>{{"dbProxies", "net"}})
  );
  const auto edit = adopt_created(state, {"dbProxies", "app"}, "made", at_second(9));
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->batch.upserts.back().depends_on.size(), 1U);
}

TEST(StateEdit, AdoptsWhatAnOpenCreationMade) {
  const StateImage state = state_of({row("net", "n", RowStatus::kLive)}, {creation("app")});
  const auto edit = adopt_created(state, {"dbProxies", "app"}, "made", at_second(9));
  ASSERT_TRUE(edit);
  ASSERT_EQ(edit->batch.intents.size(), 1U);
  EXPECT_EQ(edit->batch.intents[0].state, IntentState::kDone);
  EXPECT_EQ(edit->batch.intents[0].physical_id, "made");
  ASSERT_EQ(edit->batch.upserts.size(), 1U);
  const ResourceRow& made = edit->batch.upserts[0];
  EXPECT_EQ(made.physical_id, "made");
  EXPECT_EQ(made.status, RowStatus::kCreating) << "the next run finishes it";
  EXPECT_EQ(made.kind, "DBProxy");
  ASSERT_EQ(made.depends_on.size(), 1U);
  EXPECT_EQ(made.depends_on[0].to_string(), "dbProxies.net");
}

TEST(StateEdit, AnAdoptedSuccessorDeposesWhatItReplaces) {
  const StateImage state = state_of({row("app", "old", RowStatus::kLive)}, {creation("app")});
  const auto edit = adopt_created(state, {"dbProxies", "app"}, "new", at_second(9));
  ASSERT_TRUE(edit);
  ASSERT_EQ(edit->batch.upserts.size(), 2U);
  EXPECT_EQ(edit->batch.upserts[0].physical_id, "old");
  EXPECT_EQ(edit->batch.upserts[0].status, RowStatus::kDeposed);
  EXPECT_EQ(edit->batch.upserts[1].physical_id, "new");
  EXPECT_TRUE(edit->batch.upserts[1].is_protected) << "protection outlives a replacement";
}

TEST(StateEdit, AdoptsNothingThatNobodyWaitsForOrThatIsSomebodyElses) {
  Intent update = creation("app");
  update.is_create = false;
  const StateImage state =
      state_of({row("app", "a", RowStatus::kLive), row("b", "b", RowStatus::kLive)}, {update});
  expect_refused(adopt_created(state, {"dbProxies", "app"}, "x", at_second(9)), "nothing to adopt");
  const StateImage open = state_of({row("b", "b", RowStatus::kLive)}, {creation("app")});
  expect_refused(
      adopt_created(open, {"dbProxies", "app"}, "b", at_second(9)), "b is dbProxies.b already"
  );
}

TEST(StateEdit, BelievesThatNothingCameOfACallOnceItsSignatureIsDead) {
  const StateImage state = state_of({}, {creation("app")});
  expect_refused(
      declare_gone(state, {"dbProxies", "app"}, long_after() - Duration(1), kDeadAfter),
      "may still carry it out until"
  );
  const auto edit = declare_gone(state, {"dbProxies", "app"}, long_after(), kDeadAfter);
  ASSERT_TRUE(edit);
  ASSERT_EQ(edit->batch.intents.size(), 1U);
  EXPECT_EQ(edit->batch.intents[0].state, IntentState::kRefused);
  EXPECT_TRUE(edit->batch.removals.empty());
}

TEST(StateEdit, DropsUnfinishedRowsThatAreGoneAndNoFinishedOne) {
  for (const RowStatus status :
       {RowStatus::kCreating, RowStatus::kDeleting, RowStatus::kDeposed, RowStatus::kHeld}) {
    const auto edit = declare_gone(
        state_of({row("app", "a", status)}), {"dbProxies", "app"}, long_after(), kDeadAfter
    );
    ASSERT_TRUE(edit) << name_of(status);
    EXPECT_EQ(edit->batch.removals.size(), 1U);
  }
  for (const RowStatus status : {RowStatus::kLive, RowStatus::kUpdating}) {
    expect_refused(
        declare_gone(
            state_of({row("app", "a", status)}), {"dbProxies", "app"}, long_after(), kDeadAfter
        ),
        "plumbline state forget dbProxies.app"
    );
  }
  expect_refused(declare_gone(state_of({}), {"vpcs", "x"}, long_after(), kDeadAfter), "nothing at");
}

TEST(StateEdit, EveryEditSaysWhatItDoesAndIsInTheHistory) {
  const StateImage state =
      state_of({row("app", "a", RowStatus::kLive)}, {creation("new"), creation("lost")});
  for (const auto& edit :
       {forget_rows(state, {"dbProxies", "app"}, ""),
        move_rows(state, {"dbProxies", "app"}, {"dbProxies", "b"}, at_second(9)),
        adopt_created(state, {"dbProxies", "new"}, "n", at_second(9)),
        declare_gone(state, {"dbProxies", "lost"}, long_after(), kDeadAfter)}) {
    ASSERT_TRUE(edit);
    EXPECT_FALSE(edit->done.empty());
    EXPECT_FALSE(edit->follow_up.empty());
    EXPECT_FALSE(edit->batch.audit.empty());
    StateBench bench;
    EXPECT_TRUE(bench.must_open()->commit(edit->batch, at_second(9)));
  }
}

TEST(OpenWork, SaysOfEveryClassWhatTheNextApplyDoes) {
  const std::pair<char, std::string_view> cases[] = {
      {'T', "same client token"},
      {'U', "looks for the name"},
      {'N', "signature is dead"},
      {'X', "was not there before"},
      {'I', "sends the call again"},
  };
  for (const auto& [klass, words] : cases) {
    const StateImage state = state_of({}, {creation("app", klass)});
    const auto work = open_work(state, {"dbProxies", "app"}, kDeadAfter);
    ASSERT_EQ(work.size(), 1U);
    EXPECT_NE(work[0].next.find(words), std::string::npos) << work[0].next;
    const std::string told_by =
        klass == 'X' ? "that was made at or after" : "plumbline:intent=" + state.open_intents[0].id;
    EXPECT_NE(work[0].human.find(told_by), std::string::npos) << work[0].human;
    EXPECT_NE(work[0].human.find("--adopt ID"), std::string::npos);
  }
}

TEST(OpenWork, LeavesOutWhatIsFinishedAndWhatWasNotAskedFor) {
  const StateImage state = state_of(
      {row("app", "a", RowStatus::kLive), row("b", "b", RowStatus::kDeleting)}, {creation("c")}
  );
  EXPECT_TRUE(open_work(state, {"dbProxies", "app"}, kDeadAfter).empty());
  EXPECT_EQ(open_work(state, {"dbProxies", "b"}, kDeadAfter).size(), 1U);
  EXPECT_EQ(open_work(state, {}, kDeadAfter).size(), 2U);
}

}  // namespace
}  // namespace plumbline
