#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/config/manifest.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

using Names = std::vector<std::string>;

struct Fault {
  std::string name, text, place, words;
};

class ManifestRefuses : public testing::TestWithParam<Fault> {};

TEST_P(ManifestRefuses, WithAPlaceAndWords) {
  Diagnostics diagnostics;
  const auto manifest = parse_text(GetParam().text, diagnostics);
  ASSERT_EQ(places(diagnostics), Names{GetParam().place})
      << render_human(diagnostics, Colour::kNever);
  EXPECT_NE(words_of(diagnostics).find(GetParam().words), std::string::npos)
      << render_human(diagnostics, Colour::kNever);
  EXPECT_FALSE(diagnostics.all()[0].help.empty());
}

std::string db(const std::string& rest) {
  return "stack: s\ndbInstances:\n  d: { engine: mysql, " + rest + " }\n";
}

std::string fn(const std::string& rest) {
  return "stack: s\nfunctions:\n  f: { " + rest + " }\n";
}

std::string sg(const std::string& rest) {
  return "stack: s\nsecurityGroups:\n  g: { description: d, " + rest + " }\n";
}

INSTANTIATE_TEST_SUITE_P(
    Top,
    ManifestRefuses,
    testing::Values(
        Fault{"AList", "- a\n- b\n", "MF001 1:1", "is a list"},
        Fault{"AScalar", "hello\n", "MF001 1:1", "single value"},
        Fault{"NoStack", "region: eu-west-1\n", "MF003 1:1", "no `stack`"},
        Fault{"EmptyStack", "stack:\n", "MF003 1:1", "no `stack`"},
        Fault{"BadStack", "stack: My_App\n", "MF005 1:8", "small letters"},
        Fault{"StackIsAMap", "stack: { a: 1 }\n", "MF004 1:8", "not a map"},
        Fault{"BadRegion", "stack: s\nregion: Frankfurt\n", "MF009 2:9", "eu-central-1"},
        Fault{"UnknownSection", "stack: s\nsecurityGroup: {}\n", "MF002 2:1", "`securityGroups`"},
        Fault{
            "UnknownWord",
            "stack: s\nconections: []\n",
            "MF002 2:1",
            "did you mean `connections`?"},
        Fault{"SectionIsAList", "stack: s\nvpcs: [a]\n", "MF004 2:7", "map of names"},
        Fault{"ResourceIsAText", "stack: s\nvpcs: { a: b }\n", "MF004 2:12", "map of properties"},
        Fault{"DotInName", "stack: s\nfunctions: { a.b: {} }\n", "MF005 2:14", "letters"},
        Fault{
            "DigitFirst", "stack: s\nfunctions: { 1a: {} }\n", "MF005 2:14", "start with a letter"},
        Fault{"TagsAreAList", "stack: s\ntags: [a]\n", "MF004 2:7", "KEY: VALUE"},
        Fault{"ReservedTag", "stack: s\ntags: { 'aws:x': 1 }\n", "MF009 2:9", "reserved"},
        Fault{"OpenTag", "stack: s\ntags: { a: '${vpcs.v.id}' }\n", "MF004 2:12", "must be known"},
        Fault{
            "UnknownAccountWord",
            "stack: s\naccounts: { p: { asumeRole: x } }\n",
            "MF002 2:18",
            "`assumeRole`"},
        Fault{
            "RoleOfAnAccount",
            "stack: s\naccounts: { p: { assumeRole: prod } }\n",
            "MF009 2:30",
            "not the ARN of a role"},
        Fault{"AccountsAreAList", "stack: s\naccounts: [p]\n", "MF004 2:11", "assumeRole"},
        Fault{"ConnectionsAreAMap", "stack: s\nconnections: { a: b }\n", "MF004 2:14", "a list"},
        Fault{
            "ConnectionWithoutTo",
            "stack: s\nconnections: [{ from: a }]\n",
            "MF003 2:15",
            "lacks `to`"},
        Fault{
            "ConnectionWord",
            "stack: s\nconnections: [{ from: a, to: b, expct: denied }]\n",
            "MF002 2:33",
            "`expect`"},
        Fault{
            "Expectation",
            "stack: s\nconnections: [{ from: a, to: b, expect: deny }]\n",
            "MF009 2:41",
            "`denied`"},
        Fault{
            "Port",
            "stack: s\nconnections: [{ from: a, to: b, port: 70000 }]\n",
            "MF009 2:39",
            "65535"},
        Fault{
            "PortText",
            "stack: s\nconnections: [{ from: a, to: b, port: '22' }]\n",
            "MF004 2:39",
            "without quotes"}
    ),
    [](const auto& each) { return each.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Properties,
    ManifestRefuses,
    testing::Values(
        Fault{"Unknown", db("multiAz2: true"), "MF002 3:23", "`multiAZ`"},
        Fault{"UnknownEnd", db("identifier: x"), "MF002 3:23", "`dbInstanceIdentifier`"},
        Fault{"UnknownFar", db("zzzzzzzzz: true"), "MF002 3:23", "plumbline explain dbInstances"},
        Fault{"LaterWord", db("restartOn: [a]"), "MF002 3:23", "no property `restartOn`"},
        Fault{"ReadOnly", db("endpoint: { port: 1 }"), "MF010 3:23", "${dbInstances.d.endpoint}"},
        Fault{"Missing", "stack: s\ndbInstances:\n  d: {}\n", "MF003 3:3", "`engine`"},
        Fault{
            "MissingIsNull",
            "stack: s\ndbInstances:\n  d: { engine: ~ }\n",
            "MF003 3:3",
            "`engine`"},
        Fault{"Empty", "stack: s\nfunctions:\n  f:\n    code:\n", "MF004 4:5", "has no value"},
        Fault{
            "Enum",
            "stack: s\ndbInstances:\n  d: { engine: postgress }\n",
            "MF009 3:16",
            "`postgres`"},
        Fault{
            "EnumFar",
            "stack: s\ndbInstances:\n  d: { engine: oracle-19 }\n",
            "MF009 3:16",
            "use `mysql`, `postgres` or `mariadb`"},
        Fault{
            "Pattern",
            "stack: s\nvpcs: { v: { cidrBlock: ten } }\n",
            "MF009 2:25",
            "such as 10.0.0.0/16"},
        Fault{
            "LongText",
            "stack: s\nsecurityGroups: { g: { description: '" + std::string(21, 'x') + "' } }\n",
            "MF009 2:37",
            "21 characters"},
        Fault{
            "DerivedName",
            "stack: s\nsecurityGroups: { Web: { description: d } }\n",
            "MF005 2:19",
            "small letters"},
        Fault{"WrittenName", sg("groupName: X_Y"), "MF005 3:35", "small letters"},
        Fault{
            "TextIsAMap",
            "stack: s\ndbInstances:\n  d: { engine: { a: b } }\n",
            "MF004 3:16",
            "a text, not a map"},
        Fault{
            "TextIsAList",
            "stack: s\ndbInstances:\n  d: { engine: [mysql] }\n",
            "MF004 3:16",
            "write mysql without brackets"},
        Fault{"QuotedInt", db("allocatedStorage: \"20\""), "MF004 3:41", "write 20 without quotes"},
        Fault{"LeadingZero", db("allocatedStorage: 0123"), "MF004 3:41", "write 123"},
        Fault{"Sexagesimal", db("allocatedStorage: 12:30"), "MF004 3:41", "base 60"},
        Fault{"Underscore", db("allocatedStorage: 1_000"), "MF004 3:41", "write 1000"},
        Fault{"Exponent", db("allocatedStorage: 1e3"), "MF004 3:41", "whole number"},
        Fault{"Hexadecimal", db("allocatedStorage: 0x20"), "MF004 3:41", "no decimal number"},
        Fault{"NegativeLeadingZero", db("allocatedStorage: -020"), "MF004 3:41", "write -20"},
        Fault{"NegativeSeparators", db("allocatedStorage: -1_0"), "MF004 3:41", "write -10"},
        Fault{"HugeInt", db("allocatedStorage: 99999999999999999999"), "MF004 3:41", "too large"},
        Fault{"NoInt", db("allocatedStorage: lots"), "MF004 3:41", "number is expected"},
        Fault{
            "IntIsAList", db("allocatedStorage: [20]"), "MF004 3:41", "write 20 without brackets"},
        Fault{"TooSmall", db("allocatedStorage: 5"), "MF009 3:41", "20 to 65536"},
        Fault{"Yes", db("multiAZ: yes"), "MF004 3:32", "write true"},
        Fault{"Off", db("multiAZ: off"), "MF004 3:32", "write false"},
        Fault{"CapitalTrue", db("multiAZ: True"), "MF004 3:32", "write true"},
        Fault{"QuotedBool", db("multiAZ: 'true'"), "MF004 3:32", "write true without quotes"},
        Fault{"NoBool", db("multiAZ: maybe"), "MF004 3:32", "write true or false"},
        Fault{"NoDouble", db("ratio: 1_5"), "MF004 3:30", "separators"},
        Fault{"QuotedDouble", db("ratio: '1.5'"), "MF004 3:30", "without quotes"},
        Fault{"SetTooLong", db("securityGroups: [a, b, c]"), "MF009 3:39", "at most 2"},
        Fault{"ListIsAText", db("securityGroups: a"), "MF004 3:39", "write [a]"},
        Fault{
            "ListHoldsNothing",
            "stack: s\ndbInstances:\n  d:\n    engine: mysql\n    securityGroups:\n      -\n",
            "MF004 6:7",
            "delete it"},
        Fault{"KeyOfAMap", fn("labels: { Red: x }"), "MF009 3:18", "takes no `Red`"},
        Fault{
            "MapIsTooLong",
            fn("labels: { a: '12345678', b: 'c\"d' }"),
            "MF009 3:16",
            "27 bytes or more as JSON; 26 are the most"},
        Fault{"MapIsAText", fn("environment: A"), "MF004 3:21", "a map, not a single value"},
        Fault{
            "MapHoldsNothing",
            "stack: s\nfunctions:\n  f:\n    environment:\n      A:\n",
            "MF004 5:7",
            "empty text"},
        Fault{
            "UnknownField",
            fn("vpcConfig: { subnets: [a], subnet: b }"),
            "MF002 3:35",
            "`subnets`"},
        Fault{
            "MissingField",
            fn("vpcConfig: { ipv6: true }"),
            "MF003 3:19",
            "required field `subnets`"},
        Fault{"ObjectIsAText", fn("vpcConfig: a"), "MF004 3:19", "`subnets` or `ipv6`"},
        Fault{
            "ReadOnlyField",
            sg("ingress: [{ from: a, ruleId: r }]"),
            "MF010 3:45",
            "decided by AWS"},
        Fault{
            "NoChoice",
            sg("ingress: [{ from: 10.0.0.300/8 }]"),
            "MF004 3:42",
            "write one of: self"},
        Fault{"NoChoiceMap", sg("ingress: [{ from: { ids: a } }]"), "MF004 3:42", "{ id: … }"},
        Fault{"NoJson", fn("policy: '{\"a\": }'"), "MF004 3:16", "as YAML"},
        Fault{"NoSource", fn("code: { folder: x }"), "MF004 3:14", "{ directory: PATH }"},
        Fault{"ReferenceWithSection", fn("role: roles.worker"), "MF004 3:14", "write worker"},
        Fault{"ReferenceIsNoName", db("secret: 'a/b'"), "MF004 3:31", "{ id: a/b }"},
        Fault{"ReferenceIsAMap", db("secret: { arn: x }"), "MF004 3:31", "{ id: … }"},
        Fault{
            "UnclosedInterpolation",
            fn("environment: { A: 'x${stack' }"),
            "MF016 3:28",
            "closing }"},
        Fault{
            "UndeclaredInput", fn("environment: { A: '${inputs.x}' }"), "RF001 3:27", "declare it"},
        Fault{
            "OpenNumber", db("allocatedStorage: 'x${secrets.s.arn}'"), "MF004 3:41", "put together"}
    ),
    [](const auto& each) { return each.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Words,
    ManifestRefuses,
    testing::Values(
        Fault{"Account", db("account: prod"), "RF001 3:32", "`accounts:`"},
        Fault{"DependsOnName", db("dependsOn: main"), "MF004 3:34", "section.name"},
        Fault{"DependsOnMap", db("dependsOn: { a: b }"), "MF004 3:34", "takes a text"},
        Fault{"Protect", db("protect: yes"), "MF004 3:32", "write true"},
        Fault{"ProtectList", db("protect: [true]"), "MF004 3:32", "true or false"},
        Fault{"OnRemove", db("onRemove: keep"), "MF009 3:33", "`retain`"},
        Fault{"Drift", db("drift: reprot"), "MF009 3:30", "`report`"},
        Fault{"IgnoreBelow", db("ignore: [engine.size]"), "MF002 3:32", "as a whole"},
        Fault{"Ignore", db("ignore: [engin]"), "MF002 3:32", "`engine`"},
        Fault{"ExistingList", db("existing: [a]"), "MF004 3:33", "{ id: … }"},
        Fault{"ExistingWord", db("existing: { tag: { a: b } }"), "MF002 3:35", "`tags`"},
        Fault{"TimeoutWord", db("timeouts: { creat: 5m }"), "MF002 3:35", "`create`"},
        Fault{"Timeout", db("timeouts: { create: 5 }"), "MF004 3:43", "90s"},
        Fault{"TimeoutsText", db("timeouts: 5m"), "MF004 3:33", "a map"},
        Fault{"OwnTags", db("tags: { 'Plumbline:owner': x }"), "MF009 3:31", "reserved"},
        Fault{"NoValue", "stack: s\nfunctions:\n  f:\n    drift:\n", "MF004 4:5", "has no value"}
    ),
    [](const auto& each) { return each.param.name; }
);

INSTANTIATE_TEST_SUITE_P(
    Inputs,
    ManifestRefuses,
    testing::Values(
        Fault{"List", "stack: s\ninputs: [a]\n", "MF004 2:9", "NAME"},
        Fault{
            "Word",
            "stack: s\ninputs: { a: { default: x, sensitiv: true } }\ntags: { a: '${inputs.a}' }\n",
            "MF002 2:28",
            "`sensitive`"},
        Fault{"Name", "stack: s\ninputs: { a.b: { default: x } }\n", "MF005 2:11", "name an input"},
        Fault{"Unused", "stack: s\ninputs: { a: { default: x } }\n", "MF012 2:11", "Nothing uses"},
        Fault{
            "Missing",
            "stack: s\ninputs: { a: { env: NOPE } }\ntags: { a: '${inputs.a}' }\n",
            "MF011 2:11",
            "export NOPE=VALUE, or pass --input a=VALUE"},
        Fault{
            "MissingFile",
            "stack: s\ninputs: { a: { file: no/such/file } }\ntags: { a: '${inputs.a}' }\n",
            "MF011 2:11",
            "no/such/file"},
        Fault{
            "MissingFlag",
            "stack: s\ninputs: { a: }\ntags: { a: '${inputs.a}' }\n",
            "MF011 2:11",
            "pass --input a=VALUE"},
        Fault{
            "SecretDefault",
            "stack: s\ninputs: { a: { default: x, sensitive: true } }\nfunctions: { f: { "
            "environment: { A: '${inputs.a}' } } }\n",
            "MF013 2:25",
            "delete the default"},
        Fault{
            "Type",
            "stack: s\ninputs: { a: { default: x, type: number } }\ntags: { a: '${inputs.a}' }\n",
            "MF009 2:34",
            "`string`"},
        Fault{
            "TypedValue",
            "stack: s\ninputs: { a: { default: x, type: int } }\ntags: { a: '${inputs.a}' }\n",
            "MF004 2:11",
            "of type int"},
        Fault{
            "DefaultMap",
            "stack: s\ninputs: { a: { default: { b: c }, env: X } }\ntags: { a: '${inputs.a}' }\n",
            "MF004 2:25",
            "takes a text"}
    ),
    [](const auto& each) { return each.param.name; }
);

}  // namespace
}  // namespace plumbline
