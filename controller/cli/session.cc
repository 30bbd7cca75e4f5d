#include "controller/cli/session.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "controller/aws/curl_transport.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "controller/cli/judge.h"
#include "controller/config/manifest_findings.h"
#include "controller/config/yaml_write.h"
#include "controller/lint/lint.h"
#include "state/lock.h"

namespace plumbline {

namespace {

// A signal handler can reach nothing but a global; this is the loop that is running, if any.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<Loop*> running_loop{nullptr};

extern "C" void handle_stop_signal(int /*signal*/) {
  if (Loop* loop = running_loop.load(); loop != nullptr) {
    loop->request_stop();
  }
}

}  // namespace

ManifestOptions manifest_options(const Options& options, bool allows_missing_inputs) {
  ManifestOptions out;
  out.paths = options.paths;
  out.allows_missing_inputs = allows_missing_inputs;
  for (const std::string& input : options.inputs) {
    const auto equal = input.find('=');
    out.input_values[input.substr(0, equal)] =
        equal == std::string::npos ? "" : input.substr(equal + 1);
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equal = text.find('=');
    out.environment[std::string(text.substr(0, equal))] = std::string(text.substr(equal + 1));
  }
  return out;
}

namespace {

/// What a credential_process gets: the environment as it is.
std::vector<std::string> environment_of_programs() {
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    variables.emplace_back(*entry);
  }
  return variables;
}

/// Reads the shared files anew: keys in them may have been rotated since the start.
Result<CredentialRecipe> find_recipe_now(const std::string& region) {
  PLUMBLINE_TRY(config, AwsConfig::load(process_environment()));
  return config.recipe(region);
}

PlanOrders orders_of(const Options& options) {
  PlanOrders orders;
  orders.mode = options.is_refresh_only ? PlanMode::kRefresh
                : options.plans_destroy ? PlanMode::kDestroy
                                        : PlanMode::kReconcile;
  for (const std::string& target : options.targets) {
    orders.targets.push_back(Address::parse(target));
  }
  for (const std::string& address : options.allow_replace) {
    orders.may_replace.insert(Address::parse(address));
  }
  orders.max_delete = options.max_delete;
  orders.allows_mass_removal = options.allows_mass_removal;
  return orders;
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const auto full = std::filesystem::weakly_canonical(path, error);
  return error ? path : full.string();
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    std::string value;
    return read_environment(name, value) ? std::optional(value) : std::nullopt;
  };
}

Loaded load_and_lint(
    const Catalog& catalog,
    const Options& options,
    const ManifestOptions& manifest,
    const OpenTexts& open
) {
  Loaded loaded;
  Diagnostics read;
  Diagnostics linted;
  loaded.manifest = load_manifest(catalog, manifest, open, read);
  if (loaded.manifest != nullptr) {
    const Graph graph = make_graph(*loaded.manifest, read);
    // One text may name the same thing a thousand times.
    read = without_repeats(read);
    // A `forEach` says of each of its resources what is wrong with their one text.
    linted = without_repeats(run_lint({*loaded.manifest, graph, catalog}));
  }
  loaded.is_usable = !read.has_errors();
  judge(options, std::move(read), std::move(linted), loaded);
  return loaded;
}

Loaded load_and_lint(const Catalog& catalog, const Options& options, bool allows_missing_inputs) {
  return load_and_lint(catalog, options, manifest_options(options, allows_missing_inputs));
}

namespace {

std::string state_path_in(const Options& options, const std::string& folder) {
  if (!options.state.empty()) {
    return options.state;
  }
  std::string path;
  if (read_environment("PLUMBLINE_STATE", path)) {
    return path;
  }
  return (std::filesystem::path(folder) / ".plumbline" / "state.db").string();
}

}  // namespace

std::string state_path(const Options& options, const Manifest& manifest) {
  return state_path_in(options, manifest.folder);
}

std::string state_path(const Options& options) {
  const std::filesystem::path first = options.paths.empty() ? "." : options.paths.front();
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(first, ignored);
  const std::string folder = (is_folder ? first : first.parent_path()).string();
  return state_path_in(options, folder.empty() ? "." : folder);
}

Result<StateImage> glance(const std::string& path) {
  SystemClock clock;
  SystemRandom random;
  StoreOptions options;
  options.path = path;
  options.is_glance = true;
  auto opened = open_store(options, clock, random);
  return opened ? (*opened)->load() : Result<StateImage>(opened.error());
}

std::string environment_region() {
  const auto config = AwsConfig::load(process_environment());
  return config ? config->region() : "";
}

