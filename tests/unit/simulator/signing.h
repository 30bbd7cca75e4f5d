// Signs requests of these tests, written down once more from AWS's documentation.
#pragma once

#include <string>

#include <fmt/format.h>

#include "controller/base/digest.h"
#include "controller/base/env.h"
#include "simulator/simulator.h"

namespace plumbline::sim {

struct SigningKey {
  std::string id = "AKIAIOSFODNN7EXAMPLE";
  std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  std::string token;
};

/// A form post to `service` in eu-west-3, signed at `time`.
inline HttpRequest signed_form(
    const std::string& service, const std::string& form, Timestamp time, const SigningKey& key = {}
) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/";
  request.body = form;
  const std::string date = format_amz_date(time);
  request.headers = {{"host", "127.0.0.1"}, {"x-amz-date", date}};
  std::string headers = "host:127.0.0.1\nx-amz-date:" + date + "\n";
  std::string names = "host;x-amz-date";
  if (!key.token.empty()) {
    request.headers.emplace("x-amz-security-token", key.token);
    headers += "x-amz-security-token:" + key.token + "\n";
    names += ";x-amz-security-token";
  }
  const std::string scope = date.substr(0, 8) + "/eu-west-3/" + service + "/aws4_request";
  const std::string canonical = "POST\n/\n\n" + headers + "\n" + names + "\n" + sha256_hex(form);
  Digest chain = hmac_sha256("AWS4" + key.secret, date.substr(0, 8));
  for (const std::string& part : {std::string("eu-west-3"), service, std::string("aws4_request")}) {
    chain = hmac_sha256(chain, part);
  }
  const std::string signature = to_hex(
      hmac_sha256(chain, "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sha256_hex(canonical))
  );
  request.headers.emplace(
      "authorization",
      fmt::format(
          "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
          key.id,
          scope,
          names,
          signature
      )
  );
  return request;
}

}  // namespace plumbline::sim
