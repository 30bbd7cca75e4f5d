// StatusServer: what a running controller tells and takes over HTTP on a loopback address. Has a
// thread of its own (Boost.Beast); sees only the published Snapshot and a mailbox, never the
// engine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/base/secret_text.h"
#include "controller/engine/snapshot.h"

namespace plumbline {

/// What the server may do for the outside. The functions must all be set; they are called on the
/// server's own thread.
struct ServerHooks {
  std::function<std::shared_ptr<const Snapshot>()> snapshot;  ///< May give null: not looked yet.
  std::function<void()> sync;                                 ///< POST /v1/sync
  std::function<void(bool is_paused)> pause;                  ///< POST /v1/pause, /v1/resume
  /// What a POST must show, `Authorization: Bearer KEY`; empty = nobody gives orders.
  SecretText order_key{};
};

/// What one client may take; a request that needs more is refused or its connection closed.
struct ServerLimits {
  std::chrono::milliseconds deadline{5'000};  ///< To send a request, to take a reply, to idle.
  std::size_t connections = 64;
  std::uint32_t header_bytes = 8 * 1024;
  std::uint64_t body_bytes = std::uint64_t{64} * 1024;
};

class StatusServer {
 public:
  /// Binds at once; port 0 picks a free one. Any address but loopback is refused: error() says so.
  StatusServer(const std::string& listen, ServerHooks hooks, ServerLimits limits = {});
  /// Stops and joins.
  ~StatusServer();
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;

  [[nodiscard]] const std::string& error() const;
  [[nodiscard]] std::string address() const;  ///< "127.0.0.1:9180"

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

struct HttpReply {
  int status = 0;  ///< 0 when no answer was had.
  std::string body;
};
/// One blocking GET on a loopback "host:port", for `plumbline status` asking a controller. Any
/// other address is not asked at all. The deadline is for the whole exchange.
HttpReply get_loopback(
    const std::string& address,
    const std::string& target,
    std::chrono::milliseconds deadline = std::chrono::seconds(3)
);

}  // namespace plumbline
