// The whole simulated AWS behind one function, without sockets: tests call it in process with a
// fake clock; simulator/server.h puts it on a loopback port.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/service.h"

namespace plumbline::sim {

struct HttpRequest {
  std::string method, target;                       ///< Target: path and query as on the wire.
  std::multimap<std::string, std::string> headers;  ///< Lower-case names.
  std::string body;
};

struct HttpResponse {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  /// Set by fault injection: the server closes the connection instead of answering.
  bool drop_connection = false;
  /// Set by fault injection: the server waits this long before it answers.
  Duration delay{0};
};

/// The key that every simulator knows; it belongs to account 123456789012.
inline constexpr std::string_view kWellKnownKey = "AKIAIOSFODNN7EXAMPLE";

struct Options {
  std::uint64_t seed = 1;
  double time_scale = 1;   ///< 60: an hour passes in a minute.
  std::string world_file;  ///< Loaded at start if it exists, saved after every mutating call.
  bool verify_signatures = true;
  /// Accepted keys besides the well-known one.
  struct Key {
    std::string id, secret, account;
  };
  std::vector<Key> keys;
  /// "throttle=0.1,error=0.05,drop=0.01,delay=50ms": probabilities per request, from the seed.
  std::string faults;
  /// How far back handle_as_of() can look; 0: not at all, and nothing is kept for it.
  Duration memory{0};
};

/// One permission that was looked for, by a key that has policies.
struct AccessAsked {
  std::string operation;         ///< What was called: "lambda:CreateFunction".
  std::string action, resource;  ///< What it takes: "iam:PassRole" on a role.
  bool is_allowed = false;
};

class Simulator {
 public:
  Simulator(Clock& clock, Options options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  /// Why the options or the world file are not usable; "" when all is well. While it says
  /// something, every request is answered with status 500.
  [[nodiscard]] const std::string& error() const;
  HttpResponse handle(const HttpRequest& request);
  /// A read, answered by a replica that has not heard of anything younger than `age`: what EC2 and
  /// IAM call eventual consistency. Takes effect on nothing. Needs Options::memory.
  HttpResponse handle_as_of(const HttpRequest& request, Duration age);
  /// From now on the key may do what these policies (JSON) allow and nothing else, and sessions of
  /// roles what their roles' policies allow. Without documents it may do everything again. Returns
  /// why a document is of no use; "" when all are taken.
  std::string restrict(const std::string& key_id, const std::vector<std::string>& documents);
  /// For checks: every live object as {service, account, region, type, id, tags}.
  [[nodiscard]] std::vector<Value> objects() const;
  /// (service, action, was it mutating) of every request so far, in order.
  struct Logged {
    std::string service, action;
    bool is_mutating;
    int status;
  };
  [[nodiscard]] const std::vector<Logged>& log() const;
  /// Every permission that was looked for so far, in order.
  [[nodiscard]] const std::vector<AccessAsked>& asked() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace plumbline::sim
