#include "tests/support/sim/sim_world.h"

#include <fmt/format.h>

#include "controller/plan/render.h"

namespace plumbline::simtest {

namespace {

constexpr Duration kLongestRun = std::chrono::hours(12);

class Onlooker final : public Watcher {
 public:
  Onlooker(SimWorld& world, const ProcessPlan& plan, bool keeps_story)
      : world_(world), plan_(plan), keeps_story_(keeps_story) {}

  void on_progress(const Progress& progress) override {
    world_.checkers().on_text("progress", progress.what + progress.why);
    if (keeps_story_) {
      world_.tell(fmt::format(
          "  {} {}: {} {}",
          format_duration(world_.truth().elapsed()),
          progress.address.to_string(),
          progress.what,
          progress.why
      ));
    }
  }
  void on_plan(const Plan& plan) override {
    if (keeps_story_) {
      report.plan = render_plan(plan, Colour::kNever);
      world_.checkers().on_text("the plan", report.plan);
      world_.tell(report.plan);
    }
  }
  bool approve(const Plan& /*plan*/) override { return plan_.is_approved; }
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_run_ended(const RunResult& result) override { report.result = result; }
  void on_tick() override {
    if (world_.truth().elapsed() - started_ > kLongestRun) {
      report.is_endless = true;
      throw Death();
    }
  }

  ProcessReport report;

 private:
  SimWorld& world_;
  const ProcessPlan& plan_;
  bool keeps_story_;
  Duration started_ = world_.truth().elapsed();
};

sim::Options aws_options(const WorldOptions& options) {
  sim::Options made;
  made.seed = options.seed;
  made.verify_signatures = !options.hides_owner_filter;
  made.memory = options.lag;
  return made;
}

}  // namespace

const Catalog& sim_catalog() {
  static const std::unique_ptr<Catalog> catalog = Catalog::embedded();
  return *catalog;
}

std::string ProcessReport::why() const {
  std::string text = has_died ? "it died\n" : is_endless ? "it does not end\n" : "";
  for (const StepFailure& failure : result.failures) {
    text += fmt::format(
        "{}: {}: {}\n", failure.address.to_string(), failure.what, failure.error.to_string()
    );
  }
  if (!result.failure.message.empty()) {
    text += "run: " + result.failure.to_string() + "\n";
  }
  if (!result.store_failure.message.empty()) {
    text += "store: " + result.store_failure.to_string() + "\n";
  }
  if (result.plan != nullptr && result.plan->problems.has_errors()) {
    text += render_human(result.plan->problems, Colour::kNever);
  }
  return text;
}

struct SimWorld::Office {
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

SimWorld::SimWorld(const WorldOptions& options)
    : options_(options),
      local_(truth_),
      random_(options.seed * 2 + 1),
      dice_(options.seed * 7919 + 17),
      aws_(std::make_unique<sim::Simulator>(truth_, aws_options(options))),
      checkers_(std::make_unique<Checkers>(sim_catalog(), *aws_)),
      net_(std::make_unique<Net>(truth_, *aws_, *checkers_, dice_)),
      depot_(std::make_unique<Depot>(local_, random_, *checkers_, options.folder)) {
  net_->lag = options.lag;
  net_->hides_owner_filter = options.hides_owner_filter;
  depot_->loses_intents = options.loses_intents;
}

SimWorld::~SimWorld() = default;

ProcessReport SimWorld::run(const ProcessPlan& plan) {
  Moments moments;
  moments.dies_at = plan.dies_at;
  moments.sleeps_at = plan.sleeps_at;
  moments.while_asleep = plan.while_asleep;
  std::unique_ptr<Store> store = depot_->open(moments, plan.disk);
  auto image = store == nullptr ? Result<StateImage>(Error{}) : store->load();
  if (!image) {
    return {};
  }
  const std::uint64_t process = image->epoch;
  if (options_.keeps_story) {
    tell(fmt::format("--- process {} {}", process, plumbline::name_of(plan.mode)));
  }
  SimWire wire({truth_, *net_, *checkers_, moments, dice_, process}, plan.faults);
  if (options_.keeps_story) {
    wire.on_line = [this](const std::string& line) { tell(line); };
  }
  wire.on_wait = plan.on_wait;
  EngineOptions options;
  options.mode = plan.mode;
  options.manifest = plan.manifest;
  options.catalog = &sim_catalog();
  options.state = std::move(image).value();
  options.settings.signature_life = options_.signature_life;
  options.orders.max_delete = 1000;  // Guards have tests of their own; here replacements count.
  options.parallelism = plan.parallelism;
  Engine engine(std::move(options), random_);
  Office office;
  Onlooker onlooker(*this, plan, options_.keeps_story);
  Loop loop(engine, {local_, wire, store.get(), office.desk}, onlooker);
  try {
    loop.run();
  } catch (const Death&) {
    onlooker.report.has_died = !onlooker.report.is_endless;
  }
  checkers_->on_end_of_process(process);
  ProcessReport report = std::move(onlooker.report);
  report.moments = moments.passed();
  report.mutations = wire.mutations();
  report.accepted = wire.accepted();
  if (options_.keeps_story) {
    tell(report.why());
  }
  return report;
}

bool SimWorld::call(const std::string& service, const std::string& action, Value request) {
  Call call;
  call.service = sim_catalog().find_service(service);
  call.region = "eu-west-3";
  call.action = action;
  call.request = std::move(request);
  call.is_mutating = true;
  Office office;
  office.keeper.is_ready("");
  auto prepared = office.desk.prepare(call, truth_.now());
  if (!prepared) {
    return false;
  }
  const HttpResponse response = from_simulator(aws_->handle(to_simulator(prepared->request)));
  const bool is_done = office.desk.interpret(call, *prepared, response, truth_.now()).has_value();
  if (options_.keeps_story) {
    tell(fmt::format("  a human: {} {}", action, is_done ? "" : "(refused)"));
  }
  return is_done;
}

std::map<std::string, int> SimWorld::owned() const {
  std::map<std::string, int> found;
  for (const Value& object : aws_->objects()) {
    if (const std::string& address = object.get("tags").text_of("plumbline:address");
        !address.empty()) {
      ++found[address];
    }
  }
  return found;
}

std::string SimWorld::id_of(const std::string& address) {
  for (const ResourceRow& row : depot_->image().rows) {
    if (row.address.to_string() == address && row.status != RowStatus::kDeposed) {
      return row.physical_id;
    }
  }
  return "";
}

void SimWorld::settle() {
  net_->settle();
}

void SimWorld::tell(const std::string& line) {
  if (options_.keeps_story) {
    story_ += line;
    story_ += '\n';
  }
}

}  // namespace plumbline::simtest
