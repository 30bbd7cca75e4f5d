// State files and logs that are damaged, foreign, or made to deceive: tests/golden/hostile/state.
// Each opens, to the last row, or is refused in words that name it; and who refuses leaves the file
// as it was.
#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/hostile.h"
#include "tests/support/state/bench.h"

namespace plumbline {
namespace {

constexpr std::size_t kPage = 4096;

/// A file and its log.
struct Files {
  std::string file, log;
};

/// A state of twelve commits. `has_log`: as a holder that died leaves it, nearly all in the log.
Files good_state(bool has_log, int rows_each = 1) {
  StateBench bench;
  Files files;
  auto store = bench.must_open();
  EXPECT_TRUE(store->bind("shop", "111122223333"));
  for (int i = 1; i <= 12; ++i) {
    Batch batch = numbered_batch(i);
    for (int more = 1; more < rows_each; ++more) {
      batch.upserts.push_back(full_row(fmt::format("more-{}-{}", i, more)));
      batch.upserts.back().observed.set("text", std::string(3000, 'o'));
    }
    batch.intents.push_back(full_intent(fmt::format("{:032x}", i)));
    EXPECT_TRUE(store->commit(batch, at_second(i)));
  }
  if (!has_log) {
    store.reset();
  }
  files.file = read_bytes(bench.path());
  files.log = has_log ? read_bytes(bench.path() + "-wal") : "";
  return files;
}

void lay_down(const StateBench& bench, const Files& files) {
  for (const auto& [name, bytes] :
       {std::pair(bench.path(), files.file), std::pair(bench.path() + "-wal", files.log)}) {
    if (!bytes.empty() || name == bench.path()) {
      write_bytes(name, bytes);
      chmod(name.c_str(), S_IRUSR | S_IWUSR);
    }
  }
}

std::size_t root_of(const Files& files, const std::string& table) {
  StateBench bench;
  lay_down(bench, files);
  auto db = Db::open(bench.path());
  EXPECT_TRUE(db);
  const auto page =
      (*db)->integer("SELECT rootpage FROM sqlite_schema WHERE name = '" + table + "'");
  EXPECT_TRUE(page && *page > 0) << table;
  return (static_cast<std::size_t>(*page) - 1) * kPage;
}

/// Statements as another program would run them, with the guards of a schema off.
void run_sql(Files& files, const std::string& sql) {
  StateBench bench;
  lay_down(bench, files);
  {
    auto db = Db::open(bench.path());
    ASSERT_TRUE(db);
    ASSERT_TRUE((*db)->execute("PRAGMA ignore_check_constraints = ON"));
    const Status done = (*db)->execute(sql);
    ASSERT_TRUE(done) << done.error().to_string();
  }
  files.file = read_bytes(bench.path());
}

/// Replaces the first `from` by a text of the same length.
void put_in_place(std::string& bytes, const std::string& from, const std::string& to) {
  ASSERT_EQ(from.size(), to.size());
  const std::size_t at = bytes.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  bytes.replace(at, to.size(), to);
}

/// "cut 500", "set 28 ffff", "swap 2 3", …: the words of tests/golden/hostile/state.
void damage(std::string& bytes, const std::string& verb, std::istringstream& words) {
  std::string first, second;
  words >> first;
  if (verb == "cut") {
    bytes.resize(std::min(bytes.size(), std::stoul(first)));
  } else if (verb == "shorten") {
    bytes.resize(bytes.size() - std::stoul(first));
  } else if (verb == "append") {
    std::string more;
    words >> more;
    for (int times = std::stoi(first); times > 0; --times) {
      bytes += hostile::unescaped(more);
    }
  } else if (verb == "set") {
    words >> second;
    const std::string put = hostile::unescaped(second);
    ASSERT_LE(std::stoul(first) + put.size(), bytes.size());
    bytes.replace(std::stoul(first), put.size(), put);
  } else if (verb == "fill") {
    words >> second;
    const std::size_t page = (std::stoul(first) - 1) * kPage;
    ASSERT_LE(page + kPage, bytes.size());
    bytes.replace(page, kPage, std::string(kPage, hostile::unescaped(second).front()));
  } else if (verb == "swap" || verb == "copy") {
    words >> second;
    const std::size_t a = (std::stoul(first) - 1) * kPage, b = (std::stoul(second) - 1) * kPage;
    const std::string page = bytes.substr(a, kPage);
    if (verb == "swap") {
      bytes.replace(a, kPage, bytes.substr(b, kPage));
    }
    bytes.replace(b, kPage, page);
  } else if (verb == "replace") {
    words >> second;
    put_in_place(bytes, hostile::unescaped(first), hostile::unescaped(second));
  } else {
    FAIL() << "no such damage: " << verb;
  }
}

void damage(Files& files, const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  words >> verb;
  if (verb == "sql") {
    run_sql(files, line.substr(4));
  } else if (verb == "root") {
    std::string table, at, put;
    words >> table >> at >> put;
    const std::string bytes = hostile::unescaped(put);
    files.file.replace(root_of(files, table) + std::stoul(at), bytes.size(), bytes);
  } else if (verb == "bytes") {
    files.file = hostile::unescaped(line.substr(6));
  } else if (verb == "log") {
    words >> verb;
    if (verb == "bytes") {
      files.log = hostile::unescaped(line.substr(10));
    } else {
      damage(files.log, verb, words);
    }
  } else {
    damage(files.file, verb, words);
  }
}

struct Verdict {
  std::string what, why;
  bool is_at_once = false;  ///< It was not even opened.
};

/// Opens and reads everything there is.
Verdict read_all(const StateBench& bench, Result<std::unique_ptr<SqliteStore>> store) {
  const auto refused = [](const Error& error, const char* what) {
    EXPECT_TRUE(
        error.klass == ErrorClass::kCorrupt || error.klass == ErrorClass::kIo ||
        error.klass == ErrorClass::kConflict
    ) << error.to_string();
    EXPECT_TRUE(error.message.ends_with(".")) << error.message;
    EXPECT_LT(error.message.size(), 3000U);
    return Verdict{what, error.message, false};
  };
  if (!store) {
    EXPECT_NE(store.error().message.find(bench.path()), std::string::npos) << store.error().message;
    Verdict verdict = refused(store.error(), "refused");
    verdict.is_at_once = true;
    return verdict;
  }
  const auto image = (*store)->load();
  if (!image) {
    return refused(image.error(), "refused");
  }
  EXPECT_EQ(image->install_key.size(), 32U);
  if (const auto history = (*store)->audit(1000); !history) {
    return refused(history.error(), "told");
  }
  if (const auto entries = (*store)->verify_audit(); !entries) {
    return refused(entries.error(), "told");
  }
  return {fmt::format("opened {}", image->rows.size()), "", false};
}

void check(const HostileCase& one) {
  SCOPED_TRACE(one.place + " " + one.name);
  static const Files kWithLog = good_state(true), kWithout = good_state(false);
  Files files = one.get("from") == "log" ? kWithLog : kWithout;
  for (const std::string& line : one.all("do")) {
    damage(files, line);
  }
  for (const bool is_glance : {true, false}) {
    StateBench bench;
    lay_down(bench, files);
    const std::string entry = is_glance ? "glance" : "open";
    SCOPED_TRACE(entry);
    StoreOptions options{bench.path(), "apply, process 1", false};
    options.is_glance = is_glance;
    const Verdict seen = read_all(bench, SqliteStore::open(options, bench.clock(), bench.random()));
    const std::string own = one.get(entry);
    EXPECT_EQ(seen.what, own.empty() ? one.get("is") : own) << seen.why;
    EXPECT_NE(seen.why.find(one.get("says")), std::string::npos) << seen.why;
    if (is_glance || seen.is_at_once) {
      EXPECT_TRUE(read_bytes(bench.path()) == files.file) << "who refuses must not write";
      EXPECT_TRUE(read_bytes(bench.path() + "-wal") == files.log) << "who refuses must not write";
    }
  }
}

TEST(HostileStates, OpenToTheLastRowOrAreRefused) {
  const std::vector<HostileCase> cases =
      hostile_cases("state", {"is", "says", "from", "do", "glance", "open"});
  EXPECT_GE(cases.size(), 60U);
  for (const HostileCase& one : cases) {
    check(one);
  }
}

// Two hundred pages, one after the other damaged in its head and in its middle: whatever comes of
// it is typed, and a row that is read is one that was written.
TEST(HostileStates, WithAnyPageOfAWholeFileDamagedAreReadOrRefused) {
  const Files files = good_state(false, 20);
  const std::size_t pages = files.file.size() / kPage;
  ASSERT_GE(pages, 200U);
  std::size_t refused = 0;
  for (std::size_t page = 0; page < pages; ++page) {
    for (const std::size_t at : {std::size_t{0}, kPage / 2}) {
      if (at != 0 && page % 4 != 0) {
        continue;
      }
      StateBench bench;
      Files damaged = files;
      damaged.file[page * kPage + at] ^= '\x55';
      lay_down(bench, damaged);
      StoreOptions options{bench.path(), "status", false};
      options.is_glance = true;
      const Verdict seen =
          read_all(bench, SqliteStore::open(options, bench.clock(), bench.random()));
      refused += seen.what == "refused" ? 1U : 0U;
    }
  }
  EXPECT_GT(refused, pages / 2) << "damage in the head of a page is always seen";
}

TEST(HostileStates, WithAnyByteOfTheLogCutAreThoseOfAnEarlierCommit) {
  const Files files = good_state(true);
  for (std::size_t size = 0; size < files.log.size(); size += 2003) {
    StateBench bench;
    Files cut = files;
    cut.log.resize(size);
    lay_down(bench, cut);
    const Verdict seen = read_all(bench, bench.open());
    EXPECT_TRUE(seen.what.starts_with("opened")) << size << ": " << seen.what << " " << seen.why;
  }
}

}  // namespace
}  // namespace plumbline
