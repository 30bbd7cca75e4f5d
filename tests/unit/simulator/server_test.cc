#include "simulator/server.h"

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/sim.h"
#include "tests/unit/simulator/signing.h"

namespace plumbline::sim {
namespace {

/// A server on a free port, and a plain socket to it.
class Serving {
 public:
  explicit Serving(const Options& options = {})
      : simulator_(clock_, options),
        server_(simulator_, "127.0.0.1:0"),
        thread_([this] { server_.run(); }) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE: the sockets interface is written in C.
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::connect(socket_, generic, sizeof(address)), 0);
  }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  ~Serving() {
    ::close(socket_);
    server_.stop();
    thread_.join();
  }

  void send(const std::string& text) const {
    EXPECT_EQ(
        ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size())
    );
  }
  /// Reads until `end` was read or the server closed.
  [[nodiscard]] std::string receive(const std::string& end) const {
    std::string text;
    char buffer[4096];
    while (text.find(end) == std::string::npos) {
      const ssize_t count = ::recv(socket_, buffer, sizeof(buffer), 0);
      if (count <= 0) {
        break;
      }
      text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
  }
  /// A signed DescribeVpcs as text.
  std::string describe_vpcs(const std::string& more_headers = "") {
    const HttpRequest request =
        signed_form("ec2", "Action=DescribeVpcs&Version=2016-11-15", clock_.now());
    std::string text = "POST / HTTP/1.1\r\n" + more_headers;
    for (const auto& [name, value] : request.headers) {
      text += name + ": " + value + "\r\n";
    }
    return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
           request.body;
  }

 private:
  FakeClock clock_;
  Simulator simulator_;
  Server server_;
  std::thread thread_;
  int socket_ = -1;
};

TEST(Server, AnswersSeveralRequestsOnOneConnection) {
  Serving serving;
  for (int i = 0; i < 3; ++i) {
    serving.send(serving.describe_vpcs());
    const std::string reply = serving.receive("</DescribeVpcsResponse>");
    EXPECT_EQ(reply.substr(0, 15), "HTTP/1.1 200 OK");
    EXPECT_NE(reply.find("Date: Fri, 02 Jan 2026 03:04:05 GMT"), std::string::npos);
  }
}

TEST(Server, ClosesWhenItIsAskedTo) {
  Serving serving;
  serving.send(serving.describe_vpcs("Connection: close\r\n"));
  const std::string reply = serving.receive("nothing ends like this");
  EXPECT_NE(reply.find("</DescribeVpcsResponse>"), std::string::npos);
}

TEST(Server, DropsTheConnectionWhereAFaultSaysSo) {
  Options options;
  options.faults = "drop=1";
  Serving serving(options);
  serving.send(serving.describe_vpcs());
  EXPECT_EQ(serving.receive("\r\n"), "");
}

TEST(Server, RefusesABodyThatIsTooLarge) {
  Serving serving;
  serving.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
  EXPECT_EQ(serving.receive("\r\n").substr(0, 12), "HTTP/1.1 413");
}

TEST(Server, SpeaksOnLoopbackOnly) {
  FakeClock clock;
  Simulator simulator(clock, {});
  EXPECT_NE(Server(simulator, "0.0.0.0:0").error().find("loopback"), std::string::npos);
  EXPECT_NE(Server(simulator, "nonsense").error(), "");
  EXPECT_NE(Server(simulator, "127.0.0.1:70000").error(), "");
  EXPECT_EQ(Server(simulator, "127.0.0.1:0").error(), "");
}

TEST(Server, SaysThatAPortIsTaken) {
  FakeClock clock;
  Simulator simulator(clock, {});
  const Server first(simulator, "127.0.0.1:0");
  const Server second(simulator, "127.0.0.1:" + std::to_string(first.port()));
  EXPECT_NE(second.error(), "");
}

}  // namespace
}  // namespace plumbline::sim