RunSettings run_settings() {
  RunSettings settings;
  std::string text;
  if (read_environment("PLUMBLINE_SIGNATURE_LIFE", text)) {
    parse_duration(text, settings.signature_life);
    settings.quiet_time = std::min<Duration>(settings.quiet_time, settings.signature_life / 10);
    settings.clock_margin = std::min<Duration>(settings.clock_margin, settings.signature_life / 10);
  }
  // A simulated world may run faster than AWS; polls follow it.
  if (read_environment("PLUMBLINE_TIME_SCALE", text)) {
    settings.time_scale = std::max(1.0, std::strtod(text.c_str(), nullptr));
  }
  return settings;
}

Session::Session(Terminal& terminal, const Options& options, Catalog& catalog)
    : terminal_(terminal),
      options_(options),
      catalog_(catalog),
      watcher_(terminal, options, clock_) {}

Session::~Session() = default;

std::optional<Exit> Session::open(
    RunMode mode, const std::string& command, const SessionExtras& extras
) {
  if (const auto exit = open_manifest(extras)) {
    return exit;
  }
  if (const auto exit = open_wire()) {
    return exit;
  }
  if (const auto exit = open_state(mode, command)) {
    return exit;
  }
  const PlanOrders orders =
      expected_ == nullptr ? follow_moves(orders_of(options_)) : expected_->orders;
  if (const auto exit = check_expected()) {
    return exit;
  }
  if (const auto exit = check_orders(orders)) {
    return exit;
  }
  EngineOptions engine;
  engine.mode = mode;
  engine.orders = orders;
  engine.expected = expected_;
  engine.asks = expected_ == nullptr;
  engine.state = std::move(state_);
  engine.only = extras.import.first;
  if (!parse_duration(options_.interval, engine.interval)) {
    terminal_.err(fmt::format(
        "plumbline: --interval {} is not a duration such as 30s or 5m\n", options_.interval
    ));
    return Exit::kUsage;
  }
  return start(std::move(engine));
}

std::optional<Exit> Session::open_survey(SurveyAsk ask, const std::string& region) {
  Diagnostics faults;
  const std::string& stack = options_.adopt.stack;
  manifest_ = parse_manifest(
      catalog_,
      "command line",
      fmt::format(
          "stack: {}\nregion: {}\n", yaml_text(stack.empty() ? "survey" : stack), yaml_text(region)
      ),
      ManifestOptions(),
      faults
  );
  if (faults.has_errors()) {
    terminal_.err(render_human(faults, terminal_.colour()));
    return Exit::kUsage;
  }
  if (const auto exit = open_wire()) {
    return exit;
  }
  EngineOptions engine;
  engine.mode = RunMode::kSurvey;
  engine.survey = std::move(ask);
  return start(std::move(engine));
}

std::optional<Exit> Session::open_rebuild(RebuildAsk ask, StateImage state) {
  SessionExtras extras;
  // What a rule says now must not stand between a stack and its state.
  extras.allows_findings = true;
  if (const auto exit = open_manifest(extras)) {
    return exit;
  }
  if (!state.stack.empty() && state.stack != manifest_->stack) {
    terminal_.err(fmt::format(
        "plumbline: the copy is of the stack \"{}\", the manifest is of \"{}\"\n",
        state.stack,
        manifest_->stack
    ));
    return Exit::kState;
  }
  if (const auto exit = open_wire()) {
    return exit;
  }
  EngineOptions engine;
  engine.mode = RunMode::kRebuild;
  engine.rebuild = std::move(ask);
  engine.state = std::move(state);
  return start(std::move(engine));
}

std::optional<Exit> Session::start(EngineOptions engine) {
  engine.manifest = manifest_;
  engine.catalog = &catalog_;
  engine.settings = run_settings();
  engine.parallelism = options_.parallelism;
  engine_ = std::make_unique<Engine>(std::move(engine), random_);
  loop_ = std::make_unique<Loop>(
      *engine_, Loop::Seams{clock_, *transport_, store_.get(), *desk_}, watcher_
  );
  return std::nullopt;
}

std::optional<Exit> Session::open_manifest(const SessionExtras& extras) {
  ManifestOptions asked = manifest_options(options_, extras.allows_missing_inputs);
  asked.import = extras.import;
  Loaded loaded = load_and_lint(catalog_, options_, asked);
  if (!loaded.diagnostics.empty() && (loaded.diagnostics.has_errors() || !options_.is_quiet)) {
    terminal_.err(render_human(loaded.diagnostics, terminal_.colour()));
  }
  const bool is_refused =
      extras.allows_findings ? !loaded.is_usable : loaded.diagnostics.has_errors();
  if (is_refused || loaded.manifest == nullptr) {
    terminal_.err("\nplumbline: nothing was changed; correct the manifest first\n");
    return Exit::kFailed;
  }
  manifest_ = std::move(loaded.manifest);
  return std::nullopt;
}

