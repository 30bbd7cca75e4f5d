// SigningDesk: Call → signed HttpRequest, and HttpResponse → CallResult. Knows endpoints,
// credentials and the difference between AWS's clock and ours; sends nothing itself.
#pragma once

#include <string>

#include "controller/aws/codec.h"
#include "controller/aws/credentials_keeper.h"
#include "controller/aws/sigv4.h"

namespace plumbline {

struct SignedCall {
  HttpRequest request;
  Timestamp signed_at{};      ///< By AWS's clock as far as known.
  std::string access_key_id;  ///< Whose signature it is.
};

class SigningDesk {
 public:
  /// `keeper` outlives the desk and is driven by whoever sends.
  SigningDesk(Environment environment, EndpointSettings endpoints, CredentialKeeper& keeper);

  CredentialKeeper& keeper() { return keeper_; }
  /// Only when keeper().is_ready(call.account). Errors: kAuth (no credentials), kInvalid (region,
  /// endpoint, path label).
  Result<SignedCall> prepare(const Call& call, Timestamp local_time);
  /// Decodes; learns clock skew and drops expired credentials on the way, in which case the error's
  /// class is kExpired: signing again is worth one more attempt.
  CallResult interpret(
      const Call& call, const SignedCall& sent, const HttpResponse& response, Timestamp local_time
  );

 private:
  Environment environment_;
  EndpointSettings endpoints_;
  CredentialKeeper& keeper_;
  Signer signer_;
  ClockSkew skew_;
};

}  // namespace plumbline
