// What libcurl is given instead of malloc's own.
#include "controller/aws/wiping_memory.h"

#include <cstring>
#include <string_view>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(WipingMemory, GrowsAndShrinksWithItsContent) {
  void* block = wiping_realloc(nullptr, 8);
  std::memcpy(block, "hunter2", 8);
  block = wiping_realloc(block, 4096);
  EXPECT_STREQ(static_cast<const char*>(block), "hunter2");
  block = wiping_realloc(block, 4);
  EXPECT_EQ(std::string_view(static_cast<const char*>(block), 4), "hunt");
  wiping_free(block);
  wiping_free(nullptr);
}

}  // namespace
}  // namespace plumbline
