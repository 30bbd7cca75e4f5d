// What is left after kills, cut logs, full disks, flipped bytes and second holders.
#include <algorithm>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

/// CHECKs nothing: how many numbered batches the image holds, or -1 when it is not a prefix of
/// them.
int prefix_length(const StateImage& image) {
  int number = 0;
  for (const ResourceRow& row : image.rows) {
    if (row.address.name != fmt::format("row-{:06}", ++number)) {
      return -1;
    }
  }
  return image.serial == static_cast<std::uint64_t>(number) ? number : -1;
}

TEST(StoreCrash, AKilledWriterLosesNothingThatWasAcknowledged) {
  StateBench bench;
  int acknowledged = 0;
  for (int round = 0; round < 8; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto store = bench.open();
      for (int number = acknowledged + 1; store; ++number) {
        if (!(*store)->commit(numbered_batch(number), at_second(number)) ||
            write(pipe_ends[1], &number, sizeof number) != sizeof number) {
          break;
        }
      }
      _exit(1);
    }
    close(pipe_ends[1]);
    const int wanted = acknowledged + 5 + round * 3;
    while (acknowledged < wanted) {
      ASSERT_EQ(
          read(pipe_ends[0], &acknowledged, sizeof acknowledged),
          static_cast<ssize_t>(sizeof acknowledged)
      );
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    // Acknowledgements that were under way count, too.
    while (read(pipe_ends[0], &acknowledged, sizeof acknowledged) > 0) {
    }
    close(pipe_ends[0]);
    auto store = bench.must_open();
    const int kept = prefix_length(*store->load());
    EXPECT_GE(kept, acknowledged);
    EXPECT_LE(kept, acknowledged + 1);
    EXPECT_EQ(*store->verify_audit(), static_cast<std::uint64_t>(kept));
    acknowledged = kept;
  }
}

/// A state whose log holds everything after the first two commits, as a kill leaves it.
struct TornState {
  std::string file;
  std::string log;
  int batches = 0;
};

TornState make_torn_state(StateBench& bench, int batches) {
  {
    auto store = bench.must_open();
    EXPECT_TRUE(store->commit(numbered_batch(1), at_second(1)));
    EXPECT_TRUE(store->commit(numbered_batch(2), at_second(2)));
  }
  auto store = bench.must_open();
  for (int number = 3; number <= batches; ++number) {
    EXPECT_TRUE(store->commit(numbered_batch(number), at_second(number)));
  }
  TornState torn{read_bytes(bench.path()), read_bytes(bench.path() + "-wal"), batches};
  return torn;
}

/// What an opening of the files as they are finds, without changing them.
int prefix_on_disk(const std::string& path) {
  auto db = Db::open(path);
  if (!db) {
    return -1;
  }
  (*db)->leave_log_on_close();
  if (!(*db)->execute("PRAGMA locking_mode = EXCLUSIVE")) {
    return -1;
  }
  const auto serial = (*db)->integer("SELECT serial FROM stack");
  const auto rows = (*db)->integer("SELECT count(*) FROM resource");
  const auto last = (*db)->text("SELECT max(name) FROM resource");
  if (!serial || !rows || !last || *serial != *rows || *last != fmt::format("row-{:06}", *rows)) {
    return -1;
  }
  return static_cast<int>(*rows);
}

TEST(StoreCrash, EveryCutOfTheLogLeavesACommittedPrefix) {
  StateBench bench;
  const TornState torn = make_torn_state(bench, 3);
  const std::string path = bench.folder() + "/cut.db";
  write_bytes(path, torn.file);
  write_bytes(path + "-wal", torn.log);
  ASSERT_EQ(prefix_on_disk(path), torn.batches);
  int previous = torn.batches;
  // Every byte of the last frame, which completes a commit, then in strides that meet no frame
  // twice alike.
  constexpr std::size_t kLastFrame = 4096 + 24;
  std::size_t length = torn.log.size();
  while (length > 0) {
    length -= torn.log.size() - length < kLastFrame ? 1 : std::min<std::size_t>(length, 61);
    std::filesystem::resize_file(path + "-wal", length);
    const int found = prefix_on_disk(path);
    ASSERT_GE(found, 2) << "log cut to " << length;
    ASSERT_LE(found, previous) << "log cut to " << length;
    previous = found;
  }
  EXPECT_EQ(previous, 2) << "the file alone holds the first two";
}

