// Which source is chosen, and what is refused before anybody is asked.
#include "controller/aws/credentials_recipe.h"

#include <map>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using Variables = std::map<std::string, std::string>;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/deploy";
constexpr const char* kKeys = "aws_access_key_id = AK\naws_secret_access_key = hunter2\n";

Result<CredentialRecipe> recipe_of(
    Variables variables, const std::string& config, const std::string& credentials = ""
) {
  const Environment environment = [variables = std::move(variables)](const std::string& name
                                  ) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  PLUMBLINE_TRY(loaded, AwsConfig::from_texts(environment, config, credentials));
  return loaded.recipe("eu-west-3");
}

/// The message of the refusal; "" (and a failed test) when there is none.
std::string refusal_of(
    Variables variables, const std::string& config, const std::string& credentials = ""
) {
  const auto recipe = recipe_of(std::move(variables), config, credentials);
  EXPECT_FALSE(recipe);
  if (recipe) {
    return "";
  }
  EXPECT_EQ(recipe.error().klass, ErrorClass::kAuth);
  EXPECT_EQ(recipe.error().message.find("hunter2"), std::string::npos) << recipe.error().message;
  return recipe.error().message;
}

template <class T>
T source_of(const Result<CredentialRecipe>& recipe) {
  EXPECT_TRUE(recipe) << recipe.error().message;
  const T* source = recipe ? std::get_if<T>(&recipe.value().source) : nullptr;
  EXPECT_NE(source, nullptr);
  return source == nullptr ? T() : *source;
}

