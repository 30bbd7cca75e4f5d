#include "controller/http/server.h"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plumbline {
namespace {

using namespace std::chrono_literals;

/// What the test waits for at most before it counts as failed.
constexpr int kPatienceSeconds = 5;

sockaddr_in place_of(const std::string& address) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(10))));
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return place;
}

/// A client that says exactly what it is told to.
class RawClient {
 public:
  explicit RawClient(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{kPatienceSeconds, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in place = place_of(address);
    const void* const raw = &place;
    EXPECT_EQ(::connect(socket_, static_cast<const sockaddr*>(raw), sizeof place), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void say(const std::string& text) const {
    // The server may have closed already, which the reads will show.
    (void)::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  /// The next header, with its blank line, or what came before the end.
  std::string header() {
    while (pending_.find("\r\n\r\n") == std::string::npos && receive()) {
    }
    return take(pending_.find("\r\n\r\n"), 4);
  }
  std::string body(std::size_t size) {
    while (pending_.size() < size && receive()) {
    }
    return take(size, 0);
  }
  /// Everything until the server closes; `is_closed` stays false when it does not.
  std::string rest() {
    while (receive()) {
    }
    return take(pending_.size(), 0);
  }
  [[nodiscard]] bool is_closed() const { return is_closed_; }

 private:
  bool receive() {
    char chunk[4096];
    const ssize_t size = ::recv(socket_, chunk, sizeof chunk, 0);
    is_closed_ = is_closed_ || size == 0;
    if (size <= 0) {
      return false;
    }
    pending_.append(chunk, static_cast<std::size_t>(size));
    return true;
  }
  std::string take(std::size_t size, std::size_t extra) {
    const std::size_t end = size > pending_.size() ? pending_.size() : size + extra;
    std::string taken = pending_.substr(0, end);
    pending_.erase(0, end);
    return taken;
  }

  int socket_;
  std::string pending_;
  bool is_closed_ = false;
};

struct Orders {
  std::atomic<int> syncs{0}, pauses{0}, resumes{0};
};

class ServerTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}, const std::string& listen = "127.0.0.1:0") {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->stack = "shop";
    snapshot->is_ready = true;
    ServerHooks hooks;
    hooks.snapshot = [snapshot] { return snapshot; };
    hooks.sync = [this] { ++orders_.syncs; };
    hooks.pause = [this](bool is_paused) { ++(is_paused ? orders_.pauses : orders_.resumes); };
    hooks.order_key = "key";
    server_ = std::make_unique<StatusServer>(listen, std::move(hooks), limits);
  }

  Orders orders_;
  std::unique_ptr<StatusServer> server_;
};

TEST_F(ServerTest, PicksAFreePortAndSaysWhich) {
  start();
  EXPECT_EQ(server_->error(), "");
  EXPECT_TRUE(server_->address().starts_with("127.0.0.1:")) << server_->address();
  EXPECT_NE(server_->address(), "127.0.0.1:0");
}

TEST_F(ServerTest, RefusesToListenElsewhereThanOnLoopback) {
  for (const std::string listen :
       {"0.0.0.0:0", "10.0.0.1:9180", "[::]:0", ":9180", "example.com:80", "127.0.0.1", ""}) {
    start({}, listen);
    EXPECT_NE(server_->error().find("must be a loopback address"), std::string::npos) << listen;
    EXPECT_EQ(server_->address(), "");
  }
}

TEST_F(ServerTest, SaysWhenThePortIsTaken) {
  start();
  const std::string address = server_->address();
  StatusServer second(address, {[] { return nullptr; }, [] {}, [](bool) {}});
  EXPECT_EQ(second.error(), "cannot listen on " + address + ": Address already in use");
}

TEST_F(ServerTest, AnswersTwoRequestsOnOneConnection) {
  start();
  RawClient client(server_->address());
  for (int i = 0; i < 2; ++i) {
    client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const std::string header = client.header();
    EXPECT_TRUE(header.starts_with("HTTP/1.1 200 OK\r\n")) << header;
    EXPECT_NE(header.find("Content-Length: 3\r\n"), std::string::npos) << header;
    EXPECT_NE(header.find("Cache-Control: no-store\r\n"), std::string::npos) << header;
    EXPECT_NE(header.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << header;
    EXPECT_NE(header.find("Content-Security-Policy: default-src 'none';"), std::string::npos);
    EXPECT_EQ(client.body(3), "ok\n");
  }
}

TEST_F(ServerTest, ClosesWhenAskedTo) {
  start();
  RawClient client(server_->address());
  client.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.rest().ends_with("\r\n\r\nok\n"));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, HeadIsGetWithoutItsBody) {
  start();
  RawClient client(server_->address());
  client.say(
      "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
  );
  const std::string header = client.header();
  EXPECT_TRUE(header.starts_with("HTTP/1.1 200 OK\r\n")) << header;
  EXPECT_NE(header.find("Content-Length: 3\r\n"), std::string::npos) << header;
  EXPECT_TRUE(client.header().starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(client.rest(), "ok\n");
}

TEST_F(ServerTest, PostsReachTheHooks) {
  start();
  RawClient client(server_->address());
  for (const std::string path : {"/v1/sync", "/v1/pause", "/v1/resume"}) {
    client.say(
        "POST " + path +
        " HTTP/1.1\r\nAuthorization: Bearer key\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"
    );
  }
  client.say("GET /v1/sync HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string replies = client.rest();
  EXPECT_NE(replies.find("HTTP/1.1 405 Method Not Allowed"), std::string::npos) << replies;
  EXPECT_NE(replies.find("Allow: POST\r\n"), std::string::npos) << replies;
  EXPECT_EQ(orders_.syncs, 1);
  EXPECT_EQ(orders_.pauses, 1);
  EXPECT_EQ(orders_.resumes, 1);
}

TEST_F(ServerTest, RefusesOrdersWithoutTheKey) {
  start();
  const std::string key = "Authorization: Bearer key\r\n";
  for (const std::string& shown :
       {std::string(),
        std::string("Authorization: Bearer kez\r\n"),
        std::string("Authorization: Bearer \r\n"),
        std::string("Authorization: Basic key\r\n"),
        key + "Authorization: Bearer kez\r\n",
        key + key}) {
    for (const std::string path : {"/v1/sync", "/v1/pause", "/v1/resume", "/v1/pause?x"}) {
      RawClient client(server_->address());
      client.say(
          "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + shown +
          "Content-Length: 0\r\n\r\n"
      );
      EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 403 ")) << path << "\n" << shown;
    }
  }
  // What stands behind the body is no header.
  RawClient client(server_->address());
  client.say(
      "POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      "Trailer: Authorization\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
      key + "\r\n"
  );
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 403 "));
  EXPECT_EQ(orders_.syncs + orders_.pauses + orders_.resumes, 0);
}

TEST_F(ServerTest, RefusesForeignHostsAndOrigins) {
  start();
  struct Case {
    const char* headers;
    const char* status;
  };
  for (const Case& each :
       {Case{"Host: evil.example\r\n", "HTTP/1.1 403 "},
        Case{"", "HTTP/1.1 400 "},
        Case{"Host: localhost\r\nHost: evil.example\r\n", "HTTP/1.1 400 "},
        Case{"Host: localhost\r\nOrigin: http://evil.example\r\n", "HTTP/1.1 403 "}}) {
    RawClient client(server_->address());
    client.say(
        std::string("POST /v1/pause HTTP/1.1\r\nAuthorization: Bearer key\r\nConnection: close\r\n"
        ) +
        each.headers + "Content-Length: 0\r\n\r\n"
    );
    EXPECT_TRUE(client.rest().starts_with(each.status)) << each.headers;
  }
  EXPECT_EQ(orders_.pauses, 0);
}

TEST_F(ServerTest, RefusesAnOversizedHeader) {
  start();
  RawClient client(server_->address());
  client.say(
      "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + std::string(9000, 'x') + "\r\n\r\n"
  );
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, RefusesAnOversizedBodyWithoutLosingTheAnswer) {
  start();
  RawClient client(server_->address());
  const std::string body(65537, 'x');
  client.say(
      "POST /v1/sync HTTP/1.1\r\nAuthorization: Bearer key\r\nHost: localhost\r\nContent-Length: "
      "65537\r\n\r\n" +
      body
  );
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 413 "));

  RawClient chunked(server_->address());
  chunked.say(
      "POST /v1/sync HTTP/1.1\r\nAuthorization: Bearer key\r\nHost: "
      "localhost\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n" +
      body + "\r\n0\r\n\r\n"
  );
  EXPECT_TRUE(chunked.rest().starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(orders_.syncs, 0);
}

TEST_F(ServerTest, RefusesWhatIsNotHttp) {
  start();
  RawClient client(server_->address());
  client.say("what is this\r\n\r\n");
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerTest, AnswersAClientThatWaitsToSendItsBody) {
  start();
  RawClient client(server_->address());
  client.say(
      "POST /v1/sync HTTP/1.1\r\nAuthorization: Bearer key\r\nHost: localhost\r\nContent-Length: "
      "9\r\n"
      "Expect: 100-continue\r\n\r\n"
  );
  EXPECT_TRUE(client.rest().starts_with("HTTP/1.1 202 "));
  EXPECT_EQ(orders_.syncs, 1);
}

TEST_F(ServerTest, CutsOffASlowClient) {
  ServerLimits limits;
  limits.deadline = 250ms;
  start(limits);
  RawClient slow(server_->address());
  slow.say("GET /healthz HTTP/1.1\r\nHost: loc");
  EXPECT_EQ(slow.rest(), "");
  EXPECT_TRUE(slow.is_closed());

  RawClient idle(server_->address());
  idle.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(idle.rest().ends_with("ok\n"));
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(ServerTest, TurnsAwayWhoComesAfterTheLastPlace) {
  ServerLimits limits;
  limits.connections = 1;
  start(limits);
  RawClient first(server_->address());
  first.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(first.header().starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(first.body(3), "ok\n");

  RawClient second(server_->address());
  EXPECT_TRUE(second.rest().starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(second.is_closed());

  first.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(first.header().starts_with("HTTP/1.1 200 "));
}

TEST_F(ServerTest, StopsPromptlyWhileClientsAreConnected) {
  ServerLimits limits;
  limits.deadline = 1h;
  start(limits);
  RawClient idle(server_->address());
  idle.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(idle.header().starts_with("HTTP/1.1 200 "));
  RawClient halfway(server_->address());
  halfway.say("GET /heal");
  auto stopped = std::async(std::launch::async, [this] { server_.reset(); });
  ASSERT_EQ(stopped.wait_for(std::chrono::seconds(kPatienceSeconds)), std::future_status::ready);
  EXPECT_EQ(idle.rest(), "ok\n");
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(ServerTest, SurvivesAHookThatThrows) {
  ServerHooks hooks;
  hooks.snapshot = [] { return nullptr; };
  hooks.sync = [] { throw std::runtime_error("full"); };
  hooks.pause = [](bool) {};
  hooks.order_key = "key";
  const StatusServer server("127.0.0.1:0", std::move(hooks));
  RawClient client(server.address());
  client.say(
      "POST /v1/sync HTTP/1.1\r\nAuthorization: Bearer key\r\nHost: localhost\r\nContent-Length: "
      "0\r\n\r\n"
  );
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(get_loopback(server.address(), "/healthz").status, 200);
}

TEST_F(ServerTest, GetReadsAnAnswer) {
  start();
  const HttpReply status = get_loopback(server_->address(), "/v1/status");
  EXPECT_EQ(status.status, 200);
  EXPECT_NE(status.body.find("\"stack\":\"shop\""), std::string::npos) << status.body;
  EXPECT_EQ(get_loopback(server_->address(), "/nowhere").status, 404);
}

TEST_F(ServerTest, GetGivesZeroWhenThereIsNoAnswer) {
  start();
  const std::string address = server_->address();
  server_.reset();
  EXPECT_EQ(get_loopback(address, "/healthz").status, 0);
  EXPECT_EQ(get_loopback("192.0.2.1:80", "/").status, 0);
  EXPECT_EQ(get_loopback("localhost", "/").status, 0);
  EXPECT_EQ(get_loopback("", "/").status, 0);
}

TEST_F(ServerTest, GetDoesNotWaitForeverForASilentServer) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in place = place_of("127.0.0.1:0");
  socklen_t size = sizeof place;
  void* const raw = &place;
  ASSERT_EQ(::bind(listener, static_cast<const sockaddr*>(raw), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, static_cast<sockaddr*>(raw), &size), 0);
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(place.sin_port));
  EXPECT_EQ(get_loopback(address, "/healthz", 50ms).status, 0);
  ::close(listener);
}

}  // namespace
}  // namespace plumbline
