// What goes wrong on purpose: each request draws from the seed whether it is throttled, fails, or
// loses its reply. The same seed and the same order of requests give the same faults.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/base/env.h"
#include "controller/base/result.h"
#include "simulator/service.h"
#include "simulator/wire.h"

namespace plumbline::sim {

struct FaultRates {
  double throttle = 0, error = 0, drop = 0;
  Duration delay{0};
};

/// Reads "throttle=0.1,error=0.05,drop=0.01,delay=50ms"; "" is no faults.
Result<FaultRates> parse_faults(std::string_view text);

/// What happens to one request. The "after" ones take effect and only their answer is lost: what a
/// client sees is the same, what it must conclude is not.
enum class Mishap { kNone, kThrottle, kErrorBefore, kErrorAfter, kDropBefore, kDropAfter };

class Faults {
 public:
  Faults(const FaultRates& rates, std::uint64_t seed) : rates_(rates), state_(seed) {}
  Mishap next();

 private:
  double draw();
  FaultRates rates_;
  std::uint64_t state_;
};

Fault throttle_fault(const Wire& wire);
Fault server_fault(const Wire& wire);

}  // namespace plumbline::sim
