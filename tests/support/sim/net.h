// The wire of simulated processes and the network behind it: requests reach the simulated AWS in
// process, and dice decide what is lost, late, cut, garbled, stale or refused on the way. Owned by
// a SimWorld: one Net for a world, one SimWire for a process.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/aws/transport.h"
#include "simulator/simulator.h"
#include "tests/support/engine/clocks.h"
#include "tests/support/sim/checkers.h"
#include "tests/support/sim/moments.h"

namespace plumbline::simtest {

/// What happens to one request. "After" ones take effect.
enum class Mishap {
  kNone,
  kNotSent,
  kLostBefore,
  kLostAfter,
  kErrorBefore,
  kErrorAfter,
  kThrottled,
  kLate,       ///< Lost, and takes effect a while later.
  kSlow,       ///< Answered after most of a minute.
  kCut,        ///< The reply ends in its middle.
  kHtml,       ///< The reply is a page of some proxy, with status 200.
  kWrongRoot,  ///< The reply is well formed and of another call.
  kEmpty,
  kHollow,    ///< The reply has the right form and says nothing.
  kExpired,   ///< The credentials count as expired.
  kStale,     ///< Answered by a replica that is behind. Reads only.
  kRepeated,  ///< The reply to the same question asked before. Reads only.
};
inline constexpr int kMishaps = static_cast<int>(Mishap::kRepeated) + 1;
std::string_view name_of(Mishap mishap);

struct Asked {
  std::string service, action;
  bool is_mutating = false;
  int number = 0;  ///< Among the mutating (or the reading) requests of this process, from 1.
};
using FaultScript = std::function<Mishap(const Asked&)>;

/// What outlives processes.
class Net {
 public:
  Net(FakeClock& clock, sim::Simulator& aws, Checkers& checkers, Random& dice)
      : clock_(clock), aws_(aws), checkers_(checkers), dice_(dice) {}

  Result<HttpResponse> carry(const sim::HttpRequest& request, const Asked& asked, Mishap mishap);
  /// Lets what is due take effect.
  void deliver_late();
  /// Lets time pass until nothing travels any more.
  void settle();

  /// How far behind a replica may be.
  Duration lag{0};
  /// Rules that are broken on purpose: filters by our owner tag find nothing; nothing is kept of
  /// what the checkers should see.
  bool hides_owner_filter = false;
  /// Looks at the whole world after every n-th change; 0 = never.
  int looks_every = 1;

 private:
  struct Late {
    Duration due;
    sim::HttpRequest request;
  };
  HttpResponse execute(const sim::HttpRequest& request, bool is_mutating);
  HttpResponse spoil(HttpResponse response, Mishap mishap);

  FakeClock& clock_;
  sim::Simulator& aws_;
  Checkers& checkers_;
  Random& dice_;
  std::vector<Late> late_;
  std::map<std::string, HttpResponse> answered_;  ///< Reads, by what was asked.
  int changes_ = 0;
};

class SimWire final : public Transport {
 public:
  struct Parts {
    FakeClock& clock;
    Net& net;
    Checkers& checkers;
    Moments& moments;
    Random& dice;
    std::uint64_t process;
  };
  SimWire(Parts parts, FaultScript script) : parts_(parts), script_(std::move(script)) {}

  void send(std::uint64_t id, HttpRequest request, const SendOptions& options) override;
  std::vector<Completion> wait(Duration limit) override;
  void wake() override {}

  [[nodiscard]] int mutations() const { return mutations_; }
  [[nodiscard]] int accepted() const { return accepted_; }
  /// One line for every request that changes things or meets a mishap, when wanted.
  std::function<void(const std::string&)> on_line;
  /// Called after each wait.
  std::function<void()> on_wait;

 private:
  struct Pending {
    Duration due;
    Completion completion;
  };
  Parts parts_;
  FaultScript script_;
  std::vector<Pending> pending_;
  int mutations_ = 0, accepted_ = 0, reads_ = 0;
};

}  // namespace plumbline::simtest
