// What the store on disk refuses to open, and how it says so.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/migrations.h"
#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

/// The error of an opening that must fail; every one names the path.
Error refused(const Result<std::unique_ptr<SqliteStore>>& opened, const StateBench& bench) {
  if (opened) {
    ADD_FAILURE() << "was opened";
    return {};
  }
  EXPECT_NE(opened.error().message.find(bench.folder()), std::string::npos)
      << opened.error().message;
  EXPECT_TRUE(opened.error().message.ends_with(".")) << opened.error().message;
  return opened.error();
}

void expect_says(const Error& error, std::string_view part) {
  EXPECT_NE(error.message.find(part), std::string::npos) << error.message << "\nlacks: " << part;
}

TEST(StoreFiles, AreForTheOwnerAlone) {
  StateBench bench;
  const std::string folder = bench.folder() + "/new/.plumbline";
  const std::string path = folder + "/state.db";
  {
    auto store = SqliteStore::open({path, "apply", false}, bench.clock(), bench.random());
    ASSERT_TRUE(store) << store.error().to_string();
    ASSERT_TRUE((*store)->commit(numbered_batch(1), at_second(1)));
    ASSERT_TRUE((*store)->backup());
    EXPECT_EQ(mode_of(folder), 0700U);
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      EXPECT_EQ(mode_of(entry.path().string()), 0600U) << entry.path();
    }
    EXPECT_TRUE(is_missing(path + "-shm")) << "shared memory means shared connections";
    EXPECT_FALSE(is_missing(path + "-wal"));
  }
  EXPECT_EQ(mode_of(bench.folder() + "/new"), 0700U);
}

TEST(StoreFiles, AreCopiedWholeForTheOwnerAloneAndOverNothing) {
  StateBench bench;
  auto store = bench.must_open();
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(store->commit(numbered_batch(i), at_second(i)));  // Most of it is in the log.
  }
  const std::string copy = bench.folder() + "/copy.db";
  ASSERT_TRUE(store->copy_to(copy));
  EXPECT_EQ(mode_of(copy), 0600U);
  EXPECT_FALSE(store->copy_to(copy)) << "a backup overwrites nothing";
  EXPECT_TRUE(store->commit(numbered_batch(21), at_second(21))) << "the state goes on";
  auto opened = SqliteStore::open({copy, "status", true}, bench.clock(), bench.random());
  ASSERT_TRUE(opened) << opened.error().to_string();
  auto image = (*opened)->load();
  ASSERT_TRUE(image);
  EXPECT_EQ(image->rows.size(), 20U);
  EXPECT_EQ(image->serial, 20U);
  EXPECT_EQ((*opened)->verify_audit().value(), 20U);
}

TEST(StoreFiles, ThatCannotBeCopiedLeaveNoHalfACopy) {
  StateBench bench;
  auto store = bench.must_open();
  EXPECT_FALSE(store->copy_to(bench.folder() + "/nowhere/copy.db"));
  EXPECT_TRUE(is_missing(bench.folder() + "/nowhere"));
}

TEST(StoreFiles, ThatOthersCanReadAreRefused) {
  StateBench bench;
  bench.must_open();
  for (const unsigned mode : {0640U, 0604U, 0620U, 0666U}) {
    std::filesystem::permissions(bench.path(), static_cast<std::filesystem::perms>(mode));
    const Error error = refused(bench.open(), bench);
    EXPECT_EQ(error.klass, ErrorClass::kIo);
    expect_says(error, "chmod 600 " + bench.path());
  }
  std::filesystem::permissions(bench.path(), static_cast<std::filesystem::perms>(0600));
  EXPECT_TRUE(bench.open());
}

TEST(StoreFiles, InAFolderThatOthersCanReadOrWriteAreRefused) {
  StateBench bench;
  for (const unsigned mode : {0755U, 0770U, 0702U}) {
    std::filesystem::permissions(bench.folder(), static_cast<std::filesystem::perms>(mode));
    const Error error = refused(bench.open(), bench);
    EXPECT_EQ(error.klass, ErrorClass::kIo);
    expect_says(error, "chmod 700 " + bench.folder());
    EXPECT_TRUE(is_missing(bench.path()));
  }
}

TEST(StoreFiles, ThatAreLinksAreRefused) {
  StateBench bench;
  bench.must_open();
  std::filesystem::rename(bench.path(), bench.folder() + "/real.db");
  std::filesystem::create_symlink(bench.folder() + "/real.db", bench.path());
  expect_says(refused(bench.open(), bench), "symbolic link");
}

TEST(StoreFiles, OnANetworkDiskAreRefused) {
  StateBench bench;
  auto script = std::make_shared<FakeDisk::Script>();
  script->network = "NFS";
  const Error error = refused(bench.open_on(script), bench);
  EXPECT_EQ(error.klass, ErrorClass::kIo);
  expect_says(error, "NFS");
  expect_says(error, "local disk");
}

