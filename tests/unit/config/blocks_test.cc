// outputs, moved, import, and inputs that are generated.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/config/graph.h"
#include "controller/config/interpolation.h"
#include "controller/config/manifest.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

using Names = std::vector<std::string>;

struct Loaded {
  explicit Loaded(const std::string& text, const ManifestOptions& options = {}) {
    manifest = parse_text("stack: s\n" + text, diagnostics, options);
    make_graph(*manifest, diagnostics);
    diagnostics.sort();
  }
  Diagnostics diagnostics;
  std::shared_ptr<const Manifest> manifest;
};

std::string shown(const Loaded& m) {
  return render_human(m.diagnostics, Colour::kNever);
}

TEST(Outputs, HoldTextsTreesAndSecrets) {
  const Loaded m(
      "inputs: { pw: { default: x }, key: { generate: hex } }\n"
      "vpcs: { v: { cidrBlock: 10.0.0.0/8 } }\n"
      "functions: { f: { forEach: [a, b] } }\n"
      "outputs:\n"
      "  vpc: '${vpcs.v.vpcId}'\n"
      "  all: { value: { id: 'x-${vpcs.v.vpcId}', names: [1, '${inputs.pw}'], arns: "
      "'${functions.f.arn}' } }\n"
      "  key: { value: '${inputs.key}', sensitive: true }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  ASSERT_EQ(m.manifest->outputs.size(), 3U);
  const Output& all = m.manifest->outputs[0];
  EXPECT_EQ(all.name, "all");
  EXPECT_TRUE(all.value.get("id").is_concat());
  EXPECT_EQ(all.value.get("names"), Value::list({1, "x"}));
  EXPECT_EQ(all.value.get("arns").size(), 2U);
  EXPECT_TRUE(m.manifest->outputs[1].is_sensitive);
  EXPECT_TRUE(is_generated(m.manifest->outputs[1].value.as_reference()));
  EXPECT_EQ(m.manifest->outputs[2].value.as_reference().to_string(), "vpcs.v.vpcId");
}

TEST(Generate, TakesAWordOrABlock) {
  const Loaded m(
      "inputs:\n"
      "  a: { generate: password }\n"
      "  b: { generate: { type: password, length: 41, alphabet: zzabcdefgh0123456789, version: 3 } "
      "}\n"
      "  c: { generate: { type: hex, length: 64 } }\n"
      "  d: { generate: uuid, sensitive: true }\n"
      "functions: { f: { environment: { A: '${inputs.a}', B: '${inputs.b}', C: 'x${inputs.c}', D: "
      "'${inputs.d}' } } }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  ASSERT_EQ(m.manifest->generated.size(), 4U);
  const GeneratedInput& a = m.manifest->generated[0];
  EXPECT_EQ(a.form, GeneratedInput::Form::kPassword);
  EXPECT_EQ(a.length, 30U);
  EXPECT_EQ(a.alphabet.size(), 62U);
  EXPECT_EQ(a.version, 1);
  const GeneratedInput& b = m.manifest->generated[1];
  EXPECT_EQ(b.length, 41U);
  EXPECT_EQ(b.alphabet, "0123456789abcdefghz");
  EXPECT_EQ(b.version, 3);
  EXPECT_EQ(m.manifest->generated[2].length, 64U);
  EXPECT_EQ(m.manifest->generated[3].form, GeneratedInput::Form::kUuid);
  EXPECT_EQ(m.manifest->sensitive_inputs.size(), 4U);
  const Value& environment = m.manifest->find({"functions", "f"})->properties.get("environment");
  EXPECT_TRUE(is_generated(environment.get("A").as_reference()));
  EXPECT_TRUE(environment.get("C").is_concat());
}

TEST(Moved, FollowsChainsToTheirEnd) {
  const Loaded m(
      "functions: { c: {}, z: {} }\n"
      "moved:\n  - { from: functions.b, to: functions.c }\n  - { from: functions.a, to: "
      "functions.b "
      "}\n  - { from: functions.y, to: functions.z }\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.manifest->moved_to({"functions", "a"})->to_string(), "functions.c");
  EXPECT_EQ(m.manifest->moved_to({"functions", "b"})->to_string(), "functions.c");
  EXPECT_EQ(m.manifest->moved_to({"functions", "y"})->to_string(), "functions.z");
  EXPECT_FALSE(m.manifest->moved_to({"functions", "c"}));
}

TEST(Moved, OutOfAndIntoAGroup) {
  const Loaded m(
      "functions: { f: { forEach: [a] } }\n"
      "moved: [{ from: functions.f, to: functions.f-a }]\n"
  );
  EXPECT_TRUE(m.diagnostics.empty()) << shown(m);
}

TEST(Import, ReachesItsResource) {
  const Loaded m(
      "vpcs: { v: { cidrBlock: 10.0.0.0/8 }, w: { cidrBlock: 10.0.0.0/8 } }\n"
      "import: [{ to: vpcs.w, id: vpc-0abc }]\n"
  );
  ASSERT_TRUE(m.diagnostics.empty()) << shown(m);
  EXPECT_EQ(m.manifest->find({"vpcs", "w"})->import_id, "vpc-0abc");
  EXPECT_EQ(m.manifest->find({"vpcs", "v"})->import_id, "");
}

TEST(Import, OfTheCommandLineMayRepeatABlockButNotContradictIt) {
  const std::string text =
      "vpcs: { v: { cidrBlock: 10.0.0.0/8 }, w: { cidrBlock: 10.0.0.0/8 } }\n"
      "import: [{ to: vpcs.w, id: vpc-0abc }]\n";
  ManifestOptions options;
  options.import = {"vpcs.w", "vpc-0abc"};
  EXPECT_TRUE(Loaded(text, options).diagnostics.empty());
  options.import = {"vpcs.w", "vpc-0def"};
  EXPECT_NE(shown(Loaded(text, options)).find("`vpcs.w` is imported twice"), std::string::npos);
  options.import = {"vpcs.v", "vpc-0abc"};
  EXPECT_NE(shown(Loaded(text, options)).find("`vpc-0abc` is imported twice"), std::string::npos);
}

struct Refused {
  std::string name, text;
  Names places;
  std::string says;
};

class BlocksRefuse : public testing::TestWithParam<Refused> {};

TEST_P(BlocksRefuse, WithAPlaceAndAHelp) {
  const Loaded m(GetParam().text);
  EXPECT_EQ(places(m.diagnostics), GetParam().places) << shown(m);
  EXPECT_NE(words_of(m.diagnostics).find(GetParam().says), std::string::npos) << shown(m);
}

const std::string kTwo = "functions: { c: {}, d: {} }\n";

INSTANTIATE_TEST_SUITE_P(
    Outputs,
    BlocksRefuse,
    testing::Values(
        Refused{"List", "outputs: [a]\n", {"MF004 2:10"}, "takes a map"},
        Refused{"Name", "outputs: { a.b: x }\n", {"MF005 2:12"}, "name an output"},
        Refused{"NoValue", "outputs: { a: }\n", {"MF003 2:12"}, "has no value"},
        Refused{"Word", "outputs: { a: { valeu: x } }\n", {"MF003 2:12", "MF002 2:17"}, "`value`"},
        Refused{"Nowhere", "outputs: { a: '${vpcs.v.vpcId}' }\n", {"RF001 2:15"}, "no `vpcs.v`"},
        Refused{
            "NoAttribute",
            kTwo + "outputs: { a: '${functions.c.functionNam}' }\n",
            {"RF002 3:15"},
            "did you mean `functionName`?"},
        Refused{
            "SecretInput",
            "inputs: { k: { generate: hex } }\noutputs: { a: 'x${inputs.k}' }\n",
            {"MF009 3:15"},
            "sensitive: true"},
        Refused{
            "SecretProperty",
            "dbInstances: { d: { engine: mysql, masterUserPassword: x } }\n"
            "outputs: { a: '${dbInstances.d.masterUserPassword}' }\n",
            {"MF009 3:15"},
            "sensitive: true"}
    ),
    [](const auto& each) { return each.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Moved,
    BlocksRefuse,
    testing::Values(
        Refused{"Map", kTwo + "moved: { from: a, to: b }\n", {"MF004 3:8"}, "takes a list"},
        Refused{"NoTo", kTwo + "moved: [{ from: functions.a }]\n", {"MF003 3:9"}, "lacks `to`"},
        Refused{
            "NoAddress",
            kTwo + "moved: [{ from: a, to: functions.c }]\n",
            {"MF004 3:17"},
            "section.name"},
        Refused{
            "Itself",
            kTwo + "moved: [{ from: functions.c, to: functions.c }]\n",
            {"MF018 3:9"},
            "moves to itself"},
        Refused{
            "ToNowhere",
            kTwo + "moved: [{ from: functions.a, to: functions.b }]\n",
            {"MF018 3:9"},
            "`functions.b`, which is not declared"},
        Refused{
            "OtherKind",
            kTwo + "moved: [{ from: vpcs.a, to: functions.c }]\n",
            {"MF017 3:9"},
            "of two kinds"},
        Refused{
            "StillThere",
            kTwo + "moved: [{ from: functions.c, to: functions.d }]\n",
            {"MF017 3:9"},
            "still declared"},
        Refused{
            "Twice",
            kTwo +
                "moved:\n  - { from: functions.a, to: functions.c }\n  - { from: functions.a, to: "
                "functions.d }\n",
            {"MF017 5:5"},
            "moved twice"},
        Refused{
            "TwoToOne",
            kTwo +
                "moved:\n  - { from: functions.a, to: functions.c }\n  - { from: functions.b, to: "
                "functions.c }\n",
            {"MF017 5:5"},
            "m.yaml:4:5"},
        Refused{
            "Circle",
            "moved:\n  - { from: functions.a, to: functions.b }\n  - { from: functions.b, to: "
            "functions.a }\n",
            {"MF018 3:5", "MF017 4:5"},
            "in a circle"}
    ),
    [](const auto& each) { return each.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Import,
    BlocksRefuse,
    testing::Values(
        Refused{"NoId", kTwo + "import: [{ to: functions.c }]\n", {"MF003 3:10"}, "lacks `id`"},
        Refused{
            "Nowhere",
            kTwo + "import: [{ to: vpcs.elsewhere, id: vpc-1 }]\n",
            {"RF001 3:10"},
            "declare it"},
        Refused{
            "Misspelt",
            kTwo + "import: [{ to: functions.x, id: f }]\n",
            {"RF001 3:10"},
            "did you mean `functions.c` or `functions.d`?"},
        Refused{
            "Existing",
            "vpcs: { v: { existing: vpc-1 } }\nimport: [{ to: vpcs.v, id: vpc-1 }]\n",
            {"MF017 3:10"},
            "`existing`"},
        Refused{
            "Twice",
            kTwo + "import: [{ to: functions.c, id: f }, { to: functions.c, id: g }]\n",
            {"MF017 3:38"},
            "`functions.c` is imported twice"},
        Refused{
            "OneForTwo",
            kTwo + "import: [{ to: functions.c, id: f }, { to: functions.d, id: f }]\n",
            {"MF017 3:38"},
            "`f` is imported twice"}
    ),
    [](const auto& each) { return each.param.name; }
);

Refused generate(
    const std::string& name,
    const std::string& spec,
    const std::string& place,
    const std::string& says
) {
  return {
      name,
      "inputs: { a: { " + spec + " } }\nfunctions: { f: { environment: { A: '${inputs.a}' } } }\n",
      {place},
      says};
}

INSTANTIATE_TEST_SUITE_P(
    Generate,
    BlocksRefuse,
    testing::Values(
        generate("Form", "generate: pasword", "MF009 2:26", "did you mean `password`?"),
        generate("Word", "generate: { lenght: 20 }", "MF002 2:28", "`length`"),
        generate("Short", "generate: { length: 7 }", "MF009 2:36", "8 to 128"),
        generate("Long", "generate: { length: 129 }", "MF009 2:36", "8 to 128"),
        generate("NoNumber", "generate: { length: x }", "MF004 2:36", "x"),
        generate(
            "UuidLength", "generate: { type: uuid, length: 20 }", "MF009 2:48", "has its length"
        ),
        generate(
            "HexAlphabet", "generate: { type: hex, alphabet: abc }", "MF009 2:49", "Only a password"
        ),
        generate("Quote", "generate: { alphabet: 'abc\"' }", "MF009 2:38", "RDS takes"),
        generate("Slash", "generate: { alphabet: abc/def }", "MF009 2:38", "RDS takes"),
        generate("Umlaut", "generate: { alphabet: abcä }", "MF009 2:38", "RDS takes"),
        generate(
            "Guessable", "generate: { alphabet: ab, length: 20 }", "MF009 2:26", "20 bits; 64"
        ),
        generate("OneLetter", "generate: { alphabet: aaa }", "MF009 2:26", "guessed"),
        generate("Version", "generate: { version: 0 }", "MF009 2:37", "counts from 1"),
        generate("TwoSources", "generate: hex, env: X", "MF017 2:31", "second source"),
        generate("Open", "generate: hex, sensitive: false", "MF017 2:42", "always sensitive")
    ),
    [](const auto& each) { return each.param.name; }
);

TEST(Generate, StaysOutOfWhatEverybodySees) {
  const Loaded m(
      "inputs: { k: { generate: hex } }\ntags: { a: '${inputs.k}' }\n"
      "dbInstances: { d: { engine: mysql, allocatedStorage: '${inputs.k}' } }\n"
  );
  EXPECT_EQ(places(m.diagnostics), (Names{"MF004 3:12", "MF004 4:54"})) << shown(m);
  EXPECT_NE(words_of(m.diagnostics).find("takes no sensitive input"), std::string::npos);
}

TEST(Generate, IsNotOverruledByAFlag) {
  ManifestOptions options;
  options.input_values = {{"k", "x"}};
  const Loaded m(
      "inputs: { k: { generate: hex } }\nfunctions: { f: { environment: { A: '${inputs.k}' } } }\n",
      options
  );
  EXPECT_EQ(places(m.diagnostics), Names{"MF017 2:11"}) << shown(m);
}

}  // namespace
}  // namespace plumbline
