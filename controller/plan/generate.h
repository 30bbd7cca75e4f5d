// Inputs with `generate:`: secrets that nobody chose. They are derived, not drawn: HMAC-SHA-256
// with the state's install key over the stack, the input's name, its form and its `version`. So a
// value stays what it is for as long as the state does, although no secret ever rests in it in
// clear; the next `version` is another value; and who holds the state holds no password but the
// means to every one, which is why the state file is as private as it is. With another state,
// values are others.
#pragma once

#include <string>

#include "controller/plan/facts.h"

namespace plumbline {

/// The secret of one input.
Value generate_secret(
    const GeneratedInput& input, const std::string& install_key, const std::string& stack
);

/// Makes every generated input of the manifest known to `facts`.
void know_generated(Facts& facts, const Manifest& manifest, const std::string& install_key);
/// True when a declared value hangs on a generated input.
bool takes_generated(const Value& declared);

}  // namespace plumbline
