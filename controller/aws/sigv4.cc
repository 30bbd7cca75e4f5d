#include "controller/aws/sigv4.h"

// As in base/digest.cc: the one-shot calls are OpenSSL 3's fast path for small inputs. Their
// context can be copied after the key block, which saves two of an HMAC's compressions on every
// signature.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "controller/base/digest.h"
#include "controller/base/text.h"

namespace plumbline {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::size_t kKeysRemembered = 64;

// ---- Digests ----

Digest hash(std::string_view bytes) {
  Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

/// HMAC-SHA-256 whose key is already absorbed. Wipes itself.
class KeyedHash {
 public:
  explicit KeyedHash(std::string_view key) {
    std::array<unsigned char, SHA256_CBLOCK> block{};
    if (key.size() > block.size()) {
      Digest hashed = hash(key);
      std::copy(hashed.begin(), hashed.end(), block.begin());
      OPENSSL_cleanse(hashed.data(), hashed.size());
    } else {
      std::copy(key.begin(), key.end(), block.begin());
    }
    absorb(block, 0x36, inner_);
    absorb(block, 0x36 ^ 0x5c, outer_);
    OPENSSL_cleanse(block.data(), block.size());
  }
  ~KeyedHash() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
  }
  KeyedHash(const KeyedHash&) = default;
  KeyedHash& operator=(const KeyedHash&) = default;

  [[nodiscard]] Digest operator()(std::string_view bytes) const {
    Digest digest;
    SHA256_CTX context = inner_;
    SHA256_Update(&context, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &context);
    context = outer_;
    SHA256_Update(&context, digest.data(), digest.size());
    SHA256_Final(digest.data(), &context);
    return digest;
  }

 private:
  static void absorb(
      std::array<unsigned char, SHA256_CBLOCK>& block, unsigned char pad, SHA256_CTX& into
  ) {
    for (unsigned char& byte : block) {
      byte = static_cast<unsigned char>(byte ^ pad);
    }
    SHA256_Init(&into);
    SHA256_Update(&into, block.data(), block.size());
  }

  SHA256_CTX inner_;
  SHA256_CTX outer_;
};

std::string_view view_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};  // NOLINT: bytes as text
}

KeyedHash derive_key(std::string_view secret, std::string_view day, const SigningScope& scope) {
  std::string seed;
  seed.reserve(4 + secret.size());  // Growing would leave a part of it behind.
  seed.append("AWS4").append(secret);
  Digest key = KeyedHash(seed)(day);
  OPENSSL_cleanse(seed.data(), seed.size());
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), kTerminator}) {
    key = KeyedHash(view_of(key))(part);
  }
  KeyedHash derived(view_of(key));
  OPENSSL_cleanse(key.data(), key.size());
  return derived;
}

void append_hex(std::string& out, const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 64> text;
  std::size_t at = 0;
  for (const std::uint8_t byte : digest) {
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  out.append(text.data(), text.size());
}

// ---- Time ----

/// "20260102T030405Z"; the first eight characters are the day. fmt would cost as much as a hash.
using AmzDate = std::array<char, 16>;

AmzDate amz_date(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time) - day);
  AmzDate out;
  std::size_t at = 0;
  const auto put = [&](unsigned number, unsigned place) {
    for (; place > 0; place /= 10) {
      out[at++] = static_cast<char>('0' + number / place % 10);
    }
  };
  put(static_cast<unsigned>(static_cast<int>(date.year())), 1000);
  put(static_cast<unsigned>(date.month()), 10);
  put(static_cast<unsigned>(date.day()), 10);
  out[at++] = 'T';
  put(static_cast<unsigned>(clock.hours().count()), 10);
  put(static_cast<unsigned>(clock.minutes().count()), 10);
  put(static_cast<unsigned>(clock.seconds().count()), 10);
  out[at] = 'Z';
  return out;
}

std::string_view view_of(const AmzDate& date) {
  return {date.data(), date.size()};
}
std::string_view day_of(const AmzDate& date) {
  return {date.data(), 8};
}

void append_scope(std::string& out, std::string_view day, const SigningScope& scope) {
  out.append(day).append(1, '/').append(scope.region).append(1, '/').append(scope.service);
  out.append(1, '/').append(kTerminator);
}

// ---- Headers ----

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// <0, 0, >0 as strcmp, of the lower-case forms.
int compare_names(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (const int difference = lower(a[i]) - lower(b[i]); difference != 0) {
      return difference;
    }
  }
  return a.size() < b.size() ? -1 : static_cast<int>(a.size() > b.size());
}

/// Hop-by-hop headers and those a client or proxy may rewrite on the way.
bool is_signed(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNever = {
      "connection",
      "expect",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authorization",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "user-agent",
      "x-amzn-trace-id",
      "authorization"};
  return std::none_of(kNever.begin(), kNever.end(), [&](std::string_view never) {
    return never.size() == name.size() && compare_names(never, name) == 0;
  });
}

