// A small HTTP/1.1 server on a loopback port for tests of the transport: it counts what it receives
// and misbehaves on request. Plain sockets, one thread a connection; knows no HTTP client.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace plumbline {

/// What the server does with one request.
struct Answer {
  enum class Then {
    kKeepOpen,  ///< Serves the next request of the connection.
    kClose,     ///< Closes in order (FIN).
    kReset,     ///< Closes with RST.
    kHold,      ///< Says nothing more until the client goes away or the server ends.
  };
  std::string bytes;  ///< Written as they are; may be empty or broken.
  Then then = Then::kKeepOpen;
};

/// One request as it came in.
struct Received {
  std::string text;              ///< Head and body.
  int number_on_connection = 0;  ///< Counts from 1.
  int number = 0;                ///< Over all connections; counts from 1.
};

class LoopbackServer {
 public:
  using Handler = std::function<Answer(const Received&)>;

  explicit LoopbackServer(Handler handler);
  /// Reads so many bytes of a connection, and then goes away: by `then`, which is kClose or kReset.
  LoopbackServer(std::size_t bytes_read, Answer::Then then);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  /// "127.0.0.1:port"
  [[nodiscard]] std::string host() const;
  [[nodiscard]] std::vector<std::string> requests() const;
  [[nodiscard]] int request_count() const { return request_count_; }
  [[nodiscard]] int connection_count() const { return connection_count_; }
  [[nodiscard]] int open_connections() const { return open_; }
  [[nodiscard]] int open_connections_max() const { return open_max_; }

 private:
  LoopbackServer(Handler handler, std::size_t bytes_read, Answer::Then then);
  void accept_all();
  void serve(int socket);
  bool read_request(int socket, std::string& buffer, std::string& request) const;
  void listen_to_some(int socket) const;

  Handler handler_;
  std::size_t bytes_read_;  ///< When there is no handler.
  Answer::Then then_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> request_count_{0};
  std::atomic<int> connection_count_{0};
  std::atomic<int> open_{0};
  std::atomic<int> open_max_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// "HTTP/1.1 200 OK" with this body and its length.
std::string ok(const std::string& body);

}  // namespace plumbline
