// JSON as services answer it, and JSON at all.
#include "controller/base/json.h"
#include "tests/fuzz/replies.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

/// What was read and is written reads as the same again, in every form.
void expect_round_trip(std::string_view text) {
  const Result<Value> first = parse_json(text);
  if (!first) {
    PLUMBLINE_CHECK(first.error().klass == ErrorClass::kCorrupt);
    return;
  }
  for (const std::string& written :
       {wire_json(*first), canonical_json(*first), show_json(*first, JsonStyle::kPretty)}) {
    const Result<Value> second = parse_json(written);
    PLUMBLINE_CHECK(second && *second == *first);
  }
}

}  // namespace

void read_json_reply(std::string_view input) {
  expect_round_trip(input);
  const std::string body(input);
  for (const std::string& section : catalog().sections()) {
    const Kind* kind = catalog().find_section(section);
    const bool speaks_json = kind->service->protocol == Protocol::kJson11 ||
                             kind->service->protocol == Protocol::kRestJson;
    if (kind->list && speaks_json) {
      observe_reply(list_call_of(*kind), body);
    }
  }
}

}  // namespace plumbline::fuzz
