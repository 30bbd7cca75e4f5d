// A loopback HTTP/1.1 server (Boost.Beast) around a Simulator. Refuses any address but loopback.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "simulator/simulator.h"

namespace plumbline::sim {

class Server {
 public:
  /// Binds at once ("127.0.0.1:0" picks a free port); throws nothing: `error()` says why not.
  Server(Simulator& simulator, const std::string& listen);
  ~Server();
  [[nodiscard]] const std::string& error() const;
  [[nodiscard]] std::uint16_t port() const;
  /// Serves until stop(); the calling thread does all the work.
  void run();
  /// Thread- and signal-safe.
  void stop();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace plumbline::sim
