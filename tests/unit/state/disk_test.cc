// A disk that breaks at every moment at which it can: whatever was acknowledged is there when the
// state is opened again, and nothing of what was not is there in part.
#include <gtest/gtest.h>

#include "tests/support/state/bench.h"
#include "tests/support/state/fault_vfs.h"

namespace plumbline {
namespace {

constexpr int kCalls = 6;

/// Two commits a call, as the engine makes them: the intent, then its outcome with the row.
Batch intent_of(int call) {
  Batch batch;
  Intent intent = full_intent(fmt::format("{:032x}", call));
  intent.state = IntentState::kInflight;
  intent.physical_id = "";
  batch.intents.push_back(intent);
  return batch;
}

Batch outcome_of(int call) {
  Batch batch = numbered_batch(call);
  Intent intent = full_intent(fmt::format("{:032x}", call));
  intent.state = IntentState::kDone;
  batch.intents.push_back(intent);
  return batch;
}

struct Written {
  bool was_opened = false;
  int intents = 0, outcomes = 0;  ///< Acknowledged.
  Error error;                    ///< The first one; code empty if none.
};

Written write_all(StateBench& bench) {
  Written written;
  auto store = bench.open();
  if (!store) {
    written.error = store.error();
    return written;
  }
  written.was_opened = true;
  for (int call = 1; call <= kCalls; ++call) {
    Status done = (*store)->commit(intent_of(call), at_second(call));
    written.intents += done ? 1 : 0;
    if (done) {
      done = (*store)->commit(outcome_of(call), at_second(call));
      written.outcomes += done ? 1 : 0;
    }
    if (!done) {
      written.error = done.error();
      // Closed for good: nothing may be sent any more.
      EXPECT_FALSE((*store)->commit(intent_of(99), at_second(99)));
      return written;
    }
  }
  return written;
}

/// Rows and open intents are those of a whole number of commits, and no fewer than acknowledged.
void expect_committed_prefix(StateBench& bench, const Written& written) {
  auto store = bench.open();
  ASSERT_TRUE(store) << store.error().to_string();
  ASSERT_TRUE((*store)->verify_audit());
  const auto image = (*store)->load();
  ASSERT_TRUE(image);
  const int rows = static_cast<int>(image->rows.size());
  for (int call = 1; call <= rows; ++call) {
    EXPECT_EQ(
        image->rows[static_cast<std::size_t>(call) - 1].address.name, fmt::format("row-{:06}", call)
    );
  }
  const int open = static_cast<int>(image->open_intents.size());
  EXPECT_GE(rows, written.outcomes) << "an id was lost";
  EXPECT_LE(rows, written.outcomes + 1);
  EXPECT_LE(open, 1);
  EXPECT_GE(rows + open, written.intents) << "an intent was lost";
  EXPECT_LE(rows + open, written.intents + 1);
  // And the state works on.
  EXPECT_TRUE((*store)->commit(intent_of(kCalls + 1), at_second(50)));
}

class BrokenDisk : public ::testing::TestWithParam<DiskFault> {};

TEST_P(BrokenDisk, AtEveryOperationLosesNothingThatWasAcknowledged) {
  FaultVfs disk;
  int operations = 0;
  {
    StateBench bench;
    disk.break_at(0, GetParam());
    const Written calm = write_all(bench);
    ASSERT_EQ(calm.outcomes, kCalls) << calm.error.to_string();
    operations = disk.operations();
  }
  ASSERT_GT(operations, 4 * kCalls);
  int failures = 0;
  for (int n = 1; n <= operations; ++n) {
    SCOPED_TRACE(fmt::format("operation {} of {}", n, operations));
    StateBench bench;
    disk.break_at(n, GetParam());
    const Written written = write_all(bench);
    if (!written.error.message.empty()) {
      ++failures;
      EXPECT_EQ(written.error.klass, ErrorClass::kIo) << written.error.to_string();
      EXPECT_NE(written.error.message.find(bench.path()), std::string::npos)
          << written.error.message;
    }
    disk.break_at(0, GetParam());
    expect_committed_prefix(bench, written);
    if (HasFailure()) {
      return;
    }
  }
  EXPECT_GT(failures, operations / 2);
}

INSTANTIATE_TEST_SUITE_P(
    Faults,
    BrokenDisk,
    ::testing::Values(
        DiskFault::kFull, DiskFault::kSyncFails, DiskFault::kReadOnly, DiskFault::kTornWrite
    ),
    [](const auto& fault) -> std::string {
      switch (fault.param) {
        case DiskFault::kFull:
          return "Full";
        case DiskFault::kSyncFails:
          return "SyncFails";
        case DiskFault::kReadOnly:
          return "ReadOnly";
        case DiskFault::kTornWrite:
          return "TornWrite";
      }
      return "None";
    }
);

}  // namespace
}  // namespace plumbline
