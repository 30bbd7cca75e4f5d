// The wire seam: starts requests, hands back what came of them. One thread owns a Transport; only
// wake() may be called from elsewhere. A Transport NEVER sends a request twice: not on a dead
// keep-alive connection, not after a redirect, not through a proxy.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "controller/aws/call.h"

namespace plumbline {

struct SendOptions {
  Duration connect_timeout = std::chrono::seconds(5);
  Duration total_timeout = std::chrono::seconds(60);
  bool is_mutating = false;
};

/// kNotSent: no byte of the request can have been acted on. kUnknownOutcome: it may have been.
/// Anything else is not produced by a Transport.
struct Completion {
  std::uint64_t id = 0;
  Result<HttpResponse> response;
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Queues the request; its Completion, with the same `id`, comes out of a later wait(). `id`s are
  /// the caller's and unique among requests in flight.
  virtual void send(std::uint64_t id, HttpRequest request, const SendOptions& options) = 0;
  /// Moves bytes until at least one request completes, `limit` passes, or wake() is called.
  virtual std::vector<Completion> wait(Duration limit) = 0;
  /// Makes a wait() in progress, or the next one, return. Thread- and signal-safe.
  virtual void wake() = 0;
};

}  // namespace plumbline
