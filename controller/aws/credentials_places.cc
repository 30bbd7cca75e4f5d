// The places that only the environment names: container endpoint, metadata service, and the words
// of a credential_process. Facts:
// docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "controller/aws/credentials_recipe.h"
#include "controller/base/check.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kMetadata = "AWS_EC2_METADATA_SERVICE_ENDPOINT";

/// ECS, EKS Pod Identity, and EKS Pod Identity over IPv6.
constexpr std::array<std::string_view, 3> kContainerHosts = {
    "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
constexpr std::array<std::string_view, 2> kMetadataHosts = {"169.254.169.254", "[fd00:ec2::254]"};

/// A name could be made to lead anywhere; only addresses, and the one name that no resolver is
/// asked for, are this machine.
bool is_this_machine(std::string_view host) {
  return is_loopback_host(host) && host.find(".localhost") == std::string_view::npos;
}

template <std::size_t kSize>
bool is_one_of(const std::array<std::string_view, kSize>& hosts, std::string_view host) {
  return std::any_of(hosts.begin(), hosts.end(), [host](std::string_view known) {
    return host == known || host.starts_with(std::string(known) + ":");
  });
}

}  // namespace

std::string variable(const Environment& environment, const char* name) {
  return std::string(trim(environment(name).value_or("")));
}

Error credentials_error(const char* code, std::string message) {
  return {ErrorClass::kAuth, code, std::move(message), "", 0};
}

std::optional<Error> fault_of_keys(std::string_view place, const Credentials& keys) {
  const auto is_odd = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
      return c <= ' ' || c >= 0x7F || c == '"';
    });
  };
  const std::string_view odd = is_odd(keys.access_key_id)                ? "access key id"
                               : is_odd(keys.secret_access_key.reveal()) ? "secret access key"
                               : is_odd(keys.session_token.reveal())     ? "session token"
                                                                         : "";
  if (odd.empty()) {
    return std::nullopt;
  }
  return credentials_error(
      "CredentialsInvalid",
      fmt::format(
          "{} has a blank, a quote, a line end or another sign in its {} that none can have; write "
          "it without quotes, and what follows it on a line that is not indented",
          place,
          odd
      )
  );
}

bool is_role_arn(const std::string& arn) {
  const auto parts = split(arn, ':');
  return parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[4].size() == 12 &&
         parts[5].starts_with("role/");
}

bool has_container_endpoint(const Environment& environment) {
  return !variable(environment, kRelative).empty() || !variable(environment, kFull).empty();
}

Result<ContainerEndpoint> container_endpoint(const Environment& environment) {
  PLUMBLINE_CHECK(has_container_endpoint(environment));
  const std::string relative = variable(environment, kRelative);
  const char* origin = relative.empty() ? kFull : kRelative;
  if (!relative.empty() && !relative.starts_with('/')) {
    return credentials_error(
        "ContainerUriInvalid", fmt::format("{} does not begin with /; correct it", kRelative)
    );
  }
  const std::string url = relative.empty()
                              ? variable(environment, kFull)
                              : fmt::format("http://{}{}", kContainerHosts.front(), relative);
  const std::size_t mark = url.find("://");
  const std::size_t slash =
      mark == std::string::npos ? url.size() : std::min(url.find('/', mark + 3), url.size());
  ContainerEndpoint container;
  PLUMBLINE_TRY(endpoint, parse_endpoint(origin, url.substr(0, slash), true));
  container.endpoint = std::move(endpoint);
  const std::string& host = container.endpoint.host;
  if (container.endpoint.scheme == "http" && !is_this_machine(host) &&
      !is_one_of(kContainerHosts, host)) {
    return credentials_error(
        "ContainerHostForbidden",
        fmt::format(
            "{} leads to {} over plain http, where only this machine and {} may be asked for "
            "credentials; use https",
            origin,
            host,
            fmt::join(kContainerHosts, ", ")
        )
    );
  }
  const std::string target = url.substr(slash);
  const std::size_t question = std::min(target.find('?'), target.size());
  container.path = question == 0 ? "/" : target.substr(0, question);
  container.query = question == target.size() ? "" : target.substr(question + 1);
  container.token = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  container.token_file = variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  return container;
}

bool is_metadata_off(const Environment& environment) {
  return to_lower(variable(environment, "AWS_EC2_METADATA_DISABLED")) == "true";
}

Result<InstanceMetadata> instance_metadata(const Environment& environment) {
  if (is_metadata_off(environment)) {
    return credentials_error(
        kCredentialsNotFound,
        "the instance's metadata is asked for credentials, but AWS_EC2_METADATA_DISABLED is true"
    );
  }
  std::string url = variable(environment, kMetadata);
  const std::string mode =
      to_lower(variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
  if (url.empty()) {
    url = fmt::format("http://{}", mode == "ipv6" ? kMetadataHosts.back() : kMetadataHosts.front());
  }
  PLUMBLINE_TRY(endpoint, parse_endpoint(kMetadata, url, true));
  if (endpoint.scheme == "http" && !is_this_machine(endpoint.host) &&
      !is_one_of(kMetadataHosts, endpoint.host) && !allows_http(environment)) {
    return credentials_error(
        "MetadataHostForbidden",
        fmt::format(
            "{} leads to {} over plain http, where only this machine and {} may be asked for "
            "credentials; correct it",
            kMetadata,
            endpoint.host,
            fmt::join(kMetadataHosts, ", ")
        )
    );
  }
  return InstanceMetadata{std::move(endpoint)};
}

Result<std::vector<std::string>> split_command(std::string_view command) {
  std::vector<std::string> words;
  bool is_open = false;  // Inside a word, which may be empty: ''.
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool is_space = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && is_space) {
      is_open = false;
      continue;
    }
    if (!is_open) {
      words.emplace_back();
      is_open = true;
    }
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      // Inside double quotes a backslash only guards a quote or another backslash.
      const char next = command[i + 1];
      const bool is_guard = quote == 0 || next == '"' || next == '\\';
      words.back() += is_guard ? next : c;
      i += is_guard ? 1 : 0;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) {
    return credentials_error("ProcessInvalid", "a quote is not closed");
  }
  return words;
}

}  // namespace plumbline
