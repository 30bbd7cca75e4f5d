#include "controller/config/yaml_write.h"

#include <gtest/gtest.h>

#include "controller/config/catalog.h"
#include "controller/config/manifest.h"

namespace plumbline {
namespace {

TEST(YamlWrite, QuotesWhatCouldBeMisread) {
  EXPECT_EQ(yaml_text("main"), "main");
  EXPECT_EQ(yaml_text("10.0.0.0/16"), "'10.0.0.0/16'");
  EXPECT_EQ(yaml_text("no"), "'no'");
  EXPECT_EQ(yaml_text(""), "''");
  EXPECT_EQ(yaml_text("it's: #1"), "'it''s: #1'");
  EXPECT_EQ(yaml_text("a\nb"), "\"a\\nb\"");
}

TEST(YamlWrite, BreaksLongTrees) {
  List rules;
  for (int i = 0; i < 3; ++i) {
    rules.push_back(Value::object({{"port", i}, {"description", std::string(40, 'x')}}));
  }
  std::string out;
  append_yaml(out, "rules", Value(rules), 2);
  const std::string item = ", description: " + std::string(40, 'x') + " }\n";
  EXPECT_EQ(
      out, "  rules:\n    - { port: 0" + item + "    - { port: 1" + item + "    - { port: 2" + item
  );
}

TEST(YamlWrite, IsReadBackAsItWas) {
  const Value tree = Value::object({
      {"odd", "- \"it's\" 100%: #x\n\ttab é"},
      {"words", Value::list({"yes", "null", "1.5", "0x1F", "~", "2012-10-17", " a "})},
      {"numbers", Value::list({1, -2, true, false, 1.5})},
      {"deep",
       Value::list({Value::object(
           {{"k e y", Value::object({{"l", std::string(120, 'y')}})}, {"m", Value(List())}}
       )})},
      {"none", Value(Object())},
  });
  std::string text = "stack: s\nregion: eu-west-3\noutputs:\n  o:\n";
  append_yaml(text, "value", tree, 4);
  Diagnostics diagnostics;
  const auto catalog = Catalog::embedded();
  const auto manifest = parse_manifest(*catalog, "m.yaml", text, {}, diagnostics);
  ASSERT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever) << text;
  EXPECT_EQ(manifest->outputs.at(0).value, tree) << text;
}

}  // namespace
}  // namespace plumbline
