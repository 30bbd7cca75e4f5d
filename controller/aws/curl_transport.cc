#include "controller/aws/curl_transport.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "controller/aws/peer_check.h"
#include "controller/aws/request_check.h"
#include "controller/aws/wiping_memory.h"
#include "controller/base/check.h"
#include "controller/base/secret_text.h"
#include "controller/base/text.h"

namespace plumbline {
namespace {

constexpr std::size_t kHeaderBytesMax = 64U << 10;
constexpr long kSlowBytesPerSecond = 1000;
/// Servers drop idle connections without a word, and libcurl notices a reset (unlike an orderly
/// close) only by writing. A read that meets a dead connection is simply repeated by its caller; a
/// mutating call would have to be investigated, so it only takes one that was idle for a short
/// while.
constexpr long kIdleSecondsMaxReading = 60;
constexpr long kIdleSecondsMaxMutating = 15;

enum class Fault { kNone, kHeadersTooLong, kBodyTooLong, kBadHeader, kWouldSendTwice };

/// One request on its way, with everything libcurl points into. Reused, never moved.
struct Transfer {
  Transfer() : easy(curl_easy_init()) { PLUMBLINE_CHECK(easy != nullptr); }
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(header_lines);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  void clear() {
    curl_easy_reset(easy);
    curl_slist_free_all(header_lines);
    header_lines = nullptr;
    wipe(request.body);  // The next body would stand in the same place, and may be shorter.
    request = {};
    response = {};
    body_sent = header_bytes = body_bytes_max = 0;
    slow_seconds_max = times_begun = 0;
    are_headers_done = false;
    fault = Fault::kNone;
    error_text.front() = '\0';
  }

