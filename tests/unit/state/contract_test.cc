// What every Store promises, held against the one on disk and the one in memory.
#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

enum class Place { kDisk, kMemory };

class StoreContract : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override { reopen(); }
  /// Closes and opens the one on disk; the one in memory stays.
  void reopen() {
    if (GetParam() == Place::kDisk) {
      store_.reset();
      store_ = bench_.must_open();
    } else if (!store_) {
      store_ = make_memory_store(bench_.clock(), bench_.random());
    }
  }
  StateImage image() {
    auto loaded = store_->load();
    EXPECT_TRUE(loaded) << loaded.error().to_string();
    return std::move(loaded).value();
  }
  void commit(const Batch& batch) {
    const Status committed = store_->commit(batch, at_second(9));
    ASSERT_TRUE(committed) << committed.error().to_string();
  }

  StateBench bench_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, BeginsEmptyWithAKeyOfItsOwn) {
  const StateImage loaded = image();
  EXPECT_EQ(loaded.stack, "");
  EXPECT_EQ(loaded.account_id, "");
  EXPECT_EQ(loaded.install_key.size(), 32U);
  EXPECT_NE(loaded.install_key, std::string(32, '\0'));
  EXPECT_EQ(loaded.serial, 0U);
  EXPECT_EQ(loaded.epoch, 1U);
  EXPECT_TRUE(loaded.rows.empty());
  EXPECT_TRUE(loaded.open_intents.empty());
}

TEST_P(StoreContract, KeepsEveryFieldOfARow) {
  commit({{}, {full_row()}, {}, {}});
  reopen();
  ASSERT_EQ(image().rows.size(), 1U);
  expect_same(image().rows[0], full_row());
}

TEST_P(StoreContract, KeepsEveryRowStatus) {
  Batch batch;
  for (const RowStatus status :
       {RowStatus::kCreating,
        RowStatus::kLive,
        RowStatus::kUpdating,
        RowStatus::kDeleting,
        RowStatus::kDeposed,
        RowStatus::kHeld}) {
    batch.upserts.push_back(full_row(std::string(name_of(status))));
    batch.upserts.back().status = status;
  }
  commit(batch);
  reopen();
  ASSERT_EQ(image().rows.size(), 6U);
  for (const ResourceRow& row : image().rows) {
    EXPECT_EQ(name_of(row.status), row.address.name);
  }
}

TEST_P(StoreContract, KeepsWhatTheNamesOfAccountsMean) {
  Batch batch;
  batch.accounts = {{"data", "210987654321"}, {"app", "123456789012"}};
  EXPECT_FALSE(batch.empty());
  commit(batch);
  reopen();
  const std::map<std::string, std::string> expected = {
      {"app", "123456789012"}, {"data", "210987654321"}};
  EXPECT_EQ(image().accounts, expected);
}

TEST_P(StoreContract, KeepsEveryFieldOfAnIntentAndWritesItsOwnEpoch) {
  Intent intent = full_intent();
  intent.epoch = 99;
  commit({{intent}, {}, {}, {}});
  const std::uint64_t epoch = image().epoch;
  reopen();
  ASSERT_EQ(image().open_intents.size(), 1U);
  expect_same(image().open_intents[0], intent);
  EXPECT_EQ(image().open_intents[0].epoch, epoch);
}

TEST_P(StoreContract, LoadsOnlyIntentsThatAreOpen) {
  Batch batch;
  for (const IntentState state :
       {IntentState::kInflight,
        IntentState::kUnknown,
        IntentState::kDone,
        IntentState::kRefused,
        IntentState::kHeld}) {
    batch.intents.push_back(full_intent(std::string(name_of(state))));
    batch.intents.back().state = state;
  }
  commit(batch);
  reopen();
  std::vector<std::string> ids;
  for (const Intent& intent : image().open_intents) {
    ids.push_back(intent.id);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"held", "inflight", "unknown"}));
  // What was closed is remembered for an attempt of it that may still arrive.
  ASSERT_EQ(image().late_calls.size(), 2U);
  EXPECT_EQ(image().late_calls[0].id, "done");
  EXPECT_EQ(image().late_calls[1].id, "refused");
}

TEST_P(StoreContract, AnOutcomeReplacesItsIntentAndBringsTheRow) {
  Intent intent = full_intent();
  intent.state = IntentState::kInflight;
  commit({{intent}, {}, {}, {}});
  ASSERT_EQ(image().open_intents.size(), 1U);
  intent.state = IntentState::kDone;
  commit({{intent}, {full_row()}, {}, {}});
  reopen();
  EXPECT_TRUE(image().open_intents.empty());
  EXPECT_EQ(image().rows.size(), 1U);
  EXPECT_EQ(image().serial, 2U);
}

