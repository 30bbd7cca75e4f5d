#include "controller/config/packed.h"

#include <string>

#include <gtest/gtest.h>

#include "controller/config/yaml.h"

namespace plumbline {
namespace {

void expect_same_range(const SourceRange& a, const SourceRange& b) {
  EXPECT_EQ(a.file, b.file);
  EXPECT_EQ(a.begin, b.begin);
  EXPECT_EQ(a.end, b.end);
}

void expect_same(const Node& a, const Node& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.is_plain, b.is_plain) << a.text;
  EXPECT_EQ(a.text, b.text);
  expect_same_range(a.range, b.range);
  ASSERT_EQ(a.items.size(), b.items.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    expect_same(a.items[i], b.items[i]);
  }
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (std::size_t i = 0; i < a.entries.size(); ++i) {
    EXPECT_EQ(a.entries[i].key, b.entries[i].key);
    expect_same_range(a.entries[i].key_range, b.entries[i].key_range);
    expect_same(a.entries[i].value, b.entries[i].value);
  }
}

TEST(Packed, ComesBackAsItWasWithEveryPlace) {
  const SourceFile file{
      "sample.yaml",
      "plain: word\nquoted: 'word'\nnothing:\nlist: [a, \"b\", { c: ü }]\nempty: {}\nnone: []\n"
      "block: |\n  two\n  lines\nlong: " +
          std::string(70'000 / 2, 'x') + "\n"};
  Diagnostics diagnostics;
  const auto node = parse_yaml(file, diagnostics);
  ASSERT_TRUE(node) << render_human(diagnostics, Colour::kNever);
  expect_same(unpack(pack(*node), file), *node);
}

TEST(Packed, HoldsEverySchemaWithItsKindAndSection) {
  std::size_t services = 0;
  for (const PackedSchema& schema : packed_schemas()) {
    const SourceFile file{std::string(schema.name), ""};
    const Node root = unpack(schema.tree, file);
    ASSERT_TRUE(root.is_map()) << schema.name;
    if (schema.kind.empty()) {
      ++services;
      EXPECT_NE(root.find("services"), nullptr);
      continue;
    }
    ASSERT_NE(root.find("kind"), nullptr) << schema.name;
    ASSERT_NE(root.find("section"), nullptr) << schema.name;
    EXPECT_EQ(root.find("kind")->text, schema.kind);
    EXPECT_EQ(root.find("section")->text, schema.section);
  }
  EXPECT_EQ(services, 1U);
  EXPECT_GT(packed_schemas().size(), 5U);
}

}  // namespace
}  // namespace plumbline