TEST(StoreCrash, AStateWithACutLogOpensAndGoesOn) {
  StateBench source;
  const TornState torn = make_torn_state(source, 5);
  for (std::size_t length = 0; length <= torn.log.size(); length += 1031) {
    StateBench bench;
    ASSERT_TRUE(create_private_file(bench.path()));
    write_bytes(bench.path(), torn.file);
    write_bytes(bench.path() + "-wal", torn.log.substr(0, length));
    auto store = bench.open();
    ASSERT_TRUE(store) << length << ": " << store.error().to_string();
    const int kept = prefix_length(*(*store)->load());
    ASSERT_GE(kept, 2) << length;
    ASSERT_TRUE((*store)->verify_audit()) << length;
    ASSERT_TRUE((*store)->commit(numbered_batch(kept + 1), at_second(9))) << length;
    EXPECT_EQ(prefix_length(*(*store)->load()), kept + 1) << length;
  }
}

TEST(StoreCrash, FlippedBytesAreFoundOrHarmlessNeverFatal) {
  StateBench source;
  {
    auto store = source.must_open();
    for (int number = 1; number <= 3; ++number) {
      ASSERT_TRUE(store->commit(numbered_batch(number), at_second(number)));
    }
  }
  const std::string file = read_bytes(source.path());
  int refused = 0;
  StateBench bench;
  ASSERT_TRUE(create_private_file(bench.path()));
  // The header and the start of every page byte by byte, the rest in strides.
  const auto next = [](std::size_t place) {
    const std::size_t page = place / 4096 * 4096;
    return place - page < 112 ? place + 1 : std::min(place + 509, page + 4096);
  };
  for (std::size_t place = 0; place < file.size(); place = next(place)) {
    std::string flipped = file;
    flipped[place] = static_cast<char>(flipped[place] ^ 0x55);
    write_bytes(bench.path(), flipped);
    const auto store = bench.open_to_read();
    if (!store) {
      ++refused;
      EXPECT_TRUE(
          store.error().klass == ErrorClass::kCorrupt || store.error().klass == ErrorClass::kIo ||
          store.error().klass == ErrorClass::kConflict
      );
      EXPECT_FALSE(store.error().message.empty());
    } else {
      static_cast<void>((*store)->load());
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(StoreCrash, ADamagedPageIsRefusedAsCorrupt) {
  StateBench bench;
  bench.must_open();
  std::string file = read_bytes(bench.path());
  ASSERT_GT(file.size(), 2U * 4096);
  for (std::size_t i = 0; i < 64; ++i) {
    file[4096 + i] = static_cast<char>(file[4096 + i] ^ 0xff);
  }
  write_bytes(bench.path(), file);
  const auto store = bench.open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().klass, ErrorClass::kCorrupt);
  EXPECT_NE(store.error().message.find(bench.path()), std::string::npos);
  EXPECT_NE(store.error().message.find(".backup-N"), std::string::npos);
}

TEST(StoreCrash, ATextFileIsRefusedAsCorrupt) {
  StateBench bench;
  ASSERT_TRUE(create_private_file(bench.path()));
  write_bytes(bench.path(), std::string(5000, 'x'));
  const auto store = bench.open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().klass, ErrorClass::kCorrupt);
  EXPECT_EQ(read_bytes(bench.path()), std::string(5000, 'x'));
}

TEST(StoreCrash, ALostStateWithBackupsIsNotBegunAnew) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
    ASSERT_TRUE(store->backup());
  }
  std::filesystem::remove(bench.path());
  for (int i = 0; i < 2; ++i) {
    for (const bool read_only : {false, true}) {
      const auto store = read_only ? bench.open_to_read() : bench.open();
      ASSERT_FALSE(store);
      EXPECT_EQ(store.error().klass, ErrorClass::kCorrupt);
      EXPECT_NE(store.error().message.find(".backup-1"), std::string::npos);
    }
    if (i == 0) {
      ASSERT_TRUE(create_private_file(bench.path()));
    }
  }
  std::filesystem::copy_file(
      bench.path() + ".backup-1", bench.path(), std::filesystem::copy_options::overwrite_existing
  );
  EXPECT_EQ(prefix_length(*bench.must_open()->load()), 1);
}

TEST(StoreCrash, AnInterruptedCreationIsBegunAgain) {
  StateBench bench;
  ASSERT_TRUE(create_private_file(bench.path()));
  auto store = bench.open();
  ASSERT_TRUE(store) << store.error().to_string();
  EXPECT_EQ((*store)->load()->install_key.size(), 32U);
}

