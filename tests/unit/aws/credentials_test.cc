#include "controller/aws/credentials.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "controller/aws/credentials_recipe.h"

namespace plumbline {
namespace {

using Variables = std::map<std::string, std::string>;
using ServiceUrls = std::vector<std::pair<std::string, std::string>>;

Environment environment_of(Variables variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

AwsConfig config_of(Variables variables, std::string config, std::string credentials = "") {
  auto loaded = AwsConfig::from_texts(
      environment_of(std::move(variables)), std::move(config), std::move(credentials)
  );
  EXPECT_TRUE(loaded) << loaded.error().message;
  return *std::move(loaded);
}

/// The keys of a recipe that needs nothing else; what it says otherwise.
Result<Credentials> keys_of(const AwsConfig& config) {
  PLUMBLINE_TRY(recipe, config.recipe("eu-west-3"));
  if (const auto* keys = std::get_if<Credentials>(&recipe.source);
      keys != nullptr && recipe.roles.empty()) {
    return *keys;
  }
  return credentials_error("NoStaticKeys", "the recipe has no keys of its own");
}

bool says(const Error& error, std::string_view what) {
  return error.message.find(what) != std::string::npos;
}

TEST(AwsConfig, TakesCredentialsFromTheEnvironmentFirst) {
  const AwsConfig config = config_of(
      {{"AWS_ACCESS_KEY_ID", "AKENV"},
       {"AWS_SECRET_ACCESS_KEY", "secret-env"},
       {"AWS_SESSION_TOKEN", "token-env\n"},
       {"AWS_CREDENTIAL_EXPIRATION", "2026-11-20T16:18:13Z"}},
      "",
      "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n"
  );
  const auto credentials = keys_of(config);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key_id, "AKENV");
  EXPECT_EQ(credentials->secret_access_key.reveal(), "secret-env");
  EXPECT_EQ(credentials->session_token.reveal(), "token-env");
  EXPECT_EQ(credentials->source, "environment");
  EXPECT_EQ(format_iso8601(credentials->expires_at.value()), "2026-11-20T16:18:13Z");
}

TEST(AwsConfig, RefusesHalfAPairOfKeys) {
  const auto fails = [](Variables variables, std::string credentials) {
    const auto result = keys_of(config_of(std::move(variables), "", std::move(credentials)));
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().klass, ErrorClass::kAuth);
    EXPECT_FALSE(says(result.error(), "hunter2"));
    return result.error().message;
  };
  EXPECT_EQ(
      fails({{"AWS_ACCESS_KEY_ID", "AK"}}, ""),
      "the environment has AWS_ACCESS_KEY_ID but not AWS_SECRET_ACCESS_KEY; set both or neither"
  );
  EXPECT_EQ(
      fails({{"AWS_SECRET_ACCESS_KEY", "hunter2"}}, ""),
      "the environment has AWS_SECRET_ACCESS_KEY but not AWS_ACCESS_KEY_ID; set both or neither"
  );
  EXPECT_EQ(
      fails({}, "\n[default]\naws_secret_access_key = hunter2"),
      "~/.aws/credentials:2: profile default has aws_secret_access_key but not aws_access_key_id; "
      "set both or neither"
  );
}

TEST(AwsConfig, RefusesAnExpiryThatIsNoTime) {
  const auto result = keys_of(config_of(
      {{"AWS_ACCESS_KEY_ID", "AK"},
       {"AWS_SECRET_ACCESS_KEY", "s"},
       {"AWS_CREDENTIAL_EXPIRATION", "soon"}},
      ""
  ));
  ASSERT_FALSE(result);
  EXPECT_TRUE(says(result.error(), "AWS_CREDENTIAL_EXPIRATION"));
}

TEST(AwsConfig, PrefersTheCredentialsFileToTheConfigFile) {
  const std::string config_text =
      "[profile dev]\nregion = eu-west-1\naws_access_key_id = AKCONFIG\naws_secret_access_key = "
      "c\n";
  const AwsConfig both = config_of(
      {{"AWS_PROFILE", "dev"}},
      config_text,
      "[dev]\naws_access_key_id = AKCRED\naws_secret_access_key = a=b/+#;x \naws_session_token=t\n"
  );
  ASSERT_TRUE(keys_of(both));
  EXPECT_EQ(keys_of(both)->access_key_id, "AKCRED");
  EXPECT_EQ(keys_of(both)->secret_access_key.reveal(), "a=b/+#;x");
  EXPECT_EQ(keys_of(both)->session_token.reveal(), "t");
  EXPECT_EQ(keys_of(both)->source, "profile dev in ~/.aws/credentials");
  EXPECT_EQ(both.region(), "eu-west-1");

  const AwsConfig one = config_of({{"AWS_PROFILE", "dev"}}, config_text);
  EXPECT_EQ(keys_of(one)->access_key_id, "AKCONFIG");
  EXPECT_EQ(keys_of(one)->source, "profile dev in ~/.aws/config");
}

TEST(AwsConfig, ListsEveryPlaceItLookedAt) {
  const auto result = keys_of(
      config_of({{"AWS_EC2_METADATA_DISABLED", "true"}}, "[default]\nregion = x\n", "[other]\n")
  );
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().klass, ErrorClass::kAuth);
  EXPECT_EQ(
      result.error().message,
      "no AWS credentials: looked at the environment (AWS_ACCESS_KEY_ID is not set), profile "
      "default in ~/.aws/credentials (no such profile), profile default in ~/.aws/config (no "
      "aws_access_key_id), the container (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set), the "
      "instance's metadata (off by AWS_EC2_METADATA_DISABLED); set AWS_ACCESS_KEY_ID and "
      "AWS_SECRET_ACCESS_KEY, or choose a profile with AWS_PROFILE"
  );
}

