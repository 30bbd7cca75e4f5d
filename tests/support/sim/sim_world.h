// A whole simulated world for the simulation tests: one AWS, one disk, one network, and processes
// that come and go: the shipped engine, loop, signer, codecs and store, on fake time and dice.
// Owned by each test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/config/manifest.h"
#include "controller/engine/loop.h"
#include "tests/support/engine/fake_wire.h"
#include "tests/support/sim/depot.h"
#include "tests/support/sim/net.h"

namespace plumbline::simtest {

/// One process and what happens to it.
struct ProcessPlan {
  RunMode mode = RunMode::kApply;
  std::shared_ptr<const Manifest> manifest;
  FaultScript faults;
  DiskPlan disk;
  int parallelism = 10;
  int dies_at = 0, sleeps_at = 0;  ///< Moments; 0 = never.
  std::function<void()> while_asleep;
  std::function<void()> on_wait;
  bool is_approved = true;
};

struct ProcessReport {
  RunResult result;
  bool has_died = false;
  bool is_endless = false;
  int moments = 0;
  int mutations = 0;  ///< Changing requests that were sent.
  int accepted = 0;   ///< Those of them that AWS did not refuse.
  std::string plan;   ///< As rendered, when the world keeps its story.

  [[nodiscard]] bool is_clean() const {
    return !has_died && !is_endless && result.is_complete && result.failures.empty();
  }
  [[nodiscard]] std::string why() const;
};

struct WorldOptions {
  std::uint64_t seed = 1;
  Duration lag{0};     ///< Of replicas that answer reads.
  std::string folder;  ///< Of the state; "" = in memory.
  bool keeps_story = false;
  Duration signature_life = std::chrono::minutes(5);
  bool hides_owner_filter = false;
  bool loses_intents = false;
};

class SimWorld {
 public:
  explicit SimWorld(const WorldOptions& options);
  ~SimWorld();
  SimWorld(const SimWorld&) = delete;
  SimWorld& operator=(const SimWorld&) = delete;

  ProcessReport run(const ProcessPlan& plan);
  /// A call by a human with the console; false when AWS refuses.
  bool call(const std::string& service, const std::string& action, Value request);
  /// How many objects carry each address of ours.
  [[nodiscard]] std::map<std::string, int> owned() const;
  /// The physical id of an address on the disk; "" when there is none.
  std::string id_of(const std::string& address);
  /// Lets everything that travels arrive, and its signature die.
  void settle();
  void tell(const std::string& line);

  FakeClock& truth() { return truth_; }
  LocalClock& local() { return local_; }
  Checkers& checkers() { return *checkers_; }
  Net& net() { return *net_; }
  Depot& depot() { return *depot_; }
  SeededRandom& dice() { return dice_; }
  sim::Simulator& aws() { return *aws_; }
  [[nodiscard]] const std::string& story() const { return story_; }

 private:
  struct Office;

  WorldOptions options_;
  FakeClock truth_;
  LocalClock local_;
  SeededRandom random_;  ///< What processes draw.
  SeededRandom dice_;    ///< What fate draws.
  std::unique_ptr<sim::Simulator> aws_;
  std::unique_ptr<Checkers> checkers_;
  std::unique_ptr<Net> net_;
  std::unique_ptr<Depot> depot_;
  std::string story_;
};

const Catalog& sim_catalog();

}  // namespace plumbline::simtest
