#include "controller/lsp/outline.h"

#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

/// "vpcs/main/cidrBlock=10.0.0.0/16", one a line; elements are "-", words alone are "?".
std::string paths_of(std::string_view text) {
  const Outline outline(text);
  std::string out;
  for (std::size_t i = 0; i < outline.items().size(); ++i) {
    const OutlineItem& last = outline.items()[i];
    if (last.type == OutlineItem::Type::kElement) {
      continue;
    }
    std::string path;
    for (const int step : outline.chain(static_cast<int>(i))) {
      const OutlineItem& item = outline.at(step);
      path += item.is_scalar()                           ? (item.is_word ? "?" : "=") + item.text
              : item.type == OutlineItem::Type::kElement ? "/-"
                                                         : "/" + item.text;
    }
    out += path + "\n";
  }
  return out;
}

TEST(Outline, ReadsBlocksListsAndBraces) {
  EXPECT_EQ(
      paths_of(
          "a:\n  b: 1 # c\n  'd e':\n  - x: 2\n    y: \"3\"\n  - z\nf: { g: [h, {i: j}], k: l }\n"
      ),
      "/a\n/a/b\n/a/b=1\n/a/d e\n/a/d e/-/x\n/a/d e/-/x=2\n/a/d e/-/y\n/a/d e/-/y=3\n"
      "/a/d e/-?z\n/f\n/f/g\n/f/g/-=h\n/f/g/-/i\n/f/g/-/i=j\n/f/k\n/f/k=l\n"
  );
}

TEST(Outline, TextsOfSeveralLinesHoldNoKeys) {
  EXPECT_EQ(
      paths_of("a: |\n  b: 1\n\n  c: 2\nd: \"x\n  e: y\"\nf: >-\n  g\n"),
      "/a\n/a=|\n  b: 1\n\n  c: 2\n/d\n/d=x\n  e: y\n/f\n/f=>-\n  g\n"
  );
}

TEST(Outline, BracesMayRunOverLinesAndCloseAtTheirKey) {
  EXPECT_EQ(
      paths_of("a: {\n  b: 1, # {\n# }\n  c: 2\n}\nd: [\n  e,\n]\nf: g\n"),
      "/a\n/a/b\n/a/b=1\n/a/c\n/a/c=2\n/d\n/d/-=e\n/f\n/f=g\n"
  );
}

TEST(Outline, AnUnclosedBracketEndsWhereSomethingElseBegins) {
  EXPECT_EQ(
      paths_of("a:\n  b: { c: 1, d\n  e: 2\nf: [g\nh: i\n"),
      "/a\n/a/b\n/a/b/c\n/a/b/c=1\n/a/b?d\n/a/e\n/a/e=2\n/f\n/f/-=g\n/h\n/h=i\n"
  );
}

TEST(Outline, AnUnclosedQuoteEndsWithItsLine) {
  EXPECT_EQ(
      paths_of("a:\n  b: 'x\n  c: \"y\nd: it's\n"), "/a\n/a/b\n/a/b=x\n/a/c\n/a/c=y\n/d\n/d=it's\n"
  );
}

TEST(Outline, AWordAloneIsAKeyToBe) {
  EXPECT_EQ(
      paths_of("a:\n  b: 1\n  wor\nc: { d: 1, wo }\n- li\n"),
      "/a\n/a/b\n/a/b=1\n/a?wor\n/c\n/c/d\n/c/d=1\n/c?wo\n/-?li\n"
  );
}

TEST(Outline, InterpolationsInBracesAreWhole) {
  EXPECT_EQ(
      paths_of("a: { b: ${c.d.e}, f: 'x${g.h}' }\n"),
      "/a\n/a/b\n/a/b=${c.d.e}\n/a/f\n/a/f=x${g.h}\n"
  );
}

TEST(Outline, EndsAreThoseOfTheLastThingBelow) {
  const std::string text = "a:\n  b:\n    - c: { d: 1 }\ne: 2\n";
  const Outline outline(text);
  EXPECT_EQ(outline.items()[0].end, text.find("\ne:"));
}

std::string example() {
  std::ifstream stream(
      std::string(PLUMBLINE_SOURCE_DIR) + "/examples/lambda-rds-proxy/manifest.yaml"
  );
  return {std::istreambuf_iterator<char>(stream), {}};
}

void expect_sound(std::string_view text) {
  const Outline outline(text);
  std::size_t before = 0;
  for (std::size_t i = 0; i < outline.items().size(); ++i) {
    const OutlineItem& item = outline.items()[i];
    ASSERT_LE(before, item.span.begin);
    ASSERT_LE(item.span.begin, item.span.end);
    ASSERT_LE(item.span.end, item.end);
    ASSERT_LE(item.end, text.size());
    ASSERT_LT(item.parent, static_cast<int>(i));
    before = item.span.begin;
  }
}

TEST(Outline, EveryBeginningOfAManifestHasOne) {
  const std::string text = example();
  ASSERT_FALSE(text.empty());
  for (std::size_t size = 0; size <= text.size(); size += 3) {
    expect_sound(std::string_view(text).substr(0, size));
  }
}

TEST(Outline, DepthCostsNoStack) {
  std::string text;
  for (int i = 0; i < 300000; ++i) {
    text += "- ";
  }
  EXPECT_EQ(Outline(text).items().size(), 300000U);
  EXPECT_EQ(Outline("a: " + std::string(300000, '[')).items().front().text, "a");
}

TEST(Outline, WhatIsStruckAnywhereHasOne) {
  std::mt19937 random(20261126);
  const std::string keys = "{}[],:'\"|>-# \n\r\t&*!%$a";
  for (int round = 0; round < 3000; ++round) {
    std::string text = example().substr(0, 600);
    for (int strike = 0; strike < 8; ++strike) {
      text[random() % text.size()] = keys[random() % keys.size()];
    }
    expect_sound(text);
  }
}

}  // namespace
}  // namespace plumbline
