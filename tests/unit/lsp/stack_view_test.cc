#include "controller/lsp/stack_view.h"

#include "controller/lsp/actions.h"
#include "controller/lsp/symbols.h"
#include "tests/support/lsp/edited.h"

namespace plumbline {
namespace {

const char* const kManifest =
    "vpcs:\n"
    "  main: {}\n"
    "subnets:\n"
    "  a: { vpc: main }\n"
    "  b: { vpc: { id: vpc-1 }, dependsOn: vpcs.main }\n"
    "outputs:\n"
    "  net: 'x${vpcs.main.vpcId}y'\n"
    "connections:\n"
    "  - { from: internet, to: subnets.a }\n";

/// "4:13", counted from 1 as people do.
std::vector<std::string> places(const std::vector<Location>& locations) {
  std::vector<std::string> out;
  for (const Location& location : locations) {
    out.push_back(
        std::to_string(location.range.start.line + 1) + ":" +
        std::to_string(location.range.start.character + 1)
    );
  }
  return out;
}

TEST(StackView, FindsEveryMentionOfAName) {
  const Edited edited(kManifest);
  const StackView view = edited.view();
  EXPECT_EQ(
      places(view.mentions({"vpcs", "main"})), (std::vector<std::string>{"4:13", "5:39", "7:12"})
  );
  EXPECT_EQ(places(view.declarations({"vpcs", "main"})), std::vector<std::string>{"2:3"});
  EXPECT_EQ(places(view.mentions({"subnets", "a"})), std::vector<std::string>{"9:27"});
  EXPECT_TRUE(view.mentions({"vpcs", "other"}).empty());
}

TEST(StackView, KnowsWhatIsNamedUnderTheCursor) {
  const auto at = [](const std::string& before) {
    std::string text = kManifest;
    text.insert(text.find(before) + before.size(), "^");
    const Edited edited(text);
    const auto found = edited.view().address_at(edited.text(), edited.cursor());
    return found ? found->to_string() : "";
  };
  EXPECT_EQ(at("a: { vpc: ma"), "vpcs.main");
  EXPECT_EQ(at("dependsOn: vpcs"), "vpcs.main");
  EXPECT_EQ(at("x${vpcs.m"), "vpcs.main");
  EXPECT_EQ(at("vpcs:\n  ma"), "vpcs.main") << "where it is declared";
  EXPECT_EQ(at("to: subnets"), "subnets.a");
  EXPECT_EQ(at("from: inter"), "");
  EXPECT_EQ(at("id: vp"), "");
  EXPECT_EQ(at("x${vpcs.main.vpc"), "") << "an attribute is no name";
}

TEST(StackView, ANameIsDeclaredInEveryFileThatLiesOverIt) {
  const TextDocument base("vpcs:\n  main: {}\n");
  const TextDocument over("vpcs: { main: { tags: {} } }\nsubnets: { s: { vpc: main } }\n");
  const Outline base_outline(base.text());
  const Outline over_outline(over.text());
  const StackView view(
      test_guide(), {{"/b.yaml", &base, &base_outline}, {"/o.yaml", &over, &over_outline}}, nullptr
  );
  EXPECT_EQ(
      view.declarations({"vpcs", "main"}),
      (std::vector<Location>{{"/b.yaml", {{1, 2}, {1, 6}}}, {"/o.yaml", {{0, 8}, {0, 12}}}})
  );
  EXPECT_EQ(view.names_in("vpcs"), std::vector<std::string>{"main"});
}

TEST(StackView, InputsAndAccountsAreNamesToo) {
  const Edited edited(
      "inputs: { p: {} }\naccounts: { data: {} }\nvpcs:\n  v: { account: data, cidrBlock: "
      "'${inputs.p}' }\n"
  );
  EXPECT_EQ(places(edited.view().mentions({"inputs", "p"})), std::vector<std::string>{"4:37"});
  EXPECT_EQ(places(edited.view().mentions({"accounts", "data"})), std::vector<std::string>{"4:17"});
}

TEST(StackView, NamesThatTemplatesMakeAreKnownFromTheManifest) {
  Diagnostics problems;
  const std::string text =
      "stack: s\nvpcs: { m: { cidrBlock: 10.0.0.0/16 } }\nsubnets:\n  db:\n"
      "    forEach: { a: 10.0.1.0/24, c: 10.0.2.0/24 }\n    vpc: m\n    cidrBlock: "
      "'${each.value}'\n";
  const auto manifest =
      parse_manifest(test_guide().catalog(), "/m.yaml", text, ManifestOptions{}, problems);
  const Edited edited(text);
  const StackView view(test_guide(), {edited.text()}, manifest.get());
  EXPECT_EQ(view.names_in("subnets"), (std::vector<std::string>{"db", "db-a", "db-c"}));
  EXPECT_EQ(view.declarations({"subnets", "db-c"}).size(), 1U);
}

TEST(Hover, ExplainsPropertiesWordsAndAttributes) {
  const auto topic_at = [](std::string text) {
    const Edited edited(std::move(text));
    const auto said =
        hover(edited.view(), edited.text(), edited.cursor(), [](const std::string& topic) {
          return topic;
        });
    return said ? said->text : "";
  };
  EXPECT_EQ(topic_at("vpc^s:\n"), "vpcs");
  EXPECT_EQ(topic_at("vpcs:\n  ma^in: {}\n"), "vpcs");
  EXPECT_EQ(topic_at("vpcs:\n  main: { cidr^Block: x }\n"), "vpcs.cidrBlock");
  EXPECT_EQ(topic_at("vpcs:\n  main: { cidrBlock: 10.^0.0.0/8 }\n"), "vpcs.cidrBlock");
  EXPECT_EQ(topic_at("vpcs:\n  main: { pro^tect: true }\n"), "protect");
  EXPECT_EQ(
      topic_at("securityGroups:\n  a:\n    ingress:\n      - po^rt: 1\n"),
      "securityGroups.ingress.port"
  );
  EXPECT_EQ(topic_at("outputs:\n  o: 'x${vpcs.main.vpc^Id}'\n"), "vpcs.vpcId");
  EXPECT_EQ(topic_at("conn^ections: []\n"), "connections");
  EXPECT_EQ(
      topic_at("connections:\n  - { fr^om: x }\n"),
      "connections.from: An address, internet, or a range.\n"
  );
  EXPECT_EQ(topic_at("vpcs:\n  main: { existing: { cidr^Block: x } }\n"), "vpcs.cidrBlock");
  EXPECT_EQ(topic_at("nonsen^se: 1\n"), "");
  EXPECT_EQ(topic_at("# com^ment\n"), "");
}

TEST(Symbols, AreSectionsWithTheirNames) {
  const Edited edited("stack: s\nvpcs:\n  main: {}\n  oth\n");
  const Value tree = document_symbols(test_guide(), edited.text(), "file:///m.yaml", true);
  ASSERT_EQ(tree.size(), 2U);
  const Value& vpcs = tree.as_list()[1];
  EXPECT_EQ(vpcs.text_of("name"), "vpcs");
  ASSERT_EQ(vpcs.get("children").size(), 1U);
  EXPECT_EQ(vpcs.get("children").as_list()[0].text_of("name"), "main");
  const Value flat = document_symbols(test_guide(), edited.text(), "file:///m.yaml", false);
  ASSERT_EQ(flat.size(), 3U);
  EXPECT_EQ(flat.as_list()[2].text_of("containerName"), "vpcs");
  EXPECT_EQ(flat.as_list()[2].get("location").text_of("uri"), "file:///m.yaml");
}

TEST(Mending, WritesWhatTheFindingSays) {
  const Edited edited("vpcs:\n  m: { cidrBlok: x }\n");
  const SourceFile file{"/m.yaml", edited.document().text(), {}};
  Finding finding;
  finding.diagnostic.id = "MF002";
  finding.diagnostic.help = "did you mean it?";
  finding.diagnostic.range = {&file, {2, 8}, {2, 16}};
  EXPECT_TRUE(actions_for(finding, edited.document(), edited.outline()).empty());
  finding.diagnostic.edits = {{{&file, {2, 8}, {2, 16}}, "cidrBlock"}};
  auto actions = actions_for(finding, edited.document(), edited.outline());
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].title, "Change cidrBlok to cidrBlock");
  EXPECT_TRUE(actions[0].is_preferred);
  EXPECT_EQ(actions[0].edits[0].span, (Span{13, 21}));
  finding.diagnostic.edits.push_back({{&file, {3, 1}, {3, 1}}, "subnets: {}\n"});
  EXPECT_EQ(
      actions_for(finding, edited.document(), edited.outline())[0].title,
      "Fix MF002: did you mean it?"
  );
  const SourceFile other{"/n.yaml", "", {}};
  finding.diagnostic.edits.push_back({{&other, {1, 1}, {1, 1}}, "x"});
  EXPECT_TRUE(actions_for(finding, edited.document(), edited.outline()).empty())
      << "half of a fix is none";
}