TEST_P(StoreContract, ADeposedRowStandsBesideItsSuccessor) {
  ResourceRow old_row = full_row();
  old_row.status = RowStatus::kDeposed;
  ResourceRow new_row = full_row();
  new_row.physical_id = "prx-new";
  commit({{}, {old_row, new_row}, {}, {}});
  ASSERT_EQ(image().rows.size(), 2U);
  commit({{}, {}, {{old_row.address, old_row.physical_id}}, {}});
  reopen();
  ASSERT_EQ(image().rows.size(), 1U);
  EXPECT_EQ(image().rows[0].physical_id, "prx-new");
}

TEST_P(StoreContract, MovesARowToAnotherAddressInOneBatch) {
  commit({{}, {full_row("old")}, {}, {}});
  ResourceRow moved = full_row("old");
  moved.address.name = "new";
  commit({{}, {moved}, {{{"dbProxies", "old"}, moved.physical_id}}, {}});
  reopen();
  ASSERT_EQ(image().rows.size(), 1U);
  EXPECT_EQ(image().rows[0].address.name, "new");
}

TEST_P(StoreContract, AnEmptyBatchChangesNothing) {
  commit({});
  EXPECT_EQ(image().serial, 0U);
}

TEST_P(StoreContract, ListsTheNewestAuditEntriesFirst) {
  for (int i = 1; i <= 5; ++i) {
    commit(numbered_batch(i));
  }
  reopen();
  auto newest = store_->audit(2);
  ASSERT_TRUE(newest);
  ASSERT_EQ(newest->size(), 2U);
  EXPECT_EQ((*newest)[0].sequence, 5U);
  EXPECT_EQ((*newest)[0].detail, Value::object({{"number", 5}}));
  EXPECT_EQ((*newest)[0].at, at_second(9));
  EXPECT_EQ((*newest)[0].actor, "engine");
  EXPECT_EQ((*newest)[0].action, "create");
  EXPECT_EQ((*newest)[0].address.to_string(), "dbProxies.app");
  EXPECT_EQ((*newest)[1].sequence, 4U);
  EXPECT_EQ(store_->audit(static_cast<std::size_t>(-1))->size(), 5U);
}

TEST_P(StoreContract, BelongsToTheFirstStackAndAccountItIsBoundTo) {
  ASSERT_TRUE(store_->bind("shop", ""));
  ASSERT_TRUE(store_->bind("shop", "111122223333"));
  ASSERT_TRUE(store_->bind("shop", "111122223333"));
  reopen();
  EXPECT_EQ(image().stack, "shop");
  EXPECT_EQ(image().account_id, "111122223333");
  EXPECT_EQ(image().serial, 2U);

  const Status other_stack = store_->bind("bank", "111122223333");
  ASSERT_FALSE(other_stack);
  EXPECT_EQ(other_stack.error().klass, ErrorClass::kConflict);
  EXPECT_NE(other_stack.error().message.find("\"shop\""), std::string::npos);
  EXPECT_NE(other_stack.error().message.find("\"bank\""), std::string::npos);
  EXPECT_NE(other_stack.error().message.find("--state"), std::string::npos);

  const Status other_account = store_->bind("shop", "444455556666");
  ASSERT_FALSE(other_account);
  EXPECT_EQ(other_account.error().klass, ErrorClass::kConflict);
  EXPECT_NE(other_account.error().message.find("111122223333"), std::string::npos);
  EXPECT_NE(other_account.error().message.find("444455556666"), std::string::npos);
  EXPECT_NE(other_account.error().message.find("AWS_PROFILE"), std::string::npos);
  // A refused binding is no failure of the disk: the store goes on.
  commit({{}, {full_row()}, {}, {}});
}

TEST_P(StoreContract, RefusesAValueThatItCouldNotReadAgain) {
  Value deep = 1;
  for (int i = 0; i < 80; ++i) {
    deep = Value(List{deep});
  }
  ResourceRow row = full_row();
  row.observed = deep;
  const Status committed = store_->commit({{full_intent()}, {row}, {}, {}}, at_second(1));
  ASSERT_FALSE(committed);
  EXPECT_NE(committed.error().message.find("dbProxies.app"), std::string::npos);
  reopen();
  EXPECT_TRUE(image().rows.empty());
  EXPECT_TRUE(image().open_intents.empty());
}

TEST_P(StoreContract, ASecretInARowIsAProgrammersError) {
  ResourceRow row = full_row();
  row.applied.set("password", Value::secret("hunter2"));
  EXPECT_DEATH(
      static_cast<void>(store_->commit({{}, {row}, {}, {}}, at_second(1))), "holds_secret"
  );
}

INSTANTIATE_TEST_SUITE_P(
    Stores,
    StoreContract,
    ::testing::Values(Place::kDisk, Place::kMemory),
    [](const auto& tested) { return tested.param == Place::kDisk ? "OnDisk" : "InMemory"; }
);

}  // namespace
}  // namespace plumbline