  CURL* easy;
  curl_slist* header_lines = nullptr;
  std::uint64_t id = 0;
  Duration begins_until{0};  ///< When it is too late to begin; libcurl has no such limit.
  HttpRequest request;
  HttpResponse response;
  std::size_t body_sent = 0;
  std::size_t header_bytes = 0;
  std::size_t body_bytes_max = 0;
  int slow_seconds_max = 0;
  int times_begun = 0;  ///< How often libcurl was about to write the request to a connection.
  bool are_headers_done = false;
  Fault fault = Fault::kNone;
  std::array<char, CURL_ERROR_SIZE> error_text{};
};

Transfer& transfer_of(void* user) {
  return *static_cast<Transfer*>(user);
}

// libcurl resends a request by itself when a reused connection dies before the first byte of an
// answer, whatever the method. It asks here each time before the first byte is written, so that a
// second time is refused; it does so also for requests without a body, which the failing seek below
// does not cover.
int on_before_request(void* user, char*, char*, int, int) {
  Transfer& transfer = transfer_of(user);
  if (++transfer.times_begun > 1) {
    transfer.fault = Fault::kWouldSendTwice;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

// Asked after the name was resolved, so that no answer of a name server gets around it.
curl_socket_t on_open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  if (!may_connect(transfer_of(user).request.host, address->addr)) {
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t on_read_body(char* buffer, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = transfer_of(user);
  const std::string& body = transfer.request.body;
  const std::size_t length = std::min(size * count, body.size() - transfer.body_sent);
  body.copy(buffer, length, transfer.body_sent);
  transfer.body_sent += length;
  return length;
}

// A body that cannot be rewound cannot be sent twice: the second lock on the same door.
int on_seek_body(void*, curl_off_t, int) {
  return CURL_SEEKFUNC_FAIL;
}

void begin_answer(Transfer& transfer, std::string_view status_line) {
  transfer.response.status = status_in(status_line);
  transfer.response.headers.clear();
  transfer.are_headers_done = false;
  // Set now and not before, because libcurl would count the wait for the first byte as slowness.
  curl_easy_setopt(transfer.easy, CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
  curl_easy_setopt(
      transfer.easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(transfer.slow_seconds_max)
  );
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = transfer_of(user);
  const std::size_t length = size * count;
  transfer.header_bytes += length;
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.fault = Fault::kHeadersTooLong;
    return 0;
  }
  const std::string_view line = trim(std::string_view(data, length));
  if (line.starts_with("HTTP/")) {
    begin_answer(transfer, line);  // Also after a 1xx answer, whose headers mean nothing.
  } else if (line.empty() && !transfer.are_headers_done) {
    transfer.are_headers_done = true;
    if (!is_header_clear(transfer.response)) {
      transfer.fault = Fault::kBadHeader;
      return 0;  // libcurl would guess where the body ends, and keep the connection.
    }
  } else if (const std::size_t colon = line.find(':');
             colon != std::string_view::npos && !transfer.are_headers_done) {
    transfer.response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  return length;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  Transfer& transfer = transfer_of(user);
  const std::size_t length = size * count;
  if (length > transfer.body_bytes_max - transfer.response.body.size()) {
    transfer.fault = Fault::kBodyTooLong;
    return 0;
  }
  transfer.response.body.append(data, length);
  return length;
}

void set_headers(Transfer& transfer) {
  for (const std::string& line : header_lines(transfer.request)) {
    curl_slist* longer = curl_slist_append(transfer.header_lines, line.c_str());
    PLUMBLINE_CHECK(longer != nullptr);
    transfer.header_lines = longer;
  }
  curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, transfer.header_lines);
}

void set_method(Transfer& transfer) {
  CURL* easy = transfer.easy;
  const std::string& method = transfer.request.method;
  if (method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (transfer.request.body.empty() && method != "POST" && method != "PUT" && method != "PATCH") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(
        easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.request.body.size())
    );
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &on_read_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &on_seek_body);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &transfer);
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
}

void set_callbacks(Transfer& transfer) {
  CURL* easy = transfer.easy;
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error_text.data());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
}

/// The options that keep the contract "never sent twice, sent as it is, to whom it is meant for". A
/// libcurl that does not know one of them must not be used.
void set_guards(Transfer& transfer) {
  CURL* easy = transfer.easy;
  const std::array results{
      curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_before_request),
      curl_easy_setopt(easy, CURLOPT_PREREQDATA, &transfer),
      curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open_socket),
      curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer),
      curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L),
      curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
      curl_easy_setopt(easy, CURLOPT_PROXY, ""),
      curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)),
      curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)),
      curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L),
      curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L),
      curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L),
      curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)),
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L),
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L),
  };
  for (const CURLcode result : results) {
    PLUMBLINE_CHECK(result == CURLE_OK);
  }
}

long to_milliseconds(Duration duration) {
  // libcurl reads 0 as "no limit".
  return static_cast<long>(std::clamp<Duration::rep>(duration.count(), 1, INT_MAX));
}

Error not_sent(const HttpRequest& request, CURLcode result, std::string_view text) {
  const auto error = [&request, text](const char* code, const char* what, const char* next) {
    std::string words = fmt::format("{} {}: {}; {}", what, place_of(request), text, next);
    return Error{ErrorClass::kNotSent, code, std::move(words), "", 0};
  };
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return error(
          "ResolveFailed",
          "no address for",
          "check the region, AWS_ENDPOINT_URL and the name server"
      );
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return error(
          "TlsFailed",
          "no trusted TLS connection to",
          "if the endpoint has its own authority, name its certificate in AWS_CA_BUNDLE"
      );
    case CURLE_SSL_CONNECT_ERROR:
      return error("TlsFailed", "no TLS connection to", "check that the endpoint speaks TLS 1.2");
    case CURLE_OPERATION_TIMEDOUT:
      return error("ConnectTimeout", "no connection in time to", "the request was not sent");
    default:
      return error("ConnectFailed", "no connection to", "the request was not sent");
  }
}

constexpr std::string_view kLostText = "the kept-alive connection closed before an answer came";

const char* code_of_loss(CURLcode result) {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return "Timeout";
    case CURLE_PARTIAL_FILE:
      return "TruncatedResponse";
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return "BadResponse";
    default:
      return "ConnectionLost";
  }
}

