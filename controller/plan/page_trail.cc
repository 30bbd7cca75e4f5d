#include "controller/plan/page_trail.h"

#include "controller/plan/binding.h"

namespace plumbline {

Result<Value> PageTrail::follow(const Page& page, const Value& reply) {
  const auto refuse = [](const char* code, const char* message) {
    return Error{ErrorClass::kTransient, code, message, "", 0};
  };
  Value token = next_page(page, reply);
  if (token.is_null()) {
    return token;
  }
  if (!token.is_text()) {
    return refuse("BadPageToken", "answered a page token that is no text");
  }
  if (tokens_.size() + 1 >= kPagesMax) {
    return refuse("TooManyPages", "has pages without end");
  }
  if (!tokens_.insert(token).second) {
    return refuse("RepeatedPageToken", "answered a page token twice");
  }
  return token;
}

}  // namespace plumbline
