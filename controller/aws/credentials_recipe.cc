#include "controller/aws/credentials_recipe.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr int kSecondsMin = 900;
constexpr int kSecondsMax = 43200;
constexpr int kSecondsMaxChained = 3600;  ///< AWS's own limit for a role assumed by a role.

using Found = Result<std::optional<CredentialRecipe>>;

Error partial(std::string_view place, std::string_view has, std::string_view lacks) {
  return credentials_error(
      "CredentialsIncomplete",
      fmt::format("{} has {} but not {}; set both or neither", place, has, lacks)
  );
}

CredentialRecipe from(CredentialSource source) {
  return {std::move(source), {}, {}};
}

Found keys_of_environment(const Environment& environment) {
  constexpr const char* kId = "AWS_ACCESS_KEY_ID";
  constexpr const char* kSecret = "AWS_SECRET_ACCESS_KEY";
  Credentials found;
  found.access_key_id = variable(environment, kId);
  found.secret_access_key = variable(environment, kSecret);
  if (found.access_key_id.empty() && found.secret_access_key.empty()) {
    return std::optional<CredentialRecipe>();
  }
  if (found.secret_access_key.empty()) {
    return partial("the environment", kId, kSecret);
  }
  if (found.access_key_id.empty()) {
    return partial("the environment", kSecret, kId);
  }
  found.session_token = variable(environment, "AWS_SESSION_TOKEN");
  if (found.session_token.empty()) {
    found.session_token = variable(environment, "AWS_SECURITY_TOKEN");
  }
  const std::string expiry = variable(environment, "AWS_CREDENTIAL_EXPIRATION");
  Timestamp expires_at;
  if (!expiry.empty()) {
    if (!parse_time(expiry, expires_at)) {
      return credentials_error(
          "CredentialsInvalid",
          "AWS_CREDENTIAL_EXPIRATION is not a time; write it like 2026-11-20T16:18:13Z or unset it"
      );
    }
    found.expires_at = expires_at;
  }
  if (auto fault = fault_of_keys("the environment", found)) {
    return *std::move(fault);
  }
  found.source = "environment";
  return std::optional(from(std::move(found)));
}

/// Reads one chosen profile and those it leads to.
class ProfileReader {
 public:
  ProfileReader(const Environment& environment, const ProfileFiles& files, std::string region)
      : environment_(environment), files_(files), region_(std::move(region)) {}

  /// What stands before the environment's web identity in the order.
  Found assumed_role(const std::string& profile) {
    if (!has(profile, "role_arn") || has(profile, "web_identity_token_file")) {
      return std::optional<CredentialRecipe>();
    }
    PLUMBLINE_TRY(recipe, assume(profile));
    return std::optional(std::move(recipe));
  }

  /// What stands after it.
  Found own_source(const std::string& profile, std::vector<std::string>& looked_at) const {
    const auto steps = {
        &ProfileReader::web_identity,
        &ProfileReader::sso,
        &ProfileReader::keys_in_credentials,
        &ProfileReader::process,
        &ProfileReader::keys_in_config};
    for (const auto& step : steps) {
      PLUMBLINE_TRY(found, (this->*step)(profile, looked_at));
      if (found) {
        return std::optional(*std::move(found));
      }
    }
    return std::optional<CredentialRecipe>();
  }

 private:
  [[nodiscard]] std::string value(const std::string& profile, std::string_view key) const {
    return files_.value_of(profile, key);
  }
  [[nodiscard]] bool has(const std::string& profile, std::string_view key) const {
    return !value(profile, key).empty();
  }

