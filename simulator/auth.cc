#include "simulator/auth.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/json.h"
#include "controller/base/text.h"

namespace plumbline::sim {
namespace {

enum class Reason { kMissing, kIncomplete, kUnknownKey, kBadSignature, kSkewed, kExpired };

/// The code and status with which each dialect tells a refusal.
Fault refusal_of(const Wire& wire, Reason reason, std::string message) {
  struct Row {
    std::string_view ec2, query, json;
  };
  const auto row = [reason]() -> Row {
    switch (reason) {
      case Reason::kMissing:
        return {
            "MissingAuthenticationToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException"};
      case Reason::kIncomplete:
        return {"IncompleteSignature", "IncompleteSignature", "IncompleteSignatureException"};
      case Reason::kUnknownKey:
        return {"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"};
      case Reason::kBadSignature:
        return {"AuthFailure", "SignatureDoesNotMatch", "InvalidSignatureException"};
      case Reason::kSkewed:
        return {"RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException"};
      case Reason::kExpired:
        return {"RequestExpired", "ExpiredToken", "ExpiredTokenException"};
    }
    return {};
  }();
  switch (wire.dialect) {
    case Dialect::kEc2: {
      const bool is_auth = row.ec2 == "AuthFailure";
      return {
          is_auth ? 401 : 400,
          std::string(row.ec2),
          is_auth ? "AWS was not able to validate the provided access credentials"
                  : std::move(message)};
    }
    case Dialect::kQuery:
      return {403, std::string(row.query), std::move(message)};
    case Dialect::kJson:
      return {400, std::string(row.json), std::move(message)};
    case Dialect::kRest:
      return {403, std::string(row.json), std::move(message)};
  }
  return {};
}

/// What the Authorization header says.
struct Claim {
  std::string access_key_id, date, region, service, signature;
  std::vector<std::string> signed_headers;
};

std::optional<Claim> parse_claim(std::string_view header) {
  constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
  if (header.substr(0, kAlgorithm.size()) != kAlgorithm) {
    return std::nullopt;
  }
  Claim claim;
  for (const std::string_view part : split(header.substr(kAlgorithm.size()), ',')) {
    const std::string_view field = trim(part);
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view name = field.substr(0, equals);
    const std::string_view text = field.substr(equals + 1);
    if (name == "Credential") {
      const auto scope = split(text, '/');
      if (scope.size() != 5 || scope[4] != "aws4_request") {
        return std::nullopt;
      }
      claim.access_key_id = scope[0];
      claim.date = scope[1];
      claim.region = scope[2];
      claim.service = scope[3];
    } else if (name == "SignedHeaders") {
      for (const std::string_view each : split(text, ';')) {
        claim.signed_headers.emplace_back(each);
      }
    } else if (name == "Signature") {
      claim.signature = text;
    }
  }
  if (claim.access_key_id.empty() || claim.signature.empty() || claim.signed_headers.empty()) {
    return std::nullopt;
  }
  return claim;
}

/// The path without dots and double slashes, each segment encoded once more.
std::string canonical_path(std::string_view path) {
  std::vector<std::string> kept;
  for (const std::string_view segment : split(path, '/')) {
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(percent_encode(segment));
    }
  }
  const bool ends_in_slash = !kept.empty() && path.back() == '/';
  return "/" + join(kept, "/") + (ends_in_slash ? "/" : "");
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string_view text =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    pairs.emplace_back(
        percent_encode(percent_decode(pair.substr(0, equals))), percent_encode(percent_decode(text))
    );
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, text] : pairs) {
    out.append(out.empty() ? "" : "&").append(name).append("=").append(text);
  }
  return out;
}

std::string collapse(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    if (c != ' ' || out.empty() || out.back() != ' ') {
      out += c;
    }
  }
  return out;
}

