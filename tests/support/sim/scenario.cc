#include "tests/support/sim/scenario.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/sim/stacks.h"

namespace plumbline::simtest {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kRunsToConverge = 4;
constexpr int kMomentsMax = 160;

/// The state's folder, for seeds that use the store on a file; gone with the scenario.
class Folder {
 public:
  explicit Folder(bool is_wanted) {
    if (is_wanted) {
      std::string pattern = std::filesystem::exists("/dev/shm")
                                ? "/dev/shm/plumbline-sim-XXXXXX"
                                : ::testing::TempDir() + "sim-XXXXXX";
      path_ = mkdtemp(pattern.data());
    }
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Scenario {
 public:
  Scenario(std::uint64_t seed, bool keeps_story, const Sabotage& sabotage)
      : dice_(seed),
        folder_(seed % 16 == 5),
        lag_(roll(3) == 0 ? Duration(seconds(2 + roll(18))) : Duration(0)),
        world_(options(seed, keeps_story, sabotage)),
        family_(pick_family()),
        mishaps_(pick_mishaps()) {}

  Outcome play() {
    const std::uint64_t processes = 1 + roll(4);
    for (std::uint64_t i = 0; i < processes; ++i) {
      if (roll(4) == 0) {
        edit_by_hand();
      }
      run_with_faults(true);
      check();
    }
    converge();
    Outcome outcome;
    outcome.violations = world_.checkers().violations();
    outcome.story = world_.story();
    outcome.mutations = world_.checkers().sent();
    outcome.deaths = deaths_;
    outcome.runs_to_converge = runs_;
    return outcome;
  }

 private:
  std::uint64_t roll(std::uint64_t sides) { return dice_.next() % sides; }

  WorldOptions options(std::uint64_t seed, bool keeps_story, const Sabotage& sabotage) const {
    WorldOptions options;
    options.seed = seed;
    options.lag = lag_;
    options.folder = folder_.path();
    options.keeps_story = keeps_story;
    options.hides_owner_filter = sabotage.hides_owner_filter;
    options.loses_intents = sabotage.loses_intents;
    if (sabotage.believes_at_once) {
      options.signature_life = -minutes(5);
    }
    return options;
  }

  const Family& pick_family() {
    std::uint64_t shares = 0;
    for (const Family& family : families()) {
      shares += family.share;
    }
    std::uint64_t at = roll(shares);
    for (const Family& family : families()) {
      if (at < family.share) {
        return family;
      }
      at -= family.share;
    }
    return families().back();
  }
  const std::shared_ptr<const Manifest>& pick_version() {
    return family_.versions[roll(family_.versions.size())];
  }
  /// Only some things go wrong in one scenario: else the rare ones hide behind the frequent ones.
  std::vector<Mishap> pick_mishaps() {
    std::vector<Mishap> some;
    for (int i = 1; i < kMishaps; ++i) {
      if (roll(3) == 0) {
        some.push_back(static_cast<Mishap>(i));
      }
    }
    if (lag_ > Duration(0)) {
      some.push_back(Mishap::kStale);
    }
    return some;
  }

  FaultScript script() {
    const std::uint64_t rarity = 2 + roll(30);
    return [this, rarity](const Asked& asked) {
      if (mishaps_.empty() || roll(rarity) != 0) {
        return Mishap::kNone;
      }
      const Mishap mishap = mishaps_[roll(mishaps_.size())];
      const bool is_for_reads = mishap == Mishap::kStale || mishap == Mishap::kRepeated;
      const bool is_for_changes = mishap == Mishap::kLate;
      if ((asked.is_mutating && is_for_reads) || (!asked.is_mutating && is_for_changes)) {
        return Mishap::kNone;
      }
      return mishap;
    };
  }

  void run_with_faults(bool may_sleep) {
    ProcessPlan plan;
    const std::uint64_t mode = roll(20);
    plan.mode = mode < 15 ? RunMode::kApply : mode < 18 ? RunMode::kDestroy : RunMode::kPlan;
    plan.manifest = pick_version();
    plan.is_approved = roll(12) != 0;
    plan.faults = script();
    plan.parallelism = static_cast<int>(1 + roll(10));
    if (roll(2) == 0) {
      plan.dies_at = static_cast<int>(1 + roll(kMomentsMax));
    }
    if (roll(6) == 0) {
      plan.disk = {static_cast<int>(1 + roll(30)), roll(2) == 0};
    }
    if (may_sleep && folder_.path().empty() && roll(6) == 0) {
      plan.sleeps_at = static_cast<int>(1 + roll(kMomentsMax));
      plan.while_asleep = [this] {
        world_.tell("  another process takes over");
        run_with_faults(false);
        if (roll(2) == 0) {
          world_.truth().advance(minutes(roll(12)));
        }
      };
    }
    if (roll(4) == 0) {
      plan.on_wait = [this] {
        if (roll(60) == 0) {
          set_clock();
        }
      };
    }
    const ProcessReport report = world_.run(plan);
    deaths_ += report.has_died ? 1 : 0;
    if (report.is_endless) {
      violate("I13", "a run of phase one does not end");
    }
  }

  void set_clock() {
    const auto minute = static_cast<std::int64_t>(roll(21)) - 10;
    world_.local().set_offset(minutes(minute));
    world_.tell(fmt::format("  the clock is set to {} minutes off", minute));
  }

  void edit_by_hand() {
    const std::string vpc = world_.id_of("vpcs.main");
    const std::string secret = world_.id_of("secrets.login");
    const auto tag = [](const std::string& key, const std::string& value) {
      return Value::list({Value::object({{"Key", key}, {"Value", value}})});
    };
    switch (roll(5)) {
      case 0:
        if (!secret.empty()) {
          world_.call(
              "secretsmanager",
              "DeleteSecret",
              Value::object({{"SecretId", secret}, {"ForceDeleteWithoutRecovery", true}})
          );
        }
        break;
      case 1:
        world_.call(
            "iam",
            "DeleteRolePolicy",
            Value::object({{"RoleName", "reader"}, {"PolicyName", "read"}})
        );
        break;
      case 2:
        if (!vpc.empty()) {
          world_.call(
              "ec2",
              "CreateTags",
              Value::object({{"ResourceId", Value::list({vpc})}, {"Tag", tag("team", "somebody's")}}
              )
          );
        }
        break;
      case 3:
        if (!vpc.empty()) {
          take_owner_tag(vpc);
        }
        break;
      default:
        world_.call(
            "iam",
            "UpdateRole",
            Value::object({{"RoleName", "reader"}, {"Description", "Somebody's"}})
        );
    }
  }

  /// What carries no owner tag any more cannot be found by it: while a call has no outcome, a human
  /// who takes the tag away makes an orphan, whatever we do.
  void take_owner_tag(const std::string& vpc) {
    if (!world_.depot().image().open_intents.empty()) {
      return;
    }
    for (const Value& object : world_.aws().objects()) {
      const std::string& owner = object.get("tags").text_of("plumbline:owner");
      if (object.text_of("id") == vpc && !owner.empty()) {
        taken_[vpc] = owner;
      }
    }
    world_.call(
        "ec2",
        "DeleteTags",
        Value::object(
            {{"ResourceId", Value::list({vpc})},
             {"Tag", Value::list({Value::object({{"Key", "plumbline:owner"}})})}}
        )
    );
  }

  void give_owner_tag_back() {
    for (const auto& [id, owner] : taken_) {
      world_.call(
          "ec2",
          "CreateTags",
          Value::object(
              {{"ResourceId", Value::list({id})},
               {"Tag",
                Value::list({Value::object({{"Key", "plumbline:owner"}, {"Value", owner}})})}}
          )
      );
    }
  }

  void check() {
    world_.checkers().look_at_world();
    for (const auto& all = world_.checkers().violations(); told_ < all.size(); ++told_) {
      world_.tell("!! " + all[told_]);
    }
  }
  void violate(const std::string& rule, const std::string& what) {
    world_.checkers().violated(rule, what);
  }

  ProcessReport run_in_peace(RunMode mode, const std::shared_ptr<const Manifest>& manifest) {
    ProcessPlan plan;
    plan.mode = mode;
    plan.manifest = manifest;
    return world_.run(plan);
  }

  void converge() {
    world_.settle();
    give_owner_tag_back();
    const auto& manifest = pick_version();
    ProcessReport report;
    for (runs_ = 1; runs_ <= kRunsToConverge; ++runs_) {
      report = run_in_peace(RunMode::kApply, manifest);
      check();
      if (report.is_clean()) {
        break;
      }
    }
    if (!report.is_clean()) {
      violate("I13", "it does not converge: " + report.why());
      return;
    }
    if (!world_.depot().image().open_intents.empty()) {
      // A creation that nobody wants any more is waited for until its signature is dead; it may
      // have been made five minutes ahead of AWS's clock.
      world_.truth().advance(minutes(15));
      report = run_in_peace(RunMode::kApply, manifest);
    }
    check_quiet(manifest);
    if (roll(3) == 0) {
      check_destroy(manifest);
    }
  }

  /// What a run that died asked of RDS may show only now: nothing differs, and it is modified.
  static bool only_waits(const ProcessReport& planned) {
    const auto* plan = planned.result.plan.get();
    return plan != nullptr && plan->has_changes() &&
           std::all_of(plan->changes.begin(), plan->changes.end(), [](const Change& change) {
             return change.action == Action::kNone ||
                    (change.action == Action::kUpdate && change.difference.empty());
           });
  }

  void check_quiet(const std::shared_ptr<const Manifest>& manifest) {
    std::map<std::string, int> wanted;
    for (const Resource& resource : manifest->resources) {
      wanted[resource.address.to_string()] = 1;
    }
    const auto owned = world_.owned();
    for (const auto& [address, count] : owned) {
      if (count != 1 || !wanted.contains(address)) {
        violate("I3", fmt::format("{} of {} in the end", count, address));
      }
    }
    if (owned.size() < wanted.size()) {
      violate("I3", fmt::format("{} objects of {} in the end", owned.size(), wanted.size()));
    }
    ProcessReport planned = run_in_peace(RunMode::kPlan, manifest);
    if (only_waits(planned)) {
      world_.truth().advance(minutes(20));
      run_in_peace(RunMode::kApply, manifest);
      planned = run_in_peace(RunMode::kPlan, manifest);
    }
    if (planned.result.plan == nullptr || planned.result.plan->has_changes()) {
      violate("I9", "the plan after convergence is not empty");
    }
    const ProcessReport again = run_in_peace(RunMode::kApply, manifest);
    if (!again.is_clean() || again.mutations != 0) {
      violate(
          "I10", fmt::format("the next run sends {} changes: {}", again.mutations, again.why())
      );
    }
    for (const Intent& open : world_.depot().image().open_intents) {
      violate(
          "I2", fmt::format("{} of {} is open in the end", open.action, open.address.to_string())
      );
    }
  }

  void check_destroy(const std::shared_ptr<const Manifest>& manifest) {
    const ProcessReport gone = run_in_peace(RunMode::kDestroy, manifest);
    if (!gone.is_clean()) {
      violate("I13", "destroy does not converge: " + gone.why());
    }
    for (const auto& [address, count] : world_.owned()) {
      violate("I3", fmt::format("{} of {} after destroy", count, address));
    }
    if (!world_.depot().image().rows.empty()) {
      violate("I3", "rows are left after destroy");
    }
  }

  SeededRandom dice_;
  Folder folder_;
  Duration lag_;
  SimWorld world_;
  const Family& family_;
  std::vector<Mishap> mishaps_;
  std::map<std::string, std::string> taken_;  ///< Objects, and the owner tags they had.
  int deaths_ = 0, runs_ = 0;
  std::size_t told_ = 0;  ///< Violations that the story has.
};

}  // namespace

Outcome play(std::uint64_t seed, bool keeps_story, const Sabotage& sabotage) {
  return Scenario(seed, keeps_story, sabotage).play();
}

void report_failure(std::uint64_t seed, const Outcome& outcome) {
  std::string text = fmt::format(
      "seed {0}; to replay it:\n  PLUMBLINE_SEED={0} PLUMBLINE_SEEDS=1 sim_test "
      "--gtest_filter=Simulation.*\n",
      seed
  );
  for (const std::string& violation : outcome.violations) {
    text += violation + "\n";
  }
  ADD_FAILURE() << text << play(seed, true).story;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace plumbline::simtest
