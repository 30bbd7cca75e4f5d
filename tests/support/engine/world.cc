#include "tests/support/engine/world.h"

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/plan/render.h"

namespace plumbline {

namespace {

constexpr Duration kLongestRun = std::chrono::hours(24);

class RecordingWatcher final : public Watcher {
 public:
  RecordingWatcher(const RunAsk& ask, FakeClock& clock)
      : ask_(ask), clock_(clock), started_(clock.elapsed()) {}

  void bind(Loop& loop) { loop_ = &loop; }
  void on_progress(const Progress& progress) override {
    EXPECT_EQ((progress.what + progress.why).find(kCanary), std::string::npos) << progress.what;
    report.progress.push_back(progress);
    if (ask_.on_progress) {
      ask_.on_progress(*loop_, progress);
    }
  }
  void on_plan(const Plan& plan) override {
    report.plan = render_plan(plan, Colour::kNever);
    EXPECT_EQ(report.plan.find(kCanary), std::string::npos) << report.plan;
    EXPECT_EQ(show_json(plan_to_json(plan)).find(kCanary), std::string::npos);
  }
  bool approve(const Plan& /*plan*/) override { return ask_.is_approved; }
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override {
    for (const ResourceStatus& status : snapshot->resources) {
      EXPECT_EQ(status.note.find(kCanary), std::string::npos) << status.note;
    }
    report.snapshot = std::move(snapshot);
  }
  void on_run_ended(const RunResult& result) override {
    report.result = result;
    if (ask_.on_run_ended) {
      ask_.on_run_ended(*loop_, result);
    }
  }
  void on_tick() override {
    if (clock_.elapsed() - started_ > kLongestRun) {
      ADD_FAILURE() << "the run does not end";
      throw Crash();
    }
    if (ask_.on_tick) {
      ask_.on_tick(*loop_, clock_.elapsed() - started_);
    }
  }

  RunReport report;

 private:
  const RunAsk& ask_;
  FakeClock& clock_;
  Duration started_;
  Loop* loop_ = nullptr;
};

/// Draws the same bytes again: the key of a store that a new one is to have.
class KeyGiver final : public Random {
 public:
  explicit KeyGiver(std::string key) : key_(std::move(key)) {}
  void fill(std::span<std::uint8_t> bytes) override {
    std::copy_n(key_.begin(), std::min(bytes.size(), key_.size()), bytes.begin());
  }

 private:
  std::string key_;
};

}  // namespace

const Catalog& test_catalog() {
  static const std::unique_ptr<Catalog> catalog = Catalog::embedded();
  return *catalog;
}

std::string RunReport::failures() const {
  std::string text;
  for (const StepFailure& failure : result.failures) {
    text += failure.address.to_string() + ": " + failure.what + ": " + failure.error.to_string();
    text += "\n";
  }
  if (!result.failure.message.empty()) {
    text += "run: " + result.failure.to_string() + "\n";
  }
  if (result.plan != nullptr && result.plan->problems.has_errors()) {
    text += render_human(result.plan->problems, Colour::kNever);
  }
  return text;
}

std::string RunReport::story() const {
  std::string text;
  for (const Progress& line : progress) {
    text += line.address.to_string() + ": " + line.what + " " + line.why + "\n";
  }
  for (const std::string& action : actions) {
    text += action + "\n";
  }
  return text;
}

const Change* RunReport::change(const std::string& address) const {
  if (result.plan == nullptr) {
    return nullptr;
  }
  for (const Change& change : result.plan->changes) {
    if (change.address.to_string() == address) {
      return &change;
    }
  }
  return nullptr;
}

bool RunReport::has_progress(const std::string& text) const {
  for (const Progress& line : progress) {
    if ((line.address.to_string() + ": " + line.what + " " + line.why).find(text) !=
        std::string::npos) {
      return true;
    }
  }
  return false;
}

TestWorld::TestWorld(std::uint64_t seed, Duration signature_life, const Catalog& catalog)
    : random_(seed),
      simulator_(std::make_unique<sim::Simulator>(clock_, sim::Options{seed, 1, "", true, {}, ""})),
      store_(clock_, random_, fate_),
      wire_(clock_, *simulator_, store_, fate_),
      catalog_(&catalog),
      signature_life_(signature_life) {}

TestWorld::~TestWorld() = default;

struct TestWorld::Office {
  static std::optional<std::string> nothing(const std::string& /*name*/) { return std::nullopt; }
  static Result<CredentialRecipe> recipe() {
    Credentials keys;
    keys.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    keys.secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    keys.source = "test";
    return CredentialRecipe{std::move(keys), {}, {}};
  }

