#include "simulator/server.h"

#include <cstdlib>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <sys/eventfd.h>
#include <unistd.h>

#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;

constexpr std::uint32_t kHeaderLimit = 64 * 1024;
/// A Lambda package of 50 MB is 67 MB in base64.
constexpr std::uint64_t kBodyLimit = 70ULL * 1024 * 1024;
constexpr auto kIdle = std::chrono::minutes(2);

/// One client's connection; keeps itself alive through its pending operations.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, Simulator& simulator)
      : stream_(std::move(socket)), timer_(stream_.get_executor()), simulator_(simulator) {}

  void read() {
    parser_.emplace();
    parser_->header_limit(kHeaderLimit);
    parser_->body_limit(kBodyLimit);
    stream_.expires_after(kIdle);
    http::async_read_header(
        stream_,
        buffer_,
        *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error) {
            self->refuse(error);
          } else {
            self->read_body();
          }
        }
    );
  }

 private:
  void read_body() {
    // Clients that send large bodies wait for this word before they go on.
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
      const auto go_on = std::make_shared<http::response<http::empty_body>>(
          http::status::continue_, parser_->get().version()
      );
      http::async_write(
          stream_,
          *go_on,
          [self = shared_from_this(), go_on](beast::error_code error, std::size_t) {
            if (!error) {
              self->read_rest();
            }
          }
      );
      return;
    }
    read_rest();
  }

  void read_rest() {
    http::async_read(
        stream_,
        buffer_,
        *parser_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error) {
            self->refuse(error);
          } else {
            self->answer();
          }
        }
    );
  }

  void answer() {
    const auto& message = parser_->get();
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.body = message.body();
    for (const auto& field : message) {
      request.headers.emplace(
          to_lower({field.name_string().data(), field.name_string().size()}),
          std::string(field.value())
      );
    }
    HttpResponse reply = simulator_.handle(request);
    if (reply.delay.count() == 0) {
      deliver(reply);
      return;
    }
    timer_.expires_after(reply.delay);
    timer_.async_wait([self = shared_from_this(), reply](beast::error_code) {
      self->deliver(reply);
    });
  }

  void deliver(const HttpResponse& reply) {
    if (reply.drop_connection) {
      close();
      return;
    }
    const auto& request = parser_->get();
    response_.emplace(http::int_to_status(static_cast<unsigned>(reply.status)), request.version());
    response_->result(static_cast<unsigned>(reply.status));
    for (const auto& [name, text] : reply.headers) {
      response_->set(name, text);
    }
    response_->set(http::field::server, "plumbline-simulator");
    response_->body() = reply.body;
    response_->keep_alive(request.keep_alive());
    if (reply.status == 204) {
      response_->erase(http::field::content_type);
    } else {
      response_->prepare_payload();
    }
    send();
  }

  /// Says what was wrong with a request that could not be read, unless the client is simply gone.
  void refuse(beast::error_code error) {
    const bool is_malformed =
        error.category() == http::make_error_code(http::error::bad_method).category();
    if (!is_malformed || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      return;
    }
    const auto status = error == http::error::body_limit ? http::status::payload_too_large
                        : error == http::error::header_limit
                            ? http::status::request_header_fields_too_large
                            : http::status::bad_request;
    response_.emplace(status, 11);
    response_->keep_alive(false);
    response_->prepare_payload();
    send();
  }

  void send() {
    http::async_write(
        stream_,
        *response_,
        [self = shared_from_this()](beast::error_code error, std::size_t) {
          if (error || !self->response_->keep_alive()) {
            self->close();
          } else {
            self->read();
          }
        }
    );
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  asio::steady_timer timer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  Simulator& simulator_;
};

}  // namespace

struct Server::Inside {
  explicit Inside(Simulator& served) : simulator(served), acceptor(context), waker(context) {}

  void open(const std::string& listen);
  void accept();
  void wait_for_stop();

  Simulator& simulator;
  asio::io_context context{1};
  Tcp::acceptor acceptor;
  asio::posix::stream_descriptor waker;
  int wake_file = -1;  ///< Owned by `waker`; stop() writes to it, which a signal handler may.
  std::uint64_t wake_count = 0;
  std::string error;
  std::uint16_t port = 0;
};

void Server::Inside::open(const std::string& listen) {
  const auto colon = listen.rfind(':');
  std::string host = listen.substr(0, colon == std::string::npos ? 0 : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  const std::string digits = colon == std::string::npos ? "" : listen.substr(colon + 1);
  const bool is_number = !digits.empty() && digits.size() < 6 &&
                         digits.find_first_not_of("0123456789") == std::string::npos;
  const int number = is_number ? std::atoi(digits.c_str()) : -1;
  beast::error_code failure;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failure);
  if (failure || number < 0 || number > 65535) {
    error = "Cannot listen on '" + listen + "': write an address and a port, as in 127.0.0.1:5631.";
    return;
  }
  if (!address.is_loopback()) {
    error = "Will not listen on '" + listen + "': only loopback addresses are served.";
    return;
  }
  const Tcp::endpoint endpoint(address, static_cast<std::uint16_t>(number));
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) {
    acceptor.set_option(asio::socket_base::reuse_address(true), failure);
  }
  if (!failure) {
    acceptor.bind(endpoint, failure);
  }
  if (!failure) {
    acceptor.listen(asio::socket_base::max_listen_connections, failure);
  }
  const auto bound = failure ? endpoint : acceptor.local_endpoint(failure);
  wake_file = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (!failure) {
    waker.assign(wake_file, failure);
  }
  if (failure) {
    error = "Cannot listen on '" + listen + "': " + failure.message() + ".";
    return;
  }
  port = bound.port();
}

void Server::Inside::accept() {
  acceptor.async_accept([this](beast::error_code failure, Tcp::socket socket) {
    if (!failure) {
      beast::error_code ignored;
      socket.set_option(Tcp::no_delay(true), ignored);
      std::make_shared<Connection>(std::move(socket), simulator)->read();
    }
    if (acceptor.is_open()) {
      accept();
    }
  });
}

void Server::Inside::wait_for_stop() {
  waker.async_read_some(
      asio::buffer(&wake_count, sizeof(wake_count)),
      [this](beast::error_code, std::size_t) { context.stop(); }
  );
}

Server::Server(Simulator& simulator, const std::string& listen)
    : inside_(std::make_unique<Inside>(simulator)) {
  inside_->open(listen);
}
Server::~Server() = default;

const std::string& Server::error() const {
  return inside_->error;
}
std::uint16_t Server::port() const {
  return inside_->port;
}

void Server::run() {
  if (!inside_->error.empty()) {
    return;
  }
  inside_->accept();
  inside_->wait_for_stop();
  inside_->context.run();
}

void Server::stop() {
  const std::uint64_t one = 1;
  if (inside_->wake_file >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(inside_->wake_file, &one, sizeof(one));
  }
}

}  // namespace plumbline::sim