TEST(StoreFiles, KnowNetworkDisksByTheirNumbers) {
  EXPECT_EQ(network_disk(0x6969), "NFS");
  EXPECT_EQ(network_disk(0xff534d42), "CIFS");
  EXPECT_EQ(network_disk(0x00c36400), "CephFS");
  EXPECT_EQ(network_disk(0xef53), "") << "ext4";
  EXPECT_EQ(network_disk(0x01021994), "") << "tmpfs";
}

TEST(StoreFiles, NeedSixtyFourFreeMebibytesForWritingOnly) {
  StateBench bench;
  auto script = std::make_shared<FakeDisk::Script>();
  script->free = 64ULL * 1024 * 1024 - 1;
  const Error error = refused(bench.open_on(script), bench);
  EXPECT_EQ(error.klass, ErrorClass::kIo);
  expect_says(error, "63 MiB free");
  script->free = 64ULL * 1024 * 1024;
  EXPECT_TRUE(bench.open_on(script));
  script->free = 0;
  EXPECT_TRUE(SqliteStore::open(
      {bench.path(), "status", true},
      bench.clock(),
      bench.random(),
      std::make_unique<FakeDisk>(script)
  ));
}

TEST(StoreLock, ASecondProcessIsToldWhoHoldsTheState) {
  StateBench bench;
  auto store = bench.open("apply, process 4711, since 16:18");
  ASSERT_TRUE(store);
  EXPECT_EQ(read_lock_holder(bench.path()), "apply, process 4711, since 16:18");
  EXPECT_EQ(read_lock(bench.path()).process, std::to_string(getpid()));
  const pid_t child = fork();
  if (child == 0) {
    const auto second = bench.open("second");
    const bool is_right = !second && second.error().klass == ErrorClass::kConflict &&
                          second.error().message.find("held by apply, process 4711, since 16:18") !=
                              std::string::npos;
    const auto reader = bench.open_to_read();
    const bool is_right_for_readers = !reader && reader.error().klass == ErrorClass::kConflict;
    _exit(is_right && is_right_for_readers ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_lock_holder(bench.path()), "apply, process 4711, since 16:18")
      << "the refused process must leave the lock as it is";
}

TEST(StoreLock, TheHolderSaysWhereItAnswers) {
  StateBench bench;
  auto store = bench.open("controller, process 1");
  ASSERT_TRUE(store);
  ASSERT_TRUE(publish_lock_address(bench.path(), "127.0.0.1:9180"));
  EXPECT_EQ(read_lock(bench.path()).address, "127.0.0.1:9180");
  expect_says(refused(bench.open(), bench), "answers at 127.0.0.1:9180");
}

TEST(StoreLock, NobodyHoldsAClosedState) {
  StateBench bench;
  EXPECT_EQ(read_lock_holder(bench.path()), "");
  bench.must_open();
  EXPECT_EQ(read_lock_holder(bench.path()), "");
  EXPECT_FALSE(is_missing(bench.path() + ".lock"));
  const Status published = publish_lock_address(bench.path(), "127.0.0.1:9180");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().klass, ErrorClass::kConflict);
}

TEST(StoreLock, AHolderTextCannotForgeLines) {
  StateBench bench;
  auto store = bench.open("apply\naddress: 6.6.6.6:1\x1b[2J");
  ASSERT_TRUE(store);
  EXPECT_EQ(read_lock(bench.path()).address, "");
  EXPECT_EQ(read_lock_holder(bench.path()), "apply address: 6.6.6.6:1 [2J");
}

TEST(StoreVersion, ANewerSchemaIsRefusedWithBothVersions) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->db().execute("PRAGMA user_version = 41"));
  }
  const std::string before = read_bytes(bench.path());
  const Error error = refused(bench.open(), bench);
  EXPECT_EQ(error.klass, ErrorClass::kConflict);
  expect_says(error, "version 41");
  expect_says(error, fmt::format("up to {}", migrations().back().version));
  expect_says(error, "newer Plumbline");
  EXPECT_EQ(read_bytes(bench.path()), before);
}

TEST(StoreVersion, AnotherProgramsDatabaseIsRefusedAndLeftAsItIs) {
  StateBench bench;
  ASSERT_TRUE(create_private_file(bench.path()));
  {
    auto db = Db::open(bench.path());
    ASSERT_TRUE(db);
    ASSERT_TRUE((*db)->execute("CREATE TABLE song (title TEXT)"));
  }
  const std::string before = read_bytes(bench.path());
  const Error error = refused(bench.open(), bench);
  EXPECT_EQ(error.klass, ErrorClass::kCorrupt);
  expect_says(error, "another program");
  EXPECT_EQ(read_bytes(bench.path()), before);
}