TEST(AwsConfig, ChoosesTheProfileAsAwsToolsDo) {
  const std::string text =
      "[default]\nregion = d\n[profile a]\nregion = ra\n[profile b]\nregion = rb\n";
  EXPECT_EQ(config_of({}, text).profile()->region, "d");
  EXPECT_EQ(config_of({{"AWS_DEFAULT_PROFILE", "b"}}, text).profile()->region, "rb");
  EXPECT_EQ(
      config_of({{"AWS_PROFILE", "a"}, {"AWS_DEFAULT_PROFILE", "b"}}, text).profile()->name, "a"
  );
  EXPECT_EQ(config_of({{"AWS_PROFILE", "default"}}, "").profile()->name, "default");
  EXPECT_EQ(config_of({}, "[default]\nregion=1\n[profile default]\nregion=2\n").region(), "2");
}

TEST(AwsConfig, NamesTheRegionByPrecedence) {
  const std::string text = "[default]\nregion = us-east-2\n";
  EXPECT_EQ(config_of({{"AWS_REGION", "r1"}, {"AWS_DEFAULT_REGION", "r2"}}, text).region(), "r1");
  EXPECT_EQ(config_of({{"AWS_DEFAULT_REGION", "r2"}}, text).region(), "r2");
  EXPECT_EQ(config_of({}, text).region(), "us-east-2");
  EXPECT_EQ(config_of({}, "").region(), "");
}

TEST(AwsConfig, HelpsWithAnUnknownProfile) {
  const auto error = [](const std::string& config, const std::string& credentials) {
    const AwsConfig loaded = config_of({{"AWS_PROFILE", "production"}}, config, credentials);
    EXPECT_FALSE(loaded.profile());
    EXPECT_EQ(keys_of(loaded).error().code, "ProfileNotFound");
    return loaded.profile().error();
  };
  EXPECT_TRUE(says(error("[profile producton]\n", ""), "did you mean producton?"));
  EXPECT_TRUE(says(error("[production]\n", ""), "must be called [profile production]"));
  EXPECT_TRUE(says(error("", "[profile production]\n"), "must be called [production]"));
  EXPECT_TRUE(says(error("", ""), "AWS_PROFILE names the profile production"));
}

TEST(AwsConfig, ReadsNestedServiceEndpoints) {
  const AwsConfig config = config_of({{"AWS_PROFILE", "dev"}}, R"(
[profile dev]
services = local
endpoint_url = http://localhost:4566
s3 =
  max_concurrent_requests = 20
region = eu-west-1

[services local]
# Comments and empty lines may stand inside.
dynamodb =

  # here too
  endpoint_url = http://localhost:8000
Secrets_Manager =
    endpoint_url=http://localhost:1
    other = x
)");
  const auto profile = config.profile();
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->region, "eu-west-1");
  EXPECT_EQ(profile->endpoints.global_url, "http://localhost:4566");
  EXPECT_EQ(
      profile->endpoints.service_urls,
      (ServiceUrls{{"dynamodb", "http://localhost:8000"}, {"secrets_manager", "http://localhost:1"}}
      )
  );
}

TEST(AwsConfig, LeavesEndpointsOutWhenTheProfileIgnoresThem) {
  const auto profile =
      config_of(
          {},
          "[default]\nendpoint_url = http://localhost:1\nignore_configured_endpoint_urls = true\n"
      )
          .profile();
  EXPECT_EQ(profile->endpoints.global_url, "");
}

