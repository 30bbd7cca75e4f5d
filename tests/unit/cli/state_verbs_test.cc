// `plumbline state …` on a state on the disk: what it shows, changes and refuses.
#include <sys/stat.h>

#include "controller/base/json.h"
#include "state/sqlite_store.h"
#include "tests/support/cli/said.h"
#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

class StateVerbs : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = bench_.must_open();
    ASSERT_TRUE(store->bind("shop", "111122223333"));
    Batch batch;
    ResourceRow live = full_row("app");
    live.status = RowStatus::kLive;
    ResourceRow going = full_row("old");
    going.status = RowStatus::kDeleting;
    batch.upserts = {live, going};
    Intent lost = full_intent();
    lost.address = {"dbProxies", "new"};
    lost.physical_id = "";
    batch.intents = {lost};
    batch.audit.push_back({"apply", "CreateDBProxy", {"dbProxies", "app"}, Value(Object())});
    ASSERT_TRUE(store->commit(batch, at_second(5)));
  }

  Said state(std::vector<std::string> words) {
    words.insert(words.begin(), "state");
    words.insert(words.end(), {"--state", bench_.path()});
    return say(words);
  }
  Value json(std::vector<std::string> words) {
    words.insert(words.end(), {"--format", "json"});
    const Said said = state(words);
    EXPECT_EQ(said.status, 0) << said.err;
    auto parsed = parse_json(said.out);
    EXPECT_TRUE(parsed) << said.out;
    return parsed ? std::move(parsed).value() : Value();
  }
  StateImage image() { return bench_.open_to_read().value()->load().value(); }

  StateBench bench_;
};

TEST_F(StateVerbs, ListWhatIsRecorded) {
  EXPECT_EQ(
      state({"list"}).out,
      "stack shop in account 111122223333: 2 resources\n"
      "  STATUS    ADDRESS        KIND     ID\n"
      "  live      dbProxies.app  DBProxy  prx-app\n"
      "  deleting  dbProxies.old  DBProxy  prx-old\n"
      "1 calls have no known outcome yet; `plumbline state resolve` shows them.\n"
  );
  expect_has(state({"list", "vpcs"}).out, "0 resources in vpcs");
  const Value listed = json({"list"});
  EXPECT_EQ(listed.get("resources").size(), 2U);
  EXPECT_EQ(listed.get("openCalls").size(), 1U);
  EXPECT_EQ(listed.get("serial").as_int(), 2);
}

TEST_F(StateVerbs, ShowOneAddressWithItsHistory) {
  const Said said = state({"show", "dbProxies.app"});
  EXPECT_EQ(said.status, 0);
  expect_has(said.out, "  id        prx-app\n");
  expect_has(said.out, "  applied:\n    password: {\"$digest\":\"ab12\"}\n");
  expect_has(said.out, "  history:\n");
  expect_has(said.out, "apply  CreateDBProxy\n");
  const Value shown = json({"show", "dbProxies.app"});
  EXPECT_EQ(shown.get("rows").as_list().at(0).text_of("id"), "prx-app");
  EXPECT_EQ(shown.get("history").as_list().at(0).text_of("action"), "CreateDBProxy");
}

TEST_F(StateVerbs, NameTheAddressThatWasMeant) {
  const Said said = state({"show", "dbProxies.ap"});
  EXPECT_EQ(said.status, 1);
  expect_has(said.err, "Did you mean dbProxies.app?");
  expect_has(state({"forget", "dbProxies.ap", "--yes"}).err, "Did you mean dbProxies.app?");
}

TEST_F(StateVerbs, ChangeNothingWhenNobodyCanBeAsked) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"forget", "dbProxies.app"},
        std::vector<std::string>{"move", "dbProxies.app", "dbProxies.main"},
        std::vector<std::string>{"resolve", "dbProxies.new", "--gone"}}) {
    const Said said = state(words);
    EXPECT_EQ(said.status, 1);
    expect_has(said.err, "say --yes");
  }
  EXPECT_EQ(image().rows.size(), 2U);
  EXPECT_EQ(image().open_intents.size(), 1U);
}

TEST_F(StateVerbs, ForgetAndMove) {
  EXPECT_EQ(state({"move", "dbProxies.app", "dbProxies.main", "--yes"}).status, 0);
  EXPECT_EQ(image().rows[0].address.to_string(), "dbProxies.main");
  const Value forgot = json({"forget", "dbProxies.main", "--yes"});
  EXPECT_EQ(forgot.text_of("action"), "forget");
  EXPECT_EQ(forgot.get("done").size(), 1U);
  EXPECT_EQ(image().rows.size(), 1U);
  const auto history = bench_.open_to_read().value()->audit(2).value();
  EXPECT_EQ(history[0].action, "forget");
  EXPECT_EQ(history[1].action, "move");
}

