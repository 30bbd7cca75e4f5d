#include "controller/aws/aws_time.h"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Timestamp kNoon{seconds(1'795'003'200)};

HttpResponse answer(int status, Timestamp date) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Date", format_http_date(date));
  return response;
}

TEST(AwsTime, IsTheLocalClockUntilTheFirstAnswer) {
  AwsTime time;
  EXPECT_EQ(time.now(kNoon, minutes(1)), kNoon);
  time.learn(HttpResponse(), minutes(1));
  time.learn(answer(502, kNoon + minutes(9)), minutes(1));
  EXPECT_EQ(time.now(kNoon, minutes(1)), kNoon) << "an answer without a date, and a gateway's";
}

TEST(AwsTime, PassesWhateverTheLocalClockIsSetTo) {
  AwsTime time;
  time.learn(answer(200, kNoon), minutes(1));
  EXPECT_EQ(time.now(kNoon + minutes(10), minutes(3)), kNoon + minutes(2));
  EXPECT_EQ(time.now(kNoon - minutes(10), minutes(3)), kNoon + minutes(2));
}

TEST(AwsTime, IsNotSetBackByAnAnswerThatWasLongOnItsWay) {
  AwsTime time;
  time.learn(answer(200, kNoon), minutes(1));
  time.learn(answer(200, kNoon), minutes(2));
  EXPECT_EQ(time.now(kNoon, minutes(2)), kNoon + minutes(1));
  time.learn(answer(403, kNoon + minutes(5)), minutes(2));
  EXPECT_EQ(time.now(kNoon, minutes(2)), kNoon + minutes(5));
}

}  // namespace
}  // namespace plumbline
