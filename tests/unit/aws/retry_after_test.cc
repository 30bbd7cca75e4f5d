// How long an answer asks to be left alone for, and what is no such question.
#include "controller/aws/retry_after.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Duration pause_for(const Headers& headers) {
  HttpResponse response;
  response.headers = headers;
  return asked_pause(response);
}

TEST(AskedPause, IsInSecondsAndInAwsOwnHeaderInMilliseconds) {
  EXPECT_EQ(pause_for({{"Retry-After", "7"}}), seconds(7));
  EXPECT_EQ(pause_for({{"retry-after", " 7 "}}), seconds(7));
  EXPECT_EQ(pause_for({{"x-amz-retry-after", "1500"}}), milliseconds(1500));
  EXPECT_EQ(pause_for({{"x-amz-retry-after", "1500"}, {"Retry-After", "3"}}), seconds(3));
}

TEST(AskedPause, IsNeverMoreThanAMinute) {
  EXPECT_EQ(pause_for({{"Retry-After", "86400"}}), seconds(60));
  EXPECT_EQ(pause_for({{"Retry-After", "9223372036854775807"}}), seconds(60));
  EXPECT_EQ(pause_for({{"x-amz-retry-after", "9223372036854775807"}}), seconds(60));
}

TEST(AskedPause, IsNoneWhereNoNumberStands) {
  for (const char* value :
       {"", "soon", "-1", "1.5", "7s", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    EXPECT_EQ(pause_for({{"Retry-After", value}}), Duration{0}) << value;
  }
  EXPECT_EQ(pause_for({}), Duration{0});
}

}  // namespace
}  // namespace plumbline
