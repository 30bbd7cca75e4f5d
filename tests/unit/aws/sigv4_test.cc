#include "controller/aws/sigv4.h"

#include <gtest/gtest.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"
#include "tests/support/aws/shared_files.h"

namespace plumbline {
namespace {

Timestamp at(std::string_view text) {
  Timestamp time;
  EXPECT_TRUE(parse_time(text, time)) << text;
  return time;
}

Credentials example_credentials() {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  return credentials;
}

HttpRequest example_request() {
  HttpRequest request;
  request.method = "GET";
  request.host = "example.amazonaws.com";
  return request;
}

std::string authorization_of(const HttpRequest& request) {
  const std::string* header = find_header(request.headers, "authorization");
  return header == nullptr ? "" : *header;
}

std::string after(const std::string& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string::npos ? "" : text.substr(at + mark.size());
}

const SigningScope kScope{"us-east-1", "service"};

// ---- Published vectors ----

/// "GET /path?query HTTP/1.1", header lines (folded lines begin with a space), blank line, body.
HttpRequest read_request(const std::string& text) {
  HttpRequest request;
  const std::size_t blank = text.find("\n\n");
  request.body = blank == std::string::npos ? "" : text.substr(blank + 2);
  std::vector<std::string_view> lines = split(std::string_view(text).substr(0, blank), '\n');
  std::string_view target = lines.front();
  request.method = target.substr(0, target.find(' '));
  target = target.substr(request.method.size() + 1);
  target = target.substr(0, target.rfind(" HTTP/"));
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    if (line.empty()) {
      continue;
    }
    if (line.front() == ' ') {
      request.headers.back().second.append("\n").append(line);
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string name(line.substr(0, colon));
    if (to_lower(name) == "host") {
      request.host = trim(line.substr(colon + 1));
    } else {
      request.headers.emplace_back(name, line.substr(colon + 1));
    }
  }
  return request;
}

void check_vector(const std::filesystem::path& folder) {
  SCOPED_TRACE(folder.filename().string());
  const Result<Value> context = parse_json(read_shared(folder / "context.json"));
  ASSERT_TRUE(context);
  SigningScope scope{context->text_of("region"), context->text_of("service")};
  scope.normalise_path =
      context->get("normalize").as_bool() ? PathNormalisation::kYes : PathNormalisation::kNo;
  scope.signs_body_header = context->get("sign_body").as_bool();
  const Timestamp time = at(context->text_of("timestamp"));
  Credentials credentials;
  credentials.access_key_id = context->get_path("credentials.access_key_id").as_text();
  credentials.secret_access_key = context->get_path("credentials.secret_access_key").as_text();
  // `omit_session_token` means that the token is added after signing: the signature is without it.
  if (const Value& omits = context->get("omit_session_token");
      omits.is_null() || !omits.as_bool()) {
    credentials.session_token = context->get("credentials").text_of("token");
  }
  HttpRequest request = read_request(read_shared(folder / "request.txt"));
  Signer().sign(request, scope, credentials, time);

  const std::string expected = read_shared(folder / "header-canonical-request.txt");
  HttpRequest unsigned_request = request;
  std::erase_if(unsigned_request.headers, [](const auto& h) { return h.first == "authorization"; });
  const CanonicalRequest canonical = make_canonical_request(unsigned_request, scope);
  EXPECT_EQ(canonical.text, expected);
  EXPECT_EQ(
      make_string_to_sign(canonical.text, scope, time),
      read_shared(folder / "header-string-to-sign.txt")
  );
  EXPECT_EQ(
      after(authorization_of(request), "Signature="), read_shared(folder / "header-signature.txt")
  );
  const std::string signed_request = read_shared(folder / "header-signed-request.txt");
  EXPECT_NE(signed_request.find(authorization_of(request)), std::string::npos)
      << authorization_of(request) << "\n"
      << signed_request;
}

TEST(Signer, ReproducesEveryPublishedVector) {
  PLUMBLINE_NEEDS_SHARED("sigv4-vectors");
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shared_folder() / "sigv4-vectors")) {
    if (entry.is_directory()) {
      check_vector(std::filesystem::path("sigv4-vectors") / entry.path().filename());
      ++count;
    }
  }
  EXPECT_EQ(count, 38);
}

// ---- Golden requests of AWS's own SDK ----

std::vector<std::string> golden_blocks() {
  std::string text = read_shared("reference/wire-golden.txt");
  std::vector<std::string> blocks;
  std::size_t begin = text.find("\n### ");
  while (begin != std::string::npos) {
    const std::size_t end = text.find("\n### ", begin + 1);
    blocks.push_back(text.substr(begin + 1, end == std::string::npos ? end : end - begin));
    begin = end;
  }
  return blocks;
}

