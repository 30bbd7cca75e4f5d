// IAM Identity Center: the token that `aws sso login` left in its cache, renewed when it can be,
// for a role's keys. Facts: botocore's SSOProvider and SSOTokenProvider;
// docs.aws.amazon.com/sdkref/ latest/guide/feature-sso-credentials.html
#include <fmt/format.h>

#include "controller/aws/credentials_fetch.h"
#include "controller/aws/credentials_services.h"
#include "controller/base/json.h"

namespace plumbline {

namespace {

/// How long before its end a token is renewed. Portal calls outlive none.
constexpr Duration kRenewAhead = std::chrono::minutes(15);
constexpr KeyNames kPortalNames{"accessKeyId", "secretAccessKey", "sessionToken", "expiration"};

ServiceProfile rest_service(const char* id, const char* host, const char* variable) {
  ServiceProfile service;
  service.id = id;
  service.protocol = Protocol::kRestJson;
  service.host_prefix = host;
  service.signing_name = id;
  service.endpoint_variable = variable;
  return service;
}

/// Older caches end their times with a zone's name instead of Z.
bool read_time(std::string text, Timestamp& out) {
  if (text.ends_with("UTC")) {
    text.replace(text.size() - 3, 3, "Z");
  }
  return parse_time(text, out);
}

Error must_login(const SsoLogin& login, std::string_view why) {
  return credentials_error(
      "SsoLoginNeeded",
      fmt::format(
          "profile {0} signs in by SSO, but {1}; run `aws sso login --profile {0}`",
          login.profile,
          why
      )
  );
}

}  // namespace

ServiceProfile sso_portal_service() {
  return rest_service("sso", "portal.sso", "SSO");
}

ServiceProfile sso_oidc_service() {
  return rest_service("sso-oidc", "oidc", "SSO_OIDC");
}

struct CredentialFetcher::SsoToken {
  Value cache;  ///< The file, as the login wrote it.
  Timestamp expires_at{};

  [[nodiscard]] bool is_renewable(Timestamp now) const {
    Timestamp registered_until;
    const bool is_registered =
        !read_time(cache.text_of("registrationExpiresAt"), registered_until) ||
        registered_until > now;
    return is_registered && !cache.text_of("refreshToken").empty() &&
           !cache.text_of("clientId").empty() && !cache.text_of("clientSecret").empty();
  }
};

Task<Result<Credentials>> CredentialFetcher::from_sso(SsoLogin login) {
  const Result<SsoToken> token = co_await sso_token(login);
  if (!token) {
    co_return token.error();
  }
  Call call;
  call.service = &portal_;
  call.region = login.region;
  call.action = "GetRoleCredentials";
  call.http =
      "GET /federation/credentials?{role_name}&{account_id} | x-amz-sso_bearer_token={token}";
  call.request = Value::object({
      {"role_name", login.role_name},
      {"account_id", login.account_id},
      {"token", token->cache.text_of("accessToken")},
  });
  CallResult reply = co_await ask(std::move(call), nullptr);
  if (!reply) {
    const Error& why = reply.error();
    if (why.http_status == 401) {
      co_return must_login(login, "its token is not accepted any more");
    }
    Error error = credentials_error(
        "SsoRefused",
        fmt::format(
            "profile {} gets no keys for the role {} in account {} by SSO: {}; check sso_role_name "
            "and sso_account_id",
            login.profile,
            login.role_name,
            login.account_id,
            why.to_string()
        )
    );
    error.http_status = why.http_status;
    co_return error;
  }
  co_return credentials_in(
      reply->body.get("roleCredentials"),
      kPortalNames,
      fmt::format("SSO role {} (profile {})", login.role_name, login.profile),
      io_.now()
  );
}

Task<Result<CredentialFetcher::SsoToken>> CredentialFetcher::sso_token(const SsoLogin& login) {
  const Result<std::string> text = io_.files().read(login.cache_file);
  if (!text) {
    co_return must_login(login, text.error().message);
  }
  auto parsed = parse_json(*text);
  SsoToken token;
  if (parsed) {
    token.cache = std::move(parsed).value();
  }
  if (token.cache.text_of("accessToken").empty() ||
      !read_time(token.cache.text_of("expiresAt"), token.expires_at)) {
    co_return must_login(login, login.cache_file + " holds no token");
  }
  const bool is_valid = token.expires_at > io_.now();
  const bool is_ending = token.expires_at - io_.now() <= kRenewAhead;
  if (is_ending && token.is_renewable(io_.now())) {
    Result<SsoToken> fresh = co_await renewed(login, token);
    // What still holds is used to its end.
    if (fresh || !is_valid) {
      co_return fresh;
    }
  }
  if (!is_valid) {
    co_return must_login(login, "its token expired at " + format_iso8601(token.expires_at));
  }
  co_return token;
}

Task<Result<CredentialFetcher::SsoToken>> CredentialFetcher::renewed(
    const SsoLogin& login, SsoToken token
) {
  Call call;
  call.service = &oidc_;
  call.region = login.region;
  call.action = "CreateToken";
  call.http = "POST /token";
  call.request = Value::object({
      {"clientId", token.cache.text_of("clientId")},
      {"clientSecret", token.cache.text_of("clientSecret")},
      {"grantType", "refresh_token"},
      {"refreshToken", token.cache.text_of("refreshToken")},
  });
  CallResult reply = co_await ask(std::move(call), nullptr);
  if (!reply) {
    co_return must_login(
        login, fmt::format("its token could not be renewed ({})", reply.error().code)
    );
  }
  const Value& lifetime = reply->body.get("expiresIn");
  if (reply->body.text_of("accessToken").empty() || !lifetime.is_int()) {
    co_return must_login(login, "the renewed token could not be read");
  }
  token.expires_at = io_.now() + std::chrono::seconds(lifetime.as_int());
  token.cache.set("accessToken", reply->body.get("accessToken"));
  token.cache.set("expiresAt", format_iso8601(token.expires_at));
  if (!reply->body.text_of("refreshToken").empty()) {
    token.cache.set("refreshToken", reply->body.get("refreshToken"));
  }
  // Renewing may end the old token: the cache is shared with AWS's own tools, which would otherwise
  // be signed out. Where it cannot be written, only they lose something.
  static_cast<void>(io_.files().replace(login.cache_file, wire_json(token.cache)));
  co_return token;
}

}  // namespace plumbline
