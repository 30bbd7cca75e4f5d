// Creation as a user sees it: what is in the world afterwards, and that a second run is quiet.
#include <gtest/gtest.h>

#include "tests/support/engine/world.h"

namespace plumbline {
namespace {

std::shared_ptr<const Manifest> example(const std::string& name) {
  ManifestOptions options;
  options.paths = {std::string(PLUMBLINE_SOURCE_DIR) + "/examples/" + name + "/manifest.yaml"};
  options.environment["DB_PASSWORD"] = kCanary;
  Diagnostics diagnostics;
  auto manifest = load_manifest(test_catalog(), options, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << render_human(diagnostics, Colour::kNever);
  return manifest;
}

void make_and_unmake(const std::string& name, std::size_t resources) {
  TestWorld world;
  const auto text = example(name);
  RunReport first = world.run(RunMode::kApply, text);
  EXPECT_TRUE(first.is_clean()) << first.failures() << first.plan;
  EXPECT_EQ(world.made().size(), resources);
  for (const auto& [address, count] : world.made()) {
    EXPECT_EQ(count, 1) << address;
  }
  RunReport second = world.run(RunMode::kApply, text);
  EXPECT_TRUE(second.is_clean()) << second.failures();
  EXPECT_FALSE(second.has_changes()) << second.plan;
  EXPECT_TRUE(second.actions.empty());
  RunReport last = world.run(RunMode::kDestroy, text);
  EXPECT_TRUE(last.is_clean()) << last.failures() << last.plan;
  EXPECT_TRUE(world.made().empty());
}

TEST(Create, MakesTheWholeExamplePathAndIsQuietAfterwards) {
  make_and_unmake("lambda-rds-proxy", 20);
}

TEST(Create, MakesThePathWithoutAPasswordAndIsQuietAfterwards) {
  make_and_unmake("lambda-rds-proxy-iam", 15);
}

}  // namespace
}  // namespace plumbline