  std::unique_ptr<CredentialFiles> files = make_credential_files("");
  std::unique_ptr<ProcessRunner> processes = make_process_runner({});
  CredentialKeeper keeper{{*files, *processes, nothing, EndpointSettings()}, recipe};
  SigningDesk desk{nothing, EndpointSettings(), keeper};
};

std::shared_ptr<const Manifest> TestWorld::parse(const std::string& text) const {
  Diagnostics diagnostics;
  ManifestOptions options;
  auto manifest = parse_manifest(*catalog_, "test.yaml", text, options, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  return manifest;
}

RunReport TestWorld::run(
    RunMode mode, std::shared_ptr<const Manifest> manifest, const RunAsk& ask
) {
  region_ = manifest->region;
  auto image = store_.load();
  EXPECT_TRUE(image);
  fate_.reset(ask.crash_at);
  store_.break_at(ask.break_commit_at);
  wire_.reset(ask.faults);
  EngineOptions options;
  options.mode = mode;
  options.manifest = manifest;
  options.catalog = catalog_;
  options.state = *image;
  options.orders = ask.orders;
  options.expected = ask.expected;
  options.asks = ask.expected == nullptr;
  options.settings.signature_life = signature_life_;
  options.parallelism = ask.parallelism;
  options.survey = ask.survey;
  options.rebuild = ask.rebuild;
  options.only = ask.only;
  Engine engine(std::move(options), random_);
  Office office;
  RecordingWatcher watcher(ask, clock_);
  Loop loop(engine, {local_, wire_, &store_, office.desk}, watcher);
  watcher.bind(loop);
  const Duration started = clock_.elapsed();
  try {
    loop.run();
  } catch (const Crash&) {
    watcher.report.has_crashed = true;
  }
  RunReport report = std::move(watcher.report);
  report.moments = fate_.moments();
  report.actions = wire_.actions();
  report.took = clock_.elapsed() - started;
  fate_.reset(-1);
  store_.break_at(0);
  report.manifest = std::move(manifest);
  return report;
}

Value TestWorld::call(
    const std::string& service, const std::string& action, Value request, std::string http
) {
  Call call;
  call.service = catalog_->find_service(service);
  call.region = region_;
  call.action = action;
  call.http = std::move(http);
  call.request = std::move(request);
  call.is_mutating = true;
  Office office;
  SigningDesk& desk = office.desk;
  EXPECT_TRUE(office.keeper.is_ready(""));
  auto prepared = desk.prepare(call, clock_.now());
  if (!prepared) {
    ADD_FAILURE() << prepared.error().to_string();
    return {};
  }
  const HttpResponse response = from_simulator(simulator_->handle(to_simulator(prepared->request)));
  auto result = desk.interpret(call, *prepared, response, clock_.now());
  if (!result) {
    ADD_FAILURE() << action << ": " << result.error().to_string();
    return {};
  }
  return result->body;
}

std::map<std::string, int> TestWorld::made() const {
  std::map<std::string, int> found;
  for (const Value& object : simulator_->objects()) {
    const std::string& address = object.get("tags").text_of("plumbline:address");
    if (!address.empty()) {
      ++found[address];
    }
  }
  return found;
}

std::map<std::string, std::string> TestWorld::tags_of(const std::string& address) const {
  std::map<std::string, std::string> found;
  for (const Value& object : simulator_->objects()) {
    const Value& tags = object.get("tags");
    if (tags.text_of("plumbline:address") == address) {
      for (const Member& member : tags.as_object()) {
        found[member.key] = member.value.as_text();
      }
      return found;
    }
  }
  return found;
}

std::string TestWorld::plant(
    const std::map<std::string, std::string>& tags, const std::string& cidr
) {
  List list;
  for (const auto& [key, value] : tags) {
    list.push_back(Value::object({{"Key", key}, {"Value", value}}));
  }
  const Value spec = Value::object({{"ResourceType", "vpc"}, {"Tag", Value(std::move(list))}});
  return call(
             "ec2",
             "CreateVpc",
             Value::object({{"CidrBlock", cidr}, {"TagSpecification", Value::list({spec})}})
  )
      .get("vpc")
      .text_of("vpcId");
}

int TestWorld::count(const std::string& type) const {
  int number = 0;
  for (const Value& object : simulator_->objects()) {
    number += object.text_of("type") == type ? 1 : 0;
  }
  return number;
}

StateImage TestWorld::state() const {
  auto image = store_.load();
  EXPECT_TRUE(image);
  return *image;
}

std::shared_ptr<const SavedPlan> TestWorld::saved(const RunReport& report) const {
  const StateImage image = state();
  PlanOrigin origin;
  origin.paths = {"test.yaml"};
  origin.serial = image.serial;
  origin.epoch = image.epoch;
  origin.install_key = image.install_key;
  const auto text = write_plan(*report.result.plan, *report.manifest, origin);
  EXPECT_TRUE(text);
  EXPECT_EQ(text->find(kCanary), std::string::npos) << *text;
  EXPECT_TRUE(is_plan_file(*text));
  auto plan = read_plan("plan.json", *text);
  EXPECT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(check_saved_plan(*plan, *report.manifest, image).empty());
  return std::make_shared<const SavedPlan>(std::move(plan).value());
}

std::string TestWorld::id_of(const std::string& address) const {
  for (const ResourceRow& row : state().rows) {
    if (row.address.to_string() == address && row.status != RowStatus::kDeposed) {
      return row.physical_id;
    }
  }
  return "";
}

void TestWorld::forget(const std::string& address) {
  Batch batch;
  for (const ResourceRow& row : state().rows) {
    if (row.address.to_string() == address) {
      batch.removals.push_back({row.address, row.physical_id});
    }
  }
  EXPECT_TRUE(store_.commit(batch, clock_.now()));
}

void TestWorld::lose_state(bool keeps_key) {
  KeyGiver same(state().install_key);
  store_.replace(keeps_key ? make_memory_store(clock_, same) : make_memory_store(clock_, random_));
}

void TestWorld::record(const Batch& batch) {
  EXPECT_TRUE(store_.commit(batch, clock_.now()));
}

}  // namespace plumbline