std::string canonical_request(const HttpRequest& request, const Claim& claim) {
  const std::string_view target = request.target;
  const auto question = target.find('?');
  std::string text = request.method + "\n" + canonical_path(target.substr(0, question)) + "\n";
  if (question != std::string_view::npos) {
    text += canonical_query(target.substr(question + 1));
  }
  text += "\n";
  for (const std::string& name : claim.signed_headers) {
    std::vector<std::string> values;
    const auto [first, last] = request.headers.equal_range(name);
    for (auto each = first; each != last; ++each) {
      values.push_back(collapse(each->second));
    }
    text += name + ":" + join(values, ",") + "\n";
  }
  return text + "\n" + join(claim.signed_headers, ";") + "\n" + sha256_hex(request.body);
}

std::string signature_of(
    const HttpRequest& request,
    const Claim& claim,
    const std::string& amz_date,
    const std::string& secret
) {
  const std::string to_sign = fmt::format(
      "AWS4-HMAC-SHA256\n{}\n{}/{}/{}/aws4_request\n{}",
      amz_date,
      claim.date,
      claim.region,
      claim.service,
      sha256_hex(canonical_request(request, claim))
  );
  Digest key = hmac_sha256("AWS4" + secret, claim.date);
  key = hmac_sha256(key, claim.region);
  key = hmac_sha256(key, claim.service);
  key = hmac_sha256(key, "aws4_request");
  return to_hex(hmac_sha256(key, to_sign));
}

/// Host and every x-amz-* header must be under the signature.
std::string unsigned_header(const HttpRequest& request, const Claim& claim) {
  for (const auto& [name, text] : request.headers) {
    const bool must = name == "host" || name.rfind("x-amz-", 0) == 0;
    if (must && std::find(claim.signed_headers.begin(), claim.signed_headers.end(), name) ==
                    claim.signed_headers.end()) {
      return name;
    }
  }
  return request.headers.count("host") == 0 ? "host" : "";
}

/// Nothing to protect here: the constant only ties a token to this program.
constexpr std::string_view kSealKey = "plumbline simulator sessions";

std::string session_mac(const Value& claims) {
  return to_hex(hmac_sha256(kSealKey, canonical_json(claims)));
}

/// The claims inside a token, when the token is one of ours.
std::optional<Value> open_session(const std::string& token) {
  const auto text = base64_decode(token);
  if (!text) {
    return std::nullopt;
  }
  auto parsed = parse_json(*text);
  if (!parsed || !parsed.value().is_object()) {
    return std::nullopt;
  }
  Value claims = std::move(parsed).value();
  const std::string mac = claims.text_of("mac");
  claims.erase("mac");
  if (!claims.get("expires").is_int() || mac != session_mac(claims)) {
    return std::nullopt;
  }
  return claims;
}

struct Identity {
  std::string secret, account, arn;
};

std::variant<Identity, Reason> identify(
    const HttpRequest& request,
    const Claim& claim,
    const std::vector<Options::Key>& keys,
    Timestamp now
) {
  const std::string token = header_of(request, "x-amz-security-token");
  if (!token.empty()) {
    const auto claims = open_session(token);
    if (!claims || claims->text_of("key") != claim.access_key_id) {
      return Reason::kUnknownKey;
    }
    if (now.time_since_epoch().count() >= claims->get("expires").as_int()) {
      return Reason::kExpired;
    }
    return Identity{
        session_secret(claim.access_key_id), claims->text_of("account"), claims->text_of("arn")};
  }
  static const Options::Key kDefault{
      std::string(kWellKnownKey), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "123456789012"};
  const auto identity = [](const Options::Key& key) {
    return Identity{key.secret, key.account, "arn:aws:iam::" + key.account + ":user/simulator"};
  };
  for (const Options::Key& key : keys) {
    if (key.id == claim.access_key_id) {
      return identity(key);
    }
  }
  if (claim.access_key_id == kDefault.id) {
    return identity(kDefault);
  }
  return Reason::kUnknownKey;
}

std::string message_of(Reason reason) {
  return reason == Reason::kExpired ? "The security token included in the request is expired"
                                    : "The security token included in the request is invalid.";
}

