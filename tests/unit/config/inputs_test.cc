#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/config/manifest.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

using Names = std::vector<std::string>;

struct Loaded {
  explicit Loaded(const std::string& text, const ManifestOptions& options = {}) {
    manifest = parse_text(text, diagnostics, options);
  }
  [[nodiscard]] const Resource& at(const char* address) const {
    const Resource* resource = manifest->find(Address::parse(address));
    EXPECT_NE(resource, nullptr) << address;
    return *resource;
  }
  [[nodiscard]] const Value& value(const char* address, const char* path) const {
    return at(address).properties.get_path(path);
  }
  Diagnostics diagnostics;
  std::shared_ptr<const Manifest> manifest;
};

/// A manifest that starts on line 2 with `text`.
Loaded load(const std::string& text, const ManifestOptions& options = {}) {
  return Loaded("stack: s\n" + text, options);
}

std::string shown(const Loaded& m) {
  return render_human(m.diagnostics, Colour::kNever);
}

TEST(Inputs, ComeFromFlagThenEnvironmentThenDefault) {
  ManifestOptions options;
  options.input_values = {{"a", "flag"}};
  options.environment = {{"A", "env"}, {"B", "env"}, {"C", ""}};
  const Loaded m = load(
      "inputs: { a: { env: A }, b: { env: B, default: x }, c: { env: C, default: y } }\n"
      "tags: { t: '${inputs.a}-${inputs.b}-${inputs.c}' }\n",
      options
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.manifest->tags[0].second, "flag-env-y");
}

TEST(Inputs, AreTypedWhereTheyAreUsed) {
  const Loaded m = load(
      "inputs: { size: { default: 20 }, on: { default: true, type: bool } }\n" +
      std::string("dbInstances:\n  d: { engine: mysql, allocatedStorage: '${inputs.size}', ") +
      "multiAZ: '${inputs.on}', ratio: '${inputs.size}' }\n"
      "functions: { f: { environment: { S: '${inputs.on}' } } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.value("dbInstances.d", "allocatedStorage"), Value(20));
  EXPECT_EQ(m.value("dbInstances.d", "multiAZ"), Value(true));
  EXPECT_EQ(m.value("functions.f", "environment.S"), Value("true"));
}

TEST(Inputs, MayBeMissingForLint) {
  ManifestOptions options;
  options.allows_missing_inputs = true;
  const Loaded m = load(
      "inputs: { a: { env: NOPE }, n: }\n"
      "functions: { f: { environment: { A: 'x-${inputs.a}' } } }\n"
      "dbInstances: { d: { engine: mysql, allocatedStorage: '${inputs.n}' } }\n"
      "tags: { t: '${inputs.a}' }\n",
      options
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_TRUE(m.value("functions.f", "environment.A").is_unknown());
  EXPECT_TRUE(m.value("dbInstances.d", "allocatedStorage").is_unknown());
}

TEST(Inputs, OfTheCommandLineMustBeDeclared) {
  ManifestOptions options;
  options.input_values = {{"passwrd", "x"}};
  const Loaded m =
      load("inputs: { password: { default: x } }\ntags: { a: '${inputs.password}' }\n", options);
  EXPECT_EQ(places(m.diagnostics), Names{"MF002 0:0"});
  EXPECT_NE(words_of(m.diagnostics).find("did you mean `password`?"), std::string::npos);
}

TEST(Inputs, NeverShowASecretInAFinding) {
  ManifestOptions options;
  options.input_values = {{"pw", "hunter2"}};
  const Loaded m = load(
      "inputs: { pw: { sensitive: true } }\n"
      "dbInstances:\n  d: { engine: '${inputs.pw}', allocatedStorage: '${inputs.pw}' }\n"
      "tags: { a: '${inputs.pw}' }\nvpcs: { v: { cidrBlock: '${inputs.pw}' } }\n",
      options
  );
  EXPECT_EQ(places(m.diagnostics), (Names{"MF009 4:16", "MF004 4:50", "MF004 5:12", "MF009 6:25"}));
  EXPECT_EQ(words_of(m.diagnostics).find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace plumbline
