// AWS Signature Version 4, header signing. Pure: the same request, credentials and time give the
// same bytes. Specification:
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <string>

#include "controller/aws/call.h"
#include "controller/aws/credentials.h"

namespace plumbline {

enum class PathNormalisation { kYes, kNo };

struct SigningScope {
  std::string region;
  std::string service;  ///< Signing name.
  PathNormalisation normalise_path = PathNormalisation::kYes;
  bool signs_body_header =
      false;  ///< Adds x-amz-content-sha256 (S3 style; the published vectors use it).
};

/// Derives and remembers the day's signing key per (secret, day, region, service). One per thread.
class Signer {
 public:
  Signer();
  ~Signer();
  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;

  /// Adds x-amz-date, x-amz-security-token (when there is one) and authorization to `request`.
  void sign(
      HttpRequest& request,
      const SigningScope& scope,
      const Credentials& credentials,
      Timestamp time
  );

 private:
  struct Cache;
  std::unique_ptr<Cache> cache_;
};

// The steps, exposed because every one of them has published vectors.
struct CanonicalRequest {
  std::string text;
  std::string signed_headers;
};
/// `request.headers` must already hold x-amz-date and, when signed, x-amz-security-token.
CanonicalRequest make_canonical_request(const HttpRequest& request, const SigningScope& scope);
std::string make_string_to_sign(
    const std::string& canonical_request, const SigningScope& scope, Timestamp time
);

/// Difference between AWS's clock and ours, per service host: learnt from the Date header when AWS
/// says that the time or the signature is wrong and the two differ by more than four minutes.
class ClockSkew {
 public:
  /// True when the offset changed, so that signing again is worth one more attempt.
  bool learn(
      const std::string& host,
      const HttpResponse& response,
      const std::string& error_code,
      Timestamp local_time
  );
  [[nodiscard]] Duration offset(const std::string& host) const;

 private:
  std::vector<std::pair<std::string, Duration>> offsets_;
};

}  // namespace plumbline
