// SigningDesk: Call → signed HttpRequest, and HttpResponse → CallResult. Knows endpoints,
// credentials and the difference between AWS's clock and ours; sends nothing itself.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/aws/codec.h"
#include "controller/aws/credentials.h"
#include "controller/aws/sigv4.h"

namespace plumbline {

struct SignedCall {
  HttpRequest request;
  Timestamp signed_at{};  ///< By AWS's clock as far as known.
};

class SigningDesk {
 public:
  /// `find_credentials` is asked once per account name and again after ExpiredToken.
  using FindCredentials = std::function<Result<Credentials>(const std::string& account)>;

  SigningDesk(
      Environment environment, EndpointSettings endpoints, FindCredentials find_credentials
  );

  /// Errors: kAuth (no credentials), kInvalid (region, endpoint, path label).
  Result<SignedCall> prepare(const Call& call, Timestamp local_time);
  /// Decodes; learns clock skew and drops expired credentials on the way, in which case the error's
  /// class is kExpired: signing again is worth one more attempt.
  CallResult interpret(
      const Call& call, const SignedCall& sent, const HttpResponse& response, Timestamp local_time
  );

 private:
  Environment environment_;
  EndpointSettings endpoints_;
  FindCredentials find_credentials_;
  Signer signer_;
  ClockSkew skew_;
  std::map<std::string, Credentials> credentials_;
};

}  // namespace plumbline
