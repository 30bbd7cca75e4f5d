// The audit chain and the backups.
#include <gtest/gtest.h>

#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

class AuditChain : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = bench_.must_open();
    for (int number = 1; number <= 4; ++number) {
      ASSERT_TRUE(store_->commit(numbered_batch(number), at_second(number)));
    }
    ASSERT_EQ(*store_->verify_audit(), 4U);
  }
  StateBench bench_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(AuditChain, FindsEveryKindOfEdit) {
  const std::pair<const char*, const char*> edits[] = {
      {"UPDATE audit SET detail = '{\"number\":9}' WHERE sequence = 2", "entry 2"},
      {"UPDATE audit SET actor = 'nobody' WHERE sequence = 1", "entry 1"},
      {"UPDATE audit SET action = 'x' WHERE sequence = 3", "entry 3"},
      {"UPDATE audit SET name = 'x' WHERE sequence = 3", "entry 3"},
      {"UPDATE audit SET section = 'x' WHERE sequence = 3", "entry 3"},
      {"UPDATE audit SET at = at + 1 WHERE sequence = 4", "entry 4"},
      {"UPDATE audit SET prev = zeroblob(32) WHERE sequence = 2", "entry 2"},
      {"UPDATE audit SET hash = zeroblob(32) WHERE sequence = 2", "entry 2"},
      {"DELETE FROM audit WHERE sequence = 2", "entry 2"},
      {"DELETE FROM audit WHERE sequence = 4", "entry 4"},
      {"DELETE FROM audit", "entry 4"},
      {"UPDATE audit SET sequence = sequence + 10", "entry 14"},
      {"INSERT INTO audit SELECT 5, at, actor, action, section, name, detail, prev, hash FROM audit"
       " WHERE sequence = 4",
       "entry 5"},
  };
  for (const auto& [sql, place] : edits) {
    ASSERT_TRUE(store_->db().execute("BEGIN"));
    ASSERT_TRUE(store_->db().execute(sql)) << sql;
    const auto verified = store_->verify_audit();
    ASSERT_TRUE(store_->db().execute("ROLLBACK"));
    ASSERT_FALSE(verified) << sql;
    EXPECT_EQ(verified.error().klass, ErrorClass::kCorrupt);
    EXPECT_NE(verified.error().message.find(place), std::string::npos) << sql << "\n"
                                                                       << verified.error().message;
  }
  EXPECT_EQ(*store_->verify_audit(), 4U);
}

TEST_F(AuditChain, AStateWhoseNewestEntryWasCutOffIsNotOpened) {
  ASSERT_TRUE(store_->db().execute("DELETE FROM audit WHERE sequence = 4"));
  store_.reset();
  const auto opened = bench_.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().klass, ErrorClass::kCorrupt);
  EXPECT_NE(opened.error().message.find(bench_.path()), std::string::npos);
}

std::vector<std::uint64_t> backup_serials(const StateBench& bench) {
  std::vector<std::uint64_t> serials;
  for (const BackupFile& file : backups_of(bench.path())) {
    serials.push_back(file.serial);
  }
  return serials;
}

TEST(Backup, IsMadeAtOpeningAfterEveryTenCommitsAndFiveAreKept) {
  StateBench bench;
  int number = 0;
  for (int round = 0; round < 8; ++round) {
    auto store = bench.must_open();
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(store->commit(numbered_batch(++number), at_second(1)));
    }
  }
  EXPECT_EQ(backup_serials(bench), (std::vector<std::uint64_t>{30, 20, 10}));
  for (int round = 0; round < 4; ++round) {
    bench.must_open();
    auto store = bench.must_open();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(store->commit(numbered_batch(++number), at_second(1)));
    }
  }
  bench.must_open();
  EXPECT_EQ(backup_serials(bench), (std::vector<std::uint64_t>{80, 70, 60, 50, 40}));
}

TEST(Backup, IsMadeEachHourOfALongRunWhenTenCommitsWereMade) {
  StateBench bench;
  auto store = bench.must_open();
  for (int number = 1; number <= 25; ++number) {
    ASSERT_TRUE(store->commit(numbered_batch(number), at_second(1)));
  }
  EXPECT_TRUE(backup_serials(bench).empty());
  bench.clock().pass(std::chrono::minutes(61));
  ASSERT_TRUE(store->commit(numbered_batch(26), at_second(1)));
  ASSERT_TRUE(store->commit(numbered_batch(27), at_second(1)));
  EXPECT_EQ(backup_serials(bench), (std::vector<std::uint64_t>{26}));
  bench.clock().pass(std::chrono::minutes(61));
  ASSERT_TRUE(store->commit(numbered_batch(28), at_second(1)));
  EXPECT_EQ(backup_serials(bench), (std::vector<std::uint64_t>{26})) << "two commits are too few";
}

