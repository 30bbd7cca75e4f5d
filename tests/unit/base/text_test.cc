// Texts, cut and compared.
#include "controller/base/text.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(Head, EndsAtTheFirstDot) {
  EXPECT_EQ(head_of("auth.secret.arn"), "auth");
  EXPECT_EQ(head_of("auth"), "auth");
  EXPECT_EQ(head_of(""), "");
  EXPECT_EQ(head_of(".a"), "");
}

}  // namespace
}  // namespace plumbline
