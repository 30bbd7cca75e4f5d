#include "controller/aws/curl_transport.h"

#include <cstdlib>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/aws/loopback_server.h"

namespace plumbline {
namespace {

using Then = Answer::Then;
using std::chrono::milliseconds;
using std::chrono::seconds;

HttpRequest make_request(const std::string& host, const std::string& method, std::string body) {
  HttpRequest request;
  request.method = method;
  request.scheme = "http";
  request.host = host;
  request.body = std::move(body);
  return request;
}

SendOptions options_for(const std::string& method) {
  SendOptions options;
  options.is_mutating = method != "GET";
  return options;
}

/// Waits for `count` completions; a generous limit stops a hanging transport from hanging the test.
std::map<std::uint64_t, Result<HttpResponse>> gather(Transport& transport, std::size_t count) {
  std::map<std::uint64_t, Result<HttpResponse>> all;
  for (int turns = 0; all.size() < count && turns < 10'000; ++turns) {
    for (Completion& completion : transport.wait(seconds(20))) {
      EXPECT_TRUE(all.emplace(completion.id, std::move(completion.response)).second);
    }
  }
  EXPECT_EQ(all.size(), count);
  return all;
}

Result<HttpResponse> roundtrip(Transport& transport, HttpRequest request, SendOptions options) {
  transport.send(7, std::move(request), options);
  return std::move(gather(transport, 1).at(7));
}

Result<HttpResponse> roundtrip(Transport& transport, HttpRequest request) {
  const SendOptions options = options_for(request.method);
  return roundtrip(transport, std::move(request), options);
}

Answer answer_ok(const Received&) {
  return {ok("fine"), Then::kKeepOpen};
}

TEST(CurlTransport, ReturnsStatusHeadersAndBody) {
  LoopbackServer server([](const Received&) {
    return Answer{
        "HTTP/1.1 403 Forbidden\r\nx-amzn-RequestId: r-1\r\nX-Two:  spaced \r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: late\r\n\r\n",
        Then::kKeepOpen};
  });
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(server.host(), "POST", "Action=X"));
  ASSERT_TRUE(response) << response.error().to_string();
  EXPECT_EQ(response->status, 403);
  EXPECT_EQ(response->body, "abcde");
  const Headers expected{
      {"x-amzn-RequestId", "r-1"}, {"X-Two", "spaced"}, {"Transfer-Encoding", "chunked"}};
  EXPECT_EQ(response->headers, expected);
}

TEST(CurlTransport, SendsExactlyTheGivenBytes) {
  LoopbackServer server(answer_ok);
  const auto transport = make_curl_transport({});
  HttpRequest request = make_request(server.host(), "POST", "a=1&b=%2A");
  request.base_path = "/prefix";
  request.path = "/x/../%2e/./y%20z//";
  request.query = "k=v&k=&a%20b";
  request.headers = {{"X-Amz-Date", "20260101T000000Z"}, {"x-empty", ""}, {"authorization", "A b"}};
  ASSERT_TRUE(roundtrip(*transport, request));
  EXPECT_EQ(
      server.requests().at(0),
      "POST /prefix/x/../%2e/./y%20z//?k=v&k=&a%20b HTTP/1.1\r\nHost: " + server.host() +
          "\r\nX-Amz-Date: 20260101T000000Z\r\nx-empty:\r\nauthorization: A b\r\n"
          "Content-Length: 9\r\n\r\na=1&b=%2A"
  );
}

TEST(CurlTransport, AddsNothingToARequestWithoutBody) {
  LoopbackServer server(answer_ok);
  const auto transport = make_curl_transport({});
  ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), "GET", "")));
  ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), "DELETE", "")));
  ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), "PUT", "")));
  const std::string host = "Host: " + server.host() + "\r\n";
  EXPECT_EQ(server.requests().at(0), "GET / HTTP/1.1\r\n" + host + "\r\n");
  EXPECT_EQ(server.requests().at(1), "DELETE / HTTP/1.1\r\n" + host + "\r\n");
  EXPECT_EQ(server.requests().at(2), "PUT / HTTP/1.1\r\n" + host + "Content-Length: 0\r\n\r\n");
}

