// What the two targets about replies share: a reply's way to an observation of every kind whose
// service speaks the dialect.
#pragma once

#include <span>
#include <string>

#include "controller/aws/call.h"
#include "controller/config/catalog.h"

namespace plumbline::fuzz {

/// The kinds compiled into the program.
const Catalog& catalog();

/// Decodes `body` as the answer to `call` under several status codes, as a read's and as a
/// change's, and looks at it through the kinds whose list is read with that call.
void observe_reply(Call call, const std::string& body);

/// The read that lists a kind, for `observe_reply`.
Call list_call_of(const Kind& kind);

}  // namespace plumbline::fuzz
