// A state file that is damaged, foreign, or made to deceive: it opens or is refused, and what opens
// can be read to its end.
//
// An input that begins like a database is one. Every other input is damage done to a good one, five
// bytes at a time: what to do, where (three bytes), and with what.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include "state/sqlite_store.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRecord = 5;

class StandingClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp(Duration(1'795'000'000'123)); }
  Duration elapsed() override { return Duration(0); }
};

class CountingRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) {
      byte = next_++;
    }
  }

 private:
  std::uint8_t next_ = 1;
};

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// A folder of its own that goes with the process.
class Bench {
 public:
  Bench() {
    std::string pattern = (fs::temp_directory_path() / "plumbline-fuzz-XXXXXX").string();
    const char* made = mkdtemp(pattern.data());
    PLUMBLINE_CHECK(made != nullptr);
    folder_ = made;
    make_good();
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  [[nodiscard]] const std::string& good() const { return good_; }

  void open(const std::string& content) {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      fs::remove_all(entry.path());
    }
    std::ofstream(path(), std::ios::binary) << content;
    chmod(path().c_str(), S_IRUSR | S_IWUSR);
    auto store = SqliteStore::open({path(), "status", true}, clock_, random_);
    if (!store) {
      expect_typed(store.error());
      return;
    }
    if (const auto image = (*store)->load(); !image) {
      expect_typed(image.error());
    }
    if (const auto history = (*store)->audit(100); !history) {
      expect_typed(history.error());
    }
    if (const auto entries = (*store)->verify_audit(); !entries) {
      expect_typed(entries.error());
    }
  }

 private:
  [[nodiscard]] std::string path() const { return folder_ + "/state.db"; }

  static void expect_typed(const Error& error) {
    PLUMBLINE_CHECK(
        error.klass == ErrorClass::kCorrupt || error.klass == ErrorClass::kIo ||
        error.klass == ErrorClass::kConflict
    );
    PLUMBLINE_CHECK(!error.message.empty());
  }

  void make_good() {
    auto store = SqliteStore::open({path(), "apply, process 1", false}, clock_, random_);
    PLUMBLINE_CHECK(store);
    PLUMBLINE_CHECK((*store)->bind("shop", "123456789012"));
    for (const char* name : {"a", "b", "c"}) {
      PLUMBLINE_CHECK((*store)->commit(batch_of(name), clock_.now()));
    }
    PLUMBLINE_CHECK((*store)->copy_to(folder_ + "/copy.db"));
    good_ = bytes_of(folder_ + "/copy.db");
  }

  Batch batch_of(const std::string& name) {
    ResourceRow row;
    row.address = {"dbProxies", name};
    row.kind = "DBProxy";
    row.region = "us-east-1";
    row.physical_id = "prx-" + name;
    row.applied = Value::object({{"ports", Value::list({3306, 0.5, true, Value()})}});
    row.observed = Value::object({{"endpoint", "x.example"}});
    row.depends_on = {{"subnets", "a"}};
    Intent intent;
    intent.id = std::string(32, name.front());
    intent.address = row.address;
    intent.kind = row.kind;
    intent.action = "CreateDBProxy";
    intent.state = IntentState::kUnknown;
    Batch batch;
    batch.intents = {intent};
    batch.upserts = {row};
    batch.audit = {{"engine", "create", row.address, Value::object({{"name", name}})}};
    batch.accounts = {{name, "123456789012"}};
    return batch;
  }

  std::string folder_, good_;
  StandingClock clock_;
  CountingRandom random_;
};

void damage(std::string& bytes, std::string_view record) {
  const auto at = [&record](std::size_t i) { return static_cast<unsigned char>(record[i]); };
  const std::size_t place = ((at(1) * 256U + at(2)) * 256U + at(3)) % bytes.size();
  const std::size_t pages = bytes.size() / kPage;
  switch (at(0) % 4) {
    case 0:
      bytes[place] = record[4];
      break;
    case 1:
      bytes[place] = static_cast<char>(at(4) ^ static_cast<unsigned char>(bytes[place]));
      break;
    case 2:
      if (pages > 1) {
        const auto begin = [&](std::size_t page) {
          return bytes.begin() + static_cast<std::ptrdiff_t>(page % pages * kPage);
        };
        std::swap_ranges(begin(place / kPage), begin(place / kPage) + kPage, begin(at(4)));
      }
      break;
    default:
      bytes.resize(std::max<std::size_t>(place, 1));
  }
}

}  // namespace

void read_state(std::string_view input) {
  static Bench bench;
  if (input.starts_with("SQLite format 3")) {
    bench.open(std::string(input));
    return;
  }
  std::string bytes = bench.good();
  for (; input.size() >= kRecord; input.remove_prefix(kRecord)) {
    damage(bytes, input.substr(0, kRecord));
  }
  bench.open(bytes);
}

}  // namespace plumbline::fuzz