  Result<RoleToAssume> role_of(const std::string& profile) const {
    RoleToAssume role;
    role.arn = value(profile, "role_arn");
    role.external_id = value(profile, "external_id");
    role.session_name = value(profile, "role_session_name");
    role.place = "profile " + profile;
    role.region = has(profile, "region") ? value(profile, "region") : region_;
    if (role.session_name.empty()) {
      role.session_name = "plumbline";
    }
    if (!is_role_arn(role.arn)) {
      return credentials_error(
          "RoleInvalid",
          fmt::format(
              "role_arn of profile {} is no role's ARN; write it like "
              "arn:aws:iam::123456789012:role/NAME",
              profile
          )
      );
    }
    const std::string seconds = value(profile, "duration_seconds");
    if (!seconds.empty()) {
      const char* end = seconds.data() + seconds.size();
      const auto [stop, fault] = std::from_chars(seconds.data(), end, role.duration_seconds);
      if (fault != std::errc() || stop != end || role.duration_seconds < kSecondsMin ||
          role.duration_seconds > kSecondsMax) {
        return credentials_error(
            "DurationInvalid",
            fmt::format(
                "duration_seconds of profile {} is not a number from {} to {}",
                profile,
                kSecondsMin,
                kSecondsMax
            )
        );
      }
    }
    return role;
  }

  Result<CredentialRecipe> assume(const std::string& profile) {
    if (has(profile, "mfa_serial")) {
      return credentials_error(
          "MfaUnsupported",
          fmt::format(
              "profile {0} asks for the code of an MFA device (mfa_serial), and nobody is there to "
              "type one; run `aws configure export-credentials --profile {0} --format env` and "
              "set what it prints",
              profile
          )
      );
    }
    PLUMBLINE_TRY(role, role_of(profile));
    PLUMBLINE_TRY(recipe, source_of_role(profile));
    if (!recipe.roles.empty() && role.duration_seconds > kSecondsMaxChained) {
      return credentials_error(
          "DurationInvalid",
          fmt::format(
              "profile {} asks for {} s, but AWS gives a role that is assumed by a role at most "
              "{} s; lower its duration_seconds",
              profile,
              role.duration_seconds,
              kSecondsMaxChained
          )
      );
    }
    recipe.roles.push_back(std::move(role));
    return recipe;
  }

  Result<CredentialRecipe> source_of_role(const std::string& profile) {
    const std::string source = value(profile, "source_profile");
    const std::string named = value(profile, "credential_source");
    if (source.empty() == named.empty()) {
      return credentials_error(
          "RoleWithoutSource",
          fmt::format(
              "profile {} has role_arn with {}; say whose keys assume it with one of the two",
              profile,
              source.empty() ? "neither source_profile nor credential_source"
                             : "both source_profile and credential_source"
          )
      );
    }
    return named.empty() ? source_profile(profile, source) : credential_source(profile, named);
  }

  Result<CredentialRecipe> credential_source(const std::string& profile, const std::string& named)
      const {
    if (named == "Environment") {
      PLUMBLINE_TRY(keys, keys_of_environment(environment_));
      if (keys) {
        return *std::move(keys);
      }
      return credentials_error(
          kCredentialsNotFound,
          fmt::format(
              "profile {} takes its keys from the environment, where AWS_ACCESS_KEY_ID is not set",
              profile
          )
      );
    }
    if (named == "EcsContainer") {
      if (!has_container_endpoint(environment_)) {
        return credentials_error(
            kCredentialsNotFound,
            fmt::format(
                "profile {} takes its keys from the container, but "
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set",
                profile
            )
        );
      }
      PLUMBLINE_TRY(container, container_endpoint(environment_));
      return from(std::move(container));
    }
    if (named == "Ec2InstanceMetadata") {
      PLUMBLINE_TRY(metadata, instance_metadata(environment_));
      return from(std::move(metadata));
    }
    return credentials_error(
        "CredentialSourceUnknown",
        fmt::format(
            "credential_source of profile {} is none of Environment, Ec2InstanceMetadata and "
            "EcsContainer",
            profile
        )
    );
  }

  Result<CredentialRecipe> source_profile(const std::string& profile, const std::string& source) {
    if (!files_.has(source)) {
      return credentials_error(
          "ProfileNotFound",
          fmt::format(
              "profile {} names the source_profile {}, which neither {} nor {} has",
              profile,
              source,
              files_.config.name,
              files_.credentials.name
          )
      );
    }
    chain_.push_back(profile);
    const bool is_circle = std::find(chain_.begin(), chain_.end(), source) != chain_.end();
    // A profile may name itself when it has the keys that assume its role.
    const bool is_own_keys = source == profile && has(profile, "aws_access_key_id");
    if (is_circle && !is_own_keys) {
      return credentials_error(
          "ProfileCircle",
          fmt::format(
              "the profiles {} → {} lead in a circle; the last source_profile must have keys of "
              "its own",
              join(chain_, " → "),
              source
          )
      );
    }
    if (!is_own_keys) {
      PLUMBLINE_TRY(assumed, assumed_role(source));
      if (assumed) {
        return *std::move(assumed);
      }
    }
    std::vector<std::string> looked_at;
    PLUMBLINE_TRY(own, own_source(source, looked_at));
    if (!own) {
      return credentials_error(
          kCredentialsNotFound,
          fmt::format(
              "profile {} takes its keys from profile {}, which has none: looked at {}",
              profile,
              source,
              join(looked_at, ", ")
          )
      );
    }
    return *std::move(own);
  }

