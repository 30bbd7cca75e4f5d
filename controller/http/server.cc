#include "controller/http/server.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "controller/base/check.h"
#include "controller/base/text.h"
#include "controller/http/routes.h"

namespace plumbline {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;

/// How long and how much a refused client may still send before its connection is cut.
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr std::size_t kLingerBytes = std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kAcceptPause{1000};
constexpr std::uint64_t kReplyLimit = 256ULL * 1024 * 1024;

constexpr std::string_view kCrowded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
    "Connection: close\r\n\r\n";

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

/// What all connections share; outlives them, and is touched on the server's thread alone.
struct Shared {
  ServerHooks hooks;
  ServerLimits limits;
  std::size_t open_connections = 0;
};

/// One client's connection; keeps itself alive through its pending operation.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, Shared& shared)
      : stream_(std::move(socket)),
        // What surrounds chunks counts for neither limit of the parser's.
        buffer_(shared.limits.header_bytes + shared.limits.body_bytes),
        shared_(shared) {
    ++shared_.open_connections;
  }
  ~Connection() { --shared_.open_connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read() {
    parser_.emplace();
    parser_->header_limit(shared_.limits.header_bytes);
    parser_->body_limit(shared_.limits.body_bytes);
    // One deadline for header and body together, so that a trickle of bytes does not renew it.
    stream_.expires_after(shared_.limits.deadline);
    http::async_read_header(
        stream_,
        buffer_,
        *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error) {
            self->refuse(error);
          } else if (std::optional<HttpAnswer> refusal = self->refuse_header()) {
            self->send(std::move(*refusal), self->parser_->get().version(), false);
          } else if (self->parser_->get().count(http::field::expect) > 0) {
            // No answer depends on a body, so a client that waits to be asked for one gets its
            // answer at once; whether the body still comes is unknowable, hence the close.
            self->take(false);
          } else {
            self->read_body();
          }
        }
    );
  }

 private:
  void read_body() {
    http::async_read(
        stream_,
        buffer_,
        *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error) {
            self->refuse(error);
          } else {
            self->take(self->parser_->get().keep_alive());
          }
        }
    );
  }

  /// What is wrong with a header, before its body is read: what comes behind the body, a trailer,
  /// is put among the fields, and must not stand in for them.
  [[nodiscard]] std::optional<HttpAnswer> refuse_header() const {
    const auto& request = parser_->get();
    // Beast takes a body in any other coding for none, and what it holds for the next request.
    const std::size_t codings = request.count(http::field::transfer_encoding);
    const std::string_view coding = view(request[http::field::transfer_encoding]);
    if (codings > 1 ||
        (codings == 1 && (to_lower(coding) != "chunked" || request.version() < 11))) {
      return plain_answer(400, "The body of a request may be sent as it is or in chunks.");
    }
    // Two of these are as good as none: each reader could believe another one.
    if (request.count(http::field::origin) > 1) {
      return plain_answer(403, "A request has one origin.");
    }
    const bool has_host = request.count(http::field::host) == 1;
    const bool has_key = request.count(http::field::authorization) == 1;
    auto refusal = refuse_foreign(
        view(request.method_string()),
        has_host ? view(request[http::field::host]) : "",
        view(request[http::field::origin])
    );
    return refusal ? std::move(refusal)
                   : refuse_stranger(
                         view(request.method_string()),
                         view(request.target()),
                         has_key ? view(request[http::field::authorization]) : "",
                         shared_.hooks.order_key
                     );
  }

  void take(bool keeps_alive) {
    const auto& request = parser_->get();
    const std::shared_ptr<const Snapshot> snapshot = shared_.hooks.snapshot();
    send(
        answer_request(
            view(request.method_string()), view(request.target()), snapshot.get(), shared_.hooks
        ),
        request.version(),
        keeps_alive
    );
  }

  /// Says what was wrong with a request that could not be read, unless the client is simply gone.
  void refuse(beast::error_code error) {
    const bool is_malformed =
        error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_malformed || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      return;
    }
    HttpAnswer reply =
        error == http::error::header_limit
            ? plain_answer(431, "The header of a request may not be that long.")
        : error == http::error::body_limit || error == http::error::buffer_overflow
            ? plain_answer(413, "The body of a request may not be that long.")
            : plain_answer(400, "This is not an HTTP request: " + error.message() + ".");
    send(std::move(reply), 11, false);
  }

  void send(HttpAnswer reply, unsigned version, bool keeps_alive) {
    response_ = {};
    response_.version(version);
    response_.result(static_cast<unsigned>(reply.status));
    response_.set(http::field::server, "plumbline");
    response_.set(http::field::content_type, reply.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    response_.set("Content-Security-Policy", content_security_policy());
    if (!reply.allow.empty()) {
      response_.set(http::field::allow, reply.allow);
    }
    response_.content_length(reply.body.size());
    response_.keep_alive(keeps_alive);
    if (parser_->get().method() != http::verb::head) {
      response_.body() = std::move(reply.body);
    }
    stream_.expires_after(shared_.limits.deadline);
    http::async_write(
        stream_,
        response_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error) {
            return;
          }
          if (self->response_.keep_alive()) {
            self->read();
          } else {
            self->linger();
          }
        }
    );
  }

  /// Closing while bytes of the client are unread would reset the connection, and the client could
  /// lose the answer; so they are read, up to a measure.
  void linger() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::min(kLingerTime, shared_.limits.deadline));
    drain();
  }

  void drain() {
    stream_.async_read_some(
        asio::buffer(scrap_),
        [self = shared_from_this()](beast::error_code error, std::size_t size) {
          self->drained_ += size;
          if (!error && self->drained_ < kLingerBytes) {
            self->drain();
          }
        }
    );
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::array<char, 4096> scrap_{};
  std::size_t drained_ = 0;
  Shared& shared_;
};

