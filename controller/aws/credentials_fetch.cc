#include "controller/aws/credentials_fetch.h"

#include <fmt/format.h>

#include "controller/aws/codec.h"
#include "controller/aws/credentials_services.h"

namespace plumbline {

namespace {

constexpr int kAttempts = 4;
constexpr Duration kFirstPause{500};

bool may_pass(ErrorClass klass) {
  return klass == ErrorClass::kThrottled || klass == ErrorClass::kTransient ||
         klass == ErrorClass::kNotSent || klass == ErrorClass::kUnknownOutcome;
}

}  // namespace

CredentialFetcher::CredentialFetcher(
    CredentialIo& io, Environment environment, EndpointSettings endpoints
)
    : io_(io),
      environment_(std::move(environment)),
      endpoints_(std::move(endpoints)),
      sts_(sts_service()),
      portal_(sso_portal_service()),
      oidc_(sso_oidc_service()) {}

Task<Result<Credentials>> CredentialFetcher::fetch(CredentialRecipe recipe) {
  std::vector<RoleToAssume> roles = std::move(recipe.roles);
  Result<Credentials> found = co_await fetch_source(std::move(recipe));
  for (RoleToAssume& role : roles) {
    if (!found) {
      break;
    }
    Credentials base = std::move(found).value();
    found = co_await assume(std::move(role), std::move(base));
  }
  co_return found;
}

Task<Result<Credentials>> CredentialFetcher::fetch_source(CredentialRecipe recipe) {
  CredentialSource& source = recipe.source;
  if (auto* keys = std::get_if<Credentials>(&source)) {
    if (keys->expires_at && *keys->expires_at <= io_.now()) {
      co_return credentials_error(
          "CredentialsExpired",
          fmt::format(
              "the credentials of the {} expired at {}; renew them",
              keys->source,
              format_iso8601(*keys->expires_at)
          )
      );
    }
    co_return std::move(*keys);
  }
  if (auto* identity = std::get_if<WebIdentity>(&source)) {
    co_return co_await from_web_identity(std::move(*identity));
  }
  if (auto* login = std::get_if<SsoLogin>(&source)) {
    co_return co_await from_sso(std::move(*login));
  }
  if (auto* call = std::get_if<ProcessCall>(&source)) {
    co_return co_await from_process(std::move(*call));
  }
  if (auto* container = std::get_if<ContainerEndpoint>(&source)) {
    co_return co_await from_container(std::move(*container));
  }
  co_return co_await from_metadata(
      std::get<InstanceMetadata>(std::move(source)), std::move(recipe.looked_at)
  );
}

Task<CallResult> CredentialFetcher::ask(Call call, const Credentials* signer) {
  CallResult result = Error{};
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const bool is_clock_corrected = co_await ask_once(call, signer, result);
    if (result) {
      break;
    }
    if (is_clock_corrected) {
      continue;
    }
    if (!may_pass(result.error().klass) || attempt == kAttempts) {
      break;
    }
    co_await io_.pause(kFirstPause * (1 << (attempt - 1)));
  }
  co_return result;
}

Task<bool> CredentialFetcher::ask_once(
    const Call& call, const Credentials* signer, CallResult& result
) {
  auto endpoint = resolve_endpoint(*call.service, call.region, environment_, endpoints_);
  if (!endpoint) {
    result = endpoint.error();
    co_return false;
  }
  auto request = encode_call(call, *endpoint);
  if (!request) {
    result = request.error();
    co_return false;
  }
  if (signer != nullptr) {
    const SigningScope scope{endpoint->signing_region, call.service->signing_name};
    signer_.sign(*request, scope, *signer, io_.now() + skew_.offset(endpoint->host));
  }
  SendOptions options;
  options.total_timeout = std::chrono::seconds(15);
  Result<HttpResponse> response = co_await io_.send(std::move(request).value(), options);
  if (!response) {
    result = response.error();
    co_return false;
  }
  result = decode_response(call, *response);
  co_return !result && skew_.learn(endpoint->host, *response, result.error().code, io_.now());
}

Task<Result<HttpResponse>> CredentialFetcher::get(HttpRequest request, int attempts) {
  SendOptions options;
  options.connect_timeout = std::chrono::seconds(1);
  options.total_timeout = std::chrono::seconds(2);
  Result<HttpResponse> response = Error{};
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    response = co_await io_.send(request, options);
    const bool is_answer = response && response->status < 500 && response->status != 429;
    if (is_answer || attempt == attempts) {
      break;
    }
    co_await io_.pause(kFirstPause * (1 << (attempt - 1)));
  }
  co_return response;
}

Result<Credentials> credentials_in(
    const Value& reply, const KeyNames& names, const std::string& source, Timestamp now
) {
  Credentials found;
  found.source = source;
  found.access_key_id = reply.text_of(names.id);
  found.secret_access_key = reply.text_of(names.secret);
  found.session_token = reply.text_of(names.token);
  for (const char* name : {names.id, names.secret}) {
    if (reply.text_of(name).empty()) {
      return credentials_error(
          "CredentialsUnreadable", fmt::format("the answer of {} has no {}", source, name)
      );
    }
  }
  const Value& expiry = reply.get(names.expiry);
  if (expiry.is_null()) {
    return found;
  }
  Timestamp expires_at;
  if (expiry.is_int()) {
    expires_at = Timestamp(Duration(expiry.as_int()));
  } else if (!expiry.is_text() || !parse_time(expiry.as_text(), expires_at)) {
    return credentials_error(
        "CredentialsUnreadable",
        fmt::format("{} in the answer of {} is not a time", names.expiry, source)
    );
  }
  if (expires_at <= now) {
    return credentials_error(
        "CredentialsExpired",
        fmt::format(
            "{} handed out credentials that expired at {}; compare its clock with this machine's",
            source,
            format_iso8601(expires_at)
        )
    );
  }
  found.expires_at = expires_at;
  return found;
}

}  // namespace plumbline
