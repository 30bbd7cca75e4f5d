// Calls with an outcome go in time; calls without one, rows and the audit never.
#include <gtest/gtest.h>

#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

Batch finished_calls(int first, int count, IntentState state) {
  Batch batch;
  for (int call = first; call < first + count; ++call) {
    Intent intent = full_intent(fmt::format("{:032x}", call));
    intent.state = state;
    intent.signed_at = at_second(call);
    intent.lost_at = {};
    batch.intents.push_back(intent);
  }
  return batch;
}

std::int64_t number(SqliteStore& store, const std::string& sql) {
  const auto found = store.db().integer(sql);
  EXPECT_TRUE(found);
  return found ? *found : -1;
}

TEST(Pruning, KeepsTheNewestFinishedCallsAndAllOpenOnes) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->commit(finished_calls(1, 5, IntentState::kUnknown), at_second(1)));
    ASSERT_TRUE(store->commit(finished_calls(100, 1500, IntentState::kDone), at_second(2)));
    ASSERT_TRUE(store->commit(numbered_batch(1), at_second(3)));
    EXPECT_EQ(number(*store, "SELECT count(*) FROM intent"), 1505);
  }
  auto store = bench.must_open();
  EXPECT_EQ(number(*store, "SELECT count(*) FROM intent WHERE state = 'done'"), 1000);
  EXPECT_EQ(
      number(*store, "SELECT min(signed_at) FROM intent WHERE state = 'done'"),
      at_second(600).time_since_epoch().count()
  );
  EXPECT_EQ(store->load()->open_intents.size(), 5U);
  EXPECT_EQ(store->load()->rows.size(), 1U);
  EXPECT_EQ(*store->verify_audit(), 1U);
}

TEST(Pruning, KeepsAFinishedCallWhileALostAttemptOfItMayStillTakeEffect) {
  StateBench bench;
  const std::string id = std::string(32, 'c');
  const auto after = [&](int calls) {
    {
      auto store = bench.must_open();
      EXPECT_TRUE(store->commit(finished_calls(20, calls, IntentState::kDone), at_second(2)));
    }
    const auto image = bench.must_open()->load();
    return image && !image->late_calls.empty() ? image->late_calls.front().id : "";
  };
  Intent late = full_intent(id);
  late.state = IntentState::kDone;
  late.signed_at = at_second(11);
  late.lost_at = at_second(10);
  ASSERT_TRUE(bench.must_open()->commit({{late}, {}, {}, {}}, at_second(1)));
  EXPECT_EQ(after(2000), id);
  EXPECT_EQ(after(5000), "");
}

TEST(Pruning, HoldsWhileAControllerRunsForMonths) {
  StateBench bench;
  auto store = bench.must_open();
  for (int round = 0; round < 600; ++round) {
    ASSERT_TRUE(
        store->commit(finished_calls(round * 10, 10, IntentState::kRefused), at_second(round))
    );
  }
  EXPECT_LT(number(*store, "SELECT count(*) FROM intent"), 1000 + 256 * 10);
}

}  // namespace
}  // namespace plumbline