void check_golden(const std::string& block) {
  SCOPED_TRACE(block.substr(0, block.find('\n')));
  HttpRequest request;
  Credentials credentials = example_credentials();
  std::string expected;
  const auto lines = split(block, '\n');
  std::string_view url = lines.at(1);
  request.method = url.substr(0, url.find(' '));
  url = url.substr(url.find("://") + 3);
  request.host = url.substr(0, url.find('/'));
  url = url.substr(request.host.size());
  request.path = url.substr(0, url.find('?'));
  request.query = url.find('?') == std::string_view::npos ? "" : url.substr(url.find('?') + 1);
  std::size_t i = 2;
  for (; !lines.at(i).starts_with("body: "); ++i) {
    const std::string_view name = lines[i].substr(0, lines[i].find(": "));
    const std::string value(lines[i].substr(name.size() + 2));
    if (name == "Authorization") {
      expected = value;
    } else if (name == "X-Amz-Security-Token") {
      credentials.session_token = value;
    } else if (name != "X-Amz-Date") {
      request.headers.emplace_back(name, value);
    }
  }
  request.body = lines[i].substr(6) == "None" ? "" : lines[i].substr(6);
  const auto parts = split(std::string_view(expected).substr(expected.find("Credential=")), '/');
  const SigningScope scope{std::string(parts.at(2)), std::string(parts.at(3))};
  Signer().sign(request, scope, credentials, at("2026-01-02T03:04:05Z"));
  EXPECT_EQ(authorization_of(request), expected);
  if (const std::string canonical = after(block, "--canonical--\n"); !canonical.empty()) {
    EXPECT_EQ(
        make_canonical_request(request, scope).text,
        canonical.substr(0, canonical.find("\n--sts--"))
    );
  }
}

TEST(Signer, ReproducesEveryGoldenRequest) {
  PLUMBLINE_NEEDS_SHARED("reference/wire-golden.txt");
  const std::vector<std::string> blocks = golden_blocks();
  for (const std::string& block : blocks) {
    check_golden(block);
  }
  EXPECT_EQ(blocks.size(), 24U);
}

// ---- Own cases ----

TEST(Signer, SignsAPlainRequestAsPublished) {
  HttpRequest request = example_request();
  Signer().sign(request, kScope, example_credentials(), at("20150830T123600Z"));
  EXPECT_EQ(
      authorization_of(request),
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
      "SignedHeaders=host;x-amz-date, "
      "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
  );
  EXPECT_EQ(*find_header(request.headers, "X-Amz-Date"), "20150830T123600Z");
}

TEST(Signer, JoinsRepeatedHeadersInTheOrderSent) {
  HttpRequest request = example_request();
  request.headers = {{"My-Header", "b"}, {"Other", "x"}, {"my-header", "  a   c "}};
  const std::string text = make_canonical_request(request, kScope).text;
  const std::string expected = "my-header:b,a c\nother:x\n\nhost;my-header;other\n";
  EXPECT_NE(text.find(expected), std::string::npos) << text;
}

TEST(Signer, LeavesOutHeadersThatOthersMayRewrite) {
  HttpRequest request = example_request();
  request.headers = {{"User-Agent", "x"}, {"Connection", "close"}, {"TE", "x"}, {"Accept", "*/*"}};
  EXPECT_EQ(make_canonical_request(request, kScope).signed_headers, "accept;host");
}

TEST(Signer, EncodesAnEncodedPathOnceMore) {
  HttpRequest request = example_request();
  request.path = "/2017-03-31/tags/arn%3Aaws";
  const std::string text = make_canonical_request(request, kScope).text;
  EXPECT_TRUE(text.starts_with("GET\n/2017-03-31/tags/arn%253Aaws\n")) << text;
}

TEST(Signer, SignsThePathPrefixOfAnOverriddenEndpoint) {
  HttpRequest request = example_request();
  request.base_path = "/aws";
  request.path = "/";
  EXPECT_TRUE(make_canonical_request(request, kScope).text.starts_with("GET\n/aws/\n"));
}

TEST(Signer, SortsTheQueryByEncodedKeyThenValue) {
  HttpRequest request = example_request();
  request.query = "b=2&a=z&a=%2a&flag";
  EXPECT_TRUE(
      make_canonical_request(request, kScope).text.starts_with("GET\n/\na=%2A&a=z&b=2&flag=\n")
  );
}

TEST(Signer, SigningAgainReplacesWhatTheFirstTimeAdded) {
  Signer signer;
  Credentials session = example_credentials();
  session.session_token = "token";
  HttpRequest again = example_request();
  signer.sign(again, kScope, session, at("20150830T123600Z"));
  EXPECT_EQ(again.headers.size(), 3U);
  signer.sign(again, kScope, example_credentials(), at("20150831T000000Z"));

  HttpRequest once = example_request();
  signer.sign(once, kScope, example_credentials(), at("20150831T000000Z"));
  EXPECT_EQ(again.headers, once.headers);
  EXPECT_EQ(once.headers.size(), 2U);
}

