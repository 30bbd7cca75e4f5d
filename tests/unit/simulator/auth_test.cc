#include "simulator/auth.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

Timestamp at(const std::string& text) {
  Timestamp time;
  EXPECT_TRUE(parse_time(text, time));
  return time;
}

const std::vector<Options::Key>& golden_keys() {
  static const std::vector<Options::Key> kKeys = {
      {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "111122223333"}};
  return kKeys;
}

/// A request that botocore signed, from the golden file of wire facts.
HttpRequest signed_request() {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {
      {"host", "ec2.eu-west-3.amazonaws.com"},
      {"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"x-amz-date", "20260102T030405Z"},
      {"authorization",
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-3/ec2/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date, "
       "Signature=1238e496830fa00b1dc62d5469c75917b15621679b4baf01a8d56debb3ee9ddd"}};
  request.body =
      "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Arecon&Filter.1.Value.1=x&"
      "Filter.1.Value.2=y&MaxResults=1000";
  return request;
}

std::string refused(const HttpRequest& request, Timestamp now) {
  const auto result = authenticate(request, golden_keys(), now, true);
  const auto* refusal = std::get_if<Refusal>(&result);
  return refusal == nullptr ? "" : refusal->fault.code;
}

TEST(Auth, AcceptsARequestSignedByBotocore) {
  const auto result =
      authenticate(signed_request(), golden_keys(), at("2026-01-02T03:04:05Z"), true);
  ASSERT_TRUE(std::holds_alternative<Caller>(result));
  const auto& caller = std::get<Caller>(result);
  EXPECT_EQ(caller.account, "111122223333");
  EXPECT_EQ(caller.region, "eu-west-3");
  EXPECT_EQ(caller.wire->service, "ec2");
}

std::filesystem::path shared_folder() {
  const char* named = std::getenv("PLUMBLINE_SHARED");
  return named != nullptr ? std::filesystem::path(named)
                          : std::filesystem::path(PLUMBLINE_SOURCE_DIR) / ".." / "shared";
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Reads an HTTP request as text; a header's continuation lines belong to it.
HttpRequest parse_http(const std::string& text) {
  HttpRequest request;
  const auto end = text.find("\n\n");
  request.body = end == std::string::npos ? "" : text.substr(end + 2);
  std::istringstream lines(text.substr(0, end));
  std::string line;
  std::getline(lines, line);
  const auto space = line.find(' ');
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, line.rfind(' ') - space - 1);
  auto last = request.headers.end();
  while (std::getline(lines, line)) {
    if (!line.empty() && (line[0] == ' ' || line[0] == '\t') && last != request.headers.end()) {
      last->second += " " + std::string(trim(line));
    } else {
      const auto colon = line.find(':');
      last = request.headers.emplace(to_lower(line.substr(0, colon)), line.substr(colon + 1));
    }
  }
  return request;
}

TEST(Auth, AgreesWithThePublishedSignatures) {
  const auto folder = shared_folder() / "sigv4-vectors";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "no published signatures at " << folder;
  }
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    // Services here normalise paths; the others are how S3 signs.
    if (!entry.is_directory() || name.find("unnormalized") != std::string::npos) {
      continue;
    }
    auto context = parse_json(text_of(entry.path() / "context.json"));
    ASSERT_TRUE(context) << name;
    const std::string secret = context.value().get_path("credentials.secret_access_key").as_text();
    const HttpRequest request = parse_http(text_of(entry.path() / "header-signed-request.txt"));
    EXPECT_EQ(
        expected_signature(request, secret), trim(text_of(entry.path() / "header-signature.txt"))
    ) << name;
    ++checked;
  }
  EXPECT_GT(checked, 20);
}

TEST(Auth, RefusesAChangedBody) {
  HttpRequest request = signed_request();
  request.body += "0";
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:05Z")), "AuthFailure");
}

TEST(Auth, RefusesAnUnsignedAmzHeader) {
  HttpRequest request = signed_request();
  request.headers.emplace("x-amz-security-policy", "x");
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:05Z")), "AuthFailure");
}

TEST(Auth, AllowsFiveMinutesOfSkewEitherWay) {
  EXPECT_EQ(refused(signed_request(), at("2026-01-02T03:09:05Z")), "");
  EXPECT_EQ(refused(signed_request(), at("2026-01-02T03:09:06Z")), "RequestExpired");
  EXPECT_EQ(refused(signed_request(), at("2026-01-02T02:59:05Z")), "");
  EXPECT_EQ(refused(signed_request(), at("2026-01-02T02:59:04Z")), "RequestExpired");
}

TEST(Auth, RefusesAKeyNobodyHas) {
  const auto result = authenticate(signed_request(), {}, at("2026-01-02T03:04:05Z"), true);
  ASSERT_TRUE(std::holds_alternative<Refusal>(result));
  EXPECT_EQ(std::get<Refusal>(result).fault.code, "AuthFailure");
  EXPECT_EQ(std::get<Refusal>(result).fault.http_status, 401);
}

TEST(Auth, RefusesARequestWithoutASignatureInTheFormOfItsService) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.headers = {{"x-amz-target", "secretsmanager.ListSecrets"}};
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:05Z")), "MissingAuthenticationTokenException");
  request.headers.clear();
  request.body = "Action=ListRoles&Version=2010-05-08";
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:05Z")), "MissingAuthenticationToken");
}

TEST(Auth, RefusesASessionTokenOfAnotherKeyOrAnotherTime) {
  Session session;
  session.access_key_id = "AKIDEXAMPLE";
  session.account = "444455556666";
  session.expires_at = at("2026-01-02T03:04:04Z");
  HttpRequest request = signed_request();
  request.headers.emplace("x-amz-security-token", seal_session(session));
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:05Z")), "RequestExpired");
  session.access_key_id = "ASIAOTHER";
  request.headers.erase("x-amz-security-token");
  request.headers.emplace("x-amz-security-token", seal_session(session));
  EXPECT_EQ(refused(request, at("2026-01-02T03:04:00Z")), "AuthFailure");
}

TEST(Auth, ReadsOnlyTheScopeWhenSignaturesAreNotVerified) {
  HttpRequest request = signed_request();
  request.body = "changed";
  const auto result = authenticate(request, {}, at("2030-01-01T00:00:00Z"), false);
  ASSERT_TRUE(std::holds_alternative<Caller>(result));
  EXPECT_EQ(std::get<Caller>(result).region, "eu-west-3");
}

}  // namespace
}  // namespace plumbline::sim