TEST(CurlTransport, SendsALargeBodyWithoutExpecting100Continue) {
  LoopbackServer server(answer_ok);
  const auto transport = make_curl_transport({});
  const std::string body(3'000'000, 'b');
  ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), "PUT", body)));
  const std::string seen = server.requests().at(0);
  EXPECT_TRUE(seen.ends_with(body));
  EXPECT_EQ(seen.find("Expect"), std::string::npos);
}

TEST(CurlTransport, KeepsConnectionsOpenAcrossRequests) {
  LoopbackServer server(answer_ok);
  const auto transport = make_curl_transport({});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), i % 2 == 0 ? "GET" : "POST", "x"))
    );
  }
  EXPECT_EQ(server.request_count(), 20);
  EXPECT_EQ(server.connection_count(), 1);
}

TEST(CurlTransport, OpensNoMoreConnectionsThanAllowed) {
  LoopbackServer server(answer_ok);
  CurlOptions options;
  options.connections_per_host = 4;
  const auto transport = make_curl_transport(options);
  for (std::uint64_t id = 1; id <= 100; ++id) {
    transport->send(id, make_request(server.host(), "POST", "x"), {});
  }
  for (const auto& [id, response] : gather(*transport, 100)) {
    EXPECT_TRUE(response) << id;
  }
  EXPECT_EQ(server.request_count(), 100);
  EXPECT_LE(server.open_connections_max(), 4);
}

// The server reads the second request of a connection and goes away: the request may have been
// carried out, so a second copy would be a second resource.
class DroppedConnection : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(DroppedConnection, NeverSendsTheRequestAgain) {
  for (const Then then : {Then::kClose, Then::kReset}) {
    LoopbackServer server([then](const Received& received) {
      return received.number_on_connection == 1 ? Answer{ok("fine"), Then::kKeepOpen}
                                                : Answer{"", then};
    });
    const auto transport = make_curl_transport({});
    const auto& [method, body] = GetParam();
    ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), method, body)));
    const auto second = roundtrip(*transport, make_request(server.host(), method, body));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().klass, ErrorClass::kUnknownOutcome);
    EXPECT_EQ(second.error().code, "ConnectionLost");
    EXPECT_NE(second.error().message.find(server.host()), std::string::npos);
    EXPECT_EQ(server.request_count(), 2);
  }
}

// Everything is counted: each answered request is followed by one on the same connection that the
// server swallows. The six forms of a request make ten thousand, of which one resend would show.
TEST_P(DroppedConnection, CountsOneRequestForEachOfTenThousandDrops) {
  LoopbackServer server([](const Received& received) {
    return received.number_on_connection == 1 ? Answer{ok("fine"), Then::kKeepOpen}
                                              : Answer{"", Then::kClose};
  });
  const auto transport = make_curl_transport({});
  const auto& [method, body] = GetParam();
  constexpr int kDrops = 1700;
  for (int i = 0; i < kDrops; ++i) {
    ASSERT_TRUE(roundtrip(*transport, make_request(server.host(), method, body)));
    ASSERT_FALSE(roundtrip(*transport, make_request(server.host(), method, body)));
  }
  EXPECT_EQ(server.request_count(), 2 * kDrops);
}

// The connection dies between two requests, before or while the second is written. Whatever the
// transport makes of it, the server sees a request at most once, and one that failed is never
// called "not sent" if the server has it.
TEST_P(DroppedConnection, SurvivesAConnectionThatDiedBetweenRequests) {
  for (const Then then : {Then::kClose, Then::kReset}) {
    LoopbackServer server([then](const Received&) { return Answer{ok("fine"), then}; });
    const auto transport = make_curl_transport({});
    constexpr int kCalls = 300;
    int lost = 0;
    for (int i = 0; i < kCalls; ++i) {
      HttpRequest request = make_request(server.host(), GetParam().first, GetParam().second);
      request.query = "n=" + std::to_string(i);
      const auto response = roundtrip(*transport, std::move(request));
      if (!response) {
        ++lost;
        EXPECT_EQ(response.error().klass, ErrorClass::kUnknownOutcome);
      }
    }
    std::map<std::string, int> times_seen;
    for (const std::string& request : server.requests()) {
      ++times_seen[request.substr(0, request.find("\r\n"))];
    }
    for (const auto& [line, times] : times_seen) {
      EXPECT_EQ(times, 1) << line;
    }
    EXPECT_GE(server.request_count(), kCalls - lost);
    EXPECT_LE(server.request_count(), kCalls);
  }
}

