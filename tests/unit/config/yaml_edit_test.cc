// What findings of a manifest offer to write, over texts of every style.
#include "controller/config/yaml_edit.h"

#include <string>

#include <gtest/gtest.h>

#include "controller/base/edits.h"
#include "controller/config/graph.h"
#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

/// The text after all findings of manifest and graph were mended once.
std::string mended(const std::string& text) {
  Diagnostics diagnostics;
  const auto manifest = parse_text(text, diagnostics);
  make_graph(*manifest, diagnostics);
  const Mending mending = mend(diagnostics);
  return mending.texts.empty() ? text : mending.texts.begin()->second;
}

struct Mend {
  std::string name, before, after;
};

std::string name_of_case(const testing::TestParamInfo<Mend>& info) {
  return info.param.name;
}

class Mends : public testing::TestWithParam<Mend> {};

TEST_P(Mends, WhatIsWrittenAndNothingElse) {
  EXPECT_EQ(mended(GetParam().before), GetParam().after);
}

INSTANTIATE_TEST_SUITE_P(
    Words,
    Mends,
    testing::Values(
        Mend{
            "KeysOfEveryLevel",
            "stack: s # mine\nsubnet: {}\nvpcs:\n  v: { cidrBlok: 10.0.0.0/16 } # é\n",
            "stack: s # mine\nsubnets: {}\nvpcs:\n  v: { cidrBlock: 10.0.0.0/16 } # é\n"},
        Mend{
            "InTheirQuotes",
            "stack: s\ndbInstances:\n  d: { engine: \"mysqll\", 'ratiu': 1 }\n",
            "stack: s\ndbInstances:\n  d: { engine: \"mysql\", 'ratio': 1 }\n"},
        Mend{
            "BehindOtherLetters",
            "stack: s\nvpcs: { é: {}, v: { \"é\": 1, cidrBlok: 10.0.0.0/16 } }\n",
            "stack: s\nvpcs: { é: {}, v: { \"é\": 1, cidrBlock: 10.0.0.0/16 } }\n"},
        Mend{
            "BehindAByteOrderMark",
            "\xEF\xBB\xBFvpc: {}\nstack: s\n",
            "\xEF\xBB\xBFvpcs: {}\nstack: s\n"},
        Mend{
            "NoKeyThatIsThereAlready",
            "stack: s\nvpcs: { v: { cidrBlok: 10.0.0.0/8, cidrBlock: 10.0.0.0/16 } }\n",
            "stack: s\nvpcs: { v: { cidrBlok: 10.0.0.0/8, cidrBlock: 10.0.0.0/16 } }\n"},
        Mend{
            "WithLineEndsOfWindows",
            "stack: s\r\nvpcs:\r\n  v:\r\n    cidrBlok: 10.0.0.0/16\r\n",
            "stack: s\r\nvpcs:\r\n  v:\r\n    cidrBlock: 10.0.0.0/16\r\n"},
        Mend{
            "InTheLastLineWithoutAnEnd",
            "stack: s\nvpcs:\n  v:\n    cidrBlok: 10.0.0.0/16",
            "stack: s\nvpcs:\n  v:\n    cidrBlock: 10.0.0.0/16"}
    ),
    name_of_case
);

INSTANTIATE_TEST_SUITE_P(
    References,
    Mends,
    testing::Values(
        Mend{
            "ANameAlone",
            "stack: s\nvpcs: { main: {} }\nsubnets: { a: { vpc: mian } }\n",
            "stack: s\nvpcs: { main: {} }\nsubnets: { a: { vpc: main } }\n"},
        Mend{
            "ANameBehindItsSection",
            "stack: s\nvpcs: { main: {} }\nsubnets: { a: { vpc: vpcs.main } }\n",
            "stack: s\nvpcs: { main: {} }\nsubnets: { a: { vpc: main } }\n"},
        Mend{
            "AnAttributeInsideOfAText",
            "stack: s\ndbInstances: { d: { engine: mysql } }\n"
            "functions:\n  f: { environment: { E: 'endpont ${dbInstances.d.endpont}' } }\n",
            "stack: s\ndbInstances: { d: { engine: mysql } }\n"
            "functions:\n  f: { environment: { E: 'endpont ${dbInstances.d.endpont}' } }\n"},
        Mend{
            "AnAttribute",
            "stack: s\ndbInstances: { d: { engine: mysql } }\n"
            "functions:\n  f: { environment: { E: 'at ${dbInstances.d.endpont}!' } }\n",
            "stack: s\ndbInstances: { d: { engine: mysql } }\n"
            "functions:\n  f: { environment: { E: 'at ${dbInstances.d.endpoint}!' } }\n"},
        Mend{
            "AnAddressOfDependsOn",
            "stack: s\nvpcs: { main: {} }\nfunctions: { f: { dependsOn: [vpcs.mian] } }\n",
            "stack: s\nvpcs: { main: {} }\nfunctions: { f: { dependsOn: [vpcs.main] } }\n"},
        Mend{
            "AnInput",
            "stack: s\ninputs: { port: { default: 1 } }\n"
            "functions: { f: { environment: { P: 'é ${inputs.prt}', Q: '${port}' } } }\n",
            "stack: s\ninputs: { port: { default: 1 } }\n"
            "functions: { f: { environment: { P: 'é ${inputs.port}', Q: '${inputs.port}' } } }\n"},
        Mend{
            "NothingThatAnInputHolds",
            "stack: s\ninputs: { e: { default: mysqll } }\n"
            "dbInstances: { d: { engine: '${inputs.e}' } }\n",
            "stack: s\ninputs: { e: { default: mysqll } }\n"
            "dbInstances: { d: { engine: '${inputs.e}' } }\n"}
    ),
    name_of_case
);

std::string function(const std::string& text) {
  return "stack: s\nfunctions:\n  f: { " + text + " }\n";
}

std::string database(const std::string& text) {
  return "stack: s\ndbInstances:\n  d: { engine: mysql, " + text + " }\n";
}

INSTANTIATE_TEST_SUITE_P(
    Scalars,
    Mends,
    testing::Values(
        Mend{"Yes", database("multiAZ: yes"), database("multiAZ: true")},
        Mend{"OffInQuotes", database("protect: 'off'"), database("protect: false")},
        Mend{
            "ANumberInQuotes",
            database("allocatedStorage: \"3306\""),
            database("allocatedStorage: 3306")},
        Mend{"Separators", database("allocatedStorage: 3_306"), database("allocatedStorage: 3306")},
        Mend{
            "ALeadingZero",
            database("allocatedStorage: 03389"),
            database("allocatedStorage: 3389")},
        Mend{
            "NoOctalNumber",
            database("allocatedStorage: 03306"),
            database("allocatedStorage: 03306")},
        Mend{
            "NoNumberToBase60",
            database("allocatedStorage: 33:06"),
            database("allocatedStorage: 33:06")},
        Mend{
            "NoCommas",
            database("allocatedStorage: \"3,306\""),
            database("allocatedStorage: \"3,306\"")},
        Mend{"AListOfOne", function("functionName: [ 'a b' ]"), function("functionName: 'a b'")}
    ),
    name_of_case
);

}  // namespace
}  // namespace plumbline
