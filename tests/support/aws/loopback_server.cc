#include "tests/support/aws/loopback_server.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/check.h"
#include "controller/base/text.h"

namespace plumbline {
namespace {

std::size_t content_length(const std::string& head) {
  const std::string lower = to_lower(head);
  const std::size_t at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 17));
}

void write_all(int socket, const std::string& bytes) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n = ::send(socket, bytes.data() + written, bytes.size() - written, MSG_NOSIGNAL);
    if (n <= 0) {
      return;
    }
    written += static_cast<std::size_t>(n);
  }
}

void reset_on_close(int socket) {
  const linger abort_on_close{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof(abort_on_close));
}

void hold_until_peer_leaves(int socket) {
  std::array<char, 256> rest{};
  while (::recv(socket, rest.data(), rest.size(), 0) > 0) {
  }
}

}  // namespace

LoopbackServer::LoopbackServer(Handler handler)
    : LoopbackServer(std::move(handler), 0, Answer::Then::kClose) {}

LoopbackServer::LoopbackServer(std::size_t bytes_read, Answer::Then then)
    : LoopbackServer(Handler(), bytes_read, then) {}

LoopbackServer::LoopbackServer(Handler handler, std::size_t bytes_read, Answer::Then then)
    : handler_(std::move(handler)),
      bytes_read_(bytes_read),
      then_(then),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof(address);
  PLUMBLINE_CHECK(::bind(listener_, raw, length) == 0);
  PLUMBLINE_CHECK(::listen(listener_, 128) == 0);
  PLUMBLINE_CHECK(::getsockname(listener_, raw, &length) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
  ::close(listener_);
}

std::string LoopbackServer::host() const {
  return "127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void LoopbackServer::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) {
      return;
    }
    ++connection_count_;
    open_max_ = std::max<int>(open_max_, ++open_);
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void LoopbackServer::serve(int socket) {
  std::string buffer;
  Received received;
  bool is_open = handler_ != nullptr;
  if (!is_open) {
    listen_to_some(socket);
  }
  while (is_open && read_request(socket, buffer, received.text)) {
    ++received.number_on_connection;
    received.number = ++request_count_;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(received.text);
    }
    const Answer answer = handler_(received);
    write_all(socket, answer.bytes);
    is_open = answer.then == Answer::Then::kKeepOpen;
    if (answer.then == Answer::Then::kHold) {
      hold_until_peer_leaves(socket);
    } else if (answer.then == Answer::Then::kReset) {
      reset_on_close(socket);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase(sockets_, socket);
    ::close(socket);
  }
  --open_;
}

void LoopbackServer::listen_to_some(int socket) const {
  std::array<char, 1024> chunk{};
  std::size_t left = bytes_read_;
  while (left > 0) {
    const ssize_t n = ::recv(socket, chunk.data(), std::min(left, chunk.size()), 0);
    if (n <= 0) {
      return;
    }
    left -= static_cast<std::size_t>(n);
  }
  if (then_ == Answer::Then::kReset) {
    reset_on_close(socket);
  }
}

bool LoopbackServer::read_request(int socket, std::string& buffer, std::string& request) const {
  std::array<char, 16384> chunk{};
  while (true) {
    const std::size_t head_end = buffer.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      const std::size_t size = head_end + 4 + content_length(buffer.substr(0, head_end));
      if (buffer.size() >= size) {
        request = buffer.substr(0, size);
        buffer.erase(0, size);
        return true;
      }
    }
    const ssize_t n = ::recv(socket, chunk.data(), chunk.size(), 0);
    if (n <= 0) {
      return false;
    }
    buffer.append(chunk.data(), static_cast<std::size_t>(n));
  }
}

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace plumbline