TEST(AwsConfig, RefusesAServicesSectionThatIsNotThere) {
  const auto profile = config_of({}, "[default]\nservices = gone\n").profile();
  ASSERT_FALSE(profile);
  EXPECT_TRUE(says(profile.error(), "[services gone]"));
}

TEST(AwsConfig, ReadsTheDialectOfAwsTools) {
  const AwsConfig config = config_of(
      {{"AWS_PROFILE", "two words"}},
      "\xef\xbb\xbf; a comment\r\n[preview]\r\nx = y\r\n"
      "[profile \"two words\"] # a comment\r\n"
      "  REGION=eu-west-1 # kept\r\n"
      "  aws_access_key_id=AK\r\n"
      "  aws_secret_access_key\t=\tab=cd\r\n"
      "  ca_bundle = first\r\n    second\r\n"
  );
  ASSERT_TRUE(keys_of(config)) << keys_of(config).error().message;
  EXPECT_EQ(keys_of(config)->secret_access_key.reveal(), "ab=cd");
  EXPECT_EQ(config.region(), "eu-west-1 # kept");
}

TEST(AwsConfig, NamesFileAndLineOfAMalformedLineWithoutQuotingIt) {
  const auto error_of = [](const std::string& credentials) {
    const auto loaded = AwsConfig::from_texts(environment_of({}), "", credentials);
    EXPECT_FALSE(loaded) << credentials;
    EXPECT_FALSE(says(loaded.error(), "hunter2"));
    return loaded.error().message;
  };
  const auto begins = [&](const std::string& credentials, const std::string& start) {
    return error_of(credentials).starts_with("~/.aws/credentials:" + start);
  };
  EXPECT_TRUE(begins("[default]\nhunter2\n", "2: this line is neither"));
  EXPECT_TRUE(begins("key = hunter2\n", "1: this line is outside any [section]"));
  EXPECT_TRUE(begins("[default\n", "1: this line is a section without its closing"));
  EXPECT_TRUE(begins("[ ]\n", "1: this line is a section without a name"));
  EXPECT_TRUE(begins("[a]\n= hunter2\n", "2: "));
  EXPECT_TRUE(
      begins("[a]\nx = hunter2\n\nX = 2\n", "4: this line is a second x, after the one in line 2")
  );
  EXPECT_TRUE(
      begins("[a]\n[b]\n[a]\n", "3: this line is a second section of a name that line 1 has")
  );
  EXPECT_TRUE(begins("[a]\ns3 =\n  hunter2\n", "3: "));
}

class SharedFilesOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    home_ = std::filesystem::path(testing::TempDir()) / (std::string("plumbline-") + info->name());
    std::filesystem::remove_all(home_);
    std::filesystem::create_directories(home_ / ".aws");
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(home_ / name) << text;
    return (home_ / name).string();
  }

  std::filesystem::path home_;
};

TEST_F(SharedFilesOnDisk, AreReadBelowHome) {
  write(".aws/config", "[default]\nregion = eu-west-1\n");
  write(".aws/credentials", "[default]\naws_access_key_id = AK\naws_secret_access_key = s\n");
  const auto config = AwsConfig::load(environment_of({{"HOME", home_.string()}}));
  ASSERT_TRUE(config);
  EXPECT_EQ(config->region(), "eu-west-1");
  EXPECT_EQ(keys_of(*config)->source, "profile default in ~/.aws/credentials");
}

TEST_F(SharedFilesOnDisk, AreReadFromWhereTheEnvironmentSays) {
  const std::string path = write("elsewhere", "[default]\nregion = eu-west-1\nbroken\n");
  const auto config = AwsConfig::load(environment_of({{"AWS_CONFIG_FILE", path}}));
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().message.starts_with(path + ":3:"));
}

TEST_F(SharedFilesOnDisk, MayBeMissing) {
  for (Variables variables : {Variables{}, Variables{{"HOME", home_.string()}}}) {
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    const auto config = AwsConfig::load(environment_of(variables));
    ASSERT_TRUE(config);
    EXPECT_TRUE(config->profile());
    EXPECT_TRUE(says(keys_of(*config).error(), "~/.aws/credentials (no such file)"));
    EXPECT_TRUE(says(keys_of(*config).error(), "~/.aws/config (no such file)"));
  }
}

TEST_F(SharedFilesOnDisk, MayNotBeADirectory) {
  const auto config = AwsConfig::load(environment_of({{"AWS_CONFIG_FILE", home_.string()}}));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().klass, ErrorClass::kIo);
}

}  // namespace
}  // namespace plumbline
