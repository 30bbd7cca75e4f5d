#include "controller/aws/credentials.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "controller/aws/shared_files.h"
#include "controller/base/text.h"

namespace plumbline {

struct AwsConfig::Files {
  SharedFile config;
  SharedFile credentials;

  /// [profile x], or [default]; [profile default] wins over [default] as in AWS's own tools.
  [[nodiscard]] const SharedSection* config_of(const std::string& profile) const {
    const SharedSection* section = config.find("profile", profile);
    return section == nullptr && profile == "default" ? config.find("", profile) : section;
  }
  [[nodiscard]] const SharedSection* credentials_of(const std::string& profile) const {
    return credentials.find("", profile);
  }
  /// `key` of a profile: the credentials file wins over the config file.
  [[nodiscard]] std::string value_of(const std::string& profile, std::string_view key) const {
    for (const SharedSection* section : {credentials_of(profile), config_of(profile)}) {
      if (section != nullptr && section->find(key) != nullptr) {
        return section->value_of(key);
      }
    }
    return "";
  }
};

namespace {

constexpr std::string_view kConfigPath = "~/.aws/config";
constexpr std::string_view kCredentialsPath = "~/.aws/credentials";
constexpr std::size_t kFileBytesMax = 4U << 20;

Error make_error(ErrorClass klass, const char* code, std::string message) {
  Error error;
  error.klass = klass;
  error.code = code;
  error.message = std::move(message);
  return error;
}

/// The variable's value without surrounding space (a token read from a file often ends with a line
/// end, which would not survive signing); "" when it is not set.
std::string variable(const Environment& environment, const char* name) {
  return std::string(trim(environment(name).value_or("")));
}

std::string path_of(
    const Environment& environment, const char* name, std::string_view default_path
) {
  const std::string path = variable(environment, name);
  return path.empty() ? std::string(default_path) : path;
}

Result<SharedFile> read_shared_file(const Environment& environment, const std::string& name) {
  std::string path = name;
  if (path.starts_with("~/")) {
    const std::string home = variable(environment, "HOME");
    if (home.empty()) {
      return SharedFile{name, false, {}};
    }
    path.replace(0, 1, home);
  }
  std::error_code fault;
  const auto status = std::filesystem::status(path, fault);
  if (status.type() == std::filesystem::file_type::not_found) {
    return SharedFile{name, false, {}};
  }
  const auto unreadable = [&name](std::string_view why) {
    return make_error(
        ErrorClass::kIo,
        "SharedFileUnreadable",
        fmt::format("{} cannot be read: {}; correct it or its permissions", name, why)
    );
  };
  if (fault) {
    return unreadable(fault.message());
  }
  if (std::filesystem::is_directory(status)) {
    return unreadable("it is a directory");
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return unreadable("it cannot be opened");
  }
  std::string text(kFileBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    return unreadable("reading stopped in the middle");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kFileBytesMax) {
    return unreadable("it is longer than 4 MiB");
  }
  return parse_shared_file(name, text);
}

struct ChosenProfile {
  std::string name;
  std::string chosen_by;  ///< The variable that named it; "" for "default" by default.
};

ChosenProfile choose_profile(const Environment& environment) {
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (std::string value = variable(environment, name); !value.empty()) {
      return {std::move(value), name};
    }
  }
  return {"default", ""};
}

Error unknown_profile(
    const ChosenProfile& chosen, const SharedFile& config, const SharedFile& credentials
) {
  std::vector<std::string> known;
  for (const SharedSection& section : config.sections) {
    if (section.kind == "profile" || section.name == "default") {
      known.push_back(section.name);
    }
  }
  for (const SharedSection& section : credentials.sections) {
    known.push_back(section.name);
  }
  std::string next = "add it, or choose another one";
  if (config.find("", chosen.name) != nullptr) {
    next = fmt::format("in {} its section must be called [profile {}]", config.name, chosen.name);
  } else if (credentials.find("profile", chosen.name) != nullptr) {
    next = fmt::format("in {} its section must be called [{}]", credentials.name, chosen.name);
  } else if (const auto near = nearest(chosen.name, known)) {
    next = fmt::format("did you mean {}?", *near);
  }
  return make_error(
      ErrorClass::kAuth,
      "ProfileNotFound",
      fmt::format(
          "{} names the profile {}, which neither {} nor {} has; {}",
          chosen.chosen_by,
          chosen.name,
          config.name,
          credentials.name,
          next
      )
  );
}

/// Reads the `services` section that a profile names: service → endpoint_url.
Result<EndpointSettings> endpoints_of(
    const SharedFile& config, const std::string& global_url, const std::string& services
) {
  EndpointSettings settings;
  settings.global_url = global_url;
  if (services.empty()) {
    return settings;
  }
  const SharedSection* section = config.find("services", services);
  if (section == nullptr) {
    return make_error(
        ErrorClass::kInvalid,
        "ServicesSectionNotFound",
        fmt::format("{} has no [services {}], which a profile names; add it", config.name, services)
    );
  }
  for (const SharedEntry& service : section->entries) {
    for (const auto& [key, value] : service.nested) {
      if (key == "endpoint_url") {
        settings.service_urls.emplace_back(service.key, value);
      }
    }
  }
  return settings;
}

/// What a provider of credentials may look at, and where it notes the place it looked at in vain.
struct Search {
  const Environment& environment;
  const SharedFile& config;
  const SharedFile& credentials;
  const SharedSection* config_section;
  const SharedSection* credentials_section;
  std::string profile;
  std::vector<std::string> places;

