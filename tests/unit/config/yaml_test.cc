#include "controller/config/yaml.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/config/test_kinds.h"

namespace plumbline {
namespace {

struct Parsed {
  explicit Parsed(std::string text) : file{"m.yaml", std::move(text)} {
    node = parse_yaml(file, diagnostics);
  }
  SourceFile file;
  Diagnostics diagnostics;
  std::optional<Node> node;
};

std::string span(const SourceRange& range) {
  return fmt::format(
      "{}:{}-{}:{}", range.begin.line, range.begin.column, range.end.line, range.end.column
  );
}

std::string span_of(const Parsed& parsed, std::string_view key) {
  return span(parsed.node->find(key)->range);
}

TEST(Yaml, KeepsScalarsAsTheyAreWritten) {
  const Parsed p("a: no\nb: 0123\nc: '12:30'\nd: \"x\\ty\"\ne: 5432\n");
  ASSERT_TRUE(p.node);
  EXPECT_EQ(p.node->find("a")->text, "no");
  EXPECT_EQ(p.node->find("b")->text, "0123");
  EXPECT_TRUE(p.node->find("b")->is_plain);
  EXPECT_EQ(p.node->find("c")->text, "12:30");
  EXPECT_FALSE(p.node->find("c")->is_plain);
  EXPECT_EQ(p.node->find("d")->text, "x\ty");
  EXPECT_TRUE(p.diagnostics.empty());
}

TEST(Yaml, KnowsWhereEveryValueBeginsAndEnds) {
  const Parsed p(
      "plain: abc def\nquoted: 'it''s'\ndouble: \"a \\\" b\"\nflow: [1, { a: 2 } ] # c\n"
      "block: |\n  one\n  two\n\nlist:\n  - x\n  - y: z\nfolded: a\n  b\nempty: {}\n"
  );
  ASSERT_TRUE(p.node) << render_human(p.diagnostics, Colour::kNever);
  EXPECT_EQ(span_of(p, "plain"), "1:8-1:15");
  EXPECT_EQ(span_of(p, "quoted"), "2:9-2:16");
  EXPECT_EQ(span_of(p, "double"), "3:9-3:17");
  EXPECT_EQ(span_of(p, "flow"), "4:7-4:21");
  EXPECT_EQ(span(p.node->find("flow")->items[1].range), "4:11-4:19");
  EXPECT_EQ(span_of(p, "block"), "5:8-7:6");
  EXPECT_EQ(span_of(p, "list"), "10:3-11:9");
  EXPECT_EQ(span_of(p, "folded"), "12:9-13:4");
  EXPECT_EQ(span_of(p, "empty"), "14:8-14:10");
  EXPECT_EQ(span(p.node->find_entry("block")->key_range), "5:1-5:6");
  EXPECT_EQ(span(p.node->range), "1:1-14:10");
}

TEST(Yaml, CountsColumnsInCharactersAfterAByteOrderMark) {
  const Parsed p("\xEF\xBB\xBFgröße: {straße: ä, x: 1}\r\nb: ü # é\r\nc: 2\r\n");
  ASSERT_TRUE(p.node);
  EXPECT_EQ(span_of(p, "größe"), "1:8-1:25");
  EXPECT_EQ(span(p.node->find("größe")->find("x")->range), "1:23-1:24");
  EXPECT_EQ(span_of(p, "c"), "3:4-3:5");
}

TEST(Yaml, TellsWrittenNullsFromNothing) {
  const Parsed p("a:\nb: ~\nc: null\nd: [~]\ne:\n'null': x\n");
  ASSERT_TRUE(p.node) << render_human(p.diagnostics, Colour::kNever);
  EXPECT_TRUE(p.node->find("a")->is_null());
  EXPECT_EQ(p.node->find("a")->text, "");
  EXPECT_EQ(span_of(p, "a"), "1:1-1:2");
  EXPECT_EQ(p.node->find("b")->text, "~");
  EXPECT_EQ(span_of(p, "b"), "2:4-2:5");
  EXPECT_EQ(p.node->find("c")->text, "null");
  EXPECT_EQ(p.node->find("d")->items[0].text, "~");
  EXPECT_EQ(p.node->find("e")->text, "");
}

TEST(Yaml, ShowsBothPlacesOfADuplicateKeyAndGoesOn) {
  const Parsed p("a: 1\nb: {x: 1, x: 2}\na: 3\n");
  ASSERT_TRUE(p.node);
  EXPECT_EQ(places(p.diagnostics), (std::vector<std::string>{"MF001 2:11", "MF001 3:1"}));
  EXPECT_EQ(p.diagnostics.all()[1].evidence[0].range.to_string(), "m.yaml:1:1");
  EXPECT_EQ(p.node->find("a")->text, "1");
  EXPECT_EQ(p.node->entries.size(), 2U);
}

TEST(Yaml, FindsDuplicatesInLargeMaps) {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text += fmt::format("k{}: 1\n", i % 99);
  }
  const Parsed p(text);
  EXPECT_EQ(places(p.diagnostics), (std::vector<std::string>{"MF001 100:1"}));
}

struct Refusal {
  std::string name, text, place, words;
};

class YamlRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(YamlRefuses, WithAPlaceAndWords) {
  const Parsed p(GetParam().text);
  EXPECT_FALSE(p.node);
  ASSERT_EQ(places(p.diagnostics), std::vector<std::string>{GetParam().place})
      << render_human(p.diagnostics, Colour::kNever);
  EXPECT_NE(words_of(p.diagnostics).find(GetParam().words), std::string::npos)
      << words_of(p.diagnostics);
  EXPECT_FALSE(p.diagnostics.all()[0].help.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All,
    YamlRefuses,
    testing::Values(
        Refusal{"Empty", "", "MF001 1:1", "file is empty"},
        Refusal{"OnlyComments", "# a\n\n", "MF001 1:1", "file is empty"},
        Refusal{"Tab", "a: 1\n\tb: 2\n", "MF001 2:1", "tab"},
        Refusal{"TabBelowKey", "a:\n\tb: 2\n", "MF001 2:1", "tab"},
        Refusal{"UnclosedQuote", "a: \"foo\nb: 1\n", "MF001 1:4", "never closed"},
        Refusal{"QuoteClosedTooLate", "a: \"foo\nb: \"x\"\n", "MF001 1:4", "before line 2"},
        Refusal{"UnclosedList", "a: [1, 2\nb: 3\n", "MF001 1:4", "never closed"},
        Refusal{"UnclosedMap", "a: {x: 1\nb: 3\n", "MF001 1:4", "never closed"},
        Refusal{"ExtraBracket", "a: ]\n", "MF001 1:4", "closes nothing"},
        Refusal{"SecondColon", "a: b: c\n", "MF001 1:5", "second `: `"},
        Refusal{"TightColonFirst", "a:b\nc: d\n", "MF001 1:2", "no space after the colon"},
        Refusal{"TightColonLast", "c: d\na:b\n", "MF001 2:2", "no space after the colon"},
        Refusal{"TightColonInFlow", "c: {a:1}\n", "MF001 1:6", "no space after the colon"},
        Refusal{"ChildOfValue", "a: 1\n  b: 2\n", "MF001 2:3", "belonged to `a`"},
        Refusal{"BetweenBlocks", "a:\n  b: 1\n c: 2\n", "MF001 3:2", "fits neither"},
        Refusal{"DashOnKeyLine", "a: - b\n", "MF001 1:4", "list item"},
        Refusal{"AtSign", "a: @x\n", "MF001 1:4", "quotes"},
        Refusal{"AfterList", "a:\n  - 1\n b: 2\n", "MF001 3:2", "fits neither"},
        Refusal{"Alias", "a: *x\n", "MF001 1:4", "aliases"},
        Refusal{"Anchor", "a: &x 1\n", "MF015 1:4", "aliases"},
        Refusal{"Tag", "a: !!python/object x\n", "MF015 1:4", "tag"},
        Refusal{"TagOnMap", "a: !x {b: 1}\n", "MF015 1:4", "tag"},
        Refusal{"MergeKey", "a: {b: 1}\n<<: {c: 1}\n", "MF015 2:1", "Merge keys"},
        Refusal{"SecondDocument", "a: 1\n---\nb: 2\n", "MF015 2:1", "second document"},
        Refusal{"ListThenKey", "- 1\nb: 2\n", "MF001 2:1", "ended before this line"},
        Refusal{"KeyThatIsAList", "? [a]\n: b\n", "MF015 1:3", "cannot be a key"},
        Refusal{"EmptyKey", ": b\n", "MF001 1:1", "key has no text"},
        Refusal{"ControlCharacter", "a: x\x01y\n", "MF001 1:5", "U+0001"},
        Refusal{"Nul", std::string("a: x\0y\n", 7), "MF001 1:5", "U+0000"},
        Refusal{"LoneCarriageReturn", "a: 1\rb: 2\n", "MF001 1:5", "U+000D"},
        Refusal{"Bidirectional", "a: ä\xE2\x80\xAEx\n", "MF015 1:5", "U+202E"},
        Refusal{"NotUtf8", "a: \xC3(\n", "MF001 1:4", "UTF-8"},
        Refusal{"LongKey", std::string(513, 'k') + ": 1\n", "MF015 1:1", "512"},
        Refusal{"LongScalar", "a: " + std::string(65537, 'x') + "\n", "MF015 1:4", "65536"},
        Refusal{"TooDeep", "a: " + std::string(64, '[') + std::string(64, ']'), "MF015 1:67", "64"},
        Refusal{"TooLarge", "a: '" + std::string(8U << 20, 'x') + "'\n", "MF015 1:1", "8 MiB"}
    ),
    [](const auto& each) { return each.param.name; }
);

TEST(Yaml, AcceptsSixtyFourLevels) {
  const Parsed p("a: " + std::string(63, '[') + std::string(63, ']'));
  EXPECT_TRUE(p.node) << render_human(p.diagnostics, Colour::kNever);
}

TEST(Yaml, SurvivesAHundredThousandOpenBrackets) {
  for (const char* opener : {"[", "{", "- ", "? ", "{a: "}) {
    std::string text = "a: ";
    for (int i = 0; i < 100'000; ++i) {
      text += opener;
    }
    const Parsed p(text);
    EXPECT_FALSE(p.node);
    EXPECT_TRUE(p.diagnostics.has_errors()) << opener;
  }
}

TEST(Yaml, RefusesMoreThanAMillionValues) {
  std::string text = "a: [";
  for (int i = 0; i < 1'000'000; ++i) {
    text += "1,";
  }
  const Parsed p(text + "1]\n");
  EXPECT_FALSE(p.node);
  ASSERT_EQ(p.diagnostics.all().size(), 1U);
  EXPECT_EQ(p.diagnostics.all()[0].id, "MF015");
}

TEST(Yaml, ReportsEveryAliasOfABomb) {
  const Parsed p("a: &a [x]\nb: [*a, *a]\n");
  EXPECT_FALSE(p.node);
  EXPECT_EQ(
      places(p.diagnostics), (std::vector<std::string>{"MF015 1:4", "MF015 2:5", "MF015 2:9"})
  );
}

TEST(Yaml, StopsReportingAfterFiftyFindings) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += fmt::format("k{}: !t x\n", i);
  }
  EXPECT_EQ(Parsed(text).diagnostics.all().size(), 50U);
}

TEST(Yaml, SurvivesEveryTruncationOfADocument) {
  const std::string text =
      "stack: a\nl: [1, {b: 'c', d: \"e\\n\"}]\nm:\n  - x: |\n      t\n    y: ~ # z\n";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const Parsed p(text.substr(0, length));
    EXPECT_TRUE(p.node || p.diagnostics.has_errors()) << length;
  }
}

}  // namespace
}  // namespace plumbline