TEST(Signer, KeepsKeysOfDifferentScopesAndSecretsApart) {
  const Timestamp time = at("20150830T123600Z");
  Credentials other = example_credentials();
  other.secret_access_key = "another";
  const SigningScope elsewhere{"eu-west-3", "service"};
  const SigningScope other_service{"us-east-1", "rds"};
  Signer shared;
  std::vector<std::string> seen;
  for (int round = 0; round < 2; ++round) {
    for (const Credentials& credentials : {example_credentials(), other}) {
      for (const SigningScope& scope : {kScope, elsewhere, other_service}) {
        for (const Timestamp when : {time, time + std::chrono::days(1)}) {
          HttpRequest with_cache = example_request();
          HttpRequest fresh = example_request();
          shared.sign(with_cache, scope, credentials, when);
          Signer().sign(fresh, scope, credentials, when);
          EXPECT_EQ(authorization_of(with_cache), authorization_of(fresh));
          seen.push_back(authorization_of(fresh));
        }
      }
    }
  }
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.size(), 12U);
}

TEST(Signer, OutlivesMoreKeysThanItRemembers) {
  Signer shared;
  for (int i = 0; i < 200; ++i) {
    const SigningScope scope{"us-east-1", "service" + std::to_string(i % 90)};
    HttpRequest with_cache = example_request();
    HttpRequest fresh = example_request();
    shared.sign(with_cache, scope, example_credentials(), at("20150830T123600Z"));
    Signer().sign(fresh, scope, example_credentials(), at("20150830T123600Z"));
    ASSERT_EQ(authorization_of(with_cache), authorization_of(fresh));
  }
}

TEST(Signer, SendsTheBodysDigestWhereTheServiceWantsIt) {
  HttpRequest request = example_request();
  request.body = "Param1=value1";
  SigningScope scope = kScope;
  scope.signs_body_header = true;
  Signer().sign(request, scope, example_credentials(), at("20150830T123600Z"));
  EXPECT_EQ(*find_header(request.headers, "x-amz-content-sha256"), sha256_hex("Param1=value1"));
  EXPECT_NE(authorization_of(request).find("x-amz-content-sha256"), std::string::npos);
}

// ---- Clock skew ----

HttpResponse rejected_at(std::string_view date) {
  HttpResponse response;
  response.status = 403;
  response.headers.emplace_back("Date", date);
  return response;
}

TEST(ClockSkew, LearnsTheOffsetFromARejectedSignature) {
  ClockSkew skew;
  const Timestamp local = at("2026-01-02T03:00:00Z");
  const HttpResponse response = rejected_at("Fri, 02 Jan 2026 03:10:00 GMT");
  EXPECT_TRUE(skew.learn("ec2", response, "RequestExpired", local));
  EXPECT_EQ(skew.offset("ec2"), std::chrono::minutes(10));
  EXPECT_EQ(skew.offset("rds"), Duration::zero());
}

TEST(ClockSkew, DoesNotAskForAThirdAttemptOnceCorrected) {
  ClockSkew skew;
  const Timestamp local = at("2026-01-02T03:00:00Z");
  const HttpResponse response = rejected_at("Fri, 02 Jan 2026 03:10:00 GMT");
  EXPECT_TRUE(skew.learn("ec2", response, "SignatureDoesNotMatch", local));
  EXPECT_FALSE(skew.learn("ec2", response, "SignatureDoesNotMatch", local));
}

TEST(ClockSkew, FollowsALocalClockThatWasSetRight) {
  ClockSkew skew;
  const HttpResponse response = rejected_at("Fri, 02 Jan 2026 03:10:00 GMT");
  EXPECT_TRUE(skew.learn("ec2", response, "AuthFailure", at("2026-01-02T03:00:00Z")));
  EXPECT_TRUE(skew.learn("ec2", response, "AuthFailure", at("2026-01-02T03:10:01Z")));
  EXPECT_EQ(skew.offset("ec2"), std::chrono::seconds(-1));
}

TEST(ClockSkew, IgnoresSmallDifferencesOtherErrorsAndUnreadableDates) {
  ClockSkew skew;
  const Timestamp local = at("2026-01-02T03:06:00Z");
  const HttpResponse near = rejected_at("Fri, 02 Jan 2026 03:10:00 GMT");
  EXPECT_FALSE(skew.learn("ec2", near, "SignatureDoesNotMatch", local));
  const HttpResponse far = rejected_at("Fri, 02 Jan 2026 05:10:00 GMT");
  EXPECT_FALSE(skew.learn("ec2", far, "InvalidVpcID.NotFound", local));
  EXPECT_FALSE(skew.learn("ec2", rejected_at("yesterday"), "RequestExpired", local));
  EXPECT_FALSE(skew.learn("ec2", HttpResponse{}, "RequestExpired", local));
  EXPECT_EQ(skew.offset("ec2"), Duration::zero());
}

}  // namespace
}  // namespace plumbline
