#include "controller/aws/signing.h"

namespace plumbline {

SigningDesk::SigningDesk(
    Environment environment, EndpointSettings endpoints, FindCredentials find_credentials
)
    : environment_(std::move(environment)),
      endpoints_(std::move(endpoints)),
      find_credentials_(std::move(find_credentials)) {}

Result<SignedCall> SigningDesk::prepare(const Call& call, Timestamp local_time) {
  PLUMBLINE_TRY(endpoint, resolve_endpoint(*call.service, call.region, environment_, endpoints_));
  PLUMBLINE_TRY(request, encode_call(call, endpoint));
  auto known = credentials_.find(call.account);
  if (known == credentials_.end()) {
    PLUMBLINE_TRY(credentials, find_credentials_(call.account));
    known = credentials_.emplace(call.account, std::move(credentials)).first;
  }
  SignedCall prepared{std::move(request), local_time + skew_.offset(endpoint.host)};
  const SigningScope scope{endpoint.signing_region, call.service->signing_name};
  signer_.sign(prepared.request, scope, known->second, prepared.signed_at);
  return prepared;
}

CallResult SigningDesk::interpret(
    const Call& call, const SignedCall& sent, const HttpResponse& response, Timestamp local_time
) {
  CallResult result = decode_response(call, response);
  if (result) {
    return result;
  }
  Error error = result.error();
  if (skew_.learn(sent.request.host, response, error.code, local_time)) {
    error.klass = ErrorClass::kExpired;
  } else if (error.klass == ErrorClass::kExpired) {
    credentials_.erase(call.account);
  }
  return error;
}

}  // namespace plumbline
