// A place for states in tests: a private folder that goes with the bench, a clock that stands,
// random bytes that repeat, a disk that says what a test wants, and rows and intents with every
// field filled. Owned by each test; must not know what a test expects.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "state/sqlite_store.h"

namespace plumbline {

/// Stands until a test lets time pass.
class StandingClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp(Duration(1'795'000'000'123)); }
  Duration elapsed() override { return elapsed_; }
  void pass(Duration by) { elapsed_ += by; }

 private:
  Duration elapsed_{0};
};

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(state_ >> 16);
      state_ = state_ * 1103515245U + 12345U;
    }
  }

 private:
  std::uint32_t state_ = 7;
};

/// A disk that says what the test wants; what it is asked to release it notes.
class FakeDisk final : public Disk {
 public:
  struct Script {
    std::uint64_t free = std::uint64_t{1} << 40;
    std::string network;
    std::function<void()> on_release = [] {};
  };
  explicit FakeDisk(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  Result<std::uint64_t> free_bytes(const std::string&) override { return script_->free; }
  Result<std::string> network_filesystem(const std::string&) override { return script_->network; }
  void release(const std::string& file) override {
    std::filesystem::remove(file);
    script_->on_release();
  }

 private:
  std::shared_ptr<Script> script_;
};

class StateBench {
 public:
  StateBench() {
    std::string pattern = ::testing::TempDir() + "plumbline-state-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  StateBench(const StateBench&) = delete;
  StateBench& operator=(const StateBench&) = delete;
  ~StateBench() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string path() const { return folder_ + "/state.db"; }

  Result<std::unique_ptr<SqliteStore>> open(const std::string& holder = "apply, process 1") {
    return SqliteStore::open({path(), holder, false}, clock_, random_);
  }
  Result<std::unique_ptr<SqliteStore>> open_to_read() {
    return SqliteStore::open({path(), "status", true}, clock_, random_);
  }
  Result<std::unique_ptr<SqliteStore>> open_on(std::shared_ptr<FakeDisk::Script> script) {
    return SqliteStore::open(
        {path(), "apply", false}, clock_, random_, std::make_unique<FakeDisk>(std::move(script))
    );
  }
  /// Opens or stops the test program: for the steps that are not the subject.
  std::unique_ptr<SqliteStore> must_open() {
    auto store = open();
    EXPECT_TRUE(store) << store.error().to_string();
    return std::move(store).value();
  }

  StandingClock& clock() { return clock_; }
  CountingRandom& random() { return random_; }

 private:
  std::string folder_;
  StandingClock clock_;
  CountingRandom random_;
};

inline Timestamp at_second(int second) {
  return Timestamp(Duration(1'795'000'000'000 + 1000LL * second));
}

inline ResourceRow full_row(const std::string& name = "app") {
  ResourceRow row;
  row.address = {"dbProxies", name};
  row.kind = "DBProxy";
  row.account = "111122223333";
  row.region = "ap-northeast-1";
  row.physical_id = "prx-" + name;
  row.status = RowStatus::kUpdating;
  row.applied = Value::object(
      {{"password", Value::object({{"$digest", "ab12"}})},
       {"ports", Value::list({3306, 0.5, -1, true, Value()})}}
  );
  row.observed = Value::object({{"endpoint", "x.example \"quoted\" \n é"}});
  row.is_protected = true;
  row.on_remove = "snapshot";
  row.depends_on = {{"subnets", "db.a"}, {"securityGroups", "proxy"}};
  row.created_at = at_second(1);
  row.updated_at = at_second(2);
  return row;
}

inline Intent full_intent(const std::string& id = std::string(32, 'a')) {
  Intent intent;
  intent.id = id;
  intent.address = {"dbProxies", "app"};
  intent.kind = "DBProxy";
  intent.account = "111122223333";
  intent.region = "ap-northeast-1";
  intent.service = "rds";
  intent.action = "CreateDBProxy";
  intent.klass = 'U';
  intent.is_create = true;
  intent.token = "token-1";
  intent.owner = "owner-1";
  intent.params_digest = "0123abcd";
  intent.state = IntentState::kUnknown;
  intent.physical_id = "prx-app";
  intent.error = "Throttling: slow down";
  intent.signed_at = at_second(3);
  intent.lost_at = at_second(2);
  intent.siblings = {"prx-1", "prx \"2\""};
  intent.attempts = 4;
  return intent;
}

inline void expect_same(const ResourceRow& a, const ResourceRow& b) {
  EXPECT_EQ(a.address, b.address);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.account, b.account);
  EXPECT_EQ(a.region, b.region);
  EXPECT_EQ(a.physical_id, b.physical_id);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.applied, b.applied);
  EXPECT_EQ(a.observed, b.observed);
  EXPECT_EQ(a.is_protected, b.is_protected);
  EXPECT_EQ(a.on_remove, b.on_remove);
  EXPECT_EQ(a.depends_on, b.depends_on);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
}

/// All but the epoch, which the store sets.
inline void expect_same(const Intent& a, const Intent& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.address, b.address);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.account, b.account);
  EXPECT_EQ(a.region, b.region);
  EXPECT_EQ(a.service, b.service);
  EXPECT_EQ(a.action, b.action);
  EXPECT_EQ(a.klass, b.klass);
  EXPECT_EQ(a.is_create, b.is_create);
  EXPECT_EQ(a.token, b.token);
  EXPECT_EQ(a.owner, b.owner);
  EXPECT_EQ(a.params_digest, b.params_digest);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.physical_id, b.physical_id);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.signed_at, b.signed_at);
  EXPECT_EQ(a.lost_at, b.lost_at);
  EXPECT_EQ(a.siblings, b.siblings);
  EXPECT_EQ(a.attempts, b.attempts);
}

/// One row, named by its number: what a prefix of commits leaves is easy to see.
inline Batch numbered_batch(int number) {
  Batch batch;
  batch.upserts.push_back(full_row(fmt::format("row-{:06}", number)));
  batch.audit.push_back(
      {"engine", "create", {"dbProxies", "app"}, Value::object({{"number", number}})}
  );
  return batch;
}

inline mode_t mode_of(const std::string& path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// The file keeps its mode.
inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
}

}  // namespace plumbline
