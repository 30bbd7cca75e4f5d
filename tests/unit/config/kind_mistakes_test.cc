// What is wrong with a schema is said at its place.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/config/kind_text.h"

namespace plumbline {
namespace {

TEST_F(KindLoaderTest, RefusesValuesOfTheWrongForm) {
  EXPECT_EQ(mistake("type: bool, local", "type: boole, local").help, "Did you mean 'bool'?");
  EXPECT_EQ(mistake("poll: 2s", "poll: 2 parsecs").id, "SC003");
  EXPECT_EQ(mistake("max: 9", "max: many").id, "SC003");
  EXPECT_EQ(
      mistake("max: 9", "max_bytes: 9").detail,
      "'max_bytes' is about maps, and property 'size' is none"
  );
  EXPECT_EQ(mistake("late: true, enum", "late: yes, enum").id, "SC003");
  EXPECT_EQ(mistake("until: ready", "until: steady").help, "Did you mean 'ready'?");
  EXPECT_EQ(mistake("default: 3,", "default: 3, late: true,").id, "SC003");
  EXPECT_EQ(mistake("late: true, enum: [red, blue]", "default: $size.account").id, "SC005");
  EXPECT_EQ(mistake("limit: Max, max: 50", "limit: Max").id, "SC003");
  EXPECT_EQ(mistake("{ as: word, word: all }", "{ as: word, word: all, field: x }").id, "SC003");
  EXPECT_EQ(mistake("format: cidr4", "format: cidr5").id, "SC003");
  EXPECT_EQ(
      mistake("type: text, read_only: true", "type: text, read_only: true, local: true").id, "SC003"
  );
  EXPECT_EQ(
      mistake("lid: { summary: Its lid., type: object", "lid: { summary: Its lid., type: text").id,
      "SC003"
  );
}

TEST_F(KindLoaderTest, PointsIntoAnExpressionThatCannotBeRead) {
  const Diagnostic bad = mistake("$size < 9 or", "$size < < 9 or");
  EXPECT_EQ(bad.id, "SC004");
  EXPECT_EQ(bad.detail.substr(0, 10), "column 9: ");
  EXPECT_EQ(bad.range.to_string(), "test.yaml:39:22");
}

TEST_F(KindLoaderTest, RefusesNotationsThatDoNotCompile) {
  EXPECT_EQ(mistake("friends: 'Friends.member[]'", "friends: 'Friends.member['").id, "SC004");
  EXPECT_EQ(mistake("Key: $key|json", "Key: $key|jason").id, "SC004");
  EXPECT_EQ(mistake("literal: '^box-'", "literal: '^box-('").id, "SC004");
  EXPECT_EQ(
      mistake("{ $each: $items, What: $item.what }", "{ $for: $items, What: 1 }").id, "SC004"
  );
}

TEST_F(KindLoaderTest, RefusesNamesThatStandForNothing) {
  const Diagnostic unknown = mistake("Colour: $colour", "Colour: $color");
  EXPECT_EQ(unknown.id, "SC005");
  EXPECT_EQ(unknown.help, "Did you mean 'colour'?");
  for (const auto& [from, to] : {
           std::pair("id: boxId", "id: boxid"),
           std::pair("natural_key: [boxName]", "natural_key: [name]"),
           std::pair("property: keyDigest", "property: digest"),
           std::pair("size: Size\n", "sizes: Size\n"),
           std::pair("changed: [size,", "changed: [sise,"),
           std::pair("lacks: [tags, colour]", "lacks: [tags, color]"),
           std::pair("collection: rules", "collection: rule"),
           std::pair("request: rules", "request: rule"),
           std::pair("of: Rule", "of: Rules"),
           std::pair("service: box\n", "service: bocks\n"),
           std::pair("each: rules,", "each: rule,"),
           std::pair("property: state,", "property: status,"),
           std::pair("bind: { boxId: Box.Id }", "bind: { boxid: Box.Id }"),
           std::pair("key: [what]", "key: [that]"),
           std::pair("path: health", "path: healthy"),
           std::pair("Name: $boxName } }", "Name: $item } }"),
           std::pair("$observed.size", "$observe.size"),
           std::pair("of: What", "of: Rule"),
       }) {
    EXPECT_EQ(mistake(from, to).id, "SC005") << to;
  }
}

TEST_F(KindLoaderTest, RefusesFunctionsThatDoNotExist) {
  const Diagnostic unknown = mistake("of: sha256_base64", "of: sha256_base46");
  EXPECT_EQ(unknown.id, "SC006");
  EXPECT_EQ(unknown.help, "Did you mean 'sha256_base64'?");
  EXPECT_EQ(mistake("late: true, enum", "late: true, equal: alike, enum").id, "SC006");
  EXPECT_EQ(mistake("late: true, enum", "late: true, normalise: len, enum").id, "SC006");
  EXPECT_EQ(mistake("owner: boxId", "canon: none").id, "SC006");
}

TEST_F(KindLoaderTest, WantsToKnowWhatALostReplyLeadsTo) {
  EXPECT_EQ(mistake("  class: unique\n", "").id, "SC007");
  EXPECT_EQ(mistake("class: token, token: hex, ", "").id, "SC007");
  EXPECT_EQ(mistake(", Token: $token", "").id, "SC007");
  EXPECT_EQ(mistake("recover: { call: FindBox, request: { Name: $boxName } }\n", "").id, "SC002");
  EXPECT_EQ(mistake("natural_key: [boxName]\n", "").id, "SC002");
}

TEST_F(KindLoaderTest, WantsTheSiblingsOfWhatNothingTells) {
  const std::string siblings =
      "siblings: { call: ListBoxes, request: { Name: $boxName }, from: 'Boxes.member[]', id: Id, "
      "page: { in: Marker, out: Next } }\n";
  const Diagnostic without = mistake("  class: unique\n", "  class: ambiguous\n");
  EXPECT_EQ(without.id, "SC002");
  EXPECT_EQ(without.detail, "a lost reply to MakeBox can only be resolved with 'siblings'");
  EXPECT_EQ(mistake("recover: {", siblings + "recover: {").id, "SC003") << "the class is unique";
  EXPECT_EQ(mistake("  class: unique\n", "  class: vague\n").id, "SC003");
  std::string text = kKind;
  text.replace(text.find("class: unique"), 13, "class: ambiguous");
  const auto kind = load(text + siblings);
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  ASSERT_TRUE(kind->siblings);
  EXPECT_EQ(kind->create.front().klass, CallClass::kAmbiguous);
  EXPECT_EQ(kind->siblings->call.klass, CallClass::kRead);
  EXPECT_EQ(kind->siblings->id, "Id");
  EXPECT_EQ(kind->siblings->page->out, "Next");
}

TEST_F(KindLoaderTest, ReadsHowAnObjectIsRecognised) {
  const std::string by_name = "recover: { call: FindBox, request: { Name: $boxName } }";
  const std::string by_tags =
      "recover: { call: ListBoxes, by_id: { id: Id, from: 'Boxes.member[]', "
      "page: { in: Marker, out: Next } } }";
  const auto plain = load(kKind);
  EXPECT_TRUE(plain->recover_id.empty());
  EXPECT_FALSE(plain->observe.is_exact);
  std::string text = kKind;
  text.replace(text.find(by_name), by_name.size(), by_tags);
  const auto tagged = load(
      text + "tags: { read: { call: ReadTags, request: { Id: $id }, from: 'Tags.member[]' } }\n"
  );
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(tagged->recover_id, "Id");
  EXPECT_EQ(tagged->recover_from.text(), "Boxes.member[]");
  EXPECT_EQ(tagged->recover_page->out, "Next");
  // Rows of ids are worth something only where a call reads the tags of one.
  EXPECT_EQ(mistake(by_name, by_tags).id, "SC002");
  // A name says which object it is only when it is the id.
  EXPECT_EQ(mistake("from: 'Boxes.member[]'", "from: 'Boxes.member[]'\n  exact: true").id, "SC003");
}

TEST_F(KindLoaderTest, FindsPropertiesThatAreCutOff) {
  EXPECT_EQ(
      mistake("Colour: $colour, ", "").detail,
      "property 'colour' is sent by no create and no update"
  );
  EXPECT_EQ(
      mistake("changed: [size, colour,", "changed: [size,").detail,
      "property 'colour' can change, but no update has it in 'changed'"
  );
  EXPECT_EQ(
      mistake("    keyDigest: KeyDigest\n", "").detail, "property 'keyDigest' is bound by no reply"
  );
  EXPECT_EQ(mistake("    size: Size\n", "").id, "SC008");
}

TEST_F(KindLoaderTest, WantsRowsThatNoCallReadsInTheListToo) {
  const Diagnostic lacking = mistake("      call: ListRules\n      request: { Id: $id }\n", "");
  EXPECT_EQ(lacking.id, "SC002");
  EXPECT_EQ(lacking.detail, "the list's rows need 'collections: rules', as nothing else reads it");
}

TEST_F(KindLoaderTest, WantsRowsOfTheListToHaveAnId) {
  const Diagnostic blind =
      mistake("  lacks: [tags, colour]", "  strip: Box\n  lacks: [tags, colour]");
  EXPECT_EQ(blind.id, "SC005");
  EXPECT_NE(blind.detail.find("no row has an id"), std::string::npos) << blind.detail;
}

TEST_F(KindLoaderTest, WantsALookUpToSayWhatItIsFor) {
  const Diagnostic aimless = mistake("      bind: { holder: BoxId }\n", "");
  EXPECT_EQ(aimless.id, "SC002");
  EXPECT_EQ(aimless.detail, "'before_add' binds what it is made for");
  EXPECT_EQ(mistake("$raw.What == $item.what", "$raw.What == $itam.what").id, "SC005");
}

TEST_F(KindLoaderTest, FindsTypesThatHoldThemselves) {
  EXPECT_NE(
      mistake("much: { type: int }", "much: { type: list, of: Rule }").detail.find("holds itself"),
      std::string::npos
  );
}

TEST_F(KindLoaderTest, SurvivesAKindThatIsAlmostEmpty) {
  const auto kind = load("kind: Box\nsection: boxes\n");
  EXPECT_NE(kind, nullptr);
  EXPECT_TRUE(diagnostics_.has_errors());
}

}  // namespace
}  // namespace plumbline