/// The listening socket and the thread that serves what connects to it.
class Listener {
 public:
  Listener(ServerHooks hooks, ServerLimits limits) : shared_{std::move(hooks), limits} {}
  ~Listener() {
    context_.stop();
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  beast::error_code open(const Tcp::endpoint& endpoint) {
    beast::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
      acceptor_.bind(endpoint, error);
    }
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    return error;
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start() {
    accept();
    thread_ = std::thread([this] { run(); });
  }

 private:
  void run() {
    bool is_over = false;
    while (!is_over) {
      try {
        context_.run();
        is_over = true;
      } catch (const std::exception&) {
        // Only the connection whose handler threw is lost: the others' operations are still
        // pending, and so is accept, which throws nothing of its own.
      }
    }
  }

  void accept() {
    acceptor_.async_accept([this](beast::error_code error, Tcp::socket socket) {
      if (error) {
        // Out of descriptors, most likely; accepting again at once would only burn the processor.
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this](beast::error_code) { accept(); });
        return;
      }
      accept();
      if (shared_.open_connections < shared_.limits.connections) {
        std::make_shared<Connection>(std::move(socket), shared_)->read();
      } else {
        // Fits the empty send buffer of a new connection, so this never blocks.
        beast::error_code ignored;
        socket.non_blocking(true, ignored);
        socket.send(asio::buffer(kCrowded), 0, ignored);
      }
    });
  }

  Shared shared_;
  asio::io_context context_{1};  ///< Ends after everything its handlers hold refers to.
  Tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::thread thread_;
};

}  // namespace

struct StatusServer::Inside {
  void open(const std::string& listen, ServerHooks hooks, ServerLimits limits) {
    const auto place = parse_loopback(listen);
    if (!place || !place->port) {
      error = fmt::format(
          "cannot listen on \"{}\": it must be a loopback address with a port, such as "
          "127.0.0.1:9180, because anyone who reaches it could pause the controller",
          listen
      );
      return;
    }
    const Tcp::endpoint endpoint(asio::ip::make_address(place->host), *place->port);
    listener = std::make_unique<Listener>(std::move(hooks), limits);
    if (const beast::error_code refusal = listener->open(endpoint)) {
      error = fmt::format("cannot listen on {}: {}", listen, refusal.message());
      return;
    }
    const std::string_view form = endpoint.address().is_v6() ? "[{}]:{}" : "{}:{}";
    address = fmt::format(fmt::runtime(form), place->host, listener->port());
    listener->start();
  }

  std::string error, address;
  std::unique_ptr<Listener> listener;
};

StatusServer::StatusServer(const std::string& listen, ServerHooks hooks, ServerLimits limits)
    : inside_(std::make_unique<Inside>()) {
  PLUMBLINE_CHECK(hooks.snapshot && hooks.sync && hooks.pause);
  try {
    inside_->open(listen, std::move(hooks), limits);
  } catch (const std::exception& problem) {
    inside_->error = fmt::format("cannot listen on {}: {}", listen, problem.what());
  }
}

StatusServer::~StatusServer() = default;

const std::string& StatusServer::error() const {
  return inside_->error;
}

std::string StatusServer::address() const {
  return inside_->address;
}

namespace {

/// The steps of get_loopback; each starts the next one.
class Exchange {
 public:
  Exchange(const std::string& address, const std::string& target) {
    request_.method(http::verb::get);
    request_.target(target);
    request_.version(11);
    request_.set(http::field::host, address);
    request_.set(http::field::connection, "close");
    parser_.body_limit(kReplyLimit);
  }

  HttpReply run(const Tcp::endpoint& endpoint, std::chrono::milliseconds deadline) {
    stream_.expires_after(deadline);
    stream_.async_connect(endpoint, [this](beast::error_code error) {
      if (!error) {
        write();
      }
    });
    context_.run();
    return std::move(reply_);
  }

 private:
  void write() {
    http::async_write(stream_, request_, [this](beast::error_code error, std::size_t) {
      if (!error) {
        read();
      }
    });
  }

  void read() {
    http::async_read(stream_, buffer_, parser_, [this](beast::error_code error, std::size_t) {
      if (!error) {
        reply_.status = static_cast<int>(parser_.get().result_int());
        reply_.body = std::move(parser_.get().body());
      }
    });
  }

  asio::io_context context_{1};
  beast::tcp_stream stream_{context_};
  beast::flat_buffer buffer_;
  http::request<http::empty_body> request_;
  http::response_parser<http::string_body> parser_;
  HttpReply reply_;
};

}  // namespace

HttpReply get_loopback(
    const std::string& address, const std::string& target, std::chrono::milliseconds deadline
) {
  const auto place = parse_loopback(address);
  if (!place || !place->port) {
    return {};
  }
  try {
    Exchange exchange(address, target);
    return exchange.run({asio::ip::make_address(place->host), *place->port}, deadline);
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace plumbline
