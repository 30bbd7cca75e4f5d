// What engine tests expect of one apply after another. Fails the test that calls it.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/engine/world.h"

namespace plumbline {

/// A second apply finds nothing to do.
inline void expect_quiet(TestWorld& world, const std::string& text) {
  const RunReport again = world.apply(text);
  EXPECT_TRUE(again.is_clean()) << again.failures();
  EXPECT_FALSE(again.has_changes()) << again.plan;
  EXPECT_TRUE(again.actions.empty()) << again.story();
}

/// Applies a change and expects exactly these mutating requests.
inline void expect_update(
    TestWorld& world, const std::string& text, const std::vector<std::string>& actions
) {
  const RunReport report = world.apply(text);
  EXPECT_TRUE(report.is_clean()) << report.failures() << report.plan;
  EXPECT_EQ(report.actions, actions) << report.plan;
  expect_quiet(world, text);
}

}  // namespace plumbline
