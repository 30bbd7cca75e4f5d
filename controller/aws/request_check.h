// What a transport asks of a request before it touches the wire: where it goes, its target, and
// whether its parts are safe to write as they are. Owned by the transport; knows no HTTP library.
#pragma once

#include <string>

#include "controller/aws/call.h"

namespace plumbline {

/// "host:port" of where the request goes, for people.
std::string place_of(const HttpRequest& request);
/// Base path, path and query, as they stand in the request line.
std::string target_of(const HttpRequest& request);
/// Nothing that reaches the wire may end its line early and start another header or request.
/// Returns the name of the part that would, or "".
std::string unsafe_part(const HttpRequest& request);

}  // namespace plumbline
