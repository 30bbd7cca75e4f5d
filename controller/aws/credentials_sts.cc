// Keys for a role: AssumeRole, signed by other keys, and AssumeRoleWithWebIdentity, which is signed
// by nobody because the token is the proof.
#include <fmt/format.h>

#include "controller/aws/credentials_fetch.h"
#include "controller/aws/credentials_services.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr KeyNames kStsNames{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"};

Call sts_call(const ServiceProfile& sts, const char* action, const RoleToAssume& role) {
  Call call;
  call.service = &sts;
  call.region = role.region;
  call.action = action;
  call.request = Value::object({
      {"RoleArn", role.arn},
      {"RoleSessionName", role.session_name},
      {"DurationSeconds", role.duration_seconds},
  });
  if (!role.external_id.empty()) {
    call.request.set("ExternalId", role.external_id);
  }
  return call;
}

Error not_assumed(const RoleToAssume& role, const Error& why, std::string_view next) {
  Error error = credentials_error(
      "RoleNotAssumed",
      fmt::format(
          "the role {} ({}) could not be assumed: {}; {}",
          role.arn,
          role.place,
          why.to_string(),
          next
      )
  );
  error.request_id = why.request_id;
  error.http_status = why.http_status;
  return error;
}

std::string source_of(const RoleToAssume& role) {
  return fmt::format("role {} ({})", role.arn, role.place);
}

}  // namespace

ServiceProfile sts_service() {
  ServiceProfile sts;
  sts.id = "sts";
  sts.protocol = Protocol::kQuery;
  sts.api_version = "2011-06-15";
  sts.host_prefix = "sts";
  sts.signing_name = "sts";
  sts.endpoint_variable = "STS";
  // An identity provider that AWS could not reach, or whose keys it had not fetched yet.
  sts.transient_codes = {"IDPCommunicationError"};
  return sts;
}

Task<Result<Credentials>> CredentialFetcher::assume(RoleToAssume role, Credentials base) {
  Call call = sts_call(sts_, "AssumeRole", role);
  CallResult reply = co_await ask(std::move(call), &base);
  if (!reply) {
    Error error = not_assumed(
        role,
        reply.error(),
        fmt::format(
            "check that its trust policy admits the {} and that it is allowed to", base.source
        )
    );
    if (reply.error().klass == ErrorClass::kExpired) {
      error.klass = ErrorClass::kExpired;
    }
    co_return error;
  }
  co_return credentials_in(reply->body.get("Credentials"), kStsNames, source_of(role), io_.now());
}

Task<Result<Credentials>> CredentialFetcher::from_web_identity(WebIdentity identity) {
  const Result<std::string> token = io_.files().read(identity.token_file);
  if (!token) {
    co_return credentials_error(
        "WebIdentityTokenMissing",
        fmt::format(
            "{} names the web identity token file, but {}",
            identity.role.place,
            token.error().message
        )
    );
  }
  Call call = sts_call(sts_, "AssumeRoleWithWebIdentity", identity.role);
  call.request.set("WebIdentityToken", Value::secret(std::string(trim(*token))));
  CallResult reply = co_await ask(std::move(call), nullptr);
  if (!reply) {
    const Error& why = reply.error();
    co_return not_assumed(
        identity.role,
        why,
        fmt::format("check the token in {} and the role's trust policy", identity.token_file)
    );
  }
  co_return credentials_in(
      reply->body.get("Credentials"), kStsNames, source_of(identity.role), io_.now()
  );
}

}  // namespace plumbline