/// A row that needs more pages than are left.
Batch large_batch() {
  Batch batch;
  batch.upserts.push_back(full_row("large"));
  batch.upserts.back().observed = Value::object({{"text", std::string(400'000, 'x')}});
  return batch;
}

TEST(StoreDiskFull, TheLastBatchIsWrittenWithTheReserveAndThenNothing) {
  StateBench bench;
  auto script = std::make_shared<FakeDisk::Script>();
  auto opened = bench.open_on(script);
  ASSERT_TRUE(opened);
  SqliteStore& store = **opened;
  script->on_release = [&] { ASSERT_TRUE(store.db().execute("PRAGMA max_page_count = 100000")); };
  ASSERT_TRUE(store.commit(numbered_batch(1), at_second(1)));
  EXPECT_EQ(size_of(ballast_path(bench.path())), 4U * 1024 * 1024);
  const std::int64_t pages = *store.db().integer("PRAGMA page_count");
  ASSERT_TRUE(store.db().execute(fmt::format("PRAGMA max_page_count = {}", pages)));

  const Status full = store.commit(large_batch(), at_second(2));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().klass, ErrorClass::kIo);
  EXPECT_NE(full.error().message.find("is recorded, with the reserve"), std::string::npos);
  EXPECT_TRUE(is_missing(ballast_path(bench.path())));
  const Status after = store.commit(numbered_batch(2), at_second(3));
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().message, full.error().message);
  EXPECT_FALSE(store.bind("shop", ""));
  EXPECT_EQ(store.load()->rows.size(), 2U);

  opened = Error{};
  auto again = bench.must_open();
  EXPECT_EQ(again->load()->rows.size(), 2U);
  EXPECT_EQ(again->load()->serial, 2U);
  EXPECT_EQ(size_of(ballast_path(bench.path())), 4U * 1024 * 1024);
}

TEST(StoreDiskFull, WithoutRoomEvenThenTheOldDataStay) {
  StateBench bench;
  auto store = bench.must_open();
  ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  const std::int64_t pages = *store->db().integer("PRAGMA page_count");
  ASSERT_TRUE(store->db().execute(fmt::format("PRAGMA max_page_count = {}", pages)));
  const Status full = store->commit(large_batch(), at_second(2));
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("Everything but the last batch"), std::string::npos);
  EXPECT_EQ(prefix_length(*store->load()), 1);
  store.reset();
  EXPECT_EQ(prefix_length(*bench.must_open()->load()), 1);
}

TEST(StoreDiskFull, AFailedWriteClosesTheStoreAtOnce) {
  StateBench bench;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto store = bench.open();
    if (!store || !(*store)->commit(numbered_batch(1), at_second(1))) {
      _exit(1);
    }
    const rlimit limit{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const Status failed = (*store)->commit(large_batch(), at_second(2));
    const Status after = (*store)->commit(numbered_batch(2), at_second(3));
    const bool is_right = !failed && failed.error().klass == ErrorClass::kIo &&
                          failed.error().message.find(
                              "Every batch before the last one is on the "
                              "disk"
                          ) != std::string::npos &&
                          !after && after.error().message == failed.error().message &&
                          prefix_length(*(*store)->load()) == 1;
    store = Error{};
    _exit(is_right ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(prefix_length(*bench.must_open()->load()), 1);
}

TEST(StoreEpoch, GrowsWithEveryOpeningForWriting) {
  StateBench bench;
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    EXPECT_EQ(bench.must_open()->load()->epoch, epoch);
  }
}

TEST(StoreEpoch, AHolderThatWasOvertakenWritesNothingMore) {
  StateBench bench;
  auto store = bench.must_open();
  ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  ASSERT_TRUE(store->db().execute("UPDATE stack SET epoch = 7"));
  const Status fenced = store->commit(numbered_batch(2), at_second(2));
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().klass, ErrorClass::kConflict);
  EXPECT_NE(fenced.error().message.find("its epoch is 7, ours is 1"), std::string::npos);
  EXPECT_EQ(prefix_length(*store->load()), 1);
  ASSERT_TRUE(store->db().execute("UPDATE stack SET epoch = 1"));
  EXPECT_FALSE(store->commit(numbered_batch(2), at_second(3))) << "closed stays closed";
}

}  // namespace
}  // namespace plumbline
