// Requests as nobody well-meaning sends them, over a socket: tests/golden/hostile/requests. Each is
// answered or cut off, gives no order it may not give, and leaves the server answering.
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/base/env.h"
#include "controller/base/json.h"
#include "controller/http/server.h"
#include "tests/support/hostile.h"

namespace plumbline {
namespace {

using namespace std::chrono_literals;

/// A socket that is connected to a server, or -1.
class Client {
 public:
  explicit Client(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(10))));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const void* const raw = &place;
    EXPECT_EQ(::connect(socket_, static_cast<const sockaddr*>(raw), sizeof place), 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void say(const std::string& bytes) const {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) {
        return;  // The server has closed, which the reads will show.
      }
      sent += static_cast<std::size_t>(n);
    }
  }
  void end() const { ::shutdown(socket_, SHUT_WR); }

  /// All that the server says until it closes; "(hangs)" behind it when it does not.
  [[nodiscard]] std::string rest() const {
    std::string out;
    std::array<char, 16384> chunk{};
    while (true) {
      const ssize_t n = ::recv(socket_, chunk.data(), chunk.size(), 0);
      if (n == 0 || (n < 0 && errno == ECONNRESET)) {
        return out;
      }
      if (n < 0) {
        return out + "(hangs)";
      }
      out.append(chunk.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  int socket_;
};

struct Orders {
  std::atomic<int> syncs{0}, pauses{0}, resumes{0};
  [[nodiscard]] int all() const { return syncs + pauses + resumes; }
};

std::unique_ptr<StatusServer> serve(Orders& orders, ServerLimits limits) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->stack = "shop";
  snapshot->is_ready = true;
  ServerHooks hooks;
  hooks.snapshot = [snapshot] { return snapshot; };
  hooks.sync = [&orders] { ++orders.syncs; };
  hooks.pause = [&orders](bool is_paused) { ++(is_paused ? orders.pauses : orders.resumes); };
  hooks.order_key = "k";
  auto server = std::make_unique<StatusServer>("127.0.0.1:0", std::move(hooks), limits);
  EXPECT_EQ(server->error(), "");
  return server;
}

/// "200 400" of the answers in `text`, each of which must be whole and say nothing it must not.
std::string statuses(std::string text, bool is_head) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.") || end == std::string::npos) {
      return out + " and " + text.substr(0, 60);
    }
    const std::string head = text.substr(0, end + 4);
    const std::size_t length_at = head.find("Content-Length: ");
    EXPECT_NE(length_at, std::string::npos) << head;
    EXPECT_NE(head.find("\r\nX-Content-Type-Options: nosniff\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("\r\nCache-Control: no-store\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Access-Control-"), std::string::npos) << head;
    EXPECT_EQ(head.find("Set-Cookie"), std::string::npos) << head;
    out += (out.empty() ? "" : " ") + head.substr(9, 3);
    const std::size_t size = is_head ? 0 : std::stoul(head.substr(length_at + 16));
    if (text.size() < end + 4 + size) {
      return out + " and a cut body";
    }
    EXPECT_EQ(text.substr(end + 4, size).find("evil"), std::string::npos) << "it repeats a request";
    text.erase(0, end + 4 + size);
  }
  return out.empty() ? "nothing" : out;
}

TEST(HostileRequests, AreAnsweredOrCutOffAndGiveNoOrder) {
  Orders orders;
  ServerLimits limits;
  limits.deadline = 5s;
  const auto server = serve(orders, limits);
  const std::vector<HostileCase> cases = hostile_cases("requests", {"is", "orders"});
  EXPECT_GE(cases.size(), 100U);
  for (const HostileCase& one : cases) {
    SCOPED_TRACE(one.place + " " + one.name);
    const int before = orders.all();
    {
      const Client client(server->address());
      client.say(one.bytes);
      client.end();
      const std::string is = one.get("is");
      EXPECT_EQ(statuses(client.rest(), one.bytes.starts_with("HEAD ")), is);
    }
    const std::string allowed = one.get("orders");
    EXPECT_EQ(orders.all() - before, allowed.empty() ? 0 : std::stoi(allowed));
  }
  EXPECT_EQ(get_loopback(server->address(), "/healthz").status, 200);
}

// Every cut of a request that gives an order: none but the whole one gives it.
TEST(HostileRequests, CutAtAnyByteGiveNoOrder) {
  Orders orders;
  const auto server = serve(orders, {});
  const std::string whole =
      "POST /v1/pause HTTP/1.1\r\nAuthorization: Bearer k\r\nHost: localhost\r\nContent-Length: "
      "2\r\n"
      "\r\n{}";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Client client(server->address());
    client.say(whole.substr(0, size));
    client.end();
    EXPECT_EQ(client.rest(), "") << whole.substr(0, size);
  }
  EXPECT_EQ(orders.all(), 0);
}

rlim_t raise_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// A thousand clients that say half of something and nothing more. The places are limited and each
// is free again when its deadline has passed, so somebody who asks is served, at the latest then.
TEST(HostileRequests, OfAThousandSlowClientsLeaveTheServerAnswering) {
  constexpr int kClients = 1000;
  if (raise_descriptors() < 2 * kClients + 100) {
    GTEST_SKIP() << "too few descriptors are allowed";
  }
  Orders orders;
  ServerLimits limits;
  limits.deadline = 400ms;
  const auto server = serve(orders, limits);
  SystemClock clock;
  const Duration begun = clock.elapsed();
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < kClients; ++i) {
    slow.push_back(std::make_unique<Client>(server->address()));
    slow.back()->say("GET /healthz HTTP/1.1\r\nHost: loc");
  }
  int tries = 1;
  while (get_loopback(server->address(), "/healthz").status != 200 && clock.elapsed() - begun < 60s
  ) {
    ++tries;
  }
  EXPECT_EQ(get_loopback(server->address(), "/healthz").status, 200) << tries;
  int turned_away = 0;
  for (const auto& each : slow) {
    const std::string said = each->rest();
    EXPECT_TRUE(said.empty() || said.starts_with("HTTP/1.1 503 ")) << said;
    turned_away += said.empty() ? 0 : 1;
  }
  EXPECT_GT(turned_away, 0) << "more were let in than there are places";
  EXPECT_EQ(orders.all(), 0);
}

// One byte now and then does not renew the deadline.
TEST(HostileRequests, ThatTrickleAreCutOffAllTheSame) {
  Orders orders;
  ServerLimits limits;
  limits.deadline = 300ms;
  const auto server = serve(orders, limits);
  SystemClock clock;
  const Duration begun = clock.elapsed();
  const Client client(server->address());
  client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ");
  while (clock.elapsed() - begun < 700ms) {
    client.say("x");
    ::poll(nullptr, 0, 20);
  }
  client.end();
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(get_loopback(server->address(), "/healthz").status, 200);
}

// Who asks and never reads the answers is let go, too.
TEST(HostileRequests, OfSomebodyWhoReadsNothingAreLetGo) {
  Orders orders;
  ServerLimits limits;
  limits.deadline = 300ms;
  limits.connections = 1;
  const auto server = serve(orders, limits);
  const Client deaf(server->address());
  std::string many;
  for (int i = 0; i < 2000; ++i) {
    many += "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  }
  deaf.say(many);
  SystemClock clock;
  const Duration begun = clock.elapsed();
  int status = 0;
  while (status != 200 && clock.elapsed() - begun < 30s) {
    status = get_loopback(server->address(), "/healthz").status;
    ::poll(nullptr, 0, 20);
  }
  EXPECT_EQ(status, 200);
}

}  // namespace
}  // namespace plumbline
