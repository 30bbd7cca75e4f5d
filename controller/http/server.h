// StatusServer: what a running controller tells and takes over HTTP on a loopback address. Has a
// thread of its own (Boost.Beast); sees only the published Snapshot and a mailbox, never the engine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/engine/snapshot.h"

namespace plumbline {

struct ServerHooks {
  std::function<std::shared_ptr<const Snapshot>()> snapshot;  ///< May give null: not looked yet.
  std::function<void()> sync;                                 ///< POST /v1/sync
  std::function<void(bool is_paused)> pause;                  ///< POST /v1/pause, /v1/resume
};

class StatusServer {
 public:
  /// Binds at once; port 0 picks a free one. Any address but loopback is refused: error() says so.
  StatusServer(const std::string& listen, ServerHooks hooks);
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

/// One blocking GET on a loopback address, for `plumbline status` asking a controller.
struct HttpReply {
  int status = 0;
  std::string body;
};
HttpReply get_loopback(const std::string& address, const std::string& target);

}  // namespace plumbline
