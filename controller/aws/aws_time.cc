#include "controller/aws/aws_time.h"

#include <algorithm>

namespace plumbline {

void AwsTime::learn(const HttpResponse& response, Duration elapsed) {
  const std::string* date = find_header(response.headers, "date");
  Timestamp theirs;
  if (response.status >= 500 || date == nullptr || !parse_time(*date, theirs)) {
    return;
  }
  const Timestamp start = theirs - elapsed;
  at_start_ = at_start_ ? std::max(*at_start_, start) : start;
}

}  // namespace plumbline