  [[nodiscard]] bool has(std::string_view key) const {
    return (config_section != nullptr && config_section->find(key) != nullptr) ||
           (credentials_section != nullptr && credentials_section->find(key) != nullptr);
  }
};

using Found = Result<std::optional<Credentials>>;

Error partial(std::string_view place, std::string_view has, std::string_view lacks) {
  return make_error(
      ErrorClass::kAuth,
      "CredentialsIncomplete",
      fmt::format("{} has {} but not {}; set both or neither", place, has, lacks)
  );
}

Found from_environment(Search& search) {
  constexpr const char* kId = "AWS_ACCESS_KEY_ID";
  constexpr const char* kSecret = "AWS_SECRET_ACCESS_KEY";
  Credentials found;
  found.access_key_id = variable(search.environment, kId);
  found.secret_access_key = variable(search.environment, kSecret);
  if (found.access_key_id.empty() && found.secret_access_key.empty()) {
    search.places.push_back("the environment (AWS_ACCESS_KEY_ID is not set)");
    return std::optional<Credentials>();
  }
  if (found.secret_access_key.empty()) {
    return partial("the environment", kId, kSecret);
  }
  if (found.access_key_id.empty()) {
    return partial("the environment", kSecret, kId);
  }
  found.session_token = variable(search.environment, "AWS_SESSION_TOKEN");
  if (found.session_token.empty()) {
    found.session_token = variable(search.environment, "AWS_SECURITY_TOKEN");
  }
  const std::string expiry = variable(search.environment, "AWS_CREDENTIAL_EXPIRATION");
  Timestamp expires_at;
  if (!expiry.empty()) {
    if (!parse_time(expiry, expires_at)) {
      return make_error(
          ErrorClass::kAuth,
          "CredentialsInvalid",
          "AWS_CREDENTIAL_EXPIRATION is not a time; write it like 2026-11-20T16:18:13Z or unset it"
      );
    }
    found.expires_at = expires_at;
  }
  found.source = "environment";
  return std::optional(std::move(found));
}

/// A profile or environment that asks for an identity we cannot take on must not silently end with
/// another identity that happens to stand beside it.
Error cannot_take_on(std::string_view place, std::string_view setting, const std::string& profile) {
  return make_error(
      ErrorClass::kAuth,
      "CredentialsUnsupported",
      fmt::format(
          "{} asks for credentials by {}, which plumbline cannot follow; run `aws configure "
          "export-credentials --profile {} --format env` and set what it prints",
          place,
          setting,
          profile
      )
  );
}

Found refuse_other_identities(Search& search) {
  if (!variable(search.environment, "AWS_WEB_IDENTITY_TOKEN_FILE").empty()) {
    return cannot_take_on("the environment", "AWS_WEB_IDENTITY_TOKEN_FILE", search.profile);
  }
  for (const char* key : {"role_arn", "web_identity_token_file", "sso_session", "sso_account_id"}) {
    if (search.has(key)) {
      return cannot_take_on("profile " + search.profile, key, search.profile);
    }
  }
  return std::optional<Credentials>();
}

Found from_section(Search& search, const SharedFile& file, const SharedSection* section) {
  const std::string place = fmt::format("profile {} in {}", search.profile, file.name);
  if (section == nullptr) {
    search.places.push_back(
        file.is_present ? place + " (no such profile)" : file.name + " (no such file)"
    );
    return std::optional<Credentials>();
  }
  Credentials found;
  found.access_key_id = section->value_of("aws_access_key_id");
  found.secret_access_key = section->value_of("aws_secret_access_key");
  found.session_token = section->value_of("aws_session_token");
  if (found.access_key_id.empty() && found.secret_access_key.empty()) {
    search.places.push_back(place + " (no aws_access_key_id)");
    return std::optional<Credentials>();
  }
  const std::string where =
      fmt::format("{}:{}: profile {}", file.name, section->line, search.profile);
  if (found.secret_access_key.empty()) {
    return partial(where, "aws_access_key_id", "aws_secret_access_key");
  }
  if (found.access_key_id.empty()) {
    return partial(where, "aws_secret_access_key", "aws_access_key_id");
  }
  found.source = place;
  return std::optional(std::move(found));
}

Found from_credentials_file(Search& search) {
  return from_section(search, search.credentials, search.credentials_section);
}

Found refuse_process(Search& search) {
  if (search.has("credential_process")) {
    return cannot_take_on("profile " + search.profile, "credential_process", search.profile);
  }
  return std::optional<Credentials>();
}

Found from_config_file(Search& search) {
  return from_section(search, search.config, search.config_section);
}

// The order is botocore's, so that plumbline acts as whom every other tool beside it acts.
constexpr std::array kProviders{
    &from_environment,
    &refuse_other_identities,
    &from_credentials_file,
    &refuse_process,
    &from_config_file,
};

Error nothing_found(const Search& search) {
  return make_error(
      ErrorClass::kAuth,
      "CredentialsNotFound",
      fmt::format(
          "no AWS credentials: looked at {}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
          "choose a profile that has keys with AWS_PROFILE",
          join(search.places, ", ")
      )
  );
}

}  // namespace