class Ignoring : public ::testing::Test {
 protected:
  /// `text` after the action that ignores a finding at "^".
  static std::string ignored(const std::string& text) {
    const Edited edited(text);
    const std::string& plain = edited.document().text();
    const SourceFile file{"/m.yaml", plain, {}};
    Finding finding;
    finding.is_negotiable = true;
    finding.diagnostic.id = "SG008";
    finding.diagnostic.range.file = &file;
    const auto line = static_cast<std::uint32_t>(
        1 + std::count(
                plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(edited.cursor()), '\n'
            )
    );
    const std::size_t start = plain.rfind('\n', edited.cursor() - 1);
    finding.diagnostic.range.begin =
        finding.diagnostic.range.end = {line, static_cast<std::uint32_t>(edited.cursor() - start)};
    const auto actions = actions_for(finding, edited.document(), edited.outline());
    if (actions.empty()) {
      return "";
    }
    TextDocument after = edited.document();
    after.replace(actions[0].edits.at(0).span, actions[0].edits.at(0).text);
    return after.text();
  }
};

TEST_F(Ignoring, WritesACommentAboveInTheSameColumn) {
  EXPECT_EQ(
      ignored("a:\n  b:\n    - ^{ port: 1 }\n"),
      "a:\n  b:\n    # plumbline:ignore SG008: say why\n    - { port: 1 }\n"
  );
}

TEST_F(Ignoring, KeepsTheLineEndsOfTheFile) {
  EXPECT_EQ(
      ignored("a:\r\n  ^b: 1\r\n"), "a:\r\n  # plumbline:ignore SG008: say why\r\n  b: 1\r\n"
  );
  EXPECT_EQ(ignored("a:\n  ^b: 1"), "a:\n  # plumbline:ignore SG008: say why\n  b: 1");
}

TEST_F(Ignoring, WritesNothingIntoATextOfSeveralLines) {
  EXPECT_EQ(ignored("a: { b: 'x\n  y', ^c: 1 }\n"), "");
}

}  // namespace
}  // namespace plumbline
