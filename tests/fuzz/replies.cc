#include "tests/fuzz/replies.h"

#include "controller/aws/codec.h"
#include "controller/base/json.h"
#include "controller/plan/observe.h"

namespace plumbline::fuzz {
namespace {

void observe(const Kind& kind, const Value& body) {
  const std::string& from = kind.list->from.text();
  for (const Value& item : items_of(from.empty() ? kind.observe.from : kind.list->from, body)) {
    const Observation seen = observe_list_row(kind, item);
    PLUMBLINE_CHECK(seen.presence != Presence::kPresent || !seen.id.empty());
    static_cast<void>(show_json(seen.properties));
  }
}

/// An answer that is no answer leaves a change's outcome unknown and a read to be repeated; it
/// never looks like a refusal or like nothing being there.
void expect_typed(const Call& call, int status, const Error& error) {
  PLUMBLINE_CHECK(!error.code.empty() && !error.message.empty());
  if (status < 300) {
    PLUMBLINE_CHECK(
        error.klass == (call.is_mutating ? ErrorClass::kUnknownOutcome : ErrorClass::kTransient)
    );
  }
}

}  // namespace

const Catalog& catalog() {
  static const std::unique_ptr<Catalog> kCatalog = Catalog::embedded();
  return *kCatalog;
}

Call list_call_of(const Kind& kind) {
  Call call;
  call.service = kind.service;
  call.region = "us-east-1";
  call.action = kind.list->call.action;
  call.request = Value(Object{});
  return call;
}

void observe_reply(Call call, const std::string& body) {
  for (const bool is_mutating : {false, true}) {
    call.is_mutating = is_mutating;
    for (const int status : {200, 400, 503}) {
      const HttpResponse response{status, {{"x-amzn-RequestId", "r-1"}}, body};
      const CallResult result = decode_response(call, response);
      if (!result) {
        expect_typed(call, status, result.error());
        continue;
      }
      PLUMBLINE_CHECK(status == 200);
      PLUMBLINE_CHECK(result->body.is_known());
      for (const std::string& section : catalog().sections()) {
        const Kind* kind = catalog().find_section(section);
        if (!is_mutating && kind->list && kind->service == call.service &&
            kind->list->call.action == call.action) {
          observe(*kind, result->body);
        }
      }
    }
  }
}

}  // namespace plumbline::fuzz
