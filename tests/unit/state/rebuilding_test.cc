// A lost state is replaced whole or not at all, and only where none stands that runs have written.
#include "state/rebuilding.h"

#include <gtest/gtest.h>

#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

class RebuildingTest : public ::testing::Test {
 protected:
  Result<Rebuilding> begin() {
    StoreOptions place;
    place.path = bench_.path();
    place.holder = "state rebuild, process 1";
    return Rebuilding::begin(place, bench_.clock(), bench_.random());
  }

  static NewState new_state(const std::string& name = "app") {
    NewState state;
    state.stack = "shop";
    state.account_id = "111122223333";
    state.install_key = std::string(32, 'k');
    state.serial = 40;
    state.first.upserts = {full_row(name)};
    state.first.accounts = {{"data", "444455556666"}};
    state.first.audit.push_back(
        {"state", Rebuilding::kAction, {}, Value::object({{"copy", "state.db.backup-40"}})}
    );
    return state;
  }

  void rebuild(const NewState& state) {
    auto begun = begin();
    ASSERT_TRUE(begun) << begun.error().message;
    const Status done = begun->finish(state, bench_.clock(), bench_.random());
    ASSERT_TRUE(done) << done.error().message;
  }

  [[nodiscard]] std::size_t files_with(const std::string& part) const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(bench_.folder())) {
      count += entry.path().string().find(part) != std::string::npos ? 1U : 0U;
    }
    return count;
  }

  StateBench bench_;
};

TEST_F(RebuildingTest, PutsAWholeStateInPlaceWithTheKeyItIsGiven) {
  rebuild(new_state());
  auto store = bench_.must_open();
  const auto image = store->load();
  ASSERT_TRUE(image);
  EXPECT_EQ(image->stack, "shop");
  EXPECT_EQ(image->account_id, "111122223333");
  EXPECT_EQ(image->install_key, std::string(32, 'k'));
  EXPECT_EQ(image->accounts.at("data"), "444455556666");
  EXPECT_EQ(image->rows.size(), 1U);
  EXPECT_GT(image->serial, 40U);
  const auto audit = store->audit(10);
  ASSERT_TRUE(audit);
  ASSERT_EQ(audit->size(), 1U);
  EXPECT_EQ(audit->front().action, "rebuild");
  EXPECT_EQ(store->verify_audit().value(), 1U);
  EXPECT_EQ(files_with(".tmp"), 0U);
  EXPECT_TRUE(store->commit(numbered_batch(1), at_second(9)));
}

/// Of a machine that has been up for a day.
class LateClock final : public Clock {
 public:
  Timestamp now() override { return at_second(1); }
  Duration elapsed() override { return std::chrono::hours(24); }
};

TEST_F(RebuildingTest, LeavesNoBackupWhereItIsRun) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(bench_.folder());
  LateClock clock;
  auto begun = begin();
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_TRUE(begun->finish(new_state(), clock, bench_.random()));
  EXPECT_EQ(files_with(".backup"), 0U);
  std::filesystem::current_path(before);
}

TEST_F(RebuildingTest, IsRefusedWhereRunsHaveWritten) {
  {
    auto store = bench_.must_open();
    ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  }
  const std::string before = read_bytes(bench_.path());
  const auto begun = begin();
  ASSERT_FALSE(begun);
  EXPECT_NE(begun.error().message.find("plumbline state backup"), std::string::npos);
  EXPECT_EQ(read_bytes(bench_.path()), before);
}

TEST_F(RebuildingTest, MayBeDoneAgainUntilARunHasWritten) {
  rebuild(new_state("first"));
  rebuild(new_state("second"));
  {
    auto store = bench_.must_open();
    const auto image = store->load();
    ASSERT_EQ(image->rows.size(), 1U);
    EXPECT_EQ(image->rows.front().address.name, "second");
    Batch batch;
    batch.audit.push_back({"apply", "CreateVpc", {"vpcs", "main"}, Value(Object())});
    ASSERT_TRUE(store->commit(batch, at_second(1)));
  }
  EXPECT_FALSE(begin());
}

TEST_F(RebuildingTest, KeepsAnEmptyStateAsABackupAndGoesOnBehindIt) {
  std::string key;
  {
    auto store = bench_.must_open();
    ASSERT_TRUE(store->bind("shop", "111122223333"));
    key = store->load()->install_key;
  }
  NewState state = new_state();
  state.serial = 0;
  rebuild(state);
  EXPECT_EQ(files_with(".backup-1"), 1U);
  auto store = bench_.must_open();
  EXPECT_NE(store->load()->install_key, key);
  EXPECT_GT(store->load()->serial, 1U);
}

TEST_F(RebuildingTest, TheLogOfALostStateIsNotPlayedIntoANewOne) {
  std::ofstream(bench_.path() + "-wal") << "frames";
  const auto begun = begin();
  ASSERT_FALSE(begun);
  EXPECT_NE(begun.error().message.find("move it away"), std::string::npos);
}

TEST_F(RebuildingTest, HoldsThePlaceWhileItLooks) {
  const auto begun = begin();
  ASSERT_TRUE(begun);
  const auto other = bench_.open("apply, process 2");
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("state rebuild, process 1"), std::string::npos);
}

TEST_F(RebuildingTest, ThatEndsEarlyLeavesNothing) {
  { ASSERT_TRUE(begin()); }
  EXPECT_TRUE(is_missing(bench_.path()));
}

}  // namespace
}  // namespace plumbline
