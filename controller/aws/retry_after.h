// Retry-After: how long an answer asks to be left alone for. RFC 9110, 10.2.3; AWS's own
// x-amz-retry-after is in milliseconds.
#pragma once

#include "controller/aws/call.h"
#include "controller/base/env.h"

namespace plumbline {

/// Zero when the answer does not say, or says it as a date; never more than a minute, for no header
/// is to hold a run up.
Duration asked_pause(const HttpResponse& response);

}  // namespace plumbline
