// Answers whose framing is wrong, as they come over a socket: tests/golden/hostile/framing. What is
// no whole answer to a change leaves its outcome unknown, and nothing of it is ever taken for a
// part of the next answer.
#include <sstream>

#include <gtest/gtest.h>

#include "controller/aws/curl_transport.h"
#include "tests/support/aws/loopback_server.h"
#include "tests/support/hostile.h"

namespace plumbline {
namespace {

using std::chrono::milliseconds;

Answer::Then then_of(const HostileCase& one) {
  const std::string word = one.get("then");
  return word == "reset"  ? Answer::Then::kReset
         : word == "hold" ? Answer::Then::kHold
         : word == "keep" ? Answer::Then::kKeepOpen
                          : Answer::Then::kClose;
}

Result<HttpResponse> roundtrip(Transport& transport, const HttpRequest& request, bool is_held) {
  SendOptions options;
  options.is_mutating = true;
  if (is_held) {
    options.total_timeout = milliseconds(300);
  }
  transport.send(1, request, options);
  for (int turns = 0; turns < 1000; ++turns) {
    std::vector<Completion> completions = transport.wait(std::chrono::seconds(20));
    if (!completions.empty()) {
      return std::move(completions.front().response);
    }
  }
  return Error{ErrorClass::kIo, "Hangs", "the transport never came back", "", 0};
}

/// "200 body", or "unknown CODE".
std::string told(const Result<HttpResponse>& response) {
  if (response) {
    return response->body.empty() ? std::to_string(response->status)
                                  : std::to_string(response->status) + " " + response->body;
  }
  const std::string klass =
      response.error().klass == ErrorClass::kUnknownOutcome ? "unknown" : "NOT UNKNOWN";
  return klass + " " + response.error().code;
}

void check(const HostileCase& one) {
  SCOPED_TRACE(one.place + " " + one.name);
  const std::string method = one.get("method");
  LoopbackServer server([&one](const Received& received) {
    return received.number == 1 ? Answer{one.bytes, then_of(one)}
                                : Answer{ok("the second"), Answer::Then::kKeepOpen};
  });
  CurlOptions options;
  options.response_bytes_max = 4096;
  options.slow_seconds_max = 1;
  const auto transport = make_curl_transport(options);
  HttpRequest request;
  request.method = method.empty() ? "POST" : method;
  request.scheme = "http";
  request.host = server.host();
  request.body = method.empty() ? "Action=CreateVpc" : "";
  const Result<HttpResponse> first =
      roundtrip(*transport, request, one.get("then") == "hold" || one.get("then") == "keep");
  EXPECT_EQ(told(first), one.get("is"));
  if (!first) {
    EXPECT_NE(first.error().message.find(server.host()), std::string::npos)
        << first.error().message;
    EXPECT_NE(first.error().message.find(one.get("says")), std::string::npos)
        << first.error().message;
  }
  EXPECT_EQ(server.request_count(), 1) << "it was sent again";
  // It may meet a connection that is just being closed; it never meets the rest of an answer.
  const std::string second = told(roundtrip(*transport, request, false));
  const bool is_lost = second == "unknown ConnectionLost" && one.get("then") != "keep";
  EXPECT_TRUE(is_lost || second == (method == "HEAD" ? "200" : "200 the second")) << second;
}

TEST(HostileFraming, LeavesEveryOutcomeUnknownThatItDoesNotTell) {
  const std::vector<HostileCase> cases = hostile_cases("framing", {"is", "says", "then", "method"});
  EXPECT_GE(cases.size(), 60U);
  for (const HostileCase& one : cases) {
    check(one);
  }
}

}  // namespace
}  // namespace plumbline
