// What the transport asks of a request before it touches the wire: where it goes, its target, its
// header lines, and whether its parts are safe to write as they are; and of an answer, whether it
// is whole. Pure text; includes no library.
#pragma once

#include <string>
#include <string_view>
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
/// A success that ends with its header, when nothing in that header says that it may. A connection
/// cut there looks like that, and a body that says what was done may have been lost. Over TLS a
/// body counts as cut, too, when nothing but the end of the connection ends it: anybody on the way
/// can end one, and libcurl over OpenSSL 3.0 does not tell that from the server's goodbye.
bool lacks_its_body(const HttpRequest& request, const HttpResponse& response);

/// The status that "HTTP/1.1 200 OK" gives; 0 when it is no such line, or of another version.
int status_in(std::string_view status_line);
/// False when a header says in two ways, or in none that is known, where its body ends. Readers
/// disagree on what such a header means, so the rest could be taken for the next answer.
bool is_header_clear(const HttpResponse& response);

}  // namespace plumbline