  Found web_identity(const std::string& profile, std::vector<std::string>& /*looked_at*/) const {
    if (!has(profile, "web_identity_token_file")) {
      return std::optional<CredentialRecipe>();
    }
    if (!has(profile, "role_arn")) {
      return partial("profile " + profile, "web_identity_token_file", "role_arn");
    }
    PLUMBLINE_TRY(role, role_of(profile));
    return std::optional(from(WebIdentity{
        std::move(role), value(profile, "web_identity_token_file")}));
  }

  Found sso(const std::string& profile, std::vector<std::string>& /*looked_at*/) const {
    SsoLogin login;
    login.session = value(profile, "sso_session");
    login.account_id = value(profile, "sso_account_id");
    login.role_name = value(profile, "sso_role_name");
    login.profile = profile;
    if (login.session.empty() && login.account_id.empty()) {
      return std::optional<CredentialRecipe>();
    }
    if (login.session.empty()) {
      login.start_url = value(profile, "sso_start_url");
      login.region = value(profile, "sso_region");
    } else if (const auto* section = files_.config.find("sso-session", login.session)) {
      login.start_url = section->value_of("sso_start_url");
      login.region = section->value_of("sso_region");
    } else {
      return credentials_error(
          "SsoSessionNotFound",
          fmt::format(
              "{} has no [sso-session {}], which profile {} names; run `aws configure sso`",
              files_.config.name,
              login.session,
              profile
          )
      );
    }
    for (const auto& [key, text] : {
             std::pair("sso_account_id", login.account_id),
             std::pair("sso_role_name", login.role_name),
             std::pair("sso_start_url", login.start_url),
             std::pair("sso_region", login.region),
         }) {
      if (text.empty()) {
        return credentials_error(
            "SsoIncomplete",
            fmt::format("profile {} signs in by SSO but lacks {}; add it", profile, key)
        );
      }
    }
    const std::string& key = login.session.empty() ? login.start_url : login.session;
    login.cache_file = fmt::format("~/.aws/sso/cache/{}.json", sha1_hex(key));
    return std::optional(from(std::move(login)));
  }

  Found process(const std::string& profile, std::vector<std::string>& /*looked_at*/) const {
    constexpr const char* kSwitch = "PLUMBLINE_CREDENTIAL_PROCESS";
    const std::string command = value(profile, "credential_process");
    if (command.empty()) {
      return std::optional<CredentialRecipe>();
    }
    if (variable(environment_, kSwitch) != "1") {
      return credentials_error(
          "ProcessSwitchedOff",
          fmt::format(
              "profile {} takes its keys from a program (credential_process), and plumbline runs "
              "none unless told so; set {}=1 if you trust that file",
              profile,
              kSwitch
          )
      );
    }
    auto argv = split_command(command);
    if (!argv || argv->empty() || argv->front().empty()) {
      return credentials_error(
          "ProcessInvalid",
          fmt::format(
              "credential_process of profile {} is no command; name a program, and close its "
              "quotes",
              profile
          )
      );
    }
    return std::optional(from(ProcessCall{std::move(argv).value(), profile}));
  }

  Found keys_in_credentials(const std::string& profile, std::vector<std::string>& looked_at) const {
    return keys_in(files_.credentials, files_.credentials_of(profile), profile, looked_at);
  }
  Found keys_in_config(const std::string& profile, std::vector<std::string>& looked_at) const {
    return keys_in(files_.config, files_.config_of(profile), profile, looked_at);
  }