// The same, but closed for certain before the second request comes: it goes out on a fresh
// connection, because none of its bytes were written to the old one.
TEST_P(DroppedConnection, OpensAFreshOneWhenItSeesTheOldOneClosed) {
  LoopbackServer server([](const Received&) { return Answer{ok("fine"), Then::kClose}; });
  const auto transport = make_curl_transport({});
  for (int i = 0; i < 100; ++i) {
    const auto& [method, body] = GetParam();
    const auto response = roundtrip(*transport, make_request(server.host(), method, body));
    ASSERT_TRUE(response) << response.error().to_string();
    while (server.open_connections() > 0) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(server.request_count(), 100);
}

INSTANTIATE_TEST_SUITE_P(
    Methods,
    DroppedConnection,
    testing::Values(
        std::pair("POST", "Action=CreateVpc"),
        std::pair("DELETE", ""),
        std::pair("PUT", ""),
        std::pair("POST", ""),
        std::pair("GET", ""),
        std::pair("DELETE", "with a body")
    ),
    [](const auto& test) {
      return test.param.first + (test.param.second.empty() ? "WithoutBody" : "WithBody");
    }
);

TEST(CurlTransport, DoesNotFollowRedirects) {
  LoopbackServer server([](const Received&) {
    return Answer{
        "HTTP/1.1 307 T\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", Then::kKeepOpen};
  });
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(server.host(), "POST", "x"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 307);
  EXPECT_EQ(server.request_count(), 1);
}

TEST(CurlTransport, IgnoresProxiesOfTheEnvironment) {
  LoopbackServer proxy(answer_ok);
  LoopbackServer server(answer_ok);
  ::setenv("http_proxy", ("http://" + proxy.host()).c_str(), 1);
  ::setenv("all_proxy", ("http://" + proxy.host()).c_str(), 1);
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(server.host(), "GET", ""));
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  ASSERT_TRUE(response);
  EXPECT_EQ(proxy.connection_count(), 0);
  EXPECT_EQ(server.request_count(), 1);
}

TEST(CurlTransport, DoesNotDecompressAnswers) {
  LoopbackServer server([](const Received&) {
    return Answer{
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb",
        Then::kKeepOpen};
  });
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(server.host(), "GET", ""));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "bomb");
  EXPECT_EQ(server.requests().at(0).find("Accept-Encoding"), std::string::npos);
}

TEST(CurlTransport, SkipsInformationalAnswers) {
  LoopbackServer server([](const Received&) {
    return Answer{"HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n" + ok("fine"), Then::kKeepOpen};
  });
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(server.host(), "GET", ""));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->headers, (Headers{{"Content-Length", "4"}}));
}

Error failure(
    const std::string& bytes, Then then, CurlOptions options = {}, SendOptions send = {}
) {
  LoopbackServer server([&](const Received&) { return Answer{bytes, then}; });
  const auto transport = make_curl_transport(options);
  const auto response = roundtrip(*transport, make_request(server.host(), "POST", "x"), send);
  EXPECT_FALSE(response);
  EXPECT_EQ(server.request_count(), 1);
  return response ? Error{} : response.error();
}

