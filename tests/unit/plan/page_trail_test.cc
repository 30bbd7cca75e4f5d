#include "controller/plan/page_trail.h"

#include <string>

#include <gtest/gtest.h>

namespace plumbline {
namespace {

Value page_to(const std::string& token) {
  return Value::object({{"Marker", token}});
}

TEST(PageTrail, EndsALookThatGoesInACircle) {
  Page page;
  page.out = "Marker";
  PageTrail trail;
  EXPECT_EQ(*trail.follow(page, page_to("a")), Value("a"));
  EXPECT_EQ(*trail.follow(page, page_to("b")), Value("b"));
  const auto again = trail.follow(page, page_to("a"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "RepeatedPageToken");
  EXPECT_EQ(again.error().klass, ErrorClass::kTransient);
}

TEST(PageTrail, EndsALookThatGoesOnWithoutEnd) {
  Page page;
  page.out = "Marker";
  PageTrail trail;
  for (std::size_t number = 1; number < PageTrail::kPagesMax; ++number) {
    ASSERT_TRUE(trail.follow(page, page_to(std::to_string(number))));
  }
  const auto next = trail.follow(page, page_to("one more"));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, "TooManyPages");
}

TEST(PageTrail, EndsQuietlyWithTheLastPageAndRefusesATokenThatIsNone) {
  Page page;
  page.out = "Marker";
  PageTrail trail;
  EXPECT_TRUE(trail.follow(page, Value(Object()))->is_null());
  const auto odd = trail.follow(page, Value::object({{"Marker", Value::object({{"a", "b"}})}}));
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code, "BadPageToken");
}

}  // namespace
}  // namespace plumbline
