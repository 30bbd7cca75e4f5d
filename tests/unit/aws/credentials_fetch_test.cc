// Each source against a server that the test plays.
#include "controller/base/json.h"
#include "tests/support/aws/credential_bench.h"

namespace plumbline {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Variables = std::map<std::string, std::string>;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/deploy";
constexpr const char* kToken = "x-aws-ec2-metadata-token";

bool says(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

/// A metadata service of version 2 whose role is "node role".
CredentialBench::Server metadata_server(const CredentialBench& bench) {
  return [&bench](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_EQ(request.host, "169.254.169.254");
    EXPECT_EQ(request.scheme, "http");
    if (request.path == "/latest/api/token") {
      EXPECT_EQ(request.method, "PUT");
      EXPECT_EQ(*find_header(request.headers, "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
      return answer(200, "session-hunter2");
    }
    EXPECT_EQ(request.method, "GET");
    const std::string* token = find_header(request.headers, kToken);
    if (token == nullptr || *token != "session-hunter2") {
      return answer(401, "");
    }
    if (request.path == "/latest/meta-data/iam/security-credentials/") {
      return answer(200, "node-role\n");
    }
    EXPECT_EQ(request.path, "/latest/meta-data/iam/security-credentials/node-role");
    return answer(200, keys_json("AKNODE", bench.in(hours(6))));
  };
}

TEST(InstanceMetadata, HandsOutTheRolesKeysForASessionToken) {
  CredentialBench bench({}, "");
  bench.server = metadata_server(bench);
  const auto keys = bench.get();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "AKNODE");
  EXPECT_EQ(keys->secret_access_key.reveal(), kSecret);
  EXPECT_EQ(keys->session_token.reveal(), "token-hunter2");
  EXPECT_EQ(keys->source, "instance role node-role");
  EXPECT_EQ(bench.requests.size(), 3U);
}

TEST(InstanceMetadata, OfVersionOneIsNeverUsed) {
  for (const int status : {403, 404, 405}) {
    CredentialBench bench({}, "");
    bench.server = [status](const HttpRequest& request) -> Result<HttpResponse> {
      // It would hand out keys to everybody who asks without a token.
      return request.method == "PUT" ? answer(status, "") : answer(200, "node-role");
    };
    EXPECT_TRUE(says(bench.refusal(), "version 1 is never used")) << status;
    EXPECT_EQ(bench.requests.size(), 1U);
  }
}

TEST(InstanceMetadata, IsAskedOnceWhereNobodyAnswersAndThenTheSearchIsToldWhole) {
  CredentialBench bench({}, "");
  bench.server = [](const HttpRequest&) -> Result<HttpResponse> { return no_connection(); };
  const std::string said = bench.refusal();
  EXPECT_TRUE(says(said, "no AWS credentials: looked at the environment")) << said;
  EXPECT_TRUE(says(said, "the instance's metadata (no connection)")) << said;
  EXPECT_EQ(bench.requests.size(), 1U);
}

TEST(InstanceMetadata, IsAskedAgainWhenAProfileInsistsOnIt) {
  CredentialBench bench(
      {}, std::string("[default]\ncredential_source = Ec2InstanceMetadata\nrole_arn = ") + kRole
  );
  int asked = 0;
  const auto metadata = metadata_server(bench);
  bench.server = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (++asked < 3) {
      return no_connection();
    }
    return request.host.starts_with("sts") ? keys_xml("AssumeRole", "AKROLE", bench.in(hours(1)))
                                           : metadata(request);
  };
  const auto keys = bench.get();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "AKROLE");
}

TEST(InstanceMetadata, IsNotTouchedWhenSwitchedOff) {
  CredentialBench bench({{"AWS_EC2_METADATA_DISABLED", "true"}}, "");
  EXPECT_TRUE(says(bench.refusal(), "off by AWS_EC2_METADATA_DISABLED"));
  EXPECT_TRUE(bench.requests.empty());
}

TEST(InstanceMetadata, WithoutARoleSaysSo) {
  CredentialBench bench({}, "");
  bench.server = [](const HttpRequest& request) -> Result<HttpResponse> {
    return request.method == "PUT" ? answer(200, "t") : answer(404, "");
  };
  EXPECT_TRUE(says(bench.refusal(), "the instance has no role"));
}

TEST(Container, IsAskedWithItsTokenReadAnewEachTime) {
  CredentialBench bench(
      {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials?a=b"},
       {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "stale"},
       {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}},
      ""
  );
  bench.files.texts["/token"] = "first-hunter2\n";
  std::vector<std::string> tokens;
  bench.server = [&](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_EQ(
        request.host + request.path + "?" + request.query, "169.254.170.23/v1/credentials?a=b"
    );
    tokens.push_back(*find_header(request.headers, "Authorization"));
    return answer(200, keys_json("AKTASK", bench.in(hours(1))));
  };
  EXPECT_EQ(bench.get()->access_key_id, "AKTASK");
  bench.files.texts["/token"] = "second-hunter2";
  bench.advance(minutes(61));
  EXPECT_TRUE(bench.get());
  EXPECT_EQ(tokens, (std::vector<std::string>{"first-hunter2", "second-hunter2"}));
}

TEST(Container, RefusesATokenThatWouldBeginAnotherHeader) {
  CredentialBench bench(
      {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"},
       {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"}},
      ""
  );
  bench.files.texts["/token"] = "hunter2\r\nHost: evil";
  EXPECT_TRUE(says(bench.refusal(), "more than one line"));
  EXPECT_TRUE(bench.requests.empty());
}

TEST(Container, TellsWhatItAnsweredWithoutQuotingIt) {
  CredentialBench bench({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"}}, "");
  bench.server = [](const HttpRequest&) -> Result<HttpResponse> { return answer(200, "hunter2"); };
  EXPECT_TRUE(says(bench.refusal(), "is no JSON object"));
  bench.advance(minutes(1));
  bench.server = [](const HttpRequest&) -> Result<HttpResponse> { return answer(403, "hunter2"); };
  EXPECT_TRUE(says(bench.refusal(), "status 403"));
  bench.advance(minutes(1));
  bench.server = [&](const HttpRequest&) -> Result<HttpResponse> {
    return answer(200, keys_json("AK", bench.in(-minutes(1))));
  };
  EXPECT_TRUE(says(bench.refusal(), "expired"));
}

TEST(WebIdentity, IsExchangedWithoutASignatureAndReadAnewEachTime) {
  CredentialBench bench(
      {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/jwt"},
       {"AWS_ROLE_ARN", kRole},
       {"AWS_ROLE_SESSION_NAME", "pod"}},
      ""
  );
  bench.files.texts["/jwt"] = "one.hunter2\n";
  bench.server = [&](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_EQ(request.host, "sts.eu-west-3.amazonaws.com");
    EXPECT_EQ(find_header(request.headers, "authorization"), nullptr);
    EXPECT_TRUE(says(request.body, "Action=AssumeRoleWithWebIdentity"));
    EXPECT_TRUE(says(request.body, "RoleSessionName=pod"));
    return keys_xml("AssumeRoleWithWebIdentity", "AKPOD", bench.in(hours(1)));
  };
  EXPECT_EQ(bench.get()->access_key_id, "AKPOD");
  EXPECT_TRUE(
      says(bench.requests.back().body, "WebIdentityToken=one.hunter2&") ||
      bench.requests.back().body.ends_with("WebIdentityToken=one.hunter2")
  );
  bench.files.texts["/jwt"] = "two.hunter2";
  bench.advance(minutes(61));
  EXPECT_TRUE(bench.get());
  EXPECT_TRUE(says(bench.requests.back().body, "two.hunter2"));
}

TEST(WebIdentity, SaysWhichFileIsMissing) {
  CredentialBench bench({{"AWS_WEB_IDENTITY_TOKEN_FILE", "/jwt"}, {"AWS_ROLE_ARN", kRole}}, "");
  EXPECT_TRUE(says(bench.refusal(), "/jwt cannot be read"));
}

TEST(AssumeRole, IsSignedByTheSourceAndCarriesWhatTheProfileSays) {
  CredentialBench bench(
      {},
      std::string("[default]\nsource_profile = base\nexternal_id = e/1\nregion = us-gov-west-1\n") +
          "role_arn = " + kRole +
          "\n[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = hunter2\n"
  );
  bench.server = [&](const HttpRequest& request) -> Result<HttpResponse> {
    EXPECT_EQ(request.host, "sts.us-gov-west-1.amazonaws.com");
    EXPECT_TRUE(says(
        *find_header(request.headers, "authorization"),
        "Credential=AKBASE/20261118/us-gov-west-1/sts/aws4_request"
    )) << *find_header(request.headers, "authorization");
    EXPECT_TRUE(says(request.body, "ExternalId=e%2F1"));
    EXPECT_TRUE(says(request.body, "DurationSeconds=3600"));
    return keys_xml("AssumeRole", "AKROLE", bench.in(hours(1)));
  };
  const auto keys = bench.get();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "AKROLE");
}

TEST(AssumeRole, SaysWhoWasRefusedAndWhatToCheck) {
  CredentialBench bench({{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", kSecret}}, "");
  bench.keeper().use_roles({{"prod", {kRole, "", "plumbline", "eu-west-3", 3600, "account prod"}}});
  bench.server = [](const HttpRequest&) -> Result<HttpResponse> {
    return sts_error(403, "AccessDenied");
  };
  const std::string said = bench.refusal("prod");
  EXPECT_TRUE(says(said, kRole)) << said;
  EXPECT_TRUE(says(said, "AccessDenied")) << said;
  EXPECT_TRUE(says(said, "trust policy")) << said;
  EXPECT_EQ(bench.requests.size(), 1U);
}

TEST(AssumeRole, IsTriedAgainThroughThrottlesAndOutages) {
  CredentialBench bench({{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", kSecret}}, "");
  bench.keeper().use_roles({{"prod", {kRole, "", "plumbline", "eu-west-3", 3600, "account prod"}}});
  int asked = 0;
  bench.server = [&](const HttpRequest&) -> Result<HttpResponse> {
    switch (++asked) {
      case 1:
        return sts_error(400, "Throttling");
      case 2:
        return no_connection();
      default:
        return keys_xml("AssumeRole", "AKROLE", bench.in(hours(1)));
    }
  };
  EXPECT_EQ(bench.get("prod")->access_key_id, "AKROLE");
}

class Sso : public ::testing::Test {
 protected:
  static constexpr const char* kCache =
      "~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
  CredentialBench bench_{
      {},
      "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = admin\n"
      "[sso-session corp]\nsso_start_url = https://corp.example\nsso_region = eu-west-1\n"};

  void log_in(Duration lifetime, const std::string& renewal = "") {
    bench_.files.texts[kCache] =
        R"({"accessToken":"at-hunter2","expiresAt":")" + bench_.in(lifetime) + "\"" + renewal + "}";
  }
  std::string renewable() const {
    return R"(,"clientId":"c","clientSecret":"cs-hunter2","refreshToken":"rt-hunter2",)"
           R"("registrationExpiresAt":")" +
           bench_.in(hours(100)) + "\"";
  }
  void serve(const std::string& token) {
    bench_.server = [this, token](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.host == "oidc.eu-west-1.amazonaws.com") {
        EXPECT_EQ(request.path, "/token");
        EXPECT_TRUE(says(request.body, R"("grantType":"refresh_token")"));
        EXPECT_TRUE(says(request.body, R"("refreshToken":"rt-hunter2")"));
        return answer(
            200, R"({"accessToken":"new-hunter2","expiresIn":28800,"refreshToken":"rt2-hunter2"})"
        );
      }
      EXPECT_EQ(request.host, "portal.sso.eu-west-1.amazonaws.com");
      EXPECT_EQ(request.path, "/federation/credentials");
      EXPECT_EQ(request.query, "role_name=admin&account_id=123456789012");
      EXPECT_EQ(find_header(request.headers, "authorization"), nullptr);
      EXPECT_EQ(*find_header(request.headers, "x-amz-sso_bearer_token"), token);
      const auto expiry = (bench_.now() + hours(1)).time_since_epoch().count();
      return answer(
          200,
          R"({"roleCredentials":{"accessKeyId":"AKSSO","secretAccessKey":"hunter2",)"
          R"("sessionToken":"t","expiration":)" +
              std::to_string(expiry) + "}}"
      );
    };
  }
};

TEST_F(Sso, ExchangesTheTokenOfALoginForKeys) {
  log_in(hours(8));
  serve("at-hunter2");
  const auto keys = bench_.get();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "AKSSO");
  EXPECT_TRUE(keys->expires_at.has_value());
}

TEST_F(Sso, RenewsATokenThatEndsAndLeavesItForOtherTools) {
  log_in(minutes(5), renewable());
  serve("new-hunter2");
  const auto keys = bench_.get();
  ASSERT_TRUE(keys) << keys.error().message;
  const Value cache = *parse_json(bench_.files.texts[kCache]);
  EXPECT_EQ(cache.text_of("accessToken"), "new-hunter2");
  EXPECT_EQ(cache.text_of("refreshToken"), "rt2-hunter2");
  EXPECT_EQ(cache.text_of("clientId"), "c");
}

TEST_F(Sso, UsesATokenToItsEndWhenItCannotBeRenewed) {
  log_in(minutes(5), renewable());
  serve("at-hunter2");
  const auto portal = bench_.server;
  bench_.server = [&](const HttpRequest& request) -> Result<HttpResponse> {
    return request.host.starts_with("oidc") ? answer(400, R"({"error":"invalid_grant"})")
                                            : portal(request);
  };
  EXPECT_TRUE(bench_.get());
}

TEST_F(Sso, SendsAPersonToLogInWhereNothingElseHelps) {
  const std::string login = "run `aws sso login --profile default`";
  EXPECT_TRUE(says(bench_.refusal(), login));
  bench_.advance(minutes(1));
  log_in(-minutes(1));
  EXPECT_TRUE(says(bench_.refusal(), "its token expired at"));
  bench_.advance(minutes(1));
  bench_.files.texts[kCache] = "hunter2";
  EXPECT_TRUE(says(bench_.refusal(), "holds no token"));
  bench_.advance(minutes(1));
  log_in(hours(1));
  bench_.server = [](const HttpRequest&) -> Result<HttpResponse> {
    return answer(401, R"({"message":"Session token not found or invalid"})");
  };
  EXPECT_TRUE(says(bench_.refusal(), login));
}

class Process : public ::testing::Test {
 protected:
  CredentialBench bench_{
      {{"PLUMBLINE_CREDENTIAL_PROCESS", "1"}},
      "[default]\ncredential_process = /bin/get 'my keys'\n"};
};

TEST_F(Process, PrintsKeys) {
  bench_.processes.output = ProcessOutput{
      0, R"({"Version":1,"AccessKeyId":"AKP","SecretAccessKey":"hunter2","SessionToken":"t"})"};
  const auto keys = bench_.get();
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->access_key_id, "AKP");
  EXPECT_EQ(keys->session_token.reveal(), "t");
  EXPECT_FALSE(keys->expires_at.has_value());
  EXPECT_EQ(bench_.processes.started, (std::vector<std::string>{"/bin/get", "my keys"}));
}

TEST_F(Process, IsNotBelievedWhenItFailsOrSaysSomethingElse) {
  const auto refuses = [&](Result<ProcessOutput> output, std::string_view words) {
    bench_.processes.output = std::move(output);
    bench_.advance(minutes(1));
    const std::string said = bench_.refusal();
    EXPECT_TRUE(says(said, words)) << said;
  };
  refuses(ProcessOutput{3, "hunter2"}, "status 3");
  refuses(ProcessOutput{0, "hunter2"}, "no JSON object with Version 1");
  refuses(ProcessOutput{0, R"({"Version":2})"}, "no JSON object with Version 1");
  refuses(ProcessOutput{0, R"({"Version":1,"AccessKeyId":"hunter2"})"}, "has no SecretAccessKey");
  refuses(
      Error{ErrorClass::kIo, "ProcessTimeout", "/bin/get did not end in time", "", 0}, "in time"
  );
}

}  // namespace
}  // namespace plumbline
