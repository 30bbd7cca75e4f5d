#include "controller/config/kind_loader.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "controller/base/json.h"
#include "tests/unit/config/node_text.h"

namespace plumbline {
namespace {

constexpr const char* kServices = R"(services:
  box:
    protocol: query
    version: '1'
    host: box
    signing: box
    endpoint_variable: BOX
    read_rate: 12.5
    iam: { unscoped: [List*], creating: box:Maker }
    errors: { throttle: [Slow], quota: [Full] }
    tags:
      inline: { path: 'Tags[Tag]', shape: key_value }
      read: { from: 'Tags.member[]' }
      set: { call: AddTags, request: { Arn: $arn, Tags: $tag_list } }
      unset: { call: RemoveTags, request: { Arn: $arn, Keys: $tag_keys } }
)";

constexpr const char* kKind = R"(kind: Box
section: boxes
service: box
summary: A box.
id: boxId
name: boxName
arn: 'arn:{partition}:box:{region}:{account}:box/{id}'
natural_key: [boxName]
after: [rooms]

properties:
  boxName: { summary: Its name., type: text, create_only: true }
  size: { summary: Its size., type: int, default: 3, min: 1, max: 9 }
  colour: { summary: Its colour., type: text, late: true, enum: [red, blue] }
  lid: { summary: Its lid., type: object, late: true, fields: { open: { type: bool, late: true } } }
  friends: { summary: Boxes beside it., type: set, ref: { section: boxes, attribute: boxId, weak: true, exclusive: true, literal: '^box-' } }
  rules: { summary: What may be put in., type: list, of: Rule, default: [{ what: [{ word: all }], much: 5 }] }
  key: { summary: Opens it., type: json, write_only: true, sensitive: true, witness: { property: keyDigest, of: sha256_base64 } }
  force: { summary: Break it., type: bool, local: true, default: false }
  boxId: { summary: Its id., type: text, read_only: true }
  keyDigest: { summary: Digest of the key., type: text, read_only: true }
  state: { summary: Its state., type: text, read_only: true }

types:
  Rule:
    type: object
    fields:
      what: { type: list, of: What, single: true, required: true }
      much: { type: int }
  What:
    type: choice
    choices:
      - { as: word, word: all }
      - { as: range, format: cidr4 }
      - { as: list, field: list }
      - { as: box, ref: { section: boxes, attribute: boxId, weak: true } }

validate:
  - { that: "$size < 9 or $colour == 'red'", say: big boxes are red }
  - { each: rules, that: "$item.much != 0", say: a rule lets something in, warning: true }

requests:
  rules: { Id: $id, Rules: { $each: $items, What: $item.what } }

recover: { call: FindBox, request: { Name: $boxName } }

observe:
  from: 'Boxes.member[]'
  bind:
    boxId: Id
    boxName: Name
    size: Size
    colour: Colour
    lid.open: Lid.Open
    friends: 'Friends.member[]'
    keyDigest: KeyDigest
    state: State
  state: { property: state, ready: [Ready], pending: [Making], failed: [Broken], explain: [Reason], final: true }
  gone_when: "$raw.State == 'gone'"
  present_when: { colour: "$raw.Painted == 'true'" }

read:
  call: GetBox
  request: { Id: $id }
  also: [{ call: GetLid, request: { Id: $id }, bind: { lid.open: Open } }]

list:
  call: ListBoxes
  page: { in: Marker, out: Next, limit: Max, max: 50, more: More }
  lacks: [tags, colour]

create:
  call: MakeBox
  class: unique
  request: { Name: $boxName, Size: $size, Colour: $colour, Lid: $lid, Key: $key|json, Friends: $friends }
  bind: { boxId: Box.Id }
  retry: [{ code: Busy, message: try again, for: 90s, when: young }]
  wait: { until: ready, poll: 2s, timeout: 5m, settle: 1s }

update:
  - changed: [size, colour, lid, friends]
    when: "$size != $observed.size"
    call: ChangeBox
    request: { Id: $id, Size: $size }
  - { changed: [key], call: ChangeKey, class: token, token: hex, request: { Id: $id, Key: $key|json, Token: $token } }

collections:
  rules:
    key: [what]
    mutable: [much]
    order: remove_first
    observe:
      call: ListRules
      request: { Id: $id }
      from: 'Rules.member[]'
      owner: boxId
      bind: { boxId: BoxId, what: What, much: Much, health: Health, why: Why }
      skip: "$item.what == 'builtin'"
    before_add:
      call: FindRule
      request: { What: $item.what }
      from: 'Rules.member[]'
      where: "$raw.What == $item.what"
      bind: { holder: BoxId }
    add: { call: AddRules, batch: 10, request: rules }
    modify: [{ call: ChangeRule, request: { Id: $id, What: $item.what } }]
    remove: { call: DropRule, request: { Id: $id, What: $item.what }, ok_errors: [NoRule] }
    health: { path: health, ready: [OK], pending: [WAIT], explain: [why], wait: { poll: 3s, timeout: 1m } }

delete:
  before:
    - { collection: rules }
    - call: ListStrings
      request: { Id: $id }
      from: 'Strings.member[]'
      skip: "$item.Holds == true"
      keep: { newest: 2, by: Tied }
      each: { call: Cut, request: { Id: $id, String: $item.Id } }
  variants:
    - { when: "$force == true", call: BreakBox, request: { Id: $id } }
    - { snapshot: true, call: DropBox, request: { Id: $id } }

publishes:
  consumer_errors: [{ service: box, code: NoBox, for: 2m }]
  leaves_behind: [{ what: dust, blocks: [rooms], for: 45m }]

errors: { not_found: [NoBox], exists: [BoxExists], terminal: [Full], retry: [{ code: Busy, for: 1m }] }
)";

class KindLoaderTest : public testing::Test {
 protected:
  std::unique_ptr<Kind> load(const std::string& text) {
    diagnostics_ = Diagnostics();
    return load_kind(node_(text), services_, diagnostics_);
  }

  /// The kind with `from` replaced by `to`, which must be a mistake: returns what is said about it.
  Diagnostic mistake(const std::string& from, const std::string& to) {
    std::string text = kKind;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at == std::string::npos) {
      return {};
    }
    text.replace(at, from.size(), to);
    load(text);
    EXPECT_TRUE(diagnostics_.has_errors()) << "not noticed: " << to;
    return diagnostics_.empty() ? Diagnostic() : diagnostics_.all().front();
  }

  NodeText node_;
  Diagnostics diagnostics_;
  ServiceTable services_ = load_services(node_(kServices), diagnostics_);
};

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
  EXPECT_EQ(mistake("newest: 2, by: Tied", "newest: 2").id, "SC002");
}

TEST_F(KindLoaderTest, RefusesValuesOfTheWrongForm) {
  EXPECT_EQ(mistake("type: bool, local", "type: boole, local").help, "Did you mean 'bool'?");
  EXPECT_EQ(mistake("poll: 2s", "poll: 2 parsecs").id, "SC003");
  EXPECT_EQ(mistake("max: 9", "max: many").id, "SC003");
  EXPECT_EQ(mistake("late: true, enum", "late: yes, enum").id, "SC003");
  EXPECT_EQ(mistake("until: ready", "until: steady").help, "Did you mean 'ready'?");
  EXPECT_EQ(mistake("default: 3,", "default: 3, late: true,").id, "SC003");
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