TEST(Backup, ThatCannotBeMadeHoldsNoCommitUp) {
  StateBench bench;
  auto store = bench.must_open();
  for (int number = 1; number <= 10; ++number) {
    ASSERT_TRUE(store->commit(numbered_batch(number), at_second(1)));
  }
  std::filesystem::create_directory(bench.path() + ".backup.tmp");  // In the way.
  bench.clock().pass(std::chrono::minutes(61));
  ASSERT_TRUE(store->commit(numbered_batch(11), at_second(1)));
  ASSERT_TRUE(store->commit(numbered_batch(12), at_second(1)));
  EXPECT_TRUE(backup_serials(bench).empty());
  EXPECT_EQ(store->load()->rows.size(), 12U);
}

TEST(Backup, IsAStateOfItsOwn) {
  StateBench bench;
  {
    auto store = bench.must_open();
    for (int number = 1; number <= 3; ++number) {
      ASSERT_TRUE(store->commit(numbered_batch(number), at_second(number)));
    }
    const auto path = store->backup();
    ASSERT_TRUE(path) << path.error().to_string();
    EXPECT_EQ(*path, bench.path() + ".backup-3");
    ASSERT_TRUE(store->commit(numbered_batch(4), at_second(4)));
  }
  for (const auto& entry : std::filesystem::directory_iterator(bench.folder())) {
    EXPECT_EQ(entry.path().string().find(".tmp"), std::string::npos) << entry.path();
  }
  std::filesystem::rename(bench.path() + ".backup-3", bench.path());
  auto store = bench.must_open();
  EXPECT_EQ(store->load()->rows.size(), 3U);
  EXPECT_EQ(*store->verify_audit(), 3U);
}

TEST(Backup, AKilledOneIsClearedAwayByTheNext) {
  StateBench bench;
  auto store = bench.must_open();
  ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  write_bytes(bench.path() + ".backup.tmp", std::string(9000, 'x'));
  write_bytes(bench.path() + ".backup.tmp-journal", std::string(9000, 'y'));
  ASSERT_TRUE(store->backup());
  EXPECT_TRUE(is_missing(bench.path() + ".backup.tmp"));
  EXPECT_TRUE(is_missing(bench.path() + ".backup.tmp-journal"));
  store.reset();
  std::filesystem::rename(bench.path() + ".backup-1", bench.path());
  EXPECT_EQ(bench.must_open()->load()->rows.size(), 1U);
}

TEST(Backup, OfARestoredStateDoesNotLoseItselfAmongLaterOnes) {
  StateBench bench;
  for (const int serial : {100, 200, 300, 400, 500}) {
    ASSERT_TRUE(create_private_file(backup_path(bench.path(), static_cast<unsigned>(serial))));
  }
  ASSERT_TRUE(create_private_file(bench.path()));
  {
    // Backups beside an empty file would be refused, so the state comes from elsewhere.
    StateBench other;
    other.must_open();
    write_bytes(bench.path(), read_bytes(other.path()));
  }
  {
    auto store = bench.must_open();
    for (int number = 1; number <= 10; ++number) {
      ASSERT_TRUE(store->commit(numbered_batch(number), at_second(number)));
    }
  }
  bench.must_open();
  EXPECT_EQ(backup_serials(bench), (std::vector<std::uint64_t>{500, 400, 300, 200, 10}));
}

TEST(Secrets, TheInstallKeyIsInNoErrorAndNoNeighbourFile) {
  StateBench bench;
  auto store = bench.must_open();
  const std::string key = store->load()->install_key;
  EXPECT_EQ(read_bytes(bench.path() + ".lock").find(key), std::string::npos);
  EXPECT_EQ(read_bytes(ballast_path(bench.path())).find(key), std::string::npos);
  // A statement that carries the key and fails must not repeat it.
  auto statement = store->db().use("UPDATE stack SET install_key = ? || 'x'");
  ASSERT_TRUE(statement);
  const Status failed = statement->put(key).run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message.find(key), std::string::npos);
}

}  // namespace
}  // namespace plumbline
