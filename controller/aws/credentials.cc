#include "controller/aws/credentials.h"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "controller/aws/credentials_recipe.h"
#include "controller/base/text.h"

namespace plumbline {

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

}  // namespace

Result<AwsConfig> AwsConfig::load(const Environment& environment) {
  auto files = std::make_shared<ProfileFiles>();
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
  auto files = std::make_shared<ProfileFiles>();
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
  // "default" stands for "nothing in particular" even when it is written out.
  if (!files_->has(chosen.name) && chosen.name != "default") {
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

Result<CredentialRecipe> AwsConfig::recipe(const std::string& fallback_region) const {
  const ChosenProfile chosen = choose_profile(environment_);
  const std::string own = region();
  auto found = find_recipe(environment_, *files_, chosen, own.empty() ? fallback_region : own);
  // That there are no keys is less of a help than that there is no such profile.
  const bool is_nothing =
      found ? !found->looked_at.empty() : found.error().code == kCredentialsNotFound;
  if (is_nothing && !files_->has(chosen.name) && chosen.name != "default") {
    return unknown_profile(chosen, files_->config, files_->credentials);
  }
  return found;
}

}  // namespace plumbline