std::shared_ptr<const Manifest> Session::reload() {
  Loaded loaded = load_and_lint(catalog_, options_, false);
  if (loaded.diagnostics.has_errors() || loaded.manifest == nullptr) {
    terminal_.err(render_human(loaded.diagnostics, terminal_.colour()));
    terminal_.err("plumbline: the manifest has errors; going on with the one before\n");
    return nullptr;
  }
  return std::move(loaded.manifest);
}

std::optional<Exit> Session::open_state(RunMode mode, const std::string& command) {
  state_path_ = state_path(options_, *manifest_);
  StoreOptions store;
  store.path = state_path_;
  store.holder =
      fmt::format("{}, process {}, since {}", command, getpid(), format_iso8601(clock_.now()));
  // A saved plan is held together by the state's key, which must outlive it.
  const bool needs_key = !options_.out.empty() && !std::filesystem::exists(state_path_);
  store.read_only = mode == RunMode::kPlan && !needs_key;
  if (const LockHolder holder = read_lock(state_path_); store.read_only && !holder.text.empty()) {
    // A controller would have to be waited for for ever.
    store.is_glance = true;
    terminal_.err(fmt::format(
        "plumbline: {} holds the state; the plan is made of what it has recorded so far\n",
        holder.text
    ));
  }
  auto opened = open_store(store, clock_, random_);
  if (!opened) {
    terminal_.err(fmt::format("plumbline: {}\n", opened.error().message));
    return Exit::kState;
  }
  store_ = std::move(opened).value();
  auto state = store_->load();
  if (!state) {
    terminal_.err(fmt::format("plumbline: {}\n", state.error().message));
    return Exit::kState;
  }
  state_ = std::move(state).value();
  origin_.state_path = absolute(state_path_);
  origin_.serial = state_.serial;
  origin_.epoch = state_.epoch;
  origin_.install_key = state_.install_key;
  if (!state_.stack.empty() && state_.stack != manifest_->stack) {
    terminal_.err(fmt::format(
        "plumbline: the state at {} belongs to stack \"{}\", the manifest is of \"{}\". Use "
        "another "
        "--state, or give the manifest its old name back.\n",
        state_path_,
        state_.stack,
        manifest_->stack
    ));
    return Exit::kState;
  }
  return std::nullopt;
}

std::optional<Exit> Session::check_expected() const {
  if (expected_ == nullptr) {
    return std::nullopt;
  }
  const Diagnostics problems = check_saved_plan(*expected_, *manifest_, state_);
  if (problems.empty()) {
    return std::nullopt;
  }
  if (options_.format == Format::kJson) {
    terminal_.out(
        show_json(Value::object({{"event", "refused"}, {"problems", to_json(problems)}})) + "\n"
    );
  }
  terminal_.err(render_human(problems, terminal_.colour()));
  return Exit::kHeld;
}

PlanOrigin Session::origin() {
  PlanOrigin origin = origin_;
  for (const std::string& path : options_.paths) {
    origin.paths.push_back(absolute(path));
  }
  const auto& sensitive = manifest_->sensitive_inputs;
  for (const std::string& input : options_.inputs) {
    const std::string name = input.substr(0, input.find('='));
    if (std::find(sensitive.begin(), sensitive.end(), name) == sensitive.end()) {
      origin.inputs.push_back(input);
    }
  }
  origin.at = clock_.now();
  return origin;
}

std::optional<Exit> Session::open_wire() {
  auto config = AwsConfig::load(process_environment());
  if (!config) {
    terminal_.err(fmt::format("plumbline: {}\n", config.error().message));
    return Exit::kFailed;
  }
  auto profile = config->profile();
  if (!profile) {
    terminal_.err(fmt::format("plumbline: {}\n", profile.error().message));
    return Exit::kFailed;
  }
  credential_files_ = make_credential_files(process_environment()("HOME").value_or(""));
  processes_ = make_process_runner(environment_of_programs());
  keeper_ = std::make_unique<CredentialKeeper>(
      CredentialKeeper::Seams{
          *credential_files_, *processes_, process_environment(), profile->endpoints},
      [region = manifest_->region] { return find_recipe_now(region); }
  );
  desk_ = std::make_unique<SigningDesk>(process_environment(), profile->endpoints, *keeper_);
  CurlOptions curl;
  read_environment("AWS_CA_BUNDLE", curl.ca_bundle);
  curl.connections_per_host = std::max(2, options_.parallelism);
  transport_ = make_curl_transport(curl);
  return std::nullopt;
}

void Session::run() {
  running_loop.store(loop_.get());
  struct sigaction action {};
  action.sa_handler = handle_stop_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  loop_->run();
  running_loop.store(nullptr);
}

}  // namespace plumbline
