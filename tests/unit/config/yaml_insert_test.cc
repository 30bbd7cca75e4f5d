// Putting things into YAML of every style: what comes out is well-formed, holds what was put in,
// and every byte that was there.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/base/edits.h"
#include "controller/config/yaml.h"
#include "controller/config/yaml_edit.h"

namespace plumbline {
namespace {

struct Put {
  std::string name, before, after;
};

std::string name_of_case(const testing::TestParamInfo<Put>& info) {
  return info.param.name;
}

struct Parsed {
  explicit Parsed(std::string text) : file{"m.yaml", std::move(text)} {
    node = parse_yaml(file, diagnostics);
  }
  SourceFile file;
  Diagnostics diagnostics;
  std::optional<Node> node;
};

/// `before` with the edits made; "-" when there are none.
std::string put(const std::string& before, std::vector<Edit> (*edits_of)(const Node&)) {
  const Parsed parsed(before);
  EXPECT_TRUE(parsed.node) << before;
  const std::vector<Edit> edits = edits_of(*parsed.node);
  if (edits.empty()) {
    return "-";
  }
  std::string after = edited(parsed.file, edits);
  const Parsed again(after);
  EXPECT_TRUE(again.node) << after << render_human(again.diagnostics, Colour::kNever);
  return after;
}

class PutsAnItem : public testing::TestWithParam<Put> {};

TEST_P(PutsAnItem, IntoTheListOfARule) {
  const std::string after = put(GetParam().before, [](const Node& root) {
    return add_to_list(*root.find("g"), "in", "{ p: 1 }");
  });
  EXPECT_EQ(after, GetParam().after);
}

INSTANTIATE_TEST_SUITE_P(
    Flow,
    PutsAnItem,
    testing::Values(
        Put{"Behind", "g: { in: [a, b] }\n", "g: { in: [a, b, { p: 1 }] }\n"},
        Put{"BehindSpaces", "g: { in: [ a , b ] }\n", "g: { in: [ a , b, { p: 1 } ] }\n"},
        Put{"BehindAComma", "g: { in: [a, b,] }\n", "g: { in: [a, b, { p: 1 }] }\n"},
        Put{"IntoNothing", "g: { in: [] } # c\n", "g: { in: [{ p: 1 }] } # c\n"},
        Put{"IntoSpaces", "g: { in: [  ] }\n", "g: { in: [{ p: 1 }] }\n"},
        Put{"IntoAComment", "g:\n  in: [ # c\n  ]\n", "g:\n  in: [{ p: 1 } # c\n  ]\n"},
        Put{"OnALineOfItsOwn",
            "g:\n  in: [\n    { p: 0 },\n    { p: 2 }\n  ]\n",
            "g:\n  in: [\n    { p: 0 },\n    { p: 2 },\n    { p: 1 }\n  ]\n"},
        Put{"BesideCommentsOfOthers",
            "g:\n  in: [\n    a, # one\n    b # two, and ]\n  ]\n",
            "g:\n  in: [\n    a, # one\n    b, # two, and ]\n    { p: 1 }\n  ]\n"},
        Put{"WithACommaLikeTheOthers",
            "g:\n  in: [\n    a, # one\n    b, # two\n  ]\n",
            "g:\n  in: [\n    a, # one\n    b, # two\n    { p: 1 },\n  ]\n"},
        Put{"OnTwoLinesOfMany",
            "g:\n  in: [a,\n    b, c] # c\n",
            "g:\n  in: [a,\n    b, c, { p: 1 }] # c\n"},
        Put{"BehindOneValue", "g: { in: 'a b' }\n", "g: { in: ['a b', { p: 1 }] }\n"},
        Put{"BehindOneMap", "g:\n  in: { p: 0 }\n", "g:\n  in: [{ p: 0 }, { p: 1 }]\n"},
        Put{"UnderANewKey", "g: { é: a }\n", "g: { é: a, in: [{ p: 1 }] }\n"},
        Put{"InAnEmptyMap", "g: {}", "g: { in: [{ p: 1 }] }"},
        Put{"BehindAKeyAlone", "g: { é: }\n", "g: { é:, in: [{ p: 1 }] }\n"},
        Put{"InsteadOfNull", "g: { in: null, b: 1 }\n", "g: { in: [{ p: 1 }], b: 1 }\n"},
        Put{"BehindABracketInQuotes",
            "g: { in: [\"]\", '}'] }\n",
            "g: { in: [\"]\", '}', { p: 1 }] }\n"}
    ),
    name_of_case
);

INSTANTIATE_TEST_SUITE_P(
    Block,
    PutsAnItem,
    testing::Values(
        Put{"Behind",
            "g:\n  in:\n    - a\n    - b\n",
            "g:\n  in:\n    - a\n    - b\n    - { p: 1 }\n"},
        Put{"WithoutIndentation",
            "g:\n  in:\n  - a\n  x: 1\n",
            "g:\n  in:\n  - a\n  - { p: 1 }\n  x: 1\n"},
        Put{"BehindAMapOfLines",
            "g:\n  in:\n    - p: 0\n      q: # c\n        - é # two\n\n  # other\n  x: 1\n",
            "g:\n  in:\n    - p: 0\n      q: # c\n        - é # two\n    - { p: 1 }\n\n  # other\n"
            "  x: 1\n"},
        Put{"WithoutALastLineEnd",
            "g:\n  in:\n    - { p: 0 }",
            "g:\n  in:\n    - { p: 0 }\n    - { p: 1 }"},
        Put{"WithLineEndsOfWindows",
            "g:\r\n  in:\r\n    - a # c\r\n  x: 1\r\n",
            "g:\r\n  in:\r\n    - a # c\r\n    - { p: 1 }\r\n  x: 1\r\n"},
        Put{"WithLineEndsOfWindowsButTheLast",
            "g:\r\n  in:\r\n    - a",
            "g:\r\n  in:\r\n    - a\r\n    - { p: 1 }"},
        Put{"BehindATextOfLines",
            "g:\n  in:\n    - |\n      a\n      b\n  x: 1\n",
            "g:\n  in:\n    - |\n      a\n      b\n    - { p: 1 }\n  x: 1\n"},
        Put{"NotBehindATextThatKeepsLines", "g:\n  in:\n    - |+\n      a\n\n  x: 1\n", "-"},
        Put{"NotIntoOneMapOfLines", "g:\n  in:\n    p: 0\n    q: 1\n", "-"},
        Put{"UnderANewKey",
            "g:\n  a: 1 # c\n  # d\nh: 2\n",
            "g:\n  a: 1 # c\n  in: [{ p: 1 }]\n  # d\nh: 2\n"},
        Put{"UnderANewKeyBehindATree",
            "g:\n  a:\n    b: [1,\n      2]\nh: 2\n",
            "g:\n  a:\n    b: [1,\n      2]\n  in: [{ p: 1 }]\nh: 2\n"},
        Put{"BehindABareKey", "g:\n  in:\n  x: 1\n", "g:\n  in: [{ p: 1 }]\n  x: 1\n"},
        Put{"BehindABareKeyWithAComment", "g:\n  in: # c\n", "g:\n  in: [{ p: 1 }] # c\n"},
        Put{"BehindAByteOrderMark",
            "\xEF\xBB\xBFg: { in: [a] }\n",
            "\xEF\xBB\xBFg: { in: [a, { p: 1 }] }\n"},
        Put{"InAListOfMaps",
            "g:\n    a: x\n    in:\n    -   b: 1\n        c: 2\n",
            "g:\n    a: x\n    in:\n    -   b: 1\n        c: 2\n    - { p: 1 }\n"}
    ),
    name_of_case
);

TEST(YamlEdit, PutsNoKeyInTwice) {
  EXPECT_EQ(put("a: 1\n", [](const Node& root) { return add_entry(root, "a", "2"); }), "-");
}

TEST(YamlEdit, QuotesAKeyThatNeedsIt) {
  EXPECT_EQ(
      put("a: 1\n", [](const Node& root) { return add_entry(root, "on", "2"); }), "a: 1\n'on': 2\n"
  );
}

TEST(YamlEdit, ReplacesAWholeNodeUnlessACommentWouldBeLost) {
  const auto replace = [](const Node& root) { return replace_node(*root.find("a"), "[x]"); };
  EXPECT_EQ(put("a:\n  - 1\n  - 2 # c\nb: 1\n", replace), "a:\n  [x] # c\nb: 1\n");
  EXPECT_EQ(put("a:\n  - 1 # c\n  - 2\nb: 1\n", replace), "-");
}

}  // namespace
}  // namespace plumbline
