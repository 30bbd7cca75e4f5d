// What a client sends the status server: read by the parser the server uses, under its limits, and
// answered by its routes. Sockets and deadlines are server_test's.
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "controller/base/json.h"
#include "controller/http/routes.h"
#include "tests/fuzz/target.h"

namespace plumbline::fuzz {
namespace {

namespace http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Snapshot shop() {
  Snapshot snapshot;
  snapshot.stack = "shop";
  snapshot.is_ready = true;
  snapshot.resources = {{{"dbProxies", "app"}, "DBProxy", "prx-1", Phase::kSynced, "", {}}};
  return snapshot;
}

void answer(const http::request<http::string_body>& request, const Snapshot* snapshot) {
  int orders = 0;
  const ServerHooks hooks{
      [] { return nullptr; }, [&orders] { ++orders; }, [&orders](bool) { ++orders; }};
  const std::string_view method = view(request.method_string());
  const std::string_view host =
      request.count(http::field::host) == 1 ? view(request[http::field::host]) : "";
  const std::string_view origin = view(request[http::field::origin]);
  const SecretText key("k");
  const std::string_view shown = view(request[http::field::authorization]);
  const std::string_view target = view(request.target());
  std::optional<HttpAnswer> reply = refuse_foreign(method, host, origin);
  if (!reply) {
    reply = refuse_stranger(method, target, shown, key);
  }
  if (!reply) {
    PLUMBLINE_CHECK(parse_loopback(host).has_value());
    reply = answer_request(method, target, snapshot, hooks);
  }
  PLUMBLINE_CHECK(reply->status >= 200 && reply->status < 600);
  PLUMBLINE_CHECK(orders == 0 || (method == "POST" && reply->status == 202 && shown == "Bearer k"));
  PLUMBLINE_CHECK(reply->content_type.find_first_of("\r\n") == std::string::npos);
  if (reply->content_type == "application/json") {
    PLUMBLINE_CHECK(parse_json(reply->body));
  }
}

}  // namespace

void read_http_request(std::string_view input) {
  static const Snapshot kShop = shop();
  const ServerLimits limits;
  http::request_parser<http::string_body> parser;
  parser.header_limit(limits.header_bytes);
  parser.body_limit(limits.body_bytes);
  parser.eager(true);
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(input.data(), input.size()), error);
  if (!error && parser.is_done()) {
    answer(parser.get(), &kShop);
    answer(parser.get(), nullptr);
  }
}

}  // namespace plumbline::fuzz