/// Nothing when the request was signed by `secret` within five minutes of `now`.
std::optional<Fault> check_signature(
    const HttpRequest& request, const Claim& claim, const std::string& secret, Timestamp now
) {
  const Wire& wire = *find_wire(claim.service);
  const std::string amz_date = header_of(request, "x-amz-date");
  Timestamp signed_at;
  if (amz_date.size() != 16 || !parse_time(amz_date, signed_at)) {
    return refusal_of(wire, Reason::kIncomplete, "The request has no valid X-Amz-Date header.");
  }
  if (const std::string name = unsigned_header(request, claim); !name.empty()) {
    return refusal_of(
        wire,
        Reason::kBadSignature,
        fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", name)
    );
  }
  if (claim.date != amz_date.substr(0, 8)) {
    return refusal_of(
        wire,
        Reason::kBadSignature,
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP"
    );
  }
  constexpr auto kWindow = std::chrono::minutes(5);
  if (signed_at + kWindow < now) {
    const std::string message =
        wire.dialect == Dialect::kEc2
            ? "Request has expired."
            : fmt::format(
                  "Signature expired: {} is now earlier than {} ({} - 5 min.)",
                  amz_date,
                  format_amz_date(now - kWindow),
                  format_amz_date(now)
              );
    return refusal_of(wire, Reason::kSkewed, message);
  }
  if (signed_at > now + kWindow) {
    return refusal_of(
        wire,
        Reason::kSkewed,
        fmt::format(
            "Signature not yet current: {} is still later than {} ({} + 5 min.)",
            amz_date,
            format_amz_date(now + kWindow),
            format_amz_date(now)
        )
    );
  }
  if (claim.signature != signature_of(request, claim, amz_date, secret)) {
    return refusal_of(
        wire,
        Reason::kBadSignature,
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method."
    );
  }
  return std::nullopt;
}

}  // namespace

std::string expected_signature(const HttpRequest& request, const std::string& secret) {
  const auto claim = parse_claim(header_of(request, "authorization"));
  return claim ? signature_of(request, *claim, header_of(request, "x-amz-date"), secret) : "";
}

std::string session_secret(const std::string& access_key_id) {
  return base64_encode(to_bytes(hmac_sha256(kSealKey, "secret of " + access_key_id))).substr(0, 40);
}

std::string seal_session(const Session& session) {
  Value claims = Value::object(
      {{"key", session.access_key_id},
       {"account", session.account},
       {"arn", session.principal_arn},
       {"expires", std::int64_t{session.expires_at.time_since_epoch().count()}}}
  );
  const std::string mac = session_mac(claims);
  claims.set("mac", mac);
  return base64_encode(wire_json(claims));
}

std::variant<Caller, Refusal> authenticate(
    const HttpRequest& request, const std::vector<Options::Key>& keys, Timestamp now, bool verifies
) {
  const std::string header = header_of(request, "authorization");
  const Wire& guess = guess_wire(request);
  if (header.empty()) {
    return Refusal{
        &guess, refusal_of(guess, Reason::kMissing, "Request is missing Authentication Token")};
  }
  const auto claim = parse_claim(header);
  if (!claim) {
    return Refusal{
        &guess,
        refusal_of(
            guess,
            Reason::kIncomplete,
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' "
            "parameters."
        )};
  }
  const Wire* wire = find_wire(claim->service);
  if (wire == nullptr) {
    const bool is_json = !header_of(request, "x-amz-target").empty();
    return Refusal{
        find_wire(is_json ? "secretsmanager" : "sts"),
        Fault{
            400,
            is_json ? "UnknownOperationException" : "InvalidAction",
            fmt::format("The simulator has no service '{}'.", claim->service)}};
  }
  const auto identity = identify(request, *claim, keys, now);
  if (const auto* reason = std::get_if<Reason>(&identity)) {
    if (verifies) {
      return Refusal{wire, refusal_of(*wire, *reason, message_of(*reason))};
    }
    return Caller{
        wire,
        claim->region,
        "123456789012",
        "arn:aws:iam::123456789012:user/simulator",
        claim->access_key_id};
  }
  const auto& who = std::get<Identity>(identity);
  if (verifies) {
    if (auto fault = check_signature(request, *claim, who.secret, now)) {
      return Refusal{wire, std::move(*fault)};
    }
  }
  return Caller{wire, claim->region, who.account, who.arn, claim->access_key_id};
}

}  // namespace plumbline::sim