TEST(CurlTransport, CallsABrokenAnswerAnUnknownOutcome) {
  const Error truncated = failure("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Then::kClose);
  EXPECT_EQ(truncated.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(truncated.code, "TruncatedResponse");
  const Error not_http = failure("220 mail ready\r\n\r\n", Then::kClose);
  EXPECT_EQ(not_http.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(not_http.code, "BadResponse");
  const Error silent = failure("", Then::kClose);
  EXPECT_EQ(silent.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(silent.code, "ConnectionLost");
  const Error half = failure("HTTP/1.1 200 OK\r\nX-Half:", Then::kReset);
  EXPECT_EQ(half.klass, ErrorClass::kUnknownOutcome);
}

TEST(CurlTransport, StopsAtEndlessHeadersAndBodies) {
  std::string headers = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 80; ++i) {
    headers += "X-" + std::to_string(i) + ": " + std::string(1000, 'h') + "\r\n";
  }
  const Error long_headers = failure(headers, Then::kHold);
  EXPECT_EQ(long_headers.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(long_headers.code, "ResponseTooLarge");
  CurlOptions options;
  options.response_bytes_max = 1000;
  const Error long_body = failure(ok(std::string(1001, 'b')), Then::kHold, options);
  EXPECT_EQ(long_body.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(long_body.code, "ResponseTooLarge");
  EXPECT_NE(long_body.message.find("1000 bytes"), std::string::npos);
}

TEST(CurlTransport, AcceptsABodyOfExactlyTheLimit) {
  LoopbackServer server([](const Received&) { return Answer{ok(std::string(1000, 'b')), {}}; });
  CurlOptions options;
  options.response_bytes_max = 1000;
  const auto transport = make_curl_transport(options);
  EXPECT_TRUE(roundtrip(*transport, make_request(server.host(), "GET", "")));
}

TEST(CurlTransport, GivesUpWaitingAfterTheTotalTimeout) {
  SendOptions send;
  send.total_timeout = milliseconds(400);
  const Error error = failure("", Then::kHold, {}, send);
  EXPECT_EQ(error.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(error.code, "Timeout");
}

TEST(CurlTransport, GivesUpOnAnAnswerThatTrickles) {
  CurlOptions options;
  options.slow_seconds_max = 1;
  const Error error =
      failure("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Then::kHold, options);
  EXPECT_EQ(error.klass, ErrorClass::kUnknownOutcome);
  EXPECT_EQ(error.code, "Timeout");
  EXPECT_NE(error.message.find("too slow"), std::string::npos) << error.message;
}

// The same quiet server, but silent from the start: only the total timeout may end it.
TEST(CurlTransport, DoesNotCallTheWaitForTheFirstByteSlow) {
  CurlOptions options;
  options.slow_seconds_max = 1;
  SendOptions send;
  send.total_timeout = milliseconds(2500);
  const Error error = failure("", Then::kHold, options, send);
  EXPECT_EQ(error.message.find("too slow"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("with 0 bytes received"), std::string::npos) << error.message;
}

TEST(CurlTransport, KnowsThatARefusedConnectionSentNothing) {
  std::string host;
  {
    LoopbackServer server(answer_ok);
    host = server.host();
  }
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, make_request(host, "POST", "x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().klass, ErrorClass::kNotSent);
  EXPECT_EQ(response.error().code, "ConnectFailed");
  EXPECT_NE(response.error().message.find(host), std::string::npos);
}

TEST(CurlTransport, KnowsThatAFailedHandshakeSentNothing) {
  LoopbackServer server([](const Received&) { return Answer{"", Then::kClose}; });
  const auto transport = make_curl_transport({});
  HttpRequest request = make_request(server.host(), "POST", "\r\n\r\n");
  request.scheme = "https";
  SendOptions send;
  send.connect_timeout = milliseconds(200);  // The server waits for an HTTP head that never comes.
  const auto response = roundtrip(*transport, request, send);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().klass, ErrorClass::kNotSent);
  EXPECT_EQ(server.request_count(), 0);
}

TEST(CurlTransport, KnowsThatAnUnresolvedNameSentNothing) {
  const auto transport = make_curl_transport({});
  // A label of 64 characters is no name at all, so no name server is asked.
  const std::string host = std::string(64, 'a') + ".invalid";
  const auto response = roundtrip(*transport, make_request(host, "POST", "x"));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().klass, ErrorClass::kNotSent);
  EXPECT_EQ(response.error().code, "ResolveFailed");
  EXPECT_NE(response.error().message.find(host + ":80"), std::string::npos);
}

// Everything that waits behind a busy connection when the time is up has certainly not been sent.
TEST(CurlTransport, KnowsThatAQueuedRequestWasNotSent) {
  LoopbackServer server([](const Received&) { return Answer{"", Then::kHold}; });
  CurlOptions options;
  options.connections_per_host = 1;
  const auto transport = make_curl_transport(options);
  transport->send(1, make_request(server.host(), "POST", "first"), {});
  SendOptions send;
  send.total_timeout = milliseconds(200);
  transport->send(2, make_request(server.host(), "POST", "second"), send);
  const auto all = gather(*transport, 1);
  EXPECT_EQ(all.at(2).error().klass, ErrorClass::kNotSent);
  EXPECT_LE(server.request_count(), 1);
}

TEST(CurlTransport, RefusesARequestThatCouldSmuggleAHeader) {
  LoopbackServer server(answer_ok);
  const auto transport = make_curl_transport({});
  const auto refuses = [&](const HttpRequest& request) {
    const auto response = roundtrip(*transport, request);
    return !response && response.error().klass == ErrorClass::kNotSent &&
           response.error().message.find("evil") == std::string::npos;
  };
  HttpRequest request = make_request(server.host(), "GET", "");
  request.headers = {{"x-amz-security-token", "t\r\nX-evil: 1"}};
  EXPECT_TRUE(refuses(request));
  request.headers = {{"X-evil: 1\r\nY", "1"}};
  EXPECT_TRUE(refuses(request));
  request = make_request(server.host(), "GET", "");
  request.path = "/ HTTP/1.1\r\nX-evil: 1";
  EXPECT_TRUE(refuses(request));
  request = make_request("user:evil@" + server.host(), "GET", "");
  EXPECT_TRUE(refuses(request));
  EXPECT_EQ(server.connection_count(), 0);
}

TEST(CurlTransport, NeverPutsHeadersOrBodiesIntoErrors) {
  HttpRequest request = make_request("127.0.0.1:1", "POST", "MasterUserPassword=hunter2");
  request.headers = {{"authorization", "hunter2"}};
  request.query = "X-Amz-Signature=hunter2";
  const auto transport = make_curl_transport({});
  const auto response = roundtrip(*transport, request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().to_string().find("hunter2"), std::string::npos);
}

TEST(CurlTransport, CompletesManyAtOnceAndReusesTheirHandles) {
  LoopbackServer server([](const Received& received) {
    return Answer{ok(received.text.substr(received.text.find("\r\n\r\n") + 4)), Then::kKeepOpen};
  });
  const auto transport = make_curl_transport({});
  for (int round = 0; round < 5; ++round) {
    for (std::uint64_t id = 1; id <= 50; ++id) {
      transport->send(id, make_request(server.host(), "POST", std::to_string(id)), {});
    }
    for (const auto& [id, response] : gather(*transport, 50)) {
      ASSERT_TRUE(response);
      EXPECT_EQ(response->body, std::to_string(id));
    }
  }
}

TEST(CurlTransport, ReturnsFromWaitWhenItsLimitHasPassed) {
  const auto transport = make_curl_transport({});
  EXPECT_TRUE(transport->wait(milliseconds(1)).empty());
  EXPECT_TRUE(transport->wait(milliseconds(-5)).empty());
}

TEST(CurlTransport, ReturnsFromWaitWhenWoken) {
  const auto transport = make_curl_transport({});
  transport->wake();
  EXPECT_TRUE(transport->wait(std::chrono::hours(1)).empty());
  std::thread other([&transport] { transport->wake(); });
  EXPECT_TRUE(transport->wait(std::chrono::hours(1)).empty());
  other.join();
}

TEST(CurlTransport, MayBeDestroyedWithRequestsInFlight) {
  LoopbackServer server([](const Received&) { return Answer{"", Then::kHold}; });
  const auto transport = make_curl_transport({});
  transport->send(1, make_request(server.host(), "POST", "x"), {});
  while (server.request_count() == 0) {
    transport->wait(milliseconds(5));
  }
}

}  // namespace
}  // namespace plumbline