Error unknown_outcome(const Transfer& transfer, CURLcode result, std::string_view text) {
  const auto error = [&transfer](const char* code, std::string_view what) {
    const HttpRequest& request = transfer.request;
    std::string words = fmt::format("{} {}: {}", request.method, place_of(request), what);
    return Error{ErrorClass::kUnknownOutcome, code, std::move(words), "", 0};
  };
  switch (transfer.fault) {
    case Fault::kHeadersTooLong:
      return error("ResponseTooLarge", "the answer's headers are longer than 64 kB");
    case Fault::kBodyTooLong:
      return error(
          "ResponseTooLarge",
          fmt::format("the answer is longer than {} bytes", transfer.body_bytes_max)
      );
    case Fault::kBadHeader:
      return error("BadResponse", "the answer's header does not say clearly where its body ends");
    case Fault::kWouldSendTwice:
      return error("ConnectionLost", kLostText);
    case Fault::kNone:
      break;
  }
  return error(code_of_loss(result), result == CURLE_SEND_FAIL_REWIND ? kLostText : text);
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(const CurlOptions& options)
      : options_(options), multi_(curl_multi_init()) {
    PLUMBLINE_CHECK(multi_ != nullptr);
    const long connections = options.connections_per_host;
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
    // A stack talks to about a dozen services; their idle connections should not push each other
    // out.
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections * 16);
  }

  ~CurlTransport() override {
    for (const auto& transfer : busy_) {
      curl_multi_remove_handle(multi_, transfer->easy);
    }
    busy_.clear();
    idle_.clear();
    curl_multi_cleanup(multi_);
  }

  void send(std::uint64_t id, HttpRequest request, const SendOptions& options) override;
  std::vector<Completion> wait(Duration limit) override;

  void wake() override {
    is_woken_.store(true);
    curl_multi_wakeup(multi_);
  }

 private:
  std::unique_ptr<Transfer> take_transfer();
  void configure(Transfer& transfer, const SendOptions& options) const;
  void collect(std::vector<Completion>& out);
  Duration expire(Duration now, std::vector<Completion>& out);
  Completion complete(Transfer& transfer, CURLcode result);
  void release(std::size_t place);

  const CurlOptions options_;
  SystemClock clock_;
  CURLM* multi_;
  std::vector<std::unique_ptr<Transfer>> busy_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::vector<Completion> refused_;  ///< Never given to libcurl; handed out by the next wait().
  std::atomic<bool> is_woken_{false};
  static_assert(std::atomic<bool>::is_always_lock_free, "wake() is called from signal handlers");
};

std::unique_ptr<Transfer> CurlTransport::take_transfer() {
  if (idle_.empty()) {
    return std::make_unique<Transfer>();
  }
  auto transfer = std::move(idle_.back());
  idle_.pop_back();
  return transfer;
}

void CurlTransport::configure(Transfer& transfer, const SendOptions& options) const {
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  transfer.body_bytes_max = options_.response_bytes_max;
  transfer.slow_seconds_max = options_.slow_seconds_max;
  set_guards(transfer);
  set_callbacks(transfer);
  // The target is given apart from the URL so that no parser can change the bytes that were signed.
  curl_easy_setopt(easy, CURLOPT_URL, (request.scheme + "://" + request.host + "/").c_str());
  curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target_of(request).c_str());
  set_method(transfer);
  set_headers(transfer);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, to_milliseconds(options.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_milliseconds(options.total_timeout));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(
      easy,
      CURLOPT_MAXAGE_CONN,
      options.is_mutating ? kIdleSecondsMaxMutating : kIdleSecondsMaxReading
  );
  if (!options_.ca_bundle.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_bundle.c_str());
  }
}