TEST(StoreVersion, AWrongApplicationIdIsRefused) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->db().execute("PRAGMA application_id = 7"));
  }
  const Error error = refused(bench.open(), bench);
  EXPECT_EQ(error.klass, ErrorClass::kCorrupt);
  expect_says(error, "0x00000007");
}

TEST(StoreVersion, AddedTablesAndTriggersAreRefused) {
  for (const char* sql :
       {"CREATE TABLE extra (a)",
        "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM audit; END",
        "DROP INDEX open_intent"}) {
    StateBench bench;
    {
      auto store = bench.must_open();
      ASSERT_TRUE(store->db().execute(sql));
    }
    EXPECT_EQ(refused(bench.open(), bench).klass, ErrorClass::kCorrupt) << sql;
  }
}

TEST(StoreVersion, MigrationsRunOnceInOrderAndAreRecorded) {
  StateBench bench;
  auto store = bench.must_open();
  const std::int64_t today = migrations().back().version;
  const Migration steps[] = {
      {today, "today's", ""},
      {today + 1,
       "2027-01-02 colours",
       "ALTER TABLE resource ADD COLUMN colour TEXT NOT NULL DEFAULT ''"},
      {today + 2, "2027-03-04 red", "UPDATE resource SET colour = 'red'"},
  };
  ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  for (int i = 0; i < 2; ++i) {
    const Status migrated = migrate(store->db(), steps, at_second(5));
    ASSERT_TRUE(migrated) << migrated.error().to_string();
  }
  EXPECT_EQ(*store->db().text("SELECT colour FROM resource"), "red");
  EXPECT_EQ(*store->db().integer("PRAGMA user_version"), today + 2);
  EXPECT_EQ(
      *store->db().text("SELECT group_concat(name, '|') FROM migration WHERE name > '2027'"),
      "2027-01-02 colours|2027-03-04 red"
  );
}

TEST(StoreVersion, AFailedMigrationLeavesTheOldVersion) {
  StateBench bench;
  auto store = bench.must_open();
  const std::int64_t today = migrations().back().version;
  const Migration steps[] = {
      {today, "today's", ""},
      {today + 1,
       "2027-01-02 bad",
       "CREATE TABLE colour (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)"},
  };
  EXPECT_FALSE(migrate(store->db(), steps, at_second(5)));
  EXPECT_EQ(*store->db().integer("PRAGMA user_version"), today);
  EXPECT_EQ(*store->db().integer("SELECT count(*) FROM sqlite_schema WHERE name = 'colour'"), 0);
}

TEST(StoreVersion, AFileOfTheFirstVersionIsBroughtToToday) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->commit({{full_intent()}, {full_row()}, {}, {}}, at_second(1)));
    ASSERT_TRUE(
        store->db().execute("DROP TABLE account; ALTER TABLE intent DROP COLUMN lost_at;"
                            "ALTER TABLE intent DROP COLUMN siblings;"
                            "DELETE FROM migration WHERE version > 1; PRAGMA user_version = 1")
    );
  }
  auto store = bench.must_open();
  EXPECT_EQ(*store->db().integer("PRAGMA user_version"), migrations().back().version);
  EXPECT_EQ(store->load()->rows.size(), 1U);
  EXPECT_TRUE(store->load()->accounts.empty());
  ASSERT_EQ(store->load()->open_intents.size(), 1U);
  EXPECT_TRUE(store->load()->open_intents[0].siblings.empty());
}

TEST(StoreReading, AStateThatDoesNotExistIsEmptyAndStaysAway) {
  StateBench bench;
  auto store = bench.open_to_read();
  ASSERT_TRUE(store) << store.error().to_string();
  EXPECT_TRUE((*store)->load()->rows.empty());
  EXPECT_TRUE(std::filesystem::is_empty(bench.folder()));
}

TEST(StoreReading, DoesNotWriteAndTakesNoEpoch) {
  StateBench bench;
  {
    auto store = bench.must_open();
    ASSERT_TRUE(store->commit(numbered_batch(1), at_second(1)));
  }
  for (int i = 0; i < 2; ++i) {
    auto reader = bench.open_to_read();
    ASSERT_TRUE(reader);
    EXPECT_EQ((*reader)->load()->rows.size(), 1U);
    EXPECT_EQ((*reader)->load()->epoch, 1U);
    const Status committed = (*reader)->commit(numbered_batch(2), at_second(2));
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, "StateReadOnly");
    EXPECT_FALSE((*reader)->db().execute("DELETE FROM resource"));
  }
  EXPECT_EQ(bench.must_open()->load()->epoch, 2U);
}

}  // namespace
}  // namespace plumbline