void drop_header(Headers& headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& header) {
    return header.first.size() == name.size() && compare_names(header.first, name) == 0;
  });
}

void set_header(Headers& headers, std::string_view name, std::string value) {
  drop_header(headers, name);
  headers.emplace_back(name, std::move(value));
}

/// Outer white space goes, inner runs (folded lines too) become one space.
void append_header_value(std::string& out, std::string_view value) {
  value = trim(value);
  // Four searches by memchr are many times faster than one look at every byte of a session token.
  const bool is_tidy =
      value.find('\n') == std::string_view::npos && value.find('\r') == std::string_view::npos &&
      value.find('\t') == std::string_view::npos && value.find("  ") == std::string_view::npos;
  if (is_tidy) {
    out += value;
    return;
  }
  constexpr std::string_view kSpace = " \t\r\n";
  while (true) {
    const std::size_t word = std::min(value.find_first_of(kSpace), value.size());
    out.append(value, 0, word);
    value.remove_prefix(word);
    if (value.empty()) {
      return;
    }
    out += ' ';
    value.remove_prefix(value.find_first_not_of(kSpace));
  }
}

using HeaderView = std::pair<std::string_view, std::string_view>;

std::vector<HeaderView> headers_to_sign(const HttpRequest& request) {
  std::vector<HeaderView> views;
  views.reserve(request.headers.size() + 1);
  views.emplace_back("host", request.host);
  for (const auto& [name, value] : request.headers) {
    if (is_signed(name)) {
      views.emplace_back(name, value);
    }
  }
  // Repeated headers keep the order in which they are sent. An insertion sort is stable and, for
  // the handful there are, the fastest.
  for (std::size_t i = 1; i < views.size(); ++i) {
    for (std::size_t j = i; j > 0 && compare_names(views[j].first, views[j - 1].first) < 0; --j) {
      std::swap(views[j], views[j - 1]);
    }
  }
  return views;
}

void append_headers(CanonicalRequest& out, const HttpRequest& request) {
  std::string_view last;
  for (const auto& [name, value] : headers_to_sign(request)) {
    if (!last.empty() && compare_names(name, last) == 0) {
      out.text.back() = ',';
    } else {
      if (!last.empty()) {
        out.signed_headers += ';';
      }
      const std::size_t begin = out.signed_headers.size();
      out.signed_headers += name;
      std::transform(
          name.begin(),
          name.end(),
          out.signed_headers.begin() + static_cast<std::ptrdiff_t>(begin),
          lower
      );
      out.text.append(out.signed_headers, begin).append(1, ':');
    }
    last = name;
    append_header_value(out.text, value);
    out.text += '\n';
  }
}

// ---- Path and query ----

/// RFC 3986 dot segments and empty segments go; a trailing slash stays.
std::string normalise_path(std::string_view path) {
  std::vector<std::string_view> kept;
  const std::vector<std::string_view> segments = split(path, '/');
  for (const std::string_view segment : segments) {
    if (segment == ".." && !kept.empty()) {
      kept.pop_back();
    } else if (!segment.empty() && segment != "." && segment != "..") {
      kept.push_back(segment);
    }
  }
  std::string out;
  out.reserve(path.size() + 1);
  for (const std::string_view segment : kept) {
    out.append(1, '/').append(segment);
  }
  const std::string_view last = segments.back();
  if (out.empty() || last.empty() || last == "." || last == "..") {
    out += '/';
  }
  return out;
}

void append_path(std::string& out, const HttpRequest& request, const SigningScope& scope) {
  if (request.base_path.empty() && request.path == "/") {
    out += '/';
    return;
  }
  const std::string wire = request.base_path + request.path;
  const std::string path =
      scope.normalise_path == PathNormalisation::kYes ? normalise_path(wire) : wire;
  // The path on the wire is encoded already; every service but S3 signs it encoded once more.
  out += path.empty() ? "/" : percent_encode(path, "/");
}

void append_query(std::string& out, std::string_view query) {
  if (query.empty()) {
    return;
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view part : split(query, '&')) {
    const std::size_t at = part.find('=');
    const std::string_view value =
        at == std::string_view::npos ? std::string_view() : part.substr(at + 1);
    if (!part.empty()) {
      pairs.emplace_back(
          percent_encode(percent_decode(part.substr(0, at))), percent_encode(percent_decode(value))
      );
    }
  }
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [key, value] : pairs) {
    if (&key != &pairs.front().first) {
      out += '&';
    }
    out.append(key).append(1, '=').append(value);
  }
}

