#include "controller/lsp/completion.h"

#include <algorithm>

#include "tests/support/lsp/edited.h"

namespace plumbline {
namespace {

using Labels = std::vector<std::string>;

TEST(Completion, AtTheMarginAreSectionsAndWordsThatAreNotThereYet) {
  const Edited edited("stack: s\nv^\n");
  EXPECT_TRUE(edited.offers("vpcs"));
  EXPECT_TRUE(edited.offers("connections"));
  EXPECT_FALSE(edited.offers("stack"));
  EXPECT_EQ(edited.choose("vpcs"), "stack: s\nvpcs:\n");
  EXPECT_EQ(edited.choose("region"), "stack: s\nregion: \n");
  EXPECT_TRUE(Edited("^").offers("stack")) << "in an empty text";
}

TEST(Completion, OfAResourceAreItsKindsPropertiesRequiredOnesFirst) {
  const Edited edited("subnets:\n  a:\n    availabilityZone: x\n    ^\n");
  const Labels labels = edited.labels();
  ASSERT_GT(labels.size(), 5U);
  EXPECT_TRUE(
      (labels[0] == "vpc" && labels[1] == "cidrBlock") ||
      (labels[0] == "cidrBlock" && labels[1] == "vpc")
  );
  EXPECT_TRUE(edited.offers("protect"));
  EXPECT_TRUE(edited.offers("forEach"));
  EXPECT_FALSE(edited.offers("availabilityZone")) << "it is there already";
  EXPECT_FALSE(edited.offers("subnetId")) << "an output";
  EXPECT_EQ(edited.choose("vpc"), "subnets:\n  a:\n    availabilityZone: x\n    vpc: \n");
  for (const CompletionItem& item : edited.items()) {
    EXPECT_FALSE(item.documentation.empty()) << item.label;
  }
}

TEST(Completion, SnippetsFillInWhatIsRequired) {
  const Edited edited("subnets:\n  a:\n    ^");
  // Editors indent further lines as far as the first.
  EXPECT_EQ(edited.choose("all required", true), "subnets:\n  a:\n    vpc: $1\ncidrBlock: $2");
  EXPECT_EQ(
      edited.choose("mapPublicIpOnLaunch", true),
      "subnets:\n  a:\n    mapPublicIpOnLaunch: ${1|true,false|}"
  );
  EXPECT_FALSE(edited.offers("all required")) << "an editor without snippets";
  EXPECT_FALSE(
      Edited("subnets:\n  a:\n    existing: { id: x }\n    ^").items(true)[0].label ==
      "all required"
  );
  EXPECT_EQ(
      Edited("subnets:\n  ^").choose("NAME: Subnet", true),
      "subnets:\n  ${1:name}:\n  vpc: $2\n  cidrBlock: $3"
  );
  EXPECT_EQ(
      Edited("subnets:\n  a: { ^ }").choose("all required", true),
      "subnets:\n  a: { vpc: $1, cidrBlock: $2 }"
  );
}

TEST(Completion, BehindADashFurtherLinesStandBelowTheWordNotTheDash) {
  EXPECT_EQ(
      Edited("connections:\n  - ^").choose("all required", true),
      "connections:\n  - from: $1\n  to: $2"
  );
}

TEST(Completion, ChangesAKeyWithoutWritingASecondColon) {
  EXPECT_EQ(
      Edited("subnets:\n  a:\n    cid^rBlok: 10.0.0.0/24\n").choose("cidrBlock"),
      "subnets:\n  a:\n    cidrBlock: 10.0.0.0/24\n"
  );
}

TEST(Completion, OfReferencesAreTheNamesOfTheirSection) {
  const std::string head = "vpcs:\n  main: {}\n  other: {}\nsubnets:\n";
  EXPECT_EQ(Edited(head + "  a: { vpc: ^ }").labels(), (Labels{"main", "other"}));
  EXPECT_EQ(
      Edited(head + "  a:\n    vpc: ma^\n    cidrBlock: x\n").labels(), (Labels{"main", "other"})
  );
  EXPECT_EQ(Edited(head + "  a:\n    vpc: ^").labels(), (Labels{"main", "other"}));
  EXPECT_EQ(Edited(head + "  a: { vpc: '^").labels(), (Labels{"main", "other"}));
  EXPECT_EQ(Edited(head + "  a: { vpc: ma^in }").choose("other"), head + "  a: { vpc: other }");
  EXPECT_EQ(
      Edited("subnets: { a: {} }\ndbSubnetGroups:\n  g:\n    subnets: [^").labels(), Labels{"a"}
  );
  EXPECT_EQ(
      Edited("subnets: { a: {} }\ndbSubnetGroups:\n  g:\n    subnets:\n      - ^\n").choose("a"),
      "subnets: { a: {} }\ndbSubnetGroups:\n  g:\n    subnets:\n      - a\n"
  );
}

TEST(Completion, OfChoicesAreWordsNamesAndForms) {
  const Edited edited(
      "securityGroups:\n  app: {}\n  db:\n    ingress:\n      - { port: 3306, from: ^ }\n"
  );
  EXPECT_TRUE(edited.offers("self"));
  EXPECT_TRUE(edited.offers("app"));
  const Edited field("securityGroups:\n  db:\n    ingress:\n      - port: 1\n        fr^\n");
  EXPECT_TRUE(field.offers("from"));
  EXPECT_FALSE(field.offers("port"));
  EXPECT_FALSE(field.offers("vpc"));
  EXPECT_TRUE(
      Edited("securityGroups:\n  db:\n    ingress:\n      - { from: { ^ } }").offers("prefixList")
  );
}

TEST(Completion, OfEnumerationsAreTheirWordsTheDefaultAmongThem) {
  const Edited edited("vpcs:\n  main:\n    instanceTenancy: ^\n");
  EXPECT_TRUE(edited.offers("dedicated"));
  const std::vector<CompletionItem> items = edited.items();
  EXPECT_TRUE(std::any_of(items.begin(), items.end(), [](const CompletionItem& item) {
    return item.label == "default" && item.detail == "default";
  }));
  EXPECT_EQ(Edited("vpcs:\n  main: { enableDnsSupport: t^").labels(), (Labels{"true", "false"}));
}

TEST(Completion, KnowsTheWordsEveryResourceTakes) {
  EXPECT_EQ(
      Edited("vpcs:\n  main:\n    drift: ^").labels(), (Labels{"correct", "report", "ignore"})
  );
  EXPECT_EQ(
      Edited("vpcs:\n  main:\n    timeouts: { ^ }").labels(), (Labels{"create", "update", "delete"})
  );
  EXPECT_EQ(
      Edited("vpcs: { v: {} }\nsubnets:\n  s:\n    dependsOn: [^]\n").labels(),
      (Labels{"subnets.s", "vpcs.v"})
  );
  EXPECT_EQ(Edited("accounts: { data: {} }\nvpcs:\n  v: { account: ^ }").labels(), Labels{"data"});
  EXPECT_TRUE(Edited("vpcs:\n  v: { ignore: [^").offers("cidrBlock"));
  const Edited looked_up("vpcs:\n  v:\n    existing:\n      ^");
  EXPECT_TRUE(looked_up.offers("id"));
  EXPECT_TRUE(looked_up.offers("tags"));
  EXPECT_TRUE(looked_up.offers("cidrBlock"));
  EXPECT_FALSE(looked_up.offers("protect"));
}

TEST(Completion, KnowsTheWordsOfTheManifest) {
  const Edited edited("functions: { r: {} }\nconnections:\n  - { from: ^, to: x }\n");
  EXPECT_TRUE(edited.offers("functions.r"));
  EXPECT_TRUE(edited.offers("internet"));
  EXPECT_EQ(
      Edited("connections:\n  - { from: a, expect: ^").labels(), (Labels{"allowed", "denied"})
  );
  EXPECT_TRUE(Edited("connections:\n  - ^").offers("from"));
  EXPECT_TRUE(Edited("inputs:\n  x:\n    gen^").offers("generate"));
  EXPECT_TRUE(Edited("inputs:\n  x: { generate: { ^").offers("length"));
}

TEST(Completion, InsideAnInterpolationAreSectionsThenNamesThenAttributes) {
  const std::string head = "inputs: { pass: {} }\ndbInstances: { app: {} }\nsecrets:\n  s:\n";
  const Edited sections(head + "    secretString: { host: '${^' }\n");
  EXPECT_TRUE(sections.offers("dbInstances"));
  EXPECT_TRUE(sections.offers("inputs"));
  EXPECT_TRUE(sections.offers("account"));
  EXPECT_FALSE(sections.offers("each"));
  EXPECT_FALSE(sections.offers("vpcs")) << "none is declared";
  EXPECT_EQ(
      Edited(head + "    secretString: ${inputs.^").choose("pass"),
      head + "    secretString: ${inputs.pass}"
  );
  EXPECT_EQ(
      Edited(head + "    secretString: ${dbInstances.a^}").choose("app"),
      head + "    secretString: ${dbInstances.app.}"
  );
  const Edited attribute(head + "    secretString: { host: 'x${dbInstances.app.end^' }\n");
  EXPECT_TRUE(attribute.offers("id"));
  EXPECT_EQ(
      attribute.choose("endpoint"),
      head + "    secretString: { host: 'x${dbInstances.app.endpoint}' }\n"
  );
  EXPECT_EQ(
      Edited(head + "    secretString: ${dbIn^stances.app.id}").choose("dbInstances"),
      head + "    secretString: ${dbInstances.app.id}"
  );
  EXPECT_TRUE(Edited("stack: s\noutputs:\n  o: ${s^").offers("stack"));
  EXPECT_TRUE(Edited(head + "    secretString: '${stack}-^'").labels().empty()) << "it is closed";
  EXPECT_TRUE(Edited(head + "    secretString: '$${^'").labels().empty()) << "it is a literal";
}

TEST(Completion, InATemplateIsEach) {
  const std::string head = "subnets:\n  a:\n    forEach: [x]\n";
  EXPECT_TRUE(Edited(head + "    cidrBlock: '${^'").offers("each"));
  EXPECT_EQ(Edited(head + "    cidrBlock: '${each.^'").labels(), (Labels{"key", "value"}));
}

TEST(Completion, OfferNothingInCommentsTextsAndWhatNoSchemaKnows) {
  EXPECT_TRUE(Edited("vpcs:\n  # ^\n").labels().empty());
  EXPECT_TRUE(Edited("vpcs:\n  v:\n    nonsense:\n      ^\n").labels().empty());
  EXPECT_TRUE(Edited("vpcs:\n  v:\n    cidrBlock: |\n      a ^\n").labels().empty());
  EXPECT_TRUE(Edited("stack: ^").labels().empty());
}

TEST(Completion, NeverFailsWhereverTheCursorIs) {
  const std::string text =
      "stack: 𝄞\nvpcs:\n  main: { cidrBlock: '10.0.0.0/16', tags: { a: b\nsubnets:\n"
      "  - x\n  a:\n    vpc: [main\n    cidrBlock: \"${each.\n    existing: { name\n"
      "connections:\n- from: |\n   x\n  to: [{\n";
  for (std::size_t at = 0; at <= text.size(); ++at) {
    std::string cut = text;
    cut.insert(at, "^");
    for (const CompletionItem& item : Edited(cut).items(true)) {
      ASSERT_LE(item.replaced.begin, at);
      ASSERT_GE(item.replaced.end, at);
      ASSERT_EQ(
          text.substr(item.replaced.begin, item.replaced.end - item.replaced.begin).find('\n'),
          std::string::npos
      );
    }
  }
}

}  // namespace
}  // namespace plumbline
