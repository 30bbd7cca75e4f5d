// What the environment and the shared files say about who signs, read once. The files named
// credentials* may know STS, SSO and the metadata services. Where keys come from is a
// CredentialRecipe; fetching them is credentials_fetch's, keeping them fresh CredentialKeeper's.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controller/aws/endpoint.h"
#include "controller/base/env.h"
#include "controller/base/result.h"
#include "controller/base/secret_text.h"

namespace plumbline {

struct CredentialRecipe;
struct ProfileFiles;

/// Values that cannot be printed: neither key nor token is ever logged or stored.
struct Credentials {
  std::string access_key_id;
  SecretText secret_access_key;
  SecretText session_token;
  std::optional<Timestamp> expires_at;
  std::string source;  ///< "environment", "profile default in ~/.aws/credentials".
};

/// Settings of one profile, from both shared files.
struct Profile {
  std::string name;
  std::string region;
  EndpointSettings endpoints;
};

class AwsConfig {
 public:
  /// Reads AWS_CONFIG_FILE / ~/.aws/config and AWS_SHARED_CREDENTIALS_FILE / ~/.aws/credentials.
  /// A missing file is fine; a malformed line is an Error naming file and line.
  static Result<AwsConfig> load(const Environment& environment);
  /// For tests: texts instead of files.
  static Result<AwsConfig> from_texts(
      const Environment& environment,
      const std::string& config_text,
      const std::string& credentials_text
  );

  /// AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". An unknown named profile is an Error.
  [[nodiscard]] Result<Profile> profile() const;
  /// AWS_REGION, AWS_DEFAULT_REGION, profile; "" when none says.
  [[nodiscard]] std::string region() const;
  /// Where the credentials come from (credentials_recipe.h says in which order). Settings that
  /// cannot be followed are an Error (kAuth) that says what to do. `fallback_region` is where STS
  /// is asked when neither the environment nor the profile names one.
  [[nodiscard]] Result<CredentialRecipe> recipe(const std::string& fallback_region) const;

 private:
  Environment environment_;
  std::shared_ptr<const ProfileFiles> files_;
};

}  // namespace plumbline
