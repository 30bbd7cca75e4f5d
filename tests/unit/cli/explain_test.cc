// Explanations: of properties made by hand, and of everything that this version knows.
#include "controller/cli/explain.h"

#include <set>

#include "controller/base/json.h"
#include "controller/cli/reference.h"
#include "tests/support/cli/said.h"

namespace plumbline {
namespace {

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

Property property(PropertyType type) {
  Property made;
  made.name = "p";
  made.type = type;
  return made;
}

TEST(Explain, SaysTypesWithTheirElements) {
  EXPECT_EQ(type_of(property(PropertyType::kInt)), "int");
  EXPECT_EQ(type_of(property(PropertyType::kSet)), "set of text");
  Property map = property(PropertyType::kMap);
  map.element = std::make_shared<const Property>(property(PropertyType::kBool));
  EXPECT_EQ(type_of(map), "map of bool");
}

TEST(Explain, SaysLimitsInTheUnitOfTheType) {
  Property number = property(PropertyType::kInt);
  number.min = 1;
  number.max = 28800;
  EXPECT_EQ(limits_of(number), "1 to 28800");
  Property list = property(PropertyType::kList);
  list.min = 2;
  EXPECT_EQ(limits_of(list), "at least 2 elements");
  list.min = 1;
  EXPECT_EQ(limits_of(list), "at least 1 element");
  Property text = property(PropertyType::kText);
  text.max = 255;
  text.pattern = "^a$";
  text.pattern_help = "letters";
  EXPECT_EQ(limits_of(text), "at most 255 characters; letters");
  Property words = property(PropertyType::kText);
  words.enum_values = {"a", "b"};
  EXPECT_EQ(limits_of(words), "`a` or `b`");
  EXPECT_EQ(limits_of(property(PropertyType::kBool)), "");
}

TEST(Explain, SaysEachMeaningOfAbsence) {
  Property some = property(PropertyType::kInt);
  std::set<std::string> meanings;
  for (const Absence absence :
       {Absence::kDefault, Absence::kLate, Absence::kClear, Absence::kUnmanaged}) {
    some.absence = absence;
    some.default_value = 5;
    meanings.insert(absence_of(some));
  }
  EXPECT_EQ(meanings.size(), 4U);
  EXPECT_FALSE(meanings.contains(""));
  some.absence = Absence::kDefault;
  expect_has(absence_of(some), "5 is sent");
  some.default_value = "$other";
  EXPECT_EQ(absence_of(some), "the value of other is used");
  some.is_required = true;
  EXPECT_EQ(absence_of(some), "");
}

TEST(Explain, ShowsAPropertyBelowAPropertyHoweverTheKindIsWritten) {
  for (const char* topic :
       {"dbProxies.targetGroup.maxConnectionsPercent",
        "DBProxy.targetGroup.maxConnectionsPercent",
        "dbproxies.targetGroup.maxConnectionsPercent"}) {
    const Said said = say({"explain", topic});
    EXPECT_EQ(said.status, 0) << said.err;
    expect_has(said.out, "1 to 100");
    expect_has(said.out, "targetGroup: { maxConnectionsPercent: 100 }");
  }
}

TEST(Explain, NamesTheTopicThatWasMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"dbProxies.targetGruop", "Did you mean dbProxies.targetGroup?"},
      {"dbProxies.targetGroup.maxConnectionPercent",
       "Did you mean dbProxies.targetGroup.maxConnectionsPercent?"},
      {"dbProxys", "Did you mean dbProxies?"},
      {"SG03", "Did you mean SG003?"},
      {"quite-another-thing", "`plumbline explain` lists"},
      {"", ""},
  };
  for (const auto& [topic, hint] : cases) {
    const Said said = say({"explain", topic});
    EXPECT_EQ(said.status, *topic == '\0' ? 0 : 64) << topic;
    expect_has(said.err, hint);
  }
}

TEST(Explain, EveryKindAndEveryPropertyHasWords) {
  for (const std::string& section : catalog().sections()) {
    SCOPED_TRACE(section);
    const Kind& kind = *catalog().find_section(section);
    const Explanation whole = explain_kind(kind);
    expect_has(whole.text, kind.summary.substr(0, 20));
    for (const Property& each : kind.properties) {
      const Explanation said = explain_property(kind, each, each.name);
      EXPECT_FALSE(said.json.text_of("summary").empty()) << each.name;
      EXPECT_FALSE(said.json.text_of("type").empty()) << each.name;
      expect_has(whole.text, each.name);
      for (const std::string& field : names_below(kind, each.name)) {
        EXPECT_NE(find_below(kind, each.name + "." + field), nullptr) << field;
      }
    }
  }
}

TEST(Explain, EveryRuleShowsItsFaultAndItsFix) {
  for (const Rule& rule : rules()) {
    SCOPED_TRACE(std::string(rule.id));
    const Said said = say({"explain", std::string(rule.id)});
    EXPECT_EQ(said.status, 0);
    expect_has(said.out, rule.summary);
    expect_has(said.out, "Fix: ");
    expect_has(said.out, "What lint says about the bad one:\n");
    const std::string finding =
        "  " + std::string(name_of(rule.severity)) + "[" + std::string(rule.id) + "]";
    expect_has(said.out, finding);
    const auto example = example_of_rule(rule.id);
    ASSERT_TRUE(example);
    EXPECT_FALSE(example->changes.empty());
  }
}

TEST(Explain, TakesFindingsOfTheManifestAndWordsOfEveryResource) {
  EXPECT_EQ(say({"explain", "mf004"}).status, 0);
  for (const char* id : {"MF006", "MF008", "MF019"}) {
    expect_has(say({"explain", id}).out, id);
    expect_has(say({"explain"}).out, std::string("  ") + id);
  }
  expect_has(say({"explain", "protect"}).out, "a word that every resource takes");
  expect_has(say({"explain", "inputs"}).out, "a word of the manifest");
}

TEST(Explain, TheListNamesEverySectionAndRule) {
  const std::string out = say({"explain"}).out;
  for (const std::string& section : catalog().sections()) {
    expect_has(out, section);
  }
  for (const Rule& rule : rules()) {
    expect_has(out, rule.id);
  }
}

TEST(Schema, IsTheOneForEditorsWholeOrInPart) {
  const auto whole = parse_json(say({"schema"}).out);
  ASSERT_TRUE(whole);
  EXPECT_FALSE(whole->get("properties").get("stack").is_null());
  for (const std::string& section : catalog().sections()) {
    const auto part = parse_json(say({"schema", "--kind", section}).out);
    ASSERT_TRUE(part) << section;
    EXPECT_EQ(part->get("properties"), whole->get("$defs").get(section).get("properties"));
    EXPECT_FALSE(part->get("$defs").get("interpolation").is_null());
  }
  EXPECT_EQ(say({"schema", "--kind", "vpc"}).status, 0) << "kinds are taken as well as sections";
  expect_has(say({"schema", "--kind", "subnet5"}).err, "Did you mean subnets?");
}

TEST(Reference, ShowsChangesWithTheLinesAround) {
  EXPECT_EQ(
      line_changes("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n", "a\nB\nc\nd\ne\nf\ng\nh\ni\nJ\n"),
      "  a\n- b\n+ B\n  c\n  d\n  e\n  ...\n  g\n  h\n  i\n- j\n+ J\n  \n"
  );
  EXPECT_EQ(line_changes("same\n", "same\n"), "");
}

}  // namespace
}  // namespace plumbline
