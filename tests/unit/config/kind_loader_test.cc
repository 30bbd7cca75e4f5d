#include "controller/config/kind_loader.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/support/config/kind_text.h"

namespace plumbline {
namespace {

TEST_F(KindLoaderTest, ReadsServices) {
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  const ServiceProfile& box = services_.profiles.at("box");
  EXPECT_EQ(box.id, "box");
  EXPECT_EQ(box.protocol, Protocol::kQuery);
  EXPECT_EQ(box.read_rate, 12.5);
  EXPECT_EQ(box.write_rate, ServiceProfile().write_rate);
  EXPECT_EQ(box.throttle_codes, std::vector<std::string>{"Slow"});
  EXPECT_EQ(box.quota_codes, std::vector<std::string>{"Full"});
  EXPECT_EQ(box.unscoped, std::vector<std::string>{"List*"});
  EXPECT_EQ(box.creation_key, "box:Maker");
}

TEST_F(KindLoaderTest, ReadsIdentity) {
  const auto kind = load(kKind);
  ASSERT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(kind->name, "Box");
  EXPECT_EQ(kind->section, "boxes");
  EXPECT_EQ(kind->service, &services_.profiles.at("box"));
  EXPECT_EQ(kind->id_property, "boxId");
  EXPECT_EQ(kind->name_property, "boxName");
  EXPECT_EQ(kind->arn_property, "");
  EXPECT_EQ(kind->arn_format, "arn:{partition}:box:{region}:{account}:box/{id}");
  EXPECT_EQ(kind->natural_key, std::vector<std::string>{"boxName"});
  EXPECT_FALSE(kind->is_data_bearing);
}

TEST_F(KindLoaderTest, OffersWhatCanBeReadAsAttributes) {
  const auto kind = load(kKind);
  EXPECT_EQ(
      kind->attributes,
      (std::vector<std::string>{
          "id",
          "arn",
          "boxName",
          "size",
          "colour",
          "lid",
          "lid.open",
          "friends",
          "rules",
          "boxId",
          "keyDigest",
          "state"})
  );
}

TEST_F(KindLoaderTest, ReadsPropertiesWithTheirRoles) {
  const auto kind = load(kKind);
  const Property& size = *kind->find_property("size");
  EXPECT_EQ(size.type, PropertyType::kInt);
  EXPECT_EQ(size.absence, Absence::kDefault);
  EXPECT_EQ(size.default_value, Value(3));
  EXPECT_EQ(size.min, 1);
  EXPECT_EQ(size.max, 9);
  EXPECT_EQ(kind->find_property("colour")->absence, Absence::kLate);
  EXPECT_EQ(kind->find_property("colour")->enum_values, (std::vector<std::string>{"red", "blue"}));
  EXPECT_EQ(kind->find_property("boxName")->absence, Absence::kClear);
  EXPECT_TRUE(kind->find_property("boxName")->is_create_only);
  EXPECT_EQ(kind->find_property("boxId")->role, PropertyRole::kReadOnly);
  const Property& force = *kind->find_property("force");
  EXPECT_EQ(force.role, PropertyRole::kLocal);
  EXPECT_EQ(force.default_value, Value(false));
  const Property& key = *kind->find_property("key");
  EXPECT_TRUE(key.is_write_only && key.is_sensitive);
  EXPECT_EQ(key.witness, "keyDigest");
  EXPECT_EQ(key.witness_of, "sha256_base64");
}

TEST_F(KindLoaderTest, ReadsReferencesObjectsAndChoices) {
  const auto kind = load(kKind);
  const Property& friends = *kind->find_property("friends");
  ASSERT_TRUE(friends.ref.has_value());
  EXPECT_EQ(friends.ref->section, "boxes");
  EXPECT_EQ(friends.ref->attribute, "boxId");
  EXPECT_EQ(friends.ref->literal, "^box-");
  EXPECT_TRUE(friends.ref->is_weak);
  EXPECT_TRUE(friends.ref->is_exclusive);
  EXPECT_EQ(kind->find_property("lid.open")->type, PropertyType::kBool);
  EXPECT_EQ(kind->find_property("lid.shut"), nullptr);
  const Property& rules = *kind->find_property("rules");
  EXPECT_EQ(rules.collection, "rules");
  EXPECT_EQ(show_json(rules.default_value), R"([{"what":[{"word":"all"}],"much":5}])");
  ASSERT_EQ(rules.element->fields.size(), 2U);
  const Property& what = rules.element->fields[0];
  EXPECT_TRUE(what.accepts_single && what.is_required);
  ASSERT_EQ(what.element->choices.size(), 4U);
  EXPECT_EQ(what.element->choices[1].format, "cidr4");
  EXPECT_TRUE(what.element->choices[3].is_reference && what.element->choices[3].is_weak);
}

TEST_F(KindLoaderTest, ReadsHowToObserve) {
  const auto kind = load(kKind);
  EXPECT_EQ(kind->observe.from.text(), "Boxes.member[]");
  ASSERT_EQ(kind->observe.states.size(), 1U);
  EXPECT_EQ(kind->observe.states[0].ready, std::vector<std::string>{"ready"});  // In lower case.
  EXPECT_EQ(kind->observe.states[0].explain_paths.size(), 1U);
  EXPECT_TRUE(kind->observe.states[0].is_final);
  EXPECT_TRUE(kind->observe.gone_when.has_value());
  EXPECT_EQ(kind->observe.present_when.at(0).first, "colour");
  EXPECT_EQ(kind->read.action, "GetBox");
  EXPECT_EQ(kind->read.klass, CallClass::kRead);
  ASSERT_EQ(kind->also.size(), 1U);
  EXPECT_EQ(kind->also[0].call.bind.at(0).property, "lid.open");
  ASSERT_TRUE(kind->list.has_value());
  EXPECT_EQ(kind->list->from.text(), "Boxes.member[]");  // As in observe, unless it says otherwise.
  EXPECT_EQ(kind->list->page->max, 50);
  EXPECT_EQ(kind->list->page->more, "More");
  EXPECT_EQ(kind->list->lacks, (std::vector<std::string>{"tags", "colour"}));
}

TEST_F(KindLoaderTest, ReadsHowToTakeOver) {
  std::string text = kKind;
  text.replace(text.find("lid: { summary"), 6, "lid: { imported: false,");
  text.replace(
      text.find("friends: { summary"), 10, R"(friends: { imported: "$state == 'x' ? [1] : null",)"
  );
  text.replace(text.find("  gone_when:"), 0, "  built_in_when: \"$raw.Default == true\"\n");
  text.replace(
      text.find("\ncreate:"),
      0,
      "\ndiscover: { call: ListIds, from: 'Ids[]', id: Id, page: { in: A, out: B } }\n"
      "terraform:\n"
      "  box_box: { id: identifier, take: { force: $break == true } }\n"
      "  box_rule: { part_of: box_id }\n"
  );
  const auto kind = load(text);
  EXPECT_TRUE(kind->find_property("lid")->is_left_out);
  EXPECT_FALSE(kind->find_property("lid")->imported.has_value());
  EXPECT_TRUE(kind->find_property("friends")->imported.has_value());
  EXPECT_TRUE(kind->observe.built_in_when.has_value());
  ASSERT_TRUE(kind->discover.has_value());
  EXPECT_EQ(kind->discover->id, "Id");
  ASSERT_EQ(kind->terraform.size(), 2U);
  EXPECT_EQ(kind->terraform[0].id, "identifier");
  EXPECT_EQ(kind->terraform[0].take.at(0).first, "force");
  EXPECT_EQ(kind->terraform[1].part_of, "box_id");
}

TEST_F(KindLoaderTest, TakesNoSecretFromAnotherState) {
  const std::string take = "\nterraform: { box_box: { id: id, take: { key: $key } } }\n\ncreate:";
  EXPECT_EQ(mistake("\ncreate:", take).id, "SC003");
  EXPECT_EQ(mistake("\ncreate:", "\nterraform: { box_box: {} }\n\ncreate:").id, "SC002");
}

TEST_F(KindLoaderTest, ReadsCalls) {
  const auto kind = load(kKind);
  ASSERT_EQ(kind->create.size(), 1U);
  const CallTemplate& create = kind->create[0];
  EXPECT_EQ(create.klass, CallClass::kUnique);
  EXPECT_EQ(create.bind.at(0).path.text(), "Box.Id");
  EXPECT_EQ(create.retry.at(0).patience, std::chrono::seconds(90));
  EXPECT_TRUE(create.retry.at(0).only_when_young);
  ASSERT_TRUE(create.wait.has_value());
  EXPECT_EQ(create.wait->until, Wait::Until::kReady);
  EXPECT_EQ(create.wait->poll, std::chrono::seconds(2));
  EXPECT_EQ(create.wait->settle, std::chrono::seconds(1));
  ASSERT_EQ(kind->update.size(), 2U);
  EXPECT_EQ(kind->update[0].call.klass, CallClass::kIdempotent);
  EXPECT_TRUE(kind->update[0].call.when.has_value());
  EXPECT_EQ(kind->update[1].call.klass, CallClass::kToken);
  EXPECT_EQ(kind->update[1].call.token_format, "hex");
  ASSERT_EQ(kind->remove.variants.size(), 2U);
  EXPECT_EQ(kind->remove.before.at(0).collection, "rules");
  EXPECT_EQ(kind->recover->action, "FindBox");
  ASSERT_TRUE(kind->remove.before.at(1).for_each.has_value());
  const ForEach& strings = *kind->remove.before[1].for_each;
  EXPECT_EQ(strings.list.klass, CallClass::kRead);
  EXPECT_TRUE(strings.skip.has_value());
  EXPECT_EQ(strings.keeps, 2U);
  EXPECT_EQ(strings.keep_by, "Tied");
  EXPECT_EQ(strings.each.klass, CallClass::kIdempotent);
}

TEST_F(KindLoaderTest, ReadsCollections) {
  const auto kind = load(kKind);
  const Collection& rules = *kind->find_collection("rules");
  EXPECT_TRUE(rules.removes_first);
  EXPECT_EQ(rules.desired.at(0).property, "rules");
  EXPECT_EQ(rules.owner, "boxId");
  EXPECT_EQ(rules.bind.size(), 5U);
  EXPECT_TRUE(rules.skip.has_value());
  EXPECT_EQ(rules.add.at(0).batch, 10);
  EXPECT_EQ(show_json(rules.add[0].call.request.source().get("Id")), R"("$id")");
  EXPECT_EQ(rules.modify.at(0).batch, 1);
  ASSERT_TRUE(rules.before_add.has_value());
  EXPECT_EQ(rules.before_add->call.action, "FindRule");
  EXPECT_EQ(rules.before_add->call.bind.at(0).property, "holder");
  EXPECT_TRUE(rules.before_add->where.has_value());
  EXPECT_FALSE(rules.before_remove.has_value());
  EXPECT_EQ(rules.remove.at(0).call.ok_errors.at(0).code, "NoRule");
  EXPECT_EQ(rules.health->path, "health");
  EXPECT_EQ(rules.health->wait.timeout, std::chrono::minutes(1));
}

TEST_F(KindLoaderTest, ReadsTheRest) {
  const auto kind = load(kKind);
  EXPECT_EQ(kind->validations.at(1).each, "rules");
  EXPECT_TRUE(kind->validations[1].is_warning);
  EXPECT_EQ(kind->validations[1].rule, "BX001");
  EXPECT_EQ(kind->validations[0].rule, "");
  EXPECT_EQ(kind->after, std::vector<std::string>{"rooms"});
  EXPECT_EQ(kind->consumer_errors.at(0).service, "box");
  EXPECT_EQ(kind->leaves_behind.at(0).patience, std::chrono::minutes(45));
  EXPECT_EQ(kind->not_found_codes, std::vector<std::string>{"NoBox"});
  EXPECT_EQ(kind->retry.at(0).code, "Busy");
  EXPECT_FALSE(kind->remove.variants.at(0).leaves_snapshot);
  EXPECT_TRUE(kind->remove.variants.at(1).leaves_snapshot);
  EXPECT_TRUE(kind->tags.is_supported);
  EXPECT_EQ(kind->tags.inline_path, "Tags[Tag]");
  EXPECT_EQ(kind->tags.set.action, "AddTags");
  EXPECT_FALSE(kind->tags.read_call.has_value());
}

TEST_F(KindLoaderTest, LetsAKindChangePartsOfTheTagDialect) {
  const std::string text =
      std::string(kKind) +
      "tags: { read: { call: ListTags, request: { Arn: $arn }, from: 'Tags.member[]', key: K } }\n";
  const auto kind = load(text);
  EXPECT_TRUE(diagnostics_.empty()) << render_human(diagnostics_, Colour::kNever);
  EXPECT_EQ(kind->tags.read_call->action, "ListTags");
  EXPECT_EQ(kind->tags.key, "K");
  EXPECT_EQ(kind->tags.set.action, "AddTags");
  EXPECT_FALSE(load(std::string(kKind) + "tags: none\n")->tags.is_supported);
}

TEST_F(KindLoaderTest, SuggestsTheWordThatWasMeant) {
  const Diagnostic unknown = mistake("create_only: true", "create_onli: true");
  EXPECT_EQ(unknown.id, "SC001");
  EXPECT_EQ(unknown.detail, "property 'boxName' has no word 'create_onli'");
  EXPECT_EQ(unknown.help, "Did you mean 'create_only'?");
  EXPECT_EQ(unknown.range.to_string(), "test.yaml:12:46");
}

TEST_F(KindLoaderTest, WantsTheWordsEveryKindNeeds) {
  EXPECT_EQ(mistake("summary: A box.\n", "").detail, "a kind needs the word 'summary'");
  EXPECT_EQ(mistake("id: boxId\n", "").id, "SC002");
  EXPECT_EQ(mistake("summary: Its name., ", "").id, "SC002");
  EXPECT_EQ(mistake("errors: {", "publishes2: {").id, "SC002");
  EXPECT_EQ(mistake("call: MakeBox", "when: 'true'").id, "SC002");
  EXPECT_EQ(mistake("      from: 'Strings.member[]'\n", "").id, "SC002");
  const std::string marks =
      "marks: { summary: Its marks., type: map, key_pattern: '^a$' }\n  boxId: {";
  EXPECT_EQ(
      mistake("boxId: { s", marks + " s").detail,
      "the key_pattern of property 'marks' needs 'key_pattern_help'"
  );
  EXPECT_EQ(mistake("newest: 2, by: Tied", "newest: 2").id, "SC002");
}

}  // namespace
}  // namespace plumbline
