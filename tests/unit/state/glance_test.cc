// Looking at a state that somebody else holds: it is whole, as of a commit, and the look leaves no
// trace.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/frozen.h"
#include "state/migrations.h"
#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

Result<std::unique_ptr<SqliteStore>> glance(StateBench& bench) {
  return SqliteStore::open({bench.path(), "", false, true}, bench.clock(), bench.random());
}

/// What a look finds: its serial, after having checked that rows and audit belong to it.
std::uint64_t seen(StateBench& bench) {
  auto store = glance(bench);
  if (!store) {
    ADD_FAILURE() << store.error().to_string();
    return 0;
  }
  const auto image = (*store)->load();
  EXPECT_TRUE(image);
  EXPECT_EQ(image->rows.size(), image->serial) << "half a commit";
  const auto verified = (*store)->verify_audit();
  EXPECT_TRUE(verified) << verified.error().to_string();
  EXPECT_EQ(*verified, image->serial);
  return image->serial;
}

/// Every file of a folder with its bytes.
std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().string()] = read_bytes(entry.path().string());
  }
  return files;
}

void commit(SqliteStore& store, int number) {
  const Status done = store.commit(numbered_batch(number), at_second(number));
  ASSERT_TRUE(done) << done.error().to_string();
}

TEST(Glance, SeesEveryCommitOfTheHolderAndLeavesNoTrace) {
  StateBench bench;
  auto holder = bench.must_open();
  EXPECT_EQ(seen(bench), 0U);
  for (int i = 1; i <= 12; ++i) {
    commit(*holder, i);
    if (i % 5 == 0) {  // The log goes into the file, and the next commit begins a new one.
      ASSERT_TRUE(holder->db().execute("PRAGMA wal_checkpoint(RESTART)"));
    }
    const auto before = contents(bench.folder());
    EXPECT_EQ(seen(bench), static_cast<std::uint64_t>(i));
    EXPECT_EQ(contents(bench.folder()), before);
  }
}

TEST(Glance, SeesWhatADeadHolderLeftInTheLog) {
  StateBench bench;
  const pid_t child = fork();
  if (child == 0) {
    auto holder = bench.must_open();
    commit(*holder, 1);
    commit(*holder, 2);
    _exit(0);  // Without closing anything.
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  const auto before = contents(bench.folder());
  EXPECT_EQ(seen(bench), 2U);
  EXPECT_EQ(contents(bench.folder()), before);
}

TEST(Glance, IsWholeWhileAnotherProcessWritesAsFastAsItCan) {
  constexpr int kCommits = 200;
  StateBench bench;
  bench.must_open();
  const pid_t child = fork();
  if (child == 0) {
    auto holder = bench.must_open();
    // A checkpoint every few commits, so that file and log change under the reader.
    bool is_fine = holder->db().execute("PRAGMA wal_autocheckpoint = 20").has_value();
    for (int i = 1; i <= kCommits; ++i) {
      is_fine = holder->commit(numbered_batch(i), at_second(i)).has_value() && is_fine;
    }
    _exit(is_fine ? 0 : 1);
  }
  std::uint64_t last = 0;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    const std::uint64_t now = seen(bench);
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_EQ(status, 0);
  EXPECT_EQ(seen(bench), static_cast<std::uint64_t>(kCommits));
}

TEST(Glance, OfATornLogEndsWithItsLastWholeCommit) {
  StateBench bench;
  auto holder = bench.must_open();
  std::vector<std::size_t> ends = {read_bytes(bench.path() + "-wal").size()};
  for (int i = 1; i <= 4; ++i) {
    commit(*holder, i);
    ends.push_back(read_bytes(bench.path() + "-wal").size());
  }
  const std::string file = read_bytes(bench.path());
  const std::string log = read_bytes(bench.path() + "-wal");
  const auto serial_of = [&](const std::string& torn) {
    auto db = Db::open_image(bench.path(), lay_over(file, torn));
    EXPECT_TRUE(db);
    const auto serial = (*db)->integer("SELECT serial FROM stack");
    EXPECT_TRUE(serial) << serial.error().to_string();
    return serial ? static_cast<std::size_t>(*serial) : 0;
  };
  for (std::size_t size = ends[0]; size <= log.size(); size += 301) {
    std::size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= size) {
      ++whole;
    }
    EXPECT_EQ(serial_of(log.substr(0, size)), whole) << size << " bytes";
    std::string flipped = log;
    flipped[std::min(size, log.size() - 1)] ^= 1;
    EXPECT_LE(serial_of(flipped), whole) << "a wrong byte at " << size;
  }
}

TEST(Glance, AtAStateThatDoesNotExistIsEmptyAndMakesNothing) {
  StateBench bench;
  EXPECT_EQ(seen(bench), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(bench.folder()));
}

TEST(Glance, IsRefusedWhereOthersCanRead) {
  StateBench bench;
  bench.must_open();
  std::filesystem::permissions(bench.path(), static_cast<std::filesystem::perms>(0640));
  const auto opened = glance(bench);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("chmod 600"), std::string::npos);
}

TEST(Glance, BringsAnOlderStateToTodayInItsOwnCopy) {
  StateBench bench;
  {
    auto store = bench.must_open();
    commit(*store, 1);
    ASSERT_TRUE(
        store->db().execute("DROP TABLE account; ALTER TABLE intent DROP COLUMN lost_at; "
                            "ALTER TABLE intent DROP COLUMN siblings; DELETE FROM migration WHERE "
                            "version > 1; PRAGMA user_version = 1")
    );
  }
  const auto before = contents(bench.folder());
  EXPECT_EQ(seen(bench), 1U);
  EXPECT_EQ(contents(bench.folder()), before);
}

TEST(Glance, CanBeCopiedIntoABackup) {
  StateBench bench;
  auto holder = bench.must_open();
  commit(*holder, 1);
  auto looker = glance(bench);
  ASSERT_TRUE(looker);
  const std::string copy = bench.folder() + "/copy.db";
  ASSERT_TRUE((*looker)->copy_to(copy));
  auto opened = SqliteStore::open({copy, "apply", false}, bench.clock(), bench.random());
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_EQ((*opened)->load()->serial, 1U);
  EXPECT_EQ((*opened)->load()->install_key, holder->load()->install_key);
}

TEST(Glance, CannotBeWrittenTo) {
  StateBench bench;
  bench.must_open();
  auto looker = glance(bench);
  ASSERT_TRUE(looker);
  const Status committed = (*looker)->commit(numbered_batch(1), at_second(1));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, "StateReadOnly");
}

}  // namespace
}  // namespace plumbline
