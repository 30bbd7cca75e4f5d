// Routes: what the status server answers, as functions of a request and a Snapshot. Knows no
// socket and no HTTP library, so that all of it is tested by calling it. Owned by StatusServer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "controller/http/server.h"

namespace plumbline {

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::string allow;  ///< The Allow header of a 405; "" otherwise.
};

/// Answers one request. `snapshot` is null before the engine published one. The query part of
/// `target` is ignored. HEAD answers as GET does; the server leaves the body out.
HttpAnswer answer_request(
    std::string_view method,
    std::string_view target,
    const Snapshot* snapshot,
    const ServerHooks& hooks
);

/// An answer of one sentence as plain text, also for requests that could not be read.
HttpAnswer plain_answer(int status, std::string_view sentence);

/// The refusal due to a request that a page of another site may have made a browser send: its Host
/// is no loopback name (a rebound DNS name), or it is a POST whose Origin is not this server.
/// `host` and `origin` are the headers' values, "" when absent.
std::optional<HttpAnswer> refuse_foreign(
    std::string_view method, std::string_view host, std::string_view origin
);

/// The refusal due to an order that does not show the key (`Authorization: Bearer KEY`): every user
/// of this machine reaches a loopback port. `authorization` is the header's value, "" when absent.
std::optional<HttpAnswer> refuse_stranger(
    std::string_view method,
    std::string_view target,
    std::string_view authorization,
    const SecretText& order_key
);

/// The Content-Security-Policy of every answer; allows the status page's own style and no more.
const std::string& content_security_policy();

struct LoopbackPlace {
  std::string host;  ///< A literal IP address without brackets: "127.0.0.1", "::1".
  std::optional<std::uint16_t> port;
};
/// "localhost", "127.0.0.1:9180", "[::1]:9180": never resolves a name. Nothing for all else.
std::optional<LoopbackPlace> parse_loopback(std::string_view text);

}  // namespace plumbline
