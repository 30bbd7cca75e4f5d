// faultproxy: stands on a loopback port before a simulated AWS and does what networks and services
// do: delays, resets, answers that end in the middle, failures of what was done all the same, reads
// that lag behind. With `tokens` it keeps client tokens for a world that forgets them: a request
// that repeats one is answered as the first was. A test tool; nothing of the product uses it.
//
//   faultproxy UPSTREAM_PORT SEED [FAULTS]
//   PUT /_faults     new rates from the body (as FAULTS)
//   GET /_faults     how many of each there were
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <span>
#include <sstream>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "controller/base/env.h"
#include "controller/base/json.h"
#include "tests/faultproxy/faults.h"

namespace plumbline::faultproxy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;
using asio::use_awaitable;

constexpr std::uint64_t kBodyLimit = 80ULL << 20U;
constexpr char kOwnPath[] = "/_faults";

/// Of "…&Action=CreateVpc&…", or of "X-Amz-Target: service.CreateSecret"; "" for REST.
std::string action_of(const Request& request) {
  const auto target = request["X-Amz-Target"];
  if (!target.empty()) {
    const std::string_view text(target.data(), target.size());
    return std::string(text.substr(text.rfind('.') + 1));
  }
  constexpr std::string_view kWord = "Action=";
  const std::string_view body = request.body();
  const std::size_t at = body.starts_with(kWord) ? 0 : body.find("&Action=");
  if (at == std::string_view::npos) {
    return "";
  }
  const std::size_t begin = body.find('=', at) + 1;
  return std::string(body.substr(begin, body.find('&', begin) - begin));
}

bool is_read(const Request& request) {
  const std::string action = action_of(request);
  if (action.empty()) {
    return request.method() == http::verb::get || request.method() == http::verb::head;
  }
  return action.starts_with("Describe") || action.starts_with("Get") || action.starts_with("List");
}

/// The client token of a request with what it is asked of, "" when it has none.
std::string token_of(const Request& request) {
  for (const std::string_view word :
       {"ClientToken=", "\"ClientRequestToken\":\"", "\"ClientToken\":\""}) {
    const std::string& body = request.body();
    if (const std::size_t at = body.find(word); at != std::string::npos) {
      const std::size_t begin = at + word.size();
      return action_of(request) + " " +
             body.substr(begin, body.find_first_of("&\"", begin) - begin);
    }
  }
  return "";
}

/// What was asked, without when and by whom.
std::string question_of(const Request& request) {
  return std::string(request.method_string()) + " " + std::string(request.target()) + "\n" +
         std::string(request["X-Amz-Target"]) + "\n" + request.body();
}