CanonicalRequest canonicalise(
    const HttpRequest& request, const SigningScope& scope, const Digest& payload
) {
  CanonicalRequest out;
  std::size_t size = 128 + request.host.size() + 2 * (request.path.size() + request.query.size());
  for (const auto& [name, value] : request.headers) {
    size += 2 * name.size() + value.size() + 4;
  }
  out.text.reserve(size);
  out.signed_headers.reserve(128);
  out.text.append(request.method).append(1, '\n');
  append_path(out.text, request, scope);
  out.text += '\n';
  append_query(out.text, request.query);
  out.text += '\n';
  append_headers(out, request);
  out.text.append(1, '\n').append(out.signed_headers).append(1, '\n');
  append_hex(out.text, payload);
  return out;
}

std::string string_to_sign(
    std::string_view canonical_request, const SigningScope& scope, const AmzDate& date
) {
  std::string out;
  out.reserve(160 + scope.region.size() + scope.service.size());
  out.append(kAlgorithm).append(1, '\n').append(view_of(date)).append(1, '\n');
  append_scope(out, day_of(date), scope);
  out += '\n';
  append_hex(out, hash(canonical_request));
  return out;
}

}  // namespace

// ---- Public ----

struct Signer::Cache {
  struct Entry {
    std::string day;
    std::string region;
    std::string service;
    Digest secret;  ///< Recognised by its digest, not kept.
    KeyedHash key;
  };

  const KeyedHash& key(std::string_view secret, std::string_view day, const SigningScope& scope) {
    const Digest fingerprint = hash(secret);
    for (const Entry& entry : entries) {
      if (entry.day == day && entry.service == scope.service && entry.region == scope.region &&
          entry.secret == fingerprint) {
        return entry.key;
      }
    }
    std::erase_if(entries, [&](const Entry& entry) { return entry.day < day; });
    if (entries.size() >= kKeysRemembered) {
      entries.erase(entries.begin());
    }
    entries.push_back(
        {std::string(day), scope.region, scope.service, fingerprint, derive_key(secret, day, scope)}
    );
    return entries.back().key;
  }

  std::vector<Entry> entries;
};

Signer::Signer() : cache_(std::make_unique<Cache>()) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

void Signer::sign(
    HttpRequest& request, const SigningScope& scope, const Credentials& credentials, Timestamp time
) {
  const AmzDate date = amz_date(time);
  const Digest payload = hash(request.body);
  request.headers.reserve(request.headers.size() + 4);
  set_header(request.headers, "x-amz-date", std::string(view_of(date)));
  // A request that is signed again may carry the token of credentials that have been replaced.
  drop_header(request.headers, "x-amz-security-token");
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back(
        "x-amz-security-token", std::string(credentials.session_token.reveal())
    );
  }
  if (scope.signs_body_header) {
    set_header(request.headers, "x-amz-content-sha256", to_hex(payload));
  }
  const CanonicalRequest canonical = canonicalise(request, scope, payload);
  const KeyedHash& key = cache_->key(credentials.secret_access_key.reveal(), day_of(date), scope);
  const Digest signature = key(string_to_sign(canonical.text, scope, date));

  std::string authorization;
  authorization.reserve(
      160 + canonical.signed_headers.size() + credentials.access_key_id.size() +
      scope.region.size() + scope.service.size()
  );
  authorization.append(kAlgorithm).append(" Credential=").append(credentials.access_key_id);
  authorization += '/';
  append_scope(authorization, day_of(date), scope);
  authorization.append(", SignedHeaders=").append(canonical.signed_headers);
  authorization.append(", Signature=");
  append_hex(authorization, signature);
  set_header(request.headers, "authorization", std::move(authorization));
}

CanonicalRequest make_canonical_request(const HttpRequest& request, const SigningScope& scope) {
  return canonicalise(request, scope, hash(request.body));
}

std::string make_string_to_sign(
    const std::string& canonical_request, const SigningScope& scope, Timestamp time
) {
  return string_to_sign(canonical_request, scope, amz_date(time));
}

bool ClockSkew::learn(
    const std::string& host,
    const HttpResponse& response,
    const std::string& error_code,
    Timestamp local_time
) {
  constexpr std::array<std::string_view, 6> kCodes = {
      "RequestTimeTooSkewed",
      "RequestExpired",
      "RequestInTheFuture",
      "InvalidSignatureException",
      "SignatureDoesNotMatch",
      "AuthFailure"};
  if (std::find(kCodes.begin(), kCodes.end(), error_code) == kCodes.end()) {
    return false;
  }
  const std::string* date = find_header(response.headers, "date");
  Timestamp theirs;
  if (date == nullptr || !parse_time(*date, theirs)) {
    return false;
  }
  const Duration error = theirs - (local_time + offset(host));
  if (std::chrono::abs(error) <= std::chrono::minutes(4)) {
    return false;
  }
  std::erase_if(offsets_, [&](const auto& entry) { return entry.first == host; });
  offsets_.emplace_back(host, theirs - local_time);
  return true;
}

Duration ClockSkew::offset(const std::string& host) const {
  for (const auto& [known, offset] : offsets_) {
    if (known == host) {
      return offset;
    }
  }
  return Duration::zero();
}

}  // namespace plumbline
