// A request that is cut on its way: the server has read so many bytes of it and is gone. Whether it
// had enough to act on is not for us to guess, and nobody asks it a second time.
#include <gtest/gtest.h>

#include "controller/aws/curl_transport.h"
#include "tests/support/aws/loopback_server.h"

namespace plumbline {
namespace {

using Then = Answer::Then;

HttpRequest request_to(const std::string& host, const std::string& method) {
  HttpRequest request;
  request.method = method;
  request.scheme = "http";
  request.host = host;
  request.path = "/";
  request.headers = {{"X-Amz-Date", "20261120T161813Z"}};
  if (method == "POST") {
    request.body = "Action=CreateVpc&CidrBlock=10.0.0.0%2F16&Version=2016-11-15";
  }
  return request;
}

Result<HttpResponse> send(HttpRequest request) {
  const auto transport = make_curl_transport({});
  SendOptions options;
  options.is_mutating = true;
  transport->send(1, std::move(request), options);
  while (true) {
    for (Completion& completion : transport->wait(std::chrono::seconds(1))) {
      return std::move(completion.response);
    }
  }
}

class CutRequest : public ::testing::TestWithParam<std::string> {};

TEST_P(CutRequest, AtAnyByteIsAnUnknownOutcomeAndIsNotSentAgain) {
  std::size_t size = 0;
  {
    LoopbackServer whole([](const Received&) { return Answer{ok("fine"), Then::kKeepOpen}; });
    ASSERT_TRUE(send(request_to(whole.host(), GetParam())));
    size = whole.requests().front().size();
  }
  for (const Then then : {Then::kClose, Then::kReset}) {
    for (std::size_t bytes = 0; bytes <= size && !HasFailure(); ++bytes) {
      LoopbackServer server(bytes, then);
      const auto response = send(request_to(server.host(), GetParam()));
      ASSERT_FALSE(response);
      EXPECT_EQ(response.error().klass, ErrorClass::kUnknownOutcome)
          << bytes << " bytes: " << response.error().to_string();
      EXPECT_EQ(server.connection_count(), 1) << bytes;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Methods,
    CutRequest,
    ::testing::Values("POST", "DELETE"),
    [](const auto& method) { return method.param; }
);

}  // namespace
}  // namespace plumbline
