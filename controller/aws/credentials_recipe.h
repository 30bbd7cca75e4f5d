// CredentialRecipe: where credentials come from, decided from the environment and the shared files
// alone, before anything is asked of anybody. The order is botocore's, so that plumbline acts as
// whom every other tool beside it acts:
//   keys in the environment · a profile's role_arn · web identity of the environment, then of the
//   profile · SSO · keys in the credentials file · credential_process · keys in the config file ·
//   the container's endpoint · the instance's metadata service (version 2 only)
// Facts: docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/aws/credentials.h"
#include "controller/aws/shared_files.h"

namespace plumbline {

/// A role to act as. Nothing in it is secret.
struct RoleToAssume {
  std::string arn;
  std::string external_id;
  std::string session_name;  ///< What CloudTrail shows.
  std::string region;        ///< Of the STS that is asked.
  int duration_seconds = 3600;
  std::string place;  ///< "profile prod", "account prod of the manifest"; for messages.

  friend bool operator==(const RoleToAssume&, const RoleToAssume&) = default;
};

/// A token in a file, renewed by whoever put it there, for a role's keys.
struct WebIdentity {
  RoleToAssume role;
  std::string token_file;
};

struct SsoLogin {
  std::string session;  ///< Name of the sso-session section; "" in the older form.
  std::string start_url, region, account_id, role_name;
  std::string cache_file;  ///< "~/.aws/sso/cache/….json", where `aws sso login` leaves its token.
  std::string profile;
};

struct ProcessCall {
  std::vector<std::string> argv;  ///< No shell: its words are what is run.
  std::string profile;
};

/// The endpoint that ECS and EKS give their containers.
struct ContainerEndpoint {
  Endpoint endpoint;
  std::string path, query;  ///< As on the wire.
  SecretText token;         ///< The Authorization header; "" for none.
  std::string token_file;   ///< Read anew each time; wins over `token`.
};

/// EC2's metadata service, version 2.
struct InstanceMetadata {
  Endpoint endpoint;
};

using CredentialSource = std::
    variant<Credentials, WebIdentity, SsoLogin, ProcessCall, ContainerEndpoint, InstanceMetadata>;

struct CredentialRecipe {
  CredentialSource source;
  std::vector<RoleToAssume> roles;  ///< Assumed one after the other, beginning with the source's.
  /// Not empty when nothing was asked for and the instance's metadata is the last thing to try:
  /// the places that were looked at in vain.
  std::vector<std::string> looked_at;
};

/// The profile that was chosen, and which variable did so ("" for "default" by default).
struct ChosenProfile {
  std::string name, chosen_by;
};

/// Errors (kAuth): half a pair of keys, a role without a source, a circle of profiles, MFA, a
/// source that is switched off, a container URI that leads elsewhere, nothing found.
Result<CredentialRecipe> find_recipe(
    const Environment& environment,
    const ProfileFiles& files,
    const ChosenProfile& chosen,
    const std::string& region
);

/// Code of the Error that says that there is nothing to take credentials from.
inline constexpr char kCredentialsNotFound[] = "CredentialsNotFound";

// Parts, each a file of its own.

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI. Plain http only to this machine and to the
/// addresses that ECS and EKS use. CHECKs that one of them is set.
Result<ContainerEndpoint> container_endpoint(const Environment& environment);
bool has_container_endpoint(const Environment& environment);
/// AWS_EC2_METADATA_SERVICE_ENDPOINT and …_MODE, else the well-known address.
Result<InstanceMetadata> instance_metadata(const Environment& environment);
/// AWS_EC2_METADATA_DISABLED=true.
bool is_metadata_off(const Environment& environment);
/// Words as a shell would make them: quotes and backslashes, no expansion. Error for an open quote.
Result<std::vector<std::string>> split_command(std::string_view command);

/// The variable's value without surrounding space (a token read from a file often ends with a line
/// end, which would not survive signing); "" when it is not set.
std::string variable(const Environment& environment, const char* name);
Error credentials_error(const char* code, std::string message);
bool is_role_arn(const std::string& arn);
/// Nothing when the keys can be signed with and sent as they are. In a file an indented line goes
/// on with the value above it, and then a key has a line end in it. `place` is where they stand.
std::optional<Error> fault_of_keys(std::string_view place, const Credentials& keys);

}  // namespace plumbline