void CurlTransport::send(std::uint64_t id, HttpRequest request, const SendOptions& options) {
  if (const std::string part = unsafe_part(request); !part.empty()) {
    refused_.push_back(
        {id,
         Error{
             ErrorClass::kNotSent,
             "UnsafeRequest",
             fmt::format("the request's {} holds a character that HTTP does not allow there", part),
             "",
             0}}
    );
    return;
  }
  auto transfer = take_transfer();
  transfer->id = id;
  transfer->request = std::move(request);
  transfer->begins_until = clock_.elapsed() + options.total_timeout;
  configure(*transfer, options);
  PLUMBLINE_CHECK(curl_multi_add_handle(multi_, transfer->easy) == CURLM_OK);
  busy_.push_back(std::move(transfer));
}

std::vector<Completion> CurlTransport::wait(Duration limit) {
  const Duration until = clock_.elapsed() + std::max(limit, Duration::zero());
  std::vector<Completion> completions = std::exchange(refused_, {});
  while (true) {
    int running = 0;
    PLUMBLINE_CHECK(curl_multi_perform(multi_, &running) == CURLM_OK);
    collect(completions);
    const Duration now = clock_.elapsed();
    const Duration next = std::min(expire(now, completions), until);
    if (is_woken_.exchange(false) || !completions.empty() || until <= now) {
      return completions;
    }
    const auto milliseconds = std::min<Duration::rep>((next - now).count(), INT_MAX);
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(milliseconds), nullptr);
  }
}

void CurlTransport::collect(std::vector<Completion>& out) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const auto place =
        std::find_if(busy_.begin(), busy_.end(), [easy = message->easy_handle](const auto& busy) {
          return busy->easy == easy;
        });
    PLUMBLINE_CHECK(place != busy_.end());
    out.push_back(complete(**place, message->data.result));
    release(static_cast<std::size_t>(place - busy_.begin()));
  }
}

// libcurl runs no clock for a request that waits behind others for a connection to its host, so one
// that stands there too long is taken out here. Returns when to look again.
Duration CurlTransport::expire(Duration now, std::vector<Completion>& out) {
  Duration next = Duration::max();
  for (std::size_t i = busy_.size(); i-- > 0;) {
    if (busy_[i]->times_begun > 0) {
      continue;
    }
    if (busy_[i]->begins_until > now) {
      next = std::min(next, busy_[i]->begins_until);
      continue;
    }
    out.push_back(complete(*busy_[i], CURLE_OPERATION_TIMEDOUT));
    release(i);
  }
  return next;
}

void CurlTransport::release(std::size_t place) {
  std::swap(busy_[place], busy_.back());
  Transfer& transfer = *busy_.back();
  curl_multi_remove_handle(multi_, transfer.easy);
  transfer.clear();
  idle_.push_back(std::move(busy_.back()));
  busy_.pop_back();
}

Completion CurlTransport::complete(Transfer& transfer, CURLcode result) {
  if (result == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    if (status >= 200 && transfer.are_headers_done &&
        !lacks_its_body(transfer.request, transfer.response)) {
      return {transfer.id, std::move(transfer.response)};
    }
    result = status >= 200 ? CURLE_PARTIAL_FILE : CURLE_WEIRD_SERVER_REPLY;
  }
  const char* own_text = transfer.error_text.data();
  const std::string_view text = *own_text != '\0' ? own_text : curl_easy_strerror(result);
  // Not a list of curl's codes: a request that was never begun on a connection cannot have left.
  if (transfer.times_begun == 0) {
    return {transfer.id, not_sent(transfer.request, result, text)};
  }
  return {transfer.id, unknown_outcome(transfer, result, text)};
}

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const CurlOptions& options) {
  // libcurl copies headers and bodies, session tokens and passwords among them, into buffers of its
  // own.
  static const CURLcode is_set_up = curl_global_init_mem(
      CURL_GLOBAL_DEFAULT, std::malloc, wiping_free, wiping_realloc, strdup, std::calloc
  );
  PLUMBLINE_CHECK(is_set_up == CURLE_OK);
  return std::make_unique<CurlTransport>(options);
}

}  // namespace plumbline
