// Who signs. This file and its .cc may know STS. Credentials are values that cannot be printed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controller/aws/endpoint.h"
#include "controller/base/env.h"
#include "controller/base/result.h"

namespace plumbline {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;  ///< Never logged, never stored.
  std::string session_token;
  std::optional<Timestamp> expires_at;
  std::string source;  ///< "environment", "profile default in ~/.aws/credentials".
};

/// Settings of one profile, from both shared files.
struct Profile {
  std::string name;
  std::string region;
  EndpointSettings endpoints;
};

/// Everything the environment and the shared files say, read once.
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
  /// Environment first, then the shared credentials file, then the config file. When nothing is
  /// found the Error (kAuth) lists every place that was looked at and what to do.
  [[nodiscard]] Result<Credentials> credentials() const;

 private:
  struct Files;
  Environment environment_;
  std::shared_ptr<const Files> files_;
};

}  // namespace plumbline
