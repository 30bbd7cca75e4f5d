// Keys from what is near: the instance's metadata service, the container's endpoint, a program.
// Facts: docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html,
// docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
#include <fmt/format.h>

#include "controller/aws/credentials_fetch.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr int kAttempts = 3;
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenHeader = "x-aws-ec2-metadata-token";

HttpRequest request_to(const Endpoint& endpoint, const char* method, std::string path) {
  HttpRequest request;
  request.method = method;
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  request.base_path = endpoint.base_path;
  request.path = std::move(path);
  return request;
}

/// What went wrong, without a word of the body.
std::string failure_of(const Result<HttpResponse>& response) {
  return response ? fmt::format("status {}", response->status) : response.error().message;
}

bool is_good(const Result<HttpResponse>& response) {
  return response && response->status == 200;
}

Error metadata_error(const std::vector<std::string>& looked_at, const std::string& why) {
  if (looked_at.empty()) {
    return credentials_error(
        "MetadataRefused", fmt::format("the instance's metadata gives no credentials: {}", why)
    );
  }
  return credentials_error(
      kCredentialsNotFound,
      fmt::format(
          "no AWS credentials: looked at {}, the instance's metadata ({}); set AWS_ACCESS_KEY_ID "
          "and AWS_SECRET_ACCESS_KEY, or choose a profile with AWS_PROFILE",
          join(looked_at, ", "),
          why
      )
  );
}

/// JSON object → Credentials; what cannot be read is told without being quoted.
Result<Credentials> read_reply(
    const std::string& body, const KeyNames& names, const std::string& source, Timestamp now
) {
  const Result<Value> parsed = parse_json(body);
  if (!parsed || !parsed.value().is_object()) {
    return credentials_error(
        "CredentialsUnreadable", fmt::format("the answer of {} is no JSON object", source)
    );
  }
  return credentials_in(parsed.value(), names, source, now);
}

}  // namespace

Task<Result<Credentials>> CredentialFetcher::from_metadata(
    InstanceMetadata metadata, std::vector<std::string> looked_at
) {
  // On a machine that is no instance nobody answers: do not insist unless it was asked for.
  const int attempts = looked_at.empty() ? kAttempts : 1;
  HttpRequest put = request_to(metadata.endpoint, "PUT", "/latest/api/token");
  put.headers.emplace_back("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  const Result<HttpResponse> token = co_await get(std::move(put), attempts);
  if (token && (token->status == 403 || token->status == 404 || token->status == 405)) {
    // Version 1 answers whoever can make this machine send a GET: it is not fallen back to.
    co_return metadata_error(
        looked_at,
        fmt::format(
            "it hands out no session token (status {}), and its version 1 is never used; allow "
            "version 2 on the instance",
            token->status
        )
    );
  }
  if (!is_good(token)) {
    co_return metadata_error(looked_at, failure_of(token));
  }
  HttpRequest ask_role = request_to(metadata.endpoint, "GET", std::string(kRolePath));
  ask_role.headers.emplace_back(kTokenHeader, trim(token->body));
  HttpRequest ask_keys = ask_role;
  const Result<HttpResponse> role = co_await get(std::move(ask_role), kAttempts);
  const std::string name =
      is_good(role) ? std::string(trim(split(role->body, '\n').front())) : std::string();
  if (name.empty()) {
    const bool has_none = role && (role->status == 404 || role->status == 200);
    co_return metadata_error(
        looked_at, has_none ? "the instance has no role; attach one" : failure_of(role)
    );
  }
  ask_keys.path += percent_encode(name, "+=,.@-_");
  const Result<HttpResponse> keys = co_await get(std::move(ask_keys), kAttempts);
  if (!is_good(keys)) {
    co_return metadata_error(looked_at, failure_of(keys));
  }
  co_return read_reply(
      keys->body, KeyNames(), fmt::format("instance role {}", printable(name)), io_.now()
  );
}

Task<Result<Credentials>> CredentialFetcher::from_container(ContainerEndpoint container) {
  SecretText token = container.token;
  if (!container.token_file.empty()) {
    Result<std::string> read = io_.files().read(container.token_file);
    if (!read) {
      co_return credentials_error(
          "ContainerTokenMissing",
          fmt::format(
              "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be followed: {}", read.error().message
          )
      );
    }
    token = trim(*read);
  }
  if (token.reveal().find_first_of("\r\n") != std::string::npos) {
    co_return credentials_error(
        "ContainerTokenInvalid",
        "the container's authorization token has more than one line; correct it"
    );
  }
  HttpRequest request = request_to(container.endpoint, "GET", container.path);
  request.query = container.query;
  request.headers.emplace_back("Accept", "application/json");
  if (!token.empty()) {
    request.headers.emplace_back("Authorization", std::string(token.reveal()));
  }
  const Result<HttpResponse> response = co_await get(std::move(request), kAttempts);
  const std::string source = fmt::format("container endpoint {}", container.endpoint.host);
  if (!is_good(response)) {
    co_return credentials_error(
        "ContainerRefused",
        fmt::format(
            "the {} gives no credentials: {}; check the task's or pod's role",
            source,
            failure_of(response)
        )
    );
  }
  co_return read_reply(response->body, KeyNames(), source, io_.now());
}

Task<Result<Credentials>> CredentialFetcher::from_process(ProcessCall call) {
  constexpr KeyNames kNames{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"};
  const std::string source = fmt::format("credential_process of profile {}", call.profile);
  const Result<ProcessOutput> output = co_await io_.run(std::move(call.argv));
  const auto failed = [&source](std::string_view why) {
    return credentials_error(
        "ProcessFailed",
        fmt::format("the {} gives no credentials: {}; run it by hand to see why", source, why)
    );
  };
  if (!output) {
    co_return failed(output.error().message);
  }
  if (output->exit_status != 0) {
    co_return failed(fmt::format("it ended with status {}", output->exit_status));
  }
  const Result<Value> parsed = parse_json(output->text);
  const Value* version = parsed ? parsed.value().find("Version") : nullptr;
  if (version == nullptr || *version != Value(1)) {
    co_return failed("it printed no JSON object with Version 1");
  }
  co_return credentials_in(parsed.value(), kNames, source, io_.now());
}

}  // namespace plumbline
