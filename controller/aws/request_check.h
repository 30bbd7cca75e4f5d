// What the transport asks of a request before it touches the wire: where it goes, its target, its
// header lines, and whether its parts are safe to write as they are. Pure text; includes no
// library.
#pragma once

#include <string>
#include <vector>

#include "controller/aws/call.h"

namespace plumbline {

/// "host:port" of where the request goes, for people.
std::string place_of(const HttpRequest& request);
/// Base path, path and query, as they stand in the request line.
std::string target_of(const HttpRequest& request);
/// The headers as libcurl takes them: "Name: value", "Name;" to send it empty, "Name:" to leave out
/// what libcurl would add by itself. Host first; Host and Content-Length are never the caller's.
std::vector<std::string> header_lines(const HttpRequest& request);
/// Nothing that reaches the wire may end its line early and start another header or request.
/// Returns the name of the part that would, or "".
std::string unsafe_part(const HttpRequest& request);

}  // namespace plumbline