Response plain(unsigned status, std::string body) {
  Response response;
  response.version(11);
  response.result(status);
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

class Proxy {
 public:
  Proxy(std::uint16_t upstream, std::uint64_t seed, const Rates& rates)
      : upstream_(asio::ip::address_v4::loopback(), upstream), seed_(seed), rates_(rates) {}

  void run() {
    std::printf("faultproxy on http://127.0.0.1:%u\n", acceptor_.local_endpoint().port());
    std::fflush(stdout);
    asio::co_spawn(context_, accept(), asio::detached);
    context_.run();
  }

 private:
  asio::awaitable<void> accept() {
    while (true) {
      Tcp::socket client = co_await acceptor_.async_accept(use_awaitable);
      client.set_option(Tcp::no_delay(true));
      // A connection that fails ends alone; what it threw says no more than that.
      asio::co_spawn(context_, serve(std::move(client)), [](const std::exception_ptr&) {});
    }
  }

  asio::awaitable<void> serve(Tcp::socket client) {
    beast::flat_buffer buffer;
    bool goes_on = true;
    while (goes_on) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(kBodyLimit);
      co_await http::async_read(client, buffer, parser, use_awaitable);
      const Request request = parser.release();
      if (request.target() == kOwnPath) {
        Response reply = steer(request);
        co_await http::async_write(client, reply, use_awaitable);
        continue;
      }
      goes_on = co_await answer(client, request);
    }
  }

  /// False when the connection is over.
  asio::awaitable<bool> answer(Tcp::socket& client, const Request& request) {
    const Fate fate = fate_of(rates_, seed_, ++number_);
    met_["changes"] += is_read(request) ? 0 : 1;
    // The client may die meanwhile: what it sent still arrives.
    if (fate.delay.count() > 0) {
      ++met_["delay"];
      asio::steady_timer timer(context_, fate.delay);
      co_await timer.async_wait(use_awaitable);
    }
    if (fate.resets_before) {
      co_return reset(client, "reset before");
    }
    Response reply = co_await ask(request, fate);
    if (fate.resets_after) {
      co_return reset(client, "reset after");
    }
    if (fate.fails_after) {
      ++met_["error after"];
      reply = plain(number_ % 2 == 0 ? 500 : 503, "");
    }
    reply.keep_alive(request.keep_alive());
    if (fate.is_cut) {
      ++met_["cut"];
      std::ostringstream out;
      out << reply;
      const std::string text = out.str();
      const auto length = static_cast<std::size_t>(fate.cut_at * static_cast<double>(text.size()));
      co_await asio::async_write(client, asio::buffer(text, length), use_awaitable);
      co_return false;
    }
    co_await http::async_write(client, reply, use_awaitable);
    co_return request.keep_alive();
  }

  bool reset(Tcp::socket& client, const char* name) {
    ++met_[name];
    client.set_option(asio::socket_base::linger(true, 0));
    client.close();
    return false;
  }

  /// The world's answer, the one it gave to the same token, or the one it gave a while ago.
  asio::awaitable<Response> ask(const Request& request, const Fate& fate) {
    const std::string token = rates_.keeps_tokens ? token_of(request) : "";
    if (const auto known = by_token_.find(token); !token.empty() && known != by_token_.end()) {
      ++met_["token"];
      co_return known->second;
    }
    const bool may_lag = is_read(request);
    if (may_lag && fate.lags) {
      if (const Response* old = old_answer(question_of(request))) {
        ++met_["lag"];
        co_return *old;
      }
    }
    Response reply = co_await pass_on(request);
    if (!token.empty() && reply.result_int() < 300) {
      by_token_.emplace(token, reply);
    }
    if (may_lag && rates_.lag > 0 && reply.result_int() < 300) {
      answers_[question_of(request)].push_back({clock_.elapsed(), reply});
    }
    co_return reply;
  }

  asio::awaitable<Response> pass_on(const Request& request) {
    Tcp::socket world(context_);
    co_await world.async_connect(upstream_, use_awaitable);
    world.set_option(Tcp::no_delay(true));
    Request onward = request;
    onward.keep_alive(false);
    co_await http::async_write(world, onward, use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kBodyLimit);
    if (request.method() == http::verb::head) {
      parser.skip(true);
    }
    co_await http::async_read(world, buffer, parser, use_awaitable);
    Response reply = parser.release();
    if (reply.chunked()) {
      reply.chunked(false);
      reply.prepare_payload();
    }
    co_return reply;
  }

  /// The oldest that may still be given; forgets those that may not.
  const Response* old_answer(const std::string& question) {
    std::deque<Answer>& answers = answers_[question];
    while (!answers.empty() && clock_.elapsed() - answers.front().at > rates_.lag_max) {
      answers.pop_front();
    }
    return answers.empty() ? nullptr : &answers.front().reply;
  }

  Response steer(const Request& request) {
    if (request.method() == http::verb::put) {
      const auto rates = parse_rates(request.body());
      if (!rates) {
        return plain(400, "these are no faults\n");
      }
      rates_ = *rates;
      return plain(200, "");
    }
    Value counts{Object()};
    counts.set("requests", static_cast<std::int64_t>(number_));
    for (const auto& [name, count] : met_) {
      counts.set(name, count);
    }
    return plain(200, show_json(counts) + "\n");
  }

  struct Answer {
    Duration at;
    Response reply;
  };

  asio::io_context context_{1};
  Tcp::acceptor acceptor_{context_, {asio::ip::address_v4::loopback(), 0}};
  Tcp::endpoint upstream_;
  std::uint64_t seed_, number_ = 0;
  Rates rates_;
  SystemClock clock_;
  std::map<std::string, std::int64_t> met_;
  std::map<std::string, Response> by_token_;
  std::map<std::string, std::deque<Answer>> answers_;
};

template <class Number>
bool parse_number(std::string_view text, Number& out) {
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, out);
  return fault == std::errc() && stop == end;
}

int run(std::span<char*> words) {
  std::uint16_t upstream = 0;
  std::uint64_t seed = 0;
  const auto rates = parse_rates(words.size() > 3 ? words[3] : "");
  if (words.size() < 3 || words.size() > 4 || !parse_number(words[1], upstream) ||
      !parse_number(words[2], seed) || !rates) {
    std::fputs("usage: faultproxy UPSTREAM_PORT SEED [FAULTS]\n", stderr);
    return 64;
  }
  Proxy(upstream, seed, *rates).run();
  return 0;
}

}  // namespace
}  // namespace plumbline::faultproxy

int main(int argc, char** argv) {
  return plumbline::faultproxy::run(std::span(argv, static_cast<std::size_t>(argc)));
}