TEST_F(StateVerbs, ResolveShowsWhatWaitsAndHowToEndIt) {
  const Said said = state({"resolve"});
  expect_has(said.out, "open: dbProxies.new: CreateDBProxy has no known outcome (rds, attempt 4");
  expect_has(said.out, "the next apply: it looks for the name");
  expect_has(said.out, "by hand: ");
  expect_has(said.out, "dbProxies.old: DBProxy prx-old: its deletion was begun");
  EXPECT_EQ(state({"resolve", "dbProxies.app"}).out, "Nothing waits at dbProxies.app.\n");
  EXPECT_EQ(json({"resolve"}).get("open").size(), 2U);
}

TEST_F(StateVerbs, ResolveAdoptsWhatIsThere) {
  const Said said = state({"resolve", "dbProxies.new", "--adopt", "prx-new", "--yes"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_TRUE(image().open_intents.empty());
  ASSERT_EQ(image().rows.size(), 3U);
  EXPECT_EQ(image().rows[1].physical_id, "prx-new");
  EXPECT_EQ(image().rows[1].status, RowStatus::kCreating);
}

TEST_F(StateVerbs, ResolveRefusesContradictions) {
  EXPECT_EQ(state({"resolve", "dbProxies.new", "--gone", "--adopt", "x"}).status, 64);
  EXPECT_EQ(state({"resolve", "--gone"}).status, 64);
  EXPECT_EQ(state({"resolve", "dbProxies.app", "--adopt", "x", "--yes"}).status, 1);
}

TEST_F(StateVerbs, BackupCopiesTheStateForItsOwnerAlone) {
  const std::string copy = bench_.folder() + "/copy.db";
  const Said said = state({"backup", copy});
  EXPECT_EQ(said.status, 0) << said.err;
  expect_has(said.out, "2 resources as of serial 2");
  EXPECT_EQ(mode_of(copy), 0600U);
  EXPECT_EQ(say({"state", "list", "--state", copy}).out, state({"list"}).out);
  const Said again = state({"backup", copy});
  EXPECT_EQ(again.status, 1);
  expect_has(again.err, "overwrites nothing");
}

TEST_F(StateVerbs, ThatChangeSomethingWaitForWhoeverHoldsTheState) {
  const auto held = bench_.open("apply, process 4711");
  ASSERT_TRUE(held);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"forget", "dbProxies.app", "--yes"},
        std::vector<std::string>{"move", "dbProxies.app", "dbProxies.main", "--yes"},
        std::vector<std::string>{"resolve", "dbProxies.new", "--gone", "--yes"}}) {
    const Said said = state(words);
    EXPECT_EQ(said.status, 4);
    expect_has(said.err, "apply, process 4711");
  }
}

TEST_F(StateVerbs, ThatOnlyLookWaitForNobody) {
  const std::string listed = state({"list"}).out;
  const auto held = bench_.open("apply, process 4711");
  ASSERT_TRUE(held);
  EXPECT_EQ(state({"list"}).out, listed);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"show", "dbProxies.app"},
        std::vector<std::string>{"resolve"},
        std::vector<std::string>{"backup", bench_.folder() + "/copy.db"}}) {
    EXPECT_EQ(state(words).status, 0);
  }
  for (const char* command : {"status", "history"}) {
    EXPECT_EQ(say({command, "--state", bench_.path()}).status, 0);
  }
}

TEST(StateVerb, OfAStateThatIsNotThere) {
  const TestFolder folder;
  const std::string path = folder.file("sub/state.db");
  EXPECT_EQ(say({"state", "list", "--state", path}).status, 0);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"state", "forget", "vpcs.a", "--yes", "--state", path},
        std::vector<std::string>{"state", "backup", folder.file("b.db"), "--state", path}}) {
    const Said said = say(words);
    EXPECT_EQ(said.status, 4);
    expect_has(said.err, "There is no state at");
  }
  EXPECT_TRUE(is_missing(path)) << "a look or a refusal makes no state";
}

TEST(StateVerb, IsAskedFor) {
  const Said said = say({"state"});
  EXPECT_EQ(said.status, 64);
  expect_has(
      said.err, "`plumbline state` needs one of list, show, resolve, forget, move, backup, rebuild."
  );
  expect_has(say({"state", "lst"}).err, "Did you mean list?");
}

TEST_F(StateVerbs, RebuildWantsTheKeyOrAWordOfTrust) {
  const auto refused = [&](std::vector<std::string> words, const std::string& why, int status = 64
                       ) {
    words.insert(words.begin(), {"rebuild", "shop.yaml"});
    const Said said = state(words);
    EXPECT_EQ(said.status, status) << said.err;
    expect_has(said.err, why);
  };
  refused({}, "say --key-from FILE");
  refused({"--key-from", "copy.db", "--trust-tags"}, "exclude each other");
  refused({"--trust-tags", "--skip", "vpc"}, "did you mean vpcs?");
  refused({"--trust-tags", "--choose", "vpcs.main"}, "ADDRESS=ID");
  refused({"--key-from", bench_.folder() + "/nowhere.db"}, "no copy of a state", 4);
  // Runs have written the one that is there.
  refused({"--trust-tags"}, "it is not lost", 4);
}

}  // namespace
}  // namespace plumbline
