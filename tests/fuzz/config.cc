// The shared files of AWS's tools, the same text as both of them, and the recipe that follows.
#include <map>

#include "controller/aws/credentials.h"
#include "controller/aws/credentials_recipe.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

/// What a text may lead to: nothing of it is the world's fault.
void expect_typed(const Error& error) {
  PLUMBLINE_CHECK(error.klass == ErrorClass::kInvalid || error.klass == ErrorClass::kAuth);
  PLUMBLINE_CHECK(!error.code.empty() && !error.message.empty());
}

void read_with(const std::map<std::string, std::string>& variables, const std::string& text) {
  const Environment environment = [&variables](const std::string& name
                                  ) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const Result<AwsConfig> config = AwsConfig::from_texts(environment, text, text);
  if (!config) {
    expect_typed(config.error());
    return;
  }
  if (const Result<Profile> profile = config->profile(); !profile) {
    expect_typed(profile.error());
  }
  if (const Result<CredentialRecipe> recipe = config->recipe("us-east-1"); !recipe) {
    expect_typed(recipe.error());
  }
  static_cast<void>(config->region());
}

}  // namespace

void read_config(std::string_view input) {
  const std::string text(input);
  read_with({}, text);
  read_with({{"AWS_PROFILE", "a"}}, text);
}

}  // namespace plumbline::fuzz
