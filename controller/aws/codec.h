// Call → HttpRequest and HttpResponse → CallResult, for the six dialects of
// ServiceProfile::protocol. No service model: requests carry wire names, replies become trees.
#pragma once

#include "controller/aws/call.h"
#include "controller/aws/endpoint.h"

namespace plumbline {

/// The unsigned request with Content-Type (and X-Amz-Target) set. CHECKs that the request is known.
/// Error kInvalid when a path label is missing or empty.
Result<HttpRequest> encode_call(const Call& call, const Endpoint& endpoint);

/// Status ≥ 300 → Error, classified by error_map. 2xx whose body cannot be parsed → Error with
/// class kUnknownOutcome for a mutating call, kTransient for a read; so are a part of a reply, a
/// compressed one, an ec2 or query reply to another action, and a read without a body. (A change
/// may be answered with nothing.) A redirect of a mutating call that names no error is
/// kUnknownOutcome, too. XML: no DTD, depth ≤ 64;
/// repeated siblings become a list, an element without children is text; namespaces are dropped;
/// ec2 and query replies start inside the root (query: inside the …Result element if there is one).
CallResult decode_response(const Call& call, const HttpResponse& response);

}  // namespace plumbline
