// The wire of engine tests: requests reach the simulator in process, replies take time that a fake
// clock makes pass, and a script says which of them go wrong and how. Checks on the way that the
// intent of every mutating request was committed before it. Owned by TestWorld.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/aws/transport.h"
#include "simulator/simulator.h"
#include "state/store.h"
#include "tests/support/engine/clocks.h"

namespace plumbline {

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

inline constexpr std::chrono::seconds kAskedPause{40};

/// What happens to one request.
enum class Mishap {
  kNone,
  kNotSent,      ///< The connection fails before a byte leaves.
  kLostBefore,   ///< The connection breaks; nothing was done.
  kLostAfter,    ///< The connection breaks; all was done.
  kErrorBefore,  ///< Status 500; nothing was done.
  kErrorAfter,   ///< Status 500; all was done.
  kThrottled,
  kAskedToWait,  ///< Throttled, with Retry-After: kAskedPause.
  kEmpty,        ///< Status 200 and no body; all was done.
  kHollow,       ///< Status 200 and a body of the right form that says nothing; all was done.
  kStale,        ///< What the same request was answered last, as by a replica that lags.
  kLate,         ///< The connection breaks; what was asked is done a minute and a half later.
};

struct Seen {
  std::string service, action;
  bool is_mutating = false;
  int number = 0;  ///< Among the mutating (or the reading) requests of this run, from 1.
};
using FaultScript = std::function<Mishap(const Seen&)>;

/// The outermost element or object of a reply and nothing inside.
std::string hollow(const std::string& body);

/// Thrown through the loop: the process is gone from here on.
struct Crash {};

/// Counts the moments at which a crash could matter, and crashes at the chosen one.
class Fate {
 public:
  void reset(int crash_at) {
    moment_ = 0;
    crash_at_ = crash_at;
  }
  void moment() {
    if (++moment_ == crash_at_) {
      throw Crash();
    }
  }
  [[nodiscard]] int moments() const { return moment_; }

 private:
  int moment_ = 0;
  int crash_at_ = -1;
};

/// A store in memory that a test can break; keeps the journal for the wire to check against.
class FakeStore final : public Store {
 public:
  FakeStore(Clock& clock, Random& random, Fate& fate);
  Result<StateImage> load() override { return store_->load(); }
  Status commit(const Batch& batch, Timestamp at) override;
  Status bind(const std::string& stack, const std::string& account_id) override;
  Result<std::vector<AuditRecord>> audit(std::size_t newest) override {
    return store_->audit(newest);
  }
  Status copy_to(const std::string& path) override { return store_->copy_to(path); }

  /// The n-th commit from now and all that follow fail; 0 = none.
  void break_at(int commit);
  /// Takes an intent of this service off the journal of what may be sent; false when there is none.
  bool use_intent(const std::string& service, const std::string& action);
  void forget_unsent() { sendable_.clear(); }
  /// Another state in its place.
  void replace(std::unique_ptr<Store> store) { store_ = std::move(store); }

 private:
  void check(const Batch& batch) const;

  std::unique_ptr<Store> store_;
  Fate& fate_;
  std::multimap<std::string, std::string> sendable_;
  int commits_ = 0, break_at_ = 0;
};

class FakeWire final : public Transport {
 public:
  FakeWire(FakeClock& clock, sim::Simulator& simulator, FakeStore& store, Fate& fate)
      : clock_(clock), simulator_(simulator), store_(store), fate_(fate) {}

  void send(std::uint64_t id, HttpRequest request, const SendOptions& options) override;
  std::vector<Completion> wait(Duration limit) override;
  void wake() override {}

  /// A new process: nothing of the old one's is in flight but what travels late.
  void reset(FaultScript script);
  /// Lets what travels late arrive.
  void settle();
  [[nodiscard]] int mutations() const { return mutations_; }
  [[nodiscard]] const std::vector<std::string>& actions() const { return actions_; }

 private:
  struct Pending {
    Duration due;
    Completion completion;
  };
  struct Late {
    Duration due;
    sim::HttpRequest request;
  };
  Result<HttpResponse> carry_out(const sim::HttpRequest& request, Mishap mishap);
  void deliver_late();

  FakeClock& clock_;
  sim::Simulator& simulator_;
  FakeStore& store_;
  Fate& fate_;
  FaultScript script_;
  std::vector<Pending> pending_;
  std::vector<Late> late_;
  std::map<std::string, HttpResponse> answered_;  ///< What each request was answered last.
  std::vector<std::string> actions_;              ///< Of mutating requests, in order.
  int mutations_ = 0, reads_ = 0;
};

/// A request as the simulator takes it.
sim::HttpRequest to_simulator(const HttpRequest& request);
HttpResponse from_simulator(const sim::HttpResponse& response);

/// In every secret of every test; must turn up nowhere but on the wire.
inline constexpr char kCanary[] = "canary-5f1c0ffee";

}  // namespace plumbline