Result<AwsConfig> AwsConfig::load(const Environment& environment) {
  auto files = std::make_shared<Files>();
  const std::string config_path = path_of(environment, "AWS_CONFIG_FILE", kConfigPath);
  PLUMBLINE_TRY(config, read_shared_file(environment, config_path));
  files->config = std::move(config);
  const std::string credentials_path =
      path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", kCredentialsPath);
  PLUMBLINE_TRY(credentials, read_shared_file(environment, credentials_path));
  files->credentials = std::move(credentials);
  AwsConfig loaded;
  loaded.environment_ = environment;
  loaded.files_ = std::move(files);
  return loaded;
}

Result<AwsConfig> AwsConfig::from_texts(
    const Environment& environment,
    const std::string& config_text,
    const std::string& credentials_text
) {
  auto files = std::make_shared<Files>();
  PLUMBLINE_TRY(config, parse_shared_file(std::string(kConfigPath), config_text));
  files->config = std::move(config);
  PLUMBLINE_TRY(credentials, parse_shared_file(std::string(kCredentialsPath), credentials_text));
  files->credentials = std::move(credentials);
  AwsConfig loaded;
  loaded.environment_ = environment;
  loaded.files_ = std::move(files);
  return loaded;
}

Result<Profile> AwsConfig::profile() const {
  const ChosenProfile chosen = choose_profile(environment_);
  const bool is_known =
      files_->config_of(chosen.name) != nullptr || files_->credentials_of(chosen.name) != nullptr;
  // "default" stands for "nothing in particular" even when it is written out.
  if (!is_known && chosen.name != "default") {
    return unknown_profile(chosen, files_->config, files_->credentials);
  }
  Profile profile;
  profile.name = chosen.name;
  profile.region = files_->value_of(chosen.name, "region");
  if (to_lower(files_->value_of(chosen.name, "ignore_configured_endpoint_urls")) != "true") {
    PLUMBLINE_TRY(
        endpoints,
        endpoints_of(
            files_->config,
            files_->value_of(chosen.name, "endpoint_url"),
            files_->value_of(chosen.name, "services")
        )
    );
    profile.endpoints = std::move(endpoints);
  }
  return profile;
}

std::string AwsConfig::region() const {
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (std::string value = variable(environment_, name); !value.empty()) {
      return value;
    }
  }
  return files_->value_of(choose_profile(environment_).name, "region");
}

Result<Credentials> AwsConfig::credentials() const {
  const ChosenProfile chosen = choose_profile(environment_);
  Search search{
      environment_,
      files_->config,
      files_->credentials,
      files_->config_of(chosen.name),
      files_->credentials_of(chosen.name),
      chosen.name,
      {}};
  for (const auto& provider : kProviders) {
    PLUMBLINE_TRY(found, provider(search));
    if (found) {
      return *std::move(found);
    }
  }
  if (search.config_section == nullptr && search.credentials_section == nullptr &&
      chosen.name != "default") {
    return unknown_profile(chosen, files_->config, files_->credentials);
  }
  return nothing_found(search);
}

}  // namespace plumbline
