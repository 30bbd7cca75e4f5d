// Durable commits of the state store: an intent before its call, and the intent's outcome with the
// resource it made, one call at a time and several calls in one commit.
#include <filesystem>
#include <optional>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "state/store.h"

namespace plumbline {
namespace {

/// A new state in the working directory, so that the measured disk is the caller's choice.
class Journal {
 public:
  Journal() : folder_("bench-state") {
    std::filesystem::remove_all(folder_);
    StoreOptions options;
    options.path = (folder_ / "state.db").string();
    options.holder = "bench";
    if (auto opened = open_store(options, clock_, random_)) {
      store_ = std::move(opened).value();
    }
  }
  ~Journal() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] bool is_open() const { return store_ != nullptr; }
  bool commit(const Batch& batch) { return store_->commit(batch, clock_.now()).has_value(); }

 private:
  std::filesystem::path folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Store> store_;
};

Intent make_intent(std::uint64_t number) {
  Intent intent;
  intent.id = fmt::format("{:032x}", number);
  intent.address = Address{"vpcs", fmt::format("net-{}", number)};
  intent.kind = "Vpc";
  intent.region = "eu-west-1";
  intent.service = "ec2";
  intent.action = "CreateVpc";
  intent.klass = 'N';
  intent.is_create = true;
  intent.params_digest = intent.id + intent.id;
  intent.attempts = 1;
  return intent;
}

ResourceRow make_row(const Intent& intent) {
  ResourceRow row;
  row.address = intent.address;
  row.kind = intent.kind;
  row.region = intent.region;
  row.physical_id = "vpc-" + intent.id.substr(15);
  row.applied = Value::object({{"cidrBlock", "10.0.0.0/16"}, {"enableDnsSupport", true}});
  row.observed = row.applied;
  return row;
}

/// Both commits of `range(0)` calls that travel together.
void commit_calls(benchmark::State& state) {
  Journal journal;
  std::uint64_t number = 0;
  bool is_durable = journal.is_open();
  for (auto _ : state) {
    Batch before, after;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      Intent intent = make_intent(++number);
      before.intents.push_back(intent);
      intent.state = IntentState::kDone;
      after.upserts.push_back(make_row(intent));
      after.intents.push_back(std::move(intent));
    }
    is_durable = is_durable && journal.commit(before) && journal.commit(after);
    if (!is_durable) {
      state.SkipWithError("the state could not be written");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(commit_calls)->Arg(1)->Arg(10)->Arg(50)->UseRealTime();

}  // namespace
}  // namespace plumbline
