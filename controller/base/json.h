// JSON text ↔ Value (Boost.JSON inside). Two ways out, so that showing and sending cannot be mixed
// up.
#pragma once

#include <string>
#include <string_view>

#include "controller/base/result.h"
#include "controller/base/value.h"

namespace plumbline {

/// RFC 8259; depth at most 64, four million values, no member twice. Integers beyond int64 stay the
/// text they are: a double would lose digits. kCorrupt.
Result<Value> parse_json(std::string_view text);

enum class JsonStyle { kCompact, kPretty };

/// For eyes and logs: secrets print as "(sensitive)", unknowns as "(known after apply)", bytes as
/// "(N bytes)". `kPretty` indents by two.
std::string show_json(const Value& value, JsonStyle style = JsonStyle::kCompact);
/// For the wire and for digests: secrets as they are, bytes as base64, object members in their
/// order. CHECKs that the value is known.
std::string wire_json(const Value& value);
/// As wire_json with members sorted by key: equal values give equal bytes.
std::string canonical_json(const Value& value);

}  // namespace plumbline
