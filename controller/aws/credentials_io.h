// CredentialIo: how the fetching of credentials waits. Each awaitable becomes a request, a program
// or a pause; whoever drives it (CredentialKeeper, and behind that the loop or a test) brings back
// what came of it. One thread; no clock, no socket, no file of its own.
#pragma once

#include <coroutine>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "controller/aws/process.h"
#include "controller/aws/transport.h"
#include "controller/base/task.h"

namespace plumbline {

/// Small files with tokens in them: the fourth seam of credentials beside Clock, Transport and
/// ProcessRunner. Paths may begin with "~/".
class CredentialFiles {
 public:
  virtual ~CredentialFiles() = default;
  /// At most 64 KiB. kNotFound when there is no such file, kIo when it cannot be read.
  virtual Result<std::string> read(const std::string& path) = 0;
  /// All of it or nothing, readable by its owner alone.
  virtual Status replace(const std::string& path, const std::string& text) = 0;
};
std::unique_ptr<CredentialFiles> make_credential_files(std::string home);

/// A request to be sent, unsigned or signed, as it is.
struct CredentialRequest {
  std::uint64_t id = 0;
  HttpRequest request;
  SendOptions options;
};

class CredentialIo {
 public:
  CredentialIo(CredentialFiles& files, ProcessRunner& processes)
      : files_(files), processes_(processes) {}

  struct Exchange {
    CredentialIo& io;
    CredentialRequest outgoing;
    Result<HttpResponse> response = Error{};
    std::coroutine_handle<> waiter{};
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    Result<HttpResponse> await_resume() { return std::move(response); }
  };
  struct Run {
    CredentialIo& io;
    std::vector<std::string> argv;
    Result<ProcessOutput> output = Error{};
    std::coroutine_handle<> waiter{};
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle);
    Result<ProcessOutput> await_resume() { return std::move(output); }
  };
  struct Pause {
    CredentialIo& io;
    Duration after;
    static bool await_ready() { return false; }
    void await_suspend(std::coroutine_handle<> handle) const;
    static void await_resume() {}
  };

  Exchange send(HttpRequest request, const SendOptions& options) {
    return Exchange{*this, {0, std::move(request), options}};
  }
  Run run(std::vector<std::string> argv) { return Run{*this, std::move(argv)}; }
  Pause pause(Duration after) { return Pause{*this, after}; }
  CredentialFiles& files() { return files_; }
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] Duration elapsed() const { return elapsed_; }

  // --- for whoever drives it
  // -----------------------------------------------------------------------

  /// Ids of requests are above this one, so that they can share a Transport with others.
  static constexpr std::uint64_t kFirstId = std::uint64_t{1} << 63;

  void set_time(Timestamp now, Duration elapsed) {
    now_ = now;
    elapsed_ = elapsed;
  }
  std::vector<CredentialRequest> take_requests() { return std::exchange(requests_, {}); }
  void on(Completion completion);
  /// Goes on with what waited for a pause or a program that is over.
  void tend();

 private:
  CredentialFiles& files_;
  ProcessRunner& processes_;
  std::uint64_t last_id_ = kFirstId;
  Timestamp now_{};
  Duration elapsed_{0};
  std::vector<CredentialRequest> requests_;
  std::map<std::uint64_t, Exchange*> exchanges_;
  std::map<std::uint64_t, Run*> runs_;
  std::multimap<Duration, std::coroutine_handle<>> pauses_;
};

}  // namespace plumbline
