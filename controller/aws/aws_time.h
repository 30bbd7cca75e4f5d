// AwsTime: what time it is at AWS, as far as its answers tell. Every answer proves that AWS's clock
// had reached its Date when it was written, so the latest of them plus the time since it came is
// never ahead of AWS, however our own clock is set. Owned by the Loop; fences are judged by it.
#pragma once

#include <optional>

#include "controller/aws/call.h"
#include "controller/base/env.h"

namespace plumbline {

class AwsTime {
 public:
  /// `elapsed`: when the answer came. Answers of broken gateways (5xx) prove nothing.
  void learn(const HttpResponse& response, Duration elapsed);
  /// The local clock's time until the first answer.
  [[nodiscard]] Timestamp now(Timestamp local_time, Duration elapsed) const {
    return at_start_ ? *at_start_ + elapsed : local_time;
  }

 private:
  std::optional<Timestamp> at_start_;  ///< AWS's time when `elapsed` was zero, at the earliest.
};

}  // namespace plumbline