TEST(CredentialRecipe, FollowsTheOrderOfAwsTools) {
  // Each step takes the first source of the one before away.
  const std::string own = std::string("role_arn = ") + kRole + "\nweb_identity_token_file = /t\n";
  const std::string sso =
      "sso_start_url = https://x\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = r\n";
  const std::string process = "credential_process = /bin/x\n";
  const Variables web = {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/e"}, {"AWS_ROLE_ARN", kRole}};
  Variables on = web;
  on["PLUMBLINE_CREDENTIAL_PROCESS"] = "1";
  on["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/c";
  Variables with_keys = on;
  with_keys["AWS_ACCESS_KEY_ID"] = "ENV";
  with_keys["AWS_SECRET_ACCESS_KEY"] = "s";
  const std::string all = "[default]\n" + own + sso + process + kKeys;
  const std::string shared = "[default]\naws_access_key_id = FILE\naws_secret_access_key = s\n";
  EXPECT_EQ(source_of<Credentials>(recipe_of(with_keys, all, shared)).access_key_id, "ENV");
  EXPECT_EQ(source_of<WebIdentity>(recipe_of(on, all, shared)).token_file, "/e");
  on.erase("AWS_WEB_IDENTITY_TOKEN_FILE");
  EXPECT_EQ(source_of<WebIdentity>(recipe_of(on, all, shared)).token_file, "/t");
  const std::string without_web = "[default]\n" + sso + process + kKeys;
  EXPECT_EQ(source_of<SsoLogin>(recipe_of(on, without_web, shared)).role_name, "r");
  const std::string without_sso = "[default]\n" + process + kKeys;
  EXPECT_EQ(source_of<Credentials>(recipe_of(on, without_sso, shared)).access_key_id, "FILE");
  EXPECT_EQ(source_of<ProcessCall>(recipe_of(on, without_sso)).argv.front(), "/bin/x");
  const std::string keys_only = std::string("[default]\n") + kKeys;
  EXPECT_EQ(source_of<Credentials>(recipe_of(on, keys_only)).access_key_id, "AK");
  EXPECT_EQ(source_of<ContainerEndpoint>(recipe_of(on, "")).path, "/c");
  on.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  EXPECT_EQ(source_of<InstanceMetadata>(recipe_of(on, "")).endpoint.host, "169.254.169.254");
}

TEST(CredentialRecipe, AssumesARoleWithAnotherProfilesKeys) {
  const auto recipe = recipe_of(
      {{"AWS_PROFILE", "prod"}},
      std::string("[profile prod]\nsource_profile = base\nexternal_id = e1\n"
                  "role_session_name = me\nduration_seconds = 7200\nregion = us-east-2\n") +
          "role_arn = " + kRole + "\n",
      std::string("[base]\n") + kKeys
  );
  EXPECT_EQ(source_of<Credentials>(recipe).access_key_id, "AK");
  ASSERT_EQ(recipe.value().roles.size(), 1U);
  const RoleToAssume& role = recipe.value().roles.front();
  EXPECT_EQ(role.arn, kRole);
  EXPECT_EQ(role.external_id, "e1");
  EXPECT_EQ(role.session_name, "me");
  EXPECT_EQ(role.duration_seconds, 7200);
  EXPECT_EQ(role.region, "us-east-2");
}

// Static keys beside role_arn are another identity; using them would act on the wrong account.
TEST(CredentialRecipe, NeverSwapsARequestedRoleForTheKeysBesideIt) {
  const std::string role = std::string("[default]\nrole_arn = ") + kRole + "\n";
  EXPECT_NE(
      refusal_of({}, role, std::string("[default]\n") + kKeys).find("neither source_profile"),
      std::string::npos
  );
  // Unless it names itself.
  const auto own = recipe_of({}, role + "source_profile = default\n" + kKeys);
  EXPECT_EQ(source_of<Credentials>(own).access_key_id, "AK");
  EXPECT_EQ(own.value().roles.size(), 1U);
}

TEST(CredentialRecipe, ChainsProfilesFromTheKeysOutwards) {
  const std::string arn = "role_arn = arn:aws:iam::123456789012:role/";
  const auto recipe = recipe_of(
      {{"AWS_PROFILE", "c"}},
      "[profile c]\n" + arn + "third\nsource_profile = b\n[profile b]\n" + arn +
          "second\nsource_profile = a\n[profile a]\n" + kKeys
  );
  EXPECT_EQ(source_of<Credentials>(recipe).access_key_id, "AK");
  ASSERT_EQ(recipe.value().roles.size(), 2U);
  EXPECT_EQ(recipe.value().roles.front().arn, "arn:aws:iam::123456789012:role/second");
  EXPECT_EQ(recipe.value().roles.back().arn, "arn:aws:iam::123456789012:role/third");
}

TEST(CredentialRecipe, RefusesACircleOfProfilesByName) {
  const std::string arn = std::string("role_arn = ") + kRole + "\n";
  EXPECT_EQ(
      refusal_of(
          {{"AWS_PROFILE", "a"}},
          "[profile a]\nsource_profile = b\n" + arn + "[profile b]\nsource_profile = a\n" + arn
      ),
      "the profiles a → b → a lead in a circle; the last source_profile must have keys of its own"
  );
}

TEST(CredentialRecipe, TakesTheSourceThatCredentialSourceNames) {
  const auto with = [](const char* named) {
    return std::string("[default]\nrole_arn = ") + kRole + "\ncredential_source = " + named + "\n";
  };
  EXPECT_EQ(
      source_of<InstanceMetadata>(recipe_of({}, with("Ec2InstanceMetadata"))).endpoint.scheme,
      "http"
  );
  EXPECT_EQ(
      source_of<ContainerEndpoint>(
          recipe_of({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}, with("EcsContainer"))
      )
          .endpoint.host,
      "169.254.170.2"
  );
  EXPECT_NE(refusal_of({}, with("EcsContainer")).find("is not set"), std::string::npos);
  EXPECT_NE(refusal_of({}, with("Environment")).find("is not set"), std::string::npos);
  EXPECT_NE(refusal_of({}, with("Moon")).find("is none of Environment"), std::string::npos);
}

TEST(CredentialRecipe, RefusesWhatNobodyCanFollow) {
  const std::string role = std::string("role_arn = ") + kRole + "\n";
  const std::string base = std::string("[base]\n") + kKeys;
  const auto refuses = [&](const std::string& profile, std::string_view words) {
    const std::string said = refusal_of({}, "[default]\n" + profile, base);
    EXPECT_NE(said.find(words), std::string::npos) << said;
  };
  refuses(role + "source_profile = base\nmfa_serial = arn:x\n", "--profile default --format env");
  refuses(role + "source_profile = gone\n", "names the source_profile gone");
  refuses(role + "source_profile = base\nduration_seconds = 60\n", "from 900 to 43200");
  refuses(role + "source_profile = base\ncredential_source = Environment\n", "both source_profile");
  refuses("role_arn = deploy\nsource_profile = base\n", "is no role's ARN");
  refuses("web_identity_token_file = /t\n", "but not role_arn");
  refuses("sso_session = corp\n", "has no [sso-session corp]");
  refuses("sso_account_id = 1\nsso_role_name = r\n", "lacks sso_start_url");
  refuses("credential_process = /bin/x\n", "set PLUMBLINE_CREDENTIAL_PROCESS=1");
  refuses("aws_secret_access_key = hunter2\n", "but not aws_access_key_id");
}

TEST(CredentialRecipe, RefusesALongSessionOfAChainedRole) {
  const std::string arn = std::string("role_arn = ") + kRole + "\n";
  const std::string said = refusal_of(
      {},
      "[default]\nsource_profile = b\nduration_seconds = 7200\n" + arn +
          "[profile b]\nsource_profile = c\n" + arn + "[profile c]\n" + kKeys
  );
  EXPECT_NE(said.find("at most 3600 s"), std::string::npos) << said;
}

TEST(CredentialRecipe, FindsTheTokenOfAnSsoSessionWhereAwsToolsPutIt) {
  const std::string role = "sso_account_id = 1\nsso_role_name = r\n";
  const auto session = source_of<SsoLogin>(recipe_of(
      {},
      "[default]\nsso_session = corp\n" + role +
          "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n"
  ));
  // sha1("corp"), as botocore names it.
  EXPECT_EQ(session.cache_file, "~/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
  EXPECT_EQ(session.region, "eu-west-1");
  const auto legacy = source_of<SsoLogin>(recipe_of(
      {}, "[default]\nsso_start_url = https://corp.example/start\nsso_region = eu-west-1\n" + role
  ));
  EXPECT_NE(legacy.cache_file, session.cache_file);
  EXPECT_EQ(legacy.start_url, "https://corp.example/start");
}

TEST(CredentialRecipe, LetsAContainerUriLeadOnlyWhereContainersAreServed) {
  const auto full = [](const std::string& uri) {
    return recipe_of({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", uri}}, "");
  };
  for (const char* allowed :
       {"http://127.0.0.1:81/c?x=y",
        "http://localhost/c",
        "http://[::1]:81/c",
        "http://169.254.170.2/c",
        "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
        "https://credentials.example/c"}) {
    EXPECT_TRUE(full(allowed)) << allowed;
  }
  for (const char* forbidden :
       {"http://169.254.169.254/latest/meta-data",
        "http://169.254.170.2.example/c",
        "http://169.254.170.24/c",
        "http://127.0.0.1.example/c",
        "http://evil.localhost/c",
        "http://10.0.0.1/c",
        "http://credentials.example/c",
        "http://user@127.0.0.1/c",
        "ftp://127.0.0.1/c",
        "file:///etc/passwd",
        "127.0.0.1/c"}) {
    EXPECT_FALSE(full(forbidden)) << forbidden;
  }
  const auto parts = source_of<ContainerEndpoint>(full("http://127.0.0.1:81/c?x=y"));
  EXPECT_EQ(parts.endpoint.host, "127.0.0.1:81");
  EXPECT_EQ(parts.path, "/c");
  EXPECT_EQ(parts.query, "x=y");
  EXPECT_FALSE(recipe_of({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/"}}, ""));
}

TEST(CredentialRecipe, LetsTheMetadataServiceBeMovedButNotToStrangers) {
  const auto at = [](const std::string& url) {
    return recipe_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", url}}, "");
  };
  EXPECT_EQ(
      source_of<InstanceMetadata>(at("http://127.0.0.1:1338/")).endpoint.host, "127.0.0.1:1338"
  );
  EXPECT_FALSE(at("http://metadata.example/"));
  const auto v6 = recipe_of({{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}, "");
  EXPECT_EQ(source_of<InstanceMetadata>(v6).endpoint.host, "[fd00:ec2::254]");
}

TEST(CredentialRecipe, SplitsACommandIntoWordsWithoutAShell) {
  const auto words = [](std::string_view command) { return split_command(command).value(); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(words("  /bin/x  --a=b c "), (Words{"/bin/x", "--a=b", "c"}));
  EXPECT_EQ(words("\"/a b/x\" 'it''s' \"\" c\\ d"), (Words{"/a b/x", "its", "", "c d"}));
  EXPECT_EQ(words("x \"a\\\"b\\n\" '\\n'"), (Words{"x", "a\"b\\n", "\\n"}));
  EXPECT_EQ(words("x $HOME;`y`|z"), (Words{"x", "$HOME;`y`|z"}));
  EXPECT_FALSE(split_command("x 'y"));
}

}  // namespace
}  // namespace plumbline