  static Found keys_in(
      const SharedFile& file,
      const SharedSection* section,
      const std::string& profile,
      std::vector<std::string>& looked_at
  ) {
    const std::string place = fmt::format("profile {} in {}", profile, file.name);
    if (section == nullptr) {
      looked_at.push_back(
          file.is_present ? place + " (no such profile)" : file.name + " (no such file)"
      );
      return std::optional<CredentialRecipe>();
    }
    Credentials found;
    found.access_key_id = section->value_of("aws_access_key_id");
    found.secret_access_key = section->value_of("aws_secret_access_key");
    found.session_token = section->value_of("aws_session_token");
    if (found.access_key_id.empty() && found.secret_access_key.empty()) {
      looked_at.push_back(place + " (no aws_access_key_id)");
      return std::optional<CredentialRecipe>();
    }
    const std::string where = fmt::format("{}:{}: profile {}", file.name, section->line, profile);
    if (found.secret_access_key.empty()) {
      return partial(where, "aws_access_key_id", "aws_secret_access_key");
    }
    if (found.access_key_id.empty()) {
      return partial(where, "aws_secret_access_key", "aws_access_key_id");
    }
    if (auto fault = fault_of_keys(where, found)) {
      return *std::move(fault);
    }
    found.source = place;
    return std::optional(from(std::move(found)));
  }

  const Environment& environment_;
  const ProfileFiles& files_;
  std::string region_;
  std::vector<std::string> chain_;  ///< Profiles that led here by source_profile.
};

Found web_identity_of_environment(const Environment& environment, const std::string& region) {
  WebIdentity identity;
  identity.token_file = variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
  if (identity.token_file.empty()) {
    return std::optional<CredentialRecipe>();
  }
  identity.role.arn = variable(environment, "AWS_ROLE_ARN");
  identity.role.session_name = variable(environment, "AWS_ROLE_SESSION_NAME");
  identity.role.region = region;
  identity.role.place = "the environment";
  if (identity.role.session_name.empty()) {
    identity.role.session_name = "plumbline";
  }
  if (!is_role_arn(identity.role.arn)) {
    return credentials_error(
        "CredentialsIncomplete",
        "the environment has AWS_WEB_IDENTITY_TOKEN_FILE, but AWS_ROLE_ARN is no role's ARN; set "
        "both or neither"
    );
  }
  return std::optional(from(std::move(identity)));
}

Error nothing_found(const std::vector<std::string>& looked_at) {
  return credentials_error(
      kCredentialsNotFound,
      fmt::format(
          "no AWS credentials: looked at {}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
          "choose a profile with AWS_PROFILE",
          join(looked_at, ", ")
      )
  );
}

}  // namespace

Result<CredentialRecipe> find_recipe(
    const Environment& environment,
    const ProfileFiles& files,
    const ChosenProfile& chosen,
    const std::string& region
) {
  std::vector<std::string> looked_at;
  PLUMBLINE_TRY(keys, keys_of_environment(environment));
  if (keys) {
    return *std::move(keys);
  }
  looked_at.emplace_back("the environment (AWS_ACCESS_KEY_ID is not set)");
  ProfileReader profiles(environment, files, region);
  PLUMBLINE_TRY(assumed, profiles.assumed_role(chosen.name));
  if (assumed) {
    return *std::move(assumed);
  }
  PLUMBLINE_TRY(web, web_identity_of_environment(environment, region));
  if (web) {
    return *std::move(web);
  }
  PLUMBLINE_TRY(own, profiles.own_source(chosen.name, looked_at));
  if (own) {
    return *std::move(own);
  }
  if (has_container_endpoint(environment)) {
    PLUMBLINE_TRY(container, container_endpoint(environment));
    return from(std::move(container));
  }
  looked_at.emplace_back("the container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set)");
  if (is_metadata_off(environment)) {
    looked_at.emplace_back("the instance's metadata (off by AWS_EC2_METADATA_DISABLED)");
    return nothing_found(looked_at);
  }
  PLUMBLINE_TRY(metadata, instance_metadata(environment));
  CredentialRecipe recipe = from(std::move(metadata));
  recipe.looked_at = std::move(looked_at);
  return recipe;
}

}  // namespace plumbline
