// A kind and its service that use every word once, and a fixture that loads them with one word
// changed. Shared by the tests of the schema loader.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "controller/config/kind_loader.h"
#include "tests/unit/config/node_text.h"

namespace plumbline {

inline constexpr const char* kServices = R"(services:
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

inline constexpr const char* kKind = R"(kind: Box
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
  - { each: rules, that: "$item.much != 0", say: a rule lets something in, rule: BX001, warning: true }

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

}  // namespace plumbline
