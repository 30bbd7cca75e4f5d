#include "controller/aws/signing.h"

namespace plumbline {

SigningDesk::SigningDesk(
    Environment environment, EndpointSettings endpoints, CredentialKeeper& keeper
)
    : environment_(std::move(environment)), endpoints_(std::move(endpoints)), keeper_(keeper) {}

Result<SignedCall> SigningDesk::prepare(const Call& call, Timestamp local_time) {
  PLUMBLINE_TRY(endpoint, resolve_endpoint(*call.service, call.region, environment_, endpoints_));
  PLUMBLINE_TRY(request, encode_call(call, endpoint));
  PLUMBLINE_TRY(credentials, keeper_.find(call.account));
  SignedCall prepared{
      std::move(request), local_time + skew_.offset(endpoint.host), credentials->access_key_id};
  const SigningScope scope{endpoint.signing_region, call.service->signing_name};
  signer_.sign(prepared.request, scope, *credentials, prepared.signed_at);
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
    keeper_.reject(call.account, sent.access_key_id);
  }
  return error;
}

}  // namespace plumbline
