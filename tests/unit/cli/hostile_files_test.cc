// What people write wrongly beside the manifest, by hand: saved plans and the shared files of AWS's
// tools. The cases go the way of apply from the path of a plan to its comparison with the state,
// and of every command from the environment to where keys come from.
#include <map>
#include <set>

#include <fmt/format.h>

#include "controller/aws/credentials.h"
#include "controller/aws/credentials_recipe.h"
#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/cli/plan_store.h"
#include "tests/support/cli/hostile_said.h"
#include "tests/support/cli/said.h"
#include "tests/support/plan/bench.h"

namespace plumbline {
namespace {

using Words = std::vector<HostileSaid>;

constexpr const char* kManifest =
    "stack: s\nregion: eu-west-3\nvpcs: { main: { cidrBlock: 10.0.0.0/16 } }\n";

std::string without(std::string text, const std::string& part) {
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part)) {
    text.erase(at, part.size());
  }
  return text;
}

/// "config:3" when the message names a line of one of the files, else "-".
std::string place_in(const std::string& message) {
  for (const std::string name : {"config:", "credentials:"}) {
    const auto at = message.find(name);
    const auto end = at == std::string::npos ? at : message.find(':', at + name.size());
    if (end != std::string::npos && message[at + name.size()] >= '0' &&
        message[at + name.size()] <= '9') {
      return message.substr(at, end - at);
    }
  }
  return "-";
}

/// What is said when keys are wanted; nothing when a recipe was found.
Words said_of_credentials(const HostileCase& hostile, const TestFolder& folder) {
  std::map<std::string, std::string> variables = {
      {"AWS_CONFIG_FILE", folder.file("config")},
      {"AWS_SHARED_CREDENTIALS_FILE", folder.file("credentials")},
      {"AWS_EC2_METADATA_DISABLED", "true"}};
  for (const std::string& each : hostile.all("variable")) {
    const auto equals = each.find('=');
    std::string value = each.substr(equals + 1);
    if (const auto end = value.find("\\n"); end != std::string::npos) {
      value.replace(end, 2, "\n");
    }
    variables[each.substr(0, equals)] = value;
  }
  const Environment environment = [&variables](const std::string& name
                                  ) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const auto said = [&](const Error& error) {
    const std::string message = without(error.message, folder.file(""));
    EXPECT_EQ(message.find("wJalrXUtnFEMI"), std::string::npos) << "a secret is shown";
    return Words{{error.code, place_in(message), message}};
  };
  const auto config = AwsConfig::load(environment);
  if (!config) {
    return said(config.error());
  }
  const auto recipe = config->recipe("eu-west-3");
  if (!recipe) {
    return said(recipe.error());
  }
  const auto profile = config->profile();
  return profile ? Words() : said(profile.error());
}

void seal(Value& content, const std::string& key) {
  content.erase("seal");
  content.set("seal", to_hex(hmac_sha256(key, "plan\n" + canonical_json(content))));
}

/// A plan that creates one network, with what the case says put in the place of something.
std::string plan_text(const HostileCase& hostile, PlanBench& bench) {
  PlanOrigin origin;
  origin.paths = {"/x/manifest.yaml"};
  origin.state_path = "/x/.plumbline/state.db";
  origin.install_key = bench.state().install_key;
  const auto written = write_plan(bench.plan_with({}), bench.manifest(), origin);
  EXPECT_TRUE(written);
  std::string text = show_json(*parse_json(*written));
  for (const std::string& change : hostile.all("change")) {
    const auto arrow = change.find(" => ");
    const std::string from = change.substr(0, arrow);
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
    text.replace(at == std::string::npos ? 0 : at, from.size(), change.substr(arrow + 4));
  }
  if (hostile.has("seal")) {
    auto content = parse_json(text);
    EXPECT_TRUE(content) << text;
    seal(*content, bench.state().install_key);
    text = show_json(*content);
  }
  return text;
}

Words said_of_plan(const HostileCase& hostile, const TestFolder& folder) {
  PlanBench bench(kManifest);
  if (hostile.has("written")) {
    const std::string& own = hostile.bytes;
    folder.write("plan.json", own.empty() ? plan_text(hostile, bench) : own);
  }
  std::vector<std::string> paths;
  for (const std::string& path : hostile.all("path")) {
    paths.push_back(folder.file(path));
  }
  if (paths.empty()) {
    paths.push_back(folder.file("plan.json"));
  }
  const auto found = find_plan_file(paths);
  if (!found) {
    return {{found.error().code, "-", without(found.error().message, folder.file(""))}};
  }
  if (!*found) {
    return {{"NoPlan", "-", "it is read as a manifest"}};
  }
  const SavedPlan& saved = (**found).plan;
  Diagnostics problems = check_saved_plan(saved, bench.manifest(), bench.state());
  if (problems.empty()) {
    problems = compare_plans(saved, bench.plan_with({}), bench.state());
  }
  Words said;
  for (const Diagnostic& problem : problems.all()) {
    EXPECT_FALSE(problem.help.empty());
    std::string words = without(problem.summary + ": " + problem.detail, folder.file(""));
    for (const Evidence& evidence : problem.evidence) {
      words += " " + evidence.text;
    }
    said.push_back({problem.id, "-", words});
  }
  return said;
}

std::size_t play(
    const std::string& group,
    const std::set<std::string>& words,
    Words (*said)(const HostileCase& hostile, const TestFolder& folder)
) {
  const std::vector<HostileCase> cases = hostile_cases_said(group, words);
  for (const HostileCase& one : cases) {
    SCOPED_TRACE(one.place + " " + one.name);
    const TestFolder folder;
    lay_out(one, folder.file(""));
    expect_said(one, said(one, folder));
  }
  return cases.size();
}

TEST(Hostile, SharedFilesThatGiveNoKeysAreSaid) {
  EXPECT_GE(play("credentials", {"variable"}, said_of_credentials), 70U);
}

TEST(Hostile, PlansThatWereTamperedWithAreRefused) {
  EXPECT_GE(play("plans", {"path", "written", "change", "seal"}, said_of_plan), 40U);
}

}  // namespace
}  // namespace plumbline
